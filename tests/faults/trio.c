#include "tests/faults/trio.h"

#include "broker/sync/tables.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EPOCH_MS 1790000000000
#define TICK_MS 500

typedef struct letter {
    int to;
    peer_t peer;
    struct letter *next;
    size_t size;
    uint8_t bytes[];
} letter_t;

static const interest_t EVERYTHING = {"*", "*"};
static const char *const KINDS[] = {"answer", "event"};
static const member_role_t ROLES[MACHINES] = {MEMBER_HUB, MEMBER_BROKER, MEMBER_AGGREGATOR};

const char *const machine_names[MACHINES] = {"hub", "broker", "reader"};
const char *const machine_stores[MACHINES] = {"hub/public.db", "broker/broker.db",
                                              "reader/public.db"};

/* ---- failures ---- */

void trio_failed(trio_t *self, int machine, const err_t *err)
{
    if (err->action == ERR_STOP && self->stopped.action == ERR_NONE) {
        self->stopped = *err;
        self->stopped_at = machine;
    }
    if (err->action == ERR_REJECT && !*self->wrong)
        snprintf(self->wrong, sizeof self->wrong, "%s took an honest message for a bad one: %.180s",
                 machine_names[machine], err->text);
}

static void check(trio_t *self, int machine, int result, const err_t *err)
{
    if (result)
        trio_failed(self, machine, err);
}

void trio_give_up(trio_t *self)
{
    err_t err;
    if (self->stopped_at == READER)
        holding_set_aside(self->machines[READER].holding);
    trio_stop(self, self->stopped_at);
    if (self->stopped_at == BROKER)
        database_set_aside(machine_stores[BROKER], self->now.unix_ms / 1000, &err);
}

/* ---- machines ---- */

static uint64_t random_number(void *context)
{
    trio_t *self = context;
    return self->random = self->random * 6364136223846793005u + 1442695040888963407u;
}

static void secret_of_hub(uint8_t secret[SIGN_SECRET_SIZE], uint8_t key[SIGN_PUBLIC_SIZE])
{
    uint8_t seed[SIGN_SEED_SIZE] = {1, 2, 3};
    crypto_sign_seed_keypair(key, secret, seed);
}

static int try_broker_store(machine_t *broker, err_t *err)
{
    broker->db = database_open(machine_stores[BROKER], DATABASE_CACHE, err);
    if (!broker->db)
        return -1;
    broker->checkpoint = checkpoint_new(broker->db, err);
    if (!broker->checkpoint || database_check(broker->db, err)
        || database_migrate(broker->db, &sync_tables, err))
        return -1;
    broker->streams = streams_new(broker->db, NULL, err);
    return broker->streams ? 0 : -1;
}

/* As broker.c does: a store that cannot be trusted goes aside, once. */
static int open_broker_store(trio_t *self, machine_t *broker, err_t *err)
{
    if (try_broker_store(broker, err) == 0)
        return 0;
    if (err->action != ERR_STOP)
        return -1;
    checkpoint_close(&broker->checkpoint, &broker->db);
    if (database_set_aside(machine_stores[BROKER], self->now.unix_ms / 1000, err))
        return -1;
    return try_broker_store(broker, err);
}

static int open_broker(trio_t *self, machine_t *broker, err_t *err)
{
    broker->lock = database_lock("broker", err);
    if (!broker->lock || open_broker_store(self, broker, err))
        return -1;
    broker->source = source_new(broker->streams, broker->outbox, &self->timers, NULL, NULL);
    return 0;
}

static int open_node(trio_t *self, int machine, err_t *err)
{
    machine_t *node = &self->machines[machine];
    node->holding = holding_open(machine_names[machine], self->schema, ROLES[machine], err);
    if (!node->holding)
        return -1;
    node->streams = holding_streams(node->holding);
    if (machine != HUB)
        return 0;
    uint8_t secret[SIGN_SECRET_SIZE], key[SIGN_PUBLIC_SIZE];
    secret_of_hub(secret, key);
    publisher_setup_t setup = {.hub = "hub",
                               .sign_secret = secret,
                               .kinds = KINDS,
                               .kind_count = sizeof KINDS / sizeof *KINDS,
                               .random = random_number,
                               .random_context = self};
    node->publisher = publisher_new(node->streams, self->members, node->outbox, &self->timers,
                                    &setup, &self->now, err);
    node->editor = editor_new(node->streams, holding_ledger(node->holding), self->schema, "hub");
    return node->publisher ? 0 : -1;
}

static int open_machine(trio_t *self, int machine, err_t *err)
{
    machine_t *opened = &self->machines[machine];
    opened->outbox = outbox_new();
    if (machine == BROKER ? open_broker(self, opened, err) : open_node(self, machine, err))
        return -1;
    sink_role_t role = {.owner_only = machine == BROKER,
                        .self = machine == HUB ? "hub" : "",
                        .wants = &EVERYTHING,
                        .want_count = 1};
    opened->sink = sink_new(opened->streams, self->members, opened->outbox, &self->timers, &role);
    opened->up = true;
    return 0;
}

