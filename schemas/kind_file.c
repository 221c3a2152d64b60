#include "schemas/kind_file.h"

#include "schemas/base/text.h"
#include "schemas/base/yaml.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CODE_ALPHABET "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+.<"
#define CODE_MAX_LENGTH 64
#define BOUND_MAX INT64_C(1000000000000) /* as millionths it is still an int64_t */

/* What the keys of each file are */

/* Room for one more at the end of an array that has `count`. */
static void *grow(void *array, size_t count, size_t size)
{
    void *grown = realloc(array, (count + 1) * size);
    assert(grown);
    return grown;
}

static char *copy(const char *text)
{
    char *made = strdup(text);
    assert(made);
    return made;
}

typedef struct reading {
    void *into;
    findings_t *findings;
} reading_t;

static bool code_valid(const char *code)
{
    size_t size = strspn(code, CODE_ALPHABET);
    return size > 0 && size <= CODE_MAX_LENGTH && !code[size];
}

static void read_term(void *context, const char *name, const yaml_place_t *value)
{
    reading_t *reading = context;
    struct terms *terms = reading->into;
    if (!name || yaml_place_shape(value) != YAML_SHAPE_SCALAR || !*yaml_place_text(value)) {
        yaml_place_error(value, reading->findings, "E_KIND_TERM", "a term is written code: label");
        return;
    }
    if (!code_valid(name))
        yaml_place_error(value, reading->findings, "E_KIND_TERM",
                         "'%.80s' is not a code: at most %d of A-Z, a-z, 0-9, _, -, +, ., <", name,
                         CODE_MAX_LENGTH);
    terms->list = grow(terms->list, terms->count, sizeof *terms->list);
    terms->list[terms->count++] = (term_t){copy(name), copy(yaml_place_text(value))};
}

static void read_terms(void *member, const yaml_place_t *place, findings_t *findings)
{
    if (yaml_place_count(place) == 0)
        yaml_place_error(place, findings, "E_KIND_TERM", "a vocabulary has at least one term");
    yaml_place_each(place, read_term, &(reading_t){member, findings});
}

static void release_terms(void *member)
{
    struct terms *terms = member;
    for (size_t i = 0; i < terms->count; i++) {
        free((char *)terms->list[i].code);
        free((char *)terms->list[i].label);
    }
    free(terms->list);
    *terms = (struct terms){0};
}

/* --- what follows from what: code: {field: [value, ...]} --- */

typedef struct following {
    struct follows *follows;
    const char *code, *field;
    findings_t *findings;
} following_t;

static void read_value(void *context, const char *name, const yaml_place_t *value)
{
    following_t *at = context;
    struct follows *follows = at->follows;
    if (name || yaml_place_shape(value) != YAML_SHAPE_SCALAR
        || !code_valid(yaml_place_text(value))) {
        yaml_place_error(value, at->findings, "E_KIND_TERM",
                         "what a term follows from is written field: [code, ...]");
        return;
    }
    follows->list = grow(follows->list, follows->count, sizeof *follows->list);
    follows->list[follows->count++] =
        (follow_t){copy(at->code), copy(at->field), copy(yaml_place_text(value))};
}

static void read_values(void *context, const char *name, const yaml_place_t *value)
{
    following_t *at = context;
    at->field = name;
    if (!name || yaml_place_shape(value) != YAML_SHAPE_LIST)
        yaml_place_error(value, at->findings, "E_KIND_TERM",
                         "what a term follows from is written field: [code, ...]");
    else
        yaml_place_each(value, read_value, at);
}

static void read_term_follows(void *context, const char *name, const yaml_place_t *value)
{
    following_t *at = context;
    at->code = name;
    if (!name || yaml_place_shape(value) != YAML_SHAPE_MAP)
        yaml_place_error(value, at->findings, "E_KIND_TERM",
                         "what a term follows from is written code: {field: [code, ...]}");
    else
        yaml_place_each(value, read_values, at);
}

static void read_follows(void *member, const yaml_place_t *place, findings_t *findings)
{
    yaml_place_each(place, read_term_follows,
                    &(following_t){.follows = member, .findings = findings});
}

