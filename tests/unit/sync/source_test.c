/* A broker's store that has proven streams of rhone, and peers that pull them. */
#include "workbench.h"

#include "broker/sync/source.h"

#define PEER 7
#define OTHER 8

static const interest_t EVERYTHING = {"*", "*"}, EVENTS = {"*", "event"};

typedef struct world {
    bench_t *bench;
    source_t *source;
    stream_t *events, *cases; /* of rhone */
    author_t event, use_case; /* their author */
    head_t signed_head;       /* what `sign` gave last */
} world_t;

static int set_up(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    bench_t *bench = world->bench = bench_new(":memory:", NULL);
    world->event = author_new("rhone", "event");
    world->use_case = author_new("rhone", "use_case");
    world->events = streams_open(bench->streams, "rhone", "event", false, &bench->err);
    world->cases = streams_open(bench->streams, "rhone", "use_case", false, &bench->err);
    world->source = source_new(bench->streams, bench->outbox, &bench->timers, NULL, NULL);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    world_t *world = *state;
    source_destroy(&world->source);
    assert_null(world->source);
    source_destroy(&world->source);
    author_free(&world->event);
    author_free(&world->use_case);
    bench_destroy(&world->bench);
    free(world);
    return 0;
}

/* The store proves the author's present state; nobody is told. */
static void prove(world_t *world, stream_t *stream, const author_t *author)
{
    bench_t *bench = world->bench;
    item_t *items = malloc((author->count + 1) * sizeof *items);
    size_t count = author_items(author, stream->head.seq, UINT64_MAX, items);
    head_t head = author_head(author);
    assert_ok(streams_begin(bench->streams, &bench->err));
    assert_ok(stream_apply(stream, items, count, &bench->err));
    stream_set_known(stream, &head);
    stream_set_head(stream, &head, &bench->now);
    assert_ok(streams_commit(bench->streams, &bench->err));
    free(items);
}

static void change_event(world_t *world, const char *id)
{
    bench_t *bench = world->bench;
    author_put(&world->event, id, "text");
    prove(world, world->events, &world->event);
    assert_ok(source_changed(world->source, world->events, &bench->now, &bench->err));
}

static void change_case(world_t *world, const char *id)
{
    bench_t *bench = world->bench;
    author_put(&world->use_case, id, "text");
    prove(world, world->cases, &world->use_case);
    assert_ok(source_changed(world->source, world->cases, &bench->now, &bench->err));
}

static void come_up(world_t *world, peer_t peer, const char *name, interest_t interest)
{
    member_t member = bench_member(name, MEMBER_HUB);
    source_peer_up(world->source, peer, &member, &interest, 1, &world->bench->now);
}

static void tick_after(world_t *world, int64_t ms)
{
    bench_wait(world->bench, ms);
    source_tick(world->source, &world->bench->now);
}

static int pull_with(world_t *world, peer_t peer, const char *kind, uint64_t life, uint64_t after,
                     bool need_head)
{
    bench_t *bench = world->bench;
    text_t frame;
    text_init(&frame, WIRE_MAX_SIZE);
    wire_pull(&frame, "rhone", kind, life, after, need_head);
    wire_t wire = bench_decode(bench, &frame);
    int result = source_pull(world->source, peer, &wire, &bench->now, &bench->err);
    text_free(&frame);
    return result;
}

static void pull(world_t *world, peer_t peer, uint64_t after)
{
    bench_t *bench = world->bench;
    assert_ok(pull_with(world, peer, "event", FIRST_LIFE, after, false));
}

static size_t sent(world_t *world, peer_t peer, wire_type_t type)
{
    return bench_count(world->bench, peer, type);
}

static void assert_sent(world_t *world, peer_t peer, size_t heads, size_t batches)
{
    assert_int_equal(sent(world, peer, WIRE_HEAD), heads);
    assert_int_equal(sent(world, peer, WIRE_BATCH), batches);
}

static void forget_sent(world_t *world)
{
    outbox_clear(world->bench->outbox);
}

static head_t head_of(world_t *world, const wire_t *wire)
{
    bench_t *bench = world->bench;
    head_t head;
    assert_ok(head_decode(&head, wire->head.data, wire->head.size, &bench->err));
    return head;
}

