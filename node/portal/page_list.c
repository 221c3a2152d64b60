#include "node/portal/pages.h"

#include "node/portal/directory.h"
#include "node/portal/facet.h"
#include "node/portal/format.h"
#include "node/portal/listing.h"
#include "node/portal/lookup.h"
#include "node/portal/signpost.h"
#include "node/portal/twin.h"
#include "node/portal/view.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 20
#define PAST "passes"  /* a parameter: what is over is shown too */
#define CHOICES_MAX 30 /* of one facet: the most frequent, and the chosen ones */

/* --- filters --- */

/* One value of a facet with the number of records that have it, over all hubs. */
typedef struct choice {
    const char *code; /* borrowed from the tallies */
    int64_t count;
    size_t rank; /* its place in the vocabulary; codes without one come last */
} choice_t;

typedef struct filters {
    site_t *site;
    const query_t *query;
    tallies_t tallies; /* of the kind, all fields */
    json_t *facets;
} filters_t;

static size_t rank_of(const field_t *field, const char *code)
{
    const field_t *of = field && field->type == FIELD_LIST ? field->fields : field;
    if (!of || !of->vocabulary)
        return 0;
    for (size_t i = 0; i < of->vocabulary->count; i++)
        if (!strcmp(of->vocabulary->terms[i].code, code))
            return i;
    return of->vocabulary->count;
}

static int by_count(const void *a, const void *b)
{
    int64_t x = ((const choice_t *)a)->count, y = ((const choice_t *)b)->count;
    return (x < y) - (x > y);
}

static int by_rank(const void *a, const void *b)
{
    size_t x = ((const choice_t *)a)->rank, y = ((const choice_t *)b)->rank;
    return x == y ? by_count(a, b) : (x > y) - (x < y);
}

static void add_choice(choice_t *choices, size_t *count, const choice_t *choice)
{
    for (size_t i = 0; i < *count; i++)
        if (!strcmp(choices[i].code, choice->code)) {
            choices[i].count += choice->count;
            return;
        }
    choices[(*count)++] = *choice;
}

/* A tally's code of the field, or of the hub itself: the hubs are the tallies of field "". */
static const char *tally_code(const tally_t *tally, const char *path)
{
    if (!strcmp(path, "hub"))
        return *tally->field ? NULL : tally->hub;
    return strcmp(tally->field, path) ? NULL : tally->code;
}

static choice_t *gather(const filters_t *self, const field_t *field, const char *path,
                        size_t *count)
{
    choice_t *choices = calloc(self->tallies.count + 1, sizeof *choices);
    assert(choices);
    *count = 0;
    for (size_t i = 0; i < self->tallies.count; i++) {
        const tally_t *tally = &self->tallies.list[i];
        const char *code = tally_code(tally, path);
        if (code && tally->count)
            add_choice(choices, count, &(choice_t){code, tally->count, rank_of(field, code)});
    }
    qsort(choices, *count, sizeof *choices, by_count);
    return choices;
}

static json_t *choice_view(const filters_t *self, const field_t *field, const char *path,
                           const choice_t *choice)
{
    text_t label, count;
    text_init(&label, 512);
    text_init(&count, 64);
    if (field)
        view_code(self->site, field, choice->code, &label);
    else
        text_add_string(&label, directory_name(self->site->directory, choice->code));
    format_number(&count, (double)choice->count, 0, "");
    json_t *view = json_object();
    json_object_set_new(view, "name", json_string(path));
    json_object_set_new(view, "code", json_string(choice->code));
    json_object_set_new(view, "choice", view_take(&label));
    json_object_set_new(view, "count", view_take(&count));
    json_object_set_new(view, "chosen",
                        json_boolean(listing_chosen(self->query, path, choice->code)));
    return view;
}

