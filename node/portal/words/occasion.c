#include "node/portal/words/occasion.h"

#include "node/portal/words/format.h"
#include "schemas/base/date.h"

#include <string.h>
#include <time.h>

#define DAY_S 86400
#define NO_BREAK_SPACE "\u00a0"

/* Division that rounds down, also before 1970. */
static int64_t floor_div(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

/* The day and minute that the clock of an instant shows. */
static bool read_clock(const char *text, int64_t *second, int64_t *day, int64_t *minute)
{
    if (!text || !instant_read(text, second))
        return false;
    int64_t local = *second;
    const char *offset = text + 19;
    if (!strcmp(offset, "Z") || !strcmp(offset, "+00:00")) {
        struct tm french;
        format_french_clock(*second * 1000, &french);
        local = timegm(&french);
    } else {
        int64_t minutes = ((offset[1] - '0') * 10 + offset[2] - '0') * 60 + (offset[4] - '0') * 10
                          + offset[5] - '0';
        local += (*offset == '-' ? -minutes : minutes) * 60;
    }
    *day = floor_div(local, DAY_S);
    *minute = (local - *day * DAY_S) / 60;
    return true;
}

bool occasion_read(const json_t *dates, occasion_t *occasion)
{
    int64_t second, end, day, minute;
    const char *start = json_string_value(json_object_get(dates, "debut"));
    if (!read_clock(start, &second, &occasion->day, &occasion->minute))
        return false;
    bool ended = read_clock(json_string_value(json_object_get(dates, "fin")), &end, &day, &minute)
                 && end >= second;
    occasion->end_day = ended ? day : occasion->day;
    occasion->end_minute = ended ? minute : occasion->minute;
    occasion->end_second = ended ? end : second;
    return true;
}

bool occasion_next(const json_t *dates, int64_t now_ms, occasion_t *occasion, size_t *count)
{
    bool found = false;
    *count = 0;
    for (size_t i = 0; i < json_array_size(dates); i++) {
        occasion_t one;
        if (!occasion_read(json_array_get(dates, i), &one))
            continue;
        if (found && occasion->end_second >= now_ms / 1000) {
            ++*count;
            continue;
        }
        *occasion = one;
        found = true;
    }
    return found;
}

int64_t occasion_today(int64_t unix_ms)
{
    struct tm french;
    format_french_clock(unix_ms, &french);
    return floor_div(timegm(&french), DAY_S);
}

int64_t occasion_monday(int64_t day)
{
    int64_t since = (day + 3) % 7; /* 1970 began on a Thursday */
    return day - (since < 0 ? since + 7 : since);
}

static void civil(int64_t day, struct tm *date)
{
    time_t at = (time_t)(day * DAY_S);
    gmtime_r(&at, date);
}

/* "4 février 2027" */
static void add_date(text_t *out, int64_t day)
{
    struct tm date;
    char text[32];
    civil(day, &date);
    strftime(text, sizeof text, "%Y-%m-%d", &date);
    format_date(out, text);
}

void occasion_day(text_t *out, int64_t day)
{
    static const char *const DAYS[] = {"dimanche", "lundi",    "mardi", "mercredi",
                                       "jeudi",    "vendredi", "samedi"};
    struct tm date;
    civil(day, &date);
    text_add_format(out, "%s ", DAYS[date.tm_wday]);
    add_date(out, day);
}

void occasion_week(text_t *out, int64_t monday, int64_t today)
{
    int64_t this = occasion_monday(today);
    if (monday == this)
        text_add_string(out, "Cette semaine");
    else if (monday == this + 7)
        text_add_string(out, "La semaine prochaine");
    else {
        text_add_string(out, "Semaine du ");
        add_date(out, monday);
    }
}

/* "8 h 30", "18 h" */
static void add_clock(text_t *out, int64_t minute)
{
    text_add_format(out, "%d" NO_BREAK_SPACE "h", (int)(minute / 60));
    if (minute % 60)
        text_add_format(out, NO_BREAK_SPACE "%02d", (int)(minute % 60));
}

void occasion_hours(text_t *out, const occasion_t *occasion)
{
    int64_t days = occasion->end_day - occasion->day;
    bool whole = occasion->minute == 0
                 && ((days == 1 && occasion->end_minute == 0)
                     || (days == 0 && occasion->end_minute == 23 * 60 + 59));
    if (whole) {
        text_add_string(out, "toute la journée");
        return;
    }
    bool ends = days || occasion->end_minute != occasion->minute;
    text_add_string(out, !ends ? "à " : days ? "à partir de " : "de ");
    add_clock(out, occasion->minute);
    if (ends && days) {
        text_add_string(out, ", jusqu'au ");
        occasion_day(out, occasion->end_day);
    }
    if (ends) {
        text_add_string(out, " à ");
        add_clock(out, occasion->end_minute);
    }
}

int64_t occasion_month(int64_t day)
{
    struct tm date;
    civil(day, &date);
    return (int64_t)(date.tm_year + 1900) * 12 + date.tm_mon;
}

int64_t occasion_month_start(int64_t month)
{
    struct tm first = {
        .tm_year = (int)(month / 12) - 1900, .tm_mon = (int)(month % 12), .tm_mday = 1};
    return floor_div(timegm(&first), DAY_S);
}

void occasion_month_words(text_t *out, int64_t month)
{
    text_t date;
    text_init(&date, 64);
    add_date(&date, occasion_month_start(month));
    text_add_string(out, date.data + strlen("1er" NO_BREAK_SPACE));
    text_free(&date);
}
