#include "broker/base/watchdog.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define LIMIT_MS 200

static void last(long ms)
{
    struct timespec rest = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&rest, &rest)) /* a signal is no reason to go on early */
        ;
}

static void touch_for_a_while(watchdog_t *watchdog)
{
    for (int i = 0; i < 20; i++) {
        last(LIMIT_MS / 8);
        watchdog_touch(watchdog);
    }
}

static void stop_touching(watchdog_t *watchdog)
{
    touch_for_a_while(watchdog);
    last(10 * LIMIT_MS);
}

static void take_long_once(watchdog_t *watchdog)
{
    touch_for_a_while(watchdog);
    watchdog_allow(watchdog, 6 * LIMIT_MS);
    last(5 * LIMIT_MS);
    touch_for_a_while(watchdog);
}

static void take_longer_than_that(watchdog_t *watchdog)
{
    watchdog_allow(watchdog, LIMIT_MS);
    last(20 * LIMIT_MS);
}

static void stop_after_that(watchdog_t *watchdog)
{
    take_long_once(watchdog);
    last(10 * LIMIT_MS);
}

static void end_watching(watchdog_t *watchdog)
{
    watchdog_destroy(&watchdog);
    last(3 * LIMIT_MS);
}

/* How a child that does that ends: the signal, or 0 for a good end. */
static int end_of(void (*life)(watchdog_t *watchdog))
{
    int status;
    pid_t child = fork();
    if (!child) {
        struct rlimit none = {0};
        err_t err;
        setrlimit(RLIMIT_CORE, &none);
        watchdog_t *watchdog = watchdog_new(LIMIT_MS, &err);
        if (!watchdog)
            _exit(1);
        life(watchdog);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void a_loop_that_turns_goes_on(void **state)
{
    (void)state;
    assert_int_equal(end_of(touch_for_a_while), 0);
}

static void a_loop_that_stops_turning_ends_the_process(void **state)
{
    (void)state;
    assert_int_equal(end_of(stop_touching), SIGABRT);
}

static void what_is_known_to_take_long_may(void **state)
{
    (void)state;
    assert_int_equal(end_of(take_long_once), 0);
    assert_int_equal(end_of(take_longer_than_that), SIGABRT);
    assert_int_equal(end_of(stop_after_that), SIGABRT);
}

static void who_ends_watching_is_left_alone(void **state)
{
    (void)state;
    assert_int_equal(end_of(end_watching), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loop_that_turns_goes_on),
        cmocka_unit_test(a_loop_that_stops_turning_ends_the_process),
        cmocka_unit_test(what_is_known_to_take_long_may),
        cmocka_unit_test(who_ends_watching_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
