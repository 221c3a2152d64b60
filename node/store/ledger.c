#include "node/store/ledger.h"

#include "schemas/item.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const STEPS[] = {
    "CREATE TABLE import("
    "  number INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL,"
    "  kind TEXT NOT NULL, source TEXT NOT NULL, note TEXT NOT NULL,"
    "  added INTEGER NOT NULL DEFAULT 0, changed INTEGER NOT NULL DEFAULT 0,"
    "  removed INTEGER NOT NULL DEFAULT 0, same INTEGER NOT NULL DEFAULT 0,"
    "  undone_at_ms INTEGER NOT NULL DEFAULT 0,"
    "  kept INTEGER NOT NULL DEFAULT 1);"
    "CREATE TABLE origin("
    "  kind TEXT NOT NULL, id TEXT NOT NULL, import INTEGER NOT NULL,"
    "  PRIMARY KEY (kind, id)) WITHOUT ROWID;"
    "CREATE TABLE import_before("
    "  import INTEGER NOT NULL, id TEXT NOT NULL,"
    "  origin INTEGER,"        /* the import it came from before; NULL: none */
    "  sv INTEGER, body BLOB," /* as it was; NULL: there was no such record */
    "  written BLOB,"          /* hash of what was written; NULL: it was deleted */
    "  PRIMARY KEY (import, id)) WITHOUT ROWID;",
};

const migration_t ledger_tables = {"ledger", STEPS, sizeof STEPS / sizeof *STEPS};

enum {
    IMPORT_ADD,
    IMPORT_END,
    IMPORT_DROP,
    IMPORT_UNDONE,
    IMPORT_EXPIRE,
    IMPORT_FIND,
    IMPORT_STANDING,
    IMPORT_LAST,
    IMPORT_LIST,
    ORIGIN_FIND,
    ORIGIN_SET,
    ORIGIN_DROP,
    ORIGIN_BACK,
    ORIGIN_NONE,
    ORIGIN_BROUGHT,
    ORIGIN_LIST,
    BEFORE_ADD,
    BEFORE_LIST,
    BEFORE_DROP,
    BEFORE_DROP_ONE,
    BEFORE_EXPIRE,
    BEFORE_FORGET,
    BEFORE_FORGET_ERASED,
    STATEMENTS
};

#define IMPORT_COLUMNS                                                                             \
    "number, at_ms, kind, source, note, added, changed, removed, same, undone_at_ms, kept"

