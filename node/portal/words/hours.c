#include "node/portal/words/hours.h"

#include "node/portal/words/view.h"
#include "schemas/base/text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DAYS 7
#define DAY_MINUTES (24 * 60)
#define TEXT_MAX 1024

static const char *const CODES[DAYS] = {"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"};
static const char *const NAMES[DAYS] = {"lundi",    "mardi",  "mercredi", "jeudi",
                                        "vendredi", "samedi", "dimanche"};

typedef struct span {
    int from, to; /* minutes of the day */
} span_t;

typedef struct day {
    span_t spans[HOURS_TIMES_MAX];
    size_t count;
} day_t;

typedef struct week {
    day_t days[DAYS];
    bool some; /* a rule was read */
} week_t;

/* --- reading --- */

static bool take(const char **at, const char *word)
{
    size_t size = strlen(word);
    if (strncmp(*at, word, size) != 0)
        return false;
    *at += size;
    return true;
}

static void skip_spaces(const char **at)
{
    *at += strspn(*at, " ");
}

/* -1 when there is no day. */
static int take_day(const char **at)
{
    for (int day = 0; day < DAYS; day++)
        if (take(at, CODES[day]))
            return day;
    return -1;
}

/* "Mo-We,Fr "; none named means all. False when what follows is neither days nor times. */
static bool take_days(const char **at, bool days[DAYS], bool *holidays)
{
    memset(days, 0, DAYS * sizeof *days);
    *holidays = false;
    int count = 0;
    do {
        skip_spaces(at);
        if (take(at, "PH") || take(at, "SH")) {
            *holidays = true;
            count++;
            continue;
        }
        int first = take_day(at), last = first;
        if (first < 0)
            break;
        if (take(at, "-") && (last = take_day(at)) < 0)
            return false;
        for (int day = first;; day = (day + 1) % DAYS) {
            days[day] = true;
            if (day == last)
                break;
        }
        count++;
    } while (take(at, ","));
    for (int day = 0; day < DAYS && !count; day++)
        days[day] = true;
    skip_spaces(at);
    return true;
}

/* "09:30" as minutes; -1 for what is no time. */
static int take_time(const char **at)
{
    static const char FORM[] = "00:00";
    const char *text = *at;
    for (size_t i = 0; i < sizeof FORM - 1; i++)
        if (FORM[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != FORM[i])
            return -1;
    int minutes =
        ((text[0] - '0') * 10 + text[1] - '0') * 60 + (text[3] - '0') * 10 + text[4] - '0';
    *at += sizeof FORM - 1;
    return text[3] < '6' && minutes <= DAY_MINUTES ? minutes : -1;
}

/* Spans that touch are one; one that takes no time is none. */
static bool add_span(day_t *day, int from, int to)
{
    span_t *last = day->count ? &day->spans[day->count - 1] : NULL;
    if (from == to)
        return true;
    if (last && last->to == from) {
        last->to = to;
        return true;
    }
    if (day->count == HOURS_TIMES_MAX)
        return false;
    day->spans[day->count++] = (span_t){from, to};
    return true;
}

static bool take_times(const char **at, day_t *day)
{
    *day = (day_t){.count = 0};
    if (take(at, "off") || take(at, "closed"))
        return true;
    if (take(at, "24/7"))
        return add_span(day, 0, DAY_MINUTES);
    do {
        skip_spaces(at);
        int from = take_time(at);
        if (from < 0 || !take(at, "-"))
            return false;
        int to = take_time(at);
        if (to < 0 || !add_span(day, from, to))
            return false;
    } while (take(at, ","));
    return true;
}

static bool take_rule(const char **at, week_t *week)
{
    bool days[DAYS], holidays;
    day_t day;
    if (!take_days(at, days, &holidays) || !take_times(at, &day))
        return false;
    for (int i = 0; i < DAYS; i++)
        if (days[i]) {
            week->days[i] = day;
            week->some = true;
        }
    skip_spaces(at);
    return true;
}

static bool read_week(const char *osm, week_t *week)
{
    *week = (week_t){.some = false};
    for (int rules = 0; rules < HOURS_RULES_MAX; rules++) {
        skip_spaces(&osm);
        if (*osm && !take_rule(&osm, week))
            return false;
        if (!*osm)
            return week->some;
        if (!take(&osm, ";"))
            return false;
    }
    return false;
}

/* --- writing --- */

static void add_time(text_t *out, int minutes)
{
    text_add_format(out, "%d\u00a0h", minutes / 60);
    if (minutes % 60)
        text_add_format(out, "\u00a0%02d", minutes % 60);
}

static void add_times(text_t *out, const day_t *day)
{
    if (!day->count)
        text_add_string(out, "fermé");
    for (size_t i = 0; i < day->count; i++) {
        const span_t *span = &day->spans[i];
        text_add_string(out, i ? ", " : "");
        if (span->from == 0 && span->to == DAY_MINUTES) {
            text_add_string(out, "jour et nuit");
            continue;
        }
        add_time(out, span->from);
        text_add_string(out, " à ");
        add_time(out, span->to);
    }
}

static bool same(const day_t *a, const day_t *b)
{
    return a->count == b->count && memcmp(a->spans, b->spans, a->count * sizeof *a->spans) == 0;
}

static json_t *row(const week_t *week, int first, int last)
{
    text_t days, times;
    text_init(&days, TEXT_MAX);
    text_init(&times, TEXT_MAX);
    text_add_string(&days, NAMES[first]);
    if (last > first)
        text_add_format(&days, "%s%s", last == first + 1 ? " et " : " à ", NAMES[last]);
    add_times(&times, &week->days[first]);
    return json_pack("{s:o, s:o}", "days", view_take(&days), "times", view_take(&times));
}

json_t *hours_view(const char *osm)
{
    week_t week;
    if (!read_week(osm, &week))
        return NULL;
    json_t *rows = json_array();
    for (int first = 0, last; first < DAYS; first = last + 1) {
        last = first;
        while (last + 1 < DAYS && same(&week.days[last + 1], &week.days[first]))
            last++;
        json_array_append_new(rows, row(&week, first, last));
    }
    return rows;
}
