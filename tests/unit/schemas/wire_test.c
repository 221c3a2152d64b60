#include "schemas/head.h"
#include "schemas/item.h"
#include "schemas/pack.h"
#include "schemas/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT_LIMIT 4096 /* bytes of a text that a peer may send */

typedef struct world {
    wire_decoder_t *decoder;
    text_t frame;
    msgpack_packer packer; /* into frame */
    wire_t wire;           /* what the last decode gave */
    err_t err;
} world_t;

static int set_up(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    world->decoder = wire_decoder_new();
    text_init(&world->frame, 2 * WIRE_MAX_SIZE);
    pack_into_text(&world->packer, &world->frame);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    world_t *world = *state;
    wire_decoder_destroy(&world->decoder);
    wire_decoder_destroy(&world->decoder);
    text_free(&world->frame);
    free(world);
    return 0;
}

static int decode(world_t *world)
{
    world->err = (err_t){0};
    return wire_decode(world->decoder, &world->wire, world->frame.data, world->frame.size,
                       &world->err);
}

/* The frame so far is one we accept, of that type. */
static void assert_accepted(world_t *world, wire_type_t type)
{
    if (decode(world))
        fail_msg("refused: %s", world->err.text);
    assert_int_equal(world->wire.type, type);
    assert_int_equal(world->err.action, ERR_NONE);
}

/* The frame so far is refused for that reason; the next one begins empty. */
static void assert_refused(world_t *world, const char *reason)
{
    assert_int_equal(decode(world), -1);
    assert_int_equal(world->err.action, ERR_REJECT);
    if (!strstr(world->err.text, reason))
        fail_msg("'%s' does not say '%s'", world->err.text, reason);
    text_clear(&world->frame);
}

static void put(world_t *world, const void *bytes, size_t size)
{
    text_clear(&world->frame);
    text_add(&world->frame, bytes, size);
}

#define PUT(world, bytes) put(world, bytes, sizeof(bytes) - 1)
#define REFUSED(world, bytes, reason) (PUT(world, bytes), assert_refused(world, reason))

/* Begins a frame [1, type, ...] of so many further fields, for the test to fill. */
static msgpack_packer *begin(world_t *world, wire_type_t type, size_t fields)
{
    text_clear(&world->frame);
    msgpack_pack_array(&world->packer, 2 + fields);
    msgpack_pack_uint8(&world->packer, 1);
    msgpack_pack_uint8(&world->packer, (uint8_t)type);
    return &world->packer;
}

static void hello_tells_protocols_software_and_interests(void **state)
{
    world_t *world = *state;
    const interest_t interests[] = {{"loire", "event"}, {"*", "*"}};
    wire_hello(&world->frame, "maillage 0.1.0", interests, 2);
    assert_accepted(world, WIRE_HELLO);
    assert_int_equal(world->wire.lowest, 1);
    assert_int_equal(world->wire.highest, 1);
    assert_string_equal(world->wire.text, "maillage 0.1.0");
    assert_int_equal(world->wire.interest_count, 2);
    assert_string_equal(world->wire.interests[0].hub, "loire");
    assert_string_equal(world->wire.interests[0].kind, "event");
    assert_string_equal(world->wire.interests[1].hub, "*");
    assert_string_equal(world->wire.interests[1].kind, "*");
}

static void welcome_tells_the_protocol_chosen_and_who_the_broker_is(void **state)
{
    world_t *world = *state;
    wire_welcome(&world->frame, 1, "broker-a");
    assert_accepted(world, WIRE_WELCOME);
    assert_int_equal(world->wire.highest, 1);
    assert_string_equal(world->wire.text, "broker-a");
}

static void a_head_travels_verbatim(void **state)
{
    world_t *world = *state;
    uint8_t head[HEAD_MAX_SIZE];
    memset(head, 7, sizeof head);
    wire_head(&world->frame, head, sizeof head);
    assert_accepted(world, WIRE_HEAD);
    assert_int_equal(world->wire.head.size, sizeof head);
    assert_memory_equal(world->wire.head.data, head, sizeof head);
    REFUSED(world, "\x93\x01\x03\xc0", "'head'");
    REFUSED(world, "\x93\x01\x03\xc4\x00", "'head'");
    pack_bin(begin(world, WIRE_HEAD, 1), (uint8_t[HEAD_MAX_SIZE + 1]){0}, HEAD_MAX_SIZE + 1);
    assert_refused(world, "'head'");
}

