/* settings - a node's YAML file, checked whole: every error at once, with its position. */
#ifndef NODE_SETTINGS_H
#define NODE_SETTINGS_H

#include "broker/base/log.h"
#include "broker/sync/member.h"
#include "broker/base/timers.h"
#include "schemas/wire.h"

typedef struct broker_address {
    char *name;     /* the broker's member name */
    char *endpoint; /* "tcp://127.0.0.1:4270" */
} broker_address_t;

typedef struct settings {
    char *name;        /* node.name: the hub's id */
    member_role_t role; /* node.role: hub or aggregator */
    char *territory, *title;
    char *store;       /* folder, absolute; below the socket path limit (ipc: 107 bytes) */
    char *key;         /* file, absolute */
    char *members;     /* folder, absolute */
    char *schemas;     /* folder, absolute; NULL for the one of the build */
    broker_address_t *brokers;
    size_t broker_count;
    interest_t *subscribe;
    size_t subscribe_count;
    char *telephone, *courriel, *porteur, *url; /* hub: becomes the record of kind hub */
    char *listen_address; /* portal.listen, "127.0.0.1:8042"; NULL: no portal */
    timers_t timers;
    log_level_t log_level;
} settings_t;

/* 0, or -1 with errors among the findings. Call settings_free either way. */
int settings_load(settings_t *self, const char *path, findings_t *findings);
void settings_free(settings_t *self);

#endif
