/* check - the invariants of broker/PROTOCOL.md, asserted on every state a machine comes to. */
#ifndef TESTS_SIM_CHECK_H
#define TESTS_SIM_CHECK_H

#include "tests/sim/world.h"

typedef struct ledger ledger_t;
ledger_t *ledger_new(void);
void ledger_destroy(ledger_t **self_p);

/* A stream changed at a machine: I1 I6 (what is shown is what was signed), I3 (cursor and rows agree),
 * I9 (it never goes back). */
void check_stream(world_t *world, machine_t *machine, stream_t *stream);
/* A hub changed a record: I2 (a (life, seq) is given once). */
void check_change(world_t *world, machine_t *hub, stream_t *stream, const char *id);
/* The store of a machine was put back: what it shows may go back once. */
void check_forget(machine_t *machine);

/* Does every sink show each hub's current version, record by record (I5, I7)? Only says so. */
bool check_converged(world_t *world);
/* The same, with the first difference as the world's failure. */
void check_final(world_t *world);

#endif
