#include "schemas/identifier.h"

#include <stdio.h>
#include <string.h>

#define SIREN_DIGITS 9
#define SIRET_DIGITS 14
#define LA_POSTE "356000000"

typedef struct region {
    const char *code;
    const char *departments; /* separated by single spaces */
} region_t;

/* The code officiel géographique of 1 January 2025. */
static const region_t REGIONS[] = {
    {"REG-01", "971"},
    {"REG-02", "972"},
    {"REG-03", "973"},
    {"REG-04", "974"},
    {"REG-06", "976"},
    {"REG-11", "75 77 78 91 92 93 94 95"},
    {"REG-24", "18 28 36 37 41 45"},
    {"REG-27", "21 25 39 58 70 71 89 90"},
    {"REG-28", "14 27 50 61 76"},
    {"REG-32", "02 59 60 62 80"},
    {"REG-44", "08 10 51 52 54 55 57 67 68 88"},
    {"REG-52", "44 49 53 72 85"},
    {"REG-53", "22 29 35 56"},
    {"REG-75", "16 17 19 23 24 33 40 47 64 79 86 87"},
    {"REG-76", "09 11 12 30 31 32 34 46 48 65 66 81 82"},
    {"REG-84", "01 03 07 15 26 38 42 43 63 69 73 74"},
    {"REG-93", "04 05 06 13 83 84"},
    {"REG-94", "2A 2B"},
};

static const char COLLECTIVITIES[] = "975 977 978 984 986 987 988 989";

/* Is `code` one of the words of a list separated by single spaces? */
static bool listed(const char *list, const char *code, size_t size)
{
    for (const char *word = list; word; word = strchr(word, ' ')) {
        word += *word == ' ';
        if (strcspn(word, " ") == size && !memcmp(word, code, size))
            return true;
    }
    return false;
}

static const region_t *region_of(const char *department, size_t size)
{
    for (size_t i = 0; i < sizeof REGIONS / sizeof *REGIONS; i++)
        if (listed(REGIONS[i].departments, department, size))
            return &REGIONS[i];
    return NULL;
}

static bool all_digits(const char *text)
{
    return text[strspn(text, "0123456789")] == 0;
}

/* Every second digit from the right, the last not included, counts double. */
static bool luhn(const char *digits, size_t size)
{
    int sum = 0;
    for (size_t i = 0; i < size; i++) {
        int digit = digits[size - 1 - i] - '0';
        int doubled = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
        sum += i % 2 ? doubled : digit;
    }
    return sum % 10 == 0;
}

static bool sum_is_multiple_of_5(const char *digits)
{
    int sum = 0;
    for (; *digits; digits++)
        sum += *digits - '0';
    return sum % 5 == 0;
}

/* What SIREN and SIRET share. A leading zero adds nothing to Luhn's sum, so that digits which lost
 * theirs are told by their own sum. */
static identifier_state_t number(const char *value, size_t digits)
{
    size_t size = strlen(value);
    if (size == 0)
        return IDENTIFIER_LENGTH;
    if (!all_digits(value))
        return IDENTIFIER_CHARACTER;
    if (value[strspn(value, "0")] == 0)
        return IDENTIFIER_UNKNOWN;
    if (size == digits - 1 && luhn(value, size))
        return IDENTIFIER_LOST_ZERO;
    if (size != digits)
        return IDENTIFIER_LENGTH;
    return luhn(value, size) ? IDENTIFIER_OK : IDENTIFIER_CHECKSUM;
}

identifier_state_t identifier_siren(const char *value)
{
    return number(value, SIREN_DIGITS);
}

identifier_state_t identifier_siret(const char *value)
{
    identifier_state_t state = number(value, SIRET_DIGITS);
    bool la_poste = !strncmp(value, LA_POSTE, strlen(LA_POSTE));
    if (state == IDENTIFIER_CHECKSUM && la_poste && sum_is_multiple_of_5(value))
        return IDENTIFIER_OK;
    return state;
}

identifier_state_t identifier_rna(const char *value)
{
    if (value[0] != 'W' || !all_digits(value + 1))
        return IDENTIFIER_CHARACTER;
    if (value[strspn(value, "W0")] == 0)
        return strlen(value) > 1 ? IDENTIFIER_UNKNOWN : IDENTIFIER_LENGTH;
    return strlen(value) == 10 ? IDENTIFIER_OK : IDENTIFIER_LENGTH;
}

