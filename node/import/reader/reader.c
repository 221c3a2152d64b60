/* What file is it? Its first bytes say; then its text is made UTF-8, and one of reader_csv.c,
 * reader_json.c and reader_ics.c takes it row by row. */
#include "node/import/reader/reader_inside.h"

#include "schemas/base/unicode.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- files that hold no rows we can read --- */

static const struct foreign {
    const char *begins;
    const char *contains; /* somewhere in the file; NULL: whatever it holds */
    const char *sentence;
} FOREIGN[] = {
    {"PK\3\4", "xl/workbook",
     "C'est un classeur Excel : ouvrez-le, enregistrez la feuille en « CSV UTF-8 », puis importez "
     "ce CSV."},
    {"PK\3\4", "opendocument.spreadsheet",
     "C'est un classeur LibreOffice : ouvrez-le, enregistrez la feuille en CSV (UTF-8), puis "
     "importez ce "
     "CSV."},
    {"PK\3\4", "word/document",
     "C'est un document Word : copiez son tableau dans un tableur, puis enregistrez-le en CSV "
     "(UTF-8)."},
    {"PK\3\4", NULL,
     "C'est une archive zip : décompressez-la, puis importez le fichier CSV, JSON ou ICS "
     "qu'elle contient."},
    {"\xd0\xcf\x11\xe0", NULL,
     "C'est un ancien classeur Excel (.xls) ou un ancien document Office : ouvrez-le et "
     "enregistrez-le en "
     "« CSV UTF-8 »."},
    {"%PDF", NULL,
     "C'est un PDF, dont on ne peut pas tirer de fiches : demandez le tableau d'origine, en "
     "CSV ou en JSON."},
    {"\x1f\x8b", NULL,
     "C'est un gzip dans un gzip : décompressez-le une fois (gunzip), puis recommencez."},
    {"7z\xbc\xaf", NULL, "C'est une archive 7z : décompressez-la, puis importez son contenu."},
    {"Rar!", NULL, "C'est une archive RAR : décompressez-la, puis importez son contenu."},
    {"BZh", NULL, "C'est un fichier bzip2 : décompressez-le (bunzip2), puis importez son contenu."},
    {"\xfd"
     "7zXZ",
     NULL, "C'est un fichier xz : décompressez-le (unxz), puis importez son contenu."},
    {"\x28\xb5\x2f\xfd", NULL,
     "C'est un fichier zstd : décompressez-le (unzstd), puis importez son contenu."},
    {"\x89PNG", NULL, "C'est une image : il faut un CSV, un JSON ou un ICS."},
    {"\xff\xd8\xff", NULL, "C'est une image : il faut un CSV, un JSON ou un ICS."},
    {"GIF8", NULL, "C'est une image : il faut un CSV, un JSON ou un ICS."},
    {"SQLite format 3", NULL,
     "C'est une base SQLite : exportez sa table en CSV, puis importez ce CSV."},
    {"PAR1", NULL, "C'est un fichier Parquet : convertissez-le en CSV, puis importez ce CSV."},
    {"\x7f"
     "ELF",
     NULL, "C'est un programme : il faut un CSV, un JSON ou un ICS."},
    {"<!doctype", NULL,
     "C'est une page web, et non le fichier qu'elle propose : téléchargez le fichier "
     "lui-même, puis recommencez."},
    {"<html", NULL,
     "C'est une page web, et non le fichier qu'elle propose : téléchargez le fichier "
     "lui-même, puis recommencez."},
    {"<?xml", NULL, "C'est du XML, qui n'est pas lu ici : demandez un CSV, un JSON ou un ICS."},
    {"{\\rtf", NULL,
     "C'est un document RTF : copiez son tableau dans un tableur, puis enregistrez-le en "
     "CSV (UTF-8)."},
};

static const char *foreign_sentence(const char *bytes, size_t size)
{
    for (size_t i = 0; i < sizeof FOREIGN / sizeof *FOREIGN; i++) {
        const struct foreign *file = &FOREIGN[i];
        size_t length = strlen(file->begins);
        if (size >= length && strncasecmp(bytes, file->begins, length) == 0
            && (!file->contains || memmem(bytes, size, file->contains, strlen(file->contains))))
            return file->sentence;
    }
    return NULL;
}

static size_t count_lines(const char *bytes, const char *end)
{
    size_t lines = 0;
    while ((bytes = memchr(bytes, '\n', (size_t)(end - bytes)))) {
        lines++;
        bytes++;
    }
    return lines;
}

