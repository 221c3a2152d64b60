/* Our own exports imported again: nothing changes, and what somebody edited is all that does. */
#include "cli_world.h"

#include "../shared.h"

#define SEED SOURCE_DIR "/config/pilot/seed/"
#define IMPORTS SOURCE_DIR "/config/imports"

static int setup_home(void **state)
{
    setenv("MAILLAGE_IMPORTS", IMPORTS, 1);
    return setup_running(state);
}

/* --- what is there to begin with --- */

#define PLACE                                                                                      \
    "{\"nom\": \"Médiathèque d'essai\", \"type\": \"lieu_accompagnement\", \"siren\": "          \
    "\"732829320\", \"roles\": [\"accompagne\"], \"themes\": [\"cyber\"], \"adresse\": \"1 rue "   \
    "Neuve\", \"code_postal\": \"42300\", \"commune\": \"Roanne\", \"code_insee\": "               \
    "\"COM-42187\", \"lat\": 46.03, \"lon\": 4.07, \"telephone\": \"0477000000\", \"horaires\": "  \
    "\"Le matin, sauf le lundi.\", \"services\": [\"acces\", \"outils\"], \"demo\": true}"
#define AID                                                                                        \
    "{\"titre\": \"Aide d'essai\", \"operateur\": \"Bpifrance\", \"code\": \"essai\", "            \
    "\"promesse\": \"Formez vos équipes à l'IA\", \"eligibilite\": \"Les PME.\", "               \
    "\"types_aides\": [\"etude\", \"pret\"], \"porteurs\": [{\"nom\": \"Bpifrance\", \"roles\": "  \
    "[\"operateur\"]}], \"eligibilite_geographique\": [\"DEP-42\"], \"date_ouverture\": "          \
    "\"2026-01-01\", \"date_cloture\": \"2026-12-31\", \"taux_max\": 50, \"etapes\": "             \
    "[{\"description\": \"Appeler\"}], \"demo\": true}"
#define EVENT                                                                                      \
    "{\"uid\": \"rencontre@exemple\", \"titre\": \"Rencontre\", \"type\": \"rencontre\", "         \
    "\"mode\": \"presentiel\", \"statut\": \"annule\", \"motif\": \"Grève\", \"description\": "   \
    "\"Un tour de table.\", \"lieu\": {\"nom\": \"Maison\", \"adresse\": \"1, rue Neuve\", "       \
    "\"code_postal\": \"42300\", \"commune\": \"Roanne\", \"lat\": 46.03, \"lon\": 4.07}, "        \
    "\"horaires\": [{\"debut\": \"2026-11-22T18:00:00+01:00\", \"fin\": "                          \
    "\"2026-11-22T20:00:00+01:00\"}, {\"debut\": \"2026-07-22T18:00:00+02:00\"}], "                \
    "\"inscription\": {\"telephone\": \"0477000000\", \"courriel\": \"contact@exemple.fr\"}, "     \
    "\"fonctions\": [\"vente\"], \"prix\": \"gratuit\", \"demo\": true}"

static const char *put(world_t *world, const char *kind, const char *json)
{
    if (run(world, "put", kind, give(world, json), NULL))
        fail_msg("%s", world->said);
    static char id[128];
    snprintf(id, sizeof id, "%.*s", (int)strcspn(world->printed, "\t"), world->printed);
    return id;
}

static json_t *record(world_t *world, const char *kind, const char *id)
{
    assert_int_equal(run(world, "show", kind, id, "--json", NULL), EXIT_DONE);
    json_t *envelope = printed_json(world), *body = json_incref(json_object_get(envelope, "body"));
    json_decref(envelope);
    return body;
}

/* Puts `to` wherever `from` is in the file. */
static void edit(world_t *world, const char *from, const char *to)
{
    char *text = contents(world->input);
    FILE *file = fopen(world->input, "w");
    assert_true(file && strstr(text, from));
    for (char *at = text, *end; at; at = end ? end + strlen(from) : NULL) {
        end = strstr(at, from);
        fprintf(file, "%.*s%s", end ? (int)(end - at) : (int)strlen(at), at, end ? to : "");
    }
    fclose(file);
    free(text);
}

