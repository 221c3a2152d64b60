/* lookup - from the words of an address to what they name. */
#ifndef NODE_PORTAL_LISTS_LOOKUP_H
#define NODE_PORTAL_LISTS_LOOKUP_H

#include "node/store/catalogue.h"

/* The kind whose pages are below that path, or NULL. */
const kind_t *lookup_path(const schema_t *schema, const char *path);

/* As catalogue_find, for words that came from outside: 0 when hub or id is none. */
int lookup_record(catalogue_t *catalogue, const kind_t *kind, const char *hub, const char *id,
                  entry_t *entry, err_t *err);

#endif
