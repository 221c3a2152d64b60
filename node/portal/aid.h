/* aid - a public aid in plain words: how much, until when, is it still there. */
#ifndef NODE_PORTAL_AID_H
#define NODE_PORTAL_AID_H

#include "node/portal/site.h"

/* Adds to content, each "" or false when nothing is known: amount, dates, ended, suspended, future, operator,
 * source_name, checked. */
void aid_add(json_t *content, const json_t *body, int64_t now_ms);

/* "25 millions d'euros", "40 000 €" */
void aid_money(text_t *out, int64_t euros);

/* "De 10 à 2 000 salariés", "Au moins 10 salariés", "Jusqu'à 50 salariés"; nothing when there is no limit. */
void aid_size(text_t *out, const json_t *body);

#endif
