/* liar - a broker that lies: the real one, whose messages are rewritten on their way out.
 *
 * It has no hub's key. It has everything that hubs ever published, its own old messages, and the codec: so
 * it can withhold, mix old versions into new answers, replay, claim lives and cursors that nobody
 * signed, alter records and heads, and refuse or accuse without reason. */
#ifndef TESTS_SIM_LIAR_H
#define TESTS_SIM_LIAR_H

#include "tests/sim/world.h"

typedef struct loot loot_t;
loot_t *loot_new(void);
void loot_destroy(loot_t **self_p);

/* A hub published this frame: liars may use it from now on. */
void liar_learns(world_t *world, const void *frame, size_t size);

/* Sends what the liar makes of this frame, which may be nothing, or more. */
void liar_sends(world_t *world, const machine_t *liar, peer_t session, const text_t *frame);

#endif
