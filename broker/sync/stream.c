/* A stream's rows are written as they come; three things wait until the transaction is about to end,
 * because they cost the same for one change and for a thousand: the hashes of the buckets that were
 * touched, the row of the stream, and what other modules are told. streams_commit does them for every
 * stream that is `dirty`. streams_rollback reads dirty streams again from the database instead of
 * remembering what they were. */
#include "broker/sync/stream.h"

#include "broker/base/fault.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOING_READ "read a stream"
#define DOING_WRITE "write a stream"

enum {
    LOAD_ALL,
    LOAD_ONE,
    CREATE,
    SAVE,
    COUNT_ITEMS,
    COUNT_STAGED,
    READ_BUCKETS,
    READ,
    FIND,
    PUT_ITEM,
    REMOVE_ITEM,
    BUCKET_ITEMS,
    SAVE_BUCKET,
    STAGE,
    READ_STAGED,
    DROP_STAGED,
    STAGED_LEAVES,
    NOT_STAGED,
    SET_PAST,
    GET_PAST,
    DISPLACE,
    DISPLACE_STAGED,
    FORGET_DISPLACED,
    SEEN,
    GET_FENCE,
    CLEAR_FENCE,
    SET_FENCE,
    STATEMENTS
};

#define STREAM_COLUMNS                                                                             \
    "stream, hub, kind, own, life, seq, head, known_head, cursor, source, resync, verified_at"

static const char *const SQL[STATEMENTS] = {
    [LOAD_ALL] = "SELECT " STREAM_COLUMNS " FROM stream ORDER BY stream",
    [LOAD_ONE] = "SELECT " STREAM_COLUMNS " FROM stream WHERE stream = ?1",
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
    [SAVE_BUCKET] = "INSERT OR REPLACE INTO bucket(stream, n, hash) VALUES(?1, ?2, ?3)",
    [STAGE] = "INSERT INTO staged(stream, id, seq, op, bucket, leaf, bytes)"
              " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(stream, bucket, id) DO UPDATE SET"
              " seq = excluded.seq, op = excluded.op, leaf = excluded.leaf, bytes = excluded.bytes",
    /* What is already held as the very same version needs no writing. */
    [READ_STAGED] =
        "SELECT bytes FROM staged s WHERE stream = ?1 AND NOT EXISTS (SELECT 1 FROM item i"
        " WHERE i.stream = s.stream AND i.bucket = s.bucket AND i.id = s.id"
        " AND i.leaf = s.leaf) ORDER BY bucket, id",
    [DROP_STAGED] = "DELETE FROM staged WHERE stream = ?1",
    [STAGED_LEAVES] = "SELECT bucket, id, leaf FROM staged WHERE stream = ?1 ORDER BY bucket, id",
    [NOT_STAGED] = "SELECT bucket, id FROM item i WHERE stream = ?1 AND NOT EXISTS (SELECT 1 FROM"
                   " staged s WHERE s.stream = i.stream AND s.bucket = i.bucket AND s.id = i.id)",
    [SET_PAST] = "INSERT INTO past(stream, life, seq) VALUES(?1, ?2, ?3)"
                 " ON CONFLICT(stream, life) DO UPDATE SET seq = max(seq, excluded.seq)",
    [GET_PAST] = "SELECT seq FROM past WHERE stream = ?1 AND life = ?2",
    /* Own versions that the staged state does not hold: gone, or replaced by another version. */
    [DISPLACE] = "INSERT INTO displaced(kind, id, at, reason, bytes)"
                 " SELECT ?2, i.id, ?3, 'recovered', i.bytes FROM item i WHERE i.stream = ?1"
                 " AND NOT EXISTS (SELECT 1 FROM staged s WHERE s.stream = i.stream"
                 " AND s.bucket = i.bucket AND s.id = i.id AND s.leaf = i.leaf)",
    [DISPLACE_STAGED] = "INSERT INTO displaced(kind, id, at, reason, bytes)"
                        " SELECT ?2, s.id, ?3, 'returning-broker', s.bytes FROM staged s"
                        " WHERE s.stream = ?1 AND s.seq > ?4 AND NOT EXISTS (SELECT 1 FROM item i"
                        " WHERE i.stream = s.stream AND i.bucket = s.bucket AND i.id = s.id"
                        " AND i.leaf = s.leaf)",
    [FORGET_DISPLACED] = "DELETE FROM displaced WHERE at < ?1",
    [SEEN] = "INSERT OR REPLACE INTO seen(stream, source, life, seq, beat, at)"
             " VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    [GET_FENCE] = "SELECT life, active FROM fence",
    [CLEAR_FENCE] = "DELETE FROM fence",
    [SET_FENCE] = "INSERT INTO fence(life, active) VALUES(?1, ?2)",
};

