#include "broker/base/database.h"

#include "broker/base/aside.h"
#include "broker/base/fault.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_TIMEOUT_MS 2000
#define CLEAN_LEAST_MS 60000
#define CLEAN_BYTES_PER_MS 2000   /* of the file; it is written three times */
#define APPLICATION_ID 0x6d61696c /* "mail": tells our files from other SQLite files */

#define AUTOCHECKPOINT 16000 /* pages: a writer without a checkpoint_t copies its log in a commit */

static const char WRITER[] = "PRAGMA secure_delete=ON;"
                             "PRAGMA foreign_keys=ON;"
                             "PRAGMA trusted_schema=OFF;"
                             "PRAGMA cell_size_check=ON;"
                             "PRAGMA cache_size=-16384;"
                             "PRAGMA journal_size_limit=67108864;";
static const char READER[] = "PRAGMA query_only=ON;"
                             "PRAGMA trusted_schema=OFF;"
                             "PRAGMA cell_size_check=ON;"
                             "PRAGMA temp_store=MEMORY;"
                             "PRAGMA cache_size=-16384;";
static const char ROOMS[] = "CREATE TABLE IF NOT EXISTS room("
                            "room TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID";

static err_action_t action_of(int extended)
{
    switch (extended) {
    case SQLITE_IOERR_FSYNC: /* the kernel may have dropped the pages: trying again proves nothing */
    case SQLITE_IOERR_DIR_FSYNC:
    case SQLITE_IOERR_SHORT_READ:
    case SQLITE_IOERR_CORRUPTFS:
    case SQLITE_IOERR_DATA:
        return ERR_STOP;
    }
    switch (extended & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_INTERRUPT: /* a reader set itself a time, and it is over */
    case SQLITE_CANTOPEN:  /* out of file descriptors, or a folder that is not there yet */
    case SQLITE_READONLY: /* another account's file, or a system that lets nobody write: not damage */
    case SQLITE_PERM:
        return ERR_RETRY;
    }
    return ERR_STOP;
}

/* SQLite's own words for SQLITE_FULL, said also when the system says so. */
static const char *full_words(void)
{
    return sqlite3_errstr(SQLITE_FULL);
}

static bool is_full(sqlite3 *db)
{
    int code = sqlite3_errcode(db) & 0xff;
    return code == SQLITE_FULL || (code == SQLITE_IOERR && sqlite3_system_errno(db) == ENOSPC);
}

bool database_is_full(const err_t *err)
{
    return err->action == ERR_RETRY && strstr(err->text, full_words());
}

int database_failed(sqlite3 *db, const char *doing, err_t *err)
{
    if (is_full(db) && action_of(sqlite3_extended_errcode(db)) == ERR_RETRY)
        return err_set(err, ERR_RETRY, "cannot %s: %s", doing, full_words());
    return err_set(err, action_of(sqlite3_extended_errcode(db)), "cannot %s: %s", doing,
                   sqlite3_errmsg(db));
}

int database_execute(sqlite3 *db, const char *sql, const char *doing, err_t *err)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) ? database_failed(db, doing, err) : 0;
}

sqlite3_stmt *database_prepare(sqlite3 *db, const char *sql, err_t *err)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL))
        database_failed(db, "prepare a statement", err);
    return statement;
}

int database_prepare_all(sqlite3 *db, const char *const *sql, sqlite3_stmt **statements,
                         size_t count, err_t *err)
{
    for (size_t i = 0; i < count; i++)
        statements[i] = NULL;
    for (size_t i = 0; i < count; i++)
        if (!(statements[i] = database_prepare(db, sql[i], err)))
            return -1;
    return 0;
}

void database_finalize_all(sqlite3_stmt **statements, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sqlite3_finalize(statements[i]);
}

