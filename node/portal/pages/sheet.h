/* sheet - what the own page of every record has, whatever else that page shows. */
#ifndef NODE_PORTAL_PAGES_SHEET_H
#define NODE_PORTAL_PAGES_SHEET_H

#include "node/portal/site.h"

typedef struct sheet {
    site_t *site;
    const request_t *request;
    const kind_t *kind;
    entry_t entry;
    json_t *body; /* NULL: there is nothing to show, and the response says why */
} sheet_t;

/* Reads a record, and the names of the hubs. 0 also when there is no such kind or record (404) or no more (410). Call
 * sheet_answer either way. */
int sheet_open(sheet_t *sheet, site_t *site, const request_t *request, const char *kind,
               const char *hub, const char *id, response_t *response, err_t *err);

/* The same of the record of an address whose captures are {hub} {id}. */
int sheet_open_captured(sheet_t *sheet, site_t *site, const request_t *request, const char *kind,
                        response_t *response, err_t *err);

/* Gives what templates/sheet_head and sheet_foot show: title, path, plural, demo, words, hub, own, changed,
 * verified, lang, source {name, href, when, licence, quote}; NULL when there is nothing to show. */
json_t *sheet_content(const sheet_t *sheet);

/* Ends the page: with this template and content, which it takes, unless rc says that something failed or there is nothing to
 * show. Closes the sheet. */
int sheet_answer(sheet_t *sheet, int rc, const char *template_name, json_t *content,
                 response_t *response, err_t *err);

/* Adds `lang`, the code that HTML knows, and `language`, its name, of a record that is not in French; else "". */
void sheet_add_language(json_t *content, const kind_t *kind, const json_t *body);

/* Adds the views (view.h) of fields of the body under their names; absent ones add nothing. names is
 * ended by NULL. */
void sheet_add(json_t *content, const sheet_t *sheet, const char *const *names);

#endif