static void a_pull_names_the_stream_and_where_to_go_on(void **state)
{
    world_t *world = *state;
    wire_pull(&world->frame, "loire", "use_case", UINT64_MAX, 12, true);
    assert_accepted(world, WIRE_PULL);
    assert_string_equal(world->wire.hub, "loire");
    assert_string_equal(world->wire.kind, "use_case");
    assert_true(world->wire.life == UINT64_MAX && world->wire.after == 12);
    assert_true(world->wire.need_head);
    text_clear(&world->frame);
    wire_pull(&world->frame, "loire", "use_case", 0, 0, false);
    assert_accepted(world, WIRE_PULL);
    assert_false(world->wire.need_head);
    REFUSED(world, "\x97\x01\x04\xa1*\xa1k\x00\x00\xc2", "'hub'");
    REFUSED(world, "\x97\x01\x04\xa1h\xa0\x00\x00\xc2", "'kind'");
    REFUSED(world, "\x97\x01\x04\xa1h\xa1k\xff\x00\xc2", "'life'");
    REFUSED(world, "\x97\x01\x04\xa1h\xa1k\x00\xff\xc2", "'after'");
    REFUSED(world, "\x97\x01\x04\xa1h\xa1k\x00\x00\x01", "'need_head'");
}

static void a_batch_carries_items_verbatim_and_may_be_empty(void **state)
{
    world_t *world = *state;
    const span_t items[] = {{(const uint8_t *)"first", 5}, {(const uint8_t *)"second", 6}};
    wire_batch(&world->frame, "loire", "event", 5, 9, items, 2, (const uint8_t *)"head", 4);
    assert_accepted(world, WIRE_BATCH);
    assert_string_equal(world->wire.hub, "loire");
    assert_string_equal(world->wire.kind, "event");
    assert_true(world->wire.after == 5 && world->wire.upto == 9);
    assert_int_equal(world->wire.item_count, 2);
    assert_int_equal(world->wire.items[1].size, 6);
    assert_memory_equal(world->wire.items[1].data, "second", 6);
    assert_memory_equal(world->wire.head.data, "head", 4);
    text_clear(&world->frame);
    wire_batch(&world->frame, "loire", "event", 9, 9, NULL, 0, (const uint8_t *)"head", 4);
    assert_accepted(world, WIRE_BATCH);
    assert_int_equal(world->wire.item_count, 0);
}

static void pings_and_pongs_carry_a_number_back_and_forth(void **state)
{
    world_t *world = *state;
    wire_ping(&world->frame, 0x0123456789abcdef);
    assert_accepted(world, WIRE_PING);
    assert_true(world->wire.nonce == 0x0123456789abcdef);
    text_clear(&world->frame);
    wire_pong(&world->frame, 0);
    assert_accepted(world, WIRE_PONG);
    assert_true(world->wire.nonce == 0);
    REFUSED(world, "\x93\x01\x06\xa1x", "'nonce'");
}

static void an_error_may_name_a_stream_and_bring_a_proof(void **state)
{
    world_t *world = *state;
    wire_err(&world->frame, WIRE_STALE_LIFE, "loire", "event", (const uint8_t *)"head", 4,
             "too old");
    assert_accepted(world, WIRE_ERR);
    assert_int_equal(world->wire.code, WIRE_STALE_LIFE);
    assert_string_equal(world->wire.hub, "loire");
    assert_string_equal(world->wire.kind, "event");
    assert_memory_equal(world->wire.head.data, "head", 4);
    assert_string_equal(world->wire.text, "too old");
    text_clear(&world->frame);
    wire_err(&world->frame, WIRE_BUSY, "", "", NULL, 0, "");
    assert_accepted(world, WIRE_ERR);
    assert_int_equal(world->wire.code, WIRE_BUSY);
    assert_string_equal(world->wire.hub, "");
    assert_string_equal(world->wire.kind, "");
    assert_null(world->wire.head.data);
    assert_string_equal(world->wire.text, "");
}

