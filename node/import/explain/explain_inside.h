/* explain_inside - what the files explain*.c share, and nobody else includes.
 *
 * explain_see looks at the rows, explain_match pairs columns and fields, explain_fixes proposes what the values of a
 * pair need, explain_write makes YAML of it. */
#ifndef NODE_IMPORT_EXPLAIN_EXPLAIN_INSIDE_H
#define NODE_IMPORT_EXPLAIN_EXPLAIN_INSIDE_H

#include "node/import/cell.h"
#include "node/import/explain/explain.h"
#include "node/import/explain/look.h"
#include "node/import/fix/fix.h"
#include "node/import/reader/reader.h"
#include "schemas/base/text.h"

#define EXPLAIN_TEXT_MAX (1024 * 1024)
#define FIXES_MAX 6

/* A column of the file. */
typedef struct seen {
    char *name;
    size_t filled;            /* rows with a value */
    size_t values;            /* of single values, also those inside a list */
    size_t looks[LOOK_COUNT]; /* how many of them look so */
    size_t longest;           /* characters */
    bool several;             /* arrays of single values */
    const json_t *group;      /* an object out of an array of them; borrowed from groups */
    json_t *distinct;         /* value: how often; at most DISTINCT_MAX */
    const column_t *target;   /* the field it seems to fill, or NULL */
    const char *why;          /* French */
    const char *fixes[FIXES_MAX + 1];
} seen_t;

typedef struct explain {
    const kind_t *kind;
    const char *name;
    reading_t reading;
    size_t rows, unreadable;
    seen_t *columns;
    size_t count;
    json_t *index;     /* name: position in columns */
    json_t *groups;    /* keeps what `group` points to */
    columns_t targets; /* the fields of the kind, also those inside lists of groups */
    const seen_t *id;
    const field_t *id_field; /* required, and filled by the id: the code of an aid */
} explain_t;

/* explain_see.c: counts what a row of the file has. context is the explain_t. */
void explain_see(void *context, const row_t *row);

/* explain_match.c: which column fills which field, and which tells the rows apart. */
void explain_match(explain_t *self);
/* The column that fills this field, or NULL. */
const seen_t *explain_column_for(const explain_t *self, const char *path);
/* Required, and nothing fills it. */
bool explain_is_missing(const explain_t *self, const field_t *field);
/* The code that a value means: it is the code, or the label, whatever its capitals and accents. Else NULL. */
const char *explain_code_of(const vocabulary_t *vocabulary, const char *value);

/* explain_fixes.c */
void explain_fixes(seen_t *column);
/* How the values of this column hold several entries for a list, or NULL: one each, or arrays. */
const fix_t *explain_splitter(const seen_t *column, const field_t *field);
/* Visits the entries of a value of this column, without the spaces around them: itself, when nothing
 * splits it. The text is valid during the call. */
void explain_each_entry(const fix_t *splitter, const char *value,
                        void (*visit)(void *context, const char *entry), void *context);
/* The repair of metres of Lambert-93. */
const char *explain_lambert(void);

/* explain_write.c: appends the mapping. */
void explain_write(const explain_t *self, text_t *out);
/* Appends a value on one line, cut. */
void explain_write_example(text_t *out, const char *value);

#endif
