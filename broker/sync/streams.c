/* A stream's rows are written as they come (stream.c); three things wait until the transaction is about
 * to end, because they cost the same for one change and for a thousand: the hashes of the buckets that
 * were touched, the row of the stream, and what other modules are told. streams_commit does them for
 * every stream that the transaction changes. What those were before is remembered when the first change
 * comes, and streams_rollback goes back to it: it asks nothing of a disk that may just have failed, and
 * nobody meets a state that was never committed (a hub would sign it). */
#include "broker/sync/stream_store.h"

#include "broker/base/fault.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STREAM_COLUMNS                                                                             \
    "stream, hub, kind, own, life, seq, head, known_head, cursor, source, resync, verified_at"

static const char *const SQL[STATEMENTS] = {
    [LOAD_ALL] = "SELECT " STREAM_COLUMNS " FROM stream ORDER BY stream",
    [CREATE] = "INSERT INTO stream(hub, kind, own, life, seq, cursor, source, resync, verified_at)"
               " VALUES(?1, ?2, ?3, 0, 0, 0, '', 0, 0)",
    [SAVE] = "UPDATE stream SET own = ?2, life = ?3, seq = ?4, head = ?5, known_head = ?6,"
             " cursor = ?7, source = ?8, resync = ?9, verified_at = ?10 WHERE stream = ?1",
    [COUNT_ITEMS] = "SELECT count(*) FROM item WHERE stream = ?1",
    [COUNT_STAGED] = "SELECT count(*) FROM staged WHERE stream = ?1",
    [READ_BUCKETS] = "SELECT n, hash FROM bucket WHERE stream = ?1",
    [READ] = "SELECT seq, bytes FROM item WHERE stream = ?1 AND seq > ?2 ORDER BY seq",
    [FIND] = "SELECT bytes FROM item WHERE stream = ?1 AND bucket = ?2 AND id = ?3",
    [PUT_ITEM] =
        "INSERT INTO item(stream, id, seq, op, bucket, leaf, bytes)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(stream, bucket, id) DO UPDATE SET"
        " seq = excluded.seq, op = excluded.op, leaf = excluded.leaf, bytes = excluded.bytes",
    [REMOVE_ITEM] = "DELETE FROM item WHERE stream = ?1 AND bucket = ?2 AND id = ?3",
    [BUCKET_ITEMS] = "SELECT id, leaf FROM item WHERE stream = ?1 AND bucket = ?2 ORDER BY id",
    /* The last column: is the row found by its number, as READ looks for it? */
    [BUCKET_BYTES] =
        "SELECT id, leaf, bytes, EXISTS (SELECT 1 FROM item n INDEXED BY item_seq WHERE n.stream ="
        " i.stream AND n.seq = i.seq AND n.rowid = i.rowid)"
        " FROM item i WHERE stream = ?1 AND bucket = ?2 ORDER BY id",
    [SAVE_BUCKET] = "INSERT OR REPLACE INTO bucket(stream, n, hash) VALUES(?1, ?2, ?3)",
    [STAGE] = "INSERT INTO staged(stream, id, seq, op, bucket, leaf, bytes)"
              " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(stream, bucket, id) DO UPDATE SET"
              " seq = excluded.seq, op = excluded.op, leaf = excluded.leaf, bytes = excluded.bytes",
    /* What is already held as the very same version needs no writing. */
    [READ_STAGED] =
        "SELECT bytes FROM staged s WHERE stream = ?1 AND NOT EXISTS (SELECT 1 FROM item i"
        " WHERE i.stream = s.stream AND i.bucket = s.bucket AND i.id = s.id"
        " AND i.leaf = s.leaf AND i.bytes = s.bytes) ORDER BY bucket, id",
    [DROP_STAGED] = "DELETE FROM staged WHERE stream = ?1",
    [STAGED_LEAVES] = "SELECT bucket, id, leaf FROM staged WHERE stream = ?1 ORDER BY bucket, id",
    [NOT_STAGED] = "SELECT bucket, id FROM item i WHERE stream = ?1 AND NOT EXISTS (SELECT 1 FROM"
                   " staged s WHERE s.stream = i.stream AND s.bucket = i.bucket AND s.id = i.id)",
    [SET_PAST] = "INSERT INTO past(stream, life, seq) VALUES(?1, ?2, ?3)"
                 " ON CONFLICT(stream, life) DO UPDATE SET seq = max(seq, excluded.seq)",
    [GET_PAST] = "SELECT seq FROM past WHERE stream = ?1 AND life = ?2",
    /* The newest version that both states hold: what is older has the same history in both. ?2: the
     * staged rows are a whole state, else they are what changes. */
    [SHARED] = "SELECT max(i.seq) FROM item i LEFT JOIN staged s ON s.stream = i.stream"
               " AND s.bucket = i.bucket AND s.id = i.id WHERE i.stream = ?1"
               " AND (s.leaf = i.leaf OR (s.id IS NULL AND NOT ?2))",
    /* Own versions that the staged state does not hold: gone (?4), or replaced by another version; but
     * not what was erased after. */
    [DISPLACE] =
        "INSERT INTO displaced(kind, id, at, reason, bytes)"
        " SELECT ?2, i.id, ?3, 'recovered', i.bytes FROM item i LEFT JOIN staged s"
        " ON s.stream = i.stream AND s.bucket = i.bucket AND s.id = i.id"
        " WHERE i.stream = ?1 AND i.seq > ?5 AND (s.leaf <> i.leaf OR (s.id IS NULL AND ?4))"
        " AND NOT (s.op IS 2 AND s.seq > i.seq)",
    [DISPLACE_STAGED] = "INSERT INTO displaced(kind, id, at, reason, bytes)"
                        " SELECT ?2, s.id, ?3, 'returning-broker', s.bytes FROM staged s"
                        " LEFT JOIN item i ON i.stream = s.stream AND i.bucket = s.bucket"
                        " AND i.id = s.id WHERE s.stream = ?1 AND s.seq > ?4"
                        " AND i.leaf IS NOT s.leaf AND NOT (i.op IS 2 AND i.seq > s.seq)",
    [FORGET_DISPLACED] = "DELETE FROM displaced WHERE at < ?1",
    [ERASE_DISPLACED] = "DELETE FROM displaced WHERE kind = ?1 AND id = ?2",
    [SEEN] = "INSERT OR REPLACE INTO seen(stream, source, life, seq, beat, at)"
             " VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [GET_FENCE] = "SELECT life, active FROM fence",
    [CLEAR_FENCE] = "DELETE FROM fence",
    [SET_FENCE] = "INSERT INTO fence(life, active) VALUES(?1, ?2)",
};

