#include "schemas/base/finding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_zeroed_list_is_empty_and_can_be_freed_twice(void **state)
{
    (void)state;
    findings_t findings = {0};
    findings_free(&findings);
    findings_free(&findings);
    assert_int_equal(findings.count, 0);
}

static void a_finding_copies_all_its_texts(void **state)
{
    (void)state;
    findings_t findings = {0};
    char where[] = "lieux.csv:45", field[] = "siren", value[] = "73282932";
    findings_add(&findings, SEVERITY_ERROR, "E_SIREN", where, field, value, "%d chiffres", 8);
    memset(where, 'x', sizeof where - 1);
    memset(field, 'x', sizeof field - 1);
    memset(value, 'x', sizeof value - 1);
    assert_string_equal(findings.list[0].where, "lieux.csv:45");
    assert_string_equal(findings.list[0].field, "siren");
    assert_string_equal(findings.list[0].value, "73282932");
    assert_string_equal(findings.list[0].reason, "8 chiffres");
    assert_string_equal(findings.list[0].code, "E_SIREN");
    findings_free(&findings);
}

static void what_is_not_given_is_empty_and_not_null(void **state)
{
    (void)state;
    findings_t findings = {0};
    findings_add(&findings, SEVERITY_WARNING, "W_RATIO", NULL, NULL, NULL, "douteux");
    assert_string_equal(findings.list[0].where, "");
    assert_string_equal(findings.list[0].field, "");
    assert_string_equal(findings.list[0].value, "");
    findings_free(&findings);
}

static void errors_and_warnings_are_counted_apart(void **state)
{
    (void)state;
    findings_t findings = {0};
    findings_add(&findings, SEVERITY_WARNING, "W", NULL, NULL, NULL, "un");
    findings_add(&findings, SEVERITY_ERROR, "E", NULL, NULL, NULL, "deux");
    findings_add(&findings, SEVERITY_WARNING, "W", NULL, NULL, NULL, "trois");
    assert_int_equal(findings.count, 3);
    assert_int_equal(findings.errors, 1);
    assert_int_equal(findings.warnings, 2);
    findings_free(&findings);
}

static void a_value_of_80_bytes_is_kept_whole_and_one_more_is_cut(void **state)
{
    (void)state;
    char value[82];
    memset(value, 'a', sizeof value);
    findings_t findings = {0};
    value[80] = 0;
    findings_add(&findings, SEVERITY_ERROR, "E", NULL, NULL, value, "long");
    assert_string_equal(findings.list[0].value, value);
    value[80] = 'a';
    value[81] = 0;
    findings_add(&findings, SEVERITY_ERROR, "E", NULL, NULL, value, "long");
    assert_int_equal(strlen(findings.list[1].value), 80);
    assert_string_equal(findings.list[1].value + 77, "...");
    findings_free(&findings);
}

static void a_cut_never_leaves_half_a_character(void **state)
{
    (void)state;
    char value[201] = "a"; /* so that byte 77 falls inside an é */
    for (size_t i = 0; i < 99; i++)
        memcpy(value + 1 + 2 * i, "\xc3\xa9", 3);
    findings_t findings = {0};
    findings_add(&findings, SEVERITY_ERROR, "E", NULL, NULL, value + 1, "long");
    findings_add(&findings, SEVERITY_ERROR, "E", NULL, NULL, value, "long");
    assert_string_equal(findings.list[0].value + 74, "\xc3\xa9...");
    assert_string_equal(findings.list[1].value + 75, "\xc3\xa9...");
    findings_free(&findings);
}

static void beyond_the_maximum_findings_are_only_counted(void **state)
{
    (void)state;
    findings_t findings = {0};
    for (int i = 0; i < FINDINGS_MAX + 5; i++)
        findings_add(&findings, SEVERITY_ERROR, "E", NULL, NULL, NULL, "%d", i);
    assert_int_equal(findings.count, FINDINGS_MAX);
    assert_int_equal(findings.errors, FINDINGS_MAX + 5);
    findings_free(&findings);
}

static void moving_empties_the_other_list_and_can_say_where(void **state)
{
    (void)state;
    findings_t all = {0}, row = {0};
    findings_add(&all, SEVERITY_WARNING, "W", "ici", NULL, NULL, "avant");
    findings_add(&row, SEVERITY_ERROR, "E", NULL, "nom", NULL, "absent");
    findings_move(&all, &row, "lieux.csv:3");
    assert_int_equal(row.count, 0);
    assert_int_equal(row.errors, 0);
    assert_null(row.list);
    assert_int_equal(all.count, 2);
    assert_int_equal(all.errors, 1);
    assert_string_equal(all.list[0].where, "ici");
    assert_string_equal(all.list[1].where, "lieux.csv:3");
    assert_string_equal(all.list[1].field, "nom");
    findings_free(&all);
}

static void moving_without_a_where_keeps_their_own(void **state)
{
    (void)state;
    findings_t all = {0}, row = {0};
    findings_add(&row, SEVERITY_ERROR, "E", "a.yaml:1:1", NULL, NULL, "absent");
    findings_move(&all, &row, NULL);
    assert_string_equal(all.list[0].where, "a.yaml:1:1");
    findings_free(&all);
}

static void moving_counts_what_does_not_fit(void **state)
{
    (void)state;
    findings_t all = {0}, row = {0};
    for (int i = 0; i < FINDINGS_MAX - 1; i++)
        findings_add(&all, SEVERITY_ERROR, "E", NULL, NULL, NULL, "%d", i);
    for (int i = 0; i < 3; i++)
        findings_add(&row, SEVERITY_WARNING, "W", NULL, NULL, NULL, "%d", i);
    findings_move(&all, &row, NULL);
    assert_int_equal(all.count, FINDINGS_MAX);
    assert_int_equal(all.warnings, 3);
    findings_free(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_zeroed_list_is_empty_and_can_be_freed_twice),
        cmocka_unit_test(a_finding_copies_all_its_texts),
        cmocka_unit_test(what_is_not_given_is_empty_and_not_null),
        cmocka_unit_test(errors_and_warnings_are_counted_apart),
        cmocka_unit_test(a_value_of_80_bytes_is_kept_whole_and_one_more_is_cut),
        cmocka_unit_test(a_cut_never_leaves_half_a_character),
        cmocka_unit_test(beyond_the_maximum_findings_are_only_counted),
        cmocka_unit_test(moving_empties_the_other_list_and_can_say_where),
        cmocka_unit_test(moving_without_a_where_keeps_their_own),
        cmocka_unit_test(moving_counts_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
