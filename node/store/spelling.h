/* spelling - the words that the records of a store have, so that a mistyped one finds its like.
 *
 * `word` holds each word of the texts once, from SPELLING_MIN to SPELLING_MAX bytes and without digits,
 * as it is compared (without accents) and as it was first written. The writer learns words while it
 * indexes records; those of deleted records stay until spelling_clean, as their terms do in the index.
 *
 * Belongs to one thread, like the connection it borrows. */
#ifndef NODE_STORE_SPELLING_H
#define NODE_STORE_SPELLING_H

#include "node/store/search_terms.h"
#include "schemas/base/err.h"

#include <sqlite3.h>

#define SPELLING_MIN 4
#define SPELLING_MAX 24
#define SPELLING_CANDIDATES 6

typedef struct spelling spelling_t;
spelling_t *spelling_new(sqlite3 *db, err_t *err); /* borrows db */
void spelling_destroy(spelling_t **self_p);

/* In the transaction that indexes a record with this word. A word learned lately costs no statement. */
int spelling_learn(spelling_t *self, const search_word_t *word, err_t *err);

/* What was learned lately may have been rolled back or cleaned away. */
void spelling_doubt(spelling_t *self);

/* Drops the words that no record has any more; reads the whole index. */
int spelling_clean(spelling_t *self, err_t *err);

typedef struct candidate {
    char word[SPELLING_MAX + 1]; /* as it is compared */
    char shown[2 * SPELLING_MAX + 1];
    int distance; /* letters added, left out, changed, or swapped with the next */
} candidate_t;

/* Does a word of some record begin so? */
int spelling_begins(spelling_t *self, const char *word, bool *begins, err_t *err);

/* The words nearest to one that no record has, nearest first; those with the same first letter are
 * looked at alone when one of them is near. How many, at most SPELLING_CANDIDATES. */
int spelling_candidates(spelling_t *self, const char *word, candidate_t *candidates, size_t *count,
                        err_t *err);

#endif
