#include "node/store/proof.h"

#include "broker/base/moment.h"
#include "broker/sync/tree.h"
#include "schemas/item.h"

#include <stdio.h>
#include <string.h>

#define SELECT_STREAMS                                                                             \
    "SELECT stream, hub, kind, own, life, seq, head FROM stream ORDER BY hub, kind"
#define SELECT_ITEMS                                                                               \
    "SELECT id, bucket, leaf, bytes, seq FROM item WHERE stream = ?1 ORDER BY bucket, id"
#define SELECT_BUCKETS "SELECT n, hash FROM bucket WHERE stream = ?1"

typedef struct prover {
    sqlite3 *db;
    sqlite3_stmt *items, *buckets;
    const members_t *members;
} prover_t;

/* What is found of one stream. */
typedef struct found {
    proof_t proof;
    tree_t tree;
    uint64_t newest; /* the highest seq of all items */
} found_t;

static void blame(found_t *found, const char *wrong)
{
    if (!found->proof.wrong)
        found->proof.wrong = wrong;
}

static bool blob_is(sqlite3_stmt *row, int column, const void *bytes, int size)
{
    return sqlite3_column_bytes(row, column) == size
           && memcmp(sqlite3_column_blob(row, column), bytes, (size_t)size) == 0;
}

/* Does the row hold what its item says, and its hash? */
static const char *check_item(sqlite3_stmt *row, const proof_t *proof, uint8_t *leaf)
{
    item_t item;
    const void *bytes = sqlite3_column_blob(row, 3);
    size_t size = (size_t)sqlite3_column_bytes(row, 3);
    const char *id = (const char *)sqlite3_column_text(row, 0);
    item_leaf(bytes, size, leaf);
    if (item_decode(&item, bytes, size, NULL))
        return "une fiche est illisible";
    if (strcmp(item.hub, proof->hub) || strcmp(item.kind, proof->kind) || strcmp(item.id, id)
        || item.seq != (uint64_t)sqlite3_column_int64(row, 4))
        return "une fiche n'est pas à sa place";
    if (!blob_is(row, 2, leaf, HASH_SIZE) || sqlite3_column_int(row, 1) != item_bucket(id))
        return "l'empreinte d'une fiche est fausse";
    return NULL;
}

/* Items come by bucket: ends those before n, which then hold what was added since. */
static void end_buckets(tree_hasher_t *hasher, found_t *found, int *open, int n)
{
    if (*open >= 0 && *open != n)
        tree_hasher_end(hasher, found->tree.bucket[*open]);
    *open = n;
}

static int hash_items(prover_t *self, int64_t stream, found_t *found, err_t *err)
{
    tree_hasher_t *hasher = tree_hasher_new();
    int open = -1, rc;
    tree_init(&found->tree);
    sqlite3_bind_int64(self->items, 1, stream);
    while ((rc = sqlite3_step(self->items)) == SQLITE_ROW) {
        uint8_t leaf[HASH_SIZE];
        const char *id = (const char *)sqlite3_column_text(self->items, 0);
        blame(found, check_item(self->items, &found->proof, leaf));
        end_buckets(hasher, found, &open, item_bucket(id));
        tree_hasher_add(hasher, id, leaf);
        uint64_t seq = (uint64_t)sqlite3_column_int64(self->items, 4);
        found->newest = seq > found->newest ? seq : found->newest;
        found->proof.count++;
    }
    end_buckets(hasher, found, &open, -1);
    tree_root(&found->tree, found->proof.root);
    tree_hasher_destroy(&hasher);
    int result = rc == SQLITE_DONE ? 0 : database_failed(self->db, "read the items", err);
    database_reset(self->items);
    return result;
}

