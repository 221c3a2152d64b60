/* The pattern of the schema's places, ^[A-Z]+-\d+, refuses Corsica's own codes, DEP-2A and COM-2B033. They
 * are legitimate, so they are written, and the report says so. Days are written as instants, which the
 * schema asks for, such that the day is the same in UTC and in France: an aid opens with its first
 * second and closes with the last one that both call by that day. */
#include "node/export/forms.h"
#include "node/export/standard.h"

#include "schemas/value.h"

#include <string.h>

#define DESCRIPTION_MAX 5000 /* characters */
#define OPENS "T00:00:00Z"
#define CLOSES "T21:59:59Z"

/* --- codes that the schema writes in its own words --- */

static const struct {
    const char *code, *word;
} WORDS[] = {
    {"etude", "étude"},
    {"pret", "prêt"},
    {"avantage_fiscal", "avantage fiscal"},
    {"secteur_public", "secteur public"},
};

static const char *word_of(const char *code)
{
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (strcmp(WORDS[i].code, code) == 0)
            return WORDS[i].word;
    return code;
}

static json_t *words(const standard_source_t *source, const char *path)
{
    const json_t *codes = value_at(source->body, path);
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(codes); i++) {
        const char *code = json_string_value(json_array_get(codes, i));
        if (code)
            json_array_append_new(list, json_string(word_of(code)));
    }
    return list;
}

/* All that is published here is for heads of companies, unless it says for whom. */
static json_t *targets(const standard_source_t *source, const char *path)
{
    json_t *list = words(source, path);
    if (json_array_size(list) == 0)
        json_array_append_new(list, json_string("professionnels"));
    return list;
}

/* --- texts --- */

static json_t *description(const standard_source_t *source, const char *path)
{
    const char *text = writer_text(source->body, path);
    if (!text)
        text = writer_text(source->body, "promesse");
    if (!text)
        return NULL;
    json_t *cut = standard_cut(text, DESCRIPTION_MAX);
    if (strlen(json_string_value(cut)) < strlen(text))
        standard_warn(source, "W_CUT", "description", "",
                      "Le schéma n'admet que 5 000 caractères : la fin est coupée.");
    return cut;
}

/* --- who, as JSON in a cell --- */

static json_t *as_text(json_t *json)
{
    text_t text;
    text_init(&text, CELL_MAX_SIZE);
    writer_json(json, &text);
    json_decref(json);
    json_t *value = json_stringn(text.data, text.size);
    text_free(&text);
    return value;
}

static json_t *bearers(const standard_source_t *source, const char *path)
{
    const json_t *list = value_at(source->body, path);
    if (json_array_size(list))
        return as_text(json_incref((json_t *)list));
    const char *runner = writer_text(source->body, "operateur");
    if (!runner)
        return NULL;
    return as_text(json_pack("[{s:s, s:[s]}]", "nom", runner, "roles", "operateur"));
}

static json_t *list_as_text(const standard_source_t *source, const char *path)
{
    const json_t *list = value_at(source->body, path);
    return json_array_size(list) ? as_text(json_incref((json_t *)list)) : NULL;
}

/* --- where --- */

static json_t *places(const standard_source_t *source, const char *path)
{
    const json_t *list = value_at(source->body, path);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *code = json_string_value(json_array_get(list, i));
        const char *number = code ? strchr(code, '-') : NULL;
        if (number && number[1 + strspn(number + 1, "0123456789")])
            standard_warn(
                source, "W_PATTERN", path, code,
                "Code exact, que le schéma refuse à tort (il n'attend que des chiffres) : "
                "écrit tel quel.");
    }
    return json_incref((json_t *)list);
}

/* --- when --- */

static json_t *instant_of(const standard_source_t *source, const char *path, const char *hour)
{
    const char *date = writer_text(source->body, path);
    return date ? json_sprintf("%s%s", date, hour) : NULL;
}

static json_t *opening(const standard_source_t *source, const char *path)
{
    return instant_of(source, path, OPENS);
}

static json_t *closing(const standard_source_t *source, const char *path)
{
    return instant_of(source, path, CLOSES);
}

