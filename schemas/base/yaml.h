/* yaml - a YAML file into a C struct, by a table of keys, telling every error at once.
 *
 * Kinds, vocabularies, members, keys, settings and import mappings are all read by this one
 * walker over libyaml's document tree. An unknown key is an error with a "did you mean"; so is a
 * key given twice, a missing required one, a key without a value, a wrong type, a value out of
 * its range. Each is a finding whose `where` is file:line:column (from 1) and whose `field` is the
 * path, "fields[2].type". Anchors, aliases and tags are refused, a file has at most 1 MiB, depth
 * at most 16: configuration is small, and a bomb is not configuration. Text that is not YAML at
 * all gives one finding, the first, because nothing after it can be trusted. */
#ifndef SCHEMAS_BASE_YAML_H
#define SCHEMAS_BASE_YAML_H

#include "schemas/base/finding.h"
#include "schemas/base/text.h"

#include <stdint.h>

#define YAML_MAX_SIZE (1024 * 1024) /* bytes of a file */
#define YAML_MAX_DEPTH 16           /* maps and lists inside one another */

typedef struct yaml_key yaml_key_t;
typedef struct yaml_place yaml_place_t; /* a node of the document, for YAML_CUSTOM readers */

typedef enum yaml_type {
    YAML_TEXT,     /* char *: given; freed by yaml_free */
    YAML_NAME,     /* char *: [a-z0-9_-]{1,32} */
    YAML_PATH,     /* char *: made absolute, relative to the folder of the file */
    YAML_INTEGER,  /* int64_t within min..max */
    YAML_BOOL,     /* bool: true or false */
    YAML_DURATION, /* int64_t milliseconds: "250ms", "10s", "5min", "24h"; min and max in ms */
    YAML_STRUCT,   /* a nested struct described by `keys`, at `offset` */
    YAML_TEXTS, /* char ** of `count_offset` size_t entries and a NULL; a single text counts as one */
    YAML_STRUCTS, /* an array of structs: `keys`, `size`, and a size_t at `count_offset` */
    YAML_CUSTOM,  /* `read` is called with the place */
    YAML_WHERE,   /* char *: file:line:column of the struct's own map; its name is "", no key */
} yaml_type_t;

struct yaml_key {
    const char *name; /* NULL ends the table */
    yaml_type_t type;
    size_t offset; /* of the member in the struct */
    bool required;
    int64_t min, max;         /* YAML_INTEGER, YAML_DURATION; both 0: no bounds */
    const char *const *words; /* YAML_TEXT, YAML_TEXTS: NULL-ended allowed words, or NULL */
    const yaml_key_t *keys;   /* YAML_STRUCT, YAML_STRUCTS */
    size_t size;              /* YAML_STRUCTS: sizeof one */
    size_t count_offset;      /* YAML_TEXTS, YAML_STRUCTS */
    void (*read)(void *member, const yaml_place_t *place, findings_t *findings); /* YAML_CUSTOM */
    void (*release)(void *member);                                               /* YAML_CUSTOM */
};

/* Fills *out, which the caller has set to its defaults (static texts are not allowed as defaults
 * of texts: NULL is). Returns 0, or -1 with at least one error among the findings; either way
 * yaml_free must be called once. */
int yaml_load(const char *path, const yaml_key_t *keys, void *out, findings_t *findings);

/* The same for text in memory; `name` stands for the file's name in findings. */
int yaml_parse(const char *text, size_t size, const char *name, const yaml_key_t *keys, void *out,
               findings_t *findings);

/* Appends the bytes of a file to a text of maximum YAML_MAX_SIZE, for those who hash what they
 * parse. -1 and a finding when it cannot be read or is longer. */
int yaml_read(const char *path, text_t *out, findings_t *findings);

/* Has the text this key at its top level? For who must know what a file is before its table can be chosen: the text
 * need not be right. */
bool yaml_has_key(const char *text, const char *key);

/* Frees what the table's members own and sets them to zero (customs: what `release` leaves).
 * Hidden, because libyaml exports a yaml_free of its own and would call ours instead. */
void yaml_free(const yaml_key_t *keys, void *out) __attribute__((visibility("hidden")));

/* For YAML_CUSTOM readers: look at a node, walk into it, complain about it. */
typedef enum yaml_shape { YAML_SHAPE_SCALAR, YAML_SHAPE_LIST, YAML_SHAPE_MAP } yaml_shape_t;
yaml_shape_t yaml_place_shape(const yaml_place_t *place);
const char *yaml_place_text(const yaml_place_t *place); /* of a scalar; borrowed during read() */
size_t yaml_place_count(const yaml_place_t *place);     /* entries of a list, pairs of a map */
/* Calls visit for each entry of a list (name NULL) or pair of a map, in order. */
void yaml_place_each(const yaml_place_t *place,
                     void (*visit)(void *context, const char *name, const yaml_place_t *value),
                     void *context);
/* Reads a map into a struct by a table, as yaml_load does for the whole file. */
void yaml_place_struct(const yaml_place_t *place, const yaml_key_t *keys, void *out,
                       findings_t *findings);
/* Gives the texts of a list (or the one text) as YAML_TEXTS does: free each, and the array. */
void yaml_place_texts(const yaml_place_t *place, char ***texts, size_t *count,
                      findings_t *findings);
char *yaml_place_where(const yaml_place_t *place); /* "loire.yaml:12:3"; given */
void yaml_place_error(const yaml_place_t *place, findings_t *findings, const char *code,
                      const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The nearest of the words (NULL-ended) to a mistyped one, or NULL when none is near. */
const char *yaml_did_you_mean(const char *word, const char *const *words);

#endif
