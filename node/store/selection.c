/* Each filter becomes a set of records (the union of its values), the sets are crossed, and the index
 * on (kind, sort) is walked from the page's beginning, asking the set by the SQL function chosen().
 * A search gives records with scores instead, a place records with distances, which are sorted here. */
#include "node/store/selection.h"

#include "broker/base/database.h"
#include "node/store/bookmark.h"
#include "node/store/matching.h"
#include "node/store/narrowing.h"
#include "node/store/outline.h"
#include "node/store/recency.h"
#include "node/store/record_set.h"
#include "node/store/vicinity.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARTS_MAX (QUERY_FILTERS_MAX + 3) /* a beginning, a search, a place */

enum { KIND, LAST, TOTAL, BY_VALUE, BY_HUB, FROM, SCAN, STATEMENTS };

static const char *const SQL[STATEMENTS] = {
    [KIND] = "SELECT kind FROM projected WHERE name=?",
    [LAST] = "SELECT ifnull(max(record), 0) FROM record",
    [TOTAL] = "SELECT ifnull(sum(n), 0) FROM stream s JOIN count c ON c.stream = s.stream"
              " WHERE c.value = 0 AND s.kind=?",
    [BY_VALUE] = "SELECT f.record FROM value v JOIN facet f ON f.value = v.value"
                 " WHERE v.kind=? AND v.field=? AND v.code=?",
    [BY_HUB] = "SELECT r.record FROM stream s JOIN record r ON r.stream = s.stream"
               " WHERE s.hub=? AND s.kind=?",
    [FROM] = "SELECT record FROM record WHERE kind=?1 AND sort >= ?2 AND (?3 IS NULL OR sort < ?3)",
    [SCAN] = "SELECT record, sort FROM record WHERE kind=?1 AND (sort, record) > (?2, ?3)"
             " AND chosen(record) ORDER BY sort, record LIMIT ?4",
};

struct selector {
    sqlite3 *db;
    sqlite3_stmt *statements[STATEMENTS];
    matching_t *matching;
    vicinity_t *vicinity;
    recency_t *recency;
    narrowing_t *narrowing;
    /* During a run: the set of each filter, in their order, then those of the other conditions. */
    record_set_t *parts[PARTS_MAX];
    size_t part_count;
    record_set_t *chosen; /* what they all leave; NULL without conditions */
};

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
    int rc = sqlite3_create_function(db, "chosen", 1, SQLITE_UTF8 | SQLITE_DIRECTONLY, self,
                                     answer_chosen, NULL, NULL);
    assert(rc == SQLITE_OK);
    if (database_prepare_all(db, SQL, self->statements, STATEMENTS, err))
        selector_destroy(&self);
    if (self
        && (!(self->matching = matching_new(db, err)) || !(self->vicinity = vicinity_new(db, err))
            || !(self->recency = recency_new(db, err))
            || !(self->narrowing = narrowing_new(db, err))))
        selector_destroy(&self);
    return self;
}

void selector_destroy(selector_t **self_p)
{
    selector_t *self = *self_p;
    if (!self)
        return;
    database_finalize_all(self->statements, STATEMENTS);
    matching_destroy(&self->matching);
    vicinity_destroy(&self->vicinity);
    recency_destroy(&self->recency);
    narrowing_destroy(&self->narrowing);
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
    bind_text(self->statements[FROM], 3, query->until);
    return gather(self, FROM, set, err);
}

static record_set_t *add_part(selector_t *self, int64_t last)
{
    return self->parts[self->part_count++] = record_set_new(last);
}

static int choose_filtered(selector_t *self, const query_t *query, int64_t kind, int64_t last,
                           err_t *err)
{
    for (size_t i = 0; i < query->filter_count; i++)
        if (gather_filter(self, query, kind, &query->filters[i], add_part(self, last), err))
            return -1;
    if (query->from && *query->from)
        return gather_from(self, query, kind, add_part(self, last), err);
    return 0;
}

/* What all parts but one leave; NULL when there is no other. Given. */
static record_set_t *cross(const selector_t *self, size_t but)
{
    record_set_t *set = NULL;
    for (size_t i = 0; i < self->part_count; i++)
        if (i != but && !set)
            set = record_set_copy(self->parts[i]);
        else if (i != but)
            record_set_keep(set, self->parts[i]);
    return set;
}

