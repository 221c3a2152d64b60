#include "node/portal/words/view.h"

#include "node/portal/words/format.h"
#include "node/portal/words/markdown.h"
#include "node/portal/words/sector.h"
#include "node/portal/words/territory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX (256 * 1024)
#define NO_BREAK_SPACE "\u00a0"

static json_t *view_at(const site_t *site, const field_t *field, const json_t *value, int level);
static json_t *unknown_view(const json_t *value, int level);

json_t *view_take(text_t *text)
{
    json_t *string = json_stringn(text->data, text->size);
    text_free(text);
    return string ? string : json_string("");
}

/* Every name of the template, so that none is looked up in the value around this one. */
static json_t *blank(void)
{
    json_t *view =
        json_pack("{s:s, s:s, s:s, s:b, s:s, s:b, s:b, s:[], s:b, s:[]}", "label", "", "text", "",
                  "href", "", "prose", 0, "already_safe_rendered_markdown_html", "", "short", 0,
                  "has_items", 0, "items", "has_rows", 0, "rows");
    assert(view);
    return view;
}

static json_t *text_view(text_t *text)
{
    json_t *view = blank();
    json_object_set_new(view, "text", view_take(text));
    return view;
}

static json_t *string_view(const char *string)
{
    json_t *view = blank();
    json_object_set_new(view, "text", json_string(string));
    return view;
}

/* A list or map deeper than the templates unroll, or of no type we know. */
static json_t *raw_view(const json_t *value)
{
    char *raw = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(12));
    json_t *view = string_view(raw ? raw : "");
    free(raw);
    return view;
}

static json_t *link_view(const char *text, char *href)
{
    json_t *view = string_view(text);
    if (href)
        json_object_set_new(view, "href", json_string(href));
    free(href);
    return view;
}

/* --- one function for each way a value is shown --- */

static json_t *markdown_view(const char *text)
{
    char *html = markdown_html(text);
    json_t *view = blank();
    json_object_set_new(view, "prose", json_true());
    json_object_set_new(view, "already_safe_rendered_markdown_html", json_string(html));
    free(html);
    return view;
}

static json_t *siren_view(const char *number)
{
    text_t text;
    text_init(&text, TEXT_MAX);
    for (size_t i = 0; number[i]; i++) {
        if (i && i % 3 == 0 && i <= 9)
            text_add_string(&text, NO_BREAK_SPACE);
        text_add(&text, number + i, 1);
    }
    return text_view(&text);
}

/* "04 77 43 04 00"; a number that is not ten French digits stays as it is. */
static json_t *tel_view(const char *number)
{
    text_t text;
    text_init(&text, TEXT_MAX);
    bool french = strlen(number) == 10 && strspn(number, "0123456789") == 10;
    for (size_t i = 0; number[i]; i++) {
        if (french && i && i % 2 == 0)
            text_add_string(&text, NO_BREAK_SPACE);
        text_add(&text, number + i, 1);
    }
    json_t *view = link_view(text.data, view_tel(number));
    text_free(&text);
    return view;
}

static json_t *date_view(const char *value, void (*format)(text_t *, const char *))
{
    text_t text;
    text_init(&text, TEXT_MAX);
    format(&text, value);
    return text_view(&text);
}

static json_t *code_view(const site_t *site, const field_t *field, const char *code)
{
    text_t text;
    text_init(&text, TEXT_MAX);
    view_code(site, field, code, &text);
    return text_view(&text);
}

static int decimals_of(field_type_t type)
{
    return type == FIELD_DECIMAL ? 2 : type == FIELD_DEGREES ? 6 : 0;
}

static json_t *number_view(double value, int decimals, const char *unit)
{
    text_t text;
    text_init(&text, TEXT_MAX);
    format_number(&text, value, decimals, unit);
    return text_view(&text);
}