/* Imports the file, which must change this record and nothing else; gives what it is then. */
static json_t *import_edited(world_t *world, const char *kind, const char *id)
{
    assert_int_equal(run(world, "import", kind, world->input, "--json", NULL), EXIT_DONE);
    json_t *report = printed_json(world), *summary = json_object_get(report, "summary");
    assert_int_equal(json_integer_value(json_object_get(summary, "changed")), 1);
    assert_int_equal(json_integer_value(json_object_get(summary, "new")), 0);
    json_decref(report);
    return record(world, kind, id);
}

/* Of the fields, only this one differs. */
static void expect_only(const json_t *before, const json_t *after, const char *field)
{
    const char *name;
    json_t *value;
    assert_int_equal(json_object_size(before), json_object_size(after));
    json_object_foreach((json_t *)before, name, value)
    {
        if (json_equal(value, json_object_get(after, name)) != (strcmp(name, field) != 0))
            fail_msg("%s", name);
    }
}

/* Edits one thing in an export of one record; the field that changes by it. Gives the new content. */
static json_t *expect_edit(world_t *world, const char *kind, const char *json, const char *format,
                           const char *from, const char *to, const char *field)
{
    char id[128];
    snprintf(id, sizeof id, "%s", put(world, kind, json));
    json_t *before = record(world, kind, id);
    export_to_input(world, kind, format);
    assert_int_equal(expect_same(world, kind), 1);
    edit(world, from, to);
    json_t *after = import_edited(world, kind, id);
    expect_only(before, after, field);
    json_decref(before);
    return after;
}

/* --- nothing changes --- */

static void what_the_pilot_begins_with_comes_home_in_every_form(void **state)
{
    world_t *world = *state;
    static const struct {
        const char *kind, *file;
        const char *formats[4];
    } SEEDS[] = {
        {"organisation", "organisations.json", {"lieux", "geojson"}},
        {"programme", "programmes.json", {"aides"}},
        {"event", "events.json", {"ics", "geojson"}},
    };
    put(world, "organisation", PLACE);
    put(world, "programme", AID);
    put(world, "event", EVENT);
    for (size_t i = 0; i < sizeof SEEDS / sizeof *SEEDS; i++) {
        char path[256];
        snprintf(path, sizeof path, SEED "%s", SEEDS[i].file);
        assert_int_equal(run(world, "put", SEEDS[i].kind, path, NULL), EXIT_DONE);
        for (size_t j = 0; SEEDS[i].formats[j]; j++) {
            export_to_input(world, SEEDS[i].kind, SEEDS[i].formats[j]);
            int rows = expect_same(world, SEEDS[i].kind);
            print_message("%s as %s: %d rows\n", SEEDS[i].kind, SEEDS[i].formats[j], rows);
            assert_true(rows > 0);
        }
    }
}

static void what_others_published_comes_home_in_every_form(void **state)
{
    world_t *world = *state;
    static const struct {
        const char *kind, *file, *mapping;
        const char *formats[5];
    } SOURCES[] = {
        {"organisation",
         "annuaire/hubs/hub-lo.json",
         "hub-lo",
         {"lieux", "geojson", "csv", "json"}},
        {"organisation", "annuaire/hubs/angers.json", "angers", {"lieux", "geojson", "csv"}},
        {"organisation", "annuaire/hubs/nouvelle-caledonie.json", "nouvelle-caledonie", {"lieux"}},
        {"programme", "programmes/tee-programs-2026-06.json", "tee", {"aides", "csv", "json"}},
        {"event",
         "evenements/openagenda-drome.json",
         "openagenda",
         {"ics", "geojson", "csv", "json"}},
    };
    for (size_t i = 0; i < sizeof SOURCES / sizeof *SOURCES; i++) {
        char path[SHARED_PATH_SIZE];
        int code = run(world, "import", SOURCES[i].kind, shared_path(path, SOURCES[i].file),
                       "--mapping", SOURCES[i].mapping, NULL);
        assert_true(code == EXIT_DONE || code == EXIT_REFUSED);
        for (size_t j = 0; SOURCES[i].formats[j]; j++) {
            export_to_input(world, SOURCES[i].kind, SOURCES[i].formats[j]);
            int rows = expect_same(world, SOURCES[i].kind);
            print_message("%s as %s: %d rows\n", SOURCES[i].mapping, SOURCES[i].formats[j], rows);
            assert_true(rows > 0);
        }
    }
}

/* --- one thing changes --- */

static void a_cell_edited_in_the_standard_of_places_changes_one_field(void **state)
{
    world_t *world = *state;
    json_t *after =
        expect_edit(world, "organisation", PLACE, "lieux", "1 rue Neuve", "2 rue Neuve", "adresse");
    assert_string_equal(json_string_value(json_object_get(after, "adresse")), "2 rue Neuve");
    json_decref(after);
}

