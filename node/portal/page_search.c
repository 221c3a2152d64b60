#include "node/portal/pages.h"

#include "node/portal/directory.h"
#include "node/portal/format.h"
#include "node/portal/listing.h"
#include "node/portal/view.h"

#define HITS_SHOWN 3

/* The first hits in one kind; nothing is added when there are none. */
static int search_kind(const site_t *site, const kind_t *kind, const char *words, json_t *groups,
                       err_t *err)
{
    query_t query = {.kind = kind, .search = words, .limit = HITS_SHOWN};
    char today[FORMAT_DAY_START_SIZE];
    listing_skip_past(&query, site->now_ms, today);
    page_t page = {0};
    if (catalogue_list(site->catalogue, &query, &page, err))
        return -1;
    json_t *rows = json_array();
    for (size_t i = 0; i < page.count; i++)
        json_array_append_new(rows, view_row(site, kind, &page.entries[i]));
    text_t all, count;
    text_init(&all, REQUEST_TARGET_MAX * 4);
    text_init(&count, 64);
    text_add_format(&all, "/%s?q=", kind->path);
    request_encode(&all, words);
    format_number(&count, (double)page.total, 0, "");
    json_t *group = json_pack("{s:s, s:o, s:o, s:o, s:b}", "kind", kind->plural, "rows", rows,
                              "all", view_take(&all), "count", view_take(&count), "more",
                              page.total > (int64_t)page.count);
    if (page.count)
        json_array_append(groups, group);
    json_decref(group);
    page_free(&page);
    return 0;
}

int page_search(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    const char *words = request_parameter(request, "q");
    bool asked = words && *words;
    if (directory_refresh(site->directory, site->catalogue, site->schema, err))
        return -1;
    json_t *groups = json_array();
    for (size_t i = 0; asked && i < schema_kind_count(site->schema); i++)
        if (search_kind(site, schema_kind_at(site->schema, i), words, groups, err)) {
            json_decref(groups);
            return -1;
        }
    json_t *content =
        json_pack("{s:s, s:s, s:b, s:b, s:O}", "title", "Recherche", "q", asked ? words : "",
                  "asked", asked, "empty", asked && !json_array_size(groups), "groups", groups);
    json_decref(groups);
    return site_page(site, "search", content, response, err);
}
