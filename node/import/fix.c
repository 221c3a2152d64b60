#include "node/import/fix.h"

#include "schemas/base/yaml.h"
#include "schemas/identifier.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DIGITS "0123456789"

static void set(text_t *value, const char *text)
{
    text_clear(value);
    text_add_string(value, text);
}

static void prepend(text_t *value, const char *text)
{
    size_t added = strlen(text), size = value->size;
    if (text_add_string(value, text))
        return;
    memmove(value->data + added, value->data, size);
    memcpy(value->data, text, added);
}

static bool all_digits(const text_t *value, size_t count)
{
    return value->size == count && strspn(value->data, DIGITS) == count;
}

static void map_ascii(text_t *value, char first, char last, int shift)
{
    for (size_t i = 0; i < value->size; i++)
        if (value->data[i] >= first && value->data[i] <= last)
            value->data[i] = (char)(value->data[i] + shift);
}

static void upper(text_t *value)
{
    map_ascii(value, 'a', 'z', 'A' - 'a');
}

static void lower(text_t *value)
{
    map_ascii(value, 'A', 'Z', 'a' - 'A');
}

static void strip(text_t *value)
{
    static const char SPACES[] = " \t\r\n";
    size_t start = strspn(value->data, SPACES);
    while (value->size > start && strchr(SPACES, value->data[value->size - 1]))
        value->size--;
    value->size -= start;
    memmove(value->data, value->data + start, value->size);
    value->data[value->size] = 0;
}

/* "-", "--", "?", "NR", "NC": a cell someone filled to say that there is nothing. */
static void no_answer(text_t *value)
{
    static const char *const WORDS[] = {"NR", "NC", "N/A", "n/a", "nr", "nc", "null", "NULL"};
    strip(value);
    bool nothing = strspn(value->data, "-?./") == value->size;
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        nothing = nothing || strcmp(value->data, WORDS[i]) == 0;
    if (nothing)
        text_clear(value);
}

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
    if (all_digits(value, 13) && identifier_siret(value->data) == IDENTIFIER_LOST_ZERO)
        prepend(value, "0");
}

static void lost_zero_siren(text_t *value)
{
    if (all_digits(value, 8) && identifier_siren(value->data) == IDENTIFIER_LOST_ZERO)
        prepend(value, "0");
}

static void siren_of_siret(text_t *value)
{
    if (all_digits(value, 14)) {
        value->size = 9;
        value->data[9] = 0;
    }
}

static void postcode_zero(text_t *value)
{
    if (all_digits(value, 4))
        prepend(value, "0");
}

static void commune(text_t *value)
{
    bool corsica = value->size == 5 && value->data[0] == '2' && strchr("AB", value->data[1]);
    if (value->size == 4 && all_digits(value, 4))
        prepend(value, "0");
    if (all_digits(value, 5) || (corsica && strspn(value->data + 2, DIGITS) == 3))
        prepend(value, "COM-");
}

static void url_scheme(text_t *value)
{
    if (strncmp(value->data, "www.", 4) == 0
        || (strchr(value->data, '.') && !strstr(value->data, "://") && !strpbrk(value->data, " @")))
        prepend(value, "https://");
}

/* "2022-09-26 19:00:45" and "2020/06/30 14:16:50.898" say a day. */
static void day_of_time(text_t *value)
{
    unsigned year, month, day;
    int end = 0;
    if (sscanf(value->data, "%4u%*1[-/]%2u%*1[-/]%2u%n", &year, &month, &day, &end) != 3
        || (value->data[end] && !strchr(" T", value->data[end])))
        return;
    text_clear(value);
    text_add_format(value, "%04u-%02u-%02u", year, month, day);
}

static void french_date(text_t *value)
{
    unsigned year, month, day;
    int end = 0;
    if (sscanf(value->data, "%2u/%2u/%4u%n", &day, &month, &year, &end) != 3 || value->data[end]
        || year < 1000)
        return;
    text_clear(value);
    text_add_format(value, "%04u-%02u-%02u", year, month, day);
}

static void first_line(text_t *value)
{
    value->size = strcspn(value->data, "\r\n");
    value->data[value->size] = 0;
}

static void yes(text_t *value)
{
    static const char *const TRUE[] = {"1", "True", "VRAI", "Vrai", "x", "X", "Oui", "OUI"};
    static const char *const FALSE[] = {"0", "False", "FAUX", "Faux", "Non", "NON"};
    for (size_t i = 0; i < sizeof TRUE / sizeof *TRUE; i++)
        if (strcmp(value->data, TRUE[i]) == 0) {
            set(value, "oui");
            return;
        }
    for (size_t i = 0; i < sizeof FALSE / sizeof *FALSE; i++)
        if (strcmp(value->data, FALSE[i]) == 0) {
            set(value, "non");
            return;
        }
}

static const fix_t FIXES[] = {
    {"strip", "no spaces around", strip, 0},
    {"no_answer", "-, ?, NR, NC are no value", no_answer, 0},
    {"upper", "capital letters", upper, 0},
    {"lower", "small letters", lower, 0},
    {"decimal_comma", "4,41 is 4.41", decimal_comma, 0},
    {"zeros_unknown", "00000000000000 is no number at all", zeros_unknown, 0},
    {"lost_zero_siret", "13 digits that are a SIRET with a zero before them", lost_zero_siret, 0},
    {"lost_zero_siren", "8 digits that are a SIREN with a zero before them", lost_zero_siren, 0},
    {"siren_of_siret", "the first nine digits of a SIRET", siren_of_siret, 0},
    {"postcode_zero", "4200 is 04200", postcode_zero, 0},
    {"commune", "42218 is COM-42218", commune, 0},
    {"url_scheme", "www.example.fr is https://www.example.fr", url_scheme, 0},
    {"day_of_time", "2022-09-26 19:00:45 is 2022-09-26", day_of_time, 0},
    {"french_date", "26/09/2022 is 2022-09-26", french_date, 0},
    {"first_line", "only the first line", first_line, 0},
    {"yes", "1, True, x are oui; 0, False are non", yes, 0},
    {"split_pipe", "a list, at |", NULL, '|'},
    {"split_comma", "a list, at ,", NULL, ','},
    {"split_semicolon", "a list, at ;", NULL, ';'},
};

size_t fix_count(void)
{
    return sizeof FIXES / sizeof *FIXES;
}

const fix_t *fix_at(size_t index)
{
    return &FIXES[index];
}

const fix_t *fix_find(const char *name)
{
    for (size_t i = 0; i < fix_count(); i++)
        if (strcmp(FIXES[i].name, name) == 0)
            return &FIXES[i];
    return NULL;
}

const char *fix_did_you_mean(const char *name)
{
    const char *words[sizeof FIXES / sizeof *FIXES + 1];
    for (size_t i = 0; i < fix_count(); i++)
        words[i] = FIXES[i].name;
    words[fix_count()] = NULL;
    return yaml_did_you_mean(name, words);
}
