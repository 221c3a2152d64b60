/* Calendars, read back with libical as any calendar program would. */
#include "export_world.h"

#include <libical/ical.h>

#define EVENT(more)                                                                                \
    "{\"uid\": \"rencontre@exemple\", \"titre\": \"Rencontre, d'été ; l'IA\", \"type\": "        \
    "\"atelier\", \"mode\": \"presentiel\", \"lieu\": {\"nom\": \"Maison\", \"adresse\": \"1 "     \
    "rue\", "                                                                                      \
    "\"code_postal\": \"42000\", \"commune\": \"Saint-Étienne\", \"lon\": 4.387178, \"lat\": "    \
    "45.439695}, " more "}"
#define SOMEWHERE                                                                                  \
    "\"type\": \"atelier\", \"mode\": \"presentiel\", \"lieu\": {\"nom\": \"Maison\", "            \
    "\"commune\": \"Saint-Étienne\"}, "
#define ONE_DATE                                                                                   \
    "\"horaires\": [{\"debut\": \"2026-07-22T18:00:00+02:00\", \"fin\": "                          \
    "\"2026-07-22T20:00:00+02:00\"}]"

static icalcomponent *parsed(const char *text)
{
    icalcomponent *calendar = icalparser_parse_string(text);
    assert_non_null(calendar);
    assert_int_equal(icalcomponent_count_errors(calendar), 0);
    return calendar;
}

static icalcomponent *calendar(world_t *world)
{
    return parsed(end(world));
}

static icalcomponent *first(icalcomponent *calendar)
{
    icalcomponent *event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT);
    assert_non_null(event);
    return event;
}

static void an_event_is_read_back_by_another_program(void **state)
{
    world_t *world = *state;
    begin(world, "event", "ics");
    add(world, "un", EVENT("\"description\": \"Ligne une.\\nLigne deux.\", " ONE_DATE));
    icalcomponent *all = calendar(world), *event = first(all);
    assert_string_equal(icalcomponent_get_uid(event), "rencontre@exemple");
    assert_string_equal(icalcomponent_get_summary(event), "Rencontre, d'été ; l'IA");
    assert_string_equal(icalcomponent_get_description(event), "Ligne une.\nLigne deux.");
    assert_string_equal(icalcomponent_get_location(event), "Maison, 1 rue, 42000 Saint-Étienne");
    expect(world->out.data, "X-MAILLAGE-RECORD:loire/un\r\n");
    assert_int_equal(icalcomponent_get_sequence(event), 7);
    assert_string_equal(icaltime_as_ical_string(icalcomponent_get_dtstart(event)),
                        "20260722T160000Z");
    assert_string_equal(icaltime_as_ical_string(icalcomponent_get_dtend(event)),
                        "20260722T180000Z");
    assert_string_equal(icaltime_as_ical_string(icalcomponent_get_dtstamp(event)),
                        "20261122T030000Z");
    assert_int_equal(icalcomponent_get_status(event), ICAL_STATUS_CONFIRMED);
    icalcomponent_free(all);
}

static void a_cancelled_event_says_so_and_why(void **state)
{
    world_t *world = *state;
    begin(world, "event", "ics");
    add(world, "un",
        EVENT("\"statut\": \"annule\", \"motif\": \"Grève des transports\", " ONE_DATE));
    icalcomponent *all = calendar(world), *event = first(all);
    assert_int_equal(icalcomponent_get_status(event), ICAL_STATUS_CANCELLED);
    assert_string_equal(icalcomponent_get_comment(event), "Annulé : Grève des transports");
    assert_string_equal(icalcomponent_get_description(event), "Annulé : Grève des transports");
    icalcomponent_free(all);
}

static void each_date_of_an_event_is_an_appointment_of_its_own(void **state)
{
    world_t *world = *state;
    begin(world, "event", "ics");
    add(world, "un",
        EVENT("\"horaires\": [{\"debut\": \"2026-11-22T18:00:00+01:00\"}, {\"debut\": "
              "\"2026-11-29T18:00:00+01:00\"}]"));
    icalcomponent *all = calendar(world), *event = first(all);
    assert_int_equal(icalcomponent_count_components(all, ICAL_VEVENT_COMPONENT), 2);
    assert_string_equal(icalcomponent_get_uid(event), "rencontre@exemple/20261122T170000Z");
    assert_int_equal(export_written(world->export), 1);
    icalcomponent_free(all);
}

