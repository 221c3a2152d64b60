/* vicinity - the records that lie around a place, by their own coordinates or by their commune's.
 *
 * Belongs to the catalogue's thread. */
#ifndef NODE_STORE_VICINITY_H
#define NODE_STORE_VICINITY_H

#include "node/store/catalogue.h"

#include <sqlite3.h>

typedef struct vicinity vicinity_t;
vicinity_t *vicinity_new(sqlite3 *db, err_t *err); /* borrows db */
void vicinity_destroy(vicinity_t **self_p);

/* Within a read transaction: calls visit for each record of the kind, by its number in the tables, within the
 * radius. */
int vicinity_find(vicinity_t *self, int64_t kind, const around_t *around,
                  void (*visit)(void *context, int64_t record, double metres), void *context,
                  err_t *err);

#endif
