#include "node/import/mapping.h"

#include "node/import/cell.h"
#include "node/import/fix.h"
#include "node/import/repair.h"
#include "schemas/base/text.h"
#include "schemas/base/yaml.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_MAX_SIZE (256 * 1024)

typedef struct pair {
    char *from, *to;
} pair_t;

/* All that the file says about one field. */
typedef struct target {
    char *path;
    const field_t *field; /* NULL until the kind is known, and for a path it does not have */
    char **columns;
    size_t column_count;
    char **constants;
    size_t constant_count;
    pair_t *pairs;
    size_t pair_count;
    const fix_t **fixes;
    size_t fix_count;
    bool cut; /* at the field's maximum, after all else */
} target_t;

typedef struct origin {
    char *nom, *url, *licence;
} origin_t;

struct mapping {
    const schema_t *schema;
    bool kind_read;     /* paths mean something only from there on */
    const kind_t *kind; /* NULL: unknown, and complained of */
    columns_t paths;    /* for "did you mean" */
    origin_t source;
    char **header;
    size_t header_count;
    char *id;
    target_t *targets;
    size_t count;
    const repair_t **repairs;
    size_t repair_count;
};

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
    if (target)
        yaml_place_texts(place, &target->columns, &target->column_count, visit->findings);
}

static void visit_constants(void *context, const char *path, const yaml_place_t *place)
{
    visit_t *visit = context;
    target_t *target = known_target(visit, path, place);
    if (!target)
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

static const yaml_key_t SOURCE[] = {
    {"nom", YAML_TEXT, offsetof(origin_t, nom), .required = true},
    {"url", YAML_TEXT, .offset = offsetof(origin_t, url)},
    {"licence", YAML_TEXT, offsetof(origin_t, licence), .required = true},
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
    {0},
};

mapping_t *mapping_load(const schema_t *schema, const char *path, findings_t *findings)
{
    mapping_t *self = calloc(1, sizeof *self);
    assert(self);
    self->schema = schema;
    if (yaml_load(path, MAPPING, self, findings))
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

/* --- applying it --- */

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

/* What a bare text means as an entry of this list: the first field of a group ("nom"), an activity of
 * NAF rev. 2, or itself. */
static json_t *entry_of(const field_t *field, const char *text)
{
    if (is_groups(field))
        return json_pack("{s: s}", field->fields[0].fields[0].name, text);
    if (field->type == FIELD_LIST && field->fields[0].type == FIELD_NAF)
        return json_pack("{s: s, s: s}", "nomenclature", "rev2", "code", text);
    return json_string(text);
}

static void add_value(const target_t *target, const char *text, json_t *values)
{
    if (*text) /* not UTF-8 makes NULL, and jansson takes no NULL: the value is absent */
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

static void add_column(const target_t *target, const json_t *value, json_t *values)
{
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++)
            add_column(target, json_array_get(value, i), values);
        return;
    }
    if (json_is_object(value) && is_groups(target->field))
        add_group(entry_field(target->field), value, values);
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
    text_t all;
    text_init(&all, VALUE_MAX_SIZE);
    for (size_t i = 0; i < json_array_size(values); i++) {
        if (i)
            text_add_string(&all, " ");
        text_add_string(&all, json_string_value(json_array_get(values, i)));
    }
    if (target->cut)
        fix_cut(&all, target->field->max_size);
    json_t *text = json_stringn(all.data, all.size);
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

static bool has_name(const json_t *names, const char *name)
{
    for (size_t i = 0; i < json_array_size(names); i++)
        if (strcmp(json_string_value(json_array_get(names, i)), name) == 0)
            return true;
    return false;
}

const char *mapping_missing_column(const mapping_t *self, const json_t *names)
{
    if (self->id && !has_name(names, self->id))
        return self->id;
    for (size_t i = 0; i < self->count; i++)
        for (size_t j = 0; j < self->targets[i].column_count; j++)
            if (!has_name(names, self->targets[i].columns[j]))
                return self->targets[i].columns[j];
    return NULL;
}
