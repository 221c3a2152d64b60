/* A row of the index has record and kind in its number (search_index.h), so a walk reads nothing but the
 * index. The score is made by weigh(), an auxiliary function of FTS5, from the columns in which each term
 * was found: no lengths and no frequencies, which would cost a look-up a match, as bm25 does. */
#include "node/store/matching.h"

#include "broker/base/database.h"
#include "node/store/search_index.h"
#include "node/store/search_terms.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION, WALK, COUNT, STATEMENTS };

static const char *const SQL[STATEMENTS] = {
    [VERSION] = "PRAGMA data_version",
    [WALK] = "SELECT rowid, weigh(search, rowid, ?2) FROM search WHERE search MATCH ?1",
    [COUNT] = "SELECT count(*) FROM (SELECT 1 FROM search WHERE search MATCH ?1 LIMIT ?2)",
};

/* A name is worth more than a summary, and that more than the rest. */
static const int COLUMN_WEIGHTS[] = {8, 3, 1};

typedef struct found {
    match_t *list;
    size_t count, capacity;
} found_t;

struct matching {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    search_terms_t *terms;
    const synonyms_t *synonyms;
    question_t question;
    found_t found[SEARCH_KIND_MAX + 1]; /* by kind; of the walk that is kept */
    size_t all;                         /* in all kinds */
    char *words;                        /* of that walk; NULL: none is kept */
    int64_t version;                    /* of the store then */
    const record_set_t
        *among; /* during a walk: only these are weighed; NULL: the first of each kind */
};

/* --- the score --- */

static bool to_be_weighed(const matching_t *self, int64_t row)
{
    if (self->among)
        return record_set_has(self->among, row >> SEARCH_KIND_BITS);
    return self->found[row & SEARCH_KIND_MAX].count <= MATCHING_RANKED_MAX;
}

/* The sum of what each term found is worth where it stands best. */
static int weigh(const Fts5ExtensionApi *api, Fts5Context *match, const char *weights, int count)
{
    int sum = 0;
    for (int i = 0; i < count; i++) {
        Fts5PhraseIter at;
        int column = -1;
        if (api->xPhraseFirstColumn(match, i, &at, &column) == SQLITE_OK && column >= 0)
            sum += COLUMN_WEIGHTS[column] * (weights[i] - '0');
    }
    return sum;
}

/* weigh(search, rowid, weights) */
static void answer_weigh(const Fts5ExtensionApi *api, Fts5Context *match, sqlite3_context *context,
                         int count, sqlite3_value **values)
{
    const matching_t *self = api->xUserData(match);
    assert(count == 2);
    int64_t row = sqlite3_value_int64(values[0]);
    int weighed = sqlite3_value_bytes(values[1]);
    assert(weighed == api->xPhraseCount(match));
    const char *weights = (const char *)sqlite3_value_text(values[1]);
    sqlite3_result_int(context,
                       to_be_weighed(self, row) ? -weigh(api, match, weights, weighed) : 0);
}

static int offer_weigh(matching_t *self, err_t *err)
{
    fts5_api *api = NULL;
    sqlite3_stmt *asked = database_prepare(self->db, "SELECT fts5(?1)", err);
    if (!asked)
        return -1;
    sqlite3_bind_pointer(asked, 1, &api, "fts5_api_ptr", NULL);
    sqlite3_step(asked);
    sqlite3_finalize(asked);
    if (!api || api->xCreateFunction(api, "weigh", self, answer_weigh, NULL))
        return err_set(err, ERR_STOP, "SQLite was built without FTS5");
    return 0;
}

/* --- life --- */

matching_t *matching_new(sqlite3 *db, err_t *err)
{
    matching_t *self = calloc(1, sizeof *self);
    assert(self);
    self->db = db;
    self->terms = search_terms_new();
    question_init(&self->question);
    if (offer_weigh(self, err))
        matching_destroy(&self);
    if (self && database_prepare_all(db, SQL, self->statements, STATEMENTS, err))
        matching_destroy(&self);
    return self;
}

static void forget(matching_t *self)
{
    for (size_t i = 0; i <= SEARCH_KIND_MAX; i++)
        self->found[i].count = 0;
    self->all = 0;
    free(self->words);
    self->words = NULL;
}