static void a_code_from_a_newer_peer_is_another_code(void **state)
{
    world_t *world = *state;
    PUT(world, "\x97\x01\x08\x07\xa0\xa0\xc0\xa1?");
    assert_accepted(world, WIRE_ERR);
    assert_int_equal(world->wire.code, WIRE_OTHER_CODE);
    REFUSED(world, "\x97\x01\x08\x00\xa0\xa0\xc0\xa1?", "'code'");
    REFUSED(world, "\x97\x01\x08\x01\xa1*\xa0\xc0\xa1?", "'hub'");
    REFUSED(world, "\x97\x01\x08\x01\xa0\xa1K\xc0\xa1?", "'kind'");
    REFUSED(world, "\x97\x01\x08\x01\xa0\xa0\xc2\xa1?", "'proof'");
    REFUSED(world, "\x97\x01\x08\x01\xa0\xa0\xc0\xc0", "'text'");
}

static void an_unknown_type_is_accepted_from_a_newer_peer(void **state)
{
    world_t *world = *state;
    PUT(world, "\x92\x01\x09");
    assert_accepted(world, WIRE_UNKNOWN);
    PUT(world, "\x94\x01\xcf\xff\xff\xff\xff\xff\xff\xff\xff\x80\xca\x00\x00\x00\x00");
    assert_accepted(world, WIRE_UNKNOWN);
    REFUSED(world, "\x92\x01\x00", "type");
    REFUSED(world, "\x92\x01\xff", "type");
    REFUSED(world, "\x92\x01\xa1x", "type");
}

static void another_protocol_is_refused(void **state)
{
    world_t *world = *state;
    REFUSED(world, "\x93\x02\x06\x01", "another protocol");
    REFUSED(world, "\x93\x00\x06\x01", "another protocol");
    REFUSED(world,
            "\x93\xa1"
            "1\x06\x01",
            "another protocol");
}

static void what_is_no_message_at_all_is_refused(void **state)
{
    world_t *world = *state;
    REFUSED(world, "", "malformed");
    REFUSED(world, "\x90", "not an array");
    REFUSED(world, "\x91\x01", "not an array");
    REFUSED(world, "\x81\x01\x06", "not an array");
    REFUSED(world, "\x01", "not an array");
    REFUSED(world, "\x93\x01\x06", "malformed");
    REFUSED(world, "\x93\x01\x06\x01\x01", "malformed");
    REFUSED(world, "\xdf\xdf\xdf\xdf\xdf\xff\x0a", "malformed");
    REFUSED(world, "\xdd\x07\xff\xff\xff", "malformed");
}

/* A valid message of each type, of exactly the fields we know; the first byte is a fixarray. */
static void encode_each(world_t *world, wire_type_t type)
{
    const interest_t interest = {"loire", "*"};
    const span_t item = {(const uint8_t *)"item", 4};
    const uint8_t *head = (const uint8_t *)"head";
    text_clear(&world->frame);
    switch (type) {
    case WIRE_HELLO:
        wire_hello(&world->frame, "x", &interest, 1);
        break;
    case WIRE_WELCOME:
        wire_welcome(&world->frame, 1, "a");
        break;
    case WIRE_HEAD:
        wire_head(&world->frame, head, 4);
        break;
    case WIRE_PULL:
        wire_pull(&world->frame, "loire", "event", 1, 2, true);
        break;
    case WIRE_BATCH:
        wire_batch(&world->frame, "loire", "event", 1, 2, &item, 1, head, 4);
        break;
    case WIRE_PING:
        wire_ping(&world->frame, 1);
        break;
    case WIRE_PONG:
        wire_pong(&world->frame, 1);
        break;
    case WIRE_ERR:
        wire_err(&world->frame, WIRE_BAD_ITEM, "loire", "event", head, 4, "x");
        break;
    case WIRE_UNKNOWN:
        break;
    }
}

static void more_fields_than_we_know_are_ignored(void **state)
{
    world_t *world = *state;
    for (wire_type_t type = WIRE_HELLO; type < WIRE_UNKNOWN; type++) {
        encode_each(world, type);
        assert_accepted(world, type);
        wire_t plain = world->wire;
        world->frame.data[0]++;
        text_add(&world->frame, "\x81\xa1z\x90", 4);
        assert_accepted(world, type);
        assert_string_equal(world->wire.hub, plain.hub);
        assert_true(world->wire.nonce == plain.nonce && world->wire.after == plain.after);
    }
}

