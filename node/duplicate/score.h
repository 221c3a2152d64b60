/* score - what two places of one commune have in common, in points. For this folder alone. */
#ifndef NODE_DUPLICATE_SCORE_H
#define NODE_DUPLICATE_SCORE_H

#include "node/duplicate/prepared.h"

/* True, and *out, when the two are probably one: DUPLICATE_LEAST points and more. */
bool score(const prepared_places_t *places, const prepared_t *a, const prepared_t *b,
           duplicate_t *out);

#endif