static json_t *updated(const standard_source_t *source, const char *path)
{
    (void)path;
    char day[STANDARD_DAY_SIZE];
    standard_day(source, day);
    return json_sprintf("%s%s", day, OPENS);
}

/* --- for which activities --- */

/* The schema's codes are those of the revision 2; the NAF of 2025 is another list. */
static const char *revision_2(const json_t *activity)
{
    const char *list = json_string_value(json_object_get(activity, "nomenclature"));
    const char *code = json_string_value(json_object_get(activity, "code"));
    return list && strcmp(list, "rev2") == 0 ? code : NULL;
}

static json_t *codes_of(const json_t *activities)
{
    json_t *codes = json_array();
    for (size_t i = 0; i < json_array_size(activities); i++) {
        const char *code = revision_2(json_array_get(activities, i));
        if (code)
            json_array_append_new(codes, json_string(code));
    }
    return codes;
}

static json_t *activities(const standard_source_t *source, const char *path)
{
    const json_t *list = value_at(source->body, path);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!revision_2(json_array_get(list, i)))
            standard_warn(
                source, "W_NAF", path, "",
                "Le schéma ne connaît que la NAF rév. 2 : cette activité n'est pas dite.");
    return codes_of(list);
}

/* Where nobody wrote sectors: all of them, or the codes the aid is limited to. */
static json_t *sectors(const standard_source_t *source, const char *path)
{
    const json_t *list = value_at(source->body, path);
    if (json_array_size(list))
        return json_incref((json_t *)list);
    json_t *codes = codes_of(value_at(source->body, "ciblage_naf"));
    if (json_array_size(codes) == 0)
        json_array_append_new(codes, json_string("tous secteurs d'activité"));
    return codes;
}

#define SAME(name_)                                                                                \
    {                                                                                              \
        .name = name_, .value = standard_same, .path = name_                                       \
    }

static const standard_column_t COLUMNS[] = {
    {.name = "id", .value = standard_id, .required = true},
    {.name = "titre", .value = standard_title, .path = "titre", .required = true},
    SAME("promesse"),
    {.name = "description", .value = description, .path = "description", .required = true},
    {.name = "eligibilite", .value = standard_same, .path = "eligibilite", .required = true},
    {.name = "types_aides", .value = words, .path = "types_aides", .required = true},
    {.name = "porteurs", .value = bearers, .path = "porteurs", .required = true},
    SAME("programmes_parents"),
    SAME("url_source"),
    {.name = "cibles", .value = targets, .path = "cibles", .required = true},
    {.name = "eligibilite_geographique",
     .value = places,
     .path = "eligibilite_geographique",
     .required = true},
    {.name = "eligibilite_geographique_exclusions",
     .value = places,
     .path = "eligibilite_geographique_exclusions"},
    {.name = "date_ouverture", .value = opening, .path = "date_ouverture"},
    {.name = "date_cloture", .value = closing, .path = "date_cloture"},
    {.name = "date_mise_a_jour", .value = updated, .required = true},
    {.name = "base_juridique", .value = list_as_text, .path = "base_juridique"},
    SAME("eligibilite_effectif_minimal"),
    SAME("eligibilite_effectif_maximal"),
    SAME("eligibilite_categorie_taille_entreprise"),
    SAME("eligibilite_annees_existence_minimal"),
    SAME("eligibilite_forme_juridique"),
    SAME("eligibilite_forme_juridique_exclusions"),
    {.name = "ciblage_secteur_activite",
     .value = sectors,
     .path = "ciblage_secteur_activite",
     .required = true},
    {.name = "ciblage_naf", .value = activities, .path = "ciblage_naf"},
    {.name = "ciblage_naf_exclusions", .value = activities, .path = "ciblage_naf_exclusions"},
    {.name = "chainage_paiement"},
    {0},
};

void aides_begin(export_t *self, text_t *out)
{
    (void)self;
    standard_begin(COLUMNS, out);
}

int aides_record(export_t *self, const entry_t *entry, const json_t *body, text_t *out)
{
    return standard_record(COLUMNS, &(standard_source_t){self, entry, body}, out);
}

void aides_end(export_t *self, text_t *out)
{
    (void)self, (void)out;
}
