/* A row through a mapping: its columns, constants, fixes and values, then the repairs of the whole. */
#include "node/import/mapping_inside.h"

#include "node/import/reader/reader.h"
#include "schemas/base/text.h"
#include "schemas/base/unicode.h"

#include <stdlib.h>
#include <string.h>

#define VALUE_MAX_SIZE READER_ROW_MAX /* nothing of a row is too long for what shortens it */

/* The member of an object, or the entry of an array at a position written in digits. */
static const json_t *part_of(const json_t *whole, const char *name, size_t size)
{
    if (!json_is_array(whole))
        return json_object_getn(whole, name, size);
    char *end;
    unsigned long index = strtoul(name, &end, 10);
    return end == name + size && size ? json_array_get(whole, index) : NULL;
}

/* A name as a whole, else a dotted path into the record. */
static const json_t *column_value(const json_t *row, const char *column)
{
    const json_t *value = json_object_get(row, column);
    while (!value && row) {
        size_t size = strcspn(column, ".");
        row = part_of(row, column, size);
        if (!column[size])
            return row;
        column += size + 1;
    }
    return value;
}

static void add_text_of(text_t *out, const json_t *value)
{
    if (json_is_string(value))
        text_add(out, json_string_value(value), json_string_length(value));
    else if (json_is_integer(value))
        text_add_format(out, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        text_add_format(out, "%.15g", json_real_value(value));
    else if (json_is_boolean(value))
        text_add_string(out, json_is_true(value) ? "oui" : "non");
}

static const char *value_for(const target_t *target, const char *value)
{
    for (size_t i = 0; i < target->pair_count; i++)
        if (strcmp(target->pairs[i].from, value) == 0)
            return target->pairs[i].to;
    return value;
}

static bool is_groups(const field_t *field)
{
    return field->type == FIELD_LIST && field->fields[0].type == FIELD_MAP;
}

static bool is_activities(const field_t *field)
{
    return field->type == FIELD_LIST && field->fields[0].type == FIELD_NAF;
}

/* NULL when it is not UTF-8: a fix may have cut a letter in two. */
static json_t *value_of_text(const char *text, size_t size)
{
    return unicode_valid(text, size) ? json_stringn_nocheck(text, size) : NULL;
}

/* What a bare text means as an entry of this list: the first field of a group ("nom"), an activity of
 * NAF rev. 2, or itself. */
static json_t *entry_of(const field_t *field, const char *text)
{
    if (is_groups(field))
        return json_pack("{s: s}", field->fields[0].fields[0].name, text);
    if (is_activities(field))
        return json_pack("{s: s, s: s}", "nomenclature", "rev2", "code", text);
    return value_of_text(text, strlen(text));
}

static void add_value(const target_t *target, const char *text, json_t *values)
{
    if (*text) /* jansson takes no NULL: then the value is absent */
        json_array_append_new(values, entry_of(target->field, text));
}

/* One value through the fixes from `first` on and the table; a splitter ends here and begins again for
 * each of its parts. Appends what results to the array `values`. */
static void add_values(const target_t *target, size_t first, const char *given, size_t size,
                       json_t *values)
{
    if (first == target->fix_count && !given[size]) { /* nothing changes it: no copy */
        add_value(target, value_for(target, given), values);
        return;
    }
    text_t value;
    text_init(&value, VALUE_MAX_SIZE);
    text_add(&value, given, size);
    for (size_t i = first; i < target->fix_count; i++) {
        const fix_t *fix = target->fixes[i];
        if (!fix->separator) {
            fix->apply(&value);
            continue;
        }
        for (const char *part = value.data; part;) {
            const char *end = strchr(part, fix->separator);
            add_values(target, i + 1, part, end ? (size_t)(end - part) : strlen(part), values);
            part = end ? end + 1 : NULL;
        }
        text_clear(&value);
        break;
    }
    add_value(target, value_for(target, value.data), values);
    text_free(&value);
}

/* The members of a group that the field knows; what else the source says of it is not asked for. */
static void add_group(const field_t *entry, const json_t *group, json_t *values)
{
    json_t *made = json_object();
    for (size_t i = 0; i < entry->field_count; i++) {
        json_t *member = json_object_get(group, entry->fields[i].name);
        if (member)
            json_object_set(made, entry->fields[i].name, member);
    }
    json_array_append_new(values, made);
}

static void add_column(const target_t *target, const json_t *value, json_t *values);

/* A list of groups that stands as JSON in a cell. False: it is no such text. */
static bool add_list_of_cell(const target_t *target, const json_t *value, json_t *values)
{
    if (!is_groups(target->field) || !json_is_string(value) || *json_string_value(value) != '[')
        return false;
    json_t *list = json_loadb(json_string_value(value), json_string_length(value),
                              JSON_REJECT_DUPLICATES, NULL);
    if (list)
        add_column(target, list, values);
    json_decref(list);
    return list != NULL;
}

/* A text that nothing changes is the row's own. False: something may. */
static bool add_untouched(const target_t *target, json_t *value, json_t *values)
{
    const char *text = json_string_value(value);
    if (!text || !*text || target->fix_count || is_groups(target->field)
        || is_activities(target->field) || value_for(target, text) != text)
        return false;
    json_array_append(values, value);
    return true;
}

static void add_column(const target_t *target, const json_t *value, json_t *values)
{
    if (add_untouched(target, (json_t *)value, values))
        return;
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++)
            add_column(target, json_array_get(value, i), values);
        return;
    }
    if (json_is_object(value) && is_groups(target->field))
        add_group(&target->field->fields[0], value, values);
    else if (json_is_string(value) && !add_list_of_cell(target, value, values))
        add_values(target, 0, json_string_value(value), json_string_length(value), values);
    else if (!json_is_string(value)) {
        text_t text;
        text_init(&text, VALUE_MAX_SIZE);
        add_text_of(&text, value);
        add_values(target, 0, text.data, text.size, values);
        text_free(&text);
    }
}