static void fewer_fields_are_refused(void **state)
{
    world_t *world = *state;
    static const size_t FIELDS[] = {0, 4, 3, 1, 5, 6, 1, 1, 5};
    for (wire_type_t type = WIRE_HELLO; type < WIRE_UNKNOWN; type++) {
        begin(world, type, FIELDS[type] - 1);
        for (size_t i = 0; i + 1 < FIELDS[type]; i++)
            msgpack_pack_nil(&world->packer);
        assert_refused(world, "fields, not");
    }
}

static void a_cut_message_is_refused_wherever_it_is_cut(void **state)
{
    world_t *world = *state;
    for (wire_type_t type = WIRE_HELLO; type < WIRE_UNKNOWN; type++) {
        encode_each(world, type);
        size_t size = world->frame.size;
        for (world->frame.size = 0; world->frame.size < size; world->frame.size++)
            assert_int_equal(decode(world), -1);
    }
}

static void a_frame_of_1_mib_is_the_largest(void **state)
{
    world_t *world = *state;
    for (size_t size = WIRE_MAX_SIZE - 1; size <= WIRE_MAX_SIZE + 1; size++) {
        msgpack_packer *packer = begin(world, WIRE_UNKNOWN, 1);
        size_t bytes = size - world->frame.size - 5;
        uint8_t *filling = calloc(1, bytes);
        pack_bin(packer, filling, bytes);
        free(filling);
        assert_int_equal(world->frame.size, size);
        if (size <= WIRE_MAX_SIZE)
            assert_accepted(world, WIRE_UNKNOWN);
        else
            assert_refused(world, "above 1048576");
    }
}

static void pack_batch(world_t *world, size_t count, size_t item_size)
{
    msgpack_packer *packer = begin(world, WIRE_BATCH, 6);
    uint8_t *item = calloc(1, item_size + 1);
    pack_string(packer, "loire");
    pack_string(packer, "event");
    msgpack_pack_uint64(packer, 0);
    msgpack_pack_uint64(packer, count);
    msgpack_pack_array(packer, count);
    for (size_t i = 0; i < count; i++)
        pack_bin(packer, item, item_size);
    pack_bin(packer, "head", 4);
    free(item);
}

static void a_batch_has_at_most_500_items(void **state)
{
    world_t *world = *state;
    for (size_t count = BATCH_MAX_ITEMS - 1; count <= BATCH_MAX_ITEMS; count++) {
        pack_batch(world, count, 100);
        assert_accepted(world, WIRE_BATCH);
        assert_int_equal(world->wire.item_count, count);
    }
    pack_batch(world, BATCH_MAX_ITEMS + 1, 100);
    assert_refused(world, "'items'");
}

static void an_item_has_1_byte_to_64_kib(void **state)
{
    world_t *world = *state;
    pack_batch(world, 2, ITEM_MAX_SIZE);
    assert_accepted(world, WIRE_BATCH);
    assert_int_equal(world->wire.items[1].size, ITEM_MAX_SIZE);
    pack_batch(world, 2, ITEM_MAX_SIZE + 1);
    assert_refused(world, "'items'");
    pack_batch(world, 1, 0);
    assert_refused(world, "'items'");
}

static void a_batch_beyond_its_frame_is_refused(void **state)
{
    world_t *world = *state;
    pack_batch(world, 17, ITEM_MAX_SIZE - 16);
    assert_refused(world, "above 1048576");
}

static void a_batch_is_refused_when_a_field_is_wrong(void **state)
{
    world_t *world = *state;
    REFUSED(world, "\x98\x01\x05\xa1*\xa1k\x00\x00\x90\xc4\x01h", "'hub'");
    REFUSED(world, "\x98\x01\x05\xa1h\xa1*\x00\x00\x90\xc4\x01h", "'kind'");
    REFUSED(world, "\x98\x01\x05\xa1h\xa1k\xc0\x00\x90\xc4\x01h", "'after'");
    REFUSED(world, "\x98\x01\x05\xa1h\xa1k\x00\xc0\x90\xc4\x01h", "'upto'");
    REFUSED(world, "\x98\x01\x05\xa1h\xa1k\x00\x00\xc0\xc4\x01h", "'items'");
    REFUSED(world, "\x98\x01\x05\xa1h\xa1k\x00\x00\x91\xa1i\xc4\x01h", "'items'");
    REFUSED(world, "\x98\x01\x05\xa1h\xa1k\x00\x00\x90\xc0", "'head'");
}

