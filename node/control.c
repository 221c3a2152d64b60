#include "node/control.h"

#include "schemas/body.h"
#include "schemas/pack.h"
#include "schemas/shape.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#define PROTOCOL 1
#define ANSWER_MAX (4 * CONTROL_FRAME_MAX)
#define MAX_DEPTH 3
#define MAX_VALUES (12 + 6 * CONTROL_CHUNK_CHANGES)

#define CONNECT_MS 2000
#define COMMAND_MS 10000
#define CHANGE_MS 120000

static const char NOBODY[] = "Le nœud ne répond pas : lancez « maillage-node FICHIER.yaml », puis "
                             "recommencez.";

/* --- the codec --- */

static void begin(msgpack_packer *packer, text_t *out, size_t members)
{
    pack_into_text(packer, out);
    msgpack_pack_array(packer, members);
    msgpack_pack_int(packer, PROTOCOL);
}

static void pack_bool(msgpack_packer *packer, bool value)
{
    if (value)
        msgpack_pack_true(packer);
    else
        msgpack_pack_false(packer);
}

static void pack_change(msgpack_packer *packer, const change_t *change)
{
    msgpack_pack_array(packer, 5);
    msgpack_pack_int(packer, change->op);
    pack_string(packer, change->kind);
    pack_string(packer, change->id);
    msgpack_pack_uint32(packer, change->sv);
    if (change->op == ITEM_PUT)
        pack_bin(packer, change->body, change->body_size);
    else
        msgpack_pack_nil(packer);
}

static void pack_provenance(msgpack_packer *packer, const provenance_t *provenance)
{
    msgpack_pack_array(packer, 2);
    pack_string(packer, provenance->source);
    msgpack_pack_str(packer, provenance->note_size);
    msgpack_pack_str_body(packer, provenance->note, provenance->note_size);
}

/* provenance NULL: no import, or not its last chunk. */
static void pack_chunk(text_t *out, const change_t *changes, size_t count, bool more, bool dry_run,
                       const provenance_t *provenance)
{
    assert(count <= CONTROL_CHUNK_CHANGES);
    msgpack_packer packer;
    begin(&packer, out, provenance ? 6 : 5);
    pack_string(&packer, "change");
    pack_bool(&packer, more);
    pack_bool(&packer, dry_run);
    msgpack_pack_array(&packer, count);
    for (size_t i = 0; i < count; i++)
        pack_change(&packer, &changes[i]);
    if (provenance)
        pack_provenance(&packer, provenance);
    assert(!out->overflow && out->size <= CONTROL_FRAME_MAX);
}

void request_change(text_t *out, const change_t *changes, size_t count, bool more, bool dry_run)
{
    pack_chunk(out, changes, count, more, dry_run, NULL);
}

void request_import(text_t *out, const provenance_t *provenance, const change_t *changes,
                    size_t count, bool dry_run)
{
    pack_chunk(out, changes, count, false, dry_run, provenance);
}

void request_undo(text_t *out, int64_t number, bool force, bool dry_run)
{
    msgpack_packer packer;
    begin(&packer, out, 5);
    pack_string(&packer, "undo");
    msgpack_pack_int64(&packer, number);
    pack_bool(&packer, force);
    pack_bool(&packer, dry_run);
    assert(!out->overflow);
}

void request_command(text_t *out, const char *name)
{
    msgpack_packer packer;
    begin(&packer, out, 3);
    pack_string(&packer, "command");
    pack_string(&packer, name);
    assert(!out->overflow);
}

static int refuse(const char *what, err_t *err)
{
    return err_set(err, ERR_REJECT, "Demande illisible : %s.", what);
}

static bool is_text(const msgpack_object *object, const char *text)
{
    return object->type == MSGPACK_OBJECT_STR && object->via.str.size == strlen(text)
           && memcmp(object->via.str.ptr, text, object->via.str.size) == 0;
}

/* The members of a frame that has passed the shape check: an array that begins with our version
 * number, or NULL. They live as long as *unpacked. */
static const msgpack_object *open_frame(msgpack_unpacked *unpacked, const void *frame, size_t size,
                                        size_t *count)
{
    uint64_t version;
    if (!pack_unpack(unpacked, frame, size, NULL) || unpacked->data.type != MSGPACK_OBJECT_ARRAY
        || unpacked->data.via.array.size < 2)
        return NULL;
    const msgpack_object *members = unpacked->data.via.array.ptr;
    *count = unpacked->data.via.array.size;
    return pack_read_u64(&members[0], &version) && version == PROTOCOL ? members : NULL;
}

