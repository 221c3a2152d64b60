/* What directories of places say of people is not ours to publish. */
#include "node/import/fix/repair_inside.h"

#include "schemas/base/text.h"

#include <ctype.h>
#include <string.h>

#define BETWEEN " - "
#define NAME_MAX_SIZE 4096

static bool is_article(const char *word, size_t size)
{
    static const char *const ARTICLES[] = {"La", "Le", "Les", "Un", "Une", "Du", "De", "Des"};
    for (size_t i = 0; i < sizeof ARTICLES / sizeof *ARTICLES; i++)
        if (strlen(ARTICLES[i]) == size && memcmp(ARTICLES[i], word, size) == 0)
            return true;
    return false;
}

/* One capital, then small letters; "Jean-Marc" is twice that. A letter with an accent is of either size. */
static bool is_given_or_family_name(const char *word, size_t size)
{
    bool first = true;
    for (size_t i = 0; i < size; i++) {
        unsigned char letter = (unsigned char)word[i];
        bool accented = letter >= 0x80;
        if (letter == '-' ? first : !accented && (first ? !isupper(letter) : !islower(letter)))
            return false;
        first = letter == '-';
    }
    return size > 1 && !is_article(word, size);
}

/* A given name and a family name: just two such words. */
static bool is_person(const char *part, size_t size)
{
    const char *space = memchr(part, ' ', size);
    if (!space)
        return false;
    size_t given = (size_t)(space - part);
    return is_given_or_family_name(part, given)
           && is_given_or_family_name(space + 1, size - given - 1);
}

/* A part of a name, without the spaces around it. */
static const char *trimmed(const char *part, size_t *size)
{
    while (*size && *part == ' ') {
        part++;
        --*size;
    }
    while (*size && part[*size - 1] == ' ')
        --*size;
    return part;
}

/* Appends the parts that are no person's: the first is the place. True when a person was among them. */
static bool keep_places(const char *name, text_t *kept)
{
    bool person = false;
    for (const char *at = name; at;) {
        const char *end = strstr(at, BETWEEN);
        size_t size = end ? (size_t)(end - at) : strlen(at);
        const char *part = trimmed(at, &size);
        bool named = kept->size && is_person(part, size);
        person |= named;
        if (size && !named)
            text_add_format(kept, "%s%.*s", kept->size ? BETWEEN : "", (int)size, part);
        at = end ? end + strlen(BETWEEN) : NULL;
    }
    return person;
}

static void person_in_name(const kind_t *kind, const json_t *row, json_t *content,
                           findings_t *findings)
{
    (void)kind, (void)row;
    const char *name = json_string_value(json_object_get(content, "nom"));
    text_t kept;
    text_init(&kept, NAME_MAX_SIZE);
    bool person = name && keep_places(name, &kept);
    if (kept.size && !kept.overflow)
        json_object_set_new(content, "nom", json_stringn(kept.data, kept.size));
    text_free(&kept);
    if (person)
        findings_add(findings, SEVERITY_WARNING, "W_PERSON", NULL, "nom", NULL,
                     "Ce nom contient sans doute celui d'une personne : il n'est pas repris.");
}

static void mobile_number(const kind_t *kind, const json_t *row, json_t *content,
                          findings_t *findings)
{
    (void)kind, (void)row;
    static const char *const STARTS[] = {"06", "07", "+336", "+337", "+33 6", "+33 7"};
    const char *number = json_string_value(json_object_get(content, "telephone"));
    for (size_t i = 0; number && i < sizeof STARTS / sizeof *STARTS; i++)
        if (strncmp(number, STARTS[i], strlen(STARTS[i])) == 0) {
            json_object_del(content, "telephone");
            findings_add(findings, SEVERITY_WARNING, "W_PERSON", NULL, "telephone", NULL,
                         "C'est un numéro de portable, sans doute celui d'une personne : il "
                         "n'est pas repris.");
            return;
        }
}

const repair_t repairs_of_persons[] = {
    {"person_in_name", "of a nom cut by \" - \", without the names of people", person_in_name},
    {"mobile_number", "a mobile telephone, which is most likely a person's, is left out",
     mobile_number},
    {0},
};
