/* surroundings - what the page of a provider or an actor leads on to: what is near, and aids that pay for it. */
#ifndef NODE_PORTAL_PAGES_SURROUNDINGS_H
#define NODE_PORTAL_PAGES_SURROUNDINGS_H

#include "node/portal/pages/sheet.h"

/* Adds to content, each {list: path, cards: rows} and only where there is something: `aids` that the offers name, `neighbours` of
 * the same kind and `events` to come, both with their distance. */
int surroundings_add(json_t *content, const sheet_t *sheet, err_t *err);

#endif
