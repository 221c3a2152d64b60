/* fault - places where a test can make this process die, hang or fail, and nothing in a release.
 *
 * FAULT("sink.commit") kills the process with SIGKILL when the environment variable MAILLAGE_FAULT
 * names it: "sink.commit" at the first pass, "sink.commit:3" at the third. HANG("portal.tick") never returns
 * then, as a loop that got stuck. SLOW("clean") sleeps for 8 s, as
 * on a large file. FAILS("zap.serve") is true then, once, for what can break and leave the process alive. */
#ifndef BROKER_BASE_FAULT_H
#define BROKER_BASE_FAULT_H

#ifdef MAILLAGE_FAULTS
#include <stdbool.h>
void fault_point(const char *name);
void fault_hang(const char *name);
void fault_slow(const char *name);
bool fault_fails(const char *name);
#define FAULT(name) fault_point(name)
#define HANG(name) fault_hang(name)
#define SLOW(name) fault_slow(name)
#define FAILS(name) fault_fails(name)
#else
#define FAULT(name) ((void)0)
#define HANG(name) ((void)0)
#define SLOW(name) ((void)0)
#define FAILS(name) 0
#endif

#endif
