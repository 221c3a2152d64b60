#include "schemas/base/date.h"

#include <stdio.h>
#include <string.h>

#define SECONDS_PER_DAY 86400

/* Does the text begin with this form? 9 stands for a digit. */
static bool begins(const char *text, const char *form)
{
    for (; *form; form++, text++)
        if (*form == '9' ? *text < '0' || *text > '9' : *text != *form)
            return false;
    return true;
}

static int digits(const char *text, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++)
        value = value * 10 + (text[i] - '0');
    return value;
}

static int days_in_month(int year, int month)
{
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return DAYS[month - 1] + (month == 2 && leap);
}

/* Counts from March, so that the day a leap year adds comes last: no table of months is needed. */
static int64_t days_since_1970(int year, int month, int day)
{
    int64_t y = month > 2 ? year : year - 1, m = month > 2 ? month - 3 : month + 9;
    return y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

/* The ten bytes of a day, whatever follows. */
static bool read_day(const char *text, int64_t *day)
{
    if (!begins(text, "9999-99-99"))
        return false;
    int y = digits(text, 4), m = digits(text + 5, 2), d = digits(text + 8, 2);
    if (y < 1000 || m < 1 || m > 12 || d < 1 || d > days_in_month(y, m))
        return false;
    *day = days_since_1970(y, m, d);
    return true;
}

bool date_read(const char *text, int64_t *day)
{
    return strlen(text) == 10 && read_day(text, day);
}

/* "Z" or "+01:00", in seconds east of Greenwich. */
static bool read_offset(const char *text, int *offset)
{
    *offset = 0;
    if (!strcmp(text, "Z"))
        return true;
    bool east = *text == '+';
    if ((!east && *text != '-') || !begins(text + 1, "99:99") || text[6])
        return false;
    int hours = digits(text + 1, 2), minutes = digits(text + 4, 2);
    *offset = (hours * 60 + minutes) * (east ? 60 : -60);
    return hours < 24 && minutes < 60;
}

bool instant_read(const char *text, int64_t *second)
{
    int64_t day;
    int offset;
    if (!read_day(text, &day) || !begins(text + 10, "T99:99:99")
        || !read_offset(text + 19, &offset))
        return false;
    int hours = digits(text + 11, 2), minutes = digits(text + 14, 2),
        seconds = digits(text + 17, 2);
    if (hours > 23 || minutes > 59 || seconds > 59)
        return false;
    *second = day * SECONDS_PER_DAY + hours * 3600 + minutes * 60 + seconds - offset;
    return true;
}

bool instant_normal(const char *text, char out[INSTANT_SIZE])
{
    int64_t ignored;
    if (!read_day(text, &ignored))
        return false;
    bool separated = text[10] == 'T' || text[10] == 't' || text[10] == ' ';
    if (!separated || !begins(text + 11, "99:99"))
        return false;
    const char *rest = text + 16;
    const char *seconds = begins(rest, ":99") ? rest + 1 : "00";
    rest += begins(rest, ":99") ? 3 : 0;
    if (begins(rest, ".9"))
        rest += 1 + strspn(rest + 1, "0");
    bool greenwich = !strcmp(rest, "z") || !strcmp(rest, "+00:00") || !strcmp(rest, "-00:00");
    int size = snprintf(out, INSTANT_SIZE, "%.10sT%.5s:%.2s%s", text, text + 11, seconds,
                        greenwich ? "Z" : rest);
    return size < INSTANT_SIZE && instant_read(out, &ignored);
}
