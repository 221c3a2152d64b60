#include "schemas/item.h"
#include "schemas/pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

static const uint8_t BODY[] = {0x82, 0xa3, 'n',  'o', 'm',  0xa3, 'E',
                               'N',  'E',  0xa1, 'x', 0x92, 1,    2};

static item_t example(void)
{
    return (item_t){.hub = "loire",
                    .kind = "provider",
                    .id = "732829320",
                    .seq = 7,
                    .op = ITEM_PUT,
                    .sv = 1,
                    .ts_ms = 1795330893824,
                    .body = BODY,
                    .body_size = sizeof BODY};
}

static item_t deletion(void)
{
    item_t item = example();
    item.op = ITEM_DELETE;
    item.body = NULL;
    item.body_size = 0;
    return item;
}

static void encode(const item_t *item, text_t *out)
{
    text_init(out, ITEM_MAX_SIZE);
    assert_int_equal(item_encode(item, out, NULL), 0);
}

/* Decodes a copy that ends where its allocation ends, so that ASan sees one read too far. */
static int decode(const void *bytes, size_t size, err_t *err)
{
    item_t item;
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    int rc = item_decode(&item, copy, size, err);
    free(copy);
    return rc;
}

static void assert_refused(const void *bytes, size_t size, const char *reason)
{
    err_t err = {0};
    assert_int_equal(decode(bytes, size, &err), -1);
    assert_int_equal(err.action, ERR_REJECT);
    if (!strstr(err.text, reason))
        fail_msg("'%s' does not say '%s'", err.text, reason);
}

static void assert_round_trip(const item_t *item)
{
    text_t out;
    encode(item, &out);
    item_t read;
    err_t err = {0};
    assert_int_equal(item_decode(&read, out.data, out.size, &err), 0);
    assert_string_equal(read.hub, item->hub);
    assert_string_equal(read.kind, item->kind);
    assert_string_equal(read.id, item->id);
    assert_true(read.seq == item->seq && read.ts_ms == item->ts_ms);
    assert_true(read.op == item->op && read.sv == item->sv);
    assert_int_equal(read.body_size, item->body_size);
    if (item->body)
        assert_memory_equal(read.body, item->body, item->body_size);
    else
        assert_null(read.body);
    assert_ptr_equal(read.bytes, out.data);
    assert_int_equal(read.size, out.size);
    assert_int_equal(err.action, ERR_NONE);
    text_free(&out);
}

static void what_is_encoded_is_read_back_with_the_body_verbatim(void **state)
{
    (void)state;
    item_t item = example();
    assert_round_trip(&item);
    item.seq = UINT64_MAX;
    item.sv = UINT32_MAX;
    item.ts_ms = ITEM_TS_MAX;
    memset(item.hub, 'h', NAME_SIZE - 1);
    memset(item.kind, '_', NAME_SIZE - 1);
    memset(item.id, 'z', ID_SIZE - 1);
    assert_round_trip(&item);
    item.ts_ms = ITEM_TS_MIN;
    assert_round_trip(&item);
    item = deletion();
    assert_round_trip(&item);
}

static void the_bytes_are_those_of_the_protocol(void **state)
{
    (void)state;
    static const uint8_t expected[] = "\x98\xa5loire\xa8provider\x07\xa9"
                                      "732829320\x02\x01\xcf\x00\x00\x01\xa2\x02\x0f\x68\x00\xc0";
    item_t item = deletion();
    text_t out;
    encode(&item, &out);
    assert_int_equal(out.size, sizeof expected - 1);
    assert_memory_equal(out.data, expected, out.size);
    text_free(&out);
}

static void an_item_is_appended_to_what_the_text_holds(void **state)
{
    (void)state;
    text_t out;
    text_init(&out, 200);
    text_add_string(&out, "before");
    item_t item = deletion();
    assert_int_equal(item_encode(&item, &out, NULL), 0);
    assert_memory_equal(out.data, "before\x98", 7);
    text_free(&out);
}

