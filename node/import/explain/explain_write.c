/* The mapping as YAML: what was recognised, and in comments what a person has to decide. */
#include "node/import/explain/explain_inside.h"

#include <stdlib.h>
#include <string.h>

#define EXAMPLE_LENGTH 60 /* characters */

/* A text of YAML in quotes is one of JSON. */
static void add_quoted(text_t *out, const char *value)
{
    json_t *text = json_string(value);
    char *quoted = json_dumps(text, JSON_ENCODE_ANY);
    text_add_string(out, quoted ? quoted : "\"\"");
    free(quoted);
    json_decref(text);
}

void explain_write_example(text_t *out, const char *value)
{
    size_t size = strlen(value), kept = 0, length = 0;
    for (; kept < size && length < EXAMPLE_LENGTH; kept++)
        length += (value[kept + 1] & 0xc0) != 0x80;
    for (size_t i = 0; i < kept; i++)
        text_add(out, (unsigned char)value[i] < ' ' ? " " : value + i, 1);
    if (kept < size)
        text_add_string(out, "…");
}

static void add_source(const explain_t *self, text_t *out)
{
    const char *slash = strrchr(self->name, '/'), *base = slash ? slash + 1 : self->name;
    size_t size = strcspn(base, ".");
    json_t *name = json_stringn_nocheck(base, size);
    text_add_format(out, "kind: %s\nsource:\n  nom: ", self->kind->name);
    add_quoted(out, size ? json_string_value(name) : "Fichier");
    text_add_string(out, "   # à préciser : qui publie\n"
                         "  licence: \"à préciser\"\n");
    json_decref(name);
}

/* The names of a file without any, so that they stay what they were called here. */
static void add_header(const explain_t *self, text_t *out)
{
    if (!self->reading.csv || self->reading.header)
        return;
    text_add_string(out, "header: [");
    for (size_t i = 0; i < json_array_size(self->reading.columns); i++) {
        text_add_string(out, i ? ", " : "");
        add_quoted(out, json_string_value(json_array_get(self->reading.columns, i)));
    }
    text_add_string(out, "]\n");
}

static void add_columns_section(const explain_t *self, text_t *out)
{
    text_add_string(out, "columns:\n");
    for (size_t i = 0; i < self->count; i++) {
        const seen_t *column = &self->columns[i];
        if (!column->target)
            continue;
        text_add_format(out, "  %s: ", column->target->path);
        add_quoted(out, column->name);
        const char *example = json_object_iter_key(json_object_iter(column->distinct));
        if (example) {
            text_add_string(out, "   # ");
            explain_write_example(out, example);
        }
        text_add_string(out, "\n");
    }
    if (self->id_field) {
        text_add_format(out, "  %s: ", self->id_field->name);
        add_quoted(out, self->id->name);
        text_add_string(out, "   # ce qui distingue les lignes\n");
    }
}

/* "autre" says the least; else the first. */
static const char *neutral(const vocabulary_t *vocabulary)
{
    return vocabulary_term(vocabulary, "autre") ? "autre" : vocabulary->terms[0].code;
}

static void add_choice(const vocabulary_t *vocabulary, text_t *out)
{
    text_add_string(out, "   # à choisir :");
    for (size_t i = 0; i < vocabulary->count; i++)
        text_add_format(out, " %s", vocabulary->terms[i].code);
}

static void add_constant(const field_t *field, text_t *out)
{
    if (field->type == FIELD_CODE) {
        text_add_format(out, "  %s: ", field->name);
        add_quoted(out, neutral(field->vocabulary));
        add_choice(field->vocabulary, out);
        text_add_string(out, "\n");
    } else
        text_add_format(out, "  # %s: …   # obligatoire, et aucune colonne ne le dit\n",
                        field->name);
}

static bool calendar(const explain_t *self)
{
    return self->reading.format == READING_ICS;
}

