/* The records of each row become a set; those of each column are then walked once, and asked which sets they are in. */
#include "node/store/crossing.h"

#include "broker/base/database.h"
#include "node/store/record_set.h"

static const char LAST[] = "SELECT ifnull(max(record), 0) FROM record";
static const char HAVING[] =
    "SELECT f.record FROM projected p CROSS JOIN value v ON v.kind = p.kind"
    " CROSS JOIN facet f ON f.value = v.value WHERE p.name=? AND v.field=? AND v.code=?";

typedef struct crossing {
    sqlite3 *db;
    const char *kind;
    sqlite3_stmt *having;
    int64_t last; /* record */
    record_set_t *sets[QUERY_CODES_MAX];
    size_t set_count;
} crossing_t;

static int read_last(crossing_t *self, err_t *err)
{
    sqlite3_stmt *last = database_prepare(self->db, LAST, err);
    if (!last)
        return -1;
    int rc =
        sqlite3_step(last) == SQLITE_ROW ? 0 : database_failed(self->db, "count the records", err);
    self->last = sqlite3_column_int64(last, 0);
    sqlite3_finalize(last);
    return rc;
}

/* Calls visit for each record that has the value, with its place among the filter's codes. */
static int each_having(crossing_t *self, const filter_t *filter, size_t place,
                       void (*visit)(crossing_t *self, size_t place, int64_t record, void *to),
                       void *to, err_t *err)
{
    int step;
    sqlite3_bind_text(self->having, 1, self->kind, -1, SQLITE_STATIC);
    sqlite3_bind_text(self->having, 2, filter->field, -1, SQLITE_STATIC);
    sqlite3_bind_text(self->having, 3, filter->codes[place], -1, SQLITE_STATIC);
    while ((step = sqlite3_step(self->having)) == SQLITE_ROW)
        visit(self, place, sqlite3_column_int64(self->having, 0), to);
    int rc = step == SQLITE_DONE ? 0 : database_failed(self->db, "count pairs of values", err);
    database_reset(self->having);
    return rc;
}

static void put_into_row(crossing_t *self, size_t row, int64_t record, void *to)
{
    (void)to;
    record_set_add(self->sets[row], record);
}

/* The counts of a column lie as far apart as there are columns. */
typedef struct column {
    int64_t *counts;
    size_t width;
} column_t;

static void count_in_rows(crossing_t *self, size_t column, int64_t record, void *to)
{
    const column_t *counted = to;
    for (size_t row = 0; row < self->set_count; row++)
        counted->counts[row * counted->width + column] += record_set_has(self->sets[row], record);
}

static int count_pairs(crossing_t *self, const filter_t *rows, const filter_t *columns,
                       int64_t *counts, err_t *err)
{
    column_t counted = {counts, columns->count};
    for (size_t i = 0; i < rows->count; i++) {
        self->sets[self->set_count++] = record_set_new(self->last);
        if (each_having(self, rows, i, put_into_row, NULL, err))
            return -1;
    }
    for (size_t i = 0; i < columns->count; i++)
        if (each_having(self, columns, i, count_in_rows, &counted, err))
            return -1;
    return 0;
}

int crossing_count(sqlite3 *db, const char *kind, const filter_t *rows, const filter_t *columns,
                   int64_t *counts, err_t *err)
{
    crossing_t self = {.db = db, .kind = kind, .having = database_prepare(db, HAVING, err)};
    int rc = !self.having || read_last(&self, err) || count_pairs(&self, rows, columns, counts, err)
                 ? -1
                 : 0;
    sqlite3_finalize(self.having);
    while (self.set_count)
        record_set_destroy(&self.sets[--self.set_count]);
    return rc;
}
