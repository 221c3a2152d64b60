/* world - a federation in one thread: the shipping state machines, virtual time, `:memory:` stores.
 *
 * Hubs, brokers and subscribers run the very code of the daemons (broker/sync); only sockets, clocks and
 * disks are played. Everything that happens is drawn from one seed, so a failure is its seed. */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "broker/sync/publisher.h"
#include "broker/sync/sink.h"
#include "broker/sync/source.h"

#define MACHINES_MAX 12
#define SESSIONS_MAX 64
#define KINDS 2

typedef enum role { ROLE_HUB, ROLE_BROKER, ROLE_SUBSCRIBER } role_t;

typedef struct shown {
    char hub[NAME_SIZE], kind[NAME_SIZE];
    uint64_t life, seq;
} shown_t;

typedef struct machine {
    role_t role;
    char name[NAME_SIZE]; /* of the member; a second copy of a hub has the same */
    bool up;
    bool gone;        /* never started again */
    int64_t clock_ms; /* how wrong its wall clock is */
    sqlite3 *db;      /* its disk */
    sqlite3 *backup;  /* an old copy of it, or NULL */
    streams_t *streams;
    outbox_t *outbox;
    source_t *source;       /* brokers */
    sink_t *sink;           /* all */
    publisher_t *publisher; /* hubs */
    shown_t shown[64];      /* what it last showed of each stream (I9) */
    size_t shown_count;
} machine_t;

/* A connection between a node and a broker; each end may believe in it longer than the other. */
typedef struct session {
    peer_t id;
    int node, broker;
    bool node_open, broker_open;
    int64_t broker_notices_ms; /* when the broker finds that the node is gone */
} session_t;

typedef struct flight {
    peer_t session;
    bool to_broker;
    int64_t at_ms;
    uint8_t *bytes;
    size_t size;
} flight_t;

typedef struct world {
    uint64_t seed, random;
    int64_t now_ms;
    bool faults;
    bool trace;
    machine_t machines[MACHINES_MAX];
    int machine_count;
    session_t sessions[SESSIONS_MAX];
    int session_count;
    peer_t last_session;
    flight_t *flights;
    size_t flight_count, flight_capacity;
    members_t *members;
    uint8_t secrets[4][SIGN_SECRET_SIZE]; /* of the hubs, by number */
    wire_decoder_t *decoder;
    timers_t timers;
    struct ledger *ledger; /* what hubs signed and gave: see check.h */
    uint64_t messages, changes, crashes, restores, twins; /* counted for the closing line */
    char failure[2048];
} world_t;

world_t *world_new(uint64_t seed, bool trace);
void world_destroy(world_t **self_p);

uint64_t world_random(world_t *self, uint64_t below);
bool world_chance(world_t *self, unsigned per_mille);
void world_trace(world_t *self, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Keeps the first failure. */
void world_fail(world_t *self, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Things that happen. */
void world_step(world_t *self, int64_t ms); /* time goes by: messages arrive, timers fire */
void world_change(world_t *self, machine_t *hub);
void world_crash(world_t *self, machine_t *machine);
void world_start(world_t *self, machine_t *machine);
void world_connect(world_t *self, int node, int broker);
void world_cut(world_t *self, session_t *session);
void world_back_up(world_t *self, machine_t *machine);
void world_restore(world_t *self,
                   machine_t *machine); /* crashed, from its backup or from nothing */
machine_t *world_clone(world_t *self, machine_t *hub); /* NULL when there is no room */

int world_number(const world_t *self, const machine_t *machine);
session_t *world_session(world_t *self, int node, int broker); /* open at both ends, or NULL */
moment_t world_moment(const world_t *self, const machine_t *machine);

#endif
