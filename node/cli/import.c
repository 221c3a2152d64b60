#include "node/cli/import_run.h"
#include "node/import/commune.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHOW_EVERY 64     /* rows */
#define MANY_LINES 50     /* a file of fewer is measured in bytes of its line */
#define NOTE_FILES_MAX 10 /* named in the history */
#define SOURCE_DIRECT "direct:"

size_t import_count(const import_run_t *run, outcome_t outcome)
{
    size_t count = 0;
    for (size_t i = 0; i < batch_count(run->batch); i++)
        count += run->outcomes[i] == (char)outcome;
    return count;
}

size_t import_refused(const import_run_t *run)
{
    return run->imported.unreadable + batch_refused(run->batch);
}

/* A node that ended before it answered may have recorded all of it; else it is nothing. */
int import_failed(import_run_t *run, const err_t *err)
{
    progress_clear();
    snprintf(run->error, sizeof run->error, "%s", err->text);
    int code = cli_fail(err);
    if (err->action == ERR_REJECT)
        cli_say("rien n'a été enregistré.");
    return code;
}

int import_refuses(import_run_t *run, const char *format, ...)
{
    va_list arguments;
    progress_clear();
    va_start(arguments, format);
    vsnprintf(run->error, sizeof run->error, format, arguments);
    va_end(arguments);
    cli_say("%s", run->error);
    return EXIT_REFUSED;
}

static int open_geo(import_run_t *run)
{
    err_t err = {0};
    bool needed = run->cli->options.only_territory;
    if (!needed && !(run->mapping && commune_completes(run->kind)))
        return EXIT_DONE;
    run->geo = geo_load(NULL, &err);
    if (!run->geo && needed)
        return import_refuses(run, "%s Sans elle, --only-territory ne peut pas choisir.", err.text);
    if (!run->geo)
        cli_say("%s Les communes ne sont pas cherchées.", err.text);
    return EXIT_DONE;
}

/* --- where it comes from: what the node keeps with the import --- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* "lieux.csv" for "lieux.csv.refused.csv": what was mended is of the same source. */
static void name_source(import_run_t *run)
{
    const char *name = base_name(run->mapping ? run->cli->options.mapping : run->file);
    const char *end = strstr(name, run->mapping ? ".yaml" : ".refused");
    int size = (int)(end && end > name ? (size_t)(end - name) : strlen(name));
    char source[512];
    snprintf(source, sizeof source, "%s%.*s", run->mapping ? "" : SOURCE_DIRECT, size, name);
    size_t kept = strnlen(source, sizeof run->provenance.source - 1);
    while (kept && source[kept] && ((unsigned char)source[kept] & 0xc0) == 0x80)
        kept--; /* not in the middle of a character */
    memcpy(run->provenance.source, source, kept);
    run->provenance.source[kept] = 0;
}

static json_t *file_names(const import_run_t *run)
{
    json_t *names = json_array();
    for (size_t i = 1; i < run->cli->argument_count && i <= NOTE_FILES_MAX; i++) {
        json_t *name = json_string(base_name(run->cli->arguments[i]));
        json_array_append_new(names, name ? name : json_string("?")); /* a name may be no UTF-8 */
    }
    return names;
}

static void write_note(import_run_t *run)
{
    const comparison_t *comparison = &run->comparison;
    double score = comparison->after >= 0 ? comparison->after : comparison->before;
    json_t *note = json_pack("{s:o, s:i, s:i, s:i, s:f}", "files", file_names(run), "rows",
                             (int)run->imported.rows, "refused", (int)import_refused(run), "warned",
                             (int)run->imported.warned, "score", score);
    assert(note);
    run->note = json_dumps(note, JSON_COMPACT | JSON_REAL_PRECISION(4));
    if (strlen(run->note) > CONTROL_NOTE_MAX) { /* very long names */
        free(run->note);
        json_object_del(note, "files");
        run->note = json_dumps(note, JSON_COMPACT | JSON_REAL_PRECISION(4));
    }
    json_decref(note);
    run->provenance.note = run->note;
    run->provenance.note_size = strlen(run->note);
}

/* --- reading --- */

static void show_row(void *context, const row_t *row)
{
    import_run_t *run = context;
    if (run->imported.rows % SHOW_EVERY)
        return;
    bool by_line = run->lines > MANY_LINES;
    progress_show(&run->progress, run->file, by_line ? row->line - 1 : row->column,
                  by_line ? run->lines : run->size + 1, run->imported.rows);
}

static void keep_refused(void *context, const char *name, const reading_t *reading,
                         const row_t *row, const findings_t *found)
{
    import_run_t *run = context;
    refused_add(run->refused, name, reading->csv, row, found);
}

static void count_skipped(void *context, const char *why)
{
    import_run_t *run = context;
    json_int_t before = json_integer_value(json_object_get(run->skipped, why));
    json_object_set_new(run->skipped, why, json_integer(before + 1));
}

static void say_reading(void *context, const char *name, const reading_t *reading)
{
    import_run_t *run = context;
    text_t words;
    text_init(&words, 1024);
    reading_describe(reading, &words);
    progress_clear();
    cli_say("%s : %s.", name, words.data);
    json_array_append_new(run->files, json_pack("{s:s, s:s}", "name", name, "read", words.data));
    text_free(&words);
}

