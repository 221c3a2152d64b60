/* highlight - where in a text the words of a search stand: by their stems, by what stands for them, and as the
 * beginning of a word. */
#ifndef NODE_PORTAL_LISTS_HIGHLIGHT_H
#define NODE_PORTAL_LISTS_HIGHLIGHT_H

#include "node/store/synonyms.h"

#include <jansson.h>

typedef struct highlight highlight_t;
highlight_t *highlight_new(const char *words,
                           const synonyms_t *synonyms); /* synonyms may be NULL */
void highlight_destroy(highlight_t **self_p);

/* The text in parts, one after the other: [{marked, plain}], one of the two "". Given. */
json_t *highlight_parts(highlight_t *self, const char *text);

#endif
