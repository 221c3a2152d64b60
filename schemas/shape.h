/* shape - is this msgpack what it says it is, before anyone allocates for it?
 *
 * msgpack-c trusts declared lengths: eight bytes made it ask for 4 GiB. Bytes from outside pass
 * here first: every declared element fits in the bytes left, depth and number of values are within
 * limits, nothing follows the one value. Nothing is allocated, and the time is linear in the size. */
#ifndef SCHEMAS_SHAPE_H
#define SCHEMAS_SHAPE_H

#include "schemas/base/err.h"

#include <stddef.h>

#define SHAPE_DEPTH_LIMIT 32 /* the largest max_depth; msgpack-c's own stack ends there too */

/* 0 if [bytes, bytes+size) is exactly one well-formed value; ERR_REJECT with the offset and reason.
 * Depth counts the arrays and maps around each other: 0 for a number, 1 for [], 2 for [[]].
 * Values counts everything: containers, keys, entries and the outermost value itself. */
int shape_check(const void *bytes, size_t size, size_t max_depth, size_t max_values, err_t *err);

#endif
