/* look - what a value of somebody's file seems to be: a SIRET, a postcode, a French date...
 *
 * Only its form is looked at. A value may be several things at once: five digits are a postcode, a
 * commune's code and a number. */
#ifndef NODE_IMPORT_EXPLAIN_LOOK_H
#define NODE_IMPORT_EXPLAIN_LOOK_H

#include <stdbool.h>

typedef enum look {
    LOOK_NOTHING, /* "-", "NR": someone's word for no value */
    LOOK_SIRET,
    LOOK_SIRET_SHORT, /* right with a zero before it */
    LOOK_SIREN,
    LOOK_SIREN_SHORT,
    LOOK_ZEROS, /* 00000000000000 */
    LOOK_RNA,
    LOOK_TERRITORY, /* COM-42218, DEP-42 */
    LOOK_COMMUNE,   /* 42218, 2A004 */
    LOOK_POSTCODE,
    LOOK_POSTCODE_SHORT, /* four digits */
    LOOK_URL,
    LOOK_URL_BARE, /* www.exemple.fr */
    LOOK_COURRIEL,
    LOOK_TELEPHONE,
    LOOK_DATE,
    LOOK_DATE_FRENCH,  /* 26/09/2022 */
    LOOK_DATE_TIME,    /* 2022-09-26 19:00:45: a day with an hour, perhaps an offset */
    LOOK_EPOCH_MS,     /* 1577836800000 */
    LOOK_NUMBER,       /* 4, 4.41 */
    LOOK_NUMBER_COMMA, /* 4,41 */
    LOOK_LATITUDE,     /* of France, also overseas, in degrees */
    LOOK_LONGITUDE,
    LOOK_LAMBERT_X, /* metres of Lambert-93 */
    LOOK_LAMBERT_Y,
    LOOK_YES_NO,
    LOOK_JSON_LIST,
    LOOK_HTML,
    LOOK_BARS, /* contains what separates the entries of a list */
    LOOK_SEMICOLONS,
    LOOK_COMMAS,
    LOOK_COUNT
} look_t;

/* True when the value has this look. NUL-ended; spaces around it count. */
bool look_at(look_t look, const char *value);

/* "SIRET", "date jj/mm/aaaa": French, for people. Static. */
const char *look_name(look_t look);

#endif
