/* Decoding: shape, then msgpack-c into a zone that is kept from frame to frame, then one reader per
 * type from a table. A reader returns the name of the first field that is wrong, or NULL.
 *
 *     HELLO    lowest, highest, software, [[hub, kind]...]
 *     WELCOME  protocol, broker, {limit: number...}
 *     HEAD     head
 *     PULL     hub, kind, life, after, need_head
 *     BATCH    hub, kind, after, upto, [item...], head
 *     PING     nonce
 *     PONG     nonce
 *     ERR      code, hub, kind, proof or nil, text
 *
 * Items, heads and proofs are bin: bytes that are hashed or signed elsewhere and never re-encoded. */
#include "schemas/wire.h"
#include "schemas/head.h"
#include "schemas/item.h"
#include "schemas/pack.h"
#include "schemas/shape.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define ZONE_SIZE (8 * 1024)
#define TEXT_MAX 4096 /* bytes of a text that a peer may send; WIRE_TEXT_SIZE of it is kept */
#define CUT "..."

struct wire_decoder {
    msgpack_zone zone;
    interest_t interests[INTERESTS_MAX];
    span_t items[BATCH_MAX_ITEMS];
};

wire_decoder_t *wire_decoder_new(void)
{
    wire_decoder_t *self = calloc(1, sizeof *self);
    assert(self);
    bool ready = msgpack_zone_init(&self->zone, ZONE_SIZE);
    assert(ready);
    return self;
}

void wire_decoder_destroy(wire_decoder_t **self_p)
{
    if (!*self_p)
        return;
    msgpack_zone_destroy(&(*self_p)->zone);
    free(*self_p);
    *self_p = NULL;
}

/* Would this character disturb a log or a terminal? Controls, direction marks, unassigned, private. */
static bool is_harmful(utf8proc_int32_t character)
{
    switch (utf8proc_category(character)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return true;
    default:
        return false;
    }
}

/* Copies a text for logs: harmful characters and broken UTF-8 as '?', a long one cut before the
 * character that does not fit. */
static void copy_printable(char out[WIRE_TEXT_SIZE], const char *bytes, size_t size)
{
    const size_t room = WIRE_TEXT_SIZE - sizeof CUT;
    size_t used = 0, cut = 0; /* cut: where the mark can still go */
    for (size_t at = 0; at < size;) {
        utf8proc_int32_t character;
        const utf8proc_uint8_t *from = (const utf8proc_uint8_t *)bytes + at;
        utf8proc_ssize_t length = utf8proc_iterate(from, (utf8proc_ssize_t)(size - at), &character);
        bool harmful = length < 1 || is_harmful(character);
        size_t step = length < 1 ? 1 : (size_t)length, put = harmful ? 1 : step;
        if (used + put >= WIRE_TEXT_SIZE) {
            memcpy(out + cut, CUT, sizeof CUT);
            return;
        }
        memcpy(out + used, harmful ? "?" : bytes + at, put);
        used += put;
        at += step;
        if (used <= room)
            cut = used;
    }
    out[used] = 0;
}

static bool read_text(const msgpack_object *object, char out[WIRE_TEXT_SIZE])
{
    if (object->type != MSGPACK_OBJECT_STR || object->via.str.size > TEXT_MAX)
        return false;
    copy_printable(out, object->via.str.ptr, object->via.str.size);
    return true;
}

/* Is the object exactly this string? (msgpack-c gives an empty one a NULL pointer.) */
static bool is_word(const msgpack_object *object, const char *word)
{
    size_t size = strlen(word);
    return object->type == MSGPACK_OBJECT_STR && object->via.str.size == size
           && (size == 0 || memcmp(object->via.str.ptr, word, size) == 0);
}

/* A name, or this word in its place: "*" for every one, "" for none. */
static bool read_name_or(const msgpack_object *object, const char *word, char name[NAME_SIZE])
{
    if (!is_word(object, word))
        return pack_read_name(object, name);
    memcpy(name, word, strlen(word) + 1);
    return true;
}

static bool read_u32(const msgpack_object *object, uint32_t *number)
{
    uint64_t wide;
    if (!pack_read_u64(object, &wide) || wide > UINT32_MAX)
        return false;
    *number = (uint32_t)wide;
    return true;
}

static bool read_span(const msgpack_object *object, size_t max, span_t *span)
{
    if (object->type != MSGPACK_OBJECT_BIN || object->via.bin.size == 0
        || object->via.bin.size > max)
        return false;
    *span = (span_t){(const uint8_t *)object->via.bin.ptr, object->via.bin.size};
    return true;
}

