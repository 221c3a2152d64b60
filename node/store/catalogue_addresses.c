#include "node/store/catalogue_inside.h"

#include "schemas/item.h"

static const char FIRST[] = "SELECT min(record) FROM record WHERE record > ?";
static const char RECORDS[] = "SELECT s.hub, s.kind, r.id, r.stream FROM record r"
                              " CROSS JOIN stream s ON s.stream = r.stream"
                              " WHERE r.record BETWEEN ?1 AND ?2 ORDER BY r.record";
static const char ITEM[] = "SELECT bytes FROM item WHERE stream=? AND bucket=? AND id=?";

/* The first part from *part on that has a record. 1 found, 0 none left, -1. */
static int first_part(catalogue_t *self, sqlite3_stmt *first, int64_t *part, err_t *err)
{
    sqlite3_bind_int64(first, 1, *part * ADDRESSES_PART);
    int found = sqlite3_step(first) == SQLITE_ROW
                    ? sqlite3_column_type(first, 0) != SQLITE_NULL
                    : database_failed(self->db, "count the records", err);
    if (found > 0)
        *part = (sqlite3_column_int64(first, 0) - 1) / ADDRESSES_PART;
    database_reset(first);
    return found;
}

int catalogue_each_part(catalogue_t *self, void (*visit)(void *context, int64_t part),
                        void *context, err_t *err)
{
    sqlite3_stmt *first = database_prepare(self->db, FIRST, err);
    int64_t part = 0;
    int found;
    if (!first)
        return -1;
    while ((found = first_part(self, first, &part, err)) > 0)
        visit(context, part++);
    sqlite3_finalize(first);
    return found;
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
