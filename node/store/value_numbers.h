/* value_numbers - the number of each (kind, field, code) in the tables, so that facets are integers.
 *
 * Numbers that were asked for once are kept in memory, since nearly all are asked for again. What a
 * rolled back transaction had added is forgotten with it: this takes the connection's rollback hook,
 * so nobody may ROLLBACK TO a savepoint. Belongs to the thread of the store's one writer. */
#ifndef NODE_STORE_VALUE_NUMBERS_H
#define NODE_STORE_VALUE_NUMBERS_H

#include "broker/base/database.h"
#include "node/store/outline.h"

#include <stdint.h>

typedef struct values {
    uint32_t list[OUTLINE_CODES_MAX]; /* ascending, each once */
    size_t count;
} values_t;

typedef struct value_numbers value_numbers_t;
value_numbers_t *value_numbers_new(sqlite3 *db, err_t *err); /* borrows db */
void value_numbers_destroy(value_numbers_t **self_p);

/* In a transaction: the numbers of the outline's codes; new ones are added to the table. */
int value_numbers_find(value_numbers_t *self, int64_t kind, const outline_t *outline,
                       values_t *values, err_t *err);

#endif
