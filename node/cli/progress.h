/* progress - a bar on standard error while something takes long; nothing when that is no terminal. */
#ifndef NODE_CLI_PROGRESS_H
#define NODE_CLI_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed at birth. */
typedef struct progress {
    int64_t shown_ms; /* a bar that moves more often than the eye sees costs time */
} progress_t;

/* Shows how far `what` is, with so many rows behind it (0: not said); at the end (done == all) the line is
 * cleared. */
void progress_show(progress_t *self, const char *what, size_t done, size_t all, size_t rows);

/* Clears the line for other words; does nothing the second time but clear an empty one. */
void progress_clear(void);

#endif
