/* envelope - what programs get, from the tool and from the API alike: a record as
 * {hub, kind, id, seq, changed, verified_at, body}, and how far a stream is. */
#ifndef NODE_EXPORT_ENVELOPE_H
#define NODE_EXPORT_ENVELOPE_H

#include "node/store/catalogue.h"

#include <jansson.h>

/* Gives the envelope; takes the body (NULL: one that cannot be read, shown as null). */
json_t *envelope_json(const entry_t *entry, json_t *body);

/* Gives the stream's state: its numbers, the root in hexadecimal digits, and the word for it. */
json_t *envelope_stream(const stream_state_t *state);

/* Gives Unix milliseconds as RFC 3339 in UTC, or null for 0: what never was. */
json_t *envelope_instant(int64_t unix_ms);

#endif
