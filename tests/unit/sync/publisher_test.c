/* The hub loire between brokers that these tests play. What a broker holds of loire is an author with
 * loire's own key: its past of another run, or of a copy. */
#include "workbench.h"

#include "broker/sync/publisher.h"

enum { ALPHA = 1, BETA };

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)

typedef struct world {
    bench_t *bench;
    publisher_t *publisher;
    author_t past;
    text_t frame;
    uint64_t random;
    bool after_restore;
} world_t;

static const char *const KINDS[] = {"event", "use_case"};

static uint64_t count_up(void *context)
{
    return ((world_t *)context)->random++;
}

static void open_publisher(world_t *world, size_t kinds)
{
    bench_t *bench = world->bench;
    uint8_t public[SIGN_PUBLIC_SIZE], secret[SIGN_SECRET_SIZE];
    author_keys("loire", public, secret);
    publisher_setup_t setup = {.hub = "loire",
                               .sign_secret = secret,
                               .kinds = KINDS,
                               .kind_count = kinds,
                               .after_restore = world->after_restore,
                               .random = count_up,
                               .random_context = world};
    publisher_destroy(&world->publisher);
    world->publisher = publisher_new(bench->streams, bench->members, bench->outbox, &bench->timers,
                                     &setup, &bench->now, &bench->err);
    assert_non_null(world->publisher);
}

static int set_up(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    world->bench = bench_new(":memory:", NULL);
    bench_add_member(world->bench, "loire", MEMBER_HUB);
    world->past = author_new("loire", "event");
    text_init(&world->frame, WIRE_MAX_SIZE);
    open_publisher(world, 1);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    world_t *world = *state;
    publisher_destroy(&world->publisher);
    author_free(&world->past);
    text_free(&world->frame);
    bench_destroy(&world->bench);
    free(world);
    return 0;
}

/* The program ends and starts again: what is in the tables, and no connection. */
static void restart(world_t *world)
{
    bench_t *bench = world->bench;
    publisher_destroy(&world->publisher);
    streams_destroy(&bench->streams);
    bench->streams = streams_new(bench->db, NULL, &bench->err);
    assert_non_null(bench->streams);
    outbox_clear(bench->outbox);
    open_publisher(world, 1);
}

/* ---- what happens to the hub ---- */

/* As the node does after each event: what changed is told. */
static void pump(world_t *world)
{
    bench_t *bench = world->bench;
    stream_t *stream;
    while ((stream = streams_next_changed(bench->streams)))
        assert_ok(publisher_changed(world->publisher, stream, &bench->now, &bench->err));
}

static void peer_up(world_t *world, peer_t peer, const char *name)
{
    bench_t *bench = world->bench;
    member_t broker = bench_member(name, MEMBER_BROKER);
    assert_ok(publisher_peer_up(world->publisher, peer, &broker, &bench->now, &bench->err));
    pump(world);
}

static void peer_down(world_t *world, peer_t peer)
{
    bench_t *bench = world->bench;
    assert_ok(publisher_peer_down(world->publisher, peer, &bench->now, &bench->err));
    pump(world);
}

static void tick(world_t *world)
{
    bench_t *bench = world->bench;
    assert_ok(publisher_tick(world->publisher, &bench->now, &bench->err));
    pump(world);
}

static void show_head(world_t *world, peer_t peer, const author_t *author)
{
    bench_t *bench = world->bench;
    head_t head = author_head(author);
    assert_ok(
        publisher_head(world->publisher, peer, head.bytes, head.size, &bench->now, &bench->err));
    pump(world);
}

static void send_batch(world_t *world, peer_t peer, const author_t *author, uint64_t after,
                       uint64_t upto)
{
    bench_t *bench = world->bench;
    text_clear(&world->frame);
    author_batch(author, after, upto, &world->frame);
    wire_t wire = bench_decode(bench, &world->frame);
    assert_ok(publisher_batch(world->publisher, peer, &wire, &bench->now, &bench->err));
    pump(world);
}

static void send_error(world_t *world, peer_t peer, wire_code_t code, const char *kind,
                       const head_t *proof)
{
    bench_t *bench = world->bench;
    text_clear(&world->frame);
    wire_err(&world->frame, code, "loire", kind, proof ? proof->bytes : NULL,
             proof ? proof->size : 0, "");
    wire_t wire = bench_decode(bench, &world->frame);
    assert_ok(publisher_error(world->publisher, peer, &wire, &bench->now, &bench->err));
    pump(world);
}

static void send_pull(world_t *world, peer_t peer, uint64_t life, uint64_t after)
{
    bench_t *bench = world->bench;
    text_clear(&world->frame);
    wire_pull(&world->frame, "loire", "event", life, after, false);
    wire_t wire = bench_decode(bench, &world->frame);
    assert_ok(publisher_pull(world->publisher, peer, &wire, &bench->now, &bench->err));
}

static int may_change(world_t *world)
{
    bench_t *bench = world->bench;
    int result = publisher_may_change(world->publisher, &bench->now, &bench->err);
    pump(world);
    return result;
}

/* ---- what is seen of it ---- */

static publisher_state_t state_of(const world_t *world)
{
    return publisher_state(world->publisher);
}

static stream_t *events(world_t *world)
{
    return streams_find(world->bench->streams, "loire", "event");
}

static void forget_sent(world_t *world)
{
    outbox_clear(world->bench->outbox);
}

static void assert_silent(world_t *world)
{
    assert_int_equal(outbox_count(world->bench->outbox), 0);
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

/* The newest head that a broker was told. */
static head_t told_head(world_t *world, peer_t peer)
{
    wire_t wire = bench_last(world->bench, peer, WIRE_HEAD);
    head_t head;
    assert_int_equal(head_decode(&head, wire.head.data, wire.head.size, &world->bench->err), 0);
    assert_true(members_verify(world->bench->members, &head, world->bench->now.unix_ms));
    return head;
}

static int64_t displaced(world_t *world, const char *where)
{
    char sql[128];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM displaced WHERE %s", where);
    return bench_number(world->bench, sql);
}

static bool last_alarm_says(const world_t *world, const char *words)
{
    size_t count = publisher_alarm_count(world->publisher);
    return count && strstr(publisher_alarm(world->publisher, count - 1), words);
}

/* ---- stations of a hub's life ---- */

static void write_here(world_t *world, const char *id, const char *text)
{
    bench_t *bench = world->bench;
    size_t size;
    uint8_t *body = body_new(text, &size);
    assert_ok(may_change(world));
    assert_ok(streams_begin(bench->streams, &bench->err));
    assert_ok(stream_change(events(world), ITEM_PUT, id, 1, body, size, &bench->now, &bench->err));
    assert_ok(streams_commit(bench->streams, &bench->err));
    free(body);
    pump(world);
}

/* READY without a broker. */
static void wait_alone(world_t *world)
{
    bench_wait(world->bench, world->bench->timers.reconcile);
    assert_int_equal(may_change(world), 0);
    assert_int_equal(state_of(world), PUBLISHER_READY);
}

/* READY with alpha, which holds nothing. */
static void start_with_alpha(world_t *world)
{
    peer_up(world, ALPHA, "alpha");
    send_error(world, ALPHA, WIRE_NO_STREAM, "event", NULL);
    assert_int_equal(state_of(world), PUBLISHER_READY);
    forget_sent(world);
}

static void write_past(world_t *world, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char id[24];
        snprintf(id, sizeof id, "r%zu", i);
        author_put(&world->past, id, "text");
    }
}

