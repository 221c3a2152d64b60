/* watchdog - ends this process when its loop no longer turns, so that the supervisor starts it again.
 *
 * A timer of the kernel, wound up again by each watchdog_touch: no thread, nothing shared, and no signal
 * while all is well. When nobody touched it for limit_ms it says so on standard error and calls
 * abort(); a process that was stopped meanwhile (SIGSTOP, a debugger) gets half of that time after it
 * goes on. Takes SIGALRM. Belongs to the thread that made it, of which it watches the loop. */
#ifndef BROKER_BASE_WATCHDOG_H
#define BROKER_BASE_WATCHDOG_H

#include "schemas/base/err.h"

#include <stdint.h>

typedef struct watchdog watchdog_t;

/* Begins to wait. NULL and *err when the kernel has no timer. */
watchdog_t *watchdog_new(int64_t limit_ms, err_t *err);
void watchdog_destroy(watchdog_t **self_p);

/* The loop turns. */
void watchdog_touch(watchdog_t *self);

/* What comes now may take so much longer than a turn, and will end. The next touch ends that. */
void watchdog_allow(watchdog_t *self, int64_t ms);

#endif
