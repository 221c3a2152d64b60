/* Each filter becomes a set of records (the union of its values), the sets are crossed, and the index
 * on (kind, sort) is walked from the page's beginning, asking the set by the SQL function chosen().
 * A search gives records with scores instead, which are sorted here. */
#include "node/store/selection.h"

#include "broker/base/database.h"
#include "node/store/outline.h"
#include "node/store/record_set.h"
#include "node/store/search_terms.h"

#include <assert.h>
#include <endian.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define EXPRESSION_MAX 16384

enum { KIND, LAST, TOTAL, BY_VALUE, BY_HUB, FROM, SCAN, SEARCH, STATEMENTS };

static const char *const SQL[STATEMENTS] = {
    [KIND] = "SELECT kind FROM projected WHERE name=?",
    [LAST] = "SELECT ifnull(max(record), 0) FROM record",
    [TOTAL] = "SELECT ifnull(sum(n), 0) FROM stream s JOIN count c ON c.stream = s.stream"
              " WHERE c.value = 0 AND s.kind=?",
    [BY_VALUE] = "SELECT f.record FROM value v JOIN facet f ON f.value = v.value"
                 " WHERE v.kind=? AND v.field=? AND v.code=?",
    [BY_HUB] = "SELECT r.record FROM stream s JOIN record r ON r.stream = s.stream"
               " WHERE s.hub=? AND s.kind=?",
    [FROM] = "SELECT record FROM record WHERE kind=? AND sort >= ?",
    [SCAN] = "SELECT record, sort FROM record WHERE kind=?1 AND (sort, record) > (?2, ?3)"
             " AND chosen(record) ORDER BY sort, record LIMIT ?4",
    /* A name is worth more than a summary, and that more than the rest. CROSS: else SQLite may look
     * into the index once for every record there is. */
    [SEARCH] = "SELECT r.record, bm25(search, 8.0, 3.0, 1.0) FROM search"
               " CROSS JOIN record r ON r.record = search.rowid"
               " WHERE search MATCH ? AND r.kind=?",
};

struct selector {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    search_terms_t *terms;
    record_set_t *chosen; /* during a run, what the filters leave; NULL without filters */
};

/* Where a page begins: after this record. The token is these bytes in URL-safe base64. */
typedef struct place {
    char order; /* ORDER_SORT or ORDER_SCORE: a token of one is no token of the other */
    int64_t record;
    double score;
    char sort[OUTLINE_SORT_SIZE + 1];
} place_t;

enum {
    ORDER_SORT = 's',
    ORDER_SCORE = 'r',
    PLACE_HEAD = 17,
    PLACE_MAX = PLACE_HEAD + OUTLINE_SORT_SIZE
};

typedef struct match {
    double score; /* bm25: the lower, the better */
    int64_t record;
} match_t;

typedef struct matches {
    match_t *list;
    size_t count, capacity;
} matches_t;

static int failed(const selector_t *self, err_t *err)
{
    return database_failed(self->db, "read a list", err);
}

/* chosen(record): is it among what the filters leave? */
static void answer_chosen(sqlite3_context *context, int count, sqlite3_value **values)
{
    const selector_t *self = sqlite3_user_data(context);
    (void)count;
    sqlite3_result_int(
        context, !self->chosen || record_set_has(self->chosen, sqlite3_value_int64(values[0])));
}

selector_t *selector_new(sqlite3 *db, err_t *err)
{
    selector_t *self = calloc(1, sizeof *self);
    assert(self);
    self->db = db;
    self->terms = search_terms_new();
    int rc = sqlite3_create_function(db, "chosen", 1, SQLITE_UTF8 | SQLITE_DIRECTONLY, self,
                                     answer_chosen, NULL, NULL);
    assert(rc == SQLITE_OK);
    for (size_t i = 0; self && i < STATEMENTS; i++)
        if (!(self->statements[i] = database_prepare(db, SQL[i], err)))
            selector_destroy(&self);
    return self;
}

void selector_destroy(selector_t **self_p)
{
    selector_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(self->statements[i]);
    search_terms_destroy(&self->terms);
    free(self);
    *self_p = NULL;
}

static void bind_text(sqlite3_stmt *statement, int place, const char *text)
{
    sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC);
}

/* The number a bound statement answers; 0 when it answers nothing. */
static int ask(selector_t *self, int statement, int64_t *number, err_t *err)
{
    sqlite3_stmt *asked = self->statements[statement];
    int step = sqlite3_step(asked);
    int rc = step == SQLITE_ROW || step == SQLITE_DONE ? 0 : failed(self, err);
    *number = step == SQLITE_ROW ? sqlite3_column_int64(asked, 0) : 0;
    database_reset(asked);
    return rc;
}

/* --- places --- */

