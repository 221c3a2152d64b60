/* Three passes: every value of every column is looked at (look.h); each pair of a column and a field gets
 * a score from its name and its values, and the best pairs win, one column to a field; what results is
 * written as a report and as YAML. */
#include "node/import/explain.h"

#include "node/import/cell.h"
#include "node/import/look.h"
#include "node/import/reader.h"
#include "node/import/repair.h"
#include "node/import/synonym.h"
#include "schemas/base/text.h"
#include "schemas/base/unicode.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX_SIZE (1024 * 1024)
#define DISTINCT_MAX 20000
#define EXAMPLES 3
#define PATH_SIZE 256
#define ID_LONGEST 120    /* characters of source.identifiant */
#define EXAMPLE_LENGTH 60 /* characters */
#define NESTING_MAX 4
#define FIXES_MAX 6
#define TARGETS_MAX 512

/* A column of the file. */
typedef struct seen {
    char *name;
    size_t filled;            /* rows with a value */
    size_t values;            /* of single values, also those inside a list */
    size_t looks[LOOK_COUNT]; /* how many of them look so */
    size_t longest;           /* characters */
    bool several;             /* arrays of single values */
    const json_t *group;      /* an object out of an array of them; borrowed from groups */
    json_t *distinct;         /* value: how often; at most DISTINCT_MAX */
    const column_t *target;   /* the field it seems to fill, or NULL */
    const char *why;          /* French */
    const char *fixes[FIXES_MAX + 1];
} seen_t;

typedef struct explain {
    const kind_t *kind;
    const char *name;
    reading_t reading;
    size_t rows, unreadable;
    seen_t *columns;
    size_t count;
    json_t *index;     /* name: position in columns */
    json_t *groups;    /* keeps what `group` points to */
    columns_t targets; /* the fields of the kind, also those inside lists of groups */
    const seen_t *id;
    const field_t *id_field; /* required, and filled by the id: the code of an aid */
} explain_t;

/* --- looking at the file --- */

static seen_t *column_of(explain_t *self, const char *name)
{
    const json_t *known = json_object_get(self->index, name);
    if (known)
        return &self->columns[json_integer_value(known)];
    if (self->count == EXPLAIN_COLUMNS_MAX)
        return NULL;
    self->columns = realloc(self->columns, (self->count + 1) * sizeof *self->columns);
    assert(self->columns);
    self->columns[self->count] = (seen_t){.name = strdup(name), .distinct = json_object()};
    assert(self->columns[self->count].name);
    json_object_set_new(self->index, name, json_integer((json_int_t)self->count));
    return &self->columns[self->count++];
}

static void see_value(seen_t *column, const char *value)
{
    size_t length = unicode_length(value, strlen(value));
    column->longest = length > column->longest ? length : column->longest;
    column->values++;
    for (int look = 0; look < LOOK_COUNT; look++)
        column->looks[look] += look_at((look_t)look, value);
    const json_t *before = json_object_get(column->distinct, value);
    if (before || json_object_size(column->distinct) < DISTINCT_MAX)
        json_object_set_new(column->distinct, value, json_integer(json_integer_value(before) + 1));
}

/* Sees a single value as the text that a mapping makes of it; false for null and "". */
static bool see_single(seen_t *column, const json_t *value)
{
    char *text = NULL;
    if (json_is_string(value))
        text = strdup(json_string_value(value));
    else if (json_is_boolean(value))
        text = strdup(json_is_true(value) ? "oui" : "non");
    else if (json_is_number(value))
        text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    bool seen = text && *text;
    if (seen)
        see_value(column, text);
    free(text);
    return seen;
}

static void see_array(explain_t *self, seen_t *column, const json_t *array)
{
    bool filled = false;
    for (size_t i = 0; i < json_array_size(array); i++) {
        json_t *entry = json_array_get(array, i);
        if (json_is_object(entry) && !column->group) {
            json_array_append(self->groups, entry);
            column->group = entry;
        }
        column->several |= !json_is_object(entry);
        filled |= json_is_object(entry) || see_single(column, entry);
    }
    column->filled += filled;
}

static void see_object(explain_t *self, text_t *path, const json_t *object, int depth);

static void see_member(explain_t *self, text_t *path, const json_t *value, int depth)
{
    if (json_is_object(value) && depth < NESTING_MAX) {
        see_object(self, path, value, depth + 1);
        return;
    }
    seen_t *column = column_of(self, path->data);
    if (column && json_is_array(value))
        see_array(self, column, value);
    else if (column)
        column->filled += see_single(column, value);
}

