/* ledger - what imports did to this hub's records: to take one back, and to name what a source no longer has.
 *
 * Three tables of public.db, local and never replicated. `import` has a row per import that changed
 * something. `origin` tells which import a record comes from; a record that somebody put or changed by
 * hand has none, and neither has one that was there, the same, before any import named it: what is not a
 * source's is never removed for it. `import_before` keeps what an import replaced, until the bounds
 * below are reached.
 *
 * All writing happens inside the transaction of the changes it tells of: neither is ever there without
 * the other. Deleting a record by hand erases all that is kept of it here. Errors are French sentences,
 * or those of the database. Belongs to the thread of its connection. */
#ifndef NODE_STORE_LEDGER_H
#define NODE_STORE_LEDGER_H

#include "broker/base/database.h"
#include "broker/base/moment.h"
#include "node/control.h"

#define LEDGER_KEPT_IMPORTS 5 /* of a kind: the newest ones can be taken back */
#define LEDGER_KEPT_MS (90LL * 24 * 3600 * 1000)

typedef struct ledger ledger_t;

extern const migration_t ledger_tables;

/* Borrows db, which must be migrated and outlive it. */
ledger_t *ledger_new(sqlite3 *db, err_t *err);

/* Opens FOLDER/public.db for reading, beside the node: for the functions that read. */
ledger_t *ledger_open(const char *folder, err_t *err);
void ledger_destroy(ledger_t **self_p);

typedef struct ledger_import {
    int64_t number; /* from 1, in the order of time */
    int64_t at_ms;  /* Unix */
    char kind[NAME_SIZE], source[CONTROL_SOURCE_SIZE];
    char *note;                            /* of its provenance */
    int64_t added, changed, removed, same; /* records */
    int64_t undone_at_ms;                  /* Unix; 0: it stands */
    bool kept;                             /* what it replaced is kept: it can be taken back */
} ledger_import_t;
void ledger_import_free(ledger_import_t *import);

/* --- writing: a transaction is open --- */

/* An import begins: what ledger_wrote and ledger_end say belongs to it. */
int ledger_begin(ledger_t *self, const char *kind, const provenance_t *provenance,
                 const moment_t *now, err_t *err);
/* The import replaces `before` (NULL: there is no such record) by this content; NULL deletes it. */
int ledger_wrote(ledger_t *self, const char *id, const item_t *before, const uint8_t *body,
                 size_t body_size, err_t *err);
/* The import is over, with so many records that were the same. One that changed nothing leaves no trace.
 * Drops what exceeds the bounds. */
int ledger_end(ledger_t *self, int64_t same, const moment_t *now, err_t *err);

/* Somebody changed this record by hand: it is no source's any more. Deleted: nothing is kept of it,
 * neither here nor from imports before. 1 when something was, 0, -1. */
int ledger_by_hand(ledger_t *self, const char *kind, const char *id, bool deleted, err_t *err);

/* Drops what is kept of records of this hub that are there no more though it was no import that removed them
 * last: somebody erased them in a time that our own store does not remember, because it was restored. A
 * deletion is an import's when it has its moment. */
int ledger_forget_erased(ledger_t *self, const char *hub, err_t *err);

/* Drops the contents that are kept beyond the bounds. */
int ledger_expire(ledger_t *self, const moment_t *now, err_t *err);

/* The import was taken back, but for the records in `left` (an object with their ids): the origins are what
 * they were, and what was kept for it goes. */
int ledger_undone(ledger_t *self, int64_t number, const json_t *left, const moment_t *now,
                  err_t *err);

/* --- reading --- */

/* Did that source bring this record? 1, 0, -1. */
int ledger_brought(ledger_t *self, const char *kind, const char *id, const char *source,
                   err_t *err);

/* 1 and an import to free, 0 none of that number, -1. Number 0: the last one that stands. */
int ledger_find(ledger_t *self, int64_t number, ledger_import_t *import, err_t *err);
/* Likewise the last one of that source that stands. */
int ledger_last(ledger_t *self, const char *kind, const char *source, ledger_import_t *import,
                err_t *err);
/* Visits imports from the newest on, at most so many; *import is valid during the call. */
int ledger_history(ledger_t *self, int64_t limit,
                   void (*visit)(void *context, const ledger_import_t *import), void *context,
                   err_t *err);

/* Visits the records that this source brought, by id. */
int ledger_origins(ledger_t *self, const char *kind, const char *source,
                   void (*visit)(void *context, const char *id), void *context, err_t *err);

typedef struct ledger_change {
    const char *id;
    const uint8_t *before; /* NULL: there was no such record */
    size_t before_size;
    uint32_t before_sv;
    const uint8_t *written; /* LEDGER_HASH_SIZE bytes; NULL: the import deleted it */
} ledger_change_t;
#define LEDGER_HASH_SIZE 16
void ledger_hash(const void *body, size_t size, uint8_t hash[LEDGER_HASH_SIZE]);

/* Visits what is kept of an import, by id; *change is valid during the call. A visit that gives -1 ends it,
 * and this gives -1 too. */
int ledger_each(ledger_t *self, int64_t number,
                int (*visit)(void *context, const ledger_change_t *change, err_t *err),
                void *context, err_t *err);

#endif
