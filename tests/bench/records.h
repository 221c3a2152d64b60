/* records - the providers that the bench writes: about 600 bytes, 8 facet values, searchable French.
 *
 * The same number and revision always give the same record. A revision changes what an animateur
 * changes: the description, the functions served and the date. All are marked as demonstration data. */
#ifndef TESTS_BENCH_RECORDS_H
#define TESTS_BENCH_RECORDS_H

#include "node/control.h"
#include "schemas/kind.h"

typedef struct records records_t;

/* Loads the shipped schemas. Ends the process when it cannot: nothing can be measured then. */
records_t *records_new(void);
void records_destroy(records_t **self_p);

json_t *record_json(uint32_t number, uint32_t revision); /* given */

/* count changes, one for each number from first on, in that revision; given: changes_free. */
change_t *records_changes(const records_t *self, uint32_t first, size_t count, uint32_t revision);
void changes_free(change_t **changes_p, size_t count);

#endif
