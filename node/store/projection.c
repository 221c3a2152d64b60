/* One row of `record` per live record of a known kind; it carries its own facet values as packed
 * numbers, so that an update knows what differs without a second index over `facet`. `count` moves
 * with every facet row written or removed; the value 0 counts the records of a stream. The texts
 * given to the search index are remembered as a hash, so that only changed ones are indexed again. */
#include "node/store/projection.h"

#include "node/store/outline.h"
#include "node/store/search_index.h"
#include "node/store/value_numbers.h"

#include <assert.h>
#include <endian.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define VERSION 2 /* raise when the same body gives other rows: everything is made again */
#define PROGRESS_STEP 1000

static const char *const STEPS[] = {
    "CREATE TABLE projected(" /* the kinds, and by which YAML their records were projected */
    "  kind INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, hash BLOB NOT NULL);"
    "CREATE TABLE record("
    "  record INTEGER PRIMARY KEY,"
    "  stream INTEGER NOT NULL REFERENCES stream, kind INTEGER NOT NULL, id TEXT NOT NULL,"
    "  title TEXT NOT NULL, sort TEXT NOT NULL,"
    "  vals BLOB NOT NULL,"      /* its value numbers, ascending, each 4 bytes, little endian */
    "  words INTEGER NOT NULL);" /* hash of the texts that search was given; 0 none */
    "CREATE UNIQUE INDEX record_id ON record(stream, id);"
    "CREATE INDEX record_sort ON record(kind, sort);"
    "CREATE TABLE value("
    "  value INTEGER PRIMARY KEY,"
    "  kind INTEGER NOT NULL, field TEXT NOT NULL, code TEXT NOT NULL,"
    "  UNIQUE (kind, field, code));"
    "INSERT INTO value VALUES (0, 0, '', '');" /* what every record has: its count is the total */
    "CREATE TABLE facet("
    "  value INTEGER NOT NULL, record INTEGER NOT NULL,"
    "  PRIMARY KEY (value, record)) WITHOUT ROWID;"
    "CREATE TABLE count("
    "  stream INTEGER NOT NULL, value INTEGER NOT NULL, n INTEGER NOT NULL,"
    "  PRIMARY KEY (stream, value)) WITHOUT ROWID;"
    /* Terms come ready made from search_terms: the tokenizer only has to cut at spaces. */
    "CREATE VIRTUAL TABLE search USING fts5(title, important, text, tokenize=ascii);"
    "CREATE TABLE search_pending(record INTEGER PRIMARY KEY);",
    /* search_index_merge does it, in small parts */
    "INSERT INTO search(search, rank) VALUES ('automerge', 0);"
    "INSERT INTO search(search, rank) VALUES ('crisismerge', 1000);",
    "CREATE TABLE place(" /* where a record is that says so: its coordinates, else its commune */
    "  record INTEGER PRIMARY KEY, kind INTEGER NOT NULL,"
    "  lat INTEGER, lon INTEGER," /* millionths of degrees, both or none */
    "  commune TEXT);"            /* when they are NULL */
    "CREATE INDEX place_lat ON place(kind, lat, lon) WHERE lat IS NOT NULL;"
    "CREATE INDEX place_commune ON place(kind, commune) WHERE commune IS NOT NULL;",
    /* Rows with the kind in their number (search_index.h); ranking needs columns, no positions and no
     * lengths, and the index is half as large without them. All records are indexed again. */
    "DROP TABLE search;"
    "CREATE VIRTUAL TABLE search USING fts5(title, important, text, detail=column, columnsize=0,"
    "  tokenize=ascii);"
    "INSERT INTO search(search, rank) VALUES ('automerge', 0);"
    "INSERT INTO search(search, rank) VALUES ('crisismerge', 1000);"
    "INSERT OR IGNORE INTO search_pending SELECT record FROM record WHERE words <> 0;",
    "CREATE TABLE word(" /* spelling.h */
    "  word TEXT PRIMARY KEY, shown TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE VIRTUAL TABLE vocabulary USING fts5vocab(search, row);"
    "INSERT OR IGNORE INTO search_pending SELECT record FROM record WHERE words <> 0;",
};

