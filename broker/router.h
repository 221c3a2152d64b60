/* router - the broker's socket: what arrives with the name of who sent it, and what goes out.
 *
 * A CURVE server: the name and key of an arrival come from the handshake (broker/sync/zap.h), never from
 * the message. Nothing here blocks or queues: what a peer has no room for is dropped and counted, and
 * the protocol repeats it. */
#ifndef BROKER_ROUTER_H
#define BROKER_ROUTER_H

#include "broker/base/czmq.h"
#include "broker/sync/member.h"
#include "broker/sync/outbox.h"
#include "broker/sync/session.h"
#include "schemas/wire.h"

typedef struct router router_t;

/* Binds; the ZAP handler is there already. NULL and *err when the address cannot be had. */
router_t *router_new(const char *listen, const secret_t *secret, err_t *err);
void router_destroy(router_t **self_p);

zsock_t *router_socket(router_t *self);
const char *router_endpoint(const router_t *self); /* "tcp://127.0.0.1:4270": what listens */

/* One message. Of one with several frames only the last is kept: it is no message of ours. */
typedef struct arrival {
    route_t route;
    zmq_msg_t frame;
    bool whole;         /* it was the only frame */
    const char *member; /* User-Id; NULL for nobody we let in. Borrows frame */
    const char *key;    /* the CURVE key shown, Z85; likewise */
} arrival_t;

/* Fills *arrival, to be ended by arrival_end, whatever it gives; false when nothing is waiting. */
bool router_receive(router_t *self, arrival_t *arrival);
void arrival_end(arrival_t *arrival);

/* Sends what is posted and empties the outbox. A frame for many peers is made once and shared. Sessions
 * whose connection turns out to be closed are marked gone; what is beyond a session's allowance is
 * dropped, and the marks that are due go out behind the rest. */
void router_post(router_t *self, outbox_t *outbox, const sessions_t *sessions);

/* Sends an ERR on a route, whether it has a session or not. */
void router_refuse(router_t *self, const route_t *route, wire_code_t code, const char *hub,
                   const char *kind, const char *text);

/* Asks a peer whether it has read what it was sent, if that is due (broker/sync/allowance.h). */
void router_mark(router_t *self, session_t *session);

/* How many messages found no room since the last call. */
unsigned router_dropped(router_t *self);

/* Cuts the connections of which libzmq keeps too much (broker/sync/intake.h); gives how many. Call it a few
 * times a second. */
unsigned router_watch(router_t *self);

#endif
