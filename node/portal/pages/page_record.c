/* A record of a kind that has no page of its own. */
#include "node/portal/pages/pages.h"

#include "node/portal/lists/lookup.h"
#include "node/portal/pages/sheet.h"
#include "node/portal/words/view.h"

#include <string.h>

/* Shown elsewhere on the page, or of no use to a reader. */
static bool shown_apart(const kind_t *kind, const field_t *field)
{
    return !strcmp(field->name, kind->title) || !strcmp(field->name, "demo")
           || !strcmp(field->name, "langue");
}

static void add_field(json_t *fields, const char *label, json_t *view)
{
    if (!view)
        return;
    json_object_set_new(view, "label", json_string(label));
    json_array_append_new(fields, view);
}

/* The fields of the kind, in its order; the one that sums up the record comes first. */
static json_t *known_fields(const site_t *site, const kind_t *kind, const json_t *body)
{
    json_t *fields = json_array();
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < kind->field_count; i++) {
            const field_t *field = &kind->fields[i];
            bool sums_up = !strcmp(field->name, kind->summary);
            if (sums_up == !pass && !shown_apart(kind, field))
                add_field(fields, field->label, view_field(site, field, body));
        }
    return fields;
}

/* What a newer version of the kind added, or another hub's node knows and ours does not. */
static json_t *other_fields(const kind_t *kind, json_t *body)
{
    json_t *fields = json_array();
    const char *name;
    json_t *value;
    json_object_foreach(body, name, value) if (!kind_field(kind, name))
        add_field(fields, name, view_unknown(value));
    return fields;
}

int page_record(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    const kind_t *kind = lookup_path(site->schema, request->captures[0]);
    sheet_t sheet;
    int rc = sheet_open(&sheet, site, request, kind ? kind->name : "", request->captures[1],
                        request->captures[2], response, err);
    json_t *content = sheet_content(&sheet);
    if (content) {
        json_t *others = other_fields(kind, sheet.body);
        json_object_set_new(content, "fields", known_fields(site, kind, sheet.body));
        json_object_set_new(content, "has_others", json_boolean(json_array_size(others)));
        json_object_set_new(content, "others", others);
    }
    return sheet_answer(&sheet, rc, "record", content, response, err);
}
