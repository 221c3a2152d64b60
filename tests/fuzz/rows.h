/* rows - what every reader of files promises of its rows, for the fuzz targets. */
#ifndef TESTS_FUZZ_ROWS_H
#define TESTS_FUZZ_ROWS_H

#include "node/import/reader/reader.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

typedef struct rows {
    reading_t reading;
    json_t *list; /* the records, in order */
    size_t problems;
    size_t lines; /* of the file */
    size_t count;
    int rc;
} rows_t;

static void rows_take(void *context, const row_t *row)
{
    rows_t *rows = context;
    rows->count++;
    assert(rows->reading.columns && rows->count == rows->reading.rows);
    assert(row->line >= 1 && row->line <= rows->lines);
    assert((row->record || row->problem) && !(row->problem && row->warning));
    assert(!row->record || json_is_object(row->record));
    if (!row->problem)
        json_array_append(rows->list, (json_t *)row->record);
    rows->problems += row->problem != NULL;
}

/* A file has at most as many lines as it has ends of line, and one. */
static size_t rows_lines(const char *bytes, size_t size)
{
    size_t lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += bytes[i] == '\n' || bytes[i] == '\r';
    return lines;
}

static void rows_read(rows_t *rows, const char *bytes, size_t size)
{
    err_t err = {0};
    *rows = (rows_t){.list = json_array(), .lines = rows_lines(bytes, size)};
    rows->rc = reader_each(bytes, size, NULL, &rows->reading, rows_take, rows, &err);
    assert(err.action == (rows->rc ? ERR_REJECT : ERR_NONE) && (!rows->rc || *err.text));
    text_t text;
    text_init(&text, 200);
    reading_describe(&rows->reading, &text);
    assert(text.size && !text.overflow);
    text_free(&text);
}

static void rows_free(rows_t *rows)
{
    reading_free(&rows->reading);
    json_decref(rows->list);
}

#endif
