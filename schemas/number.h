/* number - a number as people write it (10.2) and as a body keeps it (1020 hundredths).
 *
 * No locale and no arithmetic of floating point decides what a number is: a text is read digit by
 * digit, and a JSON real is the nearest stored integer or refused. */
#ifndef SCHEMAS_NUMBER_H
#define SCHEMAS_NUMBER_H

#include "schemas/kind.h"

#include <jansson.h>

typedef enum number_state {
    NUMBER_OK,
    NUMBER_NOT,       /* no number, or a text with a comma, an exponent, a space */
    NUMBER_PRECISION, /* more decimals than the type keeps */
    NUMBER_RANGE,     /* more than 15 digits */
} number_state_t;

/* 15 digits, decimals included, survive any program's floating point. */
#define NUMBER_MAX INT64_C(999999999999999)

/* Stored units per unit: 1 for INTEGER, 100 for DECIMAL, 1,000,000 for DEGREES, 0 for another type. */
int64_t number_scale(field_type_t type);

/* Reads a JSON number, or a text such as "-10.25", as stored units. Degrees are rounded to the
 * nearest millionth (11 cm), which is finer than any address; other types refuse more decimals than
 * they keep. *stored is only set by NUMBER_OK. */
number_state_t number_read(const json_t *json, field_type_t type, int64_t *stored);

/* Gives the JSON number: an integer when it is whole, so that 33 is not shown as 33.0. */
json_t *number_json(int64_t stored, field_type_t type);

#define NUMBER_TEXT_SIZE 40

/* Writes it for people, in French: "10,2", "33", "-0,05". */
const char *number_french(int64_t stored, field_type_t type, char out[NUMBER_TEXT_SIZE]);

#endif
