/* A proven stream whose rows are changed behind everybody's back, as a disk does. */
#include "workbench.h"

#include "broker/sync/patrol.h"
#include "broker/sync/sink.h"

enum { HUB = 1, RECORDS = 400 };

#define HOUR_MS (INT64_C(3600) * 1000)
#define DAY_MS (24 * HOUR_MS)

typedef struct world {
    bench_t *bench;
    author_t author;
    patrol_t *patrol;
} world_t;

/* Proves what the author has, by the ordinary sink. */
static void prove(world_t *world)
{
    static const interest_t everything = {"*", "*"};
    bench_t *bench = world->bench;
    sink_role_t role = {.owner_only = true, .self = "", .wants = &everything, .want_count = 1};
    sink_t *sink = sink_new(bench->streams, bench->members, bench->outbox, &bench->timers, &role);
    head_t head = author_head(&world->author);
    text_t frame;
    text_init(&frame, WIRE_MAX_SIZE);
    sink_peer_up(sink, HUB, "loire", &bench->now);
    assert_ok(sink_head(sink, HUB, head.bytes, head.size, &bench->now, &bench->err));
    author_batch(&world->author, 0, world->author.seq, &frame);
    wire_t wire = bench_decode(bench, &frame);
    assert_ok(sink_batch(sink, HUB, &wire, &bench->now, &bench->err));
    text_free(&frame);
    sink_destroy(&sink);
    assert_int_equal(streams_at(bench->streams, 0)->count, RECORDS);
}

static int set_up(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    world->bench = bench_new(":memory:", NULL);
    bench_add_member(world->bench, "loire", MEMBER_HUB);
    world->author = author_new("loire", "event");
    for (int i = 0; i < RECORDS; i++) {
        char id[16];
        snprintf(id, sizeof id, "r%d", i);
        author_put(&world->author, id, "text");
    }
    prove(world);
    world->patrol = patrol_new(world->bench->streams, DAY_MS);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    world_t *world = *state;
    patrol_destroy(&world->patrol);
    author_free(&world->author);
    bench_destroy(&world->bench);
    free(world);
    return 0;
}

/* How often something was found in that time, with a step every quarter of a minute. */
static unsigned found_within(world_t *world, int64_t ms)
{
    bench_t *bench = world->bench;
    unsigned found = 0;
    for (int64_t end = bench->now.steady_ms + ms; bench->now.steady_ms < end;) {
        int result = patrol_step(world->patrol, &bench->now, &bench->err);
        assert_true(!result || bench->err.action == ERR_STOP);
        found += result != 0;
        bench_wait(bench, 15000);
    }
    return found;
}

static void what_is_as_it_was_proven_is_passed(void **state)
{
    world_t *world = *state;
    assert_int_equal(found_within(world, 2 * DAY_MS), 0);
}

static void a_letter_that_became_another_one_is_found_within_a_day(void **state)
{
    world_t *world = *state;
    bench_execute(world->bench, "UPDATE item SET bytes = CAST(replace(CAST(bytes AS TEXT), 'text',"
                                " 'text') AS BLOB) WHERE id = 'r7'");
    assert_int_equal(found_within(world, DAY_MS), 0); /* the same bytes again */
    bench_execute(world->bench, "UPDATE item SET bytes = substr(bytes, 1, length(bytes) - 1) || 'T'"
                                " WHERE id = 'r7'");
    assert_int_equal(found_within(world, DAY_MS + 60000), 1);
    assert_non_null(strstr(world->bench->err.text, "loire/event"));
}

static void a_record_that_vanished_or_lost_its_leaf_is_found(void **state)
{
    world_t *world = *state;
    bench_execute(world->bench, "DELETE FROM item WHERE id = 'r9'");
    assert_int_equal(found_within(world, DAY_MS + 60000), 1);
    bench_execute(world->bench, "UPDATE item SET leaf = zeroblob(32) WHERE id = 'r10'");
    assert_int_equal(found_within(world, DAY_MS + 60000), 2);
}