const migration_t catalogue_tables = {"catalogue", STEPS, sizeof STEPS / sizeof *STEPS};

enum {
    RECORD_FIND,
    RECORD_ADD,
    RECORD_SET,
    RECORD_DROP,
    RECORD_ITEM,
    FACET_ADD,
    FACET_DROP,
    COUNT_ADD,
    PLACE_PUT,
    PLACE_DROP,
    PENDING_NEXT,
    KIND_FIND,
    KIND_ADD,
    KIND_SET,
    KIND_DROP,
    KIND_ITEMS,
    KIND_ITEM_COUNT,
    KIND_RECORD,
    KIND_LIST,
    STATEMENTS
};

static const char *const SQL[STATEMENTS] = {
    [RECORD_FIND] = "SELECT record, title, sort, vals, words FROM record WHERE stream=? AND id=?",
    [RECORD_ADD] = "INSERT INTO record(stream, kind, id, title, sort, vals, words)"
                   " VALUES (?,?,?,?,?,?,?)",
    [RECORD_SET] = "UPDATE record SET title=?, sort=?, vals=?, words=? WHERE record=?",
    [RECORD_DROP] = "DELETE FROM record WHERE record=?",
    [RECORD_ITEM] = "SELECT bytes FROM item WHERE stream=? AND bucket=? AND id=?",
    [FACET_ADD] = "INSERT INTO facet VALUES (?,?)",
    [FACET_DROP] = "DELETE FROM facet WHERE value=? AND record=?",
    [COUNT_ADD] = "INSERT INTO count VALUES (?,?,?)"
                  " ON CONFLICT DO UPDATE SET n = n + excluded.n",
    /* Most updates move nothing: then nothing is written. */
    [PLACE_PUT] =
        "INSERT INTO place VALUES (?,?,?,?,?) ON CONFLICT DO UPDATE"
        " SET lat = excluded.lat, lon = excluded.lon, commune = excluded.commune"
        " WHERE (lat, lon, commune) IS NOT (excluded.lat, excluded.lon, excluded.commune)",
    [PLACE_DROP] = "DELETE FROM place WHERE record=?",
    [PENDING_NEXT] = "SELECT r.record, r.stream, r.id, r.kind FROM search_pending p JOIN record r"
                     " ON r.record = p.record ORDER BY p.record LIMIT 1",
    [KIND_FIND] = "SELECT kind, hash FROM projected WHERE name=?",
    [KIND_ADD] = "INSERT INTO projected(name, hash) VALUES (?, x'')",
    [KIND_SET] = "UPDATE projected SET hash=? WHERE kind=?",
    [KIND_DROP] = "DELETE FROM projected WHERE kind=?",
    [KIND_ITEMS] = "SELECT s.stream, i.bytes FROM stream s JOIN item i ON i.stream = s.stream"
                   " WHERE s.kind=?",
    [KIND_ITEM_COUNT] = "SELECT count(*) FROM stream s JOIN item i ON i.stream = s.stream"
                        " WHERE s.kind=?",
    [KIND_RECORD] = "SELECT stream, id FROM record WHERE kind=? LIMIT 1",
    [KIND_LIST] = "SELECT kind, name FROM projected",
};

/* A kind of the schema and its number in the tables. */
typedef struct known_kind {
    const kind_t *kind;
    int64_t number;
    outliner_t *outliner;
    uint8_t hash[HASH_SIZE]; /* what `projected` says when it is up to date */
} known_kind_t;

struct projection {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    known_kind_t *kinds; /* ordered by name, as the schema is */
    size_t kind_count;
    value_numbers_t *numbers;
    search_index_t *search;
    bool postponed;
    values_t before, after; /* of the record at hand */
};

/* The record as the tables have it. */
typedef struct row {
    int64_t record;  /* 0: there is none */
    bool same_texts; /* title and sort are those of the outline it was compared with */
    int64_t words;
} row_t;

static int failed(const projection_t *self, const char *doing, err_t *err)
{
    return database_failed(self->db, doing, err);
}

static int run(projection_t *self, int statement, const char *doing, err_t *err)
{
    return database_run(self->statements[statement], doing, err);
}

