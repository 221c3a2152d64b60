#include "node/geo/lambert.h"

#include <math.h>

#define PRECISION 1e-11 /* radians: less than a tenth of a millimetre */
#define STEPS_MAX 20    /* the iteration gains two digits a step */

/* Where Lambert-93 is used, metres. */
#define LEAST_X 0
#define MOST_X 1300000
#define LEAST_Y 6000000
#define MOST_Y 7200000

const lambert_t lambert_93 = {.exponent = 0.7256077650532670,
                              .constant = 11754255.4260960,
                              .false_x = 700000,
                              .false_y = 12655612.0498760,
                              .eccentricity = 0.0818191910428158,
                              .meridian = 3 * M_PI / 180};

/* ALG0002: there is no closed form; each step corrects the last by the ellipsoid's flattening. */
static double latitude_of(double isometric, double eccentricity)
{
    double latitude = 2 * atan(exp(isometric)) - M_PI_2, before;
    int steps = 0;
    do {
        before = latitude;
        double flat = eccentricity * sin(before);
        double stretch = pow((1 + flat) / (1 - flat), eccentricity / 2);
        latitude = 2 * atan(stretch * exp(isometric)) - M_PI_2;
    } while (fabs(latitude - before) > PRECISION && ++steps < STEPS_MAX);
    return latitude;
}

/* ALG0004 */
void lambert_inverse(const lambert_t *projection, double x, double y, double *latitude,
                     double *longitude)
{
    double east = x - projection->false_x, south = projection->false_y - y;
    double radius = hypot(east, south), angle = atan2(east, south);
    double isometric = -log(fabs(radius / projection->constant)) / projection->exponent;
    *longitude = projection->meridian + angle / projection->exponent;
    *latitude = latitude_of(isometric, projection->eccentricity);
}

bool lambert_93_degrees(double x, double y, double *latitude, double *longitude)
{
    if (!(x >= LEAST_X && x <= MOST_X && y >= LEAST_Y && y <= MOST_Y))
        return false;
    lambert_inverse(&lambert_93, x, y, latitude, longitude);
    *latitude *= 180 / M_PI;
    *longitude *= 180 / M_PI;
    return true;
}
