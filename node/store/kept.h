/* kept - the counts that are kept of a kind, added up over all hubs, in memory while the store is the same.
 *
 * Every list page shows them. A country's places lie in 35,000 communes, each of them a value with a count, and nobody
 * chooses from so many: they are counted, but their names are not read. Belongs to the catalogue's thread. */
#ifndef NODE_STORE_KEPT_H
#define NODE_STORE_KEPT_H

#include "node/store/catalogue.h"

#include <sqlite3.h>

typedef struct kept kept_t;
kept_t *kept_new(sqlite3 *db, err_t *err); /* borrows db */
void kept_destroy(kept_t **self_p);

/* Within a read transaction of this version of the store: adds what catalogue_kept promises. */
int kept_tallies(kept_t *self, uint64_t version, const query_t *query, tallies_t *tallies,
                 err_t *err);

#endif
