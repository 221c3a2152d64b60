#include "node/export/output.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct output {
    char *path, *temporary; /* NULL: standard output */
    FILE *file;
    bool committed;
};

static int failed(const output_t *self, const char *doing, err_t *err)
{
    return err_set(err, ERR_STOP, "« %s » n'a pas pu être %s : %s.",
                   self->path ? self->path : "la sortie", doing, strerror(errno));
}

/* mkstemp makes files for their owner alone; an export is as readable as any file he makes. */
static void open_to_others(int descriptor)
{
    mode_t mask = umask(0);
    umask(mask);
    fchmod(descriptor, 0666 & ~mask);
}

static int open_file(output_t *self, const char *path, err_t *err)
{
    struct stat there;
    self->path = strdup(path);
    assert(self->path);
    int size = asprintf(&self->temporary, "%s.XXXXXX", path);
    assert(size > 0);
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode)) {
        self->committed = true; /* nothing was made */
        return err_set(err, ERR_REJECT, "« %s » n'est pas un fichier : donnez un nom de fichier.",
                       path);
    }
    int descriptor = mkstemp(self->temporary);
    self->committed = descriptor < 0;
    if (descriptor < 0)
        return err_set(err, ERR_REJECT, "« %s » ne peut pas être écrit : %s.", path,
                       strerror(errno));
    open_to_others(descriptor);
    self->file = fdopen(descriptor, "w");
    assert(self->file);
    return 0;
}

output_t *output_open(const char *path, err_t *err)
{
    output_t *self = calloc(1, sizeof *self);
    assert(self);
    if (!path)
        self->file = stdout;
    else if (open_file(self, path, err))
        output_close(&self);
    return self;
}

int output_write(output_t *self, text_t *text, err_t *err)
{
    size_t written = fwrite(text->data, 1, text->size, self->file);
    bool whole = written == text->size;
    text_clear(text);
    return whole ? 0 : failed(self, "écrit en entier", err);
}

/* A rename is on the disk when its folder is. */
static int sync_folder(const output_t *self, err_t *err)
{
    char *copy = strdup(self->path);
    assert(copy);
    int folder = open(dirname(copy), O_RDONLY | O_DIRECTORY);
    int rc = folder < 0 || fsync(folder) ? failed(self, "gardé", err) : 0;
    if (folder >= 0)
        close(folder);
    free(copy);
    return rc;
}

int output_commit(output_t *self, err_t *err)
{
    if (fflush(self->file))
        return failed(self, "écrit en entier", err);
    if (!self->path)
        return 0;
    if (fsync(fileno(self->file)) || rename(self->temporary, self->path))
        return failed(self, "gardé", err);
    self->committed = true;
    return sync_folder(self, err);
}

void output_close(output_t **self_p)
{
    output_t *self = *self_p;
    if (!self)
        return;
    if (self->path && self->file)
        fclose(self->file);
    if (self->path && !self->committed)
        unlink(self->temporary);
    free(self->path);
    free(self->temporary);
    free(self);
    *self_p = NULL;
}
