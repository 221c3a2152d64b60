/* normal - the one way of writing each value, so that the same content gives the same bytes.
 *
 * Only what cannot change the meaning is rewritten: Unicode in NFC, spaces around a text and doubled
 * inside a line, spaces inside a number of administration or telephone, numbers given as text,
 * "oui" for true, lists of codes sorted and unique, an instant's shorter spellings. What is empty is
 * absent. Anything else stays as it was given, for check to complain about. */
#ifndef SCHEMAS_NORMAL_H
#define SCHEMAS_NORMAL_H

#include "schemas/kind.h"

#include <jansson.h>

/* Gives the normal form of a value of this field, NULL when it is absent (null, blank, empty list).
 * The result shares the parts of json that were normal already. */
json_t *normal_value(const field_t *field, const json_t *json);

/* Gives the normal form of a whole content. Members that are no field of the kind are kept. */
json_t *normal_body(const kind_t *kind, const json_t *json);

#endif
