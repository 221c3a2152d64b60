#include "node/portal/words/chart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const json_t *bar_at(const json_t *chart, size_t index)
{
    return json_array_get(json_object_get(chart, "bars"), index);
}

static json_int_t length(const json_t *bar, const char *name)
{
    return json_integer_value(json_object_get(bar, name));
}

static void bars_are_as_long_as_their_values_say(void **state)
{
    (void)state;
    const bar_t bars[] = {{"a", "40 %", 40, 40, true, true}, {"b", "10 %", 10, 10, true, true}};
    json_t *chart = chart_view(bars, 2);
    assert_int_equal(length(bar_at(chart, 0), "bar"), 4 * length(bar_at(chart, 1), "bar"));
    assert_true(json_is_false(json_object_get(bar_at(chart, 0), "range")));
    json_decref(chart);
}

static void an_interval_is_shown_as_one_never_as_its_middle(void **state)
{
    (void)state;
    const bar_t bars[] = {{"a", "", 10, 20, true, true},
                          {"b", "", 40, 0, true, false},
                          {"c", "", 0, 10, false, true}};
    json_t *chart = chart_view(bars, 3);
    const json_t *closed = bar_at(chart, 0), *more = bar_at(chart, 1), *less = bar_at(chart, 2);
    assert_int_equal(length(closed, "bar"), length(closed, "range"));
    assert_int_equal(length(closed, "high"), 2 * length(closed, "low"));
    assert_true(length(more, "dashes") > length(more, "bar"));
    assert_true(json_is_false(json_object_get(more, "high")));
    assert_true(json_is_false(json_object_get(less, "bar")));
    assert_int_equal(length(less, "range"), length(less, "high"));
    json_decref(chart);
}

static void nothing_and_less_than_nothing_have_no_bar(void **state)
{
    (void)state;
    const bar_t bars[] = {{"a", "0", 0, 0, true, true}, {"b", "-5", -5, -5, true, true}};
    json_t *chart = chart_view(bars, 2);
    for (size_t i = 0; i < 2; i++)
        assert_true(json_is_false(json_object_get(bar_at(chart, i), "bar")));
    json_decref(chart);
    chart = chart_view(NULL, 0);
    assert_int_equal(length(chart, "height"), 0);
    json_decref(chart);
}

static void a_long_label_is_wrapped_between_words_and_cut(void **state)
{
    (void)state;
    char label[600] = "";
    for (int i = 0; i < 40; i++)
        strcat(label, "éléphant ");
    const bar_t bars[] = {
        {label, "1", 1, 1, true, true},
        {"anticonstitutionnellementanticonstitutionnellementanticonstitutionnellement", "1", 1, 1,
         true, true}};
    json_t *chart = chart_view(bars, 2);
    const json_t *lines = json_object_get(bar_at(chart, 0), "lines");
    assert_int_equal(json_array_size(lines), CHART_LINES_MAX);
    for (size_t i = 0; i + 1 < CHART_LINES_MAX; i++) {
        const char *text = json_string_value(json_object_get(json_array_get(lines, i), "text"));
        assert_string_equal(text + strlen(text) - strlen("éléphant"), "éléphant");
    }
    const char *last =
        json_string_value(json_object_get(json_array_get(lines, CHART_LINES_MAX - 1), "text"));
    assert_string_equal(last + strlen(last) - strlen("…"), "…");
    assert_int_equal(json_array_size(json_object_get(bar_at(chart, 1), "lines")), 2);
    json_decref(chart);
}

static void a_long_value_gets_a_line_of_its_own(void **state)
{
    (void)state;
    const bar_t bars[] = {{"a", "entre 1 000 000 et 2 000 000 d'euros", 1, 2, true, true},
                          {"b", "7 %", 1, 1, true, true}};
    json_t *chart = chart_view(bars, 2);
    assert_int_equal(length(bar_at(chart, 0), "value_x"), 0);
    assert_true(length(bar_at(chart, 0), "value_y") < length(bar_at(chart, 0), "y"));
    assert_true(length(bar_at(chart, 1), "value_x") > length(bar_at(chart, 1), "bar"));
    json_decref(chart);
}

static void more_bars_than_a_picture_holds_are_left_out(void **state)
{
    (void)state;
    bar_t bars[CHART_BARS_MAX + 1];
    for (size_t i = 0; i < CHART_BARS_MAX + 1; i++)
        bars[i] = (bar_t){"a", "1", 1, 1, true, true};
    json_t *chart = chart_view(bars, CHART_BARS_MAX + 1);
    assert_int_equal(json_array_size(json_object_get(chart, "bars")), CHART_BARS_MAX);
    json_decref(chart);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bars_are_as_long_as_their_values_say),
        cmocka_unit_test(an_interval_is_shown_as_one_never_as_its_middle),
        cmocka_unit_test(nothing_and_less_than_nothing_have_no_bar),
        cmocka_unit_test(a_long_label_is_wrapped_between_words_and_cut),
        cmocka_unit_test(a_long_value_gets_a_line_of_its_own),
        cmocka_unit_test(more_bars_than_a_picture_holds_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
