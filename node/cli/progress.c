#include "node/cli/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define BAR_WIDTH 30
#define EVERY_MS 50

void progress_clear(void)
{
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
    fflush(stderr);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void progress_show(progress_t *self, const char *what, size_t done, size_t all, size_t rows)
{
    static const char FULL[] = "##############################";
    static const char EMPTY[] = "..............................";
    int64_t now = now_ms();
    if (all == 0 || (done < all && now - self->shown_ms < EVERY_MS) || !isatty(STDERR_FILENO))
        return;
    self->shown_ms = now;
    if (done >= all) {
        progress_clear();
        return;
    }
    int full = (int)(BAR_WIDTH * done / all);
    fprintf(stderr, "\r%s [%.*s%.*s] %3d %%", what, full, FULL, BAR_WIDTH - full, EMPTY,
            (int)(100 * done / all));
    if (rows)
        fprintf(stderr, "  %zu ligne%s", rows, rows < 2 ? "" : "s");
    fputs("\033[K", stderr);
    fflush(stderr);
}
