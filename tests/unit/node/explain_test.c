/* What --explain says of files, real ones and small ones; and the page that lists the fixes. */
#include "node/import/explain/explain.h"

#include "node/import/explain/look.h"
#include "node/import/explain/synonym.h"
#include "node/import/fix/fix.h"
#include "node/import/fix/repair.h"

#include "import_world.h"
#include "texts.h"

static json_t *explain_text(world_t *world, const char *kind, const char *text)
{
    return explain_file(schema_kind(world->schema, kind), "dossier/lieux.csv", text, strlen(text),
                        &world->err);
}

static const json_t *column(const json_t *report, const char *name)
{
    const json_t *columns = json_object_get(report, "columns");
    for (size_t i = 0; i < json_array_size(columns); i++) {
        const json_t *one = json_array_get(columns, i);
        if (strcmp(json_string_value(json_object_get(one, "name")), name) == 0)
            return one;
    }
    fail_msg("no column %s", name);
    return NULL;
}

static void expect_field(const json_t *report, const char *name, const char *field)
{
    const char *proposed = json_string_value(json_object_get(column(report, name), "field"));
    if (!field)
        assert_null(proposed);
    else
        assert_string_equal(proposed ? proposed : "nothing", field);
}

/* Its fixes, with spaces between. */
static void expect_fixes(const json_t *report, const char *name, const char *fixes)
{
    const json_t *list = json_object_get(column(report, name), "fixes");
    char all[200] = "";
    size_t size = 0;
    for (size_t i = 0; i < json_array_size(list); i++)
        size += (size_t)snprintf(all + size, sizeof all - size, "%s%s", i ? " " : "",
                                 json_string_value(json_array_get(list, i)));
    assert_string_equal(all, fixes);
}

static void columns_are_known_by_french_and_english_names_and_by_their_values(void **state)
{
    world_t *world = *state;
    json_t *report = explain_text(world, "organisation",
                                  "Name;CP;Ville;Tel.;Numéro;Latitude;Longitude;Remarque\n"
                                  "A;4000;Digne;04 92 00 00 00;732829320;44,09;6,23;x\n"
                                  "B;42000;Saint-Étienne;-;000000000;45,43;4,39;y\n");
    assert_non_null(report);
    expect_field(report, "Name", "nom");
    expect_field(report, "CP", "code_postal");
    expect_field(report, "Ville", "commune");
    expect_field(report, "Tel.", "telephone");
    expect_field(report, "Numéro", "siren"); /* only by what it contains */
    expect_field(report, "Latitude", "lat");
    expect_field(report, "Longitude", "lon");
    expect_field(report, "Remarque", NULL);
    expect_fixes(report, "CP", "postcode_zero");
    expect_fixes(report, "Tel.", "no_answer");
    expect_fixes(report, "Numéro", "zeros_unknown");
    expect_fixes(report, "Latitude", "decimal_comma");
    assert_int_equal(json_integer_value(json_object_get(column(report, "CP"), "filled")), 2);
    json_decref(report);
}

static void a_list_in_a_cell_is_judged_and_translated_entry_by_entry(void **state)
{
    world_t *world = *state;
    json_t *report = explain_text(world, "organisation",
                                  "Nom,Ville,Themes\nA,Lyon,Cyber | Juridique\n"
                                  "B,Bron,juridique|Ateliers\nC,Bron,cyber\n");
    assert_non_null(report);
    expect_field(report, "Themes", "themes");
    expect_fixes(report, "Themes", "split_pipe strip");
    const char *mapping = json_string_value(json_object_get(report, "mapping"));
    expect(mapping, "    \"Ateliers\": \"\"\n");
    expect_not(mapping, "juridique|Ateliers\":");
    json_decref(report);
}

static void a_column_whose_values_do_not_fit_is_not_proposed(void **state)
{
    world_t *world = *state;
    json_t *report = explain_text(world, "organisation",
                                  "nom,siret,courriel\nA,aucun,voir site\nB,inconnu,à venir\n");
    expect_field(report, "siret", NULL);
    expect_field(report, "courriel", NULL);
    json_decref(report);
}

