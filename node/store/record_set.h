/* record_set - some of a store's records, one bit each: filters are joined and crossed here, because
 * record numbers are small and dense, and SQLite would sort what a bit answers. */
#ifndef NODE_STORE_RECORD_SET_H
#define NODE_STORE_RECORD_SET_H

#include <stdbool.h>
#include <stdint.h>

typedef struct record_set record_set_t;

/* Empty, for record numbers up to and with max (at least 0). */
record_set_t *record_set_new(int64_t max);
record_set_t *record_set_copy(const record_set_t *self);
void record_set_destroy(record_set_t **self_p);

/* Numbers outside 0..max are left out. */
void record_set_add(record_set_t *self, int64_t record);
bool record_set_has(const record_set_t *self, int64_t record);
/* Keeps what is also in the other, which has the same max. */
void record_set_keep(record_set_t *self, const record_set_t *other);
int64_t record_set_count(const record_set_t *self);
/* The first one at or after `from`; -1 when there is none. */
int64_t record_set_next(const record_set_t *self, int64_t from);

#endif
