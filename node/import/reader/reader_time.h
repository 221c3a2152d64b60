/* reader_time - moments, time zones and series of dates, as a calendar file writes them. Over libical. */
#ifndef NODE_IMPORT_READER_READER_TIME_H
#define NODE_IMPORT_READER_READER_TIME_H

#include "node/import/reader/reader.h"

#include <libical/ical.h>
#include <stdint.h>

/* The time zones of one file. */
typedef struct zones zones_t;

/* NULL when the system has no time zones. */
zones_t *zones_new(void);
void zones_destroy(zones_t **self_p);
/* Adds a VTIMEZONE; one that cannot be read, or one too many, is left out. */
void zones_add(zones_t *self, const char *text, size_t size);

/* A day, or a time of a zone. */
typedef struct moment {
    struct icaltimetype time; /* as the clock there shows it; is_date for a day */
    icaltimezone *zone;       /* borrowed from the zones or from libical; of a day, Paris */
    bool known;               /* false: nothing was written, or it is no date */
} moment_t;

/* Of "20261122", "20261122T180000" or "...Z". An empty tzid is no zone; *unknown is set when there is one
 * that nobody knows. */
moment_t moment_read(const zones_t *zones, const char *text, size_t size, const char *tzid,
                     size_t tzid_size, bool *unknown);
/* The end of what begins at start and lasts a duration, "PT1H30M". */
moment_t moment_after(const moment_t *start, const char *duration, size_t size);

#define MOMENT_SIZE 32
/* "2026-11-22T18:00:00+01:00" or "2026-11-22"; false when it is not known. */
bool moment_write(const moment_t *self, char out[MOMENT_SIZE]);

#define DATES_EXCEPT_MAX 1000

/* The dates of one event. Zeroed, it has none. */
typedef struct dates {
    moment_t first;      /* the start of the event */
    int64_t last_second; /* dates after this are not taken */
    struct date {
        int64_t begin, end; /* seconds since 1970; end only when it ends */
        int64_t of;         /* begin, before a change */
        icaltimezone *zone;
        bool ends;
        bool day; /* begin and end are midnights in UTC of days, end the day after */
    } list[2 * READER_DATES_MAX];
    size_t count;
    moment_t except[DATES_EXCEPT_MAX];
    size_t except_count;
    bool ruled; /* it has its rule */
    bool cut;   /* there were more */
} dates_t;

/* Its first date. end may be unknown. Then come the exceptions, the rule, other dates, dates_sort, and
 * after that the changes of single dates. */
void dates_begin(dates_t *self, const moment_t *start, const moment_t *end);
void dates_except(dates_t *self, const moment_t *moment);
/* False when the rule is not understood (or is a second one): nothing is added. */
bool dates_add_rule(dates_t *self, const char *rule, size_t size);
void dates_add(dates_t *self, const moment_t *moment);
/* Sorts, leaves out repetitions and exceptions, and cuts to READER_DATES_MAX. */
void dates_sort(dates_t *self);
/* Moves the date that began at `of`, or removes it (start NULL). False when there is none. */
bool dates_change(dates_t *self, const moment_t *of, const moment_t *start, const moment_t *end);

bool dates_write_start(const dates_t *self, size_t index, char out[MOMENT_SIZE]);
bool dates_write_end(const dates_t *self, size_t index, char out[MOMENT_SIZE]); /* false: none */

#endif
