#include "schemas/head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

typedef struct world {
    uint8_t public[SIGN_PUBLIC_SIZE], secret[SIGN_SECRET_SIZE];
    head_t head; /* signed */
} world_t;

static int set_up(void **state)
{
    static const uint8_t seed[SIGN_SEED_SIZE] = "thirty-two bytes that all know.";
    world_t *world = calloc(1, sizeof *world);
    crypto_sign_seed_keypair(world->public, world->secret, seed);
    world->head = (head_t){
        .hub = "loire", .kind = "event", .life = 1ull << 50, .seq = 300, .beat = 2, .count = 200};
    memset(world->head.root, 0x5a, HASH_SIZE);
    head_sign(&world->head, world->secret);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

/* Decodes a copy that ends where its allocation ends, so that ASan sees one read too far. */
static int decode(head_t *head, const void *bytes, size_t size, err_t *err)
{
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    int rc = head_decode(head, copy, size, err);
    free(copy);
    return rc;
}

/* Decodes an array of bytes followed by 64 bytes in the place of a signature. */
static void assert_refused(const void *array, size_t size, const char *reason)
{
    uint8_t bytes[HEAD_MAX_SIZE] = {0};
    memcpy(bytes, array, size);
    err_t err = {0};
    head_t head;
    assert_int_equal(decode(&head, bytes, size + 64, &err), -1);
    assert_int_equal(err.action, ERR_REJECT);
    if (!strstr(err.text, reason))
        fail_msg("'%s' does not say '%s'", err.text, reason);
}

static void a_signed_head_is_read_back_and_verified(void **state)
{
    world_t *world = *state;
    head_t head;
    assert_int_equal(decode(&head, world->head.bytes, world->head.size, NULL), 0);
    assert_string_equal(head.hub, "loire");
    assert_string_equal(head.kind, "event");
    assert_true(head.life == 1ull << 50 && head.seq == 300 && head.beat == 2 && head.count == 200);
    assert_memory_equal(head.root, world->head.root, HASH_SIZE);
    assert_int_equal(head.size, world->head.size);
    assert_memory_equal(head.bytes, world->head.bytes, head.size);
    assert_true(head_verify(&head, world->public));
}

static void the_largest_head_fits(void **state)
{
    world_t *world = *state;
    head_t head = {.life = UINT64_MAX, .seq = UINT64_MAX, .beat = UINT64_MAX, .count = UINT64_MAX};
    memset(head.hub, 'h', NAME_SIZE - 1);
    memset(head.kind, 'k', NAME_SIZE - 1);
    head_sign(&head, world->secret);
    head_t read;
    assert_int_equal(decode(&read, head.bytes, head.size, NULL), 0);
    assert_true(head_verify(&read, world->public));
}

static void an_empty_stream_has_a_head_too(void **state)
{
    world_t *world = *state;
    head_t head = world->head, read;
    head.seq = head.count = head.beat = 0;
    head_sign(&head, world->secret);
    assert_int_equal(decode(&read, head.bytes, head.size, NULL), 0);
    assert_true(read.seq == 0 && read.count == 0);
}

static void every_changed_bit_is_noticed(void **state)
{
    world_t *world = *state;
    for (size_t bit = 0; bit < 8 * world->head.size; bit++) {
        head_t head;
        uint8_t bytes[HEAD_MAX_SIZE];
        memcpy(bytes, world->head.bytes, world->head.size);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (decode(&head, bytes, world->head.size, NULL) == 0)
            assert_false(head_verify(&head, world->public));
    }
}

static void another_key_verifies_nothing(void **state)
{
    world_t *world = *state;
    uint8_t public[SIGN_PUBLIC_SIZE], secret[SIGN_SECRET_SIZE];
    crypto_sign_keypair(public, secret);
    assert_false(head_verify(&world->head, public));
    const uint8_t zeros[SIGN_PUBLIC_SIZE] = {0};
    assert_false(head_verify(&world->head, zeros));
}

static void the_signature_is_over_the_tag_and_the_array(void **state)
{
    world_t *world = *state;
    size_t size = world->head.size - 64;
    uint8_t message[HEAD_MAX_SIZE + 15], signature[64];
    memcpy(message, "maillage-head-1", 15);
    memcpy(message + 15, world->head.bytes, size);
    crypto_sign_detached(signature, NULL, message, 15 + size, world->secret);
    assert_memory_equal(signature, world->head.bytes + size, 64);
    crypto_sign_detached(world->head.bytes + size, NULL, world->head.bytes, size, world->secret);
    assert_false(head_verify(&world->head, world->public));
}

static void the_array_has_its_shortest_encoding_and_no_other(void **state)
{
    world_t *world = *state;
    static const uint8_t expected[] =
        "\x97\xa5loire\xa5"
        "event\xcf\x00\x04\x00\x00\x00\x00\x00\x00\xcd\x01\x2c\x02\xcc"
        "\xc8\xc4\x20\x5a\x5a";
    assert_memory_equal(world->head.bytes, expected, sizeof expected - 1);

#define ROOT                                                                                       \
    "\xc4\x20"                                                                                     \
    "abcdefghijklmnopqrstuvwxyz012345"
#define REFUSED(array, reason) assert_refused(array, sizeof(array) - 1, reason)
    head_t head;
    static const uint8_t good[64 + 64] = "\x97\xa1h\xa1k\x01\x02\x03\x04" ROOT;
    assert_int_equal(decode(&head, good, 43 + 64, NULL), 0);
    /* a signed form is as long as the unsigned one */
    REFUSED("\x97\xa1h\xa1k\xd2\x00\x01\x00\x00\x02\x03\x04" ROOT, "shortest");
    REFUSED("\xdc\x00\x07\xa1h\xa1k\x01\x02\x03\x04" ROOT, "shortest");
    REFUSED("\x97\xd9\x01h\xa1k\x01\x02\x03\x04" ROOT, "shortest");
    REFUSED("\x97\xa1h\xa1k\xcc\x01\x02\x03\x04" ROOT, "shortest");
    REFUSED("\x97\xa1h\xa1k\x01\xd0\x02\x03\x04" ROOT, "shortest");
    REFUSED("\x97\xa1h\xa1k\x01\x02\x03\x04\xc5\x00\x20"
            "abcdefghijklmnopqrstuvwxyz012345",
            "shortest");
}

static void each_field_is_refused_when_it_is_wrong(void **state)
{
    (void)state;
    REFUSED("\x97\xa1H\xa1k\x01\x02\x03\x04" ROOT, "'hub'");
    REFUSED("\x97\xa0\xa1k\x01\x02\x03\x04" ROOT, "'hub'");
    REFUSED("\x97\xa1h\xa1*\x01\x02\x03\x04" ROOT, "'kind'");
    REFUSED("\x97\xa1h\xa1k\x00\x02\x03\x04" ROOT, "'life'");
    REFUSED("\x97\xa1h\xa1k\xff\x02\x03\x04" ROOT, "'life'");
    REFUSED("\x97\xa1h\xa1k\x01\xc0\x03\x04" ROOT, "'seq'");
    REFUSED("\x97\xa1h\xa1k\x01\x02\xc2\x04" ROOT, "'beat'");
    REFUSED("\x97\xa1h\xa1k\x01\x02\x03\xff" ROOT, "'count'");
    REFUSED("\x97\xa1h\xa1k\x01\x02\x03\x04\xc4\x1f"
            "abcdefghijklmnopqrstuvwxyz01234",
            "'root'");
    REFUSED("\x97\xa1h\xa1k\x01\x02\x03\x04\xc4\x21"
            "abcdefghijklmnopqrstuvwxyz0123456",
            "'root'");
    REFUSED("\x97\xa1h\xa1k\x01\x02\x03\x04\xd9\x20"
            "abcdefghijklmnopqrstuvwxyz012345",
            "'root'");
    REFUSED("\x96\xa1h\xa1k\x01\x02\x03\x04", "'array'");
    REFUSED("\x98\xa1h\xa1k\x01\x02\x03\x04" ROOT "\x05", "malformed");
    REFUSED("\x97\xa1h\xa1k\x01\x02\x03\x90" ROOT, "malformed");
    REFUSED("\x97\xa1h\xa1k\x01\x02\x03\x04" ROOT "\x05", "malformed");
    REFUSED("\x87\xa1h\xa1k\x01\x02\x03\x04", "malformed");
    REFUSED("\x05", "'array'");
    REFUSED("\xdd\x07\xff\xff\xff", "malformed");
}

static void a_size_out_of_bounds_is_refused(void **state)
{
    world_t *world = *state;
    uint8_t bytes[HEAD_MAX_SIZE + 1] = {0};
    memcpy(bytes, world->head.bytes, world->head.size);
    head_t head;
    assert_int_equal(decode(&head, bytes, 0, NULL), -1);
    assert_int_equal(decode(&head, bytes, 64, NULL), -1);
    assert_int_equal(decode(&head, bytes, HEAD_MAX_SIZE, NULL), -1);
    assert_int_equal(decode(&head, bytes, HEAD_MAX_SIZE + 1, NULL), -1);
}

static void a_refused_head_leaves_the_result_alone(void **state)
{
    world_t *world = *state;
    head_t head = world->head;
    assert_int_equal(decode(&head, "nothing", 7, NULL), -1);
    assert_true(head_verify(&head, world->public));
}

static void heads_compare_by_life_then_by_seq(void **state)
{
    (void)state;
    const head_t old = {.life = 1, .seq = 9}, next = {.life = 2, .seq = 1},
                 later = {.life = 2, .seq = 2},
                 again = {.life = 2, .seq = 2, .beat = 5, .count = 1};
    assert_true(head_compare(&old, &next) < 0 && head_compare(&next, &old) > 0);
    assert_true(head_compare(&next, &later) < 0 && head_compare(&later, &next) > 0);
    assert_int_equal(head_compare(&later, &again), 0);
}

int main(void)
{
    if (sodium_init() < 0)
        return 1;
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_signed_head_is_read_back_and_verified),
        TEST(the_largest_head_fits),
        TEST(an_empty_stream_has_a_head_too),
        TEST(every_changed_bit_is_noticed),
        TEST(another_key_verifies_nothing),
        TEST(the_signature_is_over_the_tag_and_the_array),
        TEST(the_array_has_its_shortest_encoding_and_no_other),
        TEST(each_field_is_refused_when_it_is_wrong),
        TEST(a_size_out_of_bounds_is_refused),
        TEST(a_refused_head_leaves_the_result_alone),
        TEST(heads_compare_by_life_then_by_seq),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
