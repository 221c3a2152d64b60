/* asset - the templates and static files of the portal, compiled in.
 *
 * The table is made from templates/ and static/ by assets.cmake at build time, so that the
 * program is one file and nothing it serves is ever looked up on a disk by a name that came
 * from outside. */
#ifndef NODE_PORTAL_ASSET_H
#define NODE_PORTAL_ASSET_H

#include <stddef.h>

typedef struct asset {
    const char *name; /* "templates/home.mustache", "static/portail.css" */
    const unsigned char *bytes;
    size_t size;
} asset_t;

extern const asset_t assets[]; /* ordered by name */
extern const size_t asset_count;

#endif
