/* qr - a QR code as the path of an SVG picture, for paper that leads to a page. */
#ifndef NODE_PORTAL_WORDS_QR_H
#define NODE_PORTAL_WORDS_QR_H

#include "schemas/base/err.h"
#include "schemas/base/text.h"

#define QR_TEXT_MAX 1000 /* bytes; more would be too fine for a telephone across a room */

/* Appends the dark squares of the code for a text as an SVG path, each square one unit wide, and tells
 * the width of the whole picture with its quiet border in *size. Errors of a seventh of the squares are
 * corrected (level M): a fold or a stain does no harm. ERR_REJECT when the text is empty or too long. */
int qr_path(const char *text, text_t *path, unsigned *size, err_t *err);

#endif
