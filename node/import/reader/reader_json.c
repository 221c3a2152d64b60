/* JSON record by record: a light scan finds where each one begins and ends, so that a record knows its line,
 * a wrong one does not spoil the file, and a large file is not held twice. The scan only counts brackets and
 * skips strings; whether what it cut out is JSON, reader_parser says. */
#include "node/import/reader/reader_inside.h"
#include "node/import/reader/reader_parser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WRAPPERS_MAX 4 /* objects around the records */

/* Where a row begins. */
typedef struct spot {
    size_t line, column;
} spot_t;

typedef struct scan {
    source_t *source;
    reader_parser_t *parser;
    size_t at;
    size_t counted; /* to here the lines are counted */
    spot_t spot;    /* of that byte */
} scan_t;

/* Where the scan stands. It only ever moves on, so that every line is counted once. */
static spot_t spot_of(scan_t *scan)
{
    const char *bytes = scan->source->bytes, *newline;
    size_t at = scan->at < scan->source->size ? scan->at : scan->source->size;
    while ((newline = memchr(bytes + scan->counted, '\n', at - scan->counted))) {
        scan->counted = (size_t)(newline - bytes) + 1;
        scan->spot = (spot_t){scan->spot.line + 1, 1};
    }
    scan->spot.column += at - scan->counted;
    scan->counted = at;
    return scan->spot;
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

static char skip_space(scan_t *scan)
{
    while (!at_end(scan) && strchr(" \t\r\n", peek(scan)) && peek(scan))
        scan->at++;
    return peek(scan);
}

/* Is the character there written with a backslash? One that is itself written so is none. */
static bool is_escaped(const char *start, const char *at)
{
    const char *first = at;
    while (first > start && first[-1] == '\\')
        first--;
    return (at - first) % 2;
}

static void skip_string(scan_t *scan)
{
    const char *bytes = scan->source->bytes, *start = bytes + scan->at + 1,
               *end = bytes + scan->source->size, *quote = start;
    while ((quote = memchr(quote, '"', (size_t)(end - quote))) && is_escaped(start, quote))
        quote++;
    scan->at = quote ? (size_t)(quote - bytes) + 1 : scan->source->size;
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
        scan->at++;
    }
}

/* --- what is wrong --- */

static const char *reason_of(const json_error_t *error)
{
    static const struct {
        enum json_error_code code;
        const char *in; /* jansson's own words, where its code says too little; NULL: any */
        const char *reason;
    } REASONS[] = {
        {json_error_invalid_syntax, "Unicode",
         "un caractère écrit \\u… n'existe pas (une moitié de caractère sans l'autre ?)"},
        {json_error_null_character, NULL, "un texte contient le caractère nul (\\u0000)"},
        {json_error_null_byte_in_key, NULL, "un nom contient le caractère nul (\\u0000)"},
        {json_error_premature_end_of_input, NULL, "il s'arrête avant sa fin"},
        {json_error_duplicate_key, NULL, "un même nom y est deux fois"},
        {json_error_numeric_overflow, NULL, "un nombre est trop grand"},
        {json_error_stack_overflow, NULL, "il y a trop de niveaux de crochets"},
        {json_error_end_of_input_expected, NULL, "il y a quelque chose après sa fin"},
    };
    for (size_t i = 0; i < sizeof REASONS / sizeof *REASONS; i++)
        if (REASONS[i].code == json_error_code(error)
            && (!REASONS[i].in || strstr(error->text, REASONS[i].in)))
            return REASONS[i].reason;
    return "une virgule, un guillemet ou un crochet manque ou est de trop";
}

/* Where jansson stopped, in the file; it counts from where it began. */
static spot_t spot_of_error(spot_t begin, const json_error_t *error)
{
    size_t line = error->line > 0 ? (size_t)error->line : 1;
    size_t column = error->column > 0 ? (size_t)error->column : 1;
    return (spot_t){begin.line + line - 1, line == 1 ? begin.column + column - 1 : column};
}