struct streams {
    sqlite3 *db;
    observer_t observer;
    sqlite3_stmt *statement[STATEMENTS];
    tree_hasher_t *hasher;
    stream_t **list;
    size_t count, capacity;
    stream_t **changed; /* a queue: [first_changed, changed_count) */
    size_t first_changed, changed_count, changed_capacity;
    uint64_t fence_life;
    bool fenced;
    bool writing; /* a transaction is open */
};

/* ---- statements ---- */

/* A statement of this store with its first parameter, nearly always the stream, bound. */
static sqlite3_stmt *prepared(const streams_t *self, int which, int64_t first)
{
    sqlite3_stmt *statement = self->statement[which];
    sqlite3_bind_int64(statement, 1, first);
    return statement;
}

static void bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

static void bind_u64(sqlite3_stmt *statement, int at, uint64_t value)
{
    sqlite3_bind_int64(statement, at, (int64_t)value);
}

/* Ends a statement whose rows were read; rc is what its last step said. */
static int end_rows(const streams_t *self, sqlite3_stmt *statement, int rc, err_t *err)
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
    sqlite3_stmt *statement = prepared(self, which, stream->number);
    int rc = sqlite3_step(statement);
    *value = rc == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    return end_rows(self, statement, rc, err);
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
    free(stream->tree); /* read again when somebody asks for the root */
    stream->tree = NULL;
    memset(stream->touched, 0, sizeof stream->touched);
    stream->dirty = false;
    return 0;
}

static int reload(stream_t *stream, err_t *err)
{
    streams_t *self = stream->streams;
    sqlite3_stmt *row = prepared(self, LOAD_ONE, stream->number);
    int rc = sqlite3_step(row);
    if (rc == SQLITE_DONE)
        stream->number = 0; /* created in the transaction that was undone */
    int result = rc == SQLITE_ROW ? load_row(stream, row, err) : 0;
    if (end_rows(self, row, rc, err) || result)
        return -1;
    return load_counts(stream, err);
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
    if (end_rows(self, row, result ? SQLITE_ROW : rc, err) || result)
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
    self->fence_life = found ? (uint64_t)sqlite3_column_int64(row, 0) : 0;
    self->fenced = found && sqlite3_column_int(row, 1);
    return end_rows(self, row, rc, err);
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
    stream->own = own;
    stream->dirty = true;
    return streams_commit(self, err) ? NULL : stream;
}

/* ---- buckets and roots ---- */

static void touch(stream_t *stream, uint8_t bucket)
{
    stream->touched[bucket / 8] |= (uint8_t)(1u << bucket % 8);
    stream->dirty = true;
}

static bool touched(const stream_t *stream, size_t bucket)
{
    return stream->touched[bucket / 8] >> bucket % 8 & 1;
}

static int read_tree(stream_t *stream, err_t *err)
{
    streams_t *self = stream->streams;
    stream->tree = malloc(sizeof *stream->tree);
    assert(stream->tree);
    tree_init(stream->tree);
    sqlite3_stmt *row = prepared(self, READ_BUCKETS, stream->number);
    int rc;
    while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
        int n = sqlite3_column_int(row, 0);
        if (n >= 0 && n < TREE_BUCKETS && sqlite3_column_bytes(row, 1) == HASH_SIZE)
            memcpy(stream->tree->bucket[n], sqlite3_column_blob(row, 1), HASH_SIZE);
    }
    return end_rows(self, row, rc, err);
}

