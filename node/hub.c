/* What happens: a link hears of a broker, the desk of a person, a timer of time. Each such event goes to
 * a state machine, which changes the store and posts messages; settle then tells brokers of the
 * streams that changed, and hands the outbox to the links. Nothing waits for a tick that need not.
 *
 * Own streams belong to the publisher, those of others to the sink: which of the two hears a message
 * depends only on the hub that the message names. */
#include "node/hub.h"

#include "broker/base/fault.h"
#include "broker/base/moment.h"
#include "broker/base/process.h"
#include "broker/sync/dispatch.h"
#include "broker/sync/link.h"
#include "broker/sync/patrol.h"
#include "broker/sync/publisher.h"
#include "broker/sync/sink.h"
#include "node/card.h"
#include "node/desk.h"
#include "node/editor.h"
#include "node/holding.h"
#include "node/report.h"
#include "schemas/body.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICKS_PER_PING 40    /* 250 ms: how late a timer may be */
#define CARD_RETRY_MS 60000  /* a card that could not be written is tried again */
#define CLEAN_FIRST_MS 60000 /* after the start, at the earliest */
#define CLEAN_RETRY_MS 5000  /* a clean-up that a reader stood in the way of, likewise */
#define CLEAN_QUIET_MS 1000  /* it stops the writer for up to a second: not while others write */
#define CLEAN_PATIENCE 24    /* but a 24th of its period late, an hour, at the latest */
#define DISPLACED_MS (30LL * 24 * 3600 * 1000)
#define REPLACED_MS DISPLACED_MS /* what a restore replaced, likewise the only copy of something */
#define SAME_AGAIN_MS 60000      /* the same complaint is not logged again before */

/* What can wait is done in quiet moments: after 2 ms without a message or request a little of it, after
 * 20 ms more; and when there is no such moment for 3 s, a little every 10 ms all the same. It begins as
 * soon as the moment does: what starts late in a pause between two changes delays the second one. */
#define REST_EVERY_MS 1
#define BRIEF_MS 2
#define QUIET_MS 20
#define PATIENCE_MS 3000
#define RESTLESS_EVERY_MS 10

struct hub {
    const settings_t *settings;
    const schema_t *schema;
    secret_t secret;
    members_t *members;
    holding_t *holding;
    streams_t *streams; /* of the holding */
    outbox_t *outbox;
    publisher_t *publisher; /* NULL for an aggregator */
    editor_t *editor;       /* likewise */
    sink_t *sink;
    patrol_t *patrol;
    zsock_t *pipe; /* to who started this loop, and watches it */
    desk_t *desk;
    zloop_t *loop;
    link_t **links;
    peer_t *peers; /* of each link's session; 0 while there is none */
    size_t link_count;
    peer_t last_peer;
    bool *warned; /* by stream->index: its length was told */
    size_t warned_count;
    int64_t card_due_ms;  /* steady: when to write the card; INT64_MAX: it is written */
    int64_t clean_due_ms; /* steady */
    bool caught_up;       /* what end_start does is done */
    int64_t caught_up_due_ms;
    int64_t heard_ms;  /* steady: the last message or request */
    int64_t rested_ms; /* steady: the last quiet moment, or since when one is waited for */
    int rest_timer;    /* 0: nothing waits for one */
    char said[ERR_TEXT_SIZE];
    int64_t said_ms;
    char alarm[ERR_TEXT_SIZE]; /* the newest one logged */
    bool ending, failing;
    err_t failure;
};

/* ---- what goes wrong ---- */

/* A peer that repeats itself must not fill the log. */
static void say_once(hub_t *self, const char *who, const char *what, const moment_t *now)
{
    char line[ERR_TEXT_SIZE];
    snprintf(line, sizeof line, "%.64s: %.900s", who, what);
    if (!strcmp(line, self->said) && now->steady_ms - self->said_ms < SAME_AGAIN_MS)
        return;
    memcpy(self->said, line, sizeof line);
    self->said_ms = now->steady_ms;
    log_warning("%s", line);
}

/* Something failed: who is to blame is told, or the store cannot be trusted any more. */
static void failed(hub_t *self, const char *who, const err_t *err, const moment_t *now)
{
    if (err->action != ERR_STOP) {
        say_once(self, who, err->text, now);
        return;
    }
    if (self->failing)
        return;
    self->failing = true;
    self->failure = *err;
}