static const char *const SQL[STATEMENTS] = {
    [IMPORT_ADD] = "INSERT INTO import(at_ms, kind, source, note) VALUES (?,?,?,?)",
    [IMPORT_END] = "UPDATE import SET added=?2, changed=?3, removed=?4, same=?5 WHERE number=?1",
    [IMPORT_DROP] = "DELETE FROM import WHERE number=?",
    [IMPORT_UNDONE] = "UPDATE import SET undone_at_ms=?2, kept=0 WHERE number=?1",
    [IMPORT_EXPIRE] = /* the newest of each kind, and none that is too old */
    "UPDATE import SET kept=0 WHERE kept AND (at_ms < ?1 OR"
    " (SELECT count(*) FROM import n WHERE n.kind = import.kind AND n.kept"
    "  AND n.number > import.number) >= ?2)",
    [IMPORT_FIND] = "SELECT " IMPORT_COLUMNS " FROM import WHERE number=?",
    [IMPORT_STANDING] = "SELECT " IMPORT_COLUMNS " FROM import WHERE undone_at_ms=0"
                        " ORDER BY number DESC LIMIT 1",
    [IMPORT_LAST] = "SELECT " IMPORT_COLUMNS " FROM import WHERE undone_at_ms=0 AND kind=?"
                    " AND source=? ORDER BY number DESC LIMIT 1",
    [IMPORT_LIST] = "SELECT " IMPORT_COLUMNS " FROM import ORDER BY number DESC LIMIT ?",
    [ORIGIN_FIND] = "SELECT import FROM origin WHERE kind=? AND id=?",
    [ORIGIN_SET] = "INSERT INTO origin VALUES (?,?,?)"
                   " ON CONFLICT DO UPDATE SET import = excluded.import",
    [ORIGIN_DROP] = "DELETE FROM origin WHERE kind=? AND id=?",
    [ORIGIN_BACK] = "INSERT INTO origin SELECT ?2, id, origin FROM import_before"
                    " WHERE import=?1 AND origin IS NOT NULL"
                    " ON CONFLICT DO UPDATE SET import = excluded.import",
    [ORIGIN_NONE] = "DELETE FROM origin WHERE kind=?2 AND import=?1 AND id IN"
                    " (SELECT id FROM import_before WHERE import=?1 AND origin IS NULL)",
    [ORIGIN_BROUGHT] = "SELECT 1 FROM origin o JOIN import i ON i.number = o.import"
                       " WHERE o.kind=? AND o.id=? AND i.source=?",
    [ORIGIN_LIST] = "SELECT o.id FROM origin o JOIN import i ON i.number = o.import"
                    " WHERE o.kind=? AND i.source=? ORDER BY o.id",
    [BEFORE_ADD] = "INSERT INTO import_before VALUES (?,?,?,?,?,?)",
    [BEFORE_LIST] = "SELECT id, sv, body, written FROM import_before WHERE import=? ORDER BY id",
    [BEFORE_DROP] = "DELETE FROM import_before WHERE import=?",
    [BEFORE_DROP_ONE] = "DELETE FROM import_before WHERE import=? AND id=?",
    [BEFORE_EXPIRE] = "DELETE FROM import_before WHERE import IN"
                      " (SELECT number FROM import WHERE NOT kept)",
    [BEFORE_FORGET] = "DELETE FROM import_before WHERE import IN"
                      " (SELECT number FROM import WHERE kind=?1 AND kept) AND id=?2",
    [BEFORE_FORGET_ERASED] = /* all but records, and deletions that imports made or took back */
    "DELETE FROM import_before WHERE body IS NOT NULL"
    " AND ((SELECT kind FROM import WHERE number = import_before.import), id) NOT IN"
    " (SELECT s.kind, i.id FROM stream s JOIN item i ON i.stream = s.stream"
    "  WHERE s.hub = ?1 AND (i.op = 1 OR EXISTS (SELECT 1 FROM import j WHERE j.kind = s.kind"
    "   AND item_time(i.bytes) IN (j.at_ms, j.undone_at_ms))))",
};

struct ledger {
    sqlite3 *db;
    bool owns; /* the connection: it was opened for reading */
    sqlite3_stmt *statements[STATEMENTS];
    int64_t number; /* of the import in hand */
    char kind[NAME_SIZE];
    int64_t added, changed, removed;
};

static const char DOING_WRITE[] = "write the ledger of imports";
static const char DOING_READ[] = "read the ledger of imports";

static int run(ledger_t *self, int statement, err_t *err)
{
    return database_run(self->statements[statement], DOING_WRITE, err);
}

/* 1 and a row, 0 and none, -1; the caller resets the statement after reading. */
static int step(ledger_t *self, int statement, err_t *err)
{
    int code = sqlite3_step(self->statements[statement]);
    return code == SQLITE_ROW    ? 1
           : code == SQLITE_DONE ? 0
                                 : database_failed(self->db, DOING_READ, err);
}

/* Binds a text that stays until the statement is reset. */
static sqlite3_stmt *bind_text(ledger_t *self, int statement, int place, const char *text)
{
    sqlite3_bind_text(self->statements[statement], place, text, -1, SQLITE_STATIC);
    return self->statements[statement];
}

/* --- birth --- */

/* item_time(bytes) in SQL: when the hub made the item, Unix milliseconds; NULL of what is none. */
static void item_time(sqlite3_context *context, int count, sqlite3_value **values)
{
    item_t item;
    assert(count == 1);
    if (!item_decode(&item, sqlite3_value_blob(values[0]), (size_t)sqlite3_value_bytes(values[0]),
                     NULL))
        sqlite3_result_int64(context, item.ts_ms);
}

