/* clock - what the bench measures with: nanoseconds of the steady clock. */
#ifndef TESTS_BENCH_CLOCK_H
#define TESTS_BENCH_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)

static inline int64_t steady_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static inline double seconds_since(int64_t start_ns)
{
    return (double)(steady_ns() - start_ns) / NS_PER_S;
}

/* Sleeps until that moment; returns at once when it has passed. */
static inline void sleep_until(int64_t ns)
{
    struct timespec until = {.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

#endif
