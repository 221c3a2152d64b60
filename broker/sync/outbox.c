#include "broker/sync/outbox.h"

#include "schemas/wire.h"

#include <assert.h>
#include <stdlib.h>

#define FRAMES_KEPT 16         /* buffers that outlive outbox_clear */
#define BYTES_KEPT (64 * 1024) /* of each; a larger one goes back to the system */

struct outbox {
    text_t *frames;
    size_t frame_count, frame_capacity; /* the first `frame_capacity` are initialised */
    post_t *posts;
    size_t count, capacity;
};

outbox_t *outbox_new(void)
{
    outbox_t *self = calloc(1, sizeof *self);
    assert(self);
    return self;
}

void outbox_destroy(outbox_t **self_p)
{
    outbox_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->frame_capacity; i++)
        text_free(&self->frames[i]);
    free(self->frames);
    free(self->posts);
    free(self);
    *self_p = NULL;
}

text_t *outbox_frame(outbox_t *self)
{
    if (self->frame_count == self->frame_capacity) {
        self->frames = realloc(self->frames, ++self->frame_capacity * sizeof *self->frames);
        assert(self->frames);
        text_init(&self->frames[self->frame_count], WIRE_MAX_SIZE);
    }
    return &self->frames[self->frame_count++];
}

void outbox_post(outbox_t *self, peer_t peer)
{
    assert(self->frame_count && peer);
    if (self->count == self->capacity) {
        self->capacity = self->capacity ? 2 * self->capacity : 16;
        self->posts = realloc(self->posts, self->capacity * sizeof *self->posts);
        assert(self->posts);
    }
    self->posts[self->count++] = (post_t){peer, self->frame_count - 1};
}

size_t outbox_count(const outbox_t *self)
{
    return self->count;
}

post_t outbox_at(const outbox_t *self, size_t index)
{
    return self->posts[index];
}

const text_t *outbox_frame_at(const outbox_t *self, size_t frame)
{
    return &self->frames[frame];
}

void outbox_clear(outbox_t *self)
{
    while (self->frame_capacity > FRAMES_KEPT)
        text_free(&self->frames[--self->frame_capacity]);
    for (size_t i = 0; i < self->frame_capacity; i++) {
        if (self->frames[i].capacity > BYTES_KEPT) {
            text_free(&self->frames[i]);
            text_init(&self->frames[i], WIRE_MAX_SIZE);
        } else {
            text_clear(&self->frames[i]);
        }
    }
    self->frame_count = self->count = 0;
}
