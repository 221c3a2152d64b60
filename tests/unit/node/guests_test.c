#include "node/portal/http/guests.h"

#include <arpa/inet.h>
#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MIB (1 << 20)

typedef struct visit {
    int ours, theirs; /* the two ends of a connection */
    guest_t *guest;
} visit_t;

typedef struct world {
    guests_t *guests;
    visit_t visits[GUESTS_MAX + 1];
    size_t count;
    int64_t now_ms;
} world_t;

static int set_up(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    assert(world);
    world->guests = guests_new();
    world->now_ms = 1000;
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    world_t *world = *state;
    guests_destroy(&world->guests);
    assert_null(world->guests);
    for (size_t i = 0; i < world->count; i++) {
        close(world->visits[i].ours);
        close(world->visits[i].theirs);
    }
    free(world);
    return 0;
}

static struct sockaddr *address_of(const char *text)
{
    static struct sockaddr_in6 six;
    static struct sockaddr_in four;
    four = (struct sockaddr_in){.sin_family = AF_INET};
    six = (struct sockaddr_in6){.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &four.sin_addr) == 1)
        return (struct sockaddr *)&four;
    assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
    return (struct sockaddr *)&six;
}

static visit_t *come(world_t *world, const char *from)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    visit_t *visit = &world->visits[world->count++];
    *visit = (visit_t){ends[0], ends[1], NULL};
    visit->guest = guests_enter(world->guests, visit->ours, address_of(from), world->now_ms);
    return visit;
}

static void come_many(world_t *world, size_t count)
{
    for (size_t i = 0; i < count; i++)
        come(world, "127.0.0.1");
}

/* Its other end hears that it is over. */
static bool is_cut(const visit_t *visit)
{
    char byte;
    return recv(visit->theirs, &byte, 1, 0) == 0;
}

static size_t count_cut(const world_t *world)
{
    size_t count = 0;
    for (size_t i = 0; i < world->count; i++)
        count += is_cut(&world->visits[i]);
    return count;
}

static void later(world_t *world, int64_t ms)
{
    world->now_ms += ms;
    guests_cut(world->guests, world->now_ms);
}

static void who_does_not_ask_is_cut_after_his_time(void **state)
{
    world_t *world = *state;
    const visit_t *silent = come(world, "127.0.0.1"), *asks = come(world, "127.0.0.1");
    later(world, GUESTS_REQUEST_MS);
    assert_false(is_cut(silent));
    guests_answer(world->guests, asks->guest, 100, world->now_ms);
    later(world, 1);
    assert_true(is_cut(silent));
    assert_false(is_cut(asks));
}

static void who_has_his_answer_may_ask_again_for_as_long(void **state)
{
    world_t *world = *state;
    const visit_t *visit = come(world, "127.0.0.1");
    for (int i = 0; i < 3; i++) {
        later(world, GUESTS_REQUEST_MS);
        guests_answer(world->guests, visit->guest, 100, world->now_ms);
        guests_ask(visit->guest, world->now_ms);
    }
    assert_false(is_cut(visit));
    later(world, GUESTS_REQUEST_MS + 1);
    assert_true(is_cut(visit));
}

static void who_does_not_take_his_answer_is_cut_after_his_time(void **state)
{
    world_t *world = *state;
    const visit_t *visit = come(world, "127.0.0.1");
    guests_answer(world->guests, visit->guest, 100, world->now_ms);
    later(world, GUESTS_ANSWER_MS);
    assert_false(is_cut(visit));
    later(world, 1);
    assert_true(is_cut(visit));
}

static void an_address_has_its_share_and_this_machine_what_it_needs(void **state)
{
    world_t *world = *state;
    for (size_t i = 0; i < GUESTS_PER_ADDRESS; i++) {
        assert_true(guests_admits(world->guests, address_of("192.0.2.1")));
        come(world, i % 2 ? "192.0.2.1" : "::ffff:192.0.2.1"); /* the same */
        come(world, "127.0.0.9");
        come(world, "2001:db8::1");
    }
    assert_false(guests_admits(world->guests, address_of("192.0.2.1")));
    assert_false(guests_admits(world->guests, address_of("2001:db8::1")));
    assert_true(guests_admits(world->guests, address_of("192.0.2.2")));
    assert_true(guests_admits(world->guests, address_of("127.0.0.9")));
    assert_true(guests_admits(world->guests, address_of("::1")));
    guests_leave(world->visits[0].guest);
    assert_true(guests_admits(world->guests, address_of("192.0.2.1")));
}

