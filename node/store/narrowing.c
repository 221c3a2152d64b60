/* Each record carries its value numbers, so a count is an array of them; only what was met is given its name. */
#include "node/store/narrowing.h"

#include "broker/base/database.h"

#include <assert.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX, STREAM_MAX, RECORD, VALUE, HUB, STATEMENTS };

static const char *const SQL[STATEMENTS] = {
    [VALUE_MAX] = "SELECT ifnull(max(value), 0) FROM value",
    [STREAM_MAX] = "SELECT ifnull(max(stream), 0) FROM stream",
    [RECORD] = "SELECT vals, stream FROM record WHERE record=?",
    [VALUE] = "SELECT field, code FROM value WHERE value=?",
    [HUB] = "SELECT 'hub', hub FROM stream WHERE stream=?",
};

struct narrowing {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
};

/* How often each number was met, of values or of streams. */
typedef struct numbers {
    uint32_t *met;
    int64_t max;
} numbers_t;

narrowing_t *narrowing_new(sqlite3 *db, err_t *err)
{
    narrowing_t *self = calloc(1, sizeof *self);
    assert(self);
    self->db = db;
    if (database_prepare_all(db, SQL, self->statements, STATEMENTS, err))
        narrowing_destroy(&self);
    return self;
}

void narrowing_destroy(narrowing_t **self_p)
{
    narrowing_t *self = *self_p;
    if (!self)
        return;
    database_finalize_all(self->statements, STATEMENTS);
    free(self);
    *self_p = NULL;
}

tally_t *tallies_add(tallies_t *tallies)
{
    /* Doubles at each power of two: the count alone tells when. */
    if ((tallies->count & (tallies->count - 1)) == 0) {
        size_t capacity = tallies->count ? 2 * tallies->count : 1;
        tallies->list = realloc(tallies->list, capacity * sizeof *tallies->list);
        assert(tallies->list);
    }
    tally_t *tally = &tallies->list[tallies->count++];
    *tally = (tally_t){0};
    return tally;
}

static int failed(const narrowing_t *self, err_t *err)
{
    return database_failed(self->db, "count the values of a list", err);
}

static int make_numbers(narrowing_t *self, int statement, numbers_t *numbers, err_t *err)
{
    sqlite3_stmt *asked = self->statements[statement];
    int rc = sqlite3_step(asked) == SQLITE_ROW ? 0 : failed(self, err);
    if (rc == 0) {
        numbers->max = sqlite3_column_int64(asked, 0);
        numbers->met = calloc((size_t)numbers->max + 1, sizeof *numbers->met);
        assert(numbers->met);
    }
    database_reset(asked);
    return rc;
}

static void meet(numbers_t *numbers, int64_t number)
{
    if (number >= 0 && number <= numbers->max)
        numbers->met[number]++;
}

static int meet_record(narrowing_t *self, int64_t record, numbers_t *values, numbers_t *streams,
                       err_t *err)
{
    sqlite3_stmt *find = self->statements[RECORD];
    sqlite3_bind_int64(find, 1, record);
    int step = sqlite3_step(find);
    if (step == SQLITE_ROW) {
        const uint8_t *bytes = sqlite3_column_blob(find, 0);
        int size = sqlite3_column_bytes(find, 0);
        for (int i = 0; i + 4 <= size; i += 4) {
            uint32_t packed;
            memcpy(&packed, bytes + i, sizeof packed);
            meet(values, le32toh(packed));
        }
        meet(streams, sqlite3_column_int64(find, 1));
    }
    int rc = step == SQLITE_ROW || step == SQLITE_DONE ? 0 : failed(self, err);
    database_reset(find);
    return rc;
}

static bool wanted(const query_t *query, const char *field, const char *of)
{
    if (field)
        return !strcmp(field, of);
    for (size_t i = 0; i < query->filter_count; i++)
        if (!strcmp(query->filters[i].field, of))
            return false;
    return true;
}

/* Names the numbers that were met and adds those of wanted fields. */
static int name_numbers(narrowing_t *self, int statement, const numbers_t *numbers,
                        const query_t *query, const char *field, tallies_t *tallies, err_t *err)
{
    sqlite3_stmt *name = self->statements[statement];
    int rc = 0;
    for (int64_t i = 0; rc == 0 && i <= numbers->max; i++) {
        if (!numbers->met[i])
            continue;
        sqlite3_bind_int64(name, 1, i);
        int step = sqlite3_step(name);
        const char *of = step == SQLITE_ROW ? (const char *)sqlite3_column_text(name, 0) : "";
        if (step == SQLITE_ROW && wanted(query, field, of)) {
            tally_t *tally = tallies_add(tallies);
            snprintf(tally->field, sizeof tally->field, "%s", of);
            tally->code = strdup((const char *)sqlite3_column_text(name, 1));
            assert(tally->code);
            tally->count = numbers->met[i];
        }
        rc = step == SQLITE_ROW || step == SQLITE_DONE ? 0 : failed(self, err);
        database_reset(name);
    }
    return rc;
}

int narrowing_count(narrowing_t *self, const record_set_t *records, const query_t *query,
                    const char *field, tallies_t *tallies, err_t *err)
{
    numbers_t values = {0}, streams = {0};
    int rc =
        make_numbers(self, VALUE_MAX, &values, err) || make_numbers(self, STREAM_MAX, &streams, err)
            ? -1
            : 0;
    for (int64_t at = 0; rc == 0 && (at = record_set_next(records, at)) >= 0; at++)
        rc = meet_record(self, at, &values, &streams, err);
    if (rc == 0)
        rc = name_numbers(self, VALUE, &values, query, field, tallies, err)
                     || name_numbers(self, HUB, &streams, query, field, tallies, err)
                 ? -1
                 : 0;
    free(values.met);
    free(streams.met);
    return rc;
}
