/* Each pair of a column and a field gets a score from its name and its values; the best pairs win, one column
 * to a field. */
#include "node/import/explain/explain_inside.h"

#include "node/import/explain/synonym.h"
#include "schemas/base/unicode.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SIZE 256
#define ID_LONGEST 120 /* characters of source.identifiant */

/* --- which fields there are to fill --- */

static void add_target(columns_t *targets, const char *list, const field_t *field)
{
    char *path;
    int size = asprintf(&path, "%s%s%s", list, *list ? "." : "", field->name);
    assert(size > 0);
    targets->list = realloc(targets->list, (targets->count + 1) * sizeof *targets->list);
    assert(targets->list);
    targets->list[targets->count++] = (column_t){path, field};
}

static bool is_groups(const field_t *field)
{
    return field->type == FIELD_LIST && field->fields[0].type == FIELD_MAP;
}

static bool is_simple(const field_t *field)
{
    return field->type != FIELD_LIST && field->type != FIELD_MAP && field->type != FIELD_NAF
           && field->type != FIELD_INTERVAL;
}

/* All columns of the kind, and the fields of the first entry of a list of groups: "horaires.debut". */
static void list_targets(explain_t *self)
{
    columns_of(self->kind, &self->targets);
    size_t own = self->targets.count;
    for (size_t i = 0; i < own; i++) {
        const field_t *field = self->targets.list[i].field;
        if (!is_groups(field))
            continue;
        for (size_t j = 0; j < field->fields[0].field_count; j++)
            if (is_simple(&field->fields[0].fields[j]))
                add_target(&self->targets, self->targets.list[i].path, &field->fields[0].fields[j]);
    }
}

/* --- does a column fit a field? --- */

static size_t sum(const seen_t *column, const look_t *looks, size_t count)
{
    size_t values = 0;
    for (size_t i = 0; i < count; i++)
        values += column->looks[looks[i]];
    return values;
}

#define SUM(column, ...)                                                                           \
    sum(column, (const look_t[]){__VA_ARGS__},                                                     \
        sizeof((const look_t[]){__VA_ARGS__}) / sizeof(look_t))

static size_t fitting_degrees(const seen_t *column, const char *name)
{
    bool latitude = strcmp(name, "lat") == 0;
    size_t degrees = column->looks[latitude ? LOOK_LATITUDE : LOOK_LONGITUDE];
    size_t metres = column->looks[latitude ? LOOK_LAMBERT_Y : LOOK_LAMBERT_X];
    return explain_lambert() && metres > degrees ? metres : degrees;
}

const char *explain_code_of(const vocabulary_t *vocabulary, const char *value)
{
    text_t folded, label;
    const char *code = NULL;
    text_init(&folded, EXPLAIN_TEXT_MAX);
    text_init(&label, EXPLAIN_TEXT_MAX);
    unicode_fold(&folded, value, strlen(value));
    for (size_t i = 0; i < vocabulary->count && !code; i++) {
        const term_t *term = &vocabulary->terms[i];
        text_clear(&label);
        unicode_fold(&label, term->label, strlen(term->label));
        if (strcmp(term->code, value) == 0 || strcmp(folded.data, term->code) == 0
            || strcmp(folded.data, label.data) == 0)
            code = term->code;
    }
    text_free(&folded);
    text_free(&label);
    return code;
}

typedef struct knowing {
    const vocabulary_t *vocabulary;
    bool known; /* at least one entry of the value */
} knowing_t;

static void see_entry(void *context, const char *entry)
{
    knowing_t *knowing = context;
    knowing->known |= explain_code_of(knowing->vocabulary, entry) != NULL;
}

/* Of a list in a cell one entry is enough: the others are listed, for a person to translate. */
static size_t fitting_codes(const seen_t *column, const field_t *field,
                            const vocabulary_t *vocabulary)
{
    const char *value;
    json_t *times;
    size_t fitting = 0;
    const fix_t *splitter = explain_splitter(column, field);
    json_object_foreach(column->distinct, value, times)
    {
        knowing_t knowing = {.vocabulary = vocabulary};
        explain_each_entry(splitter, value, see_entry, &knowing);
        if (knowing.known)
            fitting += (size_t)json_integer_value(times);
    }
    return fitting;
}

