#include "node/store/bookmark.h"

#include <assert.h>
#include <endian.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD = 17, BYTES_MAX = HEAD + OUTLINE_SORT_SIZE };

char *bookmark_write(const bookmark_t *self)
{
    uint8_t bytes[BYTES_MAX] = {(uint8_t)self->order};
    uint64_t record = htobe64((uint64_t)self->record), score;
    size_t size = strlen(self->sort);
    memcpy(&score, &self->score, sizeof score);
    score = htobe64(score);
    memcpy(bytes + 1, &record, sizeof record);
    memcpy(bytes + 9, &score, sizeof score);
    memcpy(bytes + HEAD, self->sort, size);
    char *token = malloc(2 * BYTES_MAX);
    assert(token);
    return sodium_bin2base64(token, 2 * BYTES_MAX, bytes, HEAD + size,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

int bookmark_read(bookmark_t *self, order_t order, const char *token, err_t *err)
{
    uint8_t bytes[BYTES_MAX];
    uint64_t record, score;
    size_t size = 0;
    if (sodium_base642bin(bytes, sizeof bytes, token, strlen(token), NULL, &size, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING)
        || size < HEAD || bytes[0] != (uint8_t)order || memchr(bytes + HEAD, 0, size - HEAD))
        return err_set(err, ERR_REJECT,
                       "Cette suite de liste n'est pas lisible : reprenez la liste au début.");
    *self = (bookmark_t){.order = order};
    memcpy(&record, bytes + 1, sizeof record);
    memcpy(&score, bytes + 9, sizeof score);
    score = be64toh(score);
    self->record = (int64_t)be64toh(record);
    memcpy(&self->score, &score, sizeof score);
    memcpy(self->sort, bytes + HEAD, size - HEAD);
    return 0;
}
