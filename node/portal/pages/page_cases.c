/* The use cases: where in a company and in which sector others have tried, and what came of it. */
#include "node/portal/pages/pages.h"

#include "node/portal/lists/listing.h"
#include "node/portal/lists/narrow.h"
#include "node/portal/pages/sheet.h"
#include "node/portal/programs/signpost.h"
#include "node/portal/programs/twin.h"
#include "node/portal/words/directory.h"
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

static const narrowing_t OF_A_HUB[] = {
    {FUNCTION, "Dans l'entreprise", ""},
    {SECTOR, "Secteur", ""},
    {"taille", "Taille de l'entreprise", ""},
    {"concluant", "Est-ce que ça a marché ?", ""},
    {"maturite", "Où en est le projet", ""},
    {"ai_act.classe", "Règlement européen sur l'IA", ""},
    {"hub", "Hub", ""},
    {NULL, NULL, NULL},
};
static const narrowing_t OF_THE_NATION[] = {
    {"hub", "Département", ""},
    {FUNCTION, "Dans l'entreprise", ""},
    {SECTOR, "Secteur", ""},
    {"taille", "Taille de l'entreprise", ""},
    {"concluant", "Est-ce que ça a marché ?", ""},
    {"maturite", "Où en est le projet", ""},
    {"ai_act.classe", "Règlement européen sur l'IA", ""},
    {NULL, NULL, NULL},
};

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

static int count_pair(site_t *site, const kind_t *kind, const char *function, const char *sector,
                      int64_t *count, err_t *err)
{
    query_t query = {.kind = kind, .limit = 1, .filter_count = 2};
    query.filters[0] = (filter_t){.field = FUNCTION, .codes = {function}, .count = 1};
    query.filters[1] = (filter_t){.field = SECTOR, .codes = {sector}, .count = 1};
    page_t page = {0};
    if (catalogue_list(site->catalogue, &query, &page, err))
        return -1;
    *count = page.total;
    page_free(&page);
    return 0;
}

/* How many stories of a function each sector has: in one question, unless there are too many to count at
 * once. */
static int count_column(site_t *site, const kind_t *kind, const char *function,
                        const sectors_t *sectors, int64_t *counts, err_t *err)
{
    query_t query = {.kind = kind, .limit = 1, .filter_count = 1, .narrowed = true};
    query.filters[0] = (filter_t){.field = FUNCTION, .codes = {function}, .count = 1};
    page_t page = {0};
    if (catalogue_list(site->catalogue, &query, &page, err))
        return -1;
    bool counted = page.narrowed.others;
    for (size_t i = 0; i < sectors->count && counted; i++)
        counts[i] = count_of(&page.narrowed.tallies, SECTOR, sectors->codes[i]);
    page_free(&page);
    for (size_t i = 0; i < sectors->count && !counted; i++)
        if (count_pair(site, kind, function, sectors->codes[i], &counts[i], err))
            return -1;
    return 0;
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
    int64_t counts[FUNCTIONS_MAX][SECTORS_MAX];
} matrix_t;

static int count_matrix(site_t *site, const kind_t *kind, const tallies_t *tallies,
                        matrix_t *matrix, err_t *err)
{
    for (size_t i = 0; i < matrix->function_count; i++) {
        const char *function = matrix->functions->terms[i].code;
        if (count_of(tallies, FUNCTION, function)
            && count_column(site, kind, function, &matrix->sectors, matrix->counts[i], err))
            return -1;
    }
    return 0;
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
static void add_line(const site_t *site, const kind_t *kind, const matrix_t *matrix, size_t sector,
                     json_t *lines, json_t *lists)
{
    text_t words;
    text_init(&words, 512);
    sector_label(site->schema, matrix->sectors.codes[sector], &words);
    json_t *label = view_take(&words), *cells = json_array();
    for (size_t i = 0; i < matrix->function_count; i++) {
        int64_t count = matrix->counts[i][sector];
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
    if (catalogue_counts(site->catalogue, NULL, KIND, NULL, &tallies, err))
        return -1;
    matrix_t matrix = {.functions = kind_field(kind, FUNCTION)->vocabulary};
    matrix.function_count =
        matrix.functions->count < FUNCTIONS_MAX ? matrix.functions->count : FUNCTIONS_MAX;
    find_sectors(&tallies, &matrix.sectors);
    json_t *lines = json_array(), *lists = lists_of(&matrix, &tallies);
    int rc = count_matrix(site, kind, &tallies, &matrix, err);
    for (size_t i = 0; i < matrix.sectors.count && rc == 0; i++)
        add_line(site, kind, &matrix, i, lines, lists);
    json_object_set_new(content, "has_matrix", json_boolean(matrix.sectors.count));
    json_object_set_new(content, "lines", lines);
    json_object_set_new(content, "functions", lists);
    tallies_free(&tallies);
    return rc;
}

/* --- the list --- */

static json_t *row_of(const site_t *site, const kind_t *kind, const entry_t *entry)
{
    err_t unreadable;
    json_t *row = view_row(site, kind, entry);
    json_t *body = body_decode(kind, entry->body, entry->body_size, &unreadable);
    const char *verdict = json_string_value(json_object_get(body, "concluant"));
    const field_t *field = kind_field(kind, "concluant");
    json_object_set_new(row, "verdict",
                        json_string(verdict ? vocabulary_label(field->vocabulary, verdict) : ""));
    sheet_add_language(row, kind, body);
    json_decref(body);
    return row;
}

static void add_address(json_t *content, const char *name, const request_t *request,
                        const char *after)
{
    text_t again;
    text_init(&again, REQUEST_TARGET_MAX * 4);
    request_again(request, after, &again);
    json_object_set_new(content, name, view_take(&again));
}

static int add_list(site_t *site, const request_t *request, const query_t *query, json_t *content,
                    response_t *response, err_t *err)
{
    page_t page = {0};
    if (catalogue_list(site->catalogue, query, &page, err))
        return -1;
    json_t *rows = json_array();
    for (size_t i = 0; i < page.count; i++)
        json_array_append_new(rows, row_of(site, query->kind, &page.entries[i]));
    text_t total;
    text_init(&total, 64);
    format_count(&total, page.total, "histoire", "histoires");
    json_object_set_new(content, "total", view_take(&total));
    json_object_set_new(content, "empty", json_boolean(!page.count));
    json_object_set_new(content, "rows", rows);
    if (page.next)
        add_address(content, "next", request, page.next);
    if (query->after)
        add_address(content, "first", request, NULL);
    signpost_list(site, request, query->kind, page.next, content, response);
    page_free(&page);
    return 0;
}

int page_cases(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    const kind_t *kind = schema_kind(site->schema, KIND);
    if (!kind) {
        response_fail(response, 404, NULL);
        return 0;
    }
    query_t query;
    const size_t limit = ROWS;
    if (listing_read(request, kind, &limit, &query, err)
        || directory_refresh(site->directory, site->catalogue, site->schema, err))
        return -1;
    bool asked = query.filter_count || query.after || (query.search && *query.search);
    bool nation = site->settings->role == MEMBER_AGGREGATOR;
    json_t *content = json_pack("{s:s, s:s, s:b, s:o}", "title", "Ce que d'autres ont fait", "path",
                                kind->path, "asked", asked, "twins", twin_views(request, kind));
    if ((!asked && add_matrix(site, kind, content, err))
        || add_list(site, request, &query, content, response, err)
        || narrow_add(site, &query, nation ? OF_THE_NATION : OF_A_HUB, content, err)) {
        json_decref(content);
        return -1;
    }
    return site_page(site, "cases", content, response, err);
}
