/* intake - what the connections of a listening socket have sent and nobody was given yet.
 *
 * libzmq gives a message of several frames when its last one is there, keeps them all until then, and bounds
 * neither their number nor their bytes: a member that never sends the last one would fill the memory. So
 * the bytes that came in on each connection, as the kernel counts them, are compared with those of the
 * messages that were read. A connection with more than INTAKE_MAX between the two is cut, and the one with
 * the most when all together have more than INTAKE_ALL_MAX; libzmq then frees what it kept. An honest peer
 * sends large messages only when it is asked, one for each stream, and stays far below.
 *
 * The bound holds between two calls of intake_watch: what a fast line brings meanwhile comes on top.
 * Belongs to one thread, that of the socket. */
#ifndef BROKER_SYNC_INTAKE_H
#define BROKER_SYNC_INTAKE_H

#include <stdint.h>
#include <zmq.h>

#define INTAKE_MAX (32 * 1024 * 1024)
#define INTAKE_ALL_MAX (4 * INTAKE_MAX)

typedef struct intake intake_t;

/* Borrows libzmq's socket, a CURVE server over TCP, which is not bound yet and must outlive it, and its
 * context. */
intake_t *intake_new(void *context, void *socket);
void intake_destroy(intake_t **self_p);

/* One frame was taken from the socket. */
void intake_read(intake_t *self, zmq_msg_t *frame);

/* Cuts the connections that have too much; gives how many. Call it a few times a second. */
unsigned intake_watch(intake_t *self);

/* The two sides of the comparison, for who has one connection and watches it itself (broker/sync/link.c). */
uint64_t intake_received(int descriptor); /* bytes that came in; 0 when it is no TCP connection */
uint64_t intake_frame_size(zmq_msg_t *frame); /* bytes that it was on an encrypted line */

#endif
