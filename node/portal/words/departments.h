/* departments - the outlines of the French departments, for a map whose every part is a link.
 *
 * Read from one file that config/geo/build makes; without it there is no map, and the list that stands
 * beside it is enough. The file is text, its cells separated by tabs:
 *
 *     maillage-departments 1
 *     code path x y       "DEP-42", its outline as SVG has it, and where its number stands, both ""
 *                         where it needs none
 *
 * It never changes after departments_load. */
#ifndef NODE_PORTAL_WORDS_DEPARTMENTS_H
#define NODE_PORTAL_WORDS_DEPARTMENTS_H

#include "schemas/base/err.h"

#include <jansson.h>

#define DEPARTMENTS_FILE_MAX (256 << 10) /* bytes */
#define DEPARTMENTS_MAX 128

typedef struct departments departments_t;

/* NULL and ERR_REJECT when the file is missing or damaged. path NULL: the file that the build knows. */
departments_t *departments_load(const char *path, err_t *err);
void departments_destroy(departments_t **self_p);

/* {land: [{d}], here: [{d, href, name, level}], labels: [{x, y, number}]}: here those that the list names,
 * [{territory_code, href, where, level}], level a text or absent. self may be NULL: gives JSON null. */
json_t *departments_map(const departments_t *self, const json_t *named);

#endif
