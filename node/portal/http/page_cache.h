/* page_cache - answers kept as long as nothing that they were made of has changed.
 *
 * Every answer of one state of the store is dropped when another state is named: nothing stale can be
 * found. Within a state the least recently used go first, so that addresses nobody repeats (a crawler
 * of filters) cost memory only up to the maximum. Belongs to one thread. */
#ifndef NODE_PORTAL_HTTP_PAGE_CACHE_H
#define NODE_PORTAL_HTTP_PAGE_CACHE_H

#include "node/portal/http/response.h"

#include <stdbool.h>

typedef struct page_cache page_cache_t;

/* max_size: bytes of all answers kept, with their keys and headers. */
page_cache_t *page_cache_new(size_t max_size);
void page_cache_destroy(page_cache_t **self_p);

/* The state of the store that what follows is about; another one than before drops everything. */
void page_cache_state(page_cache_t *self, uint64_t state);

/* Copies the answer kept under the key into an initialised response; false when there is none. */
bool page_cache_find(page_cache_t *self, const char *key, response_t *response);

/* Copies type, cache, body, headers and status. An answer larger than a quarter of the maximum is not
 * kept; one already kept under the key is replaced. */
void page_cache_keep(page_cache_t *self, const char *key, const response_t *response);

size_t page_cache_size(const page_cache_t *self);  /* bytes */
size_t page_cache_count(const page_cache_t *self); /* answers */

#endif
