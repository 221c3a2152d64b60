#include "schemas/base/err.h"
#include "schemas/base/unicode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void setting_an_error_gives_the_action_the_text_and_minus_one(void **state)
{
    (void)state;
    err_t err = {0};
    assert_int_equal(err.action, ERR_NONE);
    assert_int_equal(err_set(&err, ERR_REJECT, "line %d", 12), -1);
    assert_int_equal(err.action, ERR_REJECT);
    assert_string_equal(err.text, "line 12");
}

static void nobody_has_to_want_the_text(void **state)
{
    (void)state;
    assert_int_equal(err_set(NULL, ERR_STOP, "unheard"), -1);
    assert_int_equal(err_context(NULL, "unheard"), -1);
}

static void context_goes_before_the_text_and_keeps_the_action(void **state)
{
    (void)state;
    err_t err = {0};
    err_set(&err, ERR_RETRY, "disk full");
    assert_int_equal(err_context(&err, "cannot save '%s': ", "x"), -1);
    assert_int_equal(err.action, ERR_RETRY);
    assert_string_equal(err.text, "cannot save 'x': disk full");
}

static void a_text_of_the_maximum_is_whole_and_one_more_is_cut(void **state)
{
    (void)state;
    char longest[ERR_TEXT_SIZE + 1];
    memset(longest, 'x', sizeof longest);
    longest[ERR_TEXT_SIZE - 1] = 0;
    err_t err = {0};
    err_set(&err, ERR_REJECT, "%s", longest);
    assert_string_equal(err.text, longest);
    longest[ERR_TEXT_SIZE - 1] = 'x';
    longest[ERR_TEXT_SIZE] = 0;
    err_set(&err, ERR_REJECT, "%s", longest);
    assert_int_equal(strlen(err.text), ERR_TEXT_SIZE - 1);
    assert_string_equal(err.text + ERR_TEXT_SIZE - 4, "...");
}

static void a_cut_never_splits_a_character(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 3; shift++) {
        char text[ERR_TEXT_SIZE + 8];
        memset(text, 'x', shift);
        size_t size = shift;
        while (size < ERR_TEXT_SIZE + 3) {
            memcpy(text + size, "é", 2);
            size += 2;
        }
        text[size] = 0;
        err_t err = {0};
        err_set(&err, ERR_REJECT, "%s", text);
        assert_true(unicode_valid(err.text, strlen(err.text)));
        err_set(&err, ERR_REJECT, "é");
        err_context(&err, "%s", text);
        assert_true(unicode_valid(err.text, strlen(err.text)));
        assert_string_equal(err.text + strlen(err.text) - 3, "...");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setting_an_error_gives_the_action_the_text_and_minus_one),
        cmocka_unit_test(nobody_has_to_want_the_text),
        cmocka_unit_test(context_goes_before_the_text_and_keeps_the_action),
        cmocka_unit_test(a_text_of_the_maximum_is_whole_and_one_more_is_cut),
        cmocka_unit_test(a_cut_never_splits_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