static void what_is_required_and_missing_is_listed(void **state)
{
    world_t *world = *state;
    json_t *report = explain_text(world, "programme", "nom,debut\nA,26/09/2022\nB,01/02/2023\n");
    const json_t *missing = json_object_get(report, "missing");
    assert_int_equal(json_array_size(missing), 1); /* titre is nom, code is the id */
    assert_string_equal(json_string_value(json_object_get(json_array_get(missing, 0), "field")),
                        "operateur");
    json_decref(report);
}

static void a_file_without_a_row_and_a_file_that_is_none_are_refused_with_a_sentence(void **state)
{
    world_t *world = *state;
    assert_null(explain_text(world, "event", "[]"));
    assert_int_equal(world->err.action, ERR_REJECT);
    assert_null(explain_text(world, "event", ""));
    assert_int_equal(world->err.action, ERR_REJECT);
}

/* --- real files: the proposed mapping loads, and imports --- */

static const mapping_t *load(world_t *world, const json_t *report)
{
    const char *text = json_string_value(json_object_get(report, "mapping"));
    const mapping_t *mapping = mapping_of(world, text);
    for (size_t i = 0; !mapping && i < world->findings.count; i++)
        print_message("%s %s\n%s\n", world->findings.list[i].where, world->findings.list[i].reason,
                      text);
    return mapping;
}

static void hostile_names_and_values_still_make_a_mapping_that_loads(void **state)
{
    world_t *world = *state;
    json_t *report = explain_text(
        world, "organisation",
        "nom,\"type: \"\"x\"\" # y\",\"a\nb\",{c}\nA,\"- é: [\",\"# z\n---\",}\n\"*B\",!,&d,'\n");
    assert_non_null(report);
    assert_non_null(load(world, report));
    json_decref(report);
}

typedef struct real {
    const char *kind, *file;
    int percent; /* of the rows that come in without a hand on the mapping, at least */
} real_t;

#define CHARENTE                                                                                   \
    "annuaire/standard/20230711-charente-lieux-de-mediation-numeriques-nouvelle-aquitaine@"

static const real_t REAL[] = {
    {"organisation", "annuaire/conseillers-numeriques-structures-2022.json", 95},
    {"organisation", "annuaire/hubs/aix-en-provence.json", 95},
    {"organisation", "annuaire/hubs/angers.json", 80},
    {"organisation", "annuaire/hubs/etapes-numerique.json", 95},
    {"organisation", "annuaire/hubs/hub-lo.json", 95},
    {"organisation", "annuaire/hubs/la-creuse.json", 95},
    {"organisation", "annuaire/hubs/maine-et-loire.json", 0},
    {"organisation", "annuaire/hubs/nouvelle-caledonie.json", 80},
    {"organisation", "annuaire/hubs/paca-2022_v2.csv", 0}, /* one name for many places, no id */
    {"organisation", "annuaire/hubs/paca.json", 0},
    {"organisation", CHARENTE "926d8162.json", 95},
    {"organisation", CHARENTE "cf77ffe5.json", 95},
    {"organisation", "schemas/standard-mediation-num.exemple-valide.csv", 100},
    {"use_case", "cas-usage/ai-watch-jrc120399.json", 100},
    {"use_case", "cas-usage/us-federal-2024_consolidated_ai_inventory_raw_v2.csv", 0},
    {"event", "evenements/lyon-sample-wordpress.ics", 100},
    {"event", "evenements/openagenda-drome.json", 100},
    {"event", "evenements/opendatasoft-openagenda-paris.json", 100},
    {"provider", "fournisseurs/french-tech-40-120-2023.csv", 100},
    {"organisation", "fournisseurs/lyon-tech-hub-communautes.json", 100},
    {"programme", "programmes/aides-territoires-periurbain.csv", 95},
    {"programme", "programmes/aides-territoires-source-departement_drome_data.json", 0},
    {"programme", "programmes/tee-data_gouv_export-2026-06.csv", 0},
    {"programme", "programmes/tee-programs-2026-06.json", 95},
    {"indicator", "statistiques/eurostat-isoc_e_dii.csv", 0}, /* no producer in it */
    {"indicator", "statistiques/eurostat-isoc_eb_ai-2025.csv", 0},
    {"organisation", "sirene/siret_cases.csv", 0},
};

