/* A sink whose members change: what a thief signed with a hub's key, and the hub with its new one. alpha and
 * beta are brokers; for a sink that is a broker alpha is the hub itself. */
#include "workbench.h"

#include "broker/sync/sink.h"

enum { ALPHA = 1, BETA };

#define FAR_LIFE (UINT64_C(1) << 61) /* no clock gives it */
#define STOLEN "loire"               /* keys are made of names */
#define RENEWED "loire, renewed"

static const interest_t EVERYTHING = {"*", "*"};

typedef struct world {
    bench_t *bench;
    sink_t *sink;
    members_t *changed;
    author_t thief, hub;
    text_t frame;
    size_t removed; /* what the observer was told */
    uint64_t dice;
} world_t;

static int count_removed(void *context, const stream_t *stream, const char *id, err_t *err)
{
    (void)stream, (void)id, (void)err;
    ((world_t *)context)->removed++;
    return 0;
}

static void open_sink(world_t *world, bool owner_only)
{
    bench_t *bench = world->bench;
    sink_role_t role = {
        .owner_only = owner_only, .self = "", .wants = &EVERYTHING, .want_count = 1};
    const members_t *members = world->changed ? world->changed : bench->members;
    sink_destroy(&world->sink);
    world->sink = sink_new(bench->streams, members, bench->outbox, &bench->timers, &role);
    sink_peer_up(world->sink, ALPHA, owner_only ? "loire" : "alpha", &bench->now);
    sink_peer_up(world->sink, BETA, owner_only ? "rhone" : "beta", &bench->now);
}

static int set_up(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    observer_t observer = {.remove = count_removed, .context = world};
    world->bench = bench_new(":memory:", &observer);
    bench_add_member(world->bench, "loire", MEMBER_HUB);
    world->thief = author_new("loire", "event");
    world->thief.life = FAR_LIFE;
    world->hub = author_new("loire", "event");
    author_put(&world->thief, "forged", "text");
    author_put(&world->hub, "r1", "text");
    text_init(&world->frame, WIRE_MAX_SIZE);
    open_sink(world, false);
    *state = world;
    return 0;
}

static int set_up_broker(void **state)
{
    set_up(state);
    open_sink(*state, true);
    return 0;
}

static int tear_down(void **state)
{
    world_t *world = *state;
    sink_destroy(&world->sink);
    members_destroy(&world->changed);
    author_free(&world->thief);
    author_free(&world->hub);
    text_free(&world->frame);
    bench_destroy(&world->bench);
    free(world);
    return 0;
}

/* ---- what happens ---- */

static head_t signed_with(const author_t *author, const char *key)
{
    uint8_t public[SIGN_PUBLIC_SIZE], secret[SIGN_SECRET_SIZE];
    head_t head = author_head(author);
    author_keys(key, public, secret);
    head_sign(&head, secret);
    return head;
}

static int try_head(world_t *world, peer_t peer, const author_t *author, const char *key)
{
    bench_t *bench = world->bench;
    head_t head = signed_with(author, key);
    return sink_head(world->sink, peer, head.bytes, head.size, &bench->now, &bench->err);
}

static void announce(world_t *world, peer_t peer, const author_t *author, const char *key)
{
    bench_t *bench = world->bench;
    assert_ok(try_head(world, peer, author, key));
}

/* All that the author has, in one batch. */
static void deliver(world_t *world, peer_t peer, const author_t *author, const char *key)
{
    bench_t *bench = world->bench;
    item_t items[8];
    span_t spans[8];
    size_t count = author_items(author, 0, author->seq, items);
    for (size_t i = 0; i < count; i++)
        spans[i] = (span_t){items[i].bytes, items[i].size};
    head_t head = signed_with(author, key);
    text_clear(&world->frame);
    wire_batch(&world->frame, "loire", "event", 0, author->seq, spans, count, head.bytes,
               head.size);
    wire_t wire = bench_decode(bench, &world->frame);
    assert_ok(sink_batch(world->sink, peer, &wire, &bench->now, &bench->err));
}

static void believe_the_thief(world_t *world)
{
    announce(world, ALPHA, &world->thief, STOLEN);
    deliver(world, ALPHA, &world->thief, STOLEN);
    outbox_clear(world->bench->outbox);
}

