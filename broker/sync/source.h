/* source - has streams that others want: announces them, and answers one PULL with one BATCH.
 *
 * Used by a hub for its own streams and by a broker for the streams it has proven; nothing differs
 * but where the head comes from. A PULL that cannot be answered yet is parked, one per (peer, stream),
 * so memory is bounded by construction (I10). Nothing is ever discarded because somebody pulled
 * further: the table is the queue (I8).
 *
 * Pure: no socket, no clock, no thread; time comes in, messages go to the outbox. */
#ifndef BROKER_SYNC_SOURCE_H
#define BROKER_SYNC_SOURCE_H

#include "broker/base/timers.h"
#include "broker/sync/member.h"
#include "broker/sync/outbox.h"
#include "broker/sync/stream.h"

typedef struct source source_t;

/* Gives the head of the state that `item` holds now, borrowed until the next change; NULL when there
 * is nothing to show of this stream. A hub signs here. */
typedef const head_t *(*source_head_fn)(void *context, stream_t *stream);

/* Borrows everything. head NULL: the state that this store has proven, as a broker offers it. */
source_t *source_new(streams_t *streams, outbox_t *outbox, const timers_t *timers,
                     source_head_fn head, void *context);
void source_destroy(source_t **self_p);

/* A peer may be told: HEADs of all streams that it wants and may read go out. A second call for the
 * same peer replaces its interests. Copies all. */
void source_peer_up(source_t *self, peer_t peer, const member_t *member,
                    const interest_t *interests, size_t count, const moment_t *now);
void source_peer_down(source_t *self, peer_t peer);
void source_all_down(source_t *self);

/* Answers a PULL, or parks it. ERR_RETRY or ERR_STOP when the store cannot be read. */
int source_pull(source_t *self, peer_t peer, const wire_t *pull, const moment_t *now, err_t *err);

/* A stream has a new head: answers the parked PULLs that it satisfies, and announces it. When the store
 * cannot be read, the next source_tick tries again. */
int source_changed(source_t *self, stream_t *stream, const moment_t *now, err_t *err);

/* Sends the HEADs whose time has come. */
void source_tick(source_t *self, const moment_t *now);

size_t source_parked(const source_t *self); /* PULLs waiting, for the state page and tests */

#endif