/* Starts again from what alpha holds: the past, of two records. The next life is above it. */
static void start_with_a_past(world_t *world)
{
    author_put(&world->past, "a", "text");
    author_put(&world->past, "b", "text");
    peer_up(world, ALPHA, "alpha");
    show_head(world, ALPHA, &world->past);
    send_batch(world, ALPHA, &world->past, 0, 2);
    assert_int_equal(state_of(world), PUBLISHER_READY);
    forget_sent(world);
}

/* Alpha has pulled with the life of this run. */
static void publish_to_alpha(world_t *world)
{
    start_with_alpha(world);
    send_pull(world, ALPHA, publisher_life(world->publisher), 0);
    forget_sent(world);
}

/* A head of a copy of this hub that is `above` its life. */
static head_t proof_above(world_t *world, uint64_t above)
{
    world->past.life = publisher_life(world->publisher) + above;
    return author_head(&world->past);
}

static void fence(world_t *world)
{
    publish_to_alpha(world);
    head_t proof = proof_above(world, 5);
    send_error(world, ALPHA, WIRE_STALE_LIFE, "event", &proof);
    assert_int_equal(state_of(world), PUBLISHER_FENCED);
    forget_sent(world);
}

/* ---- RECONCILE ---- */

static void each_broker_is_asked_for_each_stream_and_told_nothing(void **state)
{
    world_t *world = *state;
    open_publisher(world, 2);
    peer_up(world, ALPHA, "alpha");
    peer_up(world, BETA, "beta");
    tick(world);
    assert_int_equal(bench_count(world->bench, ALPHA, WIRE_PULL), 2);
    assert_int_equal(bench_count(world->bench, BETA, WIRE_PULL), 2);
    assert_int_equal(outbox_count(world->bench->outbox), 4);
    assert_int_equal(state_of(world), PUBLISHER_RECONCILE);
    assert_int_equal(publisher_life(world->publisher), 0);
}

static void no_pull_is_answered_while_reconciling(void **state)
{
    world_t *world = *state;
    peer_up(world, ALPHA, "alpha");
    forget_sent(world);
    send_pull(world, ALPHA, 0, 0);
    assert_silent(world);
}

static void ready_comes_with_the_last_answer_of_all_brokers(void **state)
{
    world_t *world = *state;
    open_publisher(world, 2);
    peer_up(world, ALPHA, "alpha");
    peer_up(world, BETA, "beta");
    send_error(world, ALPHA, WIRE_NO_STREAM, "event", NULL);
    send_error(world, ALPHA, WIRE_NO_STREAM, "use_case", NULL);
    send_error(world, BETA, WIRE_NO_STREAM, "event", NULL);
    assert_int_equal(state_of(world), PUBLISHER_RECONCILE);
    forget_sent(world);
    send_error(world, BETA, WIRE_NOT_ALLOWED, "use_case", NULL);
    assert_int_equal(state_of(world), PUBLISHER_READY);
    assert_true(bench_count(world->bench, ALPHA, WIRE_HEAD) >= 2);
    assert_true(bench_count(world->bench, BETA, WIRE_HEAD) >= 2);
}

static void a_broker_that_does_not_answer_is_done_with_in_time(void **state)
{
    world_t *world = *state;
    peer_up(world, ALPHA, "alpha");
    bench_wait(world->bench, world->bench->timers.reconcile - 1);
    tick(world);
    assert_int_equal(state_of(world), PUBLISHER_RECONCILE);
    bench_wait(world->bench, 1);
    tick(world);
    assert_int_equal(state_of(world), PUBLISHER_READY);
}

/* The time for an answer does not begin anew. */
static void a_question_that_may_be_lost_is_asked_again(void **state)
{
    world_t *world = *state;
    int64_t left = world->bench->timers.reconcile - world->bench->timers.change;
    peer_up(world, ALPHA, "alpha");
    forget_sent(world);
    bench_wait(world->bench, world->bench->timers.change - 1);
    tick(world);
    assert_silent(world);
    bench_wait(world->bench, 1);
    tick(world);
    assert_pulls(world, ALPHA, 0, 0, true);
    bench_wait(world->bench, left - 1);
    tick(world);
    assert_int_equal(state_of(world), PUBLISHER_RECONCILE);
    bench_wait(world->bench, 1);
    tick(world);
    assert_int_equal(state_of(world), PUBLISHER_READY);
}

static void a_pull_of_a_recovery_that_may_be_lost_is_sent_again(void **state)
{
    world_t *world = *state;
    write_past(world, 2);
    peer_up(world, ALPHA, "alpha");
    show_head(world, ALPHA, &world->past);
    forget_sent(world);
    bench_wait(world->bench, world->bench->timers.change);
    tick(world);
    assert_pulls(world, ALPHA, FIRST_LIFE, 0, false);
    send_batch(world, ALPHA, &world->past, 0, 2);
    assert_int_equal(state_of(world), PUBLISHER_READY);
    assert_int_equal(events(world)->seq, 2);
}

static void what_a_broker_holds_more_is_recovered(void **state)
{
    world_t *world = *state;
    start_with_a_past(world);
    uint64_t backup = publisher_life(world->publisher);
    restart(
        world); /* from here on it is a restored backup: two records, while four were published */
    world->past.life = backup + 7;
    author_put(&world->past, "c", "text");
    author_put(&world->past, "d", "text");
    peer_up(world, ALPHA, "alpha");
    assert_pulls(world, ALPHA, backup, 2, true);
    show_head(world, ALPHA, &world->past);
    assert_pulls(world, ALPHA, backup + 7, 2, false);
    assert_int_equal(state_of(world), PUBLISHER_RECONCILE);
    send_batch(world, ALPHA, &world->past, 2, 4);
    assert_int_equal(state_of(world), PUBLISHER_READY);
    assert_int_equal(events(world)->seq, 4);
    assert_int_equal(events(world)->count, 4);
    assert_true(publisher_life(world->publisher) > backup + 7);
    assert_int_equal(displaced(world, "1"), 0);
    head_t head = told_head(world, ALPHA), same = author_head(&world->past);
    assert_memory_equal(head.root, same.root, HASH_SIZE);
}

/* The backup went its own way before the broker was heard: b changed and c was made. */
static void what_a_recovery_replaces_is_displaced_exactly(void **state)
{
    world_t *world = *state;
    start_with_a_past(world);
    uint64_t backup = publisher_life(world->publisher);
    write_here(world, "b", "changed here");
    write_here(world, "c", "made here");
    restart(world);
    world->past.life = backup + 7;
    author_put(&world->past, "b", "changed there");
    author_put(&world->past, "d", "made there");
    author_put(&world->past, "e", "made there");
    peer_up(world, ALPHA, "alpha");
    forget_sent(world);
    show_head(world, ALPHA, &world->past);
    assert_pulls(world, ALPHA, backup + 7, 4, false);
    send_batch(world, ALPHA, &world->past, 4, 5);
    assert_pulls(world, ALPHA, backup + 7, 0, true);
    assert_int_equal(state_of(world), PUBLISHER_RECONCILE);
    send_batch(world, ALPHA, &world->past, 0, 5);
    assert_int_equal(state_of(world), PUBLISHER_READY);
    assert_int_equal(events(world)->seq, 5);
    assert_int_equal(events(world)->count, 4);
    assert_int_equal(displaced(world, "1"), 2);
    assert_int_equal(displaced(world, "reason = 'recovered' AND id IN ('b', 'c')"), 2);
}

