#include "workbench.h"

#include "broker/sync/outbox.h"

static int set_up(void **state)
{
    *state = outbox_new();
    return 0;
}

static int tear_down(void **state)
{
    outbox_t *outbox = *state;
    outbox_destroy(&outbox);
    assert_null(outbox);
    outbox_destroy(&outbox);
    return 0;
}

static void post(outbox_t *outbox, const char *frame, peer_t peer)
{
    text_add_string(outbox_frame(outbox), frame);
    outbox_post(outbox, peer);
}

static void assert_post(const outbox_t *outbox, size_t index, peer_t peer, const char *frame)
{
    post_t found = outbox_at(outbox, index);
    assert_int_equal(found.peer, peer);
    assert_string_equal(outbox_frame_at(outbox, found.frame)->data, frame);
}

static void a_new_outbox_is_empty(void **state)
{
    assert_int_equal(outbox_count(*state), 0);
}

static void a_frame_posted_to_many_is_kept_once(void **state)
{
    outbox_t *outbox = *state;
    post(outbox, "news", 1);
    outbox_post(outbox, 2);
    outbox_post(outbox, 3);
    assert_int_equal(outbox_count(outbox), 3);
    for (size_t i = 0; i < 3; i++)
        assert_post(outbox, i, (peer_t)i + 1, "news");
    assert_ptr_equal(outbox_frame_at(outbox, outbox_at(outbox, 0).frame),
                     outbox_frame_at(outbox, outbox_at(outbox, 2).frame));
}

static void posts_come_out_in_the_order_they_went_in(void **state)
{
    outbox_t *outbox = *state;
    for (int i = 0; i < 200; i++) {
        char frame[16];
        snprintf(frame, sizeof frame, "%d", i);
        post(outbox, frame, (peer_t)(1 + i % 7));
    }
    assert_int_equal(outbox_count(outbox), 200);
    for (int i = 0; i < 200; i++) {
        char frame[16];
        snprintf(frame, sizeof frame, "%d", i);
        assert_post(outbox, (size_t)i, (peer_t)(1 + i % 7), frame);
    }
}

static void a_frame_that_nobody_gets_is_no_post(void **state)
{
    outbox_t *outbox = *state;
    text_add_string(outbox_frame(outbox), "unwanted");
    post(outbox, "wanted", 4);
    assert_int_equal(outbox_count(outbox), 1);
    assert_post(outbox, 0, 4, "wanted");
}

static void a_cleared_outbox_gives_empty_frames_again(void **state)
{
    outbox_t *outbox = *state;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 40; i++)
            post(outbox, "old", 1);
        outbox_clear(outbox);
        assert_int_equal(outbox_count(outbox), 0);
    }
    text_t *frame = outbox_frame(outbox);
    assert_int_equal(frame->size, 0);
    assert_false(frame->overflow);
    text_add_string(frame, "new");
    outbox_post(outbox, 9);
    assert_post(outbox, 0, 9, "new");
}

static void a_frame_takes_a_whole_message_and_no_more_also_after_a_clear(void **state)
{
    outbox_t *outbox = *state;
    char *message = calloc(1, WIRE_MAX_SIZE + 1);
    for (int round = 0; round < 2; round++) {
        text_t *frame = outbox_frame(outbox);
        assert_int_equal(text_add(frame, message, WIRE_MAX_SIZE + 1), -1);
        assert_int_equal(text_add(frame, message, WIRE_MAX_SIZE), 0);
        outbox_clear(outbox);
    }
    free(message);
}

static void large_buffers_do_not_outlive_a_clear(void **state)
{
    outbox_t *outbox = *state;
    char *message = calloc(1, WIRE_MAX_SIZE);
    text_add(outbox_frame(outbox), message, WIRE_MAX_SIZE);
    outbox_post(outbox, 1);
    outbox_clear(outbox);
    assert_true(outbox_frame(outbox)->capacity <= 64 * 1024);
    free(message);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_outbox_is_empty),
        TEST(a_frame_posted_to_many_is_kept_once),
        TEST(posts_come_out_in_the_order_they_went_in),
        TEST(a_frame_that_nobody_gets_is_no_post),
        TEST(a_cleared_outbox_gives_empty_frames_again),
        TEST(a_frame_takes_a_whole_message_and_no_more_also_after_a_clear),
        TEST(large_buffers_do_not_outlive_a_clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
