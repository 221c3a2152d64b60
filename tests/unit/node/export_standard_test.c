/* The national standards, checked cell by cell against the schemas their authors publish. */
#include "export_world.h"

#include "node/import/reader/reader.h"

#include "../shared.h"

#include <regex.h>

#define SCHEMAS "schemas/"
#define LIEUX_SCHEMA SCHEMAS "standard-mediation-num.schema.json"
#define AIDES_SCHEMA SCHEMAS "dispositif-aide-professionnels.schema.json"

/* --- a checker of what the two schemas say: order of columns, required, pattern, maxLength --- */

typedef struct check {
    json_t *schema;
    json_t *ids;
    size_t rows, wrong;
    char said[4096];
} check_t;

static void complain(check_t *check, const char *column, const char *cell)
{
    size_t used = strlen(check->said);
    snprintf(check->said + used, sizeof check->said - used, "%s: '%s'\n", column, cell);
    check->wrong++;
}

/* POSIX has no \d and no (?:…), and the schemas use nothing else it lacks. */
static bool matches(const char *pattern, const char *cell)
{
    char posix[4096];
    size_t size = 0;
    for (const char *at = pattern; *at && size < sizeof posix - 8;) {
        if (strncmp(at, "(?:", 3) == 0 || strncmp(at, "\\d", 2) == 0) {
            bool digit = *at == '\\';
            size += (size_t)snprintf(posix + size, 8, "%s", digit ? "[0-9]" : "(");
            at += digit ? 2 : 3;
        } else {
            posix[size++] = *at++;
        }
    }
    posix[size] = 0;
    regex_t regex;
    assert_int_equal(regcomp(&regex, posix, REG_EXTENDED | REG_NOSUB), 0);
    bool good = regexec(&regex, cell, 0, NULL, 0) == 0;
    regfree(&regex);
    return good;
}

static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += (*text & 0xc0) != 0x80;
    return count;
}

static const json_t *constraint(const json_t *field, const char *name)
{
    return json_object_get(json_object_get(field, "constraints"), name);
}

static bool is_typed(const char *type, const char *cell)
{
    if (strcmp(type, "integer") == 0)
        return matches("^-?[0-9]+$", cell);
    if (strcmp(type, "number") == 0)
        return matches("^-?[0-9]+([.][0-9]+)?$", cell);
    if (strcmp(type, "date") == 0)
        return matches("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", cell);
    if (strcmp(type, "datetime") == 0)
        return matches("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$", cell);
    return strcmp(type, "string") == 0;
}

static void check_cell(check_t *check, const json_t *field, const char *cell)
{
    const char *name = json_string_value(json_object_get(field, "name"));
    const json_t *longest = constraint(field, "maxLength");
    const char *pattern = json_string_value(constraint(field, "pattern"));
    bool empty = !cell || !*cell;
    if (empty && json_is_true(constraint(field, "required")))
        complain(check, name, "");
    if (empty)
        return;
    if (!is_typed(json_string_value(json_object_get(field, "type")), cell)
        || (pattern && !matches(pattern, cell))
        || (longest && characters(cell) > (size_t)json_integer_value(longest)))
        complain(check, name, cell);
}

static void check_row(void *context, const row_t *row)
{
    check_t *check = context;
    check->rows++;
    const json_t *fields = json_object_get(check->schema, "fields");
    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json_t *field = json_array_get(fields, i);
        const char *name = json_string_value(json_object_get(field, "name"));
        check_cell(check, field, json_string_value(json_object_get(row->record, name)));
    }
    const char *id = json_string_value(json_object_get(row->record, "id"));
    if (json_object_get(check->ids, id))
        complain(check, "id twice", id);
    json_object_set_new(check->ids, id, json_true());
}

static void check_columns(const check_t *check, const json_t *columns)
{
    const json_t *fields = json_object_get(check->schema, "fields");
    assert_int_equal(json_array_size(columns), json_array_size(fields));
    for (size_t i = 0; i < json_array_size(fields); i++)
        assert_string_equal(json_string_value(json_array_get(columns, i)),
                            json_string_value(json_object_get(json_array_get(fields, i), "name")));
}

