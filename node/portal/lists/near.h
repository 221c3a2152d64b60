/* near - "à moins de 25 km de Saint-Étienne": a place in the words of an address, and how far things are from it.
 *
 * `pres` is a commune's name, "Saint-Denis (93)" where several have it, a postcode, or a commune's code; `rayon` one of
 * NEAR_RADII, kilometres. Of communes of one name that of the hub's own territory is meant, else the first; the others
 * are offered. A postcode that serves several communes means their middle. */
#ifndef NODE_PORTAL_LISTS_NEAR_H
#define NODE_PORTAL_LISTS_NEAR_H

#include "node/portal/site.h"

#define NEAR_PLACE "pres"
#define NEAR_RADIUS "rayon"
#define NEAR_RADIUS_DEFAULT 25
#define NEAR_NAMESAKES_MAX 8
#define NEAR_LABEL_SIZE 256

extern const unsigned NEAR_RADII[]; /* ascending, ended by 0 */

typedef struct near {
    const char *asked; /* as typed, borrowed from the request; NULL when no place was asked for */
    bool found;        /* and this is where it is: */
    bool about; /* that is not exact: several communes, or one without coordinates of its own */
    char label[NEAR_LABEL_SIZE]; /* "Saint-Étienne (42)" */
    unsigned radius_km;
    around_t around;
    const geo_t *geo;
    const geo_commune_t *namesakes[NEAR_NAMESAKES_MAX]; /* other communes of this name */
    size_t namesake_count;
} near_t;

/* Reads the place and makes it part of the query, which borrows self. A place nobody knows leaves the query as it is; a
 * radius that is none of NEAR_RADII becomes the default. */
void near_read(near_t *self, site_t *site, const request_t *request, query_t *query);

/* ERR_REJECT (French) for a place nobody knows or a radius that is none: a program must not take all for what is near. */
int near_check(const near_t *self, const request_t *request, err_t *err);

/* Is this entry's distance of that order, no more? */
bool near_about(const near_t *self, const entry_t *entry);

/* Where an entry is: its coordinates, else its commune's; false when that is not known. */
bool near_locate(const geo_t *geo, const entry_t *entry, int32_t *lat, int32_t *lon);

/* The commune or part of one that has this code, as a commune of today; NULL when it is not known. */
const geo_commune_t *near_commune(const geo_t *geo, const char *code);

/* An around_t's `each_commune`, of which a geo_t is the geography. */
int near_each_commune(const around_t *around,
                      int (*visit)(void *context, const char *commune, double metres),
                      void *context);

/* "à 3 km", "à environ 12 km", "à moins de 1 km"; "dans la même commune" for what is at the same middle of one. */
void near_words(text_t *out, double metres, bool about);

/* {place, radii: [{km, chosen}], asked, found, label, unknown, about, namesakes: [{label, href}]} for templates. */
json_t *near_view(const near_t *self, const request_t *request);

#endif
