/* Each kind has a type of schema.org and a table of which field becomes which property. A record is published
 * by its hub, at the address of its page, and says when it changed; what a value cannot say there is left
 * out. */
#include "node/portal/programs/jsonld.h"

#include "node/portal/words/directory.h"
#include "node/portal/words/format.h"
#include "node/portal/words/territory.h"
#include "node/portal/words/view.h"
#include "schemas/body.h"

#include <string.h>

#define DESCRIPTION_MAX 1000

typedef enum form {
    TEXT,      /* as it is */
    WORDS,     /* Markdown: its plain words */
    ADDRESS,   /* http or https only */
    LABEL,     /* the label of a code, or of each of a list */
    TERRITORY, /* {Place, name} of a COG code, or of each of a list */
    NAMES,     /* a list of texts: {Organization, name} */
    STEP,      /* Markdown: {HowToStep, text} */
    WHERE,     /* a map, or "" for the body itself: {Place, address, geo} */
    STATUS,    /* of an event */
    MODE,      /* of an event: where one attends */
    MEASURE,   /* of an indicator: {PropertyValue} */
} form_t;

typedef struct row {
    const char *kind, *path, *property;
    form_t form;
} row_t;

static const struct {
    const char *kind, *type;
} TYPES[] = {
    {"answer", "Article"},
    {"event", "Event"},
    {"hub", "Organization"},
    {"indicator", "Dataset"},
    {"organisation", "Organization"},
    {"programme", "GovernmentService"},
    {"provider", "LocalBusiness"},
    {"use_case", "Article"},
};

static const row_t ROWS[] = {
    {"answer", "question", "headline", TEXT},
    {"answer", "theme", "articleSection", LABEL},
    {"answer", "reponse", "articleBody", WORDS},
    {"answer", "demain_matin", "step", STEP},
    {"event", "horaires.debut", "startDate", TEXT},
    {"event", "horaires.fin", "endDate", TEXT},
    {"event", "statut", "eventStatus", STATUS},
    {"event", "mode", "eventAttendanceMode", MODE},
    {"event", "lieu", "location", WHERE},
    {"event", "organisateurs", "organizer", NAMES},
    {"event", "capacite", "maximumAttendeeCapacity", TEXT},
    {"event", "places_restantes", "remainingAttendeeCapacity", TEXT},
    {"hub", "telephone", "telephone", TEXT},
    {"hub", "courriel", "email", TEXT},
    {"hub", "url", "sameAs", ADDRESS},
    {"hub", "territoire", "areaServed", TERRITORY},
    {"indicator", "periode", "temporalCoverage", TEXT},
    {"indicator", "territoire", "spatialCoverage", TERRITORY},
    {"indicator", "methode", "measurementTechnique", TEXT},
    {"indicator", "source_url", "isBasedOn", ADDRESS},
    {"indicator", "", "variableMeasured", MEASURE},
    {"organisation", "telephone", "telephone", TEXT},
    {"organisation", "courriel", "email", TEXT},
    {"organisation", "site", "sameAs", ADDRESS},
    {"organisation", "siren", "taxID", TEXT},
    {"organisation", "zone_intervention", "areaServed", TERRITORY},
    {"organisation", "", "location", WHERE},
    {"programme", "operateur", "provider", NAMES},
    {"programme", "types_aides", "serviceType", LABEL},
    {"programme", "url_source", "sameAs", ADDRESS},
    {"programme", "cibles", "audience", LABEL},
    {"provider", "telephone", "telephone", TEXT},
    {"provider", "courriel", "email", TEXT},
    {"provider", "site", "sameAs", ADDRESS},
    {"provider", "siren", "taxID", TEXT},
    {"provider", "fonctions_servies", "knowsAbout", LABEL},
    {"provider", "zone_intervention", "areaServed", TERRITORY},
    {"provider", "", "location", WHERE},
    {"use_case", "titre", "headline", TEXT},
    {"use_case", "section", "articleSection", LABEL},
    {"use_case", "solution", "articleBody", WORDS},
};

/* --- values --- */

static json_t *one_label(const field_t *field, const char *code)
{
    return json_string(field->vocabulary ? vocabulary_label(field->vocabulary, code) : code);
}

static json_t *one_place(const site_t *site, const char *code)
{
    text_t name;
    text_init(&name, 256);
    territory_label(site->geo, &name, code);
    return json_pack("{s:s, s:o}", "@type", "AdministrativeArea", "name", view_take(&name));
}