/* 1 and a row, 0 and none, -1. The caller resets the statement after reading. */
static int step(projection_t *self, int statement, const char *doing, err_t *err)
{
    int code = sqlite3_step(self->statements[statement]);
    return code == SQLITE_ROW ? 1 : code == SQLITE_DONE ? 0 : failed(self, doing, err);
}

static void bind_text(sqlite3_stmt *statement, int place, const char *text)
{
    sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC);
}

/* --- life --- */

static void hash_kind(known_kind_t *known)
{
    uint8_t version = VERSION;
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, HASH_SIZE);
    crypto_generichash_update(&state, known->kind->hash, sizeof known->kind->hash);
    crypto_generichash_update(&state, &version, sizeof version);
    crypto_generichash_final(&state, known->hash, HASH_SIZE);
}

/* Finds or makes the number of a kind. */
static int number_kind(projection_t *self, known_kind_t *known, err_t *err)
{
    sqlite3_stmt *find = self->statements[KIND_FIND], *add = self->statements[KIND_ADD];
    bind_text(find, 1, known->kind->name);
    int found = step(self, KIND_FIND, "find a kind", err);
    if (found > 0)
        known->number = sqlite3_column_int64(find, 0);
    database_reset(find);
    if (found)
        return found > 0 ? 0 : -1;
    bind_text(add, 1, known->kind->name);
    if (run(self, KIND_ADD, "add a kind", err))
        return -1;
    known->number = sqlite3_last_insert_rowid(self->db);
    return 0;
}

static int learn_kinds(projection_t *self, const schema_t *schema, err_t *err)
{
    self->kind_count = schema_kind_count(schema);
    self->kinds = calloc(self->kind_count + 1, sizeof *self->kinds);
    assert(self->kinds);
    for (size_t i = 0; i < self->kind_count; i++) {
        known_kind_t *known = &self->kinds[i];
        known->kind = schema_kind_at(schema, i);
        known->outliner = outliner_new(known->kind);
        hash_kind(known);
        if (number_kind(self, known, err))
            return -1;
    }
    return 0;
}

projection_t *projection_new(sqlite3 *db, const schema_t *schema, err_t *err)
{
    projection_t *self = calloc(1, sizeof *self);
    assert(self);
    self->db = db;
    if (database_prepare_all(db, SQL, self->statements, STATEMENTS, err)
        || !(self->numbers = value_numbers_new(db, err))
        || !(self->search = search_index_new(db, err)) || learn_kinds(self, schema, err))
        goto undo;
    return self;
undo:
    err_context(err, "cannot open the projections: ");
    projection_destroy(&self);
    return NULL;
}

void projection_destroy(projection_t **self_p)
{
    projection_t *self = *self_p;
    if (!self)
        return;
    database_finalize_all(self->statements, STATEMENTS);
    for (size_t i = 0; i < self->kind_count; i++)
        outliner_destroy(&self->kinds[i].outliner);
    free(self->kinds);
    search_index_destroy(&self->search);
    value_numbers_destroy(&self->numbers);
    free(self);
    *self_p = NULL;
}

static int compare_known(const void *name, const void *known)
{
    return strcmp(name, ((const known_kind_t *)known)->kind->name);
}

static known_kind_t *find_kind(projection_t *self, const char *name)
{
    return bsearch(name, self->kinds, self->kind_count, sizeof *self->kinds, compare_known);
}

/* --- values --- */

static void unpack_values(sqlite3_stmt *statement, int column, values_t *values)
{
    const uint8_t *bytes = sqlite3_column_blob(statement, column);
    size_t count = (size_t)sqlite3_column_bytes(statement, column) / sizeof *values->list;
    values->count = count < OUTLINE_CODES_MAX ? count : OUTLINE_CODES_MAX;
    for (size_t i = 0; i < values->count; i++) {
        uint32_t packed;
        memcpy(&packed, bytes + i * sizeof packed, sizeof packed);
        values->list[i] = le32toh(packed);
    }
}

static int count(projection_t *self, int64_t stream, uint32_t value, int by, err_t *err)
{
    sqlite3_stmt *add = self->statements[COUNT_ADD];
    sqlite3_bind_int64(add, 1, stream);
    sqlite3_bind_int64(add, 2, value);
    sqlite3_bind_int(add, 3, by);
    return run(self, COUNT_ADD, "count a value", err);
}