/* Gives a map whose one text makes the item exactly `size` bytes long. */
static uint8_t *body_for(size_t size, item_t *item)
{
    item->body = BODY;
    item->body_size = sizeof BODY;
    text_t out;
    encode(item, &out);
    size_t body_size = size - (out.size - sizeof BODY);
    text_free(&out);
    uint8_t *body = calloc(1, body_size);
    assert_non_null(body);
    size_t text_size = body_size - 6;
    memcpy(body,
           (const uint8_t[]){0x81, 0xa1, 't', 0xda, (uint8_t)(text_size >> 8), (uint8_t)text_size},
           6);
    memset(body + 6, 'a', text_size);
    item->body = body;
    item->body_size = body_size;
    return body;
}

static void an_item_of_64_kib_is_the_longest(void **state)
{
    (void)state;
    for (size_t size = ITEM_MAX_SIZE - 1; size <= ITEM_MAX_SIZE + 1; size++) {
        item_t item = example();
        uint8_t *body = body_for(size, &item);
        text_t out;
        err_t err = {0};
        text_init(&out, 2 * ITEM_MAX_SIZE);
        if (size <= ITEM_MAX_SIZE) {
            assert_int_equal(item_encode(&item, &out, &err), 0);
            assert_int_equal(out.size, size);
            assert_int_equal(decode(out.data, out.size, &err), 0);
        } else {
            assert_int_equal(item_encode(&item, &out, &err), -1);
            assert_int_equal(err.action, ERR_REJECT);
            assert_non_null(strstr(err.text, "trop longue : 65537 octets"));
            assert_int_equal(out.size, 0);
        }
        text_free(&out);
        free(body);
    }
    uint8_t *long_item = calloc(1, ITEM_MAX_SIZE + 1);
    assert_refused(long_item, ITEM_MAX_SIZE + 1, "65537 bytes");
    free(long_item);
}

static void an_item_that_no_sink_would_take_is_not_made(void **state)
{
    (void)state;
    /* [hub ... ts] and its array are 8 values; {"l": [...]} is 3 more. */
    for (size_t entries = ITEM_MAX_VALUES - 12; entries <= ITEM_MAX_VALUES - 10; entries++) {
        uint8_t body[6 + ITEM_MAX_VALUES] = {
            0x81, 0xa1, 'l', 0xdc, (uint8_t)(entries >> 8), (uint8_t)entries};
        item_t item = example();
        item.body = body;
        item.body_size = 6 + entries;
        text_t out;
        err_t err = {0};
        text_init(&out, ITEM_MAX_SIZE);
        bool fits = entries + 11 <= ITEM_MAX_VALUES;
        assert_int_equal(item_encode(&item, &out, &err), fits ? 0 : -1);
        if (fits)
            assert_int_equal(decode(out.data, out.size, &err), 0);
        else
            assert_non_null(strstr(err.text, "trop d'éléments"));
        text_free(&out);
    }
}

static void a_body_may_be_fifteen_levels_deep(void **state)
{
    (void)state;
    for (size_t depth = ITEM_MAX_DEPTH - 2; depth <= ITEM_MAX_DEPTH; depth++) {
        uint8_t body[3 + ITEM_MAX_DEPTH] = {0x81, 0xa1, 'd'}; /* {"d": [[...[]...]]} */
        memset(body + 3, 0x91, depth - 2);
        body[3 + depth - 2] = 0x90;
        item_t item = example();
        item.body = body;
        item.body_size = 3 + depth - 1;
        text_t out;
        text_init(&out, ITEM_MAX_SIZE);
        assert_int_equal(item_encode(&item, &out, NULL), depth < ITEM_MAX_DEPTH ? 0 : -1);
        if (out.size)
            assert_int_equal(decode(out.data, out.size, NULL), 0);
        text_free(&out);
    }
}

/* Packs an item by hand, so that it can be wrong. */
typedef struct recipe {
    size_t arity;
    const char *hub, *kind, *id;
    uint64_t seq, op, sv;
    int64_t ts;
    const char *body;
    size_t body_size;
} recipe_t;

static const recipe_t GOOD = {8, "loire", "event", "a.b", 1, 1, 1, 0, "\x80", 1};

