/* checkpoint - brings what a writer's log (WAL) holds into its database, in the quiet moments of a loop.
 *
 * SQLite would do it inside a commit, and wait there until the disk has all of it. Here the disk works beside
 * the loop, in rounds:
 *   1. another connection begins to read, and the system is asked to write the log out (aio_fsync);
 *   2. when it has, and more was committed meanwhile, a checkpoint copies what that reader sees. Its own
 *      fsync of the log finds little to do, and one that the reader keeps from being complete does not sync
 *      the database;
 *   3. the system is asked to write the database out;
 *   4. when the log has become long, a complete checkpoint copies the few pages that are left and syncs both
 *      files; the next commit begins the log anew.
 * After a commit that failed all is copied at once, however little: on a full disk the log could not grow,
 * and nothing would ever be committed again.
 *
 * No safety rests on what is done beside the loop: each checkpoint is SQLite's own, with the syncs of its
 * connection's `synchronous`, so a crash finds at every point what it may find anyway. A commit makes one,
 * and waits for the disk, only when the log is full because no quiet moment came.
 *
 * Belongs to the thread of the writer, of which nothing else may checkpoint but database_clean. */
#ifndef BROKER_BASE_CHECKPOINT_H
#define BROKER_BASE_CHECKPOINT_H

#include "schemas/base/err.h"

#include <sqlite3.h>
#include <stdbool.h>

typedef struct checkpoint checkpoint_t;

/* Borrows the writer until checkpoint_close and counts its commits. For ":memory:" there is nothing to do.
 * NULL and *err when the file cannot be opened once more. */
checkpoint_t *checkpoint_new(sqlite3 *db, err_t *err);

/* Closes what it has open, and *db_p in between: a descriptor that is closed takes the locks of all
 * connections with it, and the writer must be the last of them to leave no log. NULLs are allowed. */
void checkpoint_close(checkpoint_t **self_p, sqlite3 **db_p);

/* Should there be quiet moments? */
bool checkpoint_waits(const checkpoint_t *self);
/* Is there something to do in this one? When it may be brief, no more than takes some 3 ms. */
bool checkpoint_is_ready(const checkpoint_t *self, bool brief);
/* Does it. ERR_STOP when the disk did not take what it was given: close the writer. Its log then stays, and
 * nothing of it counts as copied, for whoever opens the database next and for whoever reads on. */
int checkpoint_rest(checkpoint_t *self, bool brief, err_t *err);

/* Ends a round, whose reader would be in the way of database_clean. May wait for the disk; ERR_STOP when it
 * did not take what it was given. */
int checkpoint_yield(checkpoint_t *self, err_t *err);

/* What the log holds, in pages, and how many of them are in the database too. */
int checkpoint_pages(const checkpoint_t *self);
int checkpoint_copied(const checkpoint_t *self);

#endif