void database_reset(sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

int database_run(sqlite3_stmt *statement, const char *doing, err_t *err)
{
    int rc = sqlite3_step(statement) == SQLITE_DONE
                 ? 0
                 : database_failed(sqlite3_db_handle(statement), doing, err);
    database_reset(statement);
    return rc;
}

/* The first column of the first row as a number; without a row, 0. */
static int ask_number(sqlite3 *db, const char *sql, const char *doing, int64_t *number, err_t *err)
{
    sqlite3_stmt *statement = database_prepare(db, sql, err);
    if (!statement)
        return -1;
    int step = sqlite3_step(statement);
    *number = step == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    int rc = step == SQLITE_ROW || step == SQLITE_DONE ? 0 : database_failed(db, doing, err);
    sqlite3_finalize(statement);
    return rc;
}

/* Is the file ours, or empty and so ours to take? */
static int check_application(sqlite3 *db, const char *path, bool take, err_t *err)
{
    int64_t id = 0, tables = 0;
    if (ask_number(db, "PRAGMA application_id", "read the file's kind", &id, err)
        || ask_number(db, "SELECT count(*) FROM sqlite_schema", "read the tables", &tables, err))
        return -1;
    if (id == APPLICATION_ID)
        return 0;
    if (id || tables || !take)
        return err_set(err, ERR_STOP, "'%s' is not one of our databases", path);
    return database_execute(db, "PRAGMA application_id=0x6d61696c", "mark the file as ours", err);
}

static int use_wal(sqlite3 *db, const char *path, err_t *err)
{
    sqlite3_stmt *statement = database_prepare(db, "PRAGMA journal_mode=WAL", err);
    if (!statement)
        return -1;
    int rc = sqlite3_step(statement) == SQLITE_ROW ? 0 : database_failed(db, "start WAL mode", err);
    if (rc == 0) {
        const char *mode = (const char *)sqlite3_column_text(statement, 0);
        if (!mode || (strcmp(mode, "wal") != 0 && strcmp(mode, "memory") != 0))
            rc = err_set(err, ERR_STOP, "'%s' cannot be used in WAL mode", path);
    }
    sqlite3_finalize(statement);
    return rc;
}

static sqlite3 *open_file(const char *path, int flags, err_t *err)
{
    sqlite3 *db = NULL;
    if (sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL)) {
        assert(db);
        database_failed(db, "open", err);
        sqlite3_close(db);
        return NULL;
    }
    sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return db;
}

static int prepare_writer(sqlite3 *db, const char *path, database_safety_t safety, err_t *err)
{
    const char *synchronous =
        safety == DATABASE_FULL ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL";
    if (check_application(db, path, true, err) || use_wal(db, path, err))
        return -1;
    sqlite3_wal_autocheckpoint(db, AUTOCHECKPOINT);
    if (database_execute(db, WRITER, "set up the connection", err)
        || database_execute(db, synchronous, "set up the connection", err))
        return -1;
    return database_execute(db, ROOMS, "create the table of versions", err);
}

sqlite3 *database_open(const char *path, database_safety_t safety, err_t *err)
{
    sqlite3 *db = open_file(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
    if (db && prepare_writer(db, path, safety, err) == 0)
        return db;
    err_context(err, "%s: ", path);
    database_close(db);
    return NULL;
}

sqlite3 *database_open_reader(const char *path, err_t *err)
{
    sqlite3 *db = open_file(path, SQLITE_OPEN_READONLY, err);
    if (db) {
        /* A read-only descriptor could not take the lock to do it, but nothing should try. */
        sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        if (database_execute(db, READER, "set up the connection", err) == 0
            && check_application(db, path, false, err) == 0)
            return db;
    }
    err_context(err, "%s: ", path);
    database_close(db);
    return NULL;
}

void database_close(sqlite3 *db)
{
    if (sqlite3_close(db) != SQLITE_OK)
        assert(!"a statement was not finalised before database_close");
}

int database_begin(sqlite3 *db, err_t *err)
{
    return database_execute(db, "BEGIN IMMEDIATE", "begin a transaction", err);
}

int database_commit(sqlite3 *db, err_t *err)
{
    int rc = database_execute(db, "COMMIT", "commit", err);
    if (rc)
        database_rollback(db);
    return rc;
}

void database_rollback(sqlite3 *db)
{
    /* Some errors have rolled back already; a ROLLBACK that fails leaves nothing committed either. */
    if (!sqlite3_get_autocommit(db))
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
}

static int room_version(sqlite3 *db, const char *room, int64_t *version, err_t *err)
{
    sqlite3_stmt *statement = database_prepare(db, "SELECT version FROM room WHERE room = ?", err);
    if (!statement)
        return -1;
    sqlite3_bind_text(statement, 1, room, -1, SQLITE_STATIC);
    int step = sqlite3_step(statement);
    *version = step == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    int rc =
        step == SQLITE_ROW || step == SQLITE_DONE ? 0 : database_failed(db, "read a version", err);
    sqlite3_finalize(statement);
    return rc;
}

static int set_room_version(sqlite3 *db, const char *room, int64_t version, err_t *err)
{
    sqlite3_stmt *statement = database_prepare(db, "REPLACE INTO room VALUES (?, ?)", err);
    if (!statement)
        return -1;
    sqlite3_bind_text(statement, 1, room, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, version);
    int rc = database_run(statement, "write a version", err);
    sqlite3_finalize(statement);
    return rc;
}

static int migrate_step(sqlite3 *db, const migration_t *migration, int64_t version, err_t *err)
{
    if (database_begin(db, err))
        return -1;
    if (database_execute(db, migration->steps[version], "change the tables", err)
        || set_room_version(db, migration->room, version + 1, err)) {
        database_rollback(db);
        return -1;
    }
    return database_commit(db, err);
}

int database_migrate(sqlite3 *db, const migration_t *migration, err_t *err)
{
    int64_t version = 0;
    if (room_version(db, migration->room, &version, err))
        return -1;
    if (version < 0 || version > (int64_t)migration->count)
        return err_set(err, ERR_STOP,
                       "the tables of '%s' have version %lld and this program knows %zu: "
                       "they were written by a newer program, install that one",
                       migration->room, (long long)version, migration->count);
    for (; version < (int64_t)migration->count; version++)
        if (migrate_step(db, migration, version, err))
            return err_context(err, "tables of '%s', step %lld: ", migration->room,
                               (long long)version + 1);
    return 0;
}

static int check_with(sqlite3 *db, const char *pragma, err_t *err)
{
    sqlite3_stmt *statement = database_prepare(db, pragma, err);
    if (!statement)
        return -1;
    int rc = 0;
    if (sqlite3_step(statement) != SQLITE_ROW) {
        rc = database_failed(db, "check the file", err);
    } else {
        const char *complaint = (const char *)sqlite3_column_text(statement, 0);
        if (!complaint || strcmp(complaint, "ok") != 0)
            rc = err_set(err, ERR_STOP, "the database is damaged: %s",
                         complaint ? complaint : "unreadable");
    }
    sqlite3_finalize(statement);
    return rc;
}

int database_check(sqlite3 *db, err_t *err)
{
    return check_with(db, "PRAGMA quick_check(1)", err);
}

int database_examine(sqlite3 *db, err_t *err)
{
    return check_with(db, "PRAGMA integrity_check(1)", err);
}

int64_t database_clean_ms(sqlite3 *db)
{
    static const char SIZE[] =
        "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
    sqlite3_stmt *statement = database_prepare(db, SIZE, NULL);
    int64_t size =
        statement && sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return CLEAN_LEAST_MS + size / CLEAN_BYTES_PER_MS;
}

int database_clean(sqlite3 *db, err_t *err)
{
    SLOW("clean");
    if (database_execute(db, "VACUUM", "write the database anew", err))
        return -1;
    if (sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL))
        return database_failed(db, "empty the write-ahead log", err);
    return 0;
}

