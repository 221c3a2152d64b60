#include "tests/sim/world.h"

#include "tests/sim/check.h"
#include "tests/sim/liar.h"

#include <assert.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EPOCH_MS 1790000000000 /* where wall clocks start */
#define TICK_MS 500
#define PATROL_MS 4800000 /* about a bucket each eighth tick */
#define YEAR_MS (INT64_C(365) * 86400 * 1000)

const char *const world_kinds[KINDS] = {"event", "provider", "aid"};

/* ---- chance ---- */

uint64_t world_random(world_t *self, uint64_t below)
{
    uint64_t z = (self->random += 0x9e3779b97f4a7c15u); /* splitmix64 */
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return below ? z % below : z;
}

bool world_chance(world_t *self, unsigned per_mille)
{
    return world_random(self, 1000) < per_mille;
}

static uint64_t random_for_hub(void *context)
{
    return world_random(context, 0);
}

void world_trace(world_t *self, const char *format, ...)
{
    if (!self->trace)
        return;
    va_list arguments;
    va_start(arguments, format);
    printf("%9.3f  ", (double)self->now_ms / 1000);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
}

void world_fail(world_t *self, const char *format, ...)
{
    if (self->failure[0])
        return;
    va_list arguments;
    va_start(arguments, format);
    int size =
        snprintf(self->failure, sizeof self->failure, "at %.3f s: ", (double)self->now_ms / 1000);
    vsnprintf(self->failure + size, sizeof self->failure - (size_t)size, format, arguments);
    va_end(arguments);
    world_trace(self, "FAILURE %s", self->failure);
}

moment_t world_moment(const world_t *self, const machine_t *machine)
{
    return (moment_t){self->now_ms, EPOCH_MS + self->now_ms + machine->clock_ms};
}

int world_number(const world_t *self, const machine_t *machine)
{
    return (int)(machine - self->machines);
}

/* ---- what observers make of an item ---- */

/* Kept in the transaction that changes the items, as projections and counts are (I13). */
static int shadow_put(void *context, const stream_t *stream, const item_t *item, err_t *err)
{
    sqlite3_stmt *statement =
        disk_statement(((machine_t *)context)->disk,
                       "INSERT OR REPLACE INTO shadow(stream, id, seq, op) VALUES(?1, ?2, ?3, ?4)");
    sqlite3_bind_int64(statement, 1, stream->number);
    sqlite3_bind_text(statement, 2, item->id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 3, (sqlite3_int64)item->seq);
    sqlite3_bind_int(statement, 4, item->op);
    return database_run(statement, "shadow a record", err);
}

static int shadow_remove(void *context, const stream_t *stream, const char *id, err_t *err)
{
    sqlite3_stmt *statement = disk_statement(((machine_t *)context)->disk,
                                             "DELETE FROM shadow WHERE stream = ?1 AND id = ?2");
    sqlite3_bind_int64(statement, 1, stream->number);
    sqlite3_bind_text(statement, 2, id, -1, SQLITE_STATIC);
    return database_run(statement, "remove a shadow", err);
}

/* ---- machines ---- */

static const interest_t EVERYTHING = {"*", "*"};

/* What daemons do after each event: tell of changed streams, send what is to be sent. */
static void settle(world_t *self, machine_t *machine);
static void check_result(world_t *self, machine_t *machine, const machine_t *from, int result,
                         const err_t *err);

static const uint8_t *secret_of(const world_t *self, const machine_t *machine)
{
    return self->secrets[machine->name[strlen(machine->name) - 1] - '0'];
}

static void stop(machine_t *machine)
{
    patrol_destroy(&machine->patrol);
    source_destroy(&machine->source);
    publisher_destroy(&machine->publisher);
    sink_destroy(&machine->sink);
    streams_destroy(&machine->streams);
    outbox_destroy(&machine->outbox);
    machine->up = false;
}

