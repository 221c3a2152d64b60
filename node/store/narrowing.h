/* narrowing - how many of some records have each value, counted one by one.
 *
 * Belongs to the catalogue's thread. */
#ifndef NODE_STORE_NARROWING_H
#define NODE_STORE_NARROWING_H

#include "node/store/catalogue.h"
#include "node/store/record_set.h"

#include <sqlite3.h>

typedef struct narrowing narrowing_t;
narrowing_t *narrowing_new(sqlite3 *db, err_t *err); /* borrows db */
void narrowing_destroy(narrowing_t **self_p);

/* Within a read transaction: adds the values of one field, or, field NULL, of all that the query does not filter by. */
int narrowing_count(narrowing_t *self, const record_set_t *records, const query_t *query,
                    const char *field, tallies_t *tallies, err_t *err);

/* Makes room for one more tally and gives it, all zero. */
tally_t *tallies_add(tallies_t *tallies);

#endif
