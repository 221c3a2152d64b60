#include "node/import/reader/reader_time.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ZONES_MAX 100
#define ZONE_SIZE_MAX (64 * 1024)
#define TZID_MAX 128
#define RULE_MAX 1024
#define DAY 86400

/* --- zones --- */

struct zones {
    icaltimezone *list[ZONES_MAX];
    size_t count;
    icaltimezone *paris; /* libical's */
};

zones_t *zones_new(void)
{
    zones_t *self = calloc(1, sizeof *self);
    assert(self);
    self->paris = icaltimezone_get_builtin_timezone("Europe/Paris");
    if (!self->paris)
        zones_destroy(&self);
    return self;
}

void zones_destroy(zones_t **self_p)
{
    zones_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++)
        icaltimezone_free(self->list[i], 1);
    free(self);
    *self_p = NULL;
}

/* Clocks change a few times a year. libical writes down each change until today: a zone that changes every second
 * would take all memory there is. */
static bool changes_seldom(icalcomponent *zone)
{
    icalcomponent *part = icalcomponent_get_first_component(zone, ICAL_ANY_COMPONENT);
    for (; part; part = icalcomponent_get_next_component(zone, ICAL_ANY_COMPONENT)) {
        icalproperty *property = icalcomponent_get_first_property(part, ICAL_RRULE_PROPERTY);
        for (; property; property = icalcomponent_get_next_property(part, ICAL_RRULE_PROPERTY)) {
            struct icalrecurrencetype rule = icalproperty_get_rrule(property);
            bool seldom =
                rule.freq == ICAL_YEARLY_RECURRENCE || rule.freq == ICAL_MONTHLY_RECURRENCE;
            if (!seldom || rule.by_hour[0] != ICAL_RECURRENCE_ARRAY_MAX
                || rule.by_minute[0] != ICAL_RECURRENCE_ARRAY_MAX
                || rule.by_second[0] != ICAL_RECURRENCE_ARRAY_MAX)
                return false;
        }
    }
    return true;
}

void zones_add(zones_t *self, const char *text, size_t size)
{
    if (self->count == ZONES_MAX || size > ZONE_SIZE_MAX)
        return;
    char *copy = strndup(text, size);
    assert(copy);
    icalcomponent *component = icalparser_parse_string(copy);
    free(copy);
    if (!component)
        return;
    icaltimezone *zone = icaltimezone_new();
    if (icalcomponent_isa(component) == ICAL_VTIMEZONE_COMPONENT && changes_seldom(component)
        && icaltimezone_set_component(zone, component)) {
        self->list[self->count++] = zone;
        return;
    }
    icaltimezone_free(zone, 1);
    icalcomponent_free(component);
}

/* Programs put their own path before the name: "/mozilla.org/20070129_1/Europe/Paris". */
static icaltimezone *system_zone(const char *tzid)
{
    while (tzid) {
        icaltimezone *zone = *tzid && *tzid != '/' ? icaltimezone_get_builtin_timezone(tzid) : NULL;
        if (zone)
            return zone;
        tzid = strchr(tzid, '/');
        tzid = tzid ? tzid + 1 : NULL;
    }
    return NULL;
}

static icaltimezone *find_zone(const zones_t *self, const char *tzid, size_t size)
{
    char name[TZID_MAX];
    if (size >= sizeof name)
        return NULL;
    memcpy(name, tzid, size);
    name[size] = 0;
    icaltimezone *zone = system_zone(name);
    for (size_t i = 0; !zone && i < self->count; i++) {
        const char *own = icaltimezone_get_tzid(self->list[i]);
        if (own && strcmp(own, name) == 0)
            zone = self->list[i];
    }
    return zone;
}

/* --- moments --- */

/* A number of so many digits; -1 when there is something else. */
static int digits(const char *text, size_t count)
{
    int number = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isdigit((unsigned char)text[i]))
            return -1;
        number = 10 * number + (text[i] - '0');
    }
    return number;
}

static bool is_day(const struct icaltimetype *time)
{
    return time->year >= 1000 && time->month >= 1 && time->month <= 12 && time->day >= 1
           && time->day <= icaltime_days_in_month(time->month, time->year);
}

static bool read_time(struct icaltimetype *time, const char *text, size_t size)
{
    if (size != 8 && size != 15 && size != 16)
        return false;
    *time = icaltime_null_time();
    time->year = digits(text, 4);
    time->month = digits(text + 4, 2);
    time->day = digits(text + 6, 2);
    time->is_date = size == 8;
    if (!is_day(time) || size == 8)
        return is_day(time);
    time->hour = digits(text + 9, 2);
    time->minute = digits(text + 11, 2);
    time->second = digits(text + 13, 2);
    return text[8] == 'T' && (size == 15 || text[15] == 'Z') && time->hour >= 0 && time->hour < 24
           && time->minute >= 0 && time->minute < 60 && time->second >= 0 && time->second < 60;
}

