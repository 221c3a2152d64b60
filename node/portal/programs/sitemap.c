#include "node/portal/programs/sitemap.h"

#include "node/export/xml.h"
#include "node/portal/words/format.h"
#include "node/portal/words/view.h"

#include <stdlib.h>
#include <string.h>

#define XML_HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define NAMESPACE "\"http://www.sitemaps.org/schemas/sitemap/0.9\""
#define PAGES "pages.xml"

static int too_long(const text_t *text, err_t *err)
{
    return text->overflow ? err_set(err, ERR_REJECT, "Ce plan du site est trop long.") : 0;
}

/* --- the index --- */

typedef struct index {
    const request_t *request;
    text_t *out;
} index_t;

static void add_part(const index_t *index, const char *name)
{
    text_add_string(index->out, "<sitemap><loc>");
    xml_add(index->out, index->request->origin);
    text_add_format(index->out, "/sitemap/%s</loc></sitemap>\n", name);
}

static void visit_part(void *context, int64_t part)
{
    char name[32];
    snprintf(name, sizeof name, "%lld.xml", (long long)part);
    add_part(context, name);
}

int sitemap_index(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    index_t index = {request, &response->body};
    response->type = "application/xml; charset=utf-8";
    text_add_string(&response->body, XML_HEAD "<sitemapindex xmlns=" NAMESPACE ">\n");
    add_part(&index, PAGES);
    if (catalogue_each_part(site->catalogue, visit_part, &index, err))
        return -1;
    text_add_string(&response->body, "</sitemapindex>\n");
    return too_long(&response->body, err);
}

/* --- a part --- */

typedef struct part {
    const site_t *site;
    const request_t *request;
    text_t *out;
    size_t count;
} part_t;

static void add_url(part_t *part, const char *path, int64_t changed_ms)
{
    text_add_string(part->out, "<url><loc>");
    xml_add(part->out, part->request->origin);
    xml_add(part->out, path);
    text_add_string(part->out, "</loc>");
    if (changed_ms) {
        text_add_string(part->out, "<lastmod>");
        format_utc(part->out, changed_ms);
        text_add_string(part->out, "</lastmod>");
    }
    text_add_string(part->out, "</url>\n");
    part->count++;
}

static void visit_address(void *context, const address_t *address)
{
    part_t *part = context;
    const kind_t *kind = schema_kind(part->site->schema, address->kind);
    if (!kind)
        return;
    text_t path;
    text_init(&path, REQUEST_TARGET_MAX);
    view_link(part->site, kind, address->hub, address->id, &path);
    add_url(part, path.data, address->changed_ms);
    text_free(&path);
}

static void add_pages(part_t *part)
{
    static const char *const OWN[] = {"/", "/recherche", "/reseau"};
    for (size_t i = 0; i < sizeof OWN / sizeof *OWN; i++)
        add_url(part, OWN[i], 0);
    for (size_t i = 0; i < schema_kind_count(part->site->schema); i++) {
        char path[64];
        snprintf(path, sizeof path, "/%s", schema_kind_at(part->site->schema, i)->path);
        add_url(part, path, 0);
    }
}

/* "12.xml": the number, or -1. */
static int64_t part_number(const char *name)
{
    size_t digits = strspn(name, "0123456789");
    bool number = digits >= 1 && digits <= 9 && !strcmp(name + digits, ".xml");
    return number ? strtoll(name, NULL, 10) : -1;
}

int sitemap_part(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    const char *name = request->captures[0];
    part_t part = {.site = site, .request = request, .out = &response->body};
    int64_t number = part_number(name);
    text_add_string(&response->body, XML_HEAD "<urlset xmlns=" NAMESPACE ">\n");
    if (!strcmp(name, PAGES))
        add_pages(&part);
    else if (number >= 0
             && catalogue_each_address(site->catalogue, number, visit_address, &part, err))
        return -1;
    if (!part.count) {
        response_fail(response, 404, NULL);
        return 0;
    }
    text_add_string(&response->body, "</urlset>\n");
    response->type = "application/xml; charset=utf-8";
    return too_long(&response->body, err);
}

/* --- robots.txt, OpenSearch --- */

int robots_txt(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    (void)site, (void)err;
    response->type = "text/plain; charset=utf-8";
    return text_add_format(&response->body,
                           "User-agent: *\nDisallow: /recherche?\nDisallow: /*?*after=\n"
                           "Disallow: /embed/\n%s%s%s",
                           *request->origin ? "\nSitemap: " : "", request->origin,
                           *request->origin ? "/sitemap.xml\n" : "");
}

int opensearch(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    text_t *out = &response->body;
    const char *title = site->settings->title ? site->settings->title : site->settings->name;
    response->type = "application/opensearchdescription+xml; charset=utf-8";
    text_add_string(out, XML_HEAD
                    "<OpenSearchDescription xmlns=\"http://a9.com/-/spec/opensearch/1.1/\">\n");
    xml_element(out, "ShortName", title);
    text_add_string(out, "<Description>Chercher dans les fiches : réponses, prestataires, aides, "
                         "événements.</Description>\n<Language>fr</Language>\n"
                         "<InputEncoding>UTF-8</InputEncoding>\n");
    text_add_string(out, "<Url type=\"text/html\" template=\"");
    xml_add(out, request->origin);
    text_add_string(out, "/recherche?q={searchTerms}\"/>\n</OpenSearchDescription>\n");
    return too_long(out, err);
}