static void try_real(world_t *world, const real_t *real, const char *bytes, size_t size)
{
    const kind_t *kind = schema_kind(world->schema, real->kind);
    json_t *report = explain_file(kind, real->file, bytes, size, &world->err);
    assert_non_null(report);
    assert_non_null(load(world, report));
    begin(world, kind);
    import_bytes(world, real->file, bytes, size);
    size_t good = batch_count(world->batch) + batch_repeated(world->batch);
    if (world->geo && good * 100 < world->imported.rows * (size_t)real->percent)
        fail_msg("%s: %zu of %zu rows", real->file, good, world->imported.rows);
    forget(world);
    json_decref(report);
}

static void every_real_file_gets_a_mapping_that_loads_and_most_come_in_with_it(void **state)
{
    world_t *world = *state;
    for (size_t i = 0; i < sizeof REAL / sizeof *REAL; i++) {
        size_t size;
        char *bytes = load_shared(world, REAL[i].file, &size);
        try_real(world, &REAL[i], bytes, size);
        free(bytes);
    }
}

/* --- its parts --- */

static void a_value_looks_like_what_its_form_says(void **state)
{
    (void)state;
    static const struct {
        look_t look;
        const char *yes, *no;
    } CASES[] = {
        {LOOK_SIRET, "73282932000074", "73282932000075"},
        {LOOK_SIREN, "732829320", "732829321"},
        {LOOK_ZEROS, "00000000000000", "000"},
        {LOOK_COMMUNE, "2A004", "2C004"},
        {LOOK_POSTCODE_SHORT, "4000", "04000"},
        {LOOK_URL, "https://a.fr/x", "a.fr"},
        {LOOK_URL_BARE, "www.a.fr", "10.5"},
        {LOOK_COURRIEL, "contact@a.fr", "contact"},
        {LOOK_TELEPHONE, "04 77 00 00 00", "2026-01-01 10:00"},
        {LOOK_DATE_FRENCH, "26/09/2022", "26/13/2022"},
        {LOOK_DATE_TIME, "2022-09-26 19:00:45", "2022-09-26"},
        {LOOK_EPOCH_MS, "1577836800000", "1577836800"},
        {LOOK_NUMBER_COMMA, "4,41", "4.41"},
        {LOOK_LATITUDE, "45.43", "48"},
        {LOOK_LAMBERT_X, "475198,121680863", "4.39"},
        {LOOK_LAMBERT_Y, "6692424,50691385", "45.43"},
        {LOOK_YES_NO, "Oui", "peut-être"},
        {LOOK_JSON_LIST, "[1]", "1"},
        {LOOK_HTML, "<p>x</p>", "x < y"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        if (!look_at(CASES[i].look, CASES[i].yes) || look_at(CASES[i].look, CASES[i].no))
            fail_msg("%s: '%s', '%s'", look_name(CASES[i].look), CASES[i].yes, CASES[i].no);
    }
}

static void a_name_scores_less_the_further_it_is_from_the_path(void **state)
{
    (void)state;
    int path = synonym_score("code_postal", "code_postal", "Code postal");
    int synonym = synonym_score("CP", "code_postal", "Code postal");
    int among = synonym_score("nom de la structure", "nom", "Nom");
    assert_int_equal(path, SYNONYM_SCORE_MAX);
    assert_true(path > synonym && synonym > among && among > 0);
    assert_true(synonym_score("fields.title_fr", "titre", "Titre") > 0);
    assert_int_equal(synonym_score("couleur", "nom", "Nom"), 0);
    assert_true(synonym_is_id("ID_LieuMed"));
    assert_false(synonym_is_id("identité"));
}

/* --- the page --- */

static char *page(void)
{
    err_t err = {0};
    char *bytes, *text;
    size_t size;
    assert_int_equal(reader_load(SOURCE_DIR "/config/imports/README.md", &bytes, &size, &err), 0);
    text = strndup(bytes, size);
    free(bytes);
    return text;
}

static void expect_line(const char *text, const char *name, const char *summary)
{
    char *line;
    assert_true(asprintf(&line, "| `%s` | %s |", name, summary) > 0);
    if (!strstr(text, line))
        fail_msg("config/imports/README.md lacks: %s", line);
    free(line);
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, "\n| `")); at++)
        count++;
    return count;
}

