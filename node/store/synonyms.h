/* synonyms - words that stand for each other when somebody searches, from a hub's own file.
 *
 *     # what is said in the Loire
 *     facture, facturation, compta
 *     chatbot, assistant, robot conversationnel
 *
 * A line is a group, its members separated by commas, each of one to SYNONYM_WORDS_MAX words; what follows
 * # is a comment. Case, accents, plurals and articles do not matter. A member stands in one group only:
 * else nobody could say what is searched for.
 *
 * It never changes after it was read. */
#ifndef NODE_STORE_SYNONYMS_H
#define NODE_STORE_SYNONYMS_H

#include "schemas/base/finding.h"

#include <stddef.h>

#define SYNONYMS_FILE_MAX 65536 /* bytes */
#define SYNONYMS_LINES_MAX 1000
#define SYNONYM_MEMBERS_MAX 8 /* of a group */
#define SYNONYM_WORDS_MAX 4   /* of a member */
#define SYNONYM_KEY_MAX 256   /* bytes of a member as it is compared, with its NUL */

typedef struct synonyms synonyms_t;

/* NULL when the file cannot be read or says something that it must not; each such thing is a finding with
 * file:line:column. */
synonyms_t *synonyms_load(const char *path, findings_t *findings);
void synonyms_destroy(synonyms_t **self_p);

/* What may stand for the words with these keys (search_terms.h), as a part of an FTS5 expression with
 * *terms terms, when the first *used of them, 1 to count, are a member; the longest wins. NULL when they
 * are none, and when self is NULL. Borrowed. */
const char *synonyms_find(const synonyms_t *self, const char *const *keys, size_t count,
                          size_t *used, size_t *terms);

#endif
