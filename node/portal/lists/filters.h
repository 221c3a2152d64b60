/* filters - what a list can be narrowed by, with how many records each choice leaves, and what it is narrowed by now.
 *
 * The fields of the kind that are facets, in the order and words that suit who looks for help; a list with a page of its own
 * offers only those that the page is about. A choice that would leave nothing is not offered. Not knowing a yes or no is
 * neither: how many records do not say is said. */
#ifndef NODE_PORTAL_LISTS_FILTERS_H
#define NODE_PORTAL_LISTS_FILTERS_H

#include "node/portal/lists/asking.h"

/* Adds to content what templates/list_form.mustache shows: `facets` [{legend, choices: [{name, code, choice, count, chosen}],
 * open, cut, unknown, whole}], and `chips`: each condition of the list with the address of the list without it. The numbers are
 * those of this list when the query asked for them (`narrowed`) and they are few enough to count, else those of the whole
 * kind: `counted` says which, and `whole` of a facet that is not as the others are. */
int filters_add(const asking_t *asking, json_t *content, err_t *err);

/* One more facet, before the others, or one more chip, of a filter that is no field: [{code, choice, count, chosen}]. Takes
 * choices and label. */
void filters_add_facet(json_t *content, const char *legend, const char *name, json_t *choices);
void filters_add_chip(json_t *content, const request_t *request, const char *name,
                      const char *value, text_t *label);

/* How people call a facet: "Secteur". Appends. */
void filters_legend(const kind_t *kind, const char *path, const char *label, text_t *out);

/* Appends what is chosen by a facet's code, or by the id of a hub. */
void filters_choice(const site_t *site, const kind_t *kind, const char *path, const char *code,
                    text_t *out);

#endif
