/* Against the real communes, where config/geo/build has run: what matters here is what real sources write. */
#include "node/import/commune.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../shared.h"

typedef struct world {
    geo_t *geo;
    schema_t *schema;
    const kind_t *kind;
    findings_t findings;
} world_t;

static int setup(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    err_t err = {0};
    world->geo = geo_load(NULL, &err);
    if (!world->geo)
        print_message("skipped: %s\n", err.text);
    world->schema = real_schema();
    world->kind = schema_kind(world->schema, "organisation");
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    world_t *world = *state;
    geo_destroy(&world->geo);
    schema_destroy(&world->schema);
    findings_free(&world->findings);
    free(world);
    return 0;
}

static world_t *france(void **state)
{
    world_t *world = *state;
    if (!world->geo)
        skip();
    return world;
}

static commune_match_t find(const world_t *world, const char *code, const char *name,
                            const char *postcode)
{
    commune_match_t match;
    commune_find(world->geo, &(commune_words_t){code, name, postcode}, &match);
    return match;
}

static void expect(const world_t *world, const char *code, const char *name, const char *postcode,
                   commune_how_t how, const char *commune)
{
    commune_match_t match = find(world, code, name, postcode);
    const char *found = match.commune ? match.commune->code : "none";
    if (match.how != how || strcmp(found, commune) != 0)
        fail_msg("'%s' '%s' '%s': %d %s, not %d %s", code ? code : "", name ? name : "",
                 postcode ? postcode : "", match.how, found, how, commune);
}

/* --- finding --- */

static void a_name_and_a_postcode_that_one_commune_fits_are_that_commune(void **state)
{
    const world_t *world = france(state);
    expect(world, NULL, "Saint-Étienne", "42000", COMMUNE_NAMED, "42218");
    expect(world, "", "ST ETIENNE", "42 100", COMMUNE_NAMED, "42218");
    expect(world, "", "BOURG EN BRESSE", "1000", COMMUNE_NAMED, "01053");
    expect(world, "", "Marseille 11", "13011", COMMUNE_NAMED, "13055");
    expect(world, "", "Roanne", "", COMMUNE_NAMED, "42187");
    expect(world, "", "", "42300", COMMUNE_SEVERAL, "none");
    expect(world, "", "", "42330", COMMUNE_SEVERAL, "none");
}

static void a_cedex_is_looked_for_in_its_department(void **state)
{
    const world_t *world = france(state);
    expect(world, "", "SAINT-ETIENNE CEDEX 1", "42007", COMMUNE_NAMED, "42218");
    expect(world, "", "Saint-Étienne", "69007", COMMUNE_NONE, "none");
}

static void a_merged_commune_is_the_one_it_became(void **state)
{
    const world_t *world = france(state);
    expect(world, "49069", "Champtoceaux", "49270", COMMUNE_FORMER, "49126");
    expect(world, "COM-49069", NULL, NULL, COMMUNE_FORMER, "49126");
    expect(world, "", "Champtoceaux", "49270", COMMUNE_NAMED, "49126");
}

static void a_code_is_right_also_without_its_zero(void **state)
{
    const world_t *world = france(state);
    expect(world, "1053", "Bourg-en-Bresse", "1000", COMMUNE_GIVEN, "01053");
    expect(world, "COM-42218", "Saint-Étienne", "", COMMUNE_GIVEN, "42218");
    expect(world, "13211", "MARSEILLE 11", "13011", COMMUNE_GIVEN, "13055");
    expect(world, "42218", "La Métare", "42100", COMMUNE_GIVEN, "42218");
}

static void a_postcode_in_the_column_of_codes_is_seen(void **state)
{
    const world_t *world = france(state);
    expect(world, "42000", "Saint-Étienne", "", COMMUNE_POSTCODE, "42218");
    expect(world, "42000", "", "", COMMUNE_POSTCODE, "42218");
    /* 13001 is both: the code of Aix-en-Provence and the postcode of the middle of Marseille. */
    expect(world, "13001", "Aix-en-Provence", "13100", COMMUNE_GIVEN, "13001");
    expect(world, "13001", "Marseille", "", COMMUNE_POSTCODE, "13055");
}

static void a_code_in_the_column_of_postcodes_is_seen(void **state)
{
    expect(france(state), "", "VILLARS-SUR-VAR", "6158", COMMUNE_SWAPPED, "06158");
}

static void a_code_that_its_name_contradicts_is_kept_and_doubtful(void **state)
{
    const world_t *world = france(state);
    expect(world, "42218", "Roanne", "42300", COMMUNE_DOUBTFUL, "42218");
    commune_match_t match = find(world, "42218", "Roanne", "42300");
    assert_int_equal(match.candidate_count, 1);
    assert_string_equal(match.candidates[0]->code, "42187");
}

