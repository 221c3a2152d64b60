#include "node/export/standard.h"

#include "schemas/base/unicode.h"
#include "schemas/value.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void standard_warn(const standard_source_t *source, const char *code, const char *field,
                   const char *value, const char *reason)
{
    writer_warn(source->export, source->entry, code, field, value, reason);
}

void standard_begin(const standard_column_t *columns, text_t *out)
{
    for (size_t i = 0; columns[i].name; i++)
        csv_cell(out, columns[i].name, strlen(columns[i].name), i == 0);
    csv_line_end(out);
}

static bool is_empty(const json_t *value)
{
    return !value || json_is_null(value)
           || (json_is_string(value) && json_string_length(value) == 0)
           || (json_is_array(value) && json_array_size(value) == 0);
}

/* The row as an object by column names, given; NULL when something required is missing. */
static json_t *row_of(const standard_column_t *columns, const standard_source_t *source)
{
    json_t *row = json_object();
    for (; columns->name; columns++) {
        json_t *value = columns->value ? columns->value(source, columns->path) : NULL;
        if (!is_empty(value)) {
            json_object_set_new(row, columns->name, value);
            continue;
        }
        json_decref(value);
        if (!columns->required)
            continue;
        standard_warn(source, "W_LEFT_OUT", columns->name, "",
                      "La norme exige cette information : la fiche n'est pas exportée.");
        json_decref(row);
        return NULL;
    }
    return row;
}

int standard_record(const standard_column_t *columns, const standard_source_t *source, text_t *out)
{
    json_t *row = row_of(columns, source);
    if (!row)
        return 1;
    text_t cell;
    text_init(&cell, CELL_MAX_SIZE);
    for (size_t i = 0; columns[i].name; i++) {
        const json_t *value = json_object_get(row, columns[i].name);
        text_clear(&cell);
        if (columns[i].formed && json_is_string(value))
            text_add(&cell, json_string_value(value), json_string_length(value));
        else
            cell_write(&cell, source->export->kind, &(column_t){(char *)columns[i].name, NULL},
                       row);
        csv_cell(out, cell.data, cell.size, i == 0);
    }
    csv_line_end(out);
    text_free(&cell);
    json_decref(row);
    return 0;
}

/* --- values --- */

json_t *standard_same(const standard_source_t *source, const char *path)
{
    return json_incref((json_t *)value_at(source->body, path));
}

json_t *standard_title(const standard_source_t *source, const char *path)
{
    if (!writer_text(source->body, path))
        return NULL;
    text_t title;
    text_init(&title, CELL_MAX_SIZE);
    writer_title(source->body, path, &title);
    json_t *value = json_stringn(title.data, title.size);
    text_free(&title);
    return value;
}

json_t *standard_id(const standard_source_t *source, const char *path)
{
    (void)path;
    return json_sprintf("%s:%s", source->entry->hub, source->entry->id);
}

void standard_day(const standard_source_t *source, char day[STANDARD_DAY_SIZE])
{
    const char *said = writer_text(source->body, "date_maj");
    json_t *changed = envelope_instant(source->entry->changed_ms);
    const char *from = said && strlen(said) == STANDARD_DAY_SIZE - 1 ? said
                       : json_is_string(changed)                     ? json_string_value(changed)
                                                                     : "1970-01-01";
    snprintf(day, STANDARD_DAY_SIZE, "%.10s", from);
    json_decref(changed);
}

json_t *standard_cut(const char *text, size_t characters)
{
    size_t size = strlen(text);
    if (unicode_length(text, size) <= characters)
        return json_string(text);
    size_t kept = 0;
    for (size_t i = 0; i + 1 < characters; i++)
        do
            kept++;
        while ((text[kept] & 0xc0) == 0x80);
    return json_sprintf("%.*s…", (int)kept, text);
}
