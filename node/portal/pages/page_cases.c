/* The use cases: where in a company and in which sector others have tried, and what came of it. */
#include "node/portal/pages/pages.h"

#include "node/portal/lists/filters.h"
#include "node/portal/pages/list.h"
#include "node/portal/pages/sheet.h"
#include "node/portal/words/format.h"
#include "node/portal/words/sector.h"
#include "node/portal/words/view.h"
#include "schemas/body.h"

#include <string.h>

#define KIND "use_case"
#define ROWS 20
#define FUNCTION "fonction"
#define SECTOR "section"
#define SECTORS_MAX 24 /* as many sections as a nomenclature has, and some of another */

/* --- the matrix --- */

typedef struct sectors {
    const char *codes[SECTORS_MAX]; /* borrowed from the tallies */
    size_t count;
} sectors_t;

static int64_t count_of(const tallies_t *tallies, const char *field, const char *code)
{
    int64_t count = 0;
    for (size_t i = 0; i < tallies->count; i++)
        if (!strcmp(tallies->list[i].field, field)
            && (!code || !strcmp(tallies->list[i].code, code)))
            count += tallies->list[i].count;
    return count;
}

static void add_sector(sectors_t *sectors, const char *code)
{
    size_t at = 0;
    while (at < sectors->count && strcmp(sectors->codes[at], code) < 0)
        at++;
    if (sectors->count == SECTORS_MAX || (at < sectors->count && !strcmp(sectors->codes[at], code)))
        return;
    memmove(sectors->codes + at + 1, sectors->codes + at,
            (sectors->count - at) * sizeof *sectors->codes);
    sectors->codes[at] = code;
    sectors->count++;
}

static void find_sectors(const tallies_t *tallies, sectors_t *sectors)
{
    for (size_t i = 0; i < tallies->count; i++)
        if (!strcmp(tallies->list[i].field, SECTOR) && tallies->list[i].count
            && sector_is_section(tallies->list[i].code))
            add_sector(sectors, tallies->list[i].code);
}

static json_t *cell_of(const kind_t *kind, const term_t *function, const char *sector,
                       const json_t *label, int64_t count)
{
    text_t href, words;
    text_init(&href, 256);
    text_init(&words, 64);
    text_add_format(&href, "/%s?" FUNCTION "=", kind->path);
    request_encode(&href, function->code);
    text_add_string(&href, "&" SECTOR "=");
    request_encode(&href, sector);
    format_number(&words, (double)count, 0, "");
    return json_pack("{s:o, s:s, s:O, s:o, s:b}", "href", view_take(&href), "function",
                     function->label, "sector", label, "count", view_take(&words), "some",
                     count > 0);
}

#define FUNCTIONS_MAX 16

typedef struct matrix {
    const vocabulary_t *functions;
    size_t function_count;
    sectors_t sectors;
    int64_t counts[FUNCTIONS_MAX * SECTORS_MAX]; /* by function, then by sector */
} matrix_t;

static int64_t *cell_at(matrix_t *matrix, size_t function, size_t sector)
{
    return &matrix->counts[function * matrix->sectors.count + sector];
}

static int count_matrix(site_t *site, const kind_t *kind, matrix_t *matrix, err_t *err)
{
    filter_t functions = {.field = FUNCTION, .count = matrix->function_count};
    filter_t sectors = {.field = SECTOR, .count = matrix->sectors.count};
    for (size_t i = 0; i < functions.count; i++)
        functions.codes[i] = matrix->functions->terms[i].code;
    for (size_t i = 0; i < sectors.count; i++)
        sectors.codes[i] = matrix->sectors.codes[i];
    return catalogue_cross(site->catalogue, kind, &functions, &sectors, matrix->counts, err);
}

/* For narrow screens: a list of functions, each with the sectors that have something to tell. */
static json_t *lists_of(const matrix_t *matrix, const tallies_t *tallies)
{
    json_t *lists = json_array();
    for (size_t i = 0; i < matrix->function_count; i++) {
        const term_t *function = &matrix->functions->terms[i];
        text_t total;
        text_init(&total, 64);
        format_count(&total, count_of(tallies, FUNCTION, function->code), "histoire", "histoires");
        json_array_append_new(lists, json_pack("{s:s, s:s, s:o, s:[]}", "function", function->label,
                                               "code", function->code, "total", view_take(&total),
                                               "cells"));
    }
    return lists;
}

