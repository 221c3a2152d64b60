/* A sink between sources that these tests play: what it sends is read back from the outbox, what it
 * shows is read from the tables. One hub, loire, has one stream; alpha and beta are brokers. */
#include "workbench.h"

#include "broker/sync/sink.h"

enum { ALPHA = 1, BETA, GAMMA };

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define PAGES_FREE "PRAGMA max_page_count = 1000000"

static const interest_t EVERYTHING = {"*", "*"};

typedef struct world {
    bench_t *bench;
    sink_t *sink;
    author_t loire;
    text_t frame;
    size_t put, removed; /* what the observer was told */
} world_t;

static int count_put(void *context, const stream_t *stream, const item_t *item, err_t *err)
{
    (void)stream, (void)item, (void)err;
    ((world_t *)context)->put++;
    return 0;
}

static int count_removed(void *context, const stream_t *stream, const char *id, err_t *err)
{
    (void)stream, (void)id, (void)err;
    ((world_t *)context)->removed++;
    return 0;
}

static observer_t observer_of(world_t *world)
{
    return (observer_t){.put = count_put, .remove = count_removed, .context = world};
}

static void open_sink(world_t *world, bool owner_only)
{
    bench_t *bench = world->bench;
    sink_role_t role = {
        .owner_only = owner_only, .self = "bretagne", .wants = &EVERYTHING, .want_count = 1};
    sink_destroy(&world->sink);
    world->sink = sink_new(bench->streams, bench->members, bench->outbox, &bench->timers, &role);
}

static void connect_peer(world_t *world, peer_t peer, const char *name)
{
    sink_peer_up(world->sink, peer, name, &world->bench->now);
}

static int set_up(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    observer_t observer = observer_of(world);
    world->bench = bench_new(":memory:", &observer);
    bench_add_member(world->bench, "loire", MEMBER_HUB);
    bench_add_member(world->bench, "rhone", MEMBER_HUB);
    bench_add_member(world->bench, "bretagne", MEMBER_HUB);
    world->loire = author_new("loire", "event");
    text_init(&world->frame, WIRE_MAX_SIZE);
    open_sink(world, false);
    connect_peer(world, ALPHA, "alpha");
    connect_peer(world, BETA, "beta");
    *state = world;
    return 0;
}

/* A broker: its peers are the hubs themselves. */
static int set_up_broker(void **state)
{
    set_up(state);
    world_t *world = *state;
    open_sink(world, true);
    connect_peer(world, ALPHA, "loire");
    connect_peer(world, BETA, "rhone");
    connect_peer(world, GAMMA, "loire");
    return 0;
}

static int tear_down(void **state)
{
    world_t *world = *state;
    sink_destroy(&world->sink);
    author_free(&world->loire);
    text_free(&world->frame);
    bench_destroy(&world->bench);
    free(world);
    return 0;
}

/* As after kill -9: what is in the tables, and no connection. */
static void crash(world_t *world)
{
    bench_t *bench = world->bench;
    sink_destroy(&world->sink);
    streams_destroy(&bench->streams);
    observer_t observer = observer_of(world);
    bench->streams = streams_new(bench->db, &observer, &bench->err);
    assert_non_null(bench->streams);
    open_sink(world, false);
    outbox_clear(bench->outbox);
}

/* ---- what sources do ---- */

static void write_records(author_t *author, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char id[24];
        snprintf(id, sizeof id, "r%zu", i);
        author_put(author, id, "text");
    }
}

static int try_head(world_t *world, peer_t peer, const head_t *head)
{
    bench_t *bench = world->bench;
    return sink_head(world->sink, peer, head->bytes, head->size, &bench->now, &bench->err);
}

static void send_head(world_t *world, peer_t peer, const author_t *author)
{
    bench_t *bench = world->bench;
    head_t head = author_head(author);
    assert_ok(try_head(world, peer, &head));
}

/* The items that `author` has in (after, upto], with a head that may be of something else. */
static int try_batch(world_t *world, peer_t peer, const author_t *author, uint64_t after,
                     uint64_t upto, const head_t *head)
{
    bench_t *bench = world->bench;
    item_t *items = malloc((author->count + 1) * sizeof *items);
    size_t count = author_items(author, after, upto, items);
    span_t spans[BATCH_MAX_ITEMS];
    assert_true(count <= BATCH_MAX_ITEMS);
    for (size_t i = 0; i < count; i++)
        spans[i] = (span_t){items[i].bytes, items[i].size};
    free(items);
    text_clear(&world->frame);
    wire_batch(&world->frame, author->hub, author->kind, after, upto, spans, count, head->bytes,
               head->size);
    wire_t wire = bench_decode(bench, &world->frame);
    return sink_batch(world->sink, peer, &wire, &bench->now, &bench->err);
}

static void send_batch(world_t *world, peer_t peer, const author_t *author, uint64_t after,
                       uint64_t upto)
{
    bench_t *bench = world->bench;
    head_t head = author_head(author);
    assert_ok(try_batch(world, peer, author, after, upto, &head));
}

static void send_error(world_t *world, peer_t peer, wire_code_t code)
{
    bench_t *bench = world->bench;
    text_clear(&world->frame);
    wire_err(&world->frame, code, "loire", "event", NULL, 0, "");
    wire_t wire = bench_decode(bench, &world->frame);
    assert_ok(sink_error(world->sink, peer, &wire, &bench->now, &bench->err));
}

static void tick(world_t *world)
{
    bench_t *bench = world->bench;
    assert_ok(sink_tick(world->sink, &bench->now, &bench->err));
}

/* The head of the same stream with the same position, but of other records. */
static head_t other_head(const author_t *author)
{
    author_t other = author_new(author->hub, author->kind);
    other.life = author->life;
    while (other.seq < author->seq)
        author_put(&other, "other", "other");
    head_t head = author_head(&other);
    author_free(&other);
    return head;
}

/* ---- what is seen of the sink ---- */

static stream_t *shown(world_t *world)
{
    return streams_find(world->bench->streams, "loire", "event");
}

static int64_t items_shown(world_t *world)
{
    return bench_number(world->bench, "SELECT count(*) FROM item");
}

static int64_t rows_staged(world_t *world)
{
    return bench_number(world->bench, "SELECT count(*) FROM staged");
}