/* Codes may be left empty by their column too: then the constant fills them. */
static void add_constants_section(const explain_t *self, text_t *out)
{
    text_add_string(out, "constants:\n  langue: fr   # à vérifier\n");
    for (size_t i = 0; i < self->kind->field_count; i++) {
        const field_t *field = &self->kind->fields[i];
        if (calendar(self) && strcmp(field->name, "mode") == 0)
            continue; /* its repair tells by the place */
        if (explain_is_missing(self, field)
            || (field->need == NEED_REQUIRED && field->type == FIELD_CODE))
            add_constant(field, out);
    }
    const field_t *zone = kind_field(self->kind, "zone_intervention");
    if (zone && !explain_column_for(self, "code_insee") && !explain_column_for(self, zone->name))
        text_add_format(out, "  %s: [PAYS-99100]   # à préciser : DEP-42, REG-84\n", zone->name);
}

static bool has_code(const seen_t *column, const vocabulary_t **vocabulary)
{
    if (!column->target || column->group)
        return false;
    const field_t *field = column->target->field;
    const field_t *entry = field->type == FIELD_LIST ? &field->fields[0] : field;
    *vocabulary = entry->vocabulary;
    return entry->type == FIELD_CODE;
}

static void add_entry(void *context, const char *entry)
{
    json_object_set_new(context, entry, json_null());
}

/* Gives the values of a column as a mapping sees them, each once: those of a list in a cell one by one. */
static json_t *entries_of(const seen_t *column)
{
    const char *value;
    json_t *times, *entries = json_object();
    const fix_t *splitter = explain_splitter(column, column->target->field);
    json_object_foreach(column->distinct, value, times)
        explain_each_entry(splitter, value, add_entry, entries);
    return entries;
}

/* Only the values that are not codes already; "" for those that no label explains. */
static void add_values_of(const seen_t *column, const vocabulary_t *vocabulary, text_t *out)
{
    const char *value;
    json_t *none, *entries = entries_of(column);
    bool begun = false;
    json_object_foreach(entries, value, none)
    {
        const char *code = explain_code_of(vocabulary, value);
        if (code && strcmp(code, value) == 0)
            continue;
        if (!begun)
            text_add_format(out, "  %s:\n", column->target->path);
        begun = true;
        text_add_string(out, "    ");
        add_quoted(out, value);
        text_add_string(out, ": ");
        add_quoted(out, code ? code : "");
        text_add_string(out, "\n");
    }
    json_decref(entries);
}

static void add_values_section(const explain_t *self, text_t *out)
{
    text_t values;
    const vocabulary_t *vocabulary;
    text_init(&values, EXPLAIN_TEXT_MAX);
    for (size_t i = 0; i < self->count; i++)
        if (has_code(&self->columns[i], &vocabulary))
            add_values_of(&self->columns[i], vocabulary, &values);
    if (values.size)
        text_add_format(out, "values:\n%s", values.data);
    text_free(&values);
}

static void add_fixes_section(const explain_t *self, text_t *out)
{
    bool begun = false;
    for (size_t i = 0; i < self->count; i++) {
        const seen_t *column = &self->columns[i];
        if (!column->target || !column->fixes[0])
            continue;
        text_add_format(out, "%s  %s: [", begun ? "" : "fixes:\n", column->target->path);
        begun = true;
        for (size_t j = 0; column->fixes[j]; j++)
            text_add_format(out, "%s%s", j ? ", " : "", column->fixes[j]);
        text_add_string(out, "]\n");
    }
    if (self->id_field && self->id->longest > self->id_field->max_size)
        text_add_format(out, "%s  %s: [cut]\n", begun ? "" : "fixes:\n", self->id_field->name);
}

static void add_repairs_section(const explain_t *self, text_t *out)
{
    const seen_t *lat = explain_column_for(self, "lat");
    if (calendar(self))
        text_add_string(out, "repairs: [location_parts, whole_days]\n");
    else if (lat && lat->looks[LOOK_LAMBERT_Y] > lat->looks[LOOK_LATITUDE])
        text_add_format(out, "repairs: [%s]\n", explain_lambert());
}

void explain_write(const explain_t *self, text_t *out)
{
    add_source(self, out);
    add_header(self, out);
    if (self->id) {
        text_add_string(out, "id: ");
        add_quoted(out, self->id->name);
        text_add_string(out, "\n");
    }
    add_columns_section(self, out);
    add_constants_section(self, out);
    add_values_section(self, out);
    add_fixes_section(self, out);
    add_repairs_section(self, out);
}