struct database_lock {
    int file;
};

/* mkdir -p: a fresh store begins with its folder. */
static int make_folder(const char *folder, err_t *err)
{
    char path[PATH_MAX];
    size_t size = strlen(folder);
    if (size == 0 || size >= sizeof path)
        return err_set(err, ERR_STOP, "'%s' cannot be the folder of a store", folder);
    memcpy(path, folder, size + 1);
    for (char *end = path + 1;; end++) {
        if (*end && *end != '/')
            continue;
        char was = *end;
        *end = 0;
        if (mkdir(path, 0700) && errno != EEXIST)
            return err_set(err, ERR_STOP, "cannot create the folder '%s': %s", path,
                           strerror(errno));
        if (!was)
            return 0;
        *end = was;
    }
}

/* Says who holds a lock that we did not get. */
static void blame(int file, const char *folder, err_t *err)
{
    if (errno != EWOULDBLOCK) {
        err_set(err, ERR_STOP, "cannot lock '%s': %s", folder, strerror(errno));
        return;
    }
    char pid[24] = "";
    ssize_t size = pread(file, pid, sizeof pid - 1, 0);
    pid[size > 0 ? strspn(pid, "0123456789") : 0] = 0;
    err_set(err, ERR_RETRY, "'%s' is in use by process %s", folder, *pid ? pid : "(unknown)");
}

static void write_pid(int file)
{
    /* The number is for people; the lock itself does not depend on it. */
    if (ftruncate(file, 0) == 0)
        dprintf(file, "%ld\n", (long)getpid());
}

database_lock_t *database_lock(const char *folder, err_t *err)
{
    char path[PATH_MAX];
    if (make_folder(folder, err))
        return NULL;
    if (snprintf(path, sizeof path, "%s/lock", folder) >= (int)sizeof path) {
        err_set(err, ERR_STOP, "'%s' is too long", folder);
        return NULL;
    }
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) {
        err_set(err, ERR_STOP, "cannot open '%s': %s", path, strerror(errno));
        return NULL;
    }
    if (flock(file, LOCK_EX | LOCK_NB)) {
        blame(file, folder, err);
        close(file);
        return NULL;
    }
    write_pid(file);
    database_lock_t *self = malloc(sizeof *self);
    assert(self);
    self->file = file;
    return self;
}

void database_unlock(database_lock_t **self_p)
{
    if (!*self_p)
        return;
    /* The file stays: removing it would let two processes lock two files of one name. */
    close((*self_p)->file);
    free(*self_p);
    *self_p = NULL;
}

int database_set_aside(const char *path, long long unix_s, err_t *err)
{
    if (aside_move(path, ASIDE_DAMAGED, unix_s, err))
        return -1;
    return aside_forget(path, ASIDE_DAMAGED, 0, ASIDE_KEPT, err);
}