static void hello_has_at_most_256_interests(void **state)
{
    world_t *world = *state;
    for (size_t count = INTERESTS_MAX - 1; count <= INTERESTS_MAX + 1; count++) {
        msgpack_packer *packer = begin(world, WIRE_HELLO, 4);
        msgpack_pack_uint8(packer, 1);
        msgpack_pack_uint8(packer, 3);
        pack_string(packer, "x");
        msgpack_pack_array(packer, count);
        for (size_t i = 0; i < count; i++) {
            msgpack_pack_array(packer, 2);
            pack_string(packer, "*");
            pack_string(packer, "event");
        }
        if (count > INTERESTS_MAX) {
            assert_refused(world, "'interest'");
            continue;
        }
        assert_accepted(world, WIRE_HELLO);
        assert_int_equal(world->wire.interest_count, count);
        assert_int_equal(world->wire.highest, 3);
    }
}

static void hello_is_refused_when_a_field_is_wrong(void **state)
{
    world_t *world = *state;
    REFUSED(world, "\x96\x01\x01\x00\x01\xa0\x90", "'lowest protocol'");
    REFUSED(world, "\x96\x01\x01\x02\x01\xa0\x90", "'highest protocol'");
    REFUSED(world, "\x96\x01\x01\x01\xcf\x00\x00\x00\x01\x00\x00\x00\x00\xa0\x90",
            "'highest protocol'");
    REFUSED(world, "\x96\x01\x01\x01\x01\x00\x90", "'software'");
    REFUSED(world, "\x96\x01\x01\x01\x01\xa0\x91\xa1*", "'interest'");
    REFUSED(world, "\x96\x01\x01\x01\x01\xa0\x91\x91\xa1*", "'interest'");
    REFUSED(world, "\x96\x01\x01\x01\x01\xa0\x91\x92\xa2**\xa1*", "'interest'");
    REFUSED(world, "\x96\x01\x01\x01\x01\xa0\x91\x92\xa1h\xa0", "'interest'");
    REFUSED(world,
            "\x95\x01\x02\x00\xa1"
            "a\x80",
            "'protocol'");
    REFUSED(world, "\x95\x01\x02\x01\xa1*\x80", "'broker'");
    REFUSED(world,
            "\x95\x01\x02\x01\xa1"
            "a\x90",
            "'limits'");
}

static void a_message_has_at_most_4096_values_outside_its_items(void **state)
{
    world_t *world = *state;
    for (size_t values = WIRE_MAX_VALUES - 1; values <= WIRE_MAX_VALUES + 1; values++) {
        msgpack_packer *packer = begin(world, WIRE_UNKNOWN, 1);
        msgpack_pack_array(packer, values - 4);
        for (size_t i = 0; i < values - 4; i++)
            msgpack_pack_nil(packer);
        assert_int_equal(decode(world), values <= WIRE_MAX_VALUES ? 0 : -1);
    }
}

static void pack_error_text(world_t *world, const char *text, size_t size)
{
    msgpack_packer *packer = begin(world, WIRE_ERR, 5);
    msgpack_pack_uint8(packer, 1);
    pack_string(packer, "");
    pack_string(packer, "");
    msgpack_pack_nil(packer);
    msgpack_pack_str(packer, size);
    msgpack_pack_str_body(packer, text, size);
}

static void assert_shown(world_t *world, const char *text, size_t size, const char *shown)
{
    pack_error_text(world, text, size);
    assert_accepted(world, WIRE_ERR);
    assert_string_equal(world->wire.text, shown);
}

static void a_text_is_made_harmless_for_a_log(void **state)
{
    world_t *world = *state;
#define SHOWN(text, shown) assert_shown(world, text, sizeof(text) - 1, shown)
    SHOWN("vérifié à Saint-Étienne", "vérifié à Saint-Étienne");
    SHOWN("a\nb\tc\0d\x1b[31m\x7f", "a?b?c?d?[31m?");
    SHOWN("\xc2\x9b"
          "31m",
          "?31m"); /* C1: another way to begin an escape */
    SHOWN("\xe2\x80\xae"
          "x\xe2\x80\xa8",
          "?x?"); /* text turned around, a line separator */
    SHOWN("\xff\xc3"
          "x\xe2\x82",
          "??x??");                         /* broken UTF-8 */
    SHOWN("\xed\xa0\x80\xc0\xaf", "?????"); /* surrogate, overlong slash */
    SHOWN("", "");
}

