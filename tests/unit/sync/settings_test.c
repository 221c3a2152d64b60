#include "broker/base/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct world {
    char path[64];
    broker_settings_t settings;
    findings_t findings;
} world_t;

static int set_up(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    strcpy(world->path, P_tmpdir "/settings-test-XXXXXX");
    close(mkstemp(world->path));
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    world_t *world = *state;
    broker_settings_free(&world->settings);
    findings_free(&world->findings);
    unlink(world->path);
    free(world);
    return 0;
}

static int load(world_t *world, const char *yaml)
{
    FILE *file = fopen(world->path, "w");
    fputs(yaml, file);
    fclose(file);
    return broker_settings_load(&world->settings, world->path, &world->findings);
}

static bool said(const world_t *world, const char *part)
{
    for (size_t i = 0; i < world->findings.count; i++)
        if (strstr(world->findings.list[i].reason, part))
            return true;
    return false;
}

#define WHOLE                                                                                      \
    "broker: {name: a, listen: \"tcp://*:4270\"}\n"                                                \
    "store: var/broker\n"                                                                          \
    "key: keys/a.key\n"                                                                            \
    "members: members/\n"

static void a_nodes_file_is_said_to_be_one_and_nothing_else(void **state)
{
    world_t *world = *state;
    assert_int_equal(load(world, "node: {name: loire, role: hub}\nstore: v\nkey: k\nmembers: m\n"),
                     -1);
    assert_int_equal(world->findings.count, 1);
    assert_true(said(world, "maillage-node"));
}

static void a_file_without_timers_has_the_defaults(void **state)
{
    world_t *world = *state;
    assert_int_equal(load(world, WHOLE), 0);
    assert_string_equal(world->settings.name, "a");
    assert_string_equal(world->settings.listen, "tcp://*:4270");
    assert_string_equal(world->settings.store, P_tmpdir "/var/broker");
    assert_int_equal(world->settings.timers.ping, 10000);
    assert_int_equal(world->settings.timers.clean, 24 * 3600 * 1000);
    assert_int_equal(world->settings.log_level, LOG_INFO);
}

static void the_defaults_are_within_their_own_bounds(void **state)
{
    world_t *world = *state;
    timers_t timers;
    timers_set_default(&timers);
    for (const yaml_key_t *key = timers_keys; key->name; key++) {
        int64_t value = *(int64_t *)((char *)&timers + key->offset);
        assert_true(value >= key->min && value <= key->max);
    }
    timers_check(&timers, "", &world->findings);
    assert_int_equal(world->findings.errors, 0);
}

static void tests_may_run_at_a_tenth_of_the_time(void **state)
{
    world_t *world = *state;
    assert_int_equal(load(world, WHOLE "timers: {ping: 1s, silence: 3s, beat: 6s, head: 100ms, "
                                       "answer: 7500ms, clean: 10s}\nlog: debug\n"),
                     0);
    assert_int_equal(world->settings.timers.silence, 3000);
    assert_int_equal(world->settings.timers.head, 100);
    assert_int_equal(world->settings.timers.staging, 60000);
    assert_int_equal(world->settings.log_level, LOG_DEBUG);
}

static void every_error_is_told_at_once(void **state)
{
    world_t *world = *state;
    assert_int_equal(load(world, "broker: {name: a}\nstore: s\nmembres: m\n"
                                 "timers: {ping: 0s}\nlog: warn\n"),
                     -1);
    assert_true(world->findings.errors >= 5);
    assert_true(said(world, "did you mean 'members'"));
    assert_true(said(world, "debug, info, warning or error"));
}

static void a_place_to_listen_has_a_transport_and_a_port(void **state)
{
    static const char *const BAD[] = {"4270", "tcp://:4270", "ipc:///x:1", "tcp://*:", "tcp://*:x"};
    world_t *world = *state;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        char yaml[256];
        snprintf(yaml, sizeof yaml,
                 "broker: {name: a, listen: \"%s\"}\nstore: s\nkey: k\nmembers: m\n", BAD[i]);
        broker_settings_free(&world->settings);
        assert_int_equal(load(world, yaml), -1);
        assert_true(said(world, "tcp://*:4270"));
    }
}

static void a_silence_shorter_than_two_pings_is_refused(void **state)
{
    world_t *world = *state;
    assert_int_equal(load(world, WHOLE "timers: {ping: 10s, silence: 15s}\n"), -1);
    assert_true(said(world, "twice 'ping'"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_nodes_file_is_said_to_be_one_and_nothing_else),
        TEST(a_file_without_timers_has_the_defaults),
        TEST(the_defaults_are_within_their_own_bounds),
        TEST(tests_may_run_at_a_tenth_of_the_time),
        TEST(every_error_is_told_at_once),
        TEST(a_place_to_listen_has_a_transport_and_a_port),
        TEST(a_silence_shorter_than_two_pings_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
