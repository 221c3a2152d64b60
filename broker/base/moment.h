/* moment - what time it is, handed to everyone who needs it: pure modules have no clock.
 *
 * Waiting is measured on the steady clock; the wall clock is for display, for the life of a hub and
 * for the validity of keys. Nothing is ever ordered by a clock. */
#ifndef BROKER_BASE_MOMENT_H
#define BROKER_BASE_MOMENT_H

#include <stdint.h>

typedef struct moment {
    int64_t steady_ms; /* never goes back; from an arbitrary start */
    int64_t unix_ms;
} moment_t;

moment_t moment_now(void);

#endif
