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
#include "schemas/kind.h"

typedef struct editor editor_t;

/* Borrows all; hub is the name under which records are published. */
editor_t *editor_new(streams_t *streams, const schema_t *schema, const char *hub);
void editor_destroy(editor_t **self_p);

/* Could these be applied? The kinds are known in this version, and the contents are valid and
 * canonical. ERR_REJECT names the first that is not. Reads nothing. */
int editor_check(const editor_t *self, const change_t *changes, size_t count, err_t *err);

/* Applies changes that passed editor_check, in one transaction; dry_run undoes it. outcomes[i] tells what
 * became of changes[i] (an outcome_t). On failure nothing is saved: ERR_REJECT, or ERR_RETRY when the
 * disk is full, or ERR_STOP. */
int editor_apply(editor_t *self, const change_t *changes, size_t count, bool dry_run,
                 char *outcomes, const moment_t *now, err_t *err);

#endif
