#include "node/store/catalogue_inside.h"

#include "broker/sync/tree.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char STREAMS[] =
    "SELECT hub, kind, own, life, seq, head, known_head, resync, verified_at,"
    " (SELECT count(*) FROM staged WHERE staged.stream = s.stream),"
    " (SELECT ifnull(max(at), 0) FROM seen WHERE seen.stream = s.stream),"
    " CASE WHEN own THEN (SELECT count(*) FROM item WHERE item.stream = s.stream) END, stream"
    " FROM stream s ORDER BY hub, kind";
static const char BUCKETS[] = "SELECT n, hash FROM bucket WHERE stream=?";
static const char DISPLACED[] = "SELECT displaced, kind, id, at, reason, bytes FROM displaced"
                                " ORDER BY displaced";

enum {
    HUB,
    KIND,
    OWN,
    LIFE,
    SEQ,
    HEAD,
    KNOWN_HEAD,
    RESYNC,
    VERIFIED_AT,
    STAGED,
    HEARD_AT,
    OWN_COUNT,
    NUMBER
};

static void copy_text(char *text, size_t size, sqlite3_stmt *row, int column)
{
    const char *value = (const char *)sqlite3_column_text(row, column);
    snprintf(text, size, "%s", value ? value : "");
}

/* A head that is not there, or cannot be read, is one of life 0. */
static void read_head(head_t *head, sqlite3_stmt *row, int column)
{
    *head = (head_t){0};
    const void *bytes = sqlite3_column_blob(row, column);
    if (bytes && head_decode(head, bytes, (size_t)sqlite3_column_bytes(row, column), NULL))
        *head = (head_t){0};
}

/* Its own streams a node signs only when asked: the root is what a head would say. */
static int read_root(catalogue_t *self, int64_t stream, uint8_t root[HASH_SIZE], err_t *err)
{
    tree_t tree;
    tree_init(&tree);
    sqlite3_stmt *buckets = database_prepare(self->db, BUCKETS, err);
    if (!buckets)
        return -1;
    sqlite3_bind_int64(buckets, 1, stream);
    int step;
    while ((step = sqlite3_step(buckets)) == SQLITE_ROW) {
        int64_t n = sqlite3_column_int64(buckets, 0);
        if (n >= 0 && n < TREE_BUCKETS && sqlite3_column_bytes(buckets, 1) == HASH_SIZE)
            memcpy(tree.bucket[n], sqlite3_column_blob(buckets, 1), HASH_SIZE);
    }
    int rc = step == SQLITE_DONE ? 0 : database_failed(self->db, "read the buckets", err);
    sqlite3_finalize(buckets);
    tree_root(&tree, root);
    return rc;
}

static int read_own(catalogue_t *self, sqlite3_stmt *row, stream_state_t *state, err_t *err)
{
    state->life = (uint64_t)sqlite3_column_int64(row, LIFE);
    state->seq = (uint64_t)sqlite3_column_int64(row, SEQ);
    state->count = (uint64_t)sqlite3_column_int64(row, OWN_COUNT);
    state->known_life = state->life;
    state->known_seq = state->seq;
    state->verified = true;
    return read_root(self, sqlite3_column_int64(row, NUMBER), state->root, err);
}

static void read_received(sqlite3_stmt *row, stream_state_t *state)
{
    head_t head, known;
    read_head(&head, row, HEAD);
    read_head(&known, row, KNOWN_HEAD);
    state->life = head.life;
    state->seq = head.seq;
    state->count = head.count;
    memcpy(state->root, head.root, HASH_SIZE);
    state->known_life = known.life;
    state->known_seq = known.seq;
    state->verified =
        head.life && !state->staged && !sqlite3_column_int(row, RESYNC) && head.life == known.life;
    state->behind = known.seq > head.seq ? known.seq - head.seq : 0;
}