static json_t *one(const site_t *site, const field_t *field, form_t form, const char *text)
{
    switch (form) {
    case LABEL:
        return one_label(field, text);
    case TERRITORY:
        return one_place(site, text);
    case NAMES:
        return json_pack("{s:s, s:s}", "@type", "Organization", "name", text);
    default:
        return json_string(text);
    }
}

/* A value, or each of a list. */
static json_t *each(const site_t *site, const field_t *field, form_t form, const json_t *value)
{
    const field_t *of = field->type == FIELD_LIST ? field->fields : field;
    if (json_is_string(value))
        return one(site, of, form, json_string_value(value));
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(value); i++) {
        const char *text = json_string_value(json_array_get(value, i));
        if (text)
            json_array_append_new(list, one(site, of, form, text));
    }
    if (json_array_size(list))
        return list;
    json_decref(list);
    return NULL;
}

static json_t *words(const json_t *body, const char *field, size_t max)
{
    text_t text;
    text_init(&text, BODY_MAX_SIZE * 2);
    view_words(body, field, max, &text);
    json_t *view = view_take(&text);
    if (json_string_length(view))
        return view;
    json_decref(view);
    return NULL;
}

static json_t *step_of(json_t *text)
{
    return text ? json_pack("{s:s, s:o}", "@type", "HowToStep", "text", text) : NULL;
}

static json_t *harmless(const json_t *value)
{
    char *url = json_is_string(value) ? view_url(json_string_value(value)) : NULL;
    json_t *address = url ? json_string(url) : NULL;
    free(url);
    return address;
}

/* --- what has a form of its own in schema.org --- */

static const char *word_of(const json_t *code, const char *const words_of[][2], size_t count)
{
    for (size_t i = 0; json_is_string(code) && i < count; i++)
        if (!strcmp(words_of[i][0], json_string_value(code)))
            return words_of[i][1];
    return NULL;
}

static json_t *status_of(const json_t *code)
{
    static const char *const STATUSES[][2] = {
        {"annule", "https://schema.org/EventCancelled"},
        {"reporte", "https://schema.org/EventPostponed"},
        {"deplace_en_ligne", "https://schema.org/EventMovedOnline"}};
    const char *word = word_of(code, STATUSES, 3);
    return json_string(word ? word : "https://schema.org/EventScheduled");
}

static json_t *mode_of(const json_t *code)
{
    static const char *const MODES[][2] = {
        {"en_ligne", "https://schema.org/OnlineEventAttendanceMode"},
        {"mixte", "https://schema.org/MixedEventAttendanceMode"}};
    const char *word = word_of(code, MODES, 2);
    return json_string(word ? word : "https://schema.org/OfflineEventAttendanceMode");
}

static json_t *place_of(const json_t *map)
{
    static const char *const PARTS[][2] = {{"adresse", "streetAddress"},
                                           {"code_postal", "postalCode"},
                                           {"commune", "addressLocality"}};
    json_t *address = json_pack("{s:s, s:s}", "@type", "PostalAddress", "addressCountry", "FR");
    size_t empty = json_object_size(address);
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        json_t *part = json_object_get(map, PARTS[i][0]);
        if (json_is_string(part))
            json_object_set(address, PARTS[i][1], part);
    }
    json_t *place = json_pack("{s:s}", "@type", "Place");
    if (json_is_string(json_object_get(map, "adresse")) || json_object_size(address) > empty)
        json_object_set(place, "address", address);
    json_decref(address);
    json_t *latitude = json_object_get(map, "lat"), *longitude = json_object_get(map, "lon");
    if (json_is_number(latitude) && json_is_number(longitude))
        json_object_set_new(place, "geo",
                            json_pack("{s:s, s:O, s:O}", "@type", "GeoCoordinates", "latitude",
                                      latitude, "longitude", longitude));
    if (json_object_size(place) > 1)
        return place;
    json_decref(place);
    return NULL;
}

static json_t *venue_of(const json_t *map, const char *path)
{
    json_t *place = place_of(map), *name = *path ? json_object_get(map, "nom") : NULL;
    if (!place && json_is_string(name))
        place = json_pack("{s:s}", "@type", "Place");
    if (place && json_is_string(name))
        json_object_set(place, "name", name);
    return place;
}

static json_t *measure_of(const kind_t *kind, const json_t *body)
{
    const json_t *value = json_object_get(body, "valeur"),
                 *ends = json_object_get(body, "intervalle");
    const char *unit = json_string_value(json_object_get(body, "unite"));
    const field_t *field = kind_field(kind, "unite");
    const char *name = json_string_value(json_object_get(body, "libelle"));
    json_t *measure =
        json_pack("{s:s, s:s}", "@type", "PropertyValue", "name", name ? name : kind->label);
    if (unit && field)
        json_object_set_new(measure, "unitText", one_label(field, unit));
    if (json_is_number(value))
        json_object_set(measure, "value", (json_t *)value);
    static const char *const ENDS[] = {"minValue", "maxValue"};
    for (size_t i = 0; i < 2; i++)
        if (json_is_number(json_array_get(ends, i)))
            json_object_set(measure, ENDS[i], json_array_get(ends, i));
    return measure;
}

