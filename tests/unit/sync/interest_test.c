#include "workbench.h"

#include "broker/sync/interest.h"

static const interest_t ALL = {"*", "*"}, EVENTS = {"*", "event"}, LOIRE = {"loire", "*"},
                        ONE = {"loire", "event"};

static bool match(interest_t interest, const char *self, const char *hub, const char *kind)
{
    return interest_match(&interest, 1, self, hub, kind);
}

static void a_name_matches_itself_alone(void **state)
{
    (void)state;
    assert_true(match(ONE, "", "loire", "event"));
    assert_false(match(ONE, "", "rhone", "event"));
    assert_false(match(ONE, "", "loire", "use_case"));
    assert_false(match(ONE, "", "loire2", "event"));
    assert_false(match(ONE, "", "loir", "event"));
}

static void a_star_matches_every_hub_or_every_kind(void **state)
{
    (void)state;
    assert_true(match(EVENTS, "", "rhone", "event"));
    assert_false(match(EVENTS, "", "rhone", "use_case"));
    assert_true(match(LOIRE, "", "loire", "use_case"));
    assert_false(match(LOIRE, "", "rhone", "use_case"));
    assert_true(match(ALL, "", "rhone", "use_case"));
}

static void a_star_never_includes_oneself(void **state)
{
    (void)state;
    assert_false(match(ALL, "loire", "loire", "event"));
    assert_false(match(EVENTS, "loire", "loire", "event"));
    assert_true(match(ALL, "loire", "rhone", "event"));
}

static void nobody_gets_their_own_stream_back_by_naming_it(void **state)
{
    (void)state;
    assert_false(match(ONE, "loire", "loire", "event"));
}

static void one_matching_entry_is_enough(void **state)
{
    (void)state;
    const interest_t list[] = {{"rhone", "event"}, {"*", "use_case"}, {"loire", "event"}};
    assert_true(interest_match(list, 3, "", "loire", "event"));
    assert_true(interest_match(list, 3, "", "savoie", "use_case"));
    assert_false(interest_match(list, 3, "", "savoie", "event"));
    assert_false(interest_match(list, 2, "", "loire", "event"));
}

static void who_wants_nothing_gets_nothing(void **state)
{
    (void)state;
    assert_false(interest_match(NULL, 0, "", "loire", "event"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_matches_itself_alone),
        cmocka_unit_test(a_star_matches_every_hub_or_every_kind),
        cmocka_unit_test(a_star_never_includes_oneself),
        cmocka_unit_test(nobody_gets_their_own_stream_back_by_naming_it),
        cmocka_unit_test(one_matching_entry_is_enough),
        cmocka_unit_test(who_wants_nothing_gets_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
