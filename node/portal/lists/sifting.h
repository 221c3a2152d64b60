/* sifting - a list of aids that leaves out those in another state than the address asks for (aid_state.h).
 *
 * The store does not know the states: it is asked for pages, and of each aid the state is read. */
#ifndef NODE_PORTAL_LISTS_SIFTING_H
#define NODE_PORTAL_LISTS_SIFTING_H

#include "node/portal/lists/asking.h"

/* Does the address leave out any? Else the two below are not for it. */
bool sifting_asked(const asking_t *asking);

/* As asking_find: the page has at most query.limit of the aids that are wanted, `next` only when another follows. Its
 * total is that of the store, of any state. */
int sifting_find(asking_t *asking, err_t *err);

/* How many are wanted in all; every aid that the other conditions leave is read. The asking keeps its question and forgets
 * what was found. */
int sifting_count(asking_t *asking, int64_t *total, err_t *err);

#endif
