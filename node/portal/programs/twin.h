/* twin - a list's other forms, at its own address with a suffix: /agenda.ics, /api/v1/provider.csv.
 *
 * A twin has all records that the list's filters mean, past ones too, so that it changes only with the
 * store. A long one comes in parts, each a whole file, which Link headers (rel="next") join. */
#ifndef NODE_PORTAL_PROGRAMS_TWIN_H
#define NODE_PORTAL_PROGRAMS_TWIN_H

#include "node/portal/site.h"

#define TWIN_RECORDS_MAX                                                                           \
    2000 /* of one part: some tens of milliseconds of the portal's one thread */

#define TWIN_NEWEST_MAX 200 /* of one part of a feed, which begins with what changed last */

/* {list.format}: below /api/v1/ a kind's name, else the path of its page. */
handler_t page_twin;

/* {path} {hub} {id.format}: a record's twin, /agenda/loire/atelier.ics. 1 when the address means no twin but a
 * record whose id has a dot, and nothing was answered. */
handler_t record_twin;

/* Appends to the Link header where else this list can be had (rel="alternate"). */
void twin_links(const request_t *request, const kind_t *kind, text_t *link);

/* Gives [{href, label, type}], the same for a page. */
json_t *twin_views(const request_t *request, const kind_t *kind);

#endif
