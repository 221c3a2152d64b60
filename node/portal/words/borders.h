/* borders - where the departments of metropolitan France end, in degrees, for maps with places in them.
 *
 * Read from one file that config/geo/build makes; without it a map shows its places on the communes alone. One commune in
 * a hundred lies outside of its department as it is drawn here, by less than 2 km; islands that nobody would see are
 * left out. Overseas nothing is drawn. The file is text, its cells separated by tabs:
 *
 *     maillage-borders 1
 *     code ring…          "DEP-42"; a ring is "lat lon dlat dlon…", thousandths of degrees: its first point, then
 *                         the way from each to the next
 *
 * It never changes after borders_load. */
#ifndef NODE_PORTAL_WORDS_BORDERS_H
#define NODE_PORTAL_WORDS_BORDERS_H

#include "schemas/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define BORDERS_FILE_MAX (256 << 10) /* bytes */

typedef struct borders borders_t;

/* A walk along the border of a department. */
typedef struct border {
    const char *rest; /* of its line; NULL: there is none */
    int32_t lat, lon; /* of the point reached, millionths of degrees */
    bool begins;      /* it is the first of a ring */
} border_t;

/* NULL and ERR_REJECT when the file is missing or no such file. path NULL: the file that the build knows. */
borders_t *borders_load(const char *path, err_t *err);
void borders_destroy(borders_t **self_p);

/* Before the first point of a department, "42"; of one that is not drawn, and where self is NULL, there is none. */
border_t borders_of(const borders_t *self, const char *department);

/* Goes to the next point; false behind the last one. */
bool border_next(border_t *self);

#endif
