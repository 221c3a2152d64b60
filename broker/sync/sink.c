/* What a sink knows of a stream is in three places: the stream's row (what is shown, what is staged,
 * the cursor, the newest head known) survives a crash; a feed (whom was asked, and when) does not have
 * to; an offer is the newest head that one connected peer showed.
 *
 *   event                                 state it leads to              function
 *   HEAD equal to what is held            VERIFIED with that head        compare_with_head
 *   HEAD of the same seq, another root    RESYNC                         compare_with_head
 *   HEAD of a new life below the cursor   RESYNC                         take_head
 *   BATCH that does not complete          PULLING, staged                stage_batch
 *   BATCH that completes, root agrees     VERIFIED                       prove_batch
 *   BATCH that completes, root differs    RESYNC, source passed over     prove_batch, pass_over
 *   BATCH that stages more ids than       RESYNC, source passed over     stage_batch, pass_over
 *     the stream has
 *   bad BATCH                             another source                 pass_over
 *   source dies, or is stuck and another  staged dropped, PULLING        take_source
 *     one is ahead
 *   the key of the known head is taken    RESYNC, nothing known          disown
 *     from its hub
 *
 * After each event keep_pulling makes sure that the right PULL is on its way: one per stream. */
#include "broker/sync/sink.h"

#include "broker/base/fault.h"
#include "broker/sync/batch.h"
#include "broker/sync/interest.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOUBLINGS_MAX 10 /* of the times before another source is taken: 5 s to more than an hour */
#define HOUR_MS (60 * 60 * 1000)
#define SEEN_EVERY_MS 1000
#define EXAMINE_EVERY_MS (10 * 60 * 1000) /* reading the whole file takes a second for 100 MB */
#define KINDS_MAX 64 /* streams of one hub: a member cannot make us keep more */

/* How long a source is passed over after its first, second, third, further failures. */
static const int64_t PASSED_OVER_MS[] = {0, 60 * 1000, 5 * 60 * 1000, HOUR_MS};

/* The newest head that one peer showed of one stream. */
typedef struct offer {
    peer_t peer;
    head_t head;
    bool refused; /* told us that it does not serve this stream to us */
} offer_t;

/* A source that failed; kept by name, because a bad source may reconnect. */
typedef struct doubt {
    char name[NAME_SIZE];
    unsigned failures;
    int64_t until_ms;
} doubt_t;

typedef struct feed {
    stream_t *stream;
    offer_t *offers;
    size_t offer_count;
    doubt_t *doubts;
    size_t doubt_count;
    peer_t peer;  /* the source; 0 none */
    bool pulling; /* a PULL is out, with the life and after below */
    uint64_t life, after;
    int64_t pulled_ms; /* when it went out */
    int64_t behind_ms; /* since when some source is always ahead of what is shown; 0 none is */
    int64_t moved_ms;  /* when the cursor last moved */
    unsigned changes;  /* of source for want of patience, since the last proof: each doubles it */
    int64_t retry_ms;  /* not before, after a full disk; 0 now */
    unsigned retries;
    bool seen; /* offers changed since they were written for the displays */
} feed_t;

typedef struct link_peer {
    peer_t peer;
    char name[NAME_SIZE];
} link_peer_t;

struct sink {
    streams_t *streams;
    const members_t *members;
    outbox_t *outbox;
    const timers_t *timers;
    bool owner_only;
    int64_t answer_ms;  /* a PULL without an answer is sent again after that */
    int64_t examine_ms; /* the store is not examined again before */
    bool new_members;   /* since the last tick */
    char self[NAME_SIZE];
    interest_t *wants;
    size_t want_count;
    link_peer_t *peers;
    size_t peer_count;
    feed_t *feeds; /* by stream->index; a feed without a stream is not used */
    size_t feed_count;
    batch_t *batch;
    int64_t seen_written_ms;
    char complaint[ERR_TEXT_SIZE];
    char said[ERR_TEXT_SIZE]; /* the complaint that was read */
};

sink_t *sink_new(streams_t *streams, const members_t *members, outbox_t *outbox,
                 const timers_t *timers, const sink_role_t *role)
{
    sink_t *self = calloc(1, sizeof *self);
    assert(self);
    *self = (sink_t){.streams = streams,
                     .members = members,
                     .outbox = outbox,
                     .timers = timers,
                     .owner_only = role->owner_only,
                     .answer_ms = role->hurried ? timers->change : timers->answer,
                     .want_count = role->want_count,
                     .new_members = true};
    snprintf(self->self, sizeof self->self, "%s", role->self);
    self->wants = malloc((role->want_count + 1) * sizeof *self->wants);
    self->batch = malloc(sizeof *self->batch);
    assert(self->wants && self->batch);
    if (role->want_count)
        memcpy(self->wants, role->wants, role->want_count * sizeof *self->wants);
    return self;
}

