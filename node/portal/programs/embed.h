/* embed - the agenda and the directory inside other people's pages: /embed/agenda, /embed/annuaire.
 *
 * The list alone, without header and footer; its links lead out of the frame. Only the sites that portal.embed
 * names may show it. */
#ifndef NODE_PORTAL_PROGRAMS_EMBED_H
#define NODE_PORTAL_PROGRAMS_EMBED_H

#include "node/portal/site.h"

handler_t embed_list; /* {path} of a kind; filtered as the list is */

#endif
