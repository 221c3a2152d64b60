/* A backup is made by VACUUM INTO: one read transaction, no free pages with what was erased before, and
 * no WAL beside it. What SQLite writes there is not synchronised, so that is done here.
 *
 * The files of a restore, all in the store's folder:
 *     restore.tmp   being prepared; backup_prepare begins it anew, backup_discard removes it
 *     restore.db    committed: backup_finish moves public.db aside and takes its place
 * The former store is named after restore.db's own time, so that a backup_finish that is repeated after a
 * crash gives all its files the same number. */
#include "node/backup.h"

#include "broker/base/aside.h"
#include "broker/base/fault.h"
#include "broker/base/moment.h"
#include "broker/sync/tables.h"
#include "node/store/ledger.h"
#include "node/store/mark.h"
#include "node/store/projection.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROGRESS_STEPS 20000 /* of SQLite's machine, between two looks at the size */
#define COPY_SIZE (1 << 20)

/* The file is opened for reading only all the same; it is the copy that is written. */
static const char WRITE_COPY[] = "PRAGMA query_only=OFF";
static const char INTO[] = "VACUUM INTO ?1";
static const char CHECK[] = "PRAGMA integrity_check(1)";
static const char SINGLE[] = "PRAGMA journal_mode=DELETE";
static const char SIZE[] = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
static const char PAST[] = "SELECT past.seq FROM past JOIN stream USING (stream)"
                           " WHERE hub = ?1 AND kind = ?2 AND past.life = ?3";
static const char DISPLACED[] = "SELECT count(*) FROM displaced";

static const migration_t *const ROOMS[] = {&sync_tables, &catalogue_tables, &ledger_tables,
                                           &mark_tables};

/* ---- files ---- */

static int refuse(const char *doing, const char *path, err_t *err)
{
    err_action_t action = errno == ENOSPC || errno == EDQUOT ? ERR_RETRY : ERR_REJECT;
    return err_set(err, action, "« %s » ne peut pas être %s : %s.", path, doing,
                   errno == ENOSPC   ? "le disque est plein"
                   : errno == ENOENT ? "il n'y a pas de tel fichier ou dossier"
                   : errno == EACCES ? "vous n'en avez pas le droit"
                                     : strerror(errno));
}

static int join(char path[PATH_MAX], const char *folder, const char *name, err_t *err)
{
    return snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX
               ? 0
               : err_set(err, ERR_REJECT, "Le nom « %s » est trop long.", folder);
}

static int sync_file(const char *path, int flags, err_t *err)
{
    int file = open(path, flags | O_CLOEXEC);
    int rc = file < 0 || fsync(file) ? refuse("écrit", path, err) : 0;
    if (file >= 0)
        close(file);
    return rc;
}

/* A database file that is not one any more, and what SQLite may have left beside it. */
static void discard(const char *path)
{
    static const char *const SUFFIXES[] = {"-wal", "-shm", "-journal", ""};
    for (size_t i = 0; i < sizeof SUFFIXES / sizeof *SUFFIXES; i++) {
        char name[PATH_MAX + 16];
        snprintf(name, sizeof name, "%s%s", path, SUFFIXES[i]);
        unlink(name);
    }
}

/* Gives `from` the name `to`, for good. */
static int settle(const char *from, const char *to, err_t *err)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof folder, "%s", to);
    if (sync_file(from, O_RDONLY, err))
        return -1;
    if (rename(from, to))
        return refuse("écrit", to, err);
    return sync_file(dirname(folder), O_RDONLY | O_DIRECTORY, err);
}

static int copy_bytes(int from, int to)
{
    char *bytes = malloc(COPY_SIZE);
    assert(bytes);
    ssize_t size;
    while ((size = read(from, bytes, COPY_SIZE)) > 0)
        for (ssize_t at = 0, part; at < size; at += part)
            if ((part = write(to, bytes + at, (size_t)(size - at))) < 0) {
                free(bytes);
                return -1;
            }
    free(bytes);
    return size < 0 ? -1 : 0;
}

static int copy_file(const char *from, const char *to, err_t *err)
{
    int source = open(from, O_RDONLY | O_CLOEXEC);
    if (source < 0)
        return refuse("lu", from, err);
    int target = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int rc = target < 0 || copy_bytes(source, target) ? refuse("copié", to, err) : 0;
    if (target >= 0)
        close(target);
    close(source);
    return rc;
}

