/* The whole tool, as an operator uses it: cli_main with words, its exit code and what it printed, against a
 * real hub in its thread on a store of its own. */
#ifndef CLI_WORLD_H
#define CLI_WORLD_H

#include "broker/base/database.h"
#include "node/hub.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "command.h"
#include "files.h"
#include "texts.h"

typedef struct world {
    char folder[FOLDER_PATH_SIZE], config[96], input[96];
    char *printed, *said; /* by the last command: standard output, standard error */
    settings_t settings;
    schema_t *schema;
    zactor_t *actor;
} world_t;

/* --- running a command --- */

/* Runs `maillage` with these words (a NULL ends them) after --config; gives its exit code. */
static inline int run(world_t *world, ...)
{
    char *words[16] = {(char *)"maillage", (char *)"--config", world->config};
    int count = 3;
    va_list list;
    va_start(list, world);
    for (char *word; count < 15 && (word = va_arg(list, char *));)
        words[count++] = word;
    va_end(list);
    return command_run(count, words, &world->printed, &world->said);
}

static inline json_t *printed_json(const world_t *world)
{
    json_error_t error;
    json_t *json = json_loads(world->printed, 0, &error);
    if (!json)
        fail_msg("%s in: %s", error.text, world->printed);
    return json;
}

/* Writes a file that a command is to read. */
static inline char *give(world_t *world, const char *text)
{
    write_bytes(world->input, text, strlen(text));
    return world->input;
}

/* --- the world --- */

static inline void write_file(const world_t *world, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", world->folder, name);
    write_bytes(path, text, strlen(text));
}

static inline void make_key(world_t *world, const char *name, const char *role,
                            const char *territory)
{
    char keys[96], from[160], to[160];
    snprintf(keys, sizeof keys, "%s/keys", world->folder);
    int code = run(world, "keygen", name, "--role", role, "--out", keys,
                   territory ? "--territory" : NULL, territory, NULL);
    assert_int_equal(code, EXIT_DONE);
    snprintf(from, sizeof from, "%s/%s.pub", keys, name);
    snprintf(to, sizeof to, "%s/members/%s.pub", world->folder, name);
    assert_int_equal(rename(from, to), 0);
}

static inline int setup(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    zsys_handler_set(NULL);
    new_folder(world->folder);
    snprintf(world->config, sizeof world->config, "%s/loire.yaml", world->folder);
    snprintf(world->input, sizeof world->input, "%s/input", world->folder);
    char members[96];
    snprintf(members, sizeof members, "%s/members", world->folder);
    mkdir(members, 0700);
    make_key(world, "loire", "hub", "DEP-42");
    make_key(world, "national", "aggregator", NULL);
    write_file(world, "loire.yaml",
               "node: {name: loire, role: hub, territory: DEP-42, title: Hub IA Loire}\n"
               "store: store\nkey: keys/loire.key\nmembers: members\ntimers: {reconcile: 100ms}\n"
               "schemas: \"" SOURCE_DIR "/schemas\"\n");
    *state = world;
    return 0;
}

/* Starts the node that the configuration describes. */
static inline void start(world_t *world)
{
    findings_t findings = {0};
    err_t err = {0};
    assert_int_equal(settings_load(&world->settings, world->config, &findings), 0);
    world->schema = schema_load(world->settings.schemas, &findings);
    hub_t *hub = hub_new(&world->settings, world->schema, false, &findings, &err);
    if (!hub)
        fail_msg("%s", err.text);
    world->actor = zactor_new(hub_actor, hub);
}

static inline int setup_running(void **state)
{
    setup(state);
    start(*state);
    return 0;
}

static inline int teardown(void **state)
{
    world_t *world = *state;
    zactor_destroy(&world->actor);
    schema_destroy(&world->schema);
    settings_free(&world->settings);
    remove_folder(world->folder);
    free(world->printed);
    free(world->said);
    free(world);
    return 0;
}

/* Exports a kind in that form into world->input. */
static inline void export_to_input(world_t *world, const char *kind, const char *format)
{
    assert_int_equal(run(world, "export", kind, "--format", format, "--out", world->input, NULL),
                     EXIT_DONE);
    assert_string_equal(world->printed, "");
    expect(world->said, "exportée");
}

/* Imports world->input; how many rows it had, of which all must be the same as before. */
static inline int expect_same(world_t *world, const char *kind)
{
    int code = run(world, "import", kind, world->input, "--json", NULL);
    json_t *report = printed_json(world), *summary = json_object_get(report, "summary");
    int rows = (int)json_integer_value(json_object_get(report, "rows"));
    int same = (int)json_integer_value(json_object_get(summary, "same"));
    if (code != EXIT_DONE || same != rows)
        fail_msg("%d of %d are the same: %s", same, rows, world->printed);
    json_decref(report);
    return rows;
}

#endif