ledger_t *ledger_new(sqlite3 *db, err_t *err)
{
    ledger_t *self = calloc(1, sizeof *self);
    assert(self);
    self->db = db;
    sqlite3_create_function(db, "item_time", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, item_time,
                            NULL, NULL);
    if (database_prepare_all(db, SQL, self->statements, STATEMENTS, err))
        ledger_destroy(&self);
    return self;
}

ledger_t *ledger_open(const char *folder, err_t *err)
{
    char *path;
    int size = asprintf(&path, "%s/public.db", folder);
    assert(size > 0);
    sqlite3 *db = database_open_reader(path, err);
    free(path);
    ledger_t *self = db ? ledger_new(db, err) : NULL;
    if (self)
        self->owns = true;
    else
        database_close(db);
    return self;
}

void ledger_destroy(ledger_t **self_p)
{
    ledger_t *self = *self_p;
    if (!self)
        return;
    database_finalize_all(self->statements, STATEMENTS);
    if (self->owns)
        database_close(self->db);
    free(self);
    *self_p = NULL;
}

/* --- writing --- */

int ledger_begin(ledger_t *self, const char *kind, const provenance_t *provenance,
                 const moment_t *now, err_t *err)
{
    sqlite3_stmt *add = bind_text(self, IMPORT_ADD, 2, kind);
    sqlite3_bind_int64(add, 1, now->unix_ms);
    sqlite3_bind_text(add, 3, provenance->source, -1, SQLITE_STATIC);
    sqlite3_bind_text(add, 4, provenance->note_size ? provenance->note : "",
                      (int)provenance->note_size, SQLITE_STATIC);
    if (run(self, IMPORT_ADD, err))
        return -1;
    self->number = sqlite3_last_insert_rowid(self->db);
    snprintf(self->kind, sizeof self->kind, "%s", kind);
    self->added = self->changed = self->removed = 0;
    return 0;
}

/* The import that the record comes from; 0: none. */
static int find_origin(ledger_t *self, const char *id, int64_t *origin, err_t *err)
{
    sqlite3_stmt *find = bind_text(self, ORIGIN_FIND, 1, self->kind);
    bind_text(self, ORIGIN_FIND, 2, id);
    int found = step(self, ORIGIN_FIND, err);
    *origin = found == 1 ? sqlite3_column_int64(find, 0) : 0;
    database_reset(find);
    return found < 0 ? -1 : 0;
}

static int keep_before(ledger_t *self, const char *id, const item_t *before, const uint8_t *body,
                       size_t body_size, err_t *err)
{
    int64_t origin = 0;
    uint8_t hash[LEDGER_HASH_SIZE];
    if (before && find_origin(self, id, &origin, err))
        return -1;
    sqlite3_stmt *add = bind_text(self, BEFORE_ADD, 2, id);
    sqlite3_bind_int64(add, 1, self->number);
    if (origin)
        sqlite3_bind_int64(add, 3, origin);
    if (before) {
        sqlite3_bind_int64(add, 4, before->sv);
        sqlite3_bind_blob(add, 5, before->body, (int)before->body_size, SQLITE_STATIC);
    }
    if (body) {
        ledger_hash(body, body_size, hash);
        sqlite3_bind_blob(add, 6, hash, sizeof hash, SQLITE_STATIC);
    }
    return run(self, BEFORE_ADD, err);
}

int ledger_wrote(ledger_t *self, const char *id, const item_t *before, const uint8_t *body,
                 size_t body_size, err_t *err)
{
    assert(self->number && (before || body));
    if (keep_before(self, id, before, body, body_size, err))
        return -1;
    self->added += !before;
    self->removed += !body;
    self->changed += before && body;
    int statement = body ? ORIGIN_SET : ORIGIN_DROP;
    bind_text(self, statement, 1, self->kind);
    bind_text(self, statement, 2, id);
    if (body)
        sqlite3_bind_int64(self->statements[statement], 3, self->number);
    return run(self, statement, err);
}