static void a_long_text_is_cut_between_characters(void **state)
{
    world_t *world = *state;
    char text[TEXT_LIMIT + 1], shown[WIRE_TEXT_SIZE];
    memset(text, 'a', sizeof text);
    memset(shown, 'a', sizeof shown);
    shown[WIRE_TEXT_SIZE - 1] = 0;
    assert_shown(world, text, WIRE_TEXT_SIZE - 1, shown);
    memcpy(shown + WIRE_TEXT_SIZE - 4, "...", 4);
    assert_shown(world, text, WIRE_TEXT_SIZE, shown);
    assert_shown(world, text, TEXT_LIMIT, shown);
    pack_error_text(world, text, TEXT_LIMIT + 1);
    assert_refused(world, "'text'");
    memcpy(text + WIRE_TEXT_SIZE - 5, "é", 2);
    memcpy(shown + WIRE_TEXT_SIZE - 5, "...", 4);
    assert_shown(world, text, WIRE_TEXT_SIZE, shown);
}

static void a_long_text_of_ours_is_cut_before_it_leaves(void **state)
{
    world_t *world = *state;
    char text[TEXT_LIMIT + 1];
    memset(text, 'a', sizeof text);
    text[TEXT_LIMIT] = 0;
    wire_err(&world->frame, WIRE_BAD_ITEM, "", "", NULL, 0, text);
    assert_true(world->frame.size < 300);
    assert_accepted(world, WIRE_ERR);
    assert_int_equal(strlen(world->wire.text), WIRE_TEXT_SIZE - 1);
    text_clear(&world->frame);
    wire_hello(&world->frame, text, NULL, 0);
    assert_accepted(world, WIRE_HELLO);
    assert_int_equal(world->wire.interest_count, 0);
}

static void the_decoder_is_used_again_after_a_refusal(void **state)
{
    world_t *world = *state;
    for (size_t i = 0; i < 100; i++) {
        REFUSED(world, "\x98\x01\x05\xa1h\xa1k\x00\x00\x91\xa1i\xc4\x01h", "'items'");
        pack_batch(world, BATCH_MAX_ITEMS, 10);
        assert_accepted(world, WIRE_BATCH);
        wire_t other;
        assert_int_equal(wire_decode(world->decoder, &other, "\x93\x01\x06\x05", 4, NULL), 0);
        assert_true(other.nonce == 5 && other.item_count == 0 && !other.items);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(hello_tells_protocols_software_and_interests),
        TEST(welcome_tells_the_protocol_chosen_and_who_the_broker_is),
        TEST(a_head_travels_verbatim),
        TEST(a_pull_names_the_stream_and_where_to_go_on),
        TEST(a_batch_carries_items_verbatim_and_may_be_empty),
        TEST(pings_and_pongs_carry_a_number_back_and_forth),
        TEST(an_error_may_name_a_stream_and_bring_a_proof),
        TEST(a_code_from_a_newer_peer_is_another_code),
        TEST(an_unknown_type_is_accepted_from_a_newer_peer),
        TEST(another_protocol_is_refused),
        TEST(what_is_no_message_at_all_is_refused),
        TEST(more_fields_than_we_know_are_ignored),
        TEST(fewer_fields_are_refused),
        TEST(a_cut_message_is_refused_wherever_it_is_cut),
        TEST(a_frame_of_1_mib_is_the_largest),
        TEST(a_batch_has_at_most_500_items),
        TEST(an_item_has_1_byte_to_64_kib),
        TEST(a_batch_beyond_its_frame_is_refused),
        TEST(a_batch_is_refused_when_a_field_is_wrong),
        TEST(hello_has_at_most_256_interests),
        TEST(hello_is_refused_when_a_field_is_wrong),
        TEST(a_message_has_at_most_4096_values_outside_its_items),
        TEST(a_text_is_made_harmless_for_a_log),
        TEST(a_long_text_is_cut_between_characters),
        TEST(a_long_text_of_ours_is_cut_before_it_leaves),
        TEST(the_decoder_is_used_again_after_a_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
