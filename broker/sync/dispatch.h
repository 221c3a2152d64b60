/* dispatch - takes what an outbox holds to the sockets: a frame for many peers is made once, and then
 * shared by libzmq. */
#ifndef BROKER_SYNC_DISPATCH_H
#define BROKER_SYNC_DISPATCH_H

#include "broker/sync/outbox.h"
#include "schemas/wire.h"

#include <zmq.h>

#define CURVE_OVERHEAD 33                               /* bytes around an encrypted frame */
#define FRAME_MAX_SIZE (WIRE_MAX_SIZE + CURVE_OVERHEAD) /* for ZMQ_MAXMSGSIZE, which counts them */

/* Sends or closes the frame. Called in the order of the posts; must not touch the outbox. */
typedef void (*deliver_fn)(void *context, peer_t peer, zmq_msg_t *frame);

/* Delivers every post, and empties the outbox. */
void dispatch(outbox_t *outbox, deliver_fn deliver, void *context);

/* A frame of these bytes, to be sent or closed. */
void frame_init(zmq_msg_t *frame, const text_t *text);

#endif
