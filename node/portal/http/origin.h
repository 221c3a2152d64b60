/* origin - where this portal is on the web, for links that must be absolute: feeds, sitemaps, catalogues. */
#ifndef NODE_PORTAL_HTTP_ORIGIN_H
#define NODE_PORTAL_HTTP_ORIGIN_H

#include "node/portal/http/portal.h"
#include "node/portal/http/request.h"

/* "https://hub.example", without a final slash: the setting hub.url, else what the visitor asked for
 * (Host, and X-Forwarded-Proto of the proxy) when it has the form of a host and nothing else. ""
 * when neither is known: then links begin with the slash. */
void origin_of(const portal_settings_t *settings, const request_t *request,
               char out[REQUEST_ORIGIN_SIZE]);

/* Is this a host name, IPv4 or bracketed IPv6 address, perhaps with a port? */
bool origin_is_host(const char *host);

#endif
