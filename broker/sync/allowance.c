#include "broker/sync/allowance.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct waiting {
    char hub[NAME_SIZE], kind[NAME_SIZE];
    uint64_t life, after;
    bool need_head;
} waiting_t;

struct allowance {
    uint64_t sent, read; /* bytes since the connection began */
    uint64_t mark;       /* the nonce that is not answered yet; 0: none */
    uint64_t mark_sent;  /* what had been sent when the mark went out */
    waiting_t *pulls;
    size_t count, capacity;
};

allowance_t *allowance_new(void)
{
    allowance_t *self = calloc(1, sizeof *self);
    assert(self);
    return self;
}

void allowance_destroy(allowance_t **self_p)
{
    if (!*self_p)
        return;
    free((*self_p)->pulls);
    free(*self_p);
    *self_p = NULL;
}

size_t allowance_unread(const allowance_t *self)
{
    return (size_t)(self->sent - self->read);
}

void allowance_sent(allowance_t *self, size_t size)
{
    self->sent += size;
}

/* ---- marks ---- */

uint64_t allowance_mark(allowance_t *self)
{
    if (self->mark || (!self->count && allowance_unread(self) < ALLOWANCE_MARK))
        return 0;
    while (!self->mark)
        randombytes_buf(&self->mark, sizeof self->mark);
    self->mark_sent = self->sent;
    return self->mark;
}

void allowance_unmark(allowance_t *self)
{
    self->mark = 0;
}

bool allowance_heard(allowance_t *self, uint64_t nonce)
{
    if (!self->mark || nonce != self->mark)
        return false;
    self->mark = 0;
    self->read = self->mark_sent;
    return true;
}

/* ---- PULLs that wait ---- */

void allowance_greet(allowance_t *self)
{
    self->count = 0;
}

static waiting_t *place_for(allowance_t *self, const wire_t *pull)
{
    for (size_t i = 0; i < self->count; i++)
        if (!strcmp(self->pulls[i].hub, pull->hub) && !strcmp(self->pulls[i].kind, pull->kind))
            return &self->pulls[i];
    if (self->count == ALLOWANCE_PULLS)
        return NULL;
    if (self->count == self->capacity) {
        self->capacity = self->capacity ? 2 * self->capacity : 4;
        self->pulls = realloc(self->pulls, self->capacity * sizeof *self->pulls);
        assert(self->pulls);
    }
    return &self->pulls[self->count++];
}

int allowance_wait(allowance_t *self, const wire_t *pull)
{
    waiting_t *place = place_for(self, pull);
    if (!place)
        return -1;
    *place = (waiting_t){.life = pull->life, .after = pull->after, .need_head = pull->need_head};
    snprintf(place->hub, sizeof place->hub, "%s", pull->hub);
    snprintf(place->kind, sizeof place->kind, "%s", pull->kind);
    return 0;
}

bool allowance_next(allowance_t *self, wire_t *pull)
{
    if (!self->count)
        return false;
    const waiting_t *last = &self->pulls[--self->count];
    *pull = (wire_t){
        .type = WIRE_PULL, .life = last->life, .after = last->after, .need_head = last->need_head};
    snprintf(pull->hub, sizeof pull->hub, "%s", last->hub);
    snprintf(pull->kind, sizeof pull->kind, "%s", last->kind);
    return true;
}
