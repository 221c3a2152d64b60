#include "node/portal/programs/twin.h"

#include "node/export/export.h"
#include "node/portal/lists/asking.h"
#include "node/portal/lists/lookup.h"
#include "node/portal/lists/sifting.h"
#include "node/portal/programs/api.h"
#include "node/portal/words/view.h"
#include "schemas/body.h"

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

/* A calendar that follows this list, filters and all: programs on telephones know the scheme. */
static void add_subscription(const request_t *request, json_t *views)
{
    const char *host = strstr(request->origin, "://");
    if (!host)
        return;
    text_t address;
    text_init(&address, REQUEST_TARGET_MAX * 4 + REQUEST_ORIGIN_SIZE);
    text_add_format(&address, "webcal%s", host);
    add_address(request, "ics", &address);
    json_array_append_new(views, json_pack("{s:o, s:s, s:s, s:b}", "href", view_take(&address),
                                           "label", "S'abonner dans mon agenda", "type",
                                           "text/calendar", "subscribes", 1));
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
        json_array_append_new(views, json_pack("{s:o, s:s, s:s, s:b}", "href", view_take(&address),
                                               "label", format->label, "type", format->type,
                                               "subscribes", 0));
        if (!strcmp(format->name, "ics"))
            add_subscription(request, views);
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

static int add_page(const asking_t *asking, export_t *export, text_t *out, err_t *err)
{
    for (size_t i = 0; i < asking->page.count; i++) {
        err_t unreadable; /* one hub's broken record does not take the others' away */
        const entry_t *entry = &asking->page.entries[i];
        if (export_record(export, entry, out, &unreadable) && out->overflow)
            return err_set(err, ERR_REJECT, "%s", unreadable.text);
    }
    return 0;
}

static int find_page(asking_t *asking, err_t *err)
{
    return sifting_asked(asking) ? sifting_find(asking, err) : asking_find(asking, err);
}

/* Page by page, until the part is long enough. */
static int add_pages(asking_t *asking, export_t *export, text_t *out, err_t *err)
{
    size_t count = 0, most = asking->query.newest ? TWIN_NEWEST_MAX : TWIN_RECORDS_MAX;
    bool limited = asking->request->api && asking_has(asking, "limit");
    size_t wanted = limited ? asking->query.limit : most;
    asking->query.limit = limited ? wanted : QUERY_LIMIT_MAX;
    do {
        if (find_page(asking, err) || add_page(asking, export, out, err))
            return -1;
        count += asking->page.count;
    } while (count < wanted && out->size < PART_SIZE && asking_turn(asking));
    return 0;
}

/* What an export says of where it is, made of these texts. */
typedef struct place {
    text_t address, first, next, page, title;
    export_place_t export;
} place_t;

static void place_free(place_t *self)
{
    text_t *texts[] = {&self->address, &self->first, &self->next, &self->page, &self->title};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        text_free(texts[i]);
}

static const char *node_title(const site_t *site)
{
    return site->settings->title ? site->settings->title : site->settings->name;
}

/* The page is the address without the suffix: "/agenda.atom?mode=x" is "/agenda?mode=x". */
static void add_page_of(const request_t *request, const kind_t *kind, const char *first,
                        text_t *out)
{
    text_add_format(out, "%s/%s", request->origin, kind->path);
    if (request->captures[1]) { /* the twin of a record: its hub, and its id without the suffix */
        const char *id = request->captures[2];
        text_add_format(out, "/%s/", request->captures[1]);
        text_t piece;
        text_init(&piece, ID_SIZE * 4);
        text_add(&piece, id, (size_t)(strrchr(id, '.') - id));
        request_encode(out, piece.data);
        text_free(&piece);
        return;
    }
    text_add_string(out, first + strcspn(first, "?"));
}

static void place_init(place_t *self, const site_t *site, const request_t *request,
                       const kind_t *kind)
{
    text_t *texts[] = {&self->address, &self->first, &self->next, &self->page, &self->title};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        text_init(texts[i], REQUEST_TARGET_MAX * 4 + REQUEST_ORIGIN_SIZE);
    text_add_string(&self->address, request->origin);
    request_again(request, request_parameter(request, "after"), &self->address);
    text_add_string(&self->first, request->origin);
    request_again(request, NULL, &self->first);
    add_page_of(request, kind, self->first.data, &self->page);
    text_add_format(&self->title, "%s – %s", kind->plural, node_title(site));
    self->export = (export_place_t){.origin = request->origin,
                                    .address = self->address.data,
                                    .first = self->first.data,
                                    .page = self->page.data,
                                    .title = self->title.data,
                                    .publisher = node_title(site)};
}

static void place_next(place_t *self, const request_t *request, const char *next,
                       response_t *response)
{
    if (!next)
        return;
    text_add_string(&self->next, request->origin);
    request_again(request, next, &self->next);
    self->export.next = self->next.data;
    text_add_string(&response->link, "<");
    request_again(request, next, &response->link);
    text_add_string(&response->link, ">; rel=\"next\"");
}

static int answer(asking_t *asking, export_t *export, response_t *response, err_t *err)
{
    const request_t *request = asking->request;
    place_t place;
    place_init(&place, asking->site, request, asking->query.kind);
    export_set_place(export, &place.export);
    int rc = export_narrow(export, &asking->query, err)
                     || export_begin(export, &response->body, err)
                     || add_pages(asking, export, &response->body, err)
                 ? -1
                 : 0;
    if (rc == 0) {
        place_next(&place, request, asking->page.next, response);
        export_set_place(export, &place.export);
        rc = export_end(export, &response->body, err);
    }
    place_free(&place);
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
    asking_t asking;
    const size_t limit = QUERY_LIMIT_MAX;
    int rc = asking_read(&asking, site, request, kind, request->api ? NULL : &limit, err);
    if (rc == 0) {
        export_t *export = export_new(format, kind, !request->api);
        response->type = format->type;
        asking.query.newest = format->newest;
        rc = answer(&asking, export, response, err);
        export_destroy(&export);
    }
    asking_close(&asking);
    return rc;
}

/* --- one record --- */

static int write_record(site_t *site, const request_t *request, const kind_t *kind,
                        const export_format_t *format, const entry_t *entry, response_t *response,
                        err_t *err)
{
    place_t place;
    export_t *export = export_new(format, kind, true);
    place_init(&place, site, request, kind);
    export_set_place(export, &place.export);
    int rc = export_begin(export, &response->body, err)
                     || export_record(export, entry, &response->body, err)
                     || export_end(export, &response->body, err)
                 ? -1
                 : 0;
    response->type = format->type;
    place_free(&place);
    export_destroy(&export);
    return rc;
}

static int answer_record(site_t *site, const request_t *request, const kind_t *kind,
                         const export_format_t *format, const char *id, response_t *response,
                         err_t *err)
{
    entry_t entry;
    int found = lookup_record(site->catalogue, kind, request->captures[1], id, &entry, err);
    if (found <= 0) {
        response_fail(response, 404, NULL);
        return found;
    }
    int rc = 0;
    if (entry.deleted)
        response_fail(response, 410, NULL);
    else if (!strcmp(format->name, "json"))
        response_json(response, api_item(kind, &entry));
    else
        rc = write_record(site, request, kind, format, &entry, response, err);
    entry_free(&entry);
    return rc;
}

/* An id may have a dot of its own: a record of the whole name is meant before a twin. */
int record_twin(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    const kind_t *kind = lookup_path(site->schema, request->captures[0]);
    const char *name = request->captures[2], *suffix = strrchr(name, '.');
    const export_format_t *format = kind ? export_find(suffix + 1, kind) : NULL;
    if (!format || format->field)
        return 1;
    entry_t entry;
    int found = lookup_record(site->catalogue, kind, request->captures[1], name, &entry, err);
    if (found < 0)
        return -1;
    if (found) {
        entry_free(&entry);
        return 1;
    }
    char *id = strndup(name, (size_t)(suffix - name));
    assert(id);
    int rc = answer_record(site, request, kind, format, id, response, err);
    free(id);
    return rc;
}
