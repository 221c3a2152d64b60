#include "schemas/base/finding.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_MAX_SIZE 80

static char *copy(const char *text)
{
    char *made = strdup(text ? text : "");
    assert(made);
    return made;
}

/* Copies at most VALUE_MAX_SIZE bytes, the "..." of a longer one included, whole characters only. */
static char *copy_value(const char *value)
{
    if (!value || strlen(value) <= VALUE_MAX_SIZE)
        return copy(value);
    size_t size = VALUE_MAX_SIZE - 3;
    while (size > 0 && ((unsigned char)value[size] & 0xc0) == 0x80)
        size--;
    char cut[VALUE_MAX_SIZE + 1];
    snprintf(cut, sizeof cut, "%.*s...", (int)size, value);
    return copy(cut);
}

static void free_one(finding_t *finding)
{
    free(finding->where);
    free(finding->field);
    free(finding->value);
    free(finding->reason);
}

void findings_free(findings_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        free_one(&self->list[i]);
    free(self->list);
    *self = (findings_t){0};
}

/* A place at the end of the list, or NULL when the list is full. The array doubles each time its
 * count reaches a power of two, so that it needs no capacity of its own. */
static finding_t *place(findings_t *self)
{
    if (self->count == FINDINGS_MAX)
        return NULL;
    if ((self->count & (self->count - 1)) == 0) {
        size_t capacity = self->count ? 2 * self->count : 1;
        self->list = realloc(self->list, capacity * sizeof *self->list);
        assert(self->list);
    }
    return &self->list[self->count++];
}

void findings_add(findings_t *self, severity_t severity, const char *code, const char *where,
                  const char *field, const char *value, const char *format, ...)
{
    if (severity == SEVERITY_ERROR)
        self->errors++;
    else
        self->warnings++;
    finding_t *finding = place(self);
    if (!finding)
        return;
    *finding = (finding_t){.severity = severity,
                           .code = code,
                           .where = copy(where),
                           .field = copy(field),
                           .value = copy_value(value)};
    va_list arguments;
    va_start(arguments, format);
    int size = vasprintf(&finding->reason, format, arguments);
    va_end(arguments);
    assert(size >= 0);
}

void findings_move(findings_t *self, findings_t *other, const char *where)
{
    for (size_t i = 0; i < other->count; i++) {
        finding_t *moved = &other->list[i];
        finding_t *finding = place(self);
        if (!finding) {
            free_one(moved);
            continue;
        }
        *finding = *moved;
        if (where) {
            free(finding->where);
            finding->where = copy(where);
        }
    }
    self->errors += other->errors;
    self->warnings += other->warnings;
    free(other->list);
    *other = (findings_t){0};
}
