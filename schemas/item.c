/* An item is an envelope, everything before the body, and the body. The envelope is read element by
 * element and then packed again: if the bytes differ they were not canonical, and where they end
 * the body begins. A body is never unpacked here, so a catch-up allocates nothing per item. */
#include "schemas/item.h"
#include "schemas/pack.h"
#include "schemas/shape.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define ARRAY_OF_8 0x98
#define NIL 0xc0
/* Array, two names, an id (str 8), and four integers of at most 9 bytes. */
#define ENVELOPE_MAX (1 + 2 * (2 + NAME_SIZE) + (2 + ID_SIZE) + 4 * 9)

static bool read_hub(const msgpack_object *object, item_t *item)
{
    return pack_read_name(object, item->hub);
}

static bool read_kind(const msgpack_object *object, item_t *item)
{
    return pack_read_name(object, item->kind);
}

static bool read_seq(const msgpack_object *object, item_t *item)
{
    return pack_read_u64(object, &item->seq) && item->seq > 0;
}

static bool read_id(const msgpack_object *object, item_t *item)
{
    return pack_read_id(object, item->id);
}

static bool read_op(const msgpack_object *object, item_t *item)
{
    uint64_t op;
    if (!pack_read_u64(object, &op) || (op != ITEM_PUT && op != ITEM_DELETE))
        return false;
    item->op = (item_op_t)op;
    return true;
}

static bool read_sv(const msgpack_object *object, item_t *item)
{
    uint64_t sv;
    if (!pack_read_u64(object, &sv) || sv > UINT32_MAX)
        return false;
    item->sv = (uint32_t)sv;
    return true;
}

static bool ts_valid(int64_t ts_ms)
{
    return ts_ms >= ITEM_TS_MIN && ts_ms <= ITEM_TS_MAX;
}

static bool read_ts(const msgpack_object *object, item_t *item)
{
    bool negative = object->type == MSGPACK_OBJECT_NEGATIVE_INTEGER;
    if (!negative
        && (object->type != MSGPACK_OBJECT_POSITIVE_INTEGER || object->via.u64 > INT64_MAX))
        return false;
    item->ts_ms = negative ? object->via.i64 : (int64_t)object->via.u64;
    return ts_valid(item->ts_ms);
}

static const struct {
    const char *name;
    bool (*read)(const msgpack_object *object, item_t *item);
} FIELDS[] = {
    {"hub", read_hub}, {"kind", read_kind}, {"seq", read_seq}, {"id", read_id},
    {"op", read_op},   {"sv", read_sv},     {"ts", read_ts},
};
#define FIELD_COUNT (sizeof FIELDS / sizeof FIELDS[0])

/* Packs everything before the body; returns its size. */
static size_t pack_envelope(const item_t *item, uint8_t envelope[ENVELOPE_MAX])
{
    pack_room_t room = {.bytes = envelope, .capacity = ENVELOPE_MAX};
    msgpack_packer packer;
    pack_into_room(&packer, &room);
    msgpack_pack_array(&packer, FIELD_COUNT + 1);
    pack_string(&packer, item->hub);
    pack_string(&packer, item->kind);
    msgpack_pack_uint64(&packer, item->seq);
    pack_string(&packer, item->id);
    msgpack_pack_uint8(&packer, (uint8_t)item->op);
    msgpack_pack_uint32(&packer, item->sv);
    msgpack_pack_int64(&packer, item->ts_ms);
    return room.size;
}

static int read_fields(item_t *item, err_t *err)
{
    const char *wrong = NULL;
    size_t offset = 1;
    msgpack_unpacked element;
    msgpack_unpacked_init(&element);
    for (size_t i = 0; i < FIELD_COUNT && !wrong; i++) {
        if (!pack_unpack(&element, item->bytes, item->size, &offset)
            || !FIELDS[i].read(&element.data, item))
            wrong = FIELDS[i].name;
    }
    msgpack_unpacked_destroy(&element);
    return wrong ? err_set(err, ERR_REJECT, "bad '%s' in an item", wrong) : 0;
}

