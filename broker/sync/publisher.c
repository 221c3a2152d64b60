/* For each broker and own stream there is a probe: what that broker holds of us.
 *
 *   probe      means                                               ends in
 *   ASKED      a PULL is out, or its answer waits for its turn     look_reconcile, look_ready
 *   BEHIND     it holds a newer state: the recovery sink pulls it  settle_recovery
 *   SALVAGE    it holds a state that ours did not come from; it is salvage_batch
 *              pulled beside, proven, and kept in `displaced`
 *   FINE       nothing of ours is only there
 *
 * RECONCILE ends (become_ready) when a broker is connected and all probes are FINE. In READY a broker
 * met for the first time is told of us (meet) when its probes are. */
#include "broker/sync/publisher.h"

#include "broker/base/fault.h"
#include "broker/sync/batch.h"
#include "broker/sync/sink.h"
#include "broker/sync/source.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALARMS_MAX 20
#define RECOVERY_TRIES 2 /* proofs a broker may fail before it is not asked any more */
#define RECOVERY_PATIENCE                                                                          \
    60 /* times timers->reconcile: one that delivers drop by drop is left then */

/* Beyond any clock. Nothing could be above a life near the end of the numbers. */
#define LIFE_MAX (UINT64_C(1) << 62)

typedef enum probe_state { PROBE_ASKED, PROBE_BEHIND, PROBE_SALVAGE, PROBE_FINE } probe_state_t;

typedef struct probe {
    probe_state_t state;
    int64_t since_ms;  /* last sign of progress */
    int64_t pulled_ms; /* ASKED, SALVAGE: when the PULL last went out */
    int64_t began_ms;  /* BEHIND, SALVAGE: when that began */
    bool given_up;     /* FINE because it did not deliver what it announced */
    head_t head;       /* the newest of ours that this broker showed; life 0: none */
    uint64_t cursor;   /* SALVAGE: up to where it was pulled */
    uint64_t covered;  /* SALVAGE: up to where its life is our own past */
} probe_t;

typedef struct broker_peer {
    peer_t peer;
    member_t member;
    probe_t *probes; /* one for each own stream */
    bool met;        /* hears of us, and may pull */
    bool recovering; /* known to the recovery sink */
} broker_peer_t;

typedef struct own {
    stream_t *stream;
    head_t head; /* the last one signed; life 0: none */
    uint64_t beat;
    int64_t signed_ms; /* steady; when a head was last signed or issued again */
} own_t;

struct publisher {
    streams_t *streams;
    const members_t *members;
    outbox_t *outbox;
    const timers_t *timers;
    char hub[NAME_SIZE];
    uint8_t secret[SIGN_SECRET_SIZE];
    uint64_t (*random)(void *context);
    void *random_context;
    int64_t patience_ms; /* before a local change is allowed without a broker */
    publisher_state_t state;
    int64_t started_ms; /* steady; when RECONCILE began */
    bool pulled;        /* a broker has pulled with the life of this run */
    own_t *own;
    size_t own_count;
    broker_peer_t *peers;
    size_t peer_count;
    char (*known)[NAME_SIZE]; /* brokers met in this run, by name */
    size_t known_count;
    source_t *source;
    sink_t *recovery; /* in RECONCILE; else NULL */
    batch_t *batch;
    char *alarms[ALARMS_MAX];
    size_t alarm_count;
};

const char *const publisher_words[] = {"reconcile", "ready", "fenced"};

/* ---- birth ---- */

static const head_t *current_head(void *context, stream_t *stream);
static void alarm_fenced(publisher_t *self);

static int open_own(publisher_t *self, const publisher_setup_t *setup, err_t *err)
{
    self->own = calloc(setup->kind_count + 1, sizeof *self->own);
    assert(self->own);
    for (size_t i = 0; i < setup->kind_count; i++) {
        stream_t *stream = streams_open(self->streams, self->hub, setup->kinds[i], true, err);
        if (!stream)
            return -1;
        self->own[self->own_count++].stream = stream;
    }
    return 0;
}

/* What a recovery or a salvage of an earlier run left half-done, and which broker was newest then. */
static int forget_staged(publisher_t *self, err_t *err)
{
    if (streams_begin(self->streams, err))
        return -1;
    int result = 0;
    for (size_t i = 0; i < self->own_count && !result; i++) {
        stream_set_known(self->own[i].stream, &(head_t){0});
        result = stream_give_up(self->own[i].stream, err);
    }
    return streams_end(self->streams, result, err);
}

