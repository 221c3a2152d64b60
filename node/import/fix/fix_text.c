/* Repairs of words, and lists in one cell. */
#include "node/import/fix/fix_inside.h"
#include "schemas/base/unicode.h"

#include <stdlib.h>
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

/* --- HTML --- */

typedef struct entity {
    const char *name, *text;
} entity_t;

static const entity_t ENTITIES[] = {
    {"amp", "&"},    {"lt", "<"},     {"gt", ">"},     {"quot", "\""},  {"apos", "'"},
    {"nbsp", " "},   {"eacute", "é"}, {"egrave", "è"}, {"ecirc", "ê"},  {"agrave", "à"},
    {"acirc", "â"},  {"ccedil", "ç"}, {"ocirc", "ô"},  {"icirc", "î"},  {"iuml", "ï"},
    {"ugrave", "ù"}, {"ucirc", "û"},  {"euml", "ë"},   {"Eacute", "É"}, {"Agrave", "À"},
    {"oelig", "œ"},  {"rsquo", "’"},  {"lsquo", "‘"},  {"ldquo", "“"},  {"rdquo", "”"},
    {"laquo", "«"},  {"raquo", "»"},  {"ndash", "–"},  {"mdash", "—"},  {"hellip", "…"},
    {"euro", "€"},   {"bull", "•"},   {"deg", "°"},
};

#define NAME_MAX_LENGTH 8 /* of an entity or tag that we know */

static void add_character(text_t *out, unsigned long code)
{
    if (code < 0x80)
        text_add(out, (char[]){(char)code}, 1);
    else if (code < 0x800)
        text_add(out, (char[]){(char)(0xc0 | code >> 6), (char)(0x80 | (code & 0x3f))}, 2);
    else if (code < 0x10000)
        text_add(out,
                 (char[]){(char)(0xe0 | code >> 12), (char)(0x80 | (code >> 6 & 0x3f)),
                          (char)(0x80 | (code & 0x3f))},
                 3);
    else
        text_add(out,
                 (char[]){(char)(0xf0 | code >> 18), (char)(0x80 | (code >> 12 & 0x3f)),
                          (char)(0x80 | (code >> 6 & 0x3f)), (char)(0x80 | (code & 0x3f))},
                 4);
}

