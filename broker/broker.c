/* A message goes through router_receive -> admit -> handle: who sent it, is it a member now, what does it say.
 * After every event, settle: streams that changed are announced, the outbox is sent, sessions whose
 * connection was found closed are ended.
 *
 * What a failure means is decided in one place, failed(): a bad message is a strike against its
 * sender, a full disk is tried again by the protocol, a store that cannot be trusted is moved aside and
 * everyone greets anew (start_over). */
#include "broker/broker.h"

#include "broker/base/aside.h"
#include "broker/base/checkpoint.h"
#include "broker/base/czmq.h"
#include "broker/base/database.h"
#include "broker/base/fault.h"
#include "broker/base/moment.h"
#include "broker/base/process.h"
#include "broker/base/watchdog.h"
#include "broker/router.h"
#include "broker/sync/member.h"
#include "broker/sync/outbox.h"
#include "broker/sync/patrol.h"
#include "broker/sync/session.h"
#include "broker/sync/sink.h"
#include "broker/sync/source.h"
#include "broker/sync/stream.h"
#include "broker/sync/strike.h"
#include "broker/sync/tables.h"
#include "broker/sync/zap.h"
#include "schemas/wire.h"

#include <assert.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BURST 64                /* messages in a row before handshakes, timers and signals */
#define TICKS_PER_PING 40       /* 250 ms: how late a timer may be */
#define SESSIONS_PER_MEMBER 256 /* reading replicas share a key; beyond that it is a mistake */
#define REFUSALS_LOGGED 10      /* a minute: strangers must not fill the log */
#define MINUTE_MS 60000
#define CLEAN_TRIES 24 /* of a clean-up that failed, in the time between two */
#define UNREAD_PER_MEMBER (128 * 1024 * 1024) /* bytes, on all its connections */

/* The log is copied into the database in quiet moments: after 2 ms without a message what takes some
 * 3 ms, after 20 ms whatever waits. */
#define REST_EVERY_MS 1
#define BRIEF_MS 2
#define QUIET_MS 20

/* It has no projections: half of a writer's usual memory drains as fast. */
static const char MODEST[] = "PRAGMA cache_size=-8192";

struct broker {
    const broker_settings_t *settings;
    members_t *members;
    database_lock_t *lock;
    char path[PATH_MAX]; /* of the database */
    sqlite3 *db;
    checkpoint_t *checkpoint;
    streams_t *streams;
    sink_t *sink;
    source_t *source;
    patrol_t *patrol;
    outbox_t *outbox;
    sessions_t *sessions;
    strikes_t *strikes;
    wire_decoder_t *decoder;
    zap_t *zap;
    router_t *router;
    zloop_t *loop;
    watchdog_t *watchdog;
    int signals;
    int64_t clean_due_ms; /* steady: the next clean-up of erased content */
    int64_t minute_ms;    /* steady: the start of this minute */
    int64_t heard_ms;     /* steady: the last message */
    int rest_timer;       /* 0: nothing waits for a quiet moment */
    unsigned refusals;    /* keys refused in it */
    bool lost;            /* the store is gone and no new one could be made */
    err_t loss;
};

/* One message, and who sent it. */
typedef struct event {
    const member_t *member;
    const route_t *route;
    session_t *session; /* NULL before HELLO */
    const wire_t *wire;
    const moment_t *now;
} event_t;

/* ---- the store ---- */

static void close_store(broker_t *self)
{
    patrol_destroy(&self->patrol);
    source_destroy(&self->source);
    sink_destroy(&self->sink);
    streams_destroy(&self->streams);
    checkpoint_close(&self->checkpoint, &self->db);
}

