/* The page of a provider or an actor: whom to call first, then what they do and what it costs, what they say of
 * themselves, and what else is near. Every other field of the kind follows as on any record's page. */
#include "node/portal/pages/pages.h"

#include "node/portal/lists/lookup.h"
#include "node/portal/lists/near.h"
#include "node/portal/pages/facts.h"
#include "node/portal/pages/offer.h"
#include "node/portal/pages/sheet.h"
#include "node/portal/pages/surroundings.h"
#include "node/portal/words/format.h"
#include "node/portal/words/hours.h"
#include "node/portal/words/territory.h"
#include "node/portal/words/view.h"
#include "schemas/body.h"

#include <stdlib.h>
#include <string.h>

/* Fields that have a place of their own on the page. */
static const char *const PLACED[] = {
    "demo",
    "langue",
    "offres",
    "labels",
    "souverainete",
    "adresse",
    "complement_adresse",
    "code_postal",
    "commune",
    "code_insee",
    "lon",
    "lat",
    "horaires",
    "site",
    "telephone",
    "courriel",
    "prise_rdv",
    "diffusion",
    "source",
    "date_maj",
    "type",
    "categorie",
    "description",
    "nom",
    "fiche_acces_libre",
};

static bool has_place(const kind_t *kind, const field_t *field)
{
    if (!strcmp(field->name, kind->title) || !strcmp(field->name, kind->summary))
        return true;
    for (size_t i = 0; i < sizeof PLACED / sizeof *PLACED; i++)
        if (!strcmp(PLACED[i], field->name))
            return true;
    return false;
}

/* Every name of the template, so that none is looked up in the value around this one. */
static void add_views(json_t *content, const sheet_t *sheet, const char *const *names)
{
    for (const char *const *name = names; *name; name++)
        json_object_set_new(content, *name, json_null());
    sheet_add(content, sheet, names);
}

static void add_field(json_t *fields, const char *label, json_t *view)
{
    if (!view)
        return;
    json_object_set_new(view, "label", json_string(label));
    json_array_append_new(fields, view);
}

/* All the rest: the fields of the kind in its order, then what a newer kind may have. */
static json_t *fields_of(const sheet_t *sheet)
{
    const kind_t *kind = sheet->kind;
    json_t *fields = json_array();
    for (size_t i = 0; i < kind->field_count; i++)
        if (!has_place(kind, &kind->fields[i]))
            add_field(fields, kind->fields[i].label,
                      view_field(sheet->site, &kind->fields[i], sheet->body));
    const char *name;
    json_t *value;
    json_object_foreach(sheet->body, name, value) if (!kind_field(kind, name))
        add_field(fields, name, view_unknown(value));
    return fields;
}

/* --- whom to call, where to go --- */

static json_t *address(const site_t *site, const json_t *body, bool withheld)
{
    static const char *const LINES[] = {"adresse", "complement_adresse"};
    json_t *lines = json_array();
    for (size_t i = 0; i < sizeof LINES / sizeof *LINES && !withheld; i++)
        if (*view_text(body, LINES[i]))
            json_array_append_new(lines, json_string(view_text(body, LINES[i])));
    text_t town;
    text_init(&town, 1024);
    if (*view_text(body, "commune"))
        text_add_format(&town, "%s%s%s", withheld ? "" : view_text(body, "code_postal"),
                        withheld ? "" : " ", view_text(body, "commune"));
    else if (*view_text(body, "code_insee"))
        territory_label(site->geo, &town, view_text(body, "code_insee"));
    json_t *last = view_take(&town);
    if (json_string_length(last))
        json_array_append(lines, last);
    json_decref(last);
    return lines;
}

static void add_hours(json_t *content, const json_t *body)
{
    const char *hours = view_text(body, "horaires");
    json_t *table = *hours ? hours_view(hours) : NULL;
    json_object_set_new(content, "hours_text", json_string(table ? "" : hours));
    json_object_set_new(content, "hours", table ? table : json_array());
    json_object_set_new(content, "has_hours", json_boolean(*hours));
}

