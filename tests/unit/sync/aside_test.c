#include "broker/base/aside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct world {
    char folder[64], path[80];
    err_t err;
} world_t;

static int setup(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    strcpy(world->folder, P_tmpdir "/aside-test-XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    snprintf(world->path, sizeof world->path, "%s/public.db", world->folder);
    *state = world;
    return 0;
}

static void name_of(const world_t *world, const char *suffix, char path[160])
{
    snprintf(path, 160, "%s%s", world->path, suffix);
}

static int teardown(void **state)
{
    static const char *const NAMES[] = {
        "",           "-wal",        ".damaged-7", ".damaged-7-wal", ".damaged-8",
        ".damaged-9", ".replaced-7", ".damaged-x", ".damaged-7.gz"};
    world_t *world = *state;
    char path[160];
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        name_of(world, NAMES[i], path);
        unlink(path);
    }
    int rc = rmdir(world->folder);
    free(world);
    return rc;
}

static void make(const world_t *world, const char *suffix)
{
    char path[160];
    name_of(world, suffix, path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
}

static bool there(const world_t *world, const char *suffix)
{
    char path[160];
    name_of(world, suffix, path);
    return access(path, F_OK) == 0;
}

static void a_file_and_its_log_are_moved_under_one_name(void **state)
{
    world_t *world = *state;
    make(world, "");
    make(world, "-wal");
    assert_int_equal(aside_move(world->path, ASIDE_DAMAGED, 7, &world->err), 0);
    assert_true(there(world, ".damaged-7") && there(world, ".damaged-7-wal"));
    assert_false(there(world, "") || there(world, "-wal"));
}

static void a_move_can_be_repeated_after_a_crash(void **state)
{
    world_t *world = *state;
    make(world, "");
    make(world, ".damaged-7-wal"); /* the first file was moved already */
    assert_int_equal(aside_move(world->path, ASIDE_DAMAGED, 7, &world->err), 0);
    assert_int_equal(aside_move(world->path, ASIDE_DAMAGED, 7, &world->err), 0);
    assert_true(there(world, ".damaged-7") && there(world, ".damaged-7-wal"));
}

static void only_the_newest_are_kept(void **state)
{
    world_t *world = *state;
    make(world, ".damaged-7");
    make(world, ".damaged-8");
    make(world, ".damaged-9");
    assert_int_equal(aside_newest(world->path, ASIDE_DAMAGED), 9);
    assert_int_equal(aside_forget(world->path, ASIDE_DAMAGED, 0, 2, &world->err), 0);
    assert_false(there(world, ".damaged-7"));
    assert_true(there(world, ".damaged-8") && there(world, ".damaged-9"));
}

static void what_is_too_old_goes_with_its_log_even_a_log_that_is_alone(void **state)
{
    world_t *world = *state;
    make(world, ".damaged-7-wal");
    make(world, ".damaged-9");
    assert_int_equal(aside_forget(world->path, ASIDE_DAMAGED, 8, 2, &world->err), 0);
    assert_false(there(world, ".damaged-7-wal"));
    assert_true(there(world, ".damaged-9"));
}

static void other_words_and_other_peoples_files_stay(void **state)
{
    world_t *world = *state;
    make(world, ".replaced-7");
    make(world, ".damaged-x");
    make(world, ".damaged-7.gz");
    assert_int_equal(aside_newest(world->path, ASIDE_DAMAGED), 0);
    assert_int_equal(aside_forget(world->path, ASIDE_DAMAGED, INT64_MAX, 0, &world->err), 0);
    assert_true(there(world, ".replaced-7") && there(world, ".damaged-x")
                && there(world, ".damaged-7.gz"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_file_and_its_log_are_moved_under_one_name),
        TEST(a_move_can_be_repeated_after_a_crash),
        TEST(only_the_newest_are_kept),
        TEST(what_is_too_old_goes_with_its_log_even_a_log_that_is_alone),
        TEST(other_words_and_other_peoples_files_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
