/* format - values as French readers write them.
 *
 * Numbers have a comma and a narrow no-break space every three digits ("1 234,5"), a unit follows a
 * no-break space, dates are words ("12 mars 2026", "1er mars 2026"). Moments are told in the legal
 * time of metropolitan France, whatever the server's own zone is. Every function appends UTF-8 to a
 * text; input that is not what the name says is appended as it came. */
#ifndef NODE_PORTAL_WORDS_FORMAT_H
#define NODE_PORTAL_WORDS_FORMAT_H

#include "schemas/base/text.h"

#include <stdint.h>
#include <time.h>

#define FORMAT_DAY_START_SIZE 21

/* At most `decimals` (0..6) digits after the comma, without final zeros. unit "" for none;
 * "EUR" and "pct" become their signs. */
void format_number(text_t *out, double value, int decimals, const char *unit);

/* "entre 10 et 20 %", "au moins 10 %", "au plus 20 %", or the number alone when both ends are
 * equal. A NULL end is open; both NULL append nothing. */
void format_interval(text_t *out, const double *min, const double *max, int decimals,
                     const char *unit);

/* "2026-03-12" becomes "12 mars 2026". */
void format_date(text_t *out, const char *rfc3339);

/* "2026-03-12T14:30:00+01:00" becomes "12 mars 2026 à 14:30": the clock of the place it names. */
void format_instant(text_t *out, const char *rfc3339);

/* Unix milliseconds: "à 14:30" on the day of now_ms, else "le 12 mars 2026 à 14:30". */
void format_moment(text_t *out, int64_t unix_ms, int64_t now_ms);

/* What clocks in metropolitan France show at that moment. */
void format_french_clock(int64_t unix_ms, struct tm *local);

/* When the day of that moment began in France, in UTC: "2026-11-21T23:00:00Z". As text it lies
 * between the dates "2026-11-21" and "2026-11-22". */
void format_day_start(int64_t unix_ms, char out[FORMAT_DAY_START_SIZE]);

/* Unix milliseconds as "2026-11-22T03:15:23.123Z", for programs. */
void format_utc(text_t *out, int64_t unix_ms);

/* "1 fiche", "12 fiches", "0 fiche": in French the plural begins at two. */
void format_count(text_t *out, int64_t count, const char *one, const char *many);

#endif
