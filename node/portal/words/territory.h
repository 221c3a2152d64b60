/* territory - the names of French territories, from their codes (identifier.h). */
#ifndef NODE_PORTAL_WORDS_TERRITORY_H
#define NODE_PORTAL_WORDS_TERRITORY_H

#include "node/geo/geo.h"
#include "schemas/base/text.h"

/* "DEP-42" appends "Loire (42)", "REG-84" "Auvergne-Rhône-Alpes", "COM-42218" "Saint-Étienne (42)",
 * "EPCI-244200770" "Saint-Étienne Métropole", "PAYS-99100" "France". Communes and EPCI are those of geo,
 * which may be NULL: a commune it does not know is "commune 42218, Loire (42)", any other code without
 * a name is appended as it is. */
void territory_label(const geo_t *geo, text_t *out, const char *code);

#endif
