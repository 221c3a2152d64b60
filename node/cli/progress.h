/* progress - a bar on standard error while something takes long; nothing when that is no terminal. */
#ifndef NODE_CLI_PROGRESS_H
#define NODE_CLI_PROGRESS_H

#include <stddef.h>

/* Shows how far `what` is; at the end (done == all) the line is cleared. */
void progress_show(const char *what, size_t done, size_t all);

/* Clears the line for other words; does nothing the second time but clear an empty one. */
void progress_clear(void);

#endif
