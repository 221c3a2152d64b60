/* occasion - one date of an event, in the words of an agenda.
 *
 * Days and hours are those of the clock on the wall where it happens: the one that the date itself names,
 * and for a date written in UTC, which is nobody's clock, the French one. Pure: no clock of its own. */
#ifndef NODE_PORTAL_WORDS_OCCASION_H
#define NODE_PORTAL_WORDS_OCCASION_H

#include "schemas/base/text.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct occasion {
    int64_t day, minute; /* it begins: days since 1970 and minutes since midnight, on that clock */
    int64_t end_day, end_minute; /* the same of its end; of the beginning when no end is told */
    int64_t end_second;          /* Unix; when it is over */
} occasion_t;

/* Reads {debut, fin}; false when debut is no instant. An end that cannot be read, or lies before the
 * beginning, counts as none. */
bool occasion_read(const json_t *dates, occasion_t *occasion);

/* Which of an event's dates to show: the first that is not over at now_ms, else the last. False when it
 * has none. *count: how many follow it. */
bool occasion_next(const json_t *dates, int64_t now_ms, occasion_t *occasion, size_t *count);

/* The day of a moment in France, and the Monday of a day's week, in days since 1970. */
int64_t occasion_today(int64_t unix_ms);
int64_t occasion_monday(int64_t day);

/* "jeudi 4 février 2027" */
void occasion_day(text_t *out, int64_t day);

/* "Cette semaine", "La semaine prochaine", "Semaine du 1er février 2027" */
void occasion_week(text_t *out, int64_t monday, int64_t today);

/* "de 8 h 30 à 10 h", "à 18 h", "à partir de 9 h, jusqu'au vendredi 5 février 2027 à 18 h"; "toute la
 * journée" from midnight to midnight. */
void occasion_hours(text_t *out, const occasion_t *occasion);

/* Year and month of a day as one number, 2027 * 12 + 1 for February 2027, and the first day of such a
 * month. */
int64_t occasion_month(int64_t day);
int64_t occasion_month_start(int64_t month);

/* "février 2027" */
void occasion_month_words(text_t *out, int64_t month);

#endif
