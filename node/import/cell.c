#include "node/import/cell.h"

#include "schemas/base/yaml.h"
#include "schemas/body.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MAX_SIZE 512
#define FORMULA_STARTS "=+-@\t\r'"

static const field_t NAF_PART = {.name = "", .label = "", .type = FIELD_TEXT, .max_size = 20};
static const char *const NAF_PARTS[] = {"nomenclature", "code"};
static const char *const INTERVAL_ENDS[] = {"min", "max"};

/* The kind seen as one map, so that a path has one rule from its first step on. */
static field_t whole(const kind_t *kind)
{
    return (field_t){
        .name = "", .type = FIELD_MAP, .fields = kind->fields, .field_count = kind->field_count};
}

/* --- columns --- */

static void add_column(columns_t *columns, const char *path, const field_t *field)
{
    columns->list = realloc(columns->list, (columns->count + 1) * sizeof *columns->list);
    char *copy = strdup(path);
    assert(columns->list && copy);
    columns->list[columns->count++] = (column_t){copy, field};
}

static void add_columns(columns_t *columns, text_t *path, const field_t *field);

static void add_below(columns_t *columns, text_t *path, const char *name, const field_t *field)
{
    size_t size = path->size;
    text_add_format(path, "%s%s", size ? "." : "", name);
    assert(!path->overflow); /* a kind's depth is limited, and so are its names */
    add_columns(columns, path, field);
    path->size = size;
    path->data[size] = 0;
}

static void add_columns(columns_t *columns, text_t *path, const field_t *field)
{
    if (field->type == FIELD_MAP)
        for (size_t i = 0; i < field->field_count; i++)
            add_below(columns, path, field->fields[i].name, &field->fields[i]);
    else if (field->type == FIELD_INTERVAL)
        for (size_t i = 0; i < 2; i++)
            add_below(columns, path, INTERVAL_ENDS[i], &field->fields[0]);
    else if (field->type == FIELD_NAF)
        for (size_t i = 0; i < 2; i++)
            add_below(columns, path, NAF_PARTS[i], &NAF_PART);
    else
        add_column(columns, path->data, field);
}

void columns_of(const kind_t *kind, columns_t *columns)
{
    *columns = (columns_t){0};
    text_t path;
    text_init(&path, PATH_MAX_SIZE);
    field_t root = whole(kind);
    add_columns(columns, &path, &root);
    text_free(&path);
}

void columns_free(columns_t *columns)
{
    for (size_t i = 0; i < columns->count; i++)
        free(columns->list[i].path);
    free(columns->list);
    *columns = (columns_t){0};
}

const char *columns_did_you_mean(const columns_t *columns, const char *path)
{
    const char **words = calloc(columns->count + 1, sizeof *words);
    assert(words);
    for (size_t i = 0; i < columns->count; i++)
        words[i] = columns->list[i].path;
    const char *near = yaml_did_you_mean(path, words);
    free(words);
    return near;
}

/* --- paths --- */

static int index_of(const char *const words[2], const char *name, size_t size)
{
    for (int i = 0; i < 2; i++)
        if (strlen(words[i]) == size && memcmp(words[i], name, size) == 0)
            return i;
    return -1;
}

static const field_t *member(const field_t *map, const char *name, size_t size)
{
    for (size_t i = 0; i < map->field_count; i++)
        if (strlen(map->fields[i].name) == size && memcmp(map->fields[i].name, name, size) == 0)
            return &map->fields[i];
    return NULL;
}

/* The field below this one that a step of a path names, or NULL. */
static const field_t *step(const field_t *from, const char *name, size_t size)
{
    if (from->type == FIELD_LIST)
        from = &from->fields[0];
    if (from->type == FIELD_MAP)
        return member(from, name, size);
    if (from->type == FIELD_INTERVAL)
        return index_of(INTERVAL_ENDS, name, size) < 0 ? NULL : &from->fields[0];
    if (from->type == FIELD_NAF)
        return index_of(NAF_PARTS, name, size) < 0 ? NULL : &NAF_PART;
    return NULL;
}

const field_t *path_field(const kind_t *kind, const char *path)
{
    const field_t root = whole(kind);
    const field_t *field = NULL;
    while (*path) {
        size_t size = strcspn(path, ".");
        field = step(field ? field : &root, path, size);
        if (!field)
            return NULL;
        path += size + (path[size] == '.');
    }
    return field;
}

/* The JSON that values below this field are put into. */
static json_t *container(const field_t *field)
{
    if (field->type == FIELD_INTERVAL)
        return json_pack("[n, n]");
    return field->type == FIELD_LIST ? json_array() : json_object();
}

static json_t *child_of(const field_t *field, json_t *parent, const char *name, size_t size)
{
    if (field->type == FIELD_INTERVAL)
        return json_array_get(parent, (size_t)index_of(INTERVAL_ENDS, name, size));
    return json_object_getn(parent, name, size);
}

