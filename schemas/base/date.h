/* date - days and instants as RFC 3339 writes them: is it one, and which comes first?
 *
 * Proleptic Gregorian calendar, years 1000 to 9999; no clock, no time zone but the offset written. */
#ifndef SCHEMAS_BASE_DATE_H
#define SCHEMAS_BASE_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Days since 1970-01-01 of "2026-11-22" in *day; false if that day does not exist. */
bool date_read(const char *text, int64_t *day);

/* Seconds since 1970 of "2026-11-22T18:00:00+01:00" or "...Z" in *second. Exactly this form: capital
 * T and Z, seconds, no fraction. A leap second (:60) is refused, as most calendars do. */
bool instant_read(const char *text, int64_t *second);

#define INSTANT_SIZE 26 /* "2026-11-22T18:00:00+01:00" and its NUL */

/* Rewrites what programs commonly give into the form above: a space or t for T, z for Z, no seconds,
 * a fraction of zeros, an offset of +00:00. False when that makes no instant; out is then undefined.
 * The offset is kept: it says when people are expected. */
bool instant_normal(const char *text, char out[INSTANT_SIZE]);

#endif
