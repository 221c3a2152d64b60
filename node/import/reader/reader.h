/* reader - the rows of a file that someone exported from somewhere: CSV, JSON or ICS.
 *
 * Which of them a file is, its first bytes tell; a workbook, a PDF, an archive, a web page are refused by
 * name. Text is UTF-8 with or without its mark, also with some damage, or UTF-16 with its mark; else it is taken for
 * Windows-1252.
 *
 * CSV: comma, semicolon, tab or bar, whichever the first line has most of. The first line names the
 * columns, unless the names are given or one of its cells is an address of the web or of a person:
 * then they are "colonne 1", "colonne 2"... A column without a name is called so too. A row
 * of empty cells is none.
 *
 * JSON: an array of objects; an object with one under "results", "records", "data", "features", "items"
 * or "rows", also inside "result", "results", "response" or "data"; one object a line; or a single object. A feature of GeoJSON becomes its properties, with
 * "geometry" and, where they have none of their own, its "id".
 *
 * ICS: one row for each VEVENT. Its properties under their names ("SUMMARY", "LOCATION", "GEO"...) as
 * unfolded, unescaped texts; one that comes again makes an array; "CATEGORIES" always is one.
 * "ORGANIZER_CN" is the name beside the address. "DTSTART" and "DTEND" (also made of a DURATION) are
 * instants with the offset of their own time zone, or days; as in the file, the DTEND of a day is the day
 * after. "horaires" is an array of {"debut", "fin"}: all dates of the series (RRULE, RDATE, EXDATE), in
 * order, at most READER_DATES_MAX and READER_YEARS_MAX years from the first; there, the "fin" of days is
 * the last day. A changed date of a series (RECURRENCE-ID) moves or, cancelled, removes that date of its
 * series; it is a row of its own only when the series is not in the file. The VEVENTs of one X-MAILLAGE-RECORD, which our own
 * exports write for each date of an event, are one row too: that of the first, with all their dates and the UID without
 * the start that tells them apart. A time zone is the system's of
 * that name, else the file's own VTIMEZONE, since what calendars write there is often an extract good
 * for one year; a time without any is that of Paris.
 *
 * A row that cannot be read (no object, more cells than the header, a cell too long) is reported and
 * the others go on. Only a file that is no such file at all fails as a whole. */
#ifndef NODE_IMPORT_READER_READER_H
#define NODE_IMPORT_READER_READER_H

#include "schemas/base/err.h"
#include "schemas/base/finding.h"
#include "schemas/base/text.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define READER_FILE_MAX (64 << 20) /* bytes; of a gzip, before and after expansion */
#define READER_COLUMNS_MAX 1000
#define READER_CELL_MAX (256 * 1024)
#define READER_ROW_MAX (1 << 20) /* bytes of one record of JSON, of one VEVENT */
#define READER_ICS_RECORD "X-MAILLAGE-RECORD"
#define READER_DATES_MAX 100
#define READER_RECORD_DATES_MAX 200 /* of one record of ours: events have no more */
#define READER_YEARS_MAX 2

typedef struct row {
    size_t line;   /* of the file, from 1, where it begins */
    size_t column; /* JSON: of that line, in bytes from 1; else 0 */
    const json_t
        *record; /* an object: of a CSV row, column names and texts. Of an unreadable row what there
                           * was, the cells beyond the columns as "_case 9"; NULL: nothing */
    const char *problem; /* French sentence when unreadable, else NULL */
    const char *warning; /* French sentence on a readable row that lost something, else NULL */
} row_t;

typedef enum reading_format {
    READING_CSV,
    READING_JSON,
    READING_JSON_LINES, /* one record a line */
    READING_GEOJSON,
    READING_ICS,
} reading_format_t;

typedef enum reading_encoding {
    READING_UTF8,
    READING_WINDOWS_1252,
    READING_UTF16,
} reading_encoding_t;

typedef struct reading {
    bool csv;
    bool windows_1252; /* it was neither UTF-8 nor UTF-16 */
    char delimiter;    /* CSV */
    json_t *
        columns; /* CSV: the names, an array of texts; a name that comes again is "name#2". Given */
    reading_format_t format;
    reading_encoding_t encoding;
    bool header;      /* CSV: its first line named the columns */
    size_t rows;      /* visited so far */
    bool damaged;     /* UTF-8, but for some bytes that are now U+FFFD */
    size_t lost_rows; /* of them, with U+FFFD: letters that were lost before we got the file */
    char *lost;       /* French sentence that names their lines, after the last call; else NULL */
} reading_t;

/* Calls visit for each row, in order; *row is valid during the call. header (NULL-ended, or NULL) names
 * the columns of a CSV that has no header line. *reading is filled before the first call, and must
 * be freed either way. -1 and ERR_REJECT with a French sentence. */
int reader_each(const char *bytes, size_t size, const char *const *header, reading_t *reading,
                void (*visit)(void *context, const row_t *row), void *context, err_t *err);
void reading_free(reading_t *reading);

/* Appends what was guessed, for a person: "CSV, point-virgule, Windows-1252, 2133 lignes". */
void reading_describe(const reading_t *reading, text_t *out);

/* Gives the bytes of a file, "-" being standard input; those inside when it is a gzip. Reads no more
 * than READER_FILE_MAX. -1 and ERR_REJECT, with a French sentence, when it cannot be read, is too long, or
 * is a gzip that ends too soon or is damaged. */
int reader_load(const char *path, char **bytes, size_t *size, err_t *err);

#endif
