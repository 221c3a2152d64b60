#include "node/import/import.h"

#include "node/cli/cli.h"
#include "node/cli/progress.h"
#include "node/import/reader.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One run of the command: what came in, and what became of it. */
typedef struct run {
    cli_t *cli;
    const kind_t *kind;
    mapping_t *mapping;
    geo_t *geo; /* NULL: no commune is looked for */
    batch_t *batch;
    imported_t imported;
    findings_t findings;
    char *outcomes; /* one for each change of the batch */
} run_t;

/* --- which mapping: a file, or a name to be looked for beside the configuration --- */

static char *path_of(const char *folder, size_t size, const char *rest, const char *name)
{
    char *path;
    int length = asprintf(&path, "%.*s%s%s.yaml", (int)size, folder, rest, name);
    assert(length > 0);
    return path;
}

/* Gives the path of a mapping, which may not exist. MAILLAGE_IMPORTS names a folder; else it is the
 * "imports" beside the configuration, or one folder further up, where ours lies. */
static char *find_mapping(const cli_t *cli, const char *name)
{
    if (strchr(name, '/') || strstr(name, ".yaml"))
        return strdup(name);
    const char *folder = getenv("MAILLAGE_IMPORTS");
    if (folder && *folder)
        return path_of(folder, strlen(folder), "/", name);
    const char *config = cli->options.config ? cli->options.config : getenv("MAILLAGE_CONFIG");
    const char *slash = strrchr(config, '/');
    size_t size = slash ? (size_t)(slash - config) + 1 : 0;
    char *beside = path_of(config, size, "imports/", name);
    if (access(beside, R_OK) == 0)
        return beside;
    free(beside);
    return path_of(config, size, "../imports/", name);
}

static void open_geo(run_t *run)
{
    err_t err = {0};
    run->geo = geo_load(NULL, &err);
    if (!run->geo)
        cli_say("%s Les communes ne sont pas cherchées.", err.text);
}

static int open_mapping(run_t *run)
{
    const char *name = run->cli->options.mapping;
    if (!name)
        return EXIT_DONE;
    char *path = find_mapping(run->cli, name);
    assert(path);
    run->mapping = mapping_load(run->cli->schema, path, &run->findings);
    cli_say_findings(&run->findings);
    free(path);
    if (!run->mapping)
        return EXIT_REFUSED;
    if (mapping_kind(run->mapping) == run->kind) {
        open_geo(run);
        return EXIT_DONE;
    }
    cli_say("la correspondance « %s » est pour des fiches de la sorte « %s », pas « %s ».", name,
            mapping_kind(run->mapping)->name, run->kind->name);
    return EXIT_REFUSED;
}

/* --- reading and sending --- */

/* A node that ended before it answered may have recorded all of it; else it is nothing. */
static int failed(const err_t *err)
{
    progress_clear();
    int code = cli_fail(err);
    if (err->action == ERR_REJECT)
        cli_say("rien n'a été enregistré.");
    return code;
}

static int read_file(run_t *run, const char *path)
{
    err_t err = {0};
    char *bytes;
    size_t size;
    if (reader_load(path, &bytes, &size, &err))
        return failed(&err);
    int rc = import_rows(path, bytes, size, run->kind, run->mapping, run->geo, run->batch,
                         &run->imported, &run->findings, &err);
    free(bytes);
    return rc ? failed(&err) : EXIT_DONE;
}

static int read_files(run_t *run)
{
    size_t files = run->cli->argument_count - 1;
    int code = EXIT_DONE;
    for (size_t i = 0; i < files && !code; i++) {
        progress_show("lecture", i, files);
        code = read_file(run, run->cli->arguments[i + 1]);
    }
    return code;
}

static void show_sent(void *context, size_t sent)
{
    const run_t *run = context;
    progress_show("envoi", sent, batch_count(run->batch));
}

static int send_batch(run_t *run)
{
    size_t count = batch_count(run->batch);
    run->outcomes = calloc(count + 1, 1);
    assert(run->outcomes);
    if (count == 0)
        return EXIT_DONE;
    int code = cli_open(run->cli, CLI_CONTROL);
    if (code)
        return code;
    err_t err = {0};
    if (control_change(run->cli->control, batch_changes(run->batch), count,
                       run->cli->options.dry_run, run->outcomes, show_sent, run, &err))
        return failed(&err);
    return EXIT_DONE;
}

