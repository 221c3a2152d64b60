#include "node/cli/cli.h"

#include "node/import/cell.h"
#include "schemas/body.h"

#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One form of export: what stands before, for each record, and after. */
typedef struct writer writer_t;
struct writer {
    const char *format;
    void (*begin)(writer_t *self);
    int (*record)(writer_t *self, const entry_t *entry, err_t *err);
    void (*end)(writer_t *self);
    const cli_t *cli;
    const kind_t *kind;
    columns_t columns; /* CSV */
    size_t count;
};

/* --- JSON: an array, one envelope a line --- */

static void begin_json(writer_t *self)
{
    (void)self;
    fputs("[", stdout);
}

static int write_json(writer_t *self, const entry_t *entry, err_t *err)
{
    json_t *envelope = cli_envelope(self->cli, entry, err);
    if (!envelope)
        return -1;
    fputs(self->count ? ",\n" : "\n", stdout);
    json_dumpf(envelope, stdout, JSON_COMPACT | JSON_REAL_PRECISION(BODY_DIGITS));
    json_decref(envelope);
    return 0;
}

static void end_json(writer_t *self)
{
    (void)self;
    fputs("\n]\n", stdout);
}

/* --- CSV: hub and id, then the columns of the kind --- */

static void write_cell(const char *bytes, size_t size, const char *before)
{
    fputs(before, stdout);
    csv_fwrite(stdout, bytes, size);
}

static void begin_csv(writer_t *self)
{
    if (self->cli->options.bom)
        fputs("\xef\xbb\xbf", stdout);
    columns_of(self->kind, &self->columns);
    write_cell("hub", 3, "");
    write_cell("id", 2, ",");
    for (size_t i = 0; i < self->columns.count; i++)
        write_cell(self->columns.list[i].path, strlen(self->columns.list[i].path), ",");
    fputs("\r\n", stdout);
}

static int write_csv(writer_t *self, const entry_t *entry, err_t *err)
{
    json_t *body = body_decode(self->kind, entry->body, entry->body_size, err);
    if (!body)
        return -1;
    text_t cell;
    text_init(&cell, CELL_MAX_SIZE);
    write_cell(entry->hub, strlen(entry->hub), "");
    write_cell(entry->id, strlen(entry->id), ",");
    for (size_t i = 0; i < self->columns.count; i++) {
        text_clear(&cell);
        cell_write(&cell, self->kind, &self->columns.list[i], body);
        write_cell(cell.data, cell.size, ",");
    }
    fputs("\r\n", stdout);
    text_free(&cell);
    json_decref(body);
    return 0;
}

static void end_csv(writer_t *self)
{
    columns_free(&self->columns);
}

static const writer_t WRITERS[] = {
    {.format = "json", .begin = begin_json, .record = write_json, .end = end_json},
    {.format = "csv", .begin = begin_csv, .record = write_csv, .end = end_csv},
};

static int choose_writer(const cli_t *cli, writer_t *writer)
{
    const char *format = cli->options.format ? cli->options.format : "json";
    for (size_t i = 0; i < sizeof WRITERS / sizeof *WRITERS; i++)
        if (strcmp(WRITERS[i].format, format) == 0) {
            *writer = WRITERS[i];
            return EXIT_DONE;
        }
    cli_say(
        "--format : json ou csv, pas « %s ». L'agenda et la carte s'exportent depuis le portail.",
        format);
    return EXIT_USAGE;
}

/* Page by page, so that memory does not grow with the number of records. A change in between may move a
 * record from one page to another: what must be exact is exported while nobody edits. */
static int write_pages(writer_t *writer, query_t *query, err_t *err)
{
    char *after = NULL;
    int rc = 0;
    do {
        page_t page = {0};
        query->after = after;
        rc = catalogue_list(writer->cli->catalogue, query, &page, err);
        free(after);
        after = NULL;
        if (rc)
            break;
        for (size_t i = 0; i < page.count && rc == 0; i++) {
            rc = writer->record(writer, &page.entries[i], err);
            writer->count++;
        }
        if (page.next)
            after = strdup(page.next);
        page_free(&page);
    } while (after && rc == 0);
    free(after);
    return rc;
}

int command_export(cli_t *cli)
{
    writer_t writer;
    int code = choose_writer(cli, &writer);
    code = code ? code : cli_open(cli, CLI_CATALOGUE);
    if (code)
        return code;
    writer.cli = cli;
    writer.kind = cli_kind(cli, cli->arguments[0]);
    if (!writer.kind)
        return EXIT_USAGE;
    query_t query = {.kind = writer.kind, .limit = QUERY_LIMIT_MAX};
    if (cli->options.hub) {
        query.filters[0] = (filter_t){.field = "hub", .codes = {cli->options.hub}, .count = 1};
        query.filter_count = 1;
    }
    err_t err = {0};
    writer.begin(&writer);
    int rc = write_pages(&writer, &query, &err);
    writer.end(&writer);
    return rc ? cli_fail(&err) : EXIT_DONE;
}
