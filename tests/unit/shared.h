/* shared - what tests read that is real: the kinds of this repository, and the files that others published. These are
 * in the folder shared/data beside the repository, or where MAILLAGE_SHARED says; a test that needs one is skipped
 * where it is missing. Included after cmocka.h. */
#ifndef TESTS_UNIT_SHARED_H
#define TESTS_UNIT_SHARED_H

#include "schemas/kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SHARED_PATH_SIZE 1024

/* Gives the kinds of schemas/. */
static inline schema_t *real_schema(void)
{
    findings_t findings = {0};
    schema_t *schema = schema_load(SOURCE_DIR "/schemas", &findings);
    for (size_t i = 0; i < findings.count; i++)
        print_error("%s: %s\n", findings.list[i].where, findings.list[i].reason);
    findings_free(&findings);
    assert_non_null(schema);
    return schema;
}

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
