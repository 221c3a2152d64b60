/* A real CURVE server and members that send to it over TCP, all in this thread; what libzmq does is done by
 * its own. */
#include "broker/sync/intake.h"

#include "broker/base/czmq.h"
#include "broker/sync/dispatch.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define MIB (1024 * 1024)
#define PATIENCE_MS 20000

static uint8_t BYTES[MIB]; /* libzmq reads them after a test's end, too */

typedef struct world {
    zsock_t *router;
    intake_t *intake;
    char endpoint[64];
    char server_public[41], server_secret[41];
    unsigned cut; /* connections, so far */
} world_t;

static void pause_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static int set_up(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    zsys_handler_set(NULL);
    world->router = zsock_new(ZMQ_ROUTER);
    assert_non_null(world->router);
    assert_int_equal(zmq_curve_keypair(world->server_public, world->server_secret), 0);
    zsock_set_curve_server(world->router, 1);
    zsock_set_curve_secretkey(world->router, world->server_secret);
    zsock_set_maxmsgsize(world->router, FRAME_MAX_SIZE);
    zsock_set_linger(world->router, 0);
    world->intake = intake_new(zsys_init(), zsock_resolve(world->router));
    int port = zsock_bind(world->router, "tcp://127.0.0.1:*");
    assert_true(port > 0);
    snprintf(world->endpoint, sizeof world->endpoint, "tcp://127.0.0.1:%d", port);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    world_t *world = *state;
    intake_destroy(&world->intake);
    zsock_destroy(&world->router);
    free(world);
    return 0;
}

static zsock_t *member_new(const world_t *world)
{
    char public[41], secret[41];
    zsock_t *member = zsock_new(ZMQ_DEALER);
    assert_non_null(member);
    assert_int_equal(zmq_curve_keypair(public, secret), 0);
    zsock_set_curve_serverkey(member, world->server_public);
    zsock_set_curve_publickey(member, public);
    zsock_set_curve_secretkey(member, secret);
    zsock_set_sndhwm(member, 4);
    zsock_set_linger(member, 0);
    zsock_set_reconnect_ivl(member, 60000);
    assert_int_equal(zsock_connect(member, "%s", world->endpoint), 0);
    return member;
}

/* Takes what has come, as the broker's router does; gives how many messages. */
static size_t take_all(world_t *world)
{
    size_t messages = 0;
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    while (zmq_msg_recv(&frame, zsock_resolve(world->router), ZMQ_DONTWAIT) >= 0) {
        for (bool more = zmq_msg_more(&frame); more; more = zmq_msg_more(&frame)) {
            assert_true(zmq_msg_recv(&frame, zsock_resolve(world->router), 0) >= 0);
            intake_read(world->intake, &frame);
        }
        messages++;
    }
    zmq_msg_close(&frame);
    return messages;
}

/* A turn of the broker's loop. */
static size_t turn(world_t *world)
{
    size_t messages = take_all(world);
    world->cut += intake_watch(world->intake);
    return messages;
}

/* Turns until so many messages were taken in all, or so many connections cut. */
static size_t turn_until(world_t *world, size_t messages, unsigned cut)
{
    size_t taken = 0;
    for (int ms = 0; ms < PATIENCE_MS && taken < messages && world->cut < cut; ms++) {
        taken += turn(world);
        pause_ms(1);
    }
    return taken;
}

static void keep(void *bytes, void *hint)
{
    (void)bytes, (void)hint;
}

/* One message of so many frames of a MiB. libzmq sends none of them before it has the last one, and they
 * cost no memory here. */
static void send_parts(zsock_t *member, size_t count)
{
    for (size_t i = 1; i <= count; i++) {
        zmq_msg_t frame;
        zmq_msg_init_data(&frame, BYTES, MIB, keep, NULL);
        assert_true(zmq_msg_send(&frame, zsock_resolve(member), i < count ? ZMQ_SNDMORE : 0) >= 0);
    }
}

