/* territory - the names of French territories, from their codes (identifier.h). */
#ifndef NODE_PORTAL_TERRITORY_H
#define NODE_PORTAL_TERRITORY_H

#include "schemas/base/text.h"

/* "DEP-42" appends "Loire (42)", "REG-84" "Auvergne-Rhône-Alpes", "COM-42218" "commune 42218,
 * Loire (42)", "PAYS-99100" "France". A code without a name here is appended as it is. */
void territory_label(text_t *out, const char *code);

#endif
