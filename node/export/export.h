/* export - the records of a kind in a form that others read, one record after the other.
 *
 * A format appends to a text that its caller empties whenever he likes, so that memory does not grow
 * with the number of records. What cannot be said in a format is told as a finding: a warning, because
 * the rest of the export is good. No format hides that a record is an example: where it has no place
 * for `demo`, its title says so.
 *
 * The formats are the table in export.c, each with a file of its own. Pure: no store, no clock, no
 * file. One export belongs to one thread. */
#ifndef NODE_EXPORT_EXPORT_H
#define NODE_EXPORT_EXPORT_H

#include "node/geo/geo.h"
#include "node/store/catalogue.h"

#include <jansson.h>

typedef struct export export_t;

typedef struct export_format {
    const char *name;  /* "csv": of --format, and the suffix of a list's address */
    const char *type;  /* its media type */
    const char *label; /* French, for a link: "Tableur (CSV)" */
    /* Only records of which this facet has this value; both NULL: all. */
    const char *field, *code;
    bool newest; /* who follows it expects what changed last first */
    bool (*fits)(const kind_t *kind);

    void (*begin)(export_t *self, text_t *out);
    /* 0, or 1 when the record was left out and a finding says why. */
    int (*record)(export_t *self, const entry_t *entry, const json_t *body, text_t *out);
    void (*end)(export_t *self, text_t *out);
} export_format_t;

/* The table, ended by a row without a name. */
extern const export_format_t export_formats[];

/* The format of that name that fits the kind, or NULL. */
const export_format_t *export_find(const char *name, const kind_t *kind);

/* Appends the names of the formats that fit the kind: "json, csv ou geojson". */
void export_names(const kind_t *kind, text_t *out);

/* Where an export is published; all texts may be NULL: it is a file then, of which nobody knows where it
 * will lie. */
typedef struct export_place {
    const char *origin;    /* "https://hub.example", before the address of a record */
    const char *address;   /* of this part, with its origin */
    const char *first;     /* of the first part */
    const char *next;      /* of the next one; known when export_end is called */
    const char *page;      /* the same list, for people */
    const char *title;     /* "Agenda – Hub IA Loire" */
    const char *publisher; /* who answers for the list as a whole */
} export_place_t;

/* Borrows format and kind. bom: a CSV begins with the mark that Excel waits for. */
export_t *export_new(const export_format_t *format, const kind_t *kind, bool bom);
void export_destroy(export_t **self_p);

/* Where places have a code of a commune alone, its name is found here. Borrows geo, which may be NULL. */
void export_set_geo(export_t *self, const geo_t *geo);

/* Before export_begin, and again before export_end when `next` is known. Borrows the texts. */
void export_set_place(export_t *self, const export_place_t *place);

/* Narrows the query to the records the format is for. -1 and ERR_REJECT when it has no room left. */
int export_narrow(const export_t *self, query_t *query, err_t *err);

/* Each appends to out. -1 and ERR_REJECT when out is full or a body cannot be read. */
int export_begin(export_t *self, text_t *out, err_t *err);
int export_record(export_t *self, const entry_t *entry, text_t *out, err_t *err);
int export_end(export_t *self, text_t *out, err_t *err);

size_t export_written(const export_t *self);
size_t export_left_out(const export_t *self);
const findings_t *export_findings(const export_t *self);

#endif
