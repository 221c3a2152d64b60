/* CSV is libcsv's affair, fed line by line so that each row knows where it began. JSON is jansson's,
 * record by record: a light scan finds where each one begins and ends, so that a record knows its line,
 * a wrong one does not spoil the file, and a large file is not held twice. The scan only counts brackets
 * and skips strings; whether what it cut out is JSON, jansson says. */
#include "node/import/reader.h"

#include "schemas/base/text.h"
#include "schemas/base/unicode.h"

#include <assert.h>
#include <csv.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct source {
    const char *bytes;
    size_t size;
    reading_t *reading;
    void (*visit)(void *context, const row_t *row);
    void *context;
    err_t *err;
} source_t;

/* --- text --- */

/* The characters of Windows-1252 from 0x80 to 0x9f; 0 where it has none. */
static const unsigned short WINDOWS_1252[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

static void add_character(text_t *out, unsigned character)
{
    char utf8[3];
    size_t size = 0;
    if (character < 0x80)
        utf8[size++] = (char)character;
    else if (character < 0x800)
        utf8[size++] = (char)(0xc0 | character >> 6);
    else {
        utf8[size++] = (char)(0xe0 | character >> 12);
        utf8[size++] = (char)(0x80 | (character >> 6 & 0x3f));
    }
    if (character >= 0x80)
        utf8[size++] = (char)(0x80 | (character & 0x3f));
    text_add(out, utf8, size);
}

static void add_windows_1252(text_t *out, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned byte = (unsigned char)bytes[i];
        bool special = byte >= 0x80 && byte < 0xa0;
        unsigned character = special ? WINDOWS_1252[byte - 0x80] : byte;
        add_character(out, character || !special ? character : 0xfffd);
    }
}

/* --- CSV --- */

typedef struct csv_rows {
    source_t *source;
    size_t line;     /* being fed */
    size_t row_line; /* where the row in hand began; 0: none */
    json_t *cells;   /* of the row in hand */
    const char *problem;
} csv_rows_t;

static void add_cell(void *data, size_t size, void *context)
{
    csv_rows_t *rows = context;
    if (json_array_size(rows->cells) >= READER_COLUMNS_MAX)
        rows->problem = "Cette ligne a trop de cases (1 000 au plus).";
    else if (size > READER_CELL_MAX)
        rows->problem = "Une case de cette ligne est trop longue (256 Kio au plus) : un guillemet "
                        "n'est sans doute pas fermé.";
    else
        json_array_append_new(rows->cells, json_stringn_nocheck(data, size));
}

/* Names a column; the second of a name is "name#2". */
static void add_name(json_t *columns, json_t *seen, const json_t *cell)
{
    text_t name;
    text_init(&name, READER_CELL_MAX + 16);
    text_add(&name, json_string_value(cell), json_string_length(cell));
    int times = 1 + (int)json_integer_value(json_object_get(seen, name.data));
    json_object_set_new_nocheck(seen, name.data, json_integer(times));
    if (times > 1)
        text_add_format(&name, "#%d", times);
    json_array_append_new(columns, json_stringn_nocheck(name.data, name.size));
    text_free(&name);
}

static void take_header(reading_t *reading, const json_t *cells)
{
    json_t *seen = json_object();
    for (size_t i = 0; i < json_array_size(cells); i++)
        add_name(reading->columns, seen, json_array_get(cells, i));
    json_decref(seen);
}

/* Where a row begins. */
typedef struct spot {
    size_t line, column;
} spot_t;

static void emit(const source_t *source, spot_t spot, const json_t *record, const char *problem)
{
    row_t row = {.line = spot.line,
                 .column = spot.column,
                 .record = problem ? NULL : record,
                 .problem = problem};
    source->visit(source->context, &row);
}

static void emit_cells(csv_rows_t *rows)
{
    const json_t *columns = rows->source->reading->columns;
    size_t count = json_array_size(rows->cells), expected = json_array_size(columns);
    json_t *record = json_object();
    for (size_t i = 0; i < count && i < expected; i++)
        json_object_set_nocheck(record, json_string_value(json_array_get(columns, i)),
                                json_array_get(rows->cells, i));
    if (!rows->problem && count > expected)
        rows->problem = "Cette ligne a plus de cases que l'en-tête : un séparateur est sans doute "
                        "resté dans un texte sans guillemets.";
    emit(rows->source, (spot_t){rows->row_line, 0}, record, rows->problem);
    json_decref(record);
}

static void end_row(int character, void *context)
{
    csv_rows_t *rows = context;
    (void)character;
    if (json_array_size(rows->source->reading->columns) == 0)
        take_header(rows->source->reading, rows->cells);
    else
        emit_cells(rows);
    json_array_clear(rows->cells);
    rows->problem = NULL;
    rows->row_line = 0;
}

static size_t count_outside_quotes(const source_t *source, char character)
{
    size_t count = 0;
    bool quoted = false;
    for (size_t i = 0; i < source->size && (quoted || source->bytes[i] != '\n'); i++) {
        quoted ^= source->bytes[i] == '"';
        count += !quoted && source->bytes[i] == character;
    }
    return count;
}

