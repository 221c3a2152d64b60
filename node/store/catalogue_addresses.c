#include "node/store/catalogue_inside.h"

#include "schemas/item.h"

static const char PARTS[] = "SELECT DISTINCT (record - 1) / ? FROM record ORDER BY 1";
static const char RECORDS[] = "SELECT s.hub, s.kind, r.id, r.stream FROM record r"
                              " CROSS JOIN stream s ON s.stream = r.stream"
                              " WHERE r.record BETWEEN ?1 AND ?2 ORDER BY r.record";
static const char ITEM[] = "SELECT bytes FROM item WHERE stream=? AND bucket=? AND id=?";

int catalogue_each_part(catalogue_t *self, void (*visit)(void *context, int64_t part),
                        void *context, err_t *err)
{
    sqlite3_stmt *parts = database_prepare(self->db, PARTS, err);
    if (!parts)
        return -1;
    sqlite3_bind_int(parts, 1, ADDRESSES_PART);
    int step;
    while ((step = sqlite3_step(parts)) == SQLITE_ROW)
        visit(context, sqlite3_column_int64(parts, 0));
    int rc = step == SQLITE_DONE ? 0 : database_failed(self->db, "count the records", err);
    sqlite3_finalize(parts);
    return rc;
}

/* When the item says that it changed; 0 for one whose bytes rotted on disk. */
static int64_t changed_at(sqlite3_stmt *item, int64_t stream, const char *id)
{
    item_t read = {0};
    sqlite3_bind_int64(item, 1, stream);
    sqlite3_bind_int(item, 2, item_bucket(id));
    sqlite3_bind_text(item, 3, id, -1, SQLITE_STATIC);
    if (sqlite3_step(item) != SQLITE_ROW
        || item_decode(&read, sqlite3_column_blob(item, 0), (size_t)sqlite3_column_bytes(item, 0),
                       NULL))
        read.ts_ms = 0;
    int64_t changed_ms = read.ts_ms;
    database_reset(item);
    return changed_ms;
}

static int each_address(catalogue_t *self, sqlite3_stmt *records, sqlite3_stmt *item,
                        void (*visit)(void *context, const address_t *address), void *context,
                        err_t *err)
{
    int step;
    while ((step = sqlite3_step(records)) == SQLITE_ROW) {
        address_t address = {.hub = (const char *)sqlite3_column_text(records, 0),
                             .kind = (const char *)sqlite3_column_text(records, 1),
                             .id = (const char *)sqlite3_column_text(records, 2)};
        address.changed_ms = changed_at(item, sqlite3_column_int64(records, 3), address.id);
        visit(context, &address);
    }
    return step == SQLITE_DONE ? 0 : database_failed(self->db, "read the addresses", err);
}

int catalogue_each_address(catalogue_t *self, int64_t part,
                           void (*visit)(void *context, const address_t *address), void *context,
                           err_t *err)
{
    int rc = -1;
    sqlite3_stmt *records = NULL, *item = NULL;
    if (catalogue_begin(self, err))
        return -1;
    if ((records = database_prepare(self->db, RECORDS, err))
        && (item = database_prepare(self->db, ITEM, err))) {
        sqlite3_bind_int64(records, 1, part * ADDRESSES_PART + 1);
        sqlite3_bind_int64(records, 2, (part + 1) * ADDRESSES_PART);
        rc = each_address(self, records, item, visit, context, err);
    }
    sqlite3_finalize(records);
    sqlite3_finalize(item);
    catalogue_end(self);
    return rc;
}
