#include "broker/sync/source.h"

#include "broker/base/fault.h"
#include "broker/sync/interest.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Somebody who may be told. */
typedef struct listener {
    peer_t peer;
    member_t member;
    interest_t *interests;
    size_t interest_count;
} listener_t;

/* A PULL that waits for something to answer. */
typedef struct parked {
    peer_t peer;
    uint64_t life, after;
    bool need_head;
} parked_t;

/* What the source keeps beside one stream. */
typedef struct shelf {
    parked_t *parked;
    size_t count, capacity;
    int64_t
        head_due_ms;   /* steady; when the next HEAD goes out: after a change, or as a repetition */
    int64_t headed_ms; /* when the last one did */
    uint64_t told_life, told_seq, told_beat; /* of the head that all listeners were told */
    bool unanswered; /* a parked PULL could have been answered, and the store could not be read */
} shelf_t;

#define KEPT                                                                                       \
    8 /* encoded batches, at most 2 MiB: subscribers that start together ask for the same */

/* A batch as it was sent. It is what follows `after` for as long as the head is this one. */
typedef struct kept {
    const stream_t *stream; /* NULL: none */
    uint64_t after;
    head_t head;
    text_t frame;
} kept_t;

struct source {
    streams_t *streams;
    outbox_t *outbox;
    const timers_t *timers;
    source_head_fn head;
    void *context;
    listener_t *listeners;
    size_t listener_count;
    shelf_t *shelves; /* by stream->index */
    size_t shelf_count;
    slice_t *slice;
    kept_t kept[KEPT]; /* a ring: the next one replaces the oldest */
    size_t next_kept;
};

/* What a broker offers: the state it has proven. */
static const head_t *proven_head(void *context, stream_t *stream)
{
    (void)context;
    return stream->head.life ? &stream->head : NULL;
}

source_t *source_new(streams_t *streams, outbox_t *outbox, const timers_t *timers,
                     source_head_fn head, void *context)
{
    source_t *self = calloc(1, sizeof *self);
    assert(self);
    *self = (source_t){.streams = streams,
                       .outbox = outbox,
                       .timers = timers,
                       .head = head ? head : proven_head,
                       .context = context,
                       .slice = slice_new()};
    for (size_t i = 0; i < KEPT; i++)
        text_init(&self->kept[i].frame, WIRE_MAX_SIZE);
    return self;
}

void source_destroy(source_t **self_p)
{
    source_t *self = *self_p;
    if (!self)
        return;
    source_all_down(self);
    for (size_t i = 0; i < self->shelf_count; i++)
        free(self->shelves[i].parked);
    free(self->shelves);
    free(self->listeners);
    slice_destroy(&self->slice);
    for (size_t i = 0; i < KEPT; i++)
        text_free(&self->kept[i].frame);
    free(self);
    *self_p = NULL;
}

static shelf_t *shelf_of(source_t *self, const stream_t *stream)
{
    if (stream->index >= self->shelf_count) {
        size_t count = streams_count(self->streams);
        self->shelves = realloc(self->shelves, count * sizeof *self->shelves);
        assert(self->shelves);
        memset(self->shelves + self->shelf_count, 0,
               (count - self->shelf_count) * sizeof *self->shelves);
        self->shelf_count = count;
    }
    return &self->shelves[stream->index];
}

/* ---- listeners and HEADs ---- */

static listener_t *find_listener(const source_t *self, peer_t peer)
{
    for (size_t i = 0; i < self->listener_count; i++)
        if (self->listeners[i].peer == peer)
            return &self->listeners[i];
    return NULL;
}

static bool wants(const listener_t *listener, const stream_t *stream)
{
    return member_may_read(&listener->member, stream->kind)
           && interest_match(listener->interests, listener->interest_count, listener->member.name,
                             stream->hub, stream->kind);
}

static void send_head(source_t *self, peer_t peer, const head_t *head)
{
    wire_head(outbox_frame(self->outbox), head->bytes, head->size);
    outbox_post(self->outbox, peer);
}

/* Was everybody told this head? Streams change in other ways too: staging is seen by nobody. */
static bool is_told(const shelf_t *shelf, const head_t *head)
{
    return shelf->told_life == head->life && shelf->told_seq == head->seq
           && shelf->told_beat == head->beat;
}

static void set_told(shelf_t *shelf, const head_t *head)
{
    shelf->told_life = head->life;
    shelf->told_seq = head->seq;
    shelf->told_beat = head->beat;
}