static uint64_t last_head_seq(world_t *world, peer_t peer)
{
    wire_t wire = bench_last(world->bench, peer, WIRE_HEAD);
    return head_of(world, &wire).seq;
}

/* The last BATCH to a peer is this one, with the author's present head. */
static void assert_batch(world_t *world, peer_t peer, uint64_t after, uint64_t upto, size_t count)
{
    wire_t wire = bench_last(world->bench, peer, WIRE_BATCH);
    assert_string_equal(wire.hub, "rhone");
    assert_string_equal(wire.kind, "event");
    assert_int_equal(wire.after, after);
    assert_int_equal(wire.upto, upto);
    assert_int_equal(wire.item_count, count);
    head_t head = author_head(&world->event);
    assert_int_equal(wire.head.size, head.size);
    assert_memory_equal(wire.head.data, head.bytes, head.size);
}

/* ---- HEADs ---- */

static void a_peer_that_comes_up_is_told_the_heads_that_it_wants(void **state)
{
    world_t *world = *state;
    change_event(world, "a");
    change_case(world, "a");
    come_up(world, PEER, "loire", EVENTS);
    assert_int_equal(outbox_count(world->bench->outbox), 1);
    wire_t wire = bench_last(world->bench, PEER, WIRE_HEAD);
    head_t head = head_of(world, &wire);
    assert_string_equal(head.kind, "event");
    assert_int_equal(head.seq, 1);
    come_up(world, OTHER, "savoie", EVERYTHING);
    assert_sent(world, OTHER, 2, 0);
}

static void a_peer_is_not_told_of_kinds_that_it_may_not_read(void **state)
{
    world_t *world = *state;
    change_event(world, "a");
    change_case(world, "a");
    member_t member = bench_member("loire", MEMBER_HUB);
    snprintf(member.reads[member.read_count++], NAME_SIZE, "use_case");
    source_peer_up(world->source, PEER, &member, &EVERYTHING, 1, &world->bench->now);
    assert_int_equal(outbox_count(world->bench->outbox), 1);
    wire_t wire = bench_last(world->bench, PEER, WIRE_HEAD);
    assert_string_equal(head_of(world, &wire).kind, "use_case");
    forget_sent(world);
    bench_wait(world->bench, world->bench->timers.head);
    change_event(world, "b");
    tick_after(world, world->bench->timers.beat);
    for (size_t i = 0; i < outbox_count(world->bench->outbox); i++) {
        wire = bench_sent(world->bench, i);
        assert_string_equal(head_of(world, &wire).kind, "use_case");
    }
}

static void a_hub_is_not_told_of_its_own_streams(void **state)
{
    world_t *world = *state;
    come_up(world, PEER, "rhone", EVERYTHING);
    change_event(world, "a");
    tick_after(world, world->bench->timers.beat);
    assert_int_equal(outbox_count(world->bench->outbox), 0);
}

static void a_stream_without_a_proven_state_is_told_to_nobody(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    come_up(world, PEER, "loire", EVERYTHING);
    assert_ok(source_changed(world->source, world->events, &bench->now, &bench->err));
    tick_after(world, bench->timers.beat);
    assert_int_equal(outbox_count(bench->outbox), 0);
}

static void who_wants_nothing_is_told_nothing(void **state)
{
    world_t *world = *state;
    change_event(world, "a");
    member_t member = bench_member("loire", MEMBER_HUB);
    source_peer_up(world->source, PEER, &member, NULL, 0, &world->bench->now);
    tick_after(world, world->bench->timers.beat);
    assert_int_equal(outbox_count(world->bench->outbox), 0);
}

static void a_peer_that_comes_up_again_has_its_new_interests_alone(void **state)
{
    world_t *world = *state;
    change_event(world, "a");
    change_case(world, "a");
    come_up(world, PEER, "loire", EVERYTHING);
    forget_sent(world);
    come_up(world, PEER, "loire", EVENTS);
    assert_sent(world, PEER, 1, 0);
    forget_sent(world);
    tick_after(world, world->bench->timers.beat);
    assert_sent(world, PEER, 1, 0);
}

