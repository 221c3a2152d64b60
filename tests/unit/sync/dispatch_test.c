/* Frames on their way from an outbox to sockets, which are lists here. */
#include "broker/sync/dispatch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LARGE 1000 /* libzmq copies what is small instead of sharing it */
#define SENT_MAX 8

typedef struct world {
    outbox_t *outbox;
    peer_t peers[SENT_MAX];
    zmq_msg_t frames[SENT_MAX];
    size_t count;
} world_t;

static int set_up(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    world->outbox = outbox_new();
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    world_t *world = *state;
    for (size_t i = 0; i < world->count; i++)
        zmq_msg_close(&world->frames[i]);
    outbox_destroy(&world->outbox);
    free(world);
    return 0;
}

static void keep(void *context, peer_t peer, zmq_msg_t *frame)
{
    world_t *world = context;
    assert_true(world->count < SENT_MAX);
    world->peers[world->count] = peer;
    zmq_msg_init(&world->frames[world->count]);
    zmq_msg_move(&world->frames[world->count++], frame);
}

static void encode(world_t *world, char letter, size_t size)
{
    char bytes[LARGE];
    memset(bytes, letter, sizeof bytes);
    text_add(outbox_frame(world->outbox), bytes, size);
}

static char letter_at(world_t *world, size_t index)
{
    return *(const char *)zmq_msg_data(&world->frames[index]);
}

static void posts_arrive_in_their_order_and_the_outbox_is_empty(void **state)
{
    world_t *world = *state;
    encode(world, 'a', 10);
    outbox_post(world->outbox, 7);
    outbox_post(world->outbox, 8);
    encode(world, 'b', LARGE);
    outbox_post(world->outbox, 7);
    dispatch(world->outbox, keep, world);
    assert_int_equal(world->count, 3);
    assert_int_equal(world->peers[0], 7);
    assert_int_equal(world->peers[1], 8);
    assert_int_equal(world->peers[2], 7);
    assert_int_equal(letter_at(world, 1), 'a');
    assert_int_equal(zmq_msg_size(&world->frames[1]), 10);
    assert_int_equal(letter_at(world, 2), 'b');
    assert_int_equal(zmq_msg_size(&world->frames[2]), LARGE);
    assert_int_equal(outbox_count(world->outbox), 0);
    dispatch(world->outbox, keep, world);
    assert_int_equal(world->count, 3);
}

static void a_frame_for_many_is_made_once(void **state)
{
    world_t *world = *state;
    encode(world, 'a', LARGE);
    for (peer_t peer = 1; peer <= 3; peer++)
        outbox_post(world->outbox, peer);
    dispatch(world->outbox, keep, world);
    assert_int_equal(world->count, 3);
    assert_ptr_equal(zmq_msg_data(&world->frames[0]), zmq_msg_data(&world->frames[1]));
    assert_ptr_equal(zmq_msg_data(&world->frames[0]), zmq_msg_data(&world->frames[2]));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(posts_arrive_in_their_order_and_the_outbox_is_empty),
        TEST(a_frame_for_many_is_made_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