static int start_publisher(world_t *self, machine_t *machine, err_t *err)
{
    moment_t now = world_moment(self, machine);
    publisher_setup_t setup = {.hub = machine->name,
                               .sign_secret = secret_of(self, machine),
                               .kinds = world_kinds,
                               .kind_count = self->setup.kinds,
                               .random = random_for_hub,
                               .random_context = self};
    machine->publisher = publisher_new(machine->streams, self->members, machine->outbox,
                                       &self->timers, &setup, &now, err);
    return machine->publisher ? 0 : -1;
}

static int start_machines(world_t *self, machine_t *machine, err_t *err)
{
    bool hub = machine->role == ROLE_HUB, broker = machine->role == ROLE_BROKER;
    observer_t observer = {shadow_put, shadow_remove, machine};
    machine->outbox = outbox_new();
    machine->streams = streams_new(disk_db(machine->disk), broker ? NULL : &observer, err);
    if (!machine->streams)
        return -1;
    sink_role_t role = {.owner_only = broker,
                        .self = hub ? machine->name : "",
                        .wants = &EVERYTHING,
                        .want_count = 1};
    machine->sink =
        sink_new(machine->streams, self->members, machine->outbox, &self->timers, &role);
    machine->patrol = patrol_new(machine->streams, PATROL_MS);
    if (broker)
        machine->source = source_new(machine->streams, machine->outbox, &self->timers, NULL, NULL);
    return hub ? start_publisher(self, machine, err) : 0;
}

void world_start(world_t *self, machine_t *machine)
{
    err_t err;
    assert(!machine->up && !machine->gone);
    disk_heal(machine->disk);
    if (start_machines(self, machine, &err)) {
        world_fail(self, "%s does not start: %s", machine->name, err.text);
        stop(machine);
        return;
    }
    machine->up = true;
    world_trace(self, "start %s (%d)", machine->name, world_number(self, machine));
    check_started(self, machine);
    settle(self, machine);
}

void world_crash(world_t *self, machine_t *machine)
{
    int number = world_number(self, machine);
    world_trace(self, "crash %s (%d)", machine->name, number);
    stop(machine);
    self->counts->crashes++;
    for (int i = 0; i < self->session_count; i++) {
        session_t *session = &self->sessions[i];
        if (session->node == number || session->broker == number)
            world_cut(self, session);
    }
}

void world_back_up(world_t *self, machine_t *machine)
{
    if (disk_is_cut(machine->disk))
        return;
    if (!machine->backup)
        machine->backup = disk_new();
    disk_copy(machine->backup, machine->disk);
    world_trace(self, "back up %s", machine->name);
}

static void lose_disk(world_t *self, machine_t *machine)
{
    assert(!machine->up);
    check_forget(machine);
    machine->losses++;
    machine->doubted = true;
    self->counts->restores++;
}

void world_restore(world_t *self, machine_t *machine)
{
    lose_disk(self, machine);
    disk_copy(machine->disk, machine->backup);
    world_trace(self, "restore %s from its backup", machine->name);
}

void world_wipe(world_t *self, machine_t *machine)
{
    lose_disk(self, machine);
    disk_wipe(machine->disk);
    world_trace(self, "wipe %s", machine->name);
}

static machine_t *add_machine(world_t *self, role_t role, const char *name)
{
    assert(self->machine_count < MACHINES_MAX);
    machine_t *machine = &self->machines[self->machine_count++];
    *machine = (machine_t){.role = role, .disk = disk_new()};
    snprintf(machine->name, sizeof machine->name, "%s", name);
    return machine;
}

machine_t *world_clone(world_t *self, machine_t *hub)
{
    if (self->machine_count == MACHINES_MAX || disk_is_cut(hub->disk))
        return NULL;
    machine_t *copy = add_machine(self, ROLE_HUB, hub->name);
    disk_copy(copy->disk, hub->disk);
    copy->clock_ms = hub->clock_ms;
    copy->doubted = hub->doubted = true;
    self->counts->copies++;
    world_trace(self, "copy %s as (%d)", hub->name, world_number(self, copy));
    return copy;
}

