/* metrics - what a monitor reads at /metrics, in Prometheus' text form: facts of the store and of this portal.
 *
 *     maillage_build_info{version, node}            1
 *     maillage_records{hub, kind}                   live records
 *     maillage_stream_seq{hub, kind}                changes shown
 *     maillage_stream_behind{hub, kind}             changes known to exist and not yet shown
 *     maillage_stream_staged{hub, kind}             records waiting for their proof
 *     maillage_stream_verified{hub, kind}           1 when own, or proven and nothing is missing
 *     maillage_stream_verified_timestamp_seconds{hub, kind}   last proof or beat; absent for own and never
 *     maillage_stream_heard_timestamp_seconds{hub, kind}      last head from any broker; absent for never
 *     maillage_store_bytes{file}                    public.db and its WAL
 *     maillage_http_answers_total{status}           since the start
 *     maillage_http_cached_answers_total            of them, from the page cache
 *     maillage_page_cache_bytes, maillage_page_cache_answers
 *
 * How the brokers' connections are is the hub's own knowledge: `maillage status` tells it. */
#ifndef NODE_PORTAL_PROGRAMS_METRICS_H
#define NODE_PORTAL_PROGRAMS_METRICS_H

#include "node/portal/site.h"

handler_t metrics;

#endif
