/* openapi - the description of the API for programs, OpenAPI 3.1, made from the kinds: what they hold is what
 * it says, without a second list to keep. */
#ifndef NODE_PORTAL_PROGRAMS_OPENAPI_H
#define NODE_PORTAL_PROGRAMS_OPENAPI_H

#include "node/portal/site.h"

handler_t openapi;

#endif
