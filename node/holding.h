/* holding - what a node holds, as its only writer has it: the lock, the file, projections, streams.
 *
 * Every change of a stream is projected in its own transaction. What can wait is done afterwards, in
 * slices, when there is time: records are indexed for search, and the WAL is copied into the database.
 * Belongs to one thread. */
#ifndef NODE_HOLDING_H
#define NODE_HOLDING_H

#include "broker/base/moment.h"
#include "broker/sync/member.h"
#include "broker/sync/stream.h"
#include "node/store/ledger.h"
#include "schemas/kind.h"

typedef struct holding holding_t;

/* Locks the folder, finishes a restore that was committed there, checks FOLDER/public.db and brings it up
 * to date; borrows schema. A damaged file of an aggregator is moved aside for an empty one; that of a
 * hub may be the only copy of something, so the log says what to do, and NULL is returned. */
holding_t *holding_open(const char *folder, const schema_t *schema, member_role_t role, err_t *err);
void holding_close(holding_t **self_p);

streams_t *holding_streams(holding_t *self);
ledger_t *holding_ledger(holding_t *self);

/* Is there something to do in a quiet moment? */
bool holding_waits(const holding_t *self);
/* A quiet moment: does a part of what waits, some 20 ms, or 3 ms when it is to be brief. */
int holding_rest(holding_t *self, bool brief, err_t *err);

/* Removes from the files what was erased from the tables. ERR_RETRY when a reader is in the way. */
int holding_clean(holding_t *self, err_t *err);
int64_t holding_clean_ms(const holding_t *self); /* how long at most: database_clean_ms */
/* When erased content was last removed; 0: never. Unix ms. */
int64_t holding_cleaned_ms(const holding_t *self);
/* Removes files that were moved aside: damaged ones, of which others have the content, and those that a
 * restore replaced, if they were moved before these moments. */
int holding_forget_aside(holding_t *self, int64_t damaged_before_unix_ms,
                         int64_t replaced_before_unix_ms, err_t *err);

/* Was this store put back from a backup, and has not caught up since? */
bool holding_restored(const holding_t *self);
/* This hub has asked the brokers for its own past: the store is an ordinary one, and what imports kept of
 * records that were erased in that past goes. */
int holding_caught_up(holding_t *self, const char *hub, err_t *err);
/* When a damaged file was last moved aside and this store begun; 0: never. Unix ms. */
int64_t holding_rebuilt_ms(const holding_t *self);

/* Forgets displaced versions older than that. */
int holding_forget_displaced(holding_t *self, int64_t before_unix_ms, err_t *err);

/* Moves the file aside while it is in use, so that the next start begins with an empty one. Never for
 * a hub's. */
void holding_set_aside(holding_t *self);

#endif
