/* portal - the node's web server: pages for people, the same lists for programs.
 *
 * It only reads, through a catalogue of its own, so it works with or without the network. It is one
 * thread: libmicrohttpd's epoll descriptor polled in a zloop. It speaks plain HTTP and is meant to
 * listen on loopback behind a proxy that speaks TLS.
 *
 * Nobody holds it up (guests.h says how): who sends a request too slowly, takes an answer too slowly or comes too often is
 * cut. */
#ifndef NODE_PORTAL_HTTP_PORTAL_H
#define NODE_PORTAL_HTTP_PORTAL_H

#include "broker/sync/member.h"
#include "schemas/base/err.h"
#include "schemas/kind.h"

typedef struct _zsock_t zsock_t; /* as czmq.h has it: this header needs no more */

/* All texts are borrowed and must outlive the portal; NULL or "" where nothing is known. */
typedef struct portal_settings {
    const char *listen;    /* "127.0.0.1:8042"; port 0 lets the kernel choose */
    const char *store;     /* the folder that holds public.db */
    const char *name;      /* the node's hub id */
    member_role_t role;    /* an aggregator's home page lists the hubs */
    const char *title;     /* "Hub IA Loire" */
    const char *territory; /* "DEP-42" */
    const char *telephone, *courriel, *porteur, *url;
    const char *principale, *secondaire; /* "#0b5563"; checked (node/settings.h) */
    const char *logo, *synonymes;        /* files */
    const char *const *embed;            /* origins, ended by NULL; NULL for none */
} portal_settings_t;

typedef struct portal portal_t;

/* Opens everything that can fail: store, templates, listening socket. Copies settings (not
 * their texts), borrows schema. Connections are accepted by the kernel from now on, and
 * answered once the actor runs. ERR_RETRY when there is no store yet or the address is taken. */
portal_t *portal_new(const portal_settings_t *settings, const schema_t *schema, err_t *err);

/* Only for a portal that was not handed to an actor. */
void portal_destroy(portal_t **self_p);

/* The port it listens on. */
int portal_port(const portal_t *self);

/* zactor_new(portal_actor, portal) takes the portal, which its thread destroys at the end. It
 * ends on "$TERM", at once: open connections are cut; it answers "PING" with "PONG". On trouble it sends "FAILED" and a text,
 * once, goes on answering what it can, and waits for "$TERM". */
void portal_actor(zsock_t *pipe, void *portal);

#endif
