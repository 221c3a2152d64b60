/* Three passes over a file, each of which may assume what the one before has established:
 *
 *   check_events   it is YAML, one document, without anchors, aliases, tags, NULs or great depth;
 *                  libyaml resolves aliases while it builds the document: only here can they be seen
 *   check_twice    over the document: no map has a key twice
 *   read_map       over the document by the table: known keys, right types, nothing missing */
#include "schemas/base/yaml.h"

#include "schemas/base/unicode.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

#define FIELD_MAX_SIZE 512 /* of a path in a finding */
#define NAME_ALPHABET "abcdefghijklmnopqrstuvwxyz0123456789_-"
#define NAME_MAX_LENGTH 32

typedef struct source {
    const char *name; /* of the file, as findings show it */
    yaml_document_t document;
} source_t;

/* A node and the way to it; lives on the stack of the walk. */
struct yaml_place {
    source_t *source;
    yaml_node_t *node;
    const yaml_place_t *parent; /* NULL for the root */
    const char *name;           /* its key in a map, NULL in a list */
    size_t index;               /* in a list */
};

/* Findings */

static char *position(const source_t *source, yaml_mark_t mark)
{
    char *where;
    int size = asprintf(&where, "%s:%zu:%zu", source->name, mark.line + 1, mark.column + 1);
    assert(size > 0);
    return where;
}

/* The path from the root: "fields[2].type". */
static void add_path(text_t *path, const yaml_place_t *place)
{
    if (!place->parent)
        return;
    add_path(path, place->parent);
    if (!place->name)
        text_add_format(path, "[%zu]", place->index);
    else
        text_add_format(path, "%s%s", path->size ? "." : "", place->name);
}

__attribute__((format(printf, 7, 0))) static void complain(const source_t *source, yaml_mark_t mark,
                                                           const char *field, const char *value,
                                                           findings_t *findings, const char *code,
                                                           const char *format, va_list arguments)
{
    char *where = position(source, mark);
    char *reason;
    int size = vasprintf(&reason, format, arguments);
    assert(size >= 0);
    findings_add(findings, SEVERITY_ERROR, code, where, field, value, "%s", reason);
    free(reason);
    free(where);
}

__attribute__((format(printf, 5, 6))) static void error_at(const source_t *source, yaml_mark_t mark,
                                                           findings_t *findings, const char *code,
                                                           const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    complain(source, mark, NULL, NULL, findings, code, format, arguments);
    va_end(arguments);
}

void yaml_place_error(const yaml_place_t *place, findings_t *findings, const char *code,
                      const char *format, ...)
{
    text_t path;
    text_init(&path, FIELD_MAX_SIZE);
    add_path(&path, place);
    bool scalar = place->node->type == YAML_SCALAR_NODE;
    va_list arguments;
    va_start(arguments, format);
    complain(place->source, place->node->start_mark, path.data,
             scalar ? yaml_place_text(place) : NULL, findings, code, format, arguments);
    va_end(arguments);
    text_free(&path);
}

char *yaml_place_where(const yaml_place_t *place)
{
    return position(place->source, place->node->start_mark);
}

const char *yaml_did_you_mean(const char *word, const char *const *words)
{
    size_t size = strlen(word);
    size_t allowed = size < 2 ? 0 : size < 4 ? 1 : size < 8 ? 2 : 3;
    const char *nearest = NULL;
    for (; *words; words++) {
        size_t distance = unicode_distance(word, *words, allowed);
        if (distance > allowed)
            continue;
        nearest = *words;
        if (distance == 0)
            break;
        allowed = distance - 1; /* only a nearer one is better */
    }
    return nearest;
}

/* First pass: the events */

static void begin(yaml_parser_t *parser, const char *text, size_t size)
{
    int initialized = yaml_parser_initialize(parser);
    assert(initialized);
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(parser, (const unsigned char *)text, size);
}

