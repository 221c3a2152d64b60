#include "schemas/shape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DEPTH 16
#define VALUES 4096

/* The bytes lie at the very end of their own allocation, so that ASan sees one read too far. */
static int check_limits(const void *bytes, size_t size, size_t depth, size_t values, err_t *err)
{
    uint8_t *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, size);
    int rc = shape_check(copy, size, depth, values, err);
    free(copy);
    return rc;
}

static int check(const void *bytes, size_t size)
{
    return check_limits(bytes, size, DEPTH, VALUES, NULL);
}

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static void every_type_is_known_and_needs_all_its_bytes(void **state)
{
    (void)state;
    static const struct {
        uint8_t head[6];
        size_t head_size, size; /* of the head below, and of the whole value */
    } TYPES[] = {
        {{0x00}, 1, 1},
        {{0x7f}, 1, 1},
        {{0xe0}, 1, 1},
        {{0xff}, 1, 1},
        {{0x80}, 1, 1},
        {{0x90}, 1, 1},
        {{0xa0}, 1, 1},
        {{0xa1}, 1, 2},
        {{0xbf}, 1, 32},
        {{0xc0}, 1, 1},
        {{0xc2}, 1, 1},
        {{0xc3}, 1, 1},
        {{0xc4, 3}, 2, 5},
        {{0xc5, 1, 0}, 3, 259},
        {{0xc6, 0, 0, 0, 1}, 5, 6},
        {{0xc7, 3, 1}, 3, 6},
        {{0xc8, 0, 2}, 3, 6},
        {{0xc9, 0, 0, 0, 2}, 5, 8},
        {{0xca}, 1, 5},
        {{0xcb}, 1, 9},
        {{0xcc}, 1, 2},
        {{0xcd}, 1, 3},
        {{0xce}, 1, 5},
        {{0xcf}, 1, 9},
        {{0xd0}, 1, 2},
        {{0xd1}, 1, 3},
        {{0xd2}, 1, 5},
        {{0xd3}, 1, 9},
        {{0xd4}, 1, 3},
        {{0xd5}, 1, 4},
        {{0xd6}, 1, 6},
        {{0xd7}, 1, 10},
        {{0xd8}, 1, 18},
        {{0xd9, 2}, 2, 4},
        {{0xda, 0, 2}, 3, 5},
        {{0xdb, 0, 0, 0, 2}, 5, 7},
        {{0xdc, 0, 3}, 3, 6},
        {{0xdd, 0, 0, 0, 3}, 5, 8},
        {{0xde, 0, 1}, 3, 5},
        {{0xdf, 0, 0, 0, 1}, 5, 7},
        {{0x93}, 1, 4},
        {{0x82}, 1, 5},
    };
    for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++) {
        uint8_t value[300] = {0};
        memcpy(value, TYPES[i].head, TYPES[i].head_size);
        assert_int_equal(check(value, TYPES[i].size), 0);
        for (size_t size = 0; size < TYPES[i].size; size++)
            assert_int_equal(check(value, size), -1);
        assert_int_equal(check(value, TYPES[i].size + 1), -1);
    }
    assert_int_equal(check(BYTES(0xc1)), -1);
}

static void the_known_bombs_are_refused_where_they_begin(void **state)
{
    (void)state;
    err_t err = {0};
    assert_int_equal(
        check_limits(BYTES(0xdf, 0xdf, 0xdf, 0xdf, 0xdf, 0xff, 0x0a), DEPTH, SIZE_MAX, &err), -1);
    assert_int_equal(err.action, ERR_REJECT);
    assert_non_null(strstr(err.text, "byte 0: more declared"));
    assert_int_equal(check(BYTES(0xdd, 0x07, 0xff, 0xff, 0xff)), -1);
    assert_int_equal(check(BYTES(0xdb, 0xff, 0xff, 0xff, 0xff)), -1);
    assert_int_equal(check(BYTES(0xc6, 0xff, 0xff, 0xff, 0xff, 0x00)), -1);
    assert_int_equal(check(BYTES(0xc9, 0xff, 0xff, 0xff, 0xff, 0x00)), -1);
    assert_int_equal(check(BYTES(0xdf, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00)), -1);
}

