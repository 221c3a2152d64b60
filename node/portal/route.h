/* route - which function answers which address: one table, first match wins. */
#ifndef NODE_PORTAL_ROUTE_H
#define NODE_PORTAL_ROUTE_H

#include "node/portal/site.h"

typedef struct route {
    /* "/api/v1/{kind}": pieces in braces match anything and are captured, "{kind.format}" only what
     * has a dot. */
    const char *pattern;
    handler_t *handler;
    bool tagged; /* changes only with the store: carries an ETag, answers 304 */
} route_t;

/* The route of a request, whose captures are set; NULL when no page has that address. */
const route_t *route_find(request_t *request);

/* Would this piece of an address, alone after the slash, lead to a kind's list? */
bool route_is_free(const char *path);

#endif
