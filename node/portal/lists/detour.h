/* detour - ways on from a list that has nothing: which condition to give up, a wider circle, the departments beside.
 *
 * Each says how many records it leads to; one that leads to nothing is not offered. */
#ifndef NODE_PORTAL_LISTS_DETOUR_H
#define NODE_PORTAL_LISTS_DETOUR_H

#include "node/portal/lists/near.h"
#include "node/portal/site.h"

#define DETOUR_NEIGHBOURS_MAX 5

/* Adds `detours` to content: [{words, count, href}], the ones that change least first. */
int detour_add(site_t *site, const request_t *request, const query_t *query, const near_t *near,
               json_t *content, err_t *err);

#endif