/* Through a table of the same shape over the index's own pages. */
static void lose_a_row_of_an_index(const bench_t *bench, const char *index)
{
    char sql[100];
    snprintf(sql, sizeof sql, "SELECT rootpage FROM sqlite_schema WHERE name = '%s'", index);
    int root = (int)bench_number(bench, sql);
    sqlite3_test_control(SQLITE_TESTCTRL_IMPOSTER, bench->db, "main", 1, root);
    bench_execute(bench, "CREATE TABLE twin(a, b, c, d, PRIMARY KEY (a, b, c, d)) WITHOUT ROWID");
    sqlite3_test_control(SQLITE_TESTCTRL_IMPOSTER, bench->db, "main", 0, 0);
    bench_execute(bench, "DELETE FROM twin WHERE b = 7");
}

/* Whoever pulled would be served less than was proven. */
static void an_index_that_lost_a_record_is_found(void **state)
{
    world_t *world = *state;
    lose_a_row_of_an_index(world->bench, "item_seq");
    assert_int_equal(found_within(world, DAY_MS + 60000), 1);
    assert_non_null(strstr(world->bench->err.text, "loire/event"));
}

/* After a start the tree comes from the disk as well. */
static void a_tree_that_no_head_signed_is_found(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    uint8_t nothing[HASH_SIZE];
    char hex[2 * HASH_SIZE + 1], sql[256];
    crypto_generichash(nothing, sizeof nothing, NULL, 0, NULL, 0);
    sodium_bin2hex(hex, sizeof hex, nothing, sizeof nothing);
    snprintf(sql, sizeof sql, "UPDATE bucket SET hash = x'%s' WHERE n = %d", hex,
             item_bucket("r7"));
    bench_execute(bench, sql); /* the bucket agrees with what is left of it */
    snprintf(sql, sizeof sql, "DELETE FROM item WHERE bucket = %d", item_bucket("r7"));
    bench_execute(bench, sql);
    patrol_destroy(&world->patrol);
    streams_destroy(&bench->streams);
    bench->streams = streams_new(bench->db, NULL, &bench->err);
    world->patrol = patrol_new(bench->streams, DAY_MS);
    assert_true(found_within(world, DAY_MS + 60000) > 0);
}

static void who_runs_for_an_hour_a_day_gets_round_in_the_end(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    unsigned found = 0, days = 0;
    bench_execute(bench, "DELETE FROM item WHERE id = 'r9'");
    for (; !found && days < 365; days++) {
        patrol_destroy(&world->patrol);
        world->patrol = patrol_new(bench->streams, DAY_MS);
        found = found_within(world, HOUR_MS);
        bench_wait(bench, DAY_MS - HOUR_MS);
    }
    assert_true(found && days > 1);
}

static void what_is_being_changed_is_not_mistaken_for_rot(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    size_t size;
    uint8_t *body = body_new("text", &size);
    stream_t *own = streams_open(bench->streams, "rhone", "event", true, &bench->err);
    for (int i = 0; i < 300; i++) {
        char id[16];
        snprintf(id, sizeof id, "o%d", i);
        assert_ok(streams_begin(bench->streams, &bench->err));
        assert_ok(stream_change(own, ITEM_PUT, id, 1, body, size, &bench->now, &bench->err));
        if (i % 3)
            assert_ok(streams_commit(bench->streams, &bench->err));
        else
            streams_rollback(bench->streams);
        assert_int_equal(found_within(world, DAY_MS / 256), 0);
    }
    free(body);
    assert_int_equal(found_within(world, DAY_MS), 0);
}

static int steps_to_find(world_t *world)
{
    bench_t *bench = world->bench;
    int steps = 1;
    for (; !patrol_step(world->patrol, &bench->now, &bench->err); steps++)
        assert_true(steps < TREE_BUCKETS);
    return steps;
}

static void a_round_of_many_streams_never_does_much_at_once(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    patrol_destroy(&world->patrol);
    world->patrol = patrol_new(bench->streams, 1);
    bench_execute(bench, "DELETE FROM item WHERE bucket = (SELECT max(bucket) FROM item)");
    steps_to_find(world); /* from wherever it began */
    assert_int_equal(steps_to_find(world), TREE_BUCKETS / PATROL_AT_ONCE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_as_it_was_proven_is_passed),
        TEST(a_letter_that_became_another_one_is_found_within_a_day),
        TEST(a_record_that_vanished_or_lost_its_leaf_is_found),
        TEST(an_index_that_lost_a_record_is_found),
        TEST(a_tree_that_no_head_signed_is_found),
        TEST(who_runs_for_an_hour_a_day_gets_round_in_the_end),
        TEST(what_is_being_changed_is_not_mistaken_for_rot),
        TEST(a_round_of_many_streams_never_does_much_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