static void forget_sent(world_t *world)
{
    outbox_clear(world->bench->outbox);
}

/* Exactly one PULL went out since the outbox was cleared, and this is what it says. */
static void assert_pulls(world_t *world, peer_t peer, uint64_t life, uint64_t after, bool need_head)
{
    assert_int_equal(bench_count(world->bench, 0, WIRE_PULL), 1);
    wire_t pull = bench_last(world->bench, peer, WIRE_PULL);
    assert_string_equal(pull.hub, "loire");
    assert_string_equal(pull.kind, "event");
    assert_int_equal(pull.life, life);
    assert_int_equal(pull.after, after);
    assert_int_equal(pull.need_head, need_head);
    forget_sent(world);
}

static void assert_no_pull(world_t *world)
{
    assert_int_equal(bench_count(world->bench, 0, WIRE_PULL), 0);
}

static void assert_silent(world_t *world)
{
    assert_int_equal(outbox_count(world->bench->outbox), 0);
}

/* Shows everything that loire has, by way of alpha; the next PULL waits at alpha. */
static void show(world_t *world)
{
    send_head(world, ALPHA, &world->loire);
    send_batch(world, ALPHA, &world->loire, shown(world)->cursor, world->loire.seq);
    assert_true(stream_verified(shown(world)));
    assert_int_equal(shown(world)->head.seq, world->loire.seq);
    forget_sent(world);
}

/* Stages the first two of four records from alpha, while beta has all four as well. */
static void stage_from_alpha(world_t *world)
{
    write_records(&world->loire, 4);
    send_head(world, ALPHA, &world->loire);
    send_batch(world, ALPHA, &world->loire, 0, 2);
    send_head(world, BETA, &world->loire);
    assert_int_equal(rows_staged(world), 2);
    forget_sent(world);
}

/* ---- HEAD ---- */

static void the_first_head_creates_the_stream_and_one_pull_goes_out(void **state)
{
    world_t *world = *state;
    write_records(&world->loire, 3);
    send_head(world, ALPHA, &world->loire);
    assert_non_null(shown(world));
    assert_int_equal(shown(world)->known.seq, 3);
    assert_int_equal(items_shown(world), 0);
    assert_pulls(world, ALPHA, FIRST_LIFE, 0, true);
}

static void the_same_head_again_asks_nothing_again(void **state)
{
    world_t *world = *state;
    write_records(&world->loire, 3);
    send_head(world, ALPHA, &world->loire);
    send_head(world, ALPHA, &world->loire);
    send_head(world, BETA, &world->loire);
    tick(world);
    assert_pulls(world, ALPHA, FIRST_LIFE, 0, true);
}

static void a_newer_head_asks_nothing_while_a_pull_is_out(void **state)
{
    world_t *world = *state;
    write_records(&world->loire, 1);
    send_head(world, ALPHA, &world->loire);
    forget_sent(world);
    write_records(&world->loire, 2);
    send_head(world, ALPHA, &world->loire);
    assert_silent(world);
    assert_int_equal(shown(world)->known.seq, 3);
}

static void everything_does_not_include_our_own_hub(void **state)
{
    world_t *world = *state;
    author_t own = author_new("bretagne", "event");
    send_head(world, ALPHA, &own);
    assert_silent(world);
    assert_int_equal(streams_count(world->bench->streams), 0);
    author_free(&own);
}

static void a_head_from_nobody_connected_is_ignored(void **state)
{
    world_t *world = *state;
    send_head(world, GAMMA, &world->loire);
    assert_silent(world);
    assert_int_equal(streams_count(world->bench->streams), 0);
}

static void a_head_that_its_hub_did_not_sign_is_rejected(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    head_t head = author_head(&world->loire);
    head.bytes[head.size - 1] ^= 1;
    assert_rejected(try_head(world, ALPHA, &head));
    assert_silent(world);
    assert_int_equal(streams_count(bench->streams), 0);
}

static void a_head_of_nobody_we_know_is_rejected(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    author_t stranger = author_new("stranger", "event");
    head_t head = author_head(&stranger);
    assert_rejected(try_head(world, ALPHA, &head));
    author_free(&stranger);
}

static void a_new_life_of_the_same_state_is_verified_without_a_record(void **state)
{
    world_t *world = *state;
    write_records(&world->loire, 3);
    show(world);
    size_t put = world->put;
    world->loire.life += 5;
    send_head(world, ALPHA, &world->loire);
    assert_true(stream_verified(shown(world)));
    assert_int_equal(shown(world)->head.life, FIRST_LIFE + 5);
    assert_int_equal(world->put, put);
    assert_no_pull(world); /* the one at alpha is answered with the new life as well */
}

static void a_beat_is_shown_without_a_record(void **state)
{
    world_t *world = *state;
    write_records(&world->loire, 3);
    show(world);
    world->loire.beat = 9;
    send_head(world, BETA, &world->loire);
    assert_int_equal(shown(world)->head.beat, 9);
    assert_silent(world);
}

static void another_root_at_the_same_seq_starts_from_zero(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 3);
    show(world);
    world->loire.life++;
    head_t head = other_head(&world->loire);
    assert_ok(try_head(world, ALPHA, &head));
    assert_true(shown(world)->resync);
    assert_int_equal(items_shown(world), 3); /* until the other state is proven */
    assert_int_equal(shown(world)->head.life, FIRST_LIFE);
    assert_pulls(world, ALPHA, FIRST_LIFE + 1, 0, true);
}

static void a_new_life_below_the_cursor_starts_from_zero(void **state)
{
    world_t *world = *state;
    write_records(&world->loire, 4);
    show(world);
    author_t restored = author_new("loire", "event");
    restored.life = FIRST_LIFE + 1;
    write_records(&restored, 2);
    send_head(world, ALPHA, &restored);
    assert_true(shown(world)->resync);
    assert_pulls(world, ALPHA, FIRST_LIFE + 1, 0, true);
    send_batch(world, ALPHA, &restored, 0, 2);
    assert_true(stream_verified(shown(world)));
    assert_int_equal(items_shown(world), 2);
    assert_int_equal(world->removed, 2);
    author_free(&restored);
}