static int change_facet(projection_t *self, int statement, int64_t stream, int64_t record,
                        uint32_t value, err_t *err)
{
    sqlite3_bind_int64(self->statements[statement], 1, value);
    sqlite3_bind_int64(self->statements[statement], 2, record);
    if (run(self, statement, "change a facet", err))
        return -1;
    return count(self, stream, value, statement == FACET_ADD ? 1 : -1, err);
}

/* Writes what differs between `before` and `after`, both ascending. */
static int change_facets(projection_t *self, int64_t stream, int64_t record, err_t *err)
{
    const values_t *before = &self->before, *after = &self->after;
    for (size_t i = 0, j = 0; i < before->count || j < after->count;) {
        bool drop = j == after->count || (i < before->count && before->list[i] < after->list[j]);
        bool add = i == before->count || (j < after->count && after->list[j] < before->list[i]);
        if (drop && change_facet(self, FACET_DROP, stream, record, before->list[i], err))
            return -1;
        if (add && change_facet(self, FACET_ADD, stream, record, after->list[j], err))
            return -1;
        i += !add;
        j += !drop;
    }
    return 0;
}

/* --- search --- */

static int64_t hash_texts(const outline_t *outline)
{
    uint8_t sum[crypto_generichash_BYTES_MIN];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof sum);
    crypto_generichash_update(&state, (const uint8_t *)outline->sizes, sizeof outline->sizes);
    for (size_t i = 0; i < OUTLINE_TEXTS; i++)
        crypto_generichash_update(&state, (const uint8_t *)outline->texts[i], outline->sizes[i]);
    crypto_generichash_final(&state, sum, sizeof sum);
    int64_t hash;
    memcpy(&hash, sum, sizeof hash);
    size_t all = outline->sizes[0] + outline->sizes[1] + outline->sizes[2];
    return all ? hash | 1 : 0;
}

static int index_texts(projection_t *self, int64_t kind, int64_t record, bool indexed,
                       const outline_t *outline, err_t *err)
{
    if (self->postponed)
        return search_index_note(self->search, record, err);
    search_index_doubt(self->search); /* the caller may have rolled back since */
    if (indexed && search_index_drop(self->search, kind, record, err))
        return -1;
    return search_index_add(self->search, kind, record, outline, err);
}

/* --- places --- */

static int drop_place(projection_t *self, int64_t record, err_t *err)
{
    sqlite3_bind_int64(self->statements[PLACE_DROP], 1, record);
    return run(self, PLACE_DROP, "forget where a record is", err);
}

static int put_place(projection_t *self, int64_t kind, int64_t record, const outline_place_t *place,
                     err_t *err)
{
    sqlite3_stmt *put = self->statements[PLACE_PUT];
    sqlite3_bind_int64(put, 1, record);
    sqlite3_bind_int64(put, 2, kind);
    if (place->located) {
        sqlite3_bind_int(put, 3, place->lat);
        sqlite3_bind_int(put, 4, place->lon);
    } else {
        bind_text(put, 5, place->commune);
    }
    return run(self, PLACE_PUT, "note where a record is", err);
}

static int change_place(projection_t *self, int64_t kind, const row_t *row, bool is_new,
                        const outline_place_t *place, err_t *err)
{
    if (place->located || *place->commune)
        return put_place(self, kind, row->record, place, err);
    return is_new ? 0 : drop_place(self, row->record, err);
}

/* --- records --- */

/* What the tables have of a record; its values go to `before`. */
static int find_record(projection_t *self, int64_t stream, const char *id, const outline_t *outline,
                       row_t *row, err_t *err)
{
    sqlite3_stmt *find = self->statements[RECORD_FIND];
    sqlite3_bind_int64(find, 1, stream);
    bind_text(find, 2, id);
    *row = (row_t){0};
    self->before.count = 0;
    int found = step(self, RECORD_FIND, "find a record", err);
    if (found > 0) {
        row->record = sqlite3_column_int64(find, 0);
        row->words = sqlite3_column_int64(find, 4);
        row->same_texts = outline
                          && strcmp((const char *)sqlite3_column_text(find, 1), outline->title) == 0
                          && strcmp((const char *)sqlite3_column_text(find, 2), outline->sort) == 0;
        unpack_values(find, 3, &self->before);
    }
    database_reset(find);
    return found < 0 ? -1 : 0;
}