/* A text has no NUL. Every second byte is one in UTF-16 without its mark. */
static int refuse_nul(const char *bytes, size_t size, const char *nul, err_t *err)
{
    size_t start = 0, count = 0, window = size < 4096 ? size : 4096;
    for (size_t i = start; i < window; i++)
        count += bytes[i] == 0;
    if (count > window / 3)
        return err_set(
            err, ERR_REJECT,
            "Ce fichier est binaire, ou du texte en UTF-16 sans sa marque : enregistrez-le en "
            "« CSV UTF-8 », puis recommencez.");
    return err_set(
        err, ERR_REJECT,
        "Ligne %zu : il y a là un octet nul, qu'aucun texte ne contient. Le fichier est abîmé, ou "
        "n'est pas du texte : exportez-le de nouveau.",
        1 + count_lines(bytes, nul));
}

/* --- rows --- */

#define LOST_LINES_MAX 400 /* bytes */
#define REPLACEMENT "\xef\xbf\xbd"

static void end_lost_run(source_t *self)
{
    const char *comma = self->lost_lines.size ? ", " : "";
    if (self->lost_from == 0)
        return;
    if (self->lost_from == self->lost_to)
        text_add_format(&self->lost_lines, "%s%zu", comma, self->lost_from);
    else
        text_add_format(&self->lost_lines, "%s%zu à %zu", comma, self->lost_from, self->lost_to);
}

/* Rows that follow each other are one run, though a row may be several lines long. */
static void note_lost(source_t *self, size_t line, bool lost)
{
    if (lost && !self->lost_from)
        self->lost_from = line;
    if (lost) {
        self->lost_to = line;
        self->reading->lost_rows++;
        return;
    }
    end_lost_run(self);
    self->lost_from = 0;
}

/* U+FFFD hardly ever comes: looking for its first byte is many times faster than memmem. */
static bool has_lost(const char *bytes, size_t size)
{
    const char *end = bytes + size;
    while ((bytes = memchr(bytes, REPLACEMENT[0], (size_t)(end - bytes)))) {
        if (end - bytes >= 3 && memcmp(bytes, REPLACEMENT, 3) == 0)
            return true;
        bytes++;
    }
    return false;
}

void source_emit(source_t *self, row_t row, const char *bytes, size_t size)
{
    if (self->lost)
        note_lost(self, row.line, has_lost(bytes, size));
    self->reading->rows++;
    self->visit(self->context, &row);
}

static void say_lost(source_t *self)
{
    size_t count = self->reading->lost_rows;
    end_lost_run(self);
    if (count == 0)
        return;
    text_t sentence;
    text_init(&sentence, LOST_LINES_MAX + 512);
    text_add_format(
        &sentence,
        "%zu fiche%s %s le signe « " REPLACEMENT " » à la place de lettres : %s (ligne%s %s%s). "
        "Demandez-le de nouveau, en UTF-8, à qui l'a exporté.",
        count, count > 1 ? "s" : "", count > 1 ? "ont" : "a",
        self->reading->damaged ? "ce fichier est en UTF-8, mais il a été abîmé"
                               : "les accents étaient déjà perdus dans ce fichier",
        count > 1 ? "s" : "", self->lost_lines.data, self->lost_lines.overflow ? "..." : "");
    self->reading->lost = text_take(&sentence);
    text_free(&sentence);
}

/* --- the file --- */

static bool skip_mark(source_t *source)
{
    if (source->size < 3 || memcmp(source->bytes, "\xef\xbb\xbf", 3) != 0)
        return false;
    source->bytes += 3;
    source->size -= 3;
    return true;
}

/* The first character that is no space; NUL when there is none. */
static char first_character(const source_t *source)
{
    for (size_t i = 0; i < source->size; i++)
        if (!strchr(" \t\r\n", source->bytes[i]))
            return source->bytes[i];
    return 0;
}

static int read_utf8(source_t *source, const char *const *header)
{
    skip_mark(source);
    char first = first_character(source);
    if (!first)
        return err_set(source->err, ERR_REJECT,
                       source->size ? "Ce fichier est vide : il n'a que des espaces."
                                    : "Ce fichier est vide.");
    source->lost = has_lost(source->bytes, source->size);
    text_init(&source->lost_lines, LOST_LINES_MAX);
    int rc = reader_ics_recognises(source->bytes, source->size) ? reader_ics(source)
             : first == '[' || first == '{'                     ? reader_json(source)
                                                                : reader_csv(source, header);
    say_lost(source);
    text_free(&source->lost_lines);
    return rc;
}

