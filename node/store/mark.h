/* mark - what happened to a store as a whole, told by the store itself: a moment and a word each. */
#ifndef NODE_STORE_MARK_H
#define NODE_STORE_MARK_H

#include "broker/base/database.h"

#include <stdint.h>

#define MARK_BACKUP "backup"     /* this file is a backup: made when; of which node, "hub loire" */
#define MARK_RESTORED "restored" /* when; MARK_PENDING until the node has caught up since */
#define MARK_REBUILT "rebuilt"   /* when a damaged file was moved aside and this one begun */
#define MARK_CLEANED "cleaned"   /* when erased content was last removed from the files */

#define MARK_PENDING "pending"
#define MARK_WORD_SIZE 64 /* and its NUL */

extern const migration_t mark_tables;

/* Writes it, in the open transaction if there is one. */
int mark_set(sqlite3 *db, const char *name, int64_t unix_ms, const char *word, err_t *err);
int mark_clear(sqlite3 *db, const char *name, err_t *err);

/* *unix_ms is 0 and word "" when there is no such mark, or no table for it yet. word may be NULL. */
int mark_get(sqlite3 *db, const char *name, int64_t *unix_ms, char word[MARK_WORD_SIZE],
             err_t *err);

/* The same for who reads the store through its catalogue. */
struct catalogue;
int mark_of(struct catalogue *catalogue, const char *name, int64_t *unix_ms, err_t *err);

#endif