static json_t *interval_view(const field_t *field, const json_t *value, int level)
{
    json_t *ends[] = {json_array_get(value, 0), json_array_get(value, 1)};
    bool numbers =
        json_array_size(value) == 2 && (json_is_number(ends[0]) || json_is_number(ends[1]));
    if (!numbers || !field->field_count)
        return unknown_view(value, level);
    double min = json_number_value(ends[0]), max = json_number_value(ends[1]);
    const field_t *of = &field->fields[0];
    text_t text;
    text_init(&text, TEXT_MAX);
    format_interval(&text, json_is_number(ends[0]) ? &min : NULL,
                    json_is_number(ends[1]) ? &max : NULL, decimals_of(of->type),
                    *field->unit ? field->unit : of->unit);
    return text_view(&text);
}

static json_t *naf_view(const json_t *value, int level)
{
    const char *code = json_string_value(json_object_get(value, "code"));
    const char *of = json_string_value(json_object_get(value, "nomenclature"));
    if (!code || !of || json_object_size(value) != 2)
        return unknown_view(value, level);
    text_t text;
    text_init(&text, TEXT_MAX);
    text_add_format(&text, "%s (NAF %s)", code, strcmp(of, "rev2") ? of : "rév. 2");
    return text_view(&text);
}

static json_t *list_view(const site_t *site, const field_t *of, const json_t *value, int level)
{
    json_t *items = json_array();
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_t *item = view_at(site, of, json_array_get(value, i), level + 1);
        if (item)
            json_array_append_new(items, item);
    }
    json_t *view = blank();
    json_object_set_new(view, "short", json_boolean(of && of->type == FIELD_CODE));
    json_object_set_new(view, "has_items", json_boolean(json_array_size(items)));
    json_object_set_new(view, "items", items);
    return view;
}

static void add_row(json_t *rows, const char *label, json_t *view)
{
    if (!view)
        return;
    json_object_set_new(view, "label", json_string(label));
    json_array_append_new(rows, view);
}

/* {nom, url}, as sources have it, is one link, {nom} its words; NULL for any other map. */
static json_t *named_link(const json_t *value)
{
    const char *name = json_string_value(json_object_get(value, "nom"));
    const char *url = json_string_value(json_object_get(value, "url"));
    if (name && json_object_size(value) == 1)
        return string_view(name);
    char *href = name && url && json_object_size(value) == 2 ? view_url(url) : NULL;
    return href ? link_view(name, href) : NULL;
}

const char *view_text(const json_t *map, const char *name)
{
    const char *text = json_string_value(json_object_get(map, name));
    return text ? text : "";
}

const json_t *view_first(const json_t *body, const char *path)
{
    const json_t *value = body;
    while (value && *path) {
        size_t size = strcspn(path, ".");
        if (json_is_array(value))
            value = json_array_get(value, 0);
        value = json_object_getn(value, path, size);
        path += path[size] ? size + 1 : size;
    }
    return value;
}

static const field_t *member(const field_t *map, const char *name)
{
    for (size_t i = 0; map && i < map->field_count; i++)
        if (!strcmp(map->fields[i].name, name))
            return &map->fields[i];
    return NULL;
}

bool view_is_measure(const field_t *field)
{
    return field->type == FIELD_DECIMAL
           || (field->type == FIELD_INTERVAL && field->field_count
               && field->fields[0].type == FIELD_DECIMAL);
}

/* A member of a map; a measure without a unit of its own takes the one that `unite` beside it
 * names. */
static json_t *member_view(const site_t *site, const field_t *field, const json_t *map, int level)
{
    const json_t *value = json_object_get(map, field->name);
    const char *unit = json_string_value(json_object_get(map, "unite"));
    field_t measured = *field;
    if (unit && !*field->unit && view_is_measure(field))
        measured.unit = unit;
    return value ? view_at(site, &measured, value, level) : NULL;
}

/* Members in the order of the kind, then those it does not know. */
static json_t *map_view(const site_t *site, const field_t *field, const json_t *value, int level)
{
    json_t *link = named_link(value);
    if (link)
        return link;
    json_t *rows = json_array();
    for (size_t i = 0; field && i < field->field_count; i++) {
        const field_t *of = &field->fields[i];
        add_row(rows, of->label, member_view(site, of, value, level + 1));
    }
    const char *name;
    json_t *given;
    json_object_foreach((json_t *)value, name, given) if (!member(field, name))
        add_row(rows, name, view_at(site, NULL, given, level + 1));
    json_t *view = blank();
    json_object_set_new(view, "has_rows", json_boolean(json_array_size(rows)));
    json_object_set_new(view, "rows", rows);
    return view;
}

