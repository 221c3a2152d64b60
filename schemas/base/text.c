#include "schemas/base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_init(text_t *self, size_t max)
{
    *self = (text_t){.max = max, .capacity = 64};
    self->data = malloc(self->capacity);
    assert(self->data);
    self->data[0] = 0;
}

void text_free(text_t *self)
{
    free(self->data);
    *self = (text_t){0};
}

void text_clear(text_t *self)
{
    self->size = 0;
    self->overflow = false;
    self->data[0] = 0;
}

/* Makes room for `more` bytes and the NUL; false when the maximum forbids it. */
static bool make_room(text_t *self, size_t more)
{
    if (more > self->max - self->size) {
        self->overflow = true;
        return false;
    }
    size_t needed = self->size + more + 1;
    if (needed > self->capacity) {
        size_t capacity = self->capacity * 2 > needed ? self->capacity * 2 : needed;
        char *data = realloc(self->data, capacity);
        assert(data);
        self->data = data;
        self->capacity = capacity;
    }
    return true;
}

int text_add(text_t *self, const void *bytes, size_t size)
{
    if (!make_room(self, size))
        return -1;
    if (size)
        memcpy(self->data + self->size, bytes, size);
    self->size += size;
    self->data[self->size] = 0;
    return 0;
}

int text_add_string(text_t *self, const char *string)
{
    return text_add(self, string, strlen(string));
}

int text_add_format(text_t *self, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(size >= 0);
    bool fits = make_room(self, (size_t)size);
    if (fits) {
        vsnprintf(self->data + self->size, (size_t)size + 1, format, again);
        self->size += (size_t)size;
    }
    va_end(again);
    return fits ? 0 : -1;
}

char *text_take(text_t *self)
{
    char *data = self->data;
    text_init(self, self->max);
    return data;
}