static int hash_bucket(stream_t *stream, int n, uint8_t hash[HASH_SIZE], err_t *err)
{
    streams_t *self = stream->streams;
    sqlite3_stmt *row = prepared(self, BUCKET_ITEMS, stream->number);
    sqlite3_bind_int(row, 2, n);
    int rc;
    while ((rc = sqlite3_step(row)) == SQLITE_ROW)
        if (sqlite3_column_bytes(row, 1) == HASH_SIZE)
            tree_hasher_add(self->hasher, (const char *)sqlite3_column_text(row, 0),
                            sqlite3_column_blob(row, 1));
    tree_hasher_end(self->hasher, hash);
    return end_rows(self, row, rc, err);
}

/* Brings the tree, in memory and in the database, up to the items. */
static int settle(stream_t *stream, err_t *err)
{
    streams_t *self = stream->streams;
    if (!stream->tree && read_tree(stream, err))
        return -1;
    for (int n = 0; n < TREE_BUCKETS; n++) {
        if (!touched(stream, (size_t)n))
            continue;
        if (hash_bucket(stream, n, stream->tree->bucket[n], err))
            return -1;
        sqlite3_stmt *statement = prepared(self, SAVE_BUCKET, stream->number);
        sqlite3_bind_int(statement, 2, n);
        sqlite3_bind_blob(statement, 3, stream->tree->bucket[n], HASH_SIZE, SQLITE_STATIC);
        if (database_run(statement, DOING_WRITE, err))
            return -1;
    }
    memset(stream->touched, 0, sizeof stream->touched);
    return 0;
}

int stream_root(stream_t *self, uint8_t root[HASH_SIZE], err_t *err)
{
    if (settle(self, err))
        return -1;
    tree_root(self->tree, root);
    return 0;
}

/* ---- transactions ---- */

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
    if (settle(stream, err))
        return -1;
    sqlite3_stmt *statement = prepared(stream->streams, SAVE, stream->number);
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
        if (self->list[i]->dirty && save(self->list[i], err)) {
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
    for (size_t i = 0; i < self->count; i++) {
        if (self->list[i]->dirty) {
            self->list[i]->dirty = false;
            queue_changed(self->list[i]);
        }
    }
    return 0;
}

/* A stream created in the transaction that is undone leaves nothing behind. It is the last one:
 * streams_open has a transaction of its own. */
static void forget_created(streams_t *self)
{
    stream_t *last = self->count ? self->list[self->count - 1] : NULL;
    if (last && !last->number) {
        free(last->tree);
        free(last);
        self->count--;
    }
}

void streams_rollback(streams_t *self)
{
    database_rollback(self->db);
    self->writing = false;
    err_t ignored; /* a file that cannot be read now says so again at the next call that matters */
    for (size_t i = 0; i < self->count; i++)
        if (self->list[i]->dirty)
            reload(self->list[i], &ignored);
    load_fence(self, &ignored);
    forget_created(self);
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
    return self->fence_life;
}

bool streams_fenced(const streams_t *self)
{
    return self->fenced;
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
    self->fence_life = life;
    self->fenced = active;
    return 0;
}

/* ---- reading ---- */

slice_t *slice_new(void)
{
    slice_t *self = calloc(1, sizeof *self);
    assert(self);
    text_init(&self->bytes, BATCH_MAX_SIZE + ITEM_MAX_SIZE);
    return self;
}

void slice_destroy(slice_t **self_p)
{
    if (*self_p)
        text_free(&(*self_p)->bytes);
    free(*self_p);
    *self_p = NULL;
}

int stream_read(const stream_t *self, uint64_t after, slice_t *slice, err_t *err)
{
    sqlite3_stmt *row = prepared(self->streams, READ, self->number);
    bind_u64(row, 2, after);
    text_clear(&slice->bytes);
    slice->count = 0;
    slice->last = after;
    slice->full = false;
    int rc;
    while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
        size_t size = (size_t)sqlite3_column_bytes(row, 1);
        slice->full = slice->count == BATCH_MAX_ITEMS
                      || (slice->count && slice->bytes.size + size > BATCH_MAX_SIZE);
        if (slice->full || text_add(&slice->bytes, sqlite3_column_blob(row, 1), size))
            break;
        slice->items[slice->count++].size = size;
        slice->last = (uint64_t)sqlite3_column_int64(row, 0);
    }
    const uint8_t *data = (const uint8_t *)slice->bytes.data; /* it has stopped moving */
    for (size_t i = 0; i < slice->count; i++) {
        slice->items[i].data = data;
        data += slice->items[i].size;
    }
    return end_rows(self->streams, row, rc, err);
}

