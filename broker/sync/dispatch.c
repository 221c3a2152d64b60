#include "broker/sync/dispatch.h"

#include <assert.h>
#include <string.h>

void frame_init(zmq_msg_t *frame, const text_t *text)
{
    int rc = zmq_msg_init_size(frame, text->size);
    assert(rc == 0);
    memcpy(zmq_msg_data(frame), text->data, text->size);
}

void dispatch(outbox_t *outbox, deliver_fn deliver, void *context)
{
    zmq_msg_t shared;
    zmq_msg_init(&shared);
    for (size_t i = 0, loaded = SIZE_MAX; i < outbox_count(outbox); i++) {
        post_t post = outbox_at(outbox, i);
        if (post.frame != loaded) {
            zmq_msg_close(&shared);
            frame_init(&shared, outbox_frame_at(outbox, post.frame));
            loaded = post.frame;
        }
        zmq_msg_t copy;
        zmq_msg_init(&copy);
        zmq_msg_copy(&copy, &shared);
        deliver(context, post.peer, &copy);
    }
    zmq_msg_close(&shared);
    outbox_clear(outbox);
}
