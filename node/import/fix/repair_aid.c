/* Repairs of programmes: who may have an aid, where, and until when. */
#include "node/import/fix/repair_inside.h"

#include "node/import/fix/fix.h"
#include "schemas/address.h"
#include "schemas/base/date.h"
#include "schemas/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX_SIZE (64 * 1024)
#define NOBODY_SAYS (-1)

/* --- days and months that changed places --- */

/* Writes the day with day and month in each other's place; false when that is no other day. */
static bool swapped(const char *day, char other[11])
{
    int64_t number;
    if (!day || !date_read(day, &number))
        return false;
    memcpy(other, day, 11);
    memcpy(other + 5, day + 8, 2);
    memcpy(other + 8, day + 5, 2);
    return strcmp(other, day) != 0 && date_read(other, &number);
}

/* Does exchanging this one date, and not the other, put the two in order? */
static bool proven(const char *from, const char *to, const char *other_from, const char *other_to)
{
    return from && to && strcmp(from, to) > 0
           && (other_from ? strcmp(other_from, to) <= 0 : strcmp(from, other_to) <= 0);
}

static void say_swapped(const char *field, const char *day, const char *other, bool certain,
                        findings_t *findings)
{
    if (certain)
        findings_add(findings, SEVERITY_WARNING, "W_DATE_SWAPPED", NULL, field, day,
                     "L'aide se fermerait avant de s'ouvrir : le jour et le mois sont échangés, "
                     "c'est le %s.",
                     other);
    else
        findings_add(findings, SEVERITY_WARNING, "W_DATE_DOUBTFUL", NULL, field, day,
                     "Cette source échange parfois le jour et le mois : est-ce le %s ? La date est "
                     "gardée comme elle est écrite.",
                     other);
}

/* Applied only where opening and closing prove it; else proposed. */
static void swapped_dates(const kind_t *kind, const json_t *row, json_t *content,
                          findings_t *findings)
{
    (void)kind;
    (void)row;
    const char *from = json_string_value(json_object_get(content, "date_ouverture"));
    const char *to = json_string_value(json_object_get(content, "date_cloture"));
    char other_from[11], other_to[11];
    bool maybe_from = swapped(from, other_from), maybe_to = swapped(to, other_to);
    bool from_mends = maybe_from && proven(from, to, other_from, NULL);
    bool to_mends = maybe_to && proven(from, to, NULL, other_to);
    bool certain = from_mends != to_mends; /* when either would do, nobody knows which */
    if (maybe_from && !(certain && to_mends))
        say_swapped("date_ouverture", from, other_from, certain && from_mends, findings);
    if (maybe_to && !(certain && from_mends))
        say_swapped("date_cloture", to, other_to, certain && to_mends, findings);
    if (certain && from_mends)
        json_object_set_new(content, "date_ouverture", json_string(other_from));
    if (certain && to_mends)
        json_object_set_new(content, "date_cloture", json_string(other_to));
}

/* --- where --- */

/* An overseas collectivity is no department: its code is that of a commune in the national schema. */
static void overseas_codes(const kind_t *kind, const json_t *row, json_t *content,
                           findings_t *findings)
{
    (void)kind;
    (void)row;
    static const char *const CODES[][2] = {
        {"DEP-975", "COM-975"}, {"DEP-977", "COM-977"}, {"DEP-978", "COM-978"},
        {"DEP-984", "COM-984"}, {"DEP-986", "COM-986"}, {"DEP-987", "COM-987"},
        {"DEP-988", "COM-988"},
    };
    json_t *where = json_object_get(content, "eligibilite_geographique");
    for (size_t i = 0; i < json_array_size(where); i++)
        for (size_t j = 0; j < sizeof CODES / sizeof *CODES; j++) {
            const char *code = json_string_value(json_array_get(where, i));
            if (!code || strcmp(code, CODES[j][0]) != 0)
                continue;
            findings_add(findings, SEVERITY_WARNING, "W_OVERSEAS", NULL, "eligibilite_geographique",
                         CODES[j][0], "Ce n'est pas un département : lu comme %s.", CODES[j][1]);
            json_array_set_new(where, i, json_string(CODES[j][1]));
        }
}

static const char *const PLACES[][2] = {
    {"Auvergne-Rhône-Alpes", "REG-84"},
    {"Bourgogne-Franche-Comté", "REG-27"},
    {"Bretagne", "REG-53"},
    {"Centre-Val de Loire", "REG-24"},
    {"Corse", "REG-94"},
    {"Grand Est", "REG-44"},
    {"Guadeloupe", "REG-01"},
    {"Guyane", "REG-03"},
    {"Hauts-de-France", "REG-32"},
    {"La Réunion", "REG-04"},
    {"Martinique", "REG-02"},
    {"Mayotte", "REG-06"},
    {"Normandie", "REG-28"},
    {"Nouvelle-Aquitaine", "REG-75"},
    {"Occitanie", "REG-76"},
    {"Pays de la Loire", "REG-52"},
    {"Provence-Alpes-Côte d'Azur", "REG-93"},
    {"Île-de-France", "REG-11"},
    {"Bouches-du-Rhône", "DEP-13"},
    {"Landes", "DEP-40"},
    {"Nouvelle-Calédonie", "COM-988"},
    {"Polynésie française", "COM-987"},
    {"Saint-Barthélemy", "COM-977"},
    {"Saint-Martin", "COM-978"},
    {"Saint-Pierre-Et-Miquelon", "COM-975"},
    {"Terres australes et antarctiques françaises", "COM-984"},
    {"Wallis et Futuna", "COM-986"},
};