void world_unfence(world_t *self, machine_t *hub)
{
    moment_t now = world_moment(self, hub);
    err_t err;
    world_trace(self, "unfence %s (%d)", hub->name, world_number(self, hub));
    check_result(self, hub, NULL, publisher_unfence(hub->publisher, &now, &err), &err);
    settle(self, hub);
}

/* ---- connections ---- */

session_t *world_session_by_id(world_t *self, peer_t id)
{
    for (int i = 0; i < self->session_count; i++)
        if (self->sessions[i].id == id)
            return &self->sessions[i];
    return NULL;
}

session_t *world_session(world_t *self, int node, int broker)
{
    for (int i = 0; i < self->session_count; i++) {
        session_t *session = &self->sessions[i];
        if (session->node == node && session->broker == broker && session->node_open
            && session->broker_open)
            return session;
    }
    return NULL;
}

machine_t *world_other_end(world_t *self, peer_t id, bool broker)
{
    session_t *session = world_session_by_id(self, id);
    return session ? &self->machines[broker ? session->broker : session->node] : NULL;
}

static session_t *free_session(world_t *self)
{
    for (int i = 0; i < self->session_count; i++)
        if (!self->sessions[i].node_open && !self->sessions[i].broker_open)
            return &self->sessions[i];
    return self->session_count < SESSIONS_MAX ? &self->sessions[self->session_count++] : NULL;
}

/* What a daemon makes of a failure; `from` is the machine whose message it was, or NULL. */
static void check_result(world_t *self, machine_t *machine, const machine_t *from, int result,
                         const err_t *err)
{
    if (!result)
        return;
    if (err->action == ERR_REJECT && (!from || !from->lied))
        world_fail(self, "%s took an honest message for a bad one: %s", machine->name, err->text);
    if (err->action == ERR_STOP && !disk_is_cut(machine->disk))
        world_fail(self, "%s stopped: %s", machine->name, err->text);
}

void world_connect(world_t *self, int node, int broker)
{
    machine_t *a = &self->machines[node], *b = &self->machines[broker];
    session_t *session = free_session(self);
    if (!a->up || !b->up || !session || world_session(self, node, broker))
        return;
    *session = (session_t){.id = ++self->last_session,
                           .node = node,
                           .broker = broker,
                           .node_open = true,
                           .broker_open = true};
    world_trace(self, "connect %s (%d) to %s as %u", a->name, node, b->name, session->id);
    moment_t now = world_moment(self, a), then = world_moment(self, b);
    err_t err;
    sink_peer_up(b->sink, session->id, a->name, &then);
    source_peer_up(b->source, session->id, members_find(self->members, a->name), &EVERYTHING, 1,
                   &then);
    settle(self, b);
    sink_peer_up(a->sink, session->id, b->name, &now);
    if (a->publisher)
        check_result(self, a, NULL,
                     publisher_peer_up(a->publisher, session->id,
                                       members_find(self->members, b->name), &now, &err),
                     &err);
    settle(self, a);
}

void world_connect_all(world_t *self)
{
    for (int node = 0; node < self->machine_count; node++)
        for (int broker = 0; broker < self->machine_count; broker++)
            if (self->machines[node].role != ROLE_BROKER
                && self->machines[broker].role == ROLE_BROKER)
                world_connect(self, node, broker);
}

static void close_node_end(world_t *self, session_t *session)
{
    machine_t *node = &self->machines[session->node];
    if (!session->node_open)
        return;
    session->node_open = false;
    if (!node->up)
        return;
    moment_t now = world_moment(self, node);
    err_t err;
    check_result(self, node, NULL, sink_peer_down(node->sink, session->id, &now, &err), &err);
    if (node->publisher)
        check_result(self, node, NULL,
                     publisher_peer_down(node->publisher, session->id, &now, &err), &err);
    settle(self, node);
}

static void close_broker_end(world_t *self, session_t *session)
{
    machine_t *broker = &self->machines[session->broker];
    if (!session->broker_open)
        return;
    session->broker_open = false;
    if (!broker->up)
        return;
    moment_t now = world_moment(self, broker);
    err_t err;
    source_peer_down(broker->source, session->id);
    check_result(self, broker, NULL, sink_peer_down(broker->sink, session->id, &now, &err), &err);
    settle(self, broker);
}

