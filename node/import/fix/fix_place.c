/* Repairs of numbers, identifiers and addresses. */
#include "node/import/fix/fix_inside.h"
#include "schemas/identifier.h"

#include <string.h>

#define DIGITS "0123456789"

static void decimal_comma(text_t *value)
{
    char *comma = strchr(value->data, ',');
    if (comma && !strchr(comma + 1, ',') && !strchr(value->data, '.'))
        *comma = '.';
}

static void zeros_unknown(text_t *value)
{
    if (value->size && strspn(value->data, "0 ") == value->size)
        text_clear(value);
}

static void lost_zero_siret(text_t *value)
{
    if (fix_all_digits(value, 13) && identifier_siret(value->data) == IDENTIFIER_LOST_ZERO)
        fix_prepend(value, "0");
}

static void lost_zero_siren(text_t *value)
{
    if (fix_all_digits(value, 8) && identifier_siren(value->data) == IDENTIFIER_LOST_ZERO)
        fix_prepend(value, "0");
}

static void siren_of_siret(text_t *value)
{
    if (fix_all_digits(value, 14)) {
        value->size = 9;
        value->data[9] = 0;
    }
}

static void postcode_zero(text_t *value)
{
    if (fix_all_digits(value, 4))
        fix_prepend(value, "0");
}

static void commune(text_t *value)
{
    bool corsica = value->size == 5 && value->data[0] == '2' && strchr("AB", value->data[1]);
    if (value->size == 4 && fix_all_digits(value, 4))
        fix_prepend(value, "0");
    if (fix_all_digits(value, 5) || (corsica && strspn(value->data + 2, DIGITS) == 3))
        fix_prepend(value, "COM-");
}

static void url_scheme(text_t *value)
{
    if (strncmp(value->data, "www.", 4) == 0
        || (strchr(value->data, '.') && !strstr(value->data, "://") && !strpbrk(value->data, " @")))
        fix_prepend(value, "https://");
}

/* "a@x.fr|b@x.fr", "https://a.fr ; https://b.fr" */
static void first_of_several(text_t *value)
{
    value->size = strcspn(value->data, "|; \t\r\n,");
    value->data[value->size] = 0;
}

/* "09/0102023": a 0 was typed where the second slash belongs. */
static void zero_for_slash(text_t *value)
{
    bool typed = value->size == 10 && value->data[2] == '/' && value->data[5] == '0'
                 && strspn(value->data, DIGITS) == 2 && strspn(value->data + 3, DIGITS) == 7;
    if (typed)
        value->data[5] = '/';
}

const fix_t fixes_of_places[] = {
    {"decimal_comma", "4,41 is 4.41", decimal_comma, 0},
    {"zeros_unknown", "00000000000000 is no number at all", zeros_unknown, 0},
    {"lost_zero_siret", "13 digits that are a SIRET with a zero before them", lost_zero_siret, 0},
    {"lost_zero_siren", "8 digits that are a SIREN with a zero before them", lost_zero_siren, 0},
    {"siren_of_siret", "the first nine digits of a SIRET", siren_of_siret, 0},
    {"postcode_zero", "4200 is 04200", postcode_zero, 0},
    {"commune", "42218 is COM-42218", commune, 0},
    {"url_scheme", "www.example.fr is https://www.example.fr", url_scheme, 0},
    {"first_of_several", "what stands before the first |, ; , or space", first_of_several, 0},
    {"zero_for_slash", "09/0102023 is 09/01/2023", zero_for_slash, 0},
    {"split_lines", "a list, at each end of line", NULL, '\n'},
    {0},
};
