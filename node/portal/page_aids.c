/* The public aids: for whom, how much, until when. What is over stays, marked. */
#include "node/portal/pages.h"

#include "node/portal/aid.h"
#include "node/portal/directory.h"
#include "node/portal/format.h"
#include "node/portal/listing.h"
#include "node/portal/narrow.h"
#include "node/portal/signpost.h"
#include "node/portal/twin.h"
#include "node/portal/view.h"
#include "schemas/body.h"

#include <string.h>

#define KIND "programme"
#define ROWS 20
#define FOR_WHOM_MAX 180 /* bytes: two lines */

static const narrowing_t OF_A_HUB[] = {
    {"types_aides", "Type d'aide", ""},
    {"eligibilite_geographique", "Où", "PAYS- REG- DEP-"},
    {"eligibilite_categorie_taille_entreprise", "Taille de l'entreprise", ""},
    {"ciblage_naf", "Secteur", ""},
    {"cibles", "Pour qui", ""},
    {"suspendu", "Suspendue en ce moment", ""},
    {NULL, NULL, NULL},
};
static const narrowing_t OF_THE_NATION[] = {
    {"eligibilite_geographique", "Département", "PAYS- REG- DEP-"},
    {"types_aides", "Type d'aide", ""},
    {"eligibilite_categorie_taille_entreprise", "Taille de l'entreprise", ""},
    {"ciblage_naf", "Secteur", ""},
    {"cibles", "Pour qui", ""},
    {"suspendu", "Suspendue en ce moment", ""},
    {NULL, NULL, NULL},
};

static json_t *row_of(const site_t *site, const kind_t *kind, const entry_t *entry)
{
    err_t unreadable; /* the row still leads to the page, which says so */
    json_t *row = view_row(site, kind, entry);
    json_t *body = body_decode(kind, entry->body, entry->body_size, &unreadable);
    text_t whom;
    text_init(&whom, BODY_MAX_SIZE);
    view_words(body, "eligibilite", FOR_WHOM_MAX, &whom);
    json_object_set_new(row, "whom", view_take(&whom));
    aid_add(row, body, site->now_ms);
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
    format_count(&total, page.total, "aide", "aides");
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

int page_aids(site_t *site, const request_t *request, response_t *response, err_t *err)
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
    bool searched = query.filter_count || (query.search && *query.search);
    bool nation = site->settings->role == MEMBER_AGGREGATOR;
    json_t *content =
        json_pack("{s:s, s:s, s:b, s:o}", "title", "Aides publiques", "path", kind->path,
                  "searched", searched, "twins", twin_views(request, kind));
    if (add_list(site, request, &query, content, response, err)
        || narrow_add(site, &query, nation ? OF_THE_NATION : OF_A_HUB, content, err)) {
        json_decref(content);
        return -1;
    }
    return site_page(site, "aids", content, response, err);
}