/* ---- statements ---- */

sqlite3_stmt *streams_statement(const streams_t *self, int which, int64_t first)
{
    sqlite3_stmt *statement = self->statement[which];
    sqlite3_bind_int64(statement, 1, first);
    return statement;
}

int streams_end_rows(const streams_t *self, sqlite3_stmt *statement, int rc, err_t *err)
{
    int result =
        rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : database_failed(self->db, DOING_READ, err);
    database_reset(statement);
    return result;
}

/* The one integer that a statement gives; 0 when it has no row. */
static int read_integer(const stream_t *stream, int which, int64_t *value, err_t *err)
{
    const streams_t *self = stream->streams;
    sqlite3_stmt *statement = streams_statement(self, which, stream->number);
    int rc = sqlite3_step(statement);
    *value = rc == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    return streams_end_rows(self, statement, rc, err);
}

/* ---- loading ---- */

static int load_head(head_t *head, sqlite3_stmt *row, int column, err_t *err)
{
    *head = (head_t){0};
    int size = sqlite3_column_bytes(row, column);
    if (!size)
        return 0;
    if (head_decode(head, sqlite3_column_blob(row, column), (size_t)size, err)) {
        err->action = ERR_STOP; /* we wrote it: the file is not what we think it is */
        return err_context(err, "a stored head is damaged: ");
    }
    return 0;
}

static void copy_name(char to[NAME_SIZE], const unsigned char *name)
{
    snprintf(to, NAME_SIZE, "%s", (const char *)name);
}

/* Reads the columns of a row of `stream`; not what is counted from other tables. */
static int load_row(stream_t *stream, sqlite3_stmt *row, err_t *err)
{
    stream->number = sqlite3_column_int64(row, 0);
    copy_name(stream->hub, sqlite3_column_text(row, 1));
    copy_name(stream->kind, sqlite3_column_text(row, 2));
    stream->own = sqlite3_column_int(row, 3);
    stream->life = (uint64_t)sqlite3_column_int64(row, 4);
    stream->seq = (uint64_t)sqlite3_column_int64(row, 5);
    stream->cursor = (uint64_t)sqlite3_column_int64(row, 8);
    copy_name(stream->source, sqlite3_column_text(row, 9));
    stream->resync = sqlite3_column_int(row, 10);
    stream->verified_at_ms = sqlite3_column_int64(row, 11);
    if (load_head(&stream->head, row, 6, err) || load_head(&stream->known, row, 7, err))
        return -1;
    return 0;
}