void sink_destroy(sink_t **self_p)
{
    sink_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->feed_count; i++) {
        free(self->feeds[i].offers);
        free(self->feeds[i].doubts);
    }
    free(self->feeds);
    free(self->peers);
    free(self->wants);
    free(self->batch);
    free(self);
    *self_p = NULL;
}

/* ---- feeds, offers, doubts ---- */

static feed_t *feed_of(sink_t *self, stream_t *stream)
{
    if (stream->index >= self->feed_count) {
        size_t count = streams_count(self->streams);
        self->feeds = realloc(self->feeds, count * sizeof *self->feeds);
        assert(self->feeds);
        memset(self->feeds + self->feed_count, 0, (count - self->feed_count) * sizeof *self->feeds);
        self->feed_count = count;
    }
    self->feeds[stream->index].stream = stream;
    return &self->feeds[stream->index];
}

static const char *peer_name(const sink_t *self, peer_t peer)
{
    for (size_t i = 0; i < self->peer_count; i++)
        if (self->peers[i].peer == peer)
            return self->peers[i].name;
    return NULL;
}

static offer_t *offer_of(const feed_t *feed, peer_t peer)
{
    for (size_t i = 0; i < feed->offer_count; i++)
        if (feed->offers[i].peer == peer)
            return &feed->offers[i];
    return NULL;
}

static offer_t *open_offer(feed_t *feed, peer_t peer)
{
    offer_t *offer = offer_of(feed, peer);
    if (offer)
        return offer;
    feed->offers = realloc(feed->offers, (feed->offer_count + 1) * sizeof *feed->offers);
    assert(feed->offers);
    offer = &feed->offers[feed->offer_count++];
    *offer = (offer_t){.peer = peer};
    return offer;
}

/* The peer showed this head, by HEAD or in a BATCH. */
static void note_head(offer_t *offer, const head_t *head)
{
    int order = head_compare(head, &offer->head);
    if (order > 0 || (!order && head->beat >= offer->head.beat))
        offer->head = *head;
}

static void forget_offer(feed_t *feed, peer_t peer)
{
    offer_t *offer = offer_of(feed, peer);
    if (offer)
        *offer = feed->offers[--feed->offer_count];
    if (feed->peer == peer) {
        feed->peer = 0;
        feed->pulling = false;
    }
}

static doubt_t *doubt_of(const feed_t *feed, const char *name)
{
    for (size_t i = 0; i < feed->doubt_count; i++)
        if (!strcmp(feed->doubts[i].name, name))
            return &feed->doubts[i];
    return NULL;
}

static void complain(sink_t *self, const feed_t *feed, const char *source, const char *what)
{
    snprintf(self->complaint, sizeof self->complaint, "%s/%s from %s: %.800s", feed->stream->hub,
             feed->stream->kind, source, what);
}

/* The source failed a check or a proof: others are asked first, for a while. */
static void pass_over(sink_t *self, feed_t *feed, peer_t peer, const char *why, const moment_t *now)
{
    const char *name = peer_name(self, peer);
    doubt_t *doubt = doubt_of(feed, name);
    if (!doubt) {
        feed->doubts = realloc(feed->doubts, (feed->doubt_count + 1) * sizeof *feed->doubts);
        assert(feed->doubts);
        doubt = &feed->doubts[feed->doubt_count++];
        *doubt = (doubt_t){0};
        snprintf(doubt->name, sizeof doubt->name, "%s", name);
    }
    size_t last = sizeof PASSED_OVER_MS / sizeof *PASSED_OVER_MS - 1;
    size_t which = doubt->failures < last ? doubt->failures : last;
    /* scaled like every other time when tests run at a tenth */
    doubt->until_ms = now->steady_ms + PASSED_OVER_MS[which] * self->timers->staging / (60 * 1000);
    doubt->failures++;
    feed->pulling = false;
    complain(self, feed, name, why);
}

static void trust(feed_t *feed, const char *name)
{
    doubt_t *doubt = doubt_of(feed, name);
    if (doubt)
        *doubt = feed->doubts[--feed->doubt_count];
}

/* ---- what is shown, known and offered ---- */

/* Compares a head with the state that is shown. */
static int compare_shown(const stream_t *stream, const head_t *head)
{
    head_t own = {.life = stream->life, .seq = stream->seq};
    return head_compare(head, stream->own ? &own : &stream->head);
}

/* Has this peer shown something that we want? In a resync that is also what is shown already: it is in
 * doubt. */
static bool ahead(const feed_t *feed, const offer_t *offer)
{
    int order = compare_shown(feed->stream, &offer->head);
    return order > 0 || (order == 0 && feed->stream->resync);
}