/* The copy made c after we did, and then again: its state fits ours, and our c is in none of its. */
static void what_a_recovery_overwrites_without_a_resync_is_displaced(void **state)
{
    world_t *world = *state;
    start_with_a_past(world);
    uint64_t backup = publisher_life(world->publisher);
    write_here(world, "c", "made here");
    restart(world);
    world->past.life = backup + 7;
    author_put(&world->past, "c", "made there");
    author_put(&world->past, "c", "changed there");
    peer_up(world, ALPHA, "alpha");
    show_head(world, ALPHA, &world->past);
    send_batch(world, ALPHA, &world->past, 3, 4);
    assert_int_equal(state_of(world), PUBLISHER_READY);
    assert_int_equal(displaced(world, "1"), 1);
    assert_int_equal(displaced(world, "reason = 'recovered' AND id = 'c'"), 1);
}

/* Wiped, and at work again before a broker was heard: what that one holds is older, and only there. */
static void an_older_life_that_ours_did_not_come_from_is_kept_before_we_publish(void **state)
{
    world_t *world = *state;
    wait_alone(world);
    write_here(world, "a", "made here");
    restart(world);
    author_put(&world->past, "a", "made before");
    author_put(&world->past, "b", "made before");
    peer_up(world, ALPHA, "alpha");
    forget_sent(world);
    show_head(world, ALPHA, &world->past);
    assert_int_equal(state_of(world), PUBLISHER_READY);
    assert_int_equal(bench_count(world->bench, ALPHA, WIRE_HEAD), 0);
    assert_pulls(world, ALPHA, 0, 0, true);
    send_batch(world, ALPHA, &world->past, 0, 2);
    assert_int_equal(displaced(world, "reason = 'returning-broker' AND id IN ('a', 'b')"), 2);
    assert_int_equal(told_head(world, ALPHA).life, publisher_life(world->publisher));
}

static void behind_a_frozen_newest_life_another_broker_is_recovered_from(void **state)
{
    world_t *world = *state;
    start_with_a_past(world);
    uint64_t backup = publisher_life(world->publisher);
    restart(world);
    author_t frozen = author_new("loire", "event");
    frozen.life = backup + 9;
    for (int i = 0; i < 4; i++)
        author_put(&frozen, "a", "never sent");
    world->past.life = backup + 7;
    author_put(&world->past, "c", "text");
    peer_up(world, ALPHA, "alpha");
    peer_up(world, BETA, "beta");
    show_head(world, ALPHA, &frozen);
    show_head(world, BETA, &world->past);
    bench_wait(world->bench, world->bench->timers.reconcile);
    forget_sent(world);
    tick(world);
    assert_int_equal(state_of(world), PUBLISHER_RECONCILE);
    assert_pulls(world, BETA, backup + 7, 2, false);
    send_batch(world, BETA, &world->past, 2, 3);
    assert_int_equal(state_of(world), PUBLISHER_READY);
    assert_int_equal(events(world)->seq, 3);
    author_free(&frozen);
}

static void an_answer_that_is_no_longer_waited_for_says_what_its_broker_holds_by_now(void **state)
{
    world_t *world = *state;
    author_put(&world->past, "a", "text");
    peer_up(world, ALPHA, "alpha");
    peer_up(world, BETA, "beta");
    show_head(world, ALPHA, &world->past);
    show_head(world, BETA, &world->past);
    send_batch(world, ALPHA, &world->past, 0, 1);
    assert_int_equal(events(world)->seq, 1);
    author_put(&world->past, "b", "by a copy of the hub, meanwhile");
    send_batch(world, BETA, &world->past, 0, 2);
    assert_int_equal(state_of(world), PUBLISHER_RECONCILE);
    bench_wait(world->bench, 5 * SECOND);
    forget_sent(world);
    tick(world);
    assert_pulls(world, BETA, world->past.life, 1, false);
    send_batch(world, BETA, &world->past, 1, 2);
    assert_int_equal(state_of(world), PUBLISHER_READY);
    assert_int_equal(events(world)->seq, 2);
}

static void a_broker_that_announces_and_never_delivers_is_done_with_in_time(void **state)
{
    world_t *world = *state;
    author_put(&world->past, "a", "text");
    peer_up(world, ALPHA, "alpha");
    bench_wait(world->bench, 9 * SECOND);
    show_head(world, ALPHA, &world->past);
    bench_wait(world->bench, world->bench->timers.reconcile - 1);
    tick(world);
    assert_int_equal(state_of(world), PUBLISHER_RECONCILE);
    bench_wait(world->bench, 1);
    tick(world);
    assert_int_equal(state_of(world), PUBLISHER_READY);
    assert_int_equal(events(world)->seq, 0);
    assert_true(last_alarm_says(world, "« alpha »"));
}

static void a_recovery_that_moves_is_given_more_time(void **state)
{
    world_t *world = *state;
    for (int i = 0; i < 4; i++)
        author_put(&world->past, (const char *[]){"a", "b", "c", "d"}[i], "text");
    peer_up(world, ALPHA, "alpha");
    show_head(world, ALPHA, &world->past);
    for (uint64_t seq = 0; seq < 4; seq++) {
        bench_wait(world->bench, 9 * SECOND);
        tick(world);
        assert_int_equal(state_of(world), PUBLISHER_RECONCILE);
        send_batch(world, ALPHA, &world->past, seq, seq + 1);
    }
    assert_int_equal(state_of(world), PUBLISHER_READY);
    assert_int_equal(events(world)->count, 4);
}

/* It is always just in time, and the hub must get to work. */
static void a_recovery_that_drips_is_not_waited_for_without_end(void **state)
{
    world_t *world = *state;
    int64_t start_ms = world->bench->now.steady_ms;
    write_past(world, 90);
    peer_up(world, ALPHA, "alpha");
    show_head(world, ALPHA, &world->past);
    for (uint64_t seq = 0; seq < 89 && state_of(world) == PUBLISHER_RECONCILE; seq++) {
        send_batch(world, ALPHA, &world->past, seq, seq + 1);
        bench_wait(world->bench, 9 * SECOND);
        tick(world);
    }
    assert_int_equal(state_of(world), PUBLISHER_READY);
    assert_in_range(world->bench->now.steady_ms - start_ms, 10 * MINUTE, 11 * MINUTE);
    assert_int_equal(events(world)->seq, 0);
    assert_true(last_alarm_says(world, "« alpha »"));
}

