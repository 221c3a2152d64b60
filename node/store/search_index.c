#include "node/store/search_index.h"

#include "node/store/search_terms.h"
#include "node/store/spelling.h"

#include <assert.h>
#include <stdlib.h>

#define TERMS_MAX                                                                                  \
    (1024 * 1024) /* of one column; a whole item has 64 KiB, a word up to three terms */

enum { ADD, DROP, NOTE, UNNOTE, PENDING, MERGE, CLEAN, STATEMENTS };

static const char *const SQL[STATEMENTS] = {
    [ADD] = "INSERT INTO search(rowid, title, important, text) VALUES (?,?,?,?)",
    [DROP] = "DELETE FROM search WHERE rowid=?",
    [NOTE] = "INSERT OR IGNORE INTO search_pending VALUES (?)",
    [UNNOTE] = "DELETE FROM search_pending WHERE record=?",
    [PENDING] = "SELECT count(*) FROM search_pending",
    [MERGE] = "INSERT INTO search(search, rank) VALUES ('merge', ?)",
    [CLEAN] = "INSERT INTO search(search) VALUES ('optimize')",
};

struct search_index {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    search_terms_t *terms;
    spelling_t *spelling;
    text_t texts[OUTLINE_TEXTS]; /* terms on their way to the index */
};

search_index_t *search_index_new(sqlite3 *db, err_t *err)
{
    search_index_t *self = calloc(1, sizeof *self);
    assert(self);
    self->db = db;
    self->terms = search_terms_new();
    for (size_t i = 0; i < OUTLINE_TEXTS; i++)
        text_init(&self->texts[i], TERMS_MAX);
    if (!(self->spelling = spelling_new(db, err)))
        search_index_destroy(&self);
    if (self && database_prepare_all(db, SQL, self->statements, STATEMENTS, err))
        search_index_destroy(&self);
    return self;
}

void search_index_destroy(search_index_t **self_p)
{
    search_index_t *self = *self_p;
    if (!self)
        return;
    database_finalize_all(self->statements, STATEMENTS);
    search_terms_destroy(&self->terms);
    spelling_destroy(&self->spelling);
    for (size_t i = 0; i < OUTLINE_TEXTS; i++)
        text_free(&self->texts[i]);
    free(self);
    *self_p = NULL;
}

static int64_t row_of(int64_t kind, int64_t record)
{
    assert(kind >= 0 && kind <= SEARCH_KIND_MAX);
    return record << SEARCH_KIND_BITS | kind;
}

typedef struct adding {
    search_index_t *index;
    text_t *terms; /* of one column */
    int rc;
    err_t *err;
} adding_t;

static bool add_word(void *context, const search_word_t *word)
{
    adding_t *adding = context;
    for (size_t i = 0; i < word->form_count; i++)
        text_add_format(adding->terms, "%s ", word->forms[i]);
    if (spelling_learn(adding->index->spelling, word, adding->err))
        adding->rc = -1;
    return adding->rc == 0 && !adding->terms->overflow;
}

int search_index_add(search_index_t *self, int64_t kind, int64_t record, const outline_t *outline,
                     err_t *err)
{
    sqlite3_stmt *add = self->statements[ADD];
    sqlite3_bind_int64(add, 1, row_of(kind, record));
    for (int i = 0; i < OUTLINE_TEXTS; i++) {
        text_t *text = &self->texts[i];
        adding_t adding = {self, text, 0, err};
        text_clear(text);
        search_terms_each(self->terms, outline->texts[i], outline->sizes[i], add_word, &adding);
        if (adding.rc)
            return -1;
        sqlite3_bind_text(add, i + 2, text->data, (int)text->size, SQLITE_STATIC);
    }
    return database_run(add, "put a record into search", err);
}

static int change(search_index_t *self, int statement, int64_t number, const char *doing,
                  err_t *err)
{
    sqlite3_bind_int64(self->statements[statement], 1, number);
    return database_run(self->statements[statement], doing, err);
}

int search_index_drop(search_index_t *self, int64_t kind, int64_t record, err_t *err)
{
    if (change(self, UNNOTE, record, "forget a record that waits for search", err))
        return -1;
    return change(self, DROP, row_of(kind, record), "take a record out of search", err);
}

int search_index_note(search_index_t *self, int64_t record, err_t *err)
{
    return change(self, NOTE, record, "note a record for search", err);
}

int search_index_pending(search_index_t *self, size_t *count, err_t *err)
{
    sqlite3_stmt *pending = self->statements[PENDING];
    int rc = 0;
    if (sqlite3_step(pending) == SQLITE_ROW)
        *count = (size_t)sqlite3_column_int64(pending, 0);
    else
        rc = database_failed(self->db, "count what search waits for", err);
    database_reset(pending);
    return rc;
}

int search_index_merge(search_index_t *self, size_t pages, err_t *err)
{
    return change(self, MERGE, (int64_t)pages, "merge the search index", err);
}

void search_index_doubt(search_index_t *self)
{
    spelling_doubt(self->spelling);
}

int search_index_clean(search_index_t *self, err_t *err)
{
    if (database_run(self->statements[CLEAN], "clean the search index", err))
        return -1;
    return spelling_clean(self->spelling, err);
}
