/* strike - who sent what no honest member sends, and who is therefore refused for a while.
 *
 * Ten strikes within the window, and the member is refused for as long as the window is. Pure: time
 * comes in. At most as many members are kept as there are. */
#ifndef BROKER_SYNC_STRIKE_H
#define BROKER_SYNC_STRIKE_H

#include <stdbool.h>
#include <stdint.h>

#define STRIKES_ALLOWED 10 /* the tenth is one too many */

typedef struct strikes strikes_t;

strikes_t *strikes_new(int64_t window_ms);
void strikes_destroy(strikes_t **self_p);

/* One more. True when it is this one that makes the member refused. */
bool strikes_add(strikes_t *self, const char *member, int64_t steady_ms);
bool strikes_refused(const strikes_t *self, const char *member, int64_t steady_ms);

#endif
