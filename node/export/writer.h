/* writer - what the formats share; for the files of this folder only. */
#ifndef NODE_EXPORT_WRITER_H
#define NODE_EXPORT_WRITER_H

#include "node/export/csv_line.h"
#include "node/export/envelope.h"
#include "node/export/export.h"
#include "node/import/cell.h"

#include <jansson.h>

/* Before hub/kind/id: the name of a record wherever it is shown (RFC 4151). */
#define RECORD_TAG "tag:maillage,2026:"

/* Before the title of an example that somebody invented. */
#define WRITER_DEMO "[Démonstration] "

struct export
{
    const export_format_t *format;
    const kind_t *kind;
    bool bom;
    size_t written, left_out;
    findings_t findings;
    columns_t columns; /* CSV */
    export_place_t place;
    const geo_t *geo;           /* borrowed, or NULL */
    int64_t newest_ms;          /* Atom: of the records so far */
    char *longitude, *latitude; /* GeoJSON: dotted paths; NULL when the kind has none */
};

/* An example that somebody invented, marked so. */
bool writer_is_demo(const json_t *body);

/* The text at a dotted path; NULL when absent or no text. Borrowed from the body. */
const char *writer_text(const json_t *body, const char *path);

/* Appends the title of a record, preceded by "[Démonstration] " when it is an example. */
void writer_title(const json_t *body, const char *field, text_t *out);

/* Adds a warning about this record. */
void writer_warn(export_t *self, const entry_t *entry, const char *code, const char *field,
                 const char *value, const char *reason);

void writer_json(const json_t *json, text_t *out); /* compact */

/* Do records of this kind have coordinates of their own? The paths to them, given; or false. */
bool writer_coordinates(const kind_t *kind, char **longitude, char **latitude);

#endif
