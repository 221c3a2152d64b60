/* dcat - the catalogue of what this node publishes, as open data portals harvest it.
 *
 * DCAT-AP in JSON-LD: a dcat:Catalog with one dcat:Dataset for each kind that has records, each with a
 * distribution for every form it can be had in. */
#ifndef NODE_PORTAL_PROGRAMS_DCAT_H
#define NODE_PORTAL_PROGRAMS_DCAT_H

#include "node/portal/site.h"

handler_t dcat_catalogue;

#endif