static void a_broker_that_answers_late_is_heard_while_others_are_waited_for(void **state)
{
    world_t *world = *state;
    int64_t half = world->bench->timers.reconcile / 2;
    author_put(&world->past, "a", "text");
    peer_up(world, ALPHA, "alpha");
    bench_wait(world->bench, half);
    peer_up(world, BETA, "beta");
    bench_wait(world->bench, half);
    tick(world);
    forget_sent(world);
    show_head(world, ALPHA, &world->past);
    assert_pulls(world, ALPHA, FIRST_LIFE, 0, false);
    send_error(world, BETA, WIRE_NO_STREAM, "event", NULL);
    assert_int_equal(state_of(world), PUBLISHER_RECONCILE);
    send_batch(world, ALPHA, &world->past, 0, 1);
    assert_int_equal(state_of(world), PUBLISHER_READY);
    assert_int_equal(events(world)->seq, 1);
}

/* Its head is ours, its records are not what that head says. */
static void a_broker_is_done_with_after_two_failed_proofs(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    start_with_a_past(world);
    restart(world);
    world->past.life = events(world)->life + 1;
    item_t forged = author_put(&world->past, "c", "forged");
    span_t span = {forged.bytes, forged.size};
    author_t true_past = author_new("loire", "event");
    true_past.life = world->past.life;
    for (int i = 0; i < 3; i++)
        author_put(&true_past, "c", "true");
    head_t head = author_head(&true_past);
    peer_up(world, ALPHA, "alpha");
    show_head(world, ALPHA, &true_past);
    for (uint64_t after = 2, tries = 0; tries < 2; after = 0, tries++) {
        assert_int_equal(state_of(world), PUBLISHER_RECONCILE);
        text_clear(&world->frame);
        wire_batch(&world->frame, "loire", "event", after, 3, &span, 1, head.bytes, head.size);
        wire_t wire = bench_decode(bench, &world->frame);
        assert_ok(publisher_batch(world->publisher, ALPHA, &wire, &bench->now, &bench->err));
        pump(world);
    }
    assert_int_equal(state_of(world), PUBLISHER_READY);
    assert_int_equal(events(world)->seq, 2);
    assert_int_equal(events(world)->count, 2);
    assert_false(events(world)->resync);
    assert_true(last_alarm_says(world, "« alpha »"));
    assert_int_equal(displaced(world, "1"), 0);
    author_free(&true_past);
}

static void a_head_of_ours_that_we_did_not_sign_is_rejected(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    peer_up(world, ALPHA, "alpha");
    forget_sent(world);
    head_t head = author_head(&world->past);
    head.bytes[head.size - 1] ^= 1;
    assert_rejected(
        publisher_head(world->publisher, ALPHA, head.bytes, head.size, &bench->now, &bench->err));
    assert_silent(world);
    assert_int_equal(state_of(world), PUBLISHER_RECONCILE);
}

/* The members' files were read again: what counts is the key that they have now, also for the recovery. */
static void a_key_that_is_no_longer_a_members_proves_nothing(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    members_t *changed = members_new(), *same = members_new();
    member_t loire = bench_member("loire", MEMBER_HUB);
    members_add(same, &loire);
    loire.sign[0].key[0] ^= 1;
    members_add(changed, &loire);
    write_past(world, 2);
    peer_up(world, ALPHA, "alpha");
    publisher_set_members(world->publisher, changed);
    head_t head = author_head(&world->past);
    assert_rejected(
        publisher_head(world->publisher, ALPHA, head.bytes, head.size, &bench->now, &bench->err));
    publisher_set_members(world->publisher, same);
    show_head(world, ALPHA, &world->past);
    send_batch(world, ALPHA, &world->past, 0, 2);
    assert_int_equal(events(world)->seq, 2);
    members_destroy(&changed);
    publisher_set_members(world->publisher, bench->members);
    members_destroy(&same);
}

static void what_is_no_head_or_of_no_stream_of_ours_changes_nothing(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    author_t stranger = author_new("rhone", "event"), other = author_new("loire", "answer");
    peer_up(world, ALPHA, "alpha");
    forget_sent(world);
    assert_rejected(
        publisher_head(world->publisher, ALPHA, "garbage", 7, &bench->now, &bench->err));
    show_head(world, ALPHA, &stranger);
    show_head(world, ALPHA, &other);
    show_head(world, BETA, &world->past); /* of a connection that is gone */
    assert_silent(world);
    assert_int_equal(state_of(world), PUBLISHER_RECONCILE);
    author_free(&stranger);
    author_free(&other);
}

static void a_recovery_goes_on_with_another_broker_when_one_dies(void **state)
{
    world_t *world = *state;
    author_put(&world->past, "a", "text");
    author_put(&world->past, "b", "text");
    peer_up(world, ALPHA, "alpha");
    peer_up(world, BETA, "beta");
    show_head(world, ALPHA, &world->past);
    send_batch(world, ALPHA, &world->past, 0, 1);
    forget_sent(world);
    peer_down(world, ALPHA);
    show_head(world, BETA, &world->past);
    assert_pulls(world, BETA, FIRST_LIFE, 0, false);
    send_batch(world, BETA, &world->past, 0, 2);
    assert_int_equal(state_of(world), PUBLISHER_READY);
    assert_int_equal(events(world)->count, 2);
}

/* Alpha shows a newer life than beta, and goes before it has given anything of it. */
static void a_broker_that_died_does_not_hide_what_another_one_holds(void **state)
{
    world_t *world = *state;
    author_put(&world->past, "a", "text");
    peer_up(world, ALPHA, "alpha");
    peer_up(world, BETA, "beta");
    world->past.life = FIRST_LIFE + 1;
    show_head(world, ALPHA, &world->past);
    world->past.life = FIRST_LIFE;
    show_head(world, BETA, &world->past);
    forget_sent(world);
    peer_down(world, ALPHA);
    assert_pulls(world, BETA, FIRST_LIFE, 0, false);
    send_batch(world, BETA, &world->past, 0, 1);
    assert_int_equal(state_of(world), PUBLISHER_READY);
    assert_int_equal(events(world)->count, 1);
}

static void a_broker_of_an_earlier_run_does_not_hide_what_another_one_holds(void **state)
{
    world_t *world = *state;
    author_put(&world->past, "a", "text");
    peer_up(world, ALPHA, "alpha");
    world->past.life = FIRST_LIFE + 1;
    show_head(world, ALPHA, &world->past);
    restart(world);
    peer_up(world, BETA, "beta");
    world->past.life = FIRST_LIFE;
    forget_sent(world);
    show_head(world, BETA, &world->past);
    assert_pulls(world, BETA, FIRST_LIFE, 0, false);
}

/* ---- local changes in RECONCILE ---- */

static void a_change_waits_for_brokers_ten_seconds(void **state)
{
    world_t *world = *state;
    bench_wait(world->bench, world->bench->timers.reconcile - 1);
    assert_int_equal(may_change(world), -1);
    assert_int_equal(world->bench->err.action, ERR_RETRY);
    bench_wait(world->bench, 1);
    tick(world);
    assert_int_equal(state_of(world), PUBLISHER_RECONCILE); /* only a change ends it */
    assert_int_equal(may_change(world), 0);
    assert_int_equal(state_of(world), PUBLISHER_READY);
}