static int load_counts(stream_t *stream, err_t *err)
{
    int64_t count, staged;
    if (read_integer(stream, COUNT_ITEMS, &count, err)
        || read_integer(stream, COUNT_STAGED, &staged, err))
        return -1;
    stream->count = (uint64_t)count;
    stream->staged = (uint64_t)staged;
    return 0;
}

static stream_t *add_stream(streams_t *self)
{
    if (self->count == self->capacity) {
        self->capacity = self->capacity ? 2 * self->capacity : 16;
        self->list = realloc(self->list, self->capacity * sizeof(stream_t *));
        assert(self->list);
    }
    stream_t *stream = calloc(1, sizeof *stream);
    assert(stream);
    stream->streams = self;
    stream->index = self->count;
    self->list[self->count++] = stream;
    return stream;
}

static int load_all(streams_t *self, err_t *err)
{
    sqlite3_stmt *row = self->statement[LOAD_ALL];
    int rc, result = 0;
    while (!result && (rc = sqlite3_step(row)) == SQLITE_ROW)
        result = load_row(add_stream(self), row, err);
    if (streams_end_rows(self, row, result ? SQLITE_ROW : rc, err) || result)
        return -1;
    for (size_t i = 0; i < self->count; i++)
        if (load_counts(self->list[i], err))
            return -1;
    return 0;
}

static int load_fence(streams_t *self, err_t *err)
{
    sqlite3_stmt *row = self->statement[GET_FENCE];
    int rc = sqlite3_step(row);
    bool found = rc == SQLITE_ROW;
    if (found)
        self->fence = (fence_t){(uint64_t)sqlite3_column_int64(row, 0), sqlite3_column_int(row, 1)};
    self->committed_fence = self->fence;
    return streams_end_rows(self, row, rc, err);
}

streams_t *streams_new(sqlite3 *db, const observer_t *observer, err_t *err)
{
    streams_t *self = calloc(1, sizeof *self);
    assert(self);
    self->db = db;
    if (observer)
        self->observer = *observer;
    self->hasher = tree_hasher_new();
    for (int i = 0; i < STATEMENTS; i++) {
        self->statement[i] = database_prepare(db, SQL[i], err);
        if (!self->statement[i]) {
            streams_destroy(&self);
            return NULL;
        }
    }
    if (load_all(self, err) || load_fence(self, err))
        streams_destroy(&self);
    return self;
}

void streams_destroy(streams_t **self_p)
{
    streams_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++) {
        free(self->list[i]->tree);
        free(self->list[i]->committed);
        free(self->list[i]);
    }
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(self->statement[i]);
    tree_hasher_destroy(&self->hasher);
    free(self->list);
    free(self->changed);
    free(self);
    *self_p = NULL;
}

size_t streams_count(const streams_t *self)
{
    return self->count;
}

stream_t *streams_at(const streams_t *self, size_t index)
{
    return self->list[index];
}

stream_t *streams_find(const streams_t *self, const char *hub, const char *kind)
{
    for (size_t i = 0; i < self->count; i++) {
        stream_t *stream = self->list[i];
        if (!strcmp(stream->hub, hub) && !strcmp(stream->kind, kind))
            return stream;
    }
    return NULL;
}

static stream_t *create(streams_t *self, const char *hub, const char *kind, bool own, err_t *err)
{
    sqlite3_stmt *statement = self->statement[CREATE];
    bind_text(statement, 1, hub);
    bind_text(statement, 2, kind);
    sqlite3_bind_int(statement, 3, own);
    if (database_run(statement, "create a stream", err))
        return NULL;
    stream_t *stream = add_stream(self);
    stream_will_change(stream); /* before it has a number: see forget_created */
    stream->number = sqlite3_last_insert_rowid(self->db);
    snprintf(stream->hub, sizeof stream->hub, "%s", hub);
    snprintf(stream->kind, sizeof stream->kind, "%s", kind);
    stream->own = own;
    return stream;
}

stream_t *streams_open(streams_t *self, const char *hub, const char *kind, bool own, err_t *err)
{
    stream_t *stream = streams_find(self, hub, kind);
    if (stream && stream->own == own)
        return stream;
    if (streams_begin(self, err))
        return NULL;
    if (!stream)
        stream = create(self, hub, kind, own, err);
    if (!stream) {
        streams_rollback(self);
        return NULL;
    }
    stream_will_change(stream);
    if (own && stream->head.life) { /* pulled before: goes on from what is held */
        stream->life = stream->head.life;
        stream->seq = stream->head.seq;
    }
    stream->own = own;
    return streams_commit(self, err) ? NULL : stream;
}

/* ---- transactions ---- */

