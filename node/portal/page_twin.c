#include "node/portal/twin.h"

#include "node/export/export.h"
#include "node/portal/listing.h"
#include "node/portal/lookup.h"
#include "node/portal/view.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define PART_SIZE (8 << 20) /* bytes after which a part ends with the page of the store in hand */

/* --- where the twins are --- */

/* The address of a list's twin: the suffix goes behind the path, before the parameters. */
static void add_address(const request_t *request, const char *format, text_t *out)
{
    text_t list;
    text_init(&list, REQUEST_TARGET_MAX * 4);
    request_again(request, NULL, &list);
    size_t path = strcspn(list.data, "?");
    text_add_format(out, "%.*s.%s%s", (int)path, list.data, format, list.data + path);
    text_free(&list);
}

void twin_links(const request_t *request, const kind_t *kind, text_t *link)
{
    for (const export_format_t *format = export_formats; format->name; format++) {
        text_t one;
        text_init(&one, REQUEST_TARGET_MAX * 4);
        text_add_string(&one, link->size ? ", <" : "<");
        add_address(request, format->name, &one);
        text_add_format(&one, ">; rel=\"alternate\"; type=\"%s\"", format->type);
        if (format->fits(kind) && !one.overflow)
            text_add(link, one.data, one.size); /* whole, or left out of a header that is full */
        text_free(&one);
    }
}

json_t *twin_views(const request_t *request, const kind_t *kind)
{
    json_t *views = json_array();
    for (const export_format_t *format = export_formats; format->name; format++) {
        if (!format->fits(kind))
            continue;
        text_t address;
        text_init(&address, REQUEST_TARGET_MAX * 4);
        add_address(request, format->name, &address);
        json_array_append_new(views, json_pack("{s:o, s:s, s:s}", "href", view_take(&address),
                                               "label", format->label, "type", format->type));
    }
    return views;
}

/* --- one of them --- */

/* Cuts "agenda.ics" in two: the kind, and *format; NULL when there is no such list or twin. */
static const kind_t *find(const site_t *site, const request_t *request,
                          const export_format_t **format)
{
    const char *list = request->captures[0], *suffix = strrchr(list, '.');
    char *name = strndup(list, (size_t)(suffix - list));
    assert(name);
    const kind_t *kind =
        request->api ? schema_kind(site->schema, name) : lookup_path(site->schema, name);
    free(name);
    *format = kind ? export_find(suffix + 1, kind) : NULL;
    return *format ? kind : NULL;
}

static int read_query(const request_t *request, const kind_t *kind, query_t *query, size_t *wanted,
                      err_t *err)
{
    const size_t pages = QUERY_LIMIT_MAX;
    if (listing_read(request, kind, request->api ? NULL : &pages, query, err))
        return -1;
    bool limited = request->api && request_parameter(request, "limit");
    *wanted = limited ? query->limit : TWIN_RECORDS_MAX;
    query->limit = limited ? query->limit : pages;
    return 0;
}

static int add_page(const page_t *page, export_t *export, text_t *out, err_t *err)
{
    for (size_t i = 0; i < page->count; i++) {
        err_t unreadable; /* one hub's broken record does not take the others' away */
        if (export_record(export, &page->entries[i], out, &unreadable) && out->overflow)
            return err_set(err, ERR_REJECT, "%s", unreadable.text);
    }
    return 0;
}

/* Page by page, until the part is long enough; *next is given, NULL when the list ends with it. */
static int add_pages(site_t *site, query_t *query, size_t wanted, export_t *export, text_t *out,
                     char **next, err_t *err)
{
    size_t count = 0;
    int rc;
    do {
        page_t page = {0};
        rc = catalogue_list(site->catalogue, query, &page, err);
        free(*next);
        *next = NULL;
        if (rc == 0)
            rc = add_page(&page, export, out, err);
        count += page.count;
        if (rc == 0 && page.next)
            *next = strdup(page.next);
        query->after = *next;
        page_free(&page);
    } while (rc == 0 && *next && count < wanted && out->size < PART_SIZE);
    return rc;
}

static int answer(site_t *site, const request_t *request, query_t *query, size_t wanted,
                  export_t *export, response_t *response, err_t *err)
{
    char *next = NULL;
    int rc = export_narrow(export, query, err) || export_begin(export, &response->body, err)
                     || add_pages(site, query, wanted, export, &response->body, &next, err)
                     || export_end(export, &response->body, err)
                 ? -1
                 : 0;
    if (rc == 0 && next) {
        text_add_string(&response->link, "<");
        request_again(request, next, &response->link);
        text_add_string(&response->link, ">; rel=\"next\"");
    }
    free(next);
    return rc;
}

int page_twin(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    const export_format_t *format;
    const kind_t *kind = find(site, request, &format);
    if (!kind) {
        response_fail(response, 404, NULL);
        return 0;
    }
    query_t query;
    size_t wanted;
    if (read_query(request, kind, &query, &wanted, err))
        return -1;
    response->type = format->type;
    export_t *export = export_new(format, kind, false);
    int rc = answer(site, request, &query, wanted, export, response, err);
    export_destroy(&export);
    return rc;
}
