/* The formats that say all of a record, and the map. */
#include "export_world.h"

#include "node/export/output.h"
#include "node/import/cell.h"
#include "node/import/reader/reader.h"

#include <sys/stat.h>
#include <unistd.h>

#include "files.h"

#define HOSTILE                                                                                    \
    "{\"nom\": \"=HYPERLINK(1)\", \"type\": \"chambre\", \"description\": \"-deux\\nlignes, "      \
    "\\\"cit\\u00e9es\\\"\", \"zone_intervention\": [\"DEP-42\", \"DEP-2A\"], \"lat\": "           \
    "45.439695, "                                                                                  \
    "\"lon\": -4.387178, \"telephone\": \"+33477430400\", \"demo\": true}"

static json_t *parsed(const char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, 0, &error);
    if (!json)
        fail_msg("%s in %s", error.text, text);
    return json;
}

static void json_is_an_array_of_envelopes_also_when_there_is_none(void **state)
{
    world_t *world = *state;
    begin(world, "answer", "json");
    json_t *none = parsed(end(world));
    assert_int_equal(json_array_size(none), 0);
    json_decref(none);
    begin(world, "answer", "json");
    add(world, "un", "{\"question\": \"Un ?\", \"reponse\": \"Oui.\", \"demo\": true}");
    add(world, "deux", "{\"question\": \"Deux ?\", \"reponse\": \"Non.\"}");
    json_t *two = parsed(end(world)), *first = json_array_get(two, 0);
    assert_int_equal(json_array_size(two), 2);
    assert_string_equal(json_string_value(json_object_get(first, "changed")),
                        "2026-11-22T03:00:00.000Z");
    assert_true(json_is_true(json_object_get(json_object_get(first, "body"), "demo")));
    assert_int_equal(export_written(world->export), 2);
    json_decref(two);
}

/* A row of the export becomes a content again, as an import makes it. */
static void read_back(void *context, const row_t *row)
{
    world_t *world = context;
    json_t *content = json_object();
    const char *column;
    json_t *cell;
    json_object_foreach((json_t *)row->record, column, cell)
    {
        const field_t *field = path_field(world->kind, column);
        json_t *value = field ? cell_read(field, json_string_value(cell)) : NULL;
        if (value)
            path_set(world->kind, content, column, value);
    }
    text_t before, after;
    text_init(&before, BODY_MAX_SIZE);
    text_init(&after, BODY_MAX_SIZE);
    findings_t findings = {0};
    json_t *given = parsed(HOSTILE);
    assert_int_equal(body_encode(world->kind, given, &before, &findings), 0);
    assert_int_equal(body_encode(world->kind, content, &after, &findings), 0);
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, before.size);
    findings_free(&findings);
    json_decref(given);
    json_decref(content);
    text_free(&before);
    text_free(&after);
}

static void a_csv_runs_no_formula_and_reads_back_as_the_same(void **state)
{
    world_t *world = *state;
    begin(world, "organisation", "csv");
    add(world, "un", HOSTILE);
    const char *csv = end(world);
    expect(csv, "\"hub\",\"id\",\"nom\",");
    expect(csv, "\"'=HYPERLINK(1)\"");
    expect(csv, "\"'-deux\nlignes, \"\"citées\"\"\"");
    expect(csv, "\"'+33477430400\"");
    expect(csv, "\"-4.387178\"");
    reading_t reading = {0};
    int rc = reader_each(csv, strlen(csv), NULL, &reading, read_back, world, &world->err);
    reading_free(&reading);
    assert_int_equal(rc, 0);
}

static void a_place_on_the_map_has_degrees_and_one_without_has_null(void **state)
{
    world_t *world = *state;
    begin(world, "organisation", "geojson");
    add(world, "un", HOSTILE);
    add(world, "deux",
        "{\"nom\": \"Deux\", \"type\": \"ecole\", \"zone_intervention\": [\"DEP-42\"]}");
    const char *text = end(world);
    expect(text, "\"coordinates\":[-4.387178,45.439695]");
    expect(text, "\"geometry\":null");
    json_t *map = parsed(text), *list = json_object_get(map, "features");
    assert_string_equal(json_string_value(json_object_get(map, "type")), "FeatureCollection");
    json_t *first = json_object_get(json_array_get(list, 0), "properties");
    json_t *second = json_object_get(json_array_get(list, 1), "properties");
    assert_true(json_is_true(json_object_get(first, "demo")));
    assert_true(json_is_false(json_object_get(second, "demo")));
    assert_string_equal(json_string_value(json_object_get(second, "nom")), "Deux");
    json_decref(map);
}