static bool read_interest(const msgpack_object *object, interest_t *interest)
{
    if (object->type != MSGPACK_OBJECT_ARRAY || object->via.array.size != 2)
        return false;
    const msgpack_object *pair = object->via.array.ptr;
    return read_name_or(&pair[0], "*", interest->hub)
           && read_name_or(&pair[1], "*", interest->kind);
}

static bool read_interests(wire_decoder_t *self, wire_t *wire, const msgpack_object *object)
{
    if (object->type != MSGPACK_OBJECT_ARRAY || object->via.array.size > INTERESTS_MAX)
        return false;
    for (size_t i = 0; i < object->via.array.size; i++)
        if (!read_interest(&object->via.array.ptr[i], &self->interests[i]))
            return false;
    wire->interests = self->interests;
    wire->interest_count = object->via.array.size;
    return true;
}

static bool read_items(wire_decoder_t *self, wire_t *wire, const msgpack_object *object)
{
    if (object->type != MSGPACK_OBJECT_ARRAY || object->via.array.size > BATCH_MAX_ITEMS)
        return false;
    for (size_t i = 0; i < object->via.array.size; i++)
        if (!read_span(&object->via.array.ptr[i], ITEM_MAX_SIZE, &self->items[i]))
            return false;
    wire->items = self->items;
    wire->item_count = object->via.array.size;
    return true;
}

static const char *read_hello(wire_decoder_t *self, wire_t *wire, const msgpack_object *fields)
{
    if (!read_u32(&fields[0], &wire->lowest) || wire->lowest == 0)
        return "lowest protocol";
    if (!read_u32(&fields[1], &wire->highest) || wire->highest < wire->lowest)
        return "highest protocol";
    if (!read_text(&fields[2], wire->text))
        return "software";
    return read_interests(self, wire, &fields[3]) ? NULL : "interest";
}

static const char *read_welcome(wire_decoder_t *self, wire_t *wire, const msgpack_object *fields)
{
    (void)self;
    char broker[NAME_SIZE];
    if (!read_u32(&fields[0], &wire->highest) || wire->highest == 0)
        return "protocol";
    wire->lowest = wire->highest;
    if (!pack_read_name(&fields[1], broker))
        return "broker";
    memcpy(wire->text, broker, sizeof broker);
    return fields[2].type == MSGPACK_OBJECT_MAP ? NULL : "limits";
}

static const char *read_head(wire_decoder_t *self, wire_t *wire, const msgpack_object *fields)
{
    (void)self;
    return read_span(&fields[0], HEAD_MAX_SIZE, &wire->head) ? NULL : "head";
}

static const char *read_pull(wire_decoder_t *self, wire_t *wire, const msgpack_object *fields)
{
    (void)self;
    if (!pack_read_name(&fields[0], wire->hub))
        return "hub";
    if (!pack_read_name(&fields[1], wire->kind))
        return "kind";
    if (!pack_read_u64(&fields[2], &wire->life))
        return "life";
    if (!pack_read_u64(&fields[3], &wire->after))
        return "after";
    if (fields[4].type != MSGPACK_OBJECT_BOOLEAN)
        return "need_head";
    wire->need_head = fields[4].via.boolean;
    return NULL;
}

static const char *read_batch(wire_decoder_t *self, wire_t *wire, const msgpack_object *fields)
{
    if (!pack_read_name(&fields[0], wire->hub))
        return "hub";
    if (!pack_read_name(&fields[1], wire->kind))
        return "kind";
    if (!pack_read_u64(&fields[2], &wire->after))
        return "after";
    if (!pack_read_u64(&fields[3], &wire->upto))
        return "upto";
    if (!read_items(self, wire, &fields[4]))
        return "items";
    return read_span(&fields[5], HEAD_MAX_SIZE, &wire->head) ? NULL : "head";
}

static const char *read_ping(wire_decoder_t *self, wire_t *wire, const msgpack_object *fields)
{
    (void)self;
    return pack_read_u64(&fields[0], &wire->nonce) ? NULL : "nonce";
}

static const char *read_err(wire_decoder_t *self, wire_t *wire, const msgpack_object *fields)
{
    (void)self;
    uint64_t code;
    if (!pack_read_u64(&fields[0], &code) || code == 0)
        return "code";
    wire->code = code <= WIRE_NO_STREAM ? (wire_code_t)code : WIRE_OTHER_CODE;
    if (!read_name_or(&fields[1], "", wire->hub))
        return "hub";
    if (!read_name_or(&fields[2], "", wire->kind))
        return "kind";
    if (fields[3].type != MSGPACK_OBJECT_NIL && !read_span(&fields[3], HEAD_MAX_SIZE, &wire->head))
        return "proof";
    return read_text(&fields[4], wire->text) ? NULL : "text";
}