static bool is_map(uint8_t lead)
{
    return (lead & 0xf0) == 0x80 || lead == 0xde || lead == 0xdf;
}

/* The shape is known: exactly one value, the body, follows the envelope. */
static int read_body(item_t *item, err_t *err)
{
    uint8_t envelope[ENVELOPE_MAX];
    size_t size = pack_envelope(item, envelope);
    if (size >= item->size || memcmp(envelope, item->bytes, size) != 0)
        return err_set(err, ERR_REJECT, "item not in its shortest encoding");
    const uint8_t *body = item->bytes + size;
    if (item->op == ITEM_DELETE)
        return *body == NIL ? 0 : err_set(err, ERR_REJECT, "a deletion with a body");
    if (!is_map(*body))
        return err_set(err, ERR_REJECT, "an item whose body is not a map");
    item->body = body;
    item->body_size = item->size - size;
    return 0;
}

int item_decode(item_t *item, const void *bytes, size_t size, err_t *err)
{
    if (size > ITEM_MAX_SIZE)
        return err_set(err, ERR_REJECT, "item of %zu bytes, above %d", size, ITEM_MAX_SIZE);
    if (shape_check(bytes, size, ITEM_MAX_DEPTH, ITEM_MAX_VALUES, err))
        return err_context(err, "malformed item: ");
    item_t read = {.bytes = bytes, .size = size};
    if (read.bytes[0] != ARRAY_OF_8)
        return err_set(err, ERR_REJECT, "item that is not an array of 8");
    if (read_fields(&read, err) || read_body(&read, err))
        return -1;
    *item = read;
    return 0;
}

static void assert_ours(const item_t *item)
{
    assert(name_valid(item->hub) && name_valid(item->kind) && id_valid(item->id));
    assert(item->seq > 0 && ts_valid(item->ts_ms));
    assert(item->op == ITEM_PUT || item->op == ITEM_DELETE);
    assert((item->op == ITEM_PUT) == (item->body && item->body_size && is_map(*item->body)));
}

int item_encode(const item_t *item, text_t *out, err_t *err)
{
    static const uint8_t nil = NIL;
    assert_ours(item);
    uint8_t envelope[ENVELOPE_MAX];
    size_t envelope_size = pack_envelope(item, envelope);
    const uint8_t *body = item->op == ITEM_PUT ? item->body : &nil;
    size_t body_size = item->op == ITEM_PUT ? item->body_size : sizeof nil;
    size_t size = envelope_size + body_size;
    if (size > ITEM_MAX_SIZE || size > out->max - out->size)
        return err_set(err, ERR_REJECT,
                       "La fiche « %s » est trop longue : %zu octets, %d au plus. "
                       "Raccourcissez ses textes.",
                       item->id, size, ITEM_MAX_SIZE);
    /* One level and eight values are the item's own: its array, and seven fields before the body. */
    if (shape_check(body, body_size, ITEM_MAX_DEPTH - 1, ITEM_MAX_VALUES - 8, NULL))
        return err_set(err, ERR_REJECT,
                       "La fiche « %s » contient trop d'éléments : %d au plus. "
                       "Raccourcissez ses listes.",
                       item->id, ITEM_MAX_VALUES);
    text_add(out, envelope, envelope_size);
    text_add(out, body, body_size);
    return 0;
}

void item_leaf(const void *bytes, size_t size, uint8_t leaf[HASH_SIZE])
{
    crypto_generichash(leaf, HASH_SIZE, bytes, size, NULL, 0);
}

uint8_t item_bucket(const char *id)
{
    uint8_t hash[HASH_SIZE];
    crypto_generichash(hash, sizeof hash, (const uint8_t *)id, strlen(id), NULL, 0);
    return hash[0];
}
