/* What is done with the records of one stream inside a transaction of streams.c, and how they are read. */
#include "broker/sync/stream_store.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- buckets and roots ---- */

static void touch(stream_t *stream, uint8_t bucket)
{
    stream_will_change(stream);
    stream->touched[bucket / 8] |= (uint8_t)(1u << bucket % 8);
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
    sqlite3_stmt *row = streams_statement(self, READ_BUCKETS, stream->number);
    int rc;
    while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
        int n = sqlite3_column_int(row, 0);
        if (n >= 0 && n < TREE_BUCKETS && sqlite3_column_bytes(row, 1) == HASH_SIZE)
            memcpy(stream->tree->bucket[n], sqlite3_column_blob(row, 1), HASH_SIZE);
    }
    if (!streams_end_rows(self, row, rc, err))
        return 0;
    free(stream->tree); /* half of it would pass for the whole one the next time */
    stream->tree = NULL;
    return -1;
}

static int hash_bucket(stream_t *stream, int n, uint8_t hash[HASH_SIZE], err_t *err)
{
    streams_t *self = stream->streams;
    sqlite3_stmt *row = streams_statement(self, BUCKET_ITEMS, stream->number);
    sqlite3_bind_int(row, 2, n);
    int rc;
    while ((rc = sqlite3_step(row)) == SQLITE_ROW)
        if (sqlite3_column_bytes(row, 1) == HASH_SIZE)
            tree_hasher_add(self->hasher, (const char *)sqlite3_column_text(row, 0),
                            sqlite3_column_blob(row, 1));
    tree_hasher_end(self->hasher, hash);
    return streams_end_rows(self, row, rc, err);
}

int stream_settle(stream_t *stream, err_t *err)
{
    streams_t *self = stream->streams;
    if (!stream->tree && read_tree(stream, err))
        return -1;
    for (int n = 0; n < TREE_BUCKETS; n++) {
        if (!touched(stream, (size_t)n))
            continue;
        if (hash_bucket(stream, n, stream->tree->bucket[n], err))
            return -1;
        sqlite3_stmt *statement = streams_statement(self, SAVE_BUCKET, stream->number);
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
    if (stream_settle(self, err))
        return -1;
    tree_root(self->tree, root);
    return 0;
}

/* Are the items of a bucket what their leaves say, and where READ looks for them? Gives the hash of what
 * is there. */
static int hash_bytes(stream_t *stream, unsigned n, uint8_t hash[HASH_SIZE], bool *same, err_t *err)
{
    streams_t *self = stream->streams;
    sqlite3_stmt *row = streams_statement(self, BUCKET_BYTES, stream->number);
    sqlite3_bind_int(row, 2, (int)n);
    int rc;
    while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
        uint8_t leaf[HASH_SIZE];
        item_leaf(sqlite3_column_blob(row, 2), (size_t)sqlite3_column_bytes(row, 2), leaf);
        *same &= sqlite3_column_int(row, 3) && sqlite3_column_bytes(row, 1) == HASH_SIZE
                 && !memcmp(sqlite3_column_blob(row, 1), leaf, HASH_SIZE);
        tree_hasher_add(self->hasher, (const char *)sqlite3_column_text(row, 0), leaf);
    }
    tree_hasher_end(self->hasher, hash);
    return streams_end_rows(self, row, rc, err);
}

static bool tree_is_signed(const stream_t *stream)
{
    uint8_t root[HASH_SIZE];
    tree_root(stream->tree, root);
    return stream->own || !stream->head.life || !memcmp(root, stream->head.root, HASH_SIZE);
}

int stream_check_bucket(stream_t *self, unsigned bucket, err_t *err)
{
    uint8_t hash[HASH_SIZE];
    bool same = true;
    assert(!self->streams->writing); /* the tree is then that of what was committed */
    if (!self->tree && read_tree(self, err))
        return -1;
    if (hash_bytes(self, bucket, hash, &same, err))
        return -1;
    if (same && !memcmp(hash, self->tree->bucket[bucket], HASH_SIZE) && tree_is_signed(self))
        return 0;
    return err_set(err, ERR_STOP, "%s/%s is no longer what was proven: the disk did not keep it",
                   self->hub, self->kind);
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
    sqlite3_stmt *row = streams_statement(self->streams, READ, self->number);
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
    return streams_end_rows(self->streams, row, rc, err);
}