static const char *refused_property(const yaml_event_t *event)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;
    switch ((int)event->type) {
    case YAML_ALIAS_EVENT:
        return "an alias (*)";
    case YAML_SCALAR_EVENT:
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
        break;
    case YAML_SEQUENCE_START_EVENT:
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
        break;
    case YAML_MAPPING_START_EVENT:
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
        break;
    }
    return anchor ? "an anchor (&)" : tag ? "a tag (!)" : NULL;
}

static int depth_change(yaml_event_type_t type)
{
    if (type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT)
        return 1;
    return type == YAML_SEQUENCE_END_EVENT || type == YAML_MAPPING_END_EVENT ? -1 : 0;
}

/* libyaml gives no mark for bytes that are not UTF-8, only their offset. */
static yaml_mark_t mark_of_offset(const char *text, size_t offset)
{
    yaml_mark_t mark = {.index = offset};
    for (size_t i = 0; i < offset; i++) {
        mark.line += text[i] == '\n';
        mark.column = text[i] == '\n' ? 0 : mark.column + 1;
    }
    return mark;
}

static void syntax_error(const source_t *source, const yaml_parser_t *parser, const char *text,
                         findings_t *findings)
{
    bool unreadable = parser->error == YAML_READER_ERROR;
    yaml_mark_t mark =
        unreadable ? mark_of_offset(text, parser->problem_offset) : parser->problem_mark;
    error_at(source, mark, findings, "E_YAML_SYNTAX", "this is not YAML: %s%s%s",
             parser->context ? parser->context : "", parser->context ? ", " : "",
             parser->problem ? parser->problem : "unreadable");
}

static void check_event(const source_t *source, const yaml_event_t *event, int depth, int documents,
                        findings_t *findings)
{
    const char *refused = refused_property(event);
    if (refused)
        error_at(source, event->start_mark, findings, "E_YAML_ALIAS",
                 "%s is not allowed here: write the value out", refused);
    if (event->type == YAML_SCALAR_EVENT
        && memchr(event->data.scalar.value, 0, event->data.scalar.length))
        error_at(source, event->start_mark, findings, "E_YAML_SYNTAX",
                 "a text cannot contain a NUL character");
    if (depth > YAML_MAX_DEPTH)
        error_at(source, event->start_mark, findings, "E_YAML_DEPTH",
                 "deeper than %d maps and lists", YAML_MAX_DEPTH);
    if (documents == 2 && event->type == YAML_DOCUMENT_START_EVENT)
        error_at(source, event->start_mark, findings, "E_YAML_SYNTAX",
                 "a second document begins here: a file has one");
}

static int check_events(const source_t *source, const char *text, size_t size, findings_t *findings)
{
    size_t before = findings->errors;
    yaml_parser_t parser;
    begin(&parser, text, size);
    int depth = 0, documents = 0;
    for (bool end = false; !end;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            syntax_error(source, &parser, text, findings);
            break;
        }
        depth += depth_change(event.type);
        documents += event.type == YAML_DOCUMENT_START_EVENT;
        check_event(source, &event, depth, documents, findings);
        /* libyaml takes quadratic time to go deeper: no further */
        end = event.type == YAML_STREAM_END_EVENT || depth > YAML_MAX_DEPTH;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    if (documents == 0 && findings->errors == before)
        error_at(source, (yaml_mark_t){0}, findings, "E_YAML_SYNTAX", "the file is empty");
    return findings->errors == before ? 0 : -1;
}

static void load_document(source_t *source, const char *text, size_t size)
{
    yaml_parser_t parser;
    begin(&parser, text, size);
    int loaded = yaml_parser_load(&parser, &source->document);
    assert(loaded); /* the first pass read the same bytes to their end */
    yaml_parser_delete(&parser);
}

/* Second pass: keys given twice */

static const char *scalar_text(const yaml_node_t *node)
{
    return (const char *)node->data.scalar.value;
}

static int compare_keys(const void *left, const void *right)
{
    const yaml_node_t *a = *(yaml_node_t *const *)left, *b = *(yaml_node_t *const *)right;
    int order = strcmp(scalar_text(a), scalar_text(b));
    if (order)
        return order;
    return a->start_mark.index < b->start_mark.index ? -1 : 1;
}