static void cook(const recipe_t *recipe, text_t *out)
{
    msgpack_packer packer;
    text_init(out, 2 * ITEM_MAX_SIZE);
    pack_into_text(&packer, out);
    msgpack_pack_array(&packer, recipe->arity);
    pack_string(&packer, recipe->hub);
    pack_string(&packer, recipe->kind);
    msgpack_pack_uint64(&packer, recipe->seq);
    pack_string(&packer, recipe->id);
    msgpack_pack_uint64(&packer, recipe->op);
    msgpack_pack_uint64(&packer, recipe->sv);
    msgpack_pack_int64(&packer, recipe->ts);
    text_add(out, recipe->body, recipe->body_size);
}

#define LONG_NAME "abcdefghijklmnopqrstuvwxyz0123456"
#define I32 "iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii"
#define LONG_ID I32 I32 I32 I32 "i"

static void each_field_is_refused_when_it_is_wrong(void **state)
{
    (void)state;
    static const struct {
        recipe_t recipe;
        const char *reason;
    } WRONG[] = {
        {{8, "", "event", "a.b", 1, 1, 1, 0, "\x80", 1}, "'hub'"},
        {{8, "Loire", "event", "a.b", 1, 1, 1, 0, "\x80", 1}, "'hub'"},
        {{8, LONG_NAME, "event", "a.b", 1, 1, 1, 0, "\x80", 1}, "'hub'"},
        {{8, "loire", "use case", "a.b", 1, 1, 1, 0, "\x80", 1}, "'kind'"},
        {{8, "loire", "*", "a.b", 1, 1, 1, 0, "\x80", 1}, "'kind'"},
        {{8, "loire", "event", "a.b", 0, 1, 1, 0, "\x80", 1}, "'seq'"},
        {{8, "loire", "event", "", 1, 1, 1, 0, "\x80", 1}, "'id'"},
        {{8, "loire", "event", "-a", 1, 1, 1, 0, "\x80", 1}, "'id'"},
        {{8, "loire", "event", "a/b", 1, 1, 1, 0, "\x80", 1}, "'id'"},
        {{8, "loire", "event", LONG_ID, 1, 1, 1, 0, "\x80", 1}, "'id'"},
        {{8, "loire", "event", "a.b", 1, 0, 1, 0, "\x80", 1}, "'op'"},
        {{8, "loire", "event", "a.b", 1, 3, 1, 0, "\x80", 1}, "'op'"},
        {{8, "loire", "event", "a.b", 1, 1, (uint64_t)UINT32_MAX + 1, 0, "\x80", 1}, "'sv'"},
        {{8, "loire", "event", "a.b", 1, 1, 1, ITEM_TS_MAX + 1, "\x80", 1}, "'ts'"},
        {{8, "loire", "event", "a.b", 1, 1, 1, ITEM_TS_MIN - 1, "\x80", 1}, "'ts'"},
        {{8, "loire", "event", "a.b", 1, 1, 1, INT64_MIN, "\x80", 1}, "'ts'"},
        {{8, "loire", "event", "a.b", 1, 1, 1, 0, "\xc0", 1}, "not a map"},
        {{8, "loire", "event", "a.b", 1, 1, 1, 0, "\x90", 1}, "not a map"},
        {{8, "loire", "event", "a.b", 1, 2, 1, 0, "\x80", 1}, "deletion with a body"},
        {{8, "loire", "event", "a.b", 1, 1, 1, 0, "", 0}, "malformed item"},
        {{7, "loire", "event", "a.b", 1, 1, 1, 0, "\x80", 1}, "malformed item"},
        {{7, "loire", "event", "a.b", 1, 1, 1, 0, "", 0}, "array of 8"},
        {{9, "loire", "event", "a.b", 1, 1, 1, 0, "\x80\x80", 2}, "array of 8"},
    };
    text_t out;
    cook(&GOOD, &out);
    assert_int_equal(decode(out.data, out.size, NULL), 0);
    text_free(&out);
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        cook(&WRONG[i].recipe, &out);
        assert_refused(out.data, out.size, WRONG[i].reason);
        text_free(&out);
    }
}

static void bytes_that_are_no_array_are_no_item(void **state)
{
    (void)state;
    assert_refused("\x80", 1, "array of 8");
    assert_refused("", 0, "malformed item");
    assert_refused("\xdf\xdf\xdf\xdf\xdf\xff\x0a", 7, "malformed item");
}