static void connect(trio_t *self, int machine)
{
    machine_t *node = &self->machines[machine], *broker = &self->machines[BROKER];
    if (!node->up || !broker->up || self->peers[machine])
        return;
    peer_t peer = self->peers[machine] = ++self->last_peer;
    const char *name = machine_names[machine];
    err_t err;
    sink_peer_up(broker->sink, peer, name, &self->now);
    source_peer_up(broker->source, peer, members_find(self->members, name), &EVERYTHING, 1,
                   &self->now);
    sink_peer_up(node->sink, peer, "broker", &self->now);
    if (node->publisher)
        check(self, machine,
              publisher_peer_up(node->publisher, peer, members_find(self->members, "broker"),
                                &self->now, &err),
              &err);
}

static void disconnect(trio_t *self, int machine)
{
    machine_t *node = &self->machines[machine], *broker = &self->machines[BROKER];
    peer_t peer = self->peers[machine];
    err_t err;
    if (!peer)
        return;
    self->peers[machine] = 0;
    source_peer_down(broker->source, peer);
    check(self, BROKER, sink_peer_down(broker->sink, peer, &self->now, &err), &err);
    check(self, machine, sink_peer_down(node->sink, peer, &self->now, &err), &err);
    if (node->publisher)
        check(self, machine, publisher_peer_down(node->publisher, peer, &self->now, &err), &err);
}

static void close_machine(machine_t *machine)
{
    editor_destroy(&machine->editor);
    source_destroy(&machine->source);
    publisher_destroy(&machine->publisher);
    sink_destroy(&machine->sink);
    if (machine->holding)
        machine->streams = NULL;
    else
        streams_destroy(&machine->streams);
    outbox_destroy(&machine->outbox);
    holding_close(&machine->holding);
    checkpoint_close(&machine->checkpoint, &machine->db);
    database_unlock(&machine->lock);
    *machine = (machine_t){0};
}

int trio_start(trio_t *self, int machine, err_t *err)
{
    if (open_machine(self, machine, err)) {
        close_machine(&self->machines[machine]);
        return -1;
    }
    for (int other = 0; other < MACHINES; other++)
        if (other != BROKER && (machine == BROKER || machine == other))
            connect(self, other);
    return 0;
}

void trio_stop(trio_t *self, int machine)
{
    for (int other = 0; other < MACHINES; other++)
        if (machine == BROKER || machine == other)
            disconnect(self, other);
    close_machine(&self->machines[machine]);
}

/* ---- messages ---- */

static void send_all(trio_t *self, int from)
{
    outbox_t *outbox = self->machines[from].outbox;
    for (size_t i = 0; i < outbox_count(outbox); i++) {
        post_t post = outbox_at(outbox, i);
        const text_t *frame = outbox_frame_at(outbox, post.frame);
        letter_t *letter = malloc(sizeof *letter + frame->size);
        assert(letter);
        *letter = (letter_t){.to = BROKER, .peer = post.peer, .size = frame->size};
        if (from == BROKER)
            letter->to = post.peer == self->peers[HUB] ? HUB : READER;
        memcpy(letter->bytes, frame->data, frame->size);
        *self->last_letter = letter;
        self->last_letter = &letter->next;
    }
    outbox_clear(outbox);
}

void trio_tell(trio_t *self, int machine)
{
    machine_t *teller = &self->machines[machine];
    stream_t *stream;
    err_t err;
    while (self->stopped.action == ERR_NONE && (stream = streams_next_changed(teller->streams))) {
        if (teller->source)
            check(self, machine, source_changed(teller->source, stream, &self->now, &err), &err);
        else if (stream->own)
            check(self, machine, publisher_changed(teller->publisher, stream, &self->now, &err),
                  &err);
    }
    send_all(self, machine);
}

static int receive_own(publisher_t *publisher, peer_t peer, const wire_t *wire, const moment_t *now,
                       err_t *err)
{
    switch (wire->type) {
    case WIRE_HEAD:
        return publisher_head(publisher, peer, wire->head.data, wire->head.size, now, err);
    case WIRE_PULL:
        return publisher_pull(publisher, peer, wire, now, err);
    case WIRE_BATCH:
        return publisher_batch(publisher, peer, wire, now, err);
    case WIRE_ERR:
        return publisher_error(publisher, peer, wire, now, err);
    default:
        return 0;
    }
}