static identifier_state_t country(const char *code)
{
    if (!all_digits(code))
        return IDENTIFIER_CHARACTER;
    if (strlen(code) != 5)
        return IDENTIFIER_LENGTH;
    return !strncmp(code, "99", 2) ? IDENTIFIER_OK : IDENTIFIER_RANGE;
}

static identifier_state_t region(const char *code)
{
    for (size_t i = 0; i < sizeof REGIONS / sizeof *REGIONS; i++)
        if (!strcmp(REGIONS[i].code + strlen("REG-"), code))
            return IDENTIFIER_OK;
    return all_digits(code) ? IDENTIFIER_RANGE : IDENTIFIER_CHARACTER;
}

static identifier_state_t department(const char *code)
{
    return region_of(code, strlen(code)) ? IDENTIFIER_OK : IDENTIFIER_RANGE;
}

static identifier_state_t european_union(const char *code)
{
    return !strcmp(code, "27") ? IDENTIFIER_OK : IDENTIFIER_RANGE;
}

/* How many characters of a commune's code are its department or collectivity: 2, 3, or 0. */
static size_t department_size(const char *code)
{
    if (region_of(code, 2))
        return 2;
    return region_of(code, 3) || listed(COLLECTIVITIES, code, 3) ? 3 : 0;
}

static identifier_state_t commune(const char *code)
{
    size_t size = strlen(code);
    if (size == 3 && listed(COLLECTIVITIES, code, size))
        return IDENTIFIER_OK;
    if (size != 5)
        return IDENTIFIER_LENGTH;
    if (!all_digits(code + 2))
        return IDENTIFIER_CHARACTER;
    return department_size(code) ? IDENTIFIER_OK : IDENTIFIER_RANGE;
}

identifier_state_t identifier_cog(const char *value)
{
    static const struct {
        const char *prefix;
        identifier_state_t (*check)(const char *code);
    } FORMS[] = {
        {"PAYS-", country},          {"REG-", region},  {"DEP-", department},
        {"EPCI-", identifier_siren}, {"COM-", commune}, {"UE-", european_union},
    };
    for (size_t i = 0; i < sizeof FORMS / sizeof *FORMS; i++) {
        size_t size = strlen(FORMS[i].prefix);
        if (!strncmp(value, FORMS[i].prefix, size))
            return FORMS[i].check(value + size);
    }
    return IDENTIFIER_RANGE;
}

/* 9 stands for a digit, A for a capital letter. */
static bool has_form(const char *value, const char *form)
{
    for (; *form; form++, value++) {
        bool digit = *value >= '0' && *value <= '9', letter = *value >= 'A' && *value <= 'Z';
        if (*form == '9' ? !digit : *form == 'A' ? !letter : *value != *form)
            return false;
    }
    return *value == 0;
}

identifier_state_t identifier_naf(const char *nomenclature, const char *code)
{
    static const char *const FORMS[] = {"99", "99.9", "99.99", "99.99A"};
    char last = !strcmp(nomenclature, "rev2") ? 'U' : !strcmp(nomenclature, "2025") ? 'V' : 0;
    if (!last)
        return IDENTIFIER_RANGE;
    if (has_form(code, "A"))
        return code[0] <= last ? IDENTIFIER_OK : IDENTIFIER_RANGE;
    for (size_t i = 0; i < sizeof FORMS / sizeof *FORMS; i++)
        if (has_form(code, FORMS[i]))
            return IDENTIFIER_OK;
    return code[strspn(code, "0123456789.ABCDEFGHIJKLMNOPQRSTUVWXYZ")] ? IDENTIFIER_CHARACTER
                                                                       : IDENTIFIER_LENGTH;
}

bool identifier_department(const char *commune_code, char out[8])
{
    const char *code = commune_code + 4;
    if (strlen(commune_code) != strlen("COM-42218") || strncmp(commune_code, "COM-", 4)
        || commune(code) != IDENTIFIER_OK)
        return false;
    const char *type = listed(COLLECTIVITIES, code, 3) ? "COM" : "DEP";
    snprintf(out, 8, "%s-%.*s", type, (int)department_size(code), code);
    return true;
}

const char *identifier_region(const char *department_code)
{
    if (strncmp(department_code, "DEP-", 4))
        return NULL;
    const region_t *found = region_of(department_code + 4, strlen(department_code + 4));
    return found ? found->code : NULL;
}
