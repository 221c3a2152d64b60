#include "node/portal/pages/pages.h"

#include "node/portal/lists/facet.h"
#include "node/portal/lists/filters.h"
#include "node/portal/lists/listing.h"
#include "node/portal/lists/lookup.h"
#include "node/portal/lists/map.h"
#include "node/portal/pages/facts.h"
#include "node/portal/pages/list.h"
#include "node/portal/words/departments.h"
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
static json_t *spot(const asking_t *asking, const entry_t *entry, const json_t *body)
{
    const near_t *near = &asking->near;
    text_t words;
    text_init(&words, 1024);
    add_town(asking->site, body, &words);
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

static json_t *row_of(const asking_t *asking, const entry_t *entry)
{
    err_t unreadable; /* the row still leads to the page, which says so */
    const kind_t *kind = asking->query.kind;
    json_t *body = body_decode(kind, entry->body, entry->body_size, &unreadable);
    json_t *row = view_row(asking->site, kind, entry), *price = first_price(body);
    json_object_set_new(row, "spot", spot(asking, entry, body));
    json_object_set_new(row, "number", json_string(""));
    if (json_string_length(price))
        json_object_set(row, "figure", price);
    lead_on(row, &asking->near);
    json_decref(price);
    json_decref(body);
    return row;
}

/* Those by which the map calls them. */
static void add_numbers(json_t *rows)
{
    for (size_t i = 0; i < json_array_size(rows); i++)
        json_object_set_new(json_array_get(rows, i), "number", json_sprintf("%zu", i + 1));
}

/* --- the map of an aggregator: departments, the darker the more records they have --- */

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

static bool is_department(const tally_t *tally, const char *field)
{
    return !strcmp(tally->field, field) && !strncmp(tally->code, "DEP-", 4);
}

static int add_departments(const asking_t *asking, json_t *content, err_t *err)
{
    site_t *site = asking->site;
    const query_t *query = &asking->query;
    const char *field = facet_place(query->kind);
    tallies_t tallies;
    if (!field || !site->departments || query->filter_count || query->around)
        return 0;
    if (catalogue_kept(site->catalogue, query, &tallies, err))
        return -1;
    json_t *named = json_array();
    for (size_t i = 0; i < tallies.count; i++)
        if (is_department(&tallies.list[i], field))
            json_array_append_new(named,
                                  department_view(site, asking->request, field, &tallies.list[i]));
    if (json_array_size(named))
        json_object_set_new(content, "departments", departments_map(site->departments, named));
    json_decref(named);
    tallies_free(&tallies);
    return 0;
}

/* --- the list --- */

/* The rows, and their twin on a map, which is drawn of a hub's records one by one. */
static void add_rows(const asking_t *asking, json_t *content)
{
    bool shaded = json_is_object(json_object_get(content, "departments"));
    json_t *rows = asking_rows(asking, row_of);
    json_t *map = facet_place(asking->query.kind) && !shaded
                      ? map_of(asking->site, &asking->query, &asking->near, &asking->page)
                      : json_null();
    if (!json_is_null(map))
        add_numbers(rows);
    json_object_set_new(content, "mapped", json_boolean(shaded || !json_is_null(map)));
    json_object_set_new(content, "map", map);
    json_object_set_new(content, "rows", rows);
}

static int fill(asking_t *asking, json_t *content, err_t *err)
{
    const kind_t *kind = asking->query.kind;
    bool past = asking_has(asking, PAST);
    if (!past)
        asking_skip_past(asking);
    if (add_departments(asking, content, err) || list_find(asking, content, err)
        || filters_add(asking, content, err))
        return -1;
    add_rows(asking, content);
    json_object_set_new(content, "lead", json_string(lead_of(kind)));
    json_object_set_new(content, "placed", json_boolean(facet_place(kind) != NULL));
    json_object_set_new(content, "near", near_view(&asking->near, asking->request));
    json_object_set_new(content, "upcoming", json_boolean(asking->query.from != NULL));
    json_object_set_new(content, "past", json_boolean(past));
    asking_keep(asking, PAST, content);
    return 0;
}

int page_list(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    const kind_t *kind = lookup_path(site->schema, request->captures[0]);
    if (!kind) {
        response_fail(response, 404, NULL);
        return 0;
    }
    asking_t asking;
    json_t *content = json_object();
    int rc = list_open(&asking, site, request, kind->name, ROWS, err);
    if (rc == 0)
        rc = fill(&asking, content, err);
    return list_answer(&asking, rc, "list", content, response, err);
}
