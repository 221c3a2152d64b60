/* Mappings and imports against the real kinds; and against real files, where they are. */
#include "node/import/cell.h"
#include "node/import/fix/fix.h"

#include "import_world.h"
#include "texts.h"

static int open_organisations(void **state)
{
    int rc = setup(state);
    world_t *world = *state;
    begin(world, schema_kind(world->schema, "organisation"));
    return rc;
}

static int import(world_t *world, const char *text)
{
    return try_import(world, "lieux.csv", text, strlen(text));
}

static const finding_t *finding(const world_t *world, const char *code)
{
    return finding_of(world, NULL, code, NULL);
}

static json_t *body(const world_t *world, size_t index)
{
    err_t err = {0};
    const change_t *change = &batch_changes(world->batch)[index];
    json_t *json = body_decode(world->kind, change->body, change->body_size, &err);
    assert_non_null(json);
    return json;
}

static void expect_text(const json_t *json, const char *name, const char *text)
{
    const char *value = json_string_value(json_object_get(json, name));
    assert_non_null(value);
    assert_string_equal(value, text);
}

#define ONE                                                                                        \
    "{\"nom\": \"CPME\", \"type\": \"chambre\", \"siren\": \"732829320\", "                        \
    "\"zone_intervention\": [\"DEP-42\"]}"

/* --- batch --- */

static void a_content_becomes_a_change_with_the_date_of_today(void **state)
{
    world_t *world = *state;
    assert_int_equal(import(world, "[" ONE "]"), 0);
    assert_int_equal(batch_count(world->batch), 1);
    const change_t *change = batch_changes(world->batch);
    assert_string_equal(change->id, "732829320");
    assert_string_equal(change->kind, "organisation");
    assert_int_equal(change->op, ITEM_PUT);
    assert_true(body_is_canonical(world->kind, change->body, change->body_size));
    json_t *json = body(world, 0);
    expect_text(json, "date_maj", TODAY);
    json_decref(json);
}

static void an_envelope_keeps_its_id_and_is_warned_of(void **state)
{
    world_t *world = *state;
    assert_int_equal(import(world, "{\"hub\": \"loire\", \"id\": \"ancien\", \"body\": " ONE "}"),
                     0);
    assert_string_equal(batch_changes(world->batch)[0].id, "ancien");
    finding(world, "W_ID");
    assert_int_equal(world->imported.warned, 1);
}

static void an_envelope_of_another_hub_is_refused(void **state)
{
    world_t *world = *state;
    assert_int_equal(import(world, "[{\"hub\": \"rhone\", \"id\": \"x\", \"body\": " ONE "}]"), 0);
    assert_int_equal(batch_count(world->batch), 0);
    assert_int_equal(batch_refused(world->batch), 1);
    assert_string_equal(finding(world, "E_HUB")->where, "lieux.csv:1:2");
}

static void one_refused_row_stops_no_other_and_says_where_and_why(void **state)
{
    world_t *world = *state;
    assert_int_equal(import(world, "nom,type,siren,zone_intervention\n"
                                   "A,chambre,732829320,DEP-42\n"
                                   "B,jardin,,DEP-42\n"
                                   "C,ecole,732829321,DEP-42\n"
                                   "D,ecole,356000000,DEP-42,trop\n"),
                     0);
    assert_int_equal(world->imported.rows, 4);
    assert_int_equal(world->imported.unreadable, 1);
    assert_int_equal(batch_count(world->batch), 1);
    assert_int_equal(batch_refused(world->batch), 2);
    assert_string_equal(finding(world, "E_CODE")->where, "lieux.csv:3");
    assert_string_equal(finding(world, "E_CODE")->value, "jardin");
    assert_string_equal(finding(world, "E_SIREN")->where, "lieux.csv:4");
    assert_string_equal(finding(world, "E_ROW")->where, "lieux.csv:5");
}

