/* map - where the records of a list are, drawn: the twin of the list for those who see, never more than it says.
 *
 * Below the points lie the departments, from the same borders and by the same projection; overseas and where the build had
 * no borders a pattern of dots, one wherever a commune is. It needs no other server. Each record has the number of its row;
 * records at one spot stand side by side. The frame is the circle
 * that was asked for, else the departments that are filtered by, else those of the hub's own territory; what lies
 * outside is not drawn, and how many that are is said. */
#ifndef NODE_PORTAL_LISTS_MAP_H
#define NODE_PORTAL_LISTS_MAP_H

#include "node/portal/lists/near.h"
#include "node/portal/site.h"

#define MAP_WIDTH 400 /* units of its coordinates; its height is at most that */

/* Gives {width, height, borders: [{d, beside}], land: {d, cell} or null, circle: {x, y, r}, points: [{x, y, number, title, about}], towns: [{x, y, name}],
 * outside} for templates/map.mustache, the number of an entry being its place on the page, from 1; JSON null when nothing
 * can be drawn: no geography, nowhere to look, no record in it. */
json_t *map_of(const site_t *site, const query_t *query, const near_t *near, const page_t *page);

#endif
