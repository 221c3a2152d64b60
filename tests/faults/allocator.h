/* allocator - malloc, calloc and realloc of this program and of the libraries it uses, each of which
 * may find no memory. Not together with AddressSanitizer, which has an allocator of its own. */
#ifndef TESTS_FAULTS_ALLOCATOR_H
#define TESTS_FAULTS_ALLOCATOR_H

#include <stdbool.h>

/* Before each allocation `fails` is asked, until this is called with NULL. */
void allocator_ask(bool (*fails)(void));
/* What follows is the test's own, and has memory. */
void allocator_own(bool own);

#endif
