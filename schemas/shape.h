/* shape - is this msgpack what it says it is, before anyone allocates for it?
 *
 * msgpack-c trusts declared lengths: eight bytes made it ask for 4 GiB. Bytes from outside pass
 * here first: every declared element fits in the bytes left, depth and number of values are within
 * limits, nothing follows the one value. */
#ifndef SCHEMAS_SHAPE_H
#define SCHEMAS_SHAPE_H

#include "schemas/base/err.h"

#include <stddef.h>

/* 0 if [bytes, bytes+size) is exactly one well-formed value; ERR_REJECT with the offset and reason. */
int shape_check(const void *bytes, size_t size, size_t max_depth, size_t max_values, err_t *err);

#endif