static void a_change_is_announced_at_once_in_one_frame_for_all(void **state)
{
    world_t *world = *state;
    come_up(world, PEER, "loire", EVENTS);
    come_up(world, OTHER, "savoie", EVERYTHING);
    change_event(world, "a");
    const outbox_t *outbox = world->bench->outbox;
    assert_int_equal(outbox_count(outbox), 2);
    assert_int_equal(outbox_at(outbox, 0).frame, outbox_at(outbox, 1).frame);
    assert_sent(world, PEER, 1, 0);
    assert_sent(world, OTHER, 1, 0);
}

static void changes_of_one_second_are_announced_once_at_its_end(void **state)
{
    world_t *world = *state;
    come_up(world, PEER, "loire", EVENTS);
    change_event(world, "a");
    forget_sent(world);
    for (int i = 0; i < 9; i++) {
        tick_after(world, 100);
        change_event(world, "a");
    }
    tick_after(world, 99);
    assert_int_equal(outbox_count(world->bench->outbox), 0);
    tick_after(world, 1);
    assert_sent(world, PEER, 1, 0);
    assert_int_equal(last_head_seq(world, PEER), 10);
    change_event(world, "a");
    tick_after(world, 999);
    assert_sent(world, PEER, 1, 0);
    tick_after(world, 1);
    assert_sent(world, PEER, 2, 0);
}

static void a_change_after_a_second_of_quiet_is_announced_at_once(void **state)
{
    world_t *world = *state;
    come_up(world, PEER, "loire", EVENTS);
    change_event(world, "a");
    forget_sent(world);
    bench_wait(world->bench, world->bench->timers.head);
    change_event(world, "b");
    assert_sent(world, PEER, 1, 0);
    assert_int_equal(last_head_seq(world, PEER), 2);
}

/* As while it stages: what is proven stays, and is not said each second. */
static void a_stream_whose_head_stays_is_not_announced_again(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    change_event(world, "a");
    come_up(world, PEER, "loire", EVENTS);
    come_up(world, OTHER, "savoie", EVENTS);
    forget_sent(world);
    for (int i = 0; i < 5; i++) {
        bench_wait(bench, 2 * bench->timers.head);
        assert_ok(source_changed(world->source, world->events, &bench->now, &bench->err));
        source_tick(world->source, &bench->now);
    }
    assert_int_equal(outbox_count(bench->outbox), 0);
}

static void one_stream_does_not_hold_back_another(void **state)
{
    world_t *world = *state;
    come_up(world, PEER, "loire", EVERYTHING);
    change_event(world, "a");
    change_case(world, "a");
    assert_sent(world, PEER, 2, 0);
}

static void a_head_is_repeated_at_every_beat(void **state)
{
    world_t *world = *state;
    int64_t beat = world->bench->timers.beat;
    change_event(world, "a");
    come_up(world, PEER, "loire", EVENTS);
    forget_sent(world);
    tick_after(world, beat - 1);
    assert_sent(world, PEER, 0, 0);
    tick_after(world, 1);
    assert_sent(world, PEER, 1, 0);
    tick_after(world, beat - 1);
    assert_sent(world, PEER, 1, 0);
    tick_after(world, 1);
    assert_sent(world, PEER, 2, 0);
}

static void a_stream_that_was_there_before_anybody_came_beats_too(void **state)
{
    world_t *world = *state;
    author_put(&world->event, "a", "text");
    prove(world, world->events, &world->event);
    come_up(world, PEER, "loire", EVENTS);
    forget_sent(world);
    tick_after(world, world->bench->timers.beat);
    assert_sent(world, PEER, 1, 0);
}

/* A hub signs when it is asked, each time anew. */
static const head_t *sign(void *context, stream_t *stream)
{
    world_t *world = context;
    if (stream != world->events)
        return NULL;
    world->event.beat++;
    world->signed_head = author_head(&world->event);
    return &world->signed_head;
}

