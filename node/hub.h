/* hub - the node's synchronisation: the one that writes the store, talks to brokers, and takes commands.
 *
 * It connects the pure state machines (publisher for own streams, sink for those of others) to sockets
 * and clocks. An aggregator is the same without a publisher. Everything that may fail is in hub_new;
 * then an actor takes it, and nothing is shared with other threads. */
#ifndef NODE_HUB_H
#define NODE_HUB_H

#include "broker/base/czmq.h"
#include "node/settings.h"
#include "schemas/kind.h"

typedef struct hub hub_t;

/* Reads members and key, locks and opens the store and brings it up to date, binds the control socket.
 * Borrows settings and schema. after_restore: local changes wait longer for what brokers still hold.
 * NULL when it cannot: either findings say what is wrong with the configuration, or *err what is in
 * the way. Call it before any other thread is started. */
hub_t *hub_new(const settings_t *settings, const schema_t *schema, bool after_restore,
               findings_t *findings, err_t *err);

/* Only for a hub that was not handed to an actor. */
void hub_destroy(hub_t **self_p);

/* zactor_new(hub_actor, hub) takes the hub, which its thread destroys at the end. It ends on "$TERM",
 * reads the members again on "RELOAD", and answers "PING" with "PONG". When its store cannot be trusted any more it sends "FAILED"
 * and a text, once, and does nothing more but wait for "$TERM". */
void hub_actor(zsock_t *pipe, void *hub);

#endif
