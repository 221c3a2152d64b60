/* broker - where hubs send what changed and subscribers get it: a sink towards hubs, a source towards
 * subscribers, one ROUTER between them.
 *
 * One thread and one loop: the ROUTER, the answers to CURVE handshakes (broker/sync/zap.h says why
 * here), timers and signals. Its store is a cache: when it cannot be trusted it is moved aside, and
 * the hubs fill a new one. Members are checked at every message, not only at the handshake. */
#ifndef BROKER_BROKER_H
#define BROKER_BROKER_H

#include "broker/base/settings.h"
#include "schemas/base/err.h"

typedef struct broker broker_t;

/* Reads members and key, locks and opens the store, binds. Borrows settings. NULL when it cannot: either
 * the configuration is wrong and findings say where, or *err says what is in the way. */
broker_t *broker_new(const broker_settings_t *settings, findings_t *findings, err_t *err);
void broker_destroy(broker_t **self_p);

/* Where it listens, with the port the kernel chose: "tcp://127.0.0.1:4270". */
const char *broker_endpoint(const broker_t *self);

/* Serves until SIGTERM or SIGINT is read from `signals` (process_signals); SIGHUP reads the members
 * again. -1 and *err when it cannot go on. */
int broker_run(broker_t *self, int signals, err_t *err);

#endif
