/* facet - the fields of a kind by which its lists are filtered, wherever they lie inside it. */
#ifndef NODE_PORTAL_LISTS_FACET_H
#define NODE_PORTAL_LISTS_FACET_H

#include "schemas/base/text.h"
#include "schemas/kind.h"

#define FACET_PATH_SIZE 128

/* Calls visit for each facet in the order of the kind's YAML, with its dotted path
 * ("offres.type") and the label of the field, preceded by those around it ("Offres : type"). */
void facet_each(const kind_t *kind,
                void (*visit)(void *context, const field_t *field, const char *path,
                              const char *label),
                void *context);

/* The facet of that path, or NULL. */
const field_t *facet_find(const kind_t *kind, const char *path);

/* The path of the facet by which records lie in communes and departments, or NULL: they lie nowhere. */
const char *facet_place(const kind_t *kind);

#endif
