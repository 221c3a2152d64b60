/* What was refused is written so that it can be mended, and is read again as what it was; and what lies where. */
#include "node/import/import.h"
#include "node/import/refused.h"
#include "node/import/within.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "files.h"
#include "france.h"
#include "texts.h"

typedef struct world {
    char folder[FOLDER_PATH_SIZE], path[96];
    refused_t *refused;
    findings_t found;
    json_t *rows; /* of the file that was written, restored */
    size_t line;
} world_t;

static int setup(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    new_folder(world->folder);
    snprintf(world->path, sizeof world->path, "%s/x.refused.csv", world->folder);
    world->refused = refused_new();
    world->rows = json_array();
    findings_add(&world->found, SEVERITY_ERROR, "E_X", NULL, "type", "jardin", "Non ; « jardin ».");
    findings_add(&world->found, SEVERITY_WARNING, "W_X", NULL, "nom", "", "Peut-être.");
    findings_add(&world->found, SEVERITY_ERROR, "E_Y", NULL, "nom", "", "Obligatoire.");
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    world_t *world = *state;
    remove_folder(world->folder);
    refused_destroy(&world->refused);
    findings_free(&world->found);
    json_decref(world->rows);
    free(world);
    return 0;
}

static void add(world_t *world, bool csv, const char *json)
{
    json_t *record = json_loads(json, 0, NULL);
    assert_non_null(record);
    row_t row = {.line = ++world->line, .record = record};
    refused_add(world->refused, "lieux", csv, &row, &world->found);
    json_decref(record);
}

static void take_row(void *context, const row_t *row)
{
    world_t *world = context;
    assert_non_null(row->record);
    json_array_append_new(world->rows, refused_restore(row->record));
}

/* Writes, reads again, and gives the bytes. */
static char *write_and_read(world_t *world, bool json)
{
    err_t err = {0};
    char *bytes;
    size_t size;
    reading_t reading;
    assert_int_equal(refused_write(world->refused, world->path, &err), 0);
    assert_int_equal(reader_load(world->path, &bytes, &size, &err), 0);
    assert_true(refused_begins(bytes, size));
    assert_int_equal(reader_each(bytes, size, NULL, &reading, take_row, world, &err), 0);
    bool has_json;
    assert_true(refused_is(reading.columns, &has_json));
    assert_int_equal(has_json, json);
    reading_free(&reading);
    return bytes;
}

static void expect_row(const world_t *world, size_t index, const char *json)
{
    json_t *expected = json_loads(json, 0, NULL), *row = json_array_get(world->rows, index);
    if (!json_equal(expected, row)) {
        char *text = json_dumps(row, 0);
        fail_msg("row %zu is %s, not %s", index, text, json);
    }
    json_decref(expected);
}

static void rows_of_a_csv_come_back_as_they_were_read(void **state)
{
    world_t *world = *state;
    add(world, true, "{\"nom\": \"A \\\"b\\\"; c\\nd\", \"lon\": \"-4.5\", \"liste\": \"[1]\"}");
    add(world, true, "{\"nom\": \"'=x\", \"_id\": \"7\", \"lon\": \"\", \"liste\": \"+33 4\"}");
    char *bytes = write_and_read(world, false);
    assert_memory_equal(bytes, "\xef\xbb\xbf", 3);
    expect(bytes, "\"type | nom\";\"jardin | \";\"Non ; « jardin ». | Obligatoire.\"");
    expect(bytes, "\"'-4.5\"");
    expect_row(
        world, 0,
        "{\"nom\": \"A \\\"b\\\"; c\\nd\", \"lon\": \"-4.5\", \"liste\": \"[1]\", \"_id\": \"\"}");
    expect_row(world, 1, "{\"nom\": \"'=x\", \"_id\": \"7\", \"lon\": \"\", \"liste\": \"+33 4\"}");
    free(bytes);
}

static void rows_of_json_keep_what_is_nested(void **state)
{
    world_t *world = *state;
    add(world, false,
        "{\"nom\": \"[pas du JSON\", \"zones\": [\"DEP-42\"], \"lieu\": {\"lat\": 45.4}}");
    add(world, false, "{\"nom\": \"B\", \"prix\": 10.2, \"oui\": true, \"vide\": null}");
    free(write_and_read(world, true));
    expect_row(world, 0,
               "{\"nom\": \"[pas du JSON\", \"zones\": [\"DEP-42\"], \"lieu\": {\"lat\": 45.4}}");
    expect_row(world, 1, "{\"nom\": \"B\", \"prix\": \"10.2\", \"oui\": \"oui\"}");
}

/* A spreadsheet would take such names for formulas, too: they are guarded like values. */
static void columns_with_the_names_of_formulas_come_back(void **state)
{
    world_t *world = *state;
    add(world, false, "{\"@id\": \"7\", \"-x\": {\"a\": 1}, \"+infos\": \"A\"}");
    char *bytes = write_and_read(world, true);
    expect(bytes, "\"'@id\"");
    expect_row(world, 0, "{\"@id\": \"7\", \"-x\": {\"a\": 1}, \"+infos\": \"A\"}");
    free(bytes);
}

