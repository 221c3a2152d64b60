/* happening - an event in the words of an agenda: what its list, its page and its poster have in common. */
#ifndef NODE_PORTAL_PAGES_HAPPENING_H
#define NODE_PORTAL_PAGES_HAPPENING_H

#include "node/portal/site.h"

/* Adds what an event's record says of itself, each "" or false when it says nothing: marks [{mark,
 * words}], marked, cancelled, full, motif, mode, mode_told (only where a town does not say it), town, price,
 * seats, ics. */
void happening_add(json_t *content, const site_t *site, const kind_t *kind, const entry_t *entry,
                   const json_t *body);

/* "Roanne (42)", "En ligne", or "" */
json_t *happening_town(const site_t *site, const json_t *body);

#endif