static void see_object(explain_t *self, text_t *path, const json_t *object, int depth)
{
    const char *name;
    json_t *value;
    size_t size = path->size;
    json_object_foreach((json_t *)object, name, value)
    {
        if (text_add_format(path, "%s%s", size ? "." : "", name) == 0)
            see_member(self, path, value, depth);
        path->size = size;
        path->data[size] = 0;
    }
}

static void see_row(void *context, const row_t *row)
{
    explain_t *self = context;
    self->unreadable += row->problem != NULL;
    if (row->problem || self->rows == EXPLAIN_ROWS_MAX)
        return;
    self->rows++;
    text_t path;
    text_init(&path, READER_CELL_MAX);
    see_object(self, &path, row->record, 0);
    text_free(&path);
}

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

static const char *lambert_repair(void)
{
    for (size_t i = 0; repair_at(i); i++)
        if (strstr(repair_at(i)->name, "lambert"))
            return repair_at(i)->name;
    return NULL;
}

static size_t fitting_degrees(const seen_t *column, const char *name)
{
    bool latitude = strcmp(name, "lat") == 0;
    size_t degrees = column->looks[latitude ? LOOK_LATITUDE : LOOK_LONGITUDE];
    size_t metres = column->looks[latitude ? LOOK_LAMBERT_Y : LOOK_LAMBERT_X];
    return lambert_repair() && metres > degrees ? metres : degrees;
}

