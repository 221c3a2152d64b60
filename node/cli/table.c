#include "node/cli/table.h"

#include <assert.h>
#include <libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct table {
    const char *const *names;
    size_t columns;
    unsigned cut; /* a bit for each column that may be cut */
    char **cells; /* row by row */
    size_t count;
};

table_t *table_new(const char *const *names)
{
    table_t *self = calloc(1, sizeof *self);
    assert(self);
    self->names = names;
    while (names[self->columns])
        self->columns++;
    return self;
}

void table_destroy(table_t **self_p)
{
    table_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++)
        free(self->cells[i]);
    free(self->cells);
    free(self);
    *self_p = NULL;
}

void table_cut(table_t *self, const char *name)
{
    for (size_t i = 0; i < self->columns; i++)
        if (strcmp(self->names[i], name) == 0)
            self->cut |= 1u << i;
}

void table_add(table_t *self, const char *cell)
{
    if ((self->count & (self->count - 1)) == 0) {
        self->cells =
            realloc(self->cells, (self->count ? 2 * self->count : 1) * sizeof *self->cells);
        assert(self->cells);
    }
    char *copy = strdup(cell ? cell : "");
    assert(copy);
    for (char *at = copy; *at; at++)
        if ((unsigned char)*at < ' ')
            *at = ' ';
    self->cells[self->count++] = copy;
}

void table_add_number(table_t *self, unsigned long long number)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", number);
    table_add(self, text);
}

static void print_tabs(const table_t *self)
{
    for (size_t i = 0; i < self->columns; i++)
        printf("%s%s", i ? "\t" : "", self->names[i]);
    for (size_t i = 0; i < self->count; i++)
        printf("%s%s", i % self->columns ? "\t" : "\n", self->cells[i]);
    putchar('\n');
}

static void print_aligned(const table_t *self)
{
    struct libscols_table *table = scols_new_table();
    assert(table);
    for (size_t i = 0; i < self->columns; i++)
        scols_table_new_column(table, self->names[i], 0, self->cut & 1u << i ? SCOLS_FL_TRUNC : 0);
    struct libscols_line *line = NULL;
    for (size_t i = 0; i < self->count; i++) {
        if (i % self->columns == 0)
            line = scols_table_new_line(table, NULL);
        scols_line_set_data(line, i % self->columns, self->cells[i]);
    }
    scols_print_table(table);
    scols_unref_table(table);
}

void table_print(const table_t *self)
{
    assert(self->count % self->columns == 0);
    if (isatty(STDOUT_FILENO))
        print_aligned(self);
    else
        print_tabs(self);
}
