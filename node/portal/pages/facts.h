/* facts - what a provider says of itself, in plain words: prices, labels, sovereignty.
 *
 * What is not said is never shown as a no. Bodies come from anywhere: what does not fit is left out. */
#ifndef NODE_PORTAL_PAGES_FACTS_H
#define NODE_PORTAL_PAGES_FACTS_H

#include "node/portal/site.h"

/* Appends "gratuit", "sur devis", "à partir de 600 € par jour", "de 600 à 900 €"; nothing for what is no price. */
void facts_price(text_t *out, const json_t *price);

/* Gives [{name, since, until, expired, proof}] of the list `labels`; proof is a harmless link or "". today: a text that lies
 * between yesterday's date and today's (format_day_start). */
json_t *facts_labels(const site_t *site, const kind_t *kind, const json_t *body, const char *today);

/* Gives {sentences: [text], missing, attested, from, to, over} of the map `souverainete`; JSON null when it says nothing.
 * missing: what it leaves open, "" when nothing. */
json_t *facts_sovereignty(const site_t *site, const kind_t *kind, const json_t *body,
                          const char *today);

#endif
