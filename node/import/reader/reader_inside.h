/* reader_inside - what the files reader*.c share, and nobody else includes. */
#ifndef NODE_IMPORT_READER_READER_INSIDE_H
#define NODE_IMPORT_READER_READER_INSIDE_H

#include "node/import/reader/reader.h"

/* A file being read. The bytes are valid UTF-8, without a mark. */
typedef struct source {
    const char *bytes;
    size_t size;
    reading_t *reading;
    void (*visit)(void *context, const row_t *row);
    void *context;
    err_t *err;
    bool lost;                 /* there is a U+FFFD somewhere */
    text_t lost_lines;         /* "2, 4 à 9", cut when long */
    size_t lost_from, lost_to; /* the lines of the run in hand; 0: none */
} source_t;

/* Visits one row, whose text in the file is these bytes. */
void source_emit(source_t *self, row_t row, const char *bytes, size_t size);

/* Each reads a source to its end: 0, or -1 and *source->err. */
int reader_csv(source_t *source, const char *const *header);
int reader_json(source_t *source);
int reader_ics(source_t *source);

bool reader_ics_recognises(const char *bytes, size_t size);
/* Appends the same lines, each in one piece. The ends of line that folding had put inside come after
 * it, so that every line keeps its number. Works on bytes: a fold may cut a letter in two. */
void reader_ics_unfold(text_t *out, const char *bytes, size_t size);

/* Is it UTF-8 but for some damage: more whole characters beyond ASCII than bytes that are part of none? Text in
 * Windows-1252 hardly ever has one by chance. */
bool reader_is_mostly_utf8(const char *bytes, size_t size);
/* Appends the bytes, U+FFFD for each one that is no part of a character. */
void reader_from_damaged_utf8(text_t *out, const char *bytes, size_t size);

/* Appends the bytes as UTF-8. */
void reader_from_windows_1252(text_t *out, const char *bytes, size_t size);
bool reader_is_utf16(const char *bytes, size_t size); /* has its mark */
void reader_from_utf16(text_t *out, const char *bytes, size_t size);

#endif
