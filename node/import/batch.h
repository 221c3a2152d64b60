/* batch - records on their way in: each checked, made canonical, and kept until all are sent at once.
 *
 * A record comes as a bare content, or as the envelope that `maillage show --json` and the API give:
 * {hub, kind, id, body, ...}. What is wrong with one is among the findings and does not touch the
 * others; what to do then is the caller's choice (`put` refuses all, `import` goes on). */
#ifndef NODE_IMPORT_BATCH_H
#define NODE_IMPORT_BATCH_H

#include "node/control.h"

typedef struct batch batch_t;

/* Borrows kind and hub (the node's own name: an envelope of another hub is refused). A content
 * without a date_maj, where the kind has the field, has that of its source.date, else today ("2026-11-22"). */
batch_t *batch_new(const kind_t *kind, const char *hub, const char *today);
void batch_destroy(batch_t **self_p);

/* From now on, shows each content that is added, as body_decode would give it: borrowed, for the time
 * of the call. */
void batch_watch(batch_t *self, void (*added)(void *context, const json_t *content), void *context);

typedef enum batch_result {
    BATCH_ADDED,
    BATCH_REPEATED, /* the very same record came before: W_REPEATED, and nothing added */
    BATCH_REFUSED,  /* at least one error among the findings */
} batch_result_t;

/* Checks one record and adds it. where ("lieux.csv:45") is copied, and is that of every finding. Codes
 * beside those of check.h: E_RECORD (no object, no body), E_HUB (another hub's), E_KIND, E_ID (bad, or
 * no natural key), E_TWICE (an id that came before with another content), W_ID (the given id is kept
 * though the natural key now makes another), W_REPEATED. */
batch_result_t batch_add(batch_t *self, const json_t *record, const char *where,
                         findings_t *findings);

/* The source has this record, though it is not among the changes: a row that is not wanted. */
void batch_mention(batch_t *self, const char *id);
/* Is this id among the changes, mentioned, or that of a refused record? */
bool batch_knows(const batch_t *self, const char *id);

/* The change of this id, or NULL. */
const change_t *batch_find(const batch_t *self, const char *id);

/* Adds a deletion, after all records. Its place in the file is "". */
void batch_remove(batch_t *self, const char *id);

size_t batch_count(const batch_t *self);
const change_t *batch_changes(const batch_t *self); /* batch_count of them, in the order added */
const char *batch_where(const batch_t *self, size_t index);
size_t batch_refused(const batch_t *self);
/* Visits the ids of the refused records, as far as they had any. */
void batch_each_refused(const batch_t *self, void (*visit)(void *context, const char *id),
                        void *context);
size_t batch_repeated(const batch_t *self);

/* Is this JSON an envelope rather than a content? */
bool batch_is_envelope(const json_t *record);

#endif
