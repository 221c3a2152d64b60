#include "node/portal/words/format.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NNBSP "\u202f"
#define NBSP "\u00a0"

static int set_up(void **state)
{
    text_t *out = malloc(sizeof *out);
    text_init(out, 4096);
    *state = out;
    return 0;
}

static int tear_down(void **state)
{
    text_free(*state);
    free(*state);
    return 0;
}

static void expect(text_t *out, const char *expected)
{
    assert_string_equal(out->data, expected);
    text_clear(out);
}

static void numbers_have_a_comma_and_narrow_spaces(void **state)
{
    text_t *out = *state;
    format_number(out, 1234.5, 2, "");
    expect(out, "1" NNBSP "234,5");
    format_number(out, 1234567, 0, "");
    expect(out, "1" NNBSP "234" NNBSP "567");
    format_number(out, 999, 0, "");
    expect(out, "999");
    format_number(out, -0.25, 2, "");
    expect(out, "\u22120,25");
    format_number(out, 45.439695, 6, "");
    expect(out, "45,439695");
}

static void a_decimal_that_no_double_can_hold_is_shown_as_it_was_written(void **state)
{
    text_t *out = *state;
    format_number(out, 10.2, 2, "pct");
    expect(out, "10,2" NBSP "%");
    format_number(out, 0.07, 2, "");
    expect(out, "0,07");
    format_number(out, 10.0, 2, "");
    expect(out, "10");
    format_number(out, -0.001, 2, "");
    expect(out, "0");
}

static void a_number_beyond_exactness_is_not_dressed_up(void **state)
{
    text_t *out = *state;
    format_number(out, 1e20, 2, "");
    expect(out, "1e+20");
}

static void a_unit_follows_a_no_break_space(void **state)
{
    text_t *out = *state;
    format_number(out, 30000, 0, "EUR");
    expect(out, "30" NNBSP "000" NBSP "€");
    format_number(out, 3, 0, "jours");
    expect(out, "3" NBSP "jours");
    format_number(out, 3, 0, "nb");
    expect(out, "3");
}

static void intervals_are_said_in_words(void **state)
{
    text_t *out = *state;
    const double ten = 10, twenty = 20;
    format_interval(out, &ten, &twenty, 2, "pct");
    expect(out, "entre 10 et 20" NBSP "%");
    format_interval(out, &ten, NULL, 2, "pct");
    expect(out, "au moins 10" NBSP "%");
    format_interval(out, NULL, &twenty, 2, "pct");
    expect(out, "au plus 20" NBSP "%");
    format_interval(out, &ten, &ten, 2, "pct");
    expect(out, "10" NBSP "%");
    format_interval(out, NULL, NULL, 2, "pct");
    expect(out, "");
}

static void dates_are_words_and_what_is_no_date_stays(void **state)
{
    text_t *out = *state;
    format_date(out, "2026-03-12");
    expect(out, "12" NBSP "mars 2026");
    format_date(out, "2026-08-01");
    expect(out, "1er" NBSP "août 2026");
    format_date(out, "2026-02-30");
    expect(out, "2026-02-30");
    format_date(out, "bientôt");
    expect(out, "bientôt");
}

static void an_instant_shows_the_clock_of_its_place(void **state)
{
    text_t *out = *state;
    format_instant(out, "2026-03-12T14:30:00+04:00");
    expect(out, "12" NBSP "mars 2026 à 14:30");
    format_instant(out, "2026-07-14T22:30:00Z"); /* who wrote UTC named no clock: the French one */
    expect(out, "15" NBSP "juillet 2026 à 00:30");
    format_instant(out, "2026-11-22T17:00:00+00:00");
    expect(out, "22" NBSP "novembre 2026 à 18:00");
    format_instant(out, "2026-03-12T14");
    expect(out, "2026-03-12T14");
    format_instant(out, "");
    expect(out, "");
}

#define HOUR_MS (3600 * 1000LL)

static void moments_are_told_in_french_legal_time(void **state)
{
    text_t *out = *state;
    const int64_t winter_ms = 1768478400000; /* 2026-01-15T12:00:00Z */
    format_moment(out, winter_ms, winter_ms + HOUR_MS);
    expect(out, "à 13:00");
    const int64_t summer_ms = 1784116800000; /* 2026-07-15T12:00:00Z */
    format_moment(out, summer_ms, summer_ms + HOUR_MS);
    expect(out, "à 14:00");
    format_moment(out, winter_ms, summer_ms);
    expect(out, "le 15" NBSP "janvier 2026 à 13:00");
    const int64_t change_ms = 1774746000000; /* 2026-03-29T01:00:00Z: the clocks go forward */
    format_moment(out, change_ms - 60000, change_ms);
    expect(out, "à 01:59");
    format_moment(out, change_ms, change_ms);
    expect(out, "à 03:00");
}

static void programs_get_utc_with_milliseconds(void **state)
{
    text_t *out = *state;
    format_utc(out, 1768478400007);
    expect(out, "2026-01-15T12:00:00.007Z");
}

static void a_day_begins_at_midnight_in_france(void **state)
{
    (void)state;
    char start[FORMAT_DAY_START_SIZE];
    format_day_start(1768478400000, start); /* 2026-01-15T12:00:00Z */
    assert_string_equal(start, "2026-01-14T23:00:00Z");
    format_day_start(1784152800000, start); /* 2026-07-15T22:00:00Z: already the 16th */
    assert_string_equal(start, "2026-07-15T22:00:00Z");
    assert_true(strcmp("2026-07-15", start) < 0 && strcmp(start, "2026-07-16") < 0);
}

static void the_plural_begins_at_two(void **state)
{
    text_t *out = *state;
    format_count(out, 0, "fiche", "fiches");
    expect(out, "0" NBSP "fiche");
    format_count(out, 1, "fiche", "fiches");
    expect(out, "1" NBSP "fiche");
    format_count(out, 1200, "fiche", "fiches");
    expect(out, "1" NNBSP "200" NBSP "fiches");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(numbers_have_a_comma_and_narrow_spaces),
        TEST(a_decimal_that_no_double_can_hold_is_shown_as_it_was_written),
        TEST(a_number_beyond_exactness_is_not_dressed_up),
        TEST(a_unit_follows_a_no_break_space),
        TEST(intervals_are_said_in_words),
        TEST(dates_are_words_and_what_is_no_date_stays),
        TEST(an_instant_shows_the_clock_of_its_place),
        TEST(moments_are_told_in_french_legal_time),
        TEST(programs_get_utc_with_milliseconds),
        cmocka_unit_test(a_day_begins_at_midnight_in_france),
        TEST(the_plural_begins_at_two),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