/* ---- what can wait ---- */

static int on_rest(zloop_t *loop, int timer, void *context)
{
    hub_t *self = context;
    moment_t now = moment_now();
    err_t err;
    int64_t quiet_ms = now.steady_ms - self->heard_ms;
    if (quiet_ms >= BRIEF_MS)
        self->rested_ms = now.steady_ms;
    else if (now.steady_ms - self->rested_ms < PATIENCE_MS)
        return 0;
    else
        self->rested_ms = now.steady_ms - PATIENCE_MS + RESTLESS_EVERY_MS;
    bool stuck = holding_rest(self->holding, quiet_ms < QUIET_MS, &err);
    if (stuck)
        failed(self, "store", &err, &now);
    if (stuck || !holding_waits(self->holding)) { /* the next settle starts again */
        self->rest_timer = 0;
        zloop_timer_end(loop, timer);
    }
    return self->failing ? -1 : 0;
}

static void start_rest(hub_t *self, const moment_t *now)
{
    if (self->rest_timer)
        return;
    self->rested_ms = now->steady_ms;
    self->rest_timer = zloop_timer(self->loop, REST_EVERY_MS, 0, on_rest, self);
}

/* ---- after every event ---- */

/* The link of a session, or NULL when that is over. */
static link_t *link_of(const hub_t *self, peer_t peer)
{
    for (size_t i = 0; i < self->link_count; i++)
        if (self->peers[i] == peer)
            return self->links[i];
    return NULL;
}

static void deliver(void *context, peer_t peer, zmq_msg_t *frame)
{
    link_t *link = link_of(context, peer);
    if (link)
        link_send(link, frame); /* what does not fit is repeated by the protocol */
    else
        zmq_msg_close(frame);
}

/* A stream near its limit is told once in a run. */
static void watch_length(hub_t *self, const stream_t *stream)
{
    if (!stream->own || stream->count < STREAM_WARNING_ITEMS)
        return;
    if (stream->index >= self->warned_count) {
        size_t count = streams_count(self->streams);
        self->warned = realloc(self->warned, count * sizeof *self->warned);
        assert(self->warned);
        memset(self->warned + self->warned_count, 0,
               (count - self->warned_count) * sizeof *self->warned);
        self->warned_count = count;
    }
    if (!self->warned[stream->index])
        log_warning("%s/%s has %" PRIu64 " records of the %d it may have", stream->hub,
                    stream->kind, stream->count, STREAM_MAX_ITEMS);
    self->warned[stream->index] = true;
}

static void tell_changes(hub_t *self, const moment_t *now)
{
    stream_t *stream;
    while (!self->failing && (stream = streams_next_changed(self->streams))) {
        err_t err;
        watch_length(self, stream);
        if (stream->own && self->publisher && publisher_changed(self->publisher, stream, now, &err))
            failed(self, stream->kind, &err, now);
    }
}

static void log_alarm(hub_t *self)
{
    size_t count = self->publisher ? publisher_alarm_count(self->publisher) : 0;
    const char *newest = count ? publisher_alarm(self->publisher, count - 1) : "";
    if (!*newest || !strncmp(newest, self->alarm, sizeof self->alarm - 1))
        return;
    snprintf(self->alarm, sizeof self->alarm, "%s", newest);
    log_error("%s", self->alarm);
}

static void write_card(hub_t *self, const moment_t *now);

/* Once a run, when nothing of our own past is waited for any more. Until then a crash must not make the
 * next start after a restore ask the brokers with less patience. */
static void end_start(hub_t *self, const moment_t *now)
{
    err_t err;
    if (self->caught_up || self->failing || now->steady_ms < self->caught_up_due_ms
        || (self->publisher && publisher_state(self->publisher) != PUBLISHER_READY))
        return;
    self->caught_up = holding_caught_up(self->holding, self->settings->name, &err) == 0;
    self->caught_up_due_ms = now->steady_ms + CARD_RETRY_MS;
    if (!self->caught_up)
        failed(self, "store", &err, now);
}

static int settle(hub_t *self, const moment_t *now)
{
    end_start(self, now);
    write_card(self, now);
    tell_changes(self, now);
    dispatch(self->outbox, deliver, self);
    const char *complaint = sink_complaint(self->sink);
    if (*complaint)
        say_once(self, "sync", complaint, now);
    log_alarm(self);
    if (holding_waits(self->holding))
        start_rest(self, now);
    return self->failing || self->ending ? -1 : 0;
}

