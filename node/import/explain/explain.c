/* Every value is looked at, columns and fields are paired, fixes proposed: here that becomes a report. */
#include "node/import/explain/explain_inside.h"

#include <stdlib.h>

#define EXAMPLES 3

static json_t *examples_of(const seen_t *column)
{
    json_t *examples = json_array();
    const char *value;
    json_t *times;
    json_object_foreach(column->distinct, value, times)
    {
        text_t example;
        text_init(&example, EXPLAIN_TEXT_MAX);
        explain_write_example(&example, value);
        json_array_append_new(examples, json_stringn(example.data, example.size));
        text_free(&example);
        if (json_array_size(examples) == EXAMPLES)
            break;
    }
    return examples;
}

static json_t *looks_of(const seen_t *column)
{
    json_t *looks = json_object();
    for (int look = 0; look < LOOK_COUNT; look++)
        if (column->looks[look])
            json_object_set_new(looks, look_name((look_t)look),
                                json_integer((json_int_t)column->looks[look]));
    return looks;
}

static json_t *column_report(const seen_t *column)
{
    json_t *fixes = json_array();
    for (size_t i = 0; column->fixes[i]; i++)
        json_array_append_new(fixes, json_string(column->fixes[i]));
    return json_pack("{s:s, s:I, s:I, s:I, s:o, s:o, s:s?, s:s?, s:o}", "name", column->name,
                     "filled", (json_int_t)column->filled, "distinct",
                     (json_int_t)json_object_size(column->distinct), "longest",
                     (json_int_t)column->longest, "examples", examples_of(column), "looks",
                     looks_of(column), "field", column->target ? column->target->path : NULL, "why",
                     column->why, "fixes", fixes);
}

static json_t *missing_report(const explain_t *self)
{
    json_t *missing = json_array();
    for (size_t i = 0; i < self->kind->field_count; i++)
        if (explain_is_missing(self, &self->kind->fields[i]))
            json_array_append_new(missing,
                                  json_pack("{s:s, s:s}", "field", self->kind->fields[i].name,
                                            "label", self->kind->fields[i].label));
    return missing;
}

static json_t *report(const explain_t *self)
{
    text_t mapping, reading;
    text_init(&mapping, EXPLAIN_TEXT_MAX);
    text_init(&reading, EXPLAIN_TEXT_MAX);
    explain_write(self, &mapping);
    reading_describe(&self->reading, &reading);
    json_t *columns = json_array();
    for (size_t i = 0; i < self->count; i++)
        json_array_append_new(columns, column_report(&self->columns[i]));
    json_t *made =
        json_pack("{s:s, s:s, s:s, s:I, s:I, s:o, s:o, s:s}", "file", self->name, "kind",
                  self->kind->name, "reading", reading.data, "rows", (json_int_t)self->rows,
                  "unreadable", (json_int_t)self->unreadable, "columns", columns, "missing",
                  missing_report(self), "mapping", mapping.data);
    text_free(&mapping);
    text_free(&reading);
    return made;
}

static void release(explain_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        free(self->columns[i].name);
        json_decref(self->columns[i].distinct);
    }
    free(self->columns);
    json_decref(self->index);
    json_decref(self->groups);
    columns_free(&self->targets);
    reading_free(&self->reading);
}

json_t *explain_file(const kind_t *kind, const char *name, const char *bytes, size_t size,
                     err_t *err)
{
    explain_t self = {.kind = kind, .name = name, .index = json_object(), .groups = json_array()};
    json_t *made = NULL;
    if (reader_each(bytes, size, NULL, &self.reading, explain_see, &self, err))
        err_context(err, "%s : ", name);
    else if (self.rows == 0)
        err_set(err, ERR_REJECT, "%s : ce fichier n'a aucune ligne lisible.", name);
    else {
        explain_match(&self);
        for (size_t i = 0; i < self.count; i++)
            if (self.columns[i].target)
                explain_fixes(&self.columns[i]);
        made = report(&self);
    }
    release(&self);
    return made;
}
