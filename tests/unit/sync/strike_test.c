#include "broker/sync/strike.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define WINDOW_MS 1000

static void the_tenth_strike_within_the_window_refuses(void **state)
{
    (void)state;
    strikes_t *strikes = strikes_new(WINDOW_MS);
    for (int i = 0; i < STRIKES_ALLOWED - 1; i++)
        assert_false(strikes_add(strikes, "loire", i));
    assert_false(strikes_refused(strikes, "loire", 9));
    assert_true(strikes_add(strikes, "loire", 9));
    assert_true(strikes_refused(strikes, "loire", 9));
    assert_false(strikes_refused(strikes, "rhone", 9));
    strikes_destroy(&strikes);
    strikes_destroy(&strikes);
}

static void a_refusal_lasts_as_long_as_the_window(void **state)
{
    (void)state;
    strikes_t *strikes = strikes_new(WINDOW_MS);
    for (int i = 0; i < STRIKES_ALLOWED; i++)
        strikes_add(strikes, "loire", 0);
    assert_true(strikes_refused(strikes, "loire", WINDOW_MS - 1));
    assert_false(strikes_refused(strikes, "loire", WINDOW_MS));
    strikes_destroy(&strikes);
}

static void a_further_strike_prolongs_and_is_not_told_twice(void **state)
{
    (void)state;
    strikes_t *strikes = strikes_new(WINDOW_MS);
    for (int i = 0; i < STRIKES_ALLOWED; i++)
        strikes_add(strikes, "loire", 0);
    assert_false(strikes_add(strikes, "loire", 500));
    assert_true(strikes_refused(strikes, "loire", 1499));
    strikes_destroy(&strikes);
}

static void strikes_that_are_far_apart_refuse_nobody(void **state)
{
    (void)state;
    strikes_t *strikes = strikes_new(WINDOW_MS);
    for (int i = 0; i < 100; i++)
        assert_false(strikes_add(strikes, "loire", i * WINDOW_MS / (STRIKES_ALLOWED - 1) + i));
    assert_false(strikes_refused(strikes, "loire", 0));
    strikes_destroy(&strikes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tenth_strike_within_the_window_refuses),
        cmocka_unit_test(a_refusal_lasts_as_long_as_the_window),
        cmocka_unit_test(a_further_strike_prolongs_and_is_not_told_twice),
        cmocka_unit_test(strikes_that_are_far_apart_refuse_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
