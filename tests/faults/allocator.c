/* glibc exports its own functions under these names for interposers; ours take the usual ones, for the
 * program and for every library it loads. */
#include "tests/faults/allocator.h"

#include <errno.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static bool (*fails)(void);
static bool own; /* whoever answers allocates, too */

void allocator_ask(bool (*asked)(void))
{
    fails = asked;
}

void allocator_own(bool is_own)
{
    own = is_own;
}

static bool none_left(void)
{
    if (!fails || own)
        return false;
    own = true;
    bool none = fails();
    own = false;
    if (none)
        errno = ENOMEM;
    return none;
}

void *malloc(size_t size)
{
    return none_left() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return none_left() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return none_left() ? NULL : __libc_realloc(old, size);
}
