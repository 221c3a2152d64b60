#include "node/portal/words/borders.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_LINE "maillage-borders 1"
#define LETTERS                                                                                    \
    "ABDEP-0123456789 \t\n" /* of all other lines: "DEP-2A", numbers and what parts them */
#define THOUSANDTH 1000     /* of a degree, in millionths */
#define FARTHEST 180000     /* thousandths: no number is larger, nor where it leads to */

struct borders {
    char text[BORDERS_FILE_MAX + 1]; /* the file as it was read */
};

static int damaged(const char *path, const char *what, err_t *err)
{
    return err_set(err, ERR_REJECT, "cannot read the borders %s: %s", path, what);
}

static int read_file(borders_t *self, const char *path, err_t *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return damaged(path, strerror(errno), err);
    size_t size = fread(self->text, 1, BORDERS_FILE_MAX, file);
    bool whole = size < BORDERS_FILE_MAX && !ferror(file);
    fclose(file);
    if (!whole)
        return damaged(path, "it is too large, or cannot be read", err);
    if (strncmp(self->text, FIRST_LINE, strlen(FIRST_LINE)) != 0)
        return damaged(path, "its first line is not " FIRST_LINE, err);
    const char *lines = self->text + strlen(FIRST_LINE);
    return strspn(lines, LETTERS) == strlen(lines) ? 0 : damaged(path, "it has other letters", err);
}

borders_t *borders_load(const char *path, err_t *err)
{
    borders_t *self = calloc(1, sizeof *self);
    assert(self);
    if (read_file(self, path ? path : MAILLAGE_BORDERS, err))
        borders_destroy(&self);
    return self;
}

void borders_destroy(borders_t **self_p)
{
    free(*self_p);
    *self_p = NULL;
}

border_t borders_of(const borders_t *self, const char *department)
{
    char start[32];
    snprintf(start, sizeof start, "\nDEP-%s\t", department);
    const char *line = self ? strstr(self->text, start) : NULL;
    return (border_t){.rest = line ? line + strlen(start) - 1
                                   : NULL}; /* at the tab before its first ring */
}

/* A number behind a space or a tab; false where the line ends. */
static bool next_number(border_t *self, int32_t *number)
{
    char *end;
    if (!self->rest || *self->rest == '\n')
        return false;
    long value = strtol(self->rest, &end, 10);
    bool some = end != self->rest && labs(value) <= FARTHEST;
    self->rest = some ? end : NULL;
    *number = some ? (int32_t)value * THOUSANDTH : 0;
    return some;
}

bool border_next(border_t *self)
{
    int32_t lat, lon;
    self->begins = self->rest && *self->rest == '\t';
    if (!next_number(self, &lat) || !next_number(self, &lon))
        return false;
    self->lat = self->begins ? lat : self->lat + lat;
    self->lon = self->begins ? lon : self->lon + lon;
    return labs(self->lat) <= FARTHEST * THOUSANDTH && labs(self->lon) <= FARTHEST * THOUSANDTH;
}