/* By the look of the value alone. */
static json_t *unknown_view(const json_t *value, int level)
{
    switch (json_typeof(value)) {
    case JSON_NULL:
        return NULL;
    case JSON_TRUE:
        return string_view("oui");
    case JSON_FALSE:
        return string_view("non");
    case JSON_STRING:
        return string_view(json_string_value(value));
    case JSON_INTEGER:
    case JSON_REAL:
        return raw_view(value);
    case JSON_ARRAY:
        return list_view(NULL, NULL, value, level);
    case JSON_OBJECT:
        return map_view(NULL, NULL, value, level);
    }
    return NULL;
}

static json_t *of_string(const site_t *site, const field_t *field, const char *text)
{
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_RNA:
        return string_view(text);
    case FIELD_MARKDOWN:
        return markdown_view(text);
    case FIELD_CODE:
    case FIELD_COG:
        return code_view(site, field, text);
    case FIELD_SIREN:
    case FIELD_SIRET:
        return siren_view(text);
    case FIELD_URL:
        return link_view(text, view_url(text));
    case FIELD_TEL:
        return tel_view(text);
    case FIELD_COURRIEL:
        return link_view(text, view_mailto(text));
    case FIELD_DATE:
        return date_view(text, format_date);
    case FIELD_INSTANT:
        return date_view(text, format_instant);
    case FIELD_NAF:
    case FIELD_INTEGER:
    case FIELD_DECIMAL:
    case FIELD_DEGREES:
    case FIELD_BOOL:
    case FIELD_LIST:
    case FIELD_MAP:
    case FIELD_INTERVAL:
        break;
    }
    return string_view(text);
}

static bool is_number_type(field_type_t type)
{
    return type == FIELD_INTEGER || type == FIELD_DECIMAL || type == FIELD_DEGREES;
}

static json_t *view_at(const site_t *site, const field_t *field, const json_t *value, int level)
{
    bool nested = json_is_array(value) || json_is_object(value);
    if (nested && level >= TEMPLATE_DEPTH - 1)
        return raw_view(value);
    if (!field)
        return unknown_view(value, level);
    if (json_is_string(value))
        return of_string(site, field, json_string_value(value));
    if (json_is_number(value) && is_number_type(field->type))
        return number_view(json_number_value(value), decimals_of(field->type), field->unit);
    if (json_is_array(value) && field->type == FIELD_INTERVAL)
        return interval_view(field, value, level);
    if (json_is_array(value) && field->type == FIELD_LIST && field->field_count)
        return list_view(site, &field->fields[0], value, level);
    if (json_is_object(value) && field->type == FIELD_NAF)
        return naf_view(value, level);
    if (json_is_object(value) && field->type == FIELD_MAP)
        return map_view(site, field, value, level);
    return unknown_view(value, level);
}

static bool is_empty(const json_t *value)
{
    return !value || json_is_null(value) || (json_is_string(value) && !json_string_length(value))
           || (json_is_array(value) && !json_array_size(value))
           || (json_is_object(value) && !json_object_size(value));
}

json_t *view_field(const site_t *site, const field_t *field, const json_t *body)
{
    return is_empty(json_object_get(body, field->name)) ? NULL : member_view(site, field, body, 0);
}

json_t *view_unknown(const json_t *value)
{
    return is_empty(value) ? NULL : unknown_view(value, 0);
}

void view_code(const site_t *site, const field_t *field, const char *code, text_t *out)
{
    const field_t *of = field->type == FIELD_LIST && field->field_count ? field->fields : field;
    if (of->type == FIELD_CODE && of->vocabulary)
        text_add_string(out, vocabulary_label(of->vocabulary, code));
    else if (of->type == FIELD_COG)
        territory_label(site->geo, out, code);
    else if (of->type == FIELD_NAF)
        sector_label(site->schema, code, out);
    else if (of->type == FIELD_BOOL)
        text_add_string(out, !strcmp(code, "true") || !strcmp(code, "1") ? "oui" : "non");
    else
        text_add_string(out, code);
}
