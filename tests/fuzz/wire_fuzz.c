/* A frame that is accepted can be said again, and saying it twice changes nothing.
 *
 * A frame itself need not be canonical (a newer peer may add fields, a text may have been cleaned),
 * so the first encoding of what was read is what the second must equal. */
#include "schemas/head.h"
#include "schemas/item.h"
#include "schemas/wire.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Everything the header promises of a decoded message. */
static void check_limits(const wire_t *wire, const uint8_t *data, size_t size)
{
    assert(strlen(wire->text) < WIRE_TEXT_SIZE);
    assert(!*wire->hub || name_valid(wire->hub));
    assert(!*wire->kind || name_valid(wire->kind));
    assert(wire->interest_count <= INTERESTS_MAX && wire->item_count <= BATCH_MAX_ITEMS);
    for (size_t i = 0; i < wire->interest_count; i++) {
        const interest_t *interest = &wire->interests[i];
        assert(strcmp(interest->hub, "*") == 0 || name_valid(interest->hub));
        assert(strcmp(interest->kind, "*") == 0 || name_valid(interest->kind));
    }
    for (size_t i = 0; i < wire->item_count; i++) {
        const span_t *item = &wire->items[i];
        assert(item->size > 0 && item->size <= ITEM_MAX_SIZE);
        assert(item->data > data && item->data + item->size <= data + size);
    }
    if (wire->head.data)
        assert(wire->head.size <= HEAD_MAX_SIZE
               && wire->head.data + wire->head.size <= data + size);
}

/* False for what we never say: an unknown type, an unknown code. */
static bool encode(const wire_t *wire, text_t *out)
{
    switch (wire->type) {
    case WIRE_HELLO:
        wire_hello(out, wire->text, wire->interests, wire->interest_count);
        return true;
    case WIRE_WELCOME:
        wire_welcome(out, wire->highest, wire->text);
        return true;
    case WIRE_HEAD:
        wire_head(out, wire->head.data, wire->head.size);
        return true;
    case WIRE_PULL:
        wire_pull(out, wire->hub, wire->kind, wire->life, wire->after, wire->need_head);
        return true;
    case WIRE_BATCH:
        wire_batch(out, wire->hub, wire->kind, wire->after, wire->upto, wire->items,
                   wire->item_count, wire->head.data, wire->head.size);
        return true;
    case WIRE_PING:
        wire_ping(out, wire->nonce);
        return true;
    case WIRE_PONG:
        wire_pong(out, wire->nonce);
        return true;
    case WIRE_ERR:
        if (wire->code == WIRE_OTHER_CODE)
            return false;
        wire_err(out, wire->code, wire->hub, wire->kind, wire->head.data, wire->head.size,
                 wire->text);
        return true;
    case WIRE_UNKNOWN:
        return false;
    }
    return false;
}

static void check_again(wire_decoder_t *decoder, const wire_t *wire)
{
    text_t first, second;
    wire_t again;
    text_init(&first, WIRE_MAX_SIZE);
    text_init(&second, WIRE_MAX_SIZE);
    if (encode(wire, &first)) {
        assert(!first.overflow);
        assert(wire_decode(decoder, &again, first.data, first.size, NULL) == 0);
        assert(again.type == wire->type && encode(&again, &second));
        assert(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
    }
    text_free(&first);
    text_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    wire_decoder_t *decoder = wire_decoder_new();
    wire_t wire;
    err_t err = {0};
    if (wire_decode(decoder, &wire, data, size, &err)) {
        assert(err.action == ERR_REJECT && *err.text);
    } else {
        check_limits(&wire, data, size);
        check_again(decoder, &wire);
    }
    wire_decoder_destroy(&decoder);
    return 0;
}