/* ---- the hub's own card ---- */

/* Once this hub may publish: its card becomes what the settings say. */
static void write_card(hub_t *self, const moment_t *now)
{
    if (now->steady_ms < self->card_due_ms || publisher_state(self->publisher) != PUBLISHER_READY)
        return;
    self->card_due_ms = INT64_MAX;
    findings_t findings = {0};
    change_t change;
    text_t body;
    err_t err;
    char outcome;
    text_init(&body, BODY_MAX_SIZE);
    if (card_make(self->settings, self->schema, &change, &body, &findings) == 0
        && editor_apply(self->editor, NULL, &change, 1, false, &outcome, now, &err)) {
        self->card_due_ms = now->steady_ms + CARD_RETRY_MS;
        failed(self, "card", &err, now);
    }
    process_log_findings(&findings);
    findings_free(&findings);
    text_free(&body);
}

/* ---- brokers ---- */

/* The session of a link. */
static peer_t *peer_of(const hub_t *self, const link_t *link)
{
    size_t i = 0;
    while (self->links[i] != link)
        i++;
    return &self->peers[i];
}

static void on_up(void *context, link_t *link)
{
    hub_t *self = context;
    moment_t now = moment_now();
    err_t err;
    peer_t *peer = peer_of(self, link);
    const member_t *broker = members_find(self->members, link_broker(link));
    assert(broker); /* the link has its keys from there */
    *peer = ++self->last_peer;
    sink_peer_up(self->sink, *peer, broker->name, &now);
    if (self->publisher && publisher_peer_up(self->publisher, *peer, broker, &now, &err))
        failed(self, broker->name, &err, &now);
    settle(self, &now);
}

static void on_down(void *context, link_t *link)
{
    hub_t *self = context;
    moment_t now = moment_now();
    err_t err;
    peer_t peer = *peer_of(self, link);
    *peer_of(self, link) = 0;
    if (self->publisher && publisher_peer_down(self->publisher, peer, &now, &err))
        failed(self, link_broker(link), &err, &now);
    if (sink_peer_down(self->sink, peer, &now, &err))
        failed(self, link_broker(link), &err, &now);
    settle(self, &now);
}

static bool is_own(const hub_t *self, const char *hub)
{
    return self->publisher && !strcmp(hub, self->settings->name);
}

static int hear_head(hub_t *self, peer_t peer, const wire_t *wire, const moment_t *now, err_t *err)
{
    head_t head;
    if (head_decode(&head, wire->head.data, wire->head.size, err))
        return -1;
    return (is_own(self, head.hub)
                ? publisher_head(self->publisher, peer, wire->head.data, wire->head.size, now, err)
                : sink_head(self->sink, peer, wire->head.data, wire->head.size, now, err));
}

static int hear_batch(hub_t *self, peer_t peer, const wire_t *wire, const moment_t *now, err_t *err)
{
    return is_own(self, wire->hub) ? publisher_batch(self->publisher, peer, wire, now, err)
                                   : sink_batch(self->sink, peer, wire, now, err);
}

static int hear_pull(hub_t *self, peer_t peer, const wire_t *wire, const moment_t *now, err_t *err)
{
    if (is_own(self, wire->hub))
        return publisher_pull(self->publisher, peer, wire, now, err);
    wire_err(outbox_frame(self->outbox), WIRE_NO_STREAM, wire->hub, wire->kind, NULL, 0,
             "a node serves only its own streams");
    outbox_post(self->outbox, peer);
    return 0;
}

static int hear_error(hub_t *self, peer_t peer, const wire_t *wire, const moment_t *now, err_t *err)
{
    if (wire->code != WIRE_NO_STREAM && wire->code != WIRE_STALE_LIFE)
        say_once(self, wire->kind[0] ? wire->kind : "broker", wire->text, now);
    return is_own(self, wire->hub) ? publisher_error(self->publisher, peer, wire, now, err)
                                   : sink_error(self->sink, peer, wire, now, err);
}