static void check_map_twice(source_t *source, yaml_node_t *map, findings_t *findings)
{
    size_t pairs = (size_t)(map->data.mapping.pairs.top - map->data.mapping.pairs.start);
    yaml_node_t **keys = calloc(pairs + 1, sizeof(yaml_node_t *));
    assert(keys);
    size_t count = 0;
    for (size_t i = 0; i < pairs; i++) {
        int number = map->data.mapping.pairs.start[i].key;
        yaml_node_t *key = yaml_document_get_node(&source->document, number);
        if (key->type == YAML_SCALAR_NODE)
            keys[count++] = key;
    }
    qsort(keys, count, sizeof(yaml_node_t *), compare_keys);
    for (size_t i = 1; i < count; i++) {
        const char *name = scalar_text(keys[i]);
        if (strcmp(scalar_text(keys[i - 1]), name) == 0)
            error_at(source, keys[i]->start_mark, findings, "E_YAML_TWICE",
                     "'%.80s' is given twice, before on line %zu", name,
                     keys[i - 1]->start_mark.line + 1);
    }
    free(keys);
}

static void check_twice(source_t *source, findings_t *findings)
{
    for (yaml_node_t *node = source->document.nodes.start; node < source->document.nodes.top;
         node++)
        if (node->type == YAML_MAPPING_NODE)
            check_map_twice(source, node, findings);
}

/* Third pass: looking at a place */

yaml_shape_t yaml_place_shape(const yaml_place_t *place)
{
    if (place->node->type == YAML_SEQUENCE_NODE)
        return YAML_SHAPE_LIST;
    return place->node->type == YAML_MAPPING_NODE ? YAML_SHAPE_MAP : YAML_SHAPE_SCALAR;
}

const char *yaml_place_text(const yaml_place_t *place)
{
    assert(place->node->type == YAML_SCALAR_NODE);
    return scalar_text(place->node);
}