static void an_example_is_marked_in_its_title_and_category(void **state)
{
    world_t *world = *state;
    begin(world, "event", "ics");
    add(world, "un", EVENT("\"demo\": true, " ONE_DATE));
    const char *text = end(world);
    expect(text, "SUMMARY:[Démonstration] Rencontre");
    expect(text, "CATEGORIES:Démonstration");
}

static void lines_are_folded_and_no_text_makes_a_line_of_its_own(void **state)
{
    world_t *world = *state;
    char json[2048], long_text[601] = "";
    for (size_t i = 0; i < 300; i++)
        memcpy(long_text + 2 * i, "é", 2);
    snprintf(json, sizeof json, EVENT("\"description\": \"%s\\nEND:VEVENT\\nX-EVIL:1\", " ONE_DATE),
             long_text);
    begin(world, "event", "ics");
    add(world, "un", json);
    const char *text = end(world);
    for (const char *line = text; *line;) {
        size_t size = strcspn(line, "\r\n");
        assert_true(size <= 75);
        assert_memory_equal(line + size, "\r\n", 2);
        assert_true((line[0] & 0xc0) != 0x80); /* no character is cut in two */
        line += size + 2;
    }
    expect_not(text, "\nX-EVIL");
    icalcomponent *all = parsed(text);
    assert_true(strlen(icalcomponent_get_description(first(all))) > 600);
    icalcomponent_free(all);
}

/* One line is as long as fits, the next is folded, whichever way each is written. */
static void titles_of_any_length_come_back_whole(void **state)
{
    world_t *world = *state;
    begin(world, "event", "ics");
    for (size_t size = 60; size < 80; size++) {
        char title[96], json[1024];
        memset(title, 'a', size);
        memcpy(title + size - 2, "é", sizeof "é");
        snprintf(json, sizeof json, "{\"titre\": \"%s\", \"uid\": \"%zu\", " SOMEWHERE ONE_DATE "}",
                 title, size);
        add(world, title, json);
    }
    const char *text = end(world);
    icalcomponent *all = parsed(text);
    size_t met = 60;
    for (icalcomponent *event = first(all); event; met++) {
        assert_int_equal(strlen(icalcomponent_get_summary(event)), met);
        event = icalcomponent_get_next_component(all, ICAL_VEVENT_COMPONENT);
    }
    assert_int_equal(met, 80);
    for (const char *line = text; *line; line = strstr(line, "\r\n") + 2)
        assert_true(strstr(line, "\r\n") - line <= 75);
    icalcomponent_free(all);
}

static void each_sign_that_means_something_in_a_calendar_is_escaped(void **state)
{
    static const struct {
        const char *json, *line, *read;
    } titles[] = {
        {"a;b", "SUMMARY:a\\;b\r\n", "a;b"},
        {"a,b", "SUMMARY:a\\,b\r\n", "a,b"},
        {"a\\\\b", "SUMMARY:a\\\\b\r\n", "a\\b"},
        {"a: b", "SUMMARY:a: b\r\n", "a: b"},
    };
    world_t *world = *state;
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        char json[512];
        snprintf(json, sizeof json, "{\"titre\": \"%s\", \"uid\": \"u\", " SOMEWHERE ONE_DATE "}",
                 titles[i].json);
        begin(world, "event", "ics");
        add(world, "un", json);
        icalcomponent *all = calendar(world);
        assert_string_equal(icalcomponent_get_summary(first(all)), titles[i].read);
        expect(world->out.data, titles[i].line);
        icalcomponent_free(all);
    }
}

static void a_calendar_without_events_is_still_one(void **state)
{
    world_t *world = *state;
    begin(world, "event", "ics");
    icalcomponent *all = calendar(world);
    expect(world->out.data, "X-WR-CALNAME:Événements");
    assert_int_equal(icalcomponent_count_components(all, ICAL_ANY_COMPONENT), 0);
    icalcomponent_free(all);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_event_is_read_back_by_another_program),
        TEST(a_cancelled_event_says_so_and_why),
        TEST(each_date_of_an_event_is_an_appointment_of_its_own),
        TEST(an_example_is_marked_in_its_title_and_category),
        TEST(lines_are_folded_and_no_text_makes_a_line_of_its_own),
        TEST(titles_of_any_length_come_back_whole),
        TEST(each_sign_that_means_something_in_a_calendar_is_escaped),
        TEST(a_calendar_without_events_is_still_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
