#include "broker/sync/strike.h"

#include "schemas/kind.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct offender {
    char member[NAME_SIZE];
    int64_t at_ms[STRIKES_ALLOWED]; /* the last ones, a ring */
    size_t next, count;
    int64_t until_ms;
} offender_t;

struct strikes {
    int64_t window_ms;
    offender_t *offenders;
    size_t count;
};

strikes_t *strikes_new(int64_t window_ms)
{
    strikes_t *self = calloc(1, sizeof *self);
    assert(self);
    self->window_ms = window_ms;
    return self;
}

void strikes_destroy(strikes_t **self_p)
{
    if (!*self_p)
        return;
    free((*self_p)->offenders);
    free(*self_p);
    *self_p = NULL;
}

static offender_t *find(const strikes_t *self, const char *member)
{
    for (size_t i = 0; i < self->count; i++)
        if (!strcmp(self->offenders[i].member, member))
            return &self->offenders[i];
    return NULL;
}

static offender_t *open_offender(strikes_t *self, const char *member)
{
    offender_t *offender = find(self, member);
    if (offender)
        return offender;
    self->offenders = realloc(self->offenders, (self->count + 1) * sizeof *self->offenders);
    assert(self->offenders);
    offender = &self->offenders[self->count++];
    *offender = (offender_t){0};
    snprintf(offender->member, sizeof offender->member, "%s", member);
    return offender;
}

bool strikes_add(strikes_t *self, const char *member, int64_t steady_ms)
{
    offender_t *offender = open_offender(self, member);
    offender->at_ms[offender->next] = steady_ms;
    offender->next = (offender->next + 1) % STRIKES_ALLOWED;
    if (offender->count < STRIKES_ALLOWED)
        offender->count++;
    int64_t oldest = offender->at_ms[offender->next];
    if (offender->count < STRIKES_ALLOWED || steady_ms - oldest >= self->window_ms)
        return false;
    bool already = offender->until_ms > steady_ms;
    offender->until_ms = steady_ms + self->window_ms;
    return !already;
}

bool strikes_refused(const strikes_t *self, const char *member, int64_t steady_ms)
{
    const offender_t *offender = find(self, member);
    return offender && offender->until_ms > steady_ms;
}
