#include "broker/base/process.h"

#include "broker/base/czmq.h"
#include "broker/base/database.h"
#include "broker/base/log.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>

#define ARENAS 2 /* few threads allocate at once; each arena costs memory when idle */
#define TRIM_BYTES (2 * 1024 * 1024) /* unused at the top of the heap: back to the system */
#define MAPPED_BYTES (1024 * 1024) /* a block of this size, as no batch has, is mapped by itself */
#define TRIES_TOLD 100             /* of those to start on a full disk, one in so many */

void process_prepare(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files); /* as many connections as that; not a reason to stop */
    }
    mallopt(M_ARENA_MAX, ARENAS);
    mallopt(M_TRIM_THRESHOLD, TRIM_BYTES);
    mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* else each of its allocations takes a lock */
    signal(SIGPIPE, SIG_IGN);
    zsys_handler_set(NULL);
}

int process_signals(err_t *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    signal(SIGHUP, SIG_DFL); /* nohup had it ignored, and what is ignored is never read */
    sigprocmask(SIG_BLOCK, &set, NULL);
    int signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (signals < 0)
        return err_set(err, ERR_STOP, "cannot watch signals: %s", strerror(errno));
    return signals;
}

int process_next_signal(int signals)
{
    struct signalfd_siginfo info;
    return read(signals, &info, sizeof info) == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}

bool process_wait_for_room(int signals, int64_t wait_ms, unsigned tries, const err_t *err)
{
    if (!database_is_full(err))
        return false;
    if (tries % TRIES_TOLD == 0)
        log_error("cannot start yet, waiting for room on the disk: %s", err->text);
    struct pollfd told = {.fd = signals, .events = POLLIN};
    if (poll(&told, 1, (int)wait_ms) <= 0)
        return true;
    int number = process_next_signal(signals);
    return number != SIGTERM && number != SIGINT;
}

void process_give_back(void)
{
    malloc_trim(0);
}

void process_tell_ready(void)
{
    process_give_back();
    sd_notify(0, "READY=1");
}

void process_tell_alive(void)
{
    sd_notify(0, "WATCHDOG=1");
}

void process_tell_busy(int64_t ms)
{
    uint64_t usual_us;
    if (sd_watchdog_enabled(0, &usual_us) > 0)
        sd_notifyf(0, "WATCHDOG_USEC=%llu\nWATCHDOG=1",
                   (unsigned long long)(usual_us + (uint64_t)ms * 1000));
}

void process_tell_ending(void)
{
    sd_notify(0, "STOPPING=1");
}

void process_log_findings(const findings_t *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        const finding_t *finding = &findings->list[i];
        log_line(finding->severity == SEVERITY_ERROR ? LOG_ERROR : LOG_WARNING, "%s%s%s%s%s",
                 finding->where, *finding->where ? ": " : "", finding->field,
                 *finding->field ? ": " : "", finding->reason);
    }
}