static void forget(selector_t *self)
{
    while (self->part_count)
        record_set_destroy(&self->parts[--self->part_count]);
    record_set_destroy(&self->chosen);
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
static int list_sorted(selector_t *self, const query_t *query, int64_t kind, bookmark_t *start,
                       selection_t *selection, err_t *err)
{
    sqlite3_stmt *scan = self->statements[SCAN];
    if (count_all(self, query, &selection->total, err))
        return -1;
    sqlite3_bind_int64(scan, 1, kind);
    sqlite3_bind_text(scan, 2, start->sort, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(scan, 3, start->record);
    sqlite3_bind_int64(scan, 4, (int64_t)query->limit + 1);
    int step;
    while ((step = sqlite3_step(scan)) == SQLITE_ROW && selection->count < query->limit) {
        start->record = sqlite3_column_int64(scan, 0);
        snprintf(start->sort, sizeof start->sort, "%s", (const char *)sqlite3_column_text(scan, 1));
        selection->records[selection->count++] = start->record;
    }
    if (step == SQLITE_ROW)
        selection->next = bookmark_write(start);
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
    return left->record > right->record ? -1 : left->record < right->record; /* newest first */
}

static void copy_matches(matches_t *matches, const match_t *list, size_t count)
{
    matches->count = 0;
    for (size_t i = 0; i < count; i++)
        add_match(matches, list[i].record, list[i].score);
}

/* Everything that the words mean. */
static int find_matches(selector_t *self, const query_t *query, int64_t kind, matches_t *matches,
                        err_t *err)
{
    const match_t *list;
    size_t count;
    if (matching_find(self->matching, query->search, kind, &list, &count, err))
        return -1;
    copy_matches(matches, list, count);
    return 0;
}

/* Too many matches were not ranked, but those that the conditions leave may be few enough. */
static int rank_chosen(selector_t *self, const query_t *query, int64_t kind, matches_t *matches,
                       err_t *err)
{
    const match_t *list;
    size_t count;
    if (matches->count <= MATCHING_RANKED_MAX
        || record_set_count(self->chosen) > MATCHING_RANKED_MAX)
        return 0;
    if (matching_rank(self->matching, query->search, kind, self->chosen, &list, &count, err))
        return -1;
    copy_matches(matches, list, count);
    return 0;
}

static void add_near(void *matches, int64_t record, double metres)
{
    add_match(matches, record, metres);
}

/* The condition becomes a part; the matches stay as the order of the list. */
static void choose_matches(selector_t *self, const matches_t *matches, int64_t last)
{
    record_set_t *set = add_part(self, last);
    for (size_t i = 0; i < matches->count; i++)
        record_set_add(set, matches->list[i].record);
}

/* Leaves of the matches what is chosen. */
static void keep_chosen(const selector_t *self, matches_t *matches)
{
    size_t kept = 0;
    for (size_t i = 0; i < matches->count; i++)
        if (record_set_has(self->chosen, matches->list[i].record))
            matches->list[kept++] = matches->list[i];
    matches->count = kept;
}

/* Puts a match among the best, of which there are `count`, sorted, and room for `max`. */
static size_t put_among(match_t *best, size_t count, size_t max, const match_t *match)
{
    if (count == max && compare_matches(match, &best[max - 1]) >= 0)
        return count;
    size_t place = count < max ? count : max - 1;
    for (; place && compare_matches(match, &best[place - 1]) < 0; place--)
        best[place] = best[place - 1];
    best[place] = *match;
    return count < max ? count + 1 : max;
}

/* The best of what comes after a bookmark: a page, and one more when there is a next page. */
typedef struct best {
    match_t list[QUERY_LIMIT_MAX + 1], after;
    size_t count, max;
    bool begins; /* with the very first: there is no `after` */
} best_t;

static best_t best_of(const query_t *query, const bookmark_t *start)
{
    return (best_t){
        .after = {start->score, start->record}, .max = query->limit + 1, .begins = !query->after};
}

/* False when it is behind all for which there is room. */
static bool consider(best_t *best, const match_t *match)
{
    if (!best->begins && compare_matches(match, &best->after) <= 0)
        return true;
    if (best->count == best->max && compare_matches(match, &best->list[best->max - 1]) >= 0)
        return false;
    best->count = put_among(best->list, best->count, best->max, match);
    return true;
}

static void take_page(const best_t *best, const query_t *query, const bookmark_t *start,
                      selection_t *selection)
{
    for (size_t i = 0; i < best->count && i < query->limit; i++) {
        selection->metres[i] = best->list[i].score;
        selection->records[i] = best->list[i].record;
        selection->count++;
    }
    if (best->count > query->limit) {
        const match_t *last = &best->list[query->limit - 1];
        selection->next =
            bookmark_write(&(bookmark_t){start->order, last->record, last->score, ""});
    }
}

/* A page is few of many: they are picked, from the newest on, and the rest is not sorted. */
static void list_matches(const query_t *query, const matches_t *matches, const bookmark_t *start,
                         selection_t *selection)
{
    best_t best = best_of(query, start);
    for (size_t i = matches->count; i; i--)
        consider(&best, &matches->list[i - 1]);
    take_page(&best, query, start, selection);
    selection->total = (int64_t)matches->count;
}

static bool consider_newer(void *best, int64_t record, int64_t unix_ms)
{
    return consider(best, &(match_t){-(double)unix_ms, record});
}

static int list_newest(selector_t *self, const query_t *query, const bookmark_t *start,
                       selection_t *selection, err_t *err)
{
    best_t best = best_of(query, start);
    if (count_all(self, query, &selection->total, err)
        || recency_find(self->recency, query->kind->name, consider_newer, &best, err))
        return -1;
    take_page(&best, query, start, selection);
    return 0;
}

/* Finds what the words mean and what lies around the place; *order becomes what the list is in the order of. */
static int choose_found(selector_t *self, const query_t *query, int64_t kind, int64_t last,
                        matches_t *order, err_t *err)
{
    if (query->search && *query->search) {
        if (find_matches(self, query, kind, order, err))
            return -1;
        choose_matches(self, order, last);
    }
    if (!query->around)
        return 0;
    order->count = 0;
    if (vicinity_find(self->vicinity, kind, query->around, add_near, order, err))
        return -1;
    choose_matches(self, order, last);
    return 0;
}

/* --- what each value would leave --- */

/* Counts the values in a set that is not too large; *counted says whether. Takes the set. */
static int narrow_to(selector_t *self, record_set_t *set, const query_t *query, const char *field,
                     tallies_t *tallies, bool *counted, err_t *err)
{
    *counted = set && record_set_count(set) <= NARROWED_RECORDS_MAX;
    int rc = *counted ? narrowing_count(self->narrowing, set, query, field, tallies, err) : 0;
    record_set_destroy(&set);
    return rc;
}

static int narrow(selector_t *self, const query_t *query, narrowed_t *narrowed, err_t *err)
{
    for (size_t i = 0; i < query->filter_count; i++)
        if (narrow_to(self, cross(self, i), query, query->filters[i].field, &narrowed->tallies,
                      &narrowed->filters[i], err))
            return -1;
    return narrow_to(self, cross(self, PARTS_MAX), query, NULL, &narrowed->tallies,
                     &narrowed->others, err);
}

static int select_records(selector_t *self, const query_t *query, bookmark_t *start,
                          selection_t *selection, matches_t *matches, err_t *err)
{
    int64_t kind, last;
    bind_text(self->statements[KIND], 1, query->kind->name);
    if (ask(self, KIND, &kind, err) || ask(self, LAST, &last, err)
        || choose_filtered(self, query, kind, last, err)
        || choose_found(self, query, kind, last, matches, err))
        return -1;
    self->chosen = cross(self, PARTS_MAX);
    if (start->order == ORDER_SORT) {
        if (list_sorted(self, query, kind, start, selection, err))
            return -1;
    } else if (start->order == ORDER_NEWEST) {
        if (list_newest(self, query, start, selection, err))
            return -1;
    } else {
        if (start->order == ORDER_SCORE && rank_chosen(self, query, kind, matches, err))
            return -1;
        keep_chosen(self, matches);
        list_matches(query, matches, start, selection);
    }
    return query->narrowed ? narrow(self, query, &selection->narrowed, err) : 0;
}

void selector_understand(selector_t *self, const synonyms_t *synonyms)
{
    matching_understand(self->matching, synonyms);
}

int selector_count(selector_t *self, const char *words, size_t most, size_t *count, err_t *err)
{
    return matching_count(self->matching, words, most, count, err);
}

int selector_run(selector_t *self, const query_t *query, selection_t *selection, err_t *err)
{
    bool search = query->search && *query->search;
    order_t order = query->newest   ? ORDER_NEWEST
                    : query->sorted ? ORDER_SORT
                    : query->around ? ORDER_METRES
                    : search        ? ORDER_SCORE
                                    : ORDER_SORT;
    bookmark_t start = {.order = order};
    matches_t matches = {0};
    *selection = (selection_t){0};
    if (check_query(query, err)
        || (query->after && bookmark_read(&start, order, query->after, err)))
        return -1;
    int rc = select_records(self, query, &start, selection, &matches, err);
    free(matches.list);
    forget(self);
    return rc;
}