static void a_hub_signs_each_head_that_it_repeats(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    source_destroy(&world->source);
    world->source = source_new(bench->streams, bench->outbox, &bench->timers, sign, world);
    come_up(world, PEER, "loire", EVENTS);
    uint64_t before = world->event.beat;
    for (int i = 0; i < 3; i++)
        tick_after(world, bench->timers.beat);
    wire_t wire = bench_last(bench, PEER, WIRE_HEAD);
    assert_int_equal(head_of(world, &wire).beat, world->event.beat);
    assert_true(world->event.beat >= before + 3);
}

static void a_peer_that_went_down_is_told_nothing_more(void **state)
{
    world_t *world = *state;
    come_up(world, PEER, "loire", EVENTS);
    come_up(world, OTHER, "savoie", EVENTS);
    source_peer_down(world->source, PEER);
    source_peer_down(world->source, 99);
    change_event(world, "a");
    assert_sent(world, PEER, 0, 0);
    assert_sent(world, OTHER, 1, 0);
}

static void when_all_went_down_nobody_is_told_and_nothing_is_parked(void **state)
{
    world_t *world = *state;
    change_event(world, "a");
    come_up(world, PEER, "loire", EVENTS);
    come_up(world, OTHER, "savoie", EVENTS);
    pull(world, PEER, 1);
    pull(world, OTHER, 1);
    source_all_down(world->source);
    assert_int_equal(source_parked(world->source), 0);
    forget_sent(world);
    change_event(world, "b");
    tick_after(world, world->bench->timers.beat);
    assert_int_equal(outbox_count(world->bench->outbox), 0);
}

/* ---- PULL ---- */

static void a_pull_is_answered_with_what_follows(void **state)
{
    world_t *world = *state;
    change_event(world, "a");
    change_event(world, "b");
    change_event(world, "c");
    author_delete(&world->event, "a");
    prove(world, world->events, &world->event);
    pull(world, PEER, 1);
    assert_sent(world, PEER, 0, 1);
    assert_batch(world, PEER, 1, 4, 3);
    wire_t wire = bench_last(world->bench, PEER, WIRE_BATCH);
    item_t item;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(item_decode(&item, wire.items[i].data, wire.items[i].size, NULL), 0);
        assert_int_equal(item.seq, 2 + i);
    }
    assert_int_equal(item.op, ITEM_DELETE);
    assert_int_equal(source_parked(world->source), 0);
}

static void a_pull_at_the_end_is_parked_without_a_word(void **state)
{
    world_t *world = *state;
    change_event(world, "a");
    pull(world, PEER, 1);
    assert_int_equal(outbox_count(world->bench->outbox), 0);
    assert_int_equal(source_parked(world->source), 1);
}

static void a_pull_that_needs_a_head_is_answered_without_items(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    change_event(world, "a");
    assert_ok(pull_with(world, PEER, "event", FIRST_LIFE, 1, true));
    assert_batch(world, PEER, 1, 1, 0);
    assert_int_equal(source_parked(world->source), 0);
}

static void a_pull_of_an_older_life_is_answered_without_items(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    change_event(world, "a");
    assert_ok(pull_with(world, PEER, "event", FIRST_LIFE - 1, 1, false));
    assert_batch(world, PEER, 1, 1, 0);
}

static void a_parked_pull_is_answered_by_the_next_change(void **state)
{
    world_t *world = *state;
    change_event(world, "a");
    pull(world, PEER, 1);
    change_event(world, "b");
    assert_sent(world, PEER, 0, 1);
    assert_batch(world, PEER, 1, 2, 1);
    assert_int_equal(source_parked(world->source), 0);
    change_event(world, "c");
    assert_sent(world, PEER, 0, 1);
}

static void a_parked_pull_is_answered_by_a_new_life(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    change_event(world, "a");
    pull(world, PEER, 1);
    world->event.life++;
    prove(world, world->events, &world->event);
    assert_ok(source_changed(world->source, world->events, &bench->now, &bench->err));
    assert_batch(world, PEER, 1, 1, 0);
}

static void a_repeated_head_answers_no_pull(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    change_event(world, "a");
    pull(world, PEER, 1);
    world->event.beat++;
    prove(world, world->events, &world->event);
    assert_ok(source_changed(world->source, world->events, &bench->now, &bench->err));
    assert_sent(world, PEER, 0, 0);
    assert_int_equal(source_parked(world->source), 1);
}