/* A node notices at once, a broker when it is silent for too long: at the latest after 30 s. */
void world_cut(world_t *self, session_t *session)
{
    if (!session->node_open && !session->broker_open)
        return;
    close_node_end(self, session);
    if (!self->machines[session->broker].up)
        close_broker_end(self, session);
    else
        session->broker_notices_ms =
            self->now_ms + (int64_t)world_random(self, (uint64_t)self->timers.silence);
}

/* ---- messages ---- */

static bool sooner(const flight_t *a, const flight_t *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void add_flight(world_t *self, flight_t flight)
{
    if (self->flight_count == self->flight_capacity) {
        self->flight_capacity = self->flight_capacity ? 2 * self->flight_capacity : 256;
        self->flights = realloc(self->flights, self->flight_capacity * sizeof *self->flights);
        assert(self->flights);
    }
    flight.order = ++self->flights_ever;
    size_t at = self->flight_count++;
    for (; at && sooner(&flight, &self->flights[(at - 1) / 2]); at = (at - 1) / 2)
        self->flights[at] = self->flights[(at - 1) / 2];
    self->flights[at] = flight;
}

static flight_t take_flight(world_t *self)
{
    flight_t first = self->flights[0], last = self->flights[--self->flight_count];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < self->flight_count; at = child) {
        if (child + 1 < self->flight_count
            && sooner(&self->flights[child + 1], &self->flights[child]))
            child++;
        if (!sooner(&self->flights[child], &last))
            break;
        self->flights[at] = self->flights[child];
    }
    self->flights[at] = last;
    return first;
}

void world_send(world_t *self, const machine_t *from, peer_t session, const void *bytes,
                size_t size)
{
    if (self->noise && world_chance(self, 20))
        return; /* lost */
    flight_t flight = {.session = session,
                       .to_broker = from->role != ROLE_BROKER,
                       .at_ms = self->now_ms + 1 + (int64_t)world_random(self, 20),
                       .size = size};
    if (self->noise && world_chance(self, 30))
        flight.at_ms += (int64_t)world_random(self, 5000); /* overtaken by later ones */
    int copies = self->noise && world_chance(self, 20) ? 2 : 1;
    for (int i = 0; i < copies; i++) {
        flight.bytes = malloc(size);
        assert(flight.bytes);
        memcpy(flight.bytes, bytes, size);
        add_flight(self, flight);
        flight.at_ms += (int64_t)world_random(self, 60000); /* a late duplicate */
    }
}

static void flush(world_t *self, machine_t *machine)
{
    for (size_t i = 0; i < outbox_count(machine->outbox); i++) {
        post_t post = outbox_at(machine->outbox, i);
        const text_t *frame = outbox_frame_at(machine->outbox, post.frame);
        check_sent(self, machine, post.peer, frame->data, frame->size);
        if (machine->lies) {
            liar_sends(self, machine, post.peer, frame);
            continue;
        }
        if (machine->publisher)
            liar_learns(self, frame->data, frame->size);
        world_send(self, machine, post.peer, frame->data, frame->size);
    }
    outbox_clear(machine->outbox);
}

static void tell_changes(world_t *self, machine_t *machine)
{
    moment_t now = world_moment(self, machine);
    err_t err;
    stream_t *stream;
    while (!disk_is_cut(machine->disk) && (stream = streams_next_changed(machine->streams))) {
        check_stream(self, machine, stream);
        if (machine->source)
            check_result(self, machine, NULL, source_changed(machine->source, stream, &now, &err),
                         &err);
        else if (stream->own)
            check_result(self, machine, NULL,
                         publisher_changed(machine->publisher, stream, &now, &err), &err);
    }
}

static void settle(world_t *self, machine_t *machine)
{
    tell_changes(self, machine);
    if (disk_is_cut(machine->disk)) { /* what was to be sent is lost with the machine */
        self->counts->power_cuts++;
        world_crash(self, machine);
        return;
    }
    if (machine->publisher)
        check_hub(self, machine);
    flush(self, machine);
}

