/* identifier - the numbers and codes of French administration: is it well formed?
 *
 * "Well formed" is not "exists". Spaces are stripped by the caller's normalisation, never here.
 * Each returns IDENTIFIER_OK or what is wrong, so that a sentence can be made of it. */
#ifndef SCHEMAS_IDENTIFIER_H
#define SCHEMAS_IDENTIFIER_H

#include <stdbool.h>
#include <stddef.h>

typedef enum identifier_state {
    IDENTIFIER_OK,
    IDENTIFIER_UNKNOWN,   /* all zeros: nobody knows, which is not a number */
    IDENTIFIER_LENGTH,    /* wrong number of digits */
    IDENTIFIER_LOST_ZERO, /* one digit short, and right with a zero before it: propose it */
    IDENTIFIER_CHARACTER, /* something that is not a digit or letter of its form */
    IDENTIFIER_CHECKSUM,  /* the control digit disagrees */
    IDENTIFIER_RANGE,     /* no such prefix, department or section */
} identifier_state_t;

identifier_state_t identifier_siren(const char *value); /* 9 digits, Luhn */
/* 14 digits, Luhn; La Poste (356000000): Luhn or a digit sum that is a multiple of 5. */
identifier_state_t identifier_siret(const char *value);
identifier_state_t identifier_rna(const char *value); /* W and 9 digits */
/* PAYS-99xxx, REG-84, DEP-42, DEP-2A, DEP-974, EPCI-nnnnnnnnn (a SIREN), COM-42218, UE-27, and
 * COM-988 for an overseas collectivity, as the national aid schema writes it. */
identifier_state_t identifier_cog(const char *value);
/* nomenclature rev2 (sections A-U) or 2025 (A-V); a section letter or a finer code by its form: 62,
 * 62.0, 62.01, 62.01Z. */
identifier_state_t identifier_naf(const char *nomenclature, const char *code);

/* The department of a commune, "DEP-42" for "COM-42218", or its overseas collectivity, "COM-988"
 * for "COM-98818", in out (8 bytes); false if it is no commune. */
bool identifier_department(const char *commune, char out[8]);
/* The region of a department, "REG-84" for "DEP-42"; NULL if unknown or an overseas collectivity,
 * which is no region. Static text. */
const char *identifier_region(const char *department);

#endif
