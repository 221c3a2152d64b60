/* static - the stylesheet and the icon, from the compiled-in table. */
#ifndef NODE_PORTAL_HTTP_STATIC_H
#define NODE_PORTAL_HTTP_STATIC_H

#include "node/portal/site.h"

handler_t static_file; /* {file} */

#endif
