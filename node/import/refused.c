#include "node/import/refused.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FORMULA_STARTS "=+-@\t\r'"
#define BETWEEN " | "
#define CELL_MAX (2 * READER_ROW_MAX)

static const char *const OURS[] = {"_fichier", "_ligne", "_champ", "_valeur", "_raison", "_json"};
enum { FILE_NAME, LINE, FIELD, VALUE, REASON, JSON_NAMES, OURS_COUNT };

typedef struct refused_row {
    json_t *record; /* NULL: unreadable */
    char *texts[OURS_COUNT];
} refused_row_t;

struct refused {
    refused_row_t *rows;
    size_t kept, count;
    json_t *columns; /* name: null, in the order of their first row */
    bool json;       /* a row was of no CSV */
    char *name;      /* of the first file */
    bool several;    /* files */
};

refused_t *refused_new(void)
{
    refused_t *self = calloc(1, sizeof *self);
    assert(self);
    self->columns = json_object();
    return self;
}

static void free_row(refused_row_t *row)
{
    json_decref(row->record);
    for (size_t i = 0; i < OURS_COUNT; i++)
        free(row->texts[i]);
}

void refused_destroy(refused_t **self_p)
{
    refused_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->kept; i++)
        free_row(&self->rows[i]);
    free(self->rows);
    free(self->name);
    json_decref(self->columns);
    free(self);
    *self_p = NULL;
}

size_t refused_count(const refused_t *self)
{
    return self->count;
}

static int our_index(const char *name)
{
    for (int i = 0; i < OURS_COUNT; i++)
        if (strcmp(OURS[i], name) == 0)
            return i;
    return -1;
}

/* --- keeping rows --- */

static void add_part(text_t *out, const char *part)
{
    if (out->size)
        text_add_string(out, BETWEEN);
    text_add_string(out, part);
}

/* Gives the bytes of a text and frees what is left of it. */
static char *taken(text_t *text)
{
    char *bytes = text_take(text);
    text_free(text);
    return bytes;
}

static char *join_errors(const findings_t *found, const char *(*part)(const finding_t *finding))
{
    text_t all;
    text_init(&all, CELL_MAX);
    for (size_t i = 0; i < found->count; i++)
        if (found->list[i].severity == SEVERITY_ERROR)
            add_part(&all, part(&found->list[i]));
    return taken(&all);
}

static const char *field_of(const finding_t *finding)
{
    return finding->field;
}

static const char *value_of(const finding_t *finding)
{
    return finding->value;
}

static const char *reason_of(const finding_t *finding)
{
    return finding->reason;
}

static char *names_of_json(const json_t *record)
{
    text_t names;
    const char *name;
    json_t *value;
    text_init(&names, CELL_MAX);
    json_object_foreach((json_t *)record, name, value)
    {
        if (json_is_object(value) || json_is_array(value))
            add_part(&names, name);
    }
    return taken(&names);
}

static void add_columns(refused_t *self, const json_t *record)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)record, name, value)
    {
        if (our_index(name) < 0 && json_object_size(self->columns) < READER_COLUMNS_MAX)
            json_object_set_new_nocheck(self->columns, name, json_null());
    }
}

static refused_row_t *new_row(refused_t *self)
{
    if ((self->kept & (self->kept - 1)) == 0) {
        size_t capacity = self->kept ? 2 * self->kept : 1;
        self->rows = realloc(self->rows, capacity * sizeof *self->rows);
        assert(self->rows);
    }
    refused_row_t *row = &self->rows[self->kept++];
    *row = (refused_row_t){0};
    return row;
}

void refused_add(refused_t *self, const char *name, bool csv, const row_t *row,
                 const findings_t *found)
{
    if (self->count++ >= REFUSED_ROWS_MAX)
        return;
    if (!self->name)
        self->name = strdup(name);
    self->several |= strcmp(self->name, name) != 0;
    self->json |= !csv;
    refused_row_t *kept = new_row(self);
    kept->record = json_incref((json_t *)row->record);
    add_columns(self, row->record);
    kept->texts[FILE_NAME] = strdup(name);
    int size = asprintf(&kept->texts[LINE], "%zu", row->line);
    assert(size > 0 && kept->texts[FILE_NAME]);
    kept->texts[FIELD] = join_errors(found, field_of);
    kept->texts[VALUE] = join_errors(found, value_of);
    kept->texts[REASON] = join_errors(found, reason_of);
    kept->texts[JSON_NAMES] = names_of_json(row->record);
}

/* --- writing --- */

static void write_quoted(FILE *file, const char *text)
{
    if (*text && strchr(FORMULA_STARTS, *text))
        fputc('\'', file);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', file);
        fputc(*text, file);
    }
}

static void write_cell(FILE *file, bool *first, const char *text)
{
    if (!*first)
        fputc(';', file);
    *first = false;
    fputc('"', file);
    write_quoted(file, text);
    fputc('"', file);
}

