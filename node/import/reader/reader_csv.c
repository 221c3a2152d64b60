/* CSV is libcsv's affair, fed line by line so that each row knows where it began and where the quotation
 * mark that is still open was opened. */
#include "node/import/reader/reader_inside.h"

#include <assert.h>
#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLOCK_SIZE (16 * 1024) /* libcsv's buffer grows by so much; its own 128 bytes are slow */

typedef struct csv_rows {
    source_t *source;
    size_t line;       /* being fed */
    size_t row_line;   /* where the row in hand began; 0: none */
    size_t quote_line; /* where the text that runs over several lines began; 0: none in this row */
    const char *row;   /* the bytes of the row in hand begin here, */
    const char *fed;   /* and those fed end here */
    json_t *cells;     /* of the row in hand */
    json_t *header;    /* the first line as it is, or the names given */
    size_t
        before_line; /* of the row before, when most of its cells were empty at its end; else 0 */
    bool too_many, too_long;
    char problem[512];
} csv_rows_t;

static void add_cell(void *data, size_t size, void *context)
{
    csv_rows_t *rows = context;
    if (!rows->row_line)
        rows->row_line = rows->line;
    if (json_array_size(rows->cells) >= READER_COLUMNS_MAX)
        rows->too_many = true;
    else if (size > READER_CELL_MAX)
        rows->too_long = true;
    else
        json_array_append_new(rows->cells, json_stringn_nocheck(data, size));
}

/* --- the names of the columns --- */

/* Names a column; the second of a name is "name#2". */
static void add_name(json_t *columns, json_t *seen, const json_t *cell)
{
    text_t name;
    text_init(&name, READER_CELL_MAX + 16);
    text_add(&name, json_string_value(cell), json_string_length(cell));
    if (!name.size)
        text_add_format(&name, "colonne %zu", json_array_size(columns) + 1);
    size_t size = name.size;
    json_t *before = json_object_get(seen, name.data);
    int times = (int)json_integer_value(before);
    while (json_object_get(seen, name.data)) { /* the file may call another one "name#2" itself */
        name.data[name.size = size] = 0;
        text_add_format(&name, "#%d", ++times);
    }
    if (before)
        json_integer_set(before, times);
    json_object_set_new_nocheck(seen, name.data, json_integer(1));
    json_array_append_new(columns, json_stringn_nocheck(name.data, name.size));
    text_free(&name);
}

static void name_columns(reading_t *reading, const json_t *cells)
{
    json_t *seen = json_object();
    for (size_t i = 0; i < json_array_size(cells); i++)
        add_name(reading->columns, seen, json_array_get(cells, i));
    json_decref(seen);
}

static void number_columns(reading_t *reading, size_t count)
{
    for (size_t i = 1; i <= count; i++)
        json_array_append_new(reading->columns, json_sprintf("colonne %zu", i));
}

static bool is_address(const char *cell)
{
    const char *at = strchr(cell, '@');
    return strncasecmp(cell, "http://", 7) == 0 || strncasecmp(cell, "https://", 8) == 0
           || strncasecmp(cell, "www.", 4) == 0
           || (at && at > cell && strchr(at, '.') && !strpbrk(cell, " \n"));
}

/* No column is called by an address. */
static bool is_data(const json_t *cells)
{
    for (size_t i = 0; i < json_array_size(cells); i++)
        if (is_address(json_string_value(json_array_get(cells, i))))
            return true;
    return false;
}

/* --- rows --- */

static bool has_lone_quote_at_end(const json_t *cell)
{
    size_t size = json_string_length(cell);
    const char *text = json_string_value(cell), *quote = size ? strchr(text, '"') : NULL;
    return quote && quote == text + size - 1;
}

/* A first cell that closes a quotation it never opened, after a row that stopped half-way, is the end of
 * that row: what made the file took the end of a line inside a text for the end of the row. */
static bool is_end_of_row_before(const csv_rows_t *rows)
{
    return rows->before_line && has_lone_quote_at_end(json_array_get(rows->cells, 0));
}

