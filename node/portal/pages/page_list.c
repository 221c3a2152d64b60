#include "node/portal/pages/pages.h"

#include "node/portal/lists/asking.h"
#include "node/portal/lists/detour.h"
#include "node/portal/lists/facet.h"
#include "node/portal/lists/filters.h"
#include "node/portal/lists/listing.h"
#include "node/portal/lists/lookup.h"
#include "node/portal/lists/map.h"
#include "node/portal/lists/near.h"
#include "node/portal/pages/facts.h"
#include "node/portal/programs/signpost.h"
#include "node/portal/programs/twin.h"
#include "node/portal/words/departments.h"
#include "node/portal/words/directory.h"
#include "node/portal/words/format.h"
#include "node/portal/words/territory.h"
#include "node/portal/words/view.h"
#include "schemas/body.h"

#include <stdlib.h>
#include <string.h>

#define ROWS 20
#define PAST "passes" /* a parameter: what is over is shown too */
#define COMMUNE "code_insee"

/* What a list is for, in a sentence. */
static const struct {
    const char *kind, *lead;
} LEADS[] = {
    {"provider", "Qui peut aider votre entreprise à se servir de l'IA."},
    {"organisation", "À qui s'adresser près de chez vous, pour être conseillé ou formé."},
};

static const char *lead_of(const kind_t *kind)
{
    for (size_t i = 0; i < sizeof LEADS / sizeof *LEADS; i++)
        if (!strcmp(LEADS[i].kind, kind->name))
            return LEADS[i].lead;
    return "";
}

/* --- rows --- */

/* The town in a body: its name as it stands there, else that of its code. */
static void add_town(const site_t *site, const json_t *body, text_t *out)
{
    const json_t *place = json_object_get(body, "lieu");
    place = json_is_object(place) ? place : body;
    const char *name = json_string_value(json_object_get(place, "commune"));
    const char *code = json_string_value(json_object_get(place, COMMUNE));
    if (code && !strncmp(code, "COM-", 4) && near_commune(site->geo, code))
        text_add_string(out, near_commune(site->geo, code)->name);
    else if (name)
        text_add_string(out, name);
}

/* "Saint-Étienne, à 3 km". */
static json_t *spot(const site_t *site, const near_t *near, const entry_t *entry,
                    const json_t *body)
{
    text_t words;
    text_init(&words, 1024);
    add_town(site, body, &words);
    if (near->found) {
        text_add_string(&words, words.size ? ", " : "");
        near_words(&words, entry->metres, near_about(near, entry));
    }
    return view_take(&words);
}

/* What the first offer costs, "Diagnostic : à partir de 600 € par jour"; "" when it does not say. */
static json_t *first_price(const json_t *body)
{
    const json_t *offer = json_array_get(json_object_get(body, "offres"), 0);
    const char *title = json_string_value(json_object_get(offer, "titre"));
    text_t words;
    text_init(&words, 1024);
    facts_price(&words, json_object_get(offer, "prix"));
    json_t *price = view_take(&words);
    if (!title || !json_string_length(price))
        return price;
    json_t *both = json_sprintf("%s\u00a0: %s", title, json_string_value(price));
    json_decref(price);
    return both;
}

/* A touch leads to the record, which then says how far it is. */
static void lead_on(json_t *row, const near_t *near)
{
    text_t href;
    if (!near->found)
        return;
    text_init(&href, 4096);
    text_add_format(&href, "%s?" NEAR_PLACE "=", json_string_value(json_object_get(row, "href")));
    request_encode(&href, near->asked);
    json_object_set_new(row, "href", view_take(&href));
}

static json_t *row_of(const site_t *site, const query_t *query, const near_t *near,
                      const entry_t *entry)
{
    err_t unreadable; /* the row still leads to the page, which says so */
    json_t *body = body_decode(query->kind, entry->body, entry->body_size, &unreadable);
    json_t *row = view_row(site, query->kind, entry), *price = first_price(body);
    json_object_set_new(row, "spot", spot(site, near, entry, body));
    if (json_string_length(price))
        json_object_set(row, "figure", price);
    lead_on(row, near);
    json_decref(price);
    json_decref(body);
    return row;
}

static json_t *rows_of(const site_t *site, const query_t *query, const near_t *near,
                       const page_t *page, bool numbered)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < page->count; i++) {
        json_t *row = row_of(site, query, near, &page->entries[i]);
        json_object_set_new(row, "number", numbered ? json_sprintf("%zu", i + 1) : json_string(""));
        json_array_append_new(rows, row);
    }
    return rows;
}

/* --- the map of an aggregator: departments, the darker the more records they have --- */

/* The path of the field by which records lie in departments, or NULL. */
static const char *department_field(const kind_t *kind)
{
    return facet_find(kind, COMMUNE)           ? COMMUNE
           : facet_find(kind, "lieu." COMMUNE) ? "lieu." COMMUNE
                                               : NULL;
}

static const char *level_of(int64_t count)
{
    return count < 5 ? "few" : count < 50 ? "some" : "many";
}

