/* synonym - what the columns of other people's files are called, in French and in English. */
#ifndef NODE_IMPORT_EXPLAIN_SYNONYM_H
#define NODE_IMPORT_EXPLAIN_SYNONYM_H

#include <stdbool.h>

#define SYNONYM_SCORE_MAX 100

/* How sure it is, from 0 to SYNONYM_SCORE_MAX, that a column of this name fills the field with this path
 * ("lieu.nom") and label: 100 for the path itself, less for its last part, its label, another word
 * for it, and a word among others. Case, accents and punctuation do not matter; of a dotted column its
 * last part counts too. */
int synonym_score(const char *column, const char *path, const char *label);

/* Is the column called an identifier? */
bool synonym_is_id(const char *column);

#endif