/* One line of the table; its cells also go to the lists by function. */
static void add_line(const site_t *site, const kind_t *kind, matrix_t *matrix, size_t sector,
                     json_t *lines, json_t *lists)
{
    text_t words;
    text_init(&words, 512);
    sector_label(site->schema, matrix->sectors.codes[sector], &words);
    json_t *label = view_take(&words), *cells = json_array();
    for (size_t i = 0; i < matrix->function_count; i++) {
        int64_t count = *cell_at(matrix, i, sector);
        json_t *cell = cell_of(kind, &matrix->functions->terms[i], matrix->sectors.codes[sector],
                               label, count);
        if (count)
            json_array_append(json_object_get(json_array_get(lists, i), "cells"), cell);
        json_array_append_new(cells, cell);
    }
    json_array_append_new(lines, json_pack("{s:o, s:o}", "label", label, "cells", cells));
}

static int add_matrix(site_t *site, const kind_t *kind, json_t *content, err_t *err)
{
    tallies_t tallies = {0};
    if (catalogue_kept(site->catalogue, &(query_t){.kind = kind}, &tallies, err))
        return -1;
    matrix_t matrix = {.functions = kind_field(kind, FUNCTION)->vocabulary};
    matrix.function_count =
        matrix.functions->count < FUNCTIONS_MAX ? matrix.functions->count : FUNCTIONS_MAX;
    find_sectors(&tallies, &matrix.sectors);
    json_t *lines = json_array(), *lists = lists_of(&matrix, &tallies);
    int rc = count_matrix(site, kind, &matrix, err);
    for (size_t i = 0; i < matrix.sectors.count && rc == 0; i++)
        add_line(site, kind, &matrix, i, lines, lists);
    json_object_set_new(content, "has_matrix", json_boolean(matrix.sectors.count));
    json_object_set_new(content, "lines", lines);
    json_object_set_new(content, "functions", lists);
    tallies_free(&tallies);
    return rc;
}

/* --- the list --- */

/* The verdict has a mark of its own: it is not said twice. */
static void mark_verdict(json_t *row, const char *words)
{
    json_t *tags = json_object_get(row, "tags");
    for (size_t i = json_array_size(tags); i; i--)
        if (!strcmp(json_string_value(json_array_get(tags, i - 1)), words))
            json_array_remove(tags, i - 1);
    json_object_set_new(row, "verdict", json_string(words));
}

static json_t *row_of(const asking_t *asking, const entry_t *entry)
{
    err_t unreadable; /* the row still leads to the page, which says so */
    const kind_t *kind = asking->query.kind;
    json_t *row = view_row(asking->site, kind, entry);
    json_t *body = body_decode(kind, entry->body, entry->body_size, &unreadable);
    const char *verdict = json_string_value(json_object_get(body, "concluant"));
    const field_t *field = kind_field(kind, "concluant");
    mark_verdict(row, verdict ? vocabulary_label(field->vocabulary, verdict) : "");
    sheet_add_language(row, kind, body);
    json_decref(body);
    return row;
}

static int fill(asking_t *asking, json_t *content, err_t *err)
{
    bool whole = !asking_asks(asking) && !asking->query.after;
    if ((whole && add_matrix(asking->site, asking->query.kind, content, err))
        || list_find(asking, content, err) || filters_add(asking, content, err))
        return -1;
    json_object_set_new(content, "rows", asking_rows(asking, row_of));
    return 0;
}

int page_cases(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    asking_t asking;
    json_t *content = json_pack("{s:s}", "title", "Ce que d'autres ont fait");
    int rc = list_open(&asking, site, request, KIND, ROWS, err);
    if (rc == 0)
        rc = fill(&asking, content, err);
    return list_answer(&asking, rc, "cases", content, response, err);
}
