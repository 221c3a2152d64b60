/* bookmark - where a page of a list ends, so that the next one begins after it, wherever that is by then.
 *
 * It travels in addresses as a token of [A-Za-z0-9_-]: the bytes of its members, and of one order it is no bookmark of
 * another. Pure. */
#ifndef NODE_STORE_BOOKMARK_H
#define NODE_STORE_BOOKMARK_H

#include "node/store/outline.h"
#include "schemas/base/err.h"

typedef enum order {
    ORDER_SORT = 's',   /* of the kind, by sort and record */
    ORDER_SCORE = 'r',  /* by how well words fit */
    ORDER_METRES = 'd', /* from a place */
    ORDER_NEWEST = 'n', /* by when it changed */
} order_t;

typedef struct bookmark {
    order_t order;
    int64_t record;
    double score;                     /* 0 of ORDER_SORT; the less, the earlier */
    char sort[OUTLINE_SORT_SIZE + 1]; /* "" of all others */
} bookmark_t;

char *bookmark_write(const bookmark_t *self); /* given */

/* ERR_REJECT (French) for what is no bookmark of this order. */
int bookmark_read(bookmark_t *self, order_t order, const char *token, err_t *err);

#endif
