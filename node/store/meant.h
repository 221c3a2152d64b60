/* meant - what somebody may have meant whose words find nothing, or next to nothing.
 *
 * Words are compared one by one with those that the records have: a mistyped one is replaced by the
 * nearest, of several as near by the one that most records have. Belongs to the catalogue's thread. */
#ifndef NODE_STORE_MEANT_H
#define NODE_STORE_MEANT_H

#include "node/store/catalogue.h"

/* *better: the words with each that at most `rare` records have replaced, given; NULL when there is
 * nothing better. A word that some record has is only replaced by one that far more have. */
int meant_correct(catalogue_t *catalogue, const char *typed, size_t rare, char **better,
                  err_t *err);

/* No record has all the words: *kept are some that one has, *left_out the others, both given, in the order
 * in which they were typed. Left out are words that no record has, then the commonest, which say
 * least. Both NULL when nothing is to be found that way. */
int meant_shorten(catalogue_t *catalogue, const char *typed, char **kept, char **left_out,
                  err_t *err);

#endif
