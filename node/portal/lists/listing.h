/* listing - the question that a list's address asks: words, filters, a place to go on. */
#ifndef NODE_PORTAL_LISTS_LISTING_H
#define NODE_PORTAL_LISTS_LISTING_H

#include "node/portal/http/request.h"
#include "node/portal/words/format.h"
#include "node/store/catalogue.h"

/* Fills *query, which borrows from kind and request. A parameter is q, after, hub or a facet;
 * repeated means any of them; `pres` and `rayon` are near.h's, `exact` is asking.h's,
 * `etat` sifting.h's. For a program (limit NULL: `limit` is a parameter, 50 by default)
 * an unknown or twice given one is ERR_REJECT with a French sentence; a person's address may
 * carry anything a mailing or a search engine added, so for a page (*limit records) unknown
 * names and empty values are passed over. */
int listing_read(const request_t *request, const kind_t *kind, const size_t *limit, query_t *query,
                 err_t *err);

/* Appends the address of the same list at its beginning, with one change: without the parameters of that name, or only
 * without the one of that value (value NULL: all); then with `name=instead`, when instead is not NULL. */
void listing_address(const request_t *request, const char *name, const char *value,
                     const char *instead, text_t *out);

/* Leaves out the days before today, where records are ordered by when they happen. query borrows
 * today. */
void listing_skip_past(query_t *query, int64_t now_ms, char today[FORMAT_DAY_START_SIZE]);

/* "12 histoires": how many records of a kind, in the word that its pages have for one. Appends. */
void listing_count(const kind_t *kind, int64_t count, text_t *out);

/* Is this code among the chosen ones of a field? */
bool listing_chosen(const query_t *query, const char *field, const char *code);

#endif
