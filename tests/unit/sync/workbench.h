/* workbench - what the tests of the state machines stand on: a migrated store, an outbox that is read
 * back, and authors: hubs that sign, whose streams are kept here in the plainest way, so that what the
 * code computes is compared with something it did not compute. Brings cmocka along. */
#ifndef TESTS_SYNC_WORKBENCH_H
#define TESTS_SYNC_WORKBENCH_H

#include "broker/base/database.h"
#include "broker/base/timers.h"
#include "broker/sync/member.h"
#include "broker/sync/outbox.h"
#include "broker/sync/stream.h"
#include "broker/sync/tables.h"
#include "schemas/head.h"
#include "schemas/item.h"
#include "schemas/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#define FIRST_LIFE (UINT64_C(1) << 50)

/* Fails the test with the error's own words. */
#define assert_ok(result)                                                                          \
    do {                                                                                           \
        if (result)                                                                                \
            fail_msg("%s: %s", #result, bench->err.text);                                          \
    } while (0)

#define assert_rejected(result)                                                                    \
    do {                                                                                           \
        assert_int_equal((result), -1);                                                            \
        assert_int_equal(bench->err.action, ERR_REJECT);                                           \
    } while (0)

typedef struct bench {
    sqlite3 *db;
    streams_t *streams;
    outbox_t *outbox;
    members_t *members; /* empty */
    timers_t timers;    /* the defaults */
    moment_t now;       /* move it by hand */
    wire_decoder_t *decoder;
    err_t err;
} bench_t;

static inline void bench_open(bench_t *bench, const char *path, const observer_t *observer)
{
    bench->db = database_open(path, DATABASE_CACHE, &bench->err);
    if (!bench->db || database_migrate(bench->db, &sync_tables, &bench->err))
        fail_msg("%s", bench->err.text);
    bench->streams = streams_new(bench->db, observer, &bench->err);
    if (!bench->streams)
        fail_msg("%s", bench->err.text);
}

static inline void bench_close(bench_t *bench)
{
    streams_destroy(&bench->streams);
    database_close(bench->db);
}

/* As the program does when it starts again: nothing but what is on disk. */
static inline void bench_reopen(bench_t *bench, const char *path, const observer_t *observer)
{
    bench_close(bench);
    bench_open(bench, path, observer);
}

static inline bench_t *bench_new(const char *path, const observer_t *observer)
{
    bench_t *bench = calloc(1, sizeof *bench);
    bench_open(bench, path, observer);
    bench->outbox = outbox_new();
    bench->members = members_new();
    timers_set_default(&bench->timers);
    bench->now = (moment_t){.steady_ms = 1000000, .unix_ms = INT64_C(1795305600000)};
    bench->decoder = wire_decoder_new();
    return bench;
}

static inline void bench_destroy(bench_t **bench_p)
{
    bench_t *bench = *bench_p;
    bench_close(bench);
    outbox_destroy(&bench->outbox);
    members_destroy(&bench->members);
    wire_decoder_destroy(&bench->decoder);
    free(bench);
    *bench_p = NULL;
}

static inline void bench_wait(bench_t *bench, int64_t ms)
{
    bench->now.steady_ms += ms;
    bench->now.unix_ms += ms;
}

/* The first column of the first row: what is on disk, past all our code. */
static inline int64_t bench_number(const bench_t *bench, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(bench->db, sql, -1, &statement, NULL))
        fail_msg("%s", sqlite3_errmsg(bench->db));
    int64_t number = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return number;
}

static inline void bench_execute(const bench_t *bench, const char *sql)
{
    if (sqlite3_exec(bench->db, sql, NULL, NULL, NULL))
        fail_msg("%s", sqlite3_errmsg(bench->db));
}

/* ---- what was sent ---- */

/* Decodes the post at that place; valid until the next call. */
static inline wire_t bench_sent(bench_t *bench, size_t index)
{
    assert_true(index < outbox_count(bench->outbox));
    const text_t *frame = outbox_frame_at(bench->outbox, outbox_at(bench->outbox, index).frame);
    wire_t wire = {0};
    if (wire_decode(bench->decoder, &wire, frame->data, frame->size, &bench->err))
        fail_msg("%s", bench->err.text);
    return wire;
}

