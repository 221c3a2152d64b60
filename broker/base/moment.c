#include "broker/base/moment.h"

#include <time.h>

static int64_t read_clock(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

moment_t moment_now(void)
{
    return (moment_t){read_clock(CLOCK_MONOTONIC), read_clock(CLOCK_REALTIME)};
}
