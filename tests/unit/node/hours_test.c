/* Opening hours: what places publish, and what only looks like it. */
#include "node/portal/words/hours.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* "lundi: 9 h à 12 h | mardi à dimanche: fermé", ordinary spaces; "none" for no table. */
static void hours_are(const char *osm, const char *expected)
{
    char got[2048] = "", *to = got;
    json_t *rows = hours_view(osm), *row;
    size_t i;
    json_array_foreach(rows, i, row) to +=
        sprintf(to, "%s%s: %s", i ? " | " : "", json_string_value(json_object_get(row, "days")),
                json_string_value(json_object_get(row, "times")));
    for (char *space; (space = strstr(got, "\u00a0"));) {
        *space = ' ';
        memmove(space + 1, space + 2, strlen(space + 2) + 1);
    }
    if (strcmp(rows ? got : "none", expected) != 0)
        fail_msg("'%s' is read as '%s', not '%s'", osm, rows ? got : "none", expected);
    json_decref(rows);
}

static void days_of_one_kind_are_one_row(void **state)
{
    (void)state;
    hours_are("Mo-Fr 09:00-12:00,14:00-17:30",
              "lundi à vendredi: 9 h à 12 h, 14 h à 17 h 30 | samedi et dimanche: fermé");
    hours_are("We 14:00-17:30",
              "lundi et mardi: fermé | mercredi: 14 h à 17 h 30 | jeudi à dimanche: fermé");
    hours_are("Mo,We 08:00-12:00; Tu 08:00-12:00",
              "lundi à mercredi: 8 h à 12 h | jeudi à dimanche: fermé");
    hours_are("24/7", "lundi à dimanche: jour et nuit");
    hours_are("10:00-11:00", "lundi à dimanche: 10 h à 11 h");
}

static void a_later_rule_replaces_the_days_it_names(void **state)
{
    (void)state;
    hours_are("Mo-Sa 08:30-11:45; Fr 08:30-16:45; We off",
              "lundi et mardi: 8 h 30 à 11 h 45 | mercredi: fermé | jeudi: 8 h 30 à 11 h 45 | "
              "vendredi: 8 h 30 à 16 h 45 | samedi: 8 h 30 à 11 h 45 | dimanche: fermé");
    hours_are("Mo-Su 09:00-10:00; PH off", "lundi à dimanche: 9 h à 10 h");
    hours_are("Sa-Mo 09:00-10:00;", "lundi: 9 h à 10 h | mardi à vendredi: fermé | samedi et "
                                    "dimanche: 9 h à 10 h");
}

static void times_that_touch_are_one_and_those_of_no_length_none(void **state)
{
    (void)state;
    hours_are("Mo-Su 08:00-12:00,12:00-17:00", "lundi à dimanche: 8 h à 17 h");
    hours_are("Mo-Su 10:00-12:00,14:30-14:30", "lundi à dimanche: 10 h à 12 h");
}

static void what_is_no_such_form_is_no_table(void **state)
{
    static const char *const TEXTS[] = {
        "",
        " ; ; ",
        "du lundi au vendredi, de 9 h à 12 h",
        "Mo",
        "Mo-",
        "Mo-Xx 09:00-12:00",
        "Mo 09:00",
        "Mo 9:00-12:00",
        "Mo 09:00-25:00",
        "Mo 09:60-10:00",
        "Mo 09:00-12:00 \"sur rendez-vous\"",
        "Mo 09:00-12:00 || Tu 10:00-12:00",
        "Jan-Mar Mo 09:00-12:00",
        "PH off",
        "Mo 01:00-02:00,03:00-04:00,05:00-06:00,07:00-08:00,09:00-10:00,11:00-12:00,13:00-14:00",
        "Mo-Fr <b>09:00</b>",
        "09",
    };
    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++)
        hours_are(TEXTS[i], "none");
}

static void there_is_a_maximum_of_rules(void **state)
{
    char many[4096] = "";
    (void)state;
    for (int i = 0; i < HOURS_RULES_MAX; i++)
        strcat(many, i ? "; Mo 09:00-10:00" : "Mo 09:00-10:00");
    hours_are(many, "lundi: 9 h à 10 h | mardi à dimanche: fermé");
    strcat(many, "; Mo 09:00-10:00");
    hours_are(many, "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_of_one_kind_are_one_row),
        cmocka_unit_test(a_later_rule_replaces_the_days_it_names),
        cmocka_unit_test(times_that_touch_are_one_and_those_of_no_length_none),
        cmocka_unit_test(what_is_no_such_form_is_no_table),
        cmocka_unit_test(there_is_a_maximum_of_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
