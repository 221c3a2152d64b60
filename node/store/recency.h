/* recency - records in the order in which they changed, the last one first.
 *
 * A stream's numbers say what came after what, its hub's clock when; a clock that was set back must not hide what changed
 * before: a record counts as no newer than those of its stream that changed after it. Belongs to the catalogue's thread. */
#ifndef NODE_STORE_RECENCY_H
#define NODE_STORE_RECENCY_H

#include "schemas/base/err.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct recency recency_t;
recency_t *recency_new(sqlite3 *db,
                       err_t *err); /* borrows db, which knows chosen() (selection.c) */
void recency_destroy(recency_t **self_p);

/* Within a read transaction: calls visit for the chosen records of a kind, stream after stream, each from its newest on until
 * visit gives false. unix_ms never grows within a stream. */
int recency_find(recency_t *self, const char *kind,
                 bool (*visit)(void *context, int64_t record, int64_t unix_ms), void *context,
                 err_t *err);

#endif