/* Gives what is between the first `start` and the next `end`. */
static char *between(const char *text, const char *start, const char *end)
{
    const char *from = strstr(text, start);
    assert_non_null(from);
    from += strlen(start);
    const char *to = strstr(from, end);
    assert_non_null(to);
    return strndup(from, (size_t)(to - from));
}

static void the_example_of_the_page_imports_as_the_page_says(void **state)
{
    world_t *world = *state;
    char *text = page(), *yaml = between(text, "```yaml\n", "```");
    char *indented = between(text, "sends this (semicolons, Windows-1252):\n\n", "\nThe mapping");
    char csv[1000] = "";
    for (const char *line = indented; strncmp(line, "    ", 4) == 0; line = strchr(line, '\n') + 1)
        strncat(csv, line + 4, strcspn(line + 4, "\n") + 1);
    const mapping_t *mapping = mapping_of(world, yaml);
    assert_non_null(mapping);
    begin(world, mapping_kind(mapping));
    import_bytes(world, "agenda.csv", csv, strlen(csv));
    assert_int_equal(batch_count(world->batch), 2);
    assert_int_equal(world->findings.count, 1); /* the description that is missing */
    assert_string_equal(batch_changes(world->batch)[0].id, "101");
    json_t *event = record(world, "101");
    const json_t *time = json_array_get(json_object_get(event, "horaires"), 0);
    assert_string_equal(json_string_value(json_object_get(time, "debut")),
                        "2026-03-12T18:30:00+01:00");
    const json_t *place = json_object_get(event, "lieu");
    assert_string_equal(json_string_value(json_object_get(place, "code_postal")), "01000");
    if (world->geo)
        assert_string_equal(json_string_value(json_object_get(place, "code_insee")), "COM-01053");
    assert_string_equal(json_string_value(json_object_get(event, "description")), "Découvrir.");
    json_decref(event);
    free(indented);
    free(yaml);
    free(text);
}

static void the_page_lists_every_fix_and_repair_and_no_other(void **state)
{
    (void)state;
    char *text = page();
    size_t count = 0;
    for (size_t i = 0; fix_at(i); i++, count++)
        expect_line(text, fix_at(i)->name, fix_at(i)->summary);
    for (size_t i = 0; repair_at(i); i++, count++)
        expect_line(text, repair_at(i)->name, repair_at(i)->summary);
    assert_int_equal(count_lines(text), count);
    free(text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_places, teardown)
    const struct CMUnitTest tests[] = {
        TEST(columns_are_known_by_french_and_english_names_and_by_their_values),
        TEST(a_list_in_a_cell_is_judged_and_translated_entry_by_entry),
        TEST(a_column_whose_values_do_not_fit_is_not_proposed),
        TEST(what_is_required_and_missing_is_listed),
        TEST(a_file_without_a_row_and_a_file_that_is_none_are_refused_with_a_sentence),
        TEST(hostile_names_and_values_still_make_a_mapping_that_loads),
        TEST(every_real_file_gets_a_mapping_that_loads_and_most_come_in_with_it),
        TEST(a_value_looks_like_what_its_form_says),
        TEST(a_name_scores_less_the_further_it_is_from_the_path),
        TEST(the_example_of_the_page_imports_as_the_page_says),
        TEST(the_page_lists_every_fix_and_repair_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
