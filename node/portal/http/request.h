/* request - what a visitor asked for: a path in pieces and parameters, decoded strictly.
 *
 * Percent signs must be followed by two hexadecimal digits, and what comes out must be UTF-8
 * without control characters; anything else is refused rather than guessed. A piece is decoded
 * after the path was cut at its slashes, so that no encoded slash ever makes a piece. */
#ifndef NODE_PORTAL_HTTP_REQUEST_H
#define NODE_PORTAL_HTTP_REQUEST_H

#include "schemas/base/text.h"

#include <stdbool.h>

#define REQUEST_TARGET_MAX 2048 /* bytes of path and query; beyond: 414 */
#define REQUEST_PIECES_MAX 8
#define REQUEST_PARAMETERS_MAX 64
#define REQUEST_CAPTURES_MAX 3

#define REQUEST_ORIGIN_SIZE 272 /* "https://", a host of 253 bytes, a port, and a NUL */

typedef struct parameter {
    const char *name, *value;
} parameter_t;

typedef struct request {
    char *target;       /* path and query as they were sent; "" when too long */
    unsigned refused;   /* HTTP status when the target cannot be read, else 0 */
    const char *reason; /* French sentence when refused. Static text */
    bool api;           /* below /api/: errors are problem+json */
    bool odd;           /* a path no page has: an empty piece, too many of them */
    bool slash;         /* the path ends with a slash that no page has; it makes no piece */
    const char *pieces[REQUEST_PIECES_MAX]; /* none for "/" */
    size_t piece_count;
    parameter_t parameters[REQUEST_PARAMETERS_MAX]; /* in the order they came */
    size_t parameter_count;
    const char *captures[REQUEST_CAPTURES_MAX]; /* set by route_find */

    /* Set by the server, borrowed for the time of the answer. */
    const char *method;
    const char *if_none_match, *if_modified_since, *host, *proto; /* by request_header, or NULL */
    bool has_body; /* or may have one, in the eyes of a proxy before us */
    char origin
        [REQUEST_ORIGIN_SIZE]; /* "https://hub.example" or "" (origin.h), set by site_answer */
    bool begun;                /* its headers were read */

    char *buffer; /* holds pieces and parameters */
} request_t;

/* Never fails: a target that cannot be read is a request that is refused. */
request_t *request_new(const char *target);
void request_destroy(request_t **self_p);

/* One header as the server read it, value NULL or a text; both borrowed for the time of the answer. Keeps
 * what answers depend on, and refuses what a proxy before us may have read as something else. */
void request_header(request_t *self, const char *name, const char *value);

/* The first value of that name, or NULL. */
const char *request_parameter(const request_t *self, const char *name);

/* Appends text percent-encoded for a query value or a path piece. */
void request_encode(text_t *out, const char *text);

/* Appends this request's path and parameters again, without `after`, or with another one when it is
 * not NULL: the address of the first or of the next page. */
void request_again(const request_t *self, const char *after, text_t *out);

#endif