static void a_record_given_twice_counts_once_and_two_versions_of_it_not_at_all(void **state)
{
    world_t *world = *state;
    assert_int_equal(import(world, "nom,type,siren,zone_intervention\n"
                                   "A,chambre,732829320,DEP-42\n"
                                   "A,chambre,732829320,DEP-42\n"
                                   "B,chambre,732829320,DEP-42\n"),
                     0);
    assert_int_equal(batch_count(world->batch), 1);
    assert_int_equal(batch_repeated(world->batch), 1);
    assert_int_equal(batch_refused(world->batch), 1);
    expect(finding(world, "W_REPEATED")->reason, "lieux.csv:2");
    const finding_t *twice = finding(world, "E_TWICE");
    assert_string_equal(twice->where, "lieux.csv:4");
    expect(twice->reason, "lieux.csv:2, mais pas le même contenu (« Nom »)");
    expect(twice->reason, "changez ce qui les nomme (« SIREN »)");
}

static void keep_shown(void *context, const json_t *content)
{
    json_array_append(context, (json_t *)content);
}

static void a_content_that_is_added_is_shown_as_it_will_be_read_again(void **state)
{
    world_t *world = *state;
    json_t *shown = json_array();
    batch_watch(world->batch, keep_shown, shown);
    assert_int_equal(import(world, "nom,type,siren,zone_intervention,lat,lon\n"
                                   "  A  b,chambre,732 829 320,DEP-42|DEP-42,45.4,4.39\n"
                                   "A b,chambre,732829320,DEP-42,45.4,4.39\n"
                                   "C,jardin,732829320,DEP-42,,\n"),
                     0);
    assert_int_equal(json_array_size(shown), 1);
    const change_t *change = batch_changes(world->batch);
    json_t *read = body_decode(world->kind, change->body, change->body_size, &world->err);
    assert_true(json_equal(read, json_array_get(shown, 0)));
    json_decref(read);
    json_decref(shown);
}

static void an_unknown_column_refuses_the_file_with_a_proposal(void **state)
{
    world_t *world = *state;
    assert_int_equal(import(world, "nom,tipe\nA,chambre\n"), -1);
    assert_int_equal(world->err.action, ERR_REJECT);
    expect(world->err.text, "vouliez-vous dire « type »");
    assert_int_equal(batch_count(world->batch), 0);
}

/* What a record is as a CSV row, read back, is the same bytes. */
static void an_exported_row_imports_as_the_very_same_record(void **state)
{
    world_t *world = *state;
    const char *json =
        "[{\"nom\": \"=CPME \\\"Loire\\\"\", \"type\": \"chambre\", \"siren\": \"732829320\", "
        "\"zone_intervention\": [\"DEP-69\", \"DEP-42\"], \"roles\": [\"informe\"], "
        "\"description\": \"Une ligne,\\nune autre ; « x »\", \"lon\": -0.123456, "
        "\"telephone\": \"+33477000000\", \"demo\": true, \"source\": {\"nom\": \"Essai\"}}]";
    assert_int_equal(import(world, json), 0);
    assert_int_equal(batch_count(world->batch), 1);
    columns_t columns;
    columns_of(world->kind, &columns);
    json_t *before = body(world, 0), *again = json_object();
    text_t cell;
    text_init(&cell, CELL_MAX_SIZE);
    for (size_t i = 0; i < columns.count; i++) {
        text_clear(&cell);
        cell_write(&cell, world->kind, &columns.list[i], before);
        json_t *value = cell_read(columns.list[i].field, cell.data);
        if (value)
            path_set(world->kind, again, columns.list[i].path, value);
    }
    text_clear(&cell);
    assert_int_equal(body_encode(world->kind, again, &cell, &world->findings), 0);
    const change_t *change = batch_changes(world->batch);
    assert_int_equal(cell.size, change->body_size);
    assert_memory_equal(cell.data, change->body, cell.size);
    text_free(&cell);
    json_decref(before);
    json_decref(again);
    columns_free(&columns);
}

/* --- fixes --- */

