/* The page of a provider or an actor: whom to call first, then what they do and what it costs, what they say of
 * themselves, and what else is near. Every other field of the kind follows as on any record's page. */
#include "node/portal/pages/pages.h"

#include "node/portal/lists/listing.h"
#include "node/portal/lists/lookup.h"
#include "node/portal/lists/near.h"
#include "node/portal/pages/facts.h"
#include "node/portal/programs/signpost.h"
#include "node/portal/words/directory.h"
#include "node/portal/words/format.h"
#include "node/portal/words/hours.h"
#include "node/portal/words/territory.h"
#include "node/portal/words/view.h"
#include "schemas/body.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 300 /* of the description for search engines */
#define TEXT_MAX (256 * 1024)
#define NEIGHBOURS 4
#define EVENTS 3
#define AIDS 6
#define NEIGHBOURHOOD_M 25000.

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

static const char *text_of(const json_t *map, const char *name)
{
    const char *text = json_string_value(json_object_get(map, name));
    return text ? text : "";
}

static void add_view(json_t *content, const site_t *site, const kind_t *kind, const char *name,
                     const json_t *body)
{
    const field_t *field = kind_field(kind, name);
    json_t *view = field ? view_field(site, field, body) : NULL;
    json_object_set_new(content, name, view ? view : json_null());
}

static json_t *fields_of(const site_t *site, const kind_t *kind, json_t *body)
{
    json_t *fields = json_array();
    for (size_t i = 0; i < kind->field_count; i++) {
        const field_t *field = &kind->fields[i];
        json_t *view = has_place(kind, field) ? NULL : view_field(site, field, body);
        if (!view)
            continue;
        json_object_set_new(view, "label", json_string(field->label));
        json_array_append_new(fields, view);
    }
    const char *name;
    json_t *value;
    json_object_foreach(body, name, value)
    {
        json_t *view = kind_field(kind, name) ? NULL : view_unknown(value);
        if (!view)
            continue;
        json_object_set_new(view, "label", json_string(name));
        json_array_append_new(fields, view);
    }
    return fields;
}

/* --- offers --- */

static const field_t *member(const kind_t *kind, const char *path)
{
    return kind_path(kind, path);
}

static json_t *code_text(const site_t *site, const kind_t *kind, const char *path, const char *code)
{
    const field_t *field = member(kind, path);
    text_t text;
    text_init(&text, TEXT_MAX);
    if (field && *code)
        view_code(site, field, code, &text);
    return view_take(&text);
}

static json_t *duration(const json_t *days)
{
    text_t text;
    text_init(&text, 256);
    json_t *ends[] = {json_array_get(days, 0), json_array_get(days, 1)};
    if (json_array_size(days) == 2 && (json_is_number(ends[0]) || json_is_number(ends[1]))) {
        double min = json_number_value(ends[0]), max = json_number_value(ends[1]);
        bool one = (json_is_number(ends[1]) ? max : min) < 2;
        format_interval(&text, json_is_number(ends[0]) ? &min : NULL,
                        json_is_number(ends[1]) ? &max : NULL, 1, one ? "jour" : "jours");
    }
    return view_take(&text);
}

static json_t *offer_view(const site_t *site, const kind_t *kind, const json_t *offer)
{
    const field_t *described = member(kind, "offres.description");
    text_t price;
    text_init(&price, 512);
    facts_price(&price, json_object_get(offer, "prix"));
    json_t *words = described ? view_field(site, described, offer) : NULL;
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "name", text_of(offer, "titre"), "sort",
                     code_text(site, kind, "offres.type", text_of(offer, "type")), "price",
                     view_take(&price), "duration", duration(json_object_get(offer, "duree_jours")),
                     "way", code_text(site, kind, "offres.modalite", text_of(offer, "modalite")),
                     "about", words ? words : json_null());
}