static json_t *joined(const target_t *target, const json_t *values)
{
    if (json_array_size(values) == 1 && !target->cut)
        return json_incref(json_array_get(values, 0));
    text_t all;
    text_init(&all, VALUE_MAX_SIZE);
    for (size_t i = 0; i < json_array_size(values); i++) {
        if (i)
            text_add_string(&all, " ");
        text_add_string(&all, json_string_value(json_array_get(values, i)));
    }
    if (target->cut)
        fix_cut(&all, target->field->max_size);
    json_t *text = json_stringn_nocheck(all.data, all.size); /* UTF-8, as its parts are */
    text_free(&all);
    return text;
}

static void apply_target(const mapping_t *self, const target_t *target, const json_t *row,
                         json_t *content)
{
    json_t *values = json_array();
    for (size_t i = 0; i < target->column_count; i++)
        add_column(target, column_value(row, target->columns[i]), values);
    bool empty = json_array_size(values) == 0;
    for (size_t i = 0; empty && i < target->constant_count; i++)
        add_value(target, target->constants[i], values);
    if (json_array_size(values) && target->field->type == FIELD_LIST)
        path_set(self->kind, content, target->path, json_incref(values));
    else if (json_array_size(values))
        path_set(self->kind, content, target->path, joined(target, values));
    json_decref(values);
}

static void set_source(const mapping_t *self, const json_t *row, json_t *content)
{
    path_set(self->kind, content, "source.nom", json_string(self->source.nom));
    path_set(self->kind, content, "source.licence", json_string(self->source.licence));
    if (self->source.url)
        path_set(self->kind, content, "source.url", json_string(self->source.url));
    if (self->source.date)
        path_set(self->kind, content, "source.date", json_string(self->source.date));
    text_t id;
    text_init(&id, VALUE_MAX_SIZE);
    if (self->id)
        add_text_of(&id, column_value(row, self->id));
    if (id.size)
        path_set(self->kind, content, "source.identifiant", json_stringn(id.data, id.size));
    text_free(&id);
}

json_t *mapping_apply(const mapping_t *self, const json_t *row, findings_t *findings)
{
    json_t *content = json_object();
    set_source(self, row, content);
    for (size_t i = 0; i < self->count; i++)
        apply_target(self, &self->targets[i], row, content);
    for (size_t i = 0; i < self->repair_count; i++)
        self->repairs[i]->apply(self->kind, row, content, findings);
    return content;
}

/* Does a value say this, the spaces around it aside? */
static bool says(const json_t *value, const char *wanted)
{
    text_t text;
    text_init(&text, VALUE_MAX_SIZE);
    add_text_of(&text, value);
    const char *start = text.data + strspn(text.data, " "), *end = text.data + text.size;
    while (end > start && end[-1] == ' ')
        end--;
    size_t size = (size_t)(end - start);
    bool same = size == strlen(wanted) && memcmp(start, wanted, size) == 0;
    text_free(&text);
    return same;
}

const char *mapping_skips(const mapping_t *self, const json_t *row)
{
    for (size_t i = 0; i < self->skip_count; i++)
        if (says(column_value(row, self->skips[i].column), self->skips[i].value))
            return self->skips[i].words;
    return NULL;
}

static bool has_name(const json_t *names, const char *name)
{
    for (size_t i = 0; i < json_array_size(names); i++)
        if (strcmp(json_string_value(json_array_get(names, i)), name) == 0)
            return true;
    return false;
}

static bool lacks(const mapping_t *self, const json_t *names, const char *column)
{
    for (size_t i = 0; i < self->optional_count; i++)
        if (strcmp(self->optional[i], column) == 0)
            return false;
    return !has_name(names, column);
}

const char *mapping_missing_column(const mapping_t *self, const json_t *names)
{
    if (self->id && lacks(self, names, self->id))
        return self->id;
    for (size_t i = 0; i < self->count; i++)
        for (size_t j = 0; j < self->targets[i].column_count; j++)
            if (lacks(self, names, self->targets[i].columns[j]))
                return self->targets[i].columns[j];
    for (size_t i = 0; i < self->skip_count; i++)
        if (lacks(self, names, self->skips[i].column))
            return self->skips[i].column;
    return NULL;
}
