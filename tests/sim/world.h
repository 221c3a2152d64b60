/* world - a federation in one thread: the shipping state machines, virtual time, stores in memory.
 *
 * Hubs, brokers and subscribers run the very code of the daemons (broker/sync); only sockets, clocks and
 * disks are played. What happens is told by schedule.h; what the network does meanwhile is drawn from
 * `random`, which every event sets anew, so that an event left out changes little of the rest. */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "broker/sync/patrol.h"
#include "broker/sync/publisher.h"
#include "broker/sync/sink.h"
#include "broker/sync/source.h"
#include "tests/sim/disk.h"

#define HUBS_MAX 4
#define COPIES_MAX 2
#define MACHINES_MAX (HUBS_MAX + COPIES_MAX + 3 + 3)
#define SESSIONS_MAX 64
#define KINDS 3 /* at most */

extern const char *const world_kinds[KINDS];

typedef enum role { ROLE_HUB, ROLE_BROKER, ROLE_SUBSCRIBER } role_t;

/* How a world begins. */
typedef struct setup {
    uint32_t hubs, brokers, readers, kinds;
    bool noise;            /* messages are lost, late and doubled */
    bool limited;          /* the first hub may read one kind only */
    bool liars;            /* there may be some */
    bool liars_stay;       /* they go on when faults stop, as long as one broker is honest */
    uint32_t wrong_clocks; /* bit by machine number: years wrong */
} setup_t;

typedef struct machine {
    role_t role;
    char name[NAME_SIZE]; /* of the member; a second copy of a hub has the same */
    bool up;
    bool gone;        /* never started again */
    int64_t clock_ms; /* how wrong its wall clock is */
    disk_t *disk;
    disk_t *backup;  /* an old copy of it, or NULL */
    unsigned losses; /* how often its disk was put back or lost */
    bool doubted;    /* a hub that had a copy, lost its disk or its clock: it may be fenced */
    bool lies;       /* a broker that does, now */
    bool lied;       /* ever: its messages may be refused */
    streams_t *streams;
    outbox_t *outbox;
    source_t *source;       /* brokers */
    sink_t *sink;           /* all */
    publisher_t *publisher; /* hubs */
    patrol_t *patrol;       /* must find nothing, ever */
    struct watch *watch;    /* what the checks remember of it: see check.c */
} machine_t;

/* A connection between a node and a broker; each end may believe in it longer than the other. */
typedef struct session {
    peer_t id;
    int node, broker;
    bool node_open, broker_open;
    int64_t broker_notices_ms; /* when the broker finds that the node is gone */
    uint32_t node_asked,
        broker_asked; /* streams of which it has asked for a BATCH: bits, see check.c */
} session_t;

typedef struct flight {
    peer_t session;
    bool to_broker;
    int64_t at_ms;
    uint64_t order;
    uint8_t *bytes;
    size_t size;
} flight_t;

typedef struct counts {
    uint64_t messages, changes, crashes, power_cuts, full_disks, restores, copies, lies, fences,
        displaced;
} counts_t;

typedef struct world {
    setup_t setup;
    uint64_t random;
    int64_t now_ms;
    bool noise;
    bool trace;
    machine_t machines[MACHINES_MAX];
    int machine_count;
    session_t sessions[SESSIONS_MAX];
    int session_count;
    peer_t last_session;
    flight_t *flights; /* a heap: the next one first */
    size_t flight_count, flight_capacity;
    uint64_t flights_ever;
    members_t *members;
    uint8_t secrets[HUBS_MAX][SIGN_SECRET_SIZE];
    wire_decoder_t *decoder;
    timers_t timers;
    struct ledger *ledger; /* what hubs signed and gave: see check.h */
    struct loot *loot;     /* what liars have to lie with: see liar.h */
    counts_t *counts;
    char failure[1024];
} world_t;

/* Everything up, nothing connected. counts is added to. */
world_t *world_new(const setup_t *setup, counts_t *counts, bool trace);
void world_destroy(world_t **self_p);

uint64_t world_random(world_t *self, uint64_t below);
bool world_chance(world_t *self, unsigned per_mille);
void world_trace(world_t *self, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Keeps the first failure. */
void world_fail(world_t *self, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Things that happen. */
void world_step(world_t *self, int64_t ms); /* time goes by: messages arrive, timers fire */
void world_change(world_t *self, machine_t *hub, int count);
void world_crash(world_t *self, machine_t *machine);
void world_start(world_t *self, machine_t *machine);
void world_connect(world_t *self, int node, int broker);
void world_connect_all(world_t *self);
void world_cut(world_t *self, session_t *session);
void world_back_up(world_t *self, machine_t *machine);
void world_restore(world_t *self, machine_t *machine); /* crashed; from its backup */
void world_wipe(world_t *self, machine_t *machine);    /* crashed; to nothing */
machine_t *world_clone(world_t *self, machine_t *hub); /* NULL when there is no room */
void world_unfence(world_t *self, machine_t *hub);

/* Puts a frame on its way from one end of a session to the other. */
void world_send(world_t *self, const machine_t *from, peer_t session, const void *bytes,
                size_t size);

int world_number(const world_t *self, const machine_t *machine);
session_t *world_session(world_t *self, int node, int broker); /* open at both ends, or NULL */
session_t *world_session_by_id(world_t *self, peer_t id);      /* or NULL */
machine_t *world_other_end(world_t *self, peer_t session, bool broker); /* or NULL */
moment_t world_moment(const world_t *self, const machine_t *machine);

#endif
