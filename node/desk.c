/* A client is there only while it has something with us: from the first chunk of a set to the answer to
 * its last. The frames of a set are kept as they came, because the changes borrow their bodies. */
#include "node/desk.h"

#include "broker/base/fault.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ANSWER_MAX (4 * CONTROL_FRAME_MAX)
#define ROUTE_MAX 255
#define CLIENTS_MAX 16    /* in the middle of a set; they share the operator's account */
#define BURST 16          /* requests in a row before the loop looks elsewhere */
#define WAITING_MS 110000 /* a little less than a client waits for its answer */

typedef struct client {
    uint8_t route[ROUTE_MAX];
    size_t route_size;
    zmq_msg_t **frames; /* each where it was received: small ones live inside their zmq_msg_t */
    size_t frame_count;
    change_t *changes;
    size_t count, bytes;
    bool complete, dry_run;  /* complete: waits until it may be applied */
    bool undo, force;        /* it is no set: an import is to be taken back */
    int64_t number;          /* of that import */
    provenance_t provenance; /* its note is in the last frame; source "": no import */
    int64_t heard_ms;
} client_t;

struct desk {
    zsock_t *socket;
    desk_handler_t handler;
    client_t *clients[CLIENTS_MAX];
    size_t client_count;
};

/* ---- clients ---- */

static void free_frame(zmq_msg_t **frame_p)
{
    if (!*frame_p)
        return;
    zmq_msg_close(*frame_p);
    free(*frame_p);
    *frame_p = NULL;
}

static void forget(desk_t *self, client_t *client)
{
    for (size_t i = 0; i < client->frame_count; i++)
        free_frame(&client->frames[i]);
    for (size_t i = 0; i < self->client_count; i++)
        if (self->clients[i] == client)
            self->clients[i] = self->clients[--self->client_count];
    free(client->frames);
    free(client->changes);
    free(client);
}

static client_t *find_client(const desk_t *self, const void *route, size_t size)
{
    for (size_t i = 0; i < self->client_count; i++)
        if (self->clients[i]->route_size == size && !memcmp(self->clients[i]->route, route, size))
            return self->clients[i];
    return NULL;
}

static client_t *open_client(desk_t *self, zmq_msg_t *id)
{
    client_t *client = find_client(self, zmq_msg_data(id), zmq_msg_size(id));
    if (client || self->client_count == CLIENTS_MAX)
        return client;
    client = calloc(1, sizeof *client);
    assert(client && zmq_msg_size(id) <= sizeof client->route);
    client->route_size = zmq_msg_size(id);
    memcpy(client->route, zmq_msg_data(id), client->route_size);
    self->clients[self->client_count++] = client;
    return client;
}

/* ---- answers ---- */

