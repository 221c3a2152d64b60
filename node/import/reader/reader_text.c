/* What is not UTF-8, as UTF-8. */
#include "node/import/reader/reader_inside.h"

#include "schemas/base/unicode.h"

/* The characters of Windows-1252 from 0x80 to 0x9f; 0 where it has none. */
static const unsigned short WINDOWS_1252[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

#define REPLACEMENT 0xfffd

static void add_character(text_t *out, unsigned character)
{
    char utf8[4];
    size_t size = 0;
    if (character < 0x80)
        utf8[size++] = (char)character;
    else if (character < 0x800)
        utf8[size++] = (char)(0xc0 | character >> 6);
    else if (character < 0x10000)
        utf8[size++] = (char)(0xe0 | character >> 12);
    else {
        utf8[size++] = (char)(0xf0 | character >> 18);
        utf8[size++] = (char)(0x80 | (character >> 12 & 0x3f));
    }
    if (character >= 0x800)
        utf8[size++] = (char)(0x80 | (character >> 6 & 0x3f));
    if (character >= 0x80)
        utf8[size++] = (char)(0x80 | (character & 0x3f));
    text_add(out, utf8, size);
}

void reader_from_windows_1252(text_t *out, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned byte = (unsigned char)bytes[i];
        bool special = byte >= 0x80 && byte < 0xa0;
        unsigned character = special ? WINDOWS_1252[byte - 0x80] : byte;
        add_character(out, character || !special ? character : REPLACEMENT);
    }
}

/* The size of the character that begins here; 0: none does. */
static size_t character_size(const char *bytes, size_t size)
{
    unsigned char first = (unsigned char)*bytes;
    size_t wanted = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    return wanted <= size && unicode_valid(bytes, wanted) ? wanted : 0;
}

bool reader_is_mostly_utf8(const char *bytes, size_t size)
{
    size_t whole = 0, stray = 0;
    for (size_t i = 0; i < size;) {
        size_t character = character_size(bytes + i, size - i);
        whole += character > 1;
        stray += character == 0;
        i += character ? character : 1;
    }
    return whole > stray;
}

void reader_from_damaged_utf8(text_t *out, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t character = character_size(bytes + i, size - i);
        if (character)
            text_add(out, bytes + i, character);
        else
            add_character(out, REPLACEMENT);
        i += character ? character : 1;
    }
}

bool reader_is_utf16(const char *bytes, size_t size)
{
    const unsigned char *mark = (const unsigned char *)bytes;
    return size >= 2
           && ((mark[0] == 0xff && mark[1] == 0xfe) || (mark[0] == 0xfe && mark[1] == 0xff));
}

static unsigned unit_at(const unsigned char *bytes, size_t at, bool big)
{
    return big ? (unsigned)bytes[at] << 8 | bytes[at + 1]
               : (unsigned)bytes[at + 1] << 8 | bytes[at];
}

void reader_from_utf16(text_t *out, const char *bytes, size_t size)
{
    const unsigned char *units = (const unsigned char *)bytes;
    bool big = units[0] == 0xfe;
    for (size_t at = 2; at + 1 < size; at += 2) {
        unsigned unit = unit_at(units, at, big),
                 low = at + 3 < size ? unit_at(units, at + 2, big) : 0;
        bool high = unit >= 0xd800 && unit < 0xdc00, pair = high && low >= 0xdc00 && low < 0xe000;
        if (pair) {
            unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            at += 2;
        } else if (unit >= 0xd800 && unit < 0xe000) {
            unit = REPLACEMENT; /* half a character */
        }
        add_character(out, unit);
    }
    if (size % 2)
        add_character(out, REPLACEMENT);
}
