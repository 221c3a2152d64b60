/* files - what a test has on the disk, in the folder of temporary files: files for the code to read, and folders for it
 * to write in. Whatever cannot be written or read fails the test. Included after cmocka.h. */
#ifndef FILES_H
#define FILES_H

#include <dirent.h>
#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_PATH_SIZE 128
#define FOLDER_PATH_SIZE 64
#define CONTENTS_MAX (1 << 20)
#define NEW_NAME "maillage-test-" /* new files and folders have names that begin so */

/* Where they are: in memory when there is such a place, for a store syncs at each change, and a disk takes its time. */
static inline const char *temporary(void)
{
    return access("/dev/shm", W_OK) ? P_tmpdir : "/dev/shm";
}

/* The file holds these bytes, and nothing else. */
static inline void write_bytes(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* Makes a file of a name that no other has, puts the name into path and gives it. The caller removes the file. */
static inline const char *new_file(char path[FILE_PATH_SIZE], const char *text)
{
    snprintf(path, FILE_PATH_SIZE, "%s/" NEW_NAME "XXXXXX", temporary());
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    write_bytes(path, text, strlen(text));
    return path;
}

/* What is left in the file, less than CONTENTS_MAX bytes, given. Closes it. */
static inline char *contents_of(FILE *file)
{
    char *text = calloc(1, CONTENTS_MAX);
    assert_true(text && file && fread(text, 1, CONTENTS_MAX, file) < CONTENTS_MAX);
    fclose(file);
    return text;
}

/* The same of the file at path. */
static inline char *contents(const char *path)
{
    return contents_of(fopen(path, "r"));
}

/* Makes an empty folder, puts its path into path and gives it. The caller calls remove_folder. */
static inline const char *new_folder(char path[FOLDER_PATH_SIZE])
{
    snprintf(path, FOLDER_PATH_SIZE, "%s/" NEW_NAME "XXXXXX", temporary());
    assert_non_null(mkdtemp(path));
    return path;
}

static inline int remove_one(const char *path, const struct stat *found, int type, struct FTW *at)
{
    (void)found, (void)type, (void)at;
    return remove(path);
}

/* The folder and all that is in it. */
static inline void remove_folder(const char *folder)
{
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* How many names in the folder have that part. */
static inline size_t files_in(const char *folder, const char *part)
{
    size_t count = 0;
    DIR *names = opendir(folder);
    assert_non_null(names);
    for (struct dirent *entry; (entry = readdir(names));)
        count += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")
                 && strstr(entry->d_name, part);
    closedir(names);
    return count;
}

/* The lines of a geography with their proof behind them, as config/geo/build writes them; given. */
static inline char *proven(const char *lines)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof hash + 1], *text;
    crypto_hash_sha256(hash, (const unsigned char *)lines, strlen(lines));
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    assert_true(asprintf(&text, "%ssha256\t%s\n", lines, hex) > 0);
    return text;
}

#endif
