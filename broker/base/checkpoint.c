#include "broker/base/checkpoint.h"

#include "broker/base/database.h"

#include <aio.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Pages of 4 KiB. tests/faults is built with a small log, so that short scripts fill it. */
#ifndef WAL_FULL
#define WAL_FULL                                                                                   \
    16000 /* 62.5 MiB, just below the file's limit; 1,000 made draining 2.8 times slower */
#define WAL_LONG 12000 /* leaves 4,000 for a quiet moment in which nobody reads */
#define WAL_WORTHWHILE 1000
#endif
#define WAL_BRIEF 4000 /* more is not copied in a short moment */

static const char GLANCE[] = "SELECT 1 FROM sqlite_schema";

/* What a quiet moment is for. */
typedef enum step {
    STEP_BEGIN, /* a round, when enough has come */
    STEP_COPY,  /* when the log is written out: what the guard sees */
    STEP_END,   /* when what was asked for is written out: the round */
} step_t;

/* How the index of a log begins that SQLite keeps in shared memory (-shm): sqlite.org/walformat.html */
#define INDEX_REGION 32768
typedef struct log_index {
    struct {
        uint32_t other[8];
        uint64_t salts; /* of the log: others each time it begins anew */
        uint32_t sums[2];
    } header[2]; /* twice the same, or whoever reads it next makes the index anew */
} log_index_t;

struct checkpoint {
    sqlite3 *db;                 /* the writer */
    sqlite3 *guard;              /* the other connection; NULL for a database in memory */
    sqlite3_stmt *glance;        /* of the guard: half read in STEP_COPY, and so a snapshot */
    volatile log_index_t *index; /* of the writer, as long as it is open */
    uint64_t salts;              /* of the log, at the last commit */
    int log, file;               /* to be synced */
    struct aiocb order;          /* what the system was asked, except in STEP_BEGIN */
    step_t step;
    int pages;  /* of all commits since the log was begun anew */
    int copied; /* of them, those that are in the database too */
    int seen;   /* of them, those that the guard sees */
    int tried; /* how many there were, or were seen, at the last attempt: readers may have stood in the way */
    int finished;    /* how many there were when the last attempt was to copy all */
    bool committing; /* and, in a quiet moment: the last commit failed */
};

/* ---- the disk ---- */

/* False: the system has no thread for it now. */
static bool write_out(checkpoint_t *self, int file)
{
    self->order = (struct aiocb){.aio_fildes = file, .aio_sigevent.sigev_notify = SIGEV_NONE};
    return aio_fsync(O_DSYNC, &self->order) == 0;
}

static bool is_writing(const checkpoint_t *self)
{
    return self->step != STEP_BEGIN && aio_error(&self->order) == EINPROGRESS;
}

/* What the disk did not take is gone from memory too, and only the log still has it: whoever opens the
 * database next must find it there. The index says how much of it was copied, and another process may keep
 * the index: made anew from the log, it will say that nothing was. */
