/* files - what a test writes on the disk for the code to read. Whatever cannot be written fails the test. Included
 * after cmocka.h. */
#ifndef FILES_H
#define FILES_H

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_PATH_SIZE 128

/* The file holds these bytes, and nothing else. */
static inline void write_bytes(const char *path, const char *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* Makes a file of a name that no other has, puts the name into path and gives it. The caller removes the file. */
static inline const char *new_file(char path[FILE_PATH_SIZE], const char *text)
{
    snprintf(path, FILE_PATH_SIZE, "%s", P_tmpdir "/maillage-test-XXXXXX");
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    close(descriptor);
    write_bytes(path, text, strlen(text));
    return path;
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
