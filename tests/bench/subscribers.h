/* subscribers - many subscribers of one stream in one process: they check shapes, count, keep nothing.
 *
 * Each has a CURVE connection of its own and follows the protocol: HELLO, then PULL after PULL until a
 * BATCH completes the state. Signatures and roots are not checked: what is measured is how fast one
 * broker serves. One thread, beside libzmq's own. */
#ifndef TESTS_BENCH_SUBSCRIBERS_H
#define TESTS_BENCH_SUBSCRIBERS_H

#include "schemas/base/err.h"

#include <stddef.h>

typedef struct subscribers_setup {
    const char *members, *key; /* folder of members; key file of the one that all connect as */
    const char *broker, *endpoint;
    const char *hub, *kind;
    size_t count;
} subscribers_setup_t;

typedef struct subscribers_result {
    size_t deliveries, bytes; /* items, and of how many bytes in all */
    double connect_s;         /* until all were welcomed and had heard the head */
    double seconds;           /* from the first PULL to the last BATCH */
} subscribers_result_t;

/* -1 when a subscriber hears something bad, or nothing for ten seconds. */
int subscribers_run(const subscribers_setup_t *setup, subscribers_result_t *result, err_t *err);

#endif