int ledger_end(ledger_t *self, int64_t same, const moment_t *now, err_t *err)
{
    assert(self->number);
    int64_t number = self->number;
    self->number = 0;
    if (!self->added && !self->changed && !self->removed) {
        sqlite3_bind_int64(self->statements[IMPORT_DROP], 1, number);
        return run(self, IMPORT_DROP, err);
    }
    const int64_t values[] = {number, self->added, self->changed, self->removed, same};
    for (int i = 0; i < 5; i++)
        sqlite3_bind_int64(self->statements[IMPORT_END], i + 1, values[i]);
    return run(self, IMPORT_END, err) ? -1 : ledger_expire(self, now, err);
}

int ledger_by_hand(ledger_t *self, const char *kind, const char *id, bool deleted, err_t *err)
{
    bind_text(self, ORIGIN_DROP, 1, kind);
    bind_text(self, ORIGIN_DROP, 2, id);
    if (run(self, ORIGIN_DROP, err))
        return -1;
    if (!deleted)
        return 0;
    bind_text(self, BEFORE_FORGET, 1, kind);
    bind_text(self, BEFORE_FORGET, 2, id);
    return run(self, BEFORE_FORGET, err) ? -1 : sqlite3_changes(self->db) > 0;
}

int ledger_forget_erased(ledger_t *self, const char *hub, err_t *err)
{
    bind_text(self, BEFORE_FORGET_ERASED, 1, hub);
    return run(self, BEFORE_FORGET_ERASED, err);
}

int ledger_expire(ledger_t *self, const moment_t *now, err_t *err)
{
    sqlite3_stmt *expire = self->statements[IMPORT_EXPIRE];
    sqlite3_bind_int64(expire, 1, now->unix_ms - LEDGER_KEPT_MS);
    sqlite3_bind_int64(expire, 2, LEDGER_KEPT_IMPORTS);
    if (run(self, IMPORT_EXPIRE, err))
        return -1;
    return sqlite3_changes(self->db) ? run(self, BEFORE_EXPIRE, err) : 0;
}

int ledger_undone(ledger_t *self, int64_t number, const json_t *left, const moment_t *now,
                  err_t *err)
{
    ledger_import_t import;
    int found = ledger_find(self, number, &import, err);
    if (found <= 0)
        return -1;
    snprintf(self->kind, sizeof self->kind, "%s", import.kind);
    ledger_import_free(&import);
    const char *id;
    json_t *value;
    json_object_foreach((json_t *)left, id, value)
    {
        bind_text(self, BEFORE_DROP_ONE, 2, id);
        sqlite3_bind_int64(self->statements[BEFORE_DROP_ONE], 1, number);
        if (run(self, BEFORE_DROP_ONE, err))
            return -1;
    }
    static const int BACK[] = {ORIGIN_BACK, ORIGIN_NONE};
    for (size_t i = 0; i < 2; i++) {
        sqlite3_bind_int64(bind_text(self, BACK[i], 2, self->kind), 1, number);
        if (run(self, BACK[i], err))
            return -1;
    }
    sqlite3_bind_int64(self->statements[BEFORE_DROP], 1, number);
    sqlite3_bind_int64(self->statements[IMPORT_UNDONE], 1, number);
    sqlite3_bind_int64(self->statements[IMPORT_UNDONE], 2, now->unix_ms);
    return run(self, BEFORE_DROP, err) || run(self, IMPORT_UNDONE, err) ? -1 : 0;
}

/* --- reading --- */

void ledger_hash(const void *body, size_t size, uint8_t hash[LEDGER_HASH_SIZE])
{
    crypto_generichash(hash, LEDGER_HASH_SIZE, body, size, NULL, 0);
}

int ledger_brought(ledger_t *self, const char *kind, const char *id, const char *source, err_t *err)
{
    bind_text(self, ORIGIN_BROUGHT, 1, kind);
    bind_text(self, ORIGIN_BROUGHT, 2, id);
    sqlite3_stmt *brought = bind_text(self, ORIGIN_BROUGHT, 3, source);
    int found = step(self, ORIGIN_BROUGHT, err);
    database_reset(brought);
    return found;
}

