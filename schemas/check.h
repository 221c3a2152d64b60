/* check - is this value good? Field by field by its type, then across fields by named rules.
 *
 * Errors refuse, warnings stay with the record's author: W_RATIO for 260/2580 printed as 10.2 % is
 * the model: all figures are kept, and the sentence quotes them.
 *
 * Codes of findings. Of one value: E_REQUIRED, W_INCOMPLETE, E_UNKNOWN_FIELD, E_TYPE, E_TEXT (cannot
 * be shown), E_CODE (not in its vocabulary), E_SIREN, E_SIRET, E_RNA, E_COG, E_NAF, E_UNKNOWN (a
 * number of zeros), E_URL, E_TEL, E_COURRIEL, E_DATE, E_RANGE, E_SIZE, W_ENCODING (lost accents).
 * Across fields: E_ORDER, E_ONE_OF, E_SIRET, E_REQUIRED, E_WITHHELD, W_RATIO, W_EVIDENCE. */
#ifndef SCHEMAS_CHECK_H
#define SCHEMAS_CHECK_H

#include "schemas/kind.h"

#include <jansson.h>

/* Checks a whole content: `json` in the form people write (decimals, dates as text), made normal
 * (normal.h). Rules are looked at even when a field is wrong: who corrects, corrects once. */
void check_body(const kind_t *kind, const json_t *json, findings_t *findings);

/* The rule of that name, or NULL: used when a kind is loaded. check_names is NULL-ended. */
const check_t *check_find(const char *name);
const char *const *check_names(void);

/* Are these arguments right for the rule in this kind? Used when a kind is loaded: NULL, or the
 * reason in English, borrowed.
 *
 * Arguments are dotted paths. A path through a list of groups ("horaires.debut") makes the rule look
 * at each entry; all paths of the rule then start with that list. */
const char *check_arguments(const check_t *check, const kind_t *kind, const char *const *fields,
                            size_t count);

#endif
