/* Nothing that was computed before is trusted here: leaves are hashed again from the bytes, buckets from
 * the leaves, the root from the buckets. What another hub signed is then compared; of an own stream,
 * whose heads are signed as they leave, it is the stored buckets that the next head will be made of. */
#include "node/cli/cli.h"

#include "broker/base/database.h"
#include "broker/base/moment.h"
#include "broker/sync/tree.h"
#include "node/cli/table.h"
#include "node/store/projection.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define SELECT_STREAMS "SELECT stream, hub, kind, own, seq, head FROM stream ORDER BY hub, kind"
#define SELECT_ITEMS                                                                               \
    "SELECT id, bucket, leaf, bytes, seq FROM item WHERE stream = ?1 ORDER BY bucket, id"
#define SELECT_BUCKETS "SELECT n, hash FROM bucket WHERE stream = ?1"

typedef struct verification {
    cli_t *cli;
    sqlite3 *db;
    sqlite3_stmt *items, *buckets;
    members_t *members;
    json_t *json;
    table_t *table;
    size_t different;
} verification_t;

typedef struct found {
    tree_t tree;
    uint8_t root[HASH_SIZE];
    uint64_t count, seq; /* seq: the highest of all items */
    const char *wrong;   /* the first thing that is, French; NULL when all is right */
} found_t;

static int failed(verification_t *self, const char *doing, err_t *err)
{
    return database_failed(self->db, doing, err);
}

static bool blob_is(sqlite3_stmt *row, int column, const void *bytes, int size)
{
    return sqlite3_column_bytes(row, column) == size
           && memcmp(sqlite3_column_blob(row, column), bytes, (size_t)size) == 0;
}

