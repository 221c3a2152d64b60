/* geo - the territories of France: communes and what became of former ones, departments, regions, EPCI.
 *
 * Read from one file, which config/geo/build makes. Without that file geo_load fails with a sentence to
 * say, and all callers take NULL for a geography that knows nothing: names fall back to codes, nothing
 * is derived from a commune's name.
 *
 * The file is text in UTF-8, its cells separated by tabs, its lines in this order and by code:
 *
 *     maillage-geo 1
 *     R code name                                         a region
 *     D code region name                                  a department
 *     E siren name                                        an EPCI
 *     C code department epci lat lon postcodes name       a commune; millionths of degrees, "" where
 *                                                         unknown; postcodes separated by spaces
 *     A code commune name                                 an arrondissement of Paris, Lyon, Marseille
 *     O code commune name                                 a former commune and the one it belongs to
 *                                                         now; its name is "" where nobody knows it
 *     sha256 hex                                          of all lines before
 *
 * About 5 MB in memory. It never changes after geo_load, so threads may share it. */
#ifndef NODE_GEO_GEO_H
#define NODE_GEO_GEO_H

#include "schemas/base/err.h"
#include "schemas/base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GEO_FILE_MAX (8 << 20) /* bytes */
#define GEO_LINES_MAX 100000
#define GEO_KEY_MAX 1024 /* bytes of a name as it is compared */

typedef struct geo geo_t;

typedef struct geo_region {
    const char *code, *name; /* "84" */
} geo_region_t;

typedef struct geo_department {
    const char *code, *name; /* "42" */
    const geo_region_t *region;
} geo_department_t;

typedef struct geo_epci {
    const char *siren, *name;
    int32_t lat, lon; /* the mean of its communes that have coordinates; of none: see located */
    bool located;
} geo_epci_t;

typedef struct geo_commune {
    const char *code, *name; /* "42218" */
    const char *postcodes;   /* "42000 42100 42230", "" for none */
    const geo_department_t *department;
    const geo_epci_t *epci; /* NULL: in none */
    int32_t lat, lon;       /* millionths of degrees; when located */
    bool located;
    bool around; /* "environ": it has no coordinates of its own, these are its EPCI's mean */
} geo_commune_t;

/* Something that has, or had, a code of a commune and lies in a commune of today. */
typedef struct geo_part {
    const char *code, *name; /* name "": unknown */
    const geo_commune_t *commune;
    bool former; /* a commune of its own once; else an arrondissement */
} geo_part_t;

/* NULL and ERR_REJECT, with a French sentence, when the file is missing, damaged or no such file. path
 * NULL: MAILLAGE_GEO from the environment, else the file that the build knows. */
geo_t *geo_load(const char *path, err_t *err);

/* The same for who only asks by code, as the portal does: half the memory. Nothing is found by name or
 * by postcode. */
geo_t *geo_load_codes(const char *path, err_t *err);
void geo_destroy(geo_t **self_p);

/* In all that follows self may be NULL, and knows nothing then. What comes back is borrowed from it. */

size_t geo_commune_count(const geo_t *self);
const geo_commune_t *geo_commune_at(const geo_t *self, size_t index); /* by code */

/* The commune of today that has this code, "42218" or "COM-42218"; or NULL. */
const geo_commune_t *geo_commune(const geo_t *self, const char *code);

/* What else has this code, "49069" or "COM-49069"; the first, by name, where several had it; or NULL. */
const geo_part_t *geo_part(const geo_t *self, const char *code);

/* Puts at most `max` communes of this name into found, by code and each once; how many there are in all.
 * The name may be that of a former commune or an arrondissement. Case, accents, hyphens and apostrophes
 * do not matter, "St" is "Saint", "13e" and "13ème arrondissement" are 13, what follows CEDEX is none of
 * the name. */
size_t geo_named(const geo_t *self, const char *name, const geo_commune_t **found, size_t max);

/* The same for the communes that a postcode serves; none for a CEDEX, which is no place. */
size_t geo_served(const geo_t *self, const char *postcode, const geo_commune_t **found, size_t max);

bool geo_serves(const geo_commune_t *commune, const char *postcode);

/* The department in which a postcode lies by its digits, "42"; also for a CEDEX; NULL for none. */
const geo_department_t *geo_postcode_department(const geo_t *self, const char *postcode);

/* The name of COM-42218, COM-988 (a collectivity overseas), DEP-42, REG-84 or EPCI-244200770; NULL when
 * it is not known. */
const char *geo_name(const geo_t *self, const char *code);

/* Metres between two communes, -1 when one of them is not located. 0 for a commune and itself. *around
 * (may be NULL) becomes true when one of the two is: then the distance is of that order, no more. */
double geo_distance_m(const geo_commune_t *a, const geo_commune_t *b, bool *around);

/* Metres between two points on a sphere of the Earth's mean radius; millionths of degrees. */
double geo_metres(int32_t lat_a, int32_t lon_a, int32_t lat_b, int32_t lon_b);

/* Calls visit for each code that is, or was, that of a commune, "42218", which today lies within the radius, with its distance;
 * ends when visit gives anything but 0, and gives that. */
int geo_each_within(const geo_t *self, int32_t lat, int32_t lon, double radius_m,
                    int (*visit)(void *context, const char *code, double metres), void *context);

/* Appends the form in which names are compared: "saint etienne", "marseille 13". -1 when it is no
 * UTF-8 or does not fit; out is unchanged then. */
int geo_key(text_t *out, const char *name);

#endif