/* Checks a CSV; what is wrong with it is in the given check, to be freed by check_end. */
static check_t check_csv(world_t *world, const char *schema, const char *csv)
{
    char path[SHARED_PATH_SIZE];
    check_t check = {.schema = json_load_file(shared_path(path, schema), 0, NULL),
                     .ids = json_object()};
    assert_non_null(check.schema);
    reading_t reading = {0};
    if (reader_each(csv, strlen(csv), NULL, &reading, check_row, &check, &world->err))
        fail_msg("%s", world->err.text);
    check_columns(&check, reading.columns);
    reading_free(&reading);
    return check;
}

static void check_end(check_t *check)
{
    json_decref(check->schema);
    json_decref(check->ids);
}

static void expect_valid(world_t *world, const char *schema, const char *csv, size_t rows)
{
    check_t check = check_csv(world, schema, csv);
    if (check.wrong)
        fail_msg("%s", check.said);
    assert_int_equal(check.rows, rows);
    check_end(&check);
}

/* --- places --- */

#define PLACE(more)                                                                                \
    "{\"nom\": \"Médiathèque\", \"type\": \"lieu_accompagnement\", \"adresse\": \"1 rue du "     \
    "Lac\", \"code_postal\": \"42000\", \"commune\": \"Saint-Étienne\", \"code_insee\": "         \
    "\"COM-42218\", " more "}"

static void a_place_is_valid_by_the_national_standard(void **state)
{
    world_t *world = *state;
    begin(world, "organisation", "lieux");
    add(world, "un",
        PLACE("\"siret\": \"35600000000048\", \"telephone\": \"04 77 43 04 00\", \"lat\": "
              "45.439695, \"lon\": -4.387178, \"site\": \"https://exemple.fr\", \"courriel\": "
              "\"contact@exemple.fr\", \"horaires\": \"Mo-Fr 09:00-12:00\", \"description\": "
              "\"Une aide.\", \"date_maj\": \"2026-03-12\""));
    add(world, "deux", PLACE("\"rna\": \"W131004321\", \"telephone\": \"0262 41 00 00\""));
    add(world, "trois",
        "{\"nom\": \"Corse\", \"type\": \"lieu_accompagnement\", \"adresse\": \"1 cours\", "
        "\"code_postal\": \"20000\", \"commune\": \"Ajaccio\", \"code_insee\": \"COM-2A004\"}");
    const char *csv = end(world);
    expect(csv, "\"loire:un\",\"35600000000048\",\"Médiathèque\"");
    expect(csv, "\"+33477430400\"");
    expect(csv, "\"+262262410000\"");
    expect(csv, "\"-4.387178\"");
    expect(csv, "\"2A004\"");
    expect(csv, "\"2026-03-12\"");
    expect(csv, "\"2026-11-22\""); /* the day it changed, where it says none */
    expect_warning(world, "W_PIVOT", "pivot");
    expect_valid(world, LIEUX_SCHEMA, csv, 3);
}

static void what_a_place_offers_is_said_in_the_words_of_the_standard(void **state)
{
    world_t *world = *state;
    begin(world, "organisation", "lieux");
    add(world, "un",
        PLACE("\"services\": [\"outils\", \"demarches\"], \"publics\": [\"seniors\"], "
              "\"prise_en_charge\": [\"anglais\", \"surdite\"], \"frais\": [\"gratuit\"], "
              "\"accompagnement\": [\"atelier\", \"distance\"], \"complement_adresse\": "
              "\"Bâtiment B\", \"programmes_nationaux\": [\"aidants_connect\", \"point_caf\"], "
              "\"prise_rdv\": \"https://exemple.fr/rdv\", \"fiche_acces_libre\": "
              "\"https://acceslibre.beta.gouv.fr/app/x/\""));
    const char *csv = end(world);
    expect(csv, "\"Aide aux démarches administratives|Maîtrise des outils numériques du "
                "quotidien\"");
    expect(csv, "\"Langues étrangères (anglais)|Surdité\"");
    expect(csv, "\"Aidants Connect|Point d'accès numérique CAF\"");
    expect(csv, "\"Dans un atelier collectif|À distance\"");
    expect(csv, "\"Bâtiment B\"");
    expect(csv, "\"https://exemple.fr/rdv\"");
    expect_valid(world, LIEUX_SCHEMA, csv, 1);
}

