/* check - is this value good? Field by field by its type, then across fields by named rules.
 *
 * Errors refuse, warnings stay with the record's author: W_RATIO for 260/2580 printed as 10.2 % is
 * the model: all figures are kept, and the sentence quotes them. */
#ifndef SCHEMAS_CHECK_H
#define SCHEMAS_CHECK_H

#include "schemas/kind.h"

#include <jansson.h>

/* Checks a whole content; `json` in the form people write (decimals, dates as text). */
void check_body(const kind_t *kind, const json_t *json, findings_t *findings);

/* The rule of that name, or NULL: used when a kind is loaded. check_names is NULL-ended. */
const check_t *check_find(const char *name);
const char *const *check_names(void);

/* Are these arguments right for the rule in this kind? Used when a kind is loaded: NULL, or the
 * reason in English, borrowed. */
const char *check_arguments(const check_t *check, const kind_t *kind, const char *const *fields,
                            size_t count);

#endif