static void keep_row(void *context, const row_t *row)
{
    world_t *world = context;
    assert_non_null(row->problem);
    refused_add(world->refused, "lieux", true, row, &world->found);
}

static void a_row_with_too_many_cells_keeps_them_all(void **state)
{
    world_t *world = *state;
    static const char CSV[] = "nom,ville\nÉcole, Feurs,42110,x\n";
    err_t err = {0};
    reading_t reading;
    assert_int_equal(reader_each(CSV, strlen(CSV), NULL, &reading, keep_row, world, &err), 0);
    reading_free(&reading);
    free(write_and_read(world, false));
    expect_row(world, 0,
               "{\"nom\": \"École\", \"ville\": \"Feurs\", \"_case 3\": \"42110\", "
               "\"_case 4\": \"x\"}");
}

static void a_row_that_could_not_be_read_has_its_line_and_reason(void **state)
{
    world_t *world = *state;
    row_t row = {.line = 12, .problem = "Illisible."};
    add(world, true, "{\"nom\": \"A\"}");
    refused_add(world->refused, "lieux", true, &row, &world->found);
    char *bytes = write_and_read(world, false);
    expect(bytes, "\n\"\";\"12\";");
    assert_int_equal(refused_count(world->refused), 2);
    free(bytes);
}

static void a_file_that_is_there_is_never_overwritten(void **state)
{
    world_t *world = *state;
    char input[96];
    err_t err = {0};
    add(world, true, "{\"nom\": \"A\"}");
    snprintf(input, sizeof input, "%s/x", world->folder);
    char *path = refused_path(input);
    assert_string_equal(path, world->path);
    free(path);
    assert_int_equal(refused_write(world->refused, world->path, &err), 0);
    assert_int_equal(refused_write(world->refused, world->path, &err), -1);
    assert_int_equal(err.action, ERR_REJECT);
    const char *const inputs[] = {input, world->path}; /* what was mended in part goes on */
    for (size_t i = 0; i < 2; i++) {
        path = refused_path(inputs[i]);
        expect(path, "/x.refused-2.csv");
        free(path);
    }
}

/* --- territory --- */

static void a_content_lies_where_its_commune_postcode_or_zones_say(void **state)
{
    (void)state;
    static const struct {
        const char *territory, *content;
        within_t expected;
    } CASES[] = {
        {"DEP-42", "{\"code_insee\": \"COM-42218\"}", WITHIN_INSIDE},
        {"DEP-42", "{\"code_insee\": \"COM-69123\", \"zone_intervention\": [\"DEP-42\"]}",
         WITHIN_OUTSIDE},
        {"DEP-42", "{\"lieu\": {\"code_insee\": \"COM-42218\"}}", WITHIN_INSIDE},
        {"DEP-69", "{\"code_insee\": \"COM-69381\"}", WITHIN_INSIDE}, /* an arrondissement */
        {"DEP-42", "{\"code_postal\": \"42300\"}", WITHIN_INSIDE},
        {"DEP-42", "{\"code_postal\": \"69001\"}", WITHIN_OUTSIDE},
        {"COM-42218", "{\"code_postal\": \"42000\"}", WITHIN_UNKNOWN},
        {"DEP-42", "{\"zone_intervention\": [\"DEP-69\", \"DEP-42\"]}", WITHIN_INSIDE},
        {"DEP-42", "{\"zone_intervention\": [\"REG-84\"]}", WITHIN_OUTSIDE},
        {"REG-84", "{\"zone_intervention\": [\"DEP-42\"]}", WITHIN_INSIDE},
        {"REG-84", "{\"territoire\": \"DEP-75\"}", WITHIN_OUTSIDE},
        {"COM-42218", "{\"territoire\": \"DEP-42\"}", WITHIN_OUTSIDE},
        {"EPCI-244200770", "{\"code_insee\": \"COM-42218\"}", WITHIN_INSIDE},
        {"EPCI-244200770", "{\"code_insee\": \"COM-69123\"}", WITHIN_OUTSIDE},
        {"DEP-42", "{\"code_insee\": \"COM-99999\"}", WITHIN_UNKNOWN},
        {"DEP-42", "{}", WITHIN_UNKNOWN},
    };
    geo_t *geo = load_france();
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        json_t *content = json_loads(CASES[i].content, 0, NULL);
        within_t place = within(geo, CASES[i].territory, content);
        if (place != CASES[i].expected)
            fail_msg("%s in %s: %d", CASES[i].content, CASES[i].territory, (int)place);
        json_decref(content);
    }
    geo_destroy(&geo);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(rows_of_a_csv_come_back_as_they_were_read),
        TEST(rows_of_json_keep_what_is_nested),
        TEST(columns_with_the_names_of_formulas_come_back),
        TEST(a_row_with_too_many_cells_keeps_them_all),
        TEST(a_row_that_could_not_be_read_has_its_line_and_reason),
        TEST(a_file_that_is_there_is_never_overwritten),
        cmocka_unit_test(a_content_lies_where_its_commune_postcode_or_zones_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
