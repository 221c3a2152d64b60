/* fault - places where a test can make this process die, and nothing in a release.
 *
 * FAULT("sink.commit") kills the process with SIGKILL when the environment variable MAILLAGE_FAULT
 * names it: "sink.commit" at the first pass, "sink.commit:3" at the third. */
#ifndef BROKER_BASE_FAULT_H
#define BROKER_BASE_FAULT_H

#ifdef MAILLAGE_FAULTS
void fault_point(const char *name);
#define FAULT(name) fault_point(name)
#else
#define FAULT(name) ((void)0)
#endif

#endif
