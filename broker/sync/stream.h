/* stream - the records of one (hub, kind) in a store, and where this node stands with them.
 *
 * The tables are those of tables.c; nobody else writes them. For each record only its latest version
 * is kept, with the sequence number of that version: "everything after sequence N" from this one
 * table is both the snapshot and the live tail.
 *
 * All writing happens between streams_begin and streams_commit: a record, what observers make of it,
 * its sequence number, its bucket and the cursor change together or not at all (I2, I3). After
 * streams_rollback the members of stream_t are what they were before, also when the disk cannot be read:
 * memory and disk cannot disagree. Belongs to one thread, the one that owns the writing connection. */
#ifndef BROKER_SYNC_STREAM_H
#define BROKER_SYNC_STREAM_H

#include "broker/base/database.h"
#include "broker/base/moment.h"
#include "broker/sync/tree.h"
#include "schemas/head.h"
#include "schemas/item.h"
#include "schemas/wire.h"

#define STREAM_MAX_ITEMS 100000    /* markers included; applying one proven state stays short */
#define STREAM_WARNING_ITEMS 80000 /* said in the log and in `status` from here */

typedef struct streams streams_t;

/* Read the members; change them only through the functions below. */
typedef struct stream {
    streams_t *streams;
    int64_t number; /* its key in the tables */
    size_t index;   /* its place in streams_at, for modules that keep arrays beside it */
    char hub[NAME_SIZE], kind[NAME_SIZE];
    bool own;       /* this node is the hub */
    uint64_t life;  /* own: of this run, or the stored one before it is ready; else 0 */
    uint64_t seq;   /* own: the last one given; else 0 */
    uint64_t count; /* items held, markers included */
    head_t head;    /* the state `item` holds, as the hub signed it; life 0: none. Own: recovered */
    head_t known;   /* the newest valid head seen; its life is the sink's life; life 0: none */
    uint64_t cursor;
    char source[NAME_SIZE]; /* the member whose batches are staged; "" */
    uint64_t staged;        /* rows staged */
    bool resync;
    int64_t verified_at_ms; /* Unix; last proof or beat */
    /* private to stream.c */
    tree_t *tree;
    uint8_t touched[TREE_BUCKETS / 8]; /* buckets that changed since `tree` was computed */
    struct stream *committed;          /* what a rollback goes back to; NULL: it did not change */
    bool changed;                      /* waits in streams_next_changed */
} stream_t;

/* Told of every change inside the transaction that makes it; -1 rolls that transaction back. */
typedef struct observer {
    int (*put)(void *context, const stream_t *stream, const item_t *item, err_t *err);
    int (*remove)(void *context, const stream_t *stream, const char *id, err_t *err);
    void *context;
} observer_t;

/* Borrows db (migrated with sync_tables), which must outlive it. observer may be NULL; copied. */
streams_t *streams_new(sqlite3 *db, const observer_t *observer, err_t *err);
void streams_destroy(streams_t **self_p);

size_t streams_count(const streams_t *self);
stream_t *streams_at(const streams_t *self, size_t index); /* in the order of their creation */
stream_t *streams_find(const streams_t *self, const char *hub, const char *kind); /* or NULL */
/* Finds or creates, in a transaction of its own. */
stream_t *streams_open(streams_t *self, const char *hub, const char *kind, bool own, err_t *err);

int streams_begin(streams_t *self, err_t *err);
int streams_commit(streams_t *self, err_t *err); /* on failure everything is rolled back */
void streams_rollback(streams_t *self);
/* Looks through the whole store (database_examine), what is staged and other modules' tables included: for
 * the moment when something is wrong. What goes wrong unnoticed is for patrol.h. Outside of transactions. */
int streams_examine(streams_t *self, err_t *err);
/* Commits when result is 0, else rolls back; gives result, or what commit said. */
int streams_end(streams_t *self, int result, err_t *err);

/* Streams that committed transactions wrote to, each once; NULL when no more. What is shown need not
 * have changed: staging is told of too. */
stream_t *streams_next_changed(streams_t *self);

/* The fence of this store's hub: the life that fenced it off, and whether it still does. */
uint64_t streams_fence_life(const streams_t *self);
bool streams_fenced(const streams_t *self);
int streams_set_fence(streams_t *self, uint64_t life, bool active,
                      err_t *err); /* in a transaction */

