/* An item that is accepted has one form: encoding what was read gives the same bytes. */
#include "schemas/item.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    item_t item;
    err_t err = {0};
    if (item_decode(&item, data, size, &err)) {
        assert(err.action == ERR_REJECT && *err.text);
        return 0;
    }
    assert(name_valid(item.hub) && name_valid(item.kind) && id_valid(item.id) && item.seq > 0);
    assert(item.bytes == data && item.size == size && size <= ITEM_MAX_SIZE);
    assert(!item.body || item.body + item.body_size == data + size);
    text_t out;
    text_init(&out, ITEM_MAX_SIZE);
    assert(item_encode(&item, &out, &err) == 0);
    assert(out.size == size && memcmp(out.data, data, size) == 0);
    text_free(&out);
    return 0;
}
