/* texts - what a test expects to read: in a page, a file, a sentence. A text that is not as expected fails the test,
 * which shows it. Included after cmocka.h. */
#ifndef TEXTS_H
#define TEXTS_H

#include <string.h>

/* Of a page, what comes after its head and its menus. */
static inline const char *shown(const char *text)
{
    const char *content = strstr(text, "<main");
    return content ? content : text;
}

static inline void expect(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not in:\n%s", part, shown(text));
}

static inline void expect_not(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("'%s' is in:\n%s", part, shown(text));
}

/* The first stands before the second. */
static inline void expect_order(const char *text, const char *first, const char *second)
{
    expect(text, first);
    expect(text, second);
    if (strstr(text, first) > strstr(text, second))
        fail_msg("'%s' comes after '%s' in:\n%s", first, second, shown(text));
}

/* Each stands behind the one before it. */
static inline void expect_in_turn(const char *text, const char *const *parts, size_t count)
{
    const char *at = text;
    for (size_t i = 0; i < count; i++)
        if (!(at = strstr(at, parts[i])))
            fail_msg("'%s' is not there or not in its place:\n%s", parts[i], shown(text));
}

/* How often the part stands there. */
static inline size_t times(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        count++;
    return count;
}

#endif
