#include "node/import/mapping_inside.h"

#include "schemas/base/date.h"
#include "schemas/base/yaml.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- reading the file: its sections are customs over the whole mapping --- */

typedef struct visit {
    mapping_t *mapping;
    findings_t *findings;
    target_t *target; /* inside a table of values */
} visit_t;

static void *grown(void *list, size_t count, size_t size)
{
    list = realloc(list, (count + 1) * size);
    assert(list);
    return list;
}

static char *copy(const char *text)
{
    char *made = strdup(text);
    assert(made);
    return made;
}

static target_t *target_of(mapping_t *self, const char *path)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->targets[i].path, path) == 0)
            return &self->targets[i];
    self->targets = grown(self->targets, self->count, sizeof *self->targets);
    self->targets[self->count] = (target_t){.path = copy(path)};
    return &self->targets[self->count++];
}

/* The target of a path of the kind; complains and gives NULL when there is no such field. */
static target_t *known_target(const visit_t *visit, const char *path, const yaml_place_t *place)
{
    mapping_t *self = visit->mapping;
    if (!self->kind)
        return NULL;
    const field_t *field = path_field(self->kind, path);
    if (!field || field->type == FIELD_MAP || field->type == FIELD_NAF
        || field->type == FIELD_INTERVAL) {
        const char *near = field ? NULL : columns_did_you_mean(&self->paths, path);
        yaml_place_error(place, visit->findings, "E_FIELD",
                         "%s has no field '%.80s' of one value%s%s%s", self->kind->name, path,
                         near ? ": did you mean '" : "", near ? near : "", near ? "'?" : "");
        return NULL;
    }
    target_t *target = target_of(self, path);
    target->field = field;
    return target;
}

static const field_t *entry_field(const field_t *field)
{
    return field->type == FIELD_LIST ? &field->fields[0] : field;
}

/* A code that the field's vocabulary does not have would refuse every row: say it once, here. */
static void check_code(const visit_t *visit, const field_t *field, const char *code,
                       const yaml_place_t *place)
{
    const field_t *entry = entry_field(field);
    if (entry->type == FIELD_CODE && *code && !vocabulary_term(entry->vocabulary, code))
        yaml_place_error(place, visit->findings, "E_CODE", "'%.80s' is not in the vocabulary '%s'",
                         code, entry->vocabulary->name);
}

static void visit_columns(void *context, const char *path, const yaml_place_t *place)
{
    visit_t *visit = context;
    target_t *target = known_target(visit, path, place);
    if (target && !target->columns) /* a path given twice was complained of before */
        yaml_place_texts(place, &target->columns, &target->column_count, visit->findings);
}

static void visit_constants(void *context, const char *path, const yaml_place_t *place)
{
    visit_t *visit = context;
    target_t *target = known_target(visit, path, place);
    if (!target || target->constants)
        return;
    yaml_place_texts(place, &target->constants, &target->constant_count, visit->findings);
    for (size_t i = 0; i < target->constant_count; i++)
        check_code(visit, target->field, target->constants[i], place);
}

static void visit_pair(void *context, const char *from, const yaml_place_t *place)
{
    visit_t *visit = context;
    target_t *target = visit->target;
    if (yaml_place_shape(place) != YAML_SHAPE_SCALAR) {
        yaml_place_error(place, visit->findings, "E_YAML_TYPE", "must be a single value");
        return;
    }
    check_code(visit, target->field, yaml_place_text(place), place);
    target->pairs = grown(target->pairs, target->pair_count, sizeof *target->pairs);
    target->pairs[target->pair_count++] = (pair_t){copy(from), copy(yaml_place_text(place))};
}

static void visit_values(void *context, const char *path, const yaml_place_t *place)
{
    visit_t *visit = context;
    visit->target = known_target(visit, path, place);
    if (!visit->target)
        return;
    if (yaml_place_shape(place) != YAML_SHAPE_MAP)
        yaml_place_error(place, visit->findings, "E_YAML_TYPE",
                         "must be a map of what the file says to what we say");
    else
        yaml_place_each(place, visit_pair, visit);
}

