/* desk - where the running node is asked to do something: STORE/control.sock, and who stands before it.
 *
 * The other end of node/control.h. It gathers the chunks of a set of changes, per client, until the
 * last one is there; a set that may not be applied yet waits; every request gets one answer, and a
 * client that went away leaves nothing behind. What a request means is its handler's business.
 *
 * The socket is made with mode 0600 and only under the store's lock: binding it takes it over from
 * whoever had it. Belongs to one thread. */
#ifndef NODE_DESK_H
#define NODE_DESK_H

#include "broker/base/czmq.h"
#include "broker/base/moment.h"
#include "node/control.h"

typedef struct desk desk_t;

/* What the desk asks. Sentences of errors are French and go to the client. */
typedef struct desk_handler {
    /* Could these changes be applied? Asked once for each, as they come. */
    int (*check)(void *context, const change_t *changes, size_t count, err_t *err);
    /* May changes be made now? ERR_RETRY: not yet, the set waits. Not asked for a dry run. */
    int (*may_change)(void *context, const moment_t *now, err_t *err);
    /* Applies a whole set, or nothing of it. provenance: of an import, else NULL. */
    int (*change)(void *context, const provenance_t *provenance, const change_t *changes,
                  size_t count, bool dry_run, char *outcomes, const moment_t *now, err_t *err);
    /* Takes an import back; *json is given. It waits like a set until changes may be made. */
    int (*undo)(void *context, int64_t number, bool force, bool dry_run, const moment_t *now,
                char **json, err_t *err);
    /* Carries out a command; *json is given, or stays NULL. */
    int (*command)(void *context, const char *name, const moment_t *now, char **json, err_t *err);
    void *context;
} desk_handler_t;

/* Binds FOLDER/control.sock. Copies the handler. Before any other thread: it changes the umask for a
 * moment. */
desk_t *desk_new(const char *folder, const desk_handler_t *handler, err_t *err);
void desk_destroy(desk_t **self_p);

zsock_t *desk_socket(desk_t *self); /* readable when somebody asks */

/* Takes and answers what was asked; a few requests in a row. */
void desk_serve(desk_t *self, const moment_t *now);

/* Applies the sets that may be by now, and forgets clients that were silent in the middle of one. */
void desk_tick(desk_t *self, const moment_t *now);

#endif
