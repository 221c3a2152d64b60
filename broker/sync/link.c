/* Which function makes which step:
 *
 *     WAITING -> CONNECTING     open_socket, when the pause is over
 *     CONNECTING -> GREETING    greet, at HANDSHAKE_SUCCEEDED
 *     GREETING -> UP            welcome
 *     UP -> GREETING            link_greet_again, also at ERR 1
 *     any -> WAITING            drop: the connection or handshake failed, or nothing was heard */
#include "broker/sync/link.h"

#include "broker/base/log.h"
#include "broker/sync/dispatch.h"
#include "broker/sync/intake.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HWM 2000          /* messages; PULLs and HEADs repeat, so more would only be old */
#define HANDSHAKE_MS 5000 /* libzmq gives up a handshake that takes longer */
#define BURST 64          /* messages in a row before the loop looks at its other sockets */
#define TROUBLE_SIZE 512
#define RECONNECTS_PER_PING 20 /* the shortest pause: 0.5 s when PING is every 10 s */
#define DOUBLINGS_MAX 10

#define EVENTS                                                                                     \
    (ZMQ_EVENT_CONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL    \
     | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH                       \
     | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED)

struct link {
    zloop_t *loop;
    link_listener_t listener;
    char broker[NAME_SIZE];
    char *endpoint;
    const secret_t *secret;
    const interest_t *interests;
    size_t interest_count;
    const timers_t *timers;
    wire_decoder_t *decoder;
    char keys[MEMBER_KEYS_MAX][CURVE_KEY_SIZE]; /* of the broker; each is tried in turn */
    size_t key_count, key;
    link_state_t state;
    int64_t since_ms;  /* Unix */
    zsock_t *dealer;   /* NULL in WAITING */
    zsock_t *monitor;  /* its events */
    int64_t retry_ms;  /* steady: WAITING until then */
    int64_t heard_ms;  /* steady: the last message, or the start of the state */
    int64_t pinged_ms; /* steady: the last PING of ours */
    int descriptor;    /* of the connection, for intake.h; -1: none yet */
    uint64_t read;     /* bytes of the frames taken from it */
    uint64_t nonce;
    unsigned failures; /* in a row: each doubles the pause */
    unsigned sockets;  /* made so far */
    char trouble[TROUBLE_SIZE];
};

const char *const link_words[] = {"waiting", "connecting", "greeting", "up"};

static void drop(link_t *self, const char *format, ...) __attribute__((format(printf, 2, 3)));

link_t *link_new(zloop_t *loop, const link_setup_t *setup, const link_listener_t *listener)
{
    link_t *self = calloc(1, sizeof *self);
    assert(self);
    *self = (link_t){.loop = loop,
                     .listener = *listener,
                     .secret = setup->secret,
                     .interests = setup->interests,
                     .interest_count = setup->interest_count,
                     .timers = setup->timers,
                     .since_ms = moment_now().unix_ms};
    snprintf(self->broker, sizeof self->broker, "%s", setup->broker);
    self->endpoint = strdup(setup->endpoint);
    self->decoder = wire_decoder_new();
    assert(self->endpoint);
    return self;
}

static void close_socket(link_t *self)
{
    if (!self->dealer)
        return;
    zloop_reader_end(self->loop, self->dealer);
    zloop_reader_end(self->loop, self->monitor);
    zmq_socket_monitor(zsock_resolve(self->dealer), NULL, 0);
    zsock_destroy(&self->monitor);
    zsock_destroy(&self->dealer);
}

void link_destroy(link_t **self_p)
{
    link_t *self = *self_p;
    if (!self)
        return;
    close_socket(self);
    wire_decoder_destroy(&self->decoder);
    free(self->endpoint);
    free(self);
    *self_p = NULL;
}

/* ---- states ---- */

static void enter(link_t *self, link_state_t state)
{
    moment_t now = moment_now();
    self->state = state;
    self->since_ms = now.unix_ms;
    self->heard_ms = self->pinged_ms = now.steady_ms;
}

/* Remembers what is wrong; logged when it was not known yet. */
static void complain(link_t *self, const char *text)
{
    if (strcmp(self->trouble, text) != 0)
        log_warning("broker %s: %s", self->broker, text);
    snprintf(self->trouble, sizeof self->trouble, "%s", text);
}

