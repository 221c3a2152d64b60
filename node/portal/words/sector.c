#include "node/portal/words/sector.h"

#include <stdio.h>
#include <string.h>

bool sector_is_section(const char *code)
{
    const char *colon = strchr(code, ':');
    return colon && colon[1] >= 'A' && colon[1] <= 'V' && !colon[2];
}

void sector_label(const schema_t *schema, const char *code, text_t *out)
{
    char name[NAME_SIZE];
    const char *colon = strchr(code, ':');
    int size = colon ? (int)(colon - code) : 0;
    if (!colon || snprintf(name, sizeof name, "section_%.*s", size, code) >= (int)sizeof name) {
        text_add_string(out, code);
        return;
    }
    const vocabulary_t *vocabulary = schema_vocabulary(schema, name);
    const term_t *term = vocabulary ? vocabulary_term(vocabulary, colon + 1) : NULL;
    if (term)
        text_add_string(out, term->label);
    else
        text_add_format(out, "%s (NAF %.*s)", colon + 1, size, code);
}
