#include "node/portal/site.h"

#include "broker/base/log.h"
#include "node/portal/http/answering.h"
#include "node/portal/pages/pages.h"
#include "node/portal/route.h"
#include "node/portal/words/borders.h"
#include "node/portal/words/departments.h"
#include "node/portal/words/directory.h"
#include "node/portal/words/territory.h"
#include "node/portal/words/theme.h"
#include "node/portal/words/typography.h"
#include "node/portal/words/view.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* --- opening --- */

/* A kind may call its page as it likes, but not as the portal's own pages are called. */
static int check_paths(const schema_t *schema, err_t *err)
{
    for (size_t i = 0; i < schema_kind_count(schema); i++) {
        const kind_t *kind = schema_kind_at(schema, i);
        if (!route_serves(kind->path, kind->name))
            return err_set(err, ERR_STOP,
                           "the kind '%s' wants the path '%s', a page of the portal itself",
                           kind->name, kind->path);
    }
    return 0;
}

/* Only pages name communes, so the table is read for the first one: an idle node is small. Without a
 * geography everything works, with codes instead of names: said once, and no reason to stop. */
void site_open_geo(site_t *self)
{
    if (self->geo_sought)
        return;
    self->geo_sought = true;
    err_t err = {0};
    self->geo = geo_load_codes(NULL, &err);
    if (!self->geo)
        log_warning("portal: communes have no names: %s", err.text);
}

void site_open_places(site_t *self)
{
    err_t err = {0};
    if (self->places_sought)
        return;
    self->places_sought = self->geo_sought = true;
    geo_t *places = geo_load(NULL, &err);
    if (!places) {
        log_warning("portal: no place is found by its name: %s", err.text);
        return;
    }
    geo_destroy(&self->geo);
    self->geo = places;
}

/* Without the map the list of hubs is enough. */
static void open_departments(site_t *self)
{
    err_t err = {0};
    if (self->settings->role != MEMBER_AGGREGATOR)
        return;
    self->departments = departments_load(NULL, &err);
    if (!self->departments)
        log_warning("portal: no map of departments: %s", err.text);
}

static void open_borders(site_t *self)
{
    err_t err = {0};
    self->borders = borders_load(NULL, &err);
    if (!self->borders)
        log_warning("portal: maps without borders: %s", err.text);
}

/* The file was checked with the settings; one that was spoilt since is no reason to stop. */
static void open_synonyms(site_t *self)
{
    findings_t findings = {0};
    if (!self->settings->synonymes)
        return;
    self->synonyms = synonyms_load(self->settings->synonymes, &findings);
    if (!self->synonyms)
        log_warning("portal: searches do without synonyms: %s: %s", findings.list[0].where,
                    findings.list[0].reason);
    findings_free(&findings);
    catalogue_understand(self->catalogue, self->synonyms);
}

int site_open(site_t *self, const portal_settings_t *settings, const schema_t *schema, err_t *err)
{
    *self = (site_t){.settings = settings, .schema = schema};
    self->directory = directory_new(settings);
    self->theme = theme_new(settings);
    open_departments(self);
    open_borders(self);
    self->answering = answering_new();
    self->templates = templates_new(assets, asset_count, err);
    if (!self->templates || check_paths(schema, err))
        return -1;
    self->catalogue = catalogue_open(settings->store, schema, err);
    if (!self->catalogue)
        return -1;
    open_synonyms(self);
    return 0;
}

void site_close(site_t *self)
{
    if (self->catalogue)
        catalogue_close(&self->catalogue);
    if (self->templates)
        templates_destroy(&self->templates);
    directory_destroy(&self->directory);
    theme_destroy(&self->theme);
    departments_destroy(&self->departments);
    borders_destroy(&self->borders);
    answering_destroy(&self->answering);
    synonyms_destroy(&self->synonyms);
    geo_destroy(&self->geo);
}

/* --- pages --- */

static void add_link(json_t *frame, const char *name, const char *text, char *href)
{
    json_t *link = json_pack("{s:s, s:s}", "text", text, "href", href ? href : "");
    json_object_set_new(frame, name, link);
    free(href);
}

/* The telephone, mail address and web site of who runs this node, where they are known. */
static json_t *contact(const portal_settings_t *settings)
{
    json_t *contact = json_object();
    if (settings->telephone && *settings->telephone)
        add_link(contact, "telephone", settings->telephone, view_tel(settings->telephone));
    if (settings->courriel && *settings->courriel)
        add_link(contact, "courriel", settings->courriel, view_mailto(settings->courriel));
    json_object_set_new(contact, "porteur",
                        json_string(settings->porteur ? settings->porteur : ""));
    json_object_set_new(contact, "some", json_boolean(json_object_size(contact) > 1));
    return contact;
}

