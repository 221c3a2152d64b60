/* detour - ways on from a list that has nothing: which condition to give up, a wider circle, the departments beside.
 *
 * Each says how many records it leads to; one that leads to nothing is not offered. */
#ifndef NODE_PORTAL_LISTS_DETOUR_H
#define NODE_PORTAL_LISTS_DETOUR_H

#include "node/portal/lists/asking.h"

#define DETOUR_NEIGHBOURS_MAX 5

/* Adds `detours` to content: [{words, count, href}], the ones that change least first, and `has_detours`. None for a list that
 * has something, or when a page further on is asked for. */
int detour_add(const asking_t *asking, json_t *content, err_t *err);

/* One more: without the parameter of that name there are `count` records. words is copied. */
void detour_offer(const asking_t *asking, const char *words, const char *name, int64_t count,
                  json_t *content);

#endif