static int try_store(broker_t *self, err_t *err)
{
    static const interest_t everything = {"*", "*"};
    sink_role_t role = {.owner_only = true, .self = "", .wants = &everything, .want_count = 1};
    self->db = database_open(self->path, DATABASE_CACHE, err);
    if (!self->db)
        return -1;
    self->checkpoint = checkpoint_new(self->db, err);
    if (!self->checkpoint || database_execute(self->db, MODEST, "set up the connection", err)
        || database_check(self->db, err) || database_migrate(self->db, &sync_tables, err))
        return -1;
    self->streams = streams_new(self->db, NULL, err);
    if (!self->streams)
        return -1;
    const timers_t *timers = &self->settings->timers;
    self->sink = sink_new(self->streams, self->members, self->outbox, timers, &role);
    self->source = source_new(self->streams, self->outbox, timers, NULL, NULL);
    self->patrol = patrol_new(self->streams, timers->clean);
    return 0;
}

/* Opens the store; one that cannot be trusted is moved aside first. */
static int open_store(broker_t *self, err_t *err)
{
    if (try_store(self, err) == 0)
        return 0;
    close_store(self);
    if (err->action != ERR_STOP)
        return -1;
    log_error("the store cannot be trusted, it is moved aside and filled again: %s", err->text);
    if (database_set_aside(self->path, moment_now().unix_ms / 1000, err) || try_store(self, err)) {
        close_store(self);
        return -1;
    }
    return 0;
}

/* ---- sessions ---- */

static void failed(broker_t *self, const event_t *event, const err_t *err);

static void end_session(broker_t *self, session_t *session, const char *why, const moment_t *now)
{
    err_t err;
    peer_t peer = session->peer;
    log_info("%s disconnected: %s", session->member, why);
    sessions_remove(self->sessions, session);
    source_peer_down(self->source, peer);
    if (sink_peer_down(self->sink, peer, now, &err))
        failed(self, NULL, &err);
}

/* Ends the sessions that `ends` picks. */
static void end_sessions(broker_t *self,
                         bool (*ends)(const session_t *session, const void *context),
                         const void *context, const char *why, const moment_t *now)
{
    for (size_t i = sessions_count(self->sessions); i-- > 0;) {
        /* ending one may end all, when the store fails */
        session_t *session =
            i < sessions_count(self->sessions) ? sessions_at(self->sessions, i) : NULL;
        if (session && ends(session, context))
            end_session(self, session, why, now);
    }
}

static bool is_gone(const session_t *session, const void *context)
{
    (void)context;
    return session->gone;
}

static bool is_of_member(const session_t *session, const void *member)
{
    return !strcmp(session->member, member);
}

static void send_ping(broker_t *self, session_t *session, const moment_t *now)
{
    text_t *frame = outbox_frame(self->outbox);
    wire_ping(frame, (uint64_t)now->steady_ms);
    outbox_post(self->outbox, session->peer);
    session->pinged_ms = now->steady_ms;
}

/* A member that connects anew has often lost an older connection: a PING finds out at once, since the
 * ROUTER knows which connections are closed. */
static void ping_others(broker_t *self, const session_t *newcomer, const moment_t *now)
{
    size_t count = 0;
    for (size_t i = 0; i < sessions_count(self->sessions); i++) {
        session_t *session = sessions_at(self->sessions, i);
        if (session == newcomer || strcmp(session->member, newcomer->member))
            continue;
        if (++count >= SESSIONS_PER_MEMBER)
            session->gone = true;
        else
            send_ping(self, session, now);
    }
}

/* ---- when things go wrong ---- */

/* Everything but the connections is new and empty: whoever speaks is asked to greet again. */
static void start_over(broker_t *self, const err_t *err)
{
    log_error("the store cannot be trusted, it is moved aside and filled again: %s", err->text);
    close_store(self);
    outbox_clear(self->outbox);
    while (sessions_count(self->sessions)) {
        session_t *session = sessions_at(self->sessions, 0);
        router_refuse(self->router, &session->route, WIRE_PROTOCOL_ERROR, "", "",
                      "say HELLO again");
        sessions_remove(self->sessions, session);
    }
    if (database_set_aside(self->path, moment_now().unix_ms / 1000, &self->loss)
        || try_store(self, &self->loss))
        self->lost = true;
}

