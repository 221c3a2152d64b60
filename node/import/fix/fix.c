#include "node/import/fix/fix_inside.h"

#include "schemas/base/yaml.h"

#include <string.h>

#define DIGITS "0123456789"
#define FIXES_MAX 128

static const fix_t *const TABLES[] = {fixes_of_text, fixes_of_places, fixes_of_time};

void fix_set(text_t *value, const char *text)
{
    text_clear(value);
    text_add_string(value, text);
}

void fix_prepend(text_t *value, const char *text)
{
    size_t added = strlen(text), size = value->size;
    if (text_add_string(value, text))
        return;
    memmove(value->data + added, value->data, size);
    memcpy(value->data, text, added);
}

bool fix_all_digits(const text_t *value, size_t count)
{
    return value->size == count && strspn(value->data, DIGITS) == count;
}

const fix_t *fix_at(size_t index)
{
    for (size_t i = 0; i < sizeof TABLES / sizeof *TABLES; i++)
        for (const fix_t *fix = TABLES[i]; fix->name; fix++)
            if (index-- == 0)
                return fix;
    return NULL;
}

size_t fix_count(void)
{
    size_t count = 0;
    while (fix_at(count))
        count++;
    return count;
}

const fix_t *fix_find(const char *name)
{
    for (size_t i = 0; i < sizeof TABLES / sizeof *TABLES; i++)
        for (const fix_t *fix = TABLES[i]; fix->name; fix++)
            if (strcmp(fix->name, name) == 0)
                return fix;
    return NULL;
}

const char *fix_did_you_mean(const char *name)
{
    const char *words[FIXES_MAX + 1] = {NULL};
    for (size_t i = 0; i < FIXES_MAX && fix_at(i); i++)
        words[i] = fix_at(i)->name;
    return yaml_did_you_mean(name, words);
}
