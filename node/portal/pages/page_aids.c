/* The public aids: for whom, how much, until when. What is over stays, marked. */
#include "node/portal/pages/pages.h"

#include "node/portal/lists/listing.h"
#include "node/portal/lists/narrow.h"
#include "node/portal/pages/aid.h"
#include "node/portal/programs/signpost.h"
#include "node/portal/programs/twin.h"
#include "node/portal/words/directory.h"
#include "node/portal/words/format.h"
#include "node/portal/words/view.h"
#include "schemas/body.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define KIND "programme"
#define ROWS 20
#define READ_MAX 1000    /* aids of one question; more are found by filtering */
#define FOR_WHOM_MAX 120 /* bytes: two lines */
#define PAGE "page"      /* from 1: what is over comes last, which no place to go on knows */

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

/* --- all that fit, what can be asked for first --- */

typedef struct found {
    page_t pages[READ_MAX / QUERY_LIMIT_MAX];
    size_t page_count;
    const entry_t *entries[READ_MAX]; /* of the pages, in order */
    size_t count;
    int64_t total;
} found_t;

#define STATES 8

/* What can be asked for here and now is 0; then what is not yet, not now, and no longer; and in the same
 * order what is for elsewhere. */
static int state_of(const site_t *site, const kind_t *kind, const entry_t *entry)
{
    static const char *const worse[] = {"future", "suspended", "ended"};
    err_t unreadable; /* the row still leads to the page, which says so */
    json_t *body = body_decode(kind, entry->body, entry->body_size, &unreadable);
    json_t *words = json_object();
    aid_add(words, body, site->now_ms);
    const char *own = site->settings->role == MEMBER_HUB ? site->settings->territory : NULL;
    int state = 0;
    for (int i = 0; i < 3; i++)
        if (json_is_true(json_object_get(words, worse[i])))
            state = i + 1;
    state += aid_is_here(body, own ? own : "") ? 0 : STATES / 2;
    json_decref(words);
    json_decref(body);
    return state;
}

/* Stable: within a state the order of the list stays. */
static void put_in_order(found_t *found, const site_t *site, const kind_t *kind)
{
    const entry_t *sorted[READ_MAX];
    int states[READ_MAX];
    size_t count = 0;
    for (size_t i = 0; i < found->count; i++)
        states[i] = state_of(site, kind, found->entries[i]);
    for (int state = 0; state < STATES; state++)
        for (size_t i = 0; i < found->count; i++)
            if (states[i] == state)
                sorted[count++] = found->entries[i];
    memcpy(found->entries, sorted, count * sizeof *sorted);
}

static int find_all(site_t *site, const query_t *asked, found_t *found, err_t *err)
{
    query_t query = *asked;
    query.limit = QUERY_LIMIT_MAX;
    query.after = NULL;
    while (found->page_count < READ_MAX / QUERY_LIMIT_MAX) {
        page_t *page = &found->pages[found->page_count];
        if (catalogue_list(site->catalogue, &query, page, err))
            return -1;
        found->page_count++;
        found->total = page->total;
        for (size_t i = 0; i < page->count; i++)
            found->entries[found->count++] = &page->entries[i];
        query.after = page->next;
        if (!page->next)
            break;
    }
    put_in_order(found, site, query.kind);
    return 0;
}

static void free_all(found_t *found)
{
    for (size_t i = 0; i < found->page_count; i++)
        page_free(&found->pages[i]);
    free(found);
}

/* --- one page of them --- */

static json_t *row_of(const site_t *site, const kind_t *kind, const entry_t *entry)
{
    err_t unreadable; /* the row still leads to the page, which says so */
    json_t *row = view_row(site, kind, entry);
    json_t *body = body_decode(kind, entry->body, entry->body_size, &unreadable);
    text_t whom, where;
    text_init(&whom, BODY_MAX_SIZE);
    text_init(&where, 1024);
    aid_where(&where, site->geo, body);
    json_object_set_new(row, "where", view_take(&where));
    view_words(body, "eligibilite", FOR_WHOM_MAX, &whom);
    json_object_set_new(row, "whom", view_take(&whom));
    aid_add(row, body, site->now_ms);
    json_decref(body);
    return row;
}

/* The number of the page that is asked for, from 0; anything else means the first. */
static size_t number_of(const request_t *request, size_t count)
{
    const char *text = request_parameter(request, PAGE);
    size_t size = text ? strlen(text) : 0;
    if (!size || size > 3 || strspn(text, "0123456789") != size)
        return 0;
    size_t number = strtoul(text, NULL, 10);
    return number && (number - 1) * ROWS < count ? number - 1 : 0;
}

/* The same question, another page of the answer. */
static json_t *address_of(const request_t *request, size_t number)
{
    text_t href;
    text_init(&href, REQUEST_TARGET_MAX * 4);
    text_add_format(&href, "/%s?" PAGE "=%zu", request->pieces[0], number + 1);
    for (size_t i = 0; i < request->parameter_count; i++) {
        const parameter_t *parameter = &request->parameters[i];
        if (!strcmp(parameter->name, PAGE) || !*parameter->value)
            continue;
        text_add_string(&href, "&");
        request_encode(&href, parameter->name);
        text_add_string(&href, "=");
        request_encode(&href, parameter->value);
    }
    return view_take(&href);
}

static void add_rows(const site_t *site, const request_t *request, const kind_t *kind,
                     const found_t *found, json_t *content)
{
    size_t number = number_of(request, found->count), end = (number + 1) * ROWS;
    json_t *rows = json_array();
    for (size_t i = number * ROWS; i < found->count && i < end; i++)
        json_array_append_new(rows, row_of(site, kind, found->entries[i]));
    text_t total;
    text_init(&total, 64);
    format_count(&total, found->total, "aide", "aides");
    json_object_set_new(content, "total", view_take(&total));
    json_object_set_new(content, "empty", json_boolean(!found->count));
    json_object_set_new(content, "more", json_boolean(found->total > (int64_t)found->count));
    json_object_set_new(content, "rows", rows);
    if (end < found->count)
        json_object_set_new(content, "next", address_of(request, number + 1));
    if (number)
        json_object_set_new(content, "before", address_of(request, number - 1));
}

static int add_list(site_t *site, const request_t *request, const query_t *query, json_t *content,
                    response_t *response, err_t *err)
{
    found_t *found = calloc(1, sizeof *found);
    assert(found);
    int rc = find_all(site, query, found, err);
    if (rc == 0) {
        add_rows(site, request, query->kind, found, content);
        signpost_list(site, request, query->kind, NULL, content, response);
    }
    free_all(found);
    return rc;
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
        json_pack("{s:s, s:s, s:b, s:b, s:o}", "title", "Aides publiques", "path", kind->path,
                  "searched", searched, "sorted", !nation, "twins", twin_views(request, kind));
    if (add_list(site, request, &query, content, response, err)
        || narrow_add(site, &query, nation ? OF_THE_NATION : OF_A_HUB, content, err)) {
        json_decref(content);
        return -1;
    }
    return site_page(site, "aids", content, response, err);
}
