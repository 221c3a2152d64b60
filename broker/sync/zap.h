/* zap - says to libzmq, for each CURVE handshake, which member a key belongs to, or that it is refused.
 *
 * It runs in the loop of the ROUTER that it guards, not in a thread of its own: one set of members,
 * one list of strikes, nothing shared, and a key is refused from the moment the loop knows. A
 * handshake waits as long as one message takes to handle. Bind it before the ROUTER: a CURVE server
 * without a living handler would let any key in.
 *
 * An accepted connection's messages carry "User-Id", the member's name, and ZAP_KEY, the key that was
 * shown, so that a key removed since is noticed at the next message. */
#ifndef BROKER_SYNC_ZAP_H
#define BROKER_SYNC_ZAP_H

#include "broker/base/czmq.h"
#include "schemas/base/err.h"

#define ZAP_DOMAIN "maillage" /* for the ROUTER's ZMQ_ZAP_DOMAIN */
#define ZAP_KEY "X-Key"       /* for zmq_msg_gets: Z85 */

typedef enum zap_verdict {
    ZAP_ACCEPT,
    ZAP_REFUSE, /* the peer is told: it does not try again for a while */
    ZAP_LATER,  /* the connection is closed without a word */
} zap_verdict_t;

/* Judges a key (Z85) that came from an address; *member is borrowed until the next call. */
typedef zap_verdict_t (*zap_judge_fn)(void *context, const char *key, const char *address,
                                      const char **member);

typedef struct zap zap_t;

/* Binds the place where libzmq asks, in czmq's own context, which has room for one handler: ERR_STOP
 * when there is one. */
zap_t *zap_new(zap_judge_fn judge, void *context, err_t *err);
void zap_destroy(zap_t **self_p);

zsock_t *zap_socket(zap_t *self); /* readable when somebody asks */
void zap_serve(zap_t *self);      /* answers everyone who waits */

#endif