int stream_find(const stream_t *self, const char *id, text_t *bytes, err_t *err)
{
    sqlite3_stmt *row = prepared(self->streams, FIND, self->number);
    sqlite3_bind_int(row, 2, item_bucket(id));
    bind_text(row, 3, id);
    int rc = sqlite3_step(row);
    if (rc == SQLITE_ROW)
        text_add(bytes, sqlite3_column_blob(row, 0), (size_t)sqlite3_column_bytes(row, 0));
    int found = rc == SQLITE_ROW;
    return end_rows(self->streams, row, rc, err) ? -1 : found;
}

int stream_past(const stream_t *self, uint64_t life, uint64_t *covered, err_t *err)
{
    sqlite3_stmt *row = prepared(self->streams, GET_PAST, self->number);
    bind_u64(row, 2, life);
    int rc = sqlite3_step(row);
    *covered = rc == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(row, 0) : 0;
    return end_rows(self->streams, row, rc, err);
}

int stream_staged_root(const stream_t *self, uint8_t root[HASH_SIZE], uint64_t *count, err_t *err)
{
    streams_t *streams = self->streams;
    sqlite3_stmt *row = prepared(streams, STAGED_LEAVES, self->number);
    tree_t *tree = malloc(sizeof *tree);
    assert(tree);
    tree_init(tree);
    int rc, open = -1; /* the bucket whose items are going by */
    *count = 0;
    while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
        int bucket = sqlite3_column_int(row, 0);
        if (open >= 0 && bucket != open)
            tree_hasher_end(streams->hasher, tree->bucket[open]);
        open = bucket;
        tree_hasher_add(streams->hasher, (const char *)sqlite3_column_text(row, 1),
                        sqlite3_column_blob(row, 2));
        ++*count;
    }
    if (open >= 0)
        tree_hasher_end(streams->hasher, tree->bucket[open]);
    tree_root(tree, root);
    free(tree);
    return end_rows(streams, row, rc, err);
}

bool stream_verified(const stream_t *self)
{
    return !self->resync && !self->staged && self->head.life && self->head.life == self->known.life;
}

/* ---- writing items ---- */

/* Binds and runs PUT_ITEM or STAGE; *added tells an insert from an update. */
static int write_item(stream_t *stream, int which, const item_t *item, bool *added, err_t *err)
{
    streams_t *self = stream->streams;
    assert(self->writing);
    uint8_t leaf[HASH_SIZE];
    item_leaf(item->bytes, item->size, leaf);
    sqlite3_stmt *statement = prepared(self, which, stream->number);
    bind_text(statement, 2, item->id);
    bind_u64(statement, 3, item->seq);
    sqlite3_bind_int(statement, 4, item->op);
    sqlite3_bind_int(statement, 5, item_bucket(item->id));
    sqlite3_bind_blob(statement, 6, leaf, HASH_SIZE, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 7, item->bytes, (int)item->size, SQLITE_STATIC);
    sqlite3_set_last_insert_rowid(self->db, 0); /* an upsert that updates leaves it alone */
    if (database_run(statement, DOING_WRITE, err))
        return -1;
    *added = sqlite3_last_insert_rowid(self->db) != 0;
    return 0;
}

static int put_item(stream_t *stream, const item_t *item, err_t *err)
{
    bool added;
    touch(stream, item_bucket(item->id));
    if (write_item(stream, PUT_ITEM, item, &added, err))
        return -1;
    stream->count += added;
    const observer_t *observer = &stream->streams->observer;
    return observer->put ? observer->put(observer->context, stream, item, err) : 0;
}

