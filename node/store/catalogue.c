#include "node/store/catalogue_inside.h"

#include "broker/base/moment.h"
#include "node/store/crossing.h"
#include "node/store/projection.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char ENTRY[] = "SELECT r.stream, r.id, r.title, l.lat, l.lon, l.commune FROM record r"
                            " LEFT JOIN place l ON l.record = r.record WHERE r.record=?";
static const char STREAM[] = "SELECT hub, kind, own, verified_at FROM stream WHERE stream=?";
static const char ITEM[] = "SELECT bytes FROM item WHERE stream=? AND bucket=? AND id=?";
/* CROSS JOIN keeps the order: without statistics SQLite would rather read every item there is. */
static const char FIND[] = "SELECT s.stream, r.title, l.lat, l.lon, l.commune FROM stream s"
                           " CROSS JOIN item i ON i.stream = s.stream AND i.bucket=?1 AND i.id=?2"
                           " LEFT JOIN record r ON r.stream = s.stream AND r.id = i.id"
                           " LEFT JOIN place l ON l.record = r.record"
                           " WHERE s.kind=?3 AND (?4 IS NULL OR s.hub=?4)"
                           " ORDER BY i.op, s.own DESC, s.hub LIMIT 1";
static const char VERSION[] = "SELECT version FROM room WHERE room='catalogue'";

/* --- opening --- */

static int read_version(catalogue_t *self, int64_t *version, err_t *err)
{
    sqlite3_stmt *asked = database_prepare(self->db, VERSION, err);
    if (!asked)
        return -1;
    int step = sqlite3_step(asked);
    *version = step == SQLITE_ROW ? sqlite3_column_int64(asked, 0) : 0;
    int rc = step == SQLITE_ROW || step == SQLITE_DONE
                 ? 0
                 : database_failed(self->db, "read the version", err);
    sqlite3_finalize(asked);
    return rc;
}

/* Only the node changes tables; a reader says so. */
static int check_version(catalogue_t *self, err_t *err)
{
    int64_t version = 0, ours = (int64_t)catalogue_tables.count;
    if (read_version(self, &version, err))
        return -1;
    if (version > ours)
        return err_set(err, ERR_STOP,
                       "Le magasin de données a été écrit par une version plus récente du logiciel "
                       ": installez-la.");
    if (version < ours)
        return err_set(err, ERR_RETRY,
                       "Le magasin de données n'est pas prêt : lancez le nœud : maillage-node "
                       "FICHIER.yaml");
    return 0;
}

static sqlite3 *open_file(const char *folder, err_t *err)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/public.db", folder) >= (int)sizeof path) {
        err_set(err, ERR_STOP, "Le nom du dossier « %s » est trop long.", folder);
        return NULL;
    }
    if (access(path, F_OK) && errno == ENOENT) {
        err_set(err, ERR_RETRY,
                "Il n'y a pas encore de magasin de données dans « %s » : lancez d'abord le nœud : "
                "maillage-node FICHIER.yaml",
                folder);
        return NULL;
    }
    return database_open_reader(path, err);
}

catalogue_t *catalogue_open(const char *folder, const schema_t *schema, err_t *err)
{
    (void)schema; /* queries bring their kind */
    sqlite3 *db = open_file(folder, err);
    if (!db)
        return NULL;
    catalogue_t *self = calloc(1, sizeof *self);
    assert(self);
    self->db = db;
    randombytes_buf(&self->salt, sizeof self->salt);
    if (check_version(self, err) || !(self->selector = selector_new(db, err))
        || !(self->spelling = spelling_new(db, err)) || !(self->kept = kept_new(db, err))
        || !(self->entry = database_prepare(db, ENTRY, err))
        || !(self->stream = database_prepare(db, STREAM, err))
        || !(self->item = database_prepare(db, ITEM, err))
        || !(self->find = database_prepare(db, FIND, err))
        || !(self->version = database_prepare(db, "PRAGMA data_version", err)))
        catalogue_close(&self);
    return self;
}

void catalogue_close(catalogue_t **self_p)
{
    catalogue_t *self = *self_p;
    if (!self)
        return;
    selector_destroy(&self->selector);
    spelling_destroy(&self->spelling);
    kept_destroy(&self->kept);
    sqlite3_finalize(self->entry);
    sqlite3_finalize(self->stream);
    sqlite3_finalize(self->item);
    sqlite3_finalize(self->find);
    sqlite3_finalize(self->version);
    database_close(self->db);
    free(self);
    *self_p = NULL;
}