static int broken(scan_t *scan, const char *expected)
{
    spot_t spot = spot_of(scan);
    if (at_end(scan))
        return err_set(
            scan->source->err, ERR_REJECT,
            "Ce JSON s'arrête avant sa fin, ligne %zu, colonne %zu : il fallait là %s. Le fichier "
            "est sans doute coupé : téléchargez-le ou exportez-le de nouveau.",
            spot.line, spot.column, expected);
    return err_set(scan->source->err, ERR_REJECT,
                   "Ligne %zu, colonne %zu : ce JSON est illisible ; il fallait ici %s.", spot.line,
                   spot.column, expected);
}

/* --- records --- */

/* Gives the row of a feature of GeoJSON, or NULL when the record is none. */
static json_t *row_of_feature(json_t *record)
{
    const char *type = json_string_value(json_object_get(record, "type"));
    json_t *properties = json_object_get(record, "properties");
    if (!type || strcmp(type, "Feature") != 0 || !json_is_object(properties))
        return NULL;
    json_t *row = json_copy(properties);
    static const char *const BESIDE[] = {"geometry", "id"};
    for (size_t i = 0; i < sizeof BESIDE / sizeof *BESIDE; i++) {
        json_t *value = json_object_get(record, BESIDE[i]);
        if (value && !json_object_get(row, BESIDE[i]))
            json_object_set(row, BESIDE[i], value);
    }
    return row;
}

/* Takes the record. */
static void emit(source_t *source, spot_t spot, const char *bytes, size_t size, json_t *record,
                 const char *problem)
{
    json_t *feature = row_of_feature(record);
    if (feature && source->reading->rows == 0)
        source->reading->format = READING_GEOJSON;
    row_t row = {.line = spot.line,
                 .column = spot.column,
                 .record = problem   ? NULL
                           : feature ? feature
                                     : record,
                 .problem = problem};
    source_emit(source, row, bytes, size);
    json_decref(feature);
    json_decref(record);
}

static void take_record(const scan_t *scan, spot_t spot, const char *bytes, size_t size)
{
    source_t *source = scan->source;
    if (size > READER_ROW_MAX) {
        emit(source, spot, bytes, size, NULL, "Cette fiche est trop longue (1 Mio au plus).");
        return;
    }
    json_error_t error;
    json_t *record = reader_parser_read(scan->parser, bytes, size, &error);
    char problem[256];
    spot_t wrong = spot_of_error(spot, &error);
    if (!record)
        snprintf(problem, sizeof problem, "JSON illisible, ligne %zu, colonne %zu : %s.",
                 wrong.line, wrong.column, reason_of(&error));
    else if (!json_is_object(record))
        snprintf(problem, sizeof problem, "Une fiche est un objet JSON, { … }.");
    emit(source, spot, bytes, size, record, json_is_object(record) ? NULL : problem);
}

/* One record, from where the scan stands. */
static void read_record(scan_t *scan)
{
    size_t start = scan->at;
    spot_t spot = spot_of(scan);
    skip_value(scan);
    size_t end = scan->at < scan->source->size ? scan->at : scan->source->size;
    take_record(scan, spot, scan->source->bytes + start, end - start);
}

static int read_array(scan_t *scan)
{
    scan->at++;
    if (skip_space(scan) == ']') {
        scan->at++;
        return 0;
    }
    for (;;) {
        if (at_end(scan))
            return broken(scan, "une fiche");
        read_record(scan);
        char next = peek(scan);
        if (next != ',' && next != ']')
            return broken(scan, "« , » ou « ] »");
        scan->at++;
        if (next == ']')
            return 0;
        skip_space(scan);
    }
}

static int expect_end(scan_t *scan)
{
    return skip_space(scan) || !at_end(scan) ? broken(scan, "la fin du fichier") : 0;
}

/* --- an object around them --- */

static const char *const RECORDS[] = {"\"results\"", "\"records\"", "\"data\"", "\"features\"",
                                      "\"items\"",   "\"rows\"",    NULL};
/* Objects that only hold what was asked for: the answer of a CKAN has its records in "result". */
static const char *const WRAPPERS[] = {"\"result\"", "\"results\"", "\"response\"", "\"data\"",
                                       NULL};