void stream_will_change(stream_t *stream)
{
    assert(stream->streams->writing);
    if (stream->committed)
        return;
    stream->committed = malloc(sizeof *stream);
    assert(stream->committed);
    *stream->committed = *stream;
    stream->committed->committed = NULL;
}

/* Back to what it was; its hashes are read again when somebody asks for the root. */
static void take_back(stream_t *stream)
{
    stream_t *committed = stream->committed;
    free(stream->tree);
    *stream = *committed;
    stream->tree = NULL;
    free(committed);
}

/* A stream created in the transaction that is undone leaves nothing behind. It is the last one:
 * streams_open has a transaction of its own. */
static void forget_created(streams_t *self)
{
    stream_t *last = self->count ? self->list[self->count - 1] : NULL;
    if (last && !last->number) {
        free(last);
        self->count--;
    }
}

int streams_begin(streams_t *self, err_t *err)
{
    assert(!self->writing);
    if (database_begin(self->db, err))
        return -1;
    self->writing = true;
    return 0;
}

static void bind_head(sqlite3_stmt *statement, int at, const head_t *head)
{
    if (head->life)
        sqlite3_bind_blob(statement, at, head->bytes, (int)head->size, SQLITE_STATIC);
}

static int save(stream_t *stream, err_t *err)
{
    if (stream_settle(stream, err))
        return -1;
    sqlite3_stmt *statement = streams_statement(stream->streams, SAVE, stream->number);
    sqlite3_bind_int(statement, 2, stream->own);
    bind_u64(statement, 3, stream->life);
    bind_u64(statement, 4, stream->seq);
    bind_head(statement, 5, &stream->head);
    bind_head(statement, 6, &stream->known);
    bind_u64(statement, 7, stream->cursor);
    bind_text(statement, 8, stream->source);
    sqlite3_bind_int(statement, 9, stream->resync);
    sqlite3_bind_int64(statement, 10, stream->verified_at_ms);
    return database_run(statement, DOING_WRITE, err);
}

static void queue_changed(stream_t *stream)
{
    streams_t *self = stream->streams;
    if (stream->changed)
        return;
    if (self->changed_count == self->changed_capacity) {
        self->changed_capacity = self->changed_capacity ? 2 * self->changed_capacity : 16;
        self->changed = realloc(self->changed, self->changed_capacity * sizeof(stream_t *));
        assert(self->changed);
    }
    stream->changed = true;
    self->changed[self->changed_count++] = stream;
}

int streams_commit(streams_t *self, err_t *err)
{
    assert(self->writing);
    for (size_t i = 0; i < self->count; i++) {
        if (self->list[i]->committed && save(self->list[i], err)) {
            streams_rollback(self);
            return -1;
        }
    }
    FAULT("stream.commit");
    if (database_commit(self->db, err)) {
        streams_rollback(self);
        return -1;
    }
    FAULT("stream.committed");
    self->writing = false;
    self->committed_fence = self->fence;
    for (size_t i = 0; i < self->count; i++) {
        stream_t *stream = self->list[i];
        if (!stream->committed)
            continue;
        free(stream->committed);
        stream->committed = NULL;
        queue_changed(stream);
    }
    return 0;
}

void streams_rollback(streams_t *self)
{
    database_rollback(self->db);
    self->writing = false;
    self->fence = self->committed_fence;
    for (size_t i = 0; i < self->count; i++)
        if (self->list[i]->committed)
            take_back(self->list[i]);
    forget_created(self);
}

int streams_examine(streams_t *self, err_t *err)
{
    assert(!self->writing);
    return database_examine(self->db, err);
}

int streams_end(streams_t *self, int result, err_t *err)
{
    if (!result)
        return streams_commit(self, err);
    streams_rollback(self);
    return result;
}

stream_t *streams_next_changed(streams_t *self)
{
    if (self->first_changed == self->changed_count) {
        self->first_changed = self->changed_count = 0;
        return NULL;
    }
    stream_t *stream = self->changed[self->first_changed++];
    stream->changed = false;
    return stream;
}

/* ---- the fence ---- */

uint64_t streams_fence_life(const streams_t *self)
{
    return self->fence.life;
}

bool streams_fenced(const streams_t *self)
{
    return self->fence.active;
}

int streams_set_fence(streams_t *self, uint64_t life, bool active, err_t *err)
{
    assert(self->writing);
    if (database_run(self->statement[CLEAR_FENCE], DOING_WRITE, err))
        return -1;
    sqlite3_stmt *statement = self->statement[SET_FENCE];
    bind_u64(statement, 1, life);
    sqlite3_bind_int(statement, 2, active);
    if (database_run(statement, DOING_WRITE, err))
        return -1;
    self->fence = (fence_t){life, active};
    return 0;
}
