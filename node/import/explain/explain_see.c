/* What each column of the file holds: every value is looked at (look.h) and counted. */
#include "node/import/explain/explain_inside.h"

#include "schemas/base/unicode.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define DISTINCT_MAX 20000
#define NESTING_MAX 4

static seen_t *column_of(explain_t *self, const char *name)
{
    const json_t *known = json_object_get(self->index, name);
    if (known)
        return &self->columns[json_integer_value(known)];
    if (self->count == EXPLAIN_COLUMNS_MAX)
        return NULL;
    self->columns = realloc(self->columns, (self->count + 1) * sizeof *self->columns);
    assert(self->columns);
    self->columns[self->count] = (seen_t){.name = strdup(name), .distinct = json_object()};
    assert(self->columns[self->count].name);
    json_object_set_new(self->index, name, json_integer((json_int_t)self->count));
    return &self->columns[self->count++];
}

static void see_value(seen_t *column, const char *value)
{
    size_t length = unicode_length(value, strlen(value));
    column->longest = length > column->longest ? length : column->longest;
    column->values++;
    for (int look = 0; look < LOOK_COUNT; look++)
        column->looks[look] += look_at((look_t)look, value);
    const json_t *before = json_object_get(column->distinct, value);
    if (before || json_object_size(column->distinct) < DISTINCT_MAX)
        json_object_set_new(column->distinct, value, json_integer(json_integer_value(before) + 1));
}

/* Sees a single value as the text that a mapping makes of it; false for null and "". */
static bool see_single(seen_t *column, const json_t *value)
{
    char *text = NULL;
    if (json_is_string(value))
        text = strdup(json_string_value(value));
    else if (json_is_boolean(value))
        text = strdup(json_is_true(value) ? "oui" : "non");
    else if (json_is_number(value))
        text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    bool seen = text && *text;
    if (seen)
        see_value(column, text);
    free(text);
    return seen;
}

static void see_array(explain_t *self, seen_t *column, const json_t *array)
{
    bool filled = false;
    for (size_t i = 0; i < json_array_size(array); i++) {
        json_t *entry = json_array_get(array, i);
        if (json_is_object(entry) && !column->group) {
            json_array_append(self->groups, entry);
            column->group = entry;
        }
        column->several |= !json_is_object(entry);
        filled |= json_is_object(entry) || see_single(column, entry);
    }
    column->filled += filled;
}

static void see_object(explain_t *self, text_t *path, const json_t *object, int depth);

static void see_member(explain_t *self, text_t *path, const json_t *value, int depth)
{
    if (json_is_object(value) && depth < NESTING_MAX) {
        see_object(self, path, value, depth + 1);
        return;
    }
    seen_t *column = column_of(self, path->data);
    if (column && json_is_array(value))
        see_array(self, column, value);
    else if (column)
        column->filled += see_single(column, value);
}

static void see_object(explain_t *self, text_t *path, const json_t *object, int depth)
{
    const char *name;
    json_t *value;
    size_t size = path->size;
    json_object_foreach((json_t *)object, name, value)
    {
        if (text_add_format(path, "%s%s", size ? "." : "", name) == 0)
            see_member(self, path, value, depth);
        path->size = size;
        path->data[size] = 0;
    }
}

void explain_see(void *context, const row_t *row)
{
    explain_t *self = context;
    self->unreadable += row->problem != NULL;
    if (row->problem || self->rows == EXPLAIN_ROWS_MAX)
        return;
    self->rows++;
    text_t path;
    text_init(&path, READER_CELL_MAX);
    see_object(self, &path, row->record, 0);
    text_free(&path);
}
