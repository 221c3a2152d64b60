/* guests - the connections of a web server: how many there are, from where, until when, and what waits to be sent to them.
 *
 * Nobody holds the others up. A guest must have sent a whole request GUESTS_REQUEST_MS after it came or after the answer
 * before, however busily it sends, and must take an answer within GUESTS_ANSWER_MS. An address has at most
 * GUESTS_PER_ADDRESS connections, but for this machine's own, which is the proxy's. When places become rare, each newcomer
 * takes that of the guest who has been silent for longest; when more than GUESTS_UNSENT_MAX bytes wait for guests who are slow
 * to take them, those who have been at it for longest lose theirs.
 *
 * A guest is cut by shutting its socket down: the server finds it ended, as if the visitor had hung up. Sockets are borrowed.
 * Times are milliseconds of the steady clock. Belongs to one thread. */
#ifndef NODE_PORTAL_HTTP_GUESTS_H
#define NODE_PORTAL_HTTP_GUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define GUESTS_MAX 256
#define GUESTS_SPARE 32 /* places that are rare */
#define GUESTS_PER_ADDRESS 32
#define GUESTS_REQUEST_MS (10 * 1000)
#define GUESTS_ANSWER_MS (120 * 1000)
#define GUESTS_UNSENT_MAX (64 << 20)

typedef struct guests guests_t;
typedef struct guest guest_t;

guests_t *guests_new(void);
void guests_destroy(guests_t **self_p); /* cuts nobody */

/* Has this address room for one more? */
bool guests_admits(const guests_t *self, const struct sockaddr *address);

/* One more is connected: it may ask. NULL when there is no place: it is then not watched. */
guest_t *guests_enter(guests_t *self, int socket, const struct sockaddr *address, int64_t now_ms);

/* It is connected no more. In what follows guest may be NULL, and nothing is done then. */
void guests_leave(guest_t *guest);

/* It has its answer, and may ask again. */
void guests_ask(guest_t *guest, int64_t now_ms);

/* An answer of that many bytes waits for it. */
void guests_answer(guests_t *self, guest_t *guest, size_t size, int64_t now_ms);

/* Cuts those whose time is over. */
void guests_cut(guests_t *self, int64_t now_ms);

#endif
