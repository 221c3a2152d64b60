#include "node/export/xml.h"

#include <stdbool.h>
#include <string.h>

static const char *escape_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* The bytes at text that XML has no place for; 0 when it has. */
static size_t unsayable(const char *text)
{
    unsigned char c = (unsigned char)*text;
    if (c < 0x20)
        return c != '\t' && c != '\n' && c != '\r';
    bool none = !strncmp(text, "\xef\xbf\xbe", 3) || !strncmp(text, "\xef\xbf\xbf", 3);
    return none ? 3 : 0;
}

void xml_add(text_t *out, const char *text)
{
    while (text && *text) {
        size_t skipped = unsayable(text);
        if (skipped) {
            text += skipped;
            continue;
        }
        const char *escape = escape_of(*text);
        if (escape)
            text_add_string(out, escape);
        else
            text_add(out, text, 1);
        text++;
    }
}

void xml_element(text_t *out, const char *name, const char *text)
{
    if (!text || !*text)
        return;
    text_add_format(out, "<%s>", name);
    xml_add(out, text);
    text_add_format(out, "</%s>\n", name);
}