static int remove_item(stream_t *stream, int bucket, const char *id, err_t *err)
{
    touch(stream, (uint8_t)bucket);
    sqlite3_stmt *statement = prepared(stream->streams, REMOVE_ITEM, stream->number);
    sqlite3_bind_int(statement, 2, bucket);
    bind_text(statement, 3, id);
    if (database_run(statement, DOING_WRITE, err))
        return -1;
    stream->count--;
    const observer_t *observer = &stream->streams->observer;
    return observer->remove ? observer->remove(observer->context, stream, id, err) : 0;
}

/* ---- an own stream ---- */

/* A stream that is full still takes changes of the records it has. */
static int check_room(const stream_t *self, const char *id, err_t *err)
{
    if (self->count < STREAM_MAX_ITEMS)
        return 0;
    text_t bytes;
    text_init(&bytes, ITEM_MAX_SIZE);
    int found = stream_find(self, id, &bytes, err);
    text_free(&bytes);
    if (found)
        return found < 0 ? -1 : 0;
    return err_set(err, ERR_REJECT,
                   "« %s » est plein : un hub garde au plus %d fiches de chaque sorte, fiches"
                   " supprimées comprises.",
                   self->kind, STREAM_MAX_ITEMS);
}

int stream_change(stream_t *self, item_op_t op, const char *id, uint32_t sv, const uint8_t *body,
                  size_t body_size, const moment_t *now, err_t *err)
{
    assert(self->own && self->streams->writing);
    if (check_room(self, id, err))
        return -1;
    item_t item = {.seq = self->seq + 1,
                   .op = op,
                   .sv = sv,
                   .ts_ms = now->unix_ms,
                   .body = body,
                   .body_size = body_size};
    snprintf(item.hub, sizeof item.hub, "%s", self->hub);
    snprintf(item.kind, sizeof item.kind, "%s", self->kind);
    snprintf(item.id, sizeof item.id, "%s", id);
    text_t bytes;
    text_init(&bytes, ITEM_MAX_SIZE);
    int result = item_encode(&item, &bytes, err);
    if (!result) {
        item.bytes = (const uint8_t *)bytes.data;
        item.size = bytes.size;
        /* projections read the body where it stays: inside the item */
        item_t stored;
        result = item_decode(&stored, bytes.data, bytes.size, err) || put_item(self, &stored, err)
                     ? -1
                     : 0;
        self->seq = item.seq;
        self->cursor = item.seq;
        self->dirty = true;
    }
    text_free(&bytes);
    return result;
}

int stream_start_life(stream_t *self, uint64_t life, err_t *err)
{
    assert(self->own && self->streams->writing && life > self->life);
    if (self->life) {
        sqlite3_stmt *statement = prepared(self->streams, SET_PAST, self->number);
        bind_u64(statement, 2, self->life);
        bind_u64(statement, 3, self->seq);
        if (database_run(statement, DOING_WRITE, err))
            return -1;
    }
    self->life = life;
    self->head = self->known = (head_t){0}; /* of a recovery, if any: from here on we sign */
    return stream_give_up(self, err);
}

int stream_displace_staged(stream_t *self, uint64_t covered, const moment_t *now, err_t *err)
{
    sqlite3_stmt *statement = prepared(self->streams, DISPLACE_STAGED, self->number);
    bind_text(statement, 2, self->kind);
    sqlite3_bind_int64(statement, 3, now->unix_ms);
    bind_u64(statement, 4, covered);
    return database_run(statement, DOING_WRITE, err);
}

int streams_forget_displaced(streams_t *self, int64_t before_unix_ms, err_t *err)
{
    assert(self->writing);
    return database_run(prepared(self, FORGET_DISPLACED, before_unix_ms), DOING_WRITE, err);
}

/* ---- a sink ---- */

void stream_set_known(stream_t *self, const head_t *head)
{
    assert(self->streams->writing);
    self->known = *head;
    self->dirty = true;
}

int stream_stage(stream_t *self, const item_t *items, size_t count, const char *source,
                 uint64_t upto, err_t *err)
{
    for (size_t i = 0; i < count; i++) {
        bool added;
        if (write_item(self, STAGE, &items[i], &added, err))
            return -1;
        self->staged += added;
    }
    self->cursor = upto;
    snprintf(self->source, sizeof self->source, "%s", source);
    self->dirty = true;
    return 0;
}

