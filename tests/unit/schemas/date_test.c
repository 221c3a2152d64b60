#include "schemas/base/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

static void only_days_of_the_calendar_are_days(void **state)
{
    (void)state;
    int64_t day;
    const char *const good[] = {"2024-02-29", "2000-02-29", "1000-01-01", "9999-12-31"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(date_read(good[i], &day));
    const char *const bad[] = {"2026-02-29", "1900-02-29",  "2026-04-31", "2026-13-01",
                               "2026-00-10", "2026-01-00",  "0999-01-01", "22/11/2026",
                               "2026-1-1",   "2026-01-01 ", "20260101",   ""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(date_read(bad[i], &day));
}

static void days_are_counted_as_the_system_counts_them(void **state)
{
    (void)state;
    for (int64_t expected = -200000; expected < 200000; expected += 37) {
        time_t seconds = expected * 86400;
        struct tm tm;
        char text[40];
        int64_t day;
        gmtime_r(&seconds, &tm);
        snprintf(text, sizeof text, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
        assert_true(date_read(text, &day));
        assert_int_equal(day, expected);
    }
}

static void an_instant_is_the_same_wherever_it_is_written(void **state)
{
    (void)state;
    int64_t paris, utc, new_caledonia;
    assert_true(instant_read("2026-11-22T18:00:00+01:00", &paris));
    assert_true(instant_read("2026-11-22T17:00:00Z", &utc));
    assert_true(instant_read("2026-11-23T04:00:00+11:00", &new_caledonia));
    assert_int_equal(paris, utc);
    assert_int_equal(paris, new_caledonia);
    assert_true(instant_read("1970-01-01T00:00:00Z", &utc));
    assert_int_equal(utc, 0);
}

static void what_is_no_instant_is_refused(void **state)
{
    (void)state;
    int64_t second;
    const char *const bad[] = {
        "2026-11-22",
        "2026-11-22T18:00:00",
        "2026-11-22T24:00:00Z",
        "2026-11-22T18:60:00Z",
        "2026-11-22T23:59:60Z",
        "2026-02-30T18:00:00Z",
        "2026-11-22T18:00Z",
        "2026-11-22T18:00:00+1:00",
        "2026-11-22T18:00:00+24:00",
        "2026-11-22 18:00:00Z",
        "2026-11-22T18:00:00+01:60",
        "2026-11-22T18:00:00.5Z",
        "2026-11-22T18:00:00z",
        "2026-11-22T18:00:00Zz",
        "2026-11-22T18:00:00+01:000",
        "",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(instant_read(bad[i], &second));
}

static void common_spellings_of_an_instant_become_one(void **state)
{
    (void)state;
    const char *const pairs[][2] = {
        {"2026-11-22 18:00+01:00", "2026-11-22T18:00:00+01:00"},
        {"2026-11-22t18:00:00.000z", "2026-11-22T18:00:00Z"},
        {"2026-11-22T18:00:30+00:00", "2026-11-22T18:00:30Z"},
        {"2026-11-22T18:00:30-00:00", "2026-11-22T18:00:30Z"},
        {"2026-11-22T18:00:00-04:00", "2026-11-22T18:00:00-04:00"},
    };
    char out[INSTANT_SIZE];
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        assert_true(instant_normal(pairs[i][0], out));
        assert_string_equal(out, pairs[i][1]);
        assert_true(instant_normal(pairs[i][1], out));
        assert_string_equal(out, pairs[i][1]);
    }
    const char *const bad[] = {"2026-11-22",        "2026-11-22T18:00", "2026-11-22T18:00:00.5Z",
                               "2026-11-22X18:00Z", "2026-11-22T",      "2026-11-22T18:0"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(instant_normal(bad[i], out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_days_of_the_calendar_are_days),
        cmocka_unit_test(days_are_counted_as_the_system_counts_them),
        cmocka_unit_test(an_instant_is_the_same_wherever_it_is_written),
        cmocka_unit_test(what_is_no_instant_is_refused),
        cmocka_unit_test(common_spellings_of_an_instant_become_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
