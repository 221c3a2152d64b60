/* search_index - the full-text table of a store, and the records that wait to be in it.
 *
 * A record is in `search` in three columns that weigh differently, as the terms that search_terms makes
 * of its texts. Its row there has a number made of the record's and the kind's, so that who walks along
 * the matches knows both without a look at `record`. Its words are learned for spelling.h. What is not
 * indexed at once is noted in `search_pending`. Every call but the last is made inside the transaction that changes the record.
 * Belongs to the thread of the store's one writer. */
#ifndef NODE_STORE_SEARCH_INDEX_H
#define NODE_STORE_SEARCH_INDEX_H

#include "broker/base/database.h"
#include "node/store/outline.h"

#include <stdint.h>

#define SEARCH_KIND_BITS 8 /* of a row's number; the rest is the record's */
#define SEARCH_KIND_MAX ((1 << SEARCH_KIND_BITS) - 1)

typedef struct search_index search_index_t;

search_index_t *search_index_new(sqlite3 *db, err_t *err); /* borrows db */
void search_index_destroy(search_index_t **self_p);

/* Indexes a record that is not in the index. kind is its number in `projected`, up to SEARCH_KIND_MAX. */
int search_index_add(search_index_t *self, int64_t kind, int64_t record, const outline_t *outline,
                     err_t *err);
/* Nothing is left of the record, not even the note that it waits. Harmless when it is not there. */
int search_index_drop(search_index_t *self, int64_t kind, int64_t record, err_t *err);

/* The record waits; what the index has of it stays meanwhile. */
int search_index_note(search_index_t *self, int64_t record, err_t *err);
int search_index_pending(search_index_t *self, size_t *count, err_t *err);

/* The index grows a segment with each transaction. Puts some of them together, if there are enough, and
 * writes some `pages` at most: FTS5 itself would do much of this at once, inside a commit. */
int search_index_merge(search_index_t *self, size_t pages, err_t *err);

/* What was written since the last commit may have been rolled back. */
void search_index_doubt(search_index_t *self);

/* Drops the terms and words of deleted records for good: FTS5 of SQLite 3.40 keeps them until it merges. */
int search_index_clean(search_index_t *self, err_t *err);

#endif
