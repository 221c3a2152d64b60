#include "node/portal/programs/signpost.h"

#include "node/export/export.h"
#include "node/portal/programs/jsonld.h"
#include "node/portal/programs/twin.h"
#include "node/portal/words/view.h"

#include <string.h>

#define ADDRESS_MAX (REQUEST_TARGET_MAX * 4 + REQUEST_ORIGIN_SIZE)

static void add_meta(json_t *metas, const char *property, const char *content)
{
    if (content && *content)
        json_array_append_new(metas,
                              json_pack("{s:s, s:s}", "property", property, "content", content));
}

/* The Open Graph protocol: how a link to this page looks in a message. */
static json_t *metas_of(const site_t *site, const char *type, const char *address,
                        const json_t *content)
{
    const portal_settings_t *settings = site->settings;
    json_t *metas = json_array();
    add_meta(metas, "og:title", json_string_value(json_object_get(content, "title")));
    add_meta(metas, "og:type", type);
    add_meta(metas, "og:url", address);
    add_meta(metas, "og:description", json_string_value(json_object_get(content, "words")));
    add_meta(metas, "og:site_name", settings->title ? settings->title : settings->name);
    add_meta(metas, "og:locale", "fr_FR");
    return metas;
}

static void add_link(json_t *links, const char *rel, const char *type, const char *address,
                     const char *title)
{
    json_array_append_new(links, json_pack("{s:s, s:s, s:s, s:s}", "rel", rel, "type", type, "href",
                                           address, "title", title));
}

static void add_header(response_t *response, const char *address, const char *parameters)
{
    text_t one;
    text_init(&one, ADDRESS_MAX);
    text_add_format(&one, "%s<%s>; %s", response->link.size ? ", " : "", address, parameters);
    if (!one.overflow)
        text_add(&response->link, one.data, one.size); /* whole, or left out of a full header */
    text_free(&one);
}

static void add_canonical(json_t *links, const char *address)
{
    if (strstr(address, "://"))
        add_link(links, "canonical", "", address, "");
}

/* The list's twins, with all it means written out: in the head, in the header and on the page itself. */
static void add_list_twins(const asking_t *asking, json_t *links, json_t *content,
                           response_t *response)
{
    const kind_t *kind = asking->query.kind;
    request_t *whole = asking_written_out(asking);
    json_t *twins = twin_views(whole, kind), *twin;
    size_t i;
    json_array_foreach(twins, i, twin)
    {
        const char *href = json_string_value(json_object_get(twin, "href"));
        if (*href == '/')
            add_link(links, "alternate", json_string_value(json_object_get(twin, "type")), href,
                     json_string_value(json_object_get(twin, "label")));
    }
    twin_links(whole, kind, &response->link);
    json_object_set_new(content, "twins", twins);
    request_destroy(&whole);
}

void signpost_list(const asking_t *asking, json_t *content, response_t *response)
{
    const request_t *request = asking->request;
    json_t *links = json_array();
    text_t address, onward;
    text_init(&address, ADDRESS_MAX);
    text_init(&onward, ADDRESS_MAX);
    text_add_string(&address, request->origin);
    request_again(request, request_parameter(request, "after"), &address);
    add_canonical(links, address.data);
    if (asking->page.next) {
        request_again(request, asking->page.next, &onward);
        add_link(links, "next", "", onward.data, "Page suivante");
        add_header(response, onward.data, "rel=\"next\"");
    }
    add_list_twins(asking, links, content, response);
    json_object_set_new(content, "metas", metas_of(asking->site, "website", address.data, content));
    json_object_set_new(content, "links", links);
    text_free(&onward);
    text_free(&address);
}

/* Its twins, for the head, for the header and for the page itself. */
static json_t *add_twins(const kind_t *kind, const char *path, json_t *links, response_t *response)
{
    json_t *twins = json_array();
    for (const export_format_t *format = export_formats; format->name; format++) {
        if (!format->fits(kind) || format->field || !strcmp(format->name, "atom"))
            continue;
        text_t address, parameters;
        text_init(&address, ADDRESS_MAX);
        text_init(&parameters, 256);
        text_add_format(&address, "%s.%s", path, format->name);
        text_add_format(&parameters, "rel=\"alternate\"; type=\"%s\"", format->type);
        add_link(links, "alternate", format->type, address.data, format->label);
        add_header(response, address.data, parameters.data);
        json_array_append_new(twins, json_pack("{s:s, s:s, s:s}", "href", address.data, "label",
                                               format->label, "type", format->type));
        text_free(&parameters);
        text_free(&address);
    }
    return twins;
}

void signpost_record(const site_t *site, const request_t *request, const kind_t *kind,
                     const entry_t *entry, const json_t *body, json_t *content,
                     response_t *response)
{
    json_t *links = json_array();
    text_t path, address;
    text_init(&path, ADDRESS_MAX);
    text_init(&address, ADDRESS_MAX);
    view_link(site, kind, entry->hub, entry->id, &path);
    text_add_format(&address, "%s%s", request->origin, path.data);
    add_canonical(links, address.data);
    json_object_set_new(content, "twins", add_twins(kind, path.data, links, response));
    json_object_set_new(content, "metas", metas_of(site, "article", address.data, content));
    json_object_set_new(content, "links", links);
    json_object_set_new(content, "jsonld", jsonld_record(site, request->origin, kind, entry, body));
    text_free(&address);
    text_free(&path);
}
