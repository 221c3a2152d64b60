/* cell - a record as one row of cells and back: the form of a CSV export, and of an import of it.
 *
 * A field is a column named by its dotted path: "nom", "source.licence". The two ends of an interval
 * are "duree.min" and "duree.max", the parts of an activity "naf.nomenclature" and "naf.code". A list
 * of single values is joined by "|", with \| and \\ for these characters themselves; any other list is
 * JSON in its cell. A truth is oui or non, a number has a point, an empty cell is an absent value.
 *
 * A spreadsheet runs a text that begins with = + - @ or a tab: such a text, and one that begins
 * with ', gets a ' before it when written, and loses it when read. */
#ifndef NODE_IMPORT_CELL_H
#define NODE_IMPORT_CELL_H

#include "schemas/base/text.h"
#include "schemas/kind.h"

#include <jansson.h>

#define CELL_MAX_SIZE (256 * 1024) /* bytes of a cell: a body of 60 KiB in which all is escaped */

typedef struct column {
    char *path;
    const field_t *field; /* what its cells contain; borrowed from the kind */
} column_t;

typedef struct columns {
    column_t *list;
    size_t count;
} columns_t;

/* All columns of a kind, in the order of its fields. */
void columns_of(const kind_t *kind, columns_t *columns);
void columns_free(columns_t *columns);

/* Appends the cell of this column in this body; nothing when it is absent. */
void cell_write(text_t *out, const kind_t *kind, const column_t *column, const json_t *body);

/* Gives the value that a written cell stood for, to be made normal and checked with the whole body;
 * NULL when the cell is empty. */
json_t *cell_read(const field_t *field, const char *cell);

/* The text of a cell, without the ' that keeps a spreadsheet from running it. */
const char *cell_unguarded(const char *cell);

/* The field that a value put at this path fills, or NULL when the kind has no such path. Also through
 * a list of groups, of which it means the first: "horaires.debut". */
const field_t *path_field(const kind_t *kind, const char *path);

/* Puts a value (taken) where the path says, making the maps and lists on the way. */
void path_set(const kind_t *kind, json_t *body, const char *path, json_t *value);

/* The nearest path of the kind's columns to a mistyped one, or NULL. Borrowed from columns. */
const char *columns_did_you_mean(const columns_t *columns, const char *path);

#endif
