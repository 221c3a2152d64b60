/* repair - what a mapping may ask for, by name, of a whole record: repairs that need several values.
 *
 * They run in the order of the mapping, after its columns and constants and before the check. Each sees
 * the row as it was read and the content as it is so far. A repair that does not understand what it finds
 * leaves it, or says so: nothing is corrected without a word. One more is one more function in the table
 * of a file repair_*.c. */
#ifndef NODE_IMPORT_FIX_REPAIR_H
#define NODE_IMPORT_FIX_REPAIR_H

#include "schemas/base/finding.h"
#include "schemas/kind.h"

#include <jansson.h>

typedef struct repair {
    const char *name;
    const char *summary; /* English, for whoever writes a mapping */
    void (*apply)(const kind_t *kind, const json_t *row, json_t *content, findings_t *findings);
} repair_t;

const repair_t *repair_find(const char *name); /* or NULL */
/* The nearest name to a mistyped one, or NULL. */
const char *repair_did_you_mean(const char *name);

const repair_t *repair_at(size_t index); /* NULL beyond the last */

#endif
