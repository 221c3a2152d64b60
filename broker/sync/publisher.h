/* publisher - a hub as the only writer of its own streams: when it may write, sign and publish.
 *
 *     RECONCILE  asks every broker what it holds of us, and recovers what we are behind of: a restored
 *                backup finds its published past again (I17). Says nothing, signs nothing.
 *     READY      took a new life, higher than any before; signs heads, answers PULLs, takes changes.
 *     FENCED     another copy of this hub has spoken with a higher life: publishes and changes nothing
 *                until the operator's `unfence`; survives a restart.
 *
 * broker/PROTOCOL.md, section "The hub", says why. Pure: no socket, clock, thread or randomness of its
 * own. Belongs to the thread that owns the streams. */
#ifndef BROKER_SYNC_PUBLISHER_H
#define BROKER_SYNC_PUBLISHER_H

#include "broker/base/timers.h"
#include "broker/sync/member.h"
#include "broker/sync/outbox.h"
#include "broker/sync/stream.h"

typedef enum publisher_state {
    PUBLISHER_RECONCILE,
    PUBLISHER_READY,
    PUBLISHER_FENCED,
} publisher_state_t;

typedef struct publisher publisher_t;

typedef struct publisher_setup {
    const char *hub;
    const uint8_t *sign_secret; /* SIGN_SECRET_SIZE bytes, copied */
    const char *const *kinds;   /* one stream each, also when empty */
    size_t kind_count;
    bool after_restore; /* local changes wait longer for brokers: timers->restore */
    uint64_t (*random)(void *context);
    void *random_context;
} publisher_setup_t;

/* Borrows streams, members, outbox and timers; copies the setup. */
publisher_t *publisher_new(streams_t *streams, const members_t *members, outbox_t *outbox,
                           const timers_t *timers, const publisher_setup_t *setup,
                           const moment_t *now, err_t *err);
void publisher_destroy(publisher_t **self_p);
void publisher_set_members(publisher_t *self, const members_t *members);

publisher_state_t publisher_state(const publisher_t *self);
extern const char *const publisher_words[];       /* "reconcile", "ready", "fenced" by state */
uint64_t publisher_life(const publisher_t *self); /* of this run; 0 before READY */

/* A connection to a broker works, or no longer does. */
int publisher_peer_up(publisher_t *self, peer_t peer, const member_t *broker, const moment_t *now,
                      err_t *err);
int publisher_peer_down(publisher_t *self, peer_t peer, const moment_t *now, err_t *err);

/* Messages about own streams; others do not come here. Errors as in sink.h. */
int publisher_head(publisher_t *self, peer_t peer, const void *head, size_t size,
                   const moment_t *now, err_t *err);
int publisher_batch(publisher_t *self, peer_t peer, const wire_t *batch, const moment_t *now,
                    err_t *err);
int publisher_pull(publisher_t *self, peer_t peer, const wire_t *pull, const moment_t *now,
                   err_t *err);
int publisher_error(publisher_t *self, peer_t peer, const wire_t *error, const moment_t *now,
                    err_t *err);
int publisher_tick(publisher_t *self, const moment_t *now, err_t *err);

/* May a local change be made now? 0; ERR_RETRY while brokers are being asked: wait and ask again;
 * ERR_REJECT when fenced (French). Takes the hub out of RECONCILE when it has waited long enough. */
int publisher_may_change(publisher_t *self, const moment_t *now, err_t *err);
/* An own stream came out of streams_next_changed: tells the brokers. */
int publisher_changed(publisher_t *self, stream_t *stream, const moment_t *now, err_t *err);

/* The operator says that the other copy is gone: reconciles again. */
int publisher_unfence(publisher_t *self, const moment_t *now, err_t *err);

/* What an operator must know and would not see otherwise; French; newest last. */
size_t publisher_alarm_count(const publisher_t *self);
const char *publisher_alarm(const publisher_t *self, size_t index);

#endif