static bool somebody_ahead(const feed_t *feed)
{
    for (size_t i = 0; i < feed->offer_count; i++)
        if (ahead(feed, &feed->offers[i]))
            return true;
    return false;
}

/* May this peer be asked now? A source of an older life has nothing for us; neither has, in a resync,
 * one that is behind what is shown. */
static bool eligible(const sink_t *self, const feed_t *feed, const offer_t *offer,
                     const moment_t *now)
{
    const doubt_t *doubt = doubt_of(feed, peer_name(self, offer->peer));
    return !offer->refused && offer->head.life >= feed->stream->known.life
           && (!feed->stream->resync || ahead(feed, offer))
           && (!doubt || doubt->until_ms <= now->steady_ms);
}

/* The peer to ask: whoever staged rows came from if it is still there, else the newest head; among
 * equals the one that failed less, then the one asked now, then the younger connection. */
static const offer_t *best_offer(const sink_t *self, const feed_t *feed, const moment_t *now)
{
    const offer_t *best = NULL;
    for (size_t i = 0; i < feed->offer_count; i++) {
        const offer_t *offer = &feed->offers[i];
        if (!eligible(self, feed, offer, now))
            continue;
        if (feed->stream->staged && !strcmp(peer_name(self, offer->peer), feed->stream->source))
            return offer;
        if (!best) {
            best = offer;
            continue;
        }
        int order = head_compare(&offer->head, &best->head);
        if (!order)
            order = (int)sink_failures(self, feed->stream, peer_name(self, best->peer))
                    - (int)sink_failures(self, feed->stream, peer_name(self, offer->peer));
        if (!order && best->peer != feed->peer)
            order = offer->peer == feed->peer || offer->peer > best->peer ? 1 : -1;
        if (order > 0)
            best = offer;
    }
    return best;
}

/* ---- pulling ---- */

/* Makes `peer` the source. Rows staged from another one are dropped: two sources' rows together may
 * prove nothing for ever. */
static int take_source(sink_t *self, feed_t *feed, peer_t peer, const moment_t *now, err_t *err)
{
    stream_t *stream = feed->stream;
    if (stream->staged && strcmp(stream->source, peer_name(self, peer))) {
        if (streams_begin(self->streams, err))
            return -1;
        if (streams_end(self->streams, stream_drop_staged(stream, err), err))
            return -1;
    }
    feed->peer = peer;
    feed->pulling = false;
    if (feed->behind_ms)
        feed->behind_ms = now->steady_ms; /* the new source has its own time */
    return 0;
}

static void send_pull(sink_t *self, feed_t *feed, const moment_t *now)
{
    stream_t *stream = feed->stream;
    bool shown = stream->own ? !stream->resync && !stream->staged : stream_verified(stream);
    wire_pull(outbox_frame(self->outbox), stream->hub, stream->kind, stream->known.life,
              stream->cursor, !shown);
    outbox_post(self->outbox, feed->peer);
    feed->pulling = true;
    feed->life = stream->known.life;
    feed->after = stream->cursor;
    feed->pulled_ms = now->steady_ms;
}

/* Is there anything to ask for? A hub that recovers stops where it is proven. */
static bool satisfied(const feed_t *feed)
{
    const stream_t *stream = feed->stream;
    return stream->own && !stream->resync && !stream->staged
           && compare_shown(stream, &stream->known) <= 0;
}

/* After a crash rows may be staged from a source that is not connected yet, while another one is: it
 * is given the time that a stuck source is given. */
static bool waits_for_source(const sink_t *self, const feed_t *feed, const offer_t *best,
                             const moment_t *now)
{
    return feed->stream->staged && !feed->moved_ms
           && strcmp(feed->stream->source, peer_name(self, best->peer))
           && now->steady_ms - feed->behind_ms < self->timers->change;
}

/* Sees to it that the right PULL is out: at a source that may be asked, from the cursor. */
static int keep_pulling(sink_t *self, feed_t *feed, const moment_t *now, err_t *err)
{
    if (satisfied(feed)) {
        feed->pulling = false;
        return 0;
    }
    if (feed->retry_ms > now->steady_ms)
        return 0;
    const offer_t *current = feed->peer ? offer_of(feed, feed->peer) : NULL;
    if (!current || !eligible(self, feed, current, now)) {
        const offer_t *best = best_offer(self, feed, now);
        if (!best || waits_for_source(self, feed, best, now)) {
            feed->pulling = false;
            return 0;
        }
        if (take_source(self, feed, best->peer, now, err))
            return -1;
    }
    if (!feed->pulling || feed->after != feed->stream->cursor)
        send_pull(self, feed, now);
    return 0;
}

/* ---- transactions ---- */

/* A write failed: rolled back by whoever noticed. A full disk is tried again later, everything else
 * is the caller's. Returns 0 when the sink can go on. */