static void a_running_resync_begins_again_when_history_is_cut_below_its_cursor(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 4);
    show(world);
    world->loire.life++;
    head_t head = other_head(&world->loire);
    assert_ok(try_head(world, ALPHA, &head));
    author_put(&world->loire, "r9", "text");
    send_batch(world, ALPHA, &world->loire, 0, 3);
    assert_int_equal(shown(world)->cursor, 3);
    forget_sent(world);
    author_t restored = author_new("loire", "event");
    restored.life = FIRST_LIFE + 2;
    write_records(&restored, 2);
    send_head(world, ALPHA, &restored);
    assert_true(shown(world)->resync);
    assert_int_equal(rows_staged(world), 0);
    assert_pulls(world, ALPHA, FIRST_LIFE + 2, 0, true);
    author_free(&restored);
}

static void a_new_life_above_the_cursor_goes_on_from_there(void **state)
{
    world_t *world = *state;
    write_records(&world->loire, 2);
    show(world);
    author_put(&world->loire, "r9", "text");
    world->loire.life++;
    send_head(world, BETA, &world->loire);
    assert_false(shown(world)->resync);
    assert_pulls(world, BETA, FIRST_LIFE + 1, 2, true);
}

static void assert_told_stale_life(world_t *world, peer_t peer, uint64_t life)
{
    assert_int_equal(bench_count(world->bench, peer, WIRE_ERR), 1);
    wire_t error = bench_last(world->bench, peer, WIRE_ERR);
    assert_int_equal(error.code, WIRE_STALE_LIFE);
    head_t proof;
    assert_int_equal(head_decode(&proof, error.head.data, error.head.size, &world->bench->err), 0);
    assert_int_equal(proof.life, life);
}

static void an_older_life_is_answered_with_the_newest_head(void **state)
{
    world_t *world = *state;
    write_records(&world->loire, 2);
    world->loire.life = FIRST_LIFE + 7;
    show(world);
    world->loire.life = FIRST_LIFE + 6;
    write_records(&world->loire, 9);
    send_head(world, BETA, &world->loire);
    assert_told_stale_life(world, BETA, FIRST_LIFE + 7);
    assert_no_pull(world);
    assert_int_equal(shown(world)->known.seq, 2);
}

static void others_of_an_older_life_are_told_when_the_newer_one_speaks(void **state)
{
    world_t *world = *state;
    write_records(&world->loire, 2);
    show(world);
    send_head(world, BETA, &world->loire);
    author_put(&world->loire, "r9", "text");
    world->loire.life++;
    send_head(world, ALPHA, &world->loire);
    assert_told_stale_life(world, BETA, FIRST_LIFE + 1);
    assert_int_equal(bench_count(world->bench, ALPHA, WIRE_ERR), 0);
}

static void others_of_an_older_life_are_told_when_a_batch_brings_the_newer_one(void **state)
{
    world_t *world = *state;
    write_records(&world->loire, 2);
    show(world);
    send_head(world, BETA, &world->loire);
    author_put(&world->loire, "r9", "text");
    world->loire.life++;
    send_batch(world, ALPHA, &world->loire, 2, 3);
    assert_told_stale_life(world, BETA, FIRST_LIFE + 1);
    assert_int_equal(bench_count(world->bench, ALPHA, WIRE_ERR), 0);
    assert_pulls(world, ALPHA, FIRST_LIFE + 1, 3, false);
}

/* ---- BATCH: staged, proven ---- */

static void a_batch_that_completes_is_shown_and_the_next_pull_waits(void **state)
{
    world_t *world = *state;
    write_records(&world->loire, 3);
    send_head(world, ALPHA, &world->loire);
    forget_sent(world);
    bench_wait(world->bench, 20);
    send_batch(world, ALPHA, &world->loire, 0, 3);
    assert_true(stream_verified(shown(world)));
    assert_int_equal(items_shown(world), 3);
    assert_int_equal(sink_moved_at(world->sink, shown(world)), world->bench->now.steady_ms);
    assert_pulls(world, ALPHA, FIRST_LIFE, 3, false);
}

static void staged_rows_are_unseen_until_they_are_proven_in_one_go(void **state)
{
    world_t *world = *state;
    write_records(&world->loire, 5);
    send_head(world, ALPHA, &world->loire);
    forget_sent(world);
    for (uint64_t after = 0; after < 4; after += 2) {
        send_batch(world, ALPHA, &world->loire, after, after + 2);
        assert_int_equal(items_shown(world), 0);
        assert_int_equal(world->put, 0);
        assert_pulls(world, ALPHA, FIRST_LIFE, after + 2, true);
    }
    send_batch(world, ALPHA, &world->loire, 4, 5);
    assert_int_equal(items_shown(world), 5);
    assert_int_equal(world->put, 5);
    assert_int_equal(rows_staged(world), 0);
}

static void a_resync_writes_only_what_differs_and_removes_what_is_gone(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 3);
    show(world);
    author_t restored = author_new("loire", "event"); /* r0 and r1 as before, r2 never was */
    restored.life = FIRST_LIFE + 1;
    write_records(&restored, 2);
    author_put(&restored, "r8", "text");
    send_head(world, ALPHA, &restored);
    size_t put = world->put;
    send_batch(world, ALPHA, &restored, 0, 3);
    assert_true(stream_verified(shown(world)));
    assert_int_equal(world->put - put, 1);
    assert_int_equal(world->removed, 1);
    assert_int_equal(bench_number(bench, "SELECT count(*) FROM item WHERE id = 'r2'"), 0);
    author_free(&restored);
}

/* What the hub has, under a new life: the sink pulls all of it anew. */
static int pull_anew(world_t *world, size_t count)
{
    author_t restored = author_new("loire", "event");
    restored.life = FIRST_LIFE + 1;
    write_records(&restored, count);
    send_head(world, ALPHA, &restored);
    head_t head = author_head(&restored);
    int rc = try_batch(world, ALPHA, &restored, 0, count, &head);
    author_free(&restored);
    return rc;
}

static void a_resync_believes_nothing_that_was_there_before(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 3);
    show(world);
    bench_execute(bench, "UPDATE bucket SET hash = zeroblob(32)");
    bench_execute(bench, "UPDATE item SET bytes = zeroblob(40) WHERE id = 'r1'");
    crash(world);
    connect_peer(world, ALPHA, "alpha");
    assert_ok(pull_anew(world, 3));
    assert_true(stream_verified(shown(world)));
    assert_int_equal(bench_number(bench, "SELECT count(*) FROM item WHERE bytes = zeroblob(40)"),
                     0);
}

