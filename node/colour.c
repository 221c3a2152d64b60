#include "node/colour.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static int digit(char c)
{
    const char *digits = "0123456789abcdef0123456789ABCDEF", *at = c ? strchr(digits, c) : NULL;
    return at ? (int)((at - digits) % 16) : -1;
}

bool colour_parse(const char *text, uint8_t rgb[3])
{
    if (text[0] != '#' || strlen(text) != COLOUR_SIZE - 1)
        return false;
    for (int i = 0; i < 3; i++) {
        int high = digit(text[1 + 2 * i]), low = digit(text[2 + 2 * i]);
        if (high < 0 || low < 0)
            return false;
        rgb[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* One channel of sRGB as light. */
static double light(uint8_t channel)
{
    double value = channel / 255.0;
    return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

static double luminance(const char *colour)
{
    uint8_t rgb[3];
    bool parsed = colour_parse(colour, rgb);
    assert(parsed);
    return 0.2126 * light(rgb[0]) + 0.7152 * light(rgb[1]) + 0.0722 * light(rgb[2]);
}

double colour_contrast(const char *a, const char *b)
{
    double x = luminance(a) + 0.05, y = luminance(b) + 0.05;
    return x > y ? x / y : y / x;
}

static void mix(const uint8_t rgb[3], uint8_t with, int hundredths, char out[COLOUR_SIZE])
{
    uint8_t mixed[3];
    for (int i = 0; i < 3; i++)
        mixed[i] = (uint8_t)(rgb[i] + (with - rgb[i]) * hundredths / 100);
    snprintf(out, COLOUR_SIZE, "#%02x%02x%02x", mixed[0], mixed[1], mixed[2]);
}

void colour_readable(const char *colour, const char *ground, char out[COLOUR_SIZE])
{
    uint8_t rgb[3];
    bool parsed = colour_parse(colour, rgb);
    assert(parsed);
    uint8_t with =
        luminance(ground) > 0.18 ? 0 : 255; /* 0.18 contrasts alike with black and white */
    for (int hundredths = 0; hundredths <= 100; hundredths++) {
        mix(rgb, with, hundredths, out);
        if (colour_contrast(out, ground) >= COLOUR_CONTRAST_MIN)
            return;
    }
}
