/* aid - a public aid in plain words: how much, until when, is it still there. */
#ifndef NODE_PORTAL_PAGES_AID_H
#define NODE_PORTAL_PAGES_AID_H

#include "node/portal/site.h"

/* Adds to content, each "" or false when nothing is known: amount, dates, ended, suspended, future, operator,
 * source_name, checked ("vérifiée le 12 mars 2026"). */
void aid_add(json_t *content, const json_t *body, int64_t now_ms);

/* Can companies of this department have it? Yes where the aid does not say, or names the department, its region,
 * the country or the Union; yes to anything when the department is "". */
bool aid_is_here(const json_t *body, const char *department);

/* "France", "Loire (42), Rhône (69)…" */
void aid_where(text_t *out, const geo_t *geo, const json_t *body);

/* "25 millions d'euros", "40 000 €" */
void aid_money(text_t *out, int64_t euros);

/* "De 10 à 2 000 salariés", "Au moins 10 salariés", "Jusqu'à 50 salariés"; nothing when there is no limit. */
void aid_size(text_t *out, const json_t *body);

#endif
