/* home - the parts of a home page, each a JSON value for its template; NULL when there is nothing to say. */
#ifndef NODE_PORTAL_PAGES_HOME_H
#define NODE_PORTAL_PAGES_HOME_H

#include "node/portal/site.h"

/* [{href, icon, label}]: everyday trouble, and the answers to it. */
json_t *home_irritants(const site_t *site);

/* Three stories of use, another choice each day: two that went well and one that did not, as far as
 * there are such. Sets *rows, which is given: view_row's. */
int home_stories(site_t *site, json_t **rows, err_t *err);

/* The next event that is not cancelled, a view_row; *row is given and may become NULL. */
int home_event(site_t *site, json_t **row, err_t *err);

/* How many companies use AI here: {value, who, where, source, when, sizes: [{href, label, chosen}]} for
 * the asked size of company; *figure is given and may become NULL. */
int home_figure(site_t *site, const char *size, json_t **figure, err_t *err);

#endif