static void release_follows(void *member)
{
    struct follows *follows = member;
    for (size_t i = 0; i < follows->count; i++) {
        free((char *)follows->list[i].code);
        free((char *)follows->list[i].field);
        free((char *)follows->list[i].value);
    }
    free(follows->list);
    *follows = (struct follows){0};
}

static const yaml_key_t vocabulary_keys[] = {
    {.name = "label",
     .type = YAML_TEXT,
     .offset = offsetof(vocabulary_file_t, label),
     .required = true},
    {.name = "terms",
     .type = YAML_CUSTOM,
     .offset = offsetof(vocabulary_file_t, terms),
     .required = true,
     .read = read_terms,
     .release = release_terms},
    {.name = "follows",
     .type = YAML_CUSTOM,
     .offset = offsetof(vocabulary_file_t, follows),
     .read = read_follows,
     .release = release_follows},
    {.name = "otherwise", .type = YAML_TEXT, .offset = offsetof(vocabulary_file_t, otherwise)},
    {0},
};

static void read_entry(void *member, const yaml_place_t *place, findings_t *findings);
static void release_entry(void *member);

#define FIELD_KEYS 15
static const yaml_key_t field_keys[FIELD_KEYS];
static const yaml_key_t field_keys[FIELD_KEYS] = {
    {.name = "", .type = YAML_WHERE, .offset = offsetof(field_file_t, where)},
    {.name = "name", .type = YAML_TEXT, .offset = offsetof(field_file_t, name)},
    {.name = "type", .type = YAML_TEXT, .offset = offsetof(field_file_t, type), .required = true},
    {.name = "label", .type = YAML_TEXT, .offset = offsetof(field_file_t, label)},
    {.name = "help", .type = YAML_TEXT, .offset = offsetof(field_file_t, help)},
    {.name = "need", .type = YAML_TEXT, .offset = offsetof(field_file_t, need)},
    {.name = "vocabulary", .type = YAML_TEXT, .offset = offsetof(field_file_t, vocabulary)},
    {.name = "unit", .type = YAML_TEXT, .offset = offsetof(field_file_t, unit)},
    {.name = "min",
     .type = YAML_INTEGER,
     .offset = offsetof(field_file_t, min),
     .min = -BOUND_MAX,
     .max = BOUND_MAX},
    {.name = "max",
     .type = YAML_INTEGER,
     .offset = offsetof(field_file_t, max),
     .min = 1,
     .max = BOUND_MAX},
    {.name = "facet", .type = YAML_BOOL, .offset = offsetof(field_file_t, facet)},
    {.name = "search",
     .type = YAML_INTEGER,
     .offset = offsetof(field_file_t, search),
     .min = 1,
     .max = 3},
    {.name = "entry",
     .type = YAML_CUSTOM,
     .offset = offsetof(field_file_t, entry),
     .read = read_entry,
     .release = release_entry},
    {.name = "fields",
     .type = YAML_STRUCTS,
     .offset = offsetof(field_file_t, fields),
     .keys = field_keys,
     .size = sizeof(field_file_t),
     .count_offset = offsetof(field_file_t, field_count)},
    {0},
};

static void read_entry(void *member, const yaml_place_t *place, findings_t *findings)
{
    field_file_t *entry = calloc(1, sizeof *entry);
    assert(entry);
    *(field_file_t **)member = entry;
    yaml_place_struct(place, field_keys, entry, findings);
}

static void release_entry(void *member)
{
    field_file_t **entry = member;
    if (*entry)
        yaml_free(field_keys, *entry);
    free(*entry);
    *entry = NULL;
}

static void read_alternative(void *context, const char *name, const yaml_place_t *value)
{
    (void)name;
    reading_t *reading = context;
    key_file_t *key = reading->into;
    size_t count;
    char **paths;
    yaml_place_texts(value, &paths, &count, reading->findings);
    if (!paths)
        return;
    if (count == 0)
        yaml_place_error(value, reading->findings, "E_KIND_KEY", "names no field");
    key->list = grow(key->list, key->count, sizeof *key->list);
    key->list[key->count++] = paths;
}

