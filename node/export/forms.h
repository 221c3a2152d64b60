/* forms - the functions of each format, for the table in export.c; what they do is said there. */
#ifndef NODE_EXPORT_FORMS_H
#define NODE_EXPORT_FORMS_H

#include "node/export/export.h"

#include <jansson.h>

typedef void export_frame_t(export_t *self, text_t *out);
typedef int export_one_t(export_t *self, const entry_t *entry, const json_t *body, text_t *out);

/* An array, one envelope {hub, kind, id, seq, changed, verified_at, body} a line. */
export_frame_t json_begin, json_end;
export_one_t json_record;

/* hub and id, then the columns of the kind (node/import/cell.h). */
export_frame_t csv_begin, csv_end;
export_one_t csv_record;

/* One VEVENT for each date of an event, in UTC. */
bool ics_fits(const kind_t *kind);
export_frame_t ics_begin, ics_end;
export_one_t ics_record;

/* An entry for each record; a feed in parts when it has a place. */
export_frame_t atom_begin, atom_end;
export_one_t atom_record;

/* A feature for each record; without coordinates its geometry is null. */
bool geojson_fits(const kind_t *kind);
export_frame_t geojson_begin, geojson_end;
export_one_t geojson_record;

/* The national standard of places of digital mediation, version 1.0.2. */
export_frame_t lieux_begin, lieux_end;
export_one_t lieux_record;

/* The national schema of aids to professionals (schema-dispositif-aide). */
export_frame_t aides_begin, aides_end;
export_one_t aides_record;

#endif
