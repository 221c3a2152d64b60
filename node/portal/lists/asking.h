/* asking - a list that words were typed for: when they find nothing, it is what they may have meant.
 *
 * The page says so and leads back: with `exact=oui` in its address the words are taken as they were typed. */
#ifndef NODE_PORTAL_LISTS_ASKING_H
#define NODE_PORTAL_LISTS_ASKING_H

#include "node/portal/site.h"

#define ASKING_EXACT "exact"

typedef struct asking {
    char *instead; /* the words that were searched; NULL: those that were typed */
} asking_t;

/* As catalogue_list. Call asking_free either way. */
int asking_list(site_t *site, const request_t *request, const query_t *query, page_t *page,
                asking_t *self, err_t *err);
void asking_free(asking_t *self);

/* Adds to content what templates/meant.mustache shows: `meant`, {typed, words, literal}, or null. */
void asking_add(const asking_t *self, const request_t *request, const char *typed, json_t *content);

/* What leads to the same search with the words as they were typed. */
void asking_literal(const request_t *request, text_t *href);

#endif
