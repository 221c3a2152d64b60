/* jsonld - a record in the words of schema.org, for search engines and for who gathers pages. */
#ifndef NODE_PORTAL_PROGRAMS_JSONLD_H
#define NODE_PORTAL_PROGRAMS_JSONLD_H

#include "node/portal/site.h"

/* Gives the object that describes the record at its page. origin: see origin.h. */
json_t *jsonld_record(const site_t *site, const char *origin, const kind_t *kind,
                      const entry_t *entry, const json_t *body);

#endif