static void add_contact(json_t *content, const sheet_t *sheet)
{
    static const char *const fields[] = {"telephone", "courriel",          "site",
                                         "prise_rdv", "fiche_acces_libre", NULL};
    bool withheld = !strcmp(view_text(sheet->body, "diffusion"), "P");
    add_views(content, sheet, fields);
    json_object_set_new(content, "withheld", json_boolean(withheld));
    json_t *lines = address(sheet->site, sheet->body, withheld);
    json_object_set_new(
        content, "has_address",
        json_boolean(json_array_size(lines) || withheld
                     || json_is_object(json_object_get(content, "fiche_acces_libre"))));
    json_object_set_new(content, "address", lines);
    add_hours(content, sheet->body);
}

/* --- whom to tell of an error --- */

/* The mail address of the hub that vouches. Given, or NULL. */
static int find_hub_mail(site_t *site, const char *hub, char **mail, err_t *err)
{
    const kind_t *kind = schema_kind(site->schema, "hub");
    entry_t entry;
    *mail = NULL;
    if (!strcmp(hub, site->settings->name) && site->settings->courriel) {
        *mail = view_mailto(site->settings->courriel);
        return 0;
    }
    int found = kind ? catalogue_find(site->catalogue, hub, "hub", hub, &entry, err) : 0;
    if (found <= 0)
        return found;
    err_t ignored; /* a hub's card that cannot be read has no address to write to */
    json_t *body = entry.deleted ? NULL : body_decode(kind, entry.body, entry.body_size, &ignored);
    *mail = view_mailto(view_text(body, "courriel"));
    json_decref(body);
    entry_free(&entry);
    return 0;
}

static int add_report(json_t *content, const sheet_t *sheet, err_t *err)
{
    const entry_t *entry = &sheet->entry;
    char *mail;
    if (find_hub_mail(sheet->site, entry->hub, &mail, err))
        return -1;
    text_t href, path;
    text_init(&href, 8192);
    text_init(&path, 1024);
    view_address(sheet->kind, entry->hub, entry->id, &path);
    if (mail) {
        text_add_format(&href, "%s?subject=", mail);
        request_encode(&href, "Une erreur sur une fiche : ");
        request_encode(&href, entry->title);
        text_add_string(&href, "&body=");
        request_encode(&href, "La fiche : ");
        request_encode(&href, sheet->request->origin);
        request_encode(&href, path.data);
        request_encode(&href, "\r\nCe qui est faux : ");
    }
    free(mail);
    text_free(&path);
    json_object_set_new(content, "report", view_take(&href));
    return 0;
}

/* --- the page --- */

/* How far it is from the place that the list was asked around. */
static void add_distance(json_t *content, const sheet_t *sheet)
{
    near_t near;
    query_t unused = {0};
    int32_t lat, lon;
    text_t words;
    text_init(&words, 512);
    near_read(&near, sheet->site, sheet->request, &unused);
    if (near.found && near_locate(sheet->site->geo, &sheet->entry, &lat, &lon)) {
        near_words(&words, geo_metres(near.around.lat, near.around.lon, lat, lon),
                   near_about(&near, &sheet->entry));
        text_add_format(&words, " de %s", near.label);
    }
    json_object_set_new(content, "away", view_take(&words));
}

static void add_facts(json_t *content, const sheet_t *sheet)
{
    char today[FORMAT_DAY_START_SIZE];
    format_day_start(sheet->site->now_ms, today);
    json_t *marks = facts_labels(sheet->site, sheet->kind, sheet->body, today);
    json_object_set_new(content, "has_marks", json_boolean(json_array_size(marks)));
    json_object_set_new(content, "marks", marks);
    json_object_set_new(content, "sovereignty",
                        facts_sovereignty(sheet->site, sheet->kind, sheet->body, today));
}

static int fill(const sheet_t *sheet, json_t *content, err_t *err)
{
    const char *const heading[] = {"type", "categorie", "date_maj", sheet->kind->summary, NULL};
    add_views(content, sheet, heading);
    add_contact(content, sheet);
    add_distance(content, sheet);
    offer_add(content, sheet->site, sheet->kind, sheet->body);
    add_facts(content, sheet);
    json_object_set_new(content, "fields", fields_of(sheet));
    return add_report(content, sheet, err) || surroundings_add(content, sheet, err) ? -1 : 0;
}

int page_entry(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    const kind_t *kind = lookup_path(site->schema, request->pieces[0]);
    sheet_t sheet;
    int rc = sheet_open_captured(&sheet, site, request, kind ? kind->name : "", response, err);
    json_t *content = sheet_content(&sheet);
    if (content)
        rc = fill(&sheet, content, err);
    return sheet_answer(&sheet, rc, "entry", content, response, err);
}