moment_t moment_read(const zones_t *zones, const char *text, size_t size, const char *tzid,
                     size_t tzid_size, bool *unknown)
{
    moment_t moment = {.zone = zones->paris};
    moment.known = read_time(&moment.time, text, size);
    if (moment.known && size == 16)
        moment.zone = icaltimezone_get_utc_timezone();
    else if (moment.known && size == 15 && tzid_size) {
        icaltimezone *zone = find_zone(zones, tzid, tzid_size);
        *unknown = !zone;
        moment.zone = zone ? zone : zones->paris;
    }
    return moment;
}

/* Of a day, its midnight in UTC: days are compared with days. */
static int64_t second_of(const moment_t *self)
{
    struct icaltimetype time = self->time;
    time.is_date = 0;
    return self->time.is_date ? (int64_t)icaltime_as_timet(time)
                              : (int64_t)icaltime_as_timet_with_zone(time, self->zone);
}

static moment_t moment_at(int64_t second, icaltimezone *zone, bool day)
{
    icaltimezone *of = day ? icaltimezone_get_utc_timezone() : zone;
    moment_t moment = {.zone = zone, .known = true};
    moment.time = icaltime_from_timet_with_zone((time_t)second, day, of);
    moment.time.zone = NULL;
    moment.known = is_day(&moment.time) && moment.time.year <= 9999;
    return moment;
}

moment_t moment_after(const moment_t *start, const char *duration, size_t size)
{
    char text[64];
    if (size >= sizeof text)
        return (moment_t){0};
    memcpy(text, duration, size);
    text[size] = 0;
    struct icaldurationtype lasts = icaldurationtype_from_string(text);
    if (icaldurationtype_is_bad_duration(lasts) || lasts.is_neg || lasts.weeks > 52
        || lasts.days > 366 || lasts.hours > 366 * 24 || lasts.minutes > 366 * 24 * 60
        || lasts.seconds > 366 * DAY)
        return (moment_t){0};
    return moment_at(second_of(start) + icaldurationtype_as_int(lasts), start->zone,
                     start->time.is_date);
}