/* Does the row say nothing in the second half of the columns? */
static bool stops_half_way(const csv_rows_t *rows)
{
    size_t expected = json_array_size(rows->source->reading->columns);
    for (size_t i = expected / 2; i < json_array_size(rows->cells); i++)
        if (json_string_length(json_array_get(rows->cells, i)))
            return false;
    return expected > 3;
}

static const char *say_count(csv_rows_t *rows, size_t count, size_t expected)
{
    if (rows->quote_line && rows->line > rows->quote_line)
        snprintf(rows->problem, sizeof rows->problem,
                 "Cette ligne a %zu cases et l'en-tête %zu : le guillemet ouvert ligne %zu ne se "
                 "ferme que "
                 "ligne %zu. Il est de trop, ou celui qui le ferme manque ; dans un texte, un "
                 "guillemet s'écrit "
                 "deux fois (\"\").",
                 count, expected, rows->quote_line, rows->line);
    else
        snprintf(rows->problem, sizeof rows->problem,
                 "Cette ligne a plus de cases que l'en-tête (%zu au lieu de %zu) : un séparateur "
                 "est sans "
                 "doute resté dans un texte sans guillemets.",
                 count, expected);
    return rows->problem;
}

/* What keeps the row in hand from being read, or NULL. A row with fewer cells has its last ones empty. */
static const char *problem_of(csv_rows_t *rows)
{
    size_t count = json_array_size(rows->cells),
           expected = json_array_size(rows->source->reading->columns);
    bool runs_on = rows->quote_line && rows->line > rows->quote_line;
    if (rows->too_many)
        return "Cette ligne a trop de cases (1 000 au plus).";
    if (rows->too_long) {
        snprintf(rows->problem, sizeof rows->problem,
                 "Une case de cette ligne est trop longue (256 Kio au plus) : un guillemet n'est "
                 "sans doute "
                 "pas fermé (ligne %zu).",
                 rows->quote_line ? rows->quote_line : rows->row_line);
        return rows->problem;
    }
    if (count > expected || (count < expected && runs_on))
        return say_count(rows, count, expected);
    if (json_equal(rows->cells, rows->header))
        return "Cette ligne répète l'en-tête (deux fichiers mis bout à bout ?) : elle n'est pas "
               "une fiche. "
               "Retirez-la.";
    if (!is_end_of_row_before(rows))
        return NULL;
    snprintf(rows->problem, sizeof rows->problem,
             "Cette ligne est la fin de la ligne %zu : un guillemet s'y est ouvert et la coupe en "
             "deux, si "
             "bien que les cases sont décalées. Réunissez les deux lignes.",
             rows->before_line);
    return rows->problem;
}

/* A spreadsheet writes the rows below its last one so. */
static bool is_empty(const json_t *cells)
{
    for (size_t i = 0; i < json_array_size(cells); i++)
        if (json_string_length(json_array_get(cells, i)))
            return false;
    return true;
}

/* Gives the cells under the names of their columns. One that has no column is nobody's: "_case 9". */
static json_t *record_of(const csv_rows_t *rows)
{
    const json_t *columns = rows->source->reading->columns;
    json_t *record = json_object();
    for (size_t i = 0; i < json_array_size(rows->cells); i++) {
        const json_t *name = json_array_get(columns, i);
        char beyond[32];
        snprintf(beyond, sizeof beyond, "_case %zu", i + 1);
        json_object_setn_nocheck(record, name ? json_string_value(name) : beyond,
                                 name ? json_string_length(name) : strlen(beyond),
                                 json_array_get(rows->cells, i));
    }
    return record;
}

static void emit_cells(csv_rows_t *rows)
{
    row_t row = {.line = rows->row_line, .problem = problem_of(rows)};
    json_t *record = record_of(rows);
    row.record = record;
    rows->before_line = stops_half_way(rows) ? rows->row_line : 0;
    source_emit(rows->source, row, rows->row, (size_t)(rows->fed - rows->row));
    json_decref(record);
}

/* The first line of the file. */
static void take_first(csv_rows_t *rows)
{
    reading_t *reading = rows->source->reading;
    reading->header = !is_data(rows->cells);
    if (reading->header) {
        name_columns(reading, rows->cells);
        json_array_extend(rows->header, rows->cells);
        return;
    }
    number_columns(reading, json_array_size(rows->cells));
    emit_cells(rows);
}