static int check_buckets(prover_t *self, int64_t stream, found_t *found, err_t *err)
{
    tree_t stored;
    int rc;
    tree_init(&stored);
    sqlite3_bind_int64(self->buckets, 1, stream);
    while ((rc = sqlite3_step(self->buckets)) == SQLITE_ROW) {
        int n = sqlite3_column_int(self->buckets, 0);
        if (n >= 0 && n < TREE_BUCKETS && sqlite3_column_bytes(self->buckets, 1) == HASH_SIZE)
            memcpy(stored.bucket[n], sqlite3_column_blob(self->buckets, 1), HASH_SIZE);
    }
    if (memcmp(&stored, &found->tree, sizeof stored) != 0)
        blame(found, "les empreintes gardées ne sont pas celles des fiches");
    int result = rc == SQLITE_DONE ? 0 : database_failed(self->db, "read the buckets", err);
    database_reset(self->buckets);
    return result;
}

static void compare_head(const prover_t *self, found_t *found, const void *bytes, size_t size)
{
    head_t head;
    proof_t *proof = &found->proof;
    if (size == 0) {
        blame(found, proof->count ? "des fiches sans preuve signée" : NULL);
        return;
    }
    if (head_decode(&head, bytes, size, NULL)) {
        blame(found, "la preuve signée est illisible");
        return;
    }
    proof->life = head.life;
    proof->seq = head.seq;
    if (head.count != proof->count)
        blame(found, "le nombre de fiches n'est pas celui que le hub a signé");
    if (memcmp(head.root, proof->root, HASH_SIZE) != 0)
        blame(found, "la racine n'est pas celle que le hub a signée");
    if (found->newest > head.seq)
        blame(found, "une fiche est plus récente que la preuve");
    if (!proof->wrong && !members_verify(self->members, &head, moment_now().unix_ms)) {
        proof->unsigned_only = true;
        blame(found, "la signature n'est d'aucune clé valable de ce hub");
    }
}

static void copy_name(char to[NAME_SIZE], sqlite3_stmt *row, int column)
{
    snprintf(to, NAME_SIZE, "%s", (const char *)sqlite3_column_text(row, column));
}

/* `row` stands on a stream. */
static int prove(prover_t *self, sqlite3_stmt *row, found_t *found, err_t *err)
{
    proof_t *proof = &found->proof;
    int64_t stream = sqlite3_column_int64(row, 0);
    copy_name(proof->hub, row, 1);
    copy_name(proof->kind, row, 2);
    proof->own = sqlite3_column_int(row, 3);
    if (hash_items(self, stream, found, err) || check_buckets(self, stream, found, err))
        return -1;
    if (proof->own) {
        proof->life = (uint64_t)sqlite3_column_int64(row, 4);
        proof->seq = (uint64_t)sqlite3_column_int64(row, 5);
        if (found->newest > proof->seq)
            blame(found, "une fiche est plus récente que son flux");
    } else {
        compare_head(self, found, sqlite3_column_blob(row, 6),
                     (size_t)sqlite3_column_bytes(row, 6));
    }
    return 0;
}

/* The outer statement keeps the read transaction open: heads and items of one moment. */
static int prove_all(prover_t *self, sqlite3_stmt *streams,
                     void (*each)(void *context, const proof_t *proof), void *context, err_t *err)
{
    int rc;
    while ((rc = sqlite3_step(streams)) == SQLITE_ROW) {
        found_t found = {0};
        if (prove(self, streams, &found, err))
            return -1;
        each(context, &found.proof);
    }
    return rc == SQLITE_DONE ? 0 : database_failed(self->db, "read the streams", err);
}

int proof_each(sqlite3 *db, const members_t *members,
               void (*each)(void *context, const proof_t *proof), void *context, err_t *err)
{
    prover_t self = {.db = db, .members = members};
    sqlite3_stmt *streams = database_prepare(db, SELECT_STREAMS, err);
    self.items = streams ? database_prepare(db, SELECT_ITEMS, err) : NULL;
    self.buckets = self.items ? database_prepare(db, SELECT_BUCKETS, err) : NULL;
    int rc = self.buckets ? prove_all(&self, streams, each, context, err) : -1;
    sqlite3_finalize(streams);
    sqlite3_finalize(self.items);
    sqlite3_finalize(self.buckets);
    return rc;
}