static const struct {
    const char *name;
    size_t fields; /* at least */
    const char *(*read)(wire_decoder_t *self, wire_t *wire, const msgpack_object *fields);
} MESSAGES[WIRE_UNKNOWN] = {
    [WIRE_HELLO] = {"HELLO", 4, read_hello}, [WIRE_WELCOME] = {"WELCOME", 3, read_welcome},
    [WIRE_HEAD] = {"HEAD", 1, read_head},    [WIRE_PULL] = {"PULL", 5, read_pull},
    [WIRE_BATCH] = {"BATCH", 6, read_batch}, [WIRE_PING] = {"PING", 1, read_ping},
    [WIRE_PONG] = {"PONG", 1, read_ping},    [WIRE_ERR] = {"ERR", 5, read_err},
};

/* Unpacks a frame into the decoder's zone. NULL and ERR_REJECT unless it is an array [1, type, ...]. */
static const msgpack_object_array *unpack(wire_decoder_t *self, const void *frame, size_t size,
                                          msgpack_object *object, err_t *err)
{
    uint64_t protocol;
    const msgpack_object_array *array = &object->via.array;
    msgpack_zone_clear(&self->zone);
    msgpack_unpack_return rc = msgpack_unpack(frame, size, NULL, &self->zone, object);
    assert(rc != MSGPACK_UNPACK_NOMEM_ERROR); /* the shape was checked: memory is our affair */
    if (rc != MSGPACK_UNPACK_SUCCESS || object->type != MSGPACK_OBJECT_ARRAY || array->size < 2)
        err_set(err, ERR_REJECT, "a frame that is not an array [%d, type, ...]", WIRE_PROTOCOL);
    else if (!pack_read_u64(&array->ptr[0], &protocol) || protocol != WIRE_PROTOCOL)
        err_set(err, ERR_REJECT, "a frame of another protocol than %d", WIRE_PROTOCOL);
    else
        return array;
    return NULL;
}

int wire_decode(wire_decoder_t *self, wire_t *wire, const void *frame, size_t size, err_t *err)
{
    *wire = (wire_t){0};
    if (size > WIRE_MAX_SIZE)
        return err_set(err, ERR_REJECT, "frame of %zu bytes, above %d", size, WIRE_MAX_SIZE);
    if (shape_check(frame, size, WIRE_MAX_DEPTH, WIRE_MAX_VALUES, err))
        return err_context(err, "malformed frame: ");
    msgpack_object object;
    const msgpack_object_array *array = unpack(self, frame, size, &object, err);
    if (!array)
        return -1;
    uint64_t type;
    if (!pack_read_u64(&array->ptr[1], &type) || type == 0)
        return err_set(err, ERR_REJECT, "a frame whose type is not a positive number");
    wire->type = type < WIRE_UNKNOWN ? (wire_type_t)type : WIRE_UNKNOWN;
    if (wire->type == WIRE_UNKNOWN)
        return 0;
    if (array->size - 2 < MESSAGES[type].fields)
        return err_set(err, ERR_REJECT, "%s with %u fields, not %zu", MESSAGES[type].name,
                       array->size - 2, MESSAGES[type].fields);
    const char *wrong = MESSAGES[type].read(self, wire, array->ptr + 2);
    return wrong ? err_set(err, ERR_REJECT, "%s with a bad '%s'", MESSAGES[type].name, wrong) : 0;
}

static void begin(msgpack_packer *packer, text_t *out, wire_type_t type)
{
    assert(out->size == 0 && out->max >= WIRE_MAX_SIZE);
    pack_into_text(packer, out);
    msgpack_pack_array(packer, 2 + MESSAGES[type].fields);
    msgpack_pack_uint8(packer, WIRE_PROTOCOL);
    msgpack_pack_uint8(packer, (uint8_t)type);
}

static void pack_printable(msgpack_packer *packer, const char *text)
{
    char printable[WIRE_TEXT_SIZE];
    copy_printable(printable, text, strlen(text));
    pack_string(packer, printable);
}

static void pack_head(msgpack_packer *packer, const uint8_t *head, size_t size)
{
    assert(size > 0 && size <= HEAD_MAX_SIZE);
    pack_bin(packer, head, size);
}

