/* typography - what French typesetters do and nobody types: spaces that do not break.
 *
 * Works on a whole page of HTML, in one place, so that neither templates nor records need it. Only the
 * text between tags is touched: not tags, not attributes, not what lies in script, style, pre, code
 * or textarea elements. */
#ifndef NODE_PORTAL_WORDS_TYPOGRAPHY_H
#define NODE_PORTAL_WORDS_TYPOGRAPHY_H

#include "schemas/base/text.h"

/* Appends the page; a space before ; ! ? becomes a narrow no-break one, before : » % € and after «
 * a no-break one. Whatever else is there stays, byte for byte. -1 when it does not fit. */
int typography_french(text_t *out, const char *html);

#endif