/* Text in bytes of which we know that they have no NUL. */
static int read_bytes(source_t *source, const char *const *header)
{
    if (unicode_valid(source->bytes, source->size))
        return read_utf8(source, header);
    bool damaged = reader_is_mostly_utf8(source->bytes, source->size);
    source->reading->damaged = damaged;
    source->reading->windows_1252 = !damaged;
    source->reading->encoding = damaged ? READING_UTF8 : READING_WINDOWS_1252;
    text_t converted;
    text_init(&converted, 3 * source->size);
    if (damaged)
        reader_from_damaged_utf8(&converted, source->bytes, source->size);
    else
        reader_from_windows_1252(&converted, source->bytes, source->size);
    source->bytes = converted.data;
    source->size = converted.size;
    int rc = read_utf8(source, header);
    text_free(&converted);
    return rc;
}

static int read_text(source_t *source, const char *const *header)
{
    const char *sentence = foreign_sentence(source->bytes, source->size);
    if (sentence)
        return err_set(source->err, ERR_REJECT, "%s", sentence);
    const char *nul = memchr(source->bytes, 0, source->size);
    if (nul)
        return refuse_nul(source->bytes, source->size, nul, source->err);
    if (!reader_ics_recognises(source->bytes, source->size))
        return read_bytes(source, header);
    text_t unfolded;
    text_init(&unfolded, source->size + 1);
    reader_ics_unfold(&unfolded, source->bytes, source->size);
    source->bytes = unfolded.data;
    source->size = unfolded.size;
    int rc = read_bytes(source, header);
    text_free(&unfolded);
    return rc;
}

int reader_each(const char *bytes, size_t size, const char *const *header, reading_t *reading,
                void (*visit)(void *context, const row_t *row), void *context, err_t *err)
{
    *reading = (reading_t){.columns = json_array()};
    source_t source = {.bytes = bytes,
                       .size = size,
                       .reading = reading,
                       .visit = visit,
                       .context = context,
                       .err = err};
    if (!reader_is_utf16(bytes, size))
        return read_text(&source, header);
    reading->encoding = READING_UTF16;
    text_t converted;
    text_init(&converted, 2 * size + 3);
    reader_from_utf16(&converted, bytes, size);
    source.bytes = converted.data;
    source.size = converted.size;
    int rc = read_text(&source, header);
    text_free(&converted);
    return rc;
}

void reading_free(reading_t *reading)
{
    json_decref(reading->columns);
    free(reading->lost);
    *reading = (reading_t){0};
}

/* --- what was guessed --- */

static const char *const FORMATS[] = {
    [READING_CSV] = "CSV",
    [READING_JSON] = "JSON",
    [READING_JSON_LINES] = "JSON, une fiche par ligne",
    [READING_GEOJSON] = "GeoJSON",
    [READING_ICS] = "agenda ICS",
};

static const char *const ENCODINGS[] = {
    [READING_UTF8] = "UTF-8",
    [READING_WINDOWS_1252] = "Windows-1252",
    [READING_UTF16] = "UTF-16",
};

static const char *delimiter_name(char delimiter)
{
    switch (delimiter) {
    case ';':
        return "point-virgule";
    case '\t':
        return "tabulation";
    case '|':
        return "barre verticale";
    }
    return "virgule";
}

static const char *unit_name(reading_format_t format)
{
    switch (format) {
    case READING_CSV:
        return "ligne";
    case READING_ICS:
        return "événement";
    case READING_JSON:
    case READING_JSON_LINES:
    case READING_GEOJSON:
        break;
    }
    return "fiche";
}

void reading_describe(const reading_t *reading, text_t *out)
{
    text_add_string(out, FORMATS[reading->format]);
    if (reading->csv)
        text_add_format(out, ", %s", delimiter_name(reading->delimiter));
    text_add_format(out, ", %s", ENCODINGS[reading->encoding]);
    if (reading->csv && !reading->header)
        text_add_string(out, ", sans ligne d'en-tête");
    text_add_format(out, ", %zu %s%s", reading->rows, unit_name(reading->format),
                    reading->rows > 1 ? "s" : "");
}