/* --- the report --- */

static size_t count_of(const run_t *run, outcome_t outcome)
{
    size_t count = 0;
    for (size_t i = 0; i < batch_count(run->batch); i++)
        count += run->outcomes[i] == (char)outcome;
    return count;
}

static size_t refused(const run_t *run)
{
    return run->imported.unreadable + batch_refused(run->batch);
}

static json_t *records_json(const run_t *run)
{
    json_t *records = json_array();
    for (size_t i = 0; i < batch_count(run->batch); i++) {
        const char *outcome = run->outcomes[i] == OUTCOME_NEW       ? "new"
                              : run->outcomes[i] == OUTCOME_CHANGED ? "changed"
                                                                    : "same";
        json_array_append_new(records,
                              json_pack("{s:s, s:s, s:s}", "where", batch_where(run->batch, i),
                                        "id", batch_changes(run->batch)[i].id, "outcome", outcome));
    }
    return records;
}

typedef struct result {
    const char *name, *one, *many; /* in JSON; in French, of records */
    size_t count;
} result_t;
#define RESULTS 6

static void count_results(const run_t *run, result_t results[RESULTS])
{
    const result_t all[RESULTS] = {
        {"new", "nouvelle", "nouvelles", count_of(run, OUTCOME_NEW)},
        {"changed", "modifiée", "modifiées", count_of(run, OUTCOME_CHANGED)},
        {"same", "identique", "identiques", count_of(run, OUTCOME_SAME)},
        {"repeated", "répétée", "répétées", batch_repeated(run->batch)},
        {"refused", "refusée", "refusées", refused(run)},
        {"warned", "à vérifier", "à vérifier", run->imported.warned},
    };
    memcpy(results, all, sizeof all);
}

static void print_report(const run_t *run, const result_t results[RESULTS])
{
    json_t *summary = json_object();
    for (size_t i = 0; i < RESULTS; i++)
        json_object_set_new(summary, results[i].name, json_integer((json_int_t)results[i].count));
    cli_print_json(json_pack("{s:b, s:i, s:o, s:o, s:o}", "dry_run", run->cli->options.dry_run,
                             "rows", (int)run->imported.rows, "summary", summary, "records",
                             records_json(run), "findings", cli_findings_json(&run->findings)));
}

/* "Acteurs : 13 fiches lues, 12 nouvelles, 1 refusée." after the findings, so that it is seen. */
static void say_report(const run_t *run, const result_t results[RESULTS])
{
    size_t rows = run->imported.rows;
    cli_say_findings(&run->findings);
    printf("%s : %zu fiche%s lue%s", run->kind->plural, rows, rows < 2 ? "" : "s",
           rows < 2 ? "" : "s");
    for (size_t i = 0; i < RESULTS; i++)
        if (results[i].count)
            printf(", %zu %s", results[i].count,
                   results[i].count < 2 ? results[i].one : results[i].many);
    puts(".");
    fflush(stdout); /* before the words that follow, wherever both go */
    if (refused(run))
        cli_say("corrigez ce qui est refusé, puis importez de nouveau : le reste sera identique.");
}

static void report(const run_t *run)
{
    result_t results[RESULTS];
    count_results(run, results);
    if (run->cli->options.json)
        print_report(run, results);
    else
        say_report(run, results);
    if (run->cli->options.dry_run)
        cli_say("rien n'a été enregistré : c'était un essai.");
}

static int import(run_t *run)
{
    int code = open_mapping(run);
    if (code)
        return code;
    char today[CLI_DATE_SIZE];
    cli_today(today);
    run->batch = batch_new(run->kind, run->cli->settings.name, today);
    code = read_files(run);
    if (code)
        return code;
    code = send_batch(run);
    progress_clear();
    if (code)
        return code;
    report(run);
    return refused(run) ? EXIT_REFUSED : EXIT_DONE;
}

int command_import(cli_t *cli)
{
    int code = cli_open(cli, CLI_OWN | CLI_SCHEMA);
    if (code)
        return code;
    run_t run = {.cli = cli, .kind = cli_kind(cli, cli->arguments[0])};
    if (!run.kind)
        return EXIT_USAGE;
    code = import(&run);
    free(run.outcomes);
    batch_destroy(&run.batch);
    mapping_destroy(&run.mapping);
    geo_destroy(&run.geo);
    findings_free(&run.findings);
    return code;
}