static const char *place_code(const char *name)
{
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++)
        if (strcmp(PLACES[i][0], name) == 0)
            return PLACES[i][1];
    return NULL;
}

/* No region listed is no restriction. A name nobody knows must not open the aid to all. */
static json_t *places(const json_t *company, findings_t *findings)
{
    const json_t *names = json_object_get(company, "allowedRegion");
    json_t *codes = json_array();
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        const char *code = name ? place_code(name) : NULL;
        if (code)
            json_array_append_new(codes, json_string(code));
        else
            findings_add(findings, SEVERITY_WARNING, "W_PLACE", NULL, "eligibilite_geographique",
                         name, "Aucun territoire ne s'appelle ainsi : il n'est pas repris.");
    }
    if (json_array_size(names) == 0)
        json_array_append_new(codes, json_string("PAYS-99100"));
    return codes;
}

/* --- how big: numbers, and what the text says of them --- */

typedef struct size_range {
    int min, max; /* NOBODY_SAYS when there is no such end */
} size_range_t;

static int number(const json_t *value) /* a text, in this source */
{
    const char *text = json_string_value(value);
    char *end;
    long count = text ? strtol(text, &end, 10) : NOBODY_SAYS;
    bool good = text && *text && !*end && count >= 0 && count <= 10000000;
    return good ? (int)count : NOBODY_SAYS;
}

/* "Moins de 250 salariés", "Toutes tailles"...; false when the text says no number. */
static bool range_of_text(const char *text, size_range_t *said)
{
    int a, b;
    *said = (size_range_t){NOBODY_SAYS, NOBODY_SAYS};
    if (sscanf(text, "%*[Ee]ntre %d et %d", &a, &b) == 2)
        *said = (size_range_t){a, b};
    else if (sscanf(text, "%*[Mm]oins de %d", &a) == 1)
        said->max = a - 1;
    else if (sscanf(text, "%*[Pp]lus de %d", &a) == 1)
        said->min = a + 1;
    else if (sscanf(text, "%*[Jj]usqu'à %d", &a) == 1)
        said->max = a;
    else
        return strcasecmp(text, "toutes tailles") == 0;
    return true;
}

/* "Entre 20 et 500" does not say whether 500 is inside. */
static bool agree(const size_range_t *said, const size_range_t *given)
{
    bool between = said->min != NOBODY_SAYS && said->max != NOBODY_SAYS;
    return said->min == given->min
           && (said->max == given->max || (between && said->max - 1 == given->max));
}

static void compare_sizes(const json_t *conditions, const size_range_t *given, findings_t *findings)
{
    const json_t *texts = json_object_get(conditions, "taille de l'entreprise");
    for (size_t i = 0; i < json_array_size(texts); i++) {
        const char *text = json_string_value(json_array_get(texts, i));
        size_range_t said;
        char min[16] = "rien", max[16] = "rien";
        if (!text || !range_of_text(text, &said) || agree(&said, given))
            continue;
        if (given->min != NOBODY_SAYS)
            snprintf(min, sizeof min, "%d", given->min);
        if (given->max != NOBODY_SAYS)
            snprintf(max, sizeof max, "%d", given->max);
        findings_add(
            findings, SEVERITY_WARNING, "W_ELIGIBILITY", NULL, "eligibilite", text,
            "Le texte et les données ne disent pas la même taille (minimum : %s, maximum : "
            "%s). Les deux sont gardés : vérifiez à la source.",
            min, max);
    }
}

static void set_sizes(const json_t *company, const json_t *conditions, json_t *content,
                      findings_t *findings)
{
    size_range_t given = {number(json_object_get(company, "minEmployees")),
                          number(json_object_get(company, "maxEmployees"))};
    if (given.min != NOBODY_SAYS)
        json_object_set_new(content, "eligibilite_effectif_minimal", json_integer(given.min));
    if (given.max != NOBODY_SAYS)
        json_object_set_new(content, "eligibilite_effectif_maximal", json_integer(given.max));
    compare_sizes(conditions, &given, findings);
}

/* --- the activity, the age, the words --- */

#define ALL_SECTIONS 21 /* A to U: whoever lists them all restricts nothing */

static void set_sections(const json_t *company, json_t *content)
{
    const json_t *sections = json_object_get(company, "allowedNafSections");
    size_t count = json_array_size(sections);
    if (count == 0 || count == ALL_SECTIONS)
        return;
    json_t *list = json_array(), *nomenclature = json_string("rev2");
    for (size_t i = 0; i < count; i++) {
        json_t *activity = json_object();
        json_object_set(activity, "nomenclature", nomenclature);
        json_object_set(activity, "code", json_array_get(sections, i));
        json_array_append_new(list, activity);
    }
    json_object_set_new(content, "ciblage_naf", list);
    json_decref(nomenclature);
}

