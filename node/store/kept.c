/* Counts are added up in an array by the numbers of their values; names are kept apart, ordered, since a value's number
 * and name never change and only new ones are to be read. */
#include "node/store/kept.h"

#include "broker/base/database.h"
#include "node/store/narrowing.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMUNE "COM-"

enum { KIND, NEWEST, NAMES, COUNTS, HUBS, VALUE, STATEMENTS };

/* Names are walked by number (+kind), from the first that is new. */
static const char *const SQL[STATEMENTS] = {
    [KIND] = "SELECT kind FROM projected WHERE name=?",
    [NEWEST] = "SELECT ifnull(max(value), 0) FROM value",
    [NAMES] = "SELECT value, field, code FROM value"
              " WHERE value > ? AND +kind = ? AND code NOT GLOB '" COMMUNE "*'",
    [COUNTS] = "SELECT c.value, c.n FROM stream s CROSS JOIN count c ON c.stream = s.stream"
               " WHERE s.kind=?",
    [HUBS] = "SELECT s.hub, c.n FROM stream s CROSS JOIN count c ON c.stream = s.stream"
             " WHERE s.kind=? AND c.value = 0 AND c.n > 0 ORDER BY s.hub",
    [VALUE] = "SELECT value FROM value WHERE kind=? AND field=? AND code=?",
};

typedef struct name {
    char *field, *code; /* ours */
    int64_t value;
} name_t;

/* What is known of one kind. */
typedef struct shelf {
    char kind[NAME_SIZE];
    int64_t number;   /* of the kind in the tables; 0: not there yet */
    uint64_t version; /* of the store, when its counts were read */
    int64_t newest;   /* value: all up to it have been read */
    name_t *names;    /* by field and code */
    size_t name_count;
    int64_t *counts; /* by value, up to newest */
} shelf_t;

struct kept {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    shelf_t *shelves; /* one for each kind that was asked about */
    size_t shelf_count;
};

kept_t *kept_new(sqlite3 *db, err_t *err)
{
    kept_t *self = calloc(1, sizeof *self);
    assert(self);
    self->db = db;
    if (database_prepare_all(db, SQL, self->statements, STATEMENTS, err))
        kept_destroy(&self);
    return self;
}

static void clear_shelf(shelf_t *shelf)
{
    for (size_t i = 0; i < shelf->name_count; i++) {
        free(shelf->names[i].field);
        free(shelf->names[i].code);
    }
    free(shelf->names);
    free(shelf->counts);
    shelf->names = NULL;
    shelf->counts = NULL;
    shelf->name_count = 0;
    shelf->newest = 0;
}

void kept_destroy(kept_t **self_p)
{
    kept_t *self = *self_p;
    if (!self)
        return;
    database_finalize_all(self->statements, STATEMENTS);
    for (size_t i = 0; i < self->shelf_count; i++)
        clear_shelf(&self->shelves[i]);
    free(self->shelves);
    free(self);
    *self_p = NULL;
}

static int failed(const kept_t *self, err_t *err)
{
    return database_failed(self->db, "read the counts", err);
}

static char *copy_text(sqlite3_stmt *row, int column)
{
    char *copy = strdup((const char *)sqlite3_column_text(row, column));
    assert(copy);
    return copy;
}

/* The number a bound statement answers; 0 when it answers nothing. */
static int ask(kept_t *self, int statement, int64_t *number, err_t *err)
{
    sqlite3_stmt *asked = self->statements[statement];
    int step = sqlite3_step(asked);
    int rc = step == SQLITE_ROW || step == SQLITE_DONE ? 0 : failed(self, err);
    *number = step == SQLITE_ROW ? sqlite3_column_int64(asked, 0) : 0;
    database_reset(asked);
    return rc;
}

static int ended(kept_t *self, int statement, int step, err_t *err)
{
    int rc = step == SQLITE_DONE ? 0 : failed(self, err);
    database_reset(self->statements[statement]);
    return rc;
}

/* --- one kind's shelf --- */

static int compare_names(const void *a, const void *b)
{
    const name_t *left = a, *right = b;
    int order = strcmp(left->field, right->field);
    return order ? order : strcmp(left->code, right->code);
}

static void add_name(shelf_t *shelf, sqlite3_stmt *row)
{
    shelf->names = realloc(shelf->names, (shelf->name_count + 1) * sizeof *shelf->names);
    assert(shelf->names);
    shelf->names[shelf->name_count++] =
        (name_t){copy_text(row, 1), copy_text(row, 2), sqlite3_column_int64(row, 0)};
}

static int read_names(kept_t *self, shelf_t *shelf, int64_t newest, err_t *err)
{
    sqlite3_stmt *names = self->statements[NAMES];
    size_t known = shelf->name_count;
    int step;
    sqlite3_bind_int64(names, 1, shelf->newest);
    sqlite3_bind_int64(names, 2, shelf->number);
    while ((step = sqlite3_step(names)) == SQLITE_ROW)
        add_name(shelf, names);
    if (shelf->name_count > known)
        qsort(shelf->names, shelf->name_count, sizeof *shelf->names, compare_names);
    if (step == SQLITE_DONE)
        shelf->newest = newest;
    return ended(self, NAMES, step, err);
}

