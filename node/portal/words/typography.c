#include "node/portal/words/typography.h"

#include <string.h>
#include <strings.h>

#define NO_BREAK "\u00a0"
#define NARROW "\u202f"

static const char *const VERBATIM[] = {"script", "style", "pre", "code", "textarea"};

static const struct {
    const char *mark, *space;
} BEFORE[] = {
    {";", NARROW},   {"!", NARROW},   {"?", NARROW},   {":", NO_BREAK},
    {"»", NO_BREAK}, {"%", NO_BREAK}, {"€", NO_BREAK},
};

/* The space to put for the one at `at`: " ". */
static const char *space_for(const char *html, const char *at)
{
    if (at - html >= 2 && memcmp(at - 2, "«", 2) == 0)
        return NO_BREAK;
    for (size_t i = 0; i < sizeof BEFORE / sizeof *BEFORE; i++)
        if (strncmp(at + 1, BEFORE[i].mark, strlen(BEFORE[i].mark)) == 0)
            return BEFORE[i].space;
    return " ";
}

/* Where the tag at `tag` ends; with it, the whole element when its content must not be touched. */
static const char *behind_tag(const char *tag)
{
    for (size_t i = 0; i < sizeof VERBATIM / sizeof *VERBATIM; i++) {
        size_t size = strlen(VERBATIM[i]);
        if (strncasecmp(tag + 1, VERBATIM[i], size) || !strchr("> \n", tag[1 + size]))
            continue;
        for (const char *end = strstr(tag, "</"); end; end = strstr(end + 2, "</"))
            if (strncasecmp(end + 2, VERBATIM[i], size) == 0)
                return end;
    }
    const char *end = strchr(tag, '>');
    return end ? end + 1 : tag + strlen(tag);
}

int typography_french(text_t *out, const char *html)
{
    const char *done = html;
    for (const char *at = html + strcspn(html, "< "); *at; at += strcspn(at, "< ")) {
        if (*at == '<') {
            at = behind_tag(at);
            continue;
        }
        const char *space = space_for(html, at);
        if (*space != ' ') {
            text_add(out, done, (size_t)(at - done));
            text_add_string(out, space);
            done = at + 1;
        }
        at++;
    }
    text_add_string(out, done);
    return out->overflow ? -1 : 0;
}
