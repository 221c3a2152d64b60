#include "node/portal/words/format.h"

#include "schemas/base/date.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NARROW_SPACE "\u202f"
#define NO_BREAK_SPACE "\u00a0"

static const char *const MONTHS[] = {
    "janvier", "février", "mars",      "avril",   "mai",      "juin",
    "juillet", "août",    "septembre", "octobre", "novembre", "décembre",
};

static const struct {
    const char *code, *sign;
} UNITS[] = {
    {"EUR", "€"},
    {"eur", "€"},
    {"pct", "%"},
    {"nb", ""},
};

static const char *unit_sign(const char *unit)
{
    for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++)
        if (!strcmp(unit, UNITS[i].code))
            return UNITS[i].sign;
    return unit;
}

static void add_unit(text_t *out, const char *unit)
{
    const char *sign = unit_sign(unit);
    if (*sign)
        text_add_format(out, NO_BREAK_SPACE "%s", sign);
}

static void add_grouped(text_t *out, uint64_t value)
{
    char digits[24];
    int count = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    for (int i = 0; i < count; i++) {
        if (i && (count - i) % 3 == 0)
            text_add_string(out, NARROW_SPACE);
        text_add(out, digits + i, 1);
    }
}

static void add_plain_number(text_t *out, double value, int decimals)
{
    assert(decimals >= 0 && decimals <= 6);
    uint64_t scale = 1;
    for (int i = 0; i < decimals; i++)
        scale *= 10;
    double scaled = fabs(value) * (double)scale;
    if (!(scaled < 9e15)) { /* beyond exact integers of a double: no grouping, no lie */
        text_add_format(out, "%g", value);
        return;
    }
    uint64_t whole = (uint64_t)llround(scaled);
    if (value < 0 && whole)
        text_add_string(out, "\u2212");
    add_grouped(out, whole / scale);
    uint64_t fraction = whole % scale;
    if (!fraction)
        return;
    for (; fraction % 10 == 0; fraction /= 10)
        decimals--;
    text_add_format(out, ",%0*llu", decimals, (unsigned long long)fraction);
}

void format_number(text_t *out, double value, int decimals, const char *unit)
{
    add_plain_number(out, value, decimals);
    add_unit(out, unit);
}

void format_interval(text_t *out, const double *min, const double *max, int decimals,
                     const char *unit)
{
    if (!min && !max)
        return;
    if (min && max && *min != *max) {
        text_add_string(out, "entre ");
        add_plain_number(out, *min, decimals);
        text_add_string(out, " et ");
        format_number(out, *max, decimals, unit);
        return;
    }
    if (!max)
        text_add_string(out, "au moins ");
    if (!min)
        text_add_string(out, "au plus ");
    format_number(out, min ? *min : *max, decimals, unit);
}

static void add_date(text_t *out, int year, int month, int day)
{
    text_add_format(out, "%d%s" NO_BREAK_SPACE "%s %d", day, day == 1 ? "er" : "",
                    MONTHS[month - 1], year);
}

static int digits(const char *at, size_t count)
{
    int value = 0;
    for (size_t i = 0; i < count; i++)
        value = value * 10 + (at[i] - '0');
    return value;
}

/* The day at the start of a text that is known to begin with one. */
static void add_day(text_t *out, const char *rfc3339)
{
    add_date(out, digits(rfc3339, 4), digits(rfc3339 + 5, 2), digits(rfc3339 + 8, 2));
}

void format_date(text_t *out, const char *rfc3339)
{
    int64_t day;
    if (date_read(rfc3339, &day))
        add_day(out, rfc3339);
    else
        text_add_string(out, rfc3339);
}

/* Unix seconds of 01:00 UTC on the last Sunday of a month of 31 days. */
static time_t last_sunday(int year, int month)
{
    struct tm day = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = 31, .tm_hour = 1};
    time_t at = timegm(&day);
    return at - day.tm_wday * 86400;
}

/* The legal time of metropolitan France. Computed from the Union's rule (directive 2000/84/EC)
 * because localtime() follows the server's zone, usually UTC, and a zone per thread does not
 * exist. */
void format_french_clock(int64_t unix_ms, struct tm *local)
{
    time_t at = (time_t)(unix_ms / 1000);
    gmtime_r(&at, local);
    int year = local->tm_year + 1900;
    bool summer = at >= last_sunday(year, 3) && at < last_sunday(year, 10);
    at += summer ? 7200 : 3600;
    gmtime_r(&at, local);
}

static bool is_utc(const char *rfc3339)
{
    size_t size = strlen(rfc3339);
    return rfc3339[size - 1] == 'Z' || (size > 6 && !strcmp(rfc3339 + size - 6, "+00:00"));
}

void format_instant(text_t *out, const char *rfc3339)
{
    int64_t second;
    struct tm at;
    if (!instant_read(rfc3339, &second)) {
        text_add_string(out, rfc3339);
    } else if (is_utc(rfc3339)) {
        format_french_clock(second * 1000, &at);
        add_date(out, at.tm_year + 1900, at.tm_mon + 1, at.tm_mday);
        text_add_format(out, " à %02d:%02d", at.tm_hour, at.tm_min);
    } else {
        add_day(out, rfc3339);
        text_add_format(out, " à %.5s", rfc3339 + 11);
    }
}

void format_moment(text_t *out, int64_t unix_ms, int64_t now_ms)
{
    struct tm at, now;
    format_french_clock(unix_ms, &at);
    format_french_clock(now_ms, &now);
    if (at.tm_year != now.tm_year || at.tm_yday != now.tm_yday) {
        text_add_string(out, "le ");
        add_date(out, at.tm_year + 1900, at.tm_mon + 1, at.tm_mday);
        text_add_string(out, " ");
    }
    text_add_format(out, "à %02d:%02d", at.tm_hour, at.tm_min);
}

void format_day_start(int64_t unix_ms, char out[FORMAT_DAY_START_SIZE])
{
    struct tm at;
    format_french_clock(unix_ms, &at);
    time_t start = (time_t)(unix_ms / 1000) - at.tm_hour * 3600 - at.tm_min * 60 - at.tm_sec;
    gmtime_r(&start, &at);
    if (!strftime(out, FORMAT_DAY_START_SIZE, "%Y-%m-%dT%H:%M:%SZ", &at))
        *out = 0; /* a year of five digits */
}

void format_utc(text_t *out, int64_t unix_ms)
{
    time_t at = (time_t)(unix_ms / 1000);
    struct tm utc;
    gmtime_r(&at, &utc);
    text_add_format(out, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900, utc.tm_mon + 1,
                    utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, (int)(unix_ms % 1000));
}

void format_count(text_t *out, int64_t count, const char *one, const char *many)
{
    add_plain_number(out, (double)count, 0);
    text_add_format(out, NO_BREAK_SPACE "%s", count > 1 ? many : one);
}
