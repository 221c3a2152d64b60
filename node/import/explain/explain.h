/* explain - what somebody's file seems to contain, and a first mapping for it.
 *
 * Columns are recognised by their names, in French and in English, and by their values; both are guesses,
 * for a person to look over. A column whose values do not fit a field is never proposed for it. The proposed
 * mapping always loads; it proposes only fixes for what the values show. */
#ifndef NODE_IMPORT_EXPLAIN_EXPLAIN_H
#define NODE_IMPORT_EXPLAIN_EXPLAIN_H

#include "schemas/base/err.h"
#include "schemas/kind.h"

#include <jansson.h>

#define EXPLAIN_ROWS_MAX 20000 /* only so many are looked at */
#define EXPLAIN_COLUMNS_MAX 1000

/* Gives {file, kind, rows, unreadable,
 *        reading: "CSV, point-virgule, Windows-1252, 2133 lignes",
 *        columns: [{name, filled, distinct, longest, examples, looks, field, why, fixes}],
 *        missing: [{field, label}]            required, and no column fills it
 *        mapping: "kind: …"}                  YAML, ready to be saved
 * NULL and ERR_REJECT (French) when the file cannot be read, or has no row. name stands for the file. */
json_t *explain_file(const kind_t *kind, const char *name, const char *bytes, size_t size,
                     err_t *err);

#endif
