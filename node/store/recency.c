#include "node/store/recency.h"

#include "broker/base/database.h"
#include "schemas/item.h"

#include <assert.h>
#include <stdlib.h>

enum { STREAMS, RECORDS, STATEMENTS };

static const char *const SQL[STATEMENTS] = {
    [STREAMS] = "SELECT stream FROM stream WHERE kind=?",
    [RECORDS] = "SELECT r.record, i.bytes FROM item i JOIN record r"
                " ON r.stream = i.stream AND r.id = i.id"
                " WHERE i.stream=? AND chosen(r.record) ORDER BY i.seq DESC",
};

struct recency {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
};

recency_t *recency_new(sqlite3 *db, err_t *err)
{
    recency_t *self = calloc(1, sizeof *self);
    assert(self);
    self->db = db;
    if (database_prepare_all(db, SQL, self->statements, STATEMENTS, err))
        recency_destroy(&self);
    return self;
}

void recency_destroy(recency_t **self_p)
{
    recency_t *self = *self_p;
    if (!self)
        return;
    database_finalize_all(self->statements, STATEMENTS);
    free(self);
    *self_p = NULL;
}

/* When the item in the second column changed; 0 when it cannot be read. */
static int64_t moment_of(sqlite3_stmt *row)
{
    item_t item;
    err_t unreadable; /* such a record is listed, as the oldest */
    const void *bytes = sqlite3_column_blob(row, 1);
    size_t size = (size_t)sqlite3_column_bytes(row, 1);
    return item_decode(&item, bytes, size, &unreadable) ? 0 : item.ts_ms;
}

static int find_in_stream(recency_t *self, int64_t stream,
                          bool (*visit)(void *context, int64_t record, int64_t unix_ms),
                          void *context, err_t *err)
{
    sqlite3_stmt *rows = self->statements[RECORDS];
    int64_t newest = INT64_MAX;
    int step;
    sqlite3_bind_int64(rows, 1, stream);
    while ((step = sqlite3_step(rows)) == SQLITE_ROW) {
        int64_t moment = moment_of(rows);
        newest = moment < newest ? moment : newest;
        if (!visit(context, sqlite3_column_int64(rows, 0), newest))
            break;
    }
    int rc = step == SQLITE_ROW || step == SQLITE_DONE
                 ? 0
                 : database_failed(self->db, "read what changed last", err);
    database_reset(rows);
    return rc;
}

int recency_find(recency_t *self, const char *kind,
                 bool (*visit)(void *context, int64_t record, int64_t unix_ms), void *context,
                 err_t *err)
{
    sqlite3_stmt *streams = self->statements[STREAMS];
    int step, rc = 0;
    sqlite3_bind_text(streams, 1, kind, -1, SQLITE_STATIC);
    while (rc == 0 && (step = sqlite3_step(streams)) == SQLITE_ROW)
        rc = find_in_stream(self, sqlite3_column_int64(streams, 0), visit, context, err);
    if (rc == 0 && step != SQLITE_DONE)
        rc = database_failed(self->db, "read what changed last", err);
    database_reset(streams);
    return rc;
}
