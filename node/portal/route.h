/* route - which function answers which address: one table, first match wins.
 *
 * A kind has generic pages at the path of its YAML: page_list and page_record, the last routes of the
 * table. One that deserves more gets routes of its own, placed before them:
 *
 *     {"/agenda", .handler = page_agenda, .kind = "event"},           instead of the list
 *     {"/agenda/{hub}/{id}", .handler = page_event, .kind = "event"},  instead of the record
 *
 * Where only one of the two is made, the other stays generic. The twins (/agenda.ics) need nothing. */
#ifndef NODE_PORTAL_ROUTE_H
#define NODE_PORTAL_ROUTE_H

#include "node/portal/site.h"

/* How long an answer stays the same (answering.h): a page, which tells days, as long as the store and
 * the day do; data as long as the store. */
typedef enum lasting { LASTS_DAY, LASTS_STORE, LASTS_NOT } lasting_t;

typedef struct route {
    /* "/api/v1/{kind}": pieces in braces match anything and are captured, "{kind.format}" only what
     * has a dot. */
    const char *pattern;
    handler_t *handler;
    lasting_t lasting;
    bool names_places; /* a page needs the names of communes though it does not last */
    const char *kind;  /* whose page this is: that kind, and no other, may have its path */
} route_t;

/* The route of a request, whose captures are set; NULL when no page has that address. */
const route_t *route_find(request_t *request);

/* The next route of the same request, whose captures are set anew; NULL when there is none. */
const route_t *route_next(const route_t *route, request_t *request);

/* Does this piece of an address, alone after the slash, lead to the list of that kind: to the generic
 * one, or to the page made for it? */
bool route_serves(const char *path, const char *kind);

/* Have records of the own hub an address without its name, "/reponses/par-ou-commencer"? */
bool route_is_short(const kind_t *kind);

#endif