static void a_newer_pull_replaces_the_one_that_is_parked(void **state)
{
    world_t *world = *state;
    change_event(world, "a");
    pull(world, PEER, 1);
    pull(world, PEER, 0);
    assert_sent(world, PEER, 0, 1);
    assert_int_equal(source_parked(world->source), 0);
    change_event(world, "b");
    assert_sent(world, PEER, 0, 1);
}

static void ten_thousand_pulls_of_one_peer_stay_one(void **state)
{
    world_t *world = *state;
    change_event(world, "a");
    for (int i = 0; i < 10000; i++)
        pull(world, PEER, 1);
    assert_int_equal(source_parked(world->source), 1);
    change_event(world, "b");
    assert_sent(world, PEER, 0, 1);
}

static void a_peer_may_wait_for_several_streams(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    change_event(world, "a");
    change_case(world, "a");
    pull(world, PEER, 1);
    assert_ok(pull_with(world, PEER, "use_case", FIRST_LIFE, 1, false));
    assert_int_equal(source_parked(world->source), 2);
    change_case(world, "b");
    assert_int_equal(source_parked(world->source), 1);
    assert_string_equal(bench_last(bench, PEER, WIRE_BATCH).kind, "use_case");
}

static void a_source_that_is_behind_says_its_head_once_and_parks_the_pull(void **state)
{
    world_t *world = *state;
    change_event(world, "a");
    pull(world, PEER, 3);
    assert_sent(world, PEER, 1, 0);
    assert_int_equal(last_head_seq(world, PEER), 1);
    assert_int_equal(source_parked(world->source), 1);
    change_event(world, "b"); /* still behind */
    change_event(world, "c"); /* level */
    assert_sent(world, PEER, 1, 0);
    change_event(world, "d");
    assert_sent(world, PEER, 1, 1);
    assert_batch(world, PEER, 3, 4, 1);
}

static void a_source_of_an_older_life_says_its_head_once_whatever_is_needed(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    change_event(world, "a");
    assert_ok(pull_with(world, PEER, "event", FIRST_LIFE + 1, 0, true));
    assert_sent(world, PEER, 1, 0);
    change_event(world, "b");
    assert_sent(world, PEER, 1, 0);
    world->event.life++;
    change_event(world, "c");
    assert_sent(world, PEER, 1, 1);
    assert_batch(world, PEER, 0, 3, 3);
}

static void pulls_parked_at_one_place_get_the_same_frame(void **state)
{
    world_t *world = *state;
    change_event(world, "a");
    change_event(world, "b");
    for (peer_t peer = 1; peer <= 5; peer++)
        pull(world, peer, 2);
    change_event(world, "c");
    const outbox_t *outbox = world->bench->outbox;
    assert_int_equal(outbox_count(outbox), 5);
    for (size_t i = 1; i < 5; i++)
        assert_int_equal(outbox_at(outbox, i).frame, outbox_at(outbox, 0).frame);
    for (peer_t peer = 1; peer <= 5; peer++)
        assert_sent(world, peer, 0, 1);
}

static void pulls_parked_at_different_places_get_what_each_asked_for(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    change_event(world, "a");
    for (peer_t peer = 1; peer <= 6; peer++)
        pull(world, peer, 1 + peer % 3); /* 1 is level, 2 and 3 are ahead */
    forget_sent(world);
    change_event(world, "b");
    assert_int_equal(outbox_count(bench->outbox), 2);
    assert_batch(world, 3, 1, 2, 1);
    assert_batch(world, 6, 1, 2, 1);
    assert_int_equal(source_parked(world->source), 4);
    author_put(&world->event, "c", "text");
    change_event(world, "d");
    for (peer_t peer = 1; peer <= 6; peer++)
        assert_sent(world, peer, 0, 1);
    assert_batch(world, 1, 2, 4, 2);
    assert_batch(world, 4, 2, 4, 2);
    assert_batch(world, 2, 3, 4, 1);
    assert_batch(world, 5, 3, 4, 1);
    assert_int_equal(source_parked(world->source), 0);
}