static json_t *offers(const site_t *site, const kind_t *kind, const json_t *body)
{
    json_t *views = json_array();
    const json_t *list = json_object_get(body, "offres");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (*text_of(json_array_get(list, i), "titre"))
            json_array_append_new(views, offer_view(site, kind, json_array_get(list, i)));
    return views;
}

/* --- whom to call, where to go --- */

static json_t *address(const site_t *site, const json_t *body, bool withheld)
{
    static const char *const LINES[] = {"adresse", "complement_adresse"};
    json_t *lines = json_array();
    for (size_t i = 0; i < sizeof LINES / sizeof *LINES && !withheld; i++)
        if (*text_of(body, LINES[i]))
            json_array_append_new(lines, json_string(text_of(body, LINES[i])));
    text_t town;
    text_init(&town, 1024);
    if (*text_of(body, "commune"))
        text_add_format(&town, "%s%s%s", withheld ? "" : text_of(body, "code_postal"),
                        withheld ? "" : " ", text_of(body, "commune"));
    else if (*text_of(body, "code_insee"))
        territory_label(site->geo, &town, text_of(body, "code_insee"));
    json_t *last = view_take(&town);
    if (json_string_length(last))
        json_array_append(lines, last);
    json_decref(last);
    return lines;
}

static void add_hours(json_t *content, const json_t *body)
{
    const char *hours = text_of(body, "horaires");
    json_t *table = *hours ? hours_view(hours) : NULL;
    json_object_set_new(content, "hours_text", json_string(table ? "" : hours));
    json_object_set_new(content, "hours", table ? table : json_array());
    json_object_set_new(content, "has_hours", json_boolean(*hours));
}

static void add_contact(json_t *content, const site_t *site, const kind_t *kind, const json_t *body)
{
    bool withheld = !strcmp(text_of(body, "diffusion"), "P");
    add_view(content, site, kind, "telephone", body);
    add_view(content, site, kind, "courriel", body);
    add_view(content, site, kind, "site", body);
    add_view(content, site, kind, "prise_rdv", body);
    add_view(content, site, kind, "fiche_acces_libre", body);
    json_object_set_new(content, "withheld", json_boolean(withheld));
    json_object_set_new(content, "address", address(site, body, withheld));
    add_hours(content, body);
}

/* --- who says so --- */

static json_t *moment(int64_t unix_ms, int64_t now_ms)
{
    text_t text;
    text_init(&text, 64);
    format_moment(&text, unix_ms, now_ms);
    return view_take(&text);
}

static void add_voucher(json_t *content, const site_t *site, const entry_t *entry)
{
    json_object_set_new(content, "hub", json_string(directory_name(site->directory, entry->hub)));
    json_object_set_new(content, "own", json_boolean(!entry->verified_at_ms));
    json_object_set_new(content, "changed", moment(entry->changed_ms, site->now_ms));
    json_object_set_new(content, "verified",
                        entry->verified_at_ms ? moment(entry->verified_at_ms, site->now_ms)
                                              : json_string(""));
}

/* {name, href, licence, date}: where the record was read. */
static json_t *source(const json_t *body)
{
    const json_t *source = json_object_get(body, "source");
    char *href = view_url(text_of(source, "url"));
    text_t date;
    text_init(&date, 128);
    if (*text_of(source, "date"))
        format_date(&date, text_of(source, "date"));
    json_t *view =
        json_pack("{s:s, s:s, s:s, s:o}", "name", text_of(source, "nom"), "url", href ? href : "",
                  "licence", text_of(source, "licence"), "read_on", view_take(&date));
    free(href);
    if (*text_of(source, "nom"))
        return view;
    json_decref(view);
    return json_null();
}

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
    *mail = view_mailto(text_of(body, "courriel"));
    json_decref(body);
    entry_free(&entry);
    return 0;
}

