/* https://rfc.zeromq.org/spec/27: [version, request id, domain, address, routing id, mechanism, key] is
 * answered by [version, request id, status, text, user id, metadata]. */
#include "broker/sync/zap.h"

#include "broker/base/fault.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ENDPOINT "inproc://zeromq.zap.01"
#define VERSION "1.0"
#define KEY_BYTES 32
#define KEY_TEXT 41 /* Z85 of 32 bytes, and its NUL */

struct zap {
    zsock_t *socket; /* REP: libzmq's question is answered before the next one is read */
    zap_judge_fn judge;
    void *context;
};

typedef struct question {
    char *version, *id, *domain, *address, *mechanism;
    zframe_t *key;
} question_t;

static const struct {
    const char *status, *text;
} ANSWERS[] = {
    [ZAP_ACCEPT] = {"200", "welcome"},
    [ZAP_REFUSE] = {"400", "this key is not a member's"},
    [ZAP_LATER] = {"300", "not now"},
};

zap_t *zap_new(zap_judge_fn judge, void *context, err_t *err)
{
    zap_t *self = calloc(1, sizeof *self);
    assert(self);
    self->judge = judge;
    self->context = context;
    self->socket = zsock_new(ZMQ_REP);
    assert(self->socket);
    if (zsock_bind(self->socket, "%s", ENDPOINT) < 0) {
        err_set(err, ERR_STOP, "cannot bind %s: %s", ENDPOINT, zmq_strerror(errno));
        zap_destroy(&self);
    }
    return self;
}

void zap_destroy(zap_t **self_p)
{
    if (!*self_p)
        return;
    zsock_destroy(&(*self_p)->socket);
    free(*self_p);
    *self_p = NULL;
}

zsock_t *zap_socket(zap_t *self)
{
    return self->socket;
}

static void read_question(question_t *question, zmsg_t *message)
{
    question->version = zmsg_popstr(message);
    question->id = zmsg_popstr(message);
    question->domain = zmsg_popstr(message);
    question->address = zmsg_popstr(message);
    free(zmsg_popstr(message)); /* the routing id, which the peer chose */
    question->mechanism = zmsg_popstr(message);
    question->key = zmsg_pop(message);
}

static void free_question(question_t *question)
{
    free(question->version);
    free(question->id);
    free(question->domain);
    free(question->address);
    free(question->mechanism);
    zframe_destroy(&question->key);
}

static bool understood(const question_t *question)
{
    return question->key && streq(question->version, VERSION) && streq(question->domain, ZAP_DOMAIN)
           && streq(question->mechanism, "CURVE") && zframe_size(question->key) == KEY_BYTES;
}

/* One property as ZMTP writes it: the length of the name, the name, 4 bytes of length, the value. */
static void add_property(zmsg_t *answer, const char *name, const char *value)
{
    uint8_t bytes[128];
    size_t name_size = strlen(name), size = strlen(value);
    assert(1 + name_size + 4 + size <= sizeof bytes);
    bytes[0] = (uint8_t)name_size;
    memcpy(bytes + 1, name, name_size);
    uint8_t *length = bytes + 1 + name_size;
    length[0] = length[1] = length[2] = 0;
    length[3] = (uint8_t)size;
    memcpy(length + 4, value, size);
    zmsg_addmem(answer, bytes, 1 + name_size + 4 + size);
}

static void answer(zap_t *self, const question_t *question)
{
    const char *member = "";
    char key[KEY_TEXT] = "";
    zap_verdict_t verdict = ZAP_REFUSE;
    if (understood(question)) {
        zmq_z85_encode(key, zframe_data(question->key), KEY_BYTES);
        verdict = self->judge(self->context, key, question->address, &member);
    }
    zmsg_t *message = zmsg_new();
    zmsg_addstr(message, VERSION);
    zmsg_addstr(message, question->id ? question->id : "");
    zmsg_addstr(message, ANSWERS[verdict].status);
    zmsg_addstr(message, ANSWERS[verdict].text);
    zmsg_addstr(message, verdict == ZAP_ACCEPT ? member : "");
    if (verdict == ZAP_ACCEPT)
        add_property(message, ZAP_KEY, key);
    else
        zmsg_addstr(message, "");
    zmsg_send(&message, self->socket);
    zmsg_destroy(&message);
}

void zap_serve(zap_t *self)
{
    if (FAILS("zap.serve")) { /* this question stays unanswered, and the next finds nobody */
        zmsg_t *question = zmsg_recv(self->socket);
        zmsg_destroy(&question);
        zsock_unbind(self->socket, "%s", ENDPOINT);
        return;
    }
    while (zsock_events(self->socket) & ZMQ_POLLIN) {
        zmsg_t *message = zmsg_recv(self->socket);
        if (!message)
            return;
        question_t question = {0};
        read_question(&question, message);
        zmsg_destroy(&message);
        answer(self, &question);
        free_question(&question);
    }
}