static void what_fits_several_or_none_has_candidates(void **state)
{
    const world_t *world = france(state);
    commune_match_t match = find(world, "", "Saint-Aubin", "");
    assert_int_equal(match.how, COMMUNE_SEVERAL);
    assert_true(match.candidate_count > COMMUNE_CANDIDATES_MAX);
    assert_null(match.commune);
    match = find(world, "", "MORIÈRES-LE-SAVIGNON", "84310");
    assert_int_equal(match.how, COMMUNE_NONE);
    assert_int_equal(match.candidate_count, 1);
    assert_string_equal(match.candidates[0]->name, "Morières-lès-Avignon");
    match = find(world, "", "Segonzac", "16120");
    assert_string_equal(match.candidates[0]->name, "Segonzac");
    expect(world, "", "Nulle-Part-sur-Rien", "", COMMUNE_NONE, "none");
    expect(world, "99999", "", "", COMMUNE_NONE, "none");
    expect(world, "trop long pour un code", "", "", COMMUNE_NOT_SAID, "none");
    expect(world, NULL, NULL, NULL, COMMUNE_NOT_SAID, "none");
}

static void without_a_geography_nothing_fits(void **state)
{
    (void)state;
    commune_match_t match;
    commune_find(NULL, &(commune_words_t){"42218", "Saint-Étienne", "42000"}, &match);
    assert_int_equal(match.how, COMMUNE_NONE);
    assert_null(match.commune);
}

/* --- completing a content --- */

/* What code_insee is afterwards, "" for none; checks that there is a finding with these words, or none. */
static void expect_completed(world_t *world, const char *content, const char *code,
                             const char *words)
{
    json_t *json = json_loads(content, 0, NULL);
    assert_non_null(json);
    findings_free(&world->findings);
    commune_complete(world->geo, world->kind, json, &world->findings);
    json_t *lieu = json_object_get(json, "lieu");
    const char *completed = json_string_value(json_object_get(lieu ? lieu : json, "code_insee"));
    assert_string_equal(completed ? completed : "", code);
    assert_int_equal(world->findings.count, words ? 1 : 0);
    if (words) {
        assert_string_equal(world->findings.list[0].code, "W_COMMUNE");
        assert_int_equal(world->findings.list[0].severity, SEVERITY_WARNING);
        if (!strstr(world->findings.list[0].reason, words))
            fail_msg("'%s' is not in: %s", words, world->findings.list[0].reason);
    }
    json_decref(json);
}

static void a_content_gets_the_code_that_fits(void **state)
{
    world_t *world = france(state);
    expect_completed(world, "{\"commune\": \"St Etienne\", \"code_postal\": \"42000\"}",
                     "COM-42218", NULL);
    expect_completed(world, "{\"commune\": \"Bourg-en-Bresse\", \"code_postal\": 1000}",
                     "COM-01053", NULL);
    expect_completed(world, "{}", "", NULL);
}

static void a_replaced_code_is_quoted(void **state)
{
    world_t *world = france(state);
    expect_completed(world, "{\"code_insee\": \"COM-49069\"}", "COM-49126", "« COM-49069 »");
    assert_string_equal(world->findings.list[0].field, "code_insee");
    assert_string_equal(world->findings.list[0].value, "COM-49069");
    expect_completed(world, "{\"code_insee\": \"42000\", \"commune\": \"Saint-Étienne\"}",
                     "COM-42218", "code postal, pas un code de commune");
}

static void a_code_gives_its_name_and_its_only_postcode(void **state)
{
    static const struct {
        const char *content, *name, *postcode;
    } CASES[] = {
        {"{\"code_insee\": \"COM-42218\"}", "Saint-Étienne", ""}, /* it has several */
        {"{\"code_insee\": \"COM-42092\"}", "L'Étrat", "42580"},
        {"{\"code_insee\": \"COM-42092\", \"commune\": \"Roanne\"}", "Roanne", ""}, /* doubtful */
    };
    world_t *world = france(state);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        json_t *json = json_loads(CASES[i].content, 0, NULL);
        commune_complete(world->geo, schema_kind(world->schema, "organisation"), json,
                         &world->findings);
        const char *name = json_string_value(json_object_get(json, "commune"));
        const char *postcode = json_string_value(json_object_get(json, "code_postal"));
        assert_string_equal(name, CASES[i].name);
        assert_string_equal(postcode ? postcode : "", CASES[i].postcode);
        json_decref(json);
    }
}

static void a_doubtful_code_stays_as_it_was_written(void **state)
{
    world_t *world = france(state);
    expect_completed(world, "{\"code_insee\": \"COM-42218\", \"commune\": \"Roanne\"}", "COM-42218",
                     "Roanne (COM-42187)");
    expect_completed(world, "{\"code_insee\": \"COM-13211\", \"commune\": \"Marseille\"}",
                     "COM-13211", NULL);
}

static void candidates_are_named_to_choose_from(void **state)
{
    world_t *world = france(state);
    expect_completed(world, "{\"commune\": \"Saint-Aubin\"}", "", "Plusieurs communes");
    assert_non_null(strstr(world->findings.list[0].reason, "autres"));
    expect_completed(world, "{\"commune\": \"Catelmaurou\", \"code_postal\": \"31180\"}", "",
                     "Castelmaurou (COM-31117)");
}

