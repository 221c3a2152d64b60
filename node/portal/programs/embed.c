#include "node/portal/programs/embed.h"

#include "node/portal/lists/listing.h"
#include "node/portal/lists/lookup.h"
#include "node/portal/lists/near.h"
#include "node/portal/words/directory.h"
#include "node/portal/words/view.h"

#define ROWS 10

static void allow_frames(const portal_settings_t *settings, response_t *response)
{
    for (const char *const *site = settings->embed; site && *site; site++)
        text_add_format(&response->ancestors, "%s%s", site == settings->embed ? "" : " ", *site);
}

/* The same list, with its filters, on the portal itself. */
static json_t *whole_list(const request_t *request)
{
    static const char PREFIX[] = "/embed";
    text_t address;
    text_init(&address, REQUEST_TARGET_MAX * 4);
    request_again(request, NULL, &address);
    json_t *whole = json_string(address.data + sizeof PREFIX - 1);
    text_free(&address);
    return whole ? whole : json_string("/");
}

int embed_list(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    const kind_t *kind = lookup_path(site->schema, request->captures[0]);
    if (!kind) {
        response_fail(response, 404, NULL);
        return 0;
    }
    const size_t wanted = ROWS;
    query_t query;
    near_t near;
    page_t page;
    char today[FORMAT_DAY_START_SIZE];
    if (listing_read(request, kind, &wanted, &query, err))
        return -1;
    near_read(&near, site, request, &query);
    listing_skip_past(&query, site->now_ms, today);
    if (directory_refresh(site->directory, site->catalogue, site->schema, err)
        || catalogue_list(site->catalogue, &query, &page, err))
        return -1;
    json_t *rows = json_array();
    for (size_t i = 0; i < page.count; i++)
        json_array_append_new(rows, view_row(site, kind, &page.entries[i]));
    json_t *content = json_pack("{s:s, s:o, s:b, s:o}", "title", kind->plural, "rows", rows,
                                "empty", !page.count, "whole", whole_list(request));
    page_free(&page);
    allow_frames(site->settings, response);
    return site_page(site, "embed", content, response, err);
}
