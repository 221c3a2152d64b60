/* check - the invariants of broker/PROTOCOL.md, asserted directly on the stores after every event.
 *
 * The ledger knows what hubs gave and signed, from their own stores; nothing that the state machines
 * compute about each other (roots, cursors, proofs) is asked for. */
#ifndef TESTS_SIM_CHECK_H
#define TESTS_SIM_CHECK_H

#include "tests/sim/world.h"

typedef struct ledger ledger_t;
ledger_t *ledger_new(void);
void ledger_destroy(ledger_t **self_p);

/* A machine came up, or its disk was put back (it may then show an older state, once). */
void check_started(world_t *world, machine_t *machine);
void check_forget(machine_t *machine);
void check_end(machine_t *machine); /* frees what is remembered of it */

/* An event at a machine is over: every stream it wrote. */
void check_stream(world_t *world, machine_t *machine, stream_t *stream);
void check_hub(world_t *world, machine_t *hub);

/* A local change: the version that the store holds (0: none), that a new one replaced `before`, and that
 * it was saved (I2). A version is named by a hash of its bytes. */
uint64_t check_version(const machine_t *hub, const stream_t *stream, const char *id);
uint64_t check_made(world_t *world, const machine_t *hub, const stream_t *stream, const char *id,
                    bool deletion, uint64_t before);
void check_saved(world_t *world, const machine_t *hub, const stream_t *stream, uint64_t seq,
                 uint64_t version);

/* A message is about to be handled, and was (I4, I9, I10, I17). */
typedef struct before {
    stream_t *stream; /* NULL: nothing to compare */
    uint64_t cursor, life, seq, staged;
} before_t;
before_t check_message(world_t *world, machine_t *to, peer_t session, const wire_t *wire);
void check_handled(world_t *world, const machine_t *to, const before_t *before);
/* A frame leaves a machine (I9, I10). */
void check_sent(world_t *world, const machine_t *from, peer_t session, const void *frame,
                size_t size);

/* Does every sink show each hub's current (life, seq) (I7)? NULL, or what keeps one from it. */
const char *check_converged(world_t *world, machine_t **at, stream_t **of);
/* The same record by record (I5), with the first difference as the world's failure; and nothing that was
 * saved is lost (I8). */
void check_final(world_t *world);

#endif