int stream_find(const stream_t *self, const char *id, text_t *bytes, err_t *err)
{
    sqlite3_stmt *row = streams_statement(self->streams, FIND, self->number);
    sqlite3_bind_int(row, 2, item_bucket(id));
    bind_text(row, 3, id);
    int rc = sqlite3_step(row);
    if (rc == SQLITE_ROW)
        text_add(bytes, sqlite3_column_blob(row, 0), (size_t)sqlite3_column_bytes(row, 0));
    int found = rc == SQLITE_ROW;
    return streams_end_rows(self->streams, row, rc, err) ? -1 : found;
}

int stream_past(const stream_t *self, uint64_t life, uint64_t *covered, err_t *err)
{
    sqlite3_stmt *row = streams_statement(self->streams, GET_PAST, self->number);
    bind_u64(row, 2, life);
    int rc = sqlite3_step(row);
    *covered = rc == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(row, 0) : 0;
    return streams_end_rows(self->streams, row, rc, err);
}

int stream_staged_root(const stream_t *self, uint8_t root[HASH_SIZE], uint64_t *count, err_t *err)
{
    streams_t *streams = self->streams;
    sqlite3_stmt *row = streams_statement(streams, STAGED_LEAVES, self->number);
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
    return streams_end_rows(streams, row, rc, err);
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
    sqlite3_stmt *statement = streams_statement(self, which, stream->number);
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
    sqlite3_stmt *statement = streams_statement(stream->streams, REMOVE_ITEM, stream->number);
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
    }
    text_free(&bytes);
    return result;
}

/* The seq up to which the staged rows and the items have one history: a version that both hold was made
 * once, after everything before it. */
static int find_shared(const stream_t *self, bool whole, uint64_t *seq, err_t *err)
{
    sqlite3_stmt *row = streams_statement(self->streams, SHARED, self->number);
    sqlite3_bind_int(row, 2, whole);
    int rc = sqlite3_step(row);
    *seq = rc == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(row, 0) : 0;
    return streams_end_rows(self->streams, row, rc, err);
}

static int put_past(stream_t *self, err_t *err)
{
    sqlite3_stmt *statement = streams_statement(self->streams, SET_PAST, self->number);
    bind_u64(statement, 2, self->life);
    bind_u64(statement, 3, self->seq);
    return database_run(statement, DOING_WRITE, err);
}

int stream_start_life(stream_t *self, uint64_t life, err_t *err)
{
    assert(self->own && self->streams->writing && life > self->life);
    if (self->life && put_past(self, err))
        return -1;
    stream_will_change(self);
    self->life = life;
    self->head = self->known = (head_t){0}; /* of a recovery, if any: from here on we sign */
    return stream_give_up(self, err);
}

int stream_displace_staged(stream_t *self, uint64_t covered, const moment_t *now, err_t *err)
{
    uint64_t shared;
    if (find_shared(self, true, &shared, err))
        return -1;
    sqlite3_stmt *statement = streams_statement(self->streams, DISPLACE_STAGED, self->number);
    bind_text(statement, 2, self->kind);
    sqlite3_bind_int64(statement, 3, now->unix_ms);
    bind_u64(statement, 4, covered > shared ? covered : shared);
    return database_run(statement, DOING_WRITE, err);
}

int streams_forget_displaced(streams_t *self, int64_t before_unix_ms, err_t *err)
{
    assert(self->writing);
    return database_run(streams_statement(self, FORGET_DISPLACED, before_unix_ms), DOING_WRITE,
                        err);
}

int stream_erase_displaced(stream_t *self, const char *id, err_t *err)
{
    assert(self->own && self->streams->writing);
    sqlite3_stmt *statement = self->streams->statement[ERASE_DISPLACED];
    bind_text(statement, 1, self->kind);
    bind_text(statement, 2, id);
    return database_run(statement, DOING_WRITE, err) ? -1 : sqlite3_changes(self->streams->db) > 0;
}

/* ---- a sink ---- */

void stream_set_known(stream_t *self, const head_t *head)
{
    stream_will_change(self);
    self->known = *head;
}

int stream_stage(stream_t *self, const item_t *items, size_t count, const char *source,
                 uint64_t upto, err_t *err)
{
    stream_will_change(self);
    for (size_t i = 0; i < count; i++) {
        bool added;
        if (write_item(self, STAGE, &items[i], &added, err))
            return -1;
        self->staged += added;
    }
    self->cursor = upto;
    snprintf(self->source, sizeof self->source, "%s", source);
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
    stream->source[0] = 0;
    if (!stream->staged)
        return 0;
    stream->staged = 0;
    return database_run(streams_statement(stream->streams, DROP_STAGED, stream->number),
                        DOING_WRITE, err);
}

