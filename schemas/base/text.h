/* text - bytes that grow up to a maximum set at birth.
 *
 * Everything that is built piece by piece (a message, a page, a body) is built in one of these,
 * so that no input can make it grow without bound. Data is always followed by a NUL that `size`
 * does not count, so it also reads as a C string when the content has no NUL of its own.
 * Out of memory ends the process. Belongs to one thread. */
#ifndef SCHEMAS_BASE_TEXT_H
#define SCHEMAS_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct text {
    char *data;      /* never NULL after text_init; NUL after the last byte */
    size_t size;     /* bytes in use */
    size_t capacity; /* bytes allocated */
    size_t max;      /* `size` never goes beyond */
    bool overflow;   /* something did not fit and was left out; sticky until text_clear */
} text_t;

void text_init(text_t *self, size_t max);

/* Frees the bytes; the text can be initialised again. Harmless on a zeroed struct. */
void text_free(text_t *self);

/* Empties the text and forgets an overflow; keeps the memory. */
void text_clear(text_t *self);

/* Appends whole or not at all: 0, or -1 and `overflow` set when the maximum would be passed. */
int text_add(text_t *self, const void *bytes, size_t size);
int text_add_string(text_t *self, const char *string);
int text_add_format(text_t *self, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Gives the bytes to the caller (free()), and leaves an empty text. */
char *text_take(text_t *self);

#endif