/* All streams here are the hub's own. */
static int receive(machine_t *machine, peer_t peer, const wire_t *wire, const moment_t *now,
                   err_t *err)
{
    if (machine->publisher)
        return receive_own(machine->publisher, peer, wire, now, err);
    switch (wire->type) {
    case WIRE_HEAD:
        return sink_head(machine->sink, peer, wire->head.data, wire->head.size, now, err);
    case WIRE_BATCH:
        return sink_batch(machine->sink, peer, wire, now, err);
    case WIRE_PULL:
        return source_pull(machine->source, peer, wire, now, err);
    case WIRE_ERR:
        if (machine->source && wire->code == WIRE_STALE_LIFE)
            return wire->head.data
                       ? sink_proof(machine->sink, wire->head.data, wire->head.size, now, err)
                       : 0;
        return sink_error(machine->sink, peer, wire, now, err);
    default:
        return 0;
    }
}

static void deliver(trio_t *self, const letter_t *letter)
{
    wire_t wire;
    err_t err;
    int node = letter->to;
    if (node == BROKER)
        node = letter->peer == self->peers[HUB] ? HUB : READER;
    if (self->peers[node] != letter->peer)
        return; /* that connection is gone */
    if (wire_decode(self->decoder, &wire, letter->bytes, letter->size, &err)
        || receive(&self->machines[letter->to], letter->peer, &wire, &self->now, &err))
        trio_failed(self, letter->to, &err);
    trio_tell(self, letter->to);
}

static void deliver_all(trio_t *self)
{
    for (letter_t *letter; (letter = self->letters) && self->stopped.action == ERR_NONE;) {
        self->letters = letter->next;
        if (!self->letters)
            self->last_letter = &self->letters;
        deliver(self, letter);
        free(letter);
    }
}

static void tick(trio_t *self, int machine)
{
    machine_t *ticked = &self->machines[machine];
    err_t err;
    if (!ticked->up || self->stopped.action != ERR_NONE)
        return;
    check(self, machine, sink_tick(ticked->sink, &self->now, &err), &err);
    if (ticked->publisher)
        check(self, machine, publisher_tick(ticked->publisher, &self->now, &err), &err);
    if (ticked->source)
        source_tick(ticked->source, &self->now);
    trio_tell(self, machine);
}

void trio_step(trio_t *self, int64_t ms)
{
    deliver_all(self);
    for (int64_t passed = 0; passed < ms; passed += TICK_MS) {
        self->now.steady_ms += TICK_MS;
        self->now.unix_ms += TICK_MS;
        for (int machine = 0; machine < MACHINES; machine++)
            tick(self, machine);
        deliver_all(self);
    }
}

static const char *missing(trio_t *self)
{
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        const stream_t *own = streams_find(self->machines[HUB].streams, "hub", KINDS[i]);
        if (publisher_state(self->machines[HUB].publisher) != PUBLISHER_READY)
            return "the hub is not ready";
        for (int machine = BROKER; machine < MACHINES; machine++) {
            const stream_t *stream = streams_find(self->machines[machine].streams, "hub", KINDS[i]);
            if (!stream)
                return machine == BROKER ? "the broker has not heard of a stream"
                                         : "the reader has not heard of a stream";
            if (!stream_verified(stream) || stream->head.life != own->life
                || stream->head.seq != own->seq)
                return machine == BROKER ? "the broker does not show what the hub has"
                                         : "the reader does not show what the hub has";
        }
    }
    return NULL;
}

const char *trio_settle(trio_t *self, int64_t ms)
{
    const char *what;
    err_t err;
    for (int64_t end = self->now.steady_ms + ms;
         (what = missing(self)) && self->now.steady_ms < end && self->stopped.action == ERR_NONE;) {
        trio_step(self, TICK_MS);
        if (publisher_may_change(self->machines[HUB].publisher, &self->now, &err))
            trio_failed(self, HUB, &err);
    }
    return what;
}

/* ---- all ---- */

trio_t *trio_new(const schema_t *schema, uint64_t seed)
{
    trio_t *self = calloc(1, sizeof *self);
    assert(self);
    self->schema = schema;
    self->random = seed;
    self->now = (moment_t){1000, EPOCH_MS};
    self->members = members_new();
    self->decoder = wire_decoder_new();
    self->last_letter = &self->letters;
    timers_set_default(&self->timers);
    for (int i = 0; i < MACHINES; i++) {
        member_t member = {.role = ROLES[i]};
        snprintf(member.name, sizeof member.name, "%s", machine_names[i]);
        if (i == HUB) {
            uint8_t secret[SIGN_SECRET_SIZE];
            secret_of_hub(secret, member.sign[0].key);
            member.sign[0].until_ms = INT64_MAX;
            member.sign_count = 1;
        }
        members_add(self->members, &member);
    }
    return self;
}

void trio_destroy(trio_t **self_p)
{
    trio_t *self = *self_p;
    if (!self)
        return;
    for (int i = 0; i < MACHINES; i++)
        trio_stop(self, i);
    for (letter_t *letter; (letter = self->letters); free(letter))
        self->letters = letter->next;
    members_destroy(&self->members);
    wire_decoder_destroy(&self->decoder);
    free(self);
    *self_p = NULL;
}
