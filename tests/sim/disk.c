/* Statements are known by the address of their SQL, which is constant text everywhere. */
#include "tests/sim/disk.h"

#include "broker/sync/tables.h"
#include "tests/sim/wrap.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATEMENTS_MAX 96
#define DISKS_MAX 64
#define WRITES_FULL 3 /* writes that fail before there is room again */

typedef struct kept {
    const char *sql;
    sqlite3_stmt *statement;
    bool in_use;
} kept_t;

struct disk {
    sqlite3 *db;
    kept_t kept[STATEMENTS_MAX];
    size_t kept_count;
    bool in_use;
    bool armed;
    disk_fault_t fault;
    unsigned n, full_left;
    bool cut, kept_last;
};

static disk_t *disks[DISKS_MAX];
static size_t disk_count;

static disk_t *disk_of(const sqlite3 *db)
{
    for (size_t i = 0; i < disk_count; i++)
        if (disks[i]->db == db)
            return disks[i];
    return NULL;
}

/* ---- statements ---- */

int __wrap_sqlite3_prepare_v3(sqlite3 *db, const char *sql, int size, unsigned flags,
                              sqlite3_stmt **statement, const char **tail)
{
    disk_t *disk = disk_of(db);
    if (!disk)
        return __real_sqlite3_prepare_v3(db, sql, size, flags, statement, tail);
    for (size_t i = 0; i < disk->kept_count; i++) {
        kept_t *kept = &disk->kept[i];
        if (kept->sql == sql && !kept->in_use) {
            kept->in_use = true;
            *statement = kept->statement;
            return SQLITE_OK;
        }
    }
    int rc = __real_sqlite3_prepare_v3(db, sql, size, flags, statement, tail);
    assert(disk->kept_count < STATEMENTS_MAX);
    if (rc == SQLITE_OK)
        disk->kept[disk->kept_count++] = (kept_t){sql, *statement, true};
    return rc;
}

int __wrap_sqlite3_finalize(sqlite3_stmt *statement)
{
    disk_t *disk = statement ? disk_of(sqlite3_db_handle(statement)) : NULL;
    for (size_t i = 0; disk && i < disk->kept_count; i++) {
        if (disk->kept[i].statement == statement) {
            disk->kept[i].in_use = false;
            sqlite3_reset(statement);
            return sqlite3_clear_bindings(statement);
        }
    }
    return __real_sqlite3_finalize(statement);
}

