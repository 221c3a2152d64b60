#include "tests/sim/world.h"

#include "broker/sync/tables.h"
#include "tests/sim/check.h"

#include <assert.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EPOCH_MS 1790000000000 /* where wall clocks start */
#define TICK_MS 250

static const char *const KIND_NAMES[KINDS] = {"event", "provider"};

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

/* ---- disks ---- */

static void must(int result, const err_t *err)
{
    if (result) {
        fprintf(stderr, "sim: %s\n", err->text);
        abort();
    }
}

static sqlite3 *new_disk(void)
{
    err_t err = {0};
    sqlite3 *db = database_open(":memory:", DATABASE_CACHE, &err);
    must(!db, &err);
    must(database_migrate(db, &sync_tables, &err), &err);
    return db;
}

static void copy_disk(sqlite3 *to, sqlite3 *from)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    assert(backup);
    int rc = sqlite3_backup_step(backup, -1);
    assert(rc == SQLITE_DONE);
    sqlite3_backup_finish(backup);
}

/* ---- machines ---- */

static uint8_t *secret_of(world_t *self, const machine_t *machine)
{
    return self->secrets[machine->name[strlen(machine->name) - 1] - '0'];
}

static void sink_failed(world_t *self, machine_t *machine, const err_t *err);

/* What daemons do after each event: tell of changed streams, send what is to be sent. */
static void settle(world_t *self, machine_t *machine);

void world_start(world_t *self, machine_t *machine)
{
    static const interest_t everything = {"*", "*"};
    assert(!machine->up && !machine->gone);
    err_t err = {0};
    moment_t now = world_moment(self, machine);
    machine->outbox = outbox_new();
    machine->streams = streams_new(machine->db, NULL, &err);
    must(!machine->streams, &err);
    bool hub = machine->role == ROLE_HUB;
    sink_role_t role = {.owner_only = machine->role == ROLE_BROKER,
                        .self = hub ? machine->name : "",
                        .wants = &everything,
                        .want_count = 1};
    machine->sink =
        sink_new(machine->streams, self->members, machine->outbox, &self->timers, &role);
    if (machine->role == ROLE_BROKER)
        machine->source = source_new(machine->streams, machine->outbox, &self->timers, NULL, NULL);
    publisher_setup_t setup = {.hub = machine->name,
                               .kinds = KIND_NAMES,
                               .kind_count = KINDS,
                               .random = random_for_hub,
                               .random_context = self};
    if (hub) {
        setup.sign_secret = secret_of(self, machine);
        machine->publisher = publisher_new(machine->streams, self->members, machine->outbox,
                                           &self->timers, &setup, &now, &err);
        must(!machine->publisher, &err);
    }
    machine->up = true;
    world_trace(self, "start %s (%d)", machine->name, world_number(self, machine));
    settle(self, machine);
}

static void stop(machine_t *machine)
{
    source_destroy(&machine->source);
    publisher_destroy(&machine->publisher);
    sink_destroy(&machine->sink);
    streams_destroy(&machine->streams);
    outbox_destroy(&machine->outbox);
    machine->up = false;
}

void world_crash(world_t *self, machine_t *machine)
{
    int number = world_number(self, machine);
    world_trace(self, "crash %s (%d)", machine->name, number);
    stop(machine);
    self->crashes++;
    for (int i = 0; i < self->session_count; i++) {
        session_t *session = &self->sessions[i];
        if (session->node == number || session->broker == number)
            world_cut(self, session);
    }
}

void world_back_up(world_t *self, machine_t *machine)
{
    if (!machine->backup)
        machine->backup = new_disk();
    copy_disk(machine->backup, machine->db);
    world_trace(self, "back up %s", machine->name);
}

void world_restore(world_t *self, machine_t *machine)
{
    assert(!machine->up);
    if (machine->backup) {
        copy_disk(machine->db, machine->backup);
    } else {
        database_close(machine->db);
        machine->db = new_disk();
    }
    check_forget(machine);
    self->restores++;
    world_trace(self, "restore %s from %s", machine->name, machine->backup ? "backup" : "nothing");
}