static bool read_body(change_t *change, const msgpack_object *body)
{
    if (change->op == ITEM_DELETE)
        return body->type == MSGPACK_OBJECT_NIL;
    if (body->type != MSGPACK_OBJECT_BIN || body->via.bin.size == 0
        || body->via.bin.size > BODY_MAX_SIZE)
        return false;
    change->body = (const uint8_t *)body->via.bin.ptr;
    change->body_size = body->via.bin.size;
    return true;
}

static bool read_change(change_t *change, const msgpack_object *object)
{
    uint64_t op, sv;
    if (object->type != MSGPACK_OBJECT_ARRAY || object->via.array.size != 5)
        return false;
    const msgpack_object *members = object->via.array.ptr;
    if (!pack_read_u64(&members[0], &op) || (op != ITEM_PUT && op != ITEM_DELETE)
        || !pack_read_name(&members[1], change->kind) || !pack_read_id(&members[2], change->id)
        || !pack_read_u64(&members[3], &sv) || sv > UINT32_MAX)
        return false;
    change->op = (item_op_t)op;
    change->sv = (uint32_t)sv;
    return read_body(change, &members[4]);
}

static bool read_bool(const msgpack_object *object, bool *value)
{
    *value = object->type == MSGPACK_OBJECT_BOOLEAN && object->via.boolean;
    return object->type == MSGPACK_OBJECT_BOOLEAN;
}

static bool read_provenance(provenance_t *provenance, const msgpack_object *object)
{
    if (object->type != MSGPACK_OBJECT_ARRAY || object->via.array.size != 2)
        return false;
    const msgpack_object *source = &object->via.array.ptr[0], *note = &object->via.array.ptr[1];
    if (source->type != MSGPACK_OBJECT_STR || source->via.str.size == 0
        || source->via.str.size >= sizeof provenance->source
        || memchr(source->via.str.ptr, 0, source->via.str.size) || note->type != MSGPACK_OBJECT_STR
        || note->via.str.size > CONTROL_NOTE_MAX)
        return false;
    memcpy(provenance->source, source->via.str.ptr, source->via.str.size);
    provenance->source[source->via.str.size] = 0;
    provenance->note = note->via.str.ptr;
    provenance->note_size = note->via.str.size;
    return true;
}

static bool read_chunk(request_t *request, const msgpack_object *members, size_t count)
{
    if ((count != 5 && count != 6) || !read_bool(&members[2], &request->more)
        || !read_bool(&members[3], &request->dry_run) || members[4].type != MSGPACK_OBJECT_ARRAY
        || members[4].via.array.size > CONTROL_CHUNK_CHANGES)
        return false;
    return count == 5 || (!request->more && read_provenance(&request->provenance, &members[5]));
}

static int read_change_request(request_t *request, const msgpack_object *members, size_t count,
                               err_t *err)
{
    request->type = REQUEST_CHANGE;
    if (!read_chunk(request, members, count))
        return refuse("une liste de changements était attendue", err);
    request->count = members[4].via.array.size;
    request->changes = calloc(request->count + 1, sizeof *request->changes);
    assert(request->changes);
    for (size_t i = 0; i < request->count; i++)
        if (!read_change(&request->changes[i], &members[4].via.array.ptr[i])) {
            request_free(request);
            return refuse("un changement n'a pas la forme voulue", err);
        }
    return 0;
}

static int read_undo(request_t *request, const msgpack_object *members, size_t count, err_t *err)
{
    uint64_t number = 0;
    request->type = REQUEST_UNDO;
    if (count != 5 || !pack_read_u64(&members[2], &number) || number > INT64_MAX
        || !read_bool(&members[3], &request->force) || !read_bool(&members[4], &request->dry_run))
        return refuse("le numéro d'un import était attendu", err);
    request->number = (int64_t)number;
    return 0;
}

static int read_command(request_t *request, const msgpack_object *members, size_t count, err_t *err)
{
    request->type = REQUEST_COMMAND;
    char name[NAME_SIZE];
    if (count != 3 || !pack_read_name(&members[2], name) || strlen(name) >= sizeof request->command)
        return refuse("un nom de commande était attendu", err);
    memcpy(request->command, name, strlen(name) + 1);
    return 0;
}