static void a_change_waits_for_brokers_a_minute_after_a_restore(void **state)
{
    world_t *world = *state;
    world->after_restore = true;
    open_publisher(world, 1);
    bench_wait(world->bench, MINUTE - 1);
    assert_int_equal(may_change(world), -1);
    assert_int_equal(world->bench->err.action, ERR_RETRY);
    bench_wait(world->bench, 1);
    assert_int_equal(may_change(world), 0);
}

static void a_change_waits_while_something_is_recovered(void **state)
{
    world_t *world = *state;
    author_put(&world->past, "a", "text");
    bench_wait(world->bench, 9 * SECOND);
    peer_up(world, ALPHA, "alpha");
    show_head(world, ALPHA, &world->past);
    bench_wait(world->bench, SECOND);
    assert_int_equal(may_change(world), -1);
    assert_int_equal(world->bench->err.action, ERR_RETRY);
    send_batch(world, ALPHA, &world->past, 0, 1);
    assert_int_equal(may_change(world), 0);
    assert_int_equal(events(world)->seq, 1);
}

/* ---- READY ---- */

static void a_life_is_above_every_one_known_even_with_the_clock_of_1970(void **state)
{
    world_t *world = *state;
    world->past.life = FIRST_LIFE + (UINT64_C(1) << 40);
    world->bench->now.unix_ms = 0;
    start_with_a_past(world);
    uint64_t life = publisher_life(world->publisher);
    assert_true(life > world->past.life);
    restart(world);
    world->bench->now.unix_ms = -5 * SECOND;
    wait_alone(world);
    assert_true(publisher_life(world->publisher) > life);
}

static void a_life_is_of_the_clock_and_of_chance(void **state)
{
    world_t *world = *state;
    world->random = 0x123456789;
    wait_alone(world);
    uint64_t clock = (uint64_t)(world->bench->now.unix_ms / 1000) << 20;
    assert_int_equal(publisher_life(world->publisher), clock + 1 + 0x56789);
}

static void past_remembers_from_where_each_life_started(void **state)
{
    world_t *world = *state;
    start_with_a_past(world);
    uint64_t first = publisher_life(world->publisher), covered = 0;
    write_here(world, "c", "text");
    restart(world);
    wait_alone(world);
    err_t err;
    assert_int_equal(stream_past(events(world), FIRST_LIFE, &covered, &err), 0);
    assert_int_equal(covered, 2);
    assert_int_equal(stream_past(events(world), first, &covered, &err), 0);
    assert_int_equal(covered, 3);
    assert_int_equal(stream_past(events(world), first + 1, &covered, &err), 0);
    assert_int_equal(covered, 0);
}

static void a_broker_met_first_in_ready_is_asked_before_it_is_told(void **state)
{
    world_t *world = *state;
    wait_alone(world);
    write_here(world, "a", "text");
    uint64_t life = publisher_life(world->publisher);
    peer_up(world, ALPHA, "alpha");
    tick(world);
    assert_int_equal(outbox_count(world->bench->outbox), 1);
    assert_pulls(world, ALPHA, life, 1, true);
    send_pull(world, ALPHA, life, 0);
    assert_silent(world); /* nor answered */
    send_error(world, ALPHA, WIRE_NO_STREAM, "event", NULL);
    assert_int_equal(told_head(world, ALPHA).seq, 1);
    forget_sent(world);
    send_pull(world, ALPHA, life, 0);
    assert_int_equal(bench_count(world->bench, ALPHA, WIRE_BATCH), 1);
}

static void a_broker_met_before_is_told_at_once_when_it_returns(void **state)
{
    world_t *world = *state;
    start_with_alpha(world);
    peer_down(world, ALPHA);
    peer_up(world, BETA, "alpha");
    assert_int_equal(bench_count(world->bench, BETA, WIRE_HEAD), 1);
    assert_int_equal(bench_count(world->bench, BETA, WIRE_PULL), 0);
}

/* The hub recovered two records of a life; the broker returns with that same state, or less of it. */
static void a_returning_broker_whose_state_ours_came_from_is_just_told(void **state)
{
    world_t *world = *state;
    start_with_a_past(world);
    write_here(world, "a", "newer");
    restart(world);
    wait_alone(world);
    peer_up(world, BETA, "beta");
    forget_sent(world);
    show_head(world, BETA, &world->past);
    assert_int_equal(bench_count(world->bench, BETA, WIRE_PULL), 0);
    assert_int_equal(told_head(world, BETA).seq, 3);
    assert_int_equal(displaced(world, "1"), 0);
}

/* Both went on from two records: here a third is made while cut off, there b changed and c was made. */
static void what_only_a_returning_broker_holds_is_displaced_exactly(void **state)
{
    world_t *world = *state;
    start_with_a_past(world);
    restart(world);
    wait_alone(world);
    write_here(world, "c", "made here");
    uint64_t life = publisher_life(world->publisher);
    author_put(&world->past, "b", "changed there");
    author_put(&world->past, "c", "made there");
    author_put(&world->past, "d", "made there");
    peer_up(world, ALPHA, "alpha");
    forget_sent(world);
    show_head(world, ALPHA, &world->past);
    assert_int_equal(bench_count(world->bench, ALPHA, WIRE_HEAD), 0);
    assert_pulls(world, ALPHA, 0, 0, true);
    send_batch(world, ALPHA, &world->past, 0, 3);
    assert_pulls(world, ALPHA, 0, 3, true);
    send_batch(world, ALPHA, &world->past, 3, 5);
    assert_int_equal(displaced(world, "1"), 3);
    assert_int_equal(displaced(world, "reason = 'returning-broker' AND id IN ('b', 'c', 'd')"), 3);
    assert_int_equal(publisher_life(world->publisher), life);
    assert_int_equal(events(world)->seq, 3);
    assert_int_equal(events(world)->count, 3);
    assert_int_equal(bench_number(world->bench, "SELECT count(*) FROM staged"), 0);
    assert_true(last_alarm_says(world, "maillage displaced"));
    assert_int_equal(told_head(world, ALPHA).life, life);
}

static void a_returning_broker_that_does_not_deliver_is_told_in_time(void **state)
{
    world_t *world = *state;
    wait_alone(world);
    author_put(&world->past, "a", "text");
    author_put(&world->past, "b", "text");
    peer_up(world, ALPHA, "alpha");
    show_head(world, ALPHA, &world->past);
    send_batch(world, ALPHA, &world->past, 0, 1);
    bench_wait(world->bench, world->bench->timers.reconcile);
    forget_sent(world);
    tick(world);
    assert_int_equal(told_head(world, ALPHA).life, publisher_life(world->publisher));
    assert_int_equal(bench_number(world->bench, "SELECT count(*) FROM staged"), 0);
    assert_int_equal(displaced(world, "1"), 0);
    assert_true(last_alarm_says(world, "« alpha »"));
}

