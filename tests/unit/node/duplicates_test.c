/* The command, on a store of its own: what it prints of what it read. */
#include "store_world.h"

#include "command.h"
#include "texts.h"

typedef struct tool {
    world_t *store;
    char config[FILE_PATH_SIZE];
    char *printed, *said; /* by the last command: standard output, standard error */
} tool_t;

static int start(void **state)
{
    tool_t *tool = calloc(1, sizeof *tool);
    assert_non_null(tool);
    set_up((void **)&tool->store);
    char config[1024];
    snprintf(config, sizeof config,
             "node: {name: loire, role: hub, territory: DEP-42, title: Hub IA Loire}\n"
             "store: %s\nkey: loire.key\nmembers: members\nschemas: \"" SOURCE_DIR "/schemas\"\n",
             tool->store->folder);
    new_file(tool->config, config);
    *state = tool;
    return 0;
}

static int end(void **state)
{
    tool_t *tool = *state;
    remove(tool->config);
    free(tool->printed);
    free(tool->said);
    int rc = tear_down((void **)&tool->store);
    free(tool);
    return rc;
}

/* The exit code of `maillage duplicates` with at most two more words. */
static int run(tool_t *tool, const char *first, const char *second)
{
    char *words[] = {(char *)"maillage", (char *)"--config", tool->config, (char *)"duplicates",
                     (char *)first,      (char *)second,     NULL};
    return command_run(first ? second ? 6 : 5 : 4, words, &tool->printed, &tool->said);
}

#define PLACE                                                                                      \
    "\"type\": \"lieu_accompagnement\", \"commune\": \"Roanne\", \"code_postal\": \"42300\""

static void put_twins(tool_t *tool)
{
    put(tool->store, "loire", "organisation", "a",
        "{\"nom\": \"Médiathèque\", \"adresse\": \"30 avenue de Paris\", " PLACE "}");
    put(tool->store, "rhone", "organisation", "b",
        "{\"nom\": \"MEDIATHEQUE DE ROANNE\", \"adresse\": \"30 av. de Paris\", " PLACE "}");
    put(tool->store, "loire", "organisation", "c",
        "{\"nom\": \"Open Factory\", \"adresse\": \"1 rue Neuve\", " PLACE "}");
    put(tool->store, "loire", "organisation", "d",
        "{\"nom\": \"Médiathèque\", \"type\": \"lieu_accompagnement\"}");
}

static void twins_are_told_with_their_score_and_reasons(void **state)
{
    tool_t *tool = *state;
    put_twins(tool);
    assert_int_equal(run(tool, NULL, NULL), EXIT_DONE);
    expect(tool->printed, "75");
    expect(tool->printed, "loire/a");
    expect(tool->printed, "rhone/b");
    expect(tool->printed, "nom +50, rue +25");
    expect_not(tool->printed, "loire/c");
    expect(tool->said, "Rien n'est fusionné");
    expect(tool->said, "1 fiche sans commune connue");
}

static void programs_get_the_same_as_json(void **state)
{
    tool_t *tool = *state;
    put_twins(tool);
    assert_int_equal(run(tool, "organisation", "--json"), EXIT_DONE);
    json_t *answer = json_loads(tool->printed, 0, NULL);
    assert_non_null(answer);
    assert_int_equal(json_integer_value(json_object_get(answer, "compared")), 3);
    assert_int_equal(json_integer_value(json_object_get(answer, "without_commune")), 1);
    const json_t *pairs = json_object_get(answer, "duplicates");
    assert_int_equal(json_array_size(pairs), 1);
    const json_t *pair = json_array_get(pairs, 0);
    assert_int_equal(json_integer_value(json_object_get(pair, "score")), 75);
    assert_true(json_is_null(json_object_get(pair, "metres")));
    assert_int_equal(json_array_size(json_object_get(pair, "reasons")), 2);
    const json_t *second = json_array_get(json_object_get(pair, "records"), 1);
    assert_string_equal(json_string_value(json_object_get(second, "title")),
                        "MEDIATHEQUE DE ROANNE");
    json_decref(answer);
}

static void one_hub_alone_has_only_its_own(void **state)
{
    tool_t *tool = *state;
    put_twins(tool);
    assert_int_equal(run(tool, "--hub", "loire"), EXIT_DONE);
    assert_string_equal(tool->printed, "");
    expect(tool->said, "aucun doublon");
}

static void a_kind_without_places_is_a_misuse(void **state)
{
    tool_t *tool = *state;
    assert_int_equal(run(tool, "answer", NULL), EXIT_USAGE);
    expect(tool->said, "n'ont pas de commune");
    assert_int_equal(run(tool, "organisatoin", NULL), EXIT_USAGE);
    expect(tool->said, "organisation");
}

/* Then places are of one commune when they call it the same. */
static void without_a_geography_communes_are_compared_by_name(void **state)
{
    tool_t *tool = *state;
    put_twins(tool);
    setenv("MAILLAGE_GEO", P_tmpdir "/there is no such file", 1);
    int code = run(tool, NULL, NULL);
    unsetenv("MAILLAGE_GEO");
    assert_int_equal(code, EXIT_DONE);
    expect(tool->printed, "rhone/b");
    expect(tool->said, "config/geo/build");
}

/* More than a page of the catalogue, each place with its twin. */
static void all_pages_are_read(void **state)
{
    tool_t *tool = *state;
    assert_int_equal(database_begin(tool->store->db, &tool->store->err), 0);
    for (int i = 0; i < 250; i++)
        for (int twin = 0; twin < 2; twin++) {
            char id[32], json[256];
            snprintf(id, sizeof id, "p%d-%d", i, twin);
            snprintf(json, sizeof json,
                     "{\"nom\": \"lieu%d\", \"adresse\": \"%d rue Neuve\", " PLACE "}", i, i);
            change(tool->store, "loire", "organisation", id, json);
        }
    assert_int_equal(database_commit(tool->store->db, &tool->store->err), 0);
    assert_int_equal(run(tool, NULL, NULL), EXIT_DONE);
    expect(tool->said, "250 doublons probables parmi 500 fiches");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(twins_are_told_with_their_score_and_reasons),
        TEST(programs_get_the_same_as_json),
        TEST(one_hub_alone_has_only_its_own),
        TEST(a_kind_without_places_is_a_misuse),
        TEST(without_a_geography_communes_are_compared_by_name),
        TEST(all_pages_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