/* --- reading --- */

/* What a BATCH holds: reused from call to call. */
typedef struct slice {
    span_t items[BATCH_MAX_ITEMS];
    size_t count;
    uint64_t last; /* seq of the last item; `after` when there is none */
    bool full;     /* the limits ended it: more may follow */
    text_t bytes;  /* what the spans point into */
} slice_t;
slice_t *slice_new(void);
void slice_destroy(slice_t **self_p);

/* The items with seq > after, by seq, up to the limits of a batch, in one read transaction. */
int stream_read(const stream_t *self, uint64_t after, slice_t *slice, err_t *err);

/* Root over all items as they are, also inside a transaction. */
int stream_root(stream_t *self, uint8_t root[HASH_SIZE], err_t *err);

/* Appends the bytes of the current item of a record; 1 found, 0 none, -1. */
int stream_find(const stream_t *self, const char *id, text_t *bytes, err_t *err);

/* Is a bucket on the disk what was proven, item by item, in the table and in both indexes, and the tree what
 * the head signs? No transaction is open. ERR_STOP when not; ERR_RETRY when it cannot be read now. */
int stream_check_bucket(stream_t *self, unsigned bucket, err_t *err);

/* --- writing an own stream (a transaction is open) --- */

/* Gives the next seq to a new version of the record and stores it. ERR_REJECT when the item would be
 * too large or the stream too long (French text: an animateur sees it). */
int stream_change(stream_t *self, item_op_t op, const char *id, uint32_t sv, const uint8_t *body,
                  size_t body_size, const moment_t *now, err_t *err);

/* The hub becomes READY with this life: remembers the state it starts from in `past`. */
int stream_start_life(stream_t *self, uint64_t life, err_t *err);

/* Is a head with this life and seq part of what this stream's state came from? *covered is the
 * highest seq of that life that is, 0 for none. */
int stream_past(const stream_t *self, uint64_t life, uint64_t *covered, err_t *err);

/* Keeps in `displaced` every staged version with seq > covered that is not also the current one, nor one
 * that the current state came from, nor one of a record that was deleted after it. */
int stream_displace_staged(stream_t *self, uint64_t covered, const moment_t *now, err_t *err);
/* Forgets displaced versions older than that moment. */
int streams_forget_displaced(streams_t *self, int64_t before_unix_ms, err_t *err);
/* Those of one record, which is being erased; 1 when there were any, 0, -1. */
int stream_erase_displaced(stream_t *self, const char *id, err_t *err);

/* --- writing as a sink (a transaction is open) --- */

void stream_set_known(stream_t *self, const head_t *head);
/* Puts items aside, unseen by readers, as coming from that member; cursor = upto. */
int stream_stage(stream_t *self, const item_t *items, size_t count, const char *source,
                 uint64_t upto, err_t *err);
int stream_drop_staged(stream_t *self, err_t *err); /* cursor = base */
/* Ends a resync without a proof: what is shown stays. For a hub whose recovery leads nowhere. */
int stream_give_up(stream_t *self, err_t *err);
int stream_start_resync(stream_t *self, err_t *err); /* nothing staged, cursor 0 */
/* No head proves any more what a pulled stream holds: a resync, after which any life may be shown. */
int stream_disown(stream_t *self, err_t *err);
int stream_apply(stream_t *self, const item_t *items, size_t count, err_t *err);
/* Staged rows become items; during a resync they replace the stream: records that are not among them
 * go. Own versions that a state of another life replaces or lacks are kept in `displaced`, unless it is
 * certain that it came from them, or the record was deleted after them. */
int stream_apply_staged(stream_t *self, const moment_t *now, err_t *err);
/* The items are proven to be the state of this head: verified. Ends a resync. An own stream that is
 * being recovered takes its life and seq from it. */
void stream_set_head(stream_t *self, const head_t *head, const moment_t *now);
/* Root and number of the staged rows taken as a whole stream. */
int stream_staged_root(const stream_t *self, uint8_t root[HASH_SIZE], uint64_t *count, err_t *err);
/* For the displays: what this source last showed. */
int stream_set_seen(stream_t *self, const char *source, const head_t *head, const moment_t *now,
                    err_t *err);

/* Nothing staged, no resync, and the known life is the verified one. */
bool stream_verified(const stream_t *self);

#endif
