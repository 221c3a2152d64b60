/* The items are projected again in memory, record by record, and compared with the rows; then the
 * tables are compared with each other. Nothing here is shared with the code that writes the rows but
 * the reading of bodies. */
#include "node/store/projection.h"

#include "node/store/outline.h"

#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS, RECORD, VALUES, RECORDS, PAIRS, COUNTS, STRAYS, STATEMENTS };

static const char *const SQL[STATEMENTS] = {
    [ITEMS] = "SELECT s.stream, i.bytes FROM stream s JOIN item i ON i.stream = s.stream"
              " ORDER BY s.stream",
    [RECORD] = "SELECT r.record, r.title, r.sort, r.vals, l.lat, l.lon, l.commune FROM record r"
               " JOIN projected p ON p.kind = r.kind"
               " LEFT JOIN place l ON l.record = r.record AND l.kind = r.kind WHERE r.stream=? AND "
               "r.id=? AND p.name=?",
    /* The values of a record as the facets have them, in the order of the outline's codes. */
    [VALUES] = "SELECT v.value FROM value v JOIN facet f ON f.value = v.value"
               " WHERE v.kind = (SELECT kind FROM record WHERE record = ?1)"
               " AND v.field=?2 AND v.code=?3 AND f.record=?1",
    [RECORDS] = "SELECT count(*) FROM record",
    /* Rows of facet, less those that records have by their own account. */
    [PAIRS] = "SELECT abs((SELECT count(*) FROM facet)"
              " - (SELECT ifnull(sum(length(vals)) / 4, 0) FROM record))",
    [COUNTS] = "WITH again(stream, value, n) AS ("
               "  SELECT r.stream, f.value, count(*) FROM facet f JOIN record r"
               "    ON r.record = f.record GROUP BY 1, 2"
               "  UNION ALL SELECT stream, 0, count(*) FROM record GROUP BY 1),"
               " kept(stream, value, n) AS (SELECT * FROM count WHERE n <> 0)"
               " SELECT (SELECT count(*) FROM (SELECT * FROM again EXCEPT SELECT * FROM kept))"
               " + (SELECT count(*) FROM (SELECT * FROM kept EXCEPT SELECT * FROM again))",
    [STRAYS] = "SELECT count(*) FROM place WHERE record NOT IN (SELECT record FROM record)",
};

typedef struct verification {
    sqlite3 *db;
    const schema_t *schema;
    sqlite3_stmt *statements[STATEMENTS];
    outliner_t **outliners; /* one per kind of the schema */
    size_t live;            /* records there should be */
    size_t differences;
} verification_t;

static int failed(verification_t *self, err_t *err)
{
    return database_failed(self->db, "verify the projections", err);
}

static int ask(verification_t *self, int statement, size_t *number, err_t *err)
{
    sqlite3_stmt *asked = self->statements[statement];
    int rc = sqlite3_step(asked) == SQLITE_ROW ? 0 : failed(self, err);
    if (rc == 0)
        *number = (size_t)sqlite3_column_int64(asked, 0);
    database_reset(asked);
    return rc;
}

static outliner_t *find_outliner(verification_t *self, const char *kind)
{
    for (size_t i = 0; i < schema_kind_count(self->schema); i++)
        if (strcmp(schema_kind_at(self->schema, i)->name, kind) == 0)
            return self->outliners[i];
    return NULL;
}

static bool is_packed(sqlite3_stmt *record, uint32_t value)
{
    const uint8_t *bytes = sqlite3_column_blob(record, 3);
    int size = sqlite3_column_bytes(record, 3);
    uint32_t packed = htole32(value);
    for (int i = 0; i + 4 <= size; i += 4)
        if (memcmp(bytes + i, &packed, sizeof packed) == 0)
            return true;
    return false;
}

/* How many distinct codes the outline has; each must be in facet and in the record's own list. */
static int compare_codes(verification_t *self, sqlite3_stmt *record, const outline_t *outline,
                         size_t *distinct, err_t *err)
{
    sqlite3_stmt *find = self->statements[VALUES];
    *distinct = 0;
    for (size_t i = 0; i < outline->code_count; i++) {
        const outline_code_t *code = &outline->codes[i];
        bool again = false;
        for (size_t j = 0; j < i && !again; j++)
            again = outline->codes[j].field == code->field
                    && strcmp(outline->codes[j].code, code->code) == 0;
        if (again)
            continue;
        ++*distinct;
        sqlite3_bind_int64(find, 1, sqlite3_column_int64(record, 0));
        sqlite3_bind_text(find, 2, code->field, -1, SQLITE_STATIC);
        sqlite3_bind_text(find, 3, code->code, -1, SQLITE_STATIC);
        int step = sqlite3_step(find);
        if (step != SQLITE_ROW && step != SQLITE_DONE)
            return failed(self, err);
        if (step == SQLITE_DONE || !is_packed(record, (uint32_t)sqlite3_column_int64(find, 0)))
            self->differences++;
        database_reset(find);
    }
    return 0;
}

