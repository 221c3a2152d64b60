/* api - the handlers below /api/v1/, for programs, and the two probes of an operator. */
#ifndef NODE_PORTAL_PROGRAMS_API_H
#define NODE_PORTAL_PROGRAMS_API_H

#include "node/portal/site.h"

/* Gives a record as programs get it, its body decoded. */
json_t *api_item(const kind_t *kind, const entry_t *entry);

handler_t api_list;    /* {kind}: items and next */
handler_t api_record;  /* {kind} {hub} {id}; 410 for a deleted one */
handler_t api_streams; /* one object per stream: the words of `maillage status` */
handler_t api_counts;  /* live records per hub, kind and value */
handler_t api_kinds;   /* what records are made of */

handler_t api_health; /* the process answers */
handler_t api_ready;  /* and so does its store */

#endif
