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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_is_found_by_its_route_and_by_its_peer),
        cmocka_unit_test(a_peer_number_is_never_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
