/* session - which connections have said HELLO to a broker, and as whom.
 *
 * A session has a peer number that is never used again, for the state machines; a route, for the
 * ROUTER; a member, whose name every message on that route must bear; and an allowance. Belongs to
 * one thread. */
#ifndef BROKER_SYNC_SESSION_H
#define BROKER_SYNC_SESSION_H

#include "broker/sync/allowance.h"
#include "broker/sync/outbox.h"
#include "schemas/kind.h"

#include <stdbool.h>

#define ROUTE_MAX 255 /* bytes of a routing id, says libzmq */

typedef struct route {
    uint8_t id[ROUTE_MAX];
    size_t size;
} route_t;

typedef struct session {
    peer_t peer;
    route_t route;
    char member[NAME_SIZE];
    int64_t heard_ms;       /* steady: the last message */
    int64_t pinged_ms;      /* steady: the last PING of ours */
    allowance_t *allowance; /* owned by the set; what it has not read yet */
    bool gone;              /* its connection was found closed: to be ended */
} session_t;

typedef struct sessions sessions_t;

sessions_t *sessions_new(void);
void sessions_destroy(sessions_t **self_p);

/* What these give is valid until the next add or remove. */
session_t *sessions_add(sessions_t *self, const route_t *route, const char *member,
                        int64_t steady_ms);
session_t *sessions_by_route(const sessions_t *self, const route_t *route); /* or NULL */
session_t *sessions_by_peer(const sessions_t *self, peer_t peer);           /* or NULL */
size_t sessions_count(const sessions_t *self);
size_t sessions_unread(const sessions_t *self, const char *member); /* bytes, of all it has */
session_t *sessions_at(const sessions_t *self, size_t index);
/* A member that greets again on its connection: takes what it has not read from its old session, which
 * must be removed next, and gives it to the new one; *unread_p is then NULL, as it may be before. */
allowance_t *session_take_allowance(session_t *session);
void session_give_allowance(session_t *session, allowance_t **unread_p);

/* The last session takes the place of the removed one. */
void sessions_remove(sessions_t *self, session_t *session);

#endif