/* One more message that no honest member sends. */
static void strike(broker_t *self, const event_t *event, const char *what)
{
    const char *member = event->member->name;
    log_warning("strike against %s: %s", member, what);
    router_refuse(self->router, event->route, WIRE_NOT_ALLOWED, "", "", what);
    if (!strikes_add(self->strikes, member, event->now->steady_ms))
        return;
    log_error("%s is refused for %lld s after %d strikes", member,
              (long long)self->settings->timers.strikes / 1000, STRIKES_ALLOWED);
    end_sessions(self, is_of_member, member, "refused", event->now);
}

/* What a failed event means. event is NULL when no message caused it. */
static void failed(broker_t *self, const event_t *event, const err_t *err)
{
    switch (err->action) {
    case ERR_REJECT:
        if (event)
            strike(self, event, err->text);
        break;
    case ERR_RETRY:
        log_warning("%s", err->text);
        if (event && event->session)
            router_refuse(self->router, event->route, WIRE_BUSY, event->wire->hub,
                          event->wire->kind, "try again later");
        break;
    case ERR_STOP:
        if (!self->lost)
            start_over(self, err);
        break;
    case ERR_NONE:
        break;
    }
}

/* ---- what can wait ---- */

static int on_rest(zloop_t *loop, int timer, void *context)
{
    broker_t *self = context;
    err_t err;
    int64_t quiet_ms = moment_now().steady_ms - self->heard_ms;
    if (quiet_ms < BRIEF_MS)
        return 0;
    if (checkpoint_rest(self->checkpoint, quiet_ms < QUIET_MS, &err))
        failed(self, NULL, &err);
    if (!self->lost && checkpoint_waits(self->checkpoint))
        return 0;
    self->rest_timer = 0; /* the next settle starts again */
    zloop_timer_end(loop, timer);
    return self->lost ? -1 : 0;
}

static void start_rest(broker_t *self)
{
    if (!self->rest_timer)
        self->rest_timer = zloop_timer(self->loop, REST_EVERY_MS, 0, on_rest, self);
}

/* ---- after every event ---- */

static void announce_changes(broker_t *self, const moment_t *now)
{
    stream_t *stream;
    while (!self->lost && (stream = streams_next_changed(self->streams))) {
        err_t err;
        if (source_changed(self->source, stream, now, &err))
            failed(self, NULL, &err);
    }
}

static void settle(broker_t *self, const moment_t *now)
{
    announce_changes(self, now);
    while (!self->lost && outbox_count(self->outbox)) {
        router_post(self->router, self->outbox, self->sessions);
        end_sessions(self, is_gone, NULL, "connection closed", now);
    }
    const char *complaint = self->lost ? "" : sink_complaint(self->sink);
    if (*complaint)
        log_warning("%s", complaint);
    if (!self->lost && checkpoint_waits(self->checkpoint))
        start_rest(self);
}

/* ---- messages ---- */

static int on_hello(broker_t *self, const event_t *event, err_t *err)
{
    (void)err;
    const wire_t *wire = event->wire;
    if (event->member->role == MEMBER_BROKER) {
        router_refuse(self->router, event->route, WIRE_NOT_ALLOWED, "", "", "a broker is no node");
        return 0;
    }
    if (wire->lowest > WIRE_PROTOCOL || wire->highest < WIRE_PROTOCOL) {
        router_refuse(self->router, event->route, WIRE_PROTOCOL_ERROR, "", "",
                      "only protocol 1 is spoken");
        return 0;
    }
    allowance_t *unread = event->session ? session_take_allowance(event->session) : NULL;
    if (event->session)
        end_session(self, event->session, "greets again", event->now);
    if (self->lost) {
        allowance_destroy(&unread);
        return 0;
    }
    session_t *session =
        sessions_add(self->sessions, event->route, event->member->name, event->now->steady_ms);
    session_give_allowance(session, &unread);
    peer_t peer = session->peer;
    ping_others(self, session, event->now);
    wire_welcome(outbox_frame(self->outbox), WIRE_PROTOCOL, self->settings->name);
    outbox_post(self->outbox, peer);
    sink_peer_up(self->sink, peer, event->member->name, event->now);
    source_peer_up(self->source, peer, event->member, wire->interests, wire->interest_count,
                   event->now);
    log_info("%s connected (%s, %s)", event->member->name, member_roles[event->member->role],
             wire->text);
    return 0;
}

