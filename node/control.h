/* control - how the operator's tool and the portal ask the running node to do something.
 *
 * There is one write path: commands go as msgpack to the synchronisation thread, over inproc from the
 * portal and over STORE/control.sock (mode 0600, bound only under the store's lock) from `maillage`.
 * One request, one answer. A large set of changes is sent in chunks and applied in one transaction
 * when the last one arrives; a sender that goes away leaves nothing. */
#ifndef NODE_CONTROL_H
#define NODE_CONTROL_H

#include "schemas/item.h"

#include <jansson.h>

#define CONTROL_CHUNK_SIZE (512 * 1024)  /* a sender starts a new chunk beyond this */
#define CONTROL_CHANGES_MAX 100000       /* in one transaction */
#define CONTROL_BYTES_MAX (256 << 20)    /* likewise */

typedef struct change {
    item_op_t op;
    char kind[NAME_SIZE];
    char id[ID_SIZE];
    uint32_t sv;
    const uint8_t *body; /* canonical bytes; NULL for ITEM_DELETE. Borrowed */
    size_t body_size;
} change_t;

typedef enum outcome {
    OUTCOME_NEW = 'n',
    OUTCOME_CHANGED = 'c',
    OUTCOME_SAME = 's', /* equal but for date_maj: nothing was sent */
    OUTCOME_DELETED = 'd',
    OUTCOME_ABSENT = 'a', /* nothing to delete */
} outcome_t;

/* --- the asking side: synchronous, with a time limit --- */

typedef struct control control_t;

/* ERR_RETRY when no node is running on that store, with what to do. */
control_t *control_connect(const char *store_folder, err_t *err);
void control_destroy(control_t **self_p);

/* All changes in one transaction, or (dry_run) none: outcomes[i] tells what became, or would become,
 * of changes[i]. progress (may be NULL) hears of each chunk sent. ERR_REJECT carries the node's
 * sentence (French): nothing was saved. ERR_RETRY: not saved, try again. */
int control_change(control_t *self, const change_t *changes, size_t count, bool dry_run,
                   char *outcomes, void (*progress)(void *context, size_t sent), void *context,
                   err_t *err);

/* A command without content: "status" (gives a JSON object), "unfence", "clean", "purge-displaced".
 * *answer may be NULL when not wanted; else given. */
int control_command(control_t *self, const char *name, json_t **answer, err_t *err);

/* --- the answering side: codec only, the loop is in hub.c --- */

typedef struct request {
    enum { REQUEST_CHANGE, REQUEST_COMMAND } type;
    bool more, dry_run; /* REQUEST_CHANGE: another chunk follows */
    change_t *changes;  /* given: free() the array; the bodies borrow the frame */
    size_t count;
    char command[32];
} request_t;
int request_decode(request_t *request, const void *frame, size_t size, err_t *err);
void request_free(request_t *request);

/* Appends an answer: *err (ERR_NONE for done), outcomes (count bytes), and json ("" for none). */
void answer_encode(text_t *out, const err_t *err, const char *outcomes, size_t count,
                   const char *json);

#endif