static void on_message(void *context, link_t *link, const wire_t *wire)
{
    static int (*const HEAR[])(hub_t * self, peer_t peer, const wire_t *wire, const moment_t *now,
                               err_t *err) = {
        [WIRE_HEAD] = hear_head,
        [WIRE_PULL] = hear_pull,
        [WIRE_BATCH] = hear_batch,
        [WIRE_ERR] = hear_error,
    };
    hub_t *self = context;
    moment_t now = moment_now();
    err_t err;
    self->heard_ms = now.steady_ms;
    if (!self->failing && HEAR[wire->type](self, *peer_of(self, link), wire, &now, &err))
        failed(self, link_broker(link), &err, &now);
    settle(self, &now);
}

static void make_links(hub_t *self)
{
    const settings_t *settings = self->settings;
    link_listener_t listener = {on_up, on_down, on_message, self};
    self->links = calloc(settings->broker_count + 1, sizeof *self->links);
    self->peers = calloc(settings->broker_count + 1, sizeof *self->peers);
    assert(self->links && self->peers);
    for (size_t i = 0; i < settings->broker_count; i++) {
        link_setup_t setup = {.broker = settings->brokers[i].name,
                              .endpoint = settings->brokers[i].endpoint,
                              .secret = &self->secret,
                              .interests = settings->subscribe,
                              .interest_count = settings->subscribe_count,
                              .timers = &settings->timers};
        self->links[self->link_count++] = link_new(self->loop, &setup, &listener);
    }
}

/* Tells each link whom to expect, as the members file says it now. */
static void aim_links(hub_t *self)
{
    for (size_t i = 0; i < self->link_count; i++) {
        link_t *link = self->links[i];
        const member_t *broker = members_find(self->members, link_broker(link));
        link_set_broker(link, broker && broker->role == MEMBER_BROKER ? broker : NULL);
    }
}

/* ---- commands ---- */

static int command_status(hub_t *self, const moment_t *now, char **answer, err_t *err)
{
    (void)now;
    (void)err;
    report_t report = {.settings = self->settings,
                       .streams = self->streams,
                       .publisher = self->publisher,
                       .sink = self->sink,
                       .links = self->links,
                       .link_count = self->link_count,
                       .rebuilt_ms = holding_rebuilt_ms(self->holding)};
    *answer = report_make(&report);
    return 0;
}

static int command_unfence(hub_t *self, const moment_t *now, char **answer, err_t *err)
{
    (void)answer;
    if (!self->publisher)
        return err_set(err, ERR_REJECT, "Ce nœud ne publie rien : il n'y a rien à lever.");
    return publisher_unfence(self->publisher, now, err);
}

/* Says to who watches this loop that it will not turn for a while. */
static void tell_busy(const hub_t *self)
{
    char ms[24];
    snprintf(ms, sizeof ms, "%lld", (long long)holding_clean_ms(self->holding));
    zstr_sendx(self->pipe, "BUSY", ms, NULL);
}

static int command_clean(hub_t *self, const moment_t *now, char **answer, err_t *err)
{
    (void)answer;
    tell_busy(self);
    if (holding_clean(self->holding, err))
        return -1;
    return holding_forget_aside(self->holding, INT64_MAX, now->unix_ms - REPLACED_MS, err);
}

static int command_purge(hub_t *self, const moment_t *now, char **answer, err_t *err)
{
    (void)answer;
    (void)now;
    return holding_forget_displaced(self->holding, INT64_MAX, err);
}

static const struct {
    const char *name;
    int (*run)(hub_t *self, const moment_t *now, char **answer, err_t *err);
} COMMANDS[] = {
    {"status", command_status},
    {"unfence", command_unfence},
    {"clean", command_clean},
    {"purge-displaced", command_purge},
};

/* ---- the desk ---- */

/* An error on its way to a client; one that ends us is noticed here too. */
static int told(hub_t *self, const moment_t *now, err_t *err)
{
    if (err->action == ERR_STOP)
        failed(self, "store", err, now);
    return -1;
}

static int desk_command(void *context, const char *name, const moment_t *now, char **json,
                        err_t *err)
{
    hub_t *self = context;
    for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS; i++)
        if (!strcmp(COMMANDS[i].name, name))
            return COMMANDS[i].run(self, now, json, err) ? told(self, now, err) : 0;
    return err_set(err, ERR_REJECT, "Ce nœud ne connaît pas la commande « %s ».", name);
}

static int desk_check(void *context, const change_t *changes, size_t count, err_t *err)
{
    hub_t *self = context;
    if (!self->publisher)
        return err_set(err, ERR_REJECT,
                       "Ce nœud ne publie rien : les fiches se changent au hub qui les tient.");
    return editor_check(self->editor, changes, count, err);
}

