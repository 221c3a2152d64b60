/* fix_inside - what the files of fixes share: their tables, and small changes of a value. */
#ifndef NODE_IMPORT_FIX_FIX_INSIDE_H
#define NODE_IMPORT_FIX_FIX_INSIDE_H

#include "node/import/fix/fix.h"

#include <stdbool.h>

/* Each ends with a row without a name. */
extern const fix_t fixes_of_text[], fixes_of_places[], fixes_of_time[];

void fix_set(text_t *value, const char *text);
void fix_prepend(text_t *value, const char *text);
/* Is the value that many digits and nothing else? */
bool fix_all_digits(const text_t *value, size_t count);
/* The fix "paris_time", for repairs of dates inside a record. */
void fix_paris_time(text_t *value);

#endif
