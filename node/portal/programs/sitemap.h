/* sitemap - what search engines and browsers ask a site for: where its pages are, what may be read, and how
 * to search it from outside. Addresses are absolute (origin.h). */
#ifndef NODE_PORTAL_PROGRAMS_SITEMAP_H
#define NODE_PORTAL_PROGRAMS_SITEMAP_H

#include "node/portal/site.h"

handler_t robots_txt;    /* everything but lists that are filtered, which are without end */
handler_t sitemap_index; /* the parts: one of pages, then ADDRESSES_PART records in each */
handler_t sitemap_part;  /* {part.xml}: "pages.xml", "0.xml", "1.xml"... */
handler_t opensearch;    /* the description that adds this site to a browser's search engines */

#endif