uint64_t catalogue_version(catalogue_t *self)
{
    uint64_t version = 0;
    if (sqlite3_step(self->version) == SQLITE_ROW)
        version = (uint64_t)sqlite3_column_int64(self->version, 0);
    database_reset(self->version);
    return self->salt + version;
}

void catalogue_understand(catalogue_t *self, const synonyms_t *synonyms)
{
    selector_understand(self->selector, synonyms);
}

/* SQLite asks this every so many steps of its machine: some tens of microseconds. */
#define STEPS_BETWEEN_LOOKS 1000

static int look_at_clock(void *catalogue)
{
    catalogue_t *self = catalogue;
    self->gave_up |= moment_now().steady_ms > self->deadline_ms;
    return self->gave_up;
}

void catalogue_give_up_after(catalogue_t *self, int64_t timeout_ms)
{
    self->deadline_ms = moment_now().steady_ms + timeout_ms;
    self->gave_up = false;
    sqlite3_progress_handler(self->db, STEPS_BETWEEN_LOOKS, look_at_clock, self);
}

bool catalogue_gave_up(const catalogue_t *self)
{
    return self->gave_up;
}

int catalogue_begin(catalogue_t *self, err_t *err)
{
    return database_execute(self->db, "BEGIN", "begin to read", err);
}

void catalogue_end(catalogue_t *self)
{
    database_rollback(self->db);
}

/* --- entries --- */

static char *copy_text(const char *text)
{
    char *copy = strdup(text ? text : "");
    assert(copy);
    return copy;
}

static void copy_name(char *name, size_t size, sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    snprintf(name, size, "%s", text ? text : "");
}

static void copy_body(entry_t *entry, const uint8_t *body, size_t size)
{
    entry->body = malloc(size);
    assert(entry->body);
    memcpy(entry->body, body, size);
    entry->body_size = size;
}

/* Bytes that rotted on disk show as an empty record: one must not hide the others of its page. */
static void read_item(entry_t *entry, const void *bytes, size_t size)
{
    static const uint8_t EMPTY_MAP[] = {0x80};
    item_t item;
    if (item_decode(&item, bytes, size, NULL)) {
        copy_body(entry, EMPTY_MAP, sizeof EMPTY_MAP);
        return;
    }
    entry->seq = item.seq;
    entry->changed_ms = item.ts_ms;
    entry->deleted = item.op == ITEM_DELETE;
    if (!entry->deleted)
        copy_body(entry, item.body, item.body_size);
}

static int expect_row(const catalogue_t *self, sqlite3_stmt *statement, err_t *err)
{
    int step = sqlite3_step(statement);
    if (step == SQLITE_DONE)
        return err_set(err, ERR_STOP, "the store lacks a row that another one names");
    return step == SQLITE_ROW ? 0 : database_failed(self->db, "read a record", err);
}

static int read_stream(catalogue_t *self, int64_t stream, entry_t *entry, err_t *err)
{
    sqlite3_bind_int64(self->stream, 1, stream);
    int rc = expect_row(self, self->stream, err);
    if (rc == 0) {
        copy_name(entry->hub, sizeof entry->hub, self->stream, 0);
        copy_name(entry->kind, sizeof entry->kind, self->stream, 1);
        bool own = sqlite3_column_int(self->stream, 2);
        entry->verified_at_ms = own ? 0 : sqlite3_column_int64(self->stream, 3);
    }
    database_reset(self->stream);
    return rc;
}

/* Completes an entry whose id and title are known. */
static int read_content(catalogue_t *self, int64_t stream, entry_t *entry, err_t *err)
{
    if (read_stream(self, stream, entry, err))
        return -1;
    sqlite3_bind_int64(self->item, 1, stream);
    sqlite3_bind_int(self->item, 2, item_bucket(entry->id));
    sqlite3_bind_text(self->item, 3, entry->id, -1, SQLITE_STATIC);
    int rc = expect_row(self, self->item, err);
    if (rc == 0)
        read_item(entry, sqlite3_column_blob(self->item, 0),
                  (size_t)sqlite3_column_bytes(self->item, 0));
    database_reset(self->item);
    return rc;
}

static void copy_place(entry_t *entry, sqlite3_stmt *row, int column)
{
    entry->located = sqlite3_column_type(row, column) != SQLITE_NULL;
    entry->lat = sqlite3_column_int(row, column);
    entry->lon = sqlite3_column_int(row, column + 1);
    copy_name(entry->commune, sizeof entry->commune, row, column + 2);
}