static machine_t *add_machine(world_t *self, role_t role, const char *name)
{
    machine_t *machine = &self->machines[self->machine_count++];
    *machine = (machine_t){.role = role, .db = new_disk()};
    snprintf(machine->name, sizeof machine->name, "%s", name);
    return machine;
}

machine_t *world_clone(world_t *self, machine_t *hub)
{
    if (self->machine_count == MACHINES_MAX)
        return NULL;
    machine_t *copy = add_machine(self, ROLE_HUB, hub->name);
    copy_disk(copy->db, hub->db);
    self->twins++;
    world_trace(self, "clone %s as (%d)", hub->name, world_number(self, copy));
    return copy;
}

/* ---- connections ---- */

static session_t *session_by_id(world_t *self, peer_t id)
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

static session_t *free_session(world_t *self)
{
    for (int i = 0; i < self->session_count; i++)
        if (!self->sessions[i].node_open && !self->sessions[i].broker_open)
            return &self->sessions[i];
    return self->session_count < SESSIONS_MAX ? &self->sessions[self->session_count++] : NULL;
}

static void check_result(world_t *self, machine_t *machine, int result, const err_t *err)
{
    if (!result)
        return;
    if (err->action == ERR_REJECT)
        world_fail(self, "%s took an honest message for a bad one: %s", machine->name, err->text);
    else
        sink_failed(self, machine, err);
}

static void sink_failed(world_t *self, machine_t *machine, const err_t *err)
{
    world_fail(self, "%s stopped: %s", machine->name, err->text);
}

void world_connect(world_t *self, int node, int broker)
{
    static const interest_t everything = {"*", "*"};
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
    err_t err = {0};
    sink_peer_up(b->sink, session->id, a->name, &then);
    source_peer_up(b->source, session->id, members_find(self->members, a->name), &everything, 1,
                   &then);
    settle(self, b);
    sink_peer_up(a->sink, session->id, b->name, &now);
    if (a->publisher)
        check_result(self, a,
                     publisher_peer_up(a->publisher, session->id,
                                       members_find(self->members, b->name), &now, &err),
                     &err);
    settle(self, a);
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
    err_t err = {0};
    check_result(self, node, sink_peer_down(node->sink, session->id, &now, &err), &err);
    if (node->publisher)
        check_result(self, node, publisher_peer_down(node->publisher, session->id, &now, &err),
                     &err);
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
    err_t err = {0};
    source_peer_down(broker->source, session->id);
    check_result(self, broker, sink_peer_down(broker->sink, session->id, &now, &err), &err);
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
        session->broker_notices_ms = self->now_ms + (int64_t)world_random(self, 30000);
}

/* ---- messages ---- */

static void add_flight(world_t *self, const flight_t *flight)
{
    if (self->flight_count == self->flight_capacity) {
        self->flight_capacity = self->flight_capacity ? 2 * self->flight_capacity : 256;
        self->flights = realloc(self->flights, self->flight_capacity * sizeof *self->flights);
        assert(self->flights);
    }
    self->flights[self->flight_count++] = *flight;
}

static void send_message(world_t *self, const machine_t *from, peer_t session, const text_t *frame)
{
    if (self->faults && world_chance(self, 20))
        return; /* lost */
    flight_t flight = {.session = session,
                       .to_broker = from->role != ROLE_BROKER,
                       .at_ms = self->now_ms + 1 + (int64_t)world_random(self, 20)};
    if (self->faults && world_chance(self, 30))
        flight.at_ms += (int64_t)world_random(self, 5000); /* overtaken by later ones */
    int copies = self->faults && world_chance(self, 20) ? 2 : 1;
    for (int i = 0; i < copies; i++) {
        flight.size = frame->size;
        flight.bytes = malloc(frame->size);
        assert(flight.bytes);
        memcpy(flight.bytes, frame->data, frame->size);
        add_flight(self, &flight);
        flight.at_ms += (int64_t)world_random(self, 60000); /* a late duplicate */
    }
}