static int failed(sink_t *self, feed_t *feed, const moment_t *now, err_t *err)
{
    feed->pulling = false;
    if (err->action != ERR_RETRY)
        return -1;
    unsigned times = feed->retries < 6 ? feed->retries++ : 6;
    feed->retry_ms = now->steady_ms + (self->timers->retry << times);
    complain(self, feed, "the store", err->text);
    return 0;
}

static void verified(feed_t *feed, const moment_t *now)
{
    feed->changes = 0;
    if (!somebody_ahead(feed)) /* one that replays the past makes proofs, and never catches up */
        feed->behind_ms = 0;
    feed->retries = 0;
    feed->moved_ms = now->steady_ms;
}

/* ---- keys that were taken away ---- */

/* A hub that is no member is not heard; what it published before stays. */
static bool borne_out(const sink_t *self, const head_t *head)
{
    return !head->life || !members_find(self->members, head->hub)
           || members_bear_out(self->members, head);
}

void sink_set_members(sink_t *self, const members_t *members)
{
    self->members = members;
    self->new_members = true;
    for (size_t i = 0; i < self->feed_count; i++) {
        feed_t *feed = &self->feeds[i];
        for (size_t k = feed->stream && !feed->stream->own ? feed->offer_count : 0; k-- > 0;)
            if (!borne_out(self, &feed->offers[k].head))
                forget_offer(feed, feed->offers[k].peer);
    }
}

/* A thief may have signed any life: neither what its head proved nor its life counts any longer. The records
 * are hidden, or stay until the hub proves others. */
static int disown(sink_t *self, feed_t *feed, bool hidden, const moment_t *now, err_t *err)
{
    stream_t *stream = feed->stream;
    bool shown = borne_out(self, &stream->head); /* then the thief only announced */
    if (streams_begin(self->streams, err))
        return -1;
    int result = shown ? stream_give_up(stream, err) : stream_disown(stream, err);
    if (shown)
        stream_set_known(stream, &stream->head);
    else if (!result && hidden)
        result = stream_apply_staged(stream, now, err); /* of which there are none */
    if (streams_end(self->streams, result, err))
        return -1;
    complain(self, feed, stream->hub, "what a key proved that it no longer has does not count");
    return 0;
}

/* A broker waits for its hub: a folder of members that is wrong for a moment must not cost the last copy. */
static int hide_disowned(sink_t *self, const moment_t *now, err_t *err)
{
    for (size_t i = 0; i < streams_count(self->streams); i++) {
        stream_t *stream = streams_at(self->streams, i);
        if (!stream->own && !(borne_out(self, &stream->head) && borne_out(self, &stream->known))
            && disown(self, feed_of(self, stream), true, now, err))
            return -1;
    }
    self->new_members = false;
    return 0;
}

/* ---- HEAD ---- */

/* Nothing is staged and the head has our seq: the roots tell whether we hold what it says. */
static int compare_with_head(feed_t *feed, const head_t *head, const moment_t *now, err_t *err)
{
    stream_t *stream = feed->stream;
    uint8_t root[HASH_SIZE];
    if (stream_root(stream, root, err))
        return -1;
    if (memcmp(root, head->root, HASH_SIZE) || stream->count != head->count)
        return stream_start_resync(stream, err);
    stream_set_head(stream, head, now);
    verified(feed, now);
    return 0;
}

/* In a transaction: what a valid head changes. */
static int apply_head(feed_t *feed, const head_t *head, bool offered, const moment_t *now,
                      err_t *err)
{
    stream_t *stream = feed->stream;
    bool newer = head_compare(head, &stream->known) > 0;
    bool new_life = head->life > stream->known.life;
    /* a proof without the records is no reason to compare: its giver cannot be asked */
    bool comparable = offered && !stream->staged && !stream->resync && head->seq == stream->cursor
                      && compare_shown(stream, head) >= 0;
    if (newer)
        stream_set_known(stream, head);
    if (comparable)
        return compare_with_head(feed, head, now, err);
    if (new_life && head->seq < stream->cursor)
        return stream_start_resync(stream, err);
    return 0;
}

/* Would apply_head change anything? Most heads only repeat what is known. */
static bool head_matters(const feed_t *feed, const head_t *head)
{
    const stream_t *stream = feed->stream;
    if (head_compare(head, &stream->known) > 0)
        return true;
    if (stream->staged || stream->resync || head->seq != stream->cursor)
        return false;
    bool repeats = head_compare(head, &stream->head) == 0 && head->beat <= stream->head.beat
                   && !memcmp(head->root, stream->head.root, HASH_SIZE);
    return !repeats && compare_shown(stream, head) >= 0;
}

