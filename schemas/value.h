/* value - is one value good by its type? The part of check that looks at nothing else.
 *
 * A value in the form normal gives costs no allocation. Every sentence is French, quotes the value
 * and says what to do. */
#ifndef SCHEMAS_VALUE_H
#define SCHEMAS_VALUE_H

#include "schemas/kind.h"

#include <jansson.h>

/* Where a value stands in a content: a chain on the stack, written out only when there is something
 * to say, as "offres[2].prix" (entries count from 0, as in JSON). */
typedef struct value_path value_path_t;
struct value_path {
    const value_path_t *parent; /* NULL at the top */
    const char *name;           /* of the member, perhaps dotted; NULL for an entry of a list */
    size_t index;               /* of the entry */
    const char *label;          /* what people call it */
};

/* Adds a finding about the value there (NULL: absent). */
void value_report(const value_path_t *path, const json_t *json, severity_t severity,
                  const char *code, findings_t *findings, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* Checks a present value. */
void value_check(const field_t *field, const json_t *json, const value_path_t *path,
                 findings_t *findings);

/* Checks every member of an object: the missing, the unknown and the present. parent is NULL for a
 * whole content. */
void value_check_members(const field_t *fields, size_t count, const json_t *json,
                         const value_path_t *parent, findings_t *findings);

/* The value a dotted path leads to within an object; NULL when it is absent or null, or the path
 * leads through a list. Borrowed. */
const json_t *value_at(const json_t *json, const char *path);

#define VALUE_QUOTE_SIZE 128

/* The value as a sentence quotes it, cut to some 60 characters. */
const char *value_quote(const json_t *json, char out[VALUE_QUOTE_SIZE]);

#endif
