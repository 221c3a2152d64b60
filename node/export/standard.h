/* standard - a CSV whose columns somebody else has laid down: a table of them, and one way to fill it.
 *
 * A record that lacks what its standard requires is left out, with a warning: half a line would be
 * refused by whoever harvests it, and with it perhaps the whole file. */
#ifndef NODE_EXPORT_STANDARD_H
#define NODE_EXPORT_STANDARD_H

#include "node/export/writer.h"

typedef struct standard_source {
    export_t *export; /* for warnings */
    const entry_t *entry;
    const json_t *body;
} standard_source_t;

typedef struct standard_column {
    const char *name;
    /* Gives the value; NULL when there is none. A column without it stays empty. */
    json_t *(*value)(const standard_source_t *source, const char *path);
    const char *path; /* in the body, for `value` */
    bool required;
    bool formed; /* its form was checked, so that a "+" or "-" at its start is no formula */
} standard_column_t;

/* The tables end with a row without a name. */
void standard_begin(const standard_column_t *columns, text_t *out);
/* 0, or 1 when the record was left out. */
int standard_record(const standard_column_t *columns, const standard_source_t *source, text_t *out);

/* Values that both standards have. */
json_t *standard_same(const standard_source_t *source, const char *path);  /* as in the body */
json_t *standard_title(const standard_source_t *source, const char *path); /* marks examples */
json_t *standard_id(const standard_source_t *source, const char *path);    /* "loire:reveur" */

/* The day of a record: date_maj, or else when its hub changed it. */
#define STANDARD_DAY_SIZE 11
void standard_day(const standard_source_t *source, char day[STANDARD_DAY_SIZE]);

/* A text cut to so many characters, ending in "…" when it is longer. Given. */
json_t *standard_cut(const char *text, size_t characters);

void standard_warn(const standard_source_t *source, const char *code, const char *field,
                   const char *value, const char *reason);

#endif
