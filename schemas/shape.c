#include "schemas/shape.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

/* How a value begins whose lead byte is 0xc0 to 0xdf; the others tell all in the byte itself. */
typedef struct form {
    uint8_t length_size; /* bytes of the big-endian length after the lead byte; 0: there is none */
    uint8_t payload;     /* bytes after that, whatever the length says */
    uint8_t members;     /* values per unit of length: 1 array, 2 map; 0: the length counts bytes */
} form_t;

static const form_t FORMS[32] = {
    {0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0},             /* c0 nil, c1 (no value), false, true */
    {1, 0, 0}, {2, 0, 0}, {4, 0, 0},                        /* c4 bin */
    {1, 1, 0}, {2, 1, 0}, {4, 1, 0},                        /* c7 ext: a type before the bytes */
    {0, 4, 0}, {0, 8, 0},                                   /* ca float */
    {0, 1, 0}, {0, 2, 0}, {0, 4, 0}, {0, 8, 0},             /* cc uint */
    {0, 1, 0}, {0, 2, 0}, {0, 4, 0}, {0, 8, 0},             /* d0 int */
    {0, 2, 0}, {0, 3, 0}, {0, 5, 0}, {0, 9, 0}, {0, 17, 0}, /* d4 fixext: a type before the bytes */
    {1, 0, 0}, {2, 0, 0}, {4, 0, 0},                        /* d9 str */
    {2, 0, 1}, {4, 0, 1},                                   /* dc array */
    {2, 0, 2}, {4, 0, 2},                                   /* de map */
};

/* The part of a value that stands before its members. */
typedef struct opening {
    uint64_t size;    /* lead byte, length and payload */
    uint64_t members; /* values that follow and belong to it */
    bool container;   /* array or map, perhaps empty */
} opening_t;

/* Reads the lead byte and length at p, of which `left` (at least 1) bytes exist. */
static const char *open_value(const uint8_t *p, size_t left, opening_t *opening)
{
    *opening = (opening_t){.size = 1};
    uint8_t lead = p[0];
    if (lead < 0x80 || lead >= 0xe0)
        return NULL;
    if (lead < 0xa0) {
        opening->container = true;
        opening->members = (uint64_t)(lead & 0x0f) * (lead < 0x90 ? 2 : 1);
        return NULL;
    }
    if (lead < 0xc0) {
        opening->size += lead & 0x1f;
        return NULL;
    }
    if (lead == 0xc1)
        return "a byte that begins no value";
    const form_t *form = &FORMS[lead & 0x1f];
    if (form->length_size >= left)
        return "the end inside a length";
    uint64_t length = 0;
    for (size_t i = 1; i <= form->length_size; i++)
        length = length << 8 | p[i];
    opening->container = form->members > 0;
    opening->members = length * form->members;
    opening->size += form->length_size + form->payload + (opening->container ? 0 : length);
    return NULL;
}

/* Walks the values in their order, keeping for each open container how many members are still to
 * come. Returns what is wrong at *at, or NULL with *at after the value. */
static const char *walk(const uint8_t *bytes, size_t size, size_t max_depth, size_t max_values,
                        size_t *at)
{
    uint64_t awaited[SHAPE_DEPTH_LIMIT];
    size_t depth = 0, values = 0;
    do {
        size_t left = size - *at;
        if (left == 0)
            return "the end where a value should be";
        opening_t opening;
        const char *reason = open_value(bytes + *at, left, &opening);
        if (reason)
            return reason;
        if (++values > max_values)
            return "one value too many";
        if (opening.size > left || opening.members > left - opening.size)
            return "more declared than there are bytes";
        if (opening.members > max_values - values)
            return "more values declared than allowed";
        if (opening.container && depth == max_depth)
            return "a container too deep";
        *at += (size_t)opening.size;
        if (opening.members)
            awaited[depth++] = opening.members;
        else
            while (depth > 0 && --awaited[depth - 1] == 0)
                depth--;
    } while (depth > 0);
    return NULL;
}

int shape_check(const void *bytes, size_t size, size_t max_depth, size_t max_values, err_t *err)
{
    assert(max_depth <= SHAPE_DEPTH_LIMIT);
    size_t at = 0;
    const char *reason = walk(bytes, size, max_depth, max_values, &at);
    if (!reason && at < size)
        reason = "something after the one value";
    return reason ? err_set(err, ERR_REJECT, "byte %zu: %s", at, reason) : 0;
}
