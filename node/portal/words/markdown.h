/* markdown - CommonMark to HTML that may stand in a page as it is.
 *
 * Raw HTML is left out and links with a dangerous scheme lose their address: cmark's safe mode,
 * which is its default. Pictures become links, and headings move below the page's own. */
#ifndef NODE_PORTAL_WORDS_MARKDOWN_H
#define NODE_PORTAL_WORDS_MARKDOWN_H

#include "schemas/base/text.h"

/* Gives the HTML of a text; never fails. */
char *markdown_html(const char *text);

/* Appends only the words of a text, on one line, without its marks: for the rows of a list. */
void markdown_words(text_t *out, const char *text);

#endif
