#include "schemas/base/unicode.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* One code point may fold into several: utf8proc's longest is 18. */
#define FOLDED_MAX 32
#define SLUG_MAX 128
#define SLUG_TAIL 17 /* a hyphen and 64 bits of hash in hex */

/* Forgets what was appended since the text had this size; for functions that add all or nothing. */
static int take_back(text_t *out, size_t size)
{
    out->size = size;
    out->data[size] = 0;
    return -1;
}

/* Reads the next code point and steps over it; false at the end and on anything malformed. */
static bool next(const char **at, const char *end, int32_t *character)
{
    if (*at == end)
        return false;
    const uint8_t *bytes = (const uint8_t *)*at;
    if (*bytes < 0x80) {
        *character = *bytes;
        (*at)++;
        return true;
    }
    if (*bytes >= 0xc2 && *bytes < 0xe0 && end - *at >= 2 && (bytes[1] & 0xc0) == 0x80) {
        *character = (*bytes & 0x1f) << 6 | (bytes[1] & 0x3f); /* nearly all accents */
        *at += 2;
        return true;
    }
    utf8proc_ssize_t step = utf8proc_iterate(bytes, end - *at, character);
    if (step <= 0)
        return false;
    *at += step;
    return true;
}

/* Steps over eight bytes at a time while all are ASCII and none is NUL: most of any text we meet. */
static const char *skip_ascii(const char *at, const char *end)
{
    static const uint64_t HIGH_BITS = 0x8080808080808080, ONES = 0x0101010101010101;
    for (uint64_t eight; end - at >= (ptrdiff_t)sizeof eight; at += sizeof eight) {
        memcpy(&eight, at, sizeof eight);
        if ((eight | (eight - ONES)) & HIGH_BITS) /* of a NUL, one less has the high bit */
            break;
    }
    return at;
}

bool unicode_valid(const char *bytes, size_t size)
{
    const char *at = skip_ascii(bytes, bytes + size), *end = bytes + size;
    int32_t character;
    while (next(&at, end, &character)) {
        if (!character)
            return false;
        if (character >= 0x80)
            at = skip_ascii(at, end);
    }
    return at == end;
}

/* Below U+0300 nothing combines or decomposes further, and between U+2002 and U+20CF (dashes,
 * French quotation and apostrophe, ellipsis, euro) neither: such text is its own NFC. */
bool unicode_is_plain(const char *bytes, size_t size)
{
    const char *end = bytes + size;
    while ((bytes = skip_ascii(bytes, end)) < end) {
        const uint8_t *at = (const uint8_t *)bytes;
        bool general = *at == 0xe2 && end - bytes >= 3
                       && ((at[1] == 0x80 && at[2] >= 0x82) || at[1] == 0x81 || at[1] == 0x82
                           || (at[1] == 0x83 && at[2] < 0x90));
        if (*at >= 0xcc && !general)
            return false;
        bytes += general ? 3 : 1;
    }
    return true;
}

