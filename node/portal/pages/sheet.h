/* sheet - what the own page of every record has, whatever else that page shows. */
#ifndef NODE_PORTAL_PAGES_SHEET_H
#define NODE_PORTAL_PAGES_SHEET_H

#include "node/portal/site.h"

typedef struct sheet {
    const kind_t *kind;
    entry_t entry;
    json_t *body; /* NULL: there is nothing to show, and the response says why */
} sheet_t;

/* Reads the record of an address whose captures are {hub} {id}, and the names of the hubs. 0 also when there
 * is no such record (404) or no more (410). Call sheet_close either way. */
int sheet_open(site_t *site, const request_t *request, const char *kind, sheet_t *sheet,
               response_t *response, err_t *err);
void sheet_close(sheet_t *sheet);

/* Gives what templates/sheet_head and sheet_foot show: title, path, plural, demo, words, hub, own, changed,
 * verified, lang, source {name, href, when, licence, quote}. */
json_t *sheet_content(const site_t *site, const sheet_t *sheet);

/* Adds `lang`, the code that HTML knows, and `language`, its name, of a record that is not in French; else "". */
void sheet_add_language(json_t *content, const kind_t *kind, const json_t *body);

/* Adds the views (view.h) of fields of the body under their names; absent ones add nothing. names is
 * ended by NULL. */
void sheet_add(json_t *content, const site_t *site, const sheet_t *sheet, const char *const *names);

#endif