/* Only where the sentence says nothing else: "ou deux bilans…" is for a person to read. */
static void set_age(const json_t *conditions, json_t *content)
{
    const json_t *texts = json_object_get(conditions, "nombre d'années d'activité");
    const char *text = json_string_value(json_array_get(texts, 0));
    int years, end = 0;
    if (!text || sscanf(text, "Au moins %d an%n", &years, &end) != 1 || !end || years < 0)
        return;
    end += text[end] == 's';
    if (strcmp(text + end, " d'activité") == 0 || strcmp(text + end, " d’activité") == 0)
        json_object_set_new(content, "eligibilite_annees_existence_minimal", json_integer(years));
}

/* What the source tells people, as a list in Markdown. */
static void set_words(const json_t *conditions, json_t *content)
{
    text_t words;
    text_init(&words, TEXT_MAX_SIZE);
    const char *name;
    json_t *texts;
    json_object_foreach((json_t *)conditions, name, texts)
    {
        text_add_string(&words, words.size ? "\n- " : "- ");
        text_add_string(&words, name);
        text_add_string(&words, " : ");
        for (size_t i = 0; i < json_array_size(texts); i++) {
            const char *text = json_string_value(json_array_get(texts, i));
            text_add_string(&words, i ? " ; " : "");
            text_add_string(&words, text ? text : "");
        }
    }
    if (words.size)
        json_object_set_new(content, "eligibilite", json_stringn_nocheck(words.data, words.size));
    text_free(&words);
}

static void tee_eligibility(const kind_t *kind, const json_t *row, json_t *content,
                            findings_t *findings)
{
    (void)kind;
    const json_t *conditions = json_object_get(row, "conditions d'éligibilité");
    const json_t *company = json_object_get(json_object_get(row, "eligibilityData"), "company");
    set_words(conditions, content);
    if (!company)
        return;
    set_sizes(company, conditions, content, findings);
    set_sections(company, content);
    set_age(conditions, content);
    json_object_set_new(content, "eligibilite_geographique", places(company, findings));
    if (json_is_true(json_object_get(company, "excludeMicroentrepreneur")))
        json_object_set_new(content, "eligibilite_forme_juridique_exclusions",
                            json_pack("[s]", "Microentrepreneur"));
}

/* An address that is none would refuse the whole aid: the step is kept without it. */
static void set_link(const json_t *goal, json_t *step, findings_t *findings)
{
    const json_t *link = json_array_get(json_object_get(goal, "liens"), 0);
    const char *address = json_string_value(json_object_get(link, "lien"));
    if (address && address_is_url(address))
        json_object_set_new(step, "lien", json_string(address));
    else if (address)
        findings_add(findings, SEVERITY_WARNING, "W_LINK", NULL, "etapes.lien", address,
                     "Ce n'est pas l'adresse d'une page : l'étape est gardée sans ce lien.");
}

/* Each step with the first of its links. */
static void tee_steps(const kind_t *kind, const json_t *row, json_t *content, findings_t *findings)
{
    (void)kind;
    const json_t *goals = json_object_get(row, "objectifs");
    json_t *steps = json_array();
    for (size_t i = 0; i < json_array_size(goals); i++) {
        const json_t *goal = json_array_get(goals, i);
        json_t *step = json_object();
        json_object_set(step, "description", json_object_get(goal, "description"));
        set_link(goal, step, findings);
        json_array_append_new(steps, step);
    }
    if (json_array_size(steps))
        json_object_set(content, "etapes", steps);
    json_decref(steps);
}

/* The first of those who carry the aid; the short name in brackets at the end, where there is one. */
static void first_carrier(const kind_t *kind, const json_t *row, json_t *content,
                          findings_t *findings)
{
    (void)row;
    (void)findings;
    const json_t *first = json_array_get(json_object_get(content, "porteurs"), 0);
    const char *name = json_string_value(json_object_get(first, "nom"));
    const char *open = name ? strrchr(name, '(') : NULL;
    text_t short_name;
    if (!name)
        return;
    text_init(&short_name, TEXT_MAX_SIZE);
    if (open && open[1] && name[strlen(name) - 1] == ')')
        text_add(&short_name, open + 1, strlen(open) - 2);
    else
        text_add_string(&short_name, name);
    fix_cut(&short_name, kind_field(kind, "operateur")->max_size);
    json_object_set_new(content, "operateur", json_stringn(short_name.data, short_name.size));
    text_free(&short_name);
}

const repair_t repairs_of_aids[] = {
    {"swapped_dates", "opening and closing with day and month exchanged: mended when one proves it",
     swapped_dates},
    {"overseas_codes", "DEP-978 is COM-978, as the national schema writes it", overseas_codes},
    {"first_carrier", "operateur is the first of porteurs, by its short name", first_carrier},
    {"tee_eligibility", "sizes, activities, regions and words of eligibilityData", tee_eligibility},
    {"tee_steps", "etapes, from objectifs", tee_steps},
    {0},
};
