/* reader - the rows of a file that someone exported from somewhere: CSV or JSON.
 *
 * JSON: an array of objects, or an object with one under "results", "records" or "data", or a single
 * object. CSV: comma, semicolon or tab, whichever the first line has most of; a header, unless the
 * names are given. Text is UTF-8 with or without its mark, else it is taken for Windows-1252, and the
 * report says so. Which of the two a file is, its first character tells.
 *
 * A row that cannot be read (no object, more cells than the header, a cell too long) is reported and
 * the others go on. Only a file that is no such file at all fails as a whole. */
#ifndef NODE_IMPORT_READER_H
#define NODE_IMPORT_READER_H

#include "schemas/base/err.h"
#include "schemas/base/finding.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define READER_FILE_MAX (64 << 20) /* bytes */
#define READER_COLUMNS_MAX 1000
#define READER_CELL_MAX (256 * 1024)
#define READER_ROW_MAX (1 << 20) /* bytes of one record of JSON */

typedef struct row {
    size_t line;          /* of the file, from 1, where it begins */
    size_t column;        /* JSON: of that line, in bytes from 1; CSV: 0 */
    const json_t *record; /* an object: of a CSV row, column names and texts; NULL: unreadable */
    const char *problem;  /* French sentence when unreadable, else NULL */
} row_t;

typedef struct reading {
    bool csv;
    bool windows_1252; /* it was not UTF-8 */
    char delimiter;    /* CSV */
    json_t *
        columns; /* CSV: the names, an array of texts; a name that comes again is "name#2". Given */
} reading_t;

/* Calls visit for each row, in order; *row is valid during the call. header (NULL-ended, or NULL) names
 * the columns of a CSV that has no header line. *reading is filled before the first call, and must
 * be freed either way. -1 and ERR_REJECT with a French sentence. */
int reader_each(const char *bytes, size_t size, const char *const *header, reading_t *reading,
                void (*visit)(void *context, const row_t *row), void *context, err_t *err);
void reading_free(reading_t *reading);

/* Gives the bytes of a file, "-" being standard input. -1 and ERR_REJECT, with a French sentence, when
 * it cannot be read or is too long. */
int reader_load(const char *path, char **bytes, size_t *size, err_t *err);

#endif
