/* The timer fires twice within the limit, and only the second time ends the process: while a process is
 * stopped the kernel keeps one signal for it, however often the timer fires. */
#include "broker/base/watchdog.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid /* glibc has no name for it */
#endif

struct watchdog {
    timer_t timer;
    struct itimerspec half; /* of the limit, again and again */
    volatile sig_atomic_t missed;
};

static void on_alarm(int number, siginfo_t *info, void *context)
{
    static const char WORDS[] =
        "the loop of this process does not turn any more: it ends here, and its "
        "supervisor starts it again\n";
    (void)number;
    (void)context;
    watchdog_t *self = info->si_value.sival_ptr;
    if (info->si_code != SI_TIMER || ++self->missed < 2)
        return;
    ssize_t written = write(STDERR_FILENO, WORDS, sizeof WORDS - 1);
    (void)written;
    abort();
}

static int make_timer(watchdog_t *self)
{
    struct sigaction action = {.sa_sigaction = on_alarm, .sa_flags = SA_SIGINFO | SA_RESTART};
    /* to this thread alone: another one's loop must not be interrupted */
    struct sigevent event = {
        .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM, .sigev_value.sival_ptr = self};
    event.sigev_notify_thread_id = gettid();
    sigemptyset(&action.sa_mask);
    return sigaction(SIGALRM, &action, NULL) || timer_create(CLOCK_MONOTONIC, &event, &self->timer)
               ? -1
               : 0;
}

watchdog_t *watchdog_new(int64_t limit_ms, err_t *err)
{
    watchdog_t *self = calloc(1, sizeof *self);
    assert(self);
    if (make_timer(self)) {
        err_set(err, ERR_STOP, "cannot watch the loop: %s", strerror(errno));
        free(self);
        return NULL;
    }
    struct timespec half = {.tv_sec = limit_ms / 2000, .tv_nsec = limit_ms / 2 % 1000 * 1000000};
    self->half = (struct itimerspec){.it_interval = half, .it_value = half};
    watchdog_touch(self);
    return self;
}

void watchdog_destroy(watchdog_t **self_p)
{
    watchdog_t *self = *self_p;
    if (!self)
        return;
    timer_delete(self->timer);
    signal(SIGALRM, SIG_IGN); /* one that is on its way finds nobody */
    free(self);
    *self_p = NULL;
}

void watchdog_touch(watchdog_t *self)
{
    watchdog_allow(self, 0);
}

void watchdog_allow(watchdog_t *self, int64_t ms)
{
    struct itimerspec wound = self->half;
    wound.it_value.tv_sec += ms / 1000 + 1;
    if (ms == 0)
        wound = self->half;
    self->missed = 0;
    timer_settime(self->timer, 0, &wound, NULL);
}