static void expect_fix(const char *name, const char *from, const char *to)
{
    const fix_t *fix = fix_find(name);
    assert_non_null(fix);
    text_t value;
    text_init(&value, 1000);
    text_add_string(&value, from);
    fix->apply(&value);
    assert_string_equal(value.data, to);
    assert_int_equal(value.size, strlen(to));
    text_free(&value);
}

static void fixes_repair_what_they_understand_and_leave_the_rest(void **state)
{
    (void)state;
    expect_fix("strip", " a b\n", "a b");
    expect_fix("no_answer", " -- ", "");
    expect_fix("no_answer", "NR", "");
    expect_fix("no_answer", "06-07", "06-07");
    expect_fix("upper", "fr é", "FR é");
    expect_fix("lower", "ABC", "abc");
    expect_fix("decimal_comma", "4,41", "4.41");
    expect_fix("decimal_comma", "1,234,5", "1,234,5");
    expect_fix("zeros_unknown", "00000000000000", "");
    expect_fix("zeros_unknown", "100", "100");
    expect_fix("lost_zero_siret", "5720784700013", "05720784700013");
    expect_fix("lost_zero_siret", "1234567890123", "1234567890123");
    expect_fix("lost_zero_siren", "57207847", "057207847");
    expect_fix("siren_of_siret", "73282932000074", "732829320");
    expect_fix("postcode_zero", "4200", "04200");
    expect_fix("postcode_zero", "42000", "42000");
    expect_fix("commune", "42218", "COM-42218");
    expect_fix("commune", "2A004", "COM-2A004");
    expect_fix("commune", "1001", "COM-01001");
    expect_fix("commune", "Roanne", "Roanne");
    expect_fix("url_scheme", "www.example.fr", "https://www.example.fr");
    expect_fix("url_scheme", "http://example.fr", "http://example.fr");
    expect_fix("url_scheme", "pas de site", "pas de site");
    expect_fix("day_of_time", "2022-09-26 19:00:45", "2022-09-26");
    expect_fix("day_of_time", "2020/06/30 14:16:50.898", "2020-06-30");
    expect_fix("day_of_time", "hier", "hier");
    expect_fix("french_date", "09/12/2020", "2020-12-09");
    expect_fix("french_date", "09/0102023", "09/0102023");
    expect_fix("first_line", "a\r\nb", "a");
    expect_fix("yes", "True", "oui");
    expect_fix("yes", "0", "non");
    expect_fix("yes", "peut-être", "peut-être");
    assert_null(fix_find("nothing"));
    assert_string_equal(fix_did_you_mean("decimal_coma"), "decimal_comma");
}

/* --- mapping --- */

#define HEAD                                                                                       \
    "kind: organisation\n"                                                                         \
    "source: {nom: Essai, licence: Licence Ouverte 2.0}\n"

static void a_mapping_makes_the_record_that_it_describes(void **state)
{
    world_t *world = *state;
    assert_non_null(mapping_of(world, HEAD "id: Num\n"
                                           "columns: {nom: Nom, adresse: [N, Rue], lat: geo.lat,"
                                           " type: Sorte, roles: Roles}\n"
                                           "constants: {zone_intervention: [DEP-42, DEP-43]}\n"
                                           "values: {type: {École: ecole, Inconnu: ''},"
                                           " roles: {Info: informe}}\n"
                                           "fixes: {lat: [decimal_comma],"
                                           " roles: [split_comma, strip]}\n"));
    assert_int_equal(
        import(world, "[{\"Num\": 7, \"Nom\": \"A\", \"N\": \"3\", \"Rue\": \"rue X\", \"geo\": "
                      "{\"lat\": \"45,5\"}, \"Sorte\": \"École\", \"Roles\": \"Info, forme\"},"
                      " {\"Num\": 8, \"Nom\": \"B\", \"Sorte\": \"Inconnu\"},"
                      " {\"Num\": 9, \"Nom\": \"C\", \"Sorte\": \"Autre\"}]"),
        0);
    assert_int_equal(batch_count(world->batch), 1);
    assert_string_equal(batch_changes(world->batch)[0].id, "essai:7");
    json_t *json = body(world, 0);
    expect_text(json, "adresse", "3 rue X");
    expect_text(json, "type", "ecole");
    assert_true(json_number_value(json_object_get(json, "lat")) == 45.5);
    json_t *expected = json_pack("[s, s]", "forme", "informe");
    assert_true(json_equal(json_object_get(json, "roles"), expected));
    assert_int_equal(json_array_size(json_object_get(json, "zone_intervention")), 2);
    expect_text(json_object_get(json, "source"), "licence", "Licence Ouverte 2.0");
    json_decref(expected);
    json_decref(json);
    finding(world, "E_REQUIRED");
    assert_string_equal(finding(world, "E_CODE")->value, "Autre");
}

