/* control - how the operator's tool and the portal ask the running node to do something.
 *
 * There is one write path: commands go as msgpack to the synchronisation thread, over inproc from the
 * portal and over STORE/control.sock (mode 0600, bound only under the store's lock) from `maillage`.
 * One request, one answer. A large set of changes is sent in chunks and applied in one transaction
 * when the last one arrives; a sender that goes away leaves nothing.
 *
 * A request and an answer are one frame each, a msgpack array; the asker is a DEALER, the node a
 * ROUTER with ZMQ_MAXMSGSIZE = CONTROL_FRAME_MAX.
 *
 *     [1, "change", more, dry_run, [[op, kind, id, sv, body], ...]]   body: bin, nil in a deletion
 *     [1, "change", false, dry_run, [...], [source, note]]            the last chunk of an import
 *     [1, "undo", number, force, dry_run]                             number 0: the last import
 *     [1, "command", name]
 *     [1, action, text, outcomes, json]     action: an err_action_t; text: its sentence or "";
 *                                           outcomes: bin, a letter per change; json: text or ""
 *
 * A chunk with `more` is answered at once and without outcomes, which is the sender's leave to send
 * the next one; the answer to the last has an outcome for each change of all of them, in order. A
 * refused chunk ends the set: the node drops what it kept of it, as it does when a sender is silent
 * for CONTROL_SILENCE_MS. `dry_run` is that of the last chunk.
 *
 * The set of an import says where it comes from, and is of one kind. The node remembers what it wrote
 * (node/store/ledger.h), so that it can be taken back; its deletions only reach records which that
 * same source brought. */
#ifndef NODE_CONTROL_H
#define NODE_CONTROL_H

#include "schemas/item.h"

#include <jansson.h>

#define CONTROL_CHUNK_SIZE (512 * 1024) /* a sender starts a new chunk beyond this */
#define CONTROL_CHUNK_CHANGES 4096      /* at most this many in one */
#define CONTROL_FRAME_MAX                                                                          \
    (1024 * 1024)                  /* bytes of a request; an answer may have four times as many */
#define CONTROL_CHANGES_MAX 100000 /* in one transaction */
#define CONTROL_BYTES_MAX (256 << 20) /* likewise */
#define CONTROL_SILENCE_MS 30000

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
    OUTCOME_KEPT = 'k',   /* an import would delete what its source did not bring: it stays */
} outcome_t;

#define CONTROL_SOURCE_SIZE 128 /* bytes of a source's name, its NUL included */
#define CONTROL_NOTE_MAX 4096   /* bytes */

/* Where the changes of an import come from. */
typedef struct provenance {
    char source[CONTROL_SOURCE_SIZE]; /* "angers", "direct:lieux": what is gone is gone from it */
    const char *note; /* JSON that the node keeps with the import, for its history. Borrowed */
    size_t note_size;
} provenance_t;

/* --- the asking side: synchronous, with a time limit --- */

typedef struct control control_t;

/* ERR_RETRY when no node is running on that store, with what to do; ERR_REJECT when its socket
 * belongs to someone else. */
control_t *control_connect(const char *store_folder, err_t *err);
void control_destroy(control_t **self_p);

/* All changes in one transaction, or (dry_run) none: outcomes[i] tells what became, or would become,
 * of changes[i]. progress (may be NULL) hears before each chunk how many have been sent with it: after all
 * of them the node may save, before that it does not. ERR_REJECT carries
 * the node's sentence (French): nothing was saved. ERR_RETRY: the node said that nothing was saved, or
 * did not answer in 120 s, or ended before it did; asking again is harmless. */
int control_change(control_t *self, const change_t *changes, size_t count, bool dry_run,
                   char *outcomes, void (*progress)(void *context, size_t sent), void *context,
                   err_t *err);

/* The same for the records of an import; all are of one kind. */
int control_import(control_t *self, const provenance_t *provenance, const change_t *changes,
                   size_t count, bool dry_run, char *outcomes,
                   void (*progress)(void *context, size_t sent), void *context, err_t *err);

/* Takes the import of that number back (0: the last one that was not) in one transaction. *answer (given)
 * is what editor_undo says. ERR_REJECT when there is no such import or nothing of it is kept. */
int control_undo(control_t *self, int64_t number, bool force, bool dry_run, json_t **answer,
                 err_t *err);

/* A command without content: "status" (gives a JSON object), "unfence", "clean", "purge-displaced".
 * *answer may be NULL when not wanted; else given, NULL when the node had nothing to say. Waits at
 * most 10 s ("clean": 120 s). */
int control_command(control_t *self, const char *name, json_t **answer, err_t *err);

/* --- the codec: for the portal, which asks over inproc, and for the node, which answers --- */

/* Appends a request. Asserts that the changes fit in a frame: chunks are the caller's affair. */
void request_change(text_t *out, const change_t *changes, size_t count, bool more, bool dry_run);
/* The last chunk of an import. */
void request_import(text_t *out, const provenance_t *provenance, const change_t *changes,
                    size_t count, bool dry_run);
void request_undo(text_t *out, int64_t number, bool force, bool dry_run);
void request_command(text_t *out, const char *name);

typedef struct request {
    enum { REQUEST_CHANGE, REQUEST_UNDO, REQUEST_COMMAND } type;
    bool more, dry_run; /* more, REQUEST_CHANGE: another chunk follows */
    change_t *changes;  /* given: free() the array; the bodies borrow the frame */
    size_t count;
    provenance_t provenance; /* of an import, its note borrows the frame; else source "" */
    int64_t number;          /* REQUEST_UNDO */
    bool force;              /* REQUEST_UNDO */
    char command[32];
} request_t;
/* Checks names, ids, sizes and the shape of the frame, and leaves the content of a body to whoever
 * knows its kind. ERR_REJECT with what is wrong; then there is nothing to free. */
int request_decode(request_t *request, const void *frame, size_t size, err_t *err);
void request_free(request_t *request);

/* Appends an answer: *err (ERR_NONE for done), outcomes (count bytes), and json ("" for none). */
void answer_encode(text_t *out, const err_t *err, const char *outcomes, size_t count,
                   const char *json);

typedef struct answer {
    err_t err; /* what the node said; ERR_NONE: done */
    const char *outcomes;
    size_t count;
    const char *json; /* not NUL-terminated */
    size_t json_size;
} answer_t;
/* *answer borrows the frame. -1 and ERR_STOP when the frame is no answer at all. */
int answer_decode(answer_t *answer, const void *frame, size_t size, err_t *err);

#endif
