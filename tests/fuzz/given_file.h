/* given_file - the input of a fuzz target as a file that loaders can open by its path: in memory, for
 * nobody else's eyes, with a descriptor that lasts as long as the program. */
#ifndef TESTS_FUZZ_GIVEN_FILE_H
#define TESTS_FUZZ_GIVEN_FILE_H

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct given_file {
    int descriptor;
    char path[32];
} given_file_t;

static inline given_file_t given_file_new(void)
{
    given_file_t self = {.descriptor = memfd_create("given", 0)};
    int rc = self.descriptor < 0 ? -1 : fchmod(self.descriptor, 0600);
    assert(rc == 0);
    snprintf(self.path, sizeof self.path, "/proc/self/fd/%d", self.descriptor);
    return self;
}

/* The file now holds these bytes. */
static inline void given_file_set(const given_file_t *self, const void *data, size_t size)
{
    int rc = ftruncate(self->descriptor, 0);
    assert(rc == 0);
    ssize_t written = pwrite(self->descriptor, data, size, 0);
    assert(written == (ssize_t)size);
}

#endif