static uint64_t base(const stream_t *stream)
{
    if (stream->resync)
        return 0;
    return stream->own ? stream->seq : stream->head.seq;
}

static int empty_staged(stream_t *stream, err_t *err)
{
    assert(stream->streams->writing);
    stream->dirty = true;
    stream->source[0] = 0;
    if (!stream->staged)
        return 0;
    stream->staged = 0;
    return database_run(prepared(stream->streams, DROP_STAGED, stream->number), DOING_WRITE, err);
}

int stream_drop_staged(stream_t *self, err_t *err)
{
    self->cursor = base(self);
    return empty_staged(self, err);
}

int stream_give_up(stream_t *self, err_t *err)
{
    self->resync = false;
    return stream_drop_staged(self, err);
}

int stream_start_resync(stream_t *self, err_t *err)
{
    self->resync = true;
    self->cursor = 0;
    return empty_staged(self, err);
}

int stream_apply(stream_t *self, const item_t *items, size_t count, err_t *err)
{
    for (size_t i = 0; i < count; i++)
        if (put_item(self, &items[i], err))
            return -1;
    return 0;
}

/* Keeps own versions that a recovery is about to replace. */
static int displace_own(stream_t *stream, const moment_t *now, err_t *err)
{
    sqlite3_stmt *statement = prepared(stream->streams, DISPLACE, stream->number);
    bind_text(statement, 2, stream->kind);
    sqlite3_bind_int64(statement, 3, now->unix_ms);
    return database_run(statement, DOING_WRITE, err);
}

static int remove_not_staged(stream_t *stream, err_t *err)
{
    sqlite3_stmt *row = prepared(stream->streams, NOT_STAGED, stream->number);
    int rc, result = 0;
    while (!result && (rc = sqlite3_step(row)) == SQLITE_ROW) {
        char id[ID_SIZE]; /* the row goes away under the statement's feet */
        snprintf(id, sizeof id, "%s", (const char *)sqlite3_column_text(row, 1));
        result = remove_item(stream, sqlite3_column_int(row, 0), id, err);
    }
    return end_rows(stream->streams, row, result ? SQLITE_ROW : rc, err) || result ? -1 : 0;
}

static int put_staged(stream_t *stream, err_t *err)
{
    sqlite3_stmt *row = prepared(stream->streams, READ_STAGED, stream->number);
    int rc, result = 0;
    while (!result && (rc = sqlite3_step(row)) == SQLITE_ROW) {
        item_t item;
        result = item_decode(&item, sqlite3_column_blob(row, 0),
                             (size_t)sqlite3_column_bytes(row, 0), err);
        if (result)
            err->action = ERR_STOP; /* it was decoded before it was staged */
        else
            result = put_item(stream, &item, err);
    }
    return end_rows(stream->streams, row, result ? SQLITE_ROW : rc, err) || result ? -1 : 0;
}

int stream_apply_staged(stream_t *self, const moment_t *now, err_t *err)
{
    if (self->resync) {
        if (self->own && displace_own(self, now, err))
            return -1;
        if (remove_not_staged(self, err))
            return -1;
    }
    return put_staged(self, err) || empty_staged(self, err) ? -1 : 0;
}

void stream_set_head(stream_t *self, const head_t *head, const moment_t *now)
{
    assert(self->streams->writing && !self->staged);
    self->head = *head;
    self->resync = false;
    self->cursor = head->seq;
    self->source[0] = 0;
    self->verified_at_ms = now->unix_ms;
    if (self->own) {
        self->life = head->life;
        self->seq = head->seq;
    }
    self->dirty = true;
}

int stream_set_seen(stream_t *self, const char *source, const head_t *head, const moment_t *now,
                    err_t *err)
{
    assert(self->streams->writing);
    sqlite3_stmt *statement = prepared(self->streams, SEEN, self->number);
    bind_text(statement, 2, source);
    bind_u64(statement, 3, head->life);
    bind_u64(statement, 4, head->seq);
    bind_u64(statement, 5, head->beat);
    sqlite3_bind_int64(statement, 6, now->unix_ms);
    return database_run(statement, DOING_WRITE, err);
}
