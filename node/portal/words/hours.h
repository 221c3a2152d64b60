/* hours - opening hours as people read them, from the form that OpenStreetMap gave them.
 *
 * What places really publish is understood: days, ranges and lists of them, times, "off", "24/7"; later rules replace
 * earlier ones for their days, holidays ("PH", "SH") are passed over. Anything else is no table but a text to be shown as it is. */
#ifndef NODE_PORTAL_WORDS_HOURS_H
#define NODE_PORTAL_WORDS_HOURS_H

#include <jansson.h>

#define HOURS_RULES_MAX 32
#define HOURS_TIMES_MAX 6 /* of one day */

/* Gives [{days, times}]: "lundi à vendredi", "9 h à 12 h, 14 h à 17 h 30", days of one kind that follow each other in one
 * row, closed ones told; NULL when the text has no such form. */
json_t *hours_view(const char *osm);

#endif
