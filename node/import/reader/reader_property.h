/* reader_property - the lines of a calendar file, unfolded: "NAME;PARAMETER=x:value". */
#ifndef NODE_IMPORT_READER_READER_PROPERTY_H
#define NODE_IMPORT_READER_READER_PROPERTY_H

#include "schemas/base/text.h"

/* Bytes of the file, borrowed. */
typedef struct slice {
    const char *data;
    size_t size;
} slice_t;

typedef struct property {
    slice_t name, parameters, value;
} property_t;

/* The same letters, capitals or not. */
bool slice_is(slice_t slice, const char *word);
/* Takes one line off a text, and gives it without its end. */
slice_t slice_take_line(slice_t *text);
/* Takes one value off a list: to the next comma that no backslash stands before. */
slice_t slice_take_value(slice_t *list);
/* Appends a text without its escapes. */
void slice_unescape(text_t *out, slice_t value);

/* False when the line has no colon: it is no property. */
bool property_split(slice_t line, property_t *property);
/* The value of a parameter, without its quotation marks; empty when there is none. */
slice_t property_parameter(const property_t *property, const char *name);
/* Takes lines off a component up to its next own property, not one of an alarm inside it. False at the
 * end. *depth is 0 before the first call. */
bool property_next(slice_t *text, size_t *depth, property_t *property);

#endif