static int desk_may_change(void *context, const moment_t *now, err_t *err)
{
    hub_t *self = context;
    return publisher_may_change(self->publisher, now, err) ? told(self, now, err) : 0;
}

static int desk_change(void *context, const provenance_t *provenance, const change_t *changes,
                       size_t count, bool dry_run, char *outcomes, const moment_t *now, err_t *err)
{
    hub_t *self = context;
    return editor_apply(self->editor, provenance, changes, count, dry_run, outcomes, now, err)
               ? told(self, now, err)
               : 0;
}

static int desk_undo(void *context, int64_t number, bool force, bool dry_run, const moment_t *now,
                     char **json, err_t *err)
{
    hub_t *self = context;
    return editor_undo(self->editor, number, force, dry_run, now, json, err) ? told(self, now, err)
                                                                             : 0;
}

static int on_desk(zloop_t *loop, zsock_t *socket, void *context)
{
    (void)loop;
    (void)socket;
    hub_t *self = context;
    moment_t now = moment_now();
    self->heard_ms = now.steady_ms;
    desk_serve(self->desk, &now);
    return settle(self, &now);
}

/* ---- time ---- */

/* A period after the last one, so that a node that restarts often neither skips it nor repeats it. */
static int64_t first_clean_ms(const hub_t *self, const moment_t *now)
{
    int64_t period_ms = self->settings->timers.clean;
    int64_t least_ms = period_ms < CLEAN_FIRST_MS ? period_ms : CLEAN_FIRST_MS;
    int64_t wait_ms = holding_cleaned_ms(self->holding) + period_ms - now->unix_ms;
    return wait_ms < least_ms ? least_ms : wait_ms < period_ms ? wait_ms : period_ms;
}

static bool may_clean(const hub_t *self, const moment_t *now)
{
    int64_t late_ms = now->steady_ms - self->clean_due_ms;
    return late_ms >= 0
           && (now->steady_ms - self->heard_ms >= CLEAN_QUIET_MS
               || late_ms >= self->settings->timers.clean / CLEAN_PATIENCE);
}

static void housekeeping(hub_t *self, const moment_t *now)
{
    err_t err;
    if (!may_clean(self, now))
        return;
    self->clean_due_ms = now->steady_ms + self->settings->timers.clean;
    if (holding_forget_displaced(self->holding, now->unix_ms - DISPLACED_MS, &err))
        failed(self, "displaced", &err, now);
    if (self->editor && editor_expire(self->editor, now, &err))
        failed(self, "ledger", &err, now);
    if (holding_forget_aside(self->holding, now->unix_ms - self->settings->timers.clean,
                             now->unix_ms - REPLACED_MS, &err))
        failed(self, "store", &err, now);
    tell_busy(self);
    if (holding_clean(self->holding, &err)) {
        self->clean_due_ms = now->steady_ms + CLEAN_RETRY_MS;
        failed(self, "clean-up", &err, now);
    }
}

/* A store that others can fill again is given up for a new one; a hub's own is for a person to mend. */
static void patrol(hub_t *self, const moment_t *now)
{
    err_t err;
    if (!patrol_step(self->patrol, now, &err))
        return;
    if (self->settings->role == MEMBER_HUB && err.action == ERR_STOP)
        log_error("Le disque de ce hub n'a pas gardé ce qui y était écrit (%s). À faire : lancez"
                  " « maillage verify », vérifiez le disque, puis restaurez la dernière"
                  " sauvegarde.",
                  err.text);
    else
        failed(self, "store", &err, now);
}

static int on_tick(zloop_t *loop, int timer, void *context)
{
    (void)loop;
    (void)timer;
    hub_t *self = context;
    moment_t now = moment_now();
    err_t err;
    HANG("hub.tick");
    for (size_t i = 0; i < self->link_count; i++)
        link_tick(self->links[i]);
    if (self->publisher && publisher_tick(self->publisher, &now, &err))
        failed(self, "publisher", &err, &now);
    if (sink_tick(self->sink, &now, &err))
        failed(self, "sync", &err, &now);
    end_start(self, &now); /* before what waits: an undo must know what was erased */
    if (!self->failing)
        desk_tick(self->desk, &now);
    patrol(self, &now);
    housekeeping(self, &now);
    return settle(self, &now);
}

/* ---- members ---- */

