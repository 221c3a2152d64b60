/* list - what the page of every list does, whatever its rows look like. */
#ifndef NODE_PORTAL_PAGES_LIST_H
#define NODE_PORTAL_PAGES_LIST_H

#include "node/portal/lists/asking.h"

/* Reads the question. 1 when there is no such kind, as handlers say it. Call list_answer either way. */
int list_open(asking_t *asking, site_t *site, const request_t *request, const char *kind,
              size_t rows, err_t *err);

/* Finds what is asked, and adds to content all that is said of it but the rows: asking_show, and ways on from nothing. */
int list_find(asking_t *asking, json_t *content, err_t *err);

/* Ends the page: with this template and content, which it takes, unless rc says that something failed. Closes the asking. */
int list_answer(asking_t *asking, int rc, const char *template_name, json_t *content,
                response_t *response, err_t *err);

#endif