/* Through a table of the same shape over the index's own pages. */
static void lose_a_row_of_an_index(const bench_t *bench)
{
    int root =
        (int)bench_number(bench, "SELECT rootpage FROM sqlite_schema WHERE name = 'item_seq'");
    sqlite3_test_control(SQLITE_TESTCTRL_IMPOSTER, bench->db, "main", 1, root);
    bench_execute(
        bench, "CREATE TABLE twin(stream, seq, row, PRIMARY KEY (stream, seq, row)) WITHOUT ROWID");
    sqlite3_test_control(SQLITE_TESTCTRL_IMPOSTER, bench->db, "main", 0, 0);
    bench_execute(bench, "DELETE FROM twin WHERE seq = 2");
}

static void a_resync_that_proves_nothing_makes_us_look_for_damage_of_our_own(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 3);
    show(world);
    world->loire.life++;
    head_t head = other_head(&world->loire);
    assert_ok(try_head(world, ALPHA, &head));
    assert_true(shown(world)->resync);
    lose_a_row_of_an_index(bench);
    assert_int_equal(try_batch(world, ALPHA, &world->loire, 0, 3, &head), -1);
    assert_int_equal(bench->err.action, ERR_STOP);
    assert_non_null(strstr(bench->err.text, "damaged"));
}

static void a_wrong_root_changes_nothing_shown_and_starts_from_zero(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 2);
    show(world);
    author_put(&world->loire, "r0", "newer");
    head_t head = other_head(&world->loire);
    assert_ok(try_head(world, ALPHA, &head));
    forget_sent(world);
    assert_ok(try_batch(world, ALPHA, &world->loire, 2, 3, &head));
    assert_true(shown(world)->resync);
    assert_int_equal(bench_number(bench, "SELECT max(seq) FROM item"), 2);
    assert_int_equal(shown(world)->head.seq, 2);
    assert_int_equal(rows_staged(world), 0);
    assert_int_equal(sink_failures(world->sink, shown(world), "alpha"), 1);
    assert_int_equal(bench_last(bench, ALPHA, WIRE_ERR).code, WIRE_BAD_ITEM);
    assert_non_null(strstr(sink_complaint(world->sink), "loire/event from alpha: "));
    assert_string_equal(sink_complaint(world->sink), "");
    assert_pulls(world, ALPHA, FIRST_LIFE, 0, true);
}

static void a_source_that_fails_is_passed_over_longer_each_time_until_a_good_proof(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    static const int64_t PASSED_OVER[] = {0, MINUTE, 5 * MINUTE, HOUR, HOUR};
    write_records(&world->loire, 3);
    head_t head = other_head(&world->loire);
    assert_ok(try_head(world, ALPHA, &head));
    for (size_t i = 0; i < 5; i++) {
        forget_sent(world);
        assert_ok(try_batch(world, ALPHA, &world->loire, 0, 3, &head));
        assert_int_equal(sink_failures(world->sink, shown(world), "alpha"), i + 1);
        if (PASSED_OVER[i]) {
            bench_wait(bench, PASSED_OVER[i] - 1);
            tick(world);
            assert_no_pull(world);
            bench_wait(bench, 1);
            tick(world);
        }
        assert_pulls(world, ALPHA, FIRST_LIFE, 0, true);
    }
    send_batch(world, ALPHA, &world->loire, 0, 3);
    assert_true(stream_verified(shown(world)));
    assert_int_equal(sink_failures(world->sink, shown(world), "alpha"), 0);
}

static void another_source_is_asked_while_one_is_passed_over(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 3);
    head_t head = other_head(&world->loire);
    assert_ok(try_head(world, ALPHA, &head));
    assert_ok(try_head(world, BETA, &head));
    forget_sent(world);
    assert_ok(try_batch(world, ALPHA, &world->loire, 0, 3, &head));
    assert_pulls(world, BETA, FIRST_LIFE, 0, true);
}

static void a_source_that_fails_is_known_again_by_its_name(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 3);
    head_t head = other_head(&world->loire);
    assert_ok(try_head(world, ALPHA, &head));
    for (int i = 0; i < 2; i++)
        assert_ok(try_batch(world, ALPHA, &world->loire, 0, 3, &head));
    assert_ok(sink_peer_down(world->sink, ALPHA, &bench->now, &bench->err));
    connect_peer(world, GAMMA, "alpha");
    forget_sent(world);
    assert_ok(try_head(world, GAMMA, &head));
    assert_no_pull(world);
}

/* ---- BATCH: ignored, refused ---- */

static void a_batch_for_another_position_is_ignored(void **state)
{
    world_t *world = *state;
    write_records(&world->loire, 4);
    send_head(world, ALPHA, &world->loire);
    send_batch(world, ALPHA, &world->loire, 0, 2);
    forget_sent(world);
    send_batch(world, ALPHA, &world->loire, 0, 2);
    send_batch(world, ALPHA, &world->loire, 1, 4);
    send_batch(world, ALPHA, &world->loire, 3, 4);
    assert_silent(world);
    assert_int_equal(shown(world)->cursor, 2);
    assert_int_equal(items_shown(world), 0);
    assert_int_equal(sink_failures(world->sink, shown(world), "alpha"), 0);
}

static void a_batch_from_a_peer_that_was_not_asked_is_ignored(void **state)
{
    world_t *world = *state;
    write_records(&world->loire, 2);
    send_head(world, ALPHA, &world->loire);
    send_head(world, BETA, &world->loire);
    forget_sent(world);
    send_batch(world, BETA, &world->loire, 0, 2);
    assert_silent(world);
    assert_int_equal(items_shown(world), 0);
}

static void a_batch_that_comes_twice_changes_nothing(void **state)
{
    world_t *world = *state;
    write_records(&world->loire, 2);
    show(world);
    size_t put = world->put;
    send_batch(world, ALPHA, &world->loire, 0, 2);
    assert_silent(world);
    assert_int_equal(world->put, put);
}

/* The source is told, counted, and the same place is asked again: the first time is for nothing. */
static void assert_refused(world_t *world, uint64_t life, uint64_t after)
{
    assert_int_equal(bench_last(world->bench, ALPHA, WIRE_ERR).code, WIRE_BAD_ITEM);
    assert_int_equal(sink_failures(world->sink, shown(world), "alpha"), 1);
    assert_pulls(world, ALPHA, life, after, shown(world)->head.life != life);
}

