/* timers - how long we wait, all in one place, so that tests can run at a tenth of the time.
 *
 * The names are the keys under `timers:` in the YAML of both daemons. Defaults, bounds and the reason
 * of each are in timers.c; broker/PROTOCOL.md says what each one waits for. All in milliseconds. */
#ifndef BROKER_BASE_TIMERS_H
#define BROKER_BASE_TIMERS_H

#include "schemas/base/yaml.h"

#include <stdint.h>

typedef struct timers {
    int64_t ping;      /* 10 s without traffic: PING */
    int64_t silence;   /* 30 s without a byte: the peer is dead */
    int64_t beat;      /* 60 s: heads are signed and sent again */
    int64_t head;      /* 1 s: at most one HEAD per stream and change in this time */
    int64_t answer;    /* 75 s without an answer to a PULL: send it again */
    int64_t reconcile; /* 10 s for a broker to tell what it holds of us */
    int64_t restore;   /* 60 s instead, with --after-restore */
    int64_t change;    /* 5 s with a stuck cursor: take another source that is ahead */
    int64_t staging;   /* 1 min of staging: likewise */
    int64_t retry;     /* 1 s after a full disk, doubling up to 60 times as much */
    int64_t strikes;   /* 1 h: ten strikes within it, and refused for as long */
    int64_t stuck;     /* 60 s without a turn of a loop: the process ends, to be started again */
    int64_t clean;     /* 24 h between clean-ups of erased content */
} timers_t;

void timers_set_default(timers_t *self);
extern const yaml_key_t timers_keys[]; /* for YAML_STRUCT at a timers_t */

/* Adds an error for what no single bound can say: a silence that one late answer would cause. `where`
 * is the file. */
void timers_check(const timers_t *self, const char *where, findings_t *findings);

#endif
