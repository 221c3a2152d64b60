/* table - rows for people or for programs: aligned on a terminal, else separated by tabs. */
#ifndef NODE_CLI_TABLE_H
#define NODE_CLI_TABLE_H

#include <stddef.h>

typedef struct table table_t;

/* Borrows the names, NULL-ended, for as long as it lives. */
table_t *table_new(const char *const *names);
void table_destroy(table_t **self_p);

/* Lets this column be cut on a narrow terminal; the others stay whole, so that an id can be copied. */
void table_cut(table_t *self, const char *name);

/* Copies one cell to the row in hand; the row ends with its last column. NULL is an empty cell. */
void table_add(table_t *self, const char *cell);
void table_add_number(table_t *self, unsigned long long number);

/* On a terminal libsmartcols aligns; elsewhere a header and rows of cells that a
 * tab separates, in which tabs and line ends are spaces. */
void table_print(const table_t *self);

#endif