static void tick(world_t *world)
{
    bench_t *bench = world->bench;
    assert_ok(sink_tick(world->sink, &bench->now, &bench->err));
}

/* The members are read again, and say this of loire; NULL: nothing. */
static void change_members(world_t *world, const member_t *loire)
{
    members_t *members = members_new();
    if (loire)
        members_add(members, loire);
    sink_set_members(world->sink, members);
    members_destroy(&world->changed);
    world->changed = members;
}

static void take_the_key(world_t *world)
{
    uint8_t secret[SIGN_SECRET_SIZE];
    member_t loire = bench_member("loire", MEMBER_HUB);
    author_keys(RENEWED, loire.sign[0].key, secret);
    change_members(world, &loire);
}

static void list_both_keys(world_t *world)
{
    uint8_t secret[SIGN_SECRET_SIZE];
    member_t loire = bench_member("loire", MEMBER_HUB);
    loire.sign[loire.sign_count] = loire.sign[0];
    author_keys(RENEWED, loire.sign[loire.sign_count++].key, secret);
    change_members(world, &loire);
}

static stream_t *stream_of(world_t *world)
{
    return streams_find(world->bench->streams, "loire", "event");
}

static void assert_shown(world_t *world, const char *id)
{
    text_t sql;
    text_init(&sql, 200);
    text_add_format(&sql, "SELECT count(*) FROM item WHERE id = '%s'", id);
    assert_true(stream_verified(stream_of(world)));
    assert_int_equal(bench_number(world->bench, "SELECT count(*) FROM item"), 1);
    assert_int_equal(bench_number(world->bench, sql.data), 1);
    text_free(&sql);
}

static void assert_hidden(world_t *world)
{
    assert_int_equal(bench_number(world->bench, "SELECT count(*) FROM item"), 0);
    assert_false(stream_verified(stream_of(world)));
    assert_int_equal(stream_of(world)->head.life, 0);
    assert_int_equal(stream_of(world)->known.life, 0);
}

/* ---- a subscriber ---- */

static void what_a_stolen_key_proved_is_hidden_when_it_is_taken(void **state)
{
    world_t *world = *state;
    believe_the_thief(world);
    assert_shown(world, "forged");
    take_the_key(world);
    tick(world);
    assert_hidden(world);
    assert_int_equal(world->removed, 1);
    assert_non_null(strstr(sink_complaint(world->sink), "loire/event"));
}

static void any_life_of_the_new_key_is_shown(void **state)
{
    world_t *world = *state;
    believe_the_thief(world);
    take_the_key(world);
    tick(world);
    announce(world, BETA, &world->hub, RENEWED);
    wire_t pull = bench_last(world->bench, BETA, WIRE_PULL);
    assert_int_equal(pull.after, 0);
    assert_int_equal(pull.life, FIRST_LIFE);
    deliver(world, BETA, &world->hub, RENEWED);
    assert_shown(world, "r1");
}

/* The new head may come before the tick. */
static void a_head_of_the_new_key_is_followed_at_once(void **state)
{
    world_t *world = *state;
    believe_the_thief(world);
    take_the_key(world);
    announce(world, BETA, &world->hub, RENEWED);
    tick(world);
    deliver(world, BETA, &world->hub, RENEWED);
    assert_shown(world, "r1");
    assert_int_equal(bench_count(world->bench, 0, WIRE_ERR), 0);
}

static void who_only_offers_what_the_thief_signed_is_not_asked(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    believe_the_thief(world);
    take_the_key(world);
    tick(world);
    announce(world, BETA, &world->hub, RENEWED);
    assert_int_equal(bench_count(bench, ALPHA, 0), 0);
    assert_rejected(try_head(world, ALPHA, &world->thief, STOLEN));
}

/* Both keys were the hub's for a while, and the thief has one. */
static void a_thief_that_only_announced_hides_nothing_and_stops_nobody(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    list_both_keys(world);
    announce(world, BETA, &world->hub, RENEWED);
    deliver(world, BETA, &world->hub, RENEWED);
    announce(world, ALPHA, &world->thief, STOLEN);
    assert_false(stream_verified(stream_of(world)));
    outbox_clear(bench->outbox);
    take_the_key(world);
    tick(world);
    assert_shown(world, "r1");
    wire_t pull = bench_last(bench, BETA, WIRE_PULL);
    assert_int_equal(pull.life, FIRST_LIFE);
    assert_int_equal(pull.after, 1);
}