static int read_counts(kept_t *self, shelf_t *shelf, err_t *err)
{
    sqlite3_stmt *counts = self->statements[COUNTS];
    int step;
    free(shelf->counts);
    shelf->counts = calloc((size_t)shelf->newest + 1, sizeof *shelf->counts);
    assert(shelf->counts);
    sqlite3_bind_text(counts, 1, shelf->kind, -1, SQLITE_STATIC);
    while ((step = sqlite3_step(counts)) == SQLITE_ROW) {
        int64_t value = sqlite3_column_int64(counts, 0);
        if (value >= 0 && value <= shelf->newest)
            shelf->counts[value] += sqlite3_column_int64(counts, 1);
    }
    return ended(self, COUNTS, step, err);
}

static shelf_t *find_shelf(kept_t *self, const char *kind)
{
    for (size_t i = 0; i < self->shelf_count; i++)
        if (!strcmp(self->shelves[i].kind, kind))
            return &self->shelves[i];
    self->shelves = realloc(self->shelves, (self->shelf_count + 1) * sizeof *self->shelves);
    assert(self->shelves);
    shelf_t *shelf = &self->shelves[self->shelf_count++];
    *shelf = (shelf_t){0};
    snprintf(shelf->kind, sizeof shelf->kind, "%s", kind);
    return shelf;
}

static int refresh(kept_t *self, shelf_t *shelf, uint64_t version, err_t *err)
{
    int64_t newest;
    if (shelf->counts && shelf->version == version)
        return 0;
    sqlite3_bind_text(self->statements[KIND], 1, shelf->kind, -1, SQLITE_STATIC);
    if (ask(self, KIND, &shelf->number, err) || ask(self, NEWEST, &newest, err)
        || (newest > shelf->newest && read_names(self, shelf, newest, err))
        || read_counts(self, shelf, err)) {
        clear_shelf(shelf); /* half of it may have been read */
        return -1;
    }
    shelf->version = version;
    return 0;
}

/* --- what is told of it --- */

static void add_tally(tallies_t *tallies, const shelf_t *shelf, const char *field, const char *code,
                      int64_t count)
{
    if (!count)
        return;
    tally_t *tally = tallies_add(tallies);
    snprintf(tally->kind, sizeof tally->kind, "%s", shelf->kind);
    snprintf(tally->field, sizeof tally->field, "%s", field);
    tally->code = strdup(code);
    assert(tally->code);
    tally->count = count;
}

static int add_hubs(kept_t *self, const shelf_t *shelf, tallies_t *tallies, err_t *err)
{
    sqlite3_stmt *hubs = self->statements[HUBS];
    int step;
    sqlite3_bind_text(hubs, 1, shelf->kind, -1, SQLITE_STATIC);
    while ((step = sqlite3_step(hubs)) == SQLITE_ROW) {
        add_tally(tallies, shelf, "", "", sqlite3_column_int64(hubs, 1));
        tally_t *tally = &tallies->list[tallies->count - 1];
        snprintf(tally->hub, sizeof tally->hub, "%s", (const char *)sqlite3_column_text(hubs, 0));
    }
    return ended(self, HUBS, step, err);
}

static int add_commune(kept_t *self, const shelf_t *shelf, const char *field, const char *code,
                       tallies_t *tallies, err_t *err)
{
    int64_t value;
    sqlite3_bind_int64(self->statements[VALUE], 1, shelf->number);
    sqlite3_bind_text(self->statements[VALUE], 2, field, -1, SQLITE_STATIC);
    sqlite3_bind_text(self->statements[VALUE], 3, code, -1, SQLITE_STATIC);
    if (ask(self, VALUE, &value, err))
        return -1;
    if (value && value <= shelf->newest)
        add_tally(tallies, shelf, field, code, shelf->counts[value]);
    return 0;
}

/* The communes that the query filters by. */
static int add_communes(kept_t *self, const shelf_t *shelf, const query_t *query,
                        tallies_t *tallies, err_t *err)
{
    for (size_t i = 0; i < query->filter_count; i++)
        for (size_t j = 0; j < query->filters[i].count; j++) {
            const filter_t *filter = &query->filters[i];
            if (!strncmp(filter->codes[j], COMMUNE, strlen(COMMUNE))
                && add_commune(self, shelf, filter->field, filter->codes[j], tallies, err))
                return -1;
        }
    return 0;
}

int kept_tallies(kept_t *self, uint64_t version, const query_t *query, tallies_t *tallies,
                 err_t *err)
{
    shelf_t *shelf = find_shelf(self, query->kind->name);
    if (refresh(self, shelf, version, err) || add_hubs(self, shelf, tallies, err))
        return -1;
    for (size_t i = 0; i < shelf->name_count; i++)
        add_tally(tallies, shelf, shelf->names[i].field, shelf->names[i].code,
                  shelf->counts[shelf->names[i].value]);
    return add_communes(self, shelf, query, tallies, err);
}