static void visit_fixes(void *context, const char *path, const yaml_place_t *place)
{
    visit_t *visit = context;
    target_t *target = known_target(visit, path, place);
    char **names = NULL;
    size_t count = 0;
    yaml_place_texts(place, &names, &count, visit->findings);
    for (size_t i = 0; i < count; i++) {
        const fix_t *fix = fix_find(names[i]);
        const char *near = fix ? NULL : fix_did_you_mean(names[i]);
        if (!fix)
            yaml_place_error(place, visit->findings, "E_FIX", "no fix is called '%.80s'%s%s%s",
                             names[i], near ? ": did you mean '" : "", near ? near : "",
                             near ? "'?" : "");
        else if (target && fix->separator && target->field->type != FIELD_LIST)
            yaml_place_error(place, visit->findings, "E_FIX", "'%s' is for lists, and '%s' is none",
                             fix->name, path);
        else if (target && fix == fix_find(FIX_CUT))
            target->cut = true;
        else if (target) {
            target->fixes = grown(target->fixes, target->fix_count, sizeof *target->fixes);
            target->fixes[target->fix_count++] = fix;
        }
        free(names[i]);
    }
    free(names);
}

static void read_section(void *member, const yaml_place_t *place, findings_t *findings,
                         void (*visitor)(void *, const char *, const yaml_place_t *))
{
    visit_t visit = {.mapping = member, .findings = findings};
    if (yaml_place_shape(place) != YAML_SHAPE_MAP)
        yaml_place_error(place, findings, "E_YAML_TYPE", "must be a map");
    else if (!visit.mapping->kind_read)
        yaml_place_error(place, findings, "E_ORDER", "'kind' must come first");
    else
        yaml_place_each(place, visitor, &visit);
}

static void read_columns(void *member, const yaml_place_t *place, findings_t *findings)
{
    read_section(member, place, findings, visit_columns);
}

static void read_constants(void *member, const yaml_place_t *place, findings_t *findings)
{
    read_section(member, place, findings, visit_constants);
}

static void read_values(void *member, const yaml_place_t *place, findings_t *findings)
{
    read_section(member, place, findings, visit_values);
}

static void read_fixes(void *member, const yaml_place_t *place, findings_t *findings)
{
    read_section(member, place, findings, visit_fixes);
}

