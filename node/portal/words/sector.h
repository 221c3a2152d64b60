/* sector - the sectors of activity of a facet ("rev2:C") in words. */
#ifndef NODE_PORTAL_WORDS_SECTOR_H
#define NODE_PORTAL_WORDS_SECTOR_H

#include "schemas/base/text.h"
#include "schemas/kind.h"

/* Appends "Industrie manufacturière" for "rev2:C", by the vocabulary section_rev2 or section_2025; a finer or
 * unknown code as "62.01Z (NAF rev2)", anything else as it is. */
void sector_label(const schema_t *schema, const char *code, text_t *out);

/* The letter of a section alone: "rev2:C" is one, "rev2:62.01Z" is not. */
bool sector_is_section(const char *code);

#endif