static void a_batch_signed_by_nobody_is_refused(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 2);
    send_head(world, ALPHA, &world->loire);
    forget_sent(world);
    author_put(&world->loire, "r5", "text");
    head_t head = author_head(&world->loire);
    head.bytes[head.size - 1] ^= 1;
    assert_ok(try_batch(world, ALPHA, &world->loire, 0, 3, &head));
    assert_int_equal(items_shown(world), 0);
    assert_refused(world, FIRST_LIFE, 0);
}

static void a_batch_older_than_what_is_shown_is_refused(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 2);
    show(world);
    author_put(&world->loire, "r5", "text");
    world->loire.life--;
    head_t head = author_head(&world->loire);
    assert_ok(try_batch(world, ALPHA, &world->loire, 2, 3, &head));
    assert_int_equal(items_shown(world), 2);
    assert_refused(world, FIRST_LIFE, 2);
}

static void a_source_that_serves_an_older_life_than_it_announced_is_passed_over(void **state)
{
    world_t *world = *state;
    write_records(&world->loire, 2);
    show(world);
    author_put(&world->loire, "r5", "text");
    world->loire.life += 2;
    send_head(world, ALPHA, &world->loire);
    send_head(world, BETA, &world->loire);
    world->loire.life--;
    forget_sent(world);
    send_batch(world, ALPHA, &world->loire, 2, 3);
    assert_told_stale_life(world, ALPHA, FIRST_LIFE + 2);
    assert_int_equal(items_shown(world), 2);
    assert_int_equal(sink_failures(world->sink, shown(world), "alpha"), 1);
    assert_pulls(world, BETA, FIRST_LIFE + 2, 2, true);
}

/* A head that counts one record, before rows of two. */
static void more_ids_than_the_stream_has_are_refused_and_nothing_of_them_is_kept(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 4);
    head_t head = other_head(&world->loire);
    assert_int_equal(head.count, 1);
    assert_ok(try_head(world, ALPHA, &head));
    forget_sent(world);
    assert_ok(try_batch(world, ALPHA, &world->loire, 0, 2, &head));
    assert_int_equal(rows_staged(world), 0);
    assert_refused(world, FIRST_LIFE, 0);
}

/* Staged rows of a history that was cut short: without a resync they would be in the way for ever. */
static void rows_staged_of_a_lost_history_do_not_block_a_shorter_one(void **state)
{
    world_t *world = *state;
    write_records(&world->loire, 5);
    send_head(world, ALPHA, &world->loire);
    send_batch(world, ALPHA, &world->loire, 0, 4);
    author_t restored = author_new("loire", "event");
    restored.life = FIRST_LIFE + 1;
    for (int i = 0; i < 5; i++)
        author_put(&restored, i % 2 ? "a" : "b", "text");
    author_put(&restored, "c", "text");
    send_head(world, ALPHA, &restored);
    forget_sent(world);
    send_batch(world, ALPHA, &restored, 4, 5);
    assert_pulls(world, ALPHA, FIRST_LIFE + 1, 0, true);
    send_batch(world, ALPHA, &restored, 0, 6);
    assert_true(stream_verified(shown(world)));
    assert_int_equal(items_shown(world), 3);
    author_free(&restored);
}

/* ---- limits, and a broker's rule ---- */

static void a_member_who_announces_for_another_is_rejected(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 2);
    head_t head = author_head(&world->loire);
    assert_rejected(try_head(world, BETA, &head));
    assert_silent(world);
    assert_int_equal(streams_count(bench->streams), 0);
}

static void a_member_who_sends_records_of_another_is_rejected(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 2);
    send_head(world, ALPHA, &world->loire);
    head_t head = author_head(&world->loire);
    assert_rejected(try_batch(world, BETA, &world->loire, 0, 2, &head));
    assert_int_equal(items_shown(world), 0);
}

static void a_second_copy_of_a_hub_is_told_when_the_newer_one_speaks(void **state)
{
    world_t *world = *state;
    write_records(&world->loire, 2);
    send_head(world, ALPHA, &world->loire);
    forget_sent(world);
    world->loire.life++;
    send_head(world, GAMMA, &world->loire);
    assert_told_stale_life(world, ALPHA, FIRST_LIFE + 1);
    assert_pulls(world, GAMMA, FIRST_LIFE + 1, 0, true);
}

static void a_sixty_fifth_kind_of_one_hub_is_rejected(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    for (int i = 0; i < 65; i++) {
        author_t kind = author_new("loire", "");
        snprintf(kind.kind, sizeof kind.kind, "kind_%d", i);
        head_t head = author_head(&kind);
        if (i < 64)
            assert_ok(try_head(world, ALPHA, &head));
        else
            assert_rejected(try_head(world, ALPHA, &head));
    }
    assert_int_equal(streams_count(bench->streams), 64);
    author_t other = author_new("rhone", "event");
    send_head(world, BETA, &other); /* a limit for each hub */
    assert_int_equal(streams_count(bench->streams), 65);
}

static head_t head_of_count(const author_t *author, uint64_t count)
{
    head_t head = author_head(author);
    head.count = count;
    uint8_t public[SIGN_PUBLIC_SIZE], secret[SIGN_SECRET_SIZE];
    author_keys(author->hub, public, secret);
    head_sign(&head, secret);
    return head;
}

static void a_stream_longer_than_any_may_be_is_rejected(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    head_t longest = head_of_count(&world->loire, STREAM_MAX_ITEMS);
    head_t longer = head_of_count(&world->loire, STREAM_MAX_ITEMS + 1);
    assert_rejected(try_head(world, ALPHA, &longer));
    assert_int_equal(streams_count(bench->streams), 0);
    assert_ok(try_head(world, ALPHA, &longest));
    assert_int_equal(streams_count(bench->streams), 1);
}

