#include "node/colour.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "texts.h"

static void a_colour_is_six_hexadecimal_digits(void **state)
{
    (void)state;
    uint8_t rgb[3];
    assert_true(colour_parse("#1b4D8f", rgb));
    assert_int_equal(rgb[0], 0x1b);
    assert_int_equal(rgb[1], 0x4d);
    assert_int_equal(rgb[2], 0x8f);
    static const char *const bad[] = {"", "#", "1b4d8f", "#1b4d8", "#1b4d8f0", "#1b4d8g", "red"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(colour_parse(bad[i], rgb));
}

static void contrast_is_that_of_wcag(void **state)
{
    (void)state;
    assert_true(colour_contrast("#000000", "#ffffff") == 21.0);
    assert_true(colour_contrast("#123456", "#123456") == 1.0);
    double grey = colour_contrast("#777777", "#ffffff"); /* the well-known one that just fails */
    assert_true(grey > 4.47 && grey < 4.49);
    assert_true(grey == colour_contrast("#ffffff", "#777777"));
}

static void the_proposal_is_readable_and_near(void **state)
{
    (void)state;
    char out[COLOUR_SIZE];
    colour_readable("#777777", "#ffffff", out);
    assert_string_equal(out, "#767676");
    colour_readable("#0b5563", COLOUR_LIGHT_GROUND, out);
    assert_string_equal(out, "#0b5563");
    colour_readable("#0b5563", COLOUR_DARK_GROUND, out);
    assert_true(colour_contrast(out, COLOUR_DARK_GROUND) >= COLOUR_CONTRAST_MIN);
    colour_readable("#ffff00", COLOUR_LIGHT_GROUND, out);
    assert_true(colour_contrast(out, COLOUR_LIGHT_GROUND) >= COLOUR_CONTRAST_MIN);
}

/* The grounds that colours are checked against are those of the stylesheet. */
static void the_grounds_are_those_of_the_stylesheet(void **state)
{
    (void)state;
    static char css[64 << 10];
    FILE *file = fopen(SOURCE_DIR "/node/portal/static/portail.css", "r");
    assert_non_null(file);
    size_t size = fread(css, 1, sizeof css - 1, file);
    fclose(file);
    css[size] = 0;
    expect(css, "--soft: " COLOUR_LIGHT_GROUND ";");
    expect(css, "--soft: " COLOUR_DARK_GROUND ";");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_colour_is_six_hexadecimal_digits),
        cmocka_unit_test(contrast_is_that_of_wcag),
        cmocka_unit_test(the_proposal_is_readable_and_near),
        cmocka_unit_test(the_grounds_are_those_of_the_stylesheet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