static json_t *department_view(const site_t *site, const request_t *request, const char *field,
                               const tally_t *tally)
{
    text_t href, where;
    text_init(&href, REQUEST_TARGET_MAX * 4);
    text_init(&where, 256);
    listing_address(request, field, NULL, tally->code, &href);
    territory_label(site->geo, &where, tally->code);
    text_add_string(&where, "\u00a0: ");
    format_count(&where, tally->count, "fiche", "fiches");
    return json_pack("{s:s, s:o, s:o, s:s}", "territory_code", tally->code, "href",
                     view_take(&href), "where", view_take(&where), "level", level_of(tally->count));
}

/* Tallies of one department by several hubs become one. */
static void join_tallies(tallies_t *tallies)
{
    size_t kept = 0;
    for (size_t i = 0; i < tallies->count; i++) {
        size_t same = 0;
        tally_t tally = tallies->list[i];
        while (same < kept && strcmp(tallies->list[same].code, tally.code) != 0)
            same++;
        if (same < kept)
            tallies->list[same].count += tally.count;
        if (same < kept || strncmp(tally.code, "DEP-", 4) != 0)
            free(tally.code);
        else
            tallies->list[kept++] = tally;
    }
    tallies->count = kept;
}

static int add_departments(site_t *site, const request_t *request, const query_t *query,
                           json_t *content, err_t *err)
{
    const char *field = department_field(query->kind);
    tallies_t tallies;
    if (!field || !site->departments || query->filter_count || query->around)
        return 0;
    if (catalogue_counts(site->catalogue, NULL, query->kind->name, field, &tallies, err))
        return -1;
    join_tallies(&tallies);
    json_t *named = json_array();
    for (size_t i = 0; i < tallies.count; i++)
        json_array_append_new(named, department_view(site, request, field, &tallies.list[i]));
    if (json_array_size(named))
        json_object_set_new(content, "departments", departments_map(site->departments, named));
    json_decref(named);
    tallies_free(&tallies);
    return 0;
}

/* --- the list --- */

static void add_address(json_t *content, const char *name, const request_t *request,
                        const char *after)
{
    text_t address;
    text_init(&address, REQUEST_TARGET_MAX * 4);
    request_again(request, after, &address);
    json_object_set_new(content, name, view_take(&address));
}

static void add_page(json_t *content, const site_t *site, const request_t *request,
                     const query_t *query, const near_t *near, const page_t *page)
{
    text_t total;
    text_init(&total, 128);
    format_count(&total, page->total, "fiche", "fiches");
    json_t *map = department_field(query->kind) && !json_object_get(content, "departments")
                      ? map_of(site, query, near, page)
                      : json_null();
    json_object_set_new(content, "total", view_take(&total));
    json_object_set_new(content, "rows", rows_of(site, query, near, page, !json_is_null(map)));
    json_object_set_new(content, "mapped",
                        json_boolean(!json_is_null(map)
                                     || json_is_object(json_object_get(content, "departments"))));
    json_object_set_new(content, "map", map);
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

static json_t *content_of(const request_t *request, const query_t *query, const near_t *near)
{
    const kind_t *kind = query->kind;
    bool searched = query->search && *query->search;
    json_t *content =
        json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:o}", "title", kind->plural, "path", kind->path,
                  "lead", lead_of(kind), "q", searched ? query->search : "", "filtered",
                  searched || query->filter_count > 0 || near->found, "placed",
                  department_field(kind) != NULL, "near", near_view(near, request));
    json_object_set_new(content, "twins", twin_views(request, kind));
    return content;
}

/* Everything about the page that was found; takes nothing. */
static int fill(site_t *site, const request_t *request, const query_t *query, const near_t *near,
                const page_t *page, json_t *content, err_t *err)
{
    if (add_departments(site, request, query, content, err)
        || filters_add(site, request, query, near, page, content, err))
        return -1;
    add_page(content, site, request, query, near, page);
    return page->count || query->after ? 0 : detour_add(site, request, query, near, content, err);
}

int page_list(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    const kind_t *kind = lookup_path(site->schema, request->captures[0]);
    if (!kind) {
        response_fail(response, 404, NULL);
        return 0;
    }
    query_t query;
    near_t near;
    const size_t rows = ROWS;
    char today[FORMAT_DAY_START_SIZE];
    page_t page = {0};
    asking_t asking;
    if (listing_read(request, kind, &rows, &query, err))
        return -1;
    query.narrowed = true;
    near_read(&near, site, request, &query);
    if (!request_parameter(request, PAST))
        listing_skip_past(&query, site->now_ms, today);
    if (directory_refresh(site->directory, site->catalogue, site->schema, err)
        || asking_list(site, request, &query, &page, &asking, err))
        return -1;
    json_t *content = content_of(request, &query, &near);
    asking_add(&asking, request, query.search, content);
    asking_free(&asking);
    int rc = fill(site, request, &query, &near, &page, content, err);
    if (rc == 0)
        signpost_list(site, request, kind, page.next, content, response);
    page_free(&page);
    if (rc) {
        json_decref(content);
        return -1;
    }
    return site_page(site, "list", content, response, err);
}
