/* sink - wants streams that others have: pulls them, proves them, and only then shows them.
 *
 * Used by a subscriber (its sources are brokers), by a broker (the only source of a stream is the
 * member whose name is the stream's hub), and by a hub that recovers its own published past. What it
 * shows of a stream is always exactly a state that the stream's hub signed (I1, I6); whatever goes
 * wrong, the repair is the same: pull from zero. broker/PROTOCOL.md, section "The sink", says why each
 * rule is as it is; the top of sink.c says which function performs each transition.
 *
 * Pure: no socket, no clock, no thread; time comes in, messages go to the outbox. */
#ifndef BROKER_SYNC_SINK_H
#define BROKER_SYNC_SINK_H

#include "broker/base/timers.h"
#include "broker/sync/member.h"
#include "broker/sync/outbox.h"
#include "broker/sync/stream.h"

typedef struct sink sink_t;

typedef struct sink_role {
    bool owner_only;  /* a broker: streams come from their own hub alone */
    bool hurried;     /* a hub that recovers: repeats a PULL after timers->change, not ->answer */
    const char *self; /* own hub, which "*" does not include; "" for none */
    const interest_t *wants;
    size_t want_count;
} sink_role_t;

/* Borrows everything but role, which is copied. */
sink_t *sink_new(streams_t *streams, const members_t *members, outbox_t *outbox,
                 const timers_t *timers, const sink_role_t *role);
void sink_destroy(sink_t **self_p);

/* After SIGHUP. The old ones may be destroyed when this returns. What a key proved that its hub no longer
 * has: a subscriber shows it no more from the next tick on, a broker lets go of it when the hub speaks
 * with another key. Also when it was taken away while we did not run. */
void sink_set_members(sink_t *self, const members_t *members);

/* A connection to that member works, or no longer does. */
void sink_peer_up(sink_t *self, peer_t peer, const char *name, const moment_t *now);
int sink_peer_down(sink_t *self, peer_t peer, const moment_t *now, err_t *err);

/* Messages from a peer. ERR_REJECT: the message is bad in a way no honest peer's is (a broker counts
 * a strike); nothing was changed. ERR_STOP: the store cannot be trusted. A full disk is handled here:
 * rolled back, tried again later. */
int sink_head(sink_t *self, peer_t peer, const void *head, size_t size, const moment_t *now,
              err_t *err);
int sink_batch(sink_t *self, peer_t peer, const wire_t *batch, const moment_t *now, err_t *err);
int sink_error(sink_t *self, peer_t peer, const wire_t *error, const moment_t *now, err_t *err);
/* A newer head, shown by somebody who does not have the stream (the proof in a stale_life error). */
int sink_proof(sink_t *self, const void *head, size_t size, const moment_t *now, err_t *err);

/* Sends PULLs again, takes other sources, tries again after a full disk, writes what was seen. */
int sink_tick(sink_t *self, const moment_t *now, err_t *err);

/* How often this source failed a check or a proof of the stream, since its last good one. From the
 * second on it is worth an alarm. */
unsigned sink_failures(const sink_t *self, const stream_t *stream, const char *source);
/* When the stream last made progress (steady ms): a batch was taken, or a proof made. 0: never. */
int64_t sink_moved_at(const sink_t *self, const stream_t *stream);
/* The last thing a check or proof said, "" if nothing was ever wrong: for logs. Cleared by reading. */
const char *sink_complaint(sink_t *self);

#endif
