/* A country's places have tens of thousands of values. The store gives those of a stream by their numbers; its sorter would
 * take four times as long as all the rest to put them in the order of their names, so that is done here. */
#include "node/store/catalogue_inside.h"
#include "node/store/narrowing.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char COUNTS[] = "SELECT s.hub, s.kind, v.field, v.code, c.n FROM stream s"
                             " CROSS JOIN count c ON c.stream = s.stream"
                             " JOIN value v ON v.value = c.value"
                             " WHERE c.n > 0 AND (?1 IS NULL OR s.hub=?1)"
                             " AND (?2 IS NULL OR s.kind=?2) AND (?3 IS NULL OR v.field=?3)"
                             " ORDER BY s.hub, s.kind";
/* Of field "": one row a stream, of the thousands that it may have. */
static const char RECORDS[] = "SELECT s.hub, s.kind, '', '', c.n FROM stream s"
                              " CROSS JOIN count c ON c.stream = s.stream AND c.value = 0"
                              " WHERE c.n > 0 AND (?1 IS NULL OR s.hub=?1)"
                              " AND (?2 IS NULL OR s.kind=?2) ORDER BY s.hub, s.kind";

typedef struct value {
    size_t field, code; /* where in the names */
    int64_t count;
} value_t;

/* The values of one stream. */
typedef struct gathered {
    char hub[NAME_SIZE], kind[NAME_SIZE];
    text_t names; /* each ended by its NUL */
    value_t *values;
    size_t count, capacity;
    void (*visit)(void *context, const value_count_t *count);
    void *context;
} gathered_t;

static int by_name(const void *a, const void *b, void *names)
{
    const value_t *left = a, *right = b;
    const char *of = names;
    int order = left->field == right->field ? 0 : strcmp(of + left->field, of + right->field);
    return order ? order : strcmp(of + left->code, of + right->code);
}

/* Tells of the values in order, and forgets them. */
static void tell(gathered_t *self)
{
    const char *names = self->names.data;
    if (self->count)
        qsort_r(self->values, self->count, sizeof *self->values, by_name, self->names.data);
    for (size_t i = 0; i < self->count; i++) {
        const value_t *value = &self->values[i];
        self->visit(self->context, &(value_count_t){self->hub, self->kind, names + value->field,
                                                    names + value->code, value->count});
    }
    text_clear(&self->names);
    self->count = 0;
}

static size_t add_name(gathered_t *self, sqlite3_stmt *row, int column)
{
    size_t at = self->names.size;
    text_add(&self->names, sqlite3_column_text(row, column),
             (size_t)sqlite3_column_bytes(row, column) + 1);
    return at;
}

/* Values of one field often follow each other: its name is kept once for them. */
static size_t add_field(gathered_t *self, sqlite3_stmt *row)
{
    const char *field = (const char *)sqlite3_column_text(row, 2);
    size_t last = self->count ? self->values[self->count - 1].field : 0;
    bool same = self->count && !strcmp(self->names.data + last, field);
    return same ? last : add_name(self, row, 2);
}

static void add_value(gathered_t *self, sqlite3_stmt *row)
{
    if (self->count == self->capacity) {
        self->capacity = self->capacity ? 2 * self->capacity : 64;
        self->values = realloc(self->values, self->capacity * sizeof *self->values);
        assert(self->values);
    }
    size_t field = add_field(self, row), code = add_name(self, row, 3);
    self->values[self->count++] = (value_t){field, code, sqlite3_column_int64(row, 4)};
}

static void gather(gathered_t *self, sqlite3_stmt *row)
{
    const char *hub = (const char *)sqlite3_column_text(row, 0),
               *kind = (const char *)sqlite3_column_text(row, 1);
    if (strcmp(hub, self->hub) != 0 || strcmp(kind, self->kind) != 0) {
        tell(self);
        snprintf(self->hub, sizeof self->hub, "%s", hub);
        snprintf(self->kind, sizeof self->kind, "%s", kind);
    }
    add_value(self, row);
}

int catalogue_each_count(catalogue_t *self, const char *hub, const char *kind, const char *field,
                         void (*visit)(void *context, const value_count_t *count), void *context,
                         err_t *err)
{
    bool whole = field && !*field;
    sqlite3_stmt *counts = database_prepare(self->db, whole ? RECORDS : COUNTS, err);
    if (!counts)
        return -1;
    sqlite3_bind_text(counts, 1, hub, -1, SQLITE_STATIC);
    sqlite3_bind_text(counts, 2, kind, -1, SQLITE_STATIC);
    if (!whole)
        sqlite3_bind_text(counts, 3, field, -1, SQLITE_STATIC);
    gathered_t gathered = {.visit = visit, .context = context};
    text_init(&gathered.names, SIZE_MAX); /* the store has them all, so there is room */
    int step;
    while ((step = sqlite3_step(counts)) == SQLITE_ROW)
        gather(&gathered, counts);
    tell(&gathered);
    int rc = step == SQLITE_DONE ? 0 : database_failed(self->db, "read the counts", err);
    sqlite3_finalize(counts);
    text_free(&gathered.names);
    free(gathered.values);
    return rc;
}

static void add_tally(void *tallies, const value_count_t *count)
{
    tally_t *tally = tallies_add(tallies);
    snprintf(tally->hub, sizeof tally->hub, "%s", count->hub);
    snprintf(tally->kind, sizeof tally->kind, "%s", count->kind);
    snprintf(tally->field, sizeof tally->field, "%s", count->field);
    tally->code = strdup(count->code);
    assert(tally->code);
    tally->count = count->count;
}

int catalogue_counts(catalogue_t *self, const char *hub, const char *kind, const char *field,
                     tallies_t *tallies, err_t *err)
{
    *tallies = (tallies_t){0};
    int rc = catalogue_each_count(self, hub, kind, field, add_tally, tallies, err);
    if (rc)
        tallies_free(tallies);
    return rc;
}

void tallies_free(tallies_t *tallies)
{
    for (size_t i = 0; i < tallies->count; i++)
        free(tallies->list[i].code);
    free(tallies->list);
    *tallies = (tallies_t){0};
}