static int on_head(broker_t *self, const event_t *event, err_t *err)
{
    return sink_head(self->sink, event->session->peer, event->wire->head.data,
                     event->wire->head.size, event->now, err);
}

static int on_batch(broker_t *self, const event_t *event, err_t *err)
{
    return sink_batch(self->sink, event->session->peer, event->wire, event->now, err);
}

/* A peer is answered when it has read what it was sent before. One of a member that has left much unread
 * elsewhere must have read everything. */
static bool must_wait(const broker_t *self, const session_t *session)
{
    size_t unread = allowance_unread(session->allowance);
    return unread > ALLOWANCE_ANSWERS
           || (unread && sessions_unread(self->sessions, session->member) > UNREAD_PER_MEMBER);
}

static void keep_waiting(broker_t *self, const event_t *event)
{
    const wire_t *wire = event->wire;
    if (allowance_wait(event->session->allowance, wire))
        router_refuse(self->router, event->route, WIRE_BUSY, wire->hub, wire->kind,
                      "read what was sent first");
    router_mark(self->router, event->session);
}

static int on_pull(broker_t *self, const event_t *event, err_t *err)
{
    const wire_t *wire = event->wire;
    /* a hub that was restored asks for its own past, whatever it may read of others (I17) */
    bool own = !strcmp(wire->hub, event->member->name);
    if (!own && !member_may_read(event->member, wire->kind)) {
        router_refuse(self->router, event->route, WIRE_NOT_ALLOWED, wire->hub, wire->kind,
                      "this member may not read this kind");
        return 0;
    }
    if (must_wait(self, event->session)) {
        keep_waiting(self, event);
        return 0;
    }
    return source_pull(self->source, event->session->peer, wire, event->now, err);
}

/* Each answer is sent before the next is made: the allowance knows of it then. The session may end
 * meanwhile. */
static void answer_waiting(broker_t *self, event_t event)
{
    peer_t peer = event.session->peer;
    while ((event.session = sessions_by_peer(self->sessions, peer))
           && !must_wait(self, event.session)) {
        err_t err;
        wire_t pull;
        if (!allowance_next(event.session->allowance, &pull))
            return;
        event.wire = &pull;
        if (source_pull(self->source, peer, &pull, event.now, &err))
            failed(self, &event, &err);
        settle(self, event.now);
    }
}

static int on_pong(broker_t *self, const event_t *event, err_t *err)
{
    (void)err;
    if (allowance_heard(event->session->allowance, event->wire->nonce)) {
        router_mark(self->router, event->session);
        answer_waiting(self, *event);
    }
    return 0;
}

static int on_ping(broker_t *self, const event_t *event, err_t *err)
{
    (void)err;
    wire_pong(outbox_frame(self->outbox), event->wire->nonce);
    outbox_post(self->outbox, event->session->peer);
    return 0;
}

static int on_error(broker_t *self, const event_t *event, err_t *err)
{
    const wire_t *wire = event->wire;
    log_debug("%s: error %d about %s/%s: %s", event->member->name, (int)wire->code, wire->hub,
              wire->kind, wire->text);
    if (wire->code == WIRE_STALE_LIFE)
        return wire->head.data
                   ? sink_proof(self->sink, wire->head.data, wire->head.size, event->now, err)
                   : 0;
    return sink_error(self->sink, event->session->peer, wire, event->now, err);
}

static int on_welcome(broker_t *self, const event_t *event, err_t *err)
{
    (void)self;
    return err_set(err, ERR_REJECT, "%s welcomes a broker", event->member->name);
}

static int ignore(broker_t *self, const event_t *event, err_t *err)
{
    (void)self;
    (void)event;
    (void)err;
    return 0;
}

static int (*const HANDLERS[])(broker_t *self, const event_t *event, err_t *err) = {
    [WIRE_HELLO] = on_hello, [WIRE_WELCOME] = on_welcome, [WIRE_HEAD] = on_head,
    [WIRE_PULL] = on_pull,   [WIRE_BATCH] = on_batch,     [WIRE_PING] = on_ping,
    [WIRE_PONG] = on_pong,   [WIRE_ERR] = on_error,       [WIRE_UNKNOWN] = ignore,
};