static void numbers_that_the_tables_cannot_order_are_rejected(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 1);
    author_t other = author_new("loire", "event");
    other.seq = UINT64_C(1) << 63;
    head_t head = author_head(&other);
    assert_rejected(try_head(world, ALPHA, &head));
    assert_int_equal(streams_count(bench->streams), 0);
    send_head(world, ALPHA, &world->loire);
    forget_sent(world);
    assert_ok(try_batch(world, ALPHA, &world->loire, 0, 1, &head));
    assert_int_equal(rows_staged(world), 0);
    assert_int_equal(bench_last(world->bench, ALPHA, WIRE_ERR).code, WIRE_BAD_ITEM);
    author_free(&other);
}

static void a_batch_of_a_stream_longer_than_any_may_be_is_refused(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 3);
    send_head(world, ALPHA, &world->loire);
    forget_sent(world);
    head_t longer = head_of_count(&world->loire, STREAM_MAX_ITEMS + 1);
    assert_ok(try_batch(world, ALPHA, &world->loire, 0, 2, &longer));
    assert_int_equal(rows_staged(world), 0);
    assert_refused(world, FIRST_LIFE, 0);
}

/* ---- which source ---- */

static void rows_staged_of_a_source_that_died_are_dropped_for_another(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    stage_from_alpha(world);
    assert_ok(sink_peer_down(world->sink, ALPHA, &bench->now, &bench->err));
    assert_int_equal(rows_staged(world), 0);
    assert_pulls(world, BETA, FIRST_LIFE, 0, true);
}

static void rows_staged_are_kept_for_a_source_that_reconnects(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 4);
    send_head(world, ALPHA, &world->loire);
    send_batch(world, ALPHA, &world->loire, 0, 2);
    assert_ok(sink_peer_down(world->sink, ALPHA, &bench->now, &bench->err));
    assert_int_equal(rows_staged(world), 2);
    connect_peer(world, GAMMA, "alpha");
    forget_sent(world);
    send_head(world, GAMMA, &world->loire);
    assert_pulls(world, GAMMA, FIRST_LIFE, 2, true);
}

static void a_source_that_is_stuck_gives_way_to_one_that_is_ahead(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 2);
    send_head(world, ALPHA, &world->loire);
    send_head(world, BETA, &world->loire);
    forget_sent(world);
    bench_wait(bench, bench->timers.change - 1);
    tick(world);
    assert_no_pull(world);
    bench_wait(bench, 1);
    tick(world);
    assert_pulls(world, BETA, FIRST_LIFE, 0, true);
}

static void a_source_with_nothing_new_is_not_left_for_another_with_nothing_new(void **state)
{
    world_t *world = *state;
    write_records(&world->loire, 2);
    show(world);
    send_head(world, BETA, &world->loire);
    bench_wait(world->bench, MINUTE);
    tick(world);
    assert_silent(world);
}

static void patience_doubles_with_each_staging_dropped_and_a_proof_resets_it(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    stage_from_alpha(world);
    peer_t from = ALPHA, to = BETA;
    for (int64_t patience = bench->timers.change; patience <= 8 * bench->timers.change;
         patience *= 2) {
        bench_wait(bench, patience - 1);
        tick(world);
        assert_no_pull(world);
        assert_int_equal(rows_staged(world), 2);
        bench_wait(bench, 1);
        tick(world);
        assert_int_equal(rows_staged(world), 0);
        assert_pulls(world, to, FIRST_LIFE, 0, true);
        send_batch(world, to, &world->loire, 0, 2);
        forget_sent(world);
        peer_t was = from;
        from = to;
        to = was;
    }
    send_batch(world, from, &world->loire, 2, 4);
    assert_true(stream_verified(shown(world)));
    author_put(&world->loire, "r9", "text");
    send_head(world, from, &world->loire);
    send_head(world, to, &world->loire);
    forget_sent(world);
    bench_wait(bench, bench->timers.change);
    tick(world);
    assert_pulls(world, to, FIRST_LIFE, 4, false);
}

/* Each needs longer than the first patience for its first answer. */
static void two_slow_sources_are_given_more_time_in_turn(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 2);
    send_head(world, ALPHA, &world->loire);
    send_head(world, BETA, &world->loire);
    forget_sent(world);
    peer_t to = BETA;
    for (int64_t patience = bench->timers.change; patience <= 8 * bench->timers.change;
         patience *= 2) {
        bench_wait(bench, patience - 1);
        tick(world);
        assert_no_pull(world);
        bench_wait(bench, 1);
        tick(world);
        assert_pulls(world, to, FIRST_LIFE, 0, true);
        to = to == BETA ? ALPHA : BETA;
    }
}

/* Every state it serves is proven and newer than the one before, and all are long past. */
static void a_source_that_replays_the_past_gives_way_to_one_that_is_ahead(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    head_t past[21];
    for (size_t seq = 1; seq <= 20; seq++) {
        char id[24];
        snprintf(id, sizeof id, "r%zu", seq);
        author_put(&world->loire, id, "text");
        past[seq] = author_head(&world->loire);
    }
    author_put(&world->loire, "newest", "text");
    assert_ok(try_head(world, ALPHA, &past[1]));
    send_head(world, BETA, &world->loire);
    for (uint64_t seq = 1; seq <= 20; seq++) {
        assert_ok(try_batch(world, ALPHA, &world->loire, seq - 1, seq, &past[seq]));
        assert_int_equal(shown(world)->head.seq, seq);
        forget_sent(world);
        bench_wait(bench, 3 * SECOND);
        if (seq < 20)
            tick(world);
        assert_silent(world);
    }
    tick(world);
    assert_pulls(world, BETA, FIRST_LIFE, 20, false);
}

static void in_a_resync_a_source_older_than_what_is_shown_is_not_asked(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 2);
    head_t older = author_head(&world->loire);
    author_put(&world->loire, "r9", "text");
    show(world);
    assert_ok(try_head(world, BETA, &older));
    head_t head = other_head(&world->loire);
    assert_ok(try_head(world, ALPHA, &head));
    assert_true(shown(world)->resync);
    forget_sent(world);
    assert_ok(sink_peer_down(world->sink, ALPHA, &bench->now, &bench->err));
    assert_silent(world); /* all it could serve would be refused */
    send_head(world, BETA, &world->loire);
    assert_pulls(world, BETA, FIRST_LIFE, 0, true);
}

static void in_a_resync_a_stuck_source_gives_way_to_one_that_shows_the_same(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 3);
    show(world);
    head_t head = other_head(&world->loire);
    assert_ok(try_head(world, ALPHA, &head));
    assert_true(shown(world)->resync);
    send_head(world, BETA, &world->loire);
    forget_sent(world);
    bench_wait(bench, bench->timers.change);
    tick(world);
    assert_pulls(world, BETA, FIRST_LIFE, 0, true);
}