/* Gives the row at hand; its note is copied. */
static void read_import(sqlite3_stmt *row, ledger_import_t *import)
{
    *import = (ledger_import_t){.number = sqlite3_column_int64(row, 0),
                                .at_ms = sqlite3_column_int64(row, 1),
                                .added = sqlite3_column_int64(row, 5),
                                .changed = sqlite3_column_int64(row, 6),
                                .removed = sqlite3_column_int64(row, 7),
                                .same = sqlite3_column_int64(row, 8),
                                .undone_at_ms = sqlite3_column_int64(row, 9),
                                .kept = sqlite3_column_int(row, 10) != 0};
    snprintf(import->kind, sizeof import->kind, "%s", (const char *)sqlite3_column_text(row, 2));
    snprintf(import->source, sizeof import->source, "%s",
             (const char *)sqlite3_column_text(row, 3));
    import->note = strdup((const char *)sqlite3_column_text(row, 4));
    assert(import->note);
}

void ledger_import_free(ledger_import_t *import)
{
    free(import->note);
    *import = (ledger_import_t){0};
}

static int read_one(ledger_t *self, int statement, ledger_import_t *import, err_t *err)
{
    int found = step(self, statement, err);
    if (found == 1)
        read_import(self->statements[statement], import);
    database_reset(self->statements[statement]);
    return found;
}

int ledger_find(ledger_t *self, int64_t number, ledger_import_t *import, err_t *err)
{
    if (number == 0)
        return read_one(self, IMPORT_STANDING, import, err);
    sqlite3_bind_int64(self->statements[IMPORT_FIND], 1, number);
    return read_one(self, IMPORT_FIND, import, err);
}

int ledger_last(ledger_t *self, const char *kind, const char *source, ledger_import_t *import,
                err_t *err)
{
    bind_text(self, IMPORT_LAST, 1, kind);
    bind_text(self, IMPORT_LAST, 2, source);
    return read_one(self, IMPORT_LAST, import, err);
}

int ledger_history(ledger_t *self, int64_t limit,
                   void (*visit)(void *context, const ledger_import_t *import), void *context,
                   err_t *err)
{
    sqlite3_stmt *list = self->statements[IMPORT_LIST];
    sqlite3_bind_int64(list, 1, limit);
    int found;
    while ((found = step(self, IMPORT_LIST, err)) == 1) {
        ledger_import_t import;
        read_import(list, &import);
        visit(context, &import);
        ledger_import_free(&import);
    }
    database_reset(list);
    return found;
}

int ledger_origins(ledger_t *self, const char *kind, const char *source,
                   void (*visit)(void *context, const char *id), void *context, err_t *err)
{
    bind_text(self, ORIGIN_LIST, 1, kind);
    sqlite3_stmt *list = bind_text(self, ORIGIN_LIST, 2, source);
    int found;
    while ((found = step(self, ORIGIN_LIST, err)) == 1)
        visit(context, (const char *)sqlite3_column_text(list, 0));
    database_reset(list);
    return found;
}

int ledger_each(ledger_t *self, int64_t number,
                int (*visit)(void *context, const ledger_change_t *change, err_t *err),
                void *context, err_t *err)
{
    sqlite3_stmt *list = self->statements[BEFORE_LIST];
    sqlite3_bind_int64(list, 1, number);
    int found;
    while ((found = step(self, BEFORE_LIST, err)) == 1) {
        ledger_change_t change = {.id = (const char *)sqlite3_column_text(list, 0),
                                  .before_sv = (uint32_t)sqlite3_column_int64(list, 1),
                                  .before = sqlite3_column_blob(list, 2),
                                  .before_size = (size_t)sqlite3_column_bytes(list, 2),
                                  .written = sqlite3_column_blob(list, 3)};
        if (visit(context, &change, err)) {
            found = -1;
            break;
        }
    }
    database_reset(list);
    return found;
}