/* The member that a message is from, if the key of its connection is still that member's and it is not
 * refused; NULL: drop the message. */
static const member_t *admit(const broker_t *self, const arrival_t *arrival, const moment_t *now)
{
    const member_t *member =
        arrival->member && arrival->key ? members_find(self->members, arrival->member) : NULL;
    if (!member || !member_has_curve(member, arrival->key)
        || strikes_refused(self->strikes, member->name, now->steady_ms))
        return NULL;
    return member;
}

static void handle(broker_t *self, event_t *event, arrival_t *arrival)
{
    wire_t wire;
    err_t err;
    if (!arrival->whole) {
        strike(self, event, "a message of several frames");
        return;
    }
    if (wire_decode(self->decoder, &wire, zmq_msg_data(&arrival->frame),
                    zmq_msg_size(&arrival->frame), &err)) {
        strike(self, event, err.text);
        return;
    }
    event->wire = &wire;
    session_t *session = sessions_by_route(self->sessions, event->route);
    if (session && strcmp(session->member, event->member->name)) {
        /* a routing id that another member had before: it chose it */
        end_session(self, session, "its route is another member's now", event->now);
        session = NULL;
    }
    event->session = session;
    if (session)
        session->heard_ms = event->now->steady_ms;
    if (!session && wire.type != WIRE_HELLO) {
        if (wire.type != WIRE_ERR) /* two that answer each other's errors would not end */
            router_refuse(self->router, event->route, WIRE_PROTOCOL_ERROR, "", "",
                          "say HELLO first");
        return;
    }
    if (HANDLERS[wire.type](self, event, &err))
        failed(self, event, &err);
}

/* Takes one message; false when there is none. */
static bool take(broker_t *self)
{
    arrival_t arrival;
    bool received = router_receive(self->router, &arrival);
    if (received) {
        moment_t now = moment_now();
        self->heard_ms = now.steady_ms;
        event_t event = {
            .member = admit(self, &arrival, &now), .route = &arrival.route, .now = &now};
        if (event.member)
            handle(self, &event, &arrival);
        settle(self, &now);
    }
    arrival_end(&arrival);
    return received;
}

static int on_router(zloop_t *loop, zsock_t *socket, void *context)
{
    (void)loop;
    (void)socket;
    broker_t *self = context;
    for (int i = 0; i < BURST && !self->lost; i++)
        if (!take(self))
            break;
    return self->lost ? -1 : 0;
}

/* ---- handshakes ---- */

/* A few lines a minute: whoever knocks must not fill the disk. */
static void log_refusal(broker_t *self, const char *key, const char *address, const char *why)
{
    if (self->refusals++ < REFUSALS_LOGGED)
        log_warning("refused the key %s from %s: %s", key, address, why);
}

static zap_verdict_t judge(void *context, const char *key, const char *address, const char **name)
{
    broker_t *self = context;
    const member_t *member = members_by_curve(self->members, key);
    if (!member) {
        log_refusal(self, key, address, "no member has it");
        return ZAP_REFUSE;
    }
    if (strikes_refused(self->strikes, member->name, moment_now().steady_ms)) {
        log_refusal(self, key, address, "its owner is refused after too many strikes");
        return ZAP_LATER;
    }
    *name = member->name;
    return ZAP_ACCEPT;
}

static int on_zap(zloop_t *loop, zsock_t *socket, void *context)
{
    (void)loop;
    (void)socket;
    zap_serve(((broker_t *)context)->zap);
    return 0;
}

/* ---- members ---- */

/* Did what the members say of this session's member change? */
static bool has_changed(const session_t *session, const void *context)
{
    const members_t *const *members = context;
    const member_t *before = members_find(members[0], session->member);
    const member_t *after = members_find(members[1], session->member);
    return !before || !after || memcmp(before, after, sizeof *before);
}

/* Reads the members again. Sessions of members that changed or went end; those that stay members are
 * asked to greet again, and notice nothing else. A folder with an error in it changes nothing. */