static int pull_at_broker(world_t *self, machine_t *broker, peer_t peer, const wire_t *wire,
                          const moment_t *now, err_t *err)
{
    const machine_t *node = world_other_end(self, peer, false);
    const member_t *member = members_find(self->members, node->name);
    if (!strcmp(wire->hub, node->name) || member_may_read(member, wire->kind))
        return source_pull(broker->source, peer, wire, now, err);
    wire_err(outbox_frame(broker->outbox), WIRE_NOT_ALLOWED, wire->hub, wire->kind, NULL, 0,
             "this member may not read this kind");
    outbox_post(broker->outbox, peer);
    return 0;
}

static int receive_at_broker(world_t *self, machine_t *broker, peer_t peer, const wire_t *wire,
                             const moment_t *now, err_t *err)
{
    switch (wire->type) {
    case WIRE_HEAD:
        return sink_head(broker->sink, peer, wire->head.data, wire->head.size, now, err);
    case WIRE_BATCH:
        return sink_batch(broker->sink, peer, wire, now, err);
    case WIRE_PULL:
        return pull_at_broker(self, broker, peer, wire, now, err);
    case WIRE_ERR:
        if (wire->code == WIRE_STALE_LIFE)
            return wire->head.data
                       ? sink_proof(broker->sink, wire->head.data, wire->head.size, now, err)
                       : 0;
        return sink_error(broker->sink, peer, wire, now, err);
    default:
        return 0;
    }
}

/* -1: the head cannot be read, which is for the sender to answer for. */
static int about_self(const machine_t *node, const wire_t *wire, bool *own, err_t *err)
{
    head_t head;
    *own = false;
    if (!node->publisher)
        return 0;
    if (wire->type == WIRE_HEAD && head_decode(&head, wire->head.data, wire->head.size, err))
        return -1;
    *own = !strcmp(wire->type == WIRE_HEAD ? head.hub : wire->hub, node->name);
    return 0;
}

static int receive_at_node(machine_t *node, peer_t peer, const wire_t *wire, const moment_t *now,
                           err_t *err)
{
    bool own;
    if (about_self(node, wire, &own, err))
        return -1;
    switch (wire->type) {
    case WIRE_HEAD:
        return own ? publisher_head(node->publisher, peer, wire->head.data, wire->head.size, now,
                                    err)
                   : sink_head(node->sink, peer, wire->head.data, wire->head.size, now, err);
    case WIRE_BATCH:
        return own ? publisher_batch(node->publisher, peer, wire, now, err)
                   : sink_batch(node->sink, peer, wire, now, err);
    case WIRE_PULL:
        return own ? publisher_pull(node->publisher, peer, wire, now, err) : 0;
    case WIRE_ERR:
        return own ? publisher_error(node->publisher, peer, wire, now, err)
                   : sink_error(node->sink, peer, wire, now, err);
    default:
        return 0;
    }
}

static void trace_message(world_t *self, const machine_t *to, peer_t peer, const wire_t *wire)
{
    static const char *const names[] = {"?",     "HELLO", "WELCOME", "HEAD", "PULL",
                                        "BATCH", "PING",  "PONG",    "ERR",  "?"};
    if (!self->trace)
        return;
    head_t head = {0};
    if (wire->head.data)
        head_decode(&head, wire->head.data, wire->head.size, NULL);
    world_trace(
        self,
        "  %s(%d) <- %u %s %s/%s life %lu after %lu upto %lu items %zu head %s (%lu,%lu)+%lu"
        " need %d code %d",
        to->name, world_number(self, to), peer, names[wire->type],
        wire->hub[0] ? wire->hub : head.hub, wire->kind[0] ? wire->kind : head.kind,
        wire->life & 0xffffffff, wire->after, wire->upto, wire->item_count, head.hub,
        head.life & 0xffffffff, head.seq, head.beat, wire->need_head, wire->code);
}