static bool knows_own_key(const hub_t *self)
{
    const member_t *own = members_find(self->members, self->settings->name);
    if (!own || !member_has_curve(own, self->secret.curve_public))
        return false;
    if (self->settings->role != MEMBER_HUB)
        return true;
    for (size_t i = 0; i < own->sign_count; i++)
        if (!memcmp(own->sign[i].key, self->secret.sign_public, SIGN_PUBLIC_SIZE))
            return true;
    return false;
}

static void check_own_key(const hub_t *self)
{
    if (!knows_own_key(self))
        log_warning("our own key is not among the members: %s/%s.pub is missing or of another key;"
                    " others will refuse us",
                    self->settings->members, self->settings->name);
}

/* Is there a member that was not there before, or not like this? */
static bool anybody_new(const members_t *before, const members_t *after)
{
    for (size_t i = 0; i < members_count(after); i++) {
        const member_t *member = members_at(after, i);
        const member_t *known = members_find(before, member->name);
        if (!known || memcmp(known, member, sizeof *member))
            return true;
    }
    return false;
}

/* What a broker told of a hub that we did not know was refused: it tells it again when greeted. */
static void greet_again(hub_t *self)
{
    for (size_t i = 0; i < self->link_count; i++)
        link_greet_again(self->links[i]);
}

static void reload_members(hub_t *self)
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
    if (self->publisher)
        publisher_set_members(self->publisher, members);
    aim_links(self);
    if (anybody_new(old, members))
        greet_again(self);
    members_destroy(&old);
    check_own_key(self);
    log_info("%zu members", members_count(members));
}

/* ---- birth ---- */

static int load_identity(hub_t *self, findings_t *findings)
{
    const settings_t *settings = self->settings;
    self->members = members_load(settings->members, findings);
    if (secret_load(&self->secret, settings->key, findings) || !self->members)
        return -1;
    if (strcmp(self->secret.name, settings->name) == 0 && self->secret.role == settings->role)
        return 0;
    findings_add(findings, SEVERITY_ERROR, "E_KEY", settings->key, "", "",
                 "this is the key of the %s '%s', not of the %s '%s'",
                 member_roles[self->secret.role], self->secret.name, member_roles[settings->role],
                 settings->name);
    return -1;
}

/* What others know of this hub, and what it says of itself, must be what `maillage config check` lets
 * pass: a hub that publishes something else is worse than one that does not start. */
static int check_territory(const hub_t *self, findings_t *findings)
{
    const settings_t *settings = self->settings;
    const member_t *own = members_find(self->members, settings->name);
    const char *territory = settings->territory ? settings->territory : "";
    if (settings->role != MEMBER_HUB || !own || !strcmp(own->territory, territory))
        return 0;
    findings_add(findings, SEVERITY_ERROR, "E_MEMBER", settings->where, "node.territory", territory,
                 "the .pub file of this name gives another territory, '%s'", own->territory);
    return -1;
}

static int check_card(const hub_t *self, findings_t *findings)
{
    change_t change;
    text_t body;
    size_t errors = findings->errors;
    if (self->settings->role != MEMBER_HUB)
        return 0;
    text_init(&body, BODY_MAX_SIZE);
    card_make(self->settings, self->schema, &change, &body, findings);
    text_free(&body);
    return findings->errors > errors ? -1 : 0;
}

static uint64_t random_number(void *context)
{
    (void)context;
    uint64_t number;
    randombytes_buf(&number, sizeof number);
    return number;
}

static int make_publisher(hub_t *self, bool after_restore, err_t *err)
{
    moment_t now = moment_now();
    size_t count = schema_kind_count(self->schema);
    const char **kinds = calloc(count + 1, sizeof *kinds);
    assert(kinds);
    for (size_t i = 0; i < count; i++)
        kinds[i] = schema_kind_at(self->schema, i)->name;
    publisher_setup_t setup = {.hub = self->settings->name,
                               .sign_secret = self->secret.sign_secret,
                               .kinds = kinds,
                               .kind_count = count,
                               .after_restore = after_restore,
                               .random = random_number};
    self->publisher = publisher_new(self->streams, self->members, self->outbox,
                                    &self->settings->timers, &setup, &now, err);
    free(kinds);
    if (!self->publisher)
        return -1;
    self->editor = editor_new(self->streams, holding_ledger(self->holding), self->schema,
                              self->settings->name);
    return 0;
}

