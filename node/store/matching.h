/* matching - which records the words of a person mean, and how well they fit.
 *
 * One walk along the index finds the records of all kinds: it costs 20 to 40 ns a match, so they are always
 * counted to the last. What costs more is done for few: a kind with up to MATCHING_RANKED_MAX matches has
 * them ranked, one with more has the newest first. The last walk is kept, because a page asks for one kind
 * after the other; it is made anew once the store has changed.
 *
 * Words that nothing fits are tried once more with the last one as a beginning: "boulang".
 *
 * Belongs to the catalogue's thread. */
#ifndef NODE_STORE_MATCHING_H
#define NODE_STORE_MATCHING_H

#include "node/store/record_set.h"
#include "node/store/synonyms.h"
#include "schemas/base/err.h"

#include <sqlite3.h>
#include <stddef.h>

#define MATCHING_RANKED_MAX 5000

typedef struct match {
    double score; /* the lower, the better */
    int64_t record;
} match_t;

typedef struct matching matching_t;
matching_t *matching_new(sqlite3 *db, err_t *err); /* borrows db */
void matching_destroy(matching_t **self_p);

/* From now on these words stand for each other; NULL for none. Borrows. */
void matching_understand(matching_t *self, const synonyms_t *synonyms);

/* Within a read transaction: the matches in one kind, by its number in the tables, in no order; all
 * scores are 0 when they are too many to rank. *list is borrowed until the next call. */
int matching_find(matching_t *self, const char *words, int64_t kind, const match_t **list,
                  size_t *count, err_t *err);

/* The same, ranking those in the set, however many there are. */
int matching_rank(matching_t *self, const char *words, int64_t kind, const record_set_t *among,
                  const match_t **list, size_t *count, err_t *err);

/* How many records of all kinds have the words, and no more than are counted up to `most`; without
 * another try, and without the words that stand for them. */
int matching_count(matching_t *self, const char *words, size_t most, size_t *count, err_t *err);

#endif