static void start_reconcile(publisher_t *self, const moment_t *now)
{
    self->state = PUBLISHER_RECONCILE;
    self->started_ms = now->steady_ms;
    self->pulled = false;
    self->known_count = 0;
    sink_role_t role = {.self = self->hub, .hurried = true}; /* own streams need no wish */
    self->recovery = sink_new(self->streams, self->members, self->outbox, self->timers, &role);
}

publisher_t *publisher_new(streams_t *streams, const members_t *members, outbox_t *outbox,
                           const timers_t *timers, const publisher_setup_t *setup,
                           const moment_t *now, err_t *err)
{
    publisher_t *self = calloc(1, sizeof *self);
    assert(self);
    self->streams = streams;
    self->members = members;
    self->outbox = outbox;
    self->timers = timers;
    self->random = setup->random;
    self->random_context = setup->random_context;
    self->patience_ms = setup->after_restore ? timers->restore : timers->reconcile;
    snprintf(self->hub, sizeof self->hub, "%s", setup->hub);
    memcpy(self->secret, setup->sign_secret, sizeof self->secret);
    self->source = source_new(streams, outbox, timers, current_head, self);
    self->batch = malloc(sizeof *self->batch);
    assert(self->batch);
    if (open_own(self, setup, err) || forget_staged(self, err)) {
        publisher_destroy(&self);
        return NULL;
    }
    if (streams_fenced(streams)) {
        self->state = PUBLISHER_FENCED;
        alarm_fenced(self);
    } else {
        start_reconcile(self, now);
    }
    return self;
}

void publisher_destroy(publisher_t **self_p)
{
    publisher_t *self = *self_p;
    if (!self)
        return;
    source_destroy(&self->source);
    sink_destroy(&self->recovery);
    for (size_t i = 0; i < self->peer_count; i++)
        free(self->peers[i].probes);
    for (size_t i = 0; i < self->alarm_count; i++)
        free(self->alarms[i]);
    free(self->peers);
    free(self->known);
    free(self->own);
    free(self->batch);
    explicit_bzero(self->secret, sizeof self->secret);
    free(self);
    *self_p = NULL;
}

void publisher_set_members(publisher_t *self, const members_t *members)
{
    self->members = members;
    if (self->recovery)
        sink_set_members(self->recovery, members);
}

publisher_state_t publisher_state(const publisher_t *self)
{
    return self->state;
}

uint64_t publisher_life(const publisher_t *self)
{
    return self->state == PUBLISHER_READY && self->own_count ? self->own[0].stream->life : 0;
}

/* ---- alarms ---- */

