#include "broker/sync/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const route_t FIRST = {{0, 1, 2, 3, 4}, 5}, SECOND = {{0, 1, 2, 3, 5}, 5},
                     PREFIX = {{0, 1, 2, 3}, 4};

static void a_session_is_found_by_its_route_and_by_its_peer(void **state)
{
    (void)state;
    sessions_t *sessions = sessions_new();
    peer_t first = sessions_add(sessions, &FIRST, "loire", 7)->peer;
    peer_t second = sessions_add(sessions, &SECOND, "rhone", 8)->peer;
    assert_int_not_equal(first, second);
    assert_string_equal(sessions_by_route(sessions, &SECOND)->member, "rhone");
    assert_string_equal(sessions_by_peer(sessions, first)->member, "loire");
    assert_int_equal(sessions_by_peer(sessions, first)->heard_ms, 7);
    assert_null(sessions_by_route(sessions, &PREFIX));
    assert_null(sessions_by_peer(sessions, 99));
    sessions_destroy(&sessions);
    sessions_destroy(&sessions);
}

static void a_peer_number_is_never_used_again(void **state)
{
    (void)state;
    sessions_t *sessions = sessions_new();
    peer_t last = 0;
    for (int i = 0; i < 50; i++) {
        session_t *session = sessions_add(sessions, &FIRST, "loire", 0);
        assert_true(session->peer > last);
        last = session->peer;
        sessions_remove(sessions, session);
    }
    assert_int_equal(sessions_count(sessions), 0);
    assert_null(sessions_by_route(sessions, &FIRST));
    sessions_destroy(&sessions);
}

static void what_is_unread_counts_for_all_connections_of_a_member(void **state)
{
    (void)state;
    sessions_t *sessions = sessions_new();
    allowance_sent(sessions_add(sessions, &FIRST, "loire", 0)->allowance, 100);
    allowance_sent(sessions_add(sessions, &SECOND, "loire", 0)->allowance, 20);
    allowance_sent(sessions_add(sessions, &PREFIX, "rhone", 0)->allowance, 3);
    assert_int_equal(sessions_unread(sessions, "loire"), 120);
    assert_int_equal(sessions_unread(sessions, "rhone"), 3);
    sessions_destroy(&sessions);
}

static void greeting_again_does_not_clear_what_is_unread(void **state)
{
    (void)state;
    sessions_t *sessions = sessions_new();
    session_t *session = sessions_add(sessions, &FIRST, "loire", 0);
    allowance_sent(session->allowance, 100);
    allowance_t *unread = session_take_allowance(session);
    sessions_remove(sessions, session);
    session = sessions_add(sessions, &FIRST, "loire", 0);
    session_give_allowance(session, &unread);
    assert_null(unread);
    assert_int_equal(sessions_unread(sessions, "loire"), 100);
    session_give_allowance(session, &unread);
    assert_int_equal(sessions_unread(sessions, "loire"), 100);
    sessions_destroy(&sessions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_found_by_its_route_and_by_its_peer),
        cmocka_unit_test(a_peer_number_is_never_used_again),
        cmocka_unit_test(what_is_unread_counts_for_all_connections_of_a_member),
        cmocka_unit_test(greeting_again_does_not_clear_what_is_unread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
