/* mapping_inside - what mapping.c reads and mapping_apply.c applies, and nobody else includes. */
#ifndef NODE_IMPORT_MAPPING_INSIDE_H
#define NODE_IMPORT_MAPPING_INSIDE_H

#include "node/import/cell.h"
#include "node/import/fix/fix.h"
#include "node/import/fix/repair.h"
#include "node/import/mapping.h"

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
    char *nom, *url, *licence, *date;
} origin_t;

/* Rows whose column says just this are not wanted. */
typedef struct skip {
    char *column, *value;
    char *words; /* "STATUT = INACTIF", for people */
} skip_t;

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
    char **optional; /* columns that a CSV may lack */
    size_t optional_count;
    skip_t *skips;
    size_t skip_count;
    const repair_t **repairs;
    size_t repair_count;
};

#endif
