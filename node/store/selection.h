/* selection - which records a query means, in which order, and where its page ends.
 *
 * Lists are ordered by (sort key, record); what was searched for by relevance, best first; what lies around a
 * place by distance. A page
 * begins after the last record of the one before, wherever that is by now: a record that comes or
 * goes meanwhile moves nothing else. Belongs to the catalogue's thread. */
#ifndef NODE_STORE_SELECTION_H
#define NODE_STORE_SELECTION_H

#include "node/store/catalogue.h"
#include "node/store/synonyms.h"

#include <sqlite3.h>

typedef struct selection {
    int64_t records[QUERY_LIMIT_MAX]; /* of this page, in order */
    double metres[QUERY_LIMIT_MAX];   /* of each from the place of the query, if it has one */
    size_t count;
    int64_t total;       /* of all pages */
    char *next;          /* given; NULL on the last page */
    narrowed_t narrowed; /* given, when the query wants it */
} selection_t;

typedef struct selector selector_t;
selector_t *selector_new(sqlite3 *db, err_t *err); /* borrows db */
void selector_destroy(selector_t **self_p);

/* As in matching.h. */
void selector_understand(selector_t *self, const synonyms_t *synonyms);
int selector_count(selector_t *self, const char *words, size_t most, size_t *count, err_t *err);

/* Within a read transaction. What the selection gives is to be freed also after a failure. ERR_REJECT (French) for what cannot be asked; see catalogue_list. */
int selector_run(selector_t *self, const query_t *query, selection_t *selection, err_t *err);

#endif