static void a_key_that_is_over_still_bears_out_what_it_signed(void **state)
{
    world_t *world = *state;
    announce(world, ALPHA, &world->hub, STOLEN);
    deliver(world, ALPHA, &world->hub, STOLEN);
    member_t loire = bench_member("loire", MEMBER_HUB);
    loire.sign[0].until_ms = world->bench->now.unix_ms;
    change_members(world, &loire);
    tick(world);
    assert_shown(world, "r1");
}

static void what_a_hub_published_stays_when_it_is_no_member_any_more(void **state)
{
    world_t *world = *state;
    announce(world, ALPHA, &world->hub, STOLEN);
    deliver(world, ALPHA, &world->hub, STOLEN);
    change_members(world, NULL);
    tick(world);
    assert_shown(world, "r1");
}

static void a_key_taken_while_we_did_not_run_counts_from_the_first_tick(void **state)
{
    world_t *world = *state;
    believe_the_thief(world);
    take_the_key(world);
    open_sink(world, false);
    tick(world);
    assert_hidden(world);
}

/* ---- a broker ---- */

/* What a wrong folder of members takes from it for a moment may be the last copy. */
static void a_broker_keeps_what_it_has_until_the_hub_speaks_with_another_key(void **state)
{
    world_t *world = *state;
    believe_the_thief(world);
    take_the_key(world);
    tick(world);
    assert_shown(world, "forged");
    announce(world, ALPHA, &world->hub, RENEWED);
    assert_int_equal(bench_count(world->bench, 0, WIRE_ERR), 0);
    assert_int_equal(bench_last(world->bench, ALPHA, WIRE_PULL).after, 0);
    deliver(world, ALPHA, &world->hub, RENEWED);
    assert_shown(world, "r1");
}

static void a_broker_is_not_moved_by_an_older_life_of_a_key_that_is_listed(void **state)
{
    world_t *world = *state;
    list_both_keys(world);
    believe_the_thief(world);
    announce(world, ALPHA, &world->hub, RENEWED);
    assert_int_equal(bench_last(world->bench, ALPHA, WIRE_ERR).code, WIRE_STALE_LIFE);
    assert_shown(world, "forged");
}

/* ---- whatever happened before ---- */

#define RUNS 150 /* seeds 1 to this */
#define STEPS 60
#define HISTORY 120 /* versions that an author makes in a run, at most */

/* What a peer says: whose state, signed with which key. */
typedef struct voice {
    author_t *author;
    const char *key;
} voice_t;

static bool listed(const world_t *world, const head_t *head)
{
    const members_t *members = world->changed ? world->changed : world->bench->members;
    return !head->life || !members_find(members, "loire") || members_bear_out(members, head);
}

/* Never shown: a state that its head does not prove, or that only a taken key signed. */
static void assert_nothing_unproven(world_t *world, bool ticked)
{
    bench_t *bench = world->bench;
    uint8_t root[HASH_SIZE];
    stream_t *stream = stream_of(world);
    if (!stream || !stream->head.life)
        return;
    assert_ok(stream_root(stream, root, &bench->err));
    assert_memory_equal(root, stream->head.root, HASH_SIZE);
    assert_true(!ticked || listed(world, &stream->head));
}

/* A source's answer to the PULL that is out, if it is asked at all. */
static void answer_from_cursor(world_t *world, peer_t peer, const voice_t *voice)
{
    bench_t *bench = world->bench;
    stream_t *stream = stream_of(world);
    item_t items[HISTORY];
    span_t spans[HISTORY];
    if (!stream || stream->cursor > voice->author->seq)
        return;
    uint64_t after = stream->cursor, upto = voice->author->seq;
    size_t count = author_items(voice->author, after, upto, items);
    for (size_t i = 0; i < count; i++)
        spans[i] = (span_t){items[i].bytes, items[i].size};
    head_t head = signed_with(voice->author, voice->key);
    text_clear(&world->frame);
    wire_batch(&world->frame, "loire", "event", after, upto, spans, count, head.bytes, head.size);
    wire_t wire = bench_decode(bench, &world->frame);
    int rc = sink_batch(world->sink, peer, &wire, &bench->now, &bench->err);
    assert_true(!rc || bench->err.action == ERR_REJECT);
}

