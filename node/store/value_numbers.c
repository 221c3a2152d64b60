#include "node/store/value_numbers.h"

#include <assert.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

static const char FIND_VALUE[] = "SELECT value FROM value WHERE kind=? AND field=? AND code=?";
static const char ADD_VALUE[] = "INSERT INTO value(kind, field, code) VALUES (?,?,?)";

struct value_numbers {
    sqlite3 *db;
    sqlite3_stmt *find, *add;
    void *tree;       /* of number_t, by tsearch */
    bool rolled_back; /* the tree may hold values that were never committed */
};

typedef struct number {
    const char *field; /* the outliner's own: equal pointers are equal fields of equal kinds */
    const char *code;
    uint32_t value;
    char bytes[]; /* of the code, when it is kept */
} number_t;

static void note_rollback(void *context)
{
    ((value_numbers_t *)context)->rolled_back = true;
}

value_numbers_t *value_numbers_new(sqlite3 *db, err_t *err)
{
    value_numbers_t *self = calloc(1, sizeof *self);
    assert(self);
    self->db = db;
    sqlite3_rollback_hook(db, note_rollback, self);
    if (!(self->find = database_prepare(db, FIND_VALUE, err))
        || !(self->add = database_prepare(db, ADD_VALUE, err)))
        value_numbers_destroy(&self);
    return self;
}

void value_numbers_destroy(value_numbers_t **self_p)
{
    value_numbers_t *self = *self_p;
    if (!self)
        return;
    sqlite3_rollback_hook(self->db, NULL, NULL);
    sqlite3_finalize(self->find);
    sqlite3_finalize(self->add);
    tdestroy(self->tree, free);
    free(self);
    *self_p = NULL;
}

static int compare_numbers(const void *a, const void *b)
{
    const number_t *left = a, *right = b;
    if (left->field != right->field)
        return left->field < right->field ? -1 : 1;
    return strcmp(left->code, right->code);
}

static void remember(value_numbers_t *self, const outline_code_t *code, uint32_t value)
{
    size_t size = strlen(code->code) + 1;
    number_t *number = malloc(sizeof *number + size);
    assert(number);
    *number = (number_t){.field = code->field, .value = value};
    number->code = memcpy(number->bytes, code->code, size);
    void *kept = tsearch(number, &self->tree, compare_numbers);
    assert(kept);
}

static void forget_uncommitted(value_numbers_t *self)
{
    if (self->rolled_back) {
        tdestroy(self->tree, free);
        self->tree = NULL;
        self->rolled_back = false;
    }
}

static void bind(sqlite3_stmt *statement, int64_t kind, const outline_code_t *code)
{
    sqlite3_bind_int64(statement, 1, kind);
    sqlite3_bind_text(statement, 2, code->field, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, code->code, -1, SQLITE_STATIC);
}

/* Finds or makes the number of a value in the table. */
static int number_value(value_numbers_t *self, int64_t kind, const outline_code_t *code,
                        uint32_t *value, err_t *err)
{
    bind(self->find, kind, code);
    int step = sqlite3_step(self->find), rc = 0;
    if (step == SQLITE_ROW)
        *value = (uint32_t)sqlite3_column_int64(self->find, 0);
    else if (step != SQLITE_DONE)
        rc = database_failed(self->db, "find a value", err);
    database_reset(self->find);
    if (step != SQLITE_DONE)
        return rc;
    bind(self->add, kind, code);
    if (database_run(self->add, "add a value", err))
        return -1;
    *value = (uint32_t)sqlite3_last_insert_rowid(self->db);
    return 0;
}

static int compare_values(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

static void sort(values_t *values)
{
    qsort(values->list, values->count, sizeof *values->list, compare_values);
    size_t kept = 0;
    for (size_t i = 0; i < values->count; i++)
        if (!kept || values->list[kept - 1] != values->list[i])
            values->list[kept++] = values->list[i];
    values->count = kept;
}

int value_numbers_find(value_numbers_t *self, int64_t kind, const outline_t *outline,
                       values_t *values, err_t *err)
{
    forget_uncommitted(self);
    values->count = 0;
    for (size_t i = 0; i < outline->code_count; i++) {
        const outline_code_t *code = &outline->codes[i];
        number_t key = {.field = code->field, .code = code->code}, **found;
        uint32_t *value = &values->list[values->count++];
        if ((found = tfind(&key, &self->tree, compare_numbers))) {
            *value = (*found)->value;
            continue;
        }
        if (number_value(self, kind, code, value, err))
            return -1;
        remember(self, code, *value);
    }
    sort(values);
    return 0;
}
