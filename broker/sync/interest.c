#include "broker/sync/interest.h"

#include <string.h>

static bool match_word(const char *wanted, const char *word)
{
    return !strcmp(wanted, "*") || !strcmp(wanted, word);
}

bool interest_match(const interest_t *list, size_t count, const char *self, const char *hub,
                    const char *kind)
{
    if (!strcmp(hub, self))
        return false;
    for (size_t i = 0; i < count; i++)
        if (match_word(list[i].hub, hub) && match_word(list[i].kind, kind))
            return true;
    return false;
}