/* Under a head that is ours, records that it does not say; one that does not follow is passed over first. */
static void what_a_returning_broker_forges_is_not_kept(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    wait_alone(world);
    write_past(world, 2);
    head_t head = author_head(&world->past);
    item_t forged = author_put(&world->past, "r1", "forged");
    span_t span = {forged.bytes, forged.size};
    peer_up(world, ALPHA, "alpha");
    assert_ok(
        publisher_head(world->publisher, ALPHA, head.bytes, head.size, &bench->now, &bench->err));
    forget_sent(world);
    head_t wrong = author_head(&world->past); /* its root is of two records, and one is sent */
    uint8_t public[SIGN_PUBLIC_SIZE], secret[SIGN_SECRET_SIZE];
    author_keys("loire", public, secret);
    wrong.count = 1;
    head_sign(&wrong, secret);
    for (uint64_t after = 1; after < 2; after--) { /* 1, which was not asked for, and 0 */
        text_clear(&world->frame);
        wire_batch(&world->frame, "loire", "event", after, 3, &span, 1, wrong.bytes, wrong.size);
        wire_t wire = bench_decode(bench, &world->frame);
        assert_ok(publisher_batch(world->publisher, ALPHA, &wire, &bench->now, &bench->err));
        assert_int_equal(publisher_alarm_count(world->publisher), after == 0);
    }
    assert_int_equal(displaced(world, "1"), 0);
    assert_int_equal(bench_number(bench, "SELECT count(*) FROM staged"), 0);
    assert_true(last_alarm_says(world, "« alpha »"));
}

static void the_newest_twenty_alarms_are_kept(void **state)
{
    world_t *world = *state;
    wait_alone(world);
    write_past(world, 2);
    for (peer_t peer = 1; peer <= 21; peer++) {
        char name[16];
        snprintf(name, sizeof name, "b%u", peer);
        peer_up(world, peer, name);
        show_head(world, peer, &world->past);
        bench_wait(world->bench, world->bench->timers.reconcile);
        tick(world);
    }
    assert_int_equal(publisher_alarm_count(world->publisher), 20);
    assert_non_null(strstr(publisher_alarm(world->publisher, 0), "« b2 »"));
    assert_true(last_alarm_says(world, "« b21 »"));
}

static void a_pull_of_a_salvage_that_may_be_lost_is_sent_again(void **state)
{
    world_t *world = *state;
    wait_alone(world);
    write_past(world, 2);
    peer_up(world, ALPHA, "alpha");
    show_head(world, ALPHA, &world->past);
    send_batch(world, ALPHA, &world->past, 0, 1);
    forget_sent(world);
    bench_wait(world->bench, world->bench->timers.change);
    tick(world);
    assert_pulls(world, ALPHA, 0, 1, true);
    send_batch(world, ALPHA, &world->past, 1, 2);
    assert_int_equal(displaced(world, "1"), 2);
}

/* Ends one statement when that much is done. */
static int stop_reading(void *left)
{
    return --*(int *)left == 0;
}

/* Called by a trigger after each staged row: the database can still do that much. */
static void spoil_soon(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    (void)values;
    int *left = sqlite3_user_data(context);
    *left = 80;
}

static void a_disk_that_cannot_be_read_is_not_held_against_a_returning_broker(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    int left = INT_MAX;
    wait_alone(world);
    write_past(world, 20);
    peer_up(world, ALPHA, "alpha");
    show_head(world, ALPHA, &world->past);
    sqlite3_create_function(bench->db, "spoil", 0, SQLITE_UTF8 | SQLITE_INNOCUOUS, &left,
                            spoil_soon, NULL, NULL);
    bench_execute(bench, "CREATE TRIGGER guard AFTER INSERT ON staged BEGIN SELECT spoil(); END");
    sqlite3_progress_handler(bench->db, 1, stop_reading, &left);
    text_clear(&world->frame);
    author_batch(&world->past, 0, 20, &world->frame);
    wire_t wire = bench_decode(bench, &world->frame);
    assert_int_equal(publisher_batch(world->publisher, ALPHA, &wire, &bench->now, &bench->err), -1);
    sqlite3_progress_handler(bench->db, 0, NULL, NULL);
    assert_int_equal(bench->err.action, ERR_RETRY);
    assert_int_equal(publisher_alarm_count(world->publisher), 0);
    bench_execute(bench, "DROP TRIGGER guard");
    send_batch(world, ALPHA, &world->past, 0, 20);
    assert_int_equal(displaced(world, "1"), 20);
}

static void a_returning_broker_that_drips_is_not_waited_for_without_end(void **state)
{
    world_t *world = *state;
    wait_alone(world);
    write_past(world, 90);
    peer_up(world, ALPHA, "alpha");
    show_head(world, ALPHA, &world->past);
    for (uint64_t seq = 0; seq < 67; seq++) {
        assert_int_equal(bench_count(world->bench, ALPHA, WIRE_HEAD), 0);
        send_batch(world, ALPHA, &world->past, seq, seq + 1);
        bench_wait(world->bench, 9 * SECOND);
        tick(world);
    }
    assert_int_equal(told_head(world, ALPHA).life, publisher_life(world->publisher));
    assert_true(last_alarm_says(world, "« alpha »"));
}

static void what_one_returning_broker_left_half_done_does_not_spoil_the_next(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    wait_alone(world);
    author_put(&world->past, "a", "text");
    author_put(&world->past, "b", "text");
    peer_up(world, ALPHA, "alpha");
    show_head(world, ALPHA, &world->past);
    send_batch(world, ALPHA, &world->past, 0, 1);
    bench_execute(bench, "CREATE TRIGGER guard BEFORE DELETE ON staged BEGIN"
                         " SELECT raise(ABORT, 'not now'); END");
    assert_int_equal(publisher_peer_down(world->publisher, ALPHA, &bench->now, &bench->err), -1);
    bench_execute(bench, "DROP TRIGGER guard");
    author_t other = author_new("loire", "event");
    author_put(&other, "x", "text");
    peer_up(world, BETA, "beta");
    show_head(world, BETA, &other);
    send_batch(world, BETA, &other, 0, 1);
    assert_int_equal(displaced(world, "1"), 1);
    assert_int_equal(displaced(world, "id = 'x'"), 1);
    author_free(&other);
}

static void a_broker_whose_answer_waits_for_its_turn_is_not_told_meanwhile(void **state)
{
    world_t *world = *state;
    wait_alone(world);
    write_past(world, 3);
    peer_up(world, ALPHA, "alpha");
    peer_up(world, BETA, "beta");
    show_head(world, ALPHA, &world->past);
    show_head(world, BETA, &world->past);
    for (uint64_t seq = 0; seq < 2; seq++) {
        send_batch(world, ALPHA, &world->past, seq, seq + 1);
        bench_wait(world->bench, 9 * SECOND);
        tick(world);
    }
    assert_int_equal(bench_count(world->bench, BETA, WIRE_HEAD), 0);
    send_batch(world, ALPHA, &world->past, 2, 3);
    forget_sent(world);
    tick(world);
    assert_pulls(world, BETA, 0, 0, true);
}

/* ---- heads ---- */

static void a_hub_that_becomes_ready_says_each_head_once(void **state)
{
    world_t *world = *state;
    peer_up(world, ALPHA, "alpha");
    send_error(world, ALPHA, WIRE_NO_STREAM, "event", NULL);
    tick(world);
    bench_wait(world->bench, SECOND);
    tick(world);
    assert_int_equal(bench_count(world->bench, ALPHA, WIRE_HEAD), 1);
}

