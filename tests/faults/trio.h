/* trio - a hub, a broker and a subscriber on real stores, in one thread, without sockets.
 *
 * They are what the daemons are made of, opened and asked as the daemons do; a message is handed over in the
 * order in which it was sent. What fails there as it may is passed over, as there: the next try is the
 * machine's own. A store that can no longer be trusted ends its machine: see `stopped`. */
#ifndef TESTS_FAULTS_TRIO_H
#define TESTS_FAULTS_TRIO_H

#include "broker/base/checkpoint.h"
#include "broker/sync/publisher.h"
#include "broker/sync/sink.h"
#include "broker/sync/source.h"
#include "node/editor.h"
#include "node/holding.h"

enum { HUB, BROKER, READER, MACHINES };

extern const char *const machine_names[MACHINES];  /* also their folders */
extern const char *const machine_stores[MACHINES]; /* "hub/public.db", … */

typedef struct machine {
    bool up;
    holding_t *holding; /* of the hub and the subscriber */
    database_lock_t *lock;
    sqlite3 *db; /* of the broker */
    checkpoint_t *checkpoint;
    outbox_t *outbox;
    streams_t *streams;
    source_t *source;
    sink_t *sink;
    publisher_t *publisher;
    editor_t *editor;
} machine_t;

typedef struct trio {
    const schema_t *schema;
    machine_t machines[MACHINES];
    members_t *members;
    wire_decoder_t *decoder;
    timers_t timers;
    moment_t now;
    uint64_t random;
    peer_t peers[MACHINES]; /* of the connection of a node with the broker; 0: none */
    peer_t last_peer;
    struct letter *letters, **last_letter;
    err_t stopped;   /* ERR_STOP: a store could not be trusted any more */
    int stopped_at;  /* whose */
    char wrong[256]; /* what no machine of ours may do; "" */
} trio_t;

/* Borrows the schema. No machine is up. */
trio_t *trio_new(const schema_t *schema, uint64_t seed);
void trio_destroy(trio_t **self_p);

/* Starts a machine on what its folder holds, and connects it with those that are up. A damaged store is the
 * machine's own affair. */
int trio_start(trio_t *self, int machine, err_t *err);
void trio_stop(trio_t *self, int machine);
/* As its daemon does when `stopped` is set: a hub's store is left as it is, others go aside. */
void trio_give_up(trio_t *self);

/* Lets time go by until everybody shows what the hub has, or `ms` are over: NULL, or what is missing. */
const char *trio_settle(trio_t *self, int64_t ms);
void trio_step(trio_t *self, int64_t ms);

/* Something that was done at a machine failed: what that means. */
void trio_failed(trio_t *self, int machine, const err_t *err);
/* Tells of what a local change did. */
void trio_tell(trio_t *self, int machine);

#endif
