/* report - how the node is, for `maillage status`: what its store cannot tell.
 *
 *     {node, role, version, state, reason, life,
 *      brokers: [{name, endpoint, state, since, error}], rebuilt_at, alarms: [text]}
 *
 * state is "reconcile", "ready" or "fenced" (an aggregator is always ready); a broker's is "waiting",
 * "connecting", "greeting" or "up", since an instant in UTC; reason, error and alarms are French
 * sentences, "" when there is nothing to say; life is 0 before the hub is ready; rebuilt_at, null without
 * one, is when a damaged store was moved aside, an alarm for 30 days. */
#ifndef NODE_REPORT_H
#define NODE_REPORT_H

#include "broker/sync/link.h"
#include "broker/sync/publisher.h"
#include "broker/sync/sink.h"
#include "node/settings.h"

typedef struct report {
    const settings_t *settings;
    const streams_t *streams;
    const publisher_t *publisher; /* NULL for an aggregator */
    const sink_t *sink;
    link_t *const *links;
    size_t link_count;
    int64_t rebuilt_ms; /* when its store was begun anew; 0: never */
} report_t;

char *report_make(const report_t *self); /* given */

#endif