static void heads_are_issued_again_with_each_beat(void **state)
{
    world_t *world = *state;
    start_with_alpha(world);
    tick(world);
    forget_sent(world);
    for (uint64_t beat = 1; beat <= 3; beat++) {
        bench_wait(world->bench, world->bench->timers.beat - 1);
        tick(world);
        assert_silent(world);
        bench_wait(world->bench, 1);
        tick(world);
        assert_int_equal(bench_count(world->bench, ALPHA, WIRE_HEAD), 1);
        assert_int_equal(told_head(world, ALPHA).beat, beat);
        forget_sent(world);
    }
    write_here(world, "a", "text");
    bench_wait(world->bench, SECOND);
    tick(world);
    assert_int_equal(told_head(world, ALPHA).beat, 0);
    assert_int_equal(told_head(world, ALPHA).seq, 1);
}

static void the_same_state_is_not_signed_twice(void **state)
{
    world_t *world = *state;
    start_with_alpha(world);
    bench_wait(world->bench, SECOND);
    write_here(world, "a", "text");
    head_t first = told_head(world, ALPHA);
    stream_t *stream = events(world);
    stream->count = 77; /* a new signature would say so */
    peer_up(world, BETA, "alpha");
    head_t second = told_head(world, BETA);
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.bytes, second.bytes, first.size);
}

static void many_changes_are_announced_once_a_second(void **state)
{
    world_t *world = *state;
    start_with_alpha(world);
    bench_wait(world->bench, SECOND);
    for (int i = 0; i < 20; i++)
        write_here(world, (const char *[]){"a", "b", "c", "d"}[i % 4], "text");
    tick(world);
    assert_int_equal(bench_count(world->bench, ALPHA, WIRE_HEAD), 1);
    bench_wait(world->bench, SECOND);
    tick(world);
    assert_int_equal(bench_count(world->bench, ALPHA, WIRE_HEAD), 2);
    assert_int_equal(told_head(world, ALPHA).seq, 20);
}

/* ---- a newer life ---- */

static void a_newer_life_before_anyone_pulled_is_gone_above(void **state)
{
    world_t *world = *state;
    start_with_alpha(world);
    head_t proof = proof_above(world, UINT64_C(1) << 45);
    send_error(world, ALPHA, WIRE_STALE_LIFE, "event", &proof);
    assert_int_equal(state_of(world), PUBLISHER_READY);
    assert_true(publisher_life(world->publisher) > proof.life);
    assert_int_equal(may_change(world), 0);
    send_error(world, ALPHA, WIRE_NO_STREAM, "event", NULL);
    assert_int_equal(told_head(world, ALPHA).life, publisher_life(world->publisher));
}

/* It was silent for too long in RECONCILE, and was told of us then. */
static void a_broker_that_proves_a_newer_life_is_asked_what_it_holds(void **state)
{
    world_t *world = *state;
    peer_up(world, ALPHA, "alpha");
    bench_wait(world->bench, world->bench->timers.reconcile);
    tick(world);
    assert_int_equal(state_of(world), PUBLISHER_READY);
    forget_sent(world);
    author_put(&world->past, "a", "text");
    author_put(&world->past, "b", "text");
    head_t proof = proof_above(world, 5);
    send_error(world, ALPHA, WIRE_STALE_LIFE, "event", &proof);
    assert_true(publisher_life(world->publisher) > proof.life);
    assert_int_equal(bench_count(world->bench, ALPHA, WIRE_HEAD), 0);
    assert_int_equal(bench_count(world->bench, ALPHA, WIRE_PULL), 1);
    show_head(world, ALPHA, &world->past);
    send_batch(world, ALPHA, &world->past, 0, 2);
    assert_int_equal(displaced(world, "reason = 'returning-broker' AND id IN ('a', 'b')"), 2);
    assert_int_equal(told_head(world, ALPHA).life, publisher_life(world->publisher));
}

/* Nothing could be above it, so nothing of ours could be published again. */
static void a_life_beyond_any_clock_means_nothing(void **state)
{
    world_t *world = *state;
    start_with_alpha(world);
    world->past.life = UINT64_MAX;
    head_t proof = author_head(&world->past);
    uint64_t life = publisher_life(world->publisher);
    send_error(world, ALPHA, WIRE_STALE_LIFE, "event", &proof);
    assert_int_equal(state_of(world), PUBLISHER_READY);
    assert_int_equal(publisher_life(world->publisher), life);
    assert_silent(world);
}

static void a_newer_life_after_a_pull_fences(void **state)
{
    world_t *world = *state;
    publish_to_alpha(world);
    head_t proof = proof_above(world, 5);
    send_error(world, ALPHA, WIRE_STALE_LIFE, "event", &proof);
    assert_int_equal(state_of(world), PUBLISHER_FENCED);
    assert_true(last_alarm_says(world, "maillage unfence"));
    assert_int_equal(streams_fence_life(world->bench->streams), proof.life);
}

static void a_pull_of_another_life_does_not_count(void **state)
{
    world_t *world = *state;
    start_with_alpha(world);
    send_pull(world, ALPHA, publisher_life(world->publisher) - 1, 0);
    head_t proof = proof_above(world, 5);
    send_error(world, ALPHA, WIRE_STALE_LIFE, "event", &proof);
    assert_int_equal(state_of(world), PUBLISHER_READY);
}

static void stale_life_without_a_valid_proof_means_nothing(void **state)
{
    world_t *world = *state;
    publish_to_alpha(world);
    uint64_t life = publisher_life(world->publisher);
    head_t forged = proof_above(world, 5);
    forged.bytes[forged.size - 1] ^= 1;
    author_t other = author_new("rhone", "event");
    other.life = life + 5;
    head_t of_another = author_head(&other);
    head_t older = proof_above(world, (uint64_t)-1), same = proof_above(world, 0);
    send_error(world, ALPHA, WIRE_STALE_LIFE, "event", NULL);
    send_error(world, ALPHA, WIRE_STALE_LIFE, "event", &forged);
    send_error(world, ALPHA, WIRE_STALE_LIFE, "event", &of_another);
    send_error(world, ALPHA, WIRE_STALE_LIFE, "event", &older);
    send_error(world, ALPHA, WIRE_STALE_LIFE, "event", &same);
    assert_int_equal(state_of(world), PUBLISHER_READY);
    assert_int_equal(publisher_life(world->publisher), life);
    assert_silent(world);
}

static void a_fenced_hub_sends_nothing(void **state)
{
    world_t *world = *state;
    fence(world);
    peer_up(world, BETA, "beta");
    bench_wait(world->bench, 2 * MINUTE);
    tick(world);
    send_pull(world, ALPHA, 0, 0);
    show_head(world, ALPHA, &world->past);
    assert_silent(world);
    assert_int_equal(publisher_life(world->publisher), 0);
}

static void a_fenced_hub_refuses_changes_in_french(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    fence(world);
    assert_rejected(may_change(world));
    assert_non_null(strstr(bench->err.text, "mis à l'écart"));
}

