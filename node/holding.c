#include "node/holding.h"

#include "broker/base/aside.h"
#include "broker/base/checkpoint.h"
#include "broker/base/log.h"
#include "broker/sync/tables.h"
#include "node/backup.h"
#include "node/store/mark.h"
#include "node/store/projection.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Records indexed at a time, 0.1 ms each. */
#define SLICE 200
#define BRIEF_SLICE 20

struct holding {
    const schema_t *schema;
    member_role_t role;
    database_lock_t *lock;
    char path[PATH_MAX]; /* of the file */
    sqlite3 *db;
    checkpoint_t *checkpoint;
    projection_t *projection;
    streams_t *streams;
    ledger_t *ledger;
    size_t pending; /* records noted for search, at least */
    bool restored;  /* and has not caught up since */
    int64_t rebuilt_ms, cleaned_ms;
};

/* ---- what observers make of an item ---- */

static int on_put(void *context, const stream_t *stream, const item_t *item, err_t *err)
{
    holding_t *self = context;
    self->pending++;
    return projection_put(self->projection, stream->number, item, err);
}

static int on_remove(void *context, const stream_t *stream, const char *id, err_t *err)
{
    holding_t *self = context;
    return projection_remove(self->projection, stream->number, stream->hub, stream->kind, id, err);
}

/* ---- quiet moments ---- */

bool holding_waits(const holding_t *self)
{
    return self->pending || checkpoint_waits(self->checkpoint);
}

int holding_rest(holding_t *self, bool brief, err_t *err)
{
    size_t slice = brief ? BRIEF_SLICE : SLICE;
    if (checkpoint_is_ready(self->checkpoint, brief)) /* one thing at a time: it may be short */
        return checkpoint_rest(self->checkpoint, brief, err);
    /* the index takes several records of a transaction together: a few are worth waiting for */
    if (self->pending < (brief ? BRIEF_SLICE : 1))
        return 0;
    return projection_catch_up_search(self->projection, slice, &self->pending, err);
}

/* ---- opening ---- */

static void log_refresh(void *context, const char *kind, size_t done, size_t all)
{
    (void)context;
    log_info("the lists of %s are made again: %zu of %zu", kind, done, all);
}

static int open_file(holding_t *self, err_t *err)
{
    self->db =
        database_open(self->path, self->role == MEMBER_HUB ? DATABASE_FULL : DATABASE_CACHE, err);
    if (!self->db)
        return -1;
    self->checkpoint = checkpoint_new(self->db, err);
    return self->checkpoint ? database_check(self->db, err) : -1;
}

static int migrate(holding_t *self, err_t *err)
{
    if (database_migrate(self->db, &sync_tables, err))
        return -1;
    return database_migrate(self->db, &catalogue_tables, err)
                   || database_migrate(self->db, &ledger_tables, err)
                   || database_migrate(self->db, &mark_tables, err)
               ? -1
               : 0;
}

/* A damaged file beside this one that the marks do not know yet: this store was begun in its place. */
static int note_rebuilt(holding_t *self, err_t *err)
{
    int64_t moved_ms = 1000 * (int64_t)aside_newest(self->path, ASIDE_DAMAGED);
    if (moved_ms <= self->rebuilt_ms)
        return 0;
    self->rebuilt_ms = moved_ms;
    return mark_set(self->db, MARK_REBUILT, moved_ms, "", err);
}

static int read_marks(holding_t *self, err_t *err)
{
    int64_t restored_ms;
    char word[MARK_WORD_SIZE];
    if (mark_get(self->db, MARK_RESTORED, &restored_ms, word, err)
        || mark_get(self->db, MARK_CLEANED, &self->cleaned_ms, NULL, err)
        || mark_get(self->db, MARK_REBUILT, &self->rebuilt_ms, NULL, err))
        return -1;
    self->restored = !strcmp(word, MARK_PENDING);
    return note_rebuilt(self, err);
}

static int read_tables(holding_t *self, err_t *err)
{
    observer_t observer = {on_put, on_remove, self};
    self->projection = projection_new(self->db, self->schema, err);
    if (!self->projection || projection_refresh(self->projection, log_refresh, NULL, err))
        return -1;
    projection_postpone_search(self->projection, true);
    self->streams = streams_new(self->db, &observer, err);
    self->ledger = self->streams ? ledger_new(self->db, err) : NULL;
    return self->ledger ? 0 : -1;
}

static void close_store(holding_t *self)
{
    ledger_destroy(&self->ledger);
    streams_destroy(&self->streams);
    projection_destroy(&self->projection);
    checkpoint_close(&self->checkpoint, &self->db);
}

