/* answering - what HTTP asks of every answer, around the handlers: methods, redirections, what has not
 * changed, what is kept ready, how long a question may take, and the pages of errors.
 *
 * A page is as old as the store and the day it was made on, because it tells days; data change with the
 * store alone (route.h says which is which). Both have an ETag of that state and of the address, are
 * answered 304 while it lasts, and are kept in a page_cache. Last-Modified is when this process noticed
 * the state; it is left out during the second in which it did, so that one text never means two
 * states. Belongs to the site's thread. */
#ifndef NODE_PORTAL_HTTP_ANSWERING_H
#define NODE_PORTAL_HTTP_ANSWERING_H

#include "node/portal/site.h"

#define ANSWERING_CACHE_SIZE (8 << 20) /* bytes: some 300 pages */
#define ANSWERING_PATIENCE_MS 2000     /* for all queries of one request; then 503 */
#define ANSWERING_STATUS_MAX 600

answering_t *answering_new(void);
void answering_destroy(answering_t **self_p);

/* How many answers of each status were given, from_cache among them; and what the cache holds. */
typedef struct answering_counts {
    uint64_t by_status[ANSWERING_STATUS_MAX];
    uint64_t from_cache;
    size_t cache_size, cache_count;
} answering_counts_t;
const answering_counts_t *answering_counts(answering_t *self);

#endif