int unicode_nfc(text_t *out, const char *bytes, size_t size)
{
    if (!unicode_valid(bytes, size))
        return -1;
    if (unicode_is_plain(bytes, size))
        return text_add(out, bytes, size);
    uint8_t *composed = NULL;
    utf8proc_ssize_t length = utf8proc_map((const uint8_t *)bytes, (utf8proc_ssize_t)size,
                                           &composed, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    if (length < 0)
        return -1;
    int rc = text_add(out, composed, (size_t)length);
    free(composed);
    return rc;
}

static bool is_space(int32_t character)
{
    if (character < 0x80)
        return character == ' ' || (character >= '\t' && character <= '\r');
    utf8proc_category_t category = utf8proc_category(character);
    return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL
           || category == UTF8PROC_CATEGORY_ZP;
}

/* Folding in progress. A space is written only when a character follows it, because characters may
 * fold to nothing, to a space, or to several words. */
typedef struct fold {
    text_t *out;
    size_t start; /* of what this fold appends */
    bool gap;     /* a space is due before the next character */
} fold_t;

static int add_character(fold_t *self, int32_t character)
{
    if (is_space(character)) {
        self->gap = self->out->size > self->start;
        return 0;
    }
    uint8_t bytes[5] = " ";
    size_t size = self->gap;
    self->gap = false;
    if (character == 0x153 || character == 0xe6) {
        bytes[size++] = character == 0xe6 ? 'a' : 'o';
        bytes[size++] = 'e';
    } else {
        size += (size_t)utf8proc_encode_char(character, bytes + size);
    }
    return text_add(self->out, bytes, size);
}

/* Marks are dropped as they come, so the order of marks, which utf8proc's whole-string functions
 * would sort, does not matter, and no buffer is needed. */
static int fold_character(fold_t *self, int32_t character)
{
    if (character < 0x80) {
        bool upper = character >= 'A' && character <= 'Z';
        return add_character(self, upper ? character + 32 : character);
    }
    int32_t folded[FOLDED_MAX];
    int boundary = 0;
    utf8proc_ssize_t count =
        utf8proc_decompose_char(character, folded, FOLDED_MAX,
                                UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD
                                    | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE,
                                &boundary);
    assert(count <= FOLDED_MAX);
    for (utf8proc_ssize_t i = 0; i < count; i++)
        if (add_character(self, folded[i]))
            return -1;
    return 0;
}

int unicode_fold(text_t *out, const char *bytes, size_t size)
{
    if (!unicode_valid(bytes, size))
        return -1;
    const char *at = bytes, *end = bytes + size;
    fold_t fold = {.out = out, .start = out->size};
    int32_t character;
    while (next(&at, end, &character))
        if (fold_character(&fold, character))
            return take_back(out, fold.start);
    return 0;
}

size_t unicode_length(const char *bytes, size_t size)
{
    size_t length = 0;
    for (size_t i = 0; i < size; i++)
        length += ((unsigned char)bytes[i] & 0xc0) != 0x80;
    return length;
}

size_t unicode_cut(const char *bytes, size_t size, size_t max_size)
{
    if (size <= max_size)
        return size;
    while (max_size > 0 && ((unsigned char)bytes[max_size] & 0xc0) == 0x80)
        max_size--;
    return max_size;
}

/* The hash is of the whole slug, not of the input: titles that differ by a capital or an accent
 * keep the same id, however long they are. */
static size_t shorten(char *slug, size_t size, size_t max)
{
    uint8_t hash[crypto_generichash_BYTES_MIN];
    char hex[sizeof hash * 2 + 1];
    crypto_generichash(hash, sizeof hash, (const uint8_t *)slug, size, NULL, 0);
    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
    if (max <= SLUG_TAIL) {
        size_t hex_size = max < SLUG_TAIL - 1 ? max : SLUG_TAIL - 1;
        memcpy(slug, hex, hex_size);
        return hex_size;
    }
    size_t kept = max - SLUG_TAIL;
    while (kept > 0 && strchr("._:-", slug[kept - 1]))
        kept--;
    slug[kept] = '-';
    memcpy(slug + kept + 1, hex, SLUG_TAIL - 1);
    return kept + SLUG_TAIL;
}

/* Rewrites folded text in place into the alphabet of ids; the new size. */
static size_t squeeze(char *text, size_t size)
{
    size_t kept = 0;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        bool mark = c == '.' || c == '_' || c == ':';
        if (word || (mark && kept))
            text[kept++] = c;
        else if (kept && text[kept - 1] != '-')
            text[kept++] = '-';
    }
    while (kept && text[kept - 1] == '-')
        kept--;
    return kept;
}

int unicode_slug(text_t *out, const char *bytes, size_t size, size_t max)
{
    assert(max > 0 && max <= SLUG_MAX);
    text_t slug;
    text_init(&slug, FOLDED_MAX * size);
    int rc = unicode_fold(&slug, bytes, size);
    if (!rc) {
        size_t kept = squeeze(slug.data, slug.size);
        if (kept > max)
            kept = shorten(slug.data, kept, max);
        rc = kept ? text_add(out, slug.data, kept) : -1;
    }
    text_free(&slug);
    return rc;
}

/* The code points of a word, or SIZE_MAX when it is too long or malformed. */
static size_t read_word(const char *text, int32_t word[UNICODE_WORD_MAX])
{
    const char *end = text + strlen(text);
    size_t count = 0;
    while (count < UNICODE_WORD_MAX && next(&text, end, &word[count]))
        count++;
    return text == end ? count : SIZE_MAX;
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Optimal string alignment: three rows of the table are all that a swap needs. */
size_t unicode_distance(const char *a, const char *b, size_t max)
{
    int32_t from[UNICODE_WORD_MAX], to[UNICODE_WORD_MAX];
    size_t from_count = read_word(a, from), to_count = read_word(b, to);
    if (from_count == SIZE_MAX || to_count == SIZE_MAX)
        return max + 1;
    size_t rows[3][UNICODE_WORD_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= to_count; j++)
        row[j] = j;
    for (size_t i = 1; i <= from_count; i++) {
        size_t *spare = before;
        before = last;
        last = row;
        row = spare;
        row[0] = i;
        for (size_t j = 1; j <= to_count; j++) {
            row[j] = least(last[j] + 1, row[j - 1] + 1, last[j - 1] + (from[i - 1] != to[j - 1]));
            bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
            if (swapped && before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
    }
    return row[to_count] <= max ? row[to_count] : max + 1;
}