static int take_head(sink_t *self, feed_t *feed, const head_t *head, bool offered,
                     const moment_t *now, err_t *err)
{
    if (!head_matters(feed, head))
        return 0;
    if (streams_begin(self->streams, err))
        return failed(self, feed, now, err);
    int result = apply_head(feed, head, offered, now, err);
    FAULT("sink.head");
    return streams_end(self->streams, result, err) ? failed(self, feed, now, err) : 0;
}

static void send_stale_life(sink_t *self, feed_t *feed, peer_t peer)
{
    const head_t *known = &feed->stream->known;
    wire_err(outbox_frame(self->outbox), WIRE_STALE_LIFE, feed->stream->hub, feed->stream->kind,
             known->bytes, known->size, "a newer life of this hub is known");
    outbox_post(self->outbox, peer);
}

/* Peers that still speak with an older life learn of the new one at once: a second copy of a hub is
 * fenced off when the newer one speaks, not when the older one next does. */
static void tell_new_life(sink_t *self, feed_t *feed)
{
    for (size_t i = 0; i < feed->offer_count; i++)
        if (feed->offers[i].head.life < feed->stream->known.life)
            send_stale_life(self, feed, feed->offers[i].peer);
}

static size_t count_streams(const sink_t *self, const char *hub)
{
    size_t count = 0;
    for (size_t i = 0; i < streams_count(self->streams); i++)
        count += !strcmp(streams_at(self->streams, i)->hub, hub);
    return count;
}

/* Finds the stream of a head that we may follow, creating it when it is new. */
static int open_feed(sink_t *self, const head_t *head, feed_t **feed, err_t *err)
{
    *feed = NULL;
    stream_t *stream = streams_find(self->streams, head->hub, head->kind);
    bool own = stream && stream->own;
    if (!own && !interest_match(self->wants, self->want_count, self->self, head->hub, head->kind))
        return 0;
    if (own && strcmp(self->self, head->hub))
        return 0;
    if (!stream && count_streams(self, head->hub) >= KINDS_MAX)
        return err_set(err, ERR_REJECT, "%s announces more than %d kinds", head->hub, KINDS_MAX);
    if (!stream)
        stream = streams_open(self->streams, head->hub, head->kind, false, err);
    if (!stream)
        return -1;
    *feed = feed_of(self, stream);
    return 0;
}

static bool same_head(const head_t *a, const head_t *b)
{
    return a->size == b->size && !memcmp(a->bytes, b->bytes, a->size);
}

/* Verifying costs more than everything else a head does: not twice for the same bytes. */
static bool is_signed(const sink_t *self, const head_t *head, const moment_t *now)
{
    const stream_t *stream = streams_find(self->streams, head->hub, head->kind);
    return (stream && (same_head(head, &stream->known) || same_head(head, &stream->head)))
           || members_verify(self->members, head, now->unix_ms);
}

/* Can a stream of ours become this? Tables order sequence numbers as signed integers. */
static int check_limits(const head_t *head, err_t *err)
{
    if (head->count > STREAM_MAX_ITEMS)
        return err_set(err, ERR_REJECT,
                       "%s/%s has %" PRIu64 " records, more than the %d of a stream", head->hub,
                       head->kind, head->count, STREAM_MAX_ITEMS);
    if (head->seq > INT64_MAX)
        return err_set(err, ERR_REJECT, "%s/%s counts up to %" PRIu64 ", as no hub ever will",
                       head->hub, head->kind, head->seq);
    return 0;
}

static int read_head(const void *bytes, size_t size, head_t *head, err_t *err)
{
    return head_decode(head, bytes, size, err) || check_limits(head, err) ? -1 : 0;
}

int sink_head(sink_t *self, peer_t peer, const void *bytes, size_t size, const moment_t *now,
              err_t *err)
{
    head_t head;
    const char *name = peer_name(self, peer);
    if (!name)
        return 0; /* it said goodbye meanwhile */
    if (read_head(bytes, size, &head, err))
        return -1;
    if (!is_signed(self, &head, now))
        return err_set(err, ERR_REJECT, "head of %s/%s is not signed by that hub", head.hub,
                       head.kind);
    if (self->owner_only && strcmp(name, head.hub))
        return err_set(err, ERR_REJECT, "%s speaks in the name of %s", name, head.hub);
    feed_t *feed;
    if (open_feed(self, &head, &feed, err))
        return err->action == ERR_RETRY ? 0 : -1; /* a full disk: the next HEAD comes in a minute */
    if (!feed)
        return 0;
    offer_t *offer = open_offer(feed, peer);
    note_head(offer, &head);
    offer->refused = false;
    feed->seen = true;
    if (head.life < feed->stream->known.life && !feed->stream->own
        && !borne_out(self, &feed->stream->known) && disown(self, feed, false, now, err))
        return failed(self, feed, now, err);
    if (head.life < feed->stream->known.life) {
        send_stale_life(self, feed, peer);
        return 0;
    }
    bool new_life = feed->stream->known.life && head.life > feed->stream->known.life;
    if (take_head(self, feed, &head, true, now, err))
        return -1;
    if (new_life)
        tell_new_life(self, feed);
    if (!feed->behind_ms && ahead(feed, offer))
        feed->behind_ms = now->steady_ms;
    return keep_pulling(self, feed, now, err) ? failed(self, feed, now, err) : 0;
}