/* Is the text from start to where the scan stands one of these? */
static bool is_one_of(const scan_t *scan, size_t start, const char *const *names)
{
    for (; *names; names++)
        if (strlen(*names) == scan->at - start
            && memcmp(scan->source->bytes + start, *names, scan->at - start) == 0)
            return true;
    return false;
}

/* Moves to the array of records that an object holds, or an object in it; false when it holds none. *depth: the
 * objects around the array. */
static bool find_array(scan_t *scan, int *depth)
{
    int outside = *depth;
    scan->at++;
    while (skip_space(scan) == '"') {
        size_t start = scan->at;
        skip_string(scan);
        bool whole = !at_end(scan), named = whole && is_one_of(scan, start, RECORDS);
        bool wraps = whole && is_one_of(scan, start, WRAPPERS);
        if (skip_space(scan) != ':')
            return false;
        scan->at++;
        *depth = outside + 1;
        char next = skip_space(scan);
        if (next == '[' && named)
            return true;
        scan_t inside = *scan;
        if (next == '{' && wraps && *depth < WRAPPERS_MAX && find_array(&inside, depth)) {
            *scan = inside;
            return true;
        }
        skip_value(scan);
        if (peek(scan) == ',')
            scan->at++;
    }
    return false;
}

/* What follows the records in the objects around them, to the end of the file. */
static int skip_rest(scan_t *scan, int depth)
{
    for (; depth > 0; depth--) {
        while (skip_space(scan) == ',') {
            scan->at++;
            skip_value(scan);
        }
        if (peek(scan) != '}')
            return broken(scan, "« , » ou « } »");
        scan->at++;
    }
    return expect_end(scan);
}

/* A single record, to the very end of the file. */
static int read_single(scan_t *scan)
{
    source_t *source = scan->source;
    const char *start = source->bytes + scan->at;
    size_t size = source->size - scan->at;
    json_error_t error;
    json_t *record = json_loadb(start, size, JSON_REJECT_DUPLICATES, &error);
    spot_t wrong = spot_of_error(spot_of(scan), &error);
    if (!record)
        return err_set(source->err, ERR_REJECT,
                       "Ligne %zu, colonne %zu : ce JSON est illisible, %s.", wrong.line,
                       wrong.column, reason_of(&error));
    emit(source, spot_of(scan), start, size, record, NULL);
    return 0;
}

/* --- one record a line --- */

/* The line from where the scan stands, without the spaces at its end. */
static size_t line_size(const scan_t *scan)
{
    const char *start = scan->source->bytes + scan->at;
    size_t size = scan->source->size - scan->at;
    const char *newline = memchr(start, '\n', size);
    size = newline ? (size_t)(newline - start) : size;
    while (size && strchr(" \t\r", start[size - 1]))
        size--;
    return size;
}

/* A line that ends an object, and one after it that begins another, without a comma: no JSON has that. */
static bool has_record_a_line(scan_t scan)
{
    size_t size = line_size(&scan);
    if (size == 0 || scan.source->bytes[scan.at + size - 1] != '}')
        return false;
    scan.at += size;
    return skip_space(&scan) == '{';
}

static int read_lines(scan_t *scan)
{
    scan->source->reading->format = READING_JSON_LINES;
    while (skip_space(scan)) {
        size_t size = line_size(scan);
        take_record(scan, spot_of(scan), scan->source->bytes + scan->at, size);
        scan->at += size;
    }
    return 0;
}

static int read_file(scan_t *scan)
{
    if (skip_space(scan) == '[')
        return read_array(scan) || expect_end(scan) ? -1 : 0;
    if (has_record_a_line(*scan))
        return read_lines(scan);
    scan_t ahead = *scan;
    int depth = 0;
    if (!find_array(&ahead, &depth))
        return read_single(scan);
    return read_array(&ahead) || skip_rest(&ahead, depth) ? -1 : 0;
}

int reader_json(source_t *source)
{
    scan_t scan = {.source = source, .parser = reader_parser_new(), .spot = {1, 1}};
    source->reading->format = READING_JSON;
    int rc = read_file(&scan);
    reader_parser_destroy(&scan.parser);
    return rc;
}