static void answer(desk_t *self, const void *route, size_t route_size, const err_t *err,
                   const char *outcomes, size_t count, const char *json)
{
    static const err_t DONE = {.action = ERR_NONE};
    void *socket = zsock_resolve(self->socket);
    text_t text;
    text_init(&text, ANSWER_MAX);
    answer_encode(&text, err ? err : &DONE, outcomes, count, json);
    FAULT("desk.answer");
    if (zmq_send(socket, route, route_size, ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0)
        zmq_send(socket, text.data, text.size, ZMQ_DONTWAIT);
    text_free(&text); /* a client that did not wait asks again, which is harmless */
}

static void answer_client(desk_t *self, client_t *client, const err_t *err, const char *outcomes,
                          const char *json)
{
    answer(self, client->route, client->route_size, err, err ? "" : outcomes,
           err ? 0 : client->count, err ? "" : json);
    forget(self, client);
}

/* ---- changes, and an undo, which is one more way to make them ---- */

static void apply_undo(desk_t *self, client_t *client, const moment_t *now)
{
    const desk_handler_t *handler = &self->handler;
    err_t err;
    char *json = NULL;
    int rc = handler->undo(handler->context, client->number, client->force, client->dry_run, now,
                           &json, &err);
    answer_client(self, client, rc ? &err : NULL, "", json);
    free(json);
}

static void apply_set(desk_t *self, client_t *client, const moment_t *now)
{
    const desk_handler_t *handler = &self->handler;
    err_t err;
    char *outcomes = malloc(client->count + 1);
    assert(outcomes);
    const provenance_t *provenance = *client->provenance.source ? &client->provenance : NULL;
    int rc = handler->change(handler->context, provenance, client->changes, client->count,
                             client->dry_run, outcomes, now, &err);
    answer_client(self, client, rc ? &err : NULL, outcomes, "");
    free(outcomes);
}

/* Applies a complete set and answers, unless it has to wait. */
static void try_set(desk_t *self, client_t *client, const moment_t *now)
{
    const desk_handler_t *handler = &self->handler;
    err_t err;
    if (!client->dry_run && handler->may_change(handler->context, now, &err)) {
        bool waits = err.action == ERR_RETRY && now->steady_ms - client->heard_ms < WAITING_MS;
        if (!waits)
            answer_client(self, client, &err, NULL, NULL);
    } else if (client->undo)
        apply_undo(self, client, now);
    else
        apply_set(self, client, now);
}

static int check_chunk(const desk_t *self, const client_t *client, const request_t *request,
                       size_t size, err_t *err)
{
    if (client->complete || (request->type == REQUEST_UNDO && client->frame_count))
        return err_set(err, ERR_REJECT, "La demande précédente n'est pas finie.");
    if (client->count + request->count > CONTROL_CHANGES_MAX
        || client->bytes + size > CONTROL_BYTES_MAX)
        return err_set(err, ERR_REJECT,
                       "Trop de changements en une fois : %d au plus, et %d Mio au plus.",
                       CONTROL_CHANGES_MAX, CONTROL_BYTES_MAX >> 20);
    return self->handler.check(self->handler.context, request->changes, request->count, err);
}

/* Adds a chunk to its client's set, and takes the frame its bodies are in. */
static void keep_chunk(client_t *client, const request_t *request, zmq_msg_t **frame_p)
{
    client->changes =
        realloc(client->changes, (client->count + request->count + 1) * sizeof *client->changes);
    client->frames = realloc(client->frames, (client->frame_count + 1) * sizeof *client->frames);
    assert(client->changes && client->frames);
    if (request->count)
        memcpy(client->changes + client->count, request->changes,
               request->count * sizeof *client->changes);
    client->count += request->count;
    client->bytes += zmq_msg_size(*frame_p);
    client->frames[client->frame_count++] = *frame_p;
    *frame_p = NULL;
}

static void take_chunk(desk_t *self, zmq_msg_t *id, const request_t *request, zmq_msg_t **frame_p,
                       const moment_t *now)
{
    err_t err;
    client_t *client = open_client(self, id);
    if (!client) {
        err_set(&err, ERR_RETRY, "Trop de demandes à la fois : réessayez dans un instant.");
        answer(self, zmq_msg_data(id), zmq_msg_size(id), &err, "", 0, "");
        return;
    }
    if (check_chunk(self, client, request, zmq_msg_size(*frame_p), &err)) {
        answer_client(self, client, &err, NULL, NULL);
        return;
    }
    keep_chunk(client, request, frame_p);
    client->heard_ms = now->steady_ms;
    client->dry_run = request->dry_run;
    client->provenance = request->provenance;
    client->undo = request->type == REQUEST_UNDO;
    client->number = request->number;
    client->force = request->force;
    client->complete = !request->more;
    if (client->complete)
        try_set(self, client, now);
    else
        answer(self, client->route, client->route_size, NULL, "", 0, "");
}

/* ---- requests ---- */

static void carry_out(desk_t *self, zmq_msg_t *id, const request_t *request, const moment_t *now)
{
    err_t err;
    char *json = NULL;
    int rc = self->handler.command(self->handler.context, request->command, now, &json, &err);
    answer(self, zmq_msg_data(id), zmq_msg_size(id), rc ? &err : NULL, "", 0, json ? json : "");
    free(json);
}

static void handle(desk_t *self, zmq_msg_t *id, zmq_msg_t **frame_p, const moment_t *now)
{
    request_t request;
    err_t err;
    if (request_decode(&request, zmq_msg_data(*frame_p), zmq_msg_size(*frame_p), &err)) {
        answer(self, zmq_msg_data(id), zmq_msg_size(id), &err, "", 0, "");
        return;
    }
    if (request.type == REQUEST_COMMAND)
        carry_out(self, id, &request, now);
    else
        take_chunk(self, id, &request, frame_p, now);
    request_free(&request);
}

/* Reads one request; false when there is none. What has more than one frame is none of ours. */
static bool receive(desk_t *self, const moment_t *now)
{
    void *socket = zsock_resolve(self->socket);
    zmq_msg_t id, *frame = malloc(sizeof *frame);
    assert(frame);
    zmq_msg_init(&id);
    zmq_msg_init(frame);
    bool received = zmq_msg_recv(&id, socket, ZMQ_DONTWAIT) >= 0;
    size_t frames = 0;
    for (bool more = received && zmq_msg_more(&id); more; frames++)
        more = zmq_msg_recv(frame, socket, ZMQ_DONTWAIT) >= 0 && zmq_msg_more(frame);
    if (frames == 1)
        handle(self, &id, &frame, now);
    free_frame(&frame);
    zmq_msg_close(&id);
    return received;
}

void desk_serve(desk_t *self, const moment_t *now)
{
    for (int i = 0; i < BURST; i++)
        if (!receive(self, now))
            return;
}

void desk_tick(desk_t *self, const moment_t *now)
{
    for (size_t i = self->client_count; i-- > 0;) {
        client_t *client = self->clients[i];
        if (client->complete)
            try_set(self, client, now);
        else if (now->steady_ms - client->heard_ms >= CONTROL_SILENCE_MS)
            forget(self, client);
    }
}

/* ---- birth ---- */

desk_t *desk_new(const char *folder, const desk_handler_t *handler, err_t *err)
{
    desk_t *self = calloc(1, sizeof *self);
    assert(self);
    self->handler = *handler;
    self->socket = zsock_new(ZMQ_ROUTER);
    assert(self->socket);
    zsock_set_linger(self->socket, 0);
    zsock_set_router_mandatory(self->socket, 1);
    zsock_set_maxmsgsize(self->socket, CONTROL_FRAME_MAX);
    mode_t mask = umask(0177);
    int rc = zsock_bind(self->socket, "ipc://%s/control.sock", folder);
    int error = errno;
    umask(mask);
    if (rc < 0) {
        err_set(err, ERR_STOP, "cannot bind %s/control.sock: %s", folder, zmq_strerror(error));
        desk_destroy(&self);
    }
    return self;
}

void desk_destroy(desk_t **self_p)
{
    desk_t *self = *self_p;
    if (!self)
        return;
    while (self->client_count)
        forget(self, self->clients[0]);
    zsock_destroy(&self->socket);
    free(self);
    *self_p = NULL;
}

zsock_t *desk_socket(desk_t *self)
{
    return self->socket;
}
