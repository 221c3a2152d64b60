#include "broker/base/aside.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The file itself last: a new one beside the old WAL must never exist. */
static const char *const SUFFIXES[] = {"-wal", "-shm", ""};
#define SUFFIX_COUNT (sizeof SUFFIXES / sizeof *SUFFIXES)

static void folder_of(const char *path, char folder[PATH_MAX])
{
    char copy[PATH_MAX];
    snprintf(copy, sizeof copy, "%s", path);
    snprintf(folder, PATH_MAX, "%s", dirname(copy));
}

/* Names that were changed survive a power cut from here on. */
static int sync_folder(const char *path, err_t *err)
{
    char folder[PATH_MAX];
    folder_of(path, folder);
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = file < 0 || fsync(file) ? -1 : 0;
    if (rc)
        err_set(err, ERR_STOP, "cannot write the folder '%s': %s", folder, strerror(errno));
    if (file >= 0)
        close(file);
    return rc;
}

int aside_move(const char *path, const char *word, long long unix_s, err_t *err)
{
    for (size_t i = 0; i < SUFFIX_COUNT; i++) {
        char from[PATH_MAX], to[PATH_MAX];
        if (snprintf(from, sizeof from, "%s%s", path, SUFFIXES[i]) >= (int)sizeof from
            || snprintf(to, sizeof to, "%s.%s-%lld%s", path, word, unix_s, SUFFIXES[i])
                   >= (int)sizeof to)
            return err_set(err, ERR_STOP, "'%s' is too long", path);
        if (rename(from, to) && errno != ENOENT)
            return err_set(err, ERR_STOP, "cannot move '%s' aside: %s", from, strerror(errno));
    }
    return sync_folder(path, err);
}

/* "public.db.damaged-7" -> 7; 0 for any other name. With `parts`, also for "public.db.damaged-7-wal": a
 * crash may have left it alone. */
static long long number_of(const char *name, const char *base, const char *word, bool parts)
{
    size_t size = strlen(base), length = strlen(word);
    if (strncmp(name, base, size) || name[size] != '.' || strncmp(name + size + 1, word, length)
        || name[size + 1 + length] != '-')
        return 0;
    const char *digits = name + size + length + 2;
    size_t count = strspn(digits, "0123456789");
    const char *rest = digits + count;
    bool ours = !*rest || (parts && (!strcmp(rest, "-wal") || !strcmp(rest, "-shm")));
    return count && count < 18 && ours ? strtoll(digits, NULL, 10) : 0;
}

static void scan(const char *path, const char *word, bool parts,
                 void (*each)(void *context, const char *file, long long unix_s), void *context)
{
    char folder[PATH_MAX], file[PATH_MAX + NAME_MAX + 2];
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    folder_of(path, folder);
    DIR *names = opendir(folder);
    for (struct dirent *entry; names && (entry = readdir(names));) {
        long long number = number_of(entry->d_name, base, word, parts);
        snprintf(file, sizeof file, "%s/%s", folder, entry->d_name);
        if (number)
            each(context, file, number);
    }
    if (names)
        closedir(names);
}

void aside_each(const char *path, const char *word,
                void (*each)(void *context, const char *file, long long unix_s), void *context)
{
    scan(path, word, false, each, context);
}

static void keep_newest(void *context, const char *file, long long unix_s)
{
    (void)file;
    long long *newest = context;
    *newest = unix_s > *newest ? unix_s : *newest;
}

long long aside_newest(const char *path, const char *word)
{
    long long newest = 0;
    scan(path, word, false, keep_newest, &newest);
    return newest;
}

typedef struct gathering {
    long long *numbers;
    size_t count;
} gathering_t;

static void gather(void *context, const char *file, long long unix_s)
{
    (void)file;
    gathering_t *self = context;
    for (size_t i = 0; i < self->count; i++)
        if (self->numbers[i] == unix_s)
            return;
    self->numbers = realloc(self->numbers, (self->count + 1) * sizeof *self->numbers);
    assert(self->numbers);
    self->numbers[self->count++] = unix_s;
}

static int newest_first(const void *a, const void *b)
{
    long long x = *(const long long *)a, y = *(const long long *)b;
    return (x < y) - (x > y);
}

static int forget(const char *path, const char *word, long long unix_s, err_t *err)
{
    for (size_t i = 0; i < SUFFIX_COUNT; i++) {
        char file[PATH_MAX + 64];
        snprintf(file, sizeof file, "%s.%s-%lld%s", path, word, unix_s, SUFFIXES[i]);
        if (unlink(file) && errno != ENOENT)
            return err_set(err, ERR_RETRY, "cannot remove '%s': %s", file, strerror(errno));
    }
    return 0;
}

int aside_forget(const char *path, const char *word, long long before_unix_s, size_t keep,
                 err_t *err)
{
    gathering_t all = {0};
    int rc = 0;
    scan(path, word, true, gather, &all);
    if (all.count)
        qsort(all.numbers, all.count, sizeof *all.numbers, newest_first);
    for (size_t i = 0; i < all.count && rc == 0; i++)
        if (i >= keep || all.numbers[i] < before_unix_s)
            rc = forget(path, word, all.numbers[i], err);
    free(all.numbers);
    return rc;
}
