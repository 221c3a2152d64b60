#include "node/portal/programs/embed.h"

#include "node/portal/lists/asking.h"
#include "node/portal/lists/lookup.h"
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

static json_t *row_of(const asking_t *asking, const entry_t *entry)
{
    return view_row(asking->site, asking->query.kind, entry);
}

int embed_list(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    const kind_t *kind = lookup_path(site->schema, request->captures[0]);
    if (!kind) {
        response_fail(response, 404, NULL);
        return 0;
    }
    asking_t asking;
    const size_t rows = ROWS;
    int rc = asking_read(&asking, site, request, kind, &rows, err);
    asking_skip_past(&asking);
    if (rc == 0)
        rc = asking_find(&asking, err);
    if (rc == 0) {
        json_t *content = json_pack("{s:s, s:o, s:b, s:o}", "title", kind->plural, "rows",
                                    asking_rows(&asking, row_of), "empty", !asking.page.count,
                                    "whole", whole_list(request));
        allow_frames(site->settings, response);
        rc = site_page(site, "embed", content, response, err);
    }
    asking_close(&asking);
    return rc;
}
