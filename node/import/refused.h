/* refused - the rows an import refused, as a CSV to be mended and imported again with the same mapping.
 *
 * The columns are those that were read; a value that was none but a text (of JSON, of an ICS) is JSON in its
 * cell, and `_json` names its column. Beside them stand `_ligne` (and `_fichier`, of several), and what
 * was wrong: `_champ`, `_valeur`, `_raison`, several things separated by " | ". A text that a spreadsheet
 * would run gets a ' before it, and loses it when read. A row that could not be read at all has only its
 * line and the reason. */
#ifndef NODE_IMPORT_REFUSED_H
#define NODE_IMPORT_REFUSED_H

#include "node/import/reader/reader.h"

typedef struct refused refused_t;

#define REFUSED_ROWS_MAX 20000 /* kept; the rest is only counted */

refused_t *refused_new(void);
void refused_destroy(refused_t **self_p);

/* Keeps a row (its record is shared) of the file `name` with the errors among what was found. csv: it was
 * one, whose cells are texts. */
void refused_add(refused_t *self, const char *name, bool csv, const row_t *row,
                 const findings_t *found);
size_t refused_count(const refused_t *self); /* of all, also beyond the maximum */

/* Writes a new file, in UTF-8 with its mark, separated by semicolons. -1 and ERR_REJECT (French) when
 * there is one of that name, or it cannot be written; then there is no new file. */
int refused_write(const refused_t *self, const char *path, err_t *err);

/* Gives the name of a file that is not there yet: "lieux.csv.refused.csv", "lieux.csv.refused-2.csv". Of an
 * input that is such a file itself, it continues the numbers. "-" gives "import.refused.csv". */
char *refused_path(const char *input);

/* Do these bytes begin with the header of such a file? */
bool refused_begins(const char *bytes, size_t size);

/* Are these the columns (an array of texts) of such a file? *json: with `_json` among them. */
bool refused_is(const json_t *columns, bool *json);

/* Gives the row as it was read, from the cells of such a file. */
json_t *refused_restore(const json_t *cells);

#endif