static void end_row(int character, void *context)
{
    csv_rows_t *rows = context;
    reading_t *reading = rows->source->reading;
    (void)character;
    if (json_array_size(reading->columns) == 0)
        take_first(rows);
    else if (reading->rows == 0 && !reading->header && json_equal(rows->cells, rows->header))
        reading->header = true; /* the names were given, and the file has them too */
    else if (rows->too_long || !is_empty(rows->cells))
        emit_cells(rows);
    json_array_clear(rows->cells);
    rows->too_many = rows->too_long = false;
    rows->row_line = rows->quote_line = 0;
}

/* --- lines --- */

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
    for (const char *candidate = ";\t|"; *candidate; candidate++)
        if (count_outside_quotes(source, *candidate) > count_outside_quotes(source, best))
            best = *candidate;
    return best;
}

static bool is_blank_line(const char *bytes, size_t size)
{
    while (size && strchr("\r\n \t", bytes[size - 1]))
        size--;
    return size == 0;
}

static int feed_bytes(csv_rows_t *rows, struct csv_parser *parser, const char *bytes, size_t size)
{
    if (csv_parse(parser, bytes, size, add_cell, end_row, rows) == size)
        return 0;
    return err_set(rows->source->err, ERR_REJECT, "Ligne %zu : ce CSV est illisible (%s).",
                   rows->line, csv_strerror(csv_error(parser)));
}

/* A row that the end of its line does not end has a quotation open: since this line, if a cell was
 * finished in it or if the row began in it. */
static int feed_line(csv_rows_t *rows, struct csv_parser *parser, const char *line, size_t size)
{
    bool begins = !rows->row_line;
    size_t cells = json_array_size(rows->cells);
    rows->line++;
    rows->fed = line + size;
    if (begins && !is_blank_line(line, size)) {
        rows->row_line = rows->line;
        rows->row = line;
    }
    if (feed_bytes(rows, parser, line, size))
        return -1;
    if (rows->row_line && (begins || json_array_size(rows->cells) != cells))
        rows->quote_line = rows->line;
    return 0;
}

static int feed(csv_rows_t *rows, struct csv_parser *parser)
{
    const source_t *source = rows->source;
    /* Macintoshes once ended lines with a carriage return alone. */
    char ending = memchr(source->bytes, '\n', source->size) ? '\n' : '\r';
    for (size_t at = 0; at < source->size;) {
        const char *start = source->bytes + at, *end = memchr(start, ending, source->size - at);
        size_t size = end ? (size_t)(end - start) + 1 : source->size - at;
        if (feed_line(rows, parser, start, size))
            return -1;
        at += size;
    }
    if (feed_bytes(rows, parser, "\n", 1)) /* ends the last line, unless a quotation is open */
        return -1;
    if (rows->row_line)
        return err_set(
            source->err, ERR_REJECT,
            "Ligne %zu : un guillemet s'ouvre ici et ne se ferme jamais, le fichier finit dans ce "
            "texte. Fermez-le ou retirez-le ; dans un texte, un guillemet s'écrit deux fois "
            "(\"\").",
            rows->quote_line ? rows->quote_line : rows->row_line);
    return 0;
}

int reader_csv(source_t *source, const char *const *header)
{
    struct csv_parser parser;
    csv_rows_t rows = {
        .source = source, .row = source->bytes, .cells = json_array(), .header = json_array()};
    source->reading->csv = true;
    source->reading->format = READING_CSV;
    source->reading->delimiter = guess_delimiter(source);
    for (; header && *header; header++)
        json_array_append_new(rows.header, json_string(*header));
    json_array_extend(source->reading->columns, rows.header);
    int broken = csv_init(&parser, 0);
    assert(!broken);
    csv_set_delim(&parser, (unsigned char)source->reading->delimiter);
    csv_set_blk_size(&parser, BLOCK_SIZE);
    int rc = feed(&rows, &parser);
    csv_free(&parser);
    json_decref(rows.cells);
    json_decref(rows.header);
    return rc;
}