static void a_peer_that_went_down_pulls_nothing_more(void **state)
{
    world_t *world = *state;
    change_event(world, "a");
    pull(world, PEER, 1);
    pull(world, OTHER, 1);
    source_peer_down(world->source, PEER);
    assert_int_equal(source_parked(world->source), 1);
    change_event(world, "b");
    assert_sent(world, PEER, 0, 0);
    assert_sent(world, OTHER, 0, 1);
}

static void a_full_batch_ends_at_its_last_item_and_a_whole_one_at_the_head(void **state)
{
    world_t *world = *state;
    for (int i = 1; i <= BATCH_MAX_ITEMS + 2; i++) {
        char id[ID_SIZE];
        snprintf(id, sizeof id, "r%d", i);
        author_put(&world->event, id, "text");
    }
    prove(world, world->events, &world->event);
    pull(world, PEER, 0);
    assert_batch(world, PEER, 0, BATCH_MAX_ITEMS, BATCH_MAX_ITEMS);
    pull(world, PEER, BATCH_MAX_ITEMS);
    assert_batch(world, PEER, BATCH_MAX_ITEMS, BATCH_MAX_ITEMS + 2, 2);
}

static void a_batch_that_was_sent_is_not_read_again_for_the_next_peer(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    change_event(world, "a");
    pull(world, PEER, 0);
    bench_execute(bench, "ALTER TABLE item RENAME TO lost");
    pull(world, OTHER, 0);
    assert_batch(world, OTHER, 0, 1, 1);
    bench_execute(bench, "ALTER TABLE lost RENAME TO item");
}

static void a_batch_of_an_older_state_is_not_sent_again(void **state)
{
    world_t *world = *state;
    change_event(world, "a");
    pull(world, PEER, 0);
    change_event(world, "b");
    pull(world, OTHER, 0);
    assert_batch(world, OTHER, 0, 2, 2);
}

static void more_batches_than_are_kept_are_all_served_right(void **state)
{
    world_t *world = *state;
    for (int i = 1; i <= 20; i++) {
        char id[ID_SIZE];
        snprintf(id, sizeof id, "r%d", i);
        author_put(&world->event, id, "text");
    }
    prove(world, world->events, &world->event);
    for (uint64_t round = 0; round < 2; round++) {
        for (uint64_t after = 0; after < 20; after++) {
            pull(world, PEER, after);
            assert_batch(world, PEER, after, 20, 20 - after);
        }
    }
}

static void a_stream_that_is_not_held_is_said_not_to_be(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    assert_ok(pull_with(world, PEER, "answer", FIRST_LIFE, 0, false));
    wire_t wire = bench_last(bench, PEER, WIRE_ERR);
    assert_int_equal(wire.code, WIRE_NO_STREAM);
    assert_string_equal(wire.hub, "rhone");
    assert_string_equal(wire.kind, "answer");
    assert_int_equal(source_parked(world->source), 0);
}

static void a_stream_without_a_head_is_said_not_to_be_held(void **state)
{
    world_t *world = *state;
    pull(world, PEER, 0);
    assert_int_equal(bench_last(world->bench, PEER, WIRE_ERR).code, WIRE_NO_STREAM);
    assert_int_equal(source_parked(world->source), 0);
}

static void staged_rows_are_never_served(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    change_event(world, "a");
    head_t proven = author_head(&world->event);
    item_t item = author_put(&world->event, "b", "text");
    head_t newer = author_head(&world->event);
    assert_ok(streams_begin(bench->streams, &bench->err));
    stream_set_known(world->events, &newer);
    assert_ok(stream_stage(world->events, &item, 1, "rhone", 2, &bench->err));
    assert_ok(streams_commit(bench->streams, &bench->err));
    pull(world, PEER, 0);
    wire_t wire = bench_last(bench, PEER, WIRE_BATCH);
    assert_int_equal(wire.item_count, 1);
    assert_int_equal(wire.upto, 1);
    assert_memory_equal(wire.head.data, proven.bytes, proven.size);
}

