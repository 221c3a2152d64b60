/* filters - what a list can be narrowed by, with how many records each choice leaves, and what it is narrowed by now.
 *
 * The fields of the kind that are facets, in the order and words that suit who looks for help; of territories those that
 * people know, departments. A choice that would leave nothing is not offered. Not knowing a yes or no is neither: how many
 * records do not say is said. */
#ifndef NODE_PORTAL_LISTS_FILTERS_H
#define NODE_PORTAL_LISTS_FILTERS_H

#include "node/portal/lists/near.h"
#include "node/portal/site.h"

/* Adds to content `has_facets`, `facets`, `counted` (the numbers are those of this list, not of the whole), and `chips`: each
 * condition of the list with the address of the list without it. */
int filters_add(site_t *site, const request_t *request, const query_t *query, const near_t *near,
                const page_t *page, json_t *content, err_t *err);

/* How people call a facet: "Secteur". Appends. */
void filters_legend(const kind_t *kind, const char *path, const char *label, text_t *out);

/* Appends what is chosen by a facet's code, or by the id of a hub. */
void filters_choice(const site_t *site, const kind_t *kind, const char *path, const char *code,
                    text_t *out);

#endif
