#include "broker/sync/patrol.h"

#include <assert.h>
#include <stdlib.h>

struct patrol {
    streams_t *streams;
    int64_t period_ms;
    int64_t next_ms; /* steady; 0: before the first step */
    size_t stream;   /* where the round is */
    unsigned bucket;
};

patrol_t *patrol_new(streams_t *streams, int64_t period_ms)
{
    patrol_t *self = calloc(1, sizeof *self);
    assert(self);
    self->streams = streams;
    self->period_ms = period_ms;
    return self;
}

void patrol_destroy(patrol_t **self_p)
{
    free(*self_p);
    *self_p = NULL;
}

static int look_at_next(patrol_t *self, err_t *err)
{
    if (self->stream >= streams_count(self->streams))
        self->stream = 0;
    stream_t *stream = streams_at(self->streams, self->stream);
    unsigned bucket = self->bucket++;
    if (self->bucket == TREE_BUCKETS) {
        self->bucket = 0;
        self->stream++;
    }
    return stream_check_bucket(stream, bucket, err);
}

/* Any bucket, another one at each start: who runs for an hour a day gets round in the end, too. */
static void begin(patrol_t *self, const moment_t *now, size_t count)
{
    uint64_t any = ((uint64_t)now->unix_ms * 0x9e3779b97f4a7c15u >> 32) % count;
    self->next_ms = now->steady_ms + self->period_ms / (int64_t)count;
    self->stream = any / TREE_BUCKETS;
    self->bucket = any % TREE_BUCKETS;
}

int patrol_step(patrol_t *self, const moment_t *now, err_t *err)
{
    size_t count = streams_count(self->streams) * TREE_BUCKETS;
    if (!self->next_ms && count)
        begin(self, now, count);
    for (int i = 0; count && i < PATROL_AT_ONCE && self->next_ms <= now->steady_ms; i++) {
        self->next_ms += self->period_ms / (int64_t)count;
        if (look_at_next(self, err))
            return -1;
    }
    if (self->next_ms < now->steady_ms) /* what was missed is not made up for */
        self->next_ms = now->steady_ms;
    return 0;
}
