#include "schemas/number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static number_state_t read(const char *text, field_type_t type, int64_t *stored)
{
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(json);
    number_state_t state = number_read(json, type, stored);
    json_decref(json);
    return state;
}

static void assert_reads(const char *text, field_type_t type, int64_t expected)
{
    int64_t stored = -1;
    if (read(text, type, &stored) != NUMBER_OK || stored != expected)
        fail_msg("%s reads as %lld, not %lld", text, (long long)stored, (long long)expected);
}

static void assert_refused(const char *text, field_type_t type, number_state_t expected)
{
    int64_t stored = -1;
    number_state_t state = read(text, type, &stored);
    if (state != expected || stored != -1)
        fail_msg("%s gives %d, not %d", text, state, expected);
}

static void a_decimal_is_stored_as_hundredths(void **state)
{
    (void)state;
    assert_reads("10.2", FIELD_DECIMAL, 1020);
    assert_reads("\"10.2\"", FIELD_DECIMAL, 1020);
    assert_reads("\"-0.05\"", FIELD_DECIMAL, -5);
    assert_reads("-0.05", FIELD_DECIMAL, -5);
    assert_reads("\"007.500\"", FIELD_DECIMAL, 750);
    assert_reads("33", FIELD_DECIMAL, 3300);
    assert_reads("0.1", FIELD_DECIMAL, 10);
    assert_reads("1.005e1", FIELD_DECIMAL, 1005);
}

static void every_hundredth_survives_the_way_to_json_and_back(void **state)
{
    (void)state;
    const int64_t around[] = {0, 1000000, 123456789012, NUMBER_MAX - 2000};
    for (size_t i = 0; i < sizeof around / sizeof *around; i++)
        for (int64_t stored = around[i]; stored < around[i] + 2000; stored++) {
            json_t *json = number_json(-stored, FIELD_DECIMAL);
            char *text = json_dumps(json, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
            assert_reads(text, FIELD_DECIMAL, -stored);
            free(text);
            json_decref(json);
        }
}

static void more_decimals_than_are_kept_are_refused(void **state)
{
    (void)state;
    assert_refused("10.205", FIELD_DECIMAL, NUMBER_PRECISION);
    assert_refused("\"10.205\"", FIELD_DECIMAL, NUMBER_PRECISION);
    assert_refused("0.5", FIELD_INTEGER, NUMBER_PRECISION);
    assert_reads("3.0", FIELD_INTEGER, 3);
    assert_reads("10.2000000001", FIELD_DECIMAL, 1020);
    assert_refused("10.20001", FIELD_DECIMAL, NUMBER_PRECISION);
}

static void degrees_are_rounded_to_millionths(void **state)
{
    (void)state;
    assert_reads("4.3871781234", FIELD_DEGREES, 4387178);
    assert_reads("\"4.3871786\"", FIELD_DEGREES, 4387179);
    assert_reads("\"-4.3871786\"", FIELD_DEGREES, -4387179);
    assert_reads("45", FIELD_DEGREES, 45000000);
}

static void a_text_that_is_no_plain_number_is_none(void **state)
{
    (void)state;
    const char *const texts[] = {"\"10,2\"", "\"1e3\"", "\"\"",      "\"-\"",     "\"1.\"",
                                 "\".5\"",   "\"+1\"",  "\" 1\"",    "\"1 000\"", "\"0x10\"",
                                 "true",     "[1]",     "\"1.2.3\"", "\"NaN\""};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_refused(texts[i], FIELD_DECIMAL, NUMBER_NOT);
    json_t *hidden = json_stringn("1\0x", 3);
    int64_t stored;
    assert_int_equal(number_read(hidden, FIELD_INTEGER, &stored), NUMBER_NOT);
    json_decref(hidden);
}

static void fifteen_digits_are_the_most(void **state)
{
    (void)state;
    assert_reads("999999999999999", FIELD_INTEGER, NUMBER_MAX);
    assert_refused("1000000000000000", FIELD_INTEGER, NUMBER_RANGE);
    assert_reads("\"9999999999999.99\"", FIELD_DECIMAL, NUMBER_MAX);
    assert_refused("\"10000000000000\"", FIELD_DECIMAL, NUMBER_RANGE);
    assert_refused("10000000000000", FIELD_DECIMAL, NUMBER_RANGE);
    assert_refused("1e300", FIELD_DECIMAL, NUMBER_RANGE);
    assert_refused("\"99999999999999999999999999\"", FIELD_INTEGER, NUMBER_RANGE);
    assert_refused("-9223372036854775808", FIELD_INTEGER, NUMBER_RANGE);
}

static void people_read_a_comma_and_no_useless_zeros(void **state)
{
    (void)state;
    char out[NUMBER_TEXT_SIZE];
    assert_string_equal(number_french(1020, FIELD_DECIMAL, out), "10,2");
    assert_string_equal(number_french(-5, FIELD_DECIMAL, out), "-0,05");
    assert_string_equal(number_french(3300, FIELD_DECIMAL, out), "33");
    assert_string_equal(number_french(0, FIELD_DECIMAL, out), "0");
    assert_string_equal(number_french(2580, FIELD_INTEGER, out), "2580");
    assert_string_equal(number_french(4387170, FIELD_DEGREES, out), "4,38717");
    assert_string_equal(number_french(NUMBER_MAX, FIELD_INTEGER, out), "999999999999999");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_decimal_is_stored_as_hundredths),
        cmocka_unit_test(every_hundredth_survives_the_way_to_json_and_back),
        cmocka_unit_test(more_decimals_than_are_kept_are_refused),
        cmocka_unit_test(degrees_are_rounded_to_millionths),
        cmocka_unit_test(a_text_that_is_no_plain_number_is_none),
        cmocka_unit_test(fifteen_digits_are_the_most),
        cmocka_unit_test(people_read_a_comma_and_no_useless_zeros),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
