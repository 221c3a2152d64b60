/* fix - the small repairs that a mapping may ask for, by name, before a value is checked.
 *
 * What only changes the writing (spaces, Unicode, "oui") is done for everyone by the schemas; a fix is
 * a guess about what a source meant, right for that source because a person looked. A value that a
 * fix does not understand stays as it is, for the check to quote. One more is one more function in the
 * table of a file fix_*.c. What needs several values at once is a repair (repair.h). */
#ifndef NODE_IMPORT_FIX_FIX_H
#define NODE_IMPORT_FIX_FIX_H

#include "schemas/base/text.h"

typedef struct fix {
    const char *name;
    const char *summary;          /* English, for whoever writes a mapping */
    void (*apply)(text_t *value); /* changes the value in place; NULL for a splitter and for cut */
    char separator; /* a splitter makes a list of the value, at this character; else 0 */
} fix_t;

/* The one fix that depends on the field: mapping.h applies it last, to what all columns gave. */
#define FIX_CUT "cut"

/* Cuts a longer text after its last whole word that leaves room for the "…", which says so. 0: no
 * maximum. */
void fix_cut(text_t *value, size_t max_length);

const fix_t *fix_find(const char *name); /* or NULL */
/* The nearest name to a mistyped one, or NULL. */
const char *fix_did_you_mean(const char *name);

size_t fix_count(void);
const fix_t *fix_at(size_t index); /* NULL beyond the last */

#endif