static bool same_values(const projection_t *self)
{
    size_t count = self->before.count;
    return count == self->after.count
           && memcmp(self->before.list, self->after.list, count * sizeof *self->before.list) == 0;
}

/* Binds title, sort, values and words from `place` on; the packed values live until the next call. */
static void bind_outline(projection_t *self, sqlite3_stmt *statement, int place,
                         const outline_t *outline, int64_t words)
{
    uint32_t packed[OUTLINE_CODES_MAX];
    for (size_t i = 0; i < self->after.count; i++)
        packed[i] = htole32(self->after.list[i]);
    bind_text(statement, place, outline->title);
    bind_text(statement, place + 1, outline->sort);
    sqlite3_bind_blob(statement, place + 2, packed, (int)(self->after.count * sizeof *packed),
                      SQLITE_TRANSIENT);
    sqlite3_bind_int64(statement, place + 3, words);
}

static int add_record(projection_t *self, int64_t stream, int64_t kind, const char *id,
                      const outline_t *outline, int64_t words, int64_t *record, err_t *err)
{
    sqlite3_stmt *add = self->statements[RECORD_ADD];
    sqlite3_bind_int64(add, 1, stream);
    sqlite3_bind_int64(add, 2, kind);
    bind_text(add, 3, id);
    bind_outline(self, add, 4, outline, words);
    if (run(self, RECORD_ADD, "add a record", err))
        return -1;
    *record = sqlite3_last_insert_rowid(self->db);
    return count(self, stream, 0, 1, err);
}

static int set_record(projection_t *self, const row_t *row, const outline_t *outline, int64_t words,
                      err_t *err)
{
    if (row->same_texts && row->words == words && same_values(self))
        return 0;
    sqlite3_stmt *set = self->statements[RECORD_SET];
    bind_outline(self, set, 1, outline, words);
    sqlite3_bind_int64(set, 5, row->record);
    return run(self, RECORD_SET, "change a record", err);
}

static int drop_record(projection_t *self, int64_t stream, int64_t kind, const char *id, err_t *err)
{
    row_t row;
    self->after.count = 0;
    if (find_record(self, stream, id, NULL, &row, err))
        return -1;
    if (!row.record)
        return 0;
    sqlite3_bind_int64(self->statements[RECORD_DROP], 1, row.record);
    if (change_facets(self, stream, row.record, err)
        || search_index_drop(self->search, kind, row.record, err) || count(self, stream, 0, -1, err)
        || drop_place(self, row.record, err))
        return -1;
    return run(self, RECORD_DROP, "drop a record", err);
}

int projection_put(projection_t *self, int64_t stream, const item_t *item, err_t *err)
{
    known_kind_t *known = find_kind(self, item->kind);
    if (!known)
        return 0;
    if (item->op == ITEM_DELETE)
        return drop_record(self, stream, known->number, item->id, err);
    outline_t outline;
    outliner_read(known->outliner, item, &outline);
    int64_t words = hash_texts(&outline);
    row_t row;
    if (value_numbers_find(self->numbers, known->number, &outline, &self->after, err)
        || find_record(self, stream, item->id, &outline, &row, err))
        return -1;
    bool indexed = row.record != 0;
    int rc = indexed ? set_record(self, &row, &outline, words, err)
                     : add_record(self, stream, known->number, item->id, &outline, words,
                                  &row.record, err);
    if (rc || change_facets(self, stream, row.record, err)
        || change_place(self, known->number, &row, !indexed, &outline.place, err))
        return -1;
    return row.words == words
               ? 0
               : index_texts(self, known->number, row.record, indexed, &outline, err);
}

int projection_remove(projection_t *self, int64_t stream, const char *hub, const char *kind,
                      const char *id, err_t *err)
{
    (void)hub; /* the stream says both */
    const known_kind_t *known = find_kind(self, kind);
    return known ? drop_record(self, stream, known->number, id, err) : 0;
}

/* --- search, later --- */

void projection_postpone_search(projection_t *self, bool postpone)
{
    self->postponed = postpone;
}

