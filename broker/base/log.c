#include "broker/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_SIZE 2048 /* a longer line ends in "..." */

const char *const log_levels[] = {"debug", "info", "warning", "error", NULL};

static log_level_t lowest = LOG_INFO;

void log_set_level(log_level_t level)
{
    lowest = level;
}

/* One byte of a control character becomes '?': C0, DEL, and C1 as UTF-8 writes it (C2 80..9F). */
static void disarm(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c; c++) {
        if (*c < 0x20 || *c == 0x7f)
            *c = '?';
        else if (*c == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f)
            c[0] = c[1] = '?';
    }
}

/* Writes "2026-11-22T03:15:23.123Z warning " and returns its length. */
static size_t stamp(char *line, log_level_t level)
{
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    size_t size = strftime(line, LINE_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
    return size
           + (size_t)snprintf(line + size, LINE_SIZE - size, ".%03ldZ %s ", now.tv_nsec / 1000000,
                              log_levels[level]);
}

void log_line(log_level_t level, const char *format, ...)
{
    if (level < lowest)
        return;
    char line[LINE_SIZE + 1];
    size_t start = stamp(line, level);
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(line + start, LINE_SIZE - start, format, arguments);
    va_end(arguments);
    if (size < 0)
        return;
    if ((size_t)size >= LINE_SIZE - start) {
        size_t cut = LINE_SIZE - 4;
        while (((unsigned char)line[cut] & 0xc0) == 0x80)
            cut--;
        memcpy(line + cut, "...", 4);
    }
    disarm(line + start);
    size_t end = strlen(line);
    line[end] = '\n';
    /* One write, so that lines of several threads and processes do not mix. A log that cannot be
     * written has nobody to complain to. */
    if (write(STDERR_FILENO, line, end + 1) < 0)
        return;
}