/* Sends one frame as soon as there is room, and takes what has come meanwhile. */
static size_t send_frame(world_t *world, zsock_t *member, size_t size)
{
    size_t taken = 0;
    for (int ms = 0; ms < PATIENCE_MS; ms++) {
        taken += turn(world);
        if (zmq_send(zsock_resolve(member), BYTES, size, ZMQ_DONTWAIT) >= 0)
            return taken;
        pause_ms(1);
    }
    fail_msg("the server takes nothing");
    return taken;
}

static void a_message_without_end_is_cut(void **state)
{
    world_t *world = *state;
    zsock_t *member = member_new(world);
    send_parts(member, 3 * INTAKE_MAX / MIB);
    assert_int_equal(turn_until(world, 1, 1), 0);
    assert_int_equal(world->cut, 1);
    zsock_destroy(&member);
}

static size_t in_use(void)
{
    struct mallinfo2 memory = mallinfo2();
    return memory.uordblks + memory.hblkhd;
}

/* A sanitizer's own allocator counts nothing here: then this says nothing either. */
static void what_was_kept_of_it_is_freed(void **state)
{
    world_t *world = *state;
    size_t before = in_use();
    zsock_t *member = member_new(world);
    send_parts(member, 4 * INTAKE_MAX / MIB);
    turn_until(world, 1, 1);
    assert_true(in_use() < before + 3 * INTAKE_MAX);
    zsock_destroy(&member);
    for (int ms = 0; ms < PATIENCE_MS && in_use() > before + 4 * MIB; ms++) {
        turn(world);
        pause_ms(1);
    }
    assert_true(in_use() <= before + 4 * MIB);
}

static void who_is_read_may_send_without_end(void **state)
{
    enum { LARGE = 3 * INTAKE_MAX / MIB, SMALL = 20000 };
    world_t *world = *state;
    size_t taken = 0;
    zsock_t *member = member_new(world);
    for (size_t i = 0; i < LARGE; i++)
        taken += send_frame(world, member, MIB - 100);
    for (size_t i = 0; i < SMALL; i++) /* with more around them than in them */
        taken += send_frame(world, member, 20);
    taken += turn_until(world, LARGE + SMALL - taken, 1);
    assert_int_equal(taken, LARGE + SMALL);
    assert_int_equal(world->cut, 0);
    zsock_destroy(&member);
}

static void others_go_on_beside_it(void **state)
{
    world_t *world = *state;
    zsock_t *honest = member_new(world), *endless = member_new(world);
    size_t taken = send_frame(world, honest, 100);
    send_parts(endless, 4 * INTAKE_MAX / MIB);
    taken += turn_until(world, 2, 1);
    assert_int_equal(world->cut, 1);
    taken += send_frame(world, honest, 100);
    taken += turn_until(world, 2 - taken, 2);
    assert_int_equal(taken, 2);
    assert_int_equal(world->cut, 1);
    zsock_destroy(&honest);
    zsock_destroy(&endless);
}

#define MEMBERS 5 /* each below the limit of one, together beyond that of all */

/* Here nobody takes anything, as when the loop is busy. */
static void many_below_the_limit_are_bounded_together(void **state)
{
    world_t *world = *state;
    zsock_t *members[MEMBERS];
    for (size_t i = 0; i < MEMBERS; i++) {
        members[i] = member_new(world);
        send_parts(members[i], (INTAKE_MAX - 3 * MIB) / MIB);
    }
    for (int ms = 0; ms < PATIENCE_MS && !world->cut; ms++) {
        world->cut += intake_watch(world->intake);
        pause_ms(1);
    }
    assert_int_equal(world->cut, 1);
    assert_true(turn_until(world, MEMBERS - 1, 2)
                >= MEMBERS - 1); /* the kernel may have had it all */
    for (size_t i = 0; i < MEMBERS; i++)
        zsock_destroy(&members[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_message_without_end_is_cut),
        TEST(what_was_kept_of_it_is_freed),
        TEST(who_is_read_may_send_without_end),
        TEST(others_go_on_beside_it),
        TEST(many_below_the_limit_are_bounded_together),
    };
    int result = cmocka_run_group_tests(tests, NULL, NULL);
    zsys_shutdown();
    return result;
}
