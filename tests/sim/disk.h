/* disk - the database of a played machine: in memory, kept from history to history, full or cut off on demand.
 *
 * The state machines write through broker/base/database.h; the simulator is linked so that those calls
 * pass here (`--wrap`, see tests/CMakeLists.txt), where the n-th one may fail. What the calls do is done
 * by the real SQLite. So that a history costs milliseconds, connections are used again by later
 * histories and their prepared statements by later starts of a machine, and the root that a
 * tree of hashes once gave is remembered (so are signatures: signatures.c). Belongs to one thread. */
#ifndef TESTS_SIM_DISK_H
#define TESTS_SIM_DISK_H

#include "broker/base/database.h"

#include <stdint.h>

typedef struct disk disk_t;

typedef enum disk_fault {
    DISK_FULL,              /* the n-th write fails, and a few after it */
    DISK_CUT_IN_WRITE,      /* the power goes at the n-th write: its transaction never was */
    DISK_CUT_BEFORE_COMMIT, /* the power goes at the n-th commit */
    DISK_CUT_AFTER_COMMIT,  /* the n-th commit is on the disk, and nobody heard of it */
    DISK_FAULTS
} disk_fault_t;

disk_t *disk_new(void); /* empty, with the tables of a store */
void disk_free(disk_t **self_p);
sqlite3 *disk_db(const disk_t *self);
void disk_wipe(disk_t *self);
void disk_copy(disk_t *to, const disk_t *from);

/* Arms one fault, at the n-th call from now (1: the next one). */
void disk_fail(disk_t *self, disk_fault_t fault, unsigned n);
void disk_heal(disk_t *self);
/* The power is gone: nothing is written any more, until disk_heal. */
bool disk_is_cut(const disk_t *self);
/* A commit was kept though its caller was told that it failed. */
bool disk_kept_last(const disk_t *self);

/* A statement of the checks; prepared once for each disk. Reset it after use. */
sqlite3_stmt *disk_statement(disk_t *self, const char *sql);

/* Closes what was kept for later histories. */
void disk_close_all(void);

#endif
