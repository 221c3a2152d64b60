/* projection - what readers need of the items, kept beside them in the same transaction.
 *
 * The items are the truth (broker/sync/stream.h); record, value, facet, count, place and search can be
 * made again from them at any time, and are, at start, for a kind whose YAML has changed. One code
 * projects a hub's own change and a received one, so that both show alike. A body that does not
 * fit the local kind is still recorded; fields that do not fit are skipped (invariant I15). Items of
 * a kind we do not know have no projection until we learn it.
 *
 * For each (hub, kind, field, value) the count equals a recomputation from the items (I13). A
 * deletion marker leaves no trace of the body here (I12).
 *
 * Belongs to the thread of the store's one writer; the caller has a transaction open in every call
 * that says so. */
#ifndef NODE_STORE_PROJECTION_H
#define NODE_STORE_PROJECTION_H

#include "broker/base/database.h"
#include "schemas/item.h"
#include "schemas/kind.h"

typedef struct projection projection_t;

extern const migration_t catalogue_tables; /* after sync_tables, in the same file */

/* Borrows db (migrated with both tables) and schema, which must outlive it. Takes the connection's
 * rollback hook, by which it forgets what was never committed: so no ROLLBACK TO a savepoint. */
projection_t *projection_new(sqlite3 *db, const schema_t *schema, err_t *err);
void projection_destroy(projection_t **self_p);

/* In a transaction: the item is now the current version of its record (or its deletion marker). */
int projection_put(projection_t *self, int64_t stream, const item_t *item, err_t *err);
/* In a transaction: the record is no longer part of the stream at all. */
int projection_remove(projection_t *self, int64_t stream, const char *hub, const char *kind,
                      const char *id, err_t *err);

/* In a transaction: from now until the next call with false, records are not put into the search
 * index at once but noted in `search_pending`: a large catch-up must not wait for full-text search. */
void projection_postpone_search(projection_t *self, bool postpone);
/* In its own short transaction: indexes up to max of the noted records; *left says how many remain. */
int projection_catch_up_search(projection_t *self, size_t max, size_t *left, err_t *err);

/* Makes the projections of every kind whose YAML differs from the one they were made with again, in
 * one transaction a kind, and drops those of kinds that are no longer known. Search is postponed, as
 * above. progress (may be NULL) is called about every 1,000 records. No transaction may be open. */
int projection_refresh(projection_t *self,
                       void (*progress)(void *context, const char *kind, size_t done, size_t all),
                       void *context, err_t *err);

/* Compares record, value, facet, count, place with a recomputation from the items: 0 and *differences. Reads
 * only, in a read transaction of its own. */
int projection_verify(sqlite3 *db, const schema_t *schema, size_t *differences, err_t *err);

/* Clean-up of erased content: FTS5 'optimize' (3.40 keeps old terms otherwise), then database_clean,
 * with its conditions and its cost. */
int projection_clean(projection_t *self, err_t *err);

#endif