static void containers_may_be_as_deep_as_the_limit_and_no_deeper(void **state)
{
    (void)state;
    for (size_t depth = 0; depth <= SHAPE_DEPTH_LIMIT; depth++) {
        uint8_t arrays[SHAPE_DEPTH_LIMIT + 1], maps[2 * (SHAPE_DEPTH_LIMIT + 1) + 1];
        memset(arrays, 0x91, sizeof arrays);
        for (size_t i = 0; i < sizeof maps; i += 2)
            maps[i] = 0x81, maps[i + 1 < sizeof maps ? i + 1 : i] = 0x01;
        arrays[depth] = 0xc0;
        maps[2 * depth] = 0xc0;
        assert_int_equal(check_limits(arrays, depth + 1, depth, VALUES, NULL), 0);
        assert_int_equal(check_limits(maps, 2 * depth + 1, depth, VALUES, NULL), 0);
        if (depth < SHAPE_DEPTH_LIMIT)
            assert_int_equal(check_limits(arrays, depth + 1, depth + 1, VALUES, NULL), 0);
        if (depth > 0) {
            err_t err = {0};
            assert_int_equal(check_limits(arrays, depth + 1, depth - 1, VALUES, &err), -1);
            assert_non_null(strstr(err.text, "too deep"));
            assert_int_equal(check_limits(maps, 2 * depth + 1, depth - 1, VALUES, NULL), -1);
        }
    }
    assert_int_equal(check_limits(BYTES(0x90), 0, VALUES, NULL), -1);
    assert_int_equal(check_limits(BYTES(0x80), 1, VALUES, NULL), 0);
}

static void values_may_be_as_many_as_the_limit_and_no_more(void **state)
{
    (void)state;
    uint8_t array[3 + VALUES] = {0xdc};
    for (size_t count = VALUES - 2; count <= VALUES; count++) {
        array[1] = (uint8_t)(count >> 8), array[2] = (uint8_t)count;
        assert_int_equal(check(array, 3 + count), count + 1 <= VALUES ? 0 : -1);
    }
    /* The same number spread over siblings, which no single declaration gives away. */
    static const uint8_t pairs[] = {0x92, 0x92, 0x01, 0x02, 0x92, 0x03, 0x04};
    assert_int_equal(check_limits(pairs, sizeof pairs, DEPTH, 7, NULL), 0);
    assert_int_equal(check_limits(pairs, sizeof pairs, DEPTH, 6, NULL), -1);
    assert_int_equal(check_limits(BYTES(0x81, 0x01, 0x02), DEPTH, 3, NULL), 0);
    assert_int_equal(check_limits(BYTES(0x81, 0x01, 0x02), DEPTH, 2, NULL), -1);
    assert_int_equal(check_limits(BYTES(0x01), DEPTH, 0, NULL), -1);
}

static void exactly_one_value_is_accepted(void **state)
{
    (void)state;
    err_t err = {0};
    assert_int_equal(check_limits("", 0, DEPTH, VALUES, &err), -1);
    assert_non_null(strstr(err.text, "byte 0: the end"));
    assert_int_equal(check_limits(BYTES(0x92, 0x01, 0x90, 0xc0), DEPTH, VALUES, &err), -1);
    assert_non_null(strstr(err.text, "byte 3: something after"));
}

static void the_walk_comes_back_out_of_nested_containers(void **state)
{
    (void)state;
    assert_int_equal(check(BYTES(0x93, 0x91, 0x91, 0x01, 0x80, 0x81, 0xa1, 'k', 0x92, 0x01, 0x02)),
                     0);
    assert_int_equal(check(BYTES(0x93, 0x91, 0x91, 0x01, 0x80, 0x81, 0xa1, 'k', 0x92, 0x01)), -1);
    assert_int_equal(check(BYTES(0x93, 0x91, 0x91, 0x01, 0x80)), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_known_and_needs_all_its_bytes),
        cmocka_unit_test(the_known_bombs_are_refused_where_they_begin),
        cmocka_unit_test(containers_may_be_as_deep_as_the_limit_and_no_deeper),
        cmocka_unit_test(values_may_be_as_many_as_the_limit_and_no_more),
        cmocka_unit_test(exactly_one_value_is_accepted),
        cmocka_unit_test(the_walk_comes_back_out_of_nested_containers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