/* Half a second, doubling up to the time of silence. After a good session, no pause at all: libzmq
 * has its own while nobody listens. */
static int64_t next_pause(link_t *self)
{
    if (self->state == LINK_UP)
        return 0;
    unsigned times = self->failures < DOUBLINGS_MAX ? self->failures++ : DOUBLINGS_MAX;
    int64_t pause = (self->timers->ping / RECONNECTS_PER_PING + 1) << times;
    return pause < self->timers->silence ? pause : self->timers->silence;
}

/* Ends the session or the attempt, and says why. */
static void drop(link_t *self, const char *format, ...)
{
    char why[TROUBLE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, sizeof why, format, arguments);
    va_end(arguments);
    bool was_up = self->state == LINK_UP;
    self->retry_ms = moment_now().steady_ms + next_pause(self);
    close_socket(self);
    enter(self, LINK_WAITING);
    complain(self, why);
    if (was_up)
        self->listener.down(self->listener.context, self);
}

static int send_text(link_t *self, const text_t *text)
{
    zmq_msg_t frame;
    frame_init(&frame, text);
    if (zmq_msg_send(&frame, zsock_resolve(self->dealer), ZMQ_DONTWAIT) >= 0)
        return 0;
    zmq_msg_close(&frame);
    return -1;
}

static void greet(link_t *self)
{
    text_t frame;
    text_init(&frame, WIRE_MAX_SIZE);
    wire_hello(&frame, "maillage " MAILLAGE_VERSION, self->interests, self->interest_count);
    enter(self, LINK_GREETING);
    send_text(self, &frame); /* lost only with the connection */
    text_free(&frame);
}

void link_greet_again(link_t *self)
{
    if (self->state != LINK_UP)
        return;
    enter(self, LINK_GREETING);
    self->listener.down(self->listener.context, self);
    greet(self);
}

static void welcome(link_t *self)
{
    self->failures = 0;
    self->trouble[0] = 0;
    enter(self, LINK_UP);
    log_info("broker %s is connected", self->broker);
    self->listener.up(self->listener.context, self);
}

/* ---- messages ---- */

static void pong(link_t *self, uint64_t nonce)
{
    text_t frame;
    text_init(&frame, WIRE_MAX_SIZE);
    wire_pong(&frame, nonce);
    send_text(self, &frame);
    text_free(&frame);
}

/* Before WELCOME an ERR answers the greeting, or what the session before had still sent: its text is
 * kept for when no WELCOME comes. */
static void hear_error(link_t *self, const wire_t *wire)
{
    if (self->state == LINK_GREETING)
        snprintf(self->trouble, sizeof self->trouble, "%s", wire->text);
    else if (wire->code == WIRE_PROTOCOL_ERROR) {
        log_info("broker %s starts anew: %s", self->broker, wire->text);
        link_greet_again(self);
    } else
        self->listener.message(self->listener.context, self, wire);
}

static void hear(link_t *self, const wire_t *wire)
{
    switch (wire->type) {
    case WIRE_WELCOME:
        if (self->state == LINK_GREETING)
            welcome(self);
        break;
    case WIRE_PING:
        pong(self, wire->nonce);
        break;
    case WIRE_ERR:
        hear_error(self, wire);
        break;
    case WIRE_HEAD:
    case WIRE_PULL:
    case WIRE_BATCH:
        if (self->state == LINK_UP)
            self->listener.message(self->listener.context, self, wire);
        break;
    case WIRE_HELLO: /* only a node says it */
    case WIRE_PONG:
    case WIRE_UNKNOWN:
        break;
    }
}

static int receive_frame(link_t *self, zmq_msg_t *frame)
{
    if (zmq_msg_recv(frame, zsock_resolve(self->dealer), ZMQ_DONTWAIT) < 0)
        return -1;
    self->read += intake_frame_size(frame);
    return 0;
}

/* Takes one message from the socket; false when there is none. What has several frames is no message
 * of ours and is let go frame by frame. */
static bool receive(link_t *self, zmq_msg_t *frame, bool *whole)
{
    if (receive_frame(self, frame))
        return false;
    *whole = !zmq_msg_more(frame);
    while (zmq_msg_more(frame))
        if (receive_frame(self, frame))
            break;
    return true;
}

