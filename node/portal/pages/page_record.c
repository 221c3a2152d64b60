#include "node/portal/pages/pages.h"

#include "node/portal/lists/lookup.h"
#include "node/portal/programs/signpost.h"
#include "node/portal/words/directory.h"
#include "node/portal/words/format.h"
#include "node/portal/words/view.h"
#include "schemas/body.h"

#include <string.h>

#define WORDS_MAX 300 /* of the description for search engines */

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

static json_t *moment(int64_t unix_ms, int64_t now_ms)
{
    text_t text;
    text_init(&text, 64);
    format_moment(&text, unix_ms, now_ms);
    return view_take(&text);
}

/* Who vouches for this record, and since when we know that it is so. */
static void add_voucher(json_t *content, const site_t *site, const entry_t *entry)
{
    json_object_set_new(content, "hub", json_string(directory_name(site->directory, entry->hub)));
    json_object_set_new(content, "own", json_boolean(!entry->verified_at_ms));
    json_object_set_new(content, "changed", moment(entry->changed_ms, site->now_ms));
    if (entry->verified_at_ms)
        json_object_set_new(content, "verified", moment(entry->verified_at_ms, site->now_ms));
    text_t api;
    text_init(&api, 1024);
    text_add_format(&api, "/api/v1/%s/%s/", entry->kind, entry->hub);
    request_encode(&api, entry->id);
    json_object_set_new(content, "api", view_take(&api));
}

static int show(site_t *site, const request_t *request, const kind_t *kind, const entry_t *entry,
                response_t *response, err_t *err)
{
    json_t *body = body_decode(kind, entry->body, entry->body_size, err);
    if (!body)
        return err_context(err, "La fiche ne peut pas être affichée : ");
    text_t words;
    text_init(&words, BODY_MAX_SIZE);
    view_words(body, kind->summary, WORDS_MAX, &words);
    json_t *others = other_fields(kind, body);
    json_t *content = json_pack(
        "{s:s, s:s, s:s, s:b, s:o, s:b}", "title",
        entry->title && *entry->title ? entry->title : entry->id, "path", kind->path, "plural",
        kind->plural, "demo", json_is_true(json_object_get(body, "demo")), "fields",
        known_fields(site, kind, body), "has_others", json_array_size(others) > 0);
    json_object_set_new(content, "others", others);
    json_object_set_new(content, "words", view_take(&words));
    add_voucher(content, site, entry);
    signpost_record(site, request, kind, entry, body, content, response);
    json_decref(body);
    return site_page(site, "record", content, response, err);
}

static int missing(unsigned status, const kind_t *kind, response_t *response)
{
    response_fail(response, status, NULL);
    text_add_format(&response->back, "/%s", kind->path);
    text_add_format(&response->back_label, "Voir la liste : %s", kind->plural);
    return 0;
}

int page_record(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    const kind_t *kind = lookup_path(site->schema, request->captures[0]);
    if (!kind) {
        response_fail(response, 404, NULL);
        return 0;
    }
    entry_t entry = {0};
    int found = lookup_record(site->catalogue, kind, request->captures[1], request->captures[2],
                              &entry, err);
    if (found < 0 || directory_refresh(site->directory, site->catalogue, site->schema, err)) {
        entry_free(&entry);
        return -1;
    }
    int rc = !found          ? missing(404, kind, response)
             : entry.deleted ? missing(410, kind, response)
                             : show(site, request, kind, &entry, response, err);
    entry_free(&entry);
    return rc;
}