sqlite3_stmt *disk_statement(disk_t *self, const char *sql)
{
    for (size_t i = 0; i < self->kept_count; i++)
        if (self->kept[i].sql == sql)
            return self->kept[i].statement;
    sqlite3_stmt *statement;
    int rc = sqlite3_prepare_v3(self->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
    assert(rc == SQLITE_OK);
    return statement;
}

static void run(disk_t *self, const char *sql)
{
    sqlite3_stmt *statement = disk_statement(self, sql);
    int rc = sqlite3_step(statement);
    assert(rc == SQLITE_DONE);
    sqlite3_reset(statement);
}

/* ---- faults ---- */

/* What becomes of a write or a commit: 0 it is done, -1 it fails with *err. */
static int pass(disk_t *self, bool commit, bool *keep, err_t *err)
{
    *keep = false;
    if (self->cut)
        return err_set(err, ERR_STOP, "the power is gone");
    if (self->full_left) {
        self->full_left--;
        return err_set(err, ERR_RETRY, "the disk is full");
    }
    bool counts = self->fault == DISK_FULL || (self->fault == DISK_CUT_IN_WRITE) != commit;
    if (!self->armed || !counts || --self->n)
        return 0;
    self->armed = false;
    if (self->fault == DISK_FULL) {
        self->full_left = WRITES_FULL - 1;
        return err_set(err, ERR_RETRY, "the disk is full");
    }
    self->cut = true;
    *keep = self->fault == DISK_CUT_AFTER_COMMIT;
    return err_set(err, ERR_STOP, "the power is gone");
}

int __wrap_database_begin(sqlite3 *db, err_t *err)
{
    disk_t *disk = disk_of(db);
    if (!disk)
        return __real_database_begin(db, err);
    if (disk->cut)
        return err_set(err, ERR_STOP, "the power is gone");
    disk->kept_last = false;
    run(disk, "BEGIN IMMEDIATE");
    return 0;
}

int __wrap_database_run(sqlite3_stmt *statement, const char *doing, err_t *err)
{
    disk_t *disk = disk_of(sqlite3_db_handle(statement));
    bool keep;
    if (disk && pass(disk, false, &keep, err)) {
        database_reset(statement);
        return -1;
    }
    return __real_database_run(statement, doing, err);
}

int __wrap_database_commit(sqlite3 *db, err_t *err)
{
    disk_t *disk = disk_of(db);
    if (!disk)
        return __real_database_commit(db, err);
    bool keep;
    int result = pass(disk, true, &keep, err);
    if (!result || keep)
        run(disk, "COMMIT");
    else
        database_rollback(db);
    disk->kept_last = result && keep;
    return result;
}

void __wrap_database_rollback(sqlite3 *db)
{
    disk_t *disk = disk_of(db);
    if (!disk)
        __real_database_rollback(db);
    else if (!sqlite3_get_autocommit(db))
        run(disk, "ROLLBACK");
}

void disk_fail(disk_t *self, disk_fault_t fault, unsigned n)
{
    self->armed = true;
    self->fault = fault;
    self->n = n;
}

void disk_heal(disk_t *self)
{
    self->armed = self->cut = false;
    self->full_left = 0;
    __wrap_database_rollback(self->db);
}

bool disk_is_cut(const disk_t *self)
{
    return self->cut;
}

bool disk_kept_last(const disk_t *self)
{
    return self->kept_last;
}

/* ---- roots ---- */

/* All machines compute the root of the same trees. */
typedef struct rooted {
    tree_t tree;
    uint8_t root[HASH_SIZE];
    bool used;
} rooted_t;

#define ROOTED 256

void __wrap_tree_root(const tree_t *tree, uint8_t root[HASH_SIZE])
{
    static rooted_t rooted[ROOTED];
    uint64_t sum = 0;
    for (size_t n = 0; n < TREE_BUCKETS; n++) {
        uint64_t word;
        memcpy(&word, tree->bucket[n], sizeof word);
        sum += word * (2 * n + 1);
    }
    rooted_t *entry = &rooted[(sum >> 32) % ROOTED];
    if (!entry->used || memcmp(&entry->tree, tree, sizeof *tree)) {
        entry->used = true;
        entry->tree = *tree;
        __real_tree_root(tree, entry->root);
    }
    memcpy(root, entry->root, HASH_SIZE);
}

/* ---- disks ---- */

/* What the observer of a subscriber keeps beside the records (I13); see world.c. */
static const char SHADOW[] = "CREATE TABLE shadow(stream INTEGER NOT NULL, id TEXT NOT NULL,"
                             " seq INTEGER NOT NULL, op INTEGER NOT NULL,"
                             " PRIMARY KEY (stream, id)) WITHOUT ROWID";

static sqlite3 *open_database(void)
{
    err_t err;
    sqlite3 *db = database_open(":memory:", DATABASE_CACHE, &err);
    if (!db || database_migrate(db, &sync_tables, &err)
        || database_execute(db, SHADOW, "make the shadow table", &err)) {
        fprintf(stderr, "sim: %s\n", err.text);
        abort();
    }
    return db;
}

disk_t *disk_new(void)
{
    for (size_t i = 0; i < disk_count; i++) {
        if (!disks[i]->in_use) {
            disks[i]->in_use = true;
            return disks[i];
        }
    }
    assert(disk_count < DISKS_MAX);
    disk_t *self = calloc(1, sizeof *self);
    assert(self);
    self->db = open_database();
    self->in_use = true;
    disks[disk_count++] = self;
    return self;
}

void disk_free(disk_t **self_p)
{
    if (!*self_p)
        return;
    disk_wipe(*self_p);
    (*self_p)->in_use = false;
    *self_p = NULL;
}

sqlite3 *disk_db(const disk_t *self)
{
    return self->db;
}

/* Children first: they refer to `stream`. */
static const struct {
    const char *empty, *read, *write;
} TABLES[] = {
#define TABLE(name, places)                                                                        \
    {                                                                                              \
        "DELETE FROM " name, "SELECT * FROM " name, "INSERT INTO " name " VALUES(" places ")"      \
    }
    TABLE("item", "?,?,?,?,?,?,?"),
    TABLE("bucket", "?,?,?"),
    TABLE("staged", "?,?,?,?,?,?,?"),
    TABLE("past", "?,?,?"),
    TABLE("displaced", "?,?,?,?,?,?"),
    TABLE("seen", "?,?,?,?,?,?"),
    TABLE("fence", "?,?"),
    TABLE("shadow", "?,?,?,?"),
    TABLE("stream", "?,?,?,?,?,?,?,?,?,?,?,?"),
#undef TABLE
};
#define TABLE_COUNT (sizeof TABLES / sizeof *TABLES)

static void empty_tables(disk_t *self)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        run(self, TABLES[i].empty);
}

void disk_wipe(disk_t *self)
{
    disk_heal(self);
    run(self, "BEGIN IMMEDIATE");
    empty_tables(self);
    run(self, "COMMIT");
}

static void copy_table(disk_t *to, disk_t *from, size_t which)
{
    sqlite3_stmt *row = disk_statement(from, TABLES[which].read);
    sqlite3_stmt *write = disk_statement(to, TABLES[which].write);
    while (sqlite3_step(row) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(row); i++)
            sqlite3_bind_value(write, i + 1, sqlite3_column_value(row, i));
        int rc = sqlite3_step(write);
        assert(rc == SQLITE_DONE);
        sqlite3_reset(write);
    }
    sqlite3_reset(row);
}

void disk_copy(disk_t *to, const disk_t *from)
{
    disk_heal(to);
    run(to, "BEGIN IMMEDIATE");
    empty_tables(to);
    for (size_t i = TABLE_COUNT; i-- > 0;)
        copy_table(to, (disk_t *)from, i);
    run(to, "COMMIT");
}

void disk_close_all(void)
{
    for (; disk_count; disk_count--) {
        disk_t *disk = disks[disk_count - 1];
        for (size_t i = 0; i < disk->kept_count; i++)
            __real_sqlite3_finalize(disk->kept[i].statement);
        database_close(disk->db);
        free(disk);
    }
}
