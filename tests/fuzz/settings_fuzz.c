/* A file from anywhere never crashes the settings of a node or of a broker, and what they accept keeps their
 * promises. */
#include "given_file.h"

#include "broker/base/settings.h"
#include "node/settings.h"

#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static given_file_t file;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    file = given_file_new();
    return 0;
}

static void expect_promises(const settings_t *settings)
{
    char host[64];
    uint16_t port;
    assert(name_valid(settings->name) && settings->key && settings->members);
    assert(settings->role == MEMBER_HUB || settings->role == MEMBER_AGGREGATOR);
    assert(settings->role == MEMBER_AGGREGATOR || settings->territory);
    assert(strlen(settings->store) + strlen("/control.sock") <= SETTINGS_SOCKET_MAX);
    assert(!settings->listen_address
           || settings_split_listen(settings->listen_address, host, &port));
    assert(settings->subscribe_count <= INTERESTS_MAX);
    for (size_t i = 0; i < settings->subscribe_count; i++)
        assert(strcmp(settings->subscribe[i].hub, "*") == 0
               || name_valid(settings->subscribe[i].hub));
}

static void load_node(void)
{
    settings_t settings;
    findings_t findings = {0};
    int rc = settings_load(&settings, file.path, &findings);
    assert((rc == 0) == (findings.errors == 0));
    if (rc == 0)
        expect_promises(&settings);
    settings_free(&settings);
    findings_free(&findings);
}

static void load_broker(void)
{
    broker_settings_t settings;
    findings_t findings = {0};
    int rc = broker_settings_load(&settings, file.path, &findings);
    assert((rc == 0) == (findings.errors == 0));
    if (rc == 0) {
        assert(name_valid(settings.name) && !strncmp(settings.listen, "tcp://", 6));
        assert(*settings.store == '/' && *settings.key == '/' && *settings.members == '/');
        assert(settings.timers.silence >= 2 * settings.timers.ping);
    }
    broker_settings_free(&settings);
    findings_free(&findings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    given_file_set(&file, data, size);
    load_node();
    load_broker();
    return 0;
}