/* *damaged: the file is not what it was. Tables made by a newer program are another matter. */
static int try_store(holding_t *self, bool *damaged, err_t *err)
{
    *damaged = false;
    if (open_file(self, err)) {
        *damaged = err->action == ERR_STOP;
        return -1;
    }
    if (migrate(self, err))
        return -1;
    if (read_marks(self, err) || read_tables(self, err)) {
        *damaged = err->action == ERR_STOP;
        return -1;
    }
    return 0;
}

static void log_repair(const holding_t *self)
{
    log_error(
        "Le fichier %s de ce hub est endommagé ; le nœud ne démarre pas avec lui. À faire :"
        " 1. lancez « maillage --config FICHIER.yaml restore SAUVEGARDE » avec la dernière"
        " sauvegarde, ou, s'il n'y en a pas,"
        " « maillage --config FICHIER.yaml restore --empty » : le fichier endommagé est mis de"
        " côté, pas effacé ; 2. relancez le nœud : ce qui était publié revient des relais.",
        self->path);
}

static int open_store(holding_t *self, err_t *err)
{
    bool damaged;
    if (try_store(self, &damaged, err) == 0)
        return 0;
    close_store(self);
    if (!damaged)
        return -1;
    if (self->role == MEMBER_HUB) {
        log_repair(self);
        return -1;
    }
    log_error("%s", err->text);
    holding_set_aside(self);
    if (try_store(self, &damaged, err) == 0)
        return 0;
    close_store(self);
    return -1;
}

holding_t *holding_open(const char *folder, const schema_t *schema, member_role_t role, err_t *err)
{
    holding_t *self = calloc(1, sizeof *self);
    assert(self);
    self->schema = schema;
    self->role = role;
    self->pending = 1; /* what a crash may have left */
    int size = snprintf(self->path, sizeof self->path, "%s/public.db", folder);
    assert(size < (int)sizeof self->path);
    self->lock = database_lock(folder, err);
    if (!self->lock || backup_finish(folder, err) || open_store(self, err))
        holding_close(&self);
    return self;
}

void holding_close(holding_t **self_p)
{
    holding_t *self = *self_p;
    if (!self)
        return;
    close_store(self);
    database_unlock(&self->lock);
    free(self);
    *self_p = NULL;
}

streams_t *holding_streams(holding_t *self)
{
    return self->streams;
}

ledger_t *holding_ledger(holding_t *self)
{
    return self->ledger;
}

/* ---- keeping house ---- */

int holding_clean(holding_t *self, err_t *err)
{
    int64_t now_ms = moment_now().unix_ms;
    if (checkpoint_yield(self->checkpoint, err) || projection_clean(self->projection, err)
        || mark_set(self->db, MARK_CLEANED, now_ms, "", err))
        return -1;
    self->cleaned_ms = now_ms;
    return 0;
}

int64_t holding_clean_ms(const holding_t *self)
{
    return database_clean_ms(self->db);
}

int64_t holding_cleaned_ms(const holding_t *self)
{
    return self->cleaned_ms;
}

int holding_forget_aside(holding_t *self, int64_t damaged_before_unix_ms,
                         int64_t replaced_before_unix_ms, err_t *err)
{
    return aside_forget(self->path, ASIDE_DAMAGED, damaged_before_unix_ms / 1000, ASIDE_KEPT, err)
                   || aside_forget(self->path, ASIDE_REPLACED, replaced_before_unix_ms / 1000,
                                   SIZE_MAX, err)
               ? -1
               : 0;
}

bool holding_restored(const holding_t *self)
{
    return self->restored;
}

static int note_caught_up(holding_t *self, const char *hub, err_t *err)
{
    if (self->restored && mark_set(self->db, MARK_RESTORED, moment_now().unix_ms, "", err))
        return -1;
    return ledger_forget_erased(self->ledger, hub, err);
}

int holding_caught_up(holding_t *self, const char *hub, err_t *err)
{
    if (streams_begin(self->streams, err)
        || streams_end(self->streams, note_caught_up(self, hub, err), err))
        return -1;
    if (self->restored)
        log_info("the restored store has caught up");
    self->restored = false;
    return 0;
}

int64_t holding_rebuilt_ms(const holding_t *self)
{
    return self->rebuilt_ms;
}

int holding_forget_displaced(holding_t *self, int64_t before_unix_ms, err_t *err)
{
    if (streams_begin(self->streams, err))
        return -1;
    int result = streams_forget_displaced(self->streams, before_unix_ms, err);
    return streams_end(self->streams, result, err);
}

void holding_set_aside(holding_t *self)
{
    err_t err;
    assert(self->role != MEMBER_HUB);
    log_error("the store cannot be trusted: it is moved aside, and will be filled again");
    if (database_set_aside(self->path, moment_now().unix_ms / 1000, &err))
        log_error("%s", err.text);
}
