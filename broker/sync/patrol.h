/* patrol - has the disk kept what a store was given? Looked at again little by little, all of it in a day.
 * (A sink that has reason to doubt its store does not wait for that: streams_examine.)
 *
 * SQLite sees a page whose structure is damaged, not a letter that became another one. So for each stream, a
 * bucket at a time, the items are hashed again and compared with the tree that was proven when they came,
 * and the tree with the signed head; an index that lost a row would serve less than was proven. Only reads; a bucket is at most a few hundred items.
 *
 * What the system still has in memory is not read from the disk: rot shows when it has forgotten it.
 * Belongs to the thread of the streams. */
#ifndef BROKER_SYNC_PATROL_H
#define BROKER_SYNC_PATROL_H

#include "broker/sync/stream.h"

/* Buckets in one step, at most: a step of 250 ms gets round 40,000 streams in a day; more take longer. */
#define PATROL_AT_ONCE 32

typedef struct patrol patrol_t;

/* Borrows streams. Goes round all of them once in period_ms, beginning anywhere; what a start
 * does is not slowed down: the first look is as far away as the second one from it. */
patrol_t *patrol_new(streams_t *streams, int64_t period_ms);
void patrol_destroy(patrol_t **self_p);

/* Looks at the buckets whose time has come; no transaction is open. ERR_STOP when one is not what was proven: it
 * is passed, and looked at again in the next round. */
int patrol_step(patrol_t *self, const moment_t *now, err_t *err);

#endif