static void keep_log(checkpoint_t *self)
{
    sqlite3_db_config(self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    memset((void *)self->index, 0, sizeof *self->index);
    self->copied = 0;
}

/* Waits for what the system was asked. 0, or the errno of what the disk did not take. */
static int settle(checkpoint_t *self)
{
    const struct aiocb *orders[] = {&self->order};
    while (is_writing(self))
        aio_suspend(orders, 1, NULL);
    int error = self->step == STEP_BEGIN ? 0 : aio_error(&self->order);
    if (self->step != STEP_BEGIN)
        aio_return(&self->order);
    if (error)
        keep_log(self);
    self->step = STEP_BEGIN;
    return error;
}

static int refused(int error, err_t *err)
{
    return err_set(err, ERR_STOP, "cannot write the database out: %s", strerror(error));
}

/* ---- one checkpoint ---- */

static int copy(checkpoint_t *self)
{
    int pages, copied;
    int rc = sqlite3_wal_checkpoint_v2(self->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &copied);
    if (rc == SQLITE_IOERR_FSYNC)
        keep_log(self);
    if (rc)
        return rc;
    self->pages = pages;
    self->copied = copied;
    return SQLITE_OK;
}

/* All of it, unless readers stand in the way. After a failed sync another one proves nothing. */
static int finish(checkpoint_t *self)
{
    sqlite3_reset(self->glance);
    int rc = settle(self) ? SQLITE_IOERR_FSYNC : copy(self);
    self->tried = self->finished = self->pages;
    return rc;
}

int checkpoint_yield(checkpoint_t *self, err_t *err)
{
    sqlite3_reset(self->glance);
    int error = settle(self);
    return error ? refused(error, err) : 0;
}

static bool has_begun_anew(checkpoint_t *self)
{
    uint64_t before = self->salts;
    self->salts = self->index->header[0].salts;
    return self->salts != before;
}

/* After each commit, whose own result is what is returned for a disk that cannot be trusted. Another failure
 * is not the commit's: the next attempt is a quiet moment's, or that of a log twice as long. */
static int on_commit(void *context, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    checkpoint_t *self = context;
    self->committing = false;
    if (has_begun_anew(self))
        self->copied = self->seen = self->tried = self->finished = 0;
    self->pages = pages;
    int rc = pages - self->finished >= WAL_FULL ? finish(self) : SQLITE_OK;
    return rc == SQLITE_IOERR_FSYNC ? rc : SQLITE_OK;
}

static int before_commit(void *context)
{
    checkpoint_t *self = context;
    self->committing = true;
    return 0;
}

/* A commit failed. Where the disk is full a log cannot grow: it has to begin anew, however short it is. */
static bool is_cramped(const checkpoint_t *self)
{
    return self->committing && self->copied < self->pages;
}

/* ---- a round ---- */

static int failed(const checkpoint_t *self, err_t *err)
{
    return database_failed(self->db, "copy the log into the database", err);
}

static int finish_now(checkpoint_t *self, err_t *err)
{
    return finish(self) ? failed(self, err) : 0;
}

static int begin_round(checkpoint_t *self, err_t *err)
{
    bool cramped = is_cramped(self);
    self->committing = false;
    if (cramped || !self->guard || sqlite3_step(self->glance) != SQLITE_ROW
        || !write_out(self, self->log))
        return finish_now(self, err);
    self->seen = self->pages;
    self->step = STEP_COPY;
    return 0;
}

static int copy_seen(checkpoint_t *self, err_t *err)
{
    if (self->pages == self->seen) /* nobody has come: this moment is a long one */
        return finish_now(self, err);
    int rc = copy(self);
    sqlite3_reset(self->glance);
    self->tried = self->seen;
    if (rc)
        return failed(self, err);
    if (write_out(self, self->file))
        self->step = STEP_END;
    return 0;
}

static int end_round(checkpoint_t *self, err_t *err)
{
    return self->pages >= WAL_LONG ? finish_now(self, err) : 0;
}

bool checkpoint_waits(const checkpoint_t *self)
{
    return self->step != STEP_BEGIN || self->pages - self->tried >= WAL_WORTHWHILE
           || is_cramped(self);
}

bool checkpoint_is_ready(const checkpoint_t *self, bool brief)
{
    if (is_writing(self))
        return false;
    switch (self->step) {
    case STEP_BEGIN:
        return is_cramped(self)
               || (checkpoint_waits(self) && !(brief && self->pages - self->copied > WAL_BRIEF));
    case STEP_COPY:
        return self->pages > self->seen || !brief || is_cramped(self);
    case STEP_END:
        break;
    }
    return true;
}

int checkpoint_rest(checkpoint_t *self, bool brief, err_t *err)
{
    if (!checkpoint_is_ready(self, brief))
        return 0;
    step_t step = self->step;
    int error = settle(self);
    if (error)
        return refused(error, err);
    switch (step) {
    case STEP_BEGIN:
        return begin_round(self, err);
    case STEP_COPY:
        return copy_seen(self, err);
    case STEP_END:
        break;
    }
    return end_round(self, err);
}

int checkpoint_pages(const checkpoint_t *self)
{
    return self->pages;
}

int checkpoint_copied(const checkpoint_t *self)
{
    return self->copied;
}

/* ---- birth and end ---- */

static int open_for_sync(const char *path, err_t *err)
{
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0)
        err_set(err, ERR_RETRY, "cannot open '%s': %s", path, strerror(errno));
    return file;
}

static volatile log_index_t *map_index(sqlite3 *db, err_t *err)
{
    sqlite3_file *file = NULL;
    volatile void *index = NULL;
    int rc = sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (rc == SQLITE_OK)
        rc = file->pMethods->xShmMap(file, 0, INDEX_REGION, false, &index);
    if (!index)
        err_set(err, ERR_RETRY, "cannot find the index of the log: %s", sqlite3_errstr(rc));
    return index;
}

static int open_beside(checkpoint_t *self, const char *path, err_t *err)
{
    self->guard = database_open_reader(path, err);
    if (!self->guard || !(self->glance = database_prepare(self->guard, GLANCE, err)))
        return -1;
    self->index = map_index(self->db, err);
    if (!self->index)
        return -1;
    self->log = open_for_sync(sqlite3_filename_wal(path), err);
    self->file = open_for_sync(path, err);
    return self->log < 0 || self->file < 0 ? -1 : 0;
}

checkpoint_t *checkpoint_new(sqlite3 *db, err_t *err)
{
    checkpoint_t *self = calloc(1, sizeof *self);
    assert(self);
    self->db = db;
    self->log = self->file = -1;
    const char *path = sqlite3_db_filename(db, "main");
    if (path && *path && open_beside(self, path, err)) {
        sqlite3 *borrowed = NULL;
        checkpoint_close(&self, &borrowed);
        return NULL;
    }
    sqlite3_wal_hook(db, on_commit, self);
    sqlite3_commit_hook(db, before_commit, self);
    return self;
}

void checkpoint_close(checkpoint_t **self_p, sqlite3 **db_p)
{
    checkpoint_t *self = *self_p;
    if (self) {
        settle(self);
        sqlite3_finalize(self->glance);
        database_close(self->guard);
    }
    database_close(*db_p);
    *db_p = NULL;
    if (!self)
        return;
    close(self->log);
    close(self->file);
    free(self);
    *self_p = NULL;
}