/* How many of the column's values this field would take, with the fixes we know. */
static size_t fitting(const seen_t *column, const field_t *field)
{
    const field_t *entry = field->type == FIELD_LIST ? &field->fields[0] : field;
    switch (entry->type) {
    case FIELD_TEXT:
    case FIELD_MARKDOWN:
        return column->values;
    case FIELD_CODE:
        return fitting_codes(column, field, entry->vocabulary);
    case FIELD_SIREN:
        return SUM(column, LOOK_SIREN, LOOK_SIREN_SHORT, LOOK_SIRET, LOOK_ZEROS);
    case FIELD_SIRET:
        return SUM(column, LOOK_SIRET, LOOK_SIRET_SHORT, LOOK_ZEROS);
    case FIELD_RNA:
        return SUM(column, LOOK_RNA);
    case FIELD_COG:
        return SUM(column, LOOK_TERRITORY, LOOK_COMMUNE, LOOK_POSTCODE_SHORT);
    case FIELD_URL:
        return SUM(column, LOOK_URL, LOOK_URL_BARE);
    case FIELD_TEL:
        return SUM(column, LOOK_TELEPHONE);
    case FIELD_COURRIEL:
        return SUM(column, LOOK_COURRIEL);
    case FIELD_DATE:
        return SUM(column, LOOK_DATE, LOOK_DATE_FRENCH, LOOK_DATE_TIME, LOOK_EPOCH_MS);
    case FIELD_INSTANT:
        return SUM(column, LOOK_DATE_TIME, LOOK_EPOCH_MS);
    case FIELD_INTEGER:
    case FIELD_DECIMAL:
        return SUM(column, LOOK_NUMBER, LOOK_NUMBER_COMMA);
    case FIELD_DEGREES:
        return fitting_degrees(column, field->name);
    case FIELD_BOOL:
        return SUM(column, LOOK_YES_NO);
    case FIELD_NAF:
    case FIELD_LIST:
    case FIELD_MAP:
    case FIELD_INTERVAL:
        return 0;
    }
    return 0;
}

/* Objects in an array whose members are all that this group requires. */
static bool group_fits(const seen_t *column, const field_t *field)
{
    const field_t *entry = &field->fields[0];
    for (size_t i = 0; i < entry->field_count; i++)
        if (entry->fields[i].need == NEED_REQUIRED
            && !json_object_get(column->group, entry->fields[i].name))
            return false;
    return true;
}

#define FIT_PERCENT 80 /* of the values; the others would be refused */

static bool fits(const seen_t *column, const field_t *field)
{
    if (column->group)
        return is_groups(field) && group_fits(column, field);
    if (column->values == 0 || is_groups(field))
        return false;
    size_t good = fitting(column, field), all = column->values - column->looks[LOOK_NOTHING];
    return good && good * 100 >= all * FIT_PERCENT;
}

/* --- the best pairs --- */

#define SCORE_CONTENT 30 /* nothing but the values speaks for it */

/* A form that few other things have is worth a proposal whatever the column is called; of the fields
 * of that form, for the one that stands for the whole. */
static bool telling(const char *path)
{
    static const char *const PATHS[] = {"siren",      "siret",    "rna",      "site",
                                        "url_source", "courriel", "telephone"};
    for (size_t i = 0; i < sizeof PATHS / sizeof *PATHS; i++)
        if (strcmp(PATHS[i], path) == 0)
            return true;
    return false;
}

static bool is_ours(const char *path) /* what the mapping itself says */
{
    return strncmp(path, "source.", 7) == 0 || strcmp(path, "demo") == 0
           || strcmp(path, "langue") == 0;
}

static int score(const seen_t *column, const column_t *target)
{
    if (is_ours(target->path) || column->filled == 0 || !fits(column, target->field))
        return 0;
    int name = synonym_score(column->name, target->path, target->field->label);
    if (name)
        return name + (target->field->need == NEED_REQUIRED);
    return telling(target->path) ? SCORE_CONTENT : 0;
}

/* Is one of these paths the other, or a list around it? */
static bool overlap(const column_t *a, const column_t *b)
{
    size_t size = strlen(a->path);
    return strcmp(a->path, b->path) == 0
           || (a->field->type == FIELD_LIST && strncmp(a->path, b->path, size) == 0
               && b->path[size] == '.');
}

static bool taken(const explain_t *self, const column_t *target)
{
    for (size_t i = 0; i < self->count; i++) {
        const column_t *other = self->columns[i].target;
        if (other && (overlap(other, target) || overlap(target, other)))
            return true;
    }
    return false;
}