static void when_places_are_rare_a_newcomer_takes_that_of_the_one_silent_for_longest(void **state)
{
    world_t *world = *state;
    const visit_t *first = come(world, "127.0.0.1"), *busy = come(world, "127.0.0.1");
    guests_answer(world->guests, busy->guest, 100, world->now_ms);
    later(world, 1);
    come_many(world, GUESTS_MAX - GUESTS_SPARE - 2);
    assert_int_equal(count_cut(world), 0);
    const visit_t *newcomer = come(world, "127.0.0.1");
    assert_true(is_cut(first));
    assert_int_equal(count_cut(world), 1);
    come_many(world, GUESTS_SPARE - 1); /* full, as the server has not noticed yet */
    assert_int_equal(count_cut(world), GUESTS_SPARE);
    assert_false(is_cut(newcomer) || is_cut(busy));
    assert_null(come(world, "127.0.0.1")->guest);
}

static void what_waits_for_slow_guests_has_a_maximum(void **state)
{
    world_t *world = *state;
    come_many(world, 4);
    for (size_t i = 0; i < 4; i++) {
        guests_answer(world->guests, world->visits[i].guest, GUESTS_UNSENT_MAX / 4, world->now_ms);
        later(world, 1);
    }
    assert_int_equal(count_cut(world), 0);
    guests_ask(world->visits[0].guest, world->now_ms); /* it took all */
    const visit_t *small = come(world, "127.0.0.1"), *large = come(world, "127.0.0.1");
    guests_answer(world->guests, small->guest, MIB, world->now_ms);
    assert_int_equal(count_cut(world), 0);
    guests_answer(world->guests, large->guest, GUESTS_UNSENT_MAX / 2, world->now_ms);
    assert_true(is_cut(&world->visits[1]) && is_cut(&world->visits[2]));
    assert_int_equal(count_cut(world), 2);
}

static void one_answer_may_be_larger_than_the_maximum(void **state)
{
    world_t *world = *state;
    const visit_t *visit = come(world, "127.0.0.1");
    guests_answer(world->guests, visit->guest, GUESTS_UNSENT_MAX + 1, world->now_ms);
    assert_false(is_cut(visit));
}

/* The server may still be about to answer it. */
static void what_waits_for_a_guest_who_was_cut_counts_no_more(void **state)
{
    world_t *world = *state;
    const visit_t *cut = come(world, "127.0.0.1"), *other = come(world, "127.0.0.1");
    guests_answer(world->guests, other->guest, MIB, world->now_ms);
    later(world, GUESTS_REQUEST_MS + 1);
    assert_true(is_cut(cut));
    guests_answer(world->guests, cut->guest, GUESTS_UNSENT_MAX, world->now_ms);
    assert_false(is_cut(other));
}

/* The server has one connection more than there are places, for a moment. */
static void a_guest_without_a_place_is_left_alone(void **state)
{
    world_t *world = *state;
    guests_ask(NULL, world->now_ms);
    guests_answer(world->guests, NULL, 100, world->now_ms);
    guests_leave(NULL);
    later(world, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(who_does_not_ask_is_cut_after_his_time),
        TEST(who_has_his_answer_may_ask_again_for_as_long),
        TEST(who_does_not_take_his_answer_is_cut_after_his_time),
        TEST(an_address_has_its_share_and_this_machine_what_it_needs),
        TEST(when_places_are_rare_a_newcomer_takes_that_of_the_one_silent_for_longest),
        TEST(what_waits_for_slow_guests_has_a_maximum),
        TEST(one_answer_may_be_larger_than_the_maximum),
        TEST(what_waits_for_a_guest_who_was_cut_counts_no_more),
        TEST(a_guest_without_a_place_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