static void add_facet(void *context, const field_t *field, const char *path, const char *label)
{
    filters_t *self = context;
    size_t count, shown = 0;
    choice_t *choices = gather(self, field, path, &count);
    bool cut = count > CHOICES_MAX, open = false;
    for (size_t i = 0; i < count; i++) {
        bool chosen = listing_chosen(self->query, path, choices[i].code);
        open |= chosen;
        if (shown < CHOICES_MAX || chosen)
            choices[shown++] = choices[i];
    }
    qsort(choices, shown, sizeof *choices, by_rank);
    json_t *views = json_array();
    for (size_t i = 0; i < shown; i++)
        json_array_append_new(views, choice_view(self, field, path, &choices[i]));
    free(choices);
    bool useful = count > 1 || open;
    if (useful)
        json_array_append_new(self->facets, json_pack("{s:s, s:O, s:b, s:b}", "legend", label,
                                                      "choices", views, "open", open, "cut", cut));
    json_decref(views);
}

static int add_facets(site_t *site, const query_t *query, json_t *content, err_t *err)
{
    filters_t self = {.site = site, .query = query, .facets = json_array()};
    if (catalogue_counts(site->catalogue, NULL, query->kind->name, NULL, &self.tallies, err)) {
        json_decref(self.facets);
        return -1;
    }
    facet_each(query->kind, add_facet, &self);
    add_facet(&self, NULL, "hub", "Hub");
    tallies_free(&self.tallies);
    json_object_set_new(content, "has_facets", json_boolean(json_array_size(self.facets)));
    json_object_set_new(content, "facets", self.facets);
    return 0;
}

/* --- the list --- */

static json_t *rows_of(const site_t *site, const query_t *query, const page_t *page)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < page->count; i++)
        json_array_append_new(rows, view_row(site, query->kind, &page->entries[i]));
    return rows;
}

static void add_address(json_t *content, const char *name, const request_t *request,
                        const char *after)
{
    text_t address;
    text_init(&address, REQUEST_TARGET_MAX * 4);
    request_again(request, after, &address);
    json_object_set_new(content, name, view_take(&address));
}

static void add_page(json_t *content, const site_t *site, const request_t *request,
                     const query_t *query, const page_t *page)
{
    text_t total;
    text_init(&total, 128);
    format_count(&total, page->total, "fiche", "fiches");
    json_object_set_new(content, "total", view_take(&total));
    json_object_set_new(content, "rows", rows_of(site, query, page));
    json_object_set_new(content, "empty", json_boolean(!page->count));
    if (query->from)
        json_object_set_new(content, "upcoming", json_true());
    if (request_parameter(request, PAST))
        json_object_set_new(content, "past", json_true());
    if (page->next)
        add_address(content, "next", request, page->next);
    if (query->after)
        add_address(content, "first", request, NULL);
}

int page_list(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    const kind_t *kind = lookup_path(site->schema, request->captures[0]);
    if (!kind) {
        response_fail(response, 404, NULL);
        return 0;
    }
    query_t query;
    const size_t rows = ROWS;
    char today[FORMAT_DAY_START_SIZE];
    page_t page = {0};
    if (listing_read(request, kind, &rows, &query, err))
        return -1;
    if (!request_parameter(request, PAST))
        listing_skip_past(&query, site->now_ms, today);
    if (directory_refresh(site->directory, site->catalogue, site->schema, err)
        || catalogue_list(site->catalogue, &query, &page, err))
        return -1;
    bool searched = query.search && *query.search;
    json_t *content =
        json_pack("{s:s, s:s, s:s, s:b, s:b}", "title", kind->plural, "path", kind->path, "q",
                  searched ? query.search : "", "filtered", searched || query.filter_count > 0,
                  "filters_open", query.filter_count > 0);
    add_page(content, site, request, &query, &page);
    json_object_set_new(content, "twins", twin_views(request, kind));
    signpost_list(site, request, kind, page.next, content, response);
    page_free(&page);
    if (add_facets(site, &query, content, err)) {
        json_decref(content);
        return -1;
    }
    return site_page(site, "list", content, response, err);
}