static void read_key(void *member, const yaml_place_t *place, findings_t *findings)
{
    key_file_t *key = member;
    key->where = yaml_place_where(place);
    if (yaml_place_shape(place) != YAML_SHAPE_LIST || yaml_place_count(place) == 0)
        yaml_place_error(place, findings, "E_KIND_KEY",
                         "must list at least one alternative, such as [[siren], [code]]");
    else
        yaml_place_each(place, read_alternative, &(reading_t){key, findings});
}

static void release_key(void *member)
{
    key_file_t *key = member;
    for (size_t i = 0; i < key->count; i++) {
        for (char **path = key->list[i]; *path; path++)
            free(*path);
        free(key->list[i]);
    }
    free(key->list);
    free(key->where);
    *key = (key_file_t){0};
}

static const yaml_key_t page_keys[] = {
    {.name = "", .type = YAML_WHERE, .offset = offsetof(page_file_t, where)},
    {.name = "path", .type = YAML_NAME, .offset = offsetof(page_file_t, path), .required = true},
    {.name = "title", .type = YAML_TEXT, .offset = offsetof(page_file_t, title), .required = true},
    {.name = "summary", .type = YAML_TEXT, .offset = offsetof(page_file_t, summary)},
    {.name = "sort", .type = YAML_TEXT, .offset = offsetof(page_file_t, sort), .required = true},
    {0},
};

static const yaml_key_t rule_keys[] = {
    {.name = "", .type = YAML_WHERE, .offset = offsetof(rule_file_t, where)},
    {.name = "rule", .type = YAML_TEXT, .offset = offsetof(rule_file_t, rule), .required = true},
    {.name = "fields",
     .type = YAML_TEXTS,
     .offset = offsetof(rule_file_t, fields),
     .required = true,
     .count_offset = offsetof(rule_file_t, field_count)},
    {0},
};

static const yaml_key_t kind_keys[] = {
    {.name = "", .type = YAML_WHERE, .offset = offsetof(kind_file_t, where)},
    {.name = "version",
     .type = YAML_INTEGER,
     .offset = offsetof(kind_file_t, version),
     .required = true,
     .min = 1,
     .max = UINT32_MAX},
    {.name = "label", .type = YAML_TEXT, .offset = offsetof(kind_file_t, label), .required = true},
    {.name = "plural",
     .type = YAML_TEXT,
     .offset = offsetof(kind_file_t, plural),
     .required = true},
    {.name = "page",
     .type = YAML_STRUCT,
     .offset = offsetof(kind_file_t, page),
     .required = true,
     .keys = page_keys},
    {.name = "key",
     .type = YAML_CUSTOM,
     .offset = offsetof(kind_file_t, key),
     .required = true,
     .read = read_key,
     .release = release_key},
    {.name = "fields",
     .type = YAML_STRUCTS,
     .offset = offsetof(kind_file_t, fields),
     .required = true,
     .keys = field_keys,
     .size = sizeof(field_file_t),
     .count_offset = offsetof(kind_file_t, field_count)},
    {.name = "rules",
     .type = YAML_STRUCTS,
     .offset = offsetof(kind_file_t, rules),
     .keys = rule_keys,
     .size = sizeof(rule_file_t),
     .count_offset = offsetof(kind_file_t, rule_count)},
    {.name = "facets",
     .type = YAML_TEXTS,
     .offset = offsetof(kind_file_t, facets),
     .count_offset = offsetof(kind_file_t, facet_count)},
    {0},
};

static const yaml_key_t common_keys[] = {
    {.name = "fields",
     .type = YAML_STRUCTS,
     .offset = offsetof(common_file_t, fields),
     .required = true,
     .keys = field_keys,
     .size = sizeof(field_file_t),
     .count_offset = offsetof(common_file_t, field_count)},
    {0},
};

/* Files */

static void *zeroed(size_t count, size_t size)
{
    void *made = calloc(count + 1, size);
    assert(made);
    return made;
}