static void the_place_of_an_event_lies_one_level_down(void **state)
{
    world_t *world = *state;
    begin(world, "event", "geojson");
    add(world, "un",
        "{\"uid\": \"un\", \"titre\": \"Un\", \"type\": \"atelier\", \"mode\": \"presentiel\", "
        "\"horaires\": [{\"debut\": \"2026-11-22T18:00:00+01:00\"}], \"lieu\": {\"nom\": \"Ici\", "
        "\"lon\": 4.4, \"lat\": 45.4}}");
    expect(end(world), "\"coordinates\":[4.4,45.4]");
}

static void each_kind_names_the_formats_that_fit_it(void **state)
{
    world_t *world = *state;
    static const struct {
        const char *kind, *names;
    } CASES[] = {
        {"answer", "json, csv ou atom"},
        {"event", "json, csv, ics, geojson ou atom"},
        {"organisation", "json, csv, geojson, atom ou lieux"},
        {"programme", "json, csv, atom ou aides"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const kind_t *kind = schema_kind(world->schema, CASES[i].kind);
        text_clear(&world->out);
        export_names(kind, &world->out);
        assert_string_equal(world->out.data, CASES[i].names);
    }
    assert_null(export_find("ics", schema_kind(world->schema, "organisation")));
}

static void a_text_that_is_full_ends_the_export_with_a_sentence(void **state)
{
    world_t *world = *state;
    begin(world, "answer", "json");
    text_free(&world->out);
    text_init(&world->out, 10);
    entry_t entry = {.hub = "loire", .kind = "answer", .id = "un"};
    uint8_t empty_map = 0x80;
    entry.body = &empty_map;
    entry.body_size = 1;
    assert_int_equal(export_record(world->export, &entry, &world->out, &world->err), -1);
    assert_int_equal(world->err.action, ERR_REJECT);
}

/* --- the file --- */

static void a_file_is_there_whole_or_as_it_was(void **state)
{
    world_t *world = *state;
    char folder[FOLDER_PATH_SIZE], path[FILE_PATH_SIZE];
    snprintf(path, sizeof path, "%s/lieux.csv", new_folder(folder));
    for (int i = 0; i < 2; i++) { /* the second time it is given up half way */
        output_t *output = output_open(path, &world->err);
        assert_non_null(output);
        text_add_string(&world->out, i ? "nouveau" : "ancien");
        assert_int_equal(output_write(output, &world->out, &world->err), 0);
        assert_int_equal(world->out.size, 0);
        if (i == 0)
            assert_int_equal(output_commit(output, &world->err), 0);
        output_close(&output);
        assert_null(output);
    }
    char *text = contents(path);
    assert_string_equal(text, "ancien");
    free(text);
    assert_int_equal(files_in(folder, ""), 1);
    remove_folder(folder);
}

static void a_folder_is_no_file_to_write(void **state)
{
    world_t *world = *state;
    assert_null(output_open(P_tmpdir, &world->err));
    assert_int_equal(world->err.action, ERR_REJECT);
    assert_null(output_open(P_tmpdir "/nowhere-at-all/lieux.csv", &world->err));
    assert_int_equal(world->err.action, ERR_REJECT);
}

static void a_full_disk_is_said(void **state)
{
    world_t *world = *state;
    output_t *output = output_open("/dev/full", &world->err);
    assert_null(output); /* no regular file: nothing can be renamed over it */
    assert_int_equal(world->err.action, ERR_REJECT);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(json_is_an_array_of_envelopes_also_when_there_is_none),
        TEST(a_csv_runs_no_formula_and_reads_back_as_the_same),
        TEST(a_place_on_the_map_has_degrees_and_one_without_has_null),
        TEST(the_place_of_an_event_lies_one_level_down),
        TEST(each_kind_names_the_formats_that_fit_it),
        TEST(a_text_that_is_full_ends_the_export_with_a_sentence),
        TEST(a_file_is_there_whole_or_as_it_was),
        TEST(a_folder_is_no_file_to_write),
        TEST(a_full_disk_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