static void every_mistake_of_a_mapping_is_told_with_its_line(void **state)
{
    world_t *world = *state;
    assert_null(mapping_of(world, HEAD "columns:\n"
                                       "  nomm: Nom\n"
                                       "  source: X\n"
                                       "constants: {type: chambr}\n"
                                       "values: {type: {a: b}}\n"
                                       "fixes: {nom: [stripp, split_comma]}\n"));
    expect(finding(world, "E_FIELD")->where, ":4:");
    expect(finding(world, "E_FIELD")->reason, "did you mean 'nom'");
    expect(finding(world, "E_CODE")->where, ":6:");
    expect(finding(world, "E_FIX")->reason, "did you mean 'strip'");
    assert_int_equal(world->findings.errors, 6);
}

static void a_mapping_begins_with_its_kind(void **state)
{
    world_t *world = *state;
    assert_null(mapping_of(world, "columns: {nom: Nom}\n" HEAD));
    finding(world, "E_ORDER");
    assert_null(
        mapping_of(world, "kind: organization\nsource: {nom: x, licence: y}\ncolumns: {}\n"));
    expect(finding(world, "E_KIND")->reason, "'organisation'");
}

static void a_csv_without_a_column_that_the_mapping_reads_is_refused(void **state)
{
    world_t *world = *state;
    assert_non_null(mapping_of(world, HEAD "columns: {nom: Nom, adresse: Rue}\n"));
    assert_int_equal(import(world, "Nom,Ville\nA,B\n"), -1);
    expect(world->err.text, "« Rue »");
}

static void an_optional_column_may_be_missing_from_a_csv(void **state)
{
    world_t *world = *state;
    assert_non_null(mapping_of(world, HEAD "columns: {nom: Nom, adresse: Rue}\noptional: [Rue]\n"));
    assert_int_equal(import(world, "Nom,Ville\nA,B\n"), 0);
}

static void an_optional_column_that_no_field_reads_is_a_mistake(void **state)
{
    world_t *world = *state;
    assert_null(mapping_of(world, HEAD "columns: {nom: Nom, adresse: Rue}\noptional: [rue]\n"));
    assert_non_null(finding(world, "E_COLUMN"));
}

static void count_reason(void *context, const char *why)
{
    assert_true(strcmp(why, "Statut = INACTIF") == 0 || strcmp(why, "Nom vide") == 0);
    ++*(int *)context;
}

static void rows_that_a_mapping_does_not_want_are_counted_and_left_aside(void **state)
{
    world_t *world = *state;
    static const char CSV[] = "Nom,Statut\nA,OUVERT\nB, INACTIF \n,OUVERT\nC,inactif\n";
    assert_non_null(mapping_of(
        world, HEAD "columns: {nom: Nom}\nconstants: {zone_intervention: [DEP-42], type: ecole}\n"
                    "skip: {Statut: [INACTIF], Nom: [\"\"]}\n"));
    int told = 0;
    import_task_t task = {.kind = world->kind,
                          .mapping = world->mapping,
                          .batch = world->batch,
                          .watch = {.context = &told, .skipped = count_reason}};
    assert_int_equal(import_file(&task, "f.csv", CSV, strlen(CSV), &world->imported,
                                 &world->findings, &world->err),
                     0);
    assert_int_equal(world->imported.rows, 4);
    assert_int_equal(world->imported.skipped, 2);
    assert_int_equal(told, 2);
    assert_int_equal(batch_count(world->batch) + batch_refused(world->batch), 2);
}

