/* import - the rows of a file into a batch: read, mapped to the fields of the kind, checked.
 *
 * Without a mapping a JSON file holds contents or envelopes, and a CSV has the columns of an export:
 * paths of the kind (cell.h), and perhaps hub, kind and id; a column that begins with _ is nobody's. The
 * file of what an earlier import refused (refused.h) is read as what it was made of. */
#ifndef NODE_IMPORT_IMPORT_H
#define NODE_IMPORT_IMPORT_H

#include "node/export/returned.h"
#include "node/geo/geo.h"
#include "node/import/batch.h"
#include "node/import/mapping.h"
#include "node/import/reader/reader.h"

typedef struct imported {
    size_t rows;
    size_t warned;     /* rows with at least one warning, also when refused */
    size_t unreadable; /* rows that were refused before they reached the batch */
    size_t outside;    /* rows left out because they lie elsewhere; their ids are mentioned */
    size_t unplaced;   /* likewise, because nobody knows where they lie */
    size_t skipped;    /* rows the mapping does not want, or another hub's; ids not mentioned */
    bool mended;       /* one of the files is of rows that were refused before: no whole source */
} imported_t;

/* Who wants to see an import going on. Each may be NULL. */
typedef struct import_watch {
    void *context;
    void (*row)(void *context, const row_t *row); /* before it is looked at */
    void (*refused)(void *context, const char *name, const reading_t *reading, const row_t *row,
                    const findings_t *found);
    void (*skipped)(void *context, const char *why); /* "STATUT = INACTIF" */
    void (*read)(void *context, const char *name, const reading_t *reading); /* the file, whole */
} import_watch_t;

typedef struct import_task {
    const kind_t *kind;
    const mapping_t *mapping; /* or NULL */
    returned_t *returned;     /* knows the rows of our own exports; or NULL */
    const geo_t *geo;         /* or NULL; with a mapping it completes the commune (commune.h) */
    const char *territory;    /* keeps only what lies in it (within.h); NULL: everything */
    batch_t *batch;
    import_watch_t watch;
} import_task_t;

/* Adds all rows of the bytes of a file to the batch. name stands for the file in findings: "lieux.csv:45".
 * *imported is added to. -1 and ERR_REJECT (French) when the file as a whole cannot be read, or when
 * its columns are not those of the kind or of the mapping. */
int import_file(const import_task_t *task, const char *name, const char *bytes, size_t size,
                imported_t *imported, findings_t *findings, err_t *err);

/* The same without a territory and with nobody watching. */
int import_rows(const char *name, const char *bytes, size_t size, const kind_t *kind,
                const mapping_t *mapping, const geo_t *geo, batch_t *batch, imported_t *imported,
                findings_t *findings, err_t *err);

#endif