/* A source that always moves, and never ends. */
static void a_staging_of_a_minute_gives_way_to_a_source_that_is_ahead(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 100);
    send_head(world, ALPHA, &world->loire);
    send_head(world, BETA, &world->loire);
    for (uint64_t seq = 0; seq < 20; seq++) { /* moves each 3 s: not stuck */
        send_batch(world, ALPHA, &world->loire, seq, seq + 1);
        bench_wait(bench, 3 * SECOND - (seq == 19));
        forget_sent(world);
        tick(world);
        assert_silent(world);
    }
    bench_wait(bench, 1);
    tick(world);
    assert_pulls(world, BETA, FIRST_LIFE, 0, true);
    assert_int_equal(rows_staged(world), 0);
}

static void after_a_crash_the_source_of_what_is_staged_is_waited_for(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    stage_from_alpha(world);
    crash(world);
    connect_peer(world, BETA, "beta");
    send_head(world, BETA, &world->loire);
    bench_wait(bench, bench->timers.change - 1);
    tick(world);
    assert_silent(world);
    connect_peer(world, GAMMA, "alpha");
    send_head(world, GAMMA, &world->loire);
    assert_pulls(world, GAMMA, FIRST_LIFE, 2, true);
}

static void after_a_crash_another_source_is_taken_when_the_first_does_not_return(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    stage_from_alpha(world);
    crash(world);
    connect_peer(world, BETA, "beta");
    send_head(world, BETA, &world->loire);
    bench_wait(bench, bench->timers.change);
    tick(world);
    assert_int_equal(rows_staged(world), 0);
    assert_pulls(world, BETA, FIRST_LIFE, 0, true);
}

static void a_source_that_says_no_stream_is_left_until_its_next_head(void **state)
{
    world_t *world = *state;
    write_records(&world->loire, 2);
    send_head(world, ALPHA, &world->loire);
    forget_sent(world);
    send_error(world, ALPHA, WIRE_NO_STREAM);
    tick(world);
    assert_silent(world);
    send_head(world, ALPHA, &world->loire);
    assert_pulls(world, ALPHA, FIRST_LIFE, 0, true);
}

static void a_pull_without_an_answer_is_sent_again(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 2);
    send_head(world, ALPHA, &world->loire);
    forget_sent(world);
    bench_wait(bench, bench->timers.answer - 1);
    tick(world);
    assert_silent(world);
    bench_wait(bench, 1);
    tick(world);
    assert_pulls(world, ALPHA, FIRST_LIFE, 0, true);
}

/* ---- a full disk ---- */

static void fill_disk(bench_t *bench)
{
    char sql[64];
    snprintf(sql, sizeof sql, "PRAGMA max_page_count = %lld",
             (long long)bench_number(bench, "PRAGMA page_count"));
    bench_execute(bench, sql);
}

static void write_large(author_t *author)
{
    char *large = malloc(60001);
    memset(large, 'x', 60000);
    large[60000] = 0;
    author_put(author, "large", large);
    author_put(author, "larger", large);
    free(large);
}

static void a_full_disk_is_tried_again_after_growing_pauses_with_nothing_half_done(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_large(&world->loire);
    send_head(world, ALPHA, &world->loire);
    fill_disk(bench);
    static const int64_t PAUSES[] = {1, 2, 4, 8, 16, 32, 64, 64};
    for (size_t i = 0; i < sizeof PAUSES / sizeof *PAUSES; i++) {
        forget_sent(world);
        send_batch(world, ALPHA, &world->loire, 0, 2);
        assert_int_equal(items_shown(world), 0);
        assert_int_equal(shown(world)->cursor, 0);
        assert_int_equal(shown(world)->count, 0);
        bench_wait(bench, PAUSES[i] * bench->timers.retry - 1);
        tick(world);
        assert_silent(world);
        bench_wait(bench, 1);
        tick(world);
        assert_pulls(world, ALPHA, FIRST_LIFE, 0, true);
    }
    assert_non_null(strstr(sink_complaint(world->sink), "full"));
    assert_int_equal(sink_failures(world->sink, shown(world), "alpha"), 0);
    bench_execute(bench, PAGES_FREE);
    send_batch(world, ALPHA, &world->loire, 0, 2);
    assert_true(stream_verified(shown(world)));
}

static void a_full_disk_while_staging_moves_no_cursor(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_large(&world->loire);
    send_head(world, ALPHA, &world->loire);
    fill_disk(bench);
    forget_sent(world);
    send_batch(world, ALPHA, &world->loire, 0, 1);
    assert_int_equal(rows_staged(world), 0);
    assert_int_equal(shown(world)->cursor, 0);
    assert_int_equal(shown(world)->staged, 0);
    assert_silent(world);
    bench_execute(bench, PAGES_FREE);
    bench_wait(bench, bench->timers.retry);
    tick(world);
    assert_pulls(world, ALPHA, FIRST_LIFE, 0, true);
}

/* ---- a proof from somebody who has no records ---- */

static int try_proof(world_t *world, const head_t *head)
{
    bench_t *bench = world->bench;
    return sink_proof(world->sink, head->bytes, head->size, &bench->now, &bench->err);
}

static void a_proof_makes_a_life_known_and_nobody_of_an_older_one_is_asked(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 2);
    show(world);
    author_put(&world->loire, "r9", "text");
    world->loire.life++;
    head_t proof = author_head(&world->loire);
    assert_ok(try_proof(world, &proof));
    assert_int_equal(shown(world)->known.life, FIRST_LIFE + 1);
    assert_int_equal(items_shown(world), 2);
    assert_told_stale_life(world, ALPHA, FIRST_LIFE + 1);
    assert_no_pull(world);
    send_head(world, BETA, &world->loire);
    assert_pulls(world, BETA, FIRST_LIFE + 1, 2, true);
}

static void a_proof_alone_verifies_nothing(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 2);
    show(world);
    world->loire.life++;
    head_t proof = author_head(&world->loire);
    assert_ok(try_proof(world, &proof));
    assert_false(stream_verified(shown(world)));
    assert_int_equal(shown(world)->head.life, FIRST_LIFE);
    send_head(world, BETA, &world->loire);
    assert_true(stream_verified(shown(world)));
}

