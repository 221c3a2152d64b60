#include "broker/sync/session.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sessions {
    session_t *list;
    size_t count, capacity;
    peer_t last; /* the newest peer number */
};

sessions_t *sessions_new(void)
{
    sessions_t *self = calloc(1, sizeof *self);
    assert(self);
    return self;
}

void sessions_destroy(sessions_t **self_p)
{
    if (!*self_p)
        return;
    while ((*self_p)->count)
        sessions_remove(*self_p, &(*self_p)->list[0]);
    free((*self_p)->list);
    free(*self_p);
    *self_p = NULL;
}

session_t *sessions_add(sessions_t *self, const route_t *route, const char *member,
                        int64_t steady_ms)
{
    assert(!sessions_by_route(self, route));
    if (self->count == self->capacity) {
        self->capacity = self->capacity ? 2 * self->capacity : 16;
        self->list = realloc(self->list, self->capacity * sizeof *self->list);
        assert(self->list);
    }
    session_t *session = &self->list[self->count++];
    *session = (session_t){.peer = ++self->last,
                           .route = *route,
                           .heard_ms = steady_ms,
                           .pinged_ms = steady_ms,
                           .allowance = allowance_new()};
    snprintf(session->member, sizeof session->member, "%s", member);
    return session;
}

session_t *sessions_by_route(const sessions_t *self, const route_t *route)
{
    for (size_t i = 0; i < self->count; i++) {
        const route_t *own = &self->list[i].route;
        if (own->size == route->size && !memcmp(own->id, route->id, route->size))
            return &self->list[i];
    }
    return NULL;
}

session_t *sessions_by_peer(const sessions_t *self, peer_t peer)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->list[i].peer == peer)
            return &self->list[i];
    return NULL;
}

size_t sessions_count(const sessions_t *self)
{
    return self->count;
}

size_t sessions_unread(const sessions_t *self, const char *member)
{
    size_t unread = 0;
    for (size_t i = 0; i < self->count; i++)
        if (!strcmp(self->list[i].member, member))
            unread += allowance_unread(self->list[i].allowance);
    return unread;
}

session_t *sessions_at(const sessions_t *self, size_t index)
{
    return &self->list[index];
}

allowance_t *session_take_allowance(session_t *session)
{
    allowance_t *unread = session->allowance;
    session->allowance = NULL;
    return unread;
}

void session_give_allowance(session_t *session, allowance_t **unread_p)
{
    if (!*unread_p)
        return;
    allowance_destroy(&session->allowance);
    session->allowance = *unread_p;
    allowance_greet(session->allowance);
    *unread_p = NULL;
}

void sessions_remove(sessions_t *self, session_t *session)
{
    allowance_destroy(&session->allowance);
    *session = self->list[--self->count];
}
