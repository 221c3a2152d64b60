#include "node/import/reader/reader_property.h"

#include "node/import/reader/reader_inside.h"

#include <string.h>
#include <strings.h>

slice_t slice_take_line(slice_t *text)
{
    const char *newline = memchr(text->data, '\n', text->size);
    slice_t line = {text->data, newline ? (size_t)(newline - text->data) : text->size};
    size_t taken = line.size + (newline ? 1 : 0);
    text->data += taken;
    text->size -= taken;
    if (line.size && line.data[line.size - 1] == '\r')
        line.size--;
    return line;
}

void reader_ics_unfold(text_t *out, const char *bytes, size_t size)
{
    slice_t rest = {bytes, size};
    while (rest.size) {
        size_t ends = 1;
        slice_t line = slice_take_line(&rest);
        text_add(out, line.data, line.size);
        for (; rest.size && (*rest.data == ' ' || *rest.data == '\t'); ends++) {
            line = slice_take_line(&rest);
            text_add(out, line.data + 1, line.size - 1);
        }
        while (ends--)
            text_add(out, "\n", 1);
    }
}

bool slice_is(slice_t slice, const char *word)
{
    return slice.size == strlen(word) && strncasecmp(slice.data, word, slice.size) == 0;
}

bool property_split(slice_t line, property_t *property)
{
    bool quoted = false;
    size_t name = line.size, colon = line.size;
    for (size_t i = 0; i < line.size && colon == line.size; i++) {
        quoted ^= line.data[i] == '"';
        if (!quoted && line.data[i] == ':')
            colon = i;
        if (!quoted && line.data[i] == ';' && name == line.size)
            name = i;
    }
    if (colon == line.size || colon == 0)
        return false;
    if (name > colon)
        name = colon;
    property->name = (slice_t){line.data, name};
    property->parameters = (slice_t){line.data + name, colon - name};
    property->value = (slice_t){line.data + colon + 1, line.size - colon - 1};
    return true;
}

slice_t property_parameter(const property_t *property, const char *name)
{
    slice_t rest = property->parameters;
    while (rest.size) {
        bool quoted = false;
        size_t end = 1; /* after the semicolon */
        for (; end < rest.size && (quoted || rest.data[end] != ';'); end++)
            quoted ^= rest.data[end] == '"';
        slice_t one = {rest.data + 1, end - 1};
        const char *equals = memchr(one.data, '=', one.size);
        if (equals && slice_is((slice_t){one.data, (size_t)(equals - one.data)}, name)) {
            slice_t value = {equals + 1, one.size - (size_t)(equals + 1 - one.data)};
            if (value.size >= 2 && *value.data == '"' && value.data[value.size - 1] == '"')
                value = (slice_t){value.data + 1, value.size - 2};
            return value;
        }
        rest.data += end;
        rest.size -= end;
    }
    return (slice_t){"", 0};
}

bool property_next(slice_t *text, size_t *depth, property_t *property)
{
    while (text->size) {
        slice_t line = slice_take_line(text);
        if (!property_split(line, property))
            continue;
        if (slice_is(property->name, "BEGIN"))
            ++*depth;
        else if (slice_is(property->name, "END"))
            *depth -= *depth > 0;
        else if (*depth == 1)
            return true;
    }
    return false;
}

void slice_unescape(text_t *out, slice_t value)
{
    for (size_t i = 0; i < value.size; i++) {
        char character = value.data[i];
        if (character == '\\' && i + 1 < value.size) {
            character = value.data[++i];
            if (character == 'n' || character == 'N')
                character = '\n';
        }
        text_add(out, &character, 1);
    }
}

slice_t slice_take_value(slice_t *list)
{
    size_t end = 0;
    while (end < list->size && list->data[end] != ',')
        end += list->data[end] == '\\' && end + 1 < list->size ? 2 : 1;
    slice_t value = {list->data, end};
    size_t taken = end < list->size ? end + 1 : end;
    list->data += taken;
    list->size -= taken;
    return value;
}