static void a_fence_survives_a_restart(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    fence(world);
    restart(world);
    assert_int_equal(state_of(world), PUBLISHER_FENCED);
    peer_up(world, ALPHA, "alpha");
    bench_wait(bench, MINUTE);
    tick(world);
    assert_silent(world);
    assert_rejected(may_change(world));
}

static void a_fence_is_told_again_after_a_restart(void **state)
{
    world_t *world = *state;
    fence(world);
    restart(world);
    assert_true(last_alarm_says(world, "maillage unfence"));
}

static void unfence_reconciles_and_takes_a_life_above_the_fence(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    fence(world);
    uint64_t fenced_by = streams_fence_life(bench->streams);
    bench->now.unix_ms = 0; /* the clock does not help */
    assert_ok(publisher_unfence(world->publisher, &bench->now, &bench->err));
    assert_int_equal(state_of(world), PUBLISHER_RECONCILE);
    assert_int_equal(bench_count(bench, ALPHA, WIRE_PULL), 1);
    assert_int_equal(outbox_count(bench->outbox), 1);
    send_error(world, ALPHA, WIRE_NO_STREAM, "event", NULL);
    assert_int_equal(state_of(world), PUBLISHER_READY);
    assert_true(publisher_life(world->publisher) > fenced_by);
    restart(world);
    assert_int_equal(state_of(world), PUBLISHER_RECONCILE);
}

static void unfence_recovers_what_the_other_copy_published(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    fence(world);
    author_put(&world->past, "a", "of the other copy");
    assert_ok(publisher_unfence(world->publisher, &bench->now, &bench->err));
    show_head(world, ALPHA, &world->past);
    send_batch(world, ALPHA, &world->past, 0, 1);
    assert_int_equal(state_of(world), PUBLISHER_READY);
    assert_int_equal(events(world)->seq, 1);
    assert_true(publisher_life(world->publisher) > world->past.life);
}

static void unfence_forgets_what_was_half_done(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    publish_to_alpha(world);
    author_put(&world->past, "a", "text");
    author_put(&world->past, "b", "text");
    peer_up(world, BETA, "beta");
    show_head(world, BETA, &world->past);
    send_batch(world, BETA, &world->past, 0, 1);
    assert_int_equal(bench_number(bench, "SELECT count(*) FROM staged"), 1);
    head_t proof = proof_above(world, 5);
    send_error(world, ALPHA, WIRE_STALE_LIFE, "event", &proof);
    assert_int_equal(state_of(world), PUBLISHER_FENCED);
    assert_ok(publisher_unfence(world->publisher, &bench->now, &bench->err));
    assert_int_equal(bench_number(bench, "SELECT count(*) FROM staged"), 0);
}

static void only_a_fenced_hub_is_unfenced(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    assert_rejected(publisher_unfence(world->publisher, &bench->now, &bench->err));
    assert_int_equal(state_of(world), PUBLISHER_RECONCILE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_broker_is_asked_for_each_stream_and_told_nothing),
        TEST(no_pull_is_answered_while_reconciling),
        TEST(ready_comes_with_the_last_answer_of_all_brokers),
        TEST(a_broker_that_does_not_answer_is_done_with_in_time),
        TEST(a_question_that_may_be_lost_is_asked_again),
        TEST(a_pull_of_a_recovery_that_may_be_lost_is_sent_again),
        TEST(what_a_broker_holds_more_is_recovered),
        TEST(what_a_recovery_replaces_is_displaced_exactly),
        TEST(what_a_recovery_overwrites_without_a_resync_is_displaced),
        TEST(behind_a_frozen_newest_life_another_broker_is_recovered_from),
        TEST(an_older_life_that_ours_did_not_come_from_is_kept_before_we_publish),
        TEST(an_answer_that_is_no_longer_waited_for_says_what_its_broker_holds_by_now),
        TEST(a_broker_that_announces_and_never_delivers_is_done_with_in_time),
        TEST(a_recovery_that_moves_is_given_more_time),
        TEST(a_recovery_that_drips_is_not_waited_for_without_end),
        TEST(a_broker_that_answers_late_is_heard_while_others_are_waited_for),
        TEST(a_broker_is_done_with_after_two_failed_proofs),
        TEST(a_head_of_ours_that_we_did_not_sign_is_rejected),
        TEST(a_key_that_is_no_longer_a_members_proves_nothing),
        TEST(what_is_no_head_or_of_no_stream_of_ours_changes_nothing),
        TEST(a_recovery_goes_on_with_another_broker_when_one_dies),
        TEST(a_broker_that_died_does_not_hide_what_another_one_holds),
        TEST(a_broker_of_an_earlier_run_does_not_hide_what_another_one_holds),
        TEST(a_change_waits_for_brokers_ten_seconds),
        TEST(a_change_waits_for_brokers_a_minute_after_a_restore),
        TEST(a_change_waits_while_something_is_recovered),
        TEST(a_life_is_above_every_one_known_even_with_the_clock_of_1970),
        TEST(a_life_is_of_the_clock_and_of_chance),
        TEST(past_remembers_from_where_each_life_started),
        TEST(a_broker_met_first_in_ready_is_asked_before_it_is_told),
        TEST(a_broker_met_before_is_told_at_once_when_it_returns),
        TEST(a_returning_broker_whose_state_ours_came_from_is_just_told),
        TEST(what_only_a_returning_broker_holds_is_displaced_exactly),
        TEST(a_returning_broker_that_does_not_deliver_is_told_in_time),
        TEST(what_a_returning_broker_forges_is_not_kept),
        TEST(the_newest_twenty_alarms_are_kept),
        TEST(a_pull_of_a_salvage_that_may_be_lost_is_sent_again),
        TEST(a_disk_that_cannot_be_read_is_not_held_against_a_returning_broker),
        TEST(a_returning_broker_that_drips_is_not_waited_for_without_end),
        TEST(what_one_returning_broker_left_half_done_does_not_spoil_the_next),
        TEST(a_broker_whose_answer_waits_for_its_turn_is_not_told_meanwhile),
        TEST(a_hub_that_becomes_ready_says_each_head_once),
        TEST(heads_are_issued_again_with_each_beat),
        TEST(the_same_state_is_not_signed_twice),
        TEST(many_changes_are_announced_once_a_second),
        TEST(a_newer_life_before_anyone_pulled_is_gone_above),
        TEST(a_broker_that_proves_a_newer_life_is_asked_what_it_holds),
        TEST(a_life_beyond_any_clock_means_nothing),
        TEST(a_newer_life_after_a_pull_fences),
        TEST(a_pull_of_another_life_does_not_count),
        TEST(stale_life_without_a_valid_proof_means_nothing),
        TEST(a_fenced_hub_sends_nothing),
        TEST(a_fenced_hub_refuses_changes_in_french),
        TEST(a_fence_survives_a_restart),
        TEST(a_fence_is_told_again_after_a_restart),
        TEST(unfence_reconciles_and_takes_a_life_above_the_fence),
        TEST(unfence_recovers_what_the_other_copy_published),
        TEST(unfence_forgets_what_was_half_done),
        TEST(only_a_fenced_hub_is_unfenced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