static void reload_members(broker_t *self, const moment_t *now)
{
    findings_t findings = {0};
    members_t *members = members_load(self->settings->members, &findings);
    process_log_findings(&findings);
    findings_free(&findings);
    if (!members) {
        log_error("the members stay as they were");
        return;
    }
    members_t *old = self->members;
    self->members = members;
    sink_set_members(self->sink, members);
    const members_t *both[] = {old, members};
    for (size_t i = 0; i < sessions_count(self->sessions); i++) {
        const session_t *session = sessions_at(self->sessions, i);
        if (has_changed(session, both) && members_find(members, session->member))
            router_refuse(self->router, &session->route, WIRE_PROTOCOL_ERROR, "", "",
                          "say HELLO again");
    }
    end_sessions(self, has_changed, both, "its entry among the members changed", now);
    members_destroy(&old);
    log_info("%zu members", members_count(members));
}

/* ---- time and signals ---- */

/* Leaves no byte of erased content in any file (invariant I12); what a full disk kept from being done is
 * tried again long before a day is over. */
static void clean(broker_t *self, const moment_t *now)
{
    err_t err;
    int64_t period_ms = self->settings->timers.clean;
    int64_t busy_ms = database_clean_ms(self->db);
    self->clean_due_ms = now->steady_ms + period_ms;
    watchdog_allow(self->watchdog, busy_ms);
    process_tell_busy(busy_ms);
    if (checkpoint_yield(self->checkpoint, &err)
        || aside_forget(self->path, ASIDE_DAMAGED, (now->unix_ms - period_ms) / 1000, ASIDE_KEPT,
                        &err)
        || database_clean(self->db, &err)) {
        self->clean_due_ms = now->steady_ms + period_ms / CLEAN_TRIES;
        failed(self, NULL, &err);
    }
    process_tell_busy(0);
    watchdog_touch(self->watchdog);
}

static void watch_sessions(broker_t *self, const moment_t *now)
{
    const timers_t *timers = &self->settings->timers;
    for (size_t i = sessions_count(self->sessions); i-- > 0;) {
        session_t *session = sessions_at(self->sessions, i);
        int64_t heard = session->heard_ms, pinged = session->pinged_ms;
        if (now->steady_ms - heard >= timers->silence)
            session->gone = true;
        else if (now->steady_ms - (heard > pinged ? heard : pinged) >= timers->ping)
            send_ping(self, session, now);
        router_mark(self->router, session);
    }
    end_sessions(self, is_gone, NULL, "silence", now);
}

static void watch_intake(broker_t *self)
{
    unsigned cut = router_watch(self->router);
    if (cut)
        log_warning("cut %u connections that sent far more than was asked of them", cut);
}

static void end_minute(broker_t *self, const moment_t *now)
{
    if (now->steady_ms - self->minute_ms < MINUTE_MS)
        return;
    if (self->refusals > REFUSALS_LOGGED)
        log_warning("refused %u more keys in the last minute", self->refusals - REFUSALS_LOGGED);
    unsigned dropped = router_dropped(self->router);
    if (dropped)
        log_warning("%u messages found no room in a peer's queue", dropped);
    self->minute_ms = now->steady_ms;
    self->refusals = 0;
    process_give_back();
}

static int on_tick(zloop_t *loop, int timer, void *context)
{
    (void)loop;
    (void)timer;
    broker_t *self = context;
    moment_t now = moment_now();
    err_t err;
    HANG("broker.tick");
    watchdog_touch(self->watchdog);
    process_tell_alive();
    watch_intake(self);
    watch_sessions(self, &now);
    if (!self->lost && sink_tick(self->sink, &now, &err))
        failed(self, NULL, &err);
    if (!self->lost && patrol_step(self->patrol, &now, &err))
        failed(self, NULL, &err);
    if (self->lost)
        return -1;
    source_tick(self->source, &now);
    end_minute(self, &now);
    if (now.steady_ms >= self->clean_due_ms)
        clean(self, &now);
    settle(self, &now);
    return self->lost ? -1 : 0;
}

