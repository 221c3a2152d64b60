#include "node/portal/words/occasion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define TODAY 20779 /* Sunday 22 November 2026 */

static json_t *dates(const char *json)
{
    json_error_t error;
    json_t *dates = json_loads(json, 0, &error);
    assert_non_null(dates);
    return dates;
}

static void expect_words(const char *json, const char *day, const char *hours)
{
    json_t *one = dates(json);
    occasion_t occasion;
    text_t words;
    text_init(&words, 256);
    assert_true(occasion_read(one, &occasion));
    occasion_day(&words, occasion.day);
    assert_string_equal(words.data, day);
    text_clear(&words);
    occasion_hours(&words, &occasion);
    assert_string_equal(words.data, hours);
    text_free(&words);
    json_decref(one);
}

static void a_date_is_told_by_the_clock_of_its_place(void **state)
{
    (void)state;
    expect_words(
        "{\"debut\": \"2027-02-04T08:30:00+01:00\", \"fin\": \"2027-02-04T10:00:00+01:00\"}",
        "jeudi 4\u00a0février 2027", "de 8\u00a0h\u00a030 à 10\u00a0h");
    expect_words("{\"debut\": \"2027-02-04T23:30:00+04:00\"}", "jeudi 4\u00a0février 2027",
                 "à 23\u00a0h\u00a030");
    expect_words("{\"debut\": \"2027-02-03T23:30:00-04:30\"}", "mercredi 3\u00a0février 2027",
                 "à 23\u00a0h\u00a030");
}

static void a_date_written_in_utc_is_told_by_the_french_clock(void **state)
{
    (void)state;
    expect_words("{\"debut\": \"2026-07-14T22:30:00Z\"}", "mercredi 15\u00a0juillet 2026",
                 "à 0\u00a0h\u00a030");
    expect_words("{\"debut\": \"2026-12-14T22:30:00+00:00\"}", "lundi 14\u00a0décembre 2026",
                 "à 23\u00a0h\u00a030");
}

static void ends_on_other_days_and_whole_days_have_their_words(void **state)
{
    (void)state;
    expect_words(
        "{\"debut\": \"2027-02-04T09:00:00+01:00\", \"fin\": \"2027-02-05T18:00:00+01:00\"}",
        "jeudi 4\u00a0février 2027",
        "à partir de 9\u00a0h, jusqu'au vendredi 5\u00a0février 2027 à 18\u00a0h");
    expect_words(
        "{\"debut\": \"2027-02-01T00:00:00+01:00\", \"fin\": \"2027-02-02T00:00:00+01:00\"}",
        "lundi 1er\u00a0février 2027", "toute la journée");
    expect_words(
        "{\"debut\": \"2027-02-01T00:00:00+01:00\", \"fin\": \"2027-02-01T23:59:00+01:00\"}",
        "lundi 1er\u00a0février 2027", "toute la journée");
}

static void an_end_that_makes_no_sense_counts_as_none(void **state)
{
    (void)state;
    expect_words(
        "{\"debut\": \"2027-02-04T09:00:00+01:00\", \"fin\": \"2027-02-03T09:00:00+01:00\"}",
        "jeudi 4\u00a0février 2027", "à 9\u00a0h");
    expect_words("{\"debut\": \"2027-02-04T09:00:00+01:00\", \"fin\": \"demain\"}",
                 "jeudi 4\u00a0février 2027", "à 9\u00a0h");
}

static void what_is_no_date_is_none(void **state)
{
    (void)state;
    static const char *const values[] = {"{}", "{\"debut\": 7}", "{\"debut\": \"demain\"}",
                                         "{\"debut\": \"2027-02-30T09:00:00Z\"}", "[]"};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        json_t *one = dates(values[i]);
        occasion_t occasion;
        assert_false(occasion_read(one, &occasion));
        json_decref(one);
    }
}

static void the_next_date_is_the_first_that_is_not_over(void **state)
{
    (void)state;
    json_t *all =
        dates("[{\"debut\": \"2026-11-01T09:00:00Z\"}, {\"debut\": \"2026-11-21T09:00:00Z\","
              "\"fin\": \"2026-11-22T12:00:00Z\"}, {\"debut\": \"2026-12-01T09:00:00Z\"},"
              "{\"debut\": \"2026-12-08T09:00:00Z\"}]");
    occasion_t next;
    size_t more;
    assert_true(occasion_next(all, INT64_C(1795316460000), &next, &more));
    assert_int_equal(next.day, TODAY - 1);
    assert_int_equal(more, 2);
    assert_true(occasion_next(all, INT64_C(1895316460000), &next, &more));
    assert_int_equal(next.end_second, 1796720400);
    assert_int_equal(more, 0);
    json_decref(all);
    assert_false(occasion_next(NULL, 0, &next, &more));
}

static void weeks_begin_on_monday_and_are_named_from_today(void **state)
{
    (void)state;
    static const struct {
        int64_t day;
        const char *words;
    } weeks[] = {{TODAY, "Cette semaine"},
                 {TODAY - 6, "Cette semaine"},
                 {TODAY + 1, "La semaine prochaine"},
                 {TODAY + 71, "Semaine du 1er\u00a0février 2027"},
                 {TODAY - 7, "Semaine du 9\u00a0novembre 2026"}};
    for (size_t i = 0; i < sizeof weeks / sizeof *weeks; i++) {
        text_t words;
        text_init(&words, 64);
        occasion_week(&words, occasion_monday(weeks[i].day), TODAY);
        assert_string_equal(words.data, weeks[i].words);
        text_free(&words);
    }
    assert_int_equal(occasion_monday(-4), -10);
}

static void today_is_the_day_in_france(void **state)
{
    (void)state;
    assert_int_equal(occasion_today(INT64_C(1795316460000)), TODAY);
    assert_int_equal(occasion_today((int64_t)TODAY * 86400000 + INT64_C(82800000)), TODAY + 1);
}

static void a_month_has_a_number_a_first_day_and_a_name(void **state)
{
    (void)state;
    text_t words;
    text_init(&words, 64);
    int64_t month = occasion_month(TODAY);
    assert_int_equal(month, 2026 * 12 + 10);
    assert_int_equal(occasion_month_start(month), TODAY - 21);
    occasion_month_words(&words, month);
    assert_string_equal(words.data, "novembre 2026");
    text_free(&words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_date_is_told_by_the_clock_of_its_place),
        cmocka_unit_test(a_date_written_in_utc_is_told_by_the_french_clock),
        cmocka_unit_test(ends_on_other_days_and_whole_days_have_their_words),
        cmocka_unit_test(an_end_that_makes_no_sense_counts_as_none),
        cmocka_unit_test(what_is_no_date_is_none),
        cmocka_unit_test(the_next_date_is_the_first_that_is_not_over),
        cmocka_unit_test(weeks_begin_on_monday_and_are_named_from_today),
        cmocka_unit_test(today_is_the_day_in_france),
        cmocka_unit_test(a_month_has_a_number_a_first_day_and_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
