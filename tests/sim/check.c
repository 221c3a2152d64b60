#include "tests/sim/check.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A version that a hub gave. Two copies of a hub have different lives, so this is unique. */
typedef struct given {
    char hub[NAME_SIZE], kind[NAME_SIZE], id[ID_SIZE];
    uint64_t life, seq;
    int machine;
} given_t;

struct ledger {
    given_t *given;
    size_t count, capacity;
};

ledger_t *ledger_new(void)
{
    ledger_t *self = calloc(1, sizeof *self);
    assert(self);
    return self;
}

void ledger_destroy(ledger_t **self_p)
{
    if (*self_p)
        free((*self_p)->given);
    free(*self_p);
    *self_p = NULL;
}

void check_change(world_t *world, machine_t *hub, stream_t *stream, const char *id)
{
    ledger_t *ledger = world->ledger;
    for (size_t i = 0; i < ledger->count; i++) {
        const given_t *given = &ledger->given[i];
        if (given->life == stream->life && given->seq == stream->seq
            && !strcmp(given->hub, stream->hub) && !strcmp(given->kind, stream->kind))
            world_fail(world, "I2: %s/%s gave (%lu, %lu) to %s and to %s", stream->hub,
                       stream->kind, stream->life, stream->seq, given->id, id);
    }
    if (ledger->count == ledger->capacity) {
        ledger->capacity = ledger->capacity ? 2 * ledger->capacity : 256;
        ledger->given = realloc(ledger->given, ledger->capacity * sizeof *ledger->given);
        assert(ledger->given);
    }
    given_t *given = &ledger->given[ledger->count++];
    *given =
        (given_t){.life = stream->life, .seq = stream->seq, .machine = world_number(world, hub)};
    snprintf(given->hub, sizeof given->hub, "%s", stream->hub);
    snprintf(given->kind, sizeof given->kind, "%s", stream->kind);
    snprintf(given->id, sizeof given->id, "%s", id);
}

void check_forget(machine_t *machine)
{
    machine->shown_count = 0;
}

/* ---- what a machine shows ---- */

/* The root by the formula, straight from the rows: nothing of stream.c's bookkeeping. */
static void recompute_root(sqlite3 *db, const stream_t *stream, uint8_t root[HASH_SIZE],
                           uint64_t *count)
{
    static const char sql[] = "SELECT id, bytes, bucket FROM item WHERE stream = ?1 ORDER BY id";
    tree_t tree;
    tree_hasher_t *hasher[TREE_BUCKETS] = {0};
    sqlite3_stmt *row;
    int rc = sqlite3_prepare_v2(db, sql, -1, &row, NULL);
    assert(rc == SQLITE_OK);
    sqlite3_bind_int64(row, 1, stream->number);
    tree_init(&tree);
    for (*count = 0; sqlite3_step(row) == SQLITE_ROW; ++*count) {
        const char *id = (const char *)sqlite3_column_text(row, 0);
        uint8_t leaf[HASH_SIZE], bucket = item_bucket(id);
        item_leaf(sqlite3_column_blob(row, 1), (size_t)sqlite3_column_bytes(row, 1), leaf);
        if (!hasher[bucket])
            hasher[bucket] = tree_hasher_new();
        tree_hasher_add(hasher[bucket], id, leaf);
    }
    sqlite3_finalize(row);
    for (int n = 0; n < TREE_BUCKETS; n++) {
        if (hasher[n]) {
            tree_hasher_end(hasher[n], tree.bucket[n]);
            tree_hasher_destroy(&hasher[n]);
        }
    }
    tree_root(&tree, root);
}

static void check_proof(world_t *world, const machine_t *machine, const stream_t *stream)
{
    uint8_t root[HASH_SIZE];
    uint64_t count;
    recompute_root(machine->db, stream, root, &count);
    if (!stream->head.life) {
        if (count)
            world_fail(world, "I1: %s shows %lu items of %s/%s without a head", machine->name,
                       count, stream->hub, stream->kind);
        return;
    }
    if (memcmp(root, stream->head.root, HASH_SIZE) || count != stream->head.count)
        world_fail(world, "I1, I6: %s shows of %s/%s what its hub did not sign", machine->name,
                   stream->hub, stream->kind);
    if (!members_verify(world->members, &stream->head, 0))
        world_fail(world, "I1: %s shows a head of %s/%s with a bad signature", machine->name,
                   stream->hub, stream->kind);
}

static uint64_t newest_staged(sqlite3 *db, const stream_t *stream)
{
    sqlite3_stmt *row;
    int rc =
        sqlite3_prepare_v2(db, "SELECT max(seq) FROM staged WHERE stream = ?1", -1, &row, NULL);
    assert(rc == SQLITE_OK);
    sqlite3_bind_int64(row, 1, stream->number);
    sqlite3_step(row);
    uint64_t seq = (uint64_t)sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return seq;
}