static void a_proof_of_an_older_life_or_without_a_signature_means_nothing(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    write_records(&world->loire, 2);
    show(world);
    world->loire.life--;
    head_t proof = author_head(&world->loire);
    assert_ok(try_proof(world, &proof));
    world->loire.life += 2;
    proof = author_head(&world->loire);
    proof.bytes[proof.size - 1] ^= 1;
    assert_ok(try_proof(world, &proof)); /* honest, when the key that signed it has expired since */
    assert_silent(world);
    assert_true(stream_verified(shown(world)));
}

/* ---- what is written for the displays ---- */

static void what_sources_show_is_written_at_most_once_a_second(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    static const char SEEN[] = "SELECT seq FROM seen WHERE source = 'alpha'";
    write_records(&world->loire, 1);
    send_head(world, ALPHA, &world->loire);
    tick(world);
    assert_int_equal(bench_number(bench, SEEN), 1);
    write_records(&world->loire, 1);
    send_head(world, ALPHA, &world->loire);
    bench_wait(bench, SECOND - 1);
    tick(world);
    assert_int_equal(bench_number(bench, SEEN), 1);
    bench_wait(bench, 1);
    tick(world);
    assert_int_equal(bench_number(bench, SEEN), 2);
    int64_t at = bench_number(bench, "SELECT at FROM seen");
    bench_wait(bench, SECOND);
    tick(world); /* nothing new: nothing written */
    assert_int_equal(bench_number(bench, "SELECT at FROM seen"), at);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define BROKER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_broker, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_head_creates_the_stream_and_one_pull_goes_out),
        TEST(the_same_head_again_asks_nothing_again),
        TEST(a_newer_head_asks_nothing_while_a_pull_is_out),
        TEST(everything_does_not_include_our_own_hub),
        TEST(a_head_from_nobody_connected_is_ignored),
        TEST(a_head_that_its_hub_did_not_sign_is_rejected),
        TEST(a_head_of_nobody_we_know_is_rejected),
        TEST(a_new_life_of_the_same_state_is_verified_without_a_record),
        TEST(a_beat_is_shown_without_a_record),
        TEST(another_root_at_the_same_seq_starts_from_zero),
        TEST(a_new_life_below_the_cursor_starts_from_zero),
        TEST(a_running_resync_begins_again_when_history_is_cut_below_its_cursor),
        TEST(a_new_life_above_the_cursor_goes_on_from_there),
        TEST(an_older_life_is_answered_with_the_newest_head),
        TEST(others_of_an_older_life_are_told_when_the_newer_one_speaks),
        TEST(others_of_an_older_life_are_told_when_a_batch_brings_the_newer_one),
        TEST(a_batch_that_completes_is_shown_and_the_next_pull_waits),
        TEST(staged_rows_are_unseen_until_they_are_proven_in_one_go),
        TEST(a_resync_writes_only_what_differs_and_removes_what_is_gone),
        TEST(a_resync_believes_nothing_that_was_there_before),
        TEST(a_resync_that_proves_nothing_makes_us_look_for_damage_of_our_own),
        TEST(a_wrong_root_changes_nothing_shown_and_starts_from_zero),
        TEST(a_source_that_fails_is_passed_over_longer_each_time_until_a_good_proof),
        TEST(another_source_is_asked_while_one_is_passed_over),
        TEST(a_source_that_fails_is_known_again_by_its_name),
        TEST(a_batch_for_another_position_is_ignored),
        TEST(a_batch_from_a_peer_that_was_not_asked_is_ignored),
        TEST(a_batch_that_comes_twice_changes_nothing),
        TEST(a_batch_signed_by_nobody_is_refused),
        TEST(a_batch_older_than_what_is_shown_is_refused),
        TEST(a_source_that_serves_an_older_life_than_it_announced_is_passed_over),
        TEST(more_ids_than_the_stream_has_are_refused_and_nothing_of_them_is_kept),
        TEST(rows_staged_of_a_lost_history_do_not_block_a_shorter_one),
        BROKER_TEST(a_member_who_announces_for_another_is_rejected),
        BROKER_TEST(a_member_who_sends_records_of_another_is_rejected),
        BROKER_TEST(a_second_copy_of_a_hub_is_told_when_the_newer_one_speaks),
        TEST(a_sixty_fifth_kind_of_one_hub_is_rejected),
        TEST(a_stream_longer_than_any_may_be_is_rejected),
        TEST(numbers_that_the_tables_cannot_order_are_rejected),
        TEST(a_batch_of_a_stream_longer_than_any_may_be_is_refused),
        TEST(rows_staged_of_a_source_that_died_are_dropped_for_another),
        TEST(rows_staged_are_kept_for_a_source_that_reconnects),
        TEST(a_source_that_is_stuck_gives_way_to_one_that_is_ahead),
        TEST(a_source_with_nothing_new_is_not_left_for_another_with_nothing_new),
        TEST(patience_doubles_with_each_staging_dropped_and_a_proof_resets_it),
        TEST(two_slow_sources_are_given_more_time_in_turn),
        TEST(a_source_that_replays_the_past_gives_way_to_one_that_is_ahead),
        TEST(in_a_resync_a_source_older_than_what_is_shown_is_not_asked),
        TEST(in_a_resync_a_stuck_source_gives_way_to_one_that_shows_the_same),
        TEST(a_staging_of_a_minute_gives_way_to_a_source_that_is_ahead),
        TEST(after_a_crash_the_source_of_what_is_staged_is_waited_for),
        TEST(after_a_crash_another_source_is_taken_when_the_first_does_not_return),
        TEST(a_source_that_says_no_stream_is_left_until_its_next_head),
        TEST(a_pull_without_an_answer_is_sent_again),
        TEST(a_full_disk_is_tried_again_after_growing_pauses_with_nothing_half_done),
        TEST(a_full_disk_while_staging_moves_no_cursor),
        TEST(a_proof_makes_a_life_known_and_nobody_of_an_older_one_is_asked),
        TEST(a_proof_alone_verifies_nothing),
        TEST(a_proof_of_an_older_life_or_without_a_signature_means_nothing),
        TEST(what_sources_show_is_written_at_most_once_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
