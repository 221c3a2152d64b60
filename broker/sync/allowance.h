/* allowance - what a peer was sent and has not read, and its PULLs that wait until it has.
 *
 * A queue that libzmq bounds by messages holds 2000 of them, hundreds of megabytes for a peer that pulls
 * and never reads. So a peer is asked whether it reads: after ALLOWANCE_MARK bytes a PING goes out, the
 * mark, with a nonce that nobody guesses; the PONG proves that all before it was read, for a connection
 * keeps the order. One mark is out at a time. Beyond ALLOWANCE_ANSWERS unread bytes the peer's PULLs
 * wait here, beyond ALLOWANCE_MAX nothing more is sent to it; neither is a strike, for a slow line does
 * the same. A peer that never answers a mark is one that has read nothing.
 *
 * Pure but for the nonce. Belongs to one thread. */
#ifndef BROKER_SYNC_ALLOWANCE_H
#define BROKER_SYNC_ALLOWANCE_H

#include "schemas/wire.h"

#define ALLOWANCE_MARK (1024 * 1024)
#define ALLOWANCE_ANSWERS (4 * ALLOWANCE_MARK)
#define ALLOWANCE_MAX (8 * ALLOWANCE_MARK)
#define ALLOWANCE_PULLS 4096 /* that wait: one for each stream */

typedef struct allowance allowance_t;

allowance_t *allowance_new(void);
void allowance_destroy(allowance_t **self_p);

size_t allowance_unread(const allowance_t *self); /* bytes */

/* So many bytes were handed to its connection. */
void allowance_sent(allowance_t *self, size_t size);

/* The nonce of the mark that is to be sent now, or 0. It counts as sent. */
uint64_t allowance_mark(allowance_t *self);
/* It found no room: another one is due. */
void allowance_unmark(allowance_t *self);
/* A PONG came. True when it answers the mark: what was sent before it is read. */
bool allowance_heard(allowance_t *self, uint64_t nonce);

/* The peer greets anew on the same connection: no PULL waits, but what it has not read is still there. */
void allowance_greet(allowance_t *self);

/* Keeps a PULL, in the place of an older one for the same stream. -1 when there are too many. */
int allowance_wait(allowance_t *self, const wire_t *pull);
/* Takes a PULL that waits; false when none does. Sets what a PULL has of *pull. */
bool allowance_next(allowance_t *self, wire_t *pull);

#endif
