/* crossing - how many records have a value of one facet and a value of another, for each pair of them.
 *
 * Belongs to the catalogue's thread. */
#ifndef NODE_STORE_CROSSING_H
#define NODE_STORE_CROSSING_H

#include "node/store/catalogue.h"

#include <sqlite3.h>

/* Within a read transaction: what catalogue_cross promises. */
int crossing_count(sqlite3 *db, const char *kind, const filter_t *rows, const filter_t *columns,
                   int64_t *counts, err_t *err);

#endif