/* Does the row hold what its item says, and its hash? */
static const char *check_item(sqlite3_stmt *row, const char *hub, const char *kind, uint8_t *leaf)
{
    item_t item;
    const void *bytes = sqlite3_column_blob(row, 3);
    size_t size = (size_t)sqlite3_column_bytes(row, 3);
    const char *id = (const char *)sqlite3_column_text(row, 0);
    item_leaf(bytes, size, leaf);
    if (item_decode(&item, bytes, size, NULL))
        return "une fiche est illisible";
    if (strcmp(item.hub, hub) || strcmp(item.kind, kind) || strcmp(item.id, id)
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

static int hash_items(verification_t *self, int64_t stream, const char *hub, const char *kind,
                      found_t *found, err_t *err)
{
    tree_hasher_t *hasher = tree_hasher_new();
    int open = -1, rc;
    tree_init(&found->tree);
    sqlite3_bind_int64(self->items, 1, stream);
    while ((rc = sqlite3_step(self->items)) == SQLITE_ROW) {
        uint8_t leaf[HASH_SIZE];
        const char *id = (const char *)sqlite3_column_text(self->items, 0);
        const char *wrong = check_item(self->items, hub, kind, leaf);
        if (wrong && !found->wrong)
            found->wrong = wrong;
        end_buckets(hasher, found, &open, item_bucket(id));
        tree_hasher_add(hasher, id, leaf);
        uint64_t seq = (uint64_t)sqlite3_column_int64(self->items, 4);
        found->seq = seq > found->seq ? seq : found->seq;
        found->count++;
    }
    end_buckets(hasher, found, &open, -1);
    tree_root(&found->tree, found->root);
    tree_hasher_destroy(&hasher);
    int result = rc == SQLITE_DONE ? 0 : failed(self, "read the items", err);
    database_reset(self->items);
    return result;
}

static int check_buckets(verification_t *self, int64_t stream, found_t *found, err_t *err)
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
    if (!found->wrong && memcmp(&stored, &found->tree, sizeof stored) != 0)
        found->wrong = "les empreintes gardées ne sont pas celles des fiches";
    int result = rc == SQLITE_DONE ? 0 : failed(self, "read the buckets", err);
    database_reset(self->buckets);
    return result;
}

static const char *compare_head(const verification_t *self, const found_t *found, const void *bytes,
                                size_t size)
{
    head_t head;
    if (size == 0)
        return found->count ? "des fiches sans preuve signée" : NULL;
    if (head_decode(&head, bytes, size, NULL))
        return "la preuve signée est illisible";
    if (!members_verify(self->members, &head, moment_now().unix_ms))
        return "la signature n'est d'aucune clé valable de ce hub";
    if (head.count != found->count)
        return "le nombre de fiches n'est pas celui que le hub a signé";
    if (memcmp(head.root, found->root, HASH_SIZE) != 0)
        return "la racine n'est pas celle que le hub a signée";
    return found->seq > head.seq ? "une fiche est plus récente que la preuve" : NULL;
}

static void report(verification_t *self, const char *hub, const char *kind, const found_t *found)
{
    char root[2 * HASH_SIZE + 1];
    sodium_bin2hex(root, sizeof root, found->root, HASH_SIZE);
    self->different += found->wrong != NULL;
    json_array_append_new(self->json,
                          json_pack("{s:s, s:s, s:I, s:s, s:b, s:s?}", "hub", hub, "kind", kind,
                                    "count", (json_int_t)found->count, "root", root, "ok",
                                    found->wrong == NULL, "reason", found->wrong));
    table_add(self->table, hub);
    table_add(self->table, kind);
    table_add_number(self->table, found->count);
    root[8] = 0;
    table_add(self->table, root);
    table_add(self->table, found->wrong ? "different" : "ok");
    table_add(self->table, found->wrong);
}

/* `row` stands on a stream. */
static int verify_stream(verification_t *self, sqlite3_stmt *row, err_t *err)
{
    found_t found = {0};
    int64_t stream = sqlite3_column_int64(row, 0);
    const char *hub = (const char *)sqlite3_column_text(row, 1);
    const char *kind = (const char *)sqlite3_column_text(row, 2);
    bool own = sqlite3_column_int(row, 3);
    if (hash_items(self, stream, hub, kind, &found, err)
        || check_buckets(self, stream, &found, err))
        return -1;
    if (!found.wrong && own && found.seq > (uint64_t)sqlite3_column_int64(row, 4))
        found.wrong = "une fiche est plus récente que son flux";
    if (!found.wrong && !own)
        found.wrong = compare_head(self, &found, sqlite3_column_blob(row, 5),
                                   (size_t)sqlite3_column_bytes(row, 5));
    report(self, hub, kind, &found);
    return 0;
}

/* In one read transaction: the heads and the items of one moment. */
static int verify_streams(verification_t *self, err_t *err)
{
    sqlite3_stmt *streams = database_prepare(self->db, SELECT_STREAMS, err);
    if (!streams)
        return -1;
    int rc, result = 0;
    while (result == 0 && (rc = sqlite3_step(streams)) == SQLITE_ROW)
        result = verify_stream(self, streams, err);
    if (result == 0 && rc != SQLITE_DONE)
        result = failed(self, "read the streams", err);
    sqlite3_finalize(streams);
    return result;
}

static int open_store(verification_t *self, err_t *err)
{
    text_t path;
    text_init(&path, 4096);
    text_add_format(&path, "%s/public.db", self->cli->settings.store);
    self->db = database_open_reader(path.data, err);
    text_free(&path);
    if (!self->db)
        return -1;
    self->items = database_prepare(self->db, SELECT_ITEMS, err);
    self->buckets = self->items ? database_prepare(self->db, SELECT_BUCKETS, err) : NULL;
    return self->buckets ? 0 : -1;
}

static int verify(verification_t *self)
{
    err_t err = {0};
    size_t differences = 0;
    if (open_store(self, &err) || verify_streams(self, &err)
        || projection_verify(self->db, self->cli->schema, &differences, &err))
        return cli_fail(&err);
    if (self->cli->options.json)
        cli_print_json(json_pack("{s:O, s:I}", "streams", self->json, "projection_differences",
                                 (json_int_t)differences));
    else
        table_print(self->table);
    if (self->different)
        cli_say("%zu flux ne sont pas ce que leur hub a signé.", self->different);
    if (differences)
        cli_say("%zu listes ou totaux ne sont pas ceux des fiches ; relancer le nœud les refait.",
                differences);
    if (self->different || differences)
        return EXIT_FAILED;
    cli_say("tout est conforme à ce que les hubs ont signé.");
    return EXIT_DONE;
}

int command_verify(cli_t *cli)
{
    static const char *const NAMES[] = {"hub", "kind", "count", "root", "state", "reason", NULL};
    int code = cli_open(cli, CLI_SETTINGS | CLI_SCHEMA);
    if (code)
        return code;
    findings_t findings = {0};
    verification_t self = {.cli = cli, .members = members_load(cli->settings.members, &findings)};
    cli_say_findings(&findings);
    findings_free(&findings);
    if (!self.members)
        return EXIT_REFUSED;
    self.json = json_array();
    self.table = table_new(NAMES);
    code = verify(&self);
    sqlite3_finalize(self.items);
    sqlite3_finalize(self.buckets);
    database_close(self.db);
    json_decref(self.json);
    table_destroy(&self.table);
    members_destroy(&self.members);
    return code;
}
