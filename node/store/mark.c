#include "node/store/mark.h"

#include "node/store/catalogue_inside.h"

#include <stdio.h>

static const char *const STEPS[] = {
    "CREATE TABLE mark(name TEXT PRIMARY KEY, at INTEGER NOT NULL, word TEXT NOT NULL)"
    " WITHOUT ROWID",
};

const migration_t mark_tables = {"mark", STEPS, sizeof STEPS / sizeof *STEPS};

static const char TABLE[] = "SELECT count(*) FROM sqlite_schema WHERE name = 'mark'";
static const char SET[] = "REPLACE INTO mark(name, at, word) VALUES(?1, ?2, ?3)";
static const char CLEAR[] = "DELETE FROM mark WHERE name = ?1";
static const char GET[] = "SELECT at, word FROM mark WHERE name = ?1";

int mark_set(sqlite3 *db, const char *name, int64_t unix_ms, const char *word, err_t *err)
{
    sqlite3_stmt *statement = database_prepare(db, SET, err);
    if (!statement)
        return -1;
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, unix_ms);
    sqlite3_bind_text(statement, 3, word, -1, SQLITE_STATIC);
    int rc = database_run(statement, "write a mark", err);
    sqlite3_finalize(statement);
    return rc;
}

int mark_clear(sqlite3 *db, const char *name, err_t *err)
{
    sqlite3_stmt *statement = database_prepare(db, CLEAR, err);
    if (!statement)
        return -1;
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    int rc = database_run(statement, "remove a mark", err);
    sqlite3_finalize(statement);
    return rc;
}

/* 1: there is a table; 0: there is none. */
static int has_table(sqlite3 *db, err_t *err)
{
    sqlite3_stmt *statement = database_prepare(db, TABLE, err);
    if (!statement)
        return -1;
    int rc = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int(statement, 0)
                                                   : database_failed(db, "look for marks", err);
    sqlite3_finalize(statement);
    return rc;
}

int mark_get(sqlite3 *db, const char *name, int64_t *unix_ms, char word[MARK_WORD_SIZE], err_t *err)
{
    *unix_ms = 0;
    if (word)
        *word = 0;
    int found = has_table(db, err);
    if (found <= 0)
        return found;
    sqlite3_stmt *statement = database_prepare(db, GET, err);
    if (!statement)
        return -1;
    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    int step = sqlite3_step(statement);
    if (step == SQLITE_ROW) {
        *unix_ms = sqlite3_column_int64(statement, 0);
        if (word)
            snprintf(word, MARK_WORD_SIZE, "%s", (const char *)sqlite3_column_text(statement, 1));
    }
    int rc =
        step == SQLITE_ROW || step == SQLITE_DONE ? 0 : database_failed(db, "read a mark", err);
    sqlite3_finalize(statement);
    return rc;
}

int mark_of(struct catalogue *catalogue, const char *name, int64_t *unix_ms, err_t *err)
{
    return mark_get(catalogue->db, name, unix_ms, NULL, err);
}