static void an_event_has_its_commune_in_its_place(void **state)
{
    world_t *world = france(state);
    world->kind = schema_kind(world->schema, "event");
    expect_completed(world, "{\"lieu\": {\"commune\": \"Roanne\", \"code_postal\": \"42300\"}}",
                     "COM-42187", NULL);
    expect_completed(world, "{\"lieu\": {\"commune\": \"Saint-Aubin\"}}", "", "Plusieurs");
    assert_string_equal(world->findings.list[0].field, "lieu.code_insee");
}

static void a_kind_without_communes_is_left_alone(void **state)
{
    world_t *world = france(state);
    world->kind = schema_kind(world->schema, "answer");
    expect_completed(world, "{\"commune\": \"Roanne\"}", "", NULL);
    assert_false(commune_completes(world->kind));
    assert_true(commune_completes(schema_kind(world->schema, "organisation")));
    assert_true(commune_completes(schema_kind(world->schema, "event")));
}

/* --- the real files --- */

/* A source may have its codes as numbers. */
static const char *text_at(const json_t *row, const char *column, char number[24])
{
    const json_t *value = column ? json_object_get(row, column) : NULL;
    snprintf(number, 24, "%lld", (long long)json_integer_value(value));
    return json_is_string(value) ? json_string_value(value) : json_is_integer(value) ? number : "";
}

/* At least this many rows of a file of the shared data lead to a commune. */
static void expect_file(world_t *world, const char *file, const char *code, const char *name,
                        const char *postcode, size_t rows, size_t least)
{
    char path[SHARED_PATH_SIZE];
    json_t *all = json_load_file(shared_path(path, file), 0, NULL);
    assert_non_null(all);
    size_t fit = 0;
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *row = json_array_get(all, i);
        char numbers[3][24];
        commune_match_t match =
            find(world, text_at(row, code, numbers[0]), text_at(row, name, numbers[1]),
                 text_at(row, postcode, numbers[2]));
        fit += match.commune != NULL;
    }
    if (json_array_size(all) != rows || fit < least)
        fail_msg("%s: %zu of %zu rows", file, fit, json_array_size(all));
    json_decref(all);
}

static void the_commune_of_nearly_every_real_row_is_found(void **state)
{
    world_t *world = france(state);
    expect_file(world, "annuaire/hubs/aix-en-provence.json", "code_insee", "commune", "code_postal",
                38, 38);
    expect_file(world, "annuaire/hubs/angers.json", NULL, "commune", "code_postal", 63, 63);
    expect_file(world, "annuaire/hubs/etapes-numerique.json", "Code INSEE", "Commune",
                "Code postal", 95, 95);
    expect_file(world, "annuaire/hubs/hub-lo.json", NULL, "c_city", "c_postcode", 426, 421);
    expect_file(world, "annuaire/hubs/la-creuse.json", NULL, "commune", "code_postal", 91, 87);
    expect_file(world, "annuaire/hubs/maine-et-loire.json", NULL, "COMMUNE", "CP", 243, 239);
    expect_file(world, "annuaire/hubs/paca.json", "adresse_code_insee", "adresse_commune",
                "adresse_code_postal", 1245, 1190);
    expect_file(world, "annuaire/conseillers-numeriques-structures-2022.json", NULL, "commune",
                "code_postal", 1354, 1321);
}

/* 60 of 92 rows have the postcode of Nouméa and the name of another commune: which is right? */
static void new_caledonia_is_asked_about(void **state)
{
    world_t *world = france(state);
    expect_file(world, "annuaire/hubs/nouvelle-caledonie.json", NULL, "commune", "code_postal", 92,
                32);
    commune_match_t match = find(world, "", "Dumbéa", "98800");
    assert_int_equal(match.how, COMMUNE_NONE);
    assert_string_equal(match.candidates[0]->name, "Dumbéa");
    assert_string_equal(match.candidates[1]->name, "Nouméa");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_name_and_a_postcode_that_one_commune_fits_are_that_commune),
        TEST(a_cedex_is_looked_for_in_its_department),
        TEST(a_merged_commune_is_the_one_it_became),
        TEST(a_code_is_right_also_without_its_zero),
        TEST(a_postcode_in_the_column_of_codes_is_seen),
        TEST(a_code_in_the_column_of_postcodes_is_seen),
        TEST(a_code_that_its_name_contradicts_is_kept_and_doubtful),
        TEST(what_fits_several_or_none_has_candidates),
        TEST(without_a_geography_nothing_fits),
        TEST(a_content_gets_the_code_that_fits),
        TEST(a_replaced_code_is_quoted),
        TEST(a_code_gives_its_name_and_its_only_postcode),
        TEST(a_doubtful_code_stays_as_it_was_written),
        TEST(candidates_are_named_to_choose_from),
        TEST(an_event_has_its_commune_in_its_place),
        TEST(a_kind_without_communes_is_left_alone),
        TEST(the_commune_of_nearly_every_real_row_is_found),
        TEST(new_caledonia_is_asked_about),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
