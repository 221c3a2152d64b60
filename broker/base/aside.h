/* aside - files of a store that were moved out of the way: "public.db.damaged-1764000000".
 *
 * Such a file holds what the store held, also what was erased since; so nobody keeps it for ever. The
 * number is when it was moved, in Unix seconds. Call it under the store's lock. */
#ifndef BROKER_BASE_ASIDE_H
#define BROKER_BASE_ASIDE_H

#include "schemas/base/err.h"

#include <stddef.h>

#define ASIDE_DAMAGED "damaged"   /* filled again by others: good for nothing but a look */
#define ASIDE_REPLACED "replaced" /* by a restore: may be the only copy of something */
#define ASIDE_KEPT 2              /* damaged ones: the newest */

/* Moves path, its -wal and its -shm to "path.WORD-UNIX_S"; what is not there is passed over, so that it
 * can be repeated after a crash. The names are on the disk when it returns. */
int aside_move(const char *path, const char *word, long long unix_s, err_t *err);

/* Calls each for every file "path.WORD-N", in no order. */
void aside_each(const char *path, const char *word,
                void (*each)(void *context, const char *file, long long unix_s), void *context);
/* The N of the newest; 0 when there is none. */
long long aside_newest(const char *path, const char *word);

/* Removes those moved before that moment, and all but the newest `keep`. */
int aside_forget(const char *path, const char *word, long long before_unix_s, size_t keep,
                 err_t *err);

#endif
