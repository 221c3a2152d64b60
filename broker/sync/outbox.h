/* outbox - the messages a state machine wants sent, for whoever has the sockets to send them.
 *
 * A frame is encoded once and may be posted to many peers. The order of posts is the order of sending.
 * Belongs to one thread. */
#ifndef BROKER_SYNC_OUTBOX_H
#define BROKER_SYNC_OUTBOX_H

#include "schemas/base/text.h"

#include <stdint.h>

/* A connection, named by whoever has the sockets; never 0, never used again for another one. */
typedef uint32_t peer_t;

typedef struct post {
    peer_t peer;
    size_t frame; /* index for outbox_frame_at */
} post_t;

typedef struct outbox outbox_t;

outbox_t *outbox_new(void);
void outbox_destroy(outbox_t **self_p);

/* An empty frame to encode into; valid until the next outbox call that is not outbox_post. */
text_t *outbox_frame(outbox_t *self);
/* Sends the newest frame to a peer too. */
void outbox_post(outbox_t *self, peer_t peer);

size_t outbox_count(const outbox_t *self);
post_t outbox_at(const outbox_t *self, size_t index);
const text_t *outbox_frame_at(const outbox_t *self, size_t frame);
/* Everything was sent, or can be forgotten. Keeps the memory of a few frames. */
void outbox_clear(outbox_t *self);

#endif
