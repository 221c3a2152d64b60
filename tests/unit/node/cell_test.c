#include "node/import/cell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../shared.h"

typedef struct world {
    schema_t *schema;
    const kind_t *provider, *event;
    columns_t columns; /* of provider */
} world_t;

static int setup(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    world->schema = real_schema();
    world->provider = schema_kind(world->schema, "provider");
    world->event = schema_kind(world->schema, "event");
    columns_of(world->provider, &world->columns);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    world_t *world = *state;
    columns_free(&world->columns);
    schema_destroy(&world->schema);
    free(world);
    return 0;
}

static const column_t *column(const world_t *world, const char *path)
{
    for (size_t i = 0; i < world->columns.count; i++)
        if (strcmp(world->columns.list[i].path, path) == 0)
            return &world->columns.list[i];
    fail_msg("no column %s", path);
    return NULL;
}

/* The cell of this path, and that reading it gives the value back. */
static void expect_cell(const world_t *world, const char *path, const char *json, const char *cell)
{
    const column_t *at = column(world, path);
    json_t *value = json_loads(json, JSON_DECODE_ANY, NULL), *body = json_object();
    path_set(world->provider, body, path, value);
    text_t out;
    text_init(&out, CELL_MAX_SIZE);
    cell_write(&out, world->provider, at, body);
    assert_string_equal(out.data, cell);
    json_t *again = cell_read(at->field, out.data);
    if (json_is_string(value) || json_is_array(value))
        assert_true(json_equal(again, value));
    json_decref(again);
    json_decref(body);
    text_free(&out);
}

static void each_field_is_a_column_and_groups_are_several(void **state)
{
    world_t *world = *state;
    column(world, "nom");
    column(world, "source.licence");
    column(world, "naf.nomenclature");
    column(world, "naf.code");
    column(world, "offres");
    assert_ptr_equal(path_field(world->provider, "nom"), kind_field(world->provider, "nom"));
    assert_null(path_field(world->provider, "naf.autre"));
    assert_null(path_field(world->provider, ""));
    assert_null(path_field(world->provider, "nom.x"));
}

static void values_are_cells_that_read_back(void **state)
{
    world_t *world = *state;
    expect_cell(world, "nom", "\"Étamine \\\"IA\\\"\"", "Étamine \"IA\"");
    expect_cell(world, "naf.code", "\"62.01Z\"", "62.01Z");
    expect_cell(world, "lon", "-0.5", "-0.5");
    expect_cell(world, "lat", "45.439695", "45.439695");
    expect_cell(world, "souverainete.controle_ue", "true", "oui");
    expect_cell(world, "conformite.rgpd", "false", "non");
    expect_cell(world, "fonctions_servies", "[\"rh\", \"vente\"]", "rh|vente");
    expect_cell(world, "zone_intervention", "[\"DEP-42\"]", "DEP-42");
}

static void separators_inside_an_entry_are_escaped(void **state)
{
    world_t *world = *state;
    expect_cell(world, "fonctions_servies", "[\"a|b\", \"c\\\\d\", \"e\"]", "a\\|b|c\\\\d|e");
}

static void a_list_of_groups_is_json_in_its_cell(void **state)
{
    world_t *world = *state;
    expect_cell(world, "labels", "[{\"code\": \"qualiopi\", \"du\": \"2024-01-01\"}]",
                "[{\"code\":\"qualiopi\",\"du\":\"2024-01-01\"}]");
}

static void no_text_is_a_formula(void **state)
{
    world_t *world = *state;
    expect_cell(world, "nom", "\"=1+1\"", "'=1+1");
    expect_cell(world, "telephone", "\"+33477000000\"", "'+33477000000");
    expect_cell(world, "nom", "\"@ladresse\"", "'@ladresse");
    expect_cell(world, "nom", "\"-\"", "'-");
    expect_cell(world, "nom", "\"'quote\"", "''quote");
    expect_cell(world, "fonctions_servies", "[\"=x\", \"=y\"]", "'=x|=y");
}

static void what_is_absent_is_an_empty_cell(void **state)
{
    world_t *world = *state;
    text_t out;
    text_init(&out, CELL_MAX_SIZE);
    json_t *body = json_pack("{s:n, s:s}", "nom", "source", "no map");
    cell_write(&out, world->provider, column(world, "nom"), body);
    cell_write(&out, world->provider, column(world, "source.nom"), body);
    cell_write(&out, world->provider, column(world, "offres"), body);
    assert_int_equal(out.size, 0);
    assert_null(cell_read(kind_field(world->provider, "nom"), ""));
    json_decref(body);
    text_free(&out);
}

static void a_path_makes_the_groups_on_its_way(void **state)
{
    world_t *world = *state;
    json_t *body = json_object();
    path_set(world->event, body, "lieu.nom", json_string("Salle"));
    path_set(world->event, body, "lieu.commune", json_string("Roanne"));
    path_set(world->event, body, "horaires.debut", json_string("2026-11-22T18:00:00+01:00"));
    path_set(world->event, body, "horaires.fin", json_string("2026-11-22T20:00:00+01:00"));
    json_t *expected = json_pack("{s:{s:s, s:s}, s:[{s:s, s:s}]}", "lieu", "nom", "Salle",
                                 "commune", "Roanne", "horaires", "debut",
                                 "2026-11-22T18:00:00+01:00", "fin", "2026-11-22T20:00:00+01:00");
    assert_true(json_equal(body, expected));
    json_decref(expected);
    json_decref(body);
}

static void both_ends_of_an_interval_have_a_column(void **state)
{
    world_t *world = *state;
    const kind_t *use_case = schema_kind(world->schema, "use_case");
    columns_t columns;
    columns_of(use_case, &columns);
    json_t *body = json_object();
    path_set(use_case, body, "cout.max", json_integer(5000));
    json_t *expected = json_pack("{s:[n, i]}", "cout", 5000);
    assert_true(json_equal(body, expected));
    text_t out;
    text_init(&out, CELL_MAX_SIZE);
    for (size_t i = 0; i < columns.count; i++)
        if (strcmp(columns.list[i].path, "cout.max") == 0)
            cell_write(&out, use_case, &columns.list[i], body);
    assert_string_equal(out.data, "5000");
    text_free(&out);
    json_decref(expected);
    json_decref(body);
    columns_free(&columns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_field_is_a_column_and_groups_are_several, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(values_are_cells_that_read_back, setup, teardown),
        cmocka_unit_test_setup_teardown(separators_inside_an_entry_are_escaped, setup, teardown),
        cmocka_unit_test_setup_teardown(a_list_of_groups_is_json_in_its_cell, setup, teardown),
        cmocka_unit_test_setup_teardown(no_text_is_a_formula, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_absent_is_an_empty_cell, setup, teardown),
        cmocka_unit_test_setup_teardown(a_path_makes_the_groups_on_its_way, setup, teardown),
        cmocka_unit_test_setup_teardown(both_ends_of_an_interval_have_a_column, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