int sink_proof(sink_t *self, const void *bytes, size_t size, const moment_t *now, err_t *err)
{
    head_t head;
    if (read_head(bytes, size, &head, err))
        return -1;
    stream_t *stream = streams_find(self->streams, head.hub, head.kind);
    if (!stream || head.life <= stream->known.life || !is_signed(self, &head, now))
        return 0; /* an honest peer may hold a head whose key has expired since */
    feed_t *feed = feed_of(self, stream);
    if (take_head(self, feed, &head, false, now, err))
        return -1;
    tell_new_life(self, feed);
    return keep_pulling(self, feed, now, err) ? failed(self, feed, now, err) : 0;
}

/* ---- BATCH ---- */

/* The checks between a batch and what we know; *why is NULL when it may be taken. */
static bool acceptable(sink_t *self, feed_t *feed, const moment_t *now, err_t *why)
{
    const batch_t *batch = self->batch;
    if (!is_signed(self, &batch->head, now)) {
        err_set(why, ERR_REJECT, "its head is not signed by %s", batch->head.hub);
        return false;
    }
    if (check_limits(&batch->head, why))
        return false;
    if (compare_shown(feed->stream, &batch->head) < 0) {
        err_set(why, ERR_REJECT, "its head is older than what was proven");
        return false;
    }
    return true;
}

static int stage_batch(sink_t *self, feed_t *feed, const char *name, err_t *err)
{
    const batch_t *batch = self->batch;
    if (stream_stage(feed->stream, batch->items, batch->count, name, batch->upto, err))
        return -1;
    if (feed->stream->staged > batch->head.count)
        return err_set(err, ERR_REJECT, "it stages more records than the stream has");
    return 0;
}

/* Applies staged rows and the batch; ERR_REJECT when the result is not what the head says. */
static int prove_batch(sink_t *self, feed_t *feed, const char *name, const moment_t *now,
                       err_t *err)
{
    const batch_t *batch = self->batch;
    stream_t *stream = feed->stream;
    if (stream->staged || stream->resync || stream->own) {
        if (stream_stage(stream, batch->items, batch->count, name, batch->upto, err)
            || stream_apply_staged(stream, now, err))
            return -1;
    } else if (stream_apply(stream, batch->items, batch->count, err)) {
        return -1;
    }
    uint8_t root[HASH_SIZE];
    if (stream_root(stream, root, err))
        return -1;
    if (memcmp(root, batch->head.root, HASH_SIZE) || stream->count != batch->head.count)
        return err_set(err, ERR_REJECT, "the records it sent are not what the hub signed");
    stream_set_head(stream, &batch->head, now);
    return 0;
}

static int resync(sink_t *self, feed_t *feed, const head_t *head, err_t *err)
{
    stream_t *stream = feed->stream;
    if (streams_begin(self->streams, err))
        return -1;
    if (head_compare(head, &stream->known) > 0)
        stream_set_known(stream, head);
    return streams_end(self->streams, stream_start_resync(stream, err), err);
}

/* In one transaction: the batch, the cursor, the head. */
static int apply_batch(sink_t *self, feed_t *feed, const char *name, const moment_t *now,
                       err_t *err)
{
    const batch_t *batch = self->batch;
    if (streams_begin(self->streams, err))
        return -1;
    if (head_compare(&batch->head, &feed->stream->known) > 0)
        stream_set_known(feed->stream, &batch->head);
    int result = batch->completes ? prove_batch(self, feed, name, now, err)
                                  : stage_batch(self, feed, name, err);
    FAULT("sink.commit");
    return streams_end(self->streams, result, err);
}

static void refuse_batch(sink_t *self, feed_t *feed, peer_t peer, const err_t *why,
                         const moment_t *now)
{
    wire_err(outbox_frame(self->outbox), WIRE_BAD_ITEM, feed->stream->hub, feed->stream->kind, NULL,
             0, why->text);
    outbox_post(self->outbox, peer);
    pass_over(self, feed, peer, why->text, now);
    feed->peer = 0; /* the next best is asked, which may be the same one the first time */
}

/* All of a stream, pulled anew, is not what the hub signed. Its source may lie; but an index of ours that lost
 * a row would keep every resync from ending, and the check at start does not look into indexes. */
static int doubt_store(sink_t *self, const moment_t *now, err_t *err)
{
    if (now->steady_ms < self->examine_ms)
        return 0;
    self->examine_ms = now->steady_ms + EXAMINE_EVERY_MS;
    return streams_examine(self->streams, err);
}

