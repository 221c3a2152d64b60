/* item - one version of one record, as it is stored, hashed and sent.
 *
 *     ITEM  [hub, kind, seq, id, op, sv, ts, body]     a msgpack array, at most 64 KiB
 *
 * The bytes of an item never change once its hub made them: everyone keeps them verbatim, whatever
 * the body contains, and hashes them. All before the body must be in its shortest encoding, so that
 * one version has one form; a body only has to be well formed, because a newer hub may know more.
 * Pure functions; decoding a good item allocates nothing. */
#ifndef SCHEMAS_ITEM_H
#define SCHEMAS_ITEM_H

#include "schemas/base/err.h"
#include "schemas/base/text.h"
#include "schemas/kind.h"

#include <stdint.h>

#define ITEM_MAX_SIZE (64 * 1024)
#define ITEM_MAX_DEPTH 16 /* arrays and maps around each other, the item's own array included */
#define ITEM_MAX_VALUES 4096
#define HASH_SIZE 32 /* BLAKE2b-256 */

/* The years 0000 to 9999, which is what RFC 3339 can show. */
#define ITEM_TS_MIN (-62167219200000)
#define ITEM_TS_MAX 253402300799999

typedef enum item_op { ITEM_PUT = 1, ITEM_DELETE = 2 } item_op_t;

typedef struct item {
    char hub[NAME_SIZE];
    char kind[NAME_SIZE];
    char id[ID_SIZE];
    uint64_t seq; /* of its stream, from 1 */
    item_op_t op;
    uint32_t sv;         /* schema version of the body */
    int64_t ts_ms;       /* the hub's clock when it changed, Unix milliseconds; for display only */
    const uint8_t *body; /* a msgpack map; NULL for ITEM_DELETE. Borrowed */
    size_t body_size;
    const uint8_t *bytes; /* the whole item; borrowed */
    size_t size;
} item_t;

/* Appends the bytes of *item (its `bytes` and `size` are not read), the body verbatim. ERR_REJECT
 * and out unchanged when the record is too long or has too many values for item_decode to accept,
 * with a French sentence: this is what an animateur sees. The other members are ours, so asserted. */
int item_encode(const item_t *item, text_t *out, err_t *err);

/* Reads bytes from anywhere: size, shape, names, id, op; a body is only checked for its shape.
 * *item borrows the bytes and is untouched on failure. ERR_REJECT with what is wrong. */
int item_decode(item_t *item, const void *bytes, size_t size, err_t *err);

/* hash(item bytes), and the bucket an id belongs to: the first byte of hash(id). */
void item_leaf(const void *bytes, size_t size, uint8_t leaf[HASH_SIZE]);
uint8_t item_bucket(const char *id);

#endif