static char *write_place(const place_t *place)
{
    uint8_t bytes[PLACE_MAX] = {(uint8_t)place->order};
    uint64_t record = htobe64((uint64_t)place->record), score;
    size_t size = strlen(place->sort);
    memcpy(&score, &place->score, sizeof score);
    score = htobe64(score);
    memcpy(bytes + 1, &record, sizeof record);
    memcpy(bytes + 9, &score, sizeof score);
    memcpy(bytes + PLACE_HEAD, place->sort, size);
    char *token = malloc(2 * PLACE_MAX);
    assert(token);
    return sodium_bin2base64(token, 2 * PLACE_MAX, bytes, PLACE_HEAD + size,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

static int read_place(const char *token, char order, place_t *place, err_t *err)
{
    uint8_t bytes[PLACE_MAX];
    uint64_t record, score;
    size_t size = 0;
    if (sodium_base642bin(bytes, sizeof bytes, token, strlen(token), NULL, &size, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING)
        || size < PLACE_HEAD || bytes[0] != (uint8_t)order
        || memchr(bytes + PLACE_HEAD, 0, size - PLACE_HEAD))
        return err_set(err, ERR_REJECT,
                       "Cette suite de liste n'est pas lisible : reprenez la liste au début.");
    *place = (place_t){.order = order};
    memcpy(&record, bytes + 1, sizeof record);
    memcpy(&score, bytes + 9, sizeof score);
    score = be64toh(score);
    place->record = (int64_t)be64toh(record);
    memcpy(&place->score, &score, sizeof score);
    memcpy(place->sort, bytes + PLACE_HEAD, size - PLACE_HEAD);
    return 0;
}

/* --- filters --- */

static int check_filter(const kind_t *kind, const filter_t *filter, err_t *err)
{
    const field_t *field =
        strcmp(filter->field, "hub") == 0 ? NULL : kind_path(kind, filter->field);
    if (strcmp(filter->field, "hub") != 0 && (!field || !field->facet))
        return err_set(err, ERR_REJECT, "« %s » n'est pas un filtre de la liste « %s ».",
                       filter->field, kind->plural);
    if (!filter->count || filter->count > QUERY_CODES_MAX)
        return err_set(err, ERR_REJECT, "Le filtre « %s » prend de 1 à %d valeurs.", filter->field,
                       QUERY_CODES_MAX);
    return 0;
}

static int check_query(const query_t *query, err_t *err)
{
    if (query->limit < 1 || query->limit > QUERY_LIMIT_MAX)
        return err_set(err, ERR_REJECT, "Une page de liste a de 1 à %d fiches.", QUERY_LIMIT_MAX);
    if (query->filter_count > QUERY_FILTERS_MAX)
        return err_set(err, ERR_REJECT, "Une liste prend au plus %d filtres.", QUERY_FILTERS_MAX);
    for (size_t i = 0; i < query->filter_count; i++)
        if (check_filter(query->kind, &query->filters[i], err))
            return -1;
    return 0;
}

/* Adds the records that a bound statement gives. */
static int gather(selector_t *self, int statement, record_set_t *set, err_t *err)
{
    sqlite3_stmt *records = self->statements[statement];
    int step;
    while ((step = sqlite3_step(records)) == SQLITE_ROW)
        record_set_add(set, sqlite3_column_int64(records, 0));
    int rc = step == SQLITE_DONE ? 0 : failed(self, err);
    database_reset(records);
    return rc;
}

static int gather_filter(selector_t *self, const query_t *query, int64_t kind,
                         const filter_t *filter, record_set_t *set, err_t *err)
{
    bool by_hub = strcmp(filter->field, "hub") == 0;
    for (size_t i = 0; i < filter->count; i++) {
        if (by_hub) {
            bind_text(self->statements[BY_HUB], 1, filter->codes[i]);
            bind_text(self->statements[BY_HUB], 2, query->kind->name);
        } else {
            sqlite3_bind_int64(self->statements[BY_VALUE], 1, kind);
            bind_text(self->statements[BY_VALUE], 2, filter->field);
            bind_text(self->statements[BY_VALUE], 3, filter->codes[i]);
        }
        if (gather(self, by_hub ? BY_HUB : BY_VALUE, set, err))
            return -1;
    }
    return 0;
}

static int gather_from(selector_t *self, const query_t *query, int64_t kind, record_set_t *set,
                       err_t *err)
{
    sqlite3_bind_int64(self->statements[FROM], 1, kind);
    bind_text(self->statements[FROM], 2, query->from);
    return gather(self, FROM, set, err);
}

/* Crosses one more set with what is chosen so far; takes the set. */
static void choose(selector_t *self, record_set_t *set)
{
    if (!self->chosen) {
        self->chosen = set;
        return;
    }
    record_set_keep(self->chosen, set);
    record_set_destroy(&set);
}

static int choose_filtered(selector_t *self, const query_t *query, int64_t kind, err_t *err)
{
    int64_t last;
    if (ask(self, LAST, &last, err))
        return -1;
    bool from = query->from && *query->from;
    for (size_t i = 0; i < query->filter_count + from; i++) {
        record_set_t *set = record_set_new(last);
        int rc = i < query->filter_count
                     ? gather_filter(self, query, kind, &query->filters[i], set, err)
                     : gather_from(self, query, kind, set, err);
        choose(self, set);
        if (rc)
            return -1;
    }
    return 0;
}

/* --- lists --- */

static int count_all(selector_t *self, const query_t *query, int64_t *total, err_t *err)
{
    if (self->chosen) {
        *total = record_set_count(self->chosen);
        return 0;
    }
    bind_text(self->statements[TOTAL], 1, query->kind->name);
    return ask(self, TOTAL, total, err);
}

/* Reads one record more than the page holds: then there is a next page, after the page's last. */
static int list_sorted(selector_t *self, const query_t *query, int64_t kind, place_t *place,
                       selection_t *selection, err_t *err)
{
    sqlite3_stmt *scan = self->statements[SCAN];
    if (count_all(self, query, &selection->total, err))
        return -1;
    sqlite3_bind_int64(scan, 1, kind);
    sqlite3_bind_text(scan, 2, place->sort, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(scan, 3, place->record);
    sqlite3_bind_int64(scan, 4, (int64_t)query->limit + 1);
    int step;
    while ((step = sqlite3_step(scan)) == SQLITE_ROW && selection->count < query->limit) {
        place->record = sqlite3_column_int64(scan, 0);
        snprintf(place->sort, sizeof place->sort, "%s", (const char *)sqlite3_column_text(scan, 1));
        selection->records[selection->count++] = place->record;
    }
    if (step == SQLITE_ROW)
        selection->next = write_place(place);
    int rc = step == SQLITE_ROW || step == SQLITE_DONE ? 0 : failed(self, err);
    database_reset(scan);
    return rc;
}

static void add_match(matches_t *matches, int64_t record, double score)
{
    if (matches->count == matches->capacity) {
        matches->capacity = matches->capacity ? 2 * matches->capacity : 256;
        matches->list = realloc(matches->list, matches->capacity * sizeof *matches->list);
        assert(matches->list);
    }
    matches->list[matches->count++] = (match_t){.score = score, .record = record};
}

static int compare_matches(const void *a, const void *b)
{
    const match_t *left = a, *right = b;
    if (left->score != right->score)
        return left->score < right->score ? -1 : 1;
    return left->record < right->record ? -1 : left->record > right->record;
}

/* Everything that matches and that the filters leave, best first. */
static int find_matches(selector_t *self, const query_t *query, int64_t kind, matches_t *matches,
                        err_t *err)
{
    sqlite3_stmt *search = self->statements[SEARCH];
    text_t expression;
    text_init(&expression, EXPRESSION_MAX);
    search_terms_query(self->terms, &expression, query->search, strlen(query->search));
    int step = SQLITE_DONE;
    if (expression.size) {
        sqlite3_bind_text(search, 1, expression.data, (int)expression.size, SQLITE_STATIC);
        sqlite3_bind_int64(search, 2, kind);
        while ((step = sqlite3_step(search)) == SQLITE_ROW) {
            int64_t record = sqlite3_column_int64(search, 0);
            if (!self->chosen || record_set_has(self->chosen, record))
                add_match(matches, record, sqlite3_column_double(search, 1));
        }
    }
    int rc = step == SQLITE_DONE ? 0 : failed(self, err);
    database_reset(search);
    text_free(&expression);
    if (matches->count)
        qsort(matches->list, matches->count, sizeof *matches->list, compare_matches);
    return rc;
}

static int list_matches(selector_t *self, const query_t *query, int64_t kind, const place_t *place,
                        selection_t *selection, err_t *err)
{
    matches_t matches = {0};
    match_t after = {place->score, place->record};
    int rc = find_matches(self, query, kind, &matches, err);
    size_t i = 0;
    while (query->after && i < matches.count && compare_matches(&matches.list[i], &after) <= 0)
        i++;
    for (; i < matches.count && selection->count < query->limit; i++)
        selection->records[selection->count++] = matches.list[i].record;
    if (i < matches.count && selection->count) {
        place_t last = {ORDER_SCORE, matches.list[i - 1].record, matches.list[i - 1].score, ""};
        selection->next = write_place(&last);
    }
    selection->total = (int64_t)matches.count;
    free(matches.list);
    return rc;
}

int selector_run(selector_t *self, const query_t *query, selection_t *selection, err_t *err)
{
    bool search = query->search && *query->search;
    char order = search ? ORDER_SCORE : ORDER_SORT;
    place_t place = {.order = order};
    int64_t kind;
    *selection = (selection_t){0};
    if (check_query(query, err) || (query->after && read_place(query->after, order, &place, err)))
        return -1;
    bind_text(self->statements[KIND], 1, query->kind->name);
    if (ask(self, KIND, &kind, err))
        return -1;
    int rc = choose_filtered(self, query, kind, err);
    if (rc == 0)
        rc = search ? list_matches(self, query, kind, &place, selection, err)
                    : list_sorted(self, query, kind, &place, selection, err);
    record_set_destroy(&self->chosen);
    return rc;
}