static void match_columns(explain_t *self)
{
    int *scores = calloc(self->count * self->targets.count + 1, sizeof *scores);
    assert(scores);
    for (size_t i = 0; i < self->count; i++)
        for (size_t j = 0; j < self->targets.count; j++)
            scores[i * self->targets.count + j] = score(&self->columns[i], &self->targets.list[j]);
    for (int wanted = SYNONYM_SCORE_MAX + 1; wanted > 0; wanted--)
        for (size_t j = 0; j < self->targets.count; j++)
            for (size_t i = 0; i < self->count; i++) {
                seen_t *column = &self->columns[i];
                if (scores[i * self->targets.count + j] != wanted || column->target
                    || taken(self, &self->targets.list[j]))
                    continue;
                column->target = &self->targets.list[j];
                column->why = wanted == SCORE_CONTENT ? "ses valeurs" : "son nom";
            }
    free(scores);
}

/* One value in each row, and no two alike. */
static bool tells_rows_apart(const explain_t *self, const seen_t *column)
{
    return column->filled == self->rows && column->values == self->rows
           && json_object_size(column->distinct) == self->rows && column->longest <= ID_LONGEST;
}

const seen_t *explain_column_for(const explain_t *self, const char *path)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->columns[i].target && strcmp(self->columns[i].target->path, path) == 0)
            return &self->columns[i];
    return NULL;
}

static bool fills_inside(const explain_t *self, const char *list)
{
    size_t size = strlen(list);
    for (size_t i = 0; i < self->count; i++)
        if (self->columns[i].target && strncmp(self->columns[i].target->path, list, size) == 0
            && self->columns[i].target->path[size] == '.')
            return true;
    return false;
}

bool explain_is_missing(const explain_t *self, const field_t *field)
{
    return field->need == NEED_REQUIRED && field != self->id_field
           && !explain_column_for(self, field->name) && !fills_inside(self, field->name);
}

/* A column called so; else any that tells the rows apart; else the title, which may come twice. */
static void find_id(explain_t *self)
{
    const seen_t *any = NULL;
    for (size_t i = 0; i < self->count && !self->id; i++) {
        const seen_t *column = &self->columns[i];
        if (!tells_rows_apart(self, column))
            continue;
        any = any ? any : column;
        if (synonym_is_id(column->name))
            self->id = column;
    }
    self->id = self->id ? self->id : any ? any : explain_column_for(self, self->kind->title);
    static const char *const NAMES[] = {"uid", "code"};
    for (size_t i = 0; self->id && i < sizeof NAMES / sizeof *NAMES; i++) {
        const field_t *field = kind_field(self->kind, NAMES[i]);
        if (field && explain_is_missing(self, field))
            self->id_field = field;
    }
}

/* The path of the group that this path is inside of, and the group; NULL at the top. */
static const field_t *group_of(const kind_t *kind, const char *path, char group[PATH_SIZE])
{
    const char *dot = strrchr(path, '.');
    if (!dot || (size_t)(dot - path) >= PATH_SIZE)
        return NULL;
    memcpy(group, path, (size_t)(dot - path));
    group[dot - path] = 0;
    const field_t *field = kind_path(kind, group);
    return field && field->type == FIELD_LIST ? &field->fields[0] : field;
}

/* A part of a group without what the group requires would refuse every row; which nomenclature an
 * activity is of, no column says. */
static bool is_whole(const explain_t *self, const char *path)
{
    char group[PATH_SIZE], *sibling;
    const field_t *field = group_of(self->kind, path, group);
    bool whole = !field || field->type != FIELD_NAF;
    for (size_t i = 0; field && i < field->field_count; i++) {
        if (field->fields[i].need != NEED_REQUIRED)
            continue;
        int size = asprintf(&sibling, "%s.%s", group, field->fields[i].name);
        assert(size > 0);
        whole = whole && explain_column_for(self, sibling);
        free(sibling);
    }
    return whole;
}

static void drop_parts(explain_t *self)
{
    bool dropped = true;
    while (dropped) { /* siblings may fall with one */
        dropped = false;
        for (size_t i = 0; i < self->count; i++) {
            seen_t *column = &self->columns[i];
            if (!column->target || is_whole(self, column->target->path))
                continue;
            column->target = NULL;
            column->why = NULL;
            dropped = true;
        }
    }
}

void explain_match(explain_t *self)
{
    list_targets(self);
    match_columns(self);
    drop_parts(self);
    find_id(self);
}
