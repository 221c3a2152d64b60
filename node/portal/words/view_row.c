/* A record in a list: what it is called, what it is about, what tells it from its neighbours. */
#include "node/portal/words/view.h"

#include "node/portal/words/directory.h"
#include "node/portal/words/format.h"
#include "node/portal/words/markdown.h"
#include "schemas/body.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX (256 * 1024)
#define SUMMARY_MAX 220
#define TAGS_MAX 3

/* Ends a text of more than max bytes with "…", between two characters. */
static void cut(text_t *text, size_t max)
{
    if (text->size <= max)
        return;
    size_t end = max;
    while (end && ((unsigned char)text->data[end] & 0xc0) == 0x80)
        end--;
    text->size = end;
    text->data[end] = 0;
    text_add_string(text, "…");
}

void view_words(const json_t *body, const char *field, size_t max, text_t *out)
{
    const char *text = json_string_value(json_object_get(body, field));
    if (!text)
        return;
    markdown_words(out, text);
    cut(out, max);
}

/* When something happens: the moment by which lists of its kind are ordered. */
static json_t *moment_text(const kind_t *kind, const json_t *body)
{
    const field_t *field = kind_path(kind, kind->sort);
    const char *value = json_string_value(view_first(body, kind->sort));
    if (!value || !field || (field->type != FIELD_DATE && field->type != FIELD_INSTANT))
        return json_string("");
    text_t text;
    text_init(&text, TEXT_MAX);
    (field->type == FIELD_DATE ? format_date : format_instant)(&text, value);
    return view_take(&text);
}

/* The figure that a record is about, if its kind has one: "Valeur : 10,2 %". */
static json_t *figure_text(const site_t *site, const kind_t *kind, const json_t *body)
{
    for (size_t i = 0; i < kind->field_count; i++) {
        const field_t *field = &kind->fields[i];
        json_t *view = view_is_measure(field) ? view_field(site, field, body) : NULL;
        if (!view)
            continue;
        json_t *text = json_sprintf("%s\u00a0: %s", field->label,
                                    json_string_value(json_object_get(view, "text")));
        json_decref(view);
        return text;
    }
    return json_string("");
}

static void add_tag(const site_t *site, json_t *tags, const field_t *field, const json_t *code)
{
    if (!json_is_string(code) || json_array_size(tags) == TAGS_MAX)
        return;
    text_t text;
    text_init(&text, 256);
    view_code(site, field, json_string_value(code), &text);
    json_array_append_new(tags, view_take(&text));
}

/* What tells this record from its neighbours: the first labels of its facets. */
static json_t *tags_of(const site_t *site, const kind_t *kind, const json_t *body)
{
    json_t *tags = json_array();
    for (size_t i = 0; i < kind->field_count; i++) {
        const field_t *field = &kind->fields[i];
        const field_t *of = field->type == FIELD_LIST && field->field_count ? field->fields : field;
        if (!field->facet || of->type != FIELD_CODE)
            continue;
        const json_t *value = json_object_get(body, field->name);
        add_tag(site, tags, field, value);
        for (size_t j = 0; j < json_array_size(value); j++)
            add_tag(site, tags, field, json_array_get(value, j));
    }
    return tags;
}

json_t *view_row(const site_t *site, const kind_t *kind, const entry_t *entry)
{
    err_t unreadable; /* the row still leads to the page, which says so */
    json_t *body = body_decode(kind, entry->body, entry->body_size, &unreadable);
    text_t href, summary;
    text_init(&href, 1024);
    text_init(&summary, TEXT_MAX);
    view_link(site, kind, entry->hub, entry->id, &href);
    view_words(body, kind->summary, SUMMARY_MAX, &summary);
    json_t *row = json_object();
    json_object_set_new(row, "href", view_take(&href));
    json_object_set_new(row, "title",
                        json_string(entry->title && *entry->title ? entry->title : entry->id));
    json_object_set_new(row, "summary", view_take(&summary));
    json_object_set_new(row, "when", moment_text(kind, body));
    json_object_set_new(row, "figure", figure_text(site, kind, body));
    json_object_set_new(row, "tags", tags_of(site, kind, body));
    json_object_set_new(row, "hub", json_string(directory_name(site->directory, entry->hub)));
    bool elsewhere = site->settings->role == MEMBER_HUB && strcmp(entry->hub, site->settings->name);
    json_object_set_new(row, "elsewhere", json_boolean(elsewhere));
    json_object_set_new(row, "demo", json_boolean(json_is_true(json_object_get(body, "demo"))));
    json_decref(body);
    return row;
}