static int read_entry(catalogue_t *self, int64_t record, entry_t *entry, err_t *err)
{
    sqlite3_bind_int64(self->entry, 1, record);
    int rc = expect_row(self, self->entry, err);
    int64_t stream = 0;
    if (rc == 0) {
        stream = sqlite3_column_int64(self->entry, 0);
        copy_name(entry->id, sizeof entry->id, self->entry, 1);
        entry->title = copy_text((const char *)sqlite3_column_text(self->entry, 2));
        copy_place(entry, self->entry, 3);
    }
    database_reset(self->entry);
    return rc ? -1 : read_content(self, stream, entry, err);
}

static int read_entries(catalogue_t *self, const query_t *query, const selection_t *selection,
                        page_t *page, err_t *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < selection->count; i++) {
        entry_t *entry = &page->entries[page->count++];
        rc = read_entry(self, selection->records[i], entry, err);
        entry->metres = query->around ? selection->metres[i] : -1;
    }
    return rc;
}

/* The page takes what the selection gives. */
static int read_page(catalogue_t *self, const query_t *query, page_t *page, err_t *err)
{
    selection_t selection;
    int rc = selector_run(self->selector, query, &selection, err);
    page->total = selection.total;
    page->next = selection.next;
    page->narrowed = selection.narrowed;
    page->entries = calloc(selection.count + 1, sizeof *page->entries);
    assert(page->entries);
    return rc ? -1 : read_entries(self, query, &selection, page, err);
}

int catalogue_list(catalogue_t *self, const query_t *query, page_t *page, err_t *err)
{
    *page = (page_t){0};
    if (catalogue_begin(self, err))
        return -1;
    int rc = read_page(self, query, page, err);
    catalogue_end(self);
    if (rc)
        page_free(page);
    return rc;
}

void page_free(page_t *page)
{
    for (size_t i = 0; i < page->count; i++)
        entry_free(&page->entries[i]);
    free(page->entries);
    free(page->next);
    tallies_free(&page->narrowed.tallies);
    *page = (page_t){0};
}

void entry_free(entry_t *entry)
{
    free(entry->title);
    free(entry->body);
    *entry = (entry_t){0};
}

/* Finds the stream that has the record. 1 found, 0 none, -1. */
static int find_stream(catalogue_t *self, const char *hub, const char *kind, const char *id,
                       int64_t *stream, entry_t *entry, err_t *err)
{
    sqlite3_stmt *find = self->find;
    sqlite3_bind_int(find, 1, item_bucket(id));
    sqlite3_bind_text(find, 2, id, -1, SQLITE_STATIC);
    sqlite3_bind_text(find, 3, kind, -1, SQLITE_STATIC);
    sqlite3_bind_text(find, 4, hub, -1, SQLITE_STATIC);
    int step = sqlite3_step(find);
    if (step == SQLITE_ROW) {
        const char *known = (const char *)sqlite3_column_text(find, 1);
        *stream = sqlite3_column_int64(find, 0);
        entry->title = copy_text(known ? known : id);
        copy_place(entry, find, 2);
    } else if (step != SQLITE_DONE) {
        database_failed(self->db, "find a record", err);
    }
    database_reset(find);
    return step == SQLITE_ROW ? 1 : step == SQLITE_DONE ? 0 : -1;
}

int catalogue_find(catalogue_t *self, const char *hub, const char *kind, const char *id,
                   entry_t *entry, err_t *err)
{
    *entry = (entry_t){.metres = -1};
    if (!id_valid(id))
        return 0;
    if (catalogue_begin(self, err))
        return -1;
    int64_t stream;
    int found = find_stream(self, hub, kind, id, &stream, entry, err);
    if (found > 0) {
        snprintf(entry->id, sizeof entry->id, "%s", id);
        if (read_content(self, stream, entry, err))
            found = -1;
    }
    catalogue_end(self);
    if (found < 0)
        entry_free(entry);
    return found;
}

/* --- counts --- */

int catalogue_kept(catalogue_t *self, const query_t *query, tallies_t *tallies, err_t *err)
{
    uint64_t version =
        catalogue_version(self); /* before it is read: what comes between is read again */
    *tallies = (tallies_t){0};
    if (catalogue_begin(self, err))
        return -1;
    int rc = kept_tallies(self->kept, version, query, tallies, err);
    catalogue_end(self);
    if (rc)
        tallies_free(tallies);
    return rc;
}

int catalogue_cross(catalogue_t *self, const kind_t *kind, const filter_t *rows,
                    const filter_t *columns, int64_t *counts, err_t *err)
{
    memset(counts, 0, rows->count * columns->count * sizeof *counts);
    if (catalogue_begin(self, err))
        return -1;
    int rc = crossing_count(self->db, kind->name, rows, columns, counts, err);
    catalogue_end(self);
    return rc;
}
