/* lambert - from the metres of a Lambert conformal conic projection to degrees, by IGN's formulas.
 *
 * IGN, "Projection cartographique conique conforme de Lambert", NT/G 71: ALG0002 (latitude from the
 * isometric latitude) and ALG0004. Pure: no state, no allocation. */
#ifndef NODE_GEO_LAMBERT_H
#define NODE_GEO_LAMBERT_H

#include <stdbool.h>

typedef struct lambert {
    double exponent;         /* n */
    double constant;         /* c, metres */
    double false_x, false_y; /* Xs and Ys, of the pole, metres */
    double eccentricity;     /* e, of the ellipsoid */
    double meridian;         /* of the origin, radians */
} lambert_t;

/* The legal projection of metropolitan France: RGF93, ellipsoid GRS 1980. */
extern const lambert_t lambert_93;

/* Radians. Any point but the pole has a latitude and a longitude. */
void lambert_inverse(const lambert_t *projection, double x, double y, double *latitude,
                     double *longitude);

/* Degrees of a point in Lambert-93; false, and nothing is set, where the projection is not meant
 * for: outside metropolitan France and its waters. */
bool lambert_93_degrees(double x, double y, double *latitude, double *longitude);

#endif