int stream_drop_staged(stream_t *self, err_t *err)
{
    stream_will_change(self);
    self->cursor = base(self);
    return empty_staged(self, err);
}

int stream_give_up(stream_t *self, err_t *err)
{
    stream_will_change(self);
    self->resync = false;
    return stream_drop_staged(self, err);
}

int stream_start_resync(stream_t *self, err_t *err)
{
    stream_will_change(self);
    self->resync = true;
    self->cursor = 0;
    return empty_staged(self, err);
}

int stream_disown(stream_t *self, err_t *err)
{
    assert(!self->own);
    stream_will_change(self);
    self->head = self->known = (head_t){0};
    self->verified_at_ms = 0;
    return stream_start_resync(self, err);
}

int stream_apply(stream_t *self, const item_t *items, size_t count, err_t *err)
{
    for (size_t i = 0; i < count; i++)
        if (put_item(self, &items[i], err))
            return -1;
    return 0;
}

/* A recovery is about to replace own versions. A state of our own life came from ours; one of another
 * life may have begun before ours ended, and then it replaces versions that it never held. */
static int displace_own(stream_t *stream, const moment_t *now, err_t *err)
{
    uint64_t shared;
    if (stream->life && stream->known.life == stream->life)
        return 0;
    if ((stream->life && put_past(stream, err))
        || find_shared(stream, stream->resync, &shared, err))
        return -1;
    sqlite3_stmt *statement = streams_statement(stream->streams, DISPLACE, stream->number);
    bind_text(statement, 2, stream->kind);
    sqlite3_bind_int64(statement, 3, now->unix_ms);
    sqlite3_bind_int(statement, 4, stream->resync);
    bind_u64(statement, 5, shared);
    return database_run(statement, DOING_WRITE, err);
}

static int remove_not_staged(stream_t *stream, err_t *err)
{
    sqlite3_stmt *row = streams_statement(stream->streams, NOT_STAGED, stream->number);
    int rc, result = 0;
    while (!result && (rc = sqlite3_step(row)) == SQLITE_ROW) {
        char id[ID_SIZE]; /* the row goes away under the statement's feet */
        snprintf(id, sizeof id, "%s", (const char *)sqlite3_column_text(row, 1));
        result = remove_item(stream, sqlite3_column_int(row, 0), id, err);
    }
    return streams_end_rows(stream->streams, row, result ? SQLITE_ROW : rc, err) || result ? -1 : 0;
}

static int put_staged(stream_t *stream, err_t *err)
{
    sqlite3_stmt *row = streams_statement(stream->streams, READ_STAGED, stream->number);
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
    return streams_end_rows(stream->streams, row, result ? SQLITE_ROW : rc, err) || result ? -1 : 0;
}

int stream_apply_staged(stream_t *self, const moment_t *now, err_t *err)
{
    stream_will_change(self);
    if (self->own && displace_own(self, now, err))
        return -1;
    if (self->resync) { /* nothing that was there before is believed, hashes of buckets included */
        memset(self->touched, 0xff, sizeof self->touched);
        if (remove_not_staged(self, err))
            return -1;
    }
    return put_staged(self, err) || empty_staged(self, err) ? -1 : 0;
}

void stream_set_head(stream_t *self, const head_t *head, const moment_t *now)
{
    assert(!self->staged);
    stream_will_change(self);
    self->head = *head;
    self->resync = false;
    self->cursor = head->seq;
    self->source[0] = 0;
    self->verified_at_ms = now->unix_ms;
    if (self->own) {
        self->life = head->life;
        self->seq = head->seq;
    }
}

int stream_set_seen(stream_t *self, const char *source, const head_t *head, const moment_t *now,
                    err_t *err)
{
    assert(self->streams->writing);
    sqlite3_stmt *statement = streams_statement(self->streams, SEEN, self->number);
    bind_text(statement, 2, source);
    bind_u64(statement, 3, head->life);
    bind_u64(statement, 4, head->seq);
    bind_u64(statement, 5, head->beat);
    sqlite3_bind_int64(statement, 6, now->unix_ms);
    return database_run(statement, DOING_WRITE, err);
}