static int on_signal(zloop_t *loop, zmq_pollitem_t *item, void *context)
{
    (void)loop;
    (void)item;
    broker_t *self = context;
    int number = process_next_signal(self->signals);
    if (number == SIGTERM || number == SIGINT)
        return -1;
    if (number == SIGHUP) {
        moment_t now = moment_now();
        reload_members(self, &now);
        if (!self->lost)
            clean(self, &now);
        settle(self, &now);
    }
    return self->lost ? -1 : 0;
}

/* ---- birth and life ---- */

static int load_secret(const broker_t *self, secret_t *secret, findings_t *findings)
{
    const broker_settings_t *settings = self->settings;
    if (secret_load(secret, settings->key, findings))
        return -1;
    if (strcmp(secret->name, settings->name) == 0 && secret->role == MEMBER_BROKER)
        return 0;
    findings_add(findings, SEVERITY_ERROR, "E_KEY", settings->key, "", "",
                 "this is the key of the %s '%s', not of the broker '%s'",
                 member_roles[secret->role], secret->name, settings->name);
    return -1;
}

static int open_all(broker_t *self, findings_t *findings, err_t *err)
{
    secret_t secret;
    self->members = members_load(self->settings->members, findings);
    if (load_secret(self, &secret, findings) || !self->members) {
        secret_wipe(&secret);
        return -1;
    }
    int rc = -1;
    self->lock = database_lock(self->settings->store, err);
    if (self->lock && open_store(self, err) == 0) {
        self->zap = zap_new(judge, self, err);
        self->router = self->zap ? router_new(self->settings->listen, &secret, err) : NULL;
        rc = self->router ? 0 : -1;
    }
    secret_wipe(&secret);
    return rc;
}

broker_t *broker_new(const broker_settings_t *settings, findings_t *findings, err_t *err)
{
    broker_t *self = calloc(1, sizeof *self);
    assert(self);
    self->settings = settings;
    self->outbox = outbox_new();
    self->sessions = sessions_new();
    self->strikes = strikes_new(settings->timers.strikes);
    self->decoder = wire_decoder_new();
    self->minute_ms = self->clean_due_ms = moment_now().steady_ms; /* a crash may have left a WAL */
    int size = snprintf(self->path, sizeof self->path, "%s/broker.db", settings->store);
    assert(size < (int)sizeof self->path);
    if (open_all(self, findings, err))
        broker_destroy(&self);
    return self;
}

void broker_destroy(broker_t **self_p)
{
    broker_t *self = *self_p;
    if (!self)
        return;
    watchdog_destroy(&self->watchdog);
    zloop_destroy(&self->loop);
    router_destroy(&self->router);
    zap_destroy(&self->zap);
    close_store(self);
    database_unlock(&self->lock);
    wire_decoder_destroy(&self->decoder);
    strikes_destroy(&self->strikes);
    sessions_destroy(&self->sessions);
    outbox_destroy(&self->outbox);
    members_destroy(&self->members);
    free(self);
    *self_p = NULL;
}

const char *broker_endpoint(const broker_t *self)
{
    return router_endpoint(self->router);
}

static size_t tick_ms(const timers_t *timers)
{
    return (size_t)(timers->ping / TICKS_PER_PING) + 1;
}

int broker_run(broker_t *self, int signals, err_t *err)
{
    zmq_pollitem_t item = {.fd = signals, .events = ZMQ_POLLIN};
    self->signals = signals;
    self->watchdog = watchdog_new(self->settings->timers.stuck, err);
    if (!self->watchdog)
        return -1;
    self->loop = zloop_new();
    assert(self->loop);
    zloop_set_nonstop(self->loop, true);
    zloop_poller(self->loop, &item, on_signal, self);
    zloop_reader(self->loop, zap_socket(self->zap), on_zap, self);
    zloop_reader(self->loop, router_socket(self->router), on_router, self);
    zloop_timer(self->loop, tick_ms(&self->settings->timers), 0, on_tick, self);
    while (zloop_start(self->loop) == 0) /* interrupted: only a handler ends it */
        ;
    if (!self->lost)
        return 0;
    *err = self->loss;
    return -1;
}
