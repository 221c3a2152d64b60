#include "tests/faults/judge.h"

#include "broker/sync/tree.h"
#include "node/store/projection.h"

#include <assert.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTLE_MS 900000 /* of played time */
#define ROWS_MAX (2 * RECORDS)

typedef struct row {
    char id[ID_SIZE];
    uint64_t seq;
    uint8_t leaf[HASH_SIZE]; /* hashed again here */
    int value;               /* 0: a deletion marker */
    int bucket;
} row_t;

/* The records of hub/answer in one store. */
typedef struct table {
    row_t rows[ROWS_MAX]; /* by bucket and id */
    size_t count;
    head_t head; /* life 0: none */
    uint64_t seq;
} table_t;

typedef struct judgement {
    const schema_t *schema;
    verdict_t *verdict;
    sqlite3 *readers[MACHINES];
    table_t tables[MACHINES];
} judgement_t;

static void wrong(verdict_t *verdict, unsigned *counter, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void wrong(verdict_t *verdict, unsigned *counter, const char *format, ...)
{
    va_list arguments;
    if (counter)
        (*counter)++;
    if (*verdict->text)
        return;
    va_start(arguments, format);
    vsnprintf(verdict->text, sizeof verdict->text, format, arguments);
    va_end(arguments);
}

/* ---- reading ---- */

static void read_row(judgement_t *self, int machine, sqlite3_stmt *row)
{
    table_t *table = &self->tables[machine];
    err_t err;
    item_t item;
    const void *bytes = sqlite3_column_blob(row, 0);
    size_t size = (size_t)sqlite3_column_bytes(row, 0);
    if (item_decode(&item, bytes, size, &err)) {
        wrong(self->verdict, &self->verdict->divergent, "%s holds an item that is none: %.200s",
              machine_names[machine], err.text);
        return;
    }
    assert(table->count < ROWS_MAX);
    row_t *read = &table->rows[table->count++];
    memcpy(read->id, item.id, sizeof read->id);
    read->seq = item.seq;
    read->bucket = item_bucket(item.id);
    read->value = item.op == ITEM_PUT ? script_value(self->schema, &item) : 0;
    item_leaf(bytes, size, read->leaf);
    if (item.seq != (uint64_t)sqlite3_column_int64(row, 1)
        || strcmp(item.id, (const char *)sqlite3_column_text(row, 2)) != 0)
        wrong(self->verdict, &self->verdict->divergent, "%s keeps %s under another name",
              machine_names[machine], item.id);
}

static void read_table(judgement_t *self, int machine)
{
    static const char ITEMS[] =
        "SELECT i.bytes, i.seq, i.id FROM item i JOIN stream s USING (stream)"
        " WHERE s.hub = 'hub' AND s.kind = 'answer' ORDER BY i.bucket, i.id";
    static const char STREAM[] =
        "SELECT head, seq FROM stream WHERE hub = 'hub' AND kind = 'answer'";
    table_t *table = &self->tables[machine];
    err_t err = {0};
    *table = (table_t){0};
    sqlite3_stmt *row = database_prepare(self->readers[machine], ITEMS, &err);
    while (row && sqlite3_step(row) == SQLITE_ROW)
        read_row(self, machine, row);
    sqlite3_finalize(row);
    row = database_prepare(self->readers[machine], STREAM, &err);
    if (row && sqlite3_step(row) == SQLITE_ROW) {
        table->seq = (uint64_t)sqlite3_column_int64(row, 1);
        if (sqlite3_column_bytes(row, 0)
            && head_decode(&table->head, sqlite3_column_blob(row, 0),
                           (size_t)sqlite3_column_bytes(row, 0), &err))
            wrong(self->verdict, NULL, "%s has a head that is none: %.200s", machine_names[machine],
                  err.text);
    }
    sqlite3_finalize(row);
    if (err.action)
        wrong(self->verdict, NULL, "%s cannot be read: %.200s", machine_names[machine], err.text);
}

static void root_of(const table_t *table, uint8_t root[HASH_SIZE])
{
    tree_t tree;
    tree_hasher_t *hasher = tree_hasher_new();
    tree_init(&tree);
    for (size_t i = 0; i < table->count; i++) {
        const row_t *row = &table->rows[i];
        tree_hasher_add(hasher, row->id, row->leaf);
        if (i + 1 == table->count || row[1].bucket != row->bucket)
            tree_hasher_end(hasher, tree.bucket[row->bucket]);
    }
    tree_root(&tree, root);
    tree_hasher_destroy(&hasher);
}

/* ---- one store ---- */

static void check_whole(judgement_t *self, int machine)
{
    err_t err = {0};
    sqlite3 *db = self->readers[machine];
    sqlite3_stmt *row = database_prepare(db, "PRAGMA integrity_check", &err);
    if (!row || sqlite3_step(row) != SQLITE_ROW
        || strcmp((const char *)sqlite3_column_text(row, 0), "ok") != 0)
        wrong(self->verdict, NULL, "the store of %s is not whole: %s", machine_names[machine],
              row && sqlite3_column_text(row, 0) ? (const char *)sqlite3_column_text(row, 0)
                                                 : sqlite3_errmsg(db));
    sqlite3_finalize(row);
}

static void check_lists(judgement_t *self, int machine)
{
    err_t err = {0};
    sqlite3 *db = self->readers[machine];
    size_t differences = 0;
    if (machine != BROKER && projection_verify(db, self->schema, &differences, &err))
        wrong(self->verdict, NULL, "%s cannot be compared: %.200s", machine_names[machine],
              err.text);
    if (differences)
        wrong(self->verdict, &self->verdict->divergent, "%s: %zu lists are not those of the items",
              machine_names[machine], differences);
}

static void check_proof(judgement_t *self, int machine)
{
    const table_t *table = &self->tables[machine];
    uint8_t root[HASH_SIZE];
    if (machine == HUB || (!table->head.life && !table->count))
        return;
    root_of(table, root);
    if (!table->head.life || memcmp(root, table->head.root, HASH_SIZE) != 0
        || table->head.count != table->count)
        wrong(self->verdict, &self->verdict->wrong_verified,
              "%s shows %zu records that its head does not prove", machine_names[machine],
              table->count);
}

static void look(judgement_t *self)
{
    for (int machine = 0; machine < MACHINES; machine++) {
        read_table(self, machine);
        check_proof(self, machine);
    }
}

static void check_all_whole(judgement_t *self)
{
    for (int machine = 0; machine < MACHINES; machine++) {
        check_whole(self, machine);
        check_lists(self, machine);
    }
}

/* ---- the promise ---- */

static contents_t contents_of(judgement_t *self)
{
    contents_t contents = {0};
    const table_t *table = &self->tables[HUB];
    bool seen[RECORDS] = {false};
    for (size_t i = 0; i < table->count; i++) {
        int record = script_record(table->rows[i].id);
        if (record < 0 || seen[record]) {
            wrong(self->verdict, &self->verdict->duplicated, "the hub holds %s, %s",
                  table->rows[i].id, record < 0 ? "which nobody wrote" : "twice");
            continue;
        }
        seen[record] = true;
        contents.value[record] = table->rows[i].value;
    }
    sqlite3_stmt *row;
    int rc = sqlite3_prepare_v2(
        self->readers[HUB], "SELECT count(*) FROM import WHERE undone_at_ms = 0", -1, &row, NULL);
    if (rc == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW)
        contents.imports = sqlite3_column_int(row, 0);
    sqlite3_finalize(row);
    return contents;
}

static bool same(const contents_t *a, const contents_t *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static void check_promise(judgement_t *self, promise_t *promise)
{
    contents_t found = contents_of(self);
    if (promise->asking && same(&found, &promise->asked)) {
        promise->saved = promise->asked;
        return;
    }
    for (int i = 0; i < RECORDS; i++)
        if (found.value[i] != promise->saved.value[i])
            wrong(self->verdict,
                  promise->saved.value[i] ? &self->verdict->lost : &self->verdict->duplicated,
                  "record %d has value %d, and %d was saved%s", i, found.value[i],
                  promise->saved.value[i], promise->asking ? " (a change had no answer yet)" : "");
    if (found.imports != promise->saved.imports)
        wrong(self->verdict, &self->verdict->lost, "the hub knows %d imports, and %d were saved",
              found.imports, promise->saved.imports);
}

/* ---- all three ---- */

static void check_same(judgement_t *self, int machine)
{
    const table_t *hub = &self->tables[HUB], *copy = &self->tables[machine];
    unsigned *counter = &self->verdict->divergent;
    if (hub->count != copy->count) {
        wrong(self->verdict, counter, "%s shows %zu records and the hub has %zu",
              machine_names[machine], copy->count, hub->count);
        return;
    }
    for (size_t i = 0; i < hub->count; i++)
        if (strcmp(hub->rows[i].id, copy->rows[i].id) != 0 || hub->rows[i].seq != copy->rows[i].seq
            || memcmp(hub->rows[i].leaf, copy->rows[i].leaf, HASH_SIZE) != 0)
            wrong(self->verdict, counter, "%s shows another version of %s than the hub has",
                  machine_names[machine], hub->rows[i].id);
    if (hub->seq != copy->head.seq)
        wrong(self->verdict, counter, "%s shows version %lu and the hub has %lu",
              machine_names[machine], copy->head.seq, hub->seq);
}

static void check_aside(judgement_t *self, bool may_be_aside)
{
    glob_t found;
    if (glob("*/*.damaged-*", 0, NULL, &found) == 0 && !may_be_aside)
        wrong(self->verdict, NULL, "%s was moved aside", found.gl_pathv[0]);
    globfree(&found);
}

static bool open_readers(judgement_t *self)
{
    err_t err;
    for (int machine = 0; machine < MACHINES; machine++) {
        self->readers[machine] = database_open_reader(machine_stores[machine], &err);
        if (!self->readers[machine])
            wrong(self->verdict, NULL, "%s cannot be read: %.200s", machine_names[machine],
                  err.text);
    }
    return !*self->verdict->text;
}

static void settle(judgement_t *self, trio_t *trio)
{
    const char *missing = trio_settle(trio, SETTLE_MS);
    if (trio->stopped.action)
        wrong(self->verdict, NULL, "%s stopped: %.200s", machine_names[trio->stopped_at],
              trio->stopped.text);
    else if (missing)
        wrong(self->verdict, NULL, "%s", missing);
    if (*trio->wrong)
        wrong(self->verdict, NULL, "%s", trio->wrong);
}

static void hear(judgement_t *self, trio_t *trio, promise_t *promise)
{
    err_t err;
    look(self);
    check_promise(self, promise);
    settle(self, trio);
    if (!*self->verdict->text && script_put(trio, promise, &err))
        wrong(self->verdict, NULL, "the next change is refused: %.200s", err.text);
    settle(self, trio);
    look(self);
    check_all_whole(self);
    check_promise(self, promise);
    check_same(self, BROKER);
    check_same(self, READER);
}

void judge(const schema_t *schema, promise_t *promise, bool may_be_aside, verdict_t *verdict)
{
    judgement_t self = {.schema = schema, .verdict = verdict};
    trio_t *trio = trio_new(schema, 99);
    trio->now.steady_ms += 1000000; /* the clocks went on meanwhile */
    trio->now.unix_ms += 1000000;
    err_t err;
    *verdict = (verdict_t){0};
    for (int machine = 0; machine < MACHINES && !*verdict->text; machine++)
        if (trio_start(trio, machine, &err))
            wrong(verdict, machine == HUB ? &verdict->lost : NULL, "%s does not start: %.200s",
                  machine_names[machine], err.text);
    check_aside(&self, may_be_aside);
    if (!*verdict->text && open_readers(&self))
        hear(&self, trio, promise);
}