/* The main ways through the site, in the order in which visitors look for them. */
static const struct {
    const char *kind, *label;
} SECTIONS[] = {
    {"answer", "Réponses"},      {"provider", "Annuaire"}, {"organisation", "Acteurs"},
    {"use_case", "Cas d'usage"}, {"event", "Agenda"},      {"programme", "Aides"},
    {"indicator", "Chiffres"},   {"hub", "Hubs"},
};
enum { SECTION_COUNT = sizeof SECTIONS / sizeof *SECTIONS };

static void add_section(json_t *sections, const kind_t *kind, const char *label)
{
    json_array_append_new(sections, json_pack("{s:s, s:s, s:s}", "path", kind->path, "label", label,
                                              "plural", kind->plural));
}

static bool is_section(const char *kind)
{
    for (size_t i = 0; i < SECTION_COUNT; i++)
        if (!strcmp(SECTIONS[i].kind, kind))
            return true;
    return false;
}

/* Those above, then the kinds that have no word there, under their own name. */
static json_t *sections(const schema_t *schema)
{
    json_t *sections = json_array();
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        const kind_t *kind = schema_kind(schema, SECTIONS[i].kind);
        if (kind)
            add_section(sections, kind, SECTIONS[i].label);
    }
    for (size_t i = 0; i < schema_kind_count(schema); i++) {
        const kind_t *kind = schema_kind_at(schema, i);
        if (!is_section(kind->name))
            add_section(sections, kind, kind->plural);
    }
    return sections;
}

static json_t *frame(const site_t *site)
{
    const portal_settings_t *settings = site->settings;
    text_t territory;
    text_init(&territory, 256);
    if (settings->territory)
        territory_label(site->geo, &territory, settings->territory);
    json_t *frame = json_object();
    json_object_set_new(frame, "node",
                        json_string(settings->title ? settings->title : settings->name));
    json_object_set_new(frame, "aggregator", json_boolean(settings->role == MEMBER_AGGREGATOR));
    json_object_set_new(frame, "territory", view_take(&territory));
    json_object_set_new(frame, "contact", contact(settings));
    json_object_set_new(frame, "sections", sections(site->schema));
    json_object_set_new(frame, "theme", theme_view(site->theme));
    json_object_set_new(frame, "version", json_string(MAILLAGE_VERSION));
    return frame;
}

/* Names that a <link> may do without: left out, they would be looked up in the page around it. */
static void complete_links(json_t *links)
{
    for (size_t i = 0; i < json_array_size(links); i++) {
        json_t *defaults = json_pack("{s:s, s:s}", "type", "", "title", "");
        json_object_update_missing(json_array_get(links, i), defaults);
        json_decref(defaults);
    }
}

/* JSON that may stand inside a <script> element: no "<" can end it, whatever the values hold. */
static json_t *data_block(const json_t *jsonld)
{
    char *json = json_dumps(jsonld, JSON_COMPACT);
    text_t safe;
    text_init(&safe, RESPONSE_MAX_SIZE);
    for (const char *at = json; at && *at;) {
        size_t plain = strcspn(at, "<");
        text_add(&safe, at, plain);
        at += plain;
        if (*at == '<') {
            text_add_string(&safe, "\\u003c");
            at++;
        }
    }
    free(json);
    json_t *block = json_object();
    json_object_set_new(block, "already_safe_json", view_take(&safe));
    return block;
}

int site_page(site_t *site, const char *template_name, json_t *content, response_t *response,
              err_t *err)
{
    json_t *data = frame(site);
    json_object_update(data, content);
    complete_links(json_object_get(data, "links"));
    const json_t *jsonld = json_object_get(content, "jsonld");
    if (jsonld)
        json_object_set_new(data, "jsonld", data_block(jsonld));
    char *html = templates_render(site->templates, template_name, data, err);
    json_decref(content);
    json_decref(data);
    if (!html)
        return -1;
    text_clear(&response->body);
    int rc = typography_french(&response->body, html);
    free(html);
    if (rc)
        return err_set(err, ERR_REJECT, "Cette page est trop longue pour être affichée.");
    response->type = "text/html; charset=utf-8";
    return 0;
}