static void flush(world_t *self, machine_t *machine)
{
    for (size_t i = 0; i < outbox_count(machine->outbox); i++) {
        post_t post = outbox_at(machine->outbox, i);
        send_message(self, machine, post.peer, outbox_frame_at(machine->outbox, post.frame));
    }
    outbox_clear(machine->outbox);
}

static void settle(world_t *self, machine_t *machine)
{
    moment_t now = world_moment(self, machine);
    err_t err = {0};
    stream_t *stream;
    while ((stream = streams_next_changed(machine->streams))) {
        check_stream(self, machine, stream);
        if (machine->source)
            check_result(self, machine, source_changed(machine->source, stream, &now, &err), &err);
        else if (stream->own)
            check_result(self, machine, publisher_changed(machine->publisher, stream, &now, &err),
                         &err);
    }
    flush(self, machine);
}

static int receive_at_broker(machine_t *broker, peer_t peer, const wire_t *wire,
                             const moment_t *now, err_t *err)
{
    switch (wire->type) {
    case WIRE_HEAD:
        return sink_head(broker->sink, peer, wire->head.data, wire->head.size, now, err);
    case WIRE_BATCH:
        return sink_batch(broker->sink, peer, wire, now, err);
    case WIRE_PULL:
        return source_pull(broker->source, peer, wire, now, err);
    case WIRE_ERR:
        if (wire->code == WIRE_STALE_LIFE && wire->head.data)
            return sink_proof(broker->sink, wire->head.data, wire->head.size, now, err);
        return sink_error(broker->sink, peer, wire, now, err);
    default:
        return 0;
    }
}

static bool about_self(const machine_t *node, const wire_t *wire)
{
    if (!node->publisher)
        return false;
    if (wire->type != WIRE_HEAD)
        return !strcmp(wire->hub, node->name);
    head_t head;
    return !head_decode(&head, wire->head.data, wire->head.size, NULL)
           && !strcmp(head.hub, node->name);
}

static int receive_at_node(machine_t *node, peer_t peer, const wire_t *wire, const moment_t *now,
                           err_t *err)
{
    bool own = about_self(node, wire);
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

static void deliver(world_t *self, flight_t *flight)
{
    session_t *session = session_by_id(self, flight->session);
    bool open = session && (flight->to_broker ? session->broker_open : session->node_open);
    /* what was sent before a cut may still arrive; nothing arrives at a closed end */
    if (!open)
        return;
    machine_t *to = &self->machines[flight->to_broker ? session->broker : session->node];
    wire_t wire;
    err_t err = {0};
    if (wire_decode(self->decoder, &wire, flight->bytes, flight->size, &err)) {
        world_fail(self, "an honest frame could not be read: %s", err.text);
        return;
    }
    trace_message(self, to, flight->session, &wire);
    moment_t now = world_moment(self, to);
    self->messages++;
    check_result(self, to,
                 flight->to_broker ? receive_at_broker(to, flight->session, &wire, &now, &err)
                                   : receive_at_node(to, flight->session, &wire, &now, &err),
                 &err);
    settle(self, to);
}

/* ---- time ---- */

static bool take_due(world_t *self, flight_t *due)
{
    size_t first = self->flight_count;
    for (size_t i = 0; i < self->flight_count; i++)
        if (self->flights[i].at_ms <= self->now_ms
            && (first == self->flight_count || self->flights[i].at_ms < self->flights[first].at_ms))
            first = i;
    if (first == self->flight_count)
        return false;
    *due = self->flights[first];
    memmove(self->flights + first, self->flights + first + 1,
            (--self->flight_count - first) * sizeof *self->flights);
    return true;
}

static void tick(world_t *self)
{
    for (int i = 0; i < self->session_count; i++) {
        session_t *session = &self->sessions[i];
        if (session->broker_open && !session->node_open
            && session->broker_notices_ms <= self->now_ms)
            close_broker_end(self, session);
    }
    for (int i = 0; i < self->machine_count; i++) {
        machine_t *machine = &self->machines[i];
        if (!machine->up)
            continue;
        moment_t now = world_moment(self, machine);
        err_t err = {0};
        check_result(self, machine, sink_tick(machine->sink, &now, &err), &err);
        if (machine->publisher)
            check_result(self, machine, publisher_tick(machine->publisher, &now, &err), &err);
        if (machine->source)
            source_tick(machine->source, &now);
        settle(self, machine);
    }
}

void world_step(world_t *self, int64_t ms)
{
    for (int64_t end = self->now_ms + ms; self->now_ms < end && !self->failure[0];) {
        self->now_ms++;
        if (self->now_ms % TICK_MS == 0)
            tick(self);
        flight_t due;
        while (!self->failure[0] && take_due(self, &due)) {
            deliver(self, &due);
            free(due.bytes);
        }
    }
}

/* ---- local changes ---- */

void world_change(world_t *self, machine_t *hub)
{
    moment_t now = world_moment(self, hub);
    err_t err = {0};
    if (publisher_may_change(hub->publisher, &now, &err)) {
        settle(self, hub);
        return;
    }
    stream_t *stream = streams_find(hub->streams, hub->name, KIND_NAMES[world_random(self, KINDS)]);
    static const uint8_t bodies[4][4] = {
        {0x81, 0xa1, 'a', 1}, {0x81, 0xa1, 'a', 2}, {0x81, 0xa1, 'b', 3}, {0x81, 0xa1, 'c', 4}};
    must(streams_begin(hub->streams, &err), &err);
    int count = world_chance(self, 100) ? 12 : 1; /* an import now and then */
    for (int i = 0; i < count; i++) {
        char id[8];
        snprintf(id, sizeof id, "r%d", (int)world_random(self, 24));
        bool put = !world_chance(self, 250);
        const uint8_t *body = put ? bodies[world_random(self, 4)] : NULL;
        must(stream_change(stream, put ? ITEM_PUT : ITEM_DELETE, id, 1, body, put ? 4 : 0, &now,
                           &err),
             &err);
        check_change(self, hub, stream, id);
        self->changes++;
    }
    must(streams_commit(hub->streams, &err), &err);
    world_trace(self, "change %s (%d) %s: seq %lu", hub->name, world_number(self, hub),
                stream->kind, stream->seq);
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
    }
    members_add(self->members, &member);
}

