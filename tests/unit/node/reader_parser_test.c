/* Whatever the text, the answer is jansson's: the value, or the mistake and its place. */
#include "node/import/reader/reader_parser.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define JANSSON_DEPTH 2048

static int setup(void **state)
{
    *state = reader_parser_new();
    return 0;
}

static int teardown(void **state)
{
    reader_parser_t *parser = *state;
    reader_parser_destroy(&parser);
    assert_null(parser);
    reader_parser_destroy(&parser);
    return 0;
}

/* In bytes of their own, so that a read beyond them is seen. */
static char *alone(const char *text, size_t size)
{
    char *bytes = malloc(size ? size : 1);
    assert_non_null(bytes);
    memcpy(bytes, text, size);
    return bytes;
}

/* Gives whether it is JSON. */
static bool compare(reader_parser_t *parser, const char *text, size_t size)
{
    json_error_t error = {0}, expected_error = {0};
    char *bytes = alone(text, size);
    json_t *read = reader_parser_read(parser, bytes, size, &error);
    json_t *expected =
        json_loadb(bytes, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &expected_error);
    bool good = expected != NULL;
    free(bytes);
    assert_int_equal(read != NULL, good);
    if (good)
        assert_true(json_equal(read, expected) || json_typeof(expected) == JSON_REAL);
    else {
        assert_int_equal(json_error_code(&error), json_error_code(&expected_error));
        assert_int_equal(error.line, expected_error.line);
        assert_int_equal(error.column, expected_error.column);
    }
    if (good && json_typeof(expected) == JSON_REAL)
        assert_true(json_real_value(read) == json_real_value(expected));
    json_decref(read);
    json_decref(expected);
    return good;
}

static void what_both_read_is_the_same(void **state)
{
    static const char *const TEXTS[] = {
        "{}",
        "[]",
        " {\"a\": [1, -2, 0, -0, 3.5, 1e3, -1.5E-7], \"b\": {\"c\": null, \"d\": [true, false]}} ",
        "{\"\": \"vide\", \"é\": \"œuvre – « à » \\u00e9\\ud83d\\ude00 "
        "\\\"\\\\\\/\\b\\f\\n\\r\\t\"}",
        "9223372036854775807",
        "-9223372036854775808",
        "1.7976931348623157e308",
        "5e-324",
        "1e-400",
        "0.1",
        "123456789.123456789012345678901234567890",
        "\"seul\"",
        "null",
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++)
        assert_true(compare(*state, TEXTS[i], strlen(TEXTS[i])));
}

static void what_jansson_refuses_is_refused_with_its_words_and_place(void **state)
{
    static const char *const TEXTS[] = {
        "",
        " ",
        "{",
        "{\"a\": 1,}",
        "[1,]",
        "[1 2]",
        "{\"a\"\n: tru}",
        "01",
        "1.",
        "-",
        "+1",
        "NaN",
        "{\"a\": 1}\n x",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "\"\\x41\"",
        "\"a\tb\"",
        "\"\xed\xa0\x80\"",
        "\"\xc3\"",
        "1e400",
        "12345678901234567890123",
        /* what simdjson takes, and jansson does not */
        "\"nul \\u0000\"",
        "{\"nul \\u0000\": 1}",
        "{\"a\": 1, \"b\": 2,\n \"a\": 3}",
        "[{\"x\": {\"a\": 1, \"a\": 1}}]",
        "9223372036854775808",
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++)
        assert_false(compare(*state, TEXTS[i], strlen(TEXTS[i])));
}

static void brackets_are_read_as_deep_as_jansson_reads_them(void **state)
{
    char text[2 * JANSSON_DEPTH + 2];
    for (size_t depth = 1000; depth <= JANSSON_DEPTH; depth += 100) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        compare(*state, text, 2 * depth);
    }
    memset(text, '[', sizeof text);
    assert_false(compare(*state, text, sizeof text));
}

/* Each byte of a record replaced by each of those that mean something, and the record cut there. */
static void no_damaged_record_is_read_otherwise(void **state)
{
    static const char RECORD[] = "{\"a\": [1, -2.5e3, \"\\u00e9\xc3\xa9\"], \"b\": {\"a\": true}}";
    static const char BYTES[] = "{}[],:\"\\ \n0-e.tu\xc3\xa9";
    char text[sizeof RECORD];
    for (size_t at = 0; at + 1 < sizeof RECORD; at++) {
        for (const char *byte = BYTES; *byte; byte++) {
            memcpy(text, RECORD, sizeof RECORD);
            text[at] = *byte;
            compare(*state, text, sizeof RECORD - 1);
        }
        compare(*state, RECORD, at);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_both_read_is_the_same),
        TEST(what_jansson_refuses_is_refused_with_its_words_and_place),
        TEST(brackets_are_read_as_deep_as_jansson_reads_them),
        TEST(no_damaged_record_is_read_otherwise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
