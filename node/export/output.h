/* output - where an export goes: standard output, or a file that is there whole or not at all.
 *
 * A file is written beside its name and renamed when all of it is on the disk: who reads that name
 * finds the export of before or the new one, also after a crash. */
#ifndef NODE_EXPORT_OUTPUT_H
#define NODE_EXPORT_OUTPUT_H

#include "schemas/base/err.h"
#include "schemas/base/text.h"

typedef struct output output_t;

/* path NULL: standard output. ERR_REJECT, in French, when the file cannot be made. */
output_t *output_open(const char *path, err_t *err);

/* Writes the text and empties it. ERR_STOP, in French, when not all could be written. */
int output_write(output_t *self, text_t *text, err_t *err);

/* Makes the file visible under its name. Nothing may be written after. */
int output_commit(output_t *self, err_t *err);

/* Without a commit before, nothing is left of the file. */
void output_close(output_t **self_p);

#endif
