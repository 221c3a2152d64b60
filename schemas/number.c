#include "schemas/number.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

int64_t number_scale(field_type_t type)
{
    return type == FIELD_INTEGER   ? 1
           : type == FIELD_DECIMAL ? 100
           : type == FIELD_DEGREES ? 1000000
                                   : 0;
}

/* A double of 10.2 is not 10.2: within this much of a stored unit, and what the double itself
 * cannot tell apart, they are the same. */
static number_state_t read_real(double value, field_type_t type, int64_t *stored)
{
    double scaled = value * (double)number_scale(type), nearest = round(scaled);
    if (!(fabs(nearest) <= (double)NUMBER_MAX))
        return NUMBER_RANGE;
    double tolerance = 1e-6 * (double)number_scale(type) + fabs(scaled) * DBL_EPSILON;
    if (type != FIELD_DEGREES && fabs(scaled - nearest) > tolerance)
        return NUMBER_PRECISION;
    *stored = (int64_t)nearest;
    return NUMBER_OK;
}

static number_state_t read_integer(int64_t value, field_type_t type, int64_t *stored)
{
    int64_t scale = number_scale(type);
    if (value > NUMBER_MAX / scale || value < -NUMBER_MAX / scale)
        return NUMBER_RANGE;
    *stored = value * scale;
    return NUMBER_OK;
}

/* The decimals after the point, as units of `scale`; digits beyond are rounded away in degrees and
 * must be zeros elsewhere. */
static number_state_t read_decimals(const char *digits, field_type_t type, int64_t *units)
{
    int64_t weight = number_scale(type), sum = 0;
    for (; *digits && weight > 1; digits++) {
        weight /= 10;
        sum += (*digits - '0') * weight;
    }
    if (type == FIELD_DEGREES)
        sum += *digits >= '5';
    else if (digits[strspn(digits, "0")])
        return NUMBER_PRECISION;
    *units = sum;
    return NUMBER_OK;
}

static number_state_t read_text(const char *text, field_type_t type, int64_t *stored)
{
    static const char DIGITS[] = "0123456789";
    bool negative = *text == '-';
    text += negative;
    size_t whole_size = strspn(text, DIGITS);
    const char *rest = text + whole_size;
    const char *decimals = *rest == '.' ? rest + 1 : rest;
    if (!whole_size || decimals[strspn(decimals, DIGITS)] || (*rest == '.' && !*decimals))
        return NUMBER_NOT;
    int64_t whole = 0, units = 0;
    for (size_t i = 0; i < whole_size; i++) {
        whole = whole * 10 + (text[i] - '0');
        if (whole > NUMBER_MAX / number_scale(type))
            return NUMBER_RANGE;
    }
    number_state_t state = read_decimals(decimals, type, &units);
    if (state != NUMBER_OK)
        return state;
    int64_t value = whole * number_scale(type) + units;
    if (value > NUMBER_MAX)
        return NUMBER_RANGE;
    *stored = negative ? -value : value;
    return NUMBER_OK;
}

number_state_t number_read(const json_t *json, field_type_t type, int64_t *stored)
{
    if (json_is_integer(json))
        return read_integer(json_integer_value(json), type, stored);
    if (json_is_real(json))
        return read_real(json_real_value(json), type, stored);
    if (json_is_string(json) && strlen(json_string_value(json)) == json_string_length(json))
        return read_text(json_string_value(json), type, stored);
    return NUMBER_NOT;
}

json_t *number_json(int64_t stored, field_type_t type)
{
    int64_t scale = number_scale(type);
    return stored % scale == 0 ? json_integer(stored / scale)
                               : json_real((double)stored / (double)scale);
}

const char *number_french(int64_t stored, field_type_t type, char out[NUMBER_TEXT_SIZE])
{
    int64_t scale = number_scale(type), size = stored < 0 ? -stored : stored;
    int64_t millionths = size % scale * (1000000 / scale);
    snprintf(out, NUMBER_TEXT_SIZE, "%s%" PRId64 ",%06" PRId64, stored < 0 ? "-" : "", size / scale,
             millionths);
    char *end = out + strlen(out);
    while (end[-1] == '0')
        end--;
    if (end[-1] == ',')
        end--;
    *end = 0;
    return out;
}