/* What was sent before a cut may still arrive; nothing arrives at a closed end. */
static void deliver(world_t *self, const flight_t *flight)
{
    session_t *session = world_session_by_id(self, flight->session);
    if (!session || !(flight->to_broker ? session->broker_open : session->node_open))
        return;
    machine_t *to = &self->machines[flight->to_broker ? session->broker : session->node];
    const machine_t *from = &self->machines[flight->to_broker ? session->node : session->broker];
    wire_t wire;
    err_t err;
    if (wire_decode(self->decoder, &wire, flight->bytes, flight->size, &err)) {
        check_result(self, to, from, -1, &err);
        return;
    }
    trace_message(self, to, flight->session, &wire);
    moment_t now = world_moment(self, to);
    self->counts->messages++;
    before_t before = check_message(self, to, flight->session, &wire);
    check_result(self, to, from,
                 flight->to_broker ? receive_at_broker(self, to, flight->session, &wire, &now, &err)
                                   : receive_at_node(to, flight->session, &wire, &now, &err),
                 &err);
    check_handled(self, to, &before);
    settle(self, to);
}

/* ---- time ---- */

static void tick_machine(world_t *self, machine_t *machine)
{
    moment_t now = world_moment(self, machine);
    err_t err;
    check_result(self, machine, NULL, sink_tick(machine->sink, &now, &err), &err);
    if (machine->publisher)
        check_result(self, machine, NULL, publisher_tick(machine->publisher, &now, &err), &err);
    if (machine->source)
        source_tick(machine->source, &now);
    check_result(self, machine, NULL, patrol_step(machine->patrol, &now, &err), &err);
    settle(self, machine);
}

static void tick(world_t *self)
{
    for (int i = 0; i < self->session_count; i++) {
        session_t *session = &self->sessions[i];
        if (session->broker_open && !session->node_open
            && session->broker_notices_ms <= self->now_ms)
            close_broker_end(self, session);
    }
    for (int i = 0; i < self->machine_count; i++)
        if (self->machines[i].up)
            tick_machine(self, &self->machines[i]);
}

void world_step(world_t *self, int64_t ms)
{
    for (int64_t end = self->now_ms + ms; self->now_ms < end && !self->failure[0];) {
        int64_t next = (self->now_ms / TICK_MS + 1) * TICK_MS;
        if (self->flight_count && self->flights[0].at_ms < next)
            next = self->flights[0].at_ms;
        self->now_ms = next < end ? next : end;
        while (self->flight_count && self->flights[0].at_ms <= self->now_ms) {
            flight_t flight = take_flight(self);
            if (!self->failure[0])
                deliver(self, &flight);
            free(flight.bytes);
        }
        if (self->now_ms % TICK_MS == 0)
            tick(self);
    }
}

/* ---- local changes ---- */

typedef struct made {
    char id[8];
    uint64_t seq, version; /* see check_made */
} made_t;

static int make_changes(world_t *self, machine_t *hub, stream_t *stream, made_t *made, int count,
                        err_t *err)
{
    moment_t now = world_moment(self, hub);
    static const uint8_t bodies[4][4] = {
        {0x81, 0xa1, 'a', 1}, {0x81, 0xa1, 'a', 2}, {0x81, 0xa1, 'b', 3}, {0x81, 0xa1, 'c', 4}};
    for (int i = 0; i < count; i++) {
        snprintf(made[i].id, sizeof made[i].id, "r%d", (int)world_random(self, 12));
        bool put = !world_chance(self, 250);
        const uint8_t *body = put ? bodies[world_random(self, 4)] : NULL;
        uint64_t before = check_version(hub, stream, made[i].id);
        if (stream_change(stream, put ? ITEM_PUT : ITEM_DELETE, made[i].id, 1, body, put ? 4 : 0,
                          &now, err))
            return -1;
        made[i].seq = stream->seq;
        made[i].version = check_made(self, hub, stream, made[i].id, !put, before);
    }
    return 0;
}

