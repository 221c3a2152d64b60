/* Repairs of words, and lists in one cell. */
#include "node/import/fix_inside.h"

#include <string.h>

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
            fix_set(value, "oui");
            return;
        }
    for (size_t i = 0; i < sizeof FALSE / sizeof *FALSE; i++)
        if (strcmp(value->data, FALSE[i]) == 0) {
            fix_set(value, "non");
            return;
        }
}

const fix_t fixes_of_text[] = {
    {"strip", "no spaces around", strip, 0},
    {"no_answer", "-, ?, NR, NC are no value", no_answer, 0},
    {"upper", "capital letters", upper, 0},
    {"lower", "small letters", lower, 0},
    {"first_line", "only the first line", first_line, 0},
    {"yes", "1, True, x are oui; 0, False are non", yes, 0},
    {"split_pipe", "a list, at |", NULL, '|'},
    {"split_comma", "a list, at ,", NULL, ','},
    {"split_semicolon", "a list, at ;", NULL, ';'},
    {0},
};
