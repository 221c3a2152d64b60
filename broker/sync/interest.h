/* interest - which streams somebody wants: a list of (hub or "*", kind or "*"). */
#ifndef BROKER_SYNC_INTEREST_H
#define BROKER_SYNC_INTEREST_H

#include "schemas/wire.h"

#include <stdbool.h>

/* Does any entry match? `self` is a hub that "*" never includes; "" when there is none. */
bool interest_match(const interest_t *list, size_t count, const char *self, const char *hub,
                    const char *kind);

#endif
