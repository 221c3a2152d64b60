/* returned - rows of our own exports that come home, perhaps edited by somebody meanwhile.
 *
 * What others harvest says less than a record: it cuts, translates, and has no column for most fields. So such
 * a row is not read as a record. Its record is exported once more, as it is now; both rows are read in the
 * same way, and what differs between them is what somebody edited: that alone is put into the record. A row
 * that nobody touched changes nothing, and what the form cannot say stays as it is.
 *
 * A row belongs to a record when it carries its identity: "loire:ene" in the column id of the national standards,
 * X-MAILLAGE-RECORD in a calendar, hub, kind and id in GeoJSON. JSON and CSV of ours are whole records, and
 * none of this file's concern. A column that a file no longer has is not read, and takes nothing away.
 *
 * Belongs to one thread. */
#ifndef NODE_EXPORT_RETURNED_H
#define NODE_EXPORT_RETURNED_H

#include "node/geo/geo.h"
#include "node/import/mapping.h"
#include "node/store/catalogue.h"

typedef struct returned returned_t;

/* What it works with. All is borrowed. */
typedef struct returned_means {
    catalogue_t *catalogue;
    const kind_t *kind;
    const char *hub;          /* ours */
    const mapping_t *mapping; /* reads what was edited; NULL: only GeoJSON comes home */
    const geo_t *geo;         /* or NULL */
    bool only; /* the file is such an export: a row of anything else is refused, with a sentence */
} returned_means_t;

returned_t *returned_new(const returned_means_t *means);
void returned_destroy(returned_t **self_p);

typedef enum returned_what {
    RETURNED_NOT, /* the row is of no export of this federation */
    RETURNED_OWN, /* of a record of ours: *record, given, is an envelope as the row would have it */
    RETURNED_OTHER, /* of another hub's, and nobody touched it */
    RETURNED_REFUSED, /* a finding says why: what is another hub's was edited, what is erased was kept */
} returned_what_t;

returned_what_t returned_read(returned_t *self, const json_t *row, json_t **record,
                              findings_t *findings);

/* Is every row of the file to come home, also without a mapping of the file's own? */
bool returned_is_all(const returned_t *self);

/* Does this file begin like an export of that hub which needs a mapping to come home? Its name (a file of
 * config/imports), or NULL. */
const char *returned_mapping(const char *bytes, size_t size, const kind_t *kind, const char *hub);

#endif
