#include "node/export/forms.h"
#include "node/export/writer.h"

#include "schemas/value.h"

#include <stdlib.h>

bool geojson_fits(const kind_t *kind)
{
    char *longitude, *latitude;
    bool fits = writer_coordinates(kind, &longitude, &latitude);
    free(longitude);
    free(latitude);
    return fits;
}

void geojson_begin(export_t *self, text_t *out)
{
    (void)self;
    text_add_string(out, "{\"type\":\"FeatureCollection\",\"features\":[");
}

static json_t *geometry(const export_t *self, const json_t *body)
{
    const json_t *longitude = value_at(body, self->longitude);
    const json_t *latitude = value_at(body, self->latitude);
    if (!json_is_number(longitude) || !json_is_number(latitude))
        return json_null();
    return json_pack("{s:s, s:[O, O]}", "type", "Point", "coordinates", longitude, latitude);
}

/* The body's own names, and ours, which win: a map program shows them as columns. */
static json_t *properties(const entry_t *entry, const json_t *body)
{
    json_t *properties = json_copy((json_t *)body);
    json_object_set_new(properties, "hub", json_string(entry->hub));
    json_object_set_new(properties, "kind", json_string(entry->kind));
    json_object_set_new(properties, "id", json_string(entry->id));
    json_object_set_new(properties, "changed", envelope_instant(entry->changed_ms));
    json_object_set_new(properties, "demo", json_boolean(writer_is_demo(body)));
    return properties;
}

int geojson_record(export_t *self, const entry_t *entry, const json_t *body, text_t *out)
{
    json_t *feature = json_pack("{s:s, s:o, s:o, s:o}", "type", "Feature", "id",
                                json_sprintf("%s/%s", entry->hub, entry->id), "geometry",
                                geometry(self, body), "properties", properties(entry, body));
    text_add_string(out, self->written ? ",\n" : "\n");
    writer_json(feature, out);
    json_decref(feature);
    return 0;
}

void geojson_end(export_t *self, text_t *out)
{
    (void)self;
    text_add_string(out, "\n]}\n");
}