static void a_place_typed_with_a_code_alone_has_the_name_of_its_commune(void **state)
{
    world_t *world = *state;
    geo_t *geo = geo_load_codes(NULL, &world->err);
    if (!geo) {
        print_message("skipped: no geography\n");
        skip();
    }
    begin(world, "organisation", "lieux");
    export_set_geo(world->export, geo);
    add(world, "un",
        "{\"nom\": \"Ici\", \"type\": \"lieu_accompagnement\", \"adresse\": \"1 rue\", "
        "\"code_insee\": \"COM-01053\"}");
    add(world, "deux", /* of several postcodes nobody knows which one it is */
        "{\"nom\": \"Là\", \"type\": \"lieu_accompagnement\", \"adresse\": \"1 rue\", "
        "\"code_insee\": \"COM-42218\"}");
    expect(end(world), "\"Bourg-en-Bresse\",\"01000\",\"01053\"");
    assert_int_equal(export_written(world->export), 1);
    assert_int_equal(export_left_out(world->export), 1);
    export_destroy(&world->export);
    geo_destroy(&geo);
}

static void a_place_without_a_street_is_left_out_and_named(void **state)
{
    world_t *world = *state;
    begin(world, "organisation", "lieux");
    add(world, "un",
        "{\"nom\": \"Ici\", \"type\": \"lieu_accompagnement\", \"code_postal\": \"42000\", "
        "\"commune\": \"Saint-Étienne\", \"code_insee\": \"COM-42218\"}");
    const char *csv = end(world);
    assert_int_equal(export_left_out(world->export), 1);
    assert_int_equal(export_written(world->export), 0);
    expect_warning(world, "W_LEFT_OUT", "adresse");
    assert_string_equal(export_findings(world->export)->list[1].where, "loire/un");
    expect_valid(world, LIEUX_SCHEMA, csv, 0);
}

static void what_the_standard_does_not_take_is_empty_and_said(void **state)
{
    world_t *world = *state;
    char json[2048], text[600];
    for (size_t i = 0; i < 299; i++)
        memcpy(text + 2 * i, "é", 3);
    snprintf(json, sizeof json,
             PLACE("\"telephone\": \"3939\", \"horaires\": \"le lundi\", \"demo\": true, "
                   "\"description\": \"%s\""),
             text);
    begin(world, "organisation", "lieux");
    add(world, "un", json);
    const char *csv = end(world);
    expect_warning(world, "W_TELEPHONE", "telephone");
    expect_warning(world, "W_HORAIRES", "horaires");
    expect(csv, "\"[Démonstration] Médiathèque\"");
    expect(csv, "é…\"");
    expect_valid(world, LIEUX_SCHEMA, csv, 1);
}

static void a_place_brings_no_formula(void **state)
{
    world_t *world = *state;
    begin(world, "organisation", "lieux");
    add(world, "un", PLACE("\"description\": \"=1+1\""));
    expect(end(world), "\"'=1+1\"");
}

static void only_places_of_help_are_places(void **state)
{
    world_t *world = *state;
    begin(world, "organisation", "lieux");
    query_t query = {.kind = world->kind};
    assert_int_equal(export_narrow(world->export, &query, &world->err), 0);
    assert_int_equal(query.filter_count, 1);
    assert_string_equal(query.filters[0].codes[0], "lieu_accompagnement");
    query.filter_count = QUERY_FILTERS_MAX;
    assert_int_equal(export_narrow(world->export, &query, &world->err), -1);
}

/* --- aids --- */

#define AID(place, more)                                                                           \
    "{\"titre\": \"IA Booster\", \"operateur\": \"bpifrance\", \"code\": \"ia\", "                 \
    "\"description\": "                                                                            \
    "\"Un diagnostic.\", \"eligibilite\": \"- Moins de 250 salariés\", \"types_aides\": "         \
    "[\"etude\", \"financement\"], \"eligibilite_geographique\": [\"" place "\"] " more "}"

