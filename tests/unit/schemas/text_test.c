#include "schemas/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_new_text_reads_as_an_empty_string(void **state)
{
    (void)state;
    text_t text;
    text_init(&text, 0);
    assert_string_equal(text.data, "");
    text_free(&text);
    text_free(&text);
}

static void pieces_are_joined_and_ended_by_a_nul(void **state)
{
    (void)state;
    text_t text;
    text_init(&text, 1000);
    assert_int_equal(text_add(&text, "ab", 2), 0);
    assert_int_equal(text_add(&text, NULL, 0), 0);
    assert_int_equal(text_add_string(&text, "cd"), 0);
    assert_int_equal(text_add_format(&text, "%d%s", 42, "é"), 0);
    assert_string_equal(text.data, "abcd42é");
    assert_int_equal(text.size, strlen("abcd42é"));
    text_free(&text);
}

static void a_text_grows_to_its_maximum_and_not_beyond(void **state)
{
    (void)state;
    enum { MAX = 5000 };
    char block[MAX + 1];
    memset(block, 'x', sizeof block);
    text_t text;
    text_init(&text, MAX);
    assert_int_equal(text_add(&text, block, MAX + 1), -1);
    assert_true(text.overflow);
    assert_int_equal(text.size, 0);
    text_clear(&text);
    assert_false(text.overflow);
    for (int i = 0; i < MAX; i++)
        assert_int_equal(text_add(&text, block, 1), 0);
    assert_int_equal(text.size, MAX);
    assert_false(text.overflow);
    assert_int_equal(text_add_format(&text, "%c", 'y'), -1);
    assert_int_equal(text.size, MAX);
    assert_int_equal(text.data[MAX], 0);
    text_free(&text);
}

static void an_overflow_is_remembered_until_the_text_is_cleared(void **state)
{
    (void)state;
    text_t text;
    text_init(&text, 3);
    assert_int_equal(text_add_string(&text, "abcd"), -1);
    assert_int_equal(text_add_string(&text, "ab"), 0);
    assert_true(text.overflow);
    assert_string_equal(text.data, "ab");
    text_clear(&text);
    assert_false(text.overflow);
    assert_string_equal(text.data, "");
    text_free(&text);
}

static void a_huge_size_cannot_wrap_around(void **state)
{
    (void)state;
    text_t text;
    text_init(&text, 10);
    assert_int_equal(text_add_string(&text, "abc"), 0);
    assert_int_equal(text_add(&text, "x", SIZE_MAX), -1);
    assert_string_equal(text.data, "abc");
    text_free(&text);
}

static void taken_bytes_belong_to_the_caller(void **state)
{
    (void)state;
    text_t text;
    text_init(&text, 10);
    assert_int_equal(text_add_string(&text, "abc"), 0);
    char *taken = text_take(&text);
    assert_int_equal(text.size, 0);
    assert_int_equal(text_add_string(&text, "0123456789"), 0);
    text_free(&text);
    assert_string_equal(taken, "abc");
    free(taken);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_text_reads_as_an_empty_string),
        cmocka_unit_test(pieces_are_joined_and_ended_by_a_nul),
        cmocka_unit_test(a_text_grows_to_its_maximum_and_not_beyond),
        cmocka_unit_test(an_overflow_is_remembered_until_the_text_is_cleared),
        cmocka_unit_test(a_huge_size_cannot_wrap_around),
        cmocka_unit_test(taken_bytes_belong_to_the_caller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
