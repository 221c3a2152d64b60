/* offer - what a provider proposes, in plain words: what it is, what it costs, how long it takes. */
#ifndef NODE_PORTAL_PAGES_OFFER_H
#define NODE_PORTAL_PAGES_OFFER_H

#include "node/portal/site.h"

/* Adds to content `has_offers` and `offers`, [{name, sort, price, duration, way, about}], each text "" when it is not said;
 * an offer without a name is left out. */
void offer_add(json_t *content, const site_t *site, const kind_t *kind, const json_t *body);

#endif
