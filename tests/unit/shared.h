/* shared - the real files that others published: the folder shared/data beside the repository, or where
 * MAILLAGE_SHARED says. A test that needs one is skipped where it is missing. Included after cmocka.h. */
#ifndef TESTS_UNIT_SHARED_H
#define TESTS_UNIT_SHARED_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SHARED_PATH_SIZE 1024

/* Puts together the path of a file ("annuaire/hubs/angers.json"), and gives it. */
static inline const char *shared_path(char path[SHARED_PATH_SIZE], const char *file)
{
    const char *folder = getenv("MAILLAGE_SHARED");
    int size = snprintf(path, SHARED_PATH_SIZE, "%s/data/%s",
                        folder && *folder ? folder : SOURCE_DIR "/../shared", file);
    assert_true(size > 0 && size < SHARED_PATH_SIZE);
    if (access(path, R_OK)) {
        print_message("skipped: no shared data\n");
        skip();
    }
    return path;
}

#endif