static char guess_delimiter(const source_t *source)
{
    char best = ',';
    for (const char *candidate = ";\t"; *candidate; candidate++)
        if (count_outside_quotes(source, *candidate) > count_outside_quotes(source, best))
            best = *candidate;
    return best;
}

static bool is_blank_line(const char *bytes, size_t size)
{
    while (size && (bytes[size - 1] == '\r' || bytes[size - 1] == '\n'))
        size--;
    return size == 0;
}

static int feed_line(csv_rows_t *rows, struct csv_parser *parser, const char *line, size_t size)
{
    if (csv_parse(parser, line, size, add_cell, end_row, rows) == size)
        return 0;
    return err_set(rows->source->err, ERR_REJECT, "Ligne %zu : ce CSV est illisible (%s).",
                   rows->line, csv_strerror(csv_error(parser)));
}

static int feed(csv_rows_t *rows, struct csv_parser *parser)
{
    const source_t *source = rows->source;
    for (size_t at = 0; at < source->size;) {
        const char *start = source->bytes + at;
        const char *newline = memchr(start, '\n', source->size - at);
        size_t size = newline ? (size_t)(newline - start) + 1 : source->size - at;
        rows->line++;
        if (!rows->row_line && !is_blank_line(start, size))
            rows->row_line = rows->line;
        if (feed_line(rows, parser, start, size))
            return -1;
        at += size;
    }
    /* The end of a line ends a row, unless a quote is open. */
    if (feed_line(rows, parser, "\n", 1))
        return -1;
    if (rows->row_line)
        return err_set(source->err, ERR_REJECT,
                       "Ligne %zu : le fichier finit au milieu d'un texte entre guillemets.",
                       rows->row_line);
    return 0;
}

static int read_csv(source_t *source, const char *const *header)
{
    struct csv_parser parser;
    csv_rows_t rows = {.source = source};
    source->reading->csv = true;
    source->reading->delimiter = guess_delimiter(source);
    for (; header && *header; header++)
        json_array_append_new(source->reading->columns, json_string(*header));
    int broken = csv_init(&parser, 0);
    assert(!broken);
    csv_set_delim(&parser, (unsigned char)source->reading->delimiter);
    rows.cells = json_array();
    int rc = feed(&rows, &parser);
    csv_free(&parser);
    json_decref(rows.cells);
    return rc;
}

/* --- JSON --- */

typedef struct scan {
    source_t *source;
    size_t at, line;
    size_t line_start; /* where that line begins */
} scan_t;

static spot_t spot_of(const scan_t *scan)
{
    return (spot_t){scan->line, scan->at - scan->line_start + 1};
}

static bool at_end(const scan_t *scan)
{
    return scan->at >= scan->source->size;
}

/* The character at hand; NUL at the end, which no JSON contains. */
static char peek(const scan_t *scan)
{
    return at_end(scan) ? 0 : scan->source->bytes[scan->at];
}

static void advance(scan_t *scan)
{
    bool ends_line = peek(scan) == '\n';
    scan->at++;
    if (ends_line) {
        scan->line++;
        scan->line_start = scan->at;
    }
}

static char skip_space(scan_t *scan)
{
    while (!at_end(scan) && strchr(" \t\r\n", peek(scan)) && peek(scan))
        advance(scan);
    return peek(scan);
}

static void skip_string(scan_t *scan)
{
    advance(scan);
    while (!at_end(scan) && peek(scan) != '"') {
        if (peek(scan) == '\\')
            advance(scan);
        advance(scan);
    }
    advance(scan);
}

/* To the comma or bracket that ends the value at hand, at its own level. */
static void skip_value(scan_t *scan)
{
    size_t depth = 0;
    while (!at_end(scan)) {
        char character = peek(scan);
        if (character == '"') {
            skip_string(scan);
            continue;
        }
        if (depth == 0 && (character == ',' || character == ']' || character == '}'))
            return;
        depth += character == '[' || character == '{';
        depth -= character == ']' || character == '}';
        advance(scan);
    }
}

static int broken(const scan_t *scan, const char *expected)
{
    return err_set(scan->source->err, ERR_REJECT,
                   "Ligne %zu : ce JSON est illisible ; il fallait ici %s.", scan->line, expected);
}

/* One record, from where the scan stands. */
static void read_record(scan_t *scan)
{
    size_t start = scan->at;
    spot_t spot = spot_of(scan);
    skip_value(scan);
    size_t end = scan->at < scan->source->size ? scan->at : scan->source->size;
    if (end - start > READER_ROW_MAX) {
        emit(scan->source, spot, NULL, "Cette fiche est trop longue (1 Mio au plus).");
        return;
    }
    json_error_t error;
    json_t *record =
        json_loadb(scan->source->bytes + start, end - start, JSON_REJECT_DUPLICATES, &error);
    char problem[JSON_ERROR_TEXT_LENGTH + 128];
    if (!record)
        snprintf(problem, sizeof problem, "JSON illisible, ligne %zu, colonne %d : %s.",
                 spot.line + (size_t)(error.line > 0 ? error.line - 1 : 0), error.column,
                 error.text);
    else if (!json_is_object(record))
        snprintf(problem, sizeof problem, "Une fiche est un objet JSON, { … }.");
    emit(scan->source, spot, record, json_is_object(record) ? NULL : problem);
    json_decref(record);
}

