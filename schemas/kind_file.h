/* kind_file - the YAML of kinds, vocabularies and common fields, as it is written.
 *
 * Structs that mirror the files key by key, and nothing of what they mean: that is kind.c, which
 * keeps these, because every text of a schema is borrowed from them. `where` is file:line:column
 * of the map a struct was read from, for findings about what it says. What a file leaves out, or
 * has wrong, is NULL or 0. */
#ifndef SCHEMAS_KIND_FILE_H
#define SCHEMAS_KIND_FILE_H

#include "schemas/base/finding.h"
#include "schemas/kind.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct vocabulary_file {
    char *label;
    struct terms {
        term_t *list;
        size_t count;
    } terms;
    struct follows {
        follow_t *list;
        size_t count;
    } follows;
    char *otherwise;
} vocabulary_file_t;

typedef struct field_file field_file_t;
struct field_file {
    char *where, *name, *label, *help, *unit, *type, *need, *vocabulary;
    int64_t min, max, search;
    bool facet;
    field_file_t *entry;
    field_file_t *fields;
    size_t field_count;
};

typedef struct rule_file {
    char *where, *rule;
    char **fields;
    size_t field_count;
} rule_file_t;

typedef struct page_file {
    char *where, *path, *title, *summary, *sort;
} page_file_t;

typedef struct key_file {
    char *where;
    char ***list; /* NULL-ended lists */
    size_t count;
} key_file_t;

typedef struct kind_file {
    char *where, *label, *plural;
    int64_t version;
    page_file_t page;
    key_file_t key;
    field_file_t *fields;
    size_t field_count;
    rule_file_t *rules;
    size_t rule_count;
    char **facets; /* common fields */
    size_t facet_count;
} kind_file_t;

typedef struct common_file {
    field_file_t *fields;
    size_t field_count;
} common_file_t;

typedef struct hash {
    uint8_t bytes[32];
} hash_t;

/* All files of one folder, sorted by name. */
typedef struct shelf {
    char **names; /* without .yaml */
    hash_t *hashes;
    void *files; /* an array of vocabulary_file_t or kind_file_t */
    size_t count;
} shelf_t;

/* The number of the file of that name, or count. */
size_t shelf_find(const shelf_t *self, const char *name);

typedef struct kind_files {
    shelf_t vocabularies, kinds;
    common_file_t common;
    hash_t common_hash;
} kind_files_t;

/* Reads vocabularies/, common.yaml and kinds/ of a folder into *self, which is zeroed; all that is
 * wrong is in findings. Either way kind_files_free must be called once. */
void kind_files_load(kind_files_t *self, const char *folder, findings_t *findings);
void kind_files_free(kind_files_t *self);

#endif