/* One HEAD, encoded once, to all who want the stream. */
static void announce(source_t *self, stream_t *stream, const moment_t *now)
{
    shelf_t *shelf = shelf_of(self, stream);
    shelf->headed_ms = now->steady_ms;
    shelf->head_due_ms = now->steady_ms + self->timers->beat;
    const head_t *head = self->head(self->context, stream);
    if (head)
        set_told(shelf, head);
    bool encoded = false;
    for (size_t i = 0; head && i < self->listener_count; i++) {
        if (!wants(&self->listeners[i], stream))
            continue;
        if (!encoded)
            wire_head(outbox_frame(self->outbox), head->bytes, head->size);
        encoded = true;
        outbox_post(self->outbox, self->listeners[i].peer);
    }
}

void source_peer_up(source_t *self, peer_t peer, const member_t *member,
                    const interest_t *interests, size_t count, const moment_t *now)
{
    listener_t *listener = find_listener(self, peer);
    if (!listener) {
        self->listeners =
            realloc(self->listeners, (self->listener_count + 1) * sizeof *self->listeners);
        assert(self->listeners);
        listener = &self->listeners[self->listener_count++];
        *listener = (listener_t){.peer = peer};
    }
    listener->member = *member;
    free(listener->interests);
    listener->interests = malloc((count + 1) * sizeof *interests);
    assert(listener->interests);
    if (count)
        memcpy(listener->interests, interests, count * sizeof *interests);
    listener->interest_count = count;
    for (size_t i = 0; i < streams_count(self->streams); i++) {
        stream_t *stream = streams_at(self->streams, i);
        const head_t *head = wants(listener, stream) ? self->head(self->context, stream) : NULL;
        shelf_t *shelf = shelf_of(self, stream);
        if (head) {
            send_head(self, peer, head);
            if (self->listener_count == 1)
                set_told(shelf, head);
        }
        if (!shelf->head_due_ms)
            shelf->head_due_ms = now->steady_ms + self->timers->beat;
    }
}

void source_peer_down(source_t *self, peer_t peer)
{
    for (size_t i = 0; i < self->shelf_count; i++) {
        shelf_t *shelf = &self->shelves[i];
        for (size_t k = shelf->count; k-- > 0;)
            if (shelf->parked[k].peer == peer)
                shelf->parked[k] = shelf->parked[--shelf->count];
    }
    listener_t *listener = find_listener(self, peer);
    if (!listener)
        return;
    free(listener->interests);
    *listener = self->listeners[--self->listener_count];
}

void source_all_down(source_t *self)
{
    while (self->listener_count)
        source_peer_down(self, self->listeners[0].peer);
}

void source_tick(source_t *self, const moment_t *now)
{
    for (size_t i = 0; i < self->shelf_count; i++) {
        err_t ignored; /* whoever is to blame was told when it first failed */
        if (self->shelves[i].unanswered)
            source_changed(self, streams_at(self->streams, i), now, &ignored);
        int64_t due = self->shelves[i].head_due_ms;
        if (due && due <= now->steady_ms)
            announce(self, streams_at(self->streams, i), now);
    }
}

/* ---- PULL and BATCH ---- */

/* It asks for more than we have. */
static bool is_behind(const parked_t *pull, const head_t *head)
{
    return head->life < pull->life || head->seq < pull->after;
}

static bool can_answer(const parked_t *pull, const head_t *head)
{
    if (is_behind(pull, head))
        return false;
    return head->seq > pull->after || head->life > pull->life || pull->need_head;
}

static const kept_t *find_kept(const source_t *self, const stream_t *stream, uint64_t after,
                               const head_t *head)
{
    for (size_t i = 0; i < KEPT; i++) {
        const kept_t *kept = &self->kept[i];
        if (kept->stream == stream && kept->after == after && kept->head.size == head->size
            && !memcmp(kept->head.bytes, head->bytes, head->size))
            return kept;
    }
    return NULL;
}

/* Reads and encodes what follows `after`, in the place of the oldest batch. */
static const kept_t *make_batch(source_t *self, stream_t *stream, uint64_t after,
                                const head_t *head, err_t *err)
{
    if (stream_read(stream, after, self->slice, err))
        return NULL;
    kept_t *kept = &self->kept[self->next_kept++ % KEPT];
    uint64_t upto = self->slice->full ? self->slice->last : head->seq;
    text_clear(&kept->frame);
    wire_batch(&kept->frame, stream->hub, stream->kind, after, upto, self->slice->items,
               self->slice->count, head->bytes, head->size);
    kept->stream = stream;
    kept->after = after;
    kept->head = *head;
    return kept;
}