static int on_dealer(zloop_t *loop, zsock_t *dealer, void *context)
{
    (void)loop;
    (void)dealer;
    link_t *self = context;
    for (int i = 0; i < BURST && self->dealer; i++) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        bool whole, received = receive(self, &frame, &whole);
        if (received) {
            wire_t wire;
            err_t err;
            self->heard_ms = moment_now().steady_ms;
            if (!whole)
                complain(self, "a message of several frames was ignored");
            else if (wire_decode(self->decoder, &wire, zmq_msg_data(&frame), zmq_msg_size(&frame),
                                 &err))
                complain(self, err.text);
            else
                hear(self, &wire);
        }
        zmq_msg_close(&frame);
        if (!received)
            break;
    }
    return 0;
}

/* ---- the connection ---- */

static void refused(link_t *self, uint32_t status)
{
    if (status == 400)
        drop(self,
             "le relais « %s » refuse notre clé : elle n'est pas, ou plus, celle d'un de ses"
             " membres. Donnez-lui le fichier %s.pub à jour.",
             self->broker, self->secret->name);
    else
        drop(self, "le relais « %s » nous refuse pour un temps (%" PRIu32 ").", self->broker,
             status);
}

/* A broker that changes keys is known by both for a while. */
static void handshake_failed(link_t *self)
{
    if (self->key_count > 1)
        self->key = (self->key + 1) % self->key_count;
    drop(self,
         "la liaison avec le relais « %s » ne s'établit pas : son adresse %s est-elle la bonne, et"
         " sa clé celle de %s.pub ?",
         self->broker, self->endpoint, self->broker);
}

static void hear_event(link_t *self, uint16_t event, uint32_t value)
{
    switch (event) {
    case ZMQ_EVENT_CONNECTED:
        self->descriptor = (int)value;
        break;
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        greet(self);
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
        refused(self, value);
        break;
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
    case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
        handshake_failed(self);
        break;
    case ZMQ_EVENT_DISCONNECTED:
        drop(self, "le relais « %s » a fermé la liaison.", self->broker);
        break;
    case ZMQ_EVENT_CONNECT_RETRIED: {
        char text[TROUBLE_SIZE];
        snprintf(text, sizeof text, "le relais « %s » ne répond pas à %s.", self->broker,
                 self->endpoint);
        complain(self, text);
        break;
    }
    }
}

static int on_monitor(zloop_t *loop, zsock_t *monitor, void *context)
{
    (void)loop;
    (void)monitor;
    link_t *self = context;
    while (self->monitor && zsock_events(self->monitor) & ZMQ_POLLIN) {
        zmsg_t *message = zmsg_recv(self->monitor);
        zframe_t *first = message ? zmsg_first(message) : NULL;
        uint16_t event = 0;
        uint32_t value = 0;
        if (first && zframe_size(first) == sizeof event + sizeof value) {
            memcpy(&event, zframe_data(first), sizeof event);
            memcpy(&value, zframe_data(first) + sizeof event, sizeof value);
        }
        zmsg_destroy(&message);
        hear_event(self, event, value);
    }
    return 0;
}

static void set_options(link_t *self)
{
    zsock_t *dealer = self->dealer;
    zsock_set_linger(dealer, 0);
    zsock_set_sndhwm(dealer, HWM);
    zsock_set_rcvhwm(dealer, HWM);
    zsock_set_maxmsgsize(dealer, FRAME_MAX_SIZE);
    zsock_set_handshake_ivl(dealer, HANDSHAKE_MS);
    zsock_set_reconnect_ivl(dealer, (int)(self->timers->ping / RECONNECTS_PER_PING + 1));
    zsock_set_reconnect_ivl_max(dealer, (int)self->timers->silence);
    zsock_set_connect_timeout(dealer, (int)self->timers->silence);
    zsock_set_tcp_keepalive(dealer, 1);
    zsock_set_ipv6(dealer, 1);
    zsock_set_curve_serverkey(dealer, self->keys[self->key]);
    zsock_set_curve_publickey(dealer, self->secret->curve_public);
    zsock_set_curve_secretkey(dealer, self->secret->curve_secret);
}