/* Takes the value. */
static json_t *set_child(const field_t *field, json_t *parent, const char *name, size_t size,
                         json_t *value)
{
    if (field->type == FIELD_INTERVAL)
        json_array_set_new(parent, (size_t)index_of(INTERVAL_ENDS, name, size), value);
    else
        json_object_setn_new(parent, name, size, value);
    return value;
}

void path_set(const kind_t *kind, json_t *body, const char *path, json_t *value)
{
    field_t root = whole(kind);
    const field_t *field = &root;
    json_t *parent = body;
    for (;;) {
        if (field->type == FIELD_LIST) { /* the first entry stands for the list */
            field = &field->fields[0];
            if (json_array_size(parent) == 0)
                json_array_append_new(parent, container(field));
            parent = json_array_get(parent, 0);
        }
        size_t size = strcspn(path, ".");
        const field_t *next = step(field, path, size);
        assert(next);
        if (!path[size]) {
            set_child(field, parent, path, size, value);
            return;
        }
        json_t *child = child_of(field, parent, path, size);
        parent = child ? child : set_child(field, parent, path, size, container(next));
        field = next;
        path += size + 1;
    }
}

static const json_t *path_get(const kind_t *kind, const json_t *body, const char *path)
{
    field_t root = whole(kind);
    const field_t *field = &root;
    while (body && *path) {
        size_t size = strcspn(path, ".");
        body = child_of(field, (json_t *)body, path, size);
        field = step(field, path, size);
        path += size + (path[size] == '.');
    }
    return body;
}

/* --- cells --- */

static bool is_single(const json_t *value)
{
    return !json_is_array(value) && !json_is_object(value);
}

static void write_json(text_t *out, const json_t *value)
{
    char *dumped = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS
                                         | JSON_REAL_PRECISION(BODY_DIGITS));
    assert(dumped);
    text_add_string(out, dumped);
    free(dumped);
}

static void write_single(text_t *out, const json_t *value)
{
    if (json_is_boolean(value))
        text_add_string(out, json_is_true(value) ? "oui" : "non");
    else if (json_is_string(value))
        text_add(out, json_string_value(value), json_string_length(value));
    else if (!json_is_null(value))
        write_json(out, value);
}

static void write_joined(text_t *out, const json_t *list)
{
    text_t entry;
    text_init(&entry, CELL_MAX_SIZE);
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (i)
            text_add_string(out, "|");
        text_clear(&entry);
        write_single(&entry, json_array_get(list, i));
        for (size_t at = 0; at < entry.size; at++) {
            if (entry.data[at] == '|' || entry.data[at] == '\\')
                text_add_string(out, "\\");
            text_add(out, entry.data + at, 1);
        }
    }
    text_free(&entry);
}

static bool is_joined(const json_t *value)
{
    for (size_t i = 0; i < json_array_size(value); i++)
        if (!is_single(json_array_get(value, i)))
            return false;
    return json_is_array(value);
}

void cell_write(text_t *out, const kind_t *kind, const column_t *column, const json_t *body)
{
    const json_t *value = path_get(kind, body, column->path);
    if (!value || json_is_null(value))
        return;
    if (json_is_number(value)) {
        write_json(out, value);
        return;
    }
    text_t cell;
    text_init(&cell, CELL_MAX_SIZE);
    if (is_single(value))
        write_single(&cell, value);
    else if (is_joined(value))
        write_joined(&cell, value);
    else
        write_json(&cell, value);
    if (cell.size && strchr(FORMULA_STARTS, cell.data[0]))
        text_add_string(out, "'");
    text_add(out, cell.data, cell.size);
    text_free(&cell);
}

/* The next entry of a joined list, unescaped; *cell moves behind it. */
static json_t *read_entry(const char **cell)
{
    text_t entry;
    text_init(&entry, CELL_MAX_SIZE);
    const char *at = *cell;
    for (; *at && *at != '|'; at++) {
        if (*at == '\\' && (at[1] == '|' || at[1] == '\\'))
            at++;
        text_add(&entry, at, 1);
    }
    *cell = *at ? at + 1 : at;
    json_t *value = json_stringn(entry.data, entry.size);
    text_free(&entry);
    return value;
}

static json_t *read_list(const field_t *field, const char *cell)
{
    field_type_t type = field->fields[0].type;
    if (type == FIELD_MAP || type == FIELD_LIST || type == FIELD_INTERVAL || type == FIELD_NAF) {
        json_t *list = json_loads(cell, JSON_REJECT_DUPLICATES, NULL);
        return list ? list : json_string(cell); /* no list: the check says so and quotes it */
    }
    json_t *list = json_array();
    while (*cell)
        json_array_append_new(list, read_entry(&cell));
    return list;
}

const char *cell_unguarded(const char *cell)
{
    bool guarded = cell[0] == '\'' && cell[1] && strchr(FORMULA_STARTS, cell[1]);
    return cell + guarded;
}

json_t *cell_read(const field_t *field, const char *cell)
{
    cell = cell_unguarded(cell);
    if (!*cell)
        return NULL;
    return field->type == FIELD_LIST ? read_list(field, cell) : json_string(cell);
}
