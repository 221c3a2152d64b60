/* response - what a handler answers: a status, a type, a body and the few headers that vary.
 *
 * A handler that only sets a status of 400 or more leaves the body to site.c, which makes a
 * page of it, or problem+json (RFC 9457) below /api/. */
#ifndef NODE_PORTAL_HTTP_RESPONSE_H
#define NODE_PORTAL_HTTP_RESPONSE_H

#include "schemas/base/text.h"

#include <jansson.h>
#include <stdint.h>

#define RESPONSE_MAX_SIZE (32 << 20) /* 200 records of 60 KB, written as JSON */

typedef struct response {
    unsigned status;   /* 200 at first */
    const char *type;  /* Content-Type, static text; NULL when there is no body */
    const char *cache; /* Cache-Control, static text */
    const char *allow; /* Allow of a 405 or of OPTIONS, or NULL */
    bool close;        /* the connection ends with this answer */
    text_t body;
    text_t etag, link, modified, location; /* headers; empty when not sent */
    text_t ancestors;                      /* who may frame the page; empty: nobody */

    /* For the page or problem of an error; texts copied by response_fail. */
    text_t detail;     /* French sentences; empty for the usual ones of the status */
    text_t back;       /* an address on this portal that leads on; empty: the home page */
    text_t back_label; /* its words */
} response_t;

void response_init(response_t *self);
void response_free(response_t *self);

/* Copies status, body and headers, but not the words of an error, into an initialised response. */
void response_copy(response_t *to, const response_t *from);

/* The bytes that such a copy takes. */
size_t response_size(const response_t *self);

/* An error, told by the usual words of its status (detail NULL) or by this sentence. */
void response_fail(response_t *self, unsigned status, const char *detail);

/* Takes the JSON and makes it the body. */
void response_json(response_t *self, json_t *json);

/* The problem+json of this response's status and detail. */
void response_problem(response_t *self);

/* French title and usual sentence of an error status. Static text. */
const char *status_title(unsigned status);
const char *status_detail(unsigned status);

#endif
