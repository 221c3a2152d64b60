/* link - a node's connection to one broker: kept up, greeted, watched; no policy inside.
 *
 * A session begins with HELLO and WELCOME and lasts as long as its connection. One DEALER serves one
 * session and is then thrown away, so that nothing queued for one connection ever arrives on the
 * next. libzmq connects, with pauses of its own while nobody listens; what ends a session, or a
 * handshake, is seen at once through the socket's monitor.
 *
 *     WAITING     no socket: a pause after a failure, or no key is known for the broker
 *     CONNECTING  the socket is there, the handshake is not done
 *     GREETING    HELLO is sent
 *     UP          WELCOME came: messages go both ways
 *
 * A broker that forgot us (it restarted behind a proxy, or set its store aside) says so, and is
 * greeted again: a new session, for which `down` and `up` are called. PING and PONG stay inside.
 *
 * A broker sends large messages only when it is asked. One of which libzmq keeps more than INTAKE_MAX bytes
 * (broker/sync/intake.h says why it may, and when that is seen) loses the session, and all of it is freed.
 * Belongs to the thread of its loop. It logs when a session begins and ends. */
#ifndef BROKER_SYNC_LINK_H
#define BROKER_SYNC_LINK_H

#include "broker/base/czmq.h"
#include "broker/base/moment.h"
#include "broker/base/timers.h"
#include "broker/sync/member.h"
#include "schemas/wire.h"

typedef enum link_state { LINK_WAITING, LINK_CONNECTING, LINK_GREETING, LINK_UP } link_state_t;

typedef struct link link_t;

/* Who hears of a link. None of them may destroy it. */
typedef struct link_listener {
    void (*up)(void *context, link_t *link);
    void (*down)(void *context, link_t *link);
    /* Anything but HELLO, WELCOME, PING and PONG; only between up and down. wire borrows. */
    void (*message)(void *context, link_t *link, const wire_t *wire);
    void *context;
} link_listener_t;

typedef struct link_setup {
    const char *broker;   /* its member name */
    const char *endpoint; /* "tcp://127.0.0.1:4270" */
    const secret_t *secret;
    const interest_t *interests;
    size_t interest_count;
    const timers_t *timers;
} link_setup_t;

/* Copies the texts of setup and the listener; borrows loop, secret, interests and timers. Connects as
 * soon as it is given the broker's keys. */
link_t *link_new(zloop_t *loop, const link_setup_t *setup, const link_listener_t *listener);
void link_destroy(link_t **self_p); /* without calling `down` */

/* Whom to expect: the broker as the members file says it, or NULL when it is no member. A change ends
 * the session. */
void link_set_broker(link_t *self, const member_t *broker);

/* Begins a new session on a link that is up: the broker then tells all its heads again. */
void link_greet_again(link_t *self);

/* Takes time forward: pauses, PING, silence. Call it a few times a second. */
void link_tick(link_t *self);

/* Sends one frame. -1 when it cannot be sent now: the queue is full, or the link is not up. The frame
 * is closed either way. */
int link_send(link_t *self, zmq_msg_t *frame);

const char *link_broker(const link_t *self);
const char *link_endpoint(const link_t *self);
link_state_t link_state(const link_t *self);
extern const char *const link_words[];     /* "waiting", "connecting", "greeting", "up" by state */
int64_t link_since_ms(const link_t *self); /* Unix: when that state began */
const char *link_trouble(const link_t *self); /* French, for the operator; "" when there is none */

#endif