static void an_aid_is_valid_by_the_national_schema(void **state)
{
    world_t *world = *state;
    begin(world, "programme", "aides");
    add(world, "bpifrance:ia",
        AID("PAYS-99100",
            ", \"date_ouverture\": \"2026-01-01\", \"date_cloture\": \"2026-12-31\", "
            "\"ciblage_naf\": [{\"nomenclature\": \"rev2\", \"code\": \"C\"}, {\"nomenclature\": "
            "\"rev2\", \"code\": \"62.01Z\"}], \"cibles\": [\"professionnels\", "
            "\"secteur_public\"], \"eligibilite_effectif_maximal\": 249, \"porteurs\": [{\"nom\": "
            "\"Bpifrance\", \"siren\": \"320252489\", \"roles\": [\"financeur\"]}], "
            "\"base_juridique\": [{\"libelle\": \"Arrêté\", \"lien\": "
            "\"https://exemple.fr/a\"}]"));
    add(world, "bpifrance:ib", AID("REG-84", ""));
    const char *csv = end(world);
    expect(csv, "étude|financement");
    expect(csv, "professionnels|secteur public");
    expect(csv, "\"2026-01-01T00:00:00Z\",\"2026-12-31T21:59:59Z\"");
    expect(csv, "\"tous secteurs d'activité\"");
    expect(csv, "\"[{\"\"nom\"\":\"\"bpifrance\"\",\"\"roles\"\":[\"\"operateur\"\"]}]\"");
    expect(csv, "\"'- Moins");
    expect_valid(world, AIDES_SCHEMA, csv, 2);
    assert_int_equal(export_findings(world->export)->count, 0);
}

static void corsica_is_written_as_it_is_called_and_the_report_says_so(void **state)
{
    world_t *world = *state;
    begin(world, "programme", "aides");
    add(world, "bpifrance:ia", AID("DEP-2A", ""));
    const char *csv = end(world);
    expect(csv, "\"DEP-2A\"");
    expect_warning(world, "W_PATTERN", "eligibilite_geographique");
    check_t check = check_csv(world, AIDES_SCHEMA, csv);
    assert_string_equal(check.said, "eligibilite_geographique: 'DEP-2A'\n"); /* and nothing else */
    check_end(&check);
}

static void an_aid_for_nobody_is_left_out(void **state)
{
    world_t *world = *state;
    begin(world, "programme", "aides");
    add(world, "a:b", "{\"titre\": \"A\", \"operateur\": \"a\", \"code\": \"b\"}");
    end(world);
    assert_int_equal(export_left_out(world->export), 1);
    expect_warning(world, "W_LEFT_OUT", "description");
}

static void a_long_description_is_cut_at_what_the_schema_takes(void **state)
{
    world_t *world = *state;
    char json[16000], text[6001];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = 0;
    snprintf(json, sizeof json,
             "{\"titre\": \"A\", \"operateur\": \"a\", \"code\": \"b\", \"description\": \"%s\", "
             "\"eligibilite\": \"Tous\", \"types_aides\": [\"pret\"], "
             "\"eligibilite_geographique\": [\"DEP-42\"]}",
             text);
    begin(world, "programme", "aides");
    add(world, "a:b", json);
    const char *csv = end(world);
    expect(csv, "a…\"");
    expect(csv, "\"prêt\"");
    expect_warning(world, "W_CUT", "description");
    expect_valid(world, AIDES_SCHEMA, csv, 1);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_place_is_valid_by_the_national_standard),
        TEST(what_a_place_offers_is_said_in_the_words_of_the_standard),
        TEST(a_place_typed_with_a_code_alone_has_the_name_of_its_commune),
        TEST(a_place_without_a_street_is_left_out_and_named),
        TEST(what_the_standard_does_not_take_is_empty_and_said),
        TEST(a_place_brings_no_formula),
        TEST(only_places_of_help_are_places),
        TEST(an_aid_is_valid_by_the_national_schema),
        TEST(corsica_is_written_as_it_is_called_and_the_report_says_so),
        TEST(an_aid_for_nobody_is_left_out),
        TEST(a_long_description_is_cut_at_what_the_schema_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
