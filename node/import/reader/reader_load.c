/* From a path to bytes. A gzip is one by its first bytes, whatever it is called, and is expanded piece by
 * piece into a text that has the same maximum as a file: a small file cannot become a large one. */
#include "node/import/reader/reader.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#define PIECE_SIZE (64 * 1024)
#define MIB (1 << 20)

static const struct {
    int code;
    const char *reason;
} REASONS[] = {
    {ENOENT, "il n'existe pas. Vérifiez le chemin."},
    {ENOTDIR, "ce chemin passe par un fichier qui n'est pas un dossier. Vérifiez-le."},
    {EACCES,
     "vous n'avez pas le droit de le lire. Demandez ce droit, ou copiez le fichier ailleurs."},
    {EISDIR, "c'est un dossier. Donnez les fichiers qu'il contient."},
};

static int unreadable(const char *path, int code, err_t *err)
{
    for (size_t i = 0; i < sizeof REASONS / sizeof *REASONS; i++)
        if (REASONS[i].code == code)
            return err_set(err, ERR_REJECT, "« %s » ne peut pas être lu : %s", path,
                           REASONS[i].reason);
    return err_set(err, ERR_REJECT, "« %s » ne peut pas être lu : %s.", path, strerror(code));
}

static int too_long(const char *path, err_t *err)
{
    return err_set(err, ERR_REJECT,
                   "« %s » est trop long (%d Mio au plus) : coupez-le en plusieurs fichiers.", path,
                   READER_FILE_MAX / MIB);
}

/* Nothing is read of a file whose size says that it is too long. */
static int read_all(FILE *file, const char *path, text_t *out, err_t *err)
{
    struct stat status;
    if (fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode)
        && status.st_size > READER_FILE_MAX)
        return too_long(path, err);
    char buffer[PIECE_SIZE];
    for (size_t got; !out->overflow && (got = fread(buffer, 1, sizeof buffer, file)) > 0;)
        text_add(out, buffer, got);
    if (ferror(file))
        return unreadable(path, errno, err);
    return out->overflow ? too_long(path, err) : 0;
}

/* --- gzip --- */

static bool is_gzip(const char *bytes, size_t size)
{
    return size >= 2 && memcmp(bytes, "\x1f\x8b", 2) == 0;
}

/* One call of inflate, into out. */
static int inflate_piece(z_stream *stream, text_t *out)
{
    char piece[PIECE_SIZE];
    stream->next_out = (Bytef *)piece;
    stream->avail_out = sizeof piece;
    int rc = inflate(stream, Z_NO_FLUSH);
    text_add(out, piece, sizeof piece - stream->avail_out);
    return rc;
}

/* Gzips that follow each other are one file (gzip -c a b), and zeros at the end are a tape's. */
static bool begins_another(z_stream *stream)
{
    while (stream->avail_in && *stream->next_in == 0) {
        stream->next_in++;
        stream->avail_in--;
    }
    return stream->avail_in > 0 && inflateReset(stream) == Z_OK;
}

static int inflate_all(z_stream *stream, const char *path, text_t *out, err_t *err)
{
    for (;;) {
        int rc = inflate_piece(stream, out);
        if (out->overflow)
            return err_set(
                err, ERR_REJECT,
                "« %s » est un gzip qui contient plus de %d Mio : décompressez-le et coupez-le en "
                "plusieurs fichiers.",
                path, READER_FILE_MAX / MIB);
        if (rc == Z_STREAM_END && !begins_another(stream))
            return 0;
        if (rc == Z_BUF_ERROR && stream->avail_in == 0)
            return err_set(
                err, ERR_REJECT,
                "« %s » est un gzip coupé avant sa fin : son téléchargement s'est sans doute "
                "arrêté. Téléchargez-le de nouveau.",
                path);
        if (rc != Z_OK && rc != Z_STREAM_END)
            return err_set(err, ERR_REJECT,
                           "« %s » est un gzip abîmé : ses octets ne sont plus ceux d'origine. "
                           "Téléchargez-le de nouveau.",
                           path);
    }
}

static int expand(const char *path, text_t *text, err_t *err)
{
    z_stream stream = {.next_in = (Bytef *)text->data, .avail_in = (uInt)text->size};
    int broken = inflateInit2(&stream, MAX_WBITS + 16); /* 16: gzip, not zlib */
    assert(broken == Z_OK);
    text_t expanded;
    text_init(&expanded, READER_FILE_MAX);
    int rc = inflate_all(&stream, path, &expanded, err);
    inflateEnd(&stream);
    text_free(text);
    *text = expanded;
    return rc;
}

int reader_load(const char *path, char **bytes, size_t *size, err_t *err)
{
    FILE *file = strcmp(path, "-") ? fopen(path, "rbe") : stdin;
    if (!file)
        return unreadable(path, errno, err);
    text_t text;
    text_init(&text, READER_FILE_MAX);
    int rc = read_all(file, path, &text, err);
    if (file != stdin)
        fclose(file);
    if (rc == 0 && is_gzip(text.data, text.size))
        rc = expand(path, &text, err);
    if (rc == 0) {
        *size = text.size;
        *bytes = text_take(&text);
    }
    text_free(&text);
    return rc;
}
