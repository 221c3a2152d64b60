/* france - the geography that config/geo/build makes. Included after cmocka.h. */
#ifndef FRANCE_H
#define FRANCE_H

#include "node/geo/geo.h"

#include <string.h>

/* Gives it. The test is skipped where it was never made, and fails where it is damaged. */
static inline geo_t *load_france(void)
{
    err_t err = {0};
    geo_t *geo = geo_load(NULL, &err);
    if (!geo && !strstr(err.text, "config/geo/build"))
        fail_msg("%s", err.text);
    if (!geo) {
        print_message("skipped: %s\n", err.text);
        skip();
    }
    return geo;
}

#endif