/* The current item of a record, borrowed until RECORD_ITEM is reset. 1 found, 0 none, -1. */
static int find_item(projection_t *self, int64_t stream, const char *id, item_t *item, err_t *err)
{
    sqlite3_stmt *find = self->statements[RECORD_ITEM];
    sqlite3_bind_int64(find, 1, stream);
    sqlite3_bind_int(find, 2, item_bucket(id));
    bind_text(find, 3, id);
    int found = step(self, RECORD_ITEM, "find an item", err);
    if (found <= 0)
        return found;
    size_t size = (size_t)sqlite3_column_bytes(find, 0);
    return item_decode(item, sqlite3_column_blob(find, 0), size, NULL) == 0 && item->op == ITEM_PUT;
}

static int index_record(projection_t *self, int64_t kind, int64_t record, int64_t stream,
                        const char *id, err_t *err)
{
    item_t item;
    outline_t outline;
    int found = find_item(self, stream, id, &item, err);
    known_kind_t *known = found > 0 ? find_kind(self, item.kind) : NULL;
    int rc = found < 0 ? -1 : search_index_drop(self->search, kind, record, err);
    if (rc == 0 && known) {
        outliner_read(known->outliner, &item, &outline);
        rc = search_index_add(self->search, kind, record, &outline, err);
    }
    database_reset(self->statements[RECORD_ITEM]);
    return rc;
}

/* Indexes the first of the noted records. 1 done, 0 none left, -1. */
static int index_next(projection_t *self, err_t *err)
{
    sqlite3_stmt *next = self->statements[PENDING_NEXT];
    char id[ID_SIZE];
    int found = step(self, PENDING_NEXT, "find a record for search", err);
    int64_t record = 0, stream = 0, kind = 0;
    if (found > 0) {
        record = sqlite3_column_int64(next, 0);
        stream = sqlite3_column_int64(next, 1);
        kind = sqlite3_column_int64(next, 3);
        snprintf(id, sizeof id, "%s", (const char *)sqlite3_column_text(next, 2));
    }
    database_reset(next);
    if (found <= 0)
        return found;
    return index_record(self, kind, record, stream, id, err) ? -1 : 1;
}

int projection_catch_up_search(projection_t *self, size_t max, size_t *left, err_t *err)
{
    if (database_begin(self->db, err))
        return -1;
    int more = 1;
    for (size_t i = 0; i < max && more > 0; i++)
        more = index_next(self, err);
    if (more < 0 || search_index_merge(self->search, max, err)
        || search_index_pending(self->search, left, err) || database_commit(self->db, err)) {
        search_index_doubt(self->search);
        database_rollback(self->db);
        return -1;
    }
    return 0;
}

/* --- another YAML --- */

/* Is the kind projected by its present YAML? 1 yes, 0 no, -1. */
static int is_current(projection_t *self, const known_kind_t *known, err_t *err)
{
    sqlite3_stmt *find = self->statements[KIND_FIND];
    bind_text(find, 1, known->kind->name);
    int found = step(self, KIND_FIND, "find a kind", err);
    bool same = found > 0 && sqlite3_column_bytes(find, 1) == HASH_SIZE
                && memcmp(sqlite3_column_blob(find, 1), known->hash, HASH_SIZE) == 0;
    database_reset(find);
    return found < 0 ? -1 : same;
}

static int count_items(projection_t *self, const known_kind_t *known, size_t *all, err_t *err)
{
    sqlite3_stmt *counted = self->statements[KIND_ITEM_COUNT];
    bind_text(counted, 1, known->kind->name);
    int found = step(self, KIND_ITEM_COUNT, "count items", err);
    if (found > 0)
        *all = (size_t)sqlite3_column_int64(counted, 0);
    database_reset(counted);
    return found < 0 ? -1 : 0;
}

typedef struct progress {
    void (*call)(void *context, const char *kind, size_t done, size_t all);
    void *context;
} progress_t;

