#include "node/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "texts.h"

#define WHOLE                                                                                      \
    "node: {name: loire, role: hub, territory: DEP-42, title: Hub IA Loire}\n"                     \
    "store: var/loire\n"                                                                           \
    "key: keys/loire.key\n"                                                                        \
    "members: members/\n"
#define LINES_OF_WHOLE 4

typedef struct world {
    char path[64];
    settings_t settings;
    findings_t findings;
} world_t;

static int setup(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    snprintf(world->path, sizeof world->path, "/tmp/settings_test.%d.yaml", (int)getpid());
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    world_t *world = *state;
    settings_free(&world->settings);
    findings_free(&world->findings);
    unlink(world->path);
    free(world);
    return 0;
}

static int load(world_t *world, const char *text)
{
    FILE *file = fopen(world->path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return settings_load(&world->settings, world->path, &world->findings);
}

/* The finding of that code, which must lie on that line (0: the file as a whole). */
static const finding_t *finding(const world_t *world, const char *code, int line)
{
    char where[128];
    snprintf(where, sizeof where, line ? "%s:%d:" : "%s", world->path, line);
    for (size_t i = 0; i < world->findings.count; i++) {
        const finding_t *found = &world->findings.list[i];
        if (strcmp(found->code, code) == 0 && strncmp(found->where, where, strlen(where)) == 0)
            return found;
    }
    fail_msg("no %s on line %d", code, line);
    return NULL;
}

static void a_small_file_has_good_defaults(void **state)
{
    world_t *world = *state;
    assert_int_equal(load(world, WHOLE), 0);
    assert_string_equal(world->settings.name, "loire");
    assert_int_equal(world->settings.role, MEMBER_HUB);
    assert_string_equal(world->settings.store, "/tmp/var/loire");
    assert_int_equal(world->settings.timers.ping, 10000);
    assert_int_equal(world->settings.log_level, LOG_INFO);
    assert_null(world->settings.listen_address);
    assert_null(world->settings.schemas);
    assert_int_equal(world->settings.subscribe_count, 0);
}

static void a_whole_file_is_read(void **state)
{
    world_t *world = *state;
    assert_int_equal(load(world, WHOLE
                          "brokers: [{name: a, endpoint: \"tcp://127.0.0.1:4270\"}]\n"
                          "subscribe: [{hub: \"*\"}, {hub: rhone, kinds: [event, provider]}]\n"
                          "hub: {telephone: \"04 77 00 00 00\", url: \"https://hub.example\"}\n"
                          "portal: {listen: \"127.0.0.1:8042\", logo: logo.svg, embed: "
                          "https://www.loire.fr,\n"
                          "  couleurs: {principale: \"#0b5563\", secondaire: \"#e3b04b\"}}\n"
                          "timers: {reconcile: 1s}\n"
                          "log: debug\n"),
                     0);
    const settings_t *settings = &world->settings;
    assert_int_equal(settings->broker_count, 1);
    assert_string_equal(settings->brokers[0].endpoint, "tcp://127.0.0.1:4270");
    assert_int_equal(settings->subscribe_count, 3);
    assert_string_equal(settings->subscribe[0].hub, "*");
    assert_string_equal(settings->subscribe[0].kind, "*");
    assert_string_equal(settings->subscribe[2].hub, "rhone");
    assert_string_equal(settings->subscribe[2].kind, "provider");
    expect(settings->subscribe_where[2], ".yaml:6:25");
    assert_string_equal(settings->telephone, "04 77 00 00 00");
    assert_string_equal(settings->listen_address, "127.0.0.1:8042");
    assert_string_equal(settings->logo, "/tmp/logo.svg");
    assert_string_equal(settings->principale, "#0b5563");
    assert_string_equal(settings->secondaire, "#e3b04b");
    assert_int_equal(settings->embed_count, 1);
    assert_string_equal(settings->embed[0], "https://www.loire.fr");
    assert_int_equal(settings->timers.reconcile, 1000);
    assert_int_equal(settings->log_level, LOG_DEBUG);
}

static void every_error_is_told_at_once_with_its_line(void **state)
{
    world_t *world = *state;
    assert_int_equal(load(world, "node: {name: Loire, role: hubb, territory: DEP-42}\n"
                                 "store: var\n"
                                 "key: k\n"
                                 "memmbers: m\n"
                                 "portal: {listen: \"8042\"}\n"
                                 "subscribe: [{hub: \"*\", kinds: [\"Event\"]}]\n"),
                     -1);
    finding(world, "E_YAML_TYPE", 1);
    expect(finding(world, "E_WORD", 1)->reason, "did you mean 'hub'");
    expect(finding(world, "E_YAML_KEY", 4)->reason, "did you mean 'members'");
    finding(world, "E_LISTEN", 5);
    finding(world, "E_NAME", 6);
}

static void a_broker_needs_an_endpoint_that_can_be_dialled_and_a_name_of_its_own(void **state)
{
    world_t *world = *state;
    assert_int_equal(load(world, WHOLE "brokers:\n"
                                       "  - {name: a, endpoint: \"127.0.0.1:4270\"}\n"
                                       "  - {name: a, endpoint: \"tcp://127.0.0.1:0\"}\n"),
                     -1);
    finding(world, "E_ENDPOINT", LINES_OF_WHOLE + 2);
    finding(world, "E_ENDPOINT", LINES_OF_WHOLE + 3);
    finding(world, "E_TWICE", LINES_OF_WHOLE + 3);
}

static void a_wrong_territory_is_shown_where_it_stands(void **state)
{
    world_t *world = *state;
    char where[128];
    assert_int_equal(load(world, "node:\n  name: loire\n  role: hub\n  territory: Loire\n"
                                 "store: v\nkey: k\nmembers: m\n"),
                     -1);
    snprintf(where, sizeof where, "%s:4:14", world->path);
    assert_string_equal(finding(world, "E_TERRITORY", 4)->where, where);
}

static void a_brokers_file_is_said_to_be_one_and_nothing_else(void **state)
{
    world_t *world = *state;
    assert_int_equal(load(world, "broker: {name: a, listen: \"tcp://*:4270\"}\nstore: v\nkey: k\n"
                                 "members: m\n"),
                     -1);
    assert_int_equal(world->findings.count, 1);
    expect(finding(world, "E_FILE", 0)->reason, "maillage-broker");
}

static void a_hub_has_a_territory_and_an_aggregator_may_not(void **state)
{
    world_t *world = *state;
    assert_int_equal(load(world, "node: {name: loire, role: hub}\nstore: v\nkey: k\nmembers: m\n"),
                     -1);
    finding(world, "E_TERRITORY", 1);
    settings_free(&world->settings);
    assert_int_equal(
        load(world, "node: {name: national, role: aggregator}\nstore: v\nkey: k\nmembers: m\n"), 0);
}

/* A path of exactly that many bytes for STORE/control.sock. */
static int load_with_socket_path_of(world_t *world, size_t size)
{
    char text[512], store[256];
    size_t length = size - strlen("/control.sock");
    memset(store, 's', sizeof store);
    store[0] = '/';
    store[length] = 0;
    snprintf(text, sizeof text,
             "node: {name: national, role: aggregator}\nstore: %s\nkey: k\nmembers: m\n", store);
    settings_free(&world->settings);
    return load(world, text);
}

static void a_store_whose_socket_has_no_address_is_refused(void **state)
{
    world_t *world = *state;
    assert_int_equal(load_with_socket_path_of(world, SETTINGS_SOCKET_MAX), 0);
    assert_int_equal(load_with_socket_path_of(world, SETTINGS_SOCKET_MAX + 1), -1);
    finding(world, "E_STORE_PATH", 0);
}

static void listening_addresses_are_taken_apart(void **state)
{
    (void)state;
    char host[64];
    uint16_t port;
    assert_true(settings_split_listen("127.0.0.1:8042", host, &port));
    assert_string_equal(host, "127.0.0.1");
    assert_int_equal(port, 8042);
    assert_true(settings_split_listen("[::1]:0", host, &port));
    assert_string_equal(host, "::1");
    assert_int_equal(port, 0);
    static const char *const bad[] = {"",
                                      ":",
                                      "8042",
                                      ":8042",
                                      "127.0.0.1",
                                      "127.0.0.1:",
                                      "::1:80",
                                      "127.0.0.1:65536",
                                      "127.0.0.1:80x",
                                      "[]:80",
                                      "[::1:80",
                                      "a b:80"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(settings_split_listen(bad[i], host, &port));
}

static void a_colour_that_cannot_be_read_is_refused_with_one_that_can(void **state)
{
    world_t *world = *state;
    assert_int_equal(load(world, WHOLE "portal: {listen: \"127.0.0.1:0\", couleurs: "
                                       "{principale: \"#ffcc00\", secondaire: \"#0b5563\"}}\n"),
                     -1);
    const finding_t *found = finding(world, "E_CONTRAST", 0);
    assert_string_equal(found->field, "portal.couleurs.principale");
    expect(found->reason, "its contrast is 1.3");
    expect(found->reason, "the nearest that can is #");
    assert_int_equal(world->findings.errors, 2);
}

static void what_is_no_colour_logo_or_site_is_refused(void **state)
{
    world_t *world = *state;
    assert_int_equal(load(world,
                          WHOLE "portal: {listen: \"127.0.0.1:0\", logo: logo.tiff,\n"
                                "  embed: [\"https://a.example/page\", \"a.example\"],\n"
                                "  couleurs: {principale: rouge, secondaire: \"#e3b04b\"}}\n"),
                     -1);
    finding(world, "E_COLOUR", 0);
    finding(world, "E_LOGO", 0);
    finding(world, "E_ORIGIN", 0);
    assert_int_equal(world->findings.errors, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_small_file_has_good_defaults, setup, teardown),
        cmocka_unit_test_setup_teardown(a_whole_file_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(every_error_is_told_at_once_with_its_line, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_broker_needs_an_endpoint_that_can_be_dialled_and_a_name_of_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wrong_territory_is_shown_where_it_stands, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_brokers_file_is_said_to_be_one_and_nothing_else, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_hub_has_a_territory_and_an_aggregator_may_not, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_store_whose_socket_has_no_address_is_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_colour_that_cannot_be_read_is_refused_with_one_that_can,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_no_colour_logo_or_site_is_refused, setup, teardown),
        cmocka_unit_test(listening_addresses_are_taken_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