static int read_state(catalogue_t *self, sqlite3_stmt *row, stream_state_t *state, err_t *err)
{
    *state = (stream_state_t){0};
    copy_text(state->hub, sizeof state->hub, row, HUB);
    copy_text(state->kind, sizeof state->kind, row, KIND);
    state->own = sqlite3_column_int(row, OWN);
    state->staged = (uint64_t)sqlite3_column_int64(row, STAGED);
    state->verified_at_ms = sqlite3_column_int64(row, VERIFIED_AT);
    state->heard_at_ms = sqlite3_column_int64(row, HEARD_AT);
    if (state->own)
        return read_own(self, row, state, err);
    read_received(row, state);
    return 0;
}

static int read_states(catalogue_t *self, stream_states_t *states, err_t *err)
{
    sqlite3_stmt *streams = database_prepare(self->db, STREAMS, err);
    if (!streams)
        return -1;
    int step, rc = 0;
    while (rc == 0 && (step = sqlite3_step(streams)) != SQLITE_DONE) {
        if (step != SQLITE_ROW) {
            rc = database_failed(self->db, "read the streams", err);
            break;
        }
        states->list = realloc(states->list, (states->count + 1) * sizeof *states->list);
        assert(states->list);
        rc = read_state(self, streams, &states->list[states->count++], err);
    }
    sqlite3_finalize(streams);
    return rc;
}

int catalogue_streams(catalogue_t *self, stream_states_t *states, err_t *err)
{
    *states = (stream_states_t){0};
    if (catalogue_begin(self, err))
        return -1;
    int rc = read_states(self, states, err);
    catalogue_end(self);
    if (rc)
        stream_states_free(states);
    return rc;
}

void stream_states_free(stream_states_t *states)
{
    free(states->list);
    *states = (stream_states_t){0};
}

const char *stream_state_word(const stream_state_t *state)
{
    if (state->own)
        return "own";
    if (state->verified && !state->behind)
        return "verified";
    return state->life || state->known_life ? "catching_up" : "unheard";
}

/* --- displaced --- */

static void read_displaced(sqlite3_stmt *row, displaced_t *displaced)
{
    *displaced = (displaced_t){.number = sqlite3_column_int64(row, 0)};
    copy_text(displaced->kind, sizeof displaced->kind, row, 1);
    copy_text(displaced->id, sizeof displaced->id, row, 2);
    displaced->at_ms = sqlite3_column_int64(row, 3);
    displaced->reason = strdup((const char *)sqlite3_column_text(row, 4));
    assert(displaced->reason);
    item_t item;
    if (item_decode(&item, sqlite3_column_blob(row, 5), (size_t)sqlite3_column_bytes(row, 5), NULL)
        || item.op == ITEM_DELETE)
        return;
    displaced->sv = item.sv;
    displaced->body_size = item.body_size;
    displaced->body = malloc(item.body_size);
    assert(displaced->body);
    memcpy(displaced->body, item.body, item.body_size);
}

int catalogue_displaced(catalogue_t *self, displaced_list_t *displaced, err_t *err)
{
    *displaced = (displaced_list_t){0};
    sqlite3_stmt *rows = database_prepare(self->db, DISPLACED, err);
    if (!rows)
        return -1;
    int step;
    while ((step = sqlite3_step(rows)) == SQLITE_ROW) {
        displaced->list =
            realloc(displaced->list, (displaced->count + 1) * sizeof *displaced->list);
        assert(displaced->list);
        read_displaced(rows, &displaced->list[displaced->count++]);
    }
    int rc = step == SQLITE_DONE ? 0 : database_failed(self->db, "read what was displaced", err);
    sqlite3_finalize(rows);
    if (rc)
        displaced_list_free(displaced);
    return rc;
}

void displaced_list_free(displaced_list_t *displaced)
{
    for (size_t i = 0; i < displaced->count; i++) {
        free(displaced->list[i].reason);
        free(displaced->list[i].body);
    }
    free(displaced->list);
    *displaced = (displaced_list_t){0};
}
