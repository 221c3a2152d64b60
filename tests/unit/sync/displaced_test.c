/* What is kept of displaced versions when their record is erased. */
#include "workbench.h"

typedef struct world {
    bench_t *bench;
    stream_t *own;
} world_t;

static int set_up(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    bench_t *bench = world->bench = bench_new(":memory:", NULL);
    world->own = streams_open(bench->streams, "loire", "event", true, &bench->err);
    assert_non_null(world->own);
    bench_execute(
        bench, "INSERT INTO displaced(kind, id, at, reason, bytes) VALUES"
               " ('event', 'r1', 1, 'recovered', x'01'), ('event', 'r1', 2, 'recovered', x'02'),"
               " ('event', 'r2', 1, 'recovered', x'03'), ('answer', 'r1', 1, 'recovered', x'04')");
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    world_t *world = *state;
    bench_destroy(&world->bench);
    free(world);
    return 0;
}

static int64_t kept(const world_t *world)
{
    return bench_number(world->bench, "SELECT count(*) FROM displaced");
}

static void all_displaced_versions_of_a_record_are_erased_with_it_and_no_other(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    assert_ok(streams_begin(bench->streams, &bench->err));
    assert_int_equal(stream_erase_displaced(world->own, "r1", &bench->err), 1);
    assert_int_equal(stream_erase_displaced(world->own, "r1", &bench->err), 0);
    assert_ok(streams_commit(bench->streams, &bench->err));
    assert_int_equal(kept(world), 2);
    assert_int_equal(bench_number(bench, "SELECT count(*) FROM displaced WHERE id = 'r1'"), 1);
}

static void an_erasure_that_is_rolled_back_erases_nothing(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    assert_ok(streams_begin(bench->streams, &bench->err));
    assert_int_equal(stream_erase_displaced(world->own, "r1", &bench->err), 1);
    streams_rollback(bench->streams);
    assert_int_equal(kept(world), 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_displaced_versions_of_a_record_are_erased_with_it_and_no_other),
        TEST(an_erasure_that_is_rolled_back_erases_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
