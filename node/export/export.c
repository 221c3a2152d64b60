#include "node/export/forms.h"
#include "node/export/writer.h"

#include "schemas/body.h"
#include "schemas/value.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* --- the table --- */

static bool fits_all(const kind_t *kind)
{
    (void)kind;
    return true;
}

static bool fits_places(const kind_t *kind)
{
    return strcmp(kind->name, "organisation") == 0;
}

static bool fits_programmes(const kind_t *kind)
{
    return strcmp(kind->name, "programme") == 0;
}

const export_format_t export_formats[] = {
    {"json", "application/json", "JSON", .fits = fits_all, .begin = json_begin,
     .record = json_record, .end = json_end},
    {"csv", "text/csv; charset=utf-8", "Tableur (CSV)", .fits = fits_all, .begin = csv_begin,
     .record = csv_record, .end = csv_end},
    {"ics", "text/calendar; charset=utf-8", "Agenda (ICS)", .fits = ics_fits, .begin = ics_begin,
     .record = ics_record, .end = ics_end},
    {"geojson", "application/geo+json", "Carte (GeoJSON)", .fits = geojson_fits,
     .begin = geojson_begin, .record = geojson_record, .end = geojson_end},
    {"atom", "application/atom+xml; charset=utf-8", "Fil (Atom)", .newest = true, .fits = fits_all,
     .begin = atom_begin, .record = atom_record, .end = atom_end},
    {"lieux", "text/csv; charset=utf-8", "Standard national des lieux (CSV)", .field = "type",
     .code = "lieu_accompagnement", .fits = fits_places, .begin = lieux_begin,
     .record = lieux_record, .end = lieux_end},
    {"aides", "text/csv; charset=utf-8", "Schéma national des aides (CSV)", .fits = fits_programmes,
     .begin = aides_begin, .record = aides_record, .end = aides_end},
    {0},
};

const export_format_t *export_find(const char *name, const kind_t *kind)
{
    for (const export_format_t *format = export_formats; format->name; format++)
        if (strcmp(format->name, name) == 0 && format->fits(kind))
            return format;
    return NULL;
}

void export_names(const kind_t *kind, text_t *out)
{
    const char *before = NULL;
    size_t count = 0;
    for (const export_format_t *format = export_formats; format->name; format++) {
        if (!format->fits(kind))
            continue;
        if (before)
            text_add_format(out, "%s%s", count++ ? ", " : "", before);
        before = format->name;
    }
    text_add_format(out, "%s%s", count ? " ou " : "", before);
}

/* --- what the formats share --- */

bool writer_is_demo(const json_t *body)
{
    return json_is_true(json_object_get(body, "demo"));
}

const char *writer_text(const json_t *body, const char *path)
{
    return json_string_value(value_at(body, path));
}

void writer_title(const json_t *body, const char *field, text_t *out)
{
    const char *title = writer_text(body, field);
    text_add_format(out, "%s%s", writer_is_demo(body) ? WRITER_DEMO : "", title ? title : "");
}

void writer_warn(export_t *self, const entry_t *entry, const char *code, const char *field,
                 const char *value, const char *reason)
{
    char where[NAME_SIZE + ID_SIZE];
    int size = snprintf(where, sizeof where, "%s/%s", entry->hub, entry->id);
    assert(size > 0 && (size_t)size < sizeof where);
    findings_add(&self->findings, SEVERITY_WARNING, code, where, field, value, "%s", reason);
}

void writer_json(const json_t *json, text_t *out)
{
    char *dumped = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(BODY_DIGITS));
    assert(dumped);
    text_add_string(out, dumped);
    free(dumped);
}

/* The path of the field's sibling of that type, given; NULL when these are not coordinates. */
static char *degrees(const field_t *fields, size_t count, const char *before, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (fields[i].type == FIELD_DEGREES && strcmp(fields[i].name, name) == 0) {
            char *path;
            int size = asprintf(&path, "%s%s%s", before, *before ? "." : "", name);
            assert(size > 0);
            return path;
        }
    return NULL;
}

static bool coordinates_among(const field_t *fields, size_t count, const char *before,
                              char **longitude, char **latitude)
{
    *longitude = degrees(fields, count, before, "lon");
    *latitude = degrees(fields, count, before, "lat");
    if (*longitude && *latitude)
        return true;
    free(*longitude);
    free(*latitude);
    *longitude = *latitude = NULL;
    return false;
}

bool writer_coordinates(const kind_t *kind, char **longitude, char **latitude)
{
    if (coordinates_among(kind->fields, kind->field_count, "", longitude, latitude))
        return true;
    for (size_t i = 0; i < kind->field_count; i++) {
        const field_t *field = &kind->fields[i];
        if (field->type == FIELD_MAP
            && coordinates_among(field->fields, field->field_count, field->name, longitude,
                                 latitude))
            return true;
    }
    return false;
}

/* --- one export --- */

export_t *export_new(const export_format_t *format, const kind_t *kind, bool bom)
{
    export_t *self = calloc(1, sizeof *self);
    assert(self);
    self->format = format;
    self->kind = kind;
    self->bom = bom;
    columns_of(kind, &self->columns);
    writer_coordinates(kind, &self->longitude, &self->latitude);
    return self;
}

void export_destroy(export_t **self_p)
{
    export_t *self = *self_p;
    if (!self)
        return;
    columns_free(&self->columns);
    findings_free(&self->findings);
    free(self->longitude);
    free(self->latitude);
    free(self);
    *self_p = NULL;
}

void export_set_geo(export_t *self, const geo_t *geo)
{
    self->geo = geo;
}

void export_set_place(export_t *self, const export_place_t *place)
{
    self->place = *place;
}

int export_narrow(const export_t *self, query_t *query, err_t *err)
{
    const export_format_t *format = self->format;
    if (!format->field)
        return 0;
    if (query->filter_count == QUERY_FILTERS_MAX)
        return err_set(err, ERR_REJECT, "Pas plus de %d filtres différents à la fois.",
                       QUERY_FILTERS_MAX);
    query->filters[query->filter_count++] =
        (filter_t){.field = format->field, .codes = {format->code}, .count = 1};
    return 0;
}

static int full(const text_t *out, err_t *err)
{
    if (!out->overflow)
        return 0;
    return err_set(err, ERR_REJECT, "L'export dépasse %zu Mo : choisissez moins de fiches.",
                   out->max >> 20);
}

int export_begin(export_t *self, text_t *out, err_t *err)
{
    self->format->begin(self, out);
    return full(out, err);
}

int export_record(export_t *self, const entry_t *entry, text_t *out, err_t *err)
{
    json_t *body = body_decode(self->kind, entry->body, entry->body_size, err);
    if (!body)
        return err_context(err, "%s/%s : ", entry->hub, entry->id);
    if (self->format->record(self, entry, body, out))
        self->left_out++;
    else
        self->written++;
    json_decref(body);
    return full(out, err);
}

int export_end(export_t *self, text_t *out, err_t *err)
{
    self->format->end(self, out);
    return full(out, err);
}

size_t export_written(const export_t *self)
{
    return self->written;
}

size_t export_left_out(const export_t *self)
{
    return self->left_out;
}

const findings_t *export_findings(const export_t *self)
{
    return &self->findings;
}
