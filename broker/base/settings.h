/* settings - a broker's YAML file, checked whole: every error at once, with its position. */
#ifndef BROKER_BASE_SETTINGS_H
#define BROKER_BASE_SETTINGS_H

#include "broker/base/log.h"
#include "broker/base/timers.h"

typedef struct broker_settings {
    char *name;    /* broker.name: its member name */
    char *listen;  /* broker.listen: tcp, address and port ("*" or 0: the kernel chooses) */
    char *store;   /* folder, absolute */
    char *key;     /* file, absolute */
    char *members; /* folder, absolute */
    timers_t timers;
    log_level_t log_level;
} broker_settings_t;

/* 0, or -1 with errors among the findings. Call broker_settings_free either way. */
int broker_settings_load(broker_settings_t *self, const char *path, findings_t *findings);
void broker_settings_free(broker_settings_t *self);

/* Is this the file of a program with this key at its top level, "broker", and not of one with that key,
 * "node"? Else -1 and the one finding that helps: `program` is what it is for. Who cannot read it finds
 * out later. */
int settings_check_sort(const char *path, const char *key, const char *other, const char *program,
                        findings_t *findings);

/* Reads `log: debug|info|warning|error` into a log_level_t: a YAML_CUSTOM reader for both daemons. */
void log_level_read(void *member, const yaml_place_t *place, findings_t *findings);

#endif