void world_change(world_t *self, machine_t *hub, int count)
{
    made_t made[16];
    assert(count <= 16);
    moment_t now = world_moment(self, hub);
    err_t err;
    bool fenced = publisher_state(hub->publisher) == PUBLISHER_FENCED;
    int waits = publisher_may_change(hub->publisher, &now, &err);
    if (fenced && !waits)
        world_fail(self, "I9: %s is fenced off and takes a change", hub->name);
    settle(self, hub); /* it may have become ready by that */
    if (waits || !hub->up)
        return;
    if (publisher_state(hub->publisher) != PUBLISHER_READY)
        world_fail(self, "I9: %s takes a change and is not ready", hub->name);
    stream_t *stream =
        streams_find(hub->streams, hub->name, world_kinds[world_random(self, self->setup.kinds)]);
    int result = streams_begin(hub->streams, &err);
    if (!result) {
        result = make_changes(self, hub, stream, made, count, &err);
        result = streams_end(hub->streams, result, &err);
    }
    check_result(self, hub, NULL, result, &err);
    world_trace(self, "change %s (%d) %s: seq %lu%s", hub->name, world_number(self, hub),
                stream->kind, stream->seq, result ? ", not saved" : "");
    for (int i = 0; !result && i < count; i++)
        check_saved(self, hub, stream, made[i].seq, made[i].version);
    self->counts->changes += result ? 0 : (uint64_t)count;
    settle(self, hub);
}

/* ---- the world ---- */

static void add_member(world_t *self, const char *name, member_role_t role, int number)
{
    member_t member = {.role = role};
    snprintf(member.name, sizeof member.name, "%s", name);
    if (role == MEMBER_HUB) {
        uint8_t seed[SIGN_SEED_SIZE];
        memset(seed, number + 1, sizeof seed);
        crypto_sign_seed_keypair(member.sign[0].key, self->secrets[number], seed);
        member.sign[0].until_ms = INT64_MAX;
        member.sign_count = 1;
        if (self->setup.limited && number == 0)
            snprintf(member.reads[member.read_count++], NAME_SIZE, "%s", world_kinds[1]);
    }
    members_add(self->members, &member);
}

static void add_machines(world_t *self, role_t role, member_role_t member, const char *stem,
                         uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        char name[NAME_SIZE];
        snprintf(name, sizeof name, "%s%u", stem, i);
        machine_t *machine = add_machine(self, role, name);
        add_member(self, name, member, (int)i);
        if (self->setup.wrong_clocks >> world_number(self, machine) & 1) {
            machine->clock_ms = ((int64_t)world_random(self, 20) - 10) * YEAR_MS;
            machine->doubted = true;
        }
    }
}

world_t *world_new(const setup_t *setup, counts_t *counts, bool trace)
{
    world_t *self = calloc(1, sizeof *self);
    assert(self);
    self->setup = *setup;
    self->counts = counts;
    self->trace = trace;
    self->noise = setup->noise;
    self->members = members_new();
    self->decoder = wire_decoder_new();
    self->ledger = ledger_new();
    self->loot = loot_new();
    timers_set_default(&self->timers);
    add_machines(self, ROLE_HUB, MEMBER_HUB, "hub", setup->hubs);
    add_machines(self, ROLE_BROKER, MEMBER_BROKER, "broker", setup->brokers);
    add_machines(self, ROLE_SUBSCRIBER, MEMBER_AGGREGATOR, "reader", setup->readers);
    for (int i = 0; i < self->machine_count; i++)
        world_start(self, &self->machines[i]);
    return self;
}

void world_destroy(world_t **self_p)
{
    world_t *self = *self_p;
    if (!self)
        return;
    for (int i = 0; i < self->machine_count; i++) {
        stop(&self->machines[i]);
        check_end(&self->machines[i]);
        disk_free(&self->machines[i].disk);
        disk_free(&self->machines[i].backup);
    }
    for (size_t i = 0; i < self->flight_count; i++)
        free(self->flights[i].bytes);
    free(self->flights);
    members_destroy(&self->members);
    wire_decoder_destroy(&self->decoder);
    ledger_destroy(&self->ledger);
    loot_destroy(&self->loot);
    free(self);
    *self_p = NULL;
}
