/* Connections are known by their descriptors: libzmq tells of each that it accepts, and of each frame where it
 * came from. When a connection is closed nothing is told that arrives in time, and its number goes to another
 * one; so nothing here relies on it. A descriptor that is no TCP connection any more is forgotten, and what
 * was read never counts for more than what came in. */
#include "broker/sync/intake.h"

#include "broker/sync/dispatch.h"

#include <assert.h>
#include <linux/tcp.h> /* that of the C library knows no count of bytes */
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

typedef struct inlet {
    bool open;
    uint64_t read;   /* bytes of the frames that were taken, as they were on the line */
    uint64_t unread; /* when it was last looked at */
} inlet_t;

struct intake {
    void *socket, *monitor;
    inlet_t *inlets; /* by descriptor */
    size_t count;
};

intake_t *intake_new(void *context, void *socket)
{
    intake_t *self = calloc(1, sizeof *self);
    assert(self);
    char place[64];
    int without_end = 0, at_once = 0; /* a full queue would block the thread that does the work */
    snprintf(place, sizeof place, "inproc://intake-%p", (void *)self);
    self->socket = socket;
    self->monitor = zmq_socket(context, ZMQ_PAIR);
    assert(self->monitor);
    zmq_setsockopt(self->monitor, ZMQ_RCVHWM, &without_end, sizeof without_end);
    zmq_setsockopt(self->monitor, ZMQ_LINGER, &at_once, sizeof at_once);
    int rc = zmq_socket_monitor(socket, place, ZMQ_EVENT_ACCEPTED);
    assert(rc == 0);
    rc = zmq_connect(self->monitor, place);
    assert(rc == 0);
    return self;
}

void intake_destroy(intake_t **self_p)
{
    intake_t *self = *self_p;
    if (!self)
        return;
    zmq_socket_monitor(self->socket, NULL, 0);
    zmq_close(self->monitor);
    free(self->inlets);
    free(self);
    *self_p = NULL;
}

static inlet_t *inlet_of(intake_t *self, int descriptor)
{
    size_t needed = (size_t)descriptor + 1;
    if (needed > self->count) {
        self->inlets = realloc(self->inlets, 2 * needed * sizeof *self->inlets);
        assert(self->inlets);
        memset(self->inlets + self->count, 0, (2 * needed - self->count) * sizeof *self->inlets);
        self->count = 2 * needed;
    }
    return &self->inlets[descriptor];
}

/* ZMTP: a flag and a length of one byte, or of eight. */
uint64_t intake_frame_size(zmq_msg_t *frame)
{
    size_t size = zmq_msg_size(frame) + CURVE_OVERHEAD;
    return size + (size <= UINT8_MAX ? 2 : 9);
}

void intake_read(intake_t *self, zmq_msg_t *frame)
{
    int descriptor = zmq_msg_get(frame, ZMQ_SRCFD);
    if (descriptor >= 0)
        inlet_of(self, descriptor)->read += intake_frame_size(frame);
}

/* An event is two frames: number and value, and the address. */
static void hear_accepted(intake_t *self)
{
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    while (zmq_msg_recv(&frame, self->monitor, ZMQ_DONTWAIT) >= 0) {
        uint32_t descriptor;
        if (zmq_msg_more(&frame)) {
            memcpy(&descriptor, (const uint8_t *)zmq_msg_data(&frame) + sizeof(uint16_t),
                   sizeof descriptor);
            inlet_of(self, (int)descriptor)->open = true;
        }
    }
    zmq_msg_close(&frame);
}

static bool read_received(int descriptor, uint64_t *received)
{
    struct tcp_info info;
    socklen_t size = sizeof info;
    memset(&info, 0, sizeof info);
    if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size))
        return false;
    *received = info.tcpi_bytes_received;
    return true;
}

uint64_t intake_received(int descriptor)
{
    uint64_t received;
    return read_received(descriptor, &received) ? received : 0;
}

static void look(inlet_t *inlet, int descriptor)
{
    uint64_t received;
    if (!read_received(descriptor, &received)) {
        *inlet = (inlet_t){0};
        return;
    }
    if (inlet->read > received) /* of one that had this number before */
        inlet->read = received;
    inlet->unread = received - inlet->read;
}

/* libzmq finds it ended, as if the peer had hung up. */
static void cut(inlet_t *inlet, int descriptor)
{
    shutdown(descriptor, SHUT_RDWR);
    *inlet = (inlet_t){0};
}

unsigned intake_watch(intake_t *self)
{
    unsigned count = 0;
    uint64_t all = 0;
    size_t worst = 0;
    hear_accepted(self);
    for (size_t i = 0; i < self->count; i++) {
        inlet_t *inlet = &self->inlets[i];
        if (inlet->open)
            look(inlet, (int)i);
        if (inlet->unread > INTAKE_MAX) {
            cut(inlet, (int)i);
            count++;
        }
        all += inlet->unread;
        if (inlet->unread > self->inlets[worst].unread)
            worst = i;
    }
    if (all > INTAKE_ALL_MAX) {
        cut(&self->inlets[worst], (int)worst);
        count++;
    }
    return count;
}
