/* mapping - how the columns of somebody's file become the fields of a kind: data, not code.
 *
 *     kind: organisation
 *     source: {nom: Ville d'Angers, url: "https://…", licence: Licence Ouverte 2.0, date: 2023-07-11}
 *     header: [nom, site]              # names the columns of a CSV without a header line
 *     id: TYPO_UID                     # the column that becomes source.identifiant
 *     columns: {nom: USER_NOM, adresse: [NUMERO, RUE], lat: LAT}
 *     constants: {type: lieu_accompagnement, zone_intervention: [DEP-49]}
 *     values: {type: {ESN: esn, Startup: startup, Inconnu: ""}}
 *     fixes: {site: [url_scheme], code_postal: [postcode_zero]}
 *     repairs: [lambert_93]            # of the whole record, last
 *     optional: [frais_a_charge]       # columns that a CSV of this source may lack
 *     skip: {STATUT: [INACTIF]}        # rows that are not wanted; "" is an empty column
 *
 * The keys of columns, constants, values and fixes are paths of the kind. Several columns of one field
 * are joined by a space, or are the entries of a list. For each value: the fixes, in their order, then
 * the table of values ("" drops it; a value that the table does not have stays, and is refused if the
 * kind does not know it). A column inside a JSON record is a dotted path, in which a number is a place
 * in a list ("links.0.url"). A constant fills what the columns left empty. source.date is the day of the
 * file: a row without a date_maj of its own is as old as that.
 *
 * A list of groups (horaires, porteurs) takes an array of objects with the same keys, also as JSON in a
 * cell; of an object only the keys that the field has are read. A bare text is the first field of a
 * group (the nom of porteurs), or the code of an activity in NAF rev. 2. No expression, no condition: a source
 * that needs more gets one more fix (of a value, fix.h) or repair (of a record, repair.h). */
#ifndef NODE_IMPORT_MAPPING_H
#define NODE_IMPORT_MAPPING_H

#include "schemas/base/finding.h"
#include "schemas/kind.h"

#include <jansson.h>

typedef struct mapping mapping_t;

/* Borrows schema. NULL and findings (file:line:column) when anything is wrong: an unknown kind, field
 * or fix, a code that its vocabulary does not have. */
mapping_t *mapping_load(const schema_t *schema, const char *path, findings_t *findings);
void mapping_destroy(mapping_t **self_p);

const kind_t *mapping_kind(const mapping_t *self);
/* The names of the columns, NULL-ended, or NULL when the file has its own. Borrowed. */
const char *const *mapping_header(const mapping_t *self);

/* Gives the content that a row (an object: column to text or JSON value) stands for. What the repairs
 * have to say is added to findings, without a place. */
json_t *mapping_apply(const mapping_t *self, const json_t *row, findings_t *findings);

/* Why the row is not wanted ("STATUT = INACTIF"), or NULL when it is. Borrowed from the mapping. */
const char *mapping_skips(const mapping_t *self, const json_t *row);

/* Does it read this column? Not counted: what only a repair looks at. */
bool mapping_reads(const mapping_t *self, const char *column);

/* The first column that the mapping reads, that is not optional and not among these names (an array of
 * texts), or NULL. Borrowed from the mapping. */
const char *mapping_missing_column(const mapping_t *self, const json_t *names);

#endif
