#include "broker/base/timers.h"

#include <stddef.h>

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

void timers_set_default(timers_t *self)
{
    *self = (timers_t){
        /* Three PINGs are lost before the peer counts as dead. */
        .ping = 10 * SECOND,
        .silence = 30 * SECOND,
        /* One signature a minute and stream; readers are warned after ten that did not come. */
        .beat = 60 * SECOND,
        /* An import of thousands of changes is one head, and a person sees an edit arrive at once. */
        .head = 1 * SECOND,
        /* Finds a PULL that was lost; one that is parked until there is news is repeated too, so seldom. */
        .answer = 75 * SECOND,
        /* An animateur who has just started the node waits this long before the first edit. */
        .reconcile = 10 * SECOND,
        /* After a restore, a slow broker may hold the only copy of what was lost. */
        .restore = 60 * SECOND,
        /* Longer than a round trip with a full batch, shorter than the silence of a dead broker. */
        .change = 5 * SECOND,
        /* 100,000 records, the limit of a stream, arrive in less. */
        .staging = 1 * MINUTE,
        /* Someone has to free disk space; the wait doubles up to a minute. */
        .retry = 1 * SECOND,
        /* Long enough to make guessing useless, short enough that a repaired member comes back. */
        .strikes = 1 * HOUR,
        /* Longer than the longest honest turn: 100,000 records proven at once, or a large file written
         * anew, on a slow machine. */
        .stuck = 60 * SECOND,
        /* The promise to people whose data was erased (invariant I12). */
        .clean = 24 * HOUR,
    };
}

/* The lower bounds leave room for tests that run faster than life; the upper ones are where a promise
 * of broker/PROTOCOL.md would break. */
/* clang-format off */
#define TIMER(name, least, most) \
    {#name, YAML_DURATION, offsetof(timers_t, name), .min = (least), .max = (most)}
/* clang-format on */

const yaml_key_t timers_keys[] = {
    TIMER(ping, 10, 5 * MINUTE),         TIMER(silence, 30, 15 * MINUTE),
    TIMER(beat, 20, 10 * MINUTE),        TIMER(head, 1, 1 * MINUTE),
    TIMER(answer, 20, 15 * MINUTE),      TIMER(reconcile, 10, 1 * MINUTE),
    TIMER(restore, 10, 1 * HOUR),        TIMER(change, 10, 5 * MINUTE),
    TIMER(staging, 50, 1 * HOUR),        TIMER(retry, 10, 1 * MINUTE),
    TIMER(strikes, 50, 24 * HOUR),       TIMER(stuck, 1 * SECOND, 15 * MINUTE),
    TIMER(clean, 1 * SECOND, 24 * HOUR), {0},
};

void timers_check(const timers_t *self, const char *where, findings_t *findings)
{
    if (self->silence < 2 * self->ping)
        findings_add(findings, SEVERITY_ERROR, "E_TIMERS", where, "timers.silence", "",
                     "'silence' must be at least twice 'ping', or one late answer cuts the link: "
                     "%lld ms and %lld ms given",
                     (long long)self->silence, (long long)self->ping);
}
