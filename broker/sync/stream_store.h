/* stream_store - what streams.c and stream.c share, and nobody else sees: the statements of a store. */
#ifndef BROKER_SYNC_STREAM_STORE_H
#define BROKER_SYNC_STREAM_STORE_H

#include "broker/sync/stream.h"

#define DOING_READ "read a stream"
#define DOING_WRITE "write a stream"

/* clang-format off */
enum {
    LOAD_ALL, CREATE, SAVE, COUNT_ITEMS, COUNT_STAGED, READ_BUCKETS,
    READ, FIND, PUT_ITEM, REMOVE_ITEM, BUCKET_ITEMS, BUCKET_BYTES, SAVE_BUCKET,
    STAGE, READ_STAGED, DROP_STAGED, STAGED_LEAVES, NOT_STAGED,
    SET_PAST, GET_PAST, SHARED, DISPLACE, DISPLACE_STAGED, FORGET_DISPLACED, ERASE_DISPLACED,
    SEEN, GET_FENCE, CLEAR_FENCE, SET_FENCE, STATEMENTS
};
/* clang-format on */

/* The life that fenced this store's hub off, and whether it still does. */
typedef struct fence {
    uint64_t life;
    bool active;
} fence_t;

struct streams {
    sqlite3 *db;
    observer_t observer;
    sqlite3_stmt *statement[STATEMENTS];
    tree_hasher_t *hasher;
    stream_t **list;
    size_t count, capacity;
    stream_t **changed; /* a queue: [first_changed, changed_count) */
    size_t first_changed, changed_count, changed_capacity;
    fence_t fence, committed_fence; /* the second is what a rollback goes back to */
    bool writing;                   /* a transaction is open */
};

/* A statement of this store with its first parameter, nearly always the stream, bound. */
sqlite3_stmt *streams_statement(const streams_t *self, int which, int64_t first);

/* Ends a statement whose rows were read; rc is what its last step said. */
int streams_end_rows(const streams_t *self, sqlite3_stmt *statement, int rc, err_t *err);

/* The open transaction is about to change the members of a stream, which is written when it commits. */
void stream_will_change(stream_t *stream);

/* Brings the tree, in memory and in the database, up to the items. */
int stream_settle(stream_t *stream, err_t *err);

static inline void bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

static inline void bind_u64(sqlite3_stmt *statement, int at, uint64_t value)
{
    sqlite3_bind_int64(statement, at, (int64_t)value);
}

#endif