int request_decode(request_t *request, const void *frame, size_t size, err_t *err)
{
    *request = (request_t){0};
    if (size > CONTROL_FRAME_MAX)
        return refuse("elle est trop longue", err);
    if (shape_check(frame, size, MAX_DEPTH, MAX_VALUES, err))
        return err_context(err, "Demande illisible : ");
    msgpack_unpacked unpacked;
    msgpack_unpacked_init(&unpacked);
    size_t count = 0;
    const msgpack_object *members = open_frame(&unpacked, frame, size, &count);
    int rc;
    if (members && is_text(&members[1], "change"))
        rc = read_change_request(request, members, count, err);
    else if (members && is_text(&members[1], "undo"))
        rc = read_undo(request, members, count, err);
    else if (members && is_text(&members[1], "command"))
        rc = read_command(request, members, count, err);
    else
        rc = refuse("ni changement, ni commande", err);
    msgpack_unpacked_destroy(&unpacked);
    return rc;
}

void request_free(request_t *request)
{
    free(request->changes);
    *request = (request_t){0};
}

void answer_encode(text_t *out, const err_t *err, const char *outcomes, size_t count,
                   const char *json)
{
    msgpack_packer packer;
    begin(&packer, out, 5);
    msgpack_pack_int(&packer, err->action);
    pack_string(&packer, err->action == ERR_NONE ? "" : err->text);
    pack_bin(&packer, outcomes, count);
    pack_string(&packer, json);
}

int answer_decode(answer_t *answer, const void *frame, size_t size, err_t *err)
{
    *answer = (answer_t){0};
    msgpack_unpacked unpacked;
    msgpack_unpacked_init(&unpacked);
    size_t count = 0;
    const msgpack_object *members = NULL;
    if (size <= ANSWER_MAX && shape_check(frame, size, 1, 8, NULL) == 0)
        members = open_frame(&unpacked, frame, size, &count);
    uint64_t action;
    bool good = members && count == 5 && pack_read_u64(&members[1], &action) && action <= ERR_STOP
                && members[2].type == MSGPACK_OBJECT_STR && members[3].type == MSGPACK_OBJECT_BIN
                && members[4].type == MSGPACK_OBJECT_STR;
    if (good) {
        if (action != ERR_NONE)
            err_set(&answer->err, (err_action_t)action, "%.*s", (int)members[2].via.str.size,
                    members[2].via.str.ptr);
        answer->outcomes = members[3].via.bin.ptr;
        answer->count = members[3].via.bin.size;
        answer->json = members[4].via.str.ptr;
        answer->json_size = members[4].via.str.size;
    }
    msgpack_unpacked_destroy(&unpacked);
    return good ? 0
                : err_set(err, ERR_STOP,
                          "Le nœud a répondu quelque chose d'illisible : le nœud "
                          "et cette commande sont-ils de la même version ?");
}

/* --- the asking side --- */

struct control {
    void *context;
    void *socket; /* a DEALER; made anew after a time limit, so that no late answer is mistaken */
    void *
        losses; /* a message for each connection that ended: the socket makes another one without a word */
    char endpoint[128];
};

static int failed(const char *doing, err_t *err)
{
    return err_set(err, ERR_STOP, "cannot %s: %s", doing, zmq_strerror(zmq_errno()));
}

/* Watching ends first: libzmq forgets what it was just going to say to a socket that is closed. */
static void close_sockets(control_t *self)
{
    if (self->socket) {
        zmq_socket_monitor(self->socket, NULL, 0);
        zmq_close(self->socket);
    }
    if (self->losses)
        zmq_close(self->losses);
    self->losses = self->socket = NULL;
}