static void alarm_add(publisher_t *self, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void alarm_add(publisher_t *self, const char *format, ...)
{
    char *text;
    va_list arguments;
    va_start(arguments, format);
    int size = vasprintf(&text, format, arguments);
    va_end(arguments);
    assert(size >= 0);
    if (self->alarm_count == ALARMS_MAX) {
        free(self->alarms[0]);
        memmove(self->alarms, self->alarms + 1, (ALARMS_MAX - 1) * sizeof *self->alarms);
        self->alarm_count--;
    }
    self->alarms[self->alarm_count++] = text;
}

static void alarm_fenced(publisher_t *self)
{
    alarm_add(self,
              "Une autre copie du hub « %s » publie depuis un autre poste. Celle-ci ne publie plus"
              " rien et n'accepte plus de modification. Arrêtez l'autre copie, puis lancez"
              " « maillage unfence » ici. Si aucune autre copie n'existe, vérifiez l'heure de cette"
              " machine.",
              self->hub);
}

size_t publisher_alarm_count(const publisher_t *self)
{
    return self->alarm_count;
}

const char *publisher_alarm(const publisher_t *self, size_t index)
{
    return self->alarms[index];
}

/* ---- small questions ---- */

static own_t *own_of(const publisher_t *self, const char *hub, const char *kind)
{
    for (size_t i = 0; i < self->own_count; i++)
        if (!strcmp(self->own[i].stream->kind, kind) && !strcmp(self->hub, hub))
            return &self->own[i];
    return NULL;
}

static broker_peer_t *peer_of(const publisher_t *self, peer_t peer)
{
    for (size_t i = 0; i < self->peer_count; i++)
        if (self->peers[i].peer == peer)
            return &self->peers[i];
    return NULL;
}

static probe_t *probe_of(const publisher_t *self, const broker_peer_t *peer, const own_t *own)
{
    return &peer->probes[own - self->own];
}

/* Compares a head of ours with the state that the store holds. */
static int compare_own(const own_t *own, const head_t *head)
{
    head_t held = {.life = own->stream->life, .seq = own->stream->seq};
    return head_compare(head, &held);
}

static bool all_fine(const publisher_t *self, const broker_peer_t *peer)
{
    for (size_t i = 0; i < self->own_count; i++)
        if (peer->probes[i].state != PROBE_FINE)
            return false;
    return true;
}

static bool met_before(const publisher_t *self, const char *broker)
{
    for (size_t i = 0; i < self->known_count; i++)
        if (!strcmp(self->known[i], broker))
            return true;
    return false;
}

/* ---- heads of our own ---- */

/* Signs the state that the store holds; the last signature serves as long as it is the same state. */
static const head_t *current_head(void *context, stream_t *stream)
{
    publisher_t *self = context;
    own_t *own = stream->own ? own_of(self, stream->hub, stream->kind) : NULL;
    if (!own || self->state != PUBLISHER_READY)
        return NULL;
    head_t *head = &own->head;
    bool same_state = head->life == stream->life && head->seq == stream->seq;
    if (same_state && head->beat == own->beat)
        return head;
    if (!same_state)
        own->beat = 0;
    err_t
        ignored; /* the root of a committed state is in memory; if not, the next call tries again */
    head_t next = {
        .life = stream->life, .seq = stream->seq, .beat = own->beat, .count = stream->count};
    if (stream_root(stream, next.root, &ignored))
        return NULL;
    snprintf(next.hub, sizeof next.hub, "%s", self->hub);
    snprintf(next.kind, sizeof next.kind, "%s", stream->kind);
    head_sign(&next, self->secret);
    *head = next;
    return head;
}

static void meet(publisher_t *self, broker_peer_t *peer, const moment_t *now)
{
    static const interest_t everything = {"*", "*"};
    peer->met = true;
    source_peer_up(self->source, peer->peer, &peer->member, &everything, 1, now);
    if (met_before(self, peer->member.name))
        return;
    self->known = realloc(self->known, (self->known_count + 1) * sizeof *self->known);
    assert(self->known);
    snprintf(self->known[self->known_count++], NAME_SIZE, "%s", peer->member.name);
}

/* It is asked again before it is told, also when it comes back. */
static void forget_met(publisher_t *self, broker_peer_t *peer)
{
    peer->met = false;
    for (size_t i = self->known_count; i-- > 0;)
        if (!strcmp(self->known[i], peer->member.name))
            memmove(self->known[i], self->known[--self->known_count], NAME_SIZE);
}

/* ---- READY, FENCED ---- */

static uint64_t next_life(const publisher_t *self, const moment_t *now)
{
    uint64_t life = streams_fence_life(self->streams);
    for (size_t i = 0; i < self->own_count; i++)
        if (self->own[i].stream->life > life)
            life = self->own[i].stream->life;
    uint64_t clock = (uint64_t)(now->unix_ms > 0 ? now->unix_ms / 1000 : 0) << 20;
    if (clock > life)
        life = clock;
    return life + 1 + (self->random(self->random_context) & 0xfffff);
}

/* T2: a new life for all streams, from the state that each starts from. */
static int take_life(publisher_t *self, uint64_t life, err_t *err)
{
    if (streams_begin(self->streams, err))
        return -1;
    int result = 0;
    for (size_t i = 0; i < self->own_count && !result; i++)
        result = stream_start_life(self->own[i].stream, life, err);
    FAULT("publisher.life");
    return streams_end(self->streams, result, err);
}

static int look_ready(publisher_t *self, broker_peer_t *peer, own_t *own, const head_t *head,
                      const moment_t *now, err_t *err);

/* In READY other questions are asked of the same answers: a state that was too old to be recovered may be
 * one that ours did not come from, one that was not delivered in time may be by now; and what a salvage had
 * staged is gone. */
static int look_again(publisher_t *self, broker_peer_t *peer, const moment_t *now, err_t *err)
{
    for (size_t i = 0; i < self->own_count; i++) {
        probe_t *probe = &peer->probes[i];
        bool old = probe->state == PROBE_FINE && probe->head.life && !peer->met;
        if (!old && probe->state != PROBE_SALVAGE)
            continue;
        probe->state = PROBE_ASKED;
        if (look_ready(self, peer, &self->own[i], &probe->head, now, err))
            return -1;
    }
    return 0;
}

static int become_ready(publisher_t *self, const moment_t *now, err_t *err)
{
    if (take_life(self, next_life(self, now), err))
        return -1;
    self->state = PUBLISHER_READY;
    self->pulled = false;
    sink_destroy(&self->recovery);
    for (size_t i = 0; i < self->own_count; i++)
        self->own[i].signed_ms = now->steady_ms;
    for (size_t i = 0; i < self->peer_count; i++) {
        broker_peer_t *peer = &self->peers[i];
        peer->recovering = false;
        if (look_again(self, peer, now, err))
            return -1;
        if (all_fine(self, peer) || peer->met)
            meet(self, peer, now);
    }
    return 0;
}

/* Stores the life that was met; active: this hub is fenced off by it. */
static int set_fence(publisher_t *self, uint64_t life, bool active, err_t *err)
{
    if (streams_begin(self->streams, err))
        return -1;
    return streams_end(self->streams, streams_set_fence(self->streams, life, active, err), err);
}

static int become_fenced(publisher_t *self, const head_t *proof, err_t *err)
{
    if (set_fence(self, proof->life, true, err))
        return -1;
    self->state = PUBLISHER_FENCED;
    source_all_down(self->source);
    sink_destroy(&self->recovery);
    alarm_fenced(self);
    return 0;
}

/* Somebody proves that a newer life of this hub exists. */
static int newer_life(publisher_t *self, const head_t *proof, const moment_t *now, err_t *err)
{
    if (self->state != PUBLISHER_READY || proof->life <= publisher_life(self))
        return 0;
    if (self->pulled)
        return become_fenced(self, proof, err);
    /* nobody has taken anything of this life yet: the clock was wrong, or a backup was restored */
    return set_fence(self, proof->life, false, err) ? -1 : become_ready(self, now, err);
}

int publisher_unfence(publisher_t *self, const moment_t *now, err_t *err)
{
    if (self->state != PUBLISHER_FENCED)
        return err_set(err, ERR_REJECT, "Ce hub n'est pas mis à l'écart : il n'y a rien à lever.");
    if (forget_staged(self, err) || set_fence(self, streams_fence_life(self->streams), false, err))
        return -1;
    start_reconcile(self, now);
    for (size_t i = 0; i < self->peer_count; i++) {
        broker_peer_t *peer = &self->peers[i];
        member_t member = peer->member;
        peer->met = false;
        if (publisher_peer_up(self, peer->peer, &member, now, err))
            return -1;
    }
    return 0;
}

/* ---- asking brokers ---- */

/* Always with need_head: who has anything of ours answers at once, so that silence is a loss. */
static void send_pull(publisher_t *self, const broker_peer_t *peer, const own_t *own, uint64_t life,
                      uint64_t after, const moment_t *now)
{
    wire_pull(outbox_frame(self->outbox), self->hub, own->stream->kind, life, after, true);
    outbox_post(self->outbox, peer->peer);
    probe_of(self, peer, own)->pulled_ms = now->steady_ms;
}

static void pull_question(publisher_t *self, const broker_peer_t *peer, const own_t *own,
                          const moment_t *now)
{
    send_pull(self, peer, own, own->stream->life, own->stream->seq, now);
}

static void ask(publisher_t *self, const broker_peer_t *peer, const own_t *own, const moment_t *now)
{
    *probe_of(self, peer, own) = (probe_t){.state = PROBE_ASKED, .since_ms = now->steady_ms};
    pull_question(self, peer, own, now);
}

int publisher_peer_up(publisher_t *self, peer_t id, const member_t *broker, const moment_t *now,
                      err_t *err)
{
    (void)err;
    broker_peer_t *peer = peer_of(self, id);
    if (!peer) {
        self->peers = realloc(self->peers, (self->peer_count + 1) * sizeof *self->peers);
        assert(self->peers);
        peer = &self->peers[self->peer_count++];
        *peer = (broker_peer_t){.peer = id, .member = *broker};
        peer->probes = calloc(self->own_count + 1, sizeof *peer->probes);
        assert(peer->probes);
    }
    if (self->state == PUBLISHER_READY && met_before(self, broker->name)) {
        meet(self, peer, now);
        return 0;
    }
    for (size_t i = 0; self->state != PUBLISHER_FENCED && i < self->own_count; i++)
        ask(self, peer, &self->own[i], now);
    return 0;
}

static int drop_staged(publisher_t *self, own_t *own, err_t *err)
{
    if (streams_begin(self->streams, err))
        return -1;
    return streams_end(self->streams, stream_drop_staged(own->stream, err), err);
}

static int stop_salvage(publisher_t *self, own_t *own, probe_t *probe, err_t *err)
{
    probe->state = PROBE_FINE;
    return drop_staged(self, own, err);
}

static int give_up_salvage(publisher_t *self, const broker_peer_t *peer, own_t *own,
                           const char *why, err_t *err)
{
    alarm_add(self,
              "Le relais « %s » garde un ancien état de « %s » qui n'a pas pu être repris : %s.",
              peer->member.name, own->stream->kind, why);
    return stop_salvage(self, own, probe_of(self, peer, own), err);
}

int publisher_peer_down(publisher_t *self, peer_t id, const moment_t *now, err_t *err)
{
    broker_peer_t *peer = peer_of(self, id);
    if (!peer)
        return 0;
    int result = 0;
    for (size_t i = 0; i < self->own_count && !result; i++)
        if (peer->probes[i].state == PROBE_SALVAGE)
            result = stop_salvage(self, &self->own[i], &peer->probes[i], err);
    source_peer_down(self->source, id);
    if (peer->recovering && self->recovery && !result)
        result = sink_peer_down(self->recovery, id, now, err);
    free(peer->probes);
    *peer = self->peers[--self->peer_count];
    return result;
}

/* ---- RECONCILE: recover what we are behind of ---- */

static int feed_recovery(publisher_t *self, broker_peer_t *peer, const head_t *head,
                         const moment_t *now, err_t *err)
{
    if (!peer->recovering)
        sink_peer_up(self->recovery, peer->peer, peer->member.name, now);
    peer->recovering = true;
    return sink_head(self->recovery, peer->peer, head->bytes, head->size, now, err);
}

/* Has it stood still for too long since then, or been at it for too long in all? */
static bool overdue(const publisher_t *self, const probe_t *probe, int64_t since_ms,
                    const moment_t *now)
{
    return now->steady_ms - since_ms >= self->timers->reconcile
           || now->steady_ms - probe->began_ms >= RECOVERY_PATIENCE * self->timers->reconcile;
}

/* While the newest life was waited for, nobody else could be asked: the others' time begins now. */
static int go_on_with_others(publisher_t *self, const broker_peer_t *left, const own_t *own,
                             const moment_t *now, err_t *err)
{
    wire_t nothing = {.type = WIRE_ERR, .code = WIRE_NO_STREAM};
    snprintf(nothing.hub, sizeof nothing.hub, "%s", self->hub);
    snprintf(nothing.kind, sizeof nothing.kind, "%s", own->stream->kind);
    for (size_t i = 0; i < self->peer_count; i++)
        if (probe_of(self, &self->peers[i], own)->state == PROBE_BEHIND)
            probe_of(self, &self->peers[i], own)->since_ms = now->steady_ms;
    return sink_error(self->recovery, left->peer, &nothing, now, err);
}

/* Is the recovery from this broker over, one way or the other? */
static int settle_recovery(publisher_t *self, const broker_peer_t *peer, own_t *own,
                           const moment_t *now, err_t *err)
{
    probe_t *probe = probe_of(self, peer, own);
    if (probe->state != PROBE_BEHIND)
        return 0;
    if (compare_own(own, &probe->head) <= 0 && !own->stream->resync) {
        probe->state = PROBE_FINE;
        return 0;
    }
    int64_t moved = sink_moved_at(self->recovery, own->stream);
    int64_t since = moved > probe->since_ms ? moved : probe->since_ms;
    bool useless = sink_failures(self->recovery, own->stream, peer->member.name) >= RECOVERY_TRIES;
    if (!useless && !overdue(self, probe, since, now))
        return 0;
    probe->state = PROBE_FINE;
    probe->given_up = true;
    alarm_add(self,
              "Le relais « %s » annonce un état plus récent de « %s » mais ne l'a pas fourni :"
              " l'état de ce hub est gardé.",
              peer->member.name, own->stream->kind);
    return go_on_with_others(self, peer, own, now, err);
}

static int look_reconcile(publisher_t *self, broker_peer_t *peer, own_t *own, const head_t *head,
                          const moment_t *now, err_t *err)
{
    probe_t *probe = probe_of(self, peer, own);
    if (head_compare(head, &probe->head) > 0)
        probe->head = *head;
    if (compare_own(own, head) > 0 && !probe->given_up) {
        if (probe->state != PROBE_BEHIND) {
            probe->state = PROBE_BEHIND;
            probe->since_ms = probe->began_ms = now->steady_ms;
        }
        if (feed_recovery(self, peer, head, now, err))
            return -1;
    } else if (probe->state == PROBE_ASKED) {
        probe->state = PROBE_FINE;
    }
    return settle_recovery(self, peer, own, now, err);
}

/* ---- READY: keep what only a returning broker still holds ---- */

static bool salvage_busy(const publisher_t *self, const own_t *own)
{
    for (size_t i = 0; i < self->peer_count; i++)
        if (probe_of(self, &self->peers[i], own)->state == PROBE_SALVAGE)
            return true;
    return false;
}

static void pull_salvage(publisher_t *self, const broker_peer_t *peer, const own_t *own,
                         const moment_t *now)
{
    send_pull(self, peer, own, 0, probe_of(self, peer, own)->cursor, now);
}

static int start_salvage(publisher_t *self, const broker_peer_t *peer, own_t *own,
                         const moment_t *now, err_t *err)
{
    probe_t *probe = probe_of(self, peer, own);
    if (own->stream->staged && drop_staged(self, own, err)) /* of one that could not be ended */
        return -1;
    probe->state = PROBE_SALVAGE;
    probe->since_ms = probe->began_ms = now->steady_ms;
    probe->cursor = 0;
    pull_salvage(self, peer, own, now);
    return 0;
}

static int look_ready(publisher_t *self, broker_peer_t *peer, own_t *own, const head_t *head,
                      const moment_t *now, err_t *err)
{
    probe_t *probe = probe_of(self, peer, own);
    if (probe->state != PROBE_ASKED)
        return 0;
    if (newer_life(self, head, now, err) || self->state != PUBLISHER_READY)
        return self->state == PUBLISHER_READY ? -1 : 0;
    probe->head = *head;
    if (stream_past(own->stream, head->life, &probe->covered, err))
        return -1;
    if (head->life == own->stream->life || head->seq <= probe->covered) {
        probe->state = PROBE_FINE;
        return 0;
    }
    if (salvage_busy(self, own))
        return 0; /* its turn comes: see tick_probe */
    return start_salvage(self, peer, own, now, err);
}

static int prove_salvage(const publisher_t *self, const own_t *own, err_t *err)
{
    uint8_t root[HASH_SIZE];
    uint64_t count;
    if (stream_staged_root(own->stream, root, &count, err))
        return -1;
    if (count == self->batch->head.count && !memcmp(root, self->batch->head.root, HASH_SIZE))
        return 0;
    return err_set(err, ERR_REJECT, "the records are not what this hub signed");
}

/* In a transaction: stages the batch; when it completes a proven state, keeps what is only there. */
static int stage_salvage(publisher_t *self, broker_peer_t *peer, own_t *own, const moment_t *now,
                         err_t *err)
{
    const batch_t *batch = self->batch;
    probe_t *probe = probe_of(self, peer, own);
    if (stream_stage(own->stream, batch->items, batch->count, peer->member.name, batch->upto, err))
        return -1;
    if (own->stream->staged > batch->head.count)
        return err_set(err, ERR_REJECT, "more records than the stream has");
    if (!batch->completes)
        return 0;
    if (prove_salvage(self, own, err))
        return -1;
    return stream_displace_staged(own->stream, probe->covered, now, err);
}

static int salvage_batch(publisher_t *self, broker_peer_t *peer, own_t *own, const moment_t *now,
                         err_t *err)
{
    probe_t *probe = probe_of(self, peer, own);
    if (self->batch->after != probe->cursor)
        return 0;
    if (streams_begin(self->streams, err))
        return -1;
    if (stage_salvage(self, peer, own, now, err)) {
        streams_rollback(self->streams);
        if (err->action != ERR_REJECT)
            return -1;
        err_t why = *err;
        return give_up_salvage(self, peer, own, why.text, err);
    }
    if (streams_commit(self->streams, err))
        return -1;
    probe->cursor = self->batch->upto;
    probe->since_ms = now->steady_ms;
    if (!self->batch->completes) {
        pull_salvage(self, peer, own, now);
        return 0;
    }
    alarm_add(
        self,
        "Le relais « %s » gardait des fiches « %s » publiées avant la reprise d'une sauvegarde."
        " L'état de ce hub est gardé ; les autres versions sont dans « maillage displaced ».",
        peer->member.name, own->stream->kind);
    return stop_salvage(self, own, probe, err);
}

/* ---- messages ---- */

static int after_event(publisher_t *self, const moment_t *now, err_t *err);

static bool signed_by_us(const publisher_t *self, const head_t *head, const moment_t *now)
{
    return head->life <= LIFE_MAX && members_verify(self->members, head, now->unix_ms);
}

static int look(publisher_t *self, broker_peer_t *peer, own_t *own, const head_t *head,
                const moment_t *now, err_t *err)
{
    switch (self->state) {
    case PUBLISHER_RECONCILE:
        return look_reconcile(self, peer, own, head, now, err);
    case PUBLISHER_READY:
        return look_ready(self, peer, own, head, now, err);
    case PUBLISHER_FENCED:
        return 0;
    }
    return 0;
}

int publisher_head(publisher_t *self, peer_t id, const void *bytes, size_t size,
                   const moment_t *now, err_t *err)
{
    head_t head;
    broker_peer_t *peer = peer_of(self, id);
    if (!peer)
        return 0;
    if (head_decode(&head, bytes, size, err))
        return -1;
    own_t *own = own_of(self, head.hub, head.kind);
    if (!own)
        return 0;
    if (!signed_by_us(self, &head, now))
        return err_set(err, ERR_REJECT, "%s shows a head of ours that we did not sign",
                       peer->member.name);
    if (look(self, peer, own, &head, now, err))
        return -1;
    return after_event(self, now, err);
}

/* The recovery sink takes no answer but the one it waits for; the others say, too, what their broker holds by
 * now. */
static int recovery_batch(publisher_t *self, broker_peer_t *peer, own_t *own, const wire_t *wire,
                          const moment_t *now, err_t *err)
{
    head_t head;
    if (sink_batch(self->recovery, peer->peer, wire, now, err))
        return -1;
    if (head_decode(&head, wire->head.data, wire->head.size, NULL) == 0
        && head_compare(&head, &probe_of(self, peer, own)->head) > 0
        && own_of(self, head.hub, head.kind) == own && signed_by_us(self, &head, now))
        return look_reconcile(self, peer, own, &head, now, err);
    return settle_recovery(self, peer, own, now, err);
}

int publisher_batch(publisher_t *self, peer_t id, const wire_t *wire, const moment_t *now,
                    err_t *err)
{
    broker_peer_t *peer = peer_of(self, id);
    own_t *own = own_of(self, wire->hub, wire->kind);
    if (!peer || !own || self->state == PUBLISHER_FENCED)
        return 0;
    probe_t *probe = probe_of(self, peer, own);
    if (self->state == PUBLISHER_RECONCILE && probe->state == PROBE_BEHIND)
        return recovery_batch(self, peer, own, wire, now, err) ? -1 : after_event(self, now, err);
    if (batch_read(self->batch, wire, err))
        return -1;
    if (!signed_by_us(self, &self->batch->head, now))
        return err_set(err, ERR_REJECT, "%s shows a head of ours that we did not sign",
                       peer->member.name);
    int result = probe->state == PROBE_SALVAGE
                     ? salvage_batch(self, peer, own, now, err)
                     : look(self, peer, own, &self->batch->head, now, err);
    return result ? result : after_event(self, now, err);
}

int publisher_pull(publisher_t *self, peer_t id, const wire_t *pull, const moment_t *now,
                   err_t *err)
{
    const broker_peer_t *peer = peer_of(self, id);
    if (!peer || !peer->met || self->state != PUBLISHER_READY)
        return 0; /* it asks again when it hears of us */
    if (pull->life == publisher_life(self))
        self->pulled = true;
    return source_pull(self->source, id, pull, now, err);
}

/* Somebody whom we had told of us knows a newer life. When we go above it, he is asked first what he
 * holds of it. */
static int hear_proof(publisher_t *self, broker_peer_t *peer, const head_t *proof,
                      const moment_t *now, err_t *err)
{
    if (self->state == PUBLISHER_READY && proof->life > publisher_life(self) && !self->pulled
        && peer->met) {
        source_peer_down(self->source, peer->peer);
        forget_met(self, peer);
        for (size_t i = 0; i < self->own_count; i++)
            ask(self, peer, &self->own[i], now);
    }
    return newer_life(self, proof, now, err);
}

int publisher_error(publisher_t *self, peer_t id, const wire_t *error, const moment_t *now,
                    err_t *err)
{
    broker_peer_t *peer = peer_of(self, id);
    own_t *own = own_of(self, error->hub, error->kind);
    if (!peer || !own)
        return 0;
    if (error->code == WIRE_STALE_LIFE && error->head.data) {
        head_t proof;
        if (head_decode(&proof, error->head.data, error->head.size, err))
            return -1;
        if (!own_of(self, proof.hub, proof.kind) || !signed_by_us(self, &proof, now))
            return 0; /* without a valid proof it means nothing */
        return hear_proof(self, peer, &proof, now, err);
    }
    probe_t *probe = probe_of(self, peer, own);
    bool holds_nothing = error->code == WIRE_NO_STREAM || error->code == WIRE_NOT_ALLOWED;
    if (holds_nothing && probe->state == PROBE_ASKED)
        probe->state = PROBE_FINE;
    return after_event(self, now, err);
}

/* ---- time ---- */

/* What was asked, or its answer, may be lost: asked again, while the time for an answer runs on. */
static void pull_again(publisher_t *self, const broker_peer_t *peer, const own_t *own,
                       const moment_t *now)
{
    const probe_t *probe = probe_of(self, peer, own);
    if (now->steady_ms - probe->pulled_ms < self->timers->change)
        return;
    if (probe->state == PROBE_ASKED && !probe->head.life)
        pull_question(self, peer, own, now);
    else if (probe->state == PROBE_SALVAGE)
        pull_salvage(self, peer, own, now);
}

/* A broker that does not answer in time holds nothing of ours, as far as anyone can know. */
static int tick_probe(publisher_t *self, broker_peer_t *peer, own_t *own, const moment_t *now,
                      err_t *err)
{
    probe_t *probe = probe_of(self, peer, own);
    bool late = now->steady_ms - probe->since_ms >= self->timers->reconcile;
    if (probe->state == PROBE_ASKED && probe->head.life && !salvage_busy(self, own))
        return look(self, peer, own, &probe->head, now, err);
    if (probe->state == PROBE_ASKED && late && !probe->head.life)
        probe->state = PROBE_FINE;
    else if (probe->state == PROBE_SALVAGE && overdue(self, probe, probe->since_ms, now))
        return give_up_salvage(self, peer, own, "il ne l'a pas fourni à temps", err);
    else if (probe->state == PROBE_BEHIND)
        return settle_recovery(self, peer, own, now, err);
    pull_again(self, peer, own, now);
    return 0;
}

/* Moves on where all answers are in. */
static int after_event(publisher_t *self, const moment_t *now, err_t *err)
{
    bool settled = self->peer_count > 0;
    for (size_t i = 0; i < self->peer_count; i++) {
        broker_peer_t *peer = &self->peers[i];
        bool fine = all_fine(self, peer);
        settled &= fine;
        if (fine && !peer->met && self->state == PUBLISHER_READY)
            meet(self, peer, now);
    }
    if (settled && self->state == PUBLISHER_RECONCILE)
        return become_ready(self, now, err);
    return 0;
}

static int beat(publisher_t *self, const moment_t *now, err_t *err)
{
    for (size_t i = 0; i < self->own_count; i++) {
        own_t *own = &self->own[i];
        if (now->steady_ms - own->signed_ms < self->timers->beat)
            continue;
        own->signed_ms = now->steady_ms;
        own->beat++;
        if (source_changed(self->source, own->stream, now, err))
            return -1;
    }
    source_tick(self->source, now);
    return 0;
}

int publisher_tick(publisher_t *self, const moment_t *now, err_t *err)
{
    if (self->state == PUBLISHER_FENCED)
        return 0;
    for (size_t i = 0; i < self->peer_count; i++) {
        for (size_t k = 0; k < self->own_count; k++)
            if (!self->peers[i].met && tick_probe(self, &self->peers[i], &self->own[k], now, err))
                return -1;
    }
    if (self->recovery && sink_tick(self->recovery, now, err))
        return -1;
    if (after_event(self, now, err))
        return -1;
    return self->state == PUBLISHER_READY ? beat(self, now, err) : 0;
}

/* ---- local changes ---- */

static bool recovering(const publisher_t *self)
{
    for (size_t i = 0; i < self->peer_count; i++)
        for (size_t k = 0; k < self->own_count; k++)
            if (self->peers[i].probes[k].state == PROBE_BEHIND)
                return true;
    return false;
}

int publisher_may_change(publisher_t *self, const moment_t *now, err_t *err)
{
    if (self->state == PUBLISHER_READY)
        return 0;
    if (self->state == PUBLISHER_FENCED)
        return err_set(
            err, ERR_REJECT,
            "Ce hub est mis à l'écart, car une autre copie publie à sa place : rien n'est"
            " enregistré ici. Arrêtez l'autre copie, puis lancez « maillage unfence ».");
    if (recovering(self) || now->steady_ms - self->started_ms < self->patience_ms)
        return err_set(err, ERR_RETRY,
                       "Le hub vérifie auprès des relais qu'il a bien tout ce qu'il a publié :"
                       " réessayez dans quelques secondes.");
    return become_ready(self, now, err);
}

int publisher_changed(publisher_t *self, stream_t *stream, const moment_t *now, err_t *err)
{
    own_t *own = own_of(self, stream->hub, stream->kind);
    if (!own)
        return 0;
    own->signed_ms = now->steady_ms;
    return source_changed(self->source, stream, now, err);
}