static void say(world_t *world, peer_t peer, const voice_t *voice)
{
    int rc = try_head(world, peer, voice->author, voice->key);
    assert_true(!rc || world->bench->err.action == ERR_REJECT);
    answer_from_cursor(world, peer, voice);
}

static void work(author_t *author, uint32_t chance)
{
    char id[8];
    snprintf(id, sizeof id, "r%u", chance % 5);
    author_put(author, id, chance % 3 ? "text" : NULL);
    author->life += chance % 4 == 0;
}

static void change_keys(world_t *world, uint32_t chance)
{
    member_t loire = bench_member("loire", MEMBER_HUB);
    if (chance % 4 == 0)
        list_both_keys(world);
    else if (chance % 4 == 1)
        take_the_key(world);
    else
        change_members(world, chance % 4 == 2 ? &loire : NULL);
}

static uint32_t roll(world_t *world)
{
    world->dice ^= world->dice << 13;
    world->dice ^= world->dice >> 7;
    world->dice ^= world->dice << 17;
    return (uint32_t)(world->dice >> 16 & 0xffff);
}

/* Gives whether time passed, and with it what waits for a tick. */
static bool one_step(world_t *world, bool broker, voice_t voices[3])
{
    uint32_t chance = roll(world);
    peer_t peer = broker || chance % 2 ? ALPHA : BETA;
    voice_t *voice = &voices[chance / 16 % 3];
    switch (chance / 64 % 6) {
    case 0:
        work(voice->author, chance / 512);
        break;
    case 1:
        change_keys(world, chance / 512);
        break;
    case 2:
        open_sink(world, broker);
        break;
    case 3:
        bench_wait(world->bench, 20000);
        tick(world);
        return true;
    default:
        say(world, peer, voice);
    }
    return false;
}

static void run_history(world_t *world, bool broker)
{
    bench_t *bench = world->bench;
    voice_t voices[] = {{&world->thief, STOLEN}, {&world->hub, STOLEN}, {&world->hub, RENEWED}};
    for (int i = 0; i < STEPS; i++) {
        bool ticked = one_step(world, broker, voices);
        assert_nothing_unproven(world, ticked && !broker);
        outbox_clear(bench->outbox);
    }
    take_the_key(world);
    for (int i = 0; i < 5; i++) { /* a failed source is asked again after an hour at most */
        bench_wait(bench, 2 * 3600 * 1000);
        tick(world);
        say(world, ALPHA, &voices[2]);
        outbox_clear(bench->outbox);
    }
    assert_true(stream_verified(stream_of(world)));
    assert_int_equal(stream_of(world)->head.life, world->hub.life);
    assert_int_equal(stream_of(world)->head.seq, world->hub.seq);
}

static void run_histories(void **state, bool broker)
{
    (void)state;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        void *other;
        set_up(&other);
        world_t *world = other;
        world->dice = seed * UINT64_C(0x9e3779b97f4a7c15);
        open_sink(world, broker);
        run_history(world, broker);
        tear_down(&other);
    }
}

static void whatever_a_thief_did_the_hub_is_shown_when_only_its_new_key_is_left(void **state)
{
    run_histories(state, false);
}

static void whatever_a_thief_did_a_broker_serves_the_hub_when_only_its_new_key_is_left(void **state)
{
    run_histories(state, true);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define BROKER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_broker, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_a_stolen_key_proved_is_hidden_when_it_is_taken),
        TEST(any_life_of_the_new_key_is_shown),
        TEST(a_head_of_the_new_key_is_followed_at_once),
        TEST(who_only_offers_what_the_thief_signed_is_not_asked),
        TEST(a_thief_that_only_announced_hides_nothing_and_stops_nobody),
        TEST(a_key_that_is_over_still_bears_out_what_it_signed),
        TEST(what_a_hub_published_stays_when_it_is_no_member_any_more),
        TEST(a_key_taken_while_we_did_not_run_counts_from_the_first_tick),
        BROKER_TEST(a_broker_keeps_what_it_has_until_the_hub_speaks_with_another_key),
        BROKER_TEST(a_broker_is_not_moved_by_an_older_life_of_a_key_that_is_listed),
        cmocka_unit_test(whatever_a_thief_did_the_hub_is_shown_when_only_its_new_key_is_left),
        cmocka_unit_test(
            whatever_a_thief_did_a_broker_serves_the_hub_when_only_its_new_key_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