static void free_texts(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

static void read_repairs(void *member, const yaml_place_t *place, findings_t *findings)
{
    mapping_t *self = member;
    char **names = NULL;
    size_t count = 0;
    yaml_place_texts(place, &names, &count, findings);
    for (size_t i = 0; i < count; i++) {
        const repair_t *repair = repair_find(names[i]);
        const char *near = repair ? NULL : repair_did_you_mean(names[i]);
        if (repair) {
            self->repairs = grown(self->repairs, self->repair_count, sizeof *self->repairs);
            self->repairs[self->repair_count++] = repair;
        } else
            yaml_place_error(place, findings, "E_REPAIR", "no repair is called '%.80s'%s%s%s",
                             names[i], near ? ": did you mean '" : "", near ? near : "",
                             near ? "'?" : "");
    }
    free_texts(names, count);
}

/* "" is a column that says nothing. */
static void add_skip(mapping_t *self, const char *column, const char *value)
{
    skip_t skip = {.column = copy(column), .value = copy(value)};
    int size = *value ? asprintf(&skip.words, "%s = %s", column, value)
                      : asprintf(&skip.words, "%s vide", column);
    assert(size > 0);
    self->skips = grown(self->skips, self->skip_count, sizeof *self->skips);
    self->skips[self->skip_count++] = skip;
}

static void visit_skip(void *context, const char *column, const yaml_place_t *place)
{
    visit_t *visit = context;
    char **values = NULL;
    size_t count = 0;
    yaml_place_texts(place, &values, &count, visit->findings);
    for (size_t i = 0; i < count; i++)
        add_skip(visit->mapping, column, values[i]);
    free_texts(values, count);
}

static void read_skip(void *member, const yaml_place_t *place, findings_t *findings)
{
    read_section(member, place, findings, visit_skip);
}

/* The day of the file, of all its records. */
static void read_date(void *member, const yaml_place_t *place, findings_t *findings)
{
    char **date = member;
    const char *text = yaml_place_shape(place) == YAML_SHAPE_SCALAR ? yaml_place_text(place) : "";
    int64_t day;
    if (!date_read(text, &day))
        yaml_place_error(place, findings, "E_DATE", "must be a day, like 2026-03-31, not '%.40s'",
                         text);
    else if (!*date)
        *date = copy(text);
}

static void free_date(void *member)
{
    char **date = member;
    free(*date);
    *date = NULL;
}

static void read_kind(void *member, const yaml_place_t *place, findings_t *findings)
{
    mapping_t *self = member;
    const char *name = yaml_place_shape(place) == YAML_SHAPE_SCALAR ? yaml_place_text(place) : "";
    self->kind_read = true;
    self->kind = schema_kind(self->schema, name);
    if (self->kind) {
        columns_of(self->kind, &self->paths);
        return;
    }
    const char *near = schema_did_you_mean(self->schema, name);
    yaml_place_error(place, findings, "E_KIND", "there is no kind '%.80s'%s%s%s", name,
                     near ? ": did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static void free_target(target_t *target)
{
    free(target->path);
    free_texts(target->columns, target->column_count);
    free_texts(target->constants, target->constant_count);
    for (size_t i = 0; i < target->pair_count; i++) {
        free(target->pairs[i].from);
        free(target->pairs[i].to);
    }
    free(target->pairs);
    free(target->fixes);
}

static void free_skip(skip_t *skip)
{
    free(skip->column);
    free(skip->value);
    free(skip->words);
}

static const yaml_key_t SOURCE[] = {
    {"nom", YAML_TEXT, offsetof(origin_t, nom), .required = true},
    {"url", YAML_TEXT, .offset = offsetof(origin_t, url)},
    {"licence", YAML_TEXT, offsetof(origin_t, licence), .required = true},
    {"date", YAML_CUSTOM, .offset = offsetof(origin_t, date), .read = read_date,
     .release = free_date},
    {0},
};

static const yaml_key_t MAPPING[] = {
    {"kind", YAML_CUSTOM, 0, .required = true, .read = read_kind},
    {"source", YAML_STRUCT, offsetof(mapping_t, source), .required = true, .keys = SOURCE},
    {"header", YAML_TEXTS, offsetof(mapping_t, header),
     .count_offset = offsetof(mapping_t, header_count)},
    {"id", YAML_TEXT, .offset = offsetof(mapping_t, id)},
    {"columns", YAML_CUSTOM, 0, .required = true, .read = read_columns},
    {"constants", YAML_CUSTOM, 0, .read = read_constants},
    {"values", YAML_CUSTOM, 0, .read = read_values},
    {"fixes", YAML_CUSTOM, 0, .read = read_fixes},
    {"repairs", YAML_CUSTOM, 0, .read = read_repairs},
    {"optional", YAML_TEXTS, offsetof(mapping_t, optional),
     .count_offset = offsetof(mapping_t, optional_count)},
    {"skip", YAML_CUSTOM, 0, .read = read_skip},
    {0},
};

bool mapping_reads(const mapping_t *self, const char *column)
{
    for (size_t i = 0; i < self->count; i++)
        for (size_t j = 0; j < self->targets[i].column_count; j++)
            if (strcmp(self->targets[i].columns[j], column) == 0)
                return true;
    for (size_t i = 0; i < self->skip_count; i++)
        if (strcmp(self->skips[i].column, column) == 0)
            return true;
    return self->id && strcmp(self->id, column) == 0;
}

/* A mistyped optional column would leave the real one required. */
static int check_optional(const mapping_t *self, const char *path, findings_t *findings)
{
    size_t before = findings->errors;
    for (size_t i = 0; i < self->optional_count; i++)
        if (!mapping_reads(self, self->optional[i]))
            findings_add(findings, SEVERITY_ERROR, "E_COLUMN", path, "optional", self->optional[i],
                         "no field reads this column");
    return findings->errors > before ? -1 : 0;
}

mapping_t *mapping_load(const schema_t *schema, const char *path, findings_t *findings)
{
    mapping_t *self = calloc(1, sizeof *self);
    assert(self);
    self->schema = schema;
    if (yaml_load(path, MAPPING, self, findings) || check_optional(self, path, findings))
        mapping_destroy(&self);
    return self;
}

void mapping_destroy(mapping_t **self_p)
{
    mapping_t *self = *self_p;
    if (!self)
        return;
    yaml_free(MAPPING, self);
    for (size_t i = 0; i < self->count; i++)
        free_target(&self->targets[i]);
    free(self->targets);
    free(self->repairs);
    for (size_t i = 0; i < self->skip_count; i++)
        free_skip(&self->skips[i]);
    free(self->skips);
    columns_free(&self->paths);
    free(self);
    *self_p = NULL;
}

const kind_t *mapping_kind(const mapping_t *self)
{
    return self->kind;
}

const char *const *mapping_header(const mapping_t *self)
{
    return (const char *const *)self->header;
}
