/* narrow - the filters that a page made for one kind offers: few, in an order and in words of its own. */
#ifndef NODE_PORTAL_LISTS_NARROW_H
#define NODE_PORTAL_LISTS_NARROW_H

#include "node/portal/site.h"

typedef struct narrowing {
    const char *facet;  /* "lieu.code_insee", or "hub" */
    const char *legend; /* "Département" */
    const char *levels; /* only territories of these: "PAYS- REG- DEP-"; "" for all codes */
} narrowing_t;

/* Adds to content what templates/narrow.mustache shows: `q`, `narrowings` with the values that some record
 * has, each with how many of the whole list have it, and `narrowed`, whether one is chosen. A filter with
 * fewer than two values, none chosen, is left out. narrowings ends with a facet of NULL. */
int narrow_add(site_t *site, const query_t *query, const narrowing_t *narrowings, json_t *content,
               err_t *err);

#endif