static int read_array(scan_t *scan)
{
    advance(scan);
    if (skip_space(scan) == ']') {
        advance(scan);
        return 0;
    }
    for (;;) {
        if (at_end(scan))
            return broken(scan, "une fiche");
        read_record(scan);
        char next = peek(scan);
        if (next != ',' && next != ']')
            return broken(scan, "« , » ou « ] »");
        advance(scan);
        if (next == ']')
            return 0;
        skip_space(scan);
    }
}

static bool names_records(const scan_t *scan, size_t start)
{
    static const char *const NAMES[] = {"\"results\"", "\"records\"", "\"data\""};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (strlen(NAMES[i]) == scan->at - start
            && memcmp(scan->source->bytes + start, NAMES[i], scan->at - start) == 0)
            return true;
    return false;
}

/* Moves to the array of records that an object holds; false when it holds none. */
static bool find_array(scan_t *scan)
{
    advance(scan);
    while (skip_space(scan) == '"') {
        size_t start = scan->at;
        skip_string(scan);
        bool named = !at_end(scan) && names_records(scan, start);
        if (skip_space(scan) != ':')
            return false;
        advance(scan);
        if (skip_space(scan) == '[' && named)
            return true;
        skip_value(scan);
        if (peek(scan) == ',')
            advance(scan);
    }
    return false;
}

static int read_json(source_t *source)
{
    scan_t scan = {.source = source, .line = 1};
    if (skip_space(&scan) == '{') {
        scan_t ahead = scan;
        if (!find_array(&ahead)) { /* a single record, to the very end of the file */
            json_error_t error;
            json_t *record =
                json_loadb(source->bytes, source->size, JSON_REJECT_DUPLICATES, &error);
            if (!record)
                return err_set(source->err, ERR_REJECT,
                               "Ligne %d, colonne %d : ce JSON est illisible (%s).", error.line,
                               error.column, error.text);
            emit(source, spot_of(&scan), record, NULL);
            json_decref(record);
            return 0;
        }
        return read_array(&ahead);
    }
    if (read_array(&scan))
        return -1;
    return skip_space(&scan) || !at_end(&scan) ? broken(&scan, "la fin du fichier") : 0;
}

/* --- the file --- */

static int read_utf8(source_t *source, const char *const *header)
{
    if (source->size >= 3 && memcmp(source->bytes, "\xef\xbb\xbf", 3) == 0) {
        source->bytes += 3;
        source->size -= 3;
    }
    scan_t scan = {.source = source};
    char first = skip_space(&scan);
    if (!first)
        return err_set(source->err, ERR_REJECT, "Ce fichier est vide.");
    return first == '[' || first == '{' ? read_json(source) : read_csv(source, header);
}

int reader_each(const char *bytes, size_t size, const char *const *header, reading_t *reading,
                void (*visit)(void *context, const row_t *row), void *context, err_t *err)
{
    *reading = (reading_t){.columns = json_array()};
    source_t source = {bytes, size, reading, visit, context, err};
    if (memchr(bytes, 0, size))
        return err_set(
            err, ERR_REJECT,
            "Ce fichier n'est pas du texte en UTF-8 (un classeur ? du texte en UTF-16 ?) : "
            "enregistrez-le en « CSV UTF-8 », puis recommencez.");
    if (unicode_valid(bytes, size))
        return read_utf8(&source, header);
    reading->windows_1252 = true;
    text_t converted;
    text_init(&converted, 3 * size);
    add_windows_1252(&converted, bytes, size);
    source.bytes = converted.data;
    source.size = converted.size;
    int rc = read_utf8(&source, header);
    text_free(&converted);
    return rc;
}

void reading_free(reading_t *reading)
{
    json_decref(reading->columns);
    *reading = (reading_t){0};
}

int reader_load(const char *path, char **bytes, size_t *size, err_t *err)
{
    FILE *file = strcmp(path, "-") ? fopen(path, "rbe") : stdin;
    if (!file)
        return err_set(err, ERR_REJECT, "« %s » ne peut pas être lu : %s.", path, strerror(errno));
    text_t text;
    text_init(&text, READER_FILE_MAX);
    char buffer[64 * 1024];
    for (size_t got; !text.overflow && (got = fread(buffer, 1, sizeof buffer, file)) > 0;)
        text_add(&text, buffer, got);
    int rc = 0;
    if (ferror(file))
        rc = err_set(err, ERR_REJECT, "« %s » ne peut pas être lu : %s.", path, strerror(errno));
    else if (text.overflow)
        rc = err_set(err, ERR_REJECT, "« %s » est trop long (%d Mio au plus).", path,
                     READER_FILE_MAX >> 20);
    if (file != stdin)
        fclose(file);
    if (rc == 0) {
        *size = text.size;
        *bytes = text_take(&text);
    }
    text_free(&text);
    return rc;
}
