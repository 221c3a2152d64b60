#include "tests/bench/subscribers.h"

#include "broker/sync/batch.h"
#include "broker/sync/member.h"
#include "tests/bench/clock.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#define PATIENCE_MS 10000

typedef struct subscriber {
    void *socket;
    uint64_t life; /* of the head it heard */
    bool ready, done;
} subscriber_t;

typedef struct crowd {
    const subscribers_setup_t *setup;
    secret_t secret;
    members_t *members;
    void *context;
    subscriber_t *list;
    zmq_pollitem_t *polls;
    wire_decoder_t *decoder;
    batch_t *batch;
    text_t frame;
    size_t ready, done;
    subscribers_result_t *result;
} crowd_t;

static int send_frame(crowd_t *self, const subscriber_t *to, err_t *err)
{
    if (zmq_send(to->socket, self->frame.data, self->frame.size, ZMQ_DONTWAIT) >= 0)
        return 0;
    return err_set(err, ERR_STOP, "cannot send: %s", zmq_strerror(zmq_errno()));
}

static int pull(crowd_t *self, const subscriber_t *from, uint64_t after, err_t *err)
{
    text_clear(&self->frame);
    wire_pull(&self->frame, self->setup->hub, self->setup->kind, from->life, after, true);
    return send_frame(self, from, err);
}

static int hear_head(crowd_t *self, subscriber_t *of, const wire_t *wire, err_t *err)
{
    head_t head;
    if (head_decode(&head, wire->head.data, wire->head.size, err))
        return -1;
    if (of->ready || strcmp(head.hub, self->setup->hub) || strcmp(head.kind, self->setup->kind))
        return 0;
    of->life = head.life;
    of->ready = true;
    self->ready++;
    return 0;
}

static int hear_batch(crowd_t *self, subscriber_t *of, const wire_t *wire, err_t *err)
{
    if (batch_read(self->batch, wire, err))
        return -1;
    for (size_t i = 0; i < self->batch->count; i++)
        self->result->bytes += self->batch->items[i].size;
    self->result->deliveries += self->batch->count;
    if (!self->batch->completes)
        return pull(self, of, self->batch->upto, err);
    of->done = true;
    self->done++;
    return 0;
}

static int hear(crowd_t *self, subscriber_t *of, const void *bytes, size_t size, err_t *err)
{
    wire_t wire;
    if (wire_decode(self->decoder, &wire, bytes, size, err))
        return -1;
    if (wire.type == WIRE_HEAD)
        return hear_head(self, of, &wire, err);
    if (wire.type == WIRE_BATCH)
        return hear_batch(self, of, &wire, err);
    if (wire.type == WIRE_PING) { /* the broker asks whether we read */
        text_clear(&self->frame);
        wire_pong(&self->frame, wire.nonce);
        return send_frame(self, of, err);
    }
    return wire.type == WIRE_ERR ? err_set(err, ERR_STOP, "refused: %s", wire.text) : 0;
}

/* Takes what has come for one subscriber. */
static int drain(crowd_t *self, subscriber_t *of, err_t *err)
{
    zmq_msg_t message;
    int result = 0;
    zmq_msg_init(&message);
    while (!result && zmq_msg_recv(&message, of->socket, ZMQ_DONTWAIT) >= 0)
        result = hear(self, of, zmq_msg_data(&message), zmq_msg_size(&message), err);
    zmq_msg_close(&message);
    return result;
}

/* Serves all of them until *counter says that each is there. */
static int serve_until(crowd_t *self, const size_t *counter, err_t *err)
{
    while (*counter < self->setup->count) {
        if (zmq_poll(self->polls, (int)self->setup->count, PATIENCE_MS) <= 0)
            return err_set(err, ERR_STOP, "%zu of %zu are there, and nothing comes", *counter,
                           self->setup->count);
        for (size_t i = 0; i < self->setup->count; i++)
            if (self->polls[i].revents && drain(self, &self->list[i], err))
                return -1;
    }
    return 0;
}

static int connect_one(crowd_t *self, subscriber_t *one, const member_t *broker, err_t *err)
{
    static const interest_t everything = {"*", "*"};
    const secret_t *secret = &self->secret;
    int linger = 0, queue = 2000;
    one->socket = zmq_socket(self->context, ZMQ_DEALER);
    assert(one->socket);
    zmq_setsockopt(one->socket, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(one->socket, ZMQ_SNDHWM, &queue, sizeof queue);
    zmq_setsockopt(one->socket, ZMQ_RCVHWM, &queue, sizeof queue);
    zmq_setsockopt(one->socket, ZMQ_CURVE_SERVERKEY, broker->curve[0], CURVE_KEY_SIZE);
    zmq_setsockopt(one->socket, ZMQ_CURVE_PUBLICKEY, secret->curve_public, CURVE_KEY_SIZE);
    zmq_setsockopt(one->socket, ZMQ_CURVE_SECRETKEY, secret->curve_secret, CURVE_KEY_SIZE);
    if (zmq_connect(one->socket, self->setup->endpoint))
        return err_set(err, ERR_STOP, "%s: %s", self->setup->endpoint, zmq_strerror(zmq_errno()));
    text_clear(&self->frame);
    wire_hello(&self->frame, "bench", &everything, 1);
    return send_frame(self, one, err);
}

static int load_keys(crowd_t *self, err_t *err)
{
    findings_t findings = {0};
    self->members = members_load(self->setup->members, &findings);
    int rc = secret_load(&self->secret, self->setup->key, &findings);
    findings_free(&findings);
    if (!self->members || rc || !members_find(self->members, self->setup->broker))
        return err_set(err, ERR_STOP, "keys or members cannot be read");
    return 0;
}

static int run(crowd_t *self, err_t *err)
{
    if (load_keys(self, err))
        return -1;
    int64_t start = steady_ns();
    for (size_t i = 0; i < self->setup->count; i++) {
        if (connect_one(self, &self->list[i], members_find(self->members, self->setup->broker),
                        err))
            return -1;
        self->polls[i] = (zmq_pollitem_t){.socket = self->list[i].socket, .events = ZMQ_POLLIN};
    }
    if (serve_until(self, &self->ready, err))
        return -1;
    self->result->connect_s = seconds_since(start);
    start = steady_ns();
    for (size_t i = 0; i < self->setup->count; i++)
        if (pull(self, &self->list[i], 0, err))
            return -1;
    if (serve_until(self, &self->done, err))
        return -1;
    self->result->seconds = seconds_since(start);
    return 0;
}

int subscribers_run(const subscribers_setup_t *setup, subscribers_result_t *result, err_t *err)
{
    *result = (subscribers_result_t){0};
    crowd_t self = {.setup = setup,
                    .context = zmq_ctx_new(),
                    .list = calloc(setup->count, sizeof *self.list),
                    .polls = calloc(setup->count, sizeof *self.polls),
                    .decoder = wire_decoder_new(),
                    .batch = malloc(sizeof *self.batch),
                    .result = result};
    assert(self.context && self.list && self.polls && self.batch);
    text_init(&self.frame, WIRE_MAX_SIZE);
    int rc = run(&self, err);
    for (size_t i = 0; i < setup->count; i++)
        if (self.list[i].socket)
            zmq_close(self.list[i].socket);
    zmq_ctx_term(self.context);
    members_destroy(&self.members);
    secret_wipe(&self.secret);
    wire_decoder_destroy(&self.decoder);
    text_free(&self.frame);
    free(self.batch);
    free(self.polls);
    free(self.list);
    return rc;
}
