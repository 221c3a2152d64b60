#include "node/geo/lambert.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void expect_near(double value, double wanted, double most)
{
    if (!(fabs(value - wanted) <= most))
        fail_msg("%.12f instead of %.12f", value, wanted);
}

/* NT/G 71, ALG0004, "jeu d'essai". */
static void the_point_that_ign_publishes_is_reproduced(void **state)
{
    (void)state;
    const lambert_t projection = {.exponent = 0.760405966,
                                  .constant = 11603796.9767,
                                  .false_x = 600000,
                                  .false_y = 5657616.674,
                                  .eccentricity = 0.0824832568,
                                  .meridian = 0.04079234433};
    double latitude, longitude;
    lambert_inverse(&projection, 1029705.083, 272723.849, &latitude, &longitude);
    expect_near(longitude, 0.145512099, 1e-9);
    expect_near(latitude, 0.872664626, 1e-9);
}

/* 46°30' N, 3° E is 700,000 m, 6,600,000 m by definition of the projection. */
static void the_origin_of_lambert_93_is_where_its_definition_puts_it(void **state)
{
    (void)state;
    double latitude, longitude;
    assert_true(lambert_93_degrees(700000, 6600000, &latitude, &longitude));
    expect_near(latitude, 46.5, 1e-9);
    expect_near(longitude, 3, 1e-12);
}

static void east_of_the_meridian_is_the_mirror_of_west(void **state)
{
    (void)state;
    double latitude, longitude, mirrored, beyond;
    assert_true(lambert_93_degrees(652709, 6862305, &latitude, &longitude));
    assert_true(lambert_93_degrees(747291, 6862305, &mirrored, &beyond));
    expect_near(mirrored, latitude, 1e-12);
    expect_near(beyond - 3, 3 - longitude, 1e-12);
    assert_true(longitude < 3 && longitude > 2 && latitude > 48 && latitude < 49);
}

static void what_is_no_point_of_metropolitan_france_is_not_converted(void **state)
{
    (void)state;
    double latitude = -1, longitude = -1;
    assert_false(lambert_93_degrees(45.43, 4.38, &latitude, &longitude));
    assert_false(lambert_93_degrees(6692191, 394035, &latitude, &longitude));
    assert_false(lambert_93_degrees(NAN, 6600000, &latitude, &longitude));
    assert_true(latitude == -1 && longitude == -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_point_that_ign_publishes_is_reproduced),
        cmocka_unit_test(the_origin_of_lambert_93_is_where_its_definition_puts_it),
        cmocka_unit_test(east_of_the_meridian_is_the_mirror_of_west),
        cmocka_unit_test(what_is_no_point_of_metropolitan_france_is_not_converted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