static void a_store_that_cannot_be_read_answers_nothing_and_says_so(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    change_event(world, "a");
    pull(world, OTHER, 1);
    author_put(&world->event, "b", "text");
    prove(world, world->events, &world->event);
    bench_execute(bench, "ALTER TABLE item RENAME TO lost");
    assert_int_equal(pull_with(world, PEER, "event", FIRST_LIFE, 0, false), -1);
    assert_int_equal(bench->err.action, ERR_STOP);
    assert_int_equal(source_changed(world->source, world->events, &bench->now, &bench->err), -1);
    assert_int_equal(outbox_count(bench->outbox), 0);
    bench_execute(bench, "ALTER TABLE lost RENAME TO item");
}

static void a_pull_that_could_not_be_answered_is_answered_at_the_next_tick(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    change_event(world, "a");
    pull(world, PEER, 1);
    author_put(&world->event, "b", "text");
    prove(world, world->events, &world->event);
    bench_execute(bench, "ALTER TABLE item RENAME TO lost");
    assert_int_equal(source_changed(world->source, world->events, &bench->now, &bench->err), -1);
    tick_after(world, 250);
    assert_int_equal(source_parked(world->source), 1);
    bench_execute(bench, "ALTER TABLE lost RENAME TO item");
    tick_after(world, 250);
    assert_batch(world, PEER, 1, 2, 1);
    assert_int_equal(source_parked(world->source), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_peer_that_comes_up_is_told_the_heads_that_it_wants),
        TEST(a_peer_is_not_told_of_kinds_that_it_may_not_read),
        TEST(a_hub_is_not_told_of_its_own_streams),
        TEST(a_stream_without_a_proven_state_is_told_to_nobody),
        TEST(who_wants_nothing_is_told_nothing),
        TEST(a_peer_that_comes_up_again_has_its_new_interests_alone),
        TEST(a_change_is_announced_at_once_in_one_frame_for_all),
        TEST(changes_of_one_second_are_announced_once_at_its_end),
        TEST(a_change_after_a_second_of_quiet_is_announced_at_once),
        TEST(a_stream_whose_head_stays_is_not_announced_again),
        TEST(one_stream_does_not_hold_back_another),
        TEST(a_head_is_repeated_at_every_beat),
        TEST(a_stream_that_was_there_before_anybody_came_beats_too),
        TEST(a_hub_signs_each_head_that_it_repeats),
        TEST(a_peer_that_went_down_is_told_nothing_more),
        TEST(when_all_went_down_nobody_is_told_and_nothing_is_parked),
        TEST(a_pull_is_answered_with_what_follows),
        TEST(a_pull_at_the_end_is_parked_without_a_word),
        TEST(a_pull_that_needs_a_head_is_answered_without_items),
        TEST(a_pull_of_an_older_life_is_answered_without_items),
        TEST(a_parked_pull_is_answered_by_the_next_change),
        TEST(a_parked_pull_is_answered_by_a_new_life),
        TEST(a_repeated_head_answers_no_pull),
        TEST(a_newer_pull_replaces_the_one_that_is_parked),
        TEST(ten_thousand_pulls_of_one_peer_stay_one),
        TEST(a_peer_may_wait_for_several_streams),
        TEST(a_source_that_is_behind_says_its_head_once_and_parks_the_pull),
        TEST(a_source_of_an_older_life_says_its_head_once_whatever_is_needed),
        TEST(pulls_parked_at_one_place_get_the_same_frame),
        TEST(pulls_parked_at_different_places_get_what_each_asked_for),
        TEST(a_peer_that_went_down_pulls_nothing_more),
        TEST(a_full_batch_ends_at_its_last_item_and_a_whole_one_at_the_head),
        TEST(a_batch_that_was_sent_is_not_read_again_for_the_next_peer),
        TEST(a_batch_of_an_older_state_is_not_sent_again),
        TEST(more_batches_than_are_kept_are_all_served_right),
        TEST(a_stream_that_is_not_held_is_said_not_to_be),
        TEST(a_stream_without_a_head_is_said_not_to_be_held),
        TEST(staged_rows_are_never_served),
        TEST(a_store_that_cannot_be_read_answers_nothing_and_says_so),
        TEST(a_pull_that_could_not_be_answered_is_answered_at_the_next_tick),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
