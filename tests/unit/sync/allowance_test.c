#include "broker/sync/allowance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static wire_t pull_of(const char *kind, uint64_t after)
{
    wire_t pull = {.type = WIRE_PULL, .life = 7, .after = after, .need_head = true};
    snprintf(pull.hub, sizeof pull.hub, "loire");
    snprintf(pull.kind, sizeof pull.kind, "%s", kind);
    return pull;
}

static int setup(void **state)
{
    *state = allowance_new();
    return 0;
}

static int teardown(void **state)
{
    allowance_t *allowance = *state;
    allowance_destroy(&allowance);
    allowance_destroy(&allowance);
    return 0;
}

static void a_mark_is_due_after_so_many_bytes_and_one_is_out_at_a_time(void **state)
{
    allowance_t *allowance = *state;
    allowance_sent(allowance, ALLOWANCE_MARK - 1);
    assert_int_equal(allowance_mark(allowance), 0);
    allowance_sent(allowance, 1);
    uint64_t mark = allowance_mark(allowance);
    assert_int_not_equal(mark, 0);
    allowance_sent(allowance, 5 * ALLOWANCE_MARK);
    assert_int_equal(allowance_mark(allowance), 0);
    assert_true(allowance_heard(allowance, mark));
    assert_int_equal(allowance_unread(allowance), 5 * ALLOWANCE_MARK);
    assert_int_not_equal(allowance_mark(allowance), 0);
}

static void only_the_marks_own_nonce_proves_that_it_was_read(void **state)
{
    allowance_t *allowance = *state;
    allowance_sent(allowance, ALLOWANCE_MARK);
    assert_false(allowance_heard(allowance, 0));
    uint64_t mark = allowance_mark(allowance);
    assert_false(allowance_heard(allowance, mark + 1));
    assert_false(allowance_heard(allowance, ALLOWANCE_MARK));
    assert_int_equal(allowance_unread(allowance), ALLOWANCE_MARK);
    assert_true(allowance_heard(allowance, mark));
    assert_int_equal(allowance_unread(allowance), 0);
    allowance_sent(allowance, 10);
    assert_false(allowance_heard(allowance, mark));
    assert_int_equal(allowance_unread(allowance), 10);
}

static void a_mark_that_found_no_room_is_due_again_with_another_nonce(void **state)
{
    allowance_t *allowance = *state;
    allowance_sent(allowance, ALLOWANCE_MARK);
    uint64_t lost = allowance_mark(allowance);
    allowance_unmark(allowance);
    uint64_t mark = allowance_mark(allowance);
    assert_int_not_equal(mark, 0);
    assert_int_not_equal(mark, lost);
    assert_false(allowance_heard(allowance, lost));
}

static void a_pull_that_waits_makes_a_mark_due(void **state)
{
    allowance_t *allowance = *state;
    wire_t pull = pull_of("answer", 3);
    allowance_sent(allowance, 1);
    assert_int_equal(allowance_mark(allowance), 0);
    assert_int_equal(allowance_wait(allowance, &pull), 0);
    assert_int_not_equal(allowance_mark(allowance), 0);
}

static void the_newest_pull_of_each_stream_comes_back_as_it_was(void **state)
{
    allowance_t *allowance = *state;
    wire_t pulls[] = {pull_of("answer", 1), pull_of("event", 2), pull_of("answer", 3)}, pull;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(allowance_wait(allowance, &pulls[i]), 0);
    bool seen[4] = {false};
    while (allowance_next(allowance, &pull)) {
        assert_int_equal(pull.type, WIRE_PULL);
        assert_string_equal(pull.hub, "loire");
        assert_string_equal(pull.kind, pull.after == 2 ? "event" : "answer");
        assert_int_equal(pull.life, 7);
        assert_true(pull.need_head);
        seen[pull.after] = true;
    }
    assert_false(seen[1]);
    assert_true(seen[2] && seen[3]);
}

static void a_peer_that_greets_again_has_still_not_read_what_it_was_sent(void **state)
{
    allowance_t *allowance = *state;
    wire_t pull = pull_of("answer", 3);
    allowance_sent(allowance, ALLOWANCE_MAX);
    allowance_wait(allowance, &pull);
    allowance_greet(allowance);
    assert_int_equal(allowance_unread(allowance), ALLOWANCE_MAX);
    assert_false(allowance_next(allowance, &pull));
}

static void no_more_pulls_wait_than_there_is_room_for(void **state)
{
    allowance_t *allowance = *state;
    wire_t pull = pull_of("answer", 0);
    for (size_t i = 0; i < ALLOWANCE_PULLS; i++) {
        snprintf(pull.kind, sizeof pull.kind, "k%zu", i);
        assert_int_equal(allowance_wait(allowance, &pull), 0);
    }
    assert_int_equal(allowance_wait(allowance, &pull), 0);
    snprintf(pull.kind, sizeof pull.kind, "one-more");
    assert_int_equal(allowance_wait(allowance, &pull), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_mark_is_due_after_so_many_bytes_and_one_is_out_at_a_time,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(only_the_marks_own_nonce_proves_that_it_was_read, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_mark_that_found_no_room_is_due_again_with_another_nonce,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_pull_that_waits_makes_a_mark_due, setup, teardown),
        cmocka_unit_test_setup_teardown(the_newest_pull_of_each_stream_comes_back_as_it_was, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            a_peer_that_greets_again_has_still_not_read_what_it_was_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(no_more_pulls_wait_than_there_is_room_for, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