static void a_row_without_a_date_is_as_old_as_its_file(void **state)
{
    world_t *world = *state;
    assert_non_null(
        mapping_of(world, "kind: organisation\nsource: {nom: S, licence: L, date: 2023-04-06}\n"
                          "id: Nom\ncolumns: {nom: Nom}\n"
                          "constants: {zone_intervention: [DEP-42], type: ecole}\n"));
    assert_int_equal(import(world, "Nom\nA\n"), 0);
    json_t *made = body(world, 0);
    expect_text(made, "date_maj", "2023-04-06");
    json_decref(made);
}

static void a_day_that_is_none_is_a_mistake_of_the_mapping(void **state)
{
    world_t *world = *state;
    assert_null(mapping_of(world,
                           "kind: organisation\nsource: {nom: S, licence: L, date: en 2023}\n"
                           "id: Nom\ncolumns: {nom: Nom}\n"));
    assert_non_null(finding(world, "E_DATE"));
}

/* --- the mappings we ship, with the files they were written for --- */

static void import_shared(world_t *world, const char *mapping, const char *kind, const char *file,
                          size_t rows, size_t refused)
{
    size_t size;
    use_mapping(world, mapping);
    assert_string_equal(world->kind->name, kind);
    char *bytes = load_shared(world, file, &size);
    import_bytes(world, file, bytes, size);
    free(bytes);
    assert_int_equal(world->imported.rows, rows);
    assert_int_equal(world->imported.unreadable, 0);
    assert_int_equal(batch_refused(world->batch), refused);
    assert_int_equal(batch_count(world->batch) + batch_repeated(world->batch)
                         + batch_refused(world->batch),
                     rows);
}

static void the_places_of_angers_come_in(void **state)
{
    import_shared(*state, "angers", "organisation", "annuaire/hubs/angers.json", 63, 0);
}

static void the_places_of_hub_lo_come_in(void **state)
{
    import_shared(*state, "hub-lo", "organisation", "annuaire/hubs/hub-lo.json", 426, 0);
}

static void the_french_tech_list_comes_in(void **state)
{
    import_shared(*state, "french-tech", "provider", "fournisseurs/french-tech-40-120-2023.csv",
                  122, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_organisations, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_content_becomes_a_change_with_the_date_of_today),
        TEST(an_envelope_keeps_its_id_and_is_warned_of),
        TEST(an_envelope_of_another_hub_is_refused),
        TEST(one_refused_row_stops_no_other_and_says_where_and_why),
        TEST(a_record_given_twice_counts_once_and_two_versions_of_it_not_at_all),
        TEST(a_content_that_is_added_is_shown_as_it_will_be_read_again),
        TEST(an_unknown_column_refuses_the_file_with_a_proposal),
        TEST(an_exported_row_imports_as_the_very_same_record),
        cmocka_unit_test(fixes_repair_what_they_understand_and_leave_the_rest),
        TEST(a_mapping_makes_the_record_that_it_describes),
        TEST(every_mistake_of_a_mapping_is_told_with_its_line),
        TEST(a_mapping_begins_with_its_kind),
        TEST(a_csv_without_a_column_that_the_mapping_reads_is_refused),
        TEST(an_optional_column_may_be_missing_from_a_csv),
        TEST(an_optional_column_that_no_field_reads_is_a_mistake),
        TEST(rows_that_a_mapping_does_not_want_are_counted_and_left_aside),
        TEST(a_row_without_a_date_is_as_old_as_its_file),
        TEST(a_day_that_is_none_is_a_mistake_of_the_mapping),
        TEST(the_places_of_angers_come_in),
        TEST(the_places_of_hub_lo_come_in),
        TEST(the_french_tech_list_comes_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