static void write_value(FILE *file, bool *first, const json_t *value)
{
    if (json_is_string(value) || json_is_null(value) || !value) {
        write_cell(file, first, json_is_string(value) ? json_string_value(value) : "");
        return;
    }
    if (json_is_boolean(value)) {
        write_cell(file, first, json_is_true(value) ? "oui" : "non");
        return;
    }
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    assert(text);
    write_cell(file, first, text);
    free(text);
}

static bool is_written(const refused_t *self, int ours)
{
    return ours == FILE_NAME ? self->several : ours == JSON_NAMES ? self->json : true;
}

static void write_rows(const refused_t *self, FILE *file)
{
    const char *name;
    json_t *none;
    bool first = true;
    fputs("\xef\xbb\xbf", file);
    json_object_foreach(self->columns, name, none) write_cell(file, &first, name);
    for (int j = 0; j < OURS_COUNT; j++)
        if (is_written(self, j))
            write_cell(file, &first, OURS[j]);
    for (size_t i = 0; i < self->kept; i++) {
        const refused_row_t *row = &self->rows[i];
        fputc('\n', file);
        first = true;
        json_object_foreach(self->columns, name, none)
            write_value(file, &first, json_object_get(row->record, name));
        for (int j = 0; j < OURS_COUNT; j++)
            if (is_written(self, j))
                write_cell(file, &first, row->texts[j]);
    }
    fputc('\n', file);
}

static int failed(const char *path, err_t *err)
{
    return err_set(err, ERR_REJECT,
                   "Les lignes refusées ne peuvent pas être écrites dans « %s » : %s.", path,
                   strerror(errno));
}

int refused_write(const refused_t *self, const char *path, err_t *err)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    if (!file)
        return failed(path, err);
    write_rows(self, file);
    bool broken = ferror(file) != 0;
    if (fclose(file) == 0 && !broken)
        return 0;
    failed(path, err);
    unlink(path);
    return -1;
}

/* "lieux.csv" of "lieux.csv.refused-2.csv": its size. */
static size_t size_before_suffix(const char *input)
{
    const char *suffix = NULL;
    for (const char *at = input; (at = strstr(at, ".refused")); at++)
        suffix = at;
    if (!suffix || suffix == input)
        return strlen(input);
    const char *rest = suffix + strlen(".refused");
    if (*rest == '-')
        rest += 1 + strspn(rest + 1, "0123456789");
    return strcmp(rest, ".csv") == 0 ? (size_t)(suffix - input) : strlen(input);
}

char *refused_path(const char *input)
{
    if (strcmp(input, "-") == 0)
        input = "import";
    int size = (int)size_before_suffix(input);
    char *path = NULL;
    for (int number = 1; number < 10000; number++) {
        free(path);
        int length = number == 1 ? asprintf(&path, "%.*s.refused.csv", size, input)
                                 : asprintf(&path, "%.*s.refused-%d.csv", size, input, number);
        assert(length > 0);
        if (access(path, F_OK))
            break;
    }
    return path;
}

/* --- reading it again --- */

bool refused_begins(const char *bytes, size_t size)
{
    const char *end = memchr(bytes, '\n', size);
    size_t line = end ? (size_t)(end - bytes) : size;
    return memmem(bytes, line, OURS[REASON], strlen(OURS[REASON])) != NULL;
}

bool refused_is(const json_t *columns, bool *json)
{
    bool reason = false;
    *json = false;
    for (size_t i = 0; i < json_array_size(columns); i++) {
        const char *name = json_string_value(json_array_get(columns, i));
        reason |= strcmp(name, OURS[REASON]) == 0;
        *json |= strcmp(name, OURS[JSON_NAMES]) == 0;
    }
    return reason;
}

static bool is_named(const char *names, const char *name)
{
    size_t size = strlen(name);
    for (const char *at = names; at; at = strstr(at, BETWEEN)) {
        at += strncmp(at, BETWEEN, strlen(BETWEEN)) == 0 ? strlen(BETWEEN) : 0;
        if (strncmp(at, name, size) == 0 && (!at[size] || strncmp(at + size, BETWEEN, 3) == 0))
            return true;
    }
    return false;
}

static const char *without_guard(const char *cell)
{
    return cell[0] == '\'' && cell[1] && strchr(FORMULA_STARTS, cell[1]) ? cell + 1 : cell;
}

json_t *refused_restore(const json_t *cells)
{
    json_t *row = json_object();
    const json_t *names = json_object_get(cells, OURS[JSON_NAMES]);
    const char *name;
    json_t *cell;
    json_object_foreach((json_t *)cells, name, cell)
    {
        const char *text = json_string_value(cell);
        if (our_index(name) >= 0 || !text || (names && !*text))
            continue;
        const char *column = without_guard(name); /* "@id" was written as "'@id" */
        text = without_guard(text);
        json_t *value = names && is_named(without_guard(json_string_value(names)), column)
                            ? json_loads(text, JSON_REJECT_DUPLICATES, NULL)
                            : NULL;
        json_object_set_new_nocheck(row, column, value ? value : json_string(text));
    }
    return row;
}
