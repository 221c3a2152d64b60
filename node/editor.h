/* editor - makes changes to the hub's own records: many in one transaction, or none.
 *
 * The one way a hub's records change, whoever asks: the operator's tool, the portal, the node itself for
 * its own card. Whether the hub may write now is not asked here (broker/sync/publisher.h). Errors are
 * French sentences: whoever asked reads them. Belongs to the thread that owns the streams. */
#ifndef NODE_EDITOR_H
#define NODE_EDITOR_H

#include "broker/base/moment.h"
#include "broker/sync/stream.h"
#include "node/control.h"
#include "node/store/ledger.h"
#include "schemas/kind.h"

typedef struct editor editor_t;

/* Borrows all; ledger is of the same file as the streams; hub is the name under which records are
 * published. */
editor_t *editor_new(streams_t *streams, ledger_t *ledger, const schema_t *schema, const char *hub);
void editor_destroy(editor_t **self_p);

/* Could somebody ask for these? The kinds are known in this version, none is the hub's card (which comes
 * from its settings), and the contents are valid and canonical. ERR_REJECT names the first that is
 * not. Reads nothing. */
int editor_check(const editor_t *self, const change_t *changes, size_t count, err_t *err);

/* Applies changes that passed editor_check (or our own), in one transaction; dry_run undoes it.
 * provenance: of an import, whose changes are of one kind; NULL: made by hand. outcomes[i] tells what
 * became of changes[i] (an outcome_t). On failure nothing is saved: ERR_REJECT, or ERR_RETRY when the
 * disk is full, or ERR_STOP. */
int editor_apply(editor_t *self, const provenance_t *provenance, const change_t *changes,
                 size_t count, bool dry_run, char *outcomes, const moment_t *now, err_t *err);

#define UNDO_NAMED_MAX 1000 /* ids in the answer */

/* Takes an import back in one transaction; number 0: the last one that stands; dry_run only looks. What it
 * added goes, what it changed or removed is as it was. A record that is not what the import left is not
 * touched: then nothing is done, unless force leaves those alone. *answer (given, JSON text):
 *
 *     {number, kind, source, done, dry_run, added, changed, removed, left, left_ids}
 *
 * added, changed, removed: how many records of each were (or would be) taken back; left: how many were
 * changed since. ERR_REJECT: no such import, it was taken back already, or its contents are no longer kept. */
int editor_undo(editor_t *self, int64_t number, bool force, bool dry_run, const moment_t *now,
                char **answer, err_t *err);

/* Drops what is kept of imports beyond the bounds of the ledger, in a transaction of its own. */
int editor_expire(editor_t *self, const moment_t *now, err_t *err);

#endif