static void check_cursor(world_t *world, const machine_t *machine, const stream_t *stream)
{
    uint64_t base = stream->resync ? 0 : stream->head.seq;
    uint64_t expected = stream->staged ? newest_staged(machine->db, stream) : base;
    if (stream->cursor != expected)
        world_fail(world, "I3: %s has %s/%s up to %lu, its cursor says %lu", machine->name,
                   stream->hub, stream->kind, expected, stream->cursor);
}

static shown_t *shown_of(machine_t *machine, const stream_t *stream)
{
    for (size_t i = 0; i < machine->shown_count; i++) {
        shown_t *shown = &machine->shown[i];
        if (!strcmp(shown->hub, stream->hub) && !strcmp(shown->kind, stream->kind))
            return shown;
    }
    shown_t *shown = &machine->shown[machine->shown_count++];
    *shown = (shown_t){0};
    snprintf(shown->hub, sizeof shown->hub, "%s", stream->hub);
    snprintf(shown->kind, sizeof shown->kind, "%s", stream->kind);
    return shown;
}

static void check_order(world_t *world, machine_t *machine, const stream_t *stream)
{
    shown_t *shown = shown_of(machine, stream);
    head_t before = {.life = shown->life, .seq = shown->seq};
    if (head_compare(&stream->head, &before) < 0)
        world_fail(world, "I9: %s showed (%lu, %lu) of %s/%s and now shows (%lu, %lu)",
                   machine->name, shown->life, shown->seq, stream->hub, stream->kind,
                   stream->head.life, stream->head.seq);
    shown->life = stream->head.life;
    shown->seq = stream->head.seq;
}

void check_stream(world_t *world, machine_t *machine, stream_t *stream)
{
    if (stream->own)
        return;
    check_proof(world, machine, stream);
    check_cursor(world, machine, stream);
    check_order(world, machine, stream);
}

/* ---- the end ---- */

static bool same_items(sqlite3 *a, int64_t a_stream, sqlite3 *b, int64_t b_stream)
{
    static const char sql[] = "SELECT id, seq, bytes FROM item WHERE stream = ?1 ORDER BY seq";
    sqlite3_stmt *left, *right;
    int rc =
        sqlite3_prepare_v2(a, sql, -1, &left, NULL) | sqlite3_prepare_v2(b, sql, -1, &right, NULL);
    assert(rc == SQLITE_OK);
    sqlite3_bind_int64(left, 1, a_stream);
    sqlite3_bind_int64(right, 1, b_stream);
    bool same = true;
    for (;;) {
        int l = sqlite3_step(left), r = sqlite3_step(right);
        same = l == r;
        if (!same || l != SQLITE_ROW)
            break;
        int size = sqlite3_column_bytes(left, 2);
        same =
            size == sqlite3_column_bytes(right, 2)
            && !memcmp(sqlite3_column_blob(left, 2), sqlite3_column_blob(right, 2), (size_t)size);
        if (!same)
            break;
    }
    sqlite3_finalize(left);
    sqlite3_finalize(right);
    return same;
}

/* What keeps this sink from showing the hub's current version; NULL when nothing does. */
static const char *difference(machine_t *hub, stream_t *own, machine_t *sink)
{
    if (!sink->up)
        return "is down";
    const stream_t *stream = streams_find(sink->streams, own->hub, own->kind);
    if (!stream)
        return "has not heard of it";
    if (!stream_verified(stream))
        return stream->resync ? "is in RESYNC" : stream->staged ? "is staging" : "is not verified";
    if (stream->head.life != own->life || stream->head.seq != own->seq)
        return "shows another version";
    return same_items(hub->db, own->number, sink->db, stream->number) ? NULL : "has other records";
}

static const char *first_difference(world_t *world, machine_t **at, stream_t **of)
{
    for (int h = 0; h < world->machine_count; h++) {
        machine_t *hub = &world->machines[h];
        if (hub->role != ROLE_HUB || hub->gone)
            continue;
        *at = hub;
        *of = NULL;
        if (!hub->up || publisher_state(hub->publisher) != PUBLISHER_READY)
            return "is not ready";
        for (size_t s = 0; s < streams_count(hub->streams); s++) {
            *of = streams_at(hub->streams, s);
            for (int m = 0; (*of)->own && m < world->machine_count; m++) {
                *at = &world->machines[m];
                if ((*at)->gone || !strcmp((*at)->name, hub->name))
                    continue;
                const char *what = difference(hub, *of, *at);
                if (what)
                    return what;
            }
        }
    }
    return NULL;
}

bool check_converged(world_t *world)
{
    machine_t *at;
    stream_t *of;
    return !first_difference(world, &at, &of);
}

void check_final(world_t *world)
{
    machine_t *at;
    stream_t *of;
    const char *what = first_difference(world, &at, &of);
    if (what)
        world_fail(world, "I7: %s %s (%s/%s)", at->name, what, of ? of->hub : "",
                   of ? of->kind : "");
}