static void load_file(const char *path, const yaml_key_t *keys, void *out, hash_t *hash,
                      findings_t *findings)
{
    text_t text;
    text_init(&text, YAML_MAX_SIZE);
    if (yaml_read(path, &text, findings) == 0) {
        crypto_generichash(hash->bytes, sizeof hash->bytes, (const uint8_t *)text.data, text.size,
                           NULL, 0);
        yaml_parse(text.data, text.size, path, keys, out, findings);
    }
    text_free(&text);
}

static char *join(const char *folder, const char *name, const char *suffix)
{
    char *path;
    int size = asprintf(&path, "%s/%s%s", folder, name, suffix);
    assert(size > 0);
    return path;
}

static int is_yaml(const struct dirent *entry)
{
    size_t size = strlen(entry->d_name);
    return *entry->d_name != '.' && size > 5 && strcmp(entry->d_name + size - 5, ".yaml") == 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list_names(shelf_t *shelf, const char *folder, findings_t *findings)
{
    struct dirent **entries = NULL;
    int found = scandir(folder, &entries, is_yaml, NULL);
    if (found < 0)
        findings_add(findings, SEVERITY_ERROR, "E_KIND_FILE", folder, NULL, NULL,
                     "cannot be read: %s", strerror(errno));
    if (found == 0)
        findings_add(findings, SEVERITY_ERROR, "E_KIND_FILE", folder, NULL, NULL,
                     "has no .yaml file");
    shelf->names = zeroed(found > 0 ? (size_t)found : 0, sizeof(char *));
    for (int i = 0; i < found; i++) {
        char *name = strndup(entries[i]->d_name, strlen(entries[i]->d_name) - 5);
        assert(name);
        free(entries[i]);
        if (!name_valid(name))
            findings_add(findings, SEVERITY_ERROR, "E_KIND_FILE", folder, NULL, name,
                         "the name of a file must be 1 to %d characters among a-z, 0-9, _ and -",
                         NAME_SIZE - 1);
        shelf->names[shelf->count++] = name;
    }
    free(entries);
    qsort(shelf->names, shelf->count, sizeof *shelf->names, compare_names);
}

size_t shelf_find(const shelf_t *self, const char *name)
{
    char **found = bsearch(&name, self->names, self->count, sizeof *self->names, compare_names);
    return found ? (size_t)(found - self->names) : self->count;
}

static void load_shelf(shelf_t *shelf, const char *folder, const char *room, const yaml_key_t *keys,
                       size_t size, findings_t *findings)
{
    char *place = join(folder, room, "");
    list_names(shelf, place, findings);
    shelf->hashes = zeroed(shelf->count, sizeof *shelf->hashes);
    shelf->files = zeroed(shelf->count, size);
    for (size_t i = 0; i < shelf->count; i++) {
        char *path = join(place, shelf->names[i], ".yaml");
        load_file(path, keys, (char *)shelf->files + i * size, &shelf->hashes[i], findings);
        free(path);
    }
    free(place);
}

static void free_shelf(shelf_t *shelf, const yaml_key_t *keys, size_t size)
{
    for (size_t i = 0; i < shelf->count; i++) {
        yaml_free(keys, (char *)shelf->files + i * size);
        free(shelf->names[i]);
    }
    free(shelf->names);
    free(shelf->hashes);
    free(shelf->files);
}

void kind_files_load(kind_files_t *self, const char *folder, findings_t *findings)
{
    load_shelf(&self->vocabularies, folder, "vocabularies", vocabulary_keys,
               sizeof(vocabulary_file_t), findings);
    char *path = join(folder, "common", ".yaml");
    load_file(path, common_keys, &self->common, &self->common_hash, findings);
    free(path);
    load_shelf(&self->kinds, folder, "kinds", kind_keys, sizeof(kind_file_t), findings);
}

void kind_files_free(kind_files_t *self)
{
    free_shelf(&self->vocabularies, vocabulary_keys, sizeof(vocabulary_file_t));
    yaml_free(common_keys, &self->common);
    free_shelf(&self->kinds, kind_keys, sizeof(kind_file_t));
}