/* The code that a value means: it is the code, or the label, whatever its capitals and accents. */
static const char *code_of(const vocabulary_t *vocabulary, const char *value)
{
    text_t folded, label;
    const char *code = NULL;
    text_init(&folded, TEXT_MAX_SIZE);
    text_init(&label, TEXT_MAX_SIZE);
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

static size_t fitting_codes(const seen_t *column, const vocabulary_t *vocabulary)
{
    const char *value;
    json_t *times;
    size_t fitting = 0;
    json_object_foreach(column->distinct, value, times)
    {
        if (code_of(vocabulary, value))
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
        return fitting_codes(column, entry->vocabulary);
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

static const seen_t *column_for(const explain_t *self, const char *path)
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

/* Required, and nothing fills it. */
static bool is_missing(const explain_t *self, const field_t *field)
{
    return field->need == NEED_REQUIRED && field != self->id_field && !column_for(self, field->name)
           && !fills_inside(self, field->name);
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
    self->id = self->id ? self->id : any ? any : column_for(self, self->kind->title);
    static const char *const NAMES[] = {"uid", "code"};
    for (size_t i = 0; self->id && i < sizeof NAMES / sizeof *NAMES; i++) {
        const field_t *field = kind_field(self->kind, NAMES[i]);
        if (field && is_missing(self, field))
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
        whole = whole && column_for(self, sibling);
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

/* --- which fixes --- */

typedef struct proposal {
    field_type_t type;
    look_t look; /* seen at least once */
    const char *fix;
} proposal_t;

/* In the order in which they are to be applied. */
static const proposal_t PROPOSALS[] = {
    {FIELD_SIREN, LOOK_ZEROS, "zeros_unknown"},
    {FIELD_SIREN, LOOK_SIREN_SHORT, "lost_zero_siren"},
    {FIELD_SIREN, LOOK_SIRET, "siren_of_siret"},
    {FIELD_SIRET, LOOK_ZEROS, "zeros_unknown"},
    {FIELD_SIRET, LOOK_SIRET_SHORT, "lost_zero_siret"},
    {FIELD_COG, LOOK_COMMUNE, "commune"},
    {FIELD_COG, LOOK_POSTCODE_SHORT, "commune"},
    {FIELD_URL, LOOK_URL_BARE, "url_scheme"},
    {FIELD_DATE, LOOK_DATE_FRENCH, "french_date"},
    {FIELD_DATE, LOOK_EPOCH_MS, "epoch_ms"},
    {FIELD_DATE, LOOK_DATE_TIME, "paris_time"},
    {FIELD_DATE, LOOK_EPOCH_MS, "day_of_time"},
    {FIELD_DATE, LOOK_DATE_TIME, "day_of_time"},
    {FIELD_INSTANT, LOOK_EPOCH_MS, "epoch_ms"},
    {FIELD_INSTANT, LOOK_DATE_TIME, "paris_time"},
    {FIELD_DECIMAL, LOOK_NUMBER_COMMA, "decimal_comma"},
    {FIELD_DEGREES, LOOK_NUMBER_COMMA, "decimal_comma"},
    {FIELD_BOOL, LOOK_YES_NO, "yes"},
    {FIELD_TEXT, LOOK_HTML, "strip_html"},
    {FIELD_MARKDOWN, LOOK_HTML, "strip_html"},
};

static void add_fix(seen_t *column, const char *fix)
{
    size_t i = 0;
    for (; column->fixes[i]; i++)
        if (strcmp(column->fixes[i], fix) == 0)
            return;
    if (i < FIXES_MAX)
        column->fixes[i] = fix;
}

static const char *splitter(const seen_t *column)
{
    return column->looks[LOOK_BARS]         ? "split_pipe"
           : column->looks[LOOK_SEMICOLONS] ? "split_semicolon"
           : column->looks[LOOK_COMMAS]     ? "split_comma"
                                            : NULL;
}

static void propose_fixes(seen_t *column)
{
    const field_t *field = column->target->field;
    const field_t *entry = field->type == FIELD_LIST ? &field->fields[0] : field;
    if (field->type == FIELD_LIST && !column->several && !column->group && splitter(column)) {
        add_fix(column, splitter(column));
        add_fix(column, "strip");
    }
    if (column->group)
        return;
    if (strcmp(field->name, "code_postal") == 0 && column->looks[LOOK_POSTCODE_SHORT])
        add_fix(column, "postcode_zero");
    if (column->looks[LOOK_NOTHING])
        add_fix(column, "no_answer");
    for (size_t i = 0; i < sizeof PROPOSALS / sizeof *PROPOSALS; i++)
        if (PROPOSALS[i].type == entry->type && column->looks[PROPOSALS[i].look])
            add_fix(column, PROPOSALS[i].fix);
    if (entry->max_size && column->longest > entry->max_size
        && (entry->type == FIELD_TEXT || entry->type == FIELD_MARKDOWN)) {
        add_fix(column, "squeeze");
        add_fix(column, "cut");
    }
}

/* --- the YAML --- */

/* A text of YAML in quotes is one of JSON. */
static void add_quoted(text_t *out, const char *value)
{
    json_t *text = json_string(value);
    char *quoted = json_dumps(text, JSON_ENCODE_ANY);
    text_add_string(out, quoted ? quoted : "\"\"");
    free(quoted);
    json_decref(text);
}

/* A value on one line, cut. */
static void add_example(text_t *out, const char *value)
{
    size_t size = strlen(value), kept = 0, length = 0;
    for (; kept < size && length < EXAMPLE_LENGTH; kept++)
        length += (value[kept + 1] & 0xc0) != 0x80;
    for (size_t i = 0; i < kept; i++)
        text_add(out, (unsigned char)value[i] < ' ' ? " " : value + i, 1);
    if (kept < size)
        text_add_string(out, "…");
}

static void add_source(const explain_t *self, text_t *out)
{
    const char *slash = strrchr(self->name, '/'), *base = slash ? slash + 1 : self->name;
    size_t size = strcspn(base, ".");
    json_t *name = json_stringn_nocheck(base, size);
    text_add_format(out, "kind: %s\nsource:\n  nom: ", self->kind->name);
    add_quoted(out, size ? json_string_value(name) : "Fichier");
    text_add_string(out, "   # à préciser : qui publie\n"
                         "  licence: \"à préciser\"\n");
    json_decref(name);
}

/* The names of a file without any, so that they stay what they were called here. */
static void add_header(const explain_t *self, text_t *out)
{
    if (!self->reading.csv || self->reading.header)
        return;
    text_add_string(out, "header: [");
    for (size_t i = 0; i < json_array_size(self->reading.columns); i++) {
        text_add_string(out, i ? ", " : "");
        add_quoted(out, json_string_value(json_array_get(self->reading.columns, i)));
    }
    text_add_string(out, "]\n");
}

static void add_columns_section(const explain_t *self, text_t *out)
{
    text_add_string(out, "columns:\n");
    for (size_t i = 0; i < self->count; i++) {
        const seen_t *column = &self->columns[i];
        if (!column->target)
            continue;
        text_add_format(out, "  %s: ", column->target->path);
        add_quoted(out, column->name);
        const char *example = json_object_iter_key(json_object_iter(column->distinct));
        if (example) {
            text_add_string(out, "   # ");
            add_example(out, example);
        }
        text_add_string(out, "\n");
    }
    if (self->id_field) {
        text_add_format(out, "  %s: ", self->id_field->name);
        add_quoted(out, self->id->name);
        text_add_string(out, "   # ce qui distingue les lignes\n");
    }
}

/* "autre" says the least; else the first. */
static const char *neutral(const vocabulary_t *vocabulary)
{
    return vocabulary_term(vocabulary, "autre") ? "autre" : vocabulary->terms[0].code;
}

static void add_choice(const vocabulary_t *vocabulary, text_t *out)
{
    text_add_string(out, "   # à choisir :");
    for (size_t i = 0; i < vocabulary->count; i++)
        text_add_format(out, " %s", vocabulary->terms[i].code);
}

static void add_constant(const field_t *field, text_t *out)
{
    if (field->type == FIELD_CODE) {
        text_add_format(out, "  %s: ", field->name);
        add_quoted(out, neutral(field->vocabulary));
        add_choice(field->vocabulary, out);
        text_add_string(out, "\n");
    } else
        text_add_format(out, "  # %s: …   # obligatoire, et aucune colonne ne le dit\n",
                        field->name);
}

static bool calendar(const explain_t *self)
{
    return self->reading.format == READING_ICS;
}

/* Codes may be left empty by their column too: then the constant fills them. */
static void add_constants_section(const explain_t *self, text_t *out)
{
    text_add_string(out, "constants:\n  langue: fr   # à vérifier\n");
    for (size_t i = 0; i < self->kind->field_count; i++) {
        const field_t *field = &self->kind->fields[i];
        if (calendar(self) && strcmp(field->name, "mode") == 0)
            continue; /* its repair tells by the place */
        if (is_missing(self, field) || (field->need == NEED_REQUIRED && field->type == FIELD_CODE))
            add_constant(field, out);
    }
    const field_t *zone = kind_field(self->kind, "zone_intervention");
    if (zone && !column_for(self, "code_insee") && !column_for(self, zone->name))
        text_add_format(out, "  %s: [PAYS-99100]   # à préciser : DEP-42, REG-84\n", zone->name);
}

static bool has_code(const seen_t *column, const vocabulary_t **vocabulary)
{
    if (!column->target || column->group)
        return false;
    const field_t *field = column->target->field;
    const field_t *entry = field->type == FIELD_LIST ? &field->fields[0] : field;
    *vocabulary = entry->vocabulary;
    return entry->type == FIELD_CODE;
}

/* Only the values that are not codes already; "" for those that no label explains. */
static void add_values_of(const seen_t *column, const vocabulary_t *vocabulary, text_t *out)
{
    const char *value;
    json_t *times;
    bool begun = false;
    json_object_foreach(column->distinct, value, times)
    {
        const char *code = code_of(vocabulary, value);
        if (code && strcmp(code, value) == 0)
            continue;
        if (!begun)
            text_add_format(out, "  %s:\n", column->target->path);
        begun = true;
        text_add_string(out, "    ");
        add_quoted(out, value);
        text_add_string(out, ": ");
        add_quoted(out, code ? code : "");
        text_add_string(out, "\n");
    }
}

static void add_values_section(const explain_t *self, text_t *out)
{
    text_t values;
    const vocabulary_t *vocabulary;
    text_init(&values, TEXT_MAX_SIZE);
    for (size_t i = 0; i < self->count; i++)
        if (has_code(&self->columns[i], &vocabulary))
            add_values_of(&self->columns[i], vocabulary, &values);
    if (values.size)
        text_add_format(out, "values:\n%s", values.data);
    text_free(&values);
}

static void add_fixes_section(const explain_t *self, text_t *out)
{
    bool begun = false;
    for (size_t i = 0; i < self->count; i++) {
        const seen_t *column = &self->columns[i];
        if (!column->target || !column->fixes[0])
            continue;
        text_add_format(out, "%s  %s: [", begun ? "" : "fixes:\n", column->target->path);
        begun = true;
        for (size_t j = 0; column->fixes[j]; j++)
            text_add_format(out, "%s%s", j ? ", " : "", column->fixes[j]);
        text_add_string(out, "]\n");
    }
    if (self->id_field && self->id->longest > self->id_field->max_size)
        text_add_format(out, "%s  %s: [cut]\n", begun ? "" : "fixes:\n", self->id_field->name);
}

static void add_repairs_section(const explain_t *self, text_t *out)
{
    const seen_t *lat = column_for(self, "lat");
    if (calendar(self))
        text_add_string(out, "repairs: [location_parts, whole_days]\n");
    else if (lat && lat->looks[LOOK_LAMBERT_Y] > lat->looks[LOOK_LATITUDE])
        text_add_format(out, "repairs: [%s]\n", lambert_repair());
}

static void add_mapping(const explain_t *self, text_t *out)
{
    add_source(self, out);
    add_header(self, out);
    if (self->id) {
        text_add_string(out, "id: ");
        add_quoted(out, self->id->name);
        text_add_string(out, "\n");
    }
    add_columns_section(self, out);
    add_constants_section(self, out);
    add_values_section(self, out);
    add_fixes_section(self, out);
    add_repairs_section(self, out);
}

/* --- the report --- */

static json_t *examples_of(const seen_t *column)
{
    json_t *examples = json_array();
    const char *value;
    json_t *times;
    json_object_foreach(column->distinct, value, times)
    {
        text_t example;
        text_init(&example, TEXT_MAX_SIZE);
        add_example(&example, value);
        json_array_append_new(examples, json_stringn(example.data, example.size));
        text_free(&example);
        if (json_array_size(examples) == EXAMPLES)
            break;
    }
    return examples;
}

static json_t *looks_of(const seen_t *column)
{
    json_t *looks = json_object();
    for (int look = 0; look < LOOK_COUNT; look++)
        if (column->looks[look])
            json_object_set_new(looks, look_name((look_t)look),
                                json_integer((json_int_t)column->looks[look]));
    return looks;
}

static json_t *column_report(const seen_t *column)
{
    json_t *fixes = json_array();
    for (size_t i = 0; column->fixes[i]; i++)
        json_array_append_new(fixes, json_string(column->fixes[i]));
    return json_pack("{s:s, s:I, s:I, s:I, s:o, s:o, s:s?, s:s?, s:o}", "name", column->name,
                     "filled", (json_int_t)column->filled, "distinct",
                     (json_int_t)json_object_size(column->distinct), "longest",
                     (json_int_t)column->longest, "examples", examples_of(column), "looks",
                     looks_of(column), "field", column->target ? column->target->path : NULL, "why",
                     column->why, "fixes", fixes);
}

static json_t *missing_report(const explain_t *self)
{
    json_t *missing = json_array();
    for (size_t i = 0; i < self->kind->field_count; i++)
        if (is_missing(self, &self->kind->fields[i]))
            json_array_append_new(missing,
                                  json_pack("{s:s, s:s}", "field", self->kind->fields[i].name,
                                            "label", self->kind->fields[i].label));
    return missing;
}

static json_t *report(const explain_t *self)
{
    text_t mapping, reading;
    text_init(&mapping, TEXT_MAX_SIZE);
    text_init(&reading, TEXT_MAX_SIZE);
    add_mapping(self, &mapping);
    reading_describe(&self->reading, &reading);
    json_t *columns = json_array();
    for (size_t i = 0; i < self->count; i++)
        json_array_append_new(columns, column_report(&self->columns[i]));
    json_t *made =
        json_pack("{s:s, s:s, s:s, s:I, s:I, s:o, s:o, s:s}", "file", self->name, "kind",
                  self->kind->name, "reading", reading.data, "rows", (json_int_t)self->rows,
                  "unreadable", (json_int_t)self->unreadable, "columns", columns, "missing",
                  missing_report(self), "mapping", mapping.data);
    text_free(&mapping);
    text_free(&reading);
    return made;
}

static void release(explain_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        free(self->columns[i].name);
        json_decref(self->columns[i].distinct);
    }
    free(self->columns);
    json_decref(self->index);
    json_decref(self->groups);
    columns_free(&self->targets);
    reading_free(&self->reading);
}

json_t *explain_file(const kind_t *kind, const char *name, const char *bytes, size_t size,
                     err_t *err)
{
    explain_t self = {.kind = kind, .name = name, .index = json_object(), .groups = json_array()};
    json_t *made = NULL;
    if (reader_each(bytes, size, NULL, &self.reading, see_row, &self, err))
        err_context(err, "%s : ", name);
    else if (self.rows == 0)
        err_set(err, ERR_REJECT, "%s : ce fichier n'a aucune ligne lisible.", name);
    else {
        list_targets(&self);
        match_columns(&self);
        drop_parts(&self);
        find_id(&self);
        for (size_t i = 0; i < self.count; i++)
            if (self.columns[i].target)
                propose_fixes(&self.columns[i]);
        made = report(&self);
    }
    release(&self);
    return made;
}
