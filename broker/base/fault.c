#include "broker/base/fault.h"

#ifdef MAILLAGE_FAULTS

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SLOW_S 8

/* The one counter: only a single point is ever named, and any thread may pass it. */
static atomic_long passes;

bool fault_fails(const char *name)
{
    const char *wanted = getenv("MAILLAGE_FAULT");
    size_t size = strlen(name);
    if (!wanted || strncmp(wanted, name, size) != 0 || (wanted[size] && wanted[size] != ':'))
        return false;
    long at = wanted[size] ? strtol(wanted + size + 1, NULL, 10) : 1;
    return atomic_fetch_add(&passes, 1) + 1 == at;
}

void fault_point(const char *name)
{
    if (fault_fails(name))
        raise(SIGKILL);
}

void fault_hang(const char *name)
{
    if (fault_fails(name))
        for (;;)
            pause();
}

void fault_slow(const char *name)
{
    struct timespec rest = {.tv_sec = SLOW_S};
    if (fault_fails(name))
        while (nanosleep(&rest, &rest)) /* a signal is no reason to go on early */
            ;
}

#endif