static void add_machines(world_t *self, role_t role, member_role_t member, const char *stem,
                         int count)
{
    for (int i = 0; i < count; i++) {
        char name[NAME_SIZE];
        snprintf(name, sizeof name, "%s%d", stem, i);
        machine_t *machine = add_machine(self, role, name);
        add_member(self, name, member, i);
        if (world_chance(self, 200)) /* some clocks are years wrong */
            machine->clock_ms = ((int64_t)world_random(self, 20) - 10) * 365 * 86400 * 1000;
        world_start(self, machine);
    }
}

world_t *world_new(uint64_t seed, bool trace)
{
    world_t *self = calloc(1, sizeof *self);
    assert(self);
    self->seed = self->random = seed;
    self->trace = trace;
    self->faults = true;
    self->members = members_new();
    self->decoder = wire_decoder_new();
    self->ledger = ledger_new();
    timers_set_default(&self->timers);
    add_machines(self, ROLE_HUB, MEMBER_HUB, "hub", 1 + (int)world_random(self, 2));
    add_machines(self, ROLE_BROKER, MEMBER_BROKER, "broker", 1 + (int)world_random(self, 3));
    add_machines(self, ROLE_SUBSCRIBER, MEMBER_AGGREGATOR, "reader",
                 1 + (int)world_random(self, 2));
    return self;
}

void world_destroy(world_t **self_p)
{
    world_t *self = *self_p;
    if (!self)
        return;
    for (int i = 0; i < self->machine_count; i++) {
        stop(&self->machines[i]);
        database_close(self->machines[i].db);
        database_close(self->machines[i].backup);
    }
    for (size_t i = 0; i < self->flight_count; i++)
        free(self->flights[i].bytes);
    free(self->flights);
    members_destroy(&self->members);
    wire_decoder_destroy(&self->decoder);
    ledger_destroy(&self->ledger);
    free(self);
    *self_p = NULL;
}