static int add_report(json_t *content, site_t *site, const request_t *request, const kind_t *kind,
                      const entry_t *entry, err_t *err)
{
    char *mail;
    text_t href;
    if (find_hub_mail(site, entry->hub, &mail, err))
        return -1;
    text_init(&href, 8192);
    if (mail) {
        text_add_format(&href, "%s?subject=", mail);
        request_encode(&href, "Une erreur sur une fiche : ");
        request_encode(&href, entry->title);
        text_add_string(&href, "&body=");
        request_encode(&href, "La fiche : ");
        request_encode(&href, request->origin);
        text_t path;
        text_init(&path, 1024);
        view_address(kind, entry->hub, entry->id, &path);
        request_encode(&href, path.data);
        text_free(&path);
        request_encode(&href, "\r\nCe qui est faux : ");
    }
    free(mail);
    json_object_set_new(content, "report", view_take(&href));
    return 0;
}

/* --- what else is near --- */

static json_t *near_rows(const site_t *site, const kind_t *kind, const page_t *page,
                         const entry_t *but, bool about, size_t max)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < page->count && json_array_size(rows) < max; i++) {
        const entry_t *entry = &page->entries[i];
        if (!strcmp(entry->id, but->id) && !strcmp(entry->hub, but->hub))
            continue;
        text_t words;
        text_init(&words, 128);
        near_words(&words, entry->metres, about || !entry->located);
        json_t *row = view_row(site, kind, entry);
        json_object_set_new(row, "distance", view_take(&words));
        json_array_append_new(rows, row);
    }
    return rows;
}

/* Records of a kind around this one; past events are left out. */
static int add_near(json_t *content, const char *name, site_t *site, const char *kind_name,
                    const entry_t *entry, const around_t *around, size_t max, err_t *err)
{
    const kind_t *kind = schema_kind(site->schema, kind_name);
    char today[FORMAT_DAY_START_SIZE];
    page_t page;
    if (!kind)
        return 0;
    query_t query = {.kind = kind, .around = around, .limit = max + 1};
    listing_skip_past(&query, site->now_ms, today);
    if (catalogue_list(site->catalogue, &query, &page, err))
        return -1;
    json_t *rows = near_rows(site, kind, &page, entry, !entry->located, max);
    page_free(&page);
    if (json_array_size(rows))
        json_object_set_new(content, name,
                            json_pack("{s:s, s:O}", "list", kind->path, "cards", rows));
    json_decref(rows);
    return 0;
}

/* The aids that the offers name and that we know. */
static int add_aids(json_t *content, site_t *site, const json_t *body, err_t *err)
{
    const kind_t *kind = schema_kind(site->schema, "programme");
    const json_t *list = json_object_get(body, "offres");
    json_t *rows = json_array();
    int found = 0;
    for (size_t i = 0; kind && i < json_array_size(list); i++) {
        const json_t *ids = json_object_get(json_array_get(list, i), "financements");
        for (size_t j = 0; found >= 0 && j < json_array_size(ids); j++) {
            const char *id = json_string_value(json_array_get(ids, j));
            entry_t entry;
            if (!id || json_array_size(rows) == AIDS)
                continue;
            found = catalogue_find(site->catalogue, NULL, "programme", id, &entry, err);
            if (found > 0 && !entry.deleted)
                json_array_append_new(rows, view_row(site, kind, &entry));
            if (found > 0)
                entry_free(&entry);
        }
    }
    if (json_array_size(rows))
        json_object_set_new(content, "aids",
                            json_pack("{s:s, s:O}", "list", kind->path, "cards", rows));
    json_decref(rows);
    return found < 0 ? -1 : 0;
}

static int add_surroundings(json_t *content, site_t *site, const kind_t *kind, const entry_t *entry,
                            const json_t *body, err_t *err)
{
    around_t around = {
        .radius_m = NEIGHBOURHOOD_M, .each_commune = near_each_commune, .geography = site->geo};
    if (add_aids(content, site, body, err))
        return -1;
    if (!near_locate(site->geo, entry, &around.lat, &around.lon))
        return 0;
    return add_near(content, "neighbours", site, kind->name, entry, &around, NEIGHBOURS, err)
                   || add_near(content, "events", site, "event", entry, &around, EVENTS, err)
               ? -1
               : 0;
}