/* ---- a copy, checked ---- */

static int integrity(sqlite3 *db, err_t *err)
{
    sqlite3_stmt *statement = database_prepare(db, CHECK, err);
    if (!statement)
        return -1;
    int rc = 0;
    if (sqlite3_step(statement) != SQLITE_ROW)
        rc = database_failed(db, "check the copy", err);
    else if (strcmp((const char *)sqlite3_column_text(statement, 0), "ok"))
        rc = err_set(err, ERR_STOP, "La copie est endommagée : %s",
                     (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return rc;
}

static int migrate(sqlite3 *db, err_t *err)
{
    for (size_t i = 0; i < sizeof ROOMS / sizeof *ROOMS; i++)
        if (database_migrate(db, ROOMS[i], err))
            return -1;
    return 0;
}

static void origin_word(const backup_node_t *node, char word[MARK_WORD_SIZE])
{
    snprintf(word, MARK_WORD_SIZE, "%s %s", member_roles[node->role], node->name);
}

/* Opens a copy, lets `change` write into it, and leaves it as one file without a WAL. */
static int touch(const char *path, int (*change)(sqlite3 *db, void *context, err_t *err),
                 void *context, err_t *err)
{
    sqlite3 *db = database_open(path, DATABASE_FULL, err);
    if (!db)
        return -1;
    int rc = integrity(db, err) || change(db, context, err)
                     || database_execute(db, SINGLE, "close the copy", err)
                 ? -1
                 : 0;
    database_close(db);
    return rc;
}

/* ---- making one ---- */

typedef struct copying {
    const char *target;
    int64_t size; /* of the source, about what the copy will have */
    backup_progress_fn *progress;
    void *context;
} copying_t;

static int on_progress(void *context)
{
    copying_t *self = context;
    struct stat stat_of;
    if (self->size > 0 && stat(self->target, &stat_of) == 0)
        self->progress(self->context, stat_of.st_size < self->size
                                          ? (unsigned)(99 * stat_of.st_size / self->size)
                                          : 99);
    return 0;
}

static int64_t size_of(sqlite3 *db)
{
    sqlite3_stmt *statement = database_prepare(db, SIZE, NULL);
    bool found = statement && sqlite3_step(statement) == SQLITE_ROW;
    int64_t size = found ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return size;
}

static int copy_into(sqlite3 *db, copying_t *copying, err_t *err)
{
    sqlite3_stmt *statement = database_execute(db, WRITE_COPY, "begin the copy", err)
                                  ? NULL
                                  : database_prepare(db, INTO, err);
    if (!statement)
        return -1;
    copying->size = size_of(db);
    if (copying->progress)
        sqlite3_progress_handler(db, PROGRESS_STEPS, on_progress, copying);
    sqlite3_bind_text(statement, 1, copying->target, -1, SQLITE_STATIC);
    int rc = database_run(statement, "copy the store", err);
    sqlite3_progress_handler(db, 0, NULL, NULL);
    sqlite3_finalize(statement);
    return rc;
}

static int sign_copy(sqlite3 *db, void *context, err_t *err)
{
    char word[MARK_WORD_SIZE];
    origin_word(context, word);
    return migrate(db, err) || mark_set(db, MARK_BACKUP, moment_now().unix_ms, word, err) ? -1 : 0;
}

/* An empty file of our own, under a name that nobody else has: SQLite writes into it. */
static int make_temporary(const char *file, char path[PATH_MAX], err_t *err)
{
    if (snprintf(path, PATH_MAX, "%s.XXXXXX", file) >= PATH_MAX)
        return err_set(err, ERR_REJECT, "Le nom « %s » est trop long.", file);
    int temporary = mkstemp(path); /* 0600 */
    if (temporary < 0)
        return refuse("écrit", file, err);
    close(temporary);
    return 0;
}

static sqlite3 *open_source(const char *folder, err_t *err)
{
    char path[PATH_MAX];
    if (join(path, folder, "public.db", err))
        return NULL;
    if (access(path, F_OK) && errno == ENOENT) {
        err_set(err, ERR_RETRY, "Il n'y a pas encore de données dans « %s ».", folder);
        return NULL;
    }
    return database_open_reader(path, err);
}

static int make(const char *folder, const backup_node_t *node, copying_t *copying, err_t *err)
{
    backup_node_t origin = *node;
    sqlite3 *db = open_source(folder, err);
    if (!db)
        return -1;
    int rc = copy_into(db, copying, err);
    database_close(db);
    return rc ? -1 : touch(copying->target, sign_copy, &origin, err);
}

int backup_make(const char *folder, const backup_node_t *node, const char *file, bool replace,
                backup_progress_fn *progress, void *context, err_t *err)
{
    char temporary[PATH_MAX];
    if (!replace && access(file, F_OK) == 0)
        return err_set(err, ERR_REJECT, "« %s » existe déjà : --force le remplace.", file);
    if (make_temporary(file, temporary, err))
        return -1;
    copying_t copying = {.target = temporary, .progress = progress, .context = context};
    int rc = make(folder, node, &copying, err);
    FAULT("backup.made");
    if (rc == 0)
        rc = settle(temporary, file, err);
    if (rc)
        discard(temporary);
    return rc;
}

/* ---- restoring one ---- */

typedef struct preparing {
    const backup_node_t *node;
    backup_prepared_t *prepared;
    bool empty;
} preparing_t;

static int check_origin(sqlite3 *db, preparing_t *self, err_t *err)
{
    char word[MARK_WORD_SIZE], ours[MARK_WORD_SIZE];
    origin_word(self->node, ours);
    if (mark_get(db, MARK_BACKUP, &self->prepared->made_ms, word, err))
        return -1;
    if (!*word)
        return err_set(err, ERR_REJECT,
                       "Ce fichier n'est pas une sauvegarde faite par « maillage backup ».");
    if (strcmp(word, ours))
        return err_set(err, ERR_REJECT, "Cette sauvegarde est celle de « %s », et non de « %s ».",
                       word, ours);
    return 0;
}

static int adopt(sqlite3 *db, void *context, err_t *err)
{
    preparing_t *self = context;
    if ((!self->empty && check_origin(db, self, err)) || migrate(db, err)
        || mark_clear(db, MARK_BACKUP, err))
        return -1;
    return mark_set(db, MARK_RESTORED, moment_now().unix_ms, MARK_PENDING, err);
}

int backup_prepare(const char *folder, const backup_node_t *node, const char *file,
                   backup_prepared_t *prepared, err_t *err)
{
    preparing_t preparing = {node, prepared, !file};
    *prepared = (backup_prepared_t){0};
    if (join(prepared->path, folder, "restore.tmp", err))
        return -1;
    discard(prepared->path); /* of a restore that was killed */
    if ((file && copy_file(file, prepared->path, err))
        || touch(prepared->path, adopt, &preparing, err)) {
        if (file && err->action == ERR_STOP) {
            err->action = ERR_REJECT;
            err_context(err, "« %s » ne peut pas être restauré : ", file);
        }
        backup_discard(prepared);
        return -1;
    }
    return 0;
}

void backup_discard(backup_prepared_t *prepared)
{
    if (*prepared->path)
        discard(prepared->path);
    *prepared->path = 0;
}

int backup_commit(const char *folder, backup_prepared_t *prepared, err_t *err)
{
    char path[PATH_MAX];
    if (join(path, folder, "restore.db", err) || settle(prepared->path, path, err))
        return -1;
    *prepared->path = 0;
    FAULT("restore.committed");
    return 0;
}

bool backup_committed(const char *folder)
{
    char path[PATH_MAX];
    return !join(path, folder, "restore.db", NULL) && access(path, F_OK) == 0;
}

int backup_finish(const char *folder, err_t *err)
{
    char from[PATH_MAX], to[PATH_MAX], given_up[PATH_MAX];
    struct stat committed;
    if (join(from, folder, "restore.db", err) || join(to, folder, "public.db", err)
        || join(given_up, folder, "restore.tmp", err))
        return -1;
    discard(given_up); /* a copy that was killed: it may hold what was erased since */
    if (stat(from, &committed))
        return 0;
    if (aside_move(to, ASIDE_REPLACED, committed.st_mtim.tv_sec, err))
        return -1;
    FAULT("restore.moved");
    return settle(from, to, err);
}

/* ---- what a restore would change ---- */

typedef struct comparing {
    backup_comparison_t *comparison;
    bool then; /* the prepared store is being read, after the present one */
} comparing_t;

static backup_stream_t *find_stream(backup_comparison_t *self, const proof_t *proof)
{
    for (size_t i = 0; i < self->count; i++) {
        const proof_t *now = &self->list[i].now, *then = &self->list[i].then;
        if ((!strcmp(now->hub, proof->hub) && !strcmp(now->kind, proof->kind))
            || (!strcmp(then->hub, proof->hub) && !strcmp(then->kind, proof->kind)))
            return &self->list[i];
    }
    self->list = realloc(self->list, (self->count + 1) * sizeof *self->list);
    assert(self->list);
    self->list[self->count] = (backup_stream_t){0};
    return &self->list[self->count++];
}

static void on_proof(void *context, const proof_t *proof)
{
    comparing_t *self = context;
    backup_stream_t *stream = find_stream(self->comparison, proof);
    *(self->then ? &stream->then : &stream->now) = *proof;
    if (self->then && proof->wrong && !proof->unsigned_only)
        self->comparison->wrong++;
}

static int read_store(sqlite3 *db, const members_t *members, comparing_t *comparing,
                      int64_t *displaced, err_t *err)
{
    int rc = database_check(db, err) || proof_each(db, members, on_proof, comparing, err);
    sqlite3_stmt *statement = rc ? NULL : database_prepare(db, DISPLACED, err);
    if (statement && sqlite3_step(statement) == SQLITE_ROW)
        *displaced = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return statement ? 0 : -1;
}

static int read_prepared(const backup_prepared_t *prepared, const members_t *members,
                         comparing_t *comparing, int64_t *displaced, err_t *err)
{
    sqlite3 *db = database_open_reader(prepared->path, err);
    int rc = db ? read_store(db, members, comparing, displaced, err) : -1;
    database_close(db);
    return rc;
}

/* Up to which seq an own stream of the backup is what the present one came from. seq goes on from life to life, so
 * after an earlier restore the same numbers may be other changes. */
static int shared_seq(sqlite3 *now, const backup_stream_t *stream, uint64_t *seq, err_t *err)
{
    *seq = stream->then.seq;
    if (!stream->now.own || stream->now.life == stream->then.life)
        return 0;
    sqlite3_stmt *past = database_prepare(now, PAST, err);
    if (!past)
        return -1;
    sqlite3_bind_text(past, 1, stream->now.hub, -1, SQLITE_STATIC);
    sqlite3_bind_text(past, 2, stream->now.kind, -1, SQLITE_STATIC);
    sqlite3_bind_int64(past, 3, (sqlite3_int64)stream->then.life);
    int rc = sqlite3_step(past);
    uint64_t covered = rc == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(past, 0) : 0;
    if (covered < *seq)
        *seq = covered;
    int result = rc == SQLITE_ROW || rc == SQLITE_DONE
                     ? 0
                     : database_failed(now, "read the former lives", err);
    sqlite3_finalize(past);
    return result;
}

static int count_losses(backup_comparison_t *self, sqlite3 *now, err_t *err)
{
    for (size_t i = 0; i < self->count; i++) {
        backup_stream_t *stream = &self->list[i];
        uint64_t shared;
        if (shared_seq(now, stream, &shared, err))
            return -1;
        if (stream->now.seq <= shared)
            continue;
        stream->behind = stream->now.seq - shared;
        if (stream->now.own)
            self->own_behind += (int64_t)stream->behind;
    }
    return 0;
}

int backup_compare(const char *folder, const backup_prepared_t *prepared, const members_t *members,
                   backup_comparison_t *comparison, err_t *err)
{
    char path[PATH_MAX];
    comparing_t comparing = {comparison, false};
    int64_t now = 0, then = 0;
    *comparison = (backup_comparison_t){0};
    if (join(path, folder, "public.db", err))
        return -1;
    comparison->present = access(path, F_OK) == 0;
    sqlite3 *db = comparison->present ? database_open_reader(path, &comparison->unread) : NULL;
    bool read = db && read_store(db, members, &comparing, &now, &comparison->unread) == 0;
    comparison->damaged = comparison->present && !read && comparison->unread.action == ERR_STOP;
    comparison->unreadable = comparison->present && !read && !comparison->damaged;
    comparing.then = true;
    int rc = read_prepared(prepared, members, &comparing, &then, err);
    if (rc == 0 && read)
        rc = count_losses(comparison, db, err);
    comparison->displaced = now > then ? now - then : 0;
    database_close(db);
    return rc;
}

void backup_comparison_free(backup_comparison_t *comparison)
{
    free(comparison->list);
    *comparison = (backup_comparison_t){0};
}
