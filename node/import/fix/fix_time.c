/* Repairs of days and moments. */
#include "node/import/fix/fix_inside.h"
#include "schemas/base/date.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HOUR 3600

/* When the last Sunday of a month of 31 days is 01:00 at Greenwich: clocks change all over the Union. */
static time_t change_of_clocks(int year, int month)
{
    struct tm last = {.tm_year = year, .tm_mon = month, .tm_mday = 31, .tm_hour = 1};
    time_t second = timegm(&last); /* sets tm_wday */
    return second - (time_t)last.tm_wday * 24 * HOUR;
}

/* Seconds east of Greenwich in Paris, by the rule in force since 1996. */
static int paris_offset(time_t second)
{
    enum { MARCH = 2, OCTOBER = 9 };
    struct tm day;
    gmtime_r(&second, &day);
    bool summer = second >= change_of_clocks(day.tm_year, MARCH)
                  && second < change_of_clocks(day.tm_year, OCTOBER);
    return summer ? 2 * HOUR : HOUR;
}

static void set_paris(text_t *value, time_t second)
{
    int offset = paris_offset(second);
    time_t there = second + offset;
    struct tm day;
    gmtime_r(&there, &day);
    char written[INSTANT_SIZE];
    if (strftime(written, sizeof written, "%Y-%m-%dT%H:%M:%S", &day) == 0)
        return;
    fix_set(value, written);
    text_add_format(value, "+%02d:00", offset / HOUR);
}

/* ".602" behind the seconds. */
static void drop_fraction(text_t *value)
{
    char *dot = strchr(value->data, '.');
    if (!dot || dot - value->data != 19)
        return;
    size_t size = 1 + strspn(dot + 1, "0123456789");
    memmove(dot, dot + size, strlen(dot + size) + 1);
    value->size -= size;
}

void fix_paris_time(text_t *value)
{
    char normal[INSTANT_SIZE];
    int64_t second;
    text_t local;
    drop_fraction(value);
    if (instant_normal(value->data, normal)) {
        if (instant_read(normal, &second))
            set_paris(value, (time_t)second);
        return;
    }
    text_init(&local, value->max); /* without an offset it is the time in Paris already */
    text_add_format(&local, "%sZ", value->data);
    if (instant_normal(local.data, normal) && instant_read(normal, &second))
        set_paris(value, (time_t)second - paris_offset((time_t)second - 2 * HOUR));
    text_free(&local);
}

#define EPOCH_MS_DIGITS_MIN 12 /* from 1973 */
#define EPOCH_MS_DIGITS_MAX 13 /* until 2286 */

static void epoch_ms(text_t *value)
{
    if (!fix_all_digits(value, EPOCH_MS_DIGITS_MIN) && !fix_all_digits(value, EPOCH_MS_DIGITS_MAX))
        return;
    set_paris(value, (time_t)(strtoll(value->data, NULL, 10) / 1000));
}

/* "2022-09-26 19:00:45" and "2020/06/30 14:16:50.898" say a day. */
static void day_of_time(text_t *value)
{
    unsigned year, month, day;
    int end = 0;
    if (sscanf(value->data, "%4u%*1[-/]%2u%*1[-/]%2u%n", &year, &month, &day, &end) != 3
        || (value->data[end] && !strchr(" T", value->data[end])))
        return;
    text_clear(value);
    text_add_format(value, "%04u-%02u-%02u", year, month, day);
}

static void french_date(text_t *value)
{
    unsigned year, month, day;
    int end = 0;
    if (sscanf(value->data, "%2u/%2u/%4u%n", &day, &month, &year, &end) != 3 || value->data[end]
        || year < 1000)
        return;
    text_clear(value);
    text_add_format(value, "%04u-%02u-%02u", year, month, day);
}

/* "7/1/2023", as Americans write the first of July. */
static void american_date(text_t *value)
{
    unsigned year, month, day;
    int end = 0;
    if (sscanf(value->data, "%2u/%2u/%4u%n", &month, &day, &year, &end) != 3 || value->data[end]
        || year < 1000)
        return;
    text_clear(value);
    text_add_format(value, "%04u-%02u-%02u", year, month, day);
}

const fix_t fixes_of_time[] = {
    {"paris_time", "2022-12-31T23:00:00.000Z is 2023-01-01T00:00:00+01:00", fix_paris_time, 0},
    {"epoch_ms", "1577836800000 is 2020-01-01T01:00:00+01:00", epoch_ms, 0},
    {"day_of_time", "2022-09-26 19:00:45 is 2022-09-26", day_of_time, 0},
    {"american_date", "7/1/2023 is 2023-07-01", american_date, 0},
    {"french_date", "26/09/2022 is 2022-09-26", french_date, 0},
    {0},
};