void matching_destroy(matching_t **self_p)
{
    matching_t *self = *self_p;
    if (!self)
        return;
    forget(self);
    for (size_t i = 0; i <= SEARCH_KIND_MAX; i++)
        free(self->found[i].list);
    database_finalize_all(self->statements, STATEMENTS);
    search_terms_destroy(&self->terms);
    question_free(&self->question);
    free(self);
    *self_p = NULL;
}

void matching_understand(matching_t *self, const synonyms_t *synonyms)
{
    self->synonyms = synonyms;
    forget(self);
}

/* --- walking --- */

static int failed(const matching_t *self, err_t *err)
{
    return database_failed(self->db, "search", err);
}

static int read_number(matching_t *self, int statement, int64_t *number, err_t *err)
{
    sqlite3_stmt *asked = self->statements[statement];
    int rc = sqlite3_step(asked) == SQLITE_ROW ? 0 : failed(self, err);
    *number = rc ? 0 : sqlite3_column_int64(asked, 0);
    database_reset(asked);
    return rc;
}

static void add(matching_t *self, int64_t row, double score)
{
    found_t *found = &self->found[row & SEARCH_KIND_MAX];
    if (found->count == found->capacity) {
        found->capacity = found->capacity ? 2 * found->capacity : 256;
        found->list = realloc(found->list, found->capacity * sizeof *found->list);
        assert(found->list);
    }
    found->list[found->count++] = (match_t){score, row >> SEARCH_KIND_BITS};
    self->all++;
}

static void bind_question(matching_t *self, sqlite3_stmt *statement, bool weights)
{
    const question_t *question = &self->question;
    sqlite3_bind_text(statement, 1, question->expression.data, (int)question->expression.size,
                      SQLITE_STATIC);
    if (weights)
        sqlite3_bind_text(statement, 2, question->weights.data, (int)question->weights.size,
                          SQLITE_STATIC);
}

static int walk(matching_t *self, const char *words, bool beginning, err_t *err)
{
    sqlite3_stmt *rows = self->statements[WALK];
    search_terms_query(self->terms, &self->question, words, strlen(words), self->synonyms,
                       beginning);
    if (!self->question.expression.size)
        return 0;
    bind_question(self, rows, true);
    int step;
    while ((step = sqlite3_step(rows)) == SQLITE_ROW)
        add(self, sqlite3_column_int64(rows, 0), sqlite3_column_double(rows, 1));
    int rc = step == SQLITE_DONE ? 0 : failed(self, err);
    database_reset(rows);
    return rc;
}

/* Too many are not ranked: then none is, so that nobody wonders about the order. */
static void level(matching_t *self)
{
    for (size_t i = 0; i <= SEARCH_KIND_MAX; i++)
        if (self->found[i].count > MATCHING_RANKED_MAX)
            for (size_t j = 0; j < self->found[i].count; j++)
                self->found[i].list[j].score = 0;
}

static int walk_anew(matching_t *self, const char *words, err_t *err)
{
    forget(self);
    int rc = walk(self, words, false, err);
    return rc || self->all ? rc : walk(self, words, true, err);
}

int matching_find(matching_t *self, const char *words, int64_t kind, const match_t **list,
                  size_t *count, err_t *err)
{
    int64_t version;
    if (read_number(self, VERSION, &version, err))
        return -1;
    if (!self->words || strcmp(self->words, words) != 0 || version != self->version) {
        if (walk_anew(self, words, err))
            return -1;
        level(self);
        self->words = strdup(words);
        assert(self->words);
        self->version = version;
    }
    *list = self->found[kind & SEARCH_KIND_MAX].list;
    *count = self->found[kind & SEARCH_KIND_MAX].count;
    return 0;
}

int matching_rank(matching_t *self, const char *words, int64_t kind, const record_set_t *among,
                  const match_t **list, size_t *count, err_t *err)
{
    self->among = among;
    int rc = walk_anew(self, words, err);
    self->among = NULL;
    *list = self->found[kind & SEARCH_KIND_MAX].list;
    *count = self->found[kind & SEARCH_KIND_MAX].count;
    return rc;
}

int matching_count(matching_t *self, const char *words, size_t most, size_t *count, err_t *err)
{
    int64_t number = 0;
    int rc = 0;
    search_terms_query(self->terms, &self->question, words, strlen(words), NULL, false);
    if (self->question.expression.size) {
        bind_question(self, self->statements[COUNT], false);
        sqlite3_bind_int64(self->statements[COUNT], 2, (int64_t)most);
        rc = read_number(self, COUNT, &number, err);
    }
    *count = (size_t)number;
    return rc;
}
