#include "node/cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#define BAR_WIDTH 30

void progress_clear(void)
{
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
    fflush(stderr);
}

void progress_show(const char *what, size_t done, size_t all)
{
    static const char FULL[] = "##############################";
    static const char EMPTY[] = "..............................";
    if (!isatty(STDERR_FILENO) || all == 0)
        return;
    int full = (int)(BAR_WIDTH * done / all);
    if (done < all)
        fprintf(stderr, "\r%s [%.*s%.*s] %3d %%", what, full, FULL, BAR_WIDTH - full, EMPTY,
                (int)(100 * done / all));
    else
        progress_clear();
    fflush(stderr);
}
