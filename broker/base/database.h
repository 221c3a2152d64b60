/* database - how every SQLite file of ours is opened, migrated, locked and blamed.
 *
 * A store is a folder with one writer: whoever holds its lock. The writing connection runs in WAL
 * mode with synchronous=FULL for a hub's own records (a commit survives a power cut) and NORMAL for
 * what can be pulled again, secure_delete=ON, foreign_keys=ON, trusted_schema=OFF, and is the only
 * one that checkpoints (broker/base/checkpoint.h; SQLite before 3.51.3 can corrupt a file when two
 * connections do so at the same moment). Every other connection is read-only. A connection belongs to one thread. */
#ifndef BROKER_BASE_DATABASE_H
#define BROKER_BASE_DATABASE_H

#include "schemas/base/err.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum database_safety {
    DATABASE_CACHE, /* synchronous=NORMAL: after a power cut a little behind, never inconsistent */
    DATABASE_FULL,  /* synchronous=FULL: what was committed stays */
} database_safety_t;

/* The tables of one room, as the steps that made them: step n turns version n into n + 1. Never
 * edit a step that was released; add one. */
typedef struct migration {
    const char *room; /* "sync", "catalogue": rooms share a file and do not know each other */
    const char *const *steps;
    size_t count;
} migration_t;

/* Opens (creates) the file for its only writer; ":memory:" is allowed. NULL and *err when it is
 * locked, corrupt or of a kind that is not ours. */
sqlite3 *database_open(const char *path, database_safety_t safety, err_t *err);

/* Opens an existing file for reading only; waits up to 2 s for a busy moment. */
sqlite3 *database_open_reader(const char *path, err_t *err);

/* Brings a room to the newest version, each step in a transaction of its own. A version newer than
 * ours is ERR_STOP: the file was written by a newer program. */
int database_migrate(sqlite3 *db, const migration_t *migration, err_t *err);

/* PRAGMA quick_check. ERR_STOP with the first complaint. */
int database_check(sqlite3 *db, err_t *err);
/* PRAGMA integrity_check: also that indexes and tables agree. Reads the whole file, some 100 MB a second. */
int database_examine(sqlite3 *db, err_t *err);

/* Leaves no byte of erased content in the file and its WAL: secure_delete alone overwrites what is
 * deleted, but not the copies that rebalancing has left in the gaps of other pages. So the file is
 * written anew (VACUUM), then the WAL emptied. Takes about a second for 100 MB and three times the
 * file's size on disk meanwhile. No transaction may be open and no statement be half read. ERR_RETRY
 * when a reader is in the way: see checkpoint_yield. */
int database_clean(sqlite3 *db, err_t *err);
/* For how long that may keep a loop from turning, on a slow disk: a program that is ended meanwhile would only begin
 * anew. */
int64_t database_clean_ms(sqlite3 *db);

void database_close(sqlite3 *db); /* NULL is allowed; every statement must be finalised before */

/* A write transaction, from the first statement (BEGIN IMMEDIATE). */
int database_begin(sqlite3 *db, err_t *err);
/* On failure the transaction has been rolled back. */
int database_commit(sqlite3 *db, err_t *err);
void database_rollback(sqlite3 *db);

/* What a failed call means: a full disk, a locked file or an I/O error is worth another try
 * (ERR_RETRY); a failed fsync, which must not be repeated, or anything else means that the file is
 * not what we think it is (ERR_STOP). Returns -1. Call it before the statement is reset. */
int database_failed(sqlite3 *db, const char *doing, err_t *err);

/* Did database_failed say ERR_RETRY because the disk is full? Context may have been added since. */
bool database_is_full(const err_t *err);

sqlite3_stmt *database_prepare(sqlite3 *db, const char *sql, err_t *err); /* kept for long use */
/* The same of a list, in its order. After -1 finalize all the same: those that were not come to are NULL. */
int database_prepare_all(sqlite3 *db, const char *const *sql, sqlite3_stmt **statements,
                         size_t count, err_t *err);
void database_finalize_all(sqlite3_stmt **statements, size_t count);
/* Runs a bound statement that gives no row, and leaves it ready for its next use, unbound. */
int database_run(sqlite3_stmt *statement, const char *doing, err_t *err);
/* Runs SQL without parameters or rows. */
int database_execute(sqlite3 *db, const char *sql, const char *doing, err_t *err);
/* Leaves a statement ready for its next use, unbound: borrowed pointers are dropped. */
void database_reset(sqlite3_stmt *statement);

/* The lock of a store's folder: at most one process holds it, and it goes with the process. The folder
 * is made (mode 0700) when it is not there. ERR_RETRY when another process holds it. */
typedef struct database_lock database_lock_t;
database_lock_t *database_lock(const char *folder,
                               err_t *err); /* NULL: *err names the holder's pid */
void database_unlock(database_lock_t **self_p);

/* Moves path, its -wal and its -shm to "path.damaged-<unix seconds>" (broker/base/aside.h) so that a new
 * one can be started; of several only the newest two stay. For stores that can be filled again; never
 * for a hub's own records. */
int database_set_aside(const char *path, long long unix_s, err_t *err);

#endif