static void an_edited_title_of_an_example_has_no_mark(void **state)
{
    world_t *world = *state;
    json_t *after = expect_edit(world, "organisation", PLACE, "lieux", "Médiathèque d'essai",
                                "Médiathèque neuve", "nom");
    assert_string_equal(json_string_value(json_object_get(after, "nom")), "Médiathèque neuve");
    json_decref(after);
}

static void a_cell_that_was_emptied_empties_its_field(void **state)
{
    world_t *world = *state;
    char id[128];
    snprintf(id, sizeof id, "%s", put(world, "organisation", PLACE));
    export_to_input(world, "organisation", "lieux");
    edit(world, "+33477000000", "");
    json_t *after = import_edited(world, "organisation", id);
    assert_null(json_object_get(after, "telephone"));
    assert_non_null(json_object_get(after, "themes"));
    json_decref(after);
}

/* A spreadsheet writes semicolons and no quotes, and somebody kept three columns. */
static void a_column_that_is_gone_takes_nothing_away(void **state)
{
    world_t *world = *state;
    char id[128], text[512];
    snprintf(id, sizeof id, "%s", put(world, "organisation", PLACE));
    json_t *before = record(world, "organisation", id);
    snprintf(text, sizeof text, "id;pivot;telephone\r\nloire:%s;732829320;+33477999999\r\n", id);
    give(world, text);
    json_t *after = import_edited(world, "organisation", id);
    expect_only(before, after, "telephone");
    json_decref(before);
    json_decref(after);
}

static void what_a_form_does_not_bring_back_is_said(void **state)
{
    world_t *world = *state;
    put(world, "organisation", PLACE);
    export_to_input(world, "organisation", "lieux");
    edit(world, "\"loire\",", "\"ailleurs\",");
    assert_int_equal(expect_same(world, "organisation"), 1);
    assert_int_equal(run(world, "import", "organisation", world->input, NULL), EXIT_DONE);
    expect(world->said, "« source »");
}

static void a_cell_edited_in_the_schema_of_aids_changes_one_field(void **state)
{
    world_t *world = *state;
    json_t *after = expect_edit(world, "programme", AID, "aides", "2026-12-31T21:59:59Z",
                                "2027-01-31T21:59:59Z", "date_cloture");
    assert_string_equal(json_string_value(json_object_get(after, "date_cloture")), "2027-01-31");
    json_decref(after);
}

static void a_word_of_the_schema_of_aids_becomes_a_code(void **state)
{
    world_t *world = *state;
    json_t *after =
        expect_edit(world, "programme", AID, "aides", "étude|prêt", "étude", "types_aides");
    assert_int_equal(json_array_size(json_object_get(after, "types_aides")), 1);
    json_decref(after);
}

static void an_event_moved_in_a_calendar_keeps_what_calendars_do_not_say(void **state)
{
    world_t *world = *state;
    json_t *after = expect_edit(world, "event", EVENT, "ics", "DTSTART:20260722T160000Z",
                                "DTSTART:20260722T150000Z", "horaires");
    const json_t *dates = json_object_get(after, "horaires");
    assert_int_equal(json_array_size(dates), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(dates, 0), "debut")),
                        "2026-07-22T15:00:00Z");
    assert_string_equal(json_string_value(json_object_get(json_array_get(dates, 1), "debut")),
                        "2026-11-22T18:00:00+01:00");
    json_decref(after);
}

static void a_text_edited_in_a_calendar_is_told_from_the_reason_before_it(void **state)
{
    world_t *world = *state;
    json_t *after = expect_edit(world, "event", EVENT, "ics", "Un tour de table.", "Deux tours.",
                                "description");
    assert_string_equal(json_string_value(json_object_get(after, "description")), "Deux tours.");
    json_decref(after);
}

/* The address keeps its commas, and what stands on a map stays. */
static void a_place_edited_in_a_calendar_changes_that_part_of_it(void **state)
{
    world_t *world = *state;
    json_t *after =
        expect_edit(world, "event", EVENT, "ics", "\\, 1\\, rue", "\\, 2\\, rue", "lieu");
    const json_t *place = json_object_get(after, "lieu");
    assert_string_equal(json_string_value(json_object_get(place, "adresse")), "2, rue Neuve");
    assert_string_equal(json_string_value(json_object_get(place, "nom")), "Maison");
    assert_string_equal(json_string_value(json_object_get(place, "commune")), "Roanne");
    assert_true(json_is_number(json_object_get(place, "lat")));
    json_decref(after);
}

