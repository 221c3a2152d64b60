/* process - what both daemons do with their own process, before any thread starts. */
#ifndef BROKER_BASE_PROCESS_H
#define BROKER_BASE_PROCESS_H

#include "schemas/base/err.h"
#include "schemas/base/finding.h"

#include <stdbool.h>
#include <stdint.h>

/* Raises the limit of open files to what the system allows, keeps the heap small, ignores SIGPIPE, and
 * keeps czmq's hands off the signals. */
void process_prepare(void);

/* From now on SIGTERM, SIGINT and SIGHUP reach this process, and the threads it starts later, only
 * through the descriptor given: readable when one has come. -1 and *err when it cannot be had. */
int process_signals(err_t *err);

/* The signal that has come, or 0 when there is none. */
int process_next_signal(int signals);

/* Did a start fail because the disk is full? Then waits for wait_ms, and is true: try again; somebody may have made
 * room. False for any other error, and when told to end meanwhile. `tries` is how often that was; it logs the first
 * one and one in a hundred. */
bool process_wait_for_room(int signals, int64_t wait_ms, unsigned tries, const err_t *err);

/* Tells the supervisor that started this process (systemd, Type=notify): it serves; its loops turn; it
 * ends. Without one nothing is told. Ready, it also gives memory back: starting takes three times of what serving does. */
void process_tell_ready(void);
void process_tell_alive(void);
void process_tell_ending(void);
/* For so long its loop may not turn; 0: it does as before. */
void process_tell_busy(int64_t ms);

/* Free memory goes back to the system, also from between what is used: for once a minute, as it looks at all of
 * it. Else what a burst needed stays with us, a little more each time. */
void process_give_back(void);

/* Logs every finding, each on a line of its own. */
void process_log_findings(const findings_t *findings);

#endif