/* Puts what follows `after` into a new frame. */
static int encode_batch(source_t *self, stream_t *stream, uint64_t after, err_t *err)
{
    const head_t *head = self->head(self->context, stream);
    assert(head);
    const kept_t *kept = find_kept(self, stream, after, head);
    if (!kept && !(kept = make_batch(self, stream, after, head, err)))
        return -1;
    text_add(outbox_frame(self->outbox), kept->frame.data, kept->frame.size);
    FAULT("source.answer");
    return 0;
}

static void park(shelf_t *shelf, const parked_t *pull)
{
    if (shelf->count == shelf->capacity) {
        shelf->capacity = shelf->capacity ? 2 * shelf->capacity : 4;
        shelf->parked = realloc(shelf->parked, shelf->capacity * sizeof *shelf->parked);
        assert(shelf->parked);
    }
    shelf->parked[shelf->count++] = *pull;
}

static void refuse(source_t *self, peer_t peer, const wire_t *pull, wire_code_t code,
                   const char *text)
{
    wire_err(outbox_frame(self->outbox), code, pull->hub, pull->kind, NULL, 0, text);
    outbox_post(self->outbox, peer);
}

/* A peer pulls one thing of a stream at a time: the newer PULL counts. */
static void forget_pull(shelf_t *shelf, peer_t peer)
{
    for (size_t i = 0; i < shelf->count; i++) {
        if (shelf->parked[i].peer == peer) {
            shelf->parked[i] = shelf->parked[--shelf->count];
            return;
        }
    }
}

int source_pull(source_t *self, peer_t peer, const wire_t *wire, const moment_t *now, err_t *err)
{
    (void)now;
    stream_t *stream = streams_find(self->streams, wire->hub, wire->kind);
    const head_t *head = stream ? self->head(self->context, stream) : NULL;
    if (!head) {
        refuse(self, peer, wire, WIRE_NO_STREAM, "nothing is held of this stream");
        return 0;
    }
    shelf_t *shelf = shelf_of(self, stream);
    forget_pull(shelf, peer);
    parked_t pull = {
        .peer = peer, .life = wire->life, .after = wire->after, .need_head = wire->need_head};
    if (!can_answer(&pull, head)) {
        if (is_behind(&pull, head))
            send_head(self, peer, head);
        park(shelf, &pull);
        return 0;
    }
    if (encode_batch(self, stream, pull.after, err))
        return -1;
    outbox_post(self->outbox, peer);
    return 0;
}

/* Answers every parked PULL at the same `after` as the one at `first` with the same frame. */
static int answer_from(source_t *self, stream_t *stream, shelf_t *shelf, size_t first,
                       const head_t *head, err_t *err)
{
    uint64_t after = shelf->parked[first].after;
    if (encode_batch(self, stream, after, err))
        return -1;
    for (size_t i = shelf->count; i-- > first;) {
        if (shelf->parked[i].after != after || !can_answer(&shelf->parked[i], head))
            continue;
        outbox_post(self->outbox, shelf->parked[i].peer);
        shelf->parked[i] = shelf->parked[--shelf->count];
    }
    return 0;
}

int source_changed(source_t *self, stream_t *stream, const moment_t *now, err_t *err)
{
    const head_t *head = self->head(self->context, stream);
    if (!head)
        return 0;
    shelf_t *shelf = shelf_of(self, stream);
    shelf->unanswered = false;
    for (size_t i = 0; i < shelf->count;) {
        if (!can_answer(&shelf->parked[i], head))
            i++;
        else if ((shelf->unanswered = answer_from(self, stream, shelf, i, head, err)))
            return -1;
    }
    if (is_told(shelf, head))
        return 0;
    int64_t allowed = shelf->headed_ms + self->timers->head;
    if (!shelf->headed_ms || allowed <= now->steady_ms)
        announce(self, stream, now);
    else if (shelf->head_due_ms > allowed)
        shelf->head_due_ms = allowed;
    return 0;
}

size_t source_parked(const source_t *self)
{
    size_t count = 0;
    for (size_t i = 0; i < self->shelf_count; i++)
        count += self->shelves[i].count;
    return count;
}