/* "#233;" or "#xe9;" behind the &: its size, or 0 when it is no character that can be shown. */
static size_t add_numbered(text_t *out, const char *text)
{
    bool hex = text[1] == 'x' || text[1] == 'X';
    const char *digits = text + 1 + hex;
    char *end;
    if (!strchr(hex ? "0123456789abcdefABCDEF" : "0123456789", *digits) || !*digits)
        return 0;
    unsigned long code = strtoul(digits, &end, hex ? 16 : 10);
    if (*end != ';' || code < 0x20 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return 0;
    add_character(out, code);
    return (size_t)(end - text) + 1;
}

/* Adds what an entity behind its & stands for, and gives its size; 0 when it is none we know. */
static size_t add_entity(text_t *out, const char *text)
{
    if (*text == '#')
        return add_numbered(out, text);
    size_t size = 0; /* no further: a long text may have as many beginnings as letters */
    while (size < NAME_MAX_LENGTH && text[size] && text[size] != ';')
        size++;
    if (text[size] != ';')
        return 0;
    for (size_t i = 0; i < sizeof ENTITIES / sizeof *ENTITIES; i++)
        if (strlen(ENTITIES[i].name) == size && memcmp(ENTITIES[i].name, text, size) == 0) {
            text_add_string(out, ENTITIES[i].text);
            return size + 1;
        }
    return 0;
}

/* What stands in a plain text where a tag begins or ends. */
static const entity_t TAGS[] = {
    {"p", "\n\n"},   {"/p", "\n\n"},  {"div", "\n"},   {"/div", "\n"},  {"br", "\n"},
    {"br/", "\n"},   {"li", "\n- "},  {"/ul", "\n\n"}, {"h1", "\n\n"},  {"/h1", "\n\n"},
    {"h2", "\n\n"},  {"/h2", "\n\n"}, {"h3", "\n\n"},  {"/h3", "\n\n"}, {"h4", "\n\n"},
    {"/h4", "\n\n"}, {"tr", "\n"},    {"td", " "},
};

/* The size of the tag that begins here, or 0: "<5 salariés" is none. `last`: the last '>' of all, NULL for none. */
static size_t add_tag(text_t *out, const char *text, const char *last)
{
    const char *name = text + 1;
    bool letter = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z');
    if (!last || text > last || (!letter && *name != '/' && *name != '!'))
        return 0;
    const char *end = strchr(text, '>');
    size_t size = strcspn(name, " \t\r\n>");
    for (size_t i = 0; i < sizeof TAGS / sizeof *TAGS; i++)
        if (strlen(TAGS[i].name) == size && strncasecmp(TAGS[i].name, name, size) == 0)
            text_add_string(out, TAGS[i].text);
    return (size_t)(end - text) + 1;
}

static void replace(text_t *value, text_t *made)
{
    if (!made->overflow) {
        text_clear(value);
        text_add(value, made->data, made->size);
    }
    text_free(made);
}

/* No more than one space, and one empty line, in a row. In place: it never grows. */
static void squeeze(text_t *value)
{
    size_t kept = 0, lines = 0, spaces = 0;
    for (size_t i = 0; i < value->size; i++) {
        const char *at = value->data + i;
        if (!lines && !spaces && *at > ' ' && *at <= '~') { /* nearly all of a text */
            value->data[kept++] = *at;
            continue;
        }
        bool no_break = at[0] == '\xc2' && at[1] == '\xa0';
        if (*at == '\n') {
            lines++;
            spaces = 0;
        } else if (*at == ' ' || *at == '\t' || *at == '\r' || no_break) {
            spaces++;
            i += no_break;
        } else {
            const char byte = *at;
            for (size_t line = 0; kept && line < lines && line < 2; line++)
                value->data[kept++] = '\n';
            if (kept && !lines && spaces)
                value->data[kept++] = ' ';
            value->data[kept++] = byte;
            lines = spaces = 0;
        }
    }
    value->size = kept;
    value->data[kept] = 0;
}

/* A text of which only marks and entities are HTML loses them, and keeps its paragraphs and lists. */
static void strip_html(text_t *value)
{
    if (!strpbrk(value->data, "<&"))
        return;
    text_t made;
    const char *last = strrchr(value->data, '>');
    text_init(&made, value->max);
    for (const char *at = value->data; *at;) {
        size_t size = *at == '<' ? add_tag(&made, at, last) : 0;
        if (*at == '&')
            size = add_entity(&made, at + 1) + 1;
        if (size == 1 && *at == '&')
            text_add(&made, at, 1);
        if (size == 0) {
            size = 1 + strcspn(at + 1, "<&");
            text_add(&made, at, size);
        }
        at += size;
    }
    replace(value, &made);
    squeeze(value);
}

/* --- length --- */

#define SENTENCE_MIN 20 /* bytes: "M. Martin" is no sentence */

static void first_sentence(text_t *value)
{
    for (size_t i = SENTENCE_MIN; i < value->size; i++)
        if (strchr(".!?", value->data[i]) && strchr(" \n", value->data[i + 1])) {
            value->size = i + 1;
            value->data[value->size] = 0;
            return;
        }
}

/* The bytes of the first `count` characters of a valid text. */
static size_t size_of_characters(const char *text, size_t count)
{
    size_t size = 0;
    while (count-- && text[size])
        for (size++; (text[size] & 0xc0) == 0x80;)
            size++;
    return size;
}

void fix_cut(text_t *value, size_t max_length)
{
    static const char MORE[] = "…";
    if (max_length == 0 || value->size <= max_length
        || unicode_length(value->data, value->size) <= max_length)
        return;
    size_t room = size_of_characters(value->data, max_length - 1), size = room;
    while (size > room / 2 && !strchr(" \n", value->data[size]))
        size--;
    if (size <= room / 2) /* one very long word */
        size = room;
    while (size && strchr(" \n,;:", value->data[size - 1]))
        size--;
    value->size = size;
    text_add_string(value, MORE);
}

/* "https://a.fr & https://b.fr" */
static void first_word(text_t *value)
{
    strip(value);
    value->size = strcspn(value->data, " \t\r\n");
    value->data[value->size] = 0;
}

/* The last part of an address: "…/aides/e342-titre/" says e342-titre. */
static void url_tail(text_t *value)
{
    size_t size = strcspn(value->data, "?#");
    while (size && value->data[size - 1] == '/')
        size--;
    size_t start = size;
    while (start && value->data[start - 1] != '/')
        start--;
    memmove(value->data, value->data + start, size - start);
    value->size = size - start;
    value->data[value->size] = 0;
}

/* A list in a cell, for a field that is one text. */
static void comma_for_semicolon(text_t *value)
{
    text_t made;
    text_init(&made, value->max);
    for (const char *part = value->data; *part;) {
        size_t given = strcspn(part, ";"), size = given;
        while (size && part[size - 1] == ' ')
            size--;
        if (size && made.size)
            text_add_string(&made, ", ");
        text_add(&made, part, size);
        part += given + (part[given] == ';');
        part += strspn(part, " ");
    }
    replace(value, &made);
}

const fix_t fixes_of_text[] = {
    {"strip", "no spaces around", strip, 0},
    {"no_answer", "-, ?, NR, NC are no value", no_answer, 0},
    {"upper", "capital letters", upper, 0},
    {"lower", "small letters", lower, 0},
    {"first_line", "only the first line", first_line, 0},
    {"first_word", "only what comes before the first space", first_word, 0},
    {"yes", "1, True, x are oui; 0, False are non", yes, 0},
    {"strip_html", "without tags and entities; paragraphs and list points stay", strip_html, 0},
    {"squeeze", "one space between words, at most one empty line", squeeze, 0},
    {"first_sentence", "only the first sentence", first_sentence, 0},
    {FIX_CUT, "at the maximum of the field, after a whole word, with …", NULL, 0},
    {"url_tail", "the last part of an address", url_tail, 0},
    {"comma_for_semicolon", "a; b is a, b: a list in a cell, as one text", comma_for_semicolon, 0},
    {"split_pipe", "a list, at |", NULL, '|'},
    {"split_comma", "a list, at ,", NULL, ','},
    {"split_semicolon", "a list, at ;", NULL, ';'},
    {0},
};
