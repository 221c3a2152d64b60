/* unicode - the few things we ask of Unicode, over utf8proc. All input is (pointer, size).
 *
 * A function that appends leaves `out` as it was when it fails. */
#ifndef SCHEMAS_BASE_UNICODE_H
#define SCHEMAS_BASE_UNICODE_H

#include "schemas/base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* Well-formed UTF-8, without NUL. */
bool unicode_valid(const char *bytes, size_t size);

/* Appends the NFC form. -1 if the input is not valid or does not fit. */
int unicode_nfc(text_t *out, const char *bytes, size_t size);

/* True when the valid UTF-8 is known to be in NFC at a glance, as nearly all French text is; false
 * when only unicode_nfc can tell. Allocates nothing. */
bool unicode_is_plain(const char *bytes, size_t size);

/* Appends the form used to compare and sort: lower case, no accents, œ as oe, æ as ae, one space
 * between words. -1 as above. */
int unicode_fold(text_t *out, const char *bytes, size_t size);

/* Number of characters (code points) of valid UTF-8. */
size_t unicode_length(const char *bytes, size_t size);

/* The size of the longest beginning of valid UTF-8 that has at most max_size bytes and ends
 * between characters. */
size_t unicode_cut(const char *bytes, size_t size, size_t max_size);

/* Appends a slug of at most `max` bytes (<= 128) in the alphabet of ids, [a-z0-9][a-z0-9._:-]*:
 * folded, other characters as single hyphens. A longer one ends in a hash of the whole slug. Empty
 * input, or input without a letter or digit, gives -1. A slug is its own slug. */
int unicode_slug(text_t *out, const char *bytes, size_t size, size_t max);

/* Edits (insert, delete, replace, swap neighbours) from a to b, or max + 1 when more. For words:
 * of two texts of which one has more than UNICODE_WORD_MAX characters the answer is max + 1. */
#define UNICODE_WORD_MAX 64
size_t unicode_distance(const char *a, const char *b, size_t max);

#endif