/* How many messages of a type wait for a peer; 0 as peer or type: any. */
static inline size_t bench_count(bench_t *bench, peer_t peer, wire_type_t type)
{
    size_t count = 0;
    for (size_t i = 0; i < outbox_count(bench->outbox); i++)
        count += (!peer || outbox_at(bench->outbox, i).peer == peer)
                 && (!type || bench_sent(bench, i).type == type);
    return count;
}

/* The newest message of a type to a peer; it must be there. Valid until the next call. */
static inline wire_t bench_last(bench_t *bench, peer_t peer, wire_type_t type)
{
    for (size_t i = outbox_count(bench->outbox); i-- > 0;) {
        wire_t wire = bench_sent(bench, i);
        if (outbox_at(bench->outbox, i).peer == peer && wire.type == type)
            return wire;
    }
    fail_msg("no message of type %d to peer %u", (int)type, (unsigned)peer);
    return (wire_t){0};
}

/* Decodes a frame that a test encoded; borrows it, valid until the next call. */
static inline wire_t bench_decode(bench_t *bench, const text_t *frame)
{
    wire_t wire = {0};
    if (wire_decode(bench->decoder, &wire, frame->data, frame->size, &bench->err))
        fail_msg("%s", bench->err.text);
    return wire;
}

/* ---- authors ---- */

/* The key pair of a name: the same in every test. */
static inline void author_keys(const char *name, uint8_t public[SIGN_PUBLIC_SIZE],
                               uint8_t secret[SIGN_SECRET_SIZE])
{
    uint8_t seed[SIGN_SEED_SIZE];
    crypto_generichash(seed, sizeof seed, (const uint8_t *)name, strlen(name), NULL, 0);
    crypto_sign_seed_keypair(public, secret, seed);
}

/* A member who reads everything; a hub has the key of its name. */
static inline member_t bench_member(const char *name, member_role_t role)
{
    member_t member = {.role = role};
    snprintf(member.name, sizeof member.name, "%s", name);
    if (role == MEMBER_HUB) {
        uint8_t secret[SIGN_SECRET_SIZE];
        author_keys(name, member.sign[0].key, secret);
        member.sign[0].until_ms = INT64_MAX;
        member.sign_count = 1;
    }
    return member;
}

static inline void bench_add_member(bench_t *bench, const char *name, member_role_t role)
{
    member_t member = bench_member(name, role);
    members_add(bench->members, &member);
}

typedef struct version {
    item_t item; /* its bytes are ours */
    bool replaced;
} version_t;

/* A hub with one stream, as its own publisher would have it: every version it ever made, by seq. */
typedef struct author {
    char hub[NAME_SIZE], kind[NAME_SIZE];
    uint64_t life, seq, beat;
    version_t *versions;
    size_t count;
} author_t;

static inline author_t author_new(const char *hub, const char *kind)
{
    author_t author = {.life = FIRST_LIFE};
    snprintf(author.hub, sizeof author.hub, "%s", hub);
    snprintf(author.kind, sizeof author.kind, "%s", kind);
    return author;
}

static inline void author_free(author_t *author)
{
    for (size_t i = 0; i < author->count; i++)
        free((void *)(uintptr_t)author->versions[i].item.bytes);
    free(author->versions);
    *author = (author_t){0};
}

/* A map {"t": text}, the text of any length up to 65535 bytes. Freed by the caller. */
static inline uint8_t *body_new(const char *text, size_t *size)
{
    size_t length = strlen(text);
    assert_true(length <= UINT16_MAX);
    uint8_t *body = malloc(length + 6);
    memcpy(body, (uint8_t[]){0x81, 0xa1, 't', 0xda, (uint8_t)(length >> 8), (uint8_t)length}, 6);
    memcpy(body + 6, text, length);
    *size = length + 6;
    return body;
}

/* Encodes a version with bytes of its own: free((void *)item.bytes). text NULL: a deletion. */
static inline item_t item_new(const char *hub, const char *kind, uint64_t seq, const char *id,
                              const char *text)
{
    item_t item = {
        .seq = seq, .op = text ? ITEM_PUT : ITEM_DELETE, .sv = 1, .ts_ms = 1700000000000};
    snprintf(item.hub, sizeof item.hub, "%s", hub);
    snprintf(item.kind, sizeof item.kind, "%s", kind);
    snprintf(item.id, sizeof item.id, "%s", id);
    uint8_t *body = text ? body_new(text, &item.body_size) : NULL;
    item.body = body;
    text_t bytes;
    text_init(&bytes, ITEM_MAX_SIZE);
    err_t err;
    assert_int_equal(item_encode(&item, &bytes, &err), 0);
    free(body);
    size_t size = bytes.size;
    char *own = text_take(&bytes);
    item_t read;
    assert_int_equal(item_decode(&read, own, size, &err), 0);
    text_free(&bytes);
    return read;
}