/* --- the page --- */

static void add_distance(json_t *content, site_t *site, const request_t *request,
                         const entry_t *entry)
{
    near_t near;
    query_t unused = {0};
    int32_t lat, lon;
    text_t words;
    text_init(&words, 512);
    near_read(&near, site, request, &unused);
    if (near.found && near_locate(site->geo, entry, &lat, &lon)) {
        near_words(&words, geo_metres(near.around.lat, near.around.lon, lat, lon),
                   near_about(&near, entry));
        text_add_format(&words, " de %s", near.label);
    }
    json_object_set_new(content, "away", view_take(&words));
}

static json_t *content_of(site_t *site, const request_t *request, const kind_t *kind,
                          const entry_t *entry, json_t *body)
{
    char today[FORMAT_DAY_START_SIZE];
    format_day_start(site->now_ms, today);
    text_t words;
    text_init(&words, BODY_MAX_SIZE);
    view_words(body, kind->summary, WORDS_MAX, &words);
    json_t *content =
        json_pack("{s:s, s:s, s:s, s:b, s:o, s:o, s:o, s:o}", "title",
                  entry->title && *entry->title ? entry->title : entry->id, "path", kind->path,
                  "plural", kind->plural, "demo", json_is_true(json_object_get(body, "demo")),
                  "words", view_take(&words), "offers", offers(site, kind, body), "marks",
                  facts_labels(site, kind, body, today), "sovereignty",
                  facts_sovereignty(site, kind, body, today));
    json_object_set_new(content, "has_offers",
                        json_boolean(json_array_size(json_object_get(content, "offers"))));
    json_object_set_new(content, "has_marks",
                        json_boolean(json_array_size(json_object_get(content, "marks"))));
    add_view(content, site, kind, "type", body);
    add_view(content, site, kind, "categorie", body);
    add_view(content, site, kind, kind->summary, body);
    add_view(content, site, kind, "date_maj", body);
    add_contact(content, site, kind, body);
    add_distance(content, site, request, entry);
    json_object_set_new(content, "source", source(body));
    json_object_set_new(content, "fields", fields_of(site, kind, body));
    add_voucher(content, site, entry);
    return content;
}

static int show(site_t *site, const request_t *request, const kind_t *kind, const entry_t *entry,
                response_t *response, err_t *err)
{
    json_t *body = body_decode(kind, entry->body, entry->body_size, err);
    if (!body)
        return err_context(err, "La fiche ne peut pas être affichée : ");
    json_t *content = content_of(site, request, kind, entry, body);
    int rc = add_report(content, site, request, kind, entry, err)
                     || add_surroundings(content, site, kind, entry, body, err)
                 ? -1
                 : 0;
    if (rc == 0)
        signpost_record(site, request, kind, entry, body, content, response);
    json_decref(body);
    if (rc) {
        json_decref(content);
        return -1;
    }
    return site_page(site, "entry", content, response, err);
}

static int missing(unsigned status, const kind_t *kind, response_t *response)
{
    response_fail(response, status, NULL);
    text_add_format(&response->back, "/%s", kind->path);
    text_add_format(&response->back_label, "Voir la liste : %s", kind->plural);
    return 0;
}

int page_entry(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    const kind_t *kind = lookup_path(site->schema, request->pieces[0]);
    entry_t entry = {0};
    if (!kind) {
        response_fail(response, 404, NULL);
        return 0;
    }
    int found = lookup_record(site->catalogue, kind, request->captures[0], request->captures[1],
                              &entry, err);
    int rc = found < 0 || directory_refresh(site->directory, site->catalogue, site->schema, err)
                 ? -1
             : !found        ? missing(404, kind, response)
             : entry.deleted ? missing(410, kind, response)
                             : show(site, request, kind, &entry, response, err);
    entry_free(&entry);
    return rc;
}
