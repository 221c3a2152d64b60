/* colour - colours as a hub's YAML gives them, and whether their text can be read.
 *
 * Contrast is that of WCAG 2.2 (relative luminance of sRGB): 1 for the same colour, 21 for black on
 * white; text needs COLOUR_CONTRAST_MIN. Pure functions. */
#ifndef NODE_COLOUR_H
#define NODE_COLOUR_H

#include <stdbool.h>
#include <stdint.h>

#define COLOUR_CONTRAST_MIN 4.5
#define COLOUR_SIZE 8 /* "#1b4d8f" and its NUL */

/* The grounds on which the portal's links and buttons stand: of each scheme the one with the least
 * contrast, --soft in node/portal/static/portail.css. */
#define COLOUR_LIGHT_GROUND "#eaf1ef"
#define COLOUR_DARK_GROUND "#1f2d30"

/* "#1b4d8f", in either case; false for anything else. */
bool colour_parse(const char *text, uint8_t rgb[3]);

/* Of two colours that colour_parse takes. */
double colour_contrast(const char *a, const char *b);

/* The colour nearest to `colour`, darker or lighter, that can be read on that ground: mixed with black
 * on a light one, with white on a dark one, in steps of a hundredth. */
void colour_readable(const char *colour, const char *ground, char out[COLOUR_SIZE]);

#endif