/* A batch could not be taken: it proves nothing, or stages more than the stream has (then what is staged
 * may be of a history that was cut shorter, and in the way for ever), or the store failed. */
static int batch_failed(sink_t *self, feed_t *feed, peer_t peer, const moment_t *now, err_t *err)
{
    if (err->action != ERR_REJECT)
        return failed(self, feed, now, err);
    bool whole = feed->stream->resync;
    refuse_batch(self, feed, peer, err, now);
    if (resync(self, feed, &self->batch->head, err) || (whole && doubt_store(self, now, err)))
        return failed(self, feed, now, err);
    return 0;
}

static void batch_taken(sink_t *self, feed_t *feed, const char *name, const moment_t *now)
{
    feed->pulling = false;
    feed->moved_ms = now->steady_ms;
    if (self->batch->completes) {
        verified(feed, now);
        trust(feed, name);
    }
}

int sink_batch(sink_t *self, peer_t peer, const wire_t *wire, const moment_t *now, err_t *err)
{
    stream_t *stream = streams_find(self->streams, wire->hub, wire->kind);
    const char *name = peer_name(self, peer);
    if (self->owner_only && name && strcmp(name, wire->hub))
        return err_set(err, ERR_REJECT, "%s sends records in the name of %s", name, wire->hub);
    if (!stream || !name)
        return 0;
    feed_t *feed = feed_of(self, stream);
    if (!feed->pulling || feed->peer != peer || wire->after != stream->cursor)
        return 0;
    err_t why;
    if (batch_read(self->batch, wire, &why) || !acceptable(self, feed, now, &why)) {
        refuse_batch(self, feed, peer, &why, now);
        return keep_pulling(self, feed, now, err) ? failed(self, feed, now, err) : 0;
    }
    bool new_life = self->batch->head.life > stream->known.life;
    if (offer_of(feed, peer))
        note_head(offer_of(feed, peer), &self->batch->head);
    if (self->batch->head.life < stream->known.life) {
        send_stale_life(self, feed, peer);
        if (offer_of(feed, peer) && offer_of(feed, peer)->head.life >= stream->known.life)
            pass_over(self, feed, peer, "it serves an older life than it announced", now);
        feed->pulling = false;
        feed->peer = 0;
    } else if (apply_batch(self, feed, name, now, err)) {
        if (batch_failed(self, feed, peer, now, err))
            return -1;
    } else {
        batch_taken(self, feed, name, now);
    }
    if (new_life && stream->known.life == self->batch->head.life)
        tell_new_life(self, feed);
    return keep_pulling(self, feed, now, err) ? failed(self, feed, now, err) : 0;
}

static int go_on_without(sink_t *self, feed_t *feed, const moment_t *now, err_t *err);

int sink_error(sink_t *self, peer_t peer, const wire_t *error, const moment_t *now, err_t *err)
{
    stream_t *stream = streams_find(self->streams, error->hub, error->kind);
    if (!stream || !peer_name(self, peer))
        return 0;
    feed_t *feed = feed_of(self, stream);
    offer_t *offer = offer_of(feed, peer);
    if (error->code == WIRE_NO_STREAM || error->code == WIRE_NOT_ALLOWED) {
        if (offer)
            offer->refused = true; /* until its next HEAD */
        if (feed->peer == peer)
            feed->pulling = false;
    }
    return go_on_without(self, feed, now, err) ? failed(self, feed, now, err) : 0;
}

/* ---- peers and time ---- */

void sink_peer_up(sink_t *self, peer_t peer, const char *name, const moment_t *now)
{
    (void)now;
    assert(!peer_name(self, peer));
    self->peers = realloc(self->peers, (self->peer_count + 1) * sizeof *self->peers);
    assert(self->peers);
    link_peer_t *entry = &self->peers[self->peer_count++];
    entry->peer = peer;
    snprintf(entry->name, sizeof entry->name, "%s", name);
}

/* A hub recovers what connected brokers hold: a newer life of one that went is not waited for. */
static int lower_known(sink_t *self, feed_t *feed, err_t *err)
{
    stream_t *stream = feed->stream;
    head_t newest = {0};
    for (size_t i = 0; i < feed->offer_count; i++)
        if (!feed->offers[i].refused && head_compare(&feed->offers[i].head, &newest) > 0)
            newest = feed->offers[i].head;
    if (!stream->own || newest.life >= stream->known.life)
        return 0;
    if (streams_begin(self->streams, err))
        return -1;
    stream_set_known(stream, &newest);
    return streams_end(self->streams, 0, err);
}

static int go_on_without(sink_t *self, feed_t *feed, const moment_t *now, err_t *err)
{
    return lower_known(self, feed, err) || keep_pulling(self, feed, now, err) ? -1 : 0;
}