static bool same_place(sqlite3_stmt *record, const outline_place_t *place)
{
    bool located = sqlite3_column_type(record, 4) != SQLITE_NULL;
    const char *commune = (const char *)sqlite3_column_text(record, 6);
    if (located != place->located || strcmp(commune ? commune : "", place->commune) != 0)
        return false;
    return !located
           || (sqlite3_column_int(record, 4) == place->lat
               && sqlite3_column_int(record, 5) == place->lon);
}

static int compare_record(verification_t *self, int64_t stream, const item_t *item,
                          outliner_t *outliner, err_t *err)
{
    sqlite3_stmt *record = self->statements[RECORD];
    sqlite3_bind_int64(record, 1, stream);
    sqlite3_bind_text(record, 2, item->id, -1, SQLITE_STATIC);
    sqlite3_bind_text(record, 3, item->kind, -1, SQLITE_STATIC);
    int step = sqlite3_step(record), rc = 0;
    if (step == SQLITE_ROW) {
        outline_t outline;
        size_t distinct = 0;
        outliner_read(outliner, item, &outline);
        rc = compare_codes(self, record, &outline, &distinct, err);
        self->differences += strcmp((const char *)sqlite3_column_text(record, 1), outline.title)
                             || strcmp((const char *)sqlite3_column_text(record, 2), outline.sort)
                             || (size_t)sqlite3_column_bytes(record, 3) != distinct * 4
                             || !same_place(record, &outline.place);
    } else if (step == SQLITE_DONE) {
        self->differences++;
    } else {
        rc = failed(self, err);
    }
    database_reset(record);
    return rc;
}

static int compare_items(verification_t *self, err_t *err)
{
    sqlite3_stmt *items = self->statements[ITEMS];
    int step, rc = 0;
    while (rc == 0 && (step = sqlite3_step(items)) != SQLITE_DONE) {
        if (step != SQLITE_ROW)
            return failed(self, err);
        item_t item;
        size_t size = (size_t)sqlite3_column_bytes(items, 1);
        if (item_decode(&item, sqlite3_column_blob(items, 1), size, NULL) || item.op != ITEM_PUT)
            continue;
        outliner_t *outliner = find_outliner(self, item.kind);
        if (!outliner)
            continue;
        self->live++;
        rc = compare_record(self, sqlite3_column_int64(items, 0), &item, outliner, err);
    }
    return rc;
}

static int compare_tables(verification_t *self, err_t *err)
{
    size_t records = 0, pairs = 0, counts = 0, strays = 0;
    if (ask(self, RECORDS, &records, err) || ask(self, PAIRS, &pairs, err)
        || ask(self, COUNTS, &counts, err) || ask(self, STRAYS, &strays, err))
        return -1;
    /* Records that should be there and are not were counted with the items. */
    self->differences += records > self->live ? records - self->live : 0;
    self->differences += pairs + counts + strays;
    return 0;
}

static void finish(verification_t *self)
{
    database_finalize_all(self->statements, STATEMENTS);
    for (size_t i = 0; i < schema_kind_count(self->schema); i++)
        outliner_destroy(&self->outliners[i]);
    free(self->outliners);
}

int projection_verify(sqlite3 *db, const schema_t *schema, size_t *differences, err_t *err)
{
    verification_t self = {.db = db, .schema = schema};
    self.outliners = calloc(schema_kind_count(schema) + 1, sizeof *self.outliners);
    assert(self.outliners);
    for (size_t i = 0; i < schema_kind_count(schema); i++)
        self.outliners[i] = outliner_new(schema_kind_at(schema, i));
    int rc = database_execute(db, "BEGIN", "begin to read", err);
    if (rc == 0)
        rc = database_prepare_all(db, SQL, self.statements, STATEMENTS, err);
    if (rc == 0 && (rc = compare_items(&self, err)) == 0)
        rc = compare_tables(&self, err);
    finish(&self);
    database_rollback(db);
    if (rc == 0)
        *differences = self.differences;
    return rc;
}
