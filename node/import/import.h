/* import - the rows of a file into a batch: read, mapped to the fields of the kind, checked.
 *
 * Without a mapping a JSON file holds contents or envelopes, and a CSV has the columns of an export:
 * paths of the kind (cell.h), and perhaps hub, kind and id. */
#ifndef NODE_IMPORT_IMPORT_H
#define NODE_IMPORT_IMPORT_H

#include "node/geo/geo.h"
#include "node/import/batch.h"
#include "node/import/mapping.h"

typedef struct imported {
    size_t rows;
    size_t warned;     /* rows with at least one warning, also when refused */
    size_t unreadable; /* rows with E_ROW among the findings, which never reached the batch */
} imported_t;

/* Adds all rows of the bytes of a file to the batch; mapping may be NULL, and geo (with a mapping it
 * completes the commune, commune.h). name stands for the file in
 * findings: "lieux.csv:45". -1 and ERR_REJECT (French) when the file as a whole cannot be read, or when
 * its columns are not those of the kind or of the mapping. */
int import_rows(const char *name, const char *bytes, size_t size, const kind_t *kind,
                const mapping_t *mapping, const geo_t *geo, batch_t *batch, imported_t *imported,
                findings_t *findings, err_t *err);

#endif