static void a_nul_does_not_hide_in_a_name(void **state)
{
    (void)state;
    assert_refused("\x98\xa3"
                   "a\0b\xa1k\x01\xa1i\x01\x01\x00\x80",
                   14, "'hub'");
}

static void only_the_shortest_envelope_is_accepted(void **state)
{
    (void)state;
    static const char shortest[] = "\x98\xa1h\xa1k\x01\xa1i\x01\x01\x00\x80";
    static const char long_array[] = "\xdc\x00\x08\xa1h\xa1k\x01\xa1i\x01\x01\x00\x80";
    static const char long_string[] = "\x98\xd9\x01h\xa1k\x01\xa1i\x01\x01\x00\x80";
    static const char long_seq[] = "\x98\xa1h\xa1k\xcc\x01\xa1i\x01\x01\x00\x80";
    static const char signed_seq[] = "\x98\xa1h\xa1k\xd0\x01\xa1i\x01\x01\x00\x80";
    static const char as_long[] = "\x98\xa1h\xa1k\xd2\x00\x01\x00\x00\xa1i\x01\x01\x00\x80";
    assert_int_equal(decode(shortest, sizeof shortest - 1, NULL), 0);
    assert_refused(as_long, sizeof as_long - 1, "shortest");
    assert_refused(long_array, sizeof long_array - 1, "array of 8");
    assert_refused(long_string, sizeof long_string - 1, "shortest");
    assert_refused(long_seq, sizeof long_seq - 1, "shortest");
    assert_refused(signed_seq, sizeof signed_seq - 1, "shortest");
}

static void a_body_is_kept_whatever_it_contains(void **state)
{
    (void)state;
    /* keys unsorted, a float, an ext, a number in a long form: a newer hub may know why */
    static const char body[] = "\x83\x02\xca\x3f\x80\x00\x00\xa1"
                               "a\xd4\x05\x00\x01\xcf\x00\x00\x00\x00\x00\x00\x00\x01";
    text_t out;
    recipe_t recipe = GOOD;
    recipe.body = body;
    recipe.body_size = sizeof body - 1;
    cook(&recipe, &out);
    item_t item;
    assert_int_equal(item_decode(&item, out.data, out.size, NULL), 0);
    assert_int_equal(item.body_size, sizeof body - 1);
    assert_memory_equal(item.body, body, item.body_size);
    text_free(&out);
}

static void a_refused_item_leaves_the_result_alone(void **state)
{
    (void)state;
    item_t item = example();
    assert_int_equal(item_decode(&item, "\x98\xa1h\xa1k\x01\xa1i\x03\x01\x00\x80", 12, NULL), -1);
    assert_string_equal(item.id, "732829320");
    assert_ptr_equal(item.body, BODY);
}

static void leaves_and_buckets_are_blake2b_256(void **state)
{
    (void)state;
    uint8_t leaf[HASH_SIZE];
    char hex[2 * HASH_SIZE + 1];
    item_leaf("abc", 3, leaf);
    sodium_bin2hex(hex, sizeof hex, leaf, sizeof leaf);
    assert_string_equal(hex, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    assert_int_equal(item_bucket("abc"), 0xbd);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_encoded_is_read_back_with_the_body_verbatim),
        cmocka_unit_test(the_bytes_are_those_of_the_protocol),
        cmocka_unit_test(an_item_is_appended_to_what_the_text_holds),
        cmocka_unit_test(an_item_of_64_kib_is_the_longest),
        cmocka_unit_test(an_item_that_no_sink_would_take_is_not_made),
        cmocka_unit_test(a_body_may_be_fifteen_levels_deep),
        cmocka_unit_test(each_field_is_refused_when_it_is_wrong),
        cmocka_unit_test(bytes_that_are_no_array_are_no_item),
        cmocka_unit_test(a_nul_does_not_hide_in_a_name),
        cmocka_unit_test(only_the_shortest_envelope_is_accepted),
        cmocka_unit_test(a_body_is_kept_whatever_it_contains),
        cmocka_unit_test(a_refused_item_leaves_the_result_alone),
        cmocka_unit_test(leaves_and_buckets_are_blake2b_256),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