void wire_hello(text_t *out, const char *software, const interest_t *interests, size_t count)
{
    assert(count <= INTERESTS_MAX);
    msgpack_packer packer;
    begin(&packer, out, WIRE_HELLO);
    msgpack_pack_uint32(&packer, WIRE_PROTOCOL);
    msgpack_pack_uint32(&packer, WIRE_PROTOCOL);
    pack_printable(&packer, software);
    msgpack_pack_array(&packer, count);
    for (size_t i = 0; i < count; i++) {
        msgpack_pack_array(&packer, 2);
        pack_string(&packer, interests[i].hub);
        pack_string(&packer, interests[i].kind);
    }
}

void wire_welcome(text_t *out, uint32_t protocol, const char *broker)
{
    static const struct {
        const char *name;
        uint32_t value;
    } LIMITS[] = {
        {"batch_items", BATCH_MAX_ITEMS},
        {"batch_size", BATCH_MAX_SIZE},
        {"frame_size", WIRE_MAX_SIZE},
        {"item_size", ITEM_MAX_SIZE},
    };
    assert(protocol > 0 && name_valid(broker));
    msgpack_packer packer;
    begin(&packer, out, WIRE_WELCOME);
    msgpack_pack_uint32(&packer, protocol);
    pack_string(&packer, broker);
    msgpack_pack_map(&packer, sizeof LIMITS / sizeof LIMITS[0]);
    for (size_t i = 0; i < sizeof LIMITS / sizeof LIMITS[0]; i++) {
        pack_string(&packer, LIMITS[i].name);
        msgpack_pack_uint32(&packer, LIMITS[i].value);
    }
}

void wire_head(text_t *out, const uint8_t *head, size_t size)
{
    msgpack_packer packer;
    begin(&packer, out, WIRE_HEAD);
    pack_head(&packer, head, size);
}

void wire_pull(text_t *out, const char *hub, const char *kind, uint64_t life, uint64_t after,
               bool need_head)
{
    assert(name_valid(hub) && name_valid(kind));
    msgpack_packer packer;
    begin(&packer, out, WIRE_PULL);
    pack_string(&packer, hub);
    pack_string(&packer, kind);
    msgpack_pack_uint64(&packer, life);
    msgpack_pack_uint64(&packer, after);
    if (need_head)
        msgpack_pack_true(&packer);
    else
        msgpack_pack_false(&packer);
}

void wire_batch(text_t *out, const char *hub, const char *kind, uint64_t after, uint64_t upto,
                const span_t *items, size_t count, const uint8_t *head, size_t head_size)
{
    assert(name_valid(hub) && name_valid(kind) && count <= BATCH_MAX_ITEMS);
    msgpack_packer packer;
    begin(&packer, out, WIRE_BATCH);
    pack_string(&packer, hub);
    pack_string(&packer, kind);
    msgpack_pack_uint64(&packer, after);
    msgpack_pack_uint64(&packer, upto);
    msgpack_pack_array(&packer, count);
    for (size_t i = 0; i < count; i++) {
        assert(items[i].size > 0 && items[i].size <= ITEM_MAX_SIZE);
        pack_bin(&packer, items[i].data, items[i].size);
    }
    pack_head(&packer, head, head_size);
    assert(!out->overflow);
}

static void pack_nonce(text_t *out, wire_type_t type, uint64_t nonce)
{
    msgpack_packer packer;
    begin(&packer, out, type);
    msgpack_pack_uint64(&packer, nonce);
}

void wire_ping(text_t *out, uint64_t nonce)
{
    pack_nonce(out, WIRE_PING, nonce);
}

void wire_pong(text_t *out, uint64_t nonce)
{
    pack_nonce(out, WIRE_PONG, nonce);
}

void wire_err(text_t *out, wire_code_t code, const char *hub, const char *kind,
              const uint8_t *proof, size_t proof_size, const char *text)
{
    assert(code > WIRE_OTHER_CODE && code <= WIRE_NO_STREAM);
    assert((!*hub || name_valid(hub)) && (!*kind || name_valid(kind)));
    msgpack_packer packer;
    begin(&packer, out, WIRE_ERR);
    msgpack_pack_uint8(&packer, (uint8_t)code);
    pack_string(&packer, hub);
    pack_string(&packer, kind);
    if (proof)
        pack_head(&packer, proof, proof_size);
    else
        msgpack_pack_nil(&packer);
    pack_printable(&packer, text);
}