int sink_peer_down(sink_t *self, peer_t peer, const moment_t *now, err_t *err)
{
    for (size_t i = 0; i < self->feed_count; i++)
        if (self->feeds[i].stream)
            forget_offer(&self->feeds[i], peer);
    for (size_t i = 0; i < self->peer_count; i++) {
        if (self->peers[i].peer == peer) {
            self->peers[i] = self->peers[--self->peer_count];
            break;
        }
    }
    for (size_t i = 0; i < self->feed_count; i++) {
        feed_t *feed = &self->feeds[i];
        if (feed->stream && go_on_without(self, feed, now, err) && failed(self, feed, now, err))
            return -1;
    }
    return 0;
}

/* Grows with every change, so that two slow sources cannot keep a sink from ever finishing: not even
 * from getting a first answer. */
static int64_t patience(int64_t base, unsigned changes)
{
    int64_t time = base << changes;
    return time < HOUR_MS ? time : HOUR_MS;
}

/* Is the source stuck, or never up to date, while another one is ahead? */
static const offer_t *better_source(const sink_t *self, const feed_t *feed, const moment_t *now)
{
    if (!feed->behind_ms || feed->retry_ms)
        return NULL;
    int64_t since = feed->moved_ms > feed->behind_ms ? feed->moved_ms : feed->behind_ms;
    bool stuck = now->steady_ms - since >= patience(self->timers->change, feed->changes);
    bool slow = now->steady_ms - feed->behind_ms >= patience(self->timers->staging, feed->changes);
    if (!stuck && !slow)
        return NULL;
    const offer_t *best = NULL;
    for (size_t i = 0; i < feed->offer_count; i++) {
        const offer_t *offer = &feed->offers[i];
        if (offer->peer != feed->peer && eligible(self, feed, offer, now) && ahead(feed, offer)
            && (!best || head_compare(&offer->head, &best->head) > 0))
            best = offer;
    }
    return best;
}

static int tick_feed(sink_t *self, feed_t *feed, const moment_t *now, err_t *err)
{
    if (feed->retry_ms && feed->retry_ms <= now->steady_ms)
        feed->retry_ms = 0;
    if (!feed->behind_ms && somebody_ahead(feed))
        feed->behind_ms = now->steady_ms;
    const offer_t *better = better_source(self, feed, now);
    if (better) {
        feed->changes += feed->changes < DOUBLINGS_MAX;
        if (take_source(self, feed, better->peer, now, err))
            return -1;
    }
    if (feed->pulling && now->steady_ms - feed->pulled_ms >= self->answer_ms)
        feed->pulling = false;
    return keep_pulling(self, feed, now, err);
}

/* What each source last showed, for the displays: at most one write a second. */
static int write_seen(sink_t *self, const moment_t *now, err_t *err)
{
    if (streams_begin(self->streams, err))
        return -1;
    int result = 0;
    for (size_t i = 0; i < self->feed_count && !result; i++) {
        feed_t *feed = &self->feeds[i];
        for (size_t k = 0; feed->seen && k < feed->offer_count && !result; k++) {
            const offer_t *offer = &feed->offers[k];
            result =
                stream_set_seen(feed->stream, peer_name(self, offer->peer), &offer->head, now, err);
        }
        feed->seen = false;
    }
    self->seen_written_ms = now->steady_ms;
    return streams_end(self->streams, result, err);
}

int sink_tick(sink_t *self, const moment_t *now, err_t *err)
{
    bool seen = false;
    if (self->new_members && !self->owner_only && self->want_count && hide_disowned(self, now, err)
        && err->action != ERR_RETRY)
        return -1;
    for (size_t i = 0; i < self->feed_count; i++) {
        feed_t *feed = &self->feeds[i];
        if (feed->stream && tick_feed(self, feed, now, err) && failed(self, feed, now, err))
            return -1;
        seen |= feed->seen;
    }
    if (seen && now->steady_ms - self->seen_written_ms >= SEEN_EVERY_MS)
        if (write_seen(self, now, err) && err->action != ERR_RETRY)
            return -1;
    return 0;
}

unsigned sink_failures(const sink_t *self, const stream_t *stream, const char *source)
{
    const feed_t *feed = stream->index < self->feed_count ? &self->feeds[stream->index] : NULL;
    const doubt_t *doubt = feed ? doubt_of(feed, source) : NULL;
    return doubt ? doubt->failures : 0;
}

int64_t sink_moved_at(const sink_t *self, const stream_t *stream)
{
    return stream->index < self->feed_count ? self->feeds[stream->index].moved_ms : 0;
}

const char *sink_complaint(sink_t *self)
{
    memcpy(self->said, self->complaint, sizeof self->said);
    self->complaint[0] = 0;
    return self->said;
}