static int make_machines(hub_t *self, bool after_restore, err_t *err)
{
    sink_role_t role = {.self = self->settings->name,
                        .wants = self->settings->subscribe,
                        .want_count = self->settings->subscribe_count};
    self->outbox = outbox_new();
    self->sink =
        sink_new(self->streams, self->members, self->outbox, &self->settings->timers, &role);
    self->patrol = patrol_new(self->streams, self->settings->timers.clean);
    return self->settings->role == MEMBER_HUB ? make_publisher(self, after_restore, err) : 0;
}

static int make_desk(hub_t *self, err_t *err)
{
    desk_handler_t handler = {.check = desk_check,
                              .may_change = desk_may_change,
                              .change = desk_change,
                              .undo = desk_undo,
                              .command = desk_command,
                              .context = self};
    self->desk = desk_new(self->settings->store, &handler, err);
    return self->desk ? 0 : -1;
}

static int open_all(hub_t *self, bool after_restore, findings_t *findings, err_t *err)
{
    if (load_identity(self, findings) || check_territory(self, findings)
        || check_card(self, findings))
        return -1;
    check_own_key(self);
    self->holding = holding_open(self->settings->store, self->schema, self->settings->role, err);
    if (!self->holding)
        return -1;
    self->streams = holding_streams(self->holding);
    if (make_machines(self, after_restore || holding_restored(self->holding), err))
        return -1;
    return make_desk(self, err);
}

hub_t *hub_new(const settings_t *settings, const schema_t *schema, bool after_restore,
               findings_t *findings, err_t *err)
{
    hub_t *self = calloc(1, sizeof *self);
    assert(self);
    self->settings = settings;
    self->schema = schema;
    self->card_due_ms = settings->role == MEMBER_HUB ? 0 : INT64_MAX;
    self->loop = zloop_new();
    assert(self->loop);
    zloop_set_nonstop(self->loop, true);
    if (open_all(self, after_restore, findings, err))
        hub_destroy(&self);
    return self;
}

void hub_destroy(hub_t **self_p)
{
    hub_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->link_count; i++)
        link_destroy(&self->links[i]);
    free(self->links);
    free(self->peers);
    zloop_destroy(&self->loop);
    desk_destroy(&self->desk);
    editor_destroy(&self->editor);
    publisher_destroy(&self->publisher);
    patrol_destroy(&self->patrol);
    sink_destroy(&self->sink);
    outbox_destroy(&self->outbox);
    holding_close(&self->holding);
    members_destroy(&self->members);
    secret_wipe(&self->secret);
    free(self->warned);
    free(self);
    *self_p = NULL;
}

/* ---- the actor ---- */

static int on_pipe(zloop_t *loop, zsock_t *pipe, void *context)
{
    (void)loop;
    hub_t *self = context;
    char *word = zstr_recv(pipe);
    moment_t now = moment_now();
    if (!word || !strcmp(word, "$TERM"))
        self->ending = true;
    else if (!strcmp(word, "RELOAD"))
        reload_members(self);
    else if (!strcmp(word, "PING"))
        zstr_send(pipe, "PONG");
    zstr_free(&word);
    return settle(self, &now);
}

static void wait_for_end(zsock_t *pipe)
{
    for (bool ending = false; !ending;) {
        char *word = zstr_recv(pipe);
        ending = !word || !strcmp(word, "$TERM");
        zstr_free(&word);
    }
}

void hub_actor(zsock_t *pipe, void *argument)
{
    hub_t *self = argument;
    moment_t now = moment_now();
    self->clean_due_ms = now.steady_ms + first_clean_ms(self, &now);
    self->pipe = pipe;
    zsock_signal(pipe, 0);
    zloop_reader(self->loop, pipe, on_pipe, self);
    zloop_reader(self->loop, desk_socket(self->desk), on_desk, self);
    zloop_timer(self->loop, (size_t)(self->settings->timers.ping / TICKS_PER_PING) + 1, 0, on_tick,
                self);
    make_links(self);
    aim_links(self);
    settle(self, &now);
    while (!self->ending && !self->failing) /* else interrupted */
        zloop_start(self->loop);
    if (self->failing && !self->ending) {
        if (self->settings->role != MEMBER_HUB)
            holding_set_aside(self->holding);
        zstr_sendx(pipe, "FAILED", self->failure.text, NULL);
        wait_for_end(pipe);
    }
    hub_destroy(&self);
}
