#include "node/export/export.h"

#include "node/cli/cli.h"
#include "node/export/output.h"
#include "node/portal/words/format.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE (256 << 10)             /* bytes gathered before they are written */
#define CHUNK_MAX (CHUNK_SIZE + (8 << 20)) /* and one more record, however it swells */

typedef struct run {
    cli_t *cli;
    const kind_t *kind;
    geo_t *geo;         /* NULL: codes of communes stay codes */
    query_t conditions; /* which of its records */
    export_t *export;
    output_t *output;
    text_t chunk;
} run_t;

static const export_format_t *choose_format(const cli_t *cli, const kind_t *kind)
{
    const char *name = cli->options.format ? cli->options.format : "json";
    const export_format_t *format = export_find(name, kind);
    if (format)
        return format;
    text_t names;
    text_init(&names, 1024);
    export_names(kind, &names);
    cli_say("--format : %s pour des fiches de la sorte « %s », pas « %s ».", names.data, kind->name,
            name);
    text_free(&names);
    return NULL;
}

static int write_page(run_t *run, const page_t *page, err_t *err)
{
    for (size_t i = 0; i < page->count; i++) {
        if (export_record(run->export, &page->entries[i], &run->chunk, err))
            return -1;
        if (run->chunk.size >= CHUNK_SIZE && output_write(run->output, &run->chunk, err))
            return -1;
    }
    return 0;
}

/* Page by page, so that memory does not grow with the number of records. A change in between may move a
 * record from one page to another: what must be exact is exported while nobody edits. */
static int write_pages(run_t *run, query_t *query, err_t *err)
{
    char *after = NULL;
    int rc = 0;
    do {
        page_t page = {0};
        query->after = after;
        rc = catalogue_list(run->cli->catalogue, query, &page, err);
        free(after);
        after = NULL;
        if (rc)
            break;
        rc = write_page(run, &page, err);
        if (page.next)
            after = strdup(page.next);
        page_free(&page);
    } while (after && rc == 0);
    free(after);
    return rc;
}

static int write_all(run_t *run, err_t *err)
{
    query_t query = run->conditions;
    if (export_narrow(run->export, &query, err) || export_begin(run->export, &run->chunk, err)
        || write_pages(run, &query, err) || export_end(run->export, &run->chunk, err))
        return -1;
    if (output_write(run->output, &run->chunk, err))
        return -1;
    return output_commit(run->output, err);
}

/* What a harvester or an animateur has to know: on standard error, or with --json and --out, where
 * standard output is free, as JSON. */
static void report(const run_t *run)
{
    const options_t *options = &run->cli->options;
    size_t written = export_written(run->export), left_out = export_left_out(run->export);
    const findings_t *findings = export_findings(run->export);
    if (options->json && options->out) {
        cli_print_json(json_pack("{s:I, s:I, s:o}", "written", (json_int_t)written, "left_out",
                                 (json_int_t)left_out, "findings", cli_findings_json(findings)));
        return;
    }
    cli_say_findings(findings);
    text_t words;
    text_init(&words, 256);
    format_count(&words, (int64_t)written, "fiche exportée", "fiches exportées");
    if (left_out) {
        text_add_string(&words, ", ");
        format_count(&words, (int64_t)left_out, "laissée de côté", "laissées de côté");
    }
    if (left_out || options->out)
        cli_say("%s.", words.data);
    text_free(&words);
}

static int export_all(run_t *run)
{
    err_t err = {0};
    run->output = output_open(run->cli->options.out, &err);
    if (!run->output)
        return cli_fail(&err);
    text_init(&run->chunk, CHUNK_MAX);
    int code = write_all(run, &err) ? cli_fail(&err) : EXIT_DONE;
    if (code == EXIT_DONE)
        report(run);
    text_free(&run->chunk);
    output_close(&run->output);
    return code;
}

int command_export(cli_t *cli)
{
    int code = cli_open(cli, CLI_CATALOGUE);
    if (code)
        return code;
    run_t run = {.cli = cli, .kind = cli_kind(cli, cli->arguments[0])};
    const export_format_t *format = run.kind ? choose_format(cli, run.kind) : NULL;
    run.conditions = (query_t){.kind = run.kind, .limit = QUERY_LIMIT_MAX};
    if (!format || cli_conditions(cli, &run.conditions))
        return EXIT_USAGE;
    err_t unknown = {0};
    if (kind_field(run.kind, "code_insee"))
        run.geo = geo_load_codes(NULL, &unknown);
    run.export = export_new(format, run.kind, cli->options.bom);
    export_set_geo(run.export, run.geo);
    code = export_all(&run);
    export_destroy(&run.export);
    geo_destroy(&run.geo);
    return code;
}
