/* body - the content of a record: JSON for people and programs, canonical msgpack for the network.
 *
 * Canonical: maps with sorted keys, strings in NFC, integers in their shortest form, dates as RFC
 * 3339 text, codes sorted and unique. Same content, same bytes, same hash. There is no floating
 * point inside: a field's type converts (10.2 <-> 1020 for a decimal). An absent field and a null
 * are the same: neither is stored. Who writes this JSON as text asks jansson for
 * JSON_REAL_PRECISION(BODY_DIGITS), or 10.2 becomes 10.199999999999999. */
#ifndef SCHEMAS_BODY_H
#define SCHEMAS_BODY_H

#include "schemas/base/text.h"
#include "schemas/kind.h"

#include <jansson.h>

#define BODY_MAX_SIZE (60 * 1024) /* bytes; leaves room for the item around it (64 KiB) */
#define BODY_MAX_DEPTH 15         /* of what we make; the item around it is one more */
#define BODY_MAX_VALUES 4080      /* of what we make; the item around it has a few more */
#define BODY_DIGITS 15

/* Validates a JSON object against its kind and appends its canonical bytes to out. Everything that
 * is wrong or doubtful is in findings; with at least one error returns -1 and out is unchanged.
 * A field the kind does not have is an error here: a hub publishes only what its kind names. */
int body_encode(const kind_t *kind, const json_t *json, text_t *out, findings_t *findings);

/* The same, for who wants to look at the content too: gives what body_decode would make of the bytes;
 * NULL where body_encode returns -1. */
json_t *body_encode_and_show(const kind_t *kind, const json_t *json, text_t *out,
                             findings_t *findings);

/* Gives the JSON of stored bytes, own or received. Fields the kind does not know (or all, when kind
 * is NULL) are shown as they are; what does not fit its field's type is shown raw: bytes and
 * malformed text in hex, an integer beyond 64 bits signed as text. NULL and ERR_REJECT only when the
 * bytes are not a msgpack map within our limits. */
json_t *body_decode(const kind_t *kind, const void *bytes, size_t size, err_t *err);

/* True if the bytes are canonical and valid for the kind without errors: what encode would have made. */
bool body_is_canonical(const kind_t *kind, const void *bytes, size_t size);

/* Writes the id that the natural key of the kind gives this content into id: the slugs of its
 * values, joined by ":". The content need not be normal yet.
 * -1 and ERR_REJECT, with a French sentence, when no alternative of the key is complete. */
int body_id(const kind_t *kind, const json_t *json, char id[ID_SIZE], err_t *err);

/* Same content apart from date_maj? Of canonical bytes. */
bool body_same(const void *a, size_t a_size, const void *b, size_t b_size);

#endif