static void open_socket(link_t *self)
{
    char
        place[64]; /* of its own each time: libzmq lets go of the last one when it finds the time */
    snprintf(place, sizeof place, "inproc://link-%p-%u", (void *)self, ++self->sockets);
    self->dealer = zsock_new(ZMQ_DEALER);
    self->monitor = zsock_new(ZMQ_PAIR);
    assert(self->dealer && self->monitor);
    set_options(self);
    self->descriptor = -1;
    self->read = 0;
    enter(self, LINK_CONNECTING);
    zloop_reader(self->loop, self->dealer, on_dealer, self);
    zloop_reader(self->loop, self->monitor, on_monitor, self);
    if (zmq_socket_monitor(zsock_resolve(self->dealer), place, EVENTS) < 0
        || zsock_connect(self->monitor, "%s", place) < 0
        || zsock_connect(self->dealer, "%s", self->endpoint) < 0)
        drop(self, "l'adresse %s du relais « %s » ne peut pas servir : %s.", self->endpoint,
             self->broker, zmq_strerror(errno));
}

void link_set_broker(link_t *self, const member_t *broker)
{
    size_t count = broker ? broker->curve_count : 0;
    if (count && count == self->key_count
        && !memcmp(broker->curve, self->keys, count * sizeof *self->keys))
        return;
    self->key_count = count;
    self->key = 0;
    if (count)
        memcpy(self->keys, broker->curve, count * sizeof *self->keys);
    if (!count)
        drop(self, "« %s » n'est pas un relais membre : il manque son fichier %s.pub.",
             self->broker, self->broker);
    else if (self->dealer)
        drop(self, "la clé du relais « %s » a changé.", self->broker);
    self->retry_ms = 0;
    link_tick(self);
}

/* ---- time ---- */

static void ping(link_t *self, int64_t steady_ms)
{
    text_t frame;
    text_init(&frame, WIRE_MAX_SIZE);
    wire_ping(&frame, ++self->nonce);
    send_text(self, &frame);
    text_free(&frame);
    self->pinged_ms = steady_ms;
}

static void tick_up(link_t *self, int64_t now)
{
    int64_t last = self->heard_ms > self->pinged_ms ? self->heard_ms : self->pinged_ms;
    if (now - self->heard_ms >= self->timers->silence)
        drop(self, "le relais « %s » ne dit plus rien.", self->broker);
    else if (now - last >= self->timers->ping)
        ping(self, now);
}

/* Does libzmq keep more of this connection than an honest broker sends? */
static bool is_flooded(const link_t *self)
{
    return self->dealer && self->descriptor >= 0
           && intake_received(self->descriptor) > self->read + INTAKE_MAX;
}

void link_tick(link_t *self)
{
    int64_t now = moment_now().steady_ms;
    if (is_flooded(self))
        drop(self, "le relais « %s » envoie bien plus que ce qu'on lui demande.", self->broker);
    switch (self->state) {
    case LINK_WAITING:
        if (self->key_count && now >= self->retry_ms)
            open_socket(self);
        break;
    case LINK_CONNECTING:
        break; /* libzmq tries again by itself, and tells when it cannot */
    case LINK_GREETING:
        if (now - self->heard_ms >= self->timers->silence)
            drop(self, "le relais « %s » ne nous accueille pas%s%s", self->broker,
                 self->trouble[0] ? " : " : ".", self->trouble);
        break;
    case LINK_UP:
        tick_up(self, now);
        break;
    }
}

int link_send(link_t *self, zmq_msg_t *frame)
{
    if (self->state == LINK_UP
        && zmq_msg_send(frame, zsock_resolve(self->dealer), ZMQ_DONTWAIT) >= 0)
        return 0;
    zmq_msg_close(frame);
    return -1;
}

/* ---- looking ---- */

const char *link_broker(const link_t *self)
{
    return self->broker;
}

const char *link_endpoint(const link_t *self)
{
    return self->endpoint;
}

link_state_t link_state(const link_t *self)
{
    return self->state;
}

int64_t link_since_ms(const link_t *self)
{
    return self->since_ms;
}

const char *link_trouble(const link_t *self)
{
    return self->trouble;
}