static void a_point_moved_on_a_map_moves_the_record(void **state)
{
    world_t *world = *state;
    json_t *after =
        expect_edit(world, "organisation", PLACE, "geojson", "\"coordinates\":[4.07,46.03]",
                    "\"coordinates\":[4.08,46.03]", "lon");
    assert_float_equal(json_number_value(json_object_get(after, "lon")), 4.08, 1e-6);
    json_decref(after);
}

static void a_property_edited_on_a_map_changes_one_field(void **state)
{
    world_t *world = *state;
    json_t *after = expect_edit(world, "organisation", PLACE, "geojson", "0477000000", "0477999999",
                                "telephone");
    json_decref(after);
}

/* --- what is no record of ours --- */

static void a_record_erased_since_is_refused_and_not_half_made_anew(void **state)
{
    world_t *world = *state;
    char id[128];
    snprintf(id, sizeof id, "%s", put(world, "organisation", PLACE));
    export_to_input(world, "organisation", "lieux");
    assert_int_equal(run(world, "delete", "organisation", id, NULL), EXIT_DONE);
    assert_int_equal(run(world, "import", "organisation", world->input, NULL), EXIT_REFUSED);
    expect(world->said, "effacée depuis cet export");
}

/* Writes a place of ours into the file, and its line again with an id that is none of ours. */
static void give_ours_and_anothers(world_t *world)
{
    put(world, "organisation", PLACE);
    export_to_input(world, "organisation", "lieux");
    char *text = contents(world->input), *row = strstr(text, "\r\n") + 2;
    FILE *file = fopen(world->input, "a");
    assert_non_null(file);
    fputs("\"autre-42\"", file);
    fputs(strchr(row, ','), file);
    fclose(file);
    free(text);
}

static void a_line_of_somebody_else_among_ours_is_refused(void **state)
{
    world_t *world = *state;
    give_ours_and_anothers(world);
    assert_int_equal(run(world, "import", "organisation", world->input, NULL), EXIT_REFUSED);
    expect(world->printed, "1 identique");
    expect(world->said, "(--mapping)");
}

/* With the mapping of the standard, ours are known and the others come in. */
static void a_file_of_the_standard_with_ours_and_others_is_both(void **state)
{
    world_t *world = *state;
    give_ours_and_anothers(world);
    assert_int_equal(
        run(world, "import", "organisation", world->input, "--mapping", "lieux-standard", NULL),
        EXIT_DONE);
    expect(world->printed, "1 nouvelle");
    expect(world->printed, "1 identique");
}

static void a_foreign_file_of_the_standard_still_wants_its_mapping(void **state)
{
    world_t *world = *state;
    give(world, "id;pivot;nom\nautre-42;00000000000000;Lieu\n");
    assert_int_equal(run(world, "import", "organisation", world->input, NULL), EXIT_REFUSED);
    expect(world->said, "(--mapping)");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_home, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_the_pilot_begins_with_comes_home_in_every_form),
        TEST(what_others_published_comes_home_in_every_form),
        TEST(a_cell_edited_in_the_standard_of_places_changes_one_field),
        TEST(an_edited_title_of_an_example_has_no_mark),
        TEST(a_cell_that_was_emptied_empties_its_field),
        TEST(a_column_that_is_gone_takes_nothing_away),
        TEST(what_a_form_does_not_bring_back_is_said),
        TEST(a_cell_edited_in_the_schema_of_aids_changes_one_field),
        TEST(a_word_of_the_schema_of_aids_becomes_a_code),
        TEST(an_event_moved_in_a_calendar_keeps_what_calendars_do_not_say),
        TEST(a_text_edited_in_a_calendar_is_told_from_the_reason_before_it),
        TEST(a_place_edited_in_a_calendar_changes_that_part_of_it),
        TEST(a_point_moved_on_a_map_moves_the_record),
        TEST(a_property_edited_on_a_map_changes_one_field),
        TEST(a_record_erased_since_is_refused_and_not_half_made_anew),
        TEST(a_line_of_somebody_else_among_ours_is_refused),
        TEST(a_file_of_the_standard_with_ours_and_others_is_both),
        TEST(a_foreign_file_of_the_standard_still_wants_its_mapping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
