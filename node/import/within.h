/* within - does a content lie in a territory? Its commune tells, else its postcode, else its zones. */
#ifndef NODE_IMPORT_WITHIN_H
#define NODE_IMPORT_WITHIN_H

#include "node/geo/geo.h"

#include <jansson.h>

typedef enum within {
    WITHIN_UNKNOWN, /* it says no place, or none that the geography knows */
    WITHIN_INSIDE,
    WITHIN_OUTSIDE,
} within_t;

/* territory: "COM-42218", "EPCI-244200770", "DEP-42" or "REG-84". A zone lies inside when it is the
 * territory or a part of it; one that contains it, like a whole country, is outside. */
within_t within(const geo_t *geo, const char *territory, const json_t *content);

#endif
