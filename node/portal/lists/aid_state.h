/* aid_state - where an aid is in its time, what can be asked for first.
 *
 * No facet of the store, for it changes with the day: whoever lists aids reads it of each one. Pure. */
#ifndef NODE_PORTAL_LISTS_AID_STATE_H
#define NODE_PORTAL_LISTS_AID_STATE_H

#include "node/portal/http/request.h"
#include "schemas/kind.h"

#include <jansson.h>

typedef enum aid_state { AID_OPEN, AID_SOON, AID_SUSPENDED, AID_ENDED } aid_state_t;
#define AID_STATES 4
#define AID_STATE "etat" /* the parameter by which a list and its twins leave out the others */

typedef struct aid_state_words {
    const char *code, *label; /* "ouverte", "Ouverte" */
} aid_state_words_t;
extern const aid_state_words_t aid_states[AID_STATES];

/* On the French day of now_ms (Unix). body NULL: an aid that says no dates. */
aid_state_t aid_state(const json_t *body, int64_t now_ms);

/* Have records of this kind a state? */
bool aid_state_fits(const kind_t *kind);

/* Does the address ask for any state, by its code? */
bool aid_state_asked(const request_t *request);

/* Is that state asked for? Only if the address has its code; any is, when it has none. */
bool aid_state_chosen(const request_t *request, aid_state_t state);
bool aid_state_wanted(const request_t *request, aid_state_t state);

/* ERR_REJECT (French) for what is the code of no state. */
int aid_state_check(const char *code, err_t *err);

#endif
