/* A file from anywhere never crashes a node's settings, and what they accept keeps their promises. */
#include "node/settings.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int descriptor = memfd_create("settings", 0);
    assert(descriptor >= 0);
    ssize_t written = write(descriptor, data, size);
    assert(written == (ssize_t)size);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    settings_t settings;
    findings_t findings = {0};
    int rc = settings_load(&settings, path, &findings);
    assert((rc == 0) == (findings.errors == 0));
    if (rc == 0)
        expect_promises(&settings);
    settings_free(&settings);
    findings_free(&findings);
    close(descriptor);
    return 0;
}
