/* nearby - a few records for a page that is about something else: one's own hub's first.
 *
 * While a hub is young its neighbours' records fill the page; each row says whose it is. */
#ifndef NODE_PORTAL_PAGES_NEARBY_H
#define NODE_PORTAL_PAGES_NEARBY_H

#include "node/portal/site.h"

#define NEARBY_MAX (QUERY_LIMIT_MAX / 2)

typedef struct nearby {
    page_t own, others;                 /* others: only when own has fewer than were asked for */
    const entry_t *entries[NEARBY_MAX]; /* of both, own first */
    size_t count;
} nearby_t;

/* Finds at most query->limit (NEARBY_MAX) records. An aggregator has none of its own. Call nearby_free
 * either way. */
int nearby_find(site_t *site, const query_t *query, nearby_t *found, err_t *err);
void nearby_free(nearby_t *self);

/* Adds a filter; codes is a list of texts or one text, both borrowed. False when there is nothing to
 * filter by: no such facet of the kind, or no code. */
bool nearby_filter(query_t *query, const char *facet, const json_t *codes);

#endif