static size_t count_lines(const char *bytes, size_t size)
{
    size_t lines = 1;
    for (const char *at = bytes; (at = memchr(at, '\n', size - (size_t)(at - bytes))); at++)
        lines++;
    return lines;
}

static int read_file(import_run_t *run, const char *path)
{
    err_t err = {0};
    char *bytes;
    run->file = path;
    if (reader_load(path, &bytes, &run->size, &err))
        return import_failed(run, &err);
    run->lines = count_lines(bytes, run->size);
    int code = import_open_returned(run, bytes, run->size);
    if (code) {
        free(bytes);
        return code;
    }
    import_task_t task = {
        .kind = run->kind,
        .mapping = run->mapping,
        .returned = run->returned,
        .geo = run->geo,
        .territory = run->cli->options.only_territory ? run->cli->settings.territory : NULL,
        .batch = run->batch,
        .watch = {run, show_row, keep_refused, count_skipped, say_reading}};
    const char *name = strcmp(path, "-") ? path : "entrée standard";
    int rc = import_file(&task, name, bytes, run->size, &run->imported, &run->findings, &err);
    free(bytes);
    return rc ? import_failed(run, &err) : EXIT_DONE;
}

static int read_files(import_run_t *run)
{
    int code = EXIT_DONE;
    for (size_t i = 1; i < run->cli->argument_count && !code; i++)
        code = read_file(run, run->cli->arguments[i]);
    progress_clear();
    return code;
}

/* --- sending --- */

static void show_sent(void *context, size_t sent)
{
    import_run_t *run = context;
    if (sent == batch_count(run->batch) && !run->cli->options.dry_run)
        import_enter(IMPORT_SAVING);
    progress_show(&run->progress, "envoi", sent, batch_count(run->batch), sent);
}

static int send_batch(import_run_t *run)
{
    size_t count = batch_count(run->batch);
    run->outcomes = calloc(count + 1, 1);
    assert(run->outcomes);
    if (count == 0)
        return EXIT_DONE;
    err_t err = {0};
    write_note(run);
    int rc = control_import(run->cli->control, &run->provenance, batch_changes(run->batch), count,
                            run->cli->options.dry_run, run->outcomes, show_sent, run, &err);
    progress_clear();
    if (rc)
        return import_failed(run, &err);
    if (!run->cli->options.dry_run)
        import_enter(IMPORT_SAVED);
    return EXIT_DONE;
}

static int import(import_run_t *run)
{
    const char *name = run->cli->options.mapping;
    import_enter(IMPORT_READING);
    int code = name ? import_open_mapping(run, name, &run->mapping) : EXIT_DONE;
    if (!code)
        code = open_geo(run);
    if (code)
        return code;
    run->file = run->cli->arguments[1];
    name_source(run);
    run->batch = batch_new(run->kind, run->cli->settings.name, run->today);
    import_watch_quality(run);
    code = read_files(run);
    if (!code)
        code = import_find_gone(run);
    if (!code)
        code = import_judge(run);
    if (!code)
        code = send_batch(run);
    if (!code)
        code = import_compare(run);
    if (code)
        return code;
    int wrote = import_write_refused(run);
    import_report(run);
    return import_refused(run) ? EXIT_REFUSED : wrote;
}

static void close_run(import_run_t *run)
{
    free(run->outcomes);
    free(run->note);
    free(run->refused_path);
    json_decref(run->files);
    json_decref(run->skipped);
    json_decref(run->gone);
    json_decref(run->gone_names);
    json_decref(run->comparison.lost);
    refused_destroy(&run->refused);
    ledger_destroy(&run->ledger);
    batch_destroy(&run->batch);
    import_close_returned(run);
    mapping_destroy(&run->mapping);
    geo_destroy(&run->geo);
    findings_free(&run->findings);
}

static int import_files(cli_t *cli)
{
    int code = cli_open(cli, CLI_OWN | CLI_SCHEMA);
    if (code)
        return code;
    import_run_t run = {.cli = cli,
                        .kind = cli_kind(cli, cli->arguments[0]),
                        .refused = refused_new(),
                        .files = json_array(),
                        .skipped = json_object(),
                        .gone = json_array(),
                        .gone_names = json_array(),
                        .comparison = {-1, -1, json_array()}};
    cli_today(run.today);
    code = !run.kind ? EXIT_USAGE : !cli_may_write(run.kind) ? EXIT_REFUSED : import(&run);
    if (code && cli->options.json && run.kind && !run.outcomes)
        import_print_error(&run);
    close_run(&run);
    return code;
}

int command_import(cli_t *cli)
{
    if (cli->options.history)
        return import_history(cli);
    if (cli->options.undo)
        return import_undo(cli);
    if (cli->argument_count < 2) {
        cli_say("il manque un argument : %s. « maillage help import » explique cette commande.",
                cli->argument_count ? "FICHIER" : "SORTE FICHIER");
        return EXIT_USAGE;
    }
    if (cli->options.explain)
        return command_explain(cli);
    return import_files(cli);
}