/* Puts every item again: since a put writes only what differs, a new label costs next to nothing. */
static int project_items(projection_t *self, const known_kind_t *known, const progress_t *progress,
                         err_t *err)
{
    sqlite3_stmt *items = self->statements[KIND_ITEMS];
    size_t all = 0;
    if (count_items(self, known, &all, err))
        return -1;
    bind_text(items, 1, known->kind->name);
    int found, rc = 0;
    for (size_t done = 1; rc == 0 && (found = step(self, KIND_ITEMS, "read items", err)); done++) {
        item_t item;
        if (found > 0
            && item_decode(&item, sqlite3_column_blob(items, 1),
                           (size_t)sqlite3_column_bytes(items, 1), NULL)
                   == 0)
            rc = projection_put(self, sqlite3_column_int64(items, 0), &item, err);
        rc = found < 0 ? -1 : rc;
        if (progress->call && (done % PROGRESS_STEP == 0 || done == all))
            progress->call(progress->context, known->kind->name, done, all);
    }
    database_reset(items);
    return rc;
}

static int refresh_kind(projection_t *self, const known_kind_t *known, const progress_t *progress,
                        err_t *err)
{
    sqlite3_stmt *set = self->statements[KIND_SET];
    if (database_begin(self->db, err))
        return -1;
    int rc = project_items(self, known, progress, err);
    if (rc == 0) {
        sqlite3_bind_blob(set, 1, known->hash, HASH_SIZE, SQLITE_STATIC);
        sqlite3_bind_int64(set, 2, known->number);
        rc = run(self, KIND_SET, "note a kind as projected", err);
    }
    if (rc == 0)
        return database_commit(self->db, err);
    database_rollback(self->db);
    return err_context(err, "kind '%s': ", known->kind->name);
}

/* The number of a projected kind that the schema does not have. 1 found, 0 none, -1. */
static int find_unknown(projection_t *self, int64_t *kind, err_t *err)
{
    sqlite3_stmt *list = self->statements[KIND_LIST];
    int found;
    while ((found = step(self, KIND_LIST, "list the kinds", err)) > 0) {
        *kind = sqlite3_column_int64(list, 0);
        if (!find_kind(self, (const char *)sqlite3_column_text(list, 1)))
            break;
    }
    database_reset(list);
    return found;
}

/* Drops one record of a kind. 1 dropped, 0 none left, -1. */
static int drop_one(projection_t *self, int64_t kind, err_t *err)
{
    sqlite3_stmt *next = self->statements[KIND_RECORD];
    char id[ID_SIZE] = "";
    int64_t stream = 0;
    sqlite3_bind_int64(next, 1, kind);
    int found = step(self, KIND_RECORD, "find a record", err);
    if (found > 0) {
        stream = sqlite3_column_int64(next, 0);
        snprintf(id, sizeof id, "%s", (const char *)sqlite3_column_text(next, 1));
    }
    database_reset(next);
    return found > 0 && drop_record(self, stream, kind, id, err) ? -1 : found;
}

/* Items of a kind we no longer know have no projection. 1 dropped one kind, 0 none left, -1. */
static int drop_unknown(projection_t *self, err_t *err)
{
    int64_t kind;
    int more = find_unknown(self, &kind, err);
    if (more <= 0)
        return more;
    if (database_begin(self->db, err))
        return -1;
    while ((more = drop_one(self, kind, err)) > 0)
        ;
    sqlite3_bind_int64(self->statements[KIND_DROP], 1, kind);
    if (more < 0 || run(self, KIND_DROP, "forget a kind", err)) {
        database_rollback(self->db);
        return -1;
    }
    return database_commit(self->db, err) ? -1 : 1;
}

int projection_refresh(projection_t *self,
                       void (*progress)(void *context, const char *kind, size_t done, size_t all),
                       void *context, err_t *err)
{
    progress_t reports = {progress, context};
    bool postponed = self->postponed;
    self->postponed = true;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < self->kind_count; i++) {
        int current = is_current(self, &self->kinds[i], err);
        if (current < 0 || (!current && refresh_kind(self, &self->kinds[i], &reports, err)))
            rc = -1;
    }
    self->postponed = postponed;
    while (rc == 0 && (rc = drop_unknown(self, err)) > 0)
        rc = 0;
    return rc;
}

/* --- clean-up --- */

int projection_clean(projection_t *self, err_t *err)
{
    if (search_index_clean(self->search, err))
        return -1;
    return database_clean(self->db, err);
}