/* --- a record --- */

static json_t *property_of(const site_t *site, const kind_t *kind, const row_t *row,
                           const json_t *body)
{
    const json_t *value = *row->path ? view_first(body, row->path) : body;
    const field_t *field = kind_path(kind, row->path);
    if (!value)
        return NULL;
    switch (row->form) {
    case TEXT:
        return json_is_string(value) || json_is_number(value) ? json_incref((json_t *)value) : NULL;
    case WORDS:
        return words(body, row->path, DESCRIPTION_MAX * 5);
    case STEP:
        return step_of(words(body, row->path, DESCRIPTION_MAX * 2));
    case ADDRESS:
        return harmless(value);
    case LABEL:
    case TERRITORY:
    case NAMES:
        return field ? each(site, field, row->form, value) : NULL;
    case WHERE:
        return venue_of(value, row->path);
    case STATUS:
        return status_of(value);
    case MODE:
        return mode_of(value);
    case MEASURE:
        return measure_of(kind, body);
    }
    return NULL;
}

static const char *type_of(const kind_t *kind, const json_t *body)
{
    if (!strcmp(kind->name, "answer") && json_object_get(body, "demain_matin"))
        return "HowTo"; /* an answer that says what to do: only that type has steps */
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
        if (!strcmp(TYPES[i].kind, kind->name))
            return TYPES[i].type;
    return "CreativeWork";
}

static bool has_property(const char *type, const row_t *row)
{
    bool steps = !strcmp(row->property, "step");
    bool article = !strncmp(row->property, "article", 7) || !strcmp(row->property, "headline");
    return strcmp(type, "HowTo") ? !steps : !article;
}

static bool is_work(const char *type)
{
    static const char *const WORKS[] = {"Article", "HowTo", "Dataset", "CreativeWork"};
    for (size_t i = 0; i < sizeof WORKS / sizeof *WORKS; i++)
        if (!strcmp(WORKS[i], type))
            return true;
    return false;
}

/* What only a work has: who answers for it, since when it is so, and under which licence. */
static void add_work(json_t *object, const site_t *site, const entry_t *entry, const json_t *body)
{
    text_t changed;
    text_init(&changed, 64);
    format_utc(&changed, entry->changed_ms);
    json_object_set_new(object, "dateModified", view_take(&changed));
    json_object_set_new(object, "inLanguage", json_string("fr"));
    json_t *publisher = json_pack("{s:s, s:s}", "@type", "Organization", "name",
                                  directory_name(site->directory, entry->hub));
    json_object_set(object, "author", publisher);
    json_object_set_new(object, "publisher", publisher);
    const char *licence = json_string_value(view_first(body, "source.licence"));
    if (licence)
        json_object_set_new(object, "license", json_string(licence));
    json_t *source = harmless(view_first(body, "source.url"));
    if (source && !json_object_get(object, "isBasedOn"))
        json_object_set(object, "isBasedOn", source);
    json_decref(source);
}

json_t *jsonld_record(const site_t *site, const char *origin, const kind_t *kind,
                      const entry_t *entry, const json_t *body)
{
    const char *type = type_of(kind, body);
    text_t address;
    text_init(&address, REQUEST_TARGET_MAX + REQUEST_ORIGIN_SIZE);
    text_add_string(&address, origin);
    view_link(site, kind, entry->hub, entry->id, &address);
    json_t *url = view_take(&address);
    json_t *object = json_pack(
        "{s:s, s:s, s:O, s:s, s:O}", "@context", "https://schema.org", "@type", type, "@id", url,
        "name", entry->title && *entry->title ? entry->title : entry->id, "url", url);
    json_decref(url);
    json_t *description = words(body, kind->summary, DESCRIPTION_MAX);
    if (description)
        json_object_set_new(object, "description", description);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        bool ours = !strcmp(ROWS[i].kind, kind->name) && has_property(type, &ROWS[i]);
        json_t *property = ours ? property_of(site, kind, &ROWS[i], body) : NULL;
        if (property)
            json_object_set_new(object, ROWS[i].property, property);
    }
    if (is_work(type))
        add_work(object, site, entry, body);
    return object;
}