bool moment_write(const moment_t *self, char out[MOMENT_SIZE])
{
    struct icaltimetype time = self->time;
    if (!self->known)
        return false;
    unsigned year = (unsigned)time.year % 10000, month = (unsigned)time.month % 100,
             day = (unsigned)time.day % 100;
    if (time.is_date) {
        snprintf(out, MOMENT_SIZE, "%04u-%02u-%02u", year, month, day);
        return true;
    }
    int summer, offset = icaltimezone_get_utc_offset(self->zone, &time, &summer) / 60;
    unsigned minutes = (unsigned)abs(offset) % (24 * 60);
    snprintf(out, MOMENT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u%c%02u:%02u", year, month, day,
             (unsigned)time.hour % 24, (unsigned)time.minute % 60, (unsigned)time.second % 60,
             offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
    return true;
}

/* --- series --- */

static void add(dates_t *self, struct date date)
{
    const size_t max = sizeof self->list / sizeof *self->list;
    if (self->count == max || date.begin > self->last_second) {
        self->cut = true;
        return;
    }
    date.of = date.begin;
    date.zone = self->first.zone;
    date.day = self->first.time.is_date;
    self->list[self->count++] = date;
}

/* Another date, which lasts as long as the first. */
static void repeat(dates_t *self, int64_t begin)
{
    struct date date = self->list[0];
    date.end = begin + (date.end - date.begin);
    date.begin = begin;
    add(self, date);
}

void dates_begin(dates_t *self, const moment_t *start, const moment_t *end)
{
    self->first = *start;
    moment_t last = *start;
    last.time.year += READER_YEARS_MAX;
    last.time = icaltime_normalize(last.time);
    self->last_second = second_of(&last);
    int64_t begin = second_of(start);
    add(self, (struct date){
                  .begin = begin, .ends = end->known, .end = end->known ? second_of(end) : begin});
}

void dates_except(dates_t *self, const moment_t *moment)
{
    if (self->except_count < DATES_EXCEPT_MAX)
        self->except[self->except_count++] = *moment;
}

void dates_add(dates_t *self, const moment_t *moment)
{
    if (moment->time.is_date == self->first.time.is_date)
        repeat(self, second_of(moment));
}

/* A rule ends at an instant or a day; the dates it gives are times of the clock of the event. */
static void local_until(const moment_t *first, struct icaltimetype *until)
{
    if (icaltime_is_null_time(*until))
        return;
    if (!until->is_date && !first->time.is_date && icaltime_is_utc(*until))
        *until = icaltime_convert_to_zone(*until, first->zone);
    until->zone = NULL;
    if (until->is_date && !first->time.is_date) { /* the whole of that day */
        until->hour = 23;
        until->minute = until->second = 59;
    }
    until->is_date = first->time.is_date;
}

/* Rules of public events give days; finer ones, and those of other calendars, are not read. */
static bool read_rule(const char *text, size_t size, struct icalrecurrencetype *rule)
{
    char copy[RULE_MAX];
    if (size >= sizeof copy)
        return false;
    memcpy(copy, text, size);
    copy[size] = 0;
    if (strcasestr(copy, "RSCALE"))
        return false;
    *rule = icalrecurrencetype_from_string(copy);
    return rule->freq >= ICAL_DAILY_RECURRENCE && rule->freq <= ICAL_YEARLY_RECURRENCE;
}

bool dates_add_rule(dates_t *self, const char *text, size_t size)
{
    struct icalrecurrencetype rule;
    if (self->ruled || !read_rule(text, size, &rule))
        return false;
    local_until(&self->first, &rule.until);
    struct icaltimetype start = self->first.time;
    icalrecur_iterator *iterator = icalrecur_iterator_new(rule, start);
    if (!iterator)
        return false;
    self->ruled = true;
    for (;;) {
        moment_t next = {.time = icalrecur_iterator_next(iterator), .zone = self->first.zone};
        if (self->cut || icaltime_is_null_time(next.time))
            break;
        next.time.is_date = self->first.time.is_date;
        repeat(self, second_of(&next));
    }
    icalrecur_iterator_free(iterator);
    return true;
}

/* An exception that is a day takes out every time of that day. */
static bool is_excepted(const dates_t *self, const struct date *date)
{
    moment_t begin = moment_at(date->begin, date->zone, date->day);
    for (size_t i = 0; i < self->except_count; i++) {
        const moment_t *except = &self->except[i];
        if (except->time.is_date ? icaltime_compare_date_only(except->time, begin.time) == 0
                                 : !date->day && second_of(except) == date->begin)
            return true;
    }
    return false;
}

static int compare_dates(const void *left, const void *right)
{
    const struct date *a = left, *b = right;
    return (a->begin > b->begin) - (a->begin < b->begin);
}

void dates_sort(dates_t *self)
{
    size_t kept = 0;
    qsort(self->list, self->count, sizeof *self->list, compare_dates);
    for (size_t i = 0; i < self->count; i++)
        if (!(kept && self->list[kept - 1].begin == self->list[i].begin)
            && !is_excepted(self, &self->list[i]))
            self->list[kept++] = self->list[i];
    self->cut = self->cut || kept > READER_DATES_MAX;
    self->count = kept > READER_DATES_MAX ? READER_DATES_MAX : kept;
    self->except_count = 0;
}

bool dates_change(dates_t *self, const moment_t *of, const moment_t *start, const moment_t *end)
{
    int64_t second = second_of(of);
    size_t at = 0;
    while (at < self->count && !(of->known && self->list[at].of == second))
        at++;
    if (at == self->count)
        return false;
    if (!start || !start->known) {
        self->count--;
        memmove(&self->list[at], &self->list[at + 1], (self->count - at) * sizeof *self->list);
        return true;
    }
    struct date *date = &self->list[at];
    date->begin = second_of(start);
    date->ends = end->known;
    date->end = end->known ? second_of(end) : date->begin;
    date->zone = start->zone;
    date->day = start->time.is_date;
    return true;
}

bool dates_write_start(const dates_t *self, size_t index, char out[MOMENT_SIZE])
{
    const struct date *date = &self->list[index];
    moment_t moment = moment_at(date->begin, date->zone, date->day);
    return moment_write(&moment, out);
}

/* Of days, the last one, when it is not the first. */
bool dates_write_end(const dates_t *self, size_t index, char out[MOMENT_SIZE])
{
    const struct date *date = &self->list[index];
    int64_t end = date->day ? date->end - DAY : date->end;
    if (!date->ends || (date->day && end <= date->begin))
        return false;
    moment_t moment = moment_at(end, date->zone, date->day);
    return moment_write(&moment, out);
}
