/* signpost - what a page says of itself and of its other forms to programs that read it: the links and
 * properties of its head, its description in schema.org, and the Link header. */
#ifndef NODE_PORTAL_PROGRAMS_SIGNPOST_H
#define NODE_PORTAL_PROGRAMS_SIGNPOST_H

#include "node/portal/lists/asking.h"
#include "node/portal/site.h"

/* A list: its twins, the page after the one that was found, and itself. Adds to content `links`, `metas` and `twins`. */
void signpost_list(const asking_t *asking, json_t *content, response_t *response);

/* A record: its twins and itself. Adds to content `links`, `metas`, `jsonld` and `twins`. */
void signpost_record(const site_t *site, const request_t *request, const kind_t *kind,
                     const entry_t *entry, const json_t *body, json_t *content,
                     response_t *response);

#endif
