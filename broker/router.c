#include "broker/router.h"

#include "broker/sync/dispatch.h"
#include "broker/sync/intake.h"
#include "broker/sync/zap.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define HWM 2000          /* messages per peer */
#define HANDSHAKE_MS 5000 /* a connection that does not finish its handshake is closed */
#define BACKLOG 1024      /* connections the kernel keeps for us to accept */

struct router {
    zsock_t *socket;
    char *endpoint;
    intake_t *intake;
    unsigned dropped;
};

/* With IPv6 on, libzmq shows an IPv4 address as ::ffff:127.0.0.1, which is not what was asked for. */
static bool is_ipv4(const char *listen)
{
    char host[64] = "";
    struct in_addr address;
    const char *start = listen + strlen("tcp://"), *end = strrchr(start, ':');
    if (end && (size_t)(end - start) < sizeof host)
        memcpy(host, start, (size_t)(end - start));
    return inet_pton(AF_INET, host, &address) == 1;
}

static void set_options(zsock_t *socket, const char *listen, const secret_t *secret)
{
    zsock_set_linger(socket, 0);
    zsock_set_router_mandatory(socket, 1);
    zsock_set_maxmsgsize(socket, FRAME_MAX_SIZE);
    zsock_set_sndhwm(socket, HWM);
    zsock_set_rcvhwm(socket, HWM);
    zsock_set_handshake_ivl(socket, HANDSHAKE_MS);
    zsock_set_backlog(socket, BACKLOG);
    zsock_set_tcp_keepalive(socket, 1);
    zsock_set_ipv6(socket, !is_ipv4(listen));
    zsock_set_zap_domain(socket, ZAP_DOMAIN);
    zsock_set_zap_enforce_domain(socket, 1);
    zsock_set_curve_server(socket, 1);
    zsock_set_curve_secretkey(socket, secret->curve_secret);
}

router_t *router_new(const char *listen, const secret_t *secret, err_t *err)
{
    router_t *self = calloc(1, sizeof *self);
    assert(self);
    self->socket = zsock_new(ZMQ_ROUTER);
    assert(self->socket);
    set_options(self->socket, listen, secret);
    self->intake = intake_new(zsys_init(), zsock_resolve(self->socket));
    if (zmq_bind(zsock_resolve(self->socket), listen) < 0) {
        err_set(err, ERR_STOP, "cannot listen on %s: %s", listen, zmq_strerror(errno));
        router_destroy(&self);
        return NULL;
    }
    self->endpoint = zsock_last_endpoint(self->socket);
    return self;
}

void router_destroy(router_t **self_p)
{
    if (!*self_p)
        return;
    intake_destroy(&(*self_p)->intake);
    zsock_destroy(&(*self_p)->socket);
    free((*self_p)->endpoint);
    free(*self_p);
    *self_p = NULL;
}

zsock_t *router_socket(router_t *self)
{
    return self->socket;
}

const char *router_endpoint(const router_t *self)
{
    return self->endpoint;
}

unsigned router_dropped(router_t *self)
{
    unsigned dropped = self->dropped;
    self->dropped = 0;
    return dropped;
}

unsigned router_watch(router_t *self)
{
    return intake_watch(self->intake);
}

/* ---- in ---- */

static bool receive_frame(router_t *self, zmq_msg_t *frame)
{
    if (zmq_msg_recv(frame, zsock_resolve(self->socket), ZMQ_DONTWAIT) < 0)
        return false;
    intake_read(self->intake, frame);
    return true;
}

static void copy_route(route_t *route, zmq_msg_t *id)
{
    route->size = zmq_msg_size(id);
    assert(route->size <= sizeof route->id);
    memcpy(route->id, zmq_msg_data(id), route->size);
}

bool router_receive(router_t *self, arrival_t *arrival)
{
    zmq_msg_t id;
    zmq_msg_init(&id);
    zmq_msg_init(&arrival->frame);
    bool received = zmq_msg_recv(&id, zsock_resolve(self->socket), ZMQ_DONTWAIT) >= 0;
    size_t frames = 0;
    for (bool more = received && zmq_msg_more(&id); more; frames++)
        more = receive_frame(self, &arrival->frame) && zmq_msg_more(&arrival->frame);
    copy_route(&arrival->route, &id);
    arrival->whole = frames == 1;
    arrival->member = zmq_msg_gets(&arrival->frame, "User-Id");
    arrival->key = zmq_msg_gets(&arrival->frame, ZAP_KEY);
    zmq_msg_close(&id);
    return received;
}

void arrival_end(arrival_t *arrival)
{
    zmq_msg_close(&arrival->frame);
}

/* ---- out ---- */

typedef enum fate { SENT, DROPPED, CLOSED } fate_t; /* CLOSED: the connection is */

/* Sends a frame, which is closed either way. */
static fate_t send_frame(router_t *self, const route_t *route, zmq_msg_t *frame)
{
    void *socket = zsock_resolve(self->socket);
    fate_t fate = CLOSED;
    if (zmq_send(socket, route->id, route->size, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
        fate = errno == EAGAIN ? DROPPED : CLOSED;
        self->dropped += fate == DROPPED;
    } else if (zmq_msg_send(frame, socket, ZMQ_DONTWAIT) >= 0) {
        return SENT;
    }
    zmq_msg_close(frame);
    return fate;
}

void router_mark(router_t *self, session_t *session)
{
    uint64_t nonce = allowance_mark(session->allowance);
    if (!nonce)
        return;
    text_t bytes;
    zmq_msg_t frame;
    text_init(&bytes, WIRE_MAX_SIZE);
    wire_ping(&bytes, nonce);
    frame_init(&frame, &bytes);
    if (send_frame(self, &session->route, &frame) != SENT)
        allowance_unmark(session->allowance);
    text_free(&bytes);
}

typedef struct delivery {
    router_t *router;
    const sessions_t *sessions;
} delivery_t;

static void deliver_to(router_t *self, session_t *session, zmq_msg_t *frame)
{
    size_t size = zmq_msg_size(frame);
    fate_t fate = send_frame(self, &session->route, frame);
    session->gone = fate == CLOSED;
    if (fate != SENT)
        return;
    allowance_sent(session->allowance, size);
    router_mark(self, session);
}

static void deliver(void *context, peer_t peer, zmq_msg_t *frame)
{
    delivery_t *delivery = context;
    session_t *session = sessions_by_peer(delivery->sessions, peer);
    bool there = session && !session->gone;
    if (there && allowance_unread(session->allowance) + zmq_msg_size(frame) <= ALLOWANCE_MAX) {
        deliver_to(delivery->router, session, frame);
        return;
    }
    delivery->router->dropped += there;
    zmq_msg_close(frame);
}

void router_post(router_t *self, outbox_t *outbox, const sessions_t *sessions)
{
    delivery_t delivery = {self, sessions};
    dispatch(outbox, deliver, &delivery);
}

void router_refuse(router_t *self, const route_t *route, wire_code_t code, const char *hub,
                   const char *kind, const char *text)
{
    text_t bytes;
    zmq_msg_t frame;
    text_init(&bytes, WIRE_MAX_SIZE);
    wire_err(&bytes, code, hub, kind, NULL, 0, text);
    frame_init(&frame, &bytes);
    send_frame(self, route, &frame);
    text_free(&bytes);
}