/* IMMEDIATE: the socket can be written to only while the node is really there. */
static int open_socket(control_t *self, err_t *err)
{
    char losses[40];
    close_sockets(self);
    self->socket = zmq_socket(self->context, ZMQ_DEALER);
    self->losses = zmq_socket(self->context, ZMQ_PAIR);
    if (!self->socket || !self->losses)
        return failed("make a socket", err);
    snprintf(losses, sizeof losses, "inproc://losses-%p", self->socket);
    if (zmq_socket_monitor(self->socket, losses, ZMQ_EVENT_DISCONNECTED)
        || zmq_connect(self->losses, losses))
        return failed("watch a socket", err);
    const int none = 0, yes = 1;
    const int64_t max_size = ANSWER_MAX;
    zmq_setsockopt(self->socket, ZMQ_LINGER, &none, sizeof none);
    zmq_setsockopt(self->socket, ZMQ_IMMEDIATE, &yes, sizeof yes);
    zmq_setsockopt(self->socket, ZMQ_MAXMSGSIZE, &max_size, sizeof max_size);
    if (zmq_connect(self->socket, self->endpoint))
        return failed("connect to the node", err);
    return 0;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits until the socket can be written to, which is when the node is there. */
static bool wait_for_node(control_t *self, long limit_ms)
{
    zmq_pollitem_t item = {.socket = self->socket, .events = ZMQ_POLLOUT};
    int64_t end = now_ms() + limit_ms;
    for (int64_t left = limit_ms; left > 0; left = end - now_ms())
        if (zmq_poll(&item, 1, left) == 1)
            return true;
    return false;
}

static void forget_losses(control_t *self)
{
    char any;
    while (zmq_recv(self->losses, &any, sizeof any, ZMQ_DONTWAIT) >= 0)
        ;
}

/* 1: an answer is there; 0: the time is over; -1: the node that was asked has gone, though another one may be
 * there already. */
static int wait_for_answer(control_t *self, long limit_ms)
{
    zmq_pollitem_t items[] = {{.socket = self->socket, .events = ZMQ_POLLIN},
                              {.socket = self->losses, .events = ZMQ_POLLIN}};
    int64_t end = now_ms() + limit_ms;
    for (int64_t left = limit_ms; left > 0; left = end - now_ms()) {
        zmq_poll(items, 2, left);
        if (items[0].revents)
            return 1;
        if (items[1].revents)
            return zmq_poll(items, 1, 0) == 1 ? 1 : -1;
    }
    return 0;
}

static int check_path(const char *path, err_t *err)
{
    if (access(path, R_OK | W_OK) == 0)
        return 0;
    if (errno == EACCES)
        return err_set(
            err, ERR_REJECT,
            "Vous n'avez pas le droit de commander ce nœud : « %s » appartient à un autre "
            "utilisateur. Recommencez sous le compte qui a lancé le nœud.",
            path);
    return err_set(err, ERR_RETRY, "%s", NOBODY);
}

control_t *control_connect(const char *store_folder, err_t *err)
{
    control_t *self = calloc(1, sizeof *self);
    assert(self);
    int size =
        snprintf(self->endpoint, sizeof self->endpoint, "ipc://%s/control.sock", store_folder);
    if (size >= (int)sizeof self->endpoint) {
        err_set(err, ERR_REJECT, "Le chemin du dossier « %s » est trop long.", store_folder);
        goto failed;
    }
    if (check_path(self->endpoint + strlen("ipc://"), err))
        goto failed;
    self->context = zmq_ctx_new();
    if (!self->context) {
        failed("start zmq", err);
        goto failed;
    }
    if (open_socket(self, err))
        goto failed;
    if (wait_for_node(self, CONNECT_MS))
        return self;
    err_set(err, ERR_RETRY, "%s", NOBODY);
failed:
    control_destroy(&self);
    return NULL;
}

void control_destroy(control_t **self_p)
{
    control_t *self = *self_p;
    if (!self)
        return;
    close_sockets(self);
    if (self->context)
        zmq_ctx_term(self->context);
    free(self);
    *self_p = NULL;
}

/* Sends a request and gives the frame of its answer, which the caller closes. */
static int ask(control_t *self, const text_t *request, long limit_ms, zmq_msg_t *frame, err_t *err)
{
    bool there = wait_for_node(self, CONNECT_MS);
    forget_losses(self);
    if (!there || zmq_send(self->socket, request->data, request->size, ZMQ_DONTWAIT) < 0)
        return err_set(err, ERR_RETRY, "%s", NOBODY);
    int answered = wait_for_answer(self, limit_ms);
    if (answered == 1) {
        zmq_msg_init(frame);
        if (zmq_msg_recv(frame, self->socket, ZMQ_DONTWAIT) >= 0)
            return 0;
        zmq_msg_close(frame);
        return failed("receive an answer", err);
    }
    if (open_socket(self, err))
        return -1;
    return err_set(err, ERR_RETRY,
                   answered == 0
                       ? "Le nœud n'a pas répondu en %ld s : regardez son journal, puis "
                         "recommencez ; refaire la même demande est sans danger."
                       : "Le nœud s'est arrêté avant de répondre (limite : %ld s) : relancez-le, "
                         "puis recommencez ; refaire la même demande est sans danger.",
                   limit_ms / 1000);
}

/* The answer to a request, of which *frame holds the bytes (to close) when this returns 0. */
static int ask_for(control_t *self, const text_t *request, long limit_ms, zmq_msg_t *frame,
                   answer_t *answer, err_t *err)
{
    if (ask(self, request, limit_ms, frame, err))
        return -1;
    if (answer_decode(answer, zmq_msg_data(frame), zmq_msg_size(frame), err) == 0) {
        if (answer->err.action == ERR_NONE)
            return 0;
        err_set(err, answer->err.action, "%s", answer->err.text);
    }
    zmq_msg_close(frame);
    return -1;
}

/* How many of the changes go into the next chunk: at least one. */
static size_t chunk_of(const change_t *changes, size_t count)
{
    size_t bytes = 0, n = 0;
    while (n < count && n < CONTROL_CHUNK_CHANGES && bytes < CONTROL_CHUNK_SIZE)
        bytes += changes[n++].body_size + ID_SIZE + NAME_SIZE;
    return n;
}

static int send_chunk(control_t *self, const provenance_t *provenance, const change_t *changes,
                      size_t count, bool more, bool dry_run, char *outcomes, size_t all, err_t *err)
{
    text_t request;
    text_init(&request, CONTROL_FRAME_MAX);
    pack_chunk(&request, changes, count, more, dry_run, more ? NULL : provenance);
    zmq_msg_t frame;
    answer_t answer;
    int rc = ask_for(self, &request, CHANGE_MS, &frame, &answer, err);
    text_free(&request);
    if (rc)
        return -1;
    if (!more && answer.count == all)
        memcpy(outcomes, answer.outcomes, all);
    else if (!more)
        rc = err_set(err, ERR_STOP, "Le nœud a répondu pour %zu changements sur %zu.", answer.count,
                     all);
    zmq_msg_close(&frame);
    return rc;
}

int control_change(control_t *self, const change_t *changes, size_t count, bool dry_run,
                   char *outcomes, void (*progress)(void *context, size_t sent), void *context,
                   err_t *err)
{
    return control_import(self, NULL, changes, count, dry_run, outcomes, progress, context, err);
}

int control_import(control_t *self, const provenance_t *provenance, const change_t *changes,
                   size_t count, bool dry_run, char *outcomes,
                   void (*progress)(void *context, size_t sent), void *context, err_t *err)
{
    if (count == 0)
        return 0;
    if (count > CONTROL_CHANGES_MAX)
        return err_set(err, ERR_REJECT, "%zu changements en une fois : %d au plus.", count,
                       CONTROL_CHANGES_MAX);
    for (size_t sent = 0; sent < count;) {
        size_t n = chunk_of(changes + sent, count - sent);
        if (progress)
            progress(context, sent + n);
        if (send_chunk(self, provenance, changes + sent, n, sent + n < count, dry_run, outcomes,
                       count, err))
            return -1;
        sent += n;
    }
    return 0;
}

/* Asks for an answer in JSON, and frees the request. */
static int ask_json(control_t *self, text_t *request, long limit_ms, json_t **json, err_t *err)
{
    zmq_msg_t frame;
    answer_t answer;
    int rc = ask_for(self, request, limit_ms, &frame, &answer, err);
    text_free(request);
    if (rc)
        return -1;
    if (json) {
        *json = answer.json_size ? json_loadb(answer.json, answer.json_size, 0, NULL) : NULL;
        if (answer.json_size && !*json)
            rc = err_set(err, ERR_STOP, "Le nœud a répondu un JSON illisible.");
    }
    zmq_msg_close(&frame);
    return rc;
}

int control_command(control_t *self, const char *name, json_t **json, err_t *err)
{
    text_t request;
    text_init(&request, CONTROL_FRAME_MAX);
    request_command(&request, name);
    bool slow = strcmp(name, "clean") == 0;
    return ask_json(self, &request, slow ? CHANGE_MS : COMMAND_MS, json, err);
}

int control_undo(control_t *self, int64_t number, bool force, bool dry_run, json_t **answer,
                 err_t *err)
{
    text_t request;
    text_init(&request, CONTROL_FRAME_MAX);
    request_undo(&request, number, force, dry_run);
    return ask_json(self, &request, CHANGE_MS, answer, err);
}