size_t yaml_place_count(const yaml_place_t *place)
{
    const yaml_node_t *node = place->node;
    if (node->type == YAML_SEQUENCE_NODE)
        return (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    if (node->type == YAML_MAPPING_NODE)
        return (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
    return 0;
}

static yaml_place_t entry_at(const yaml_place_t *list, size_t index)
{
    int number = list->node->data.sequence.items.start[index];
    return (yaml_place_t){.source = list->source,
                          .node = yaml_document_get_node(&list->source->document, number),
                          .parent = list,
                          .index = index};
}

/* The value of a pair; its name is NULL when the key is not a text. *key is the key's node. */
static yaml_place_t pair_at(const yaml_place_t *map, size_t index, yaml_node_t **key)
{
    yaml_node_pair_t pair = map->node->data.mapping.pairs.start[index];
    *key = yaml_document_get_node(&map->source->document, pair.key);
    return (yaml_place_t){.source = map->source,
                          .node = yaml_document_get_node(&map->source->document, pair.value),
                          .parent = map,
                          .name = (*key)->type == YAML_SCALAR_NODE ? scalar_text(*key) : NULL};
}

void yaml_place_each(const yaml_place_t *place,
                     void (*visit)(void *context, const char *name, const yaml_place_t *value),
                     void *context)
{
    for (size_t i = 0; i < yaml_place_count(place); i++) {
        yaml_node_t *key;
        bool list = place->node->type == YAML_SEQUENCE_NODE;
        yaml_place_t value = list ? entry_at(place, i) : pair_at(place, i, &key);
        if (list || value.name)
            visit(context, value.name, &value);
    }
}

/* Third pass: values */

static bool is_nothing(const yaml_node_t *node)
{
    if (node->type != YAML_SCALAR_NODE || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    const char *text = scalar_text(node);
    return !*text || strcmp(text, "~") == 0 || strcmp(text, "null") == 0;
}

static bool has_shape(const yaml_place_t *place, yaml_shape_t shape, findings_t *findings)
{
    static const char *const shapes[] = {"a single value", "a list", "a map"};
    if (is_nothing(place->node)) {
        yaml_place_error(place, findings, "E_YAML_TYPE",
                         "no value is given: write one, or leave the key out");
        return false;
    }
    if (yaml_place_shape(place) == shape)
        return true;
    yaml_place_error(place, findings, "E_YAML_TYPE", "must be %s", shapes[shape]);
    return false;
}

static char *copy(const char *text)
{
    char *made = strdup(text);
    assert(made);
    return made;
}

static bool is_word(const yaml_place_t *place, const char *const *words, findings_t *findings)
{
    const char *text = yaml_place_text(place);
    for (const char *const *word = words; *word; word++)
        if (strcmp(*word, text) == 0)
            return true;
    const char *near = yaml_did_you_mean(text, words);
    if (near) {
        yaml_place_error(place, findings, "E_YAML_WORD",
                         "'%.80s' is not known here: did you mean '%s'?", text, near);
        return false;
    }
    text_t all;
    text_init(&all, FIELD_MAX_SIZE);
    for (const char *const *word = words; *word; word++)
        text_add_format(&all, "%s%s", word == words ? "" : ", ", *word);
    yaml_place_error(place, findings, "E_YAML_WORD", "'%.80s' is not one of: %s%s", text, all.data,
                     all.overflow ? "..." : "");
    text_free(&all);
    return false;
}

typedef void read_fn(const yaml_place_t *place, const yaml_key_t *key, void *out,
                     findings_t *findings);

/* Where the table says a member is; the table's own types vouch for the alignment. */
static void *member(void *out, size_t offset)
{
    return (char *)out + offset;
}

static void read_text(const yaml_place_t *place, const yaml_key_t *key, void *out,
                      findings_t *findings)
{
    if (!has_shape(place, YAML_SHAPE_SCALAR, findings)
        || (key->words && !is_word(place, key->words, findings)))
        return;
    *(char **)member(out, key->offset) = copy(yaml_place_text(place));
}

static void read_name(const yaml_place_t *place, const yaml_key_t *key, void *out,
                      findings_t *findings)
{
    if (!has_shape(place, YAML_SHAPE_SCALAR, findings))
        return;
    const char *text = yaml_place_text(place);
    size_t size = strspn(text, NAME_ALPHABET);
    if (size == 0 || size > NAME_MAX_LENGTH || text[size])
        yaml_place_error(place, findings, "E_YAML_TYPE",
                         "must be 1 to %d characters among a-z, 0-9, _ and -", NAME_MAX_LENGTH);
    else
        *(char **)member(out, key->offset) = copy(text);
}

/* Not realpath(): what a path names may not exist yet. */
static char *absolute_path(const char *file, const char *path)
{
    const char *slash = strrchr(file, '/');
    int folder_size = slash ? (int)(slash - file + 1) : 0;
    char *working = *file == '/' ? copy("") : getcwd(NULL, 0);
    assert(working);
    char *made;
    int size =
        asprintf(&made, "%s%s%.*s%s", working, *file == '/' ? "" : "/", folder_size, file, path);
    assert(size > 0);
    free(working);
    return made;
}

static void read_path(const yaml_place_t *place, const yaml_key_t *key, void *out,
                      findings_t *findings)
{
    if (!has_shape(place, YAML_SHAPE_SCALAR, findings))
        return;
    const char *path = yaml_place_text(place);
    if (!*path)
        yaml_place_error(place, findings, "E_YAML_TYPE", "must be the path of a file or folder");
    else
        *(char **)member(out, key->offset) =
            *path == '/' ? copy(path) : absolute_path(place->source->name, path);
}

static bool is_outside(int64_t value, const yaml_key_t *key)
{
    return (key->min != 0 || key->max != 0) && (value < key->min || value > key->max);
}

static void read_integer(const yaml_place_t *place, const yaml_key_t *key, void *out,
                         findings_t *findings)
{
    if (!has_shape(place, YAML_SHAPE_SCALAR, findings))
        return;
    const char *text = yaml_place_text(place);
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (!strspn(text, "-0123456789") || *end || end == text || errno)
        yaml_place_error(place, findings, "E_YAML_TYPE", "must be a whole number, not '%.80s'",
                         text);
    else if (is_outside(value, key))
        yaml_place_error(place, findings, "E_YAML_RANGE",
                         "must be between %" PRId64 " and %" PRId64 ", not %lld", key->min,
                         key->max, value);
    else
        *(int64_t *)member(out, key->offset) = value;
}

static void read_bool(const yaml_place_t *place, const yaml_key_t *key, void *out,
                      findings_t *findings)
{
    if (!has_shape(place, YAML_SHAPE_SCALAR, findings))
        return;
    const char *text = yaml_place_text(place);
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
        yaml_place_error(place, findings, "E_YAML_TYPE", "must be true or false, not '%.80s'",
                         text);
    else
        *(bool *)member(out, key->offset) = *text == 't';
}

static const struct time_unit {
    const char *name;
    int64_t ms;
} time_units[] = {{"ms", 1}, {"s", 1000}, {"min", 60 * 1000}, {"h", 60 * 60 * 1000}};

#define TIME_UNITS (sizeof time_units / sizeof *time_units)

/* Milliseconds of "250ms"; -1 if it is not a duration, or longer than we can count. */
static int64_t parse_duration(const char *text)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (!strspn(text, "0123456789") || errno)
        return -1;
    for (size_t i = 0; i < TIME_UNITS; i++)
        if (strcmp(end, time_units[i].name) == 0)
            return number <= INT64_MAX / time_units[i].ms ? number * time_units[i].ms : -1;
    return -1;
}

static const char *format_duration(int64_t ms, char out[32])
{
    size_t i = TIME_UNITS - 1;
    while (i > 0 && (ms == 0 || ms % time_units[i].ms != 0))
        i--;
    snprintf(out, 32, "%" PRId64 "%s", ms / time_units[i].ms, time_units[i].name);
    return out;
}

static void read_duration(const yaml_place_t *place, const yaml_key_t *key, void *out,
                          findings_t *findings)
{
    if (!has_shape(place, YAML_SHAPE_SCALAR, findings))
        return;
    const char *text = yaml_place_text(place);
    int64_t ms = parse_duration(text);
    char min[32], max[32];
    if (ms < 0)
        yaml_place_error(place, findings, "E_YAML_TYPE",
                         "must be a duration such as 250ms, 10s, 5min or 24h, not '%.80s'", text);
    else if (is_outside(ms, key))
        yaml_place_error(place, findings, "E_YAML_RANGE", "must be between %s and %s, not '%.80s'",
                         format_duration(key->min, min), format_duration(key->max, max), text);
    else
        *(int64_t *)member(out, key->offset) = ms;
}

static void read_texts(const yaml_place_t *place, const yaml_key_t *key, void *out,
                       findings_t *findings)
{
    bool single = yaml_place_shape(place) == YAML_SHAPE_SCALAR;
    if (!has_shape(place, single ? YAML_SHAPE_SCALAR : YAML_SHAPE_LIST, findings))
        return;
    size_t entries = single ? 1 : yaml_place_count(place), count = 0;
    char **texts = calloc(entries + 1, sizeof(char *));
    assert(texts);
    for (size_t i = 0; i < entries; i++) {
        yaml_place_t entry = single ? *place : entry_at(place, i);
        if (has_shape(&entry, YAML_SHAPE_SCALAR, findings)
            && (!key->words || is_word(&entry, key->words, findings)))
            texts[count++] = copy(yaml_place_text(&entry));
    }
    *(char ***)member(out, key->offset) = texts;
    *(size_t *)member(out, key->count_offset) = count;
}

static void read_map(const yaml_place_t *place, const yaml_key_t *keys, void *out,
                     findings_t *findings);

static void read_struct(const yaml_place_t *place, const yaml_key_t *key, void *out,
                        findings_t *findings)
{
    read_map(place, key->keys, member(out, key->offset), findings);
}

static void read_structs(const yaml_place_t *place, const yaml_key_t *key, void *out,
                         findings_t *findings)
{
    if (!has_shape(place, YAML_SHAPE_LIST, findings))
        return;
    size_t count = yaml_place_count(place);
    char *structs = calloc(count + 1, key->size);
    assert(structs);
    for (size_t i = 0; i < count; i++) {
        yaml_place_t entry = entry_at(place, i);
        read_map(&entry, key->keys, structs + i * key->size, findings);
    }
    *(void **)member(out, key->offset) = structs;
    *(size_t *)member(out, key->count_offset) = count;
}

static void read_custom(const yaml_place_t *place, const yaml_key_t *key, void *out,
                        findings_t *findings)
{
    key->read(member(out, key->offset), place, findings);
}

static void read_where(const yaml_place_t *place, const yaml_key_t *key, void *out,
                       findings_t *findings)
{
    (void)findings;
    *(char **)member(out, key->offset) = yaml_place_where(place);
}

static void free_text(const yaml_key_t *key, void *out)
{
    char **text = member(out, key->offset);
    free(*text);
    *text = NULL;
}

static void free_number(const yaml_key_t *key, void *out)
{
    *(int64_t *)member(out, key->offset) = 0;
}

static void free_bool(const yaml_key_t *key, void *out)
{
    *(bool *)member(out, key->offset) = false;
}

static void free_struct(const yaml_key_t *key, void *out)
{
    yaml_free(key->keys, member(out, key->offset));
}

static void free_texts(const yaml_key_t *key, void *out)
{
    char ***texts = member(out, key->offset);
    size_t *count = member(out, key->count_offset);
    for (size_t i = 0; i < *count; i++)
        free((*texts)[i]);
    free(*texts);
    *texts = NULL;
    *count = 0;
}

static void free_structs(const yaml_key_t *key, void *out)
{
    char **structs = member(out, key->offset);
    size_t *count = member(out, key->count_offset);
    for (size_t i = 0; i < *count; i++)
        yaml_free(key->keys, *structs + i * key->size);
    free(*structs);
    *structs = NULL;
    *count = 0;
}

static void free_custom(const yaml_key_t *key, void *out)
{
    if (key->release)
        key->release(member(out, key->offset));
}

static const struct handler {
    read_fn *read;
    void (*release)(const yaml_key_t *key, void *out);
} handlers[] = {
    [YAML_TEXT] = {read_text, free_text},          [YAML_NAME] = {read_name, free_text},
    [YAML_PATH] = {read_path, free_text},          [YAML_INTEGER] = {read_integer, free_number},
    [YAML_BOOL] = {read_bool, free_bool},          [YAML_DURATION] = {read_duration, free_number},
    [YAML_STRUCT] = {read_struct, free_struct},    [YAML_TEXTS] = {read_texts, free_texts},
    [YAML_STRUCTS] = {read_structs, free_structs}, [YAML_CUSTOM] = {read_custom, free_custom},
    [YAML_WHERE] = {read_where, free_text},
};

/* Third pass: maps */

#define KEYS_MAX 63 /* of one table: as many bits as `seen` has, and one more for the list's end */

static size_t find_key(const yaml_key_t *keys, const char *name)
{
    size_t i = 0;
    while (keys[i].name && (keys[i].type == YAML_WHERE || strcmp(keys[i].name, name) != 0))
        i++;
    assert(i <= KEYS_MAX);
    return i;
}

static void unknown_key(const yaml_place_t *value, const yaml_node_t *node, const yaml_key_t *keys,
                        findings_t *findings)
{
    const char *words[KEYS_MAX + 1];
    size_t count = 0;
    for (const yaml_key_t *key = keys; key->name; key++)
        if (key->type != YAML_WHERE)
            words[count++] = key->name;
    words[count] = NULL;
    const char *near = yaml_did_you_mean(value->name, words);
    if (near)
        error_at(value->source, node->start_mark, findings, "E_YAML_KEY",
                 "unknown key '%.80s': did you mean '%s'?", value->name, near);
    else
        error_at(value->source, node->start_mark, findings, "E_YAML_KEY", "unknown key '%.80s'",
                 value->name);
}

static void read_map(const yaml_place_t *place, const yaml_key_t *keys, void *out,
                     findings_t *findings)
{
    uint64_t seen = 0;
    for (size_t i = 0; keys[i].name; i++)
        if (keys[i].type == YAML_WHERE)
            read_where(place, &keys[i], out, findings);
    if (!has_shape(place, YAML_SHAPE_MAP, findings))
        return;
    for (size_t i = 0; i < yaml_place_count(place); i++) {
        yaml_node_t *node;
        yaml_place_t value = pair_at(place, i, &node);
        size_t number = value.name ? find_key(keys, value.name) : 0;
        uint64_t bit = UINT64_C(1) << number;
        if (!value.name)
            error_at(place->source, node->start_mark, findings, "E_YAML_KEY",
                     "a key must be a single text");
        else if (!keys[number].name)
            unknown_key(&value, node, keys, findings);
        else if (!(seen & bit)) /* a second one is already among the findings */
            handlers[keys[number].type].read(&value, &keys[number], out, findings);
        seen |= value.name ? bit : 0;
    }
    for (size_t i = 0; keys[i].name; i++)
        if (keys[i].required && !(seen & UINT64_C(1) << i))
            yaml_place_error(place, findings, "E_YAML_MISSING", "'%s' is missing", keys[i].name);
}

void yaml_place_struct(const yaml_place_t *place, const yaml_key_t *keys, void *out,
                       findings_t *findings)
{
    read_map(place, keys, out, findings);
}

void yaml_place_texts(const yaml_place_t *place, char ***texts, size_t *count, findings_t *findings)
{
    struct both {
        char **texts;
        size_t count;
    } both = {0};
    static const yaml_key_t key = {.type = YAML_TEXTS,
                                   .offset = offsetof(struct both, texts),
                                   .count_offset = offsetof(struct both, count)};
    read_texts(place, &key, &both, findings);
    *texts = both.texts;
    *count = both.count;
}

/* The whole */

int yaml_parse(const char *text, size_t size, const char *name, const yaml_key_t *keys, void *out,
               findings_t *findings)
{
    size_t before = findings->errors;
    source_t source = {.name = name};
    if (size > YAML_MAX_SIZE) {
        findings_add(findings, SEVERITY_ERROR, "E_YAML_FILE", name, NULL, NULL,
                     "longer than %d bytes", YAML_MAX_SIZE);
        return -1;
    }
    if (check_events(&source, text, size, findings))
        return -1;
    load_document(&source, text, size);
    check_twice(&source, findings);
    yaml_place_t root = {.source = &source, .node = yaml_document_get_root_node(&source.document)};
    read_map(&root, keys, out, findings);
    yaml_document_delete(&source.document);
    return findings->errors == before ? 0 : -1;
}

int yaml_read(const char *path, text_t *out, findings_t *findings)
{
    const char *problem = NULL;
    FILE *file = fopen(path, "rbe");
    if (!file) {
        findings_add(findings, SEVERITY_ERROR, "E_YAML_FILE", path, NULL, NULL,
                     "cannot be read: %s", strerror(errno));
        return -1;
    }
    char buffer[16 * 1024];
    for (size_t size; !problem && (size = fread(buffer, 1, sizeof buffer, file)) > 0;)
        if (text_add(out, buffer, size))
            problem = "the file is too long";
    if (ferror(file))
        problem = strerror(errno);
    fclose(file);
    if (problem)
        findings_add(findings, SEVERITY_ERROR, "E_YAML_FILE", path, NULL, NULL,
                     "cannot be read: %s", problem);
    return problem ? -1 : 0;
}

bool yaml_has_key(const char *text, const char *key)
{
    size_t size = strlen(key);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, size) == 0 && line[size + strspn(line + size, " ")] == ':')
            return true;
    }
    return false;
}

int yaml_load(const char *path, const yaml_key_t *keys, void *out, findings_t *findings)
{
    text_t text;
    text_init(&text, YAML_MAX_SIZE);
    int rc = yaml_read(path, &text, findings);
    if (rc == 0)
        rc = yaml_parse(text.data, text.size, path, keys, out, findings);
    text_free(&text);
    return rc;
}

void yaml_free(const yaml_key_t *keys, void *out)
{
    for (const yaml_key_t *key = keys; key->name; key++)
        handlers[key->type].release(key, out);
}