/* The next version of a record; text NULL: a deletion. The item's bytes stay as long as the author. */
static inline item_t author_put(author_t *author, const char *id, const char *text)
{
    for (size_t i = 0; i < author->count; i++)
        if (!strcmp(author->versions[i].item.id, id))
            author->versions[i].replaced = true;
    author->versions = realloc(author->versions, (author->count + 1) * sizeof *author->versions);
    item_t item = item_new(author->hub, author->kind, ++author->seq, id, text);
    author->versions[author->count++] = (version_t){.item = item};
    return item;
}

static inline item_t author_delete(author_t *author, const char *id)
{
    return author_put(author, id, NULL);
}

/* The current versions with after < seq <= upto, by seq; room for all of them. Gives their number. */
static inline size_t author_items(const author_t *author, uint64_t after, uint64_t upto,
                                  item_t *items)
{
    size_t count = 0;
    for (size_t i = 0; i < author->count; i++) {
        const version_t *version = &author->versions[i];
        if (!version->replaced && version->item.seq > after && version->item.seq <= upto)
            items[count++] = version->item;
    }
    return count;
}

static inline int item_order(const void *a, const void *b)
{
    return strcmp(((const item_t *)a)->id, ((const item_t *)b)->id);
}

/* The formula of PROTOCOL.md, word by word: the root of these items, which it sorts by id. */
static inline void items_root(item_t *items, size_t count, uint8_t root[HASH_SIZE])
{
    if (count)
        qsort(items, count, sizeof *items, item_order);
    uint8_t hashes[256][HASH_SIZE];
    text_t bucket;
    text_init(&bucket, 64 * 1024 * 1024);
    for (int n = 0; n < 256; n++) {
        text_clear(&bucket);
        for (size_t i = 0; i < count; i++) {
            uint8_t place[HASH_SIZE], leaf[HASH_SIZE];
            const char *id = items[i].id;
            crypto_generichash(place, HASH_SIZE, (const uint8_t *)id, strlen(id), NULL, 0);
            if (place[0] != n)
                continue;
            crypto_generichash(leaf, HASH_SIZE, items[i].bytes, items[i].size, NULL, 0);
            text_add_string(&bucket, id);
            text_add(&bucket, leaf, HASH_SIZE);
        }
        crypto_generichash(hashes[n], HASH_SIZE, (const uint8_t *)bucket.data, bucket.size, NULL,
                           0);
    }
    text_free(&bucket);
    crypto_generichash(root, HASH_SIZE, hashes[0], sizeof hashes, NULL, 0);
}

/* The head of the author's present state, signed with the key of its name. */
static inline head_t author_head(const author_t *author)
{
    head_t head = {.life = author->life, .seq = author->seq, .beat = author->beat};
    snprintf(head.hub, sizeof head.hub, "%s", author->hub);
    snprintf(head.kind, sizeof head.kind, "%s", author->kind);
    item_t *items = malloc((author->count + 1) * sizeof *items);
    head.count = author_items(author, 0, UINT64_MAX, items);
    items_root(items, head.count, head.root);
    free(items);
    uint8_t public[SIGN_PUBLIC_SIZE], secret[SIGN_SECRET_SIZE];
    author_keys(author->hub, public, secret);
    head_sign(&head, secret);
    return head;
}

/* Encodes the BATCH of the current items in (after, upto] with the present head into an empty text of
 * WIRE_MAX_SIZE. At most BATCH_MAX_ITEMS of them. */
static inline void author_batch(const author_t *author, uint64_t after, uint64_t upto,
                                text_t *frame)
{
    item_t *items = malloc((author->count + 1) * sizeof *items);
    size_t count = author_items(author, after, upto, items);
    assert_true(count <= BATCH_MAX_ITEMS);
    span_t spans[BATCH_MAX_ITEMS];
    for (size_t i = 0; i < count; i++)
        spans[i] = (span_t){items[i].bytes, items[i].size};
    free(items);
    head_t head = author_head(author);
    wire_batch(frame, author->hub, author->kind, after, upto, spans, count, head.bytes, head.size);
}

#endif
