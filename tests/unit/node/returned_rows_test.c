/* Which rows are whose, row by row, on a store that also has another hub's records. */
#include "node/export/returned.h"

#include "node/export/export.h"

#include "store_world.h"

#define PLACE(name)                                                                                \
    "{\"nom\": \"" name "\", \"type\": \"lieu_accompagnement\", \"adresse\": \"1 rue Neuve\", "    \
    "\"code_postal\": \"42300\", \"commune\": \"Roanne\", \"siren\": \"732829320\", "              \
    "\"date_maj\": "                                                                               \
    "\"2026-01-01\"}"
#define ROW(id, name, street)                                                                      \
    "{\"id\": \"" id "\", \"pivot\": \"732829320\", \"nom\": \"" name "\", \"adresse\": \"" street \
    "\"}"

typedef struct rows {
    world_t *store;
    catalogue_t *catalogue;
    mapping_t *mapping;
    returned_t *returned;
    json_t *record;
    findings_t findings;
} rows_t;

static void open_rows(rows_t *self, bool with_mapping, bool only)
{
    returned_destroy(&self->returned);
    self->returned =
        returned_new(&(returned_means_t){.catalogue = self->catalogue,
                                         .kind = schema_kind(self->store->schema, "organisation"),
                                         .hub = "loire",
                                         .mapping = with_mapping ? self->mapping : NULL,
                                         .only = only});
}

static int begin(void **state)
{
    rows_t *self = calloc(1, sizeof *self);
    assert_non_null(self);
    set_up((void **)&self->store);
    put(self->store, "loire", "organisation", "a", PLACE("Ici"));
    put(self->store, "rhone", "organisation", "b", PLACE("Ailleurs"));
    self->catalogue = catalogue_open(self->store->folder, self->store->schema, &self->store->err);
    assert_non_null(self->catalogue);
    self->mapping = mapping_load(self->store->schema,
                                 SOURCE_DIR "/config/imports/lieux-standard.yaml", &self->findings);
    assert_non_null(self->mapping);
    open_rows(self, true, false);
    *state = self;
    return 0;
}

static int end(void **state)
{
    rows_t *self = *state;
    json_decref(self->record);
    findings_free(&self->findings);
    returned_destroy(&self->returned);
    mapping_destroy(&self->mapping);
    catalogue_close(&self->catalogue);
    tear_down((void **)&self->store);
    free(self);
    return 0;
}

static returned_what_t read_row(rows_t *self, const char *text)
{
    json_t *row = json_loads(text, 0, NULL);
    assert_non_null(row);
    json_decref(self->record);
    self->record = NULL;
    findings_free(&self->findings);
    returned_what_t what = returned_read(self->returned, row, &self->record, &self->findings);
    assert_true((what == RETURNED_OWN) == (self->record != NULL));
    assert_true((what == RETURNED_REFUSED) == (self->findings.errors > 0));
    json_decref(row);
    return what;
}

static void a_row_of_ours_is_its_record(void **state)
{
    rows_t *self = *state;
    assert_int_equal(read_row(self, ROW("loire:a", "Ici", "2 rue Neuve")), RETURNED_OWN);
    assert_string_equal(json_string_value(json_object_get(self->record, "id")), "a");
    const json_t *body = json_object_get(self->record, "body");
    assert_string_equal(json_string_value(json_object_get(body, "adresse")), "2 rue Neuve");
    assert_string_equal(json_string_value(json_object_get(body, "commune")), "Roanne");
    assert_null(json_object_get(body, "source"));
}

static void what_another_hub_has_is_left_aside_as_long_as_nobody_touched_it(void **state)
{
    rows_t *self = *state;
    assert_int_equal(read_row(self, ROW("rhone:b", "Ailleurs", "1 rue Neuve")), RETURNED_OTHER);
    assert_int_equal(read_row(self, ROW("rhone:b", "Ailleurs", "2 rue Neuve")), RETURNED_REFUSED);
    assert_string_equal(self->findings.list[0].code, "E_HUB");
}

static void what_nobody_knows_is_no_row_of_ours(void **state)
{
    rows_t *self = *state;
    static const char *const ROWS[] = {
        ROW("loire:c", "Là", ""),    ROW("isere:a", "Là", ""),
        ROW("autre-42", "Là", ""),   ROW(":", "Là", ""),
        ROW("loire:", "Là", ""),     ROW("LOIRE:a", "Ici", ""),
        ROW("loire:A b", "Ici", ""), "{\"id\": 12, \"pivot\": \"\"}",
        "{\"id\": \"loire:a\"}",     "{}",
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        assert_int_equal(read_row(self, ROWS[i]), RETURNED_NOT);
    open_rows(self, true, true);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        assert_int_equal(read_row(self, ROWS[i]), RETURNED_REFUSED);
    assert_string_equal(self->findings.list[0].code, "E_NOT_OURS");
}

static void without_a_mapping_only_maps_come_home(void **state)
{
    rows_t *self = *state;
    open_rows(self, false, false);
    assert_int_equal(read_row(self, ROW("loire:a", "Ici", "")), RETURNED_NOT);
    assert_int_equal(read_row(self,
                              "{\"hub\": \"loire\", \"kind\": \"organisation\", \"id\": \"a\", "
                              "\"geometry\": null, \"nom\": \"Ici même\"}"),
                     RETURNED_OWN);
    assert_int_equal(read_row(self, "{\"hub\": \"loire\", \"kind\": \"event\", \"id\": \"a\", "
                                    "\"geometry\": null, \"nom\": \"Ici même\"}"),
                     RETURNED_NOT);
}

static void a_file_is_known_by_a_row_of_ours(void **state)
{
    rows_t *self = *state;
    const kind_t *kind = schema_kind(self->store->schema, "organisation");
    static const char OURS[] = "id;pivot\nautre-42;\nloire:a;\n",
                      OTHERS[] = "id;pivot\nautre-42;\n", MAP[] = "{\"features\": []}";
    const char *name = returned_mapping(OURS, sizeof OURS - 1, kind, "loire");
    assert_string_equal(name, "lieux-standard");
    assert_null(returned_mapping(OURS, sizeof OURS - 1, kind, "rhone"));
    assert_null(returned_mapping(OTHERS, sizeof OTHERS - 1, kind, "loire"));
    assert_null(returned_mapping(MAP, sizeof MAP - 1, kind, "loire"));
    assert_null(returned_mapping("", 0, kind, "loire"));
    assert_null(returned_mapping(OURS, sizeof OURS - 1, schema_kind(self->store->schema, "answer"),
                                 "loire"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_row_of_ours_is_its_record),
        TEST(what_another_hub_has_is_left_aside_as_long_as_nobody_touched_it),
        TEST(what_nobody_knows_is_no_row_of_ours),
        TEST(without_a_mapping_only_maps_come_home),
        TEST(a_file_is_known_by_a_row_of_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
