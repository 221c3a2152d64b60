/* Each criterion looks at the fields of the kind that it knows by their type, vocabulary or need, and
 * says which part of them the record has: 1 all, 0 none, NOT_CONCERNED. The score is the mean by weight. */
#include "node/quality.h"

#include "schemas/base/date.h"
#include "schemas/base/text.h"
#include "schemas/base/unicode.h"
#include "schemas/check.h"
#include "schemas/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOT_CONCERNED (-1.0)
#define SHORT_TEXT 80 /* characters: less is a sentence that says little */
#define ENOUGH_TEXT 200
#define FRESH_DAYS 183 /* half a year */
#define STALE_DAYS 365

typedef struct record {
    const kind_t *kind;
    const json_t *body; /* an empty object to ask what the kind has */
    const char *changed, *today;
    char *text; /* of the reason, QUALITY_TEXT_SIZE; set by a criterion that found less than all */
} record_t;

static void say(const record_t *record, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(const record_t *record, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(record->text, QUALITY_TEXT_SIZE, format, arguments);
    va_end(arguments);
    if (size >= QUALITY_TEXT_SIZE) {
        size_t kept = unicode_cut(record->text, QUALITY_TEXT_SIZE - 1, QUALITY_TEXT_SIZE - 4);
        memcpy(record->text + kept, "…", sizeof "…");
    }
}

/* --- fields wherever they lie --- */

typedef bool is_t(const field_t *field);

typedef struct found {
    size_t fields;  /* that are such; those inside a list once for each of its entries */
    size_t present; /* of them, with a value */
} found_t;

static bool has_value(const json_t *value)
{
    if (json_is_string(value))
        return json_string_length(value) > 0;
    if (json_is_array(value) || json_is_object(value))
        return json_array_size(value) + json_object_size(value) > 0;
    return value && !json_is_null(value);
}

static void look(const field_t *field, const json_t *holder, is_t *is, found_t *found);

static void look_below(const field_t *map, const json_t *value, is_t *is, found_t *found)
{
    for (size_t i = 0; i < map->field_count; i++)
        look(&map->fields[i], value, is, found);
}

/* The field of this holder. Its value is looked up only where the field matters: most do not. */
static void look(const field_t *field, const json_t *holder, is_t *is, found_t *found)
{
    bool groups = field->type == FIELD_LIST && field->fields[0].type == FIELD_MAP;
    bool wanted = is(field);
    if (!wanted && !groups && field->type != FIELD_MAP)
        return;
    const json_t *value = json_object_get(holder, field->name);
    if (wanted) {
        found->fields++;
        found->present += has_value(value);
    } else if (field->type == FIELD_MAP) {
        look_below(field, value, is, found);
    } else {
        for (size_t i = 0; i < json_array_size(value); i++)
            look_below(&field->fields[0], json_array_get(value, i), is, found);
    }
}

static found_t find(const record_t *record, is_t *is)
{
    found_t found = {0};
    field_t whole = {.type = FIELD_MAP,
                     .fields = record->kind->fields,
                     .field_count = record->kind->field_count};
    look_below(&whole, record->body, is, &found);
    return found;
}

/* The same among the fields at the top only: what one chooses inside a group limits the group. */
static found_t find_at_top(const record_t *record, is_t *is)
{
    found_t found = {0};
    for (size_t i = 0; i < record->kind->field_count; i++) {
        const field_t *field = &record->kind->fields[i];
        if (is(field))
            look(field, record->body, is, &found);
    }
    return found;
}

static const field_t *entry_of(const field_t *field)
{
    return field->type == FIELD_LIST ? &field->fields[0] : field;
}

static bool is_word_of(const field_t *field, const char *vocabulary)
{
    const field_t *entry = entry_of(field);
    return entry->type == FIELD_CODE && strcmp(entry->vocabulary->name, vocabulary) == 0;
}

/* --- contact --- */

static bool is_direct(const field_t *field)
{
    return field->type == FIELD_TEL || field->type == FIELD_COURRIEL;
}

/* A page that stands beside the telephone is the record's own, unlike those of sources and proofs. */
static bool has_site(const field_t *fields, size_t count, const json_t *body)
{
    bool beside = false, site = false;
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(body, fields[i].name);
        beside |= is_direct(&fields[i]);
        site |= fields[i].type == FIELD_URL && has_value(value);
        if (fields[i].type == FIELD_MAP && has_site(fields[i].fields, fields[i].field_count, value))
            return true;
    }
    return beside && site;
}

static double contact(const record_t *record)
{
    found_t direct = find(record, is_direct);
    if (!direct.fields)
        return NOT_CONCERNED;
    if (direct.present)
        return 1;
    if (has_site(record->kind->fields, record->kind->field_count, record->body)) {
        say(record, "Pas de téléphone ni de courriel : il n'y a que le site pour vous joindre.");
        return 0.5;
    }
    say(record, "Pas de téléphone ni de courriel : personne ne pourra vous joindre.");
    return 0;
}

/* --- place --- */

static bool is_degrees(const field_t *field)
{
    return field->type == FIELD_DEGREES;
}

static bool is_territory(const field_t *field)
{
    return field->facet && entry_of(field)->type == FIELD_COG;
}

/* Does a rule say that this record needs no place? "required_unless: [lieu.nom, mode, en_ligne]" */
static bool is_nowhere(const record_t *record)
{
    const check_t *unless = check_find("required_unless");
    for (size_t i = 0; i < record->kind->rule_count; i++) {
        const rule_t *rule = &record->kind->rules[i];
        if (rule->check != unless || rule->field_count != 3)
            continue;
        const char *value = json_string_value(value_at(record->body, rule->fields[1]));
        if (value && strcmp(value, rule->fields[2]) == 0)
            return true;
    }
    return false;
}

static double place(const record_t *record)
{
    found_t degrees = find(record, is_degrees), territory = find(record, is_territory);
    if (!degrees.fields || is_nowhere(record))
        return NOT_CONCERNED;
    if (degrees.present == degrees.fields)
        return 1;
    if (territory.present) {
        say(record, "Pas de coordonnées : la fiche n'apparaît pas sur la carte.");
        return 0.6;
    }
    say(record, "Ni commune ni coordonnées : on ne sait pas où c'est.");
    return 0;
}

/* --- what it is: the lists from which one must or should choose --- */

static bool is_type(const field_t *field)
{
    return field->facet && field->need != NEED_OPTIONAL && entry_of(field)->type == FIELD_CODE
           && !is_word_of(field, "fonction");
}

static double type(const record_t *record)
{
    found_t types = find_at_top(record, is_type);
    if (!types.fields)
        return NOT_CONCERNED;
    if (types.present < types.fields)
        say(record, "Il manque un choix dans une liste : la fiche sort mal des filtres.");
    return (double)types.present / (double)types.fields;
}

static bool is_function(const field_t *field)
{
    return field->facet && is_word_of(field, "fonction");
}

static double function(const record_t *record)
{
    found_t functions = find_at_top(record, is_function);
    if (!functions.fields)
        return NOT_CONCERNED;
    if (functions.present)
        return 1;
    say(record, "Aucune fonction de l'entreprise : un dirigeant qui cherche par métier (vente, "
                "production, gestion…) ne la trouve pas.");
    return 0;
}

/* Activities that nobody expects (an aid's) are a limit: none means that all are meant. */
static bool is_sector(const field_t *field)
{
    const field_t *entry = entry_of(field);
    if (entry->type == FIELD_NAF)
        return field->facet && field->need != NEED_OPTIONAL;
    return field->facet && entry->type == FIELD_CODE
           && strncmp(entry->vocabulary->name, "section_", strlen("section_")) == 0;
}

static double sector(const record_t *record)
{
    found_t sectors = find_at_top(record, is_sector);
    if (!sectors.fields)
        return NOT_CONCERNED;
    if (sectors.present)
        return 1;
    say(record, "Aucun secteur d'activité : on ne sait pas pour quelles entreprises.");
    return 0;
}

/* --- how much it says --- */

/* Of a text so long that it is enough whatever its letters, only a part is counted. */
static size_t count_characters(const json_t *text)
{
    size_t size = json_string_length(text), enough = 4 * ENOUGH_TEXT;
    const char *bytes = json_string_value(text);
    return unicode_length(bytes, unicode_cut(bytes, size, enough));
}

static double description(const record_t *record)
{
    size_t characters = 0, fields = 0;
    for (size_t i = 0; i < record->kind->field_count; i++) {
        const field_t *field = &record->kind->fields[i];
        if (field->type != FIELD_MARKDOWN && strcmp(field->name, record->kind->summary) != 0)
            continue;
        const json_t *value = json_object_get(record->body, field->name);
        fields += field->type == FIELD_MARKDOWN;
        if (json_is_string(value))
            characters += count_characters(value);
    }
    if (!fields)
        return NOT_CONCERNED;
    if (characters >= ENOUGH_TEXT)
        return 1;
    if (!characters)
        say(record, "Pas de présentation : on ne sait pas ce qu'on y trouve.");
    else
        say(record,
            "Présentation très courte (%zu caractères) : deux ou trois phrases aident à choisir.",
            characters);
    return characters >= SHORT_TEXT ? 0.6 : characters ? 0.3 : 0;
}

/* --- is it still true? --- */

static double freshness(const record_t *record)
{
    const char *date = json_string_value(json_object_get(record->body, "date_maj"));
    const char *review = json_string_value(json_object_get(record->body, "a_relire_le"));
    int64_t day, today, due;
    if (!date_read(record->today, &today))
        return NOT_CONCERNED;
    if (review && date_read(review, &due)) {
        if (due > today)
            return 1;
        say(record, "À relire depuis le %s.", review);
        return 0;
    }
    if (!date || !date_read(date, &day)) {
        date = record->changed;
        if (!date || !date_read(date, &day))
            return NOT_CONCERNED;
    }
    if (today - day <= FRESH_DAYS)
        return 1;
    bool stale = today - day > STALE_DAYS;
    say(record, "Pas revue depuis %s (%s) : vérifiez-la, puis enregistrez-la.",
        stale ? "plus d'un an" : "plus de six mois", date);
    return stale ? 0 : 0.5;
}

/* --- what it costs --- */

/* Of a text only the name tells. */
static bool is_price(const field_t *field)
{
    return is_word_of(field, "mode_prix") || strcmp(field->name, "cout") == 0
           || (strcmp(field->name, "prix") == 0 && field->type == FIELD_TEXT);
}

/* Is this a list of things that each have a price? */
static bool is_priced(const field_t *field)
{
    found_t found = {0};
    if (field->type == FIELD_LIST && field->fields[0].type == FIELD_MAP)
        look_below(&field->fields[0], NULL, is_price, &found);
    return found.fields > 0;
}

static double price(const record_t *record)
{
    found_t things = find_at_top(record, is_priced), prices = find(record, is_price);
    if (!things.fields && !prices.fields)
        return NOT_CONCERNED;
    if (!prices.present) {
        say(record, "Aucun prix : un ordre de grandeur suffit.");
        return 0;
    }
    if (things.fields && prices.present < prices.fields)
        say(record, "Certaines offres n'ont pas de prix.");
    return things.fields ? (double)prices.present / (double)prices.fields : 1;
}

/* --- is what it claims proven? --- */

static double labels(const record_t *record)
{
    const check_t *evidence = check_find("evidence");
    size_t claimed = 0, proven = 0;
    for (size_t i = 0; i < record->kind->rule_count; i++) {
        const rule_t *rule = &record->kind->rules[i];
        if (rule->check != evidence || rule->field_count != 2)
            continue;
        const json_t *list = value_at(record->body, rule->fields[0]);
        for (size_t j = 0; j < json_array_size(list); j++, claimed++)
            proven += has_value(json_object_get(json_array_get(list, j), rule->fields[1]));
    }
    if (!claimed)
        return NOT_CONCERNED;
    if (proven < claimed)
        say(record, "%zu label%s sans preuve : donnez l'adresse d'une page qui le montre.",
            claimed - proven, claimed - proven > 1 ? "s" : "");
    return (double)proven / (double)claimed;
}

/* --- everything else that its kind expects --- */

/* Dates of update, choices and descriptions have criteria of their own. */
static bool is_expected(const field_t *field)
{
    return field->need == NEED_EXPECTED && field->type != FIELD_MARKDOWN && !is_type(field)
           && !is_function(field) && !is_sector(field) && strcmp(field->name, "date_maj") != 0;
}

static double expected(const record_t *record)
{
    size_t fields = 0, present = 0;
    text_t missing;
    text_init(&missing, QUALITY_TEXT_SIZE);
    for (size_t i = 0; i < record->kind->field_count; i++) {
        const field_t *field = &record->kind->fields[i];
        if (!is_expected(field))
            continue;
        fields++;
        if (has_value(json_object_get(record->body, field->name)))
            present++;
        else
            text_add_format(&missing, "%s« %s »", missing.size ? ", " : "", field->label);
    }
    if (present < fields)
        say(record, "Il manque %s.", missing.data);
    text_free(&missing);
    return fields ? (double)present / (double)fields : NOT_CONCERNED;
}

/* --- the table --- */

static const struct criterion {
    const char *name;
    int weight;
    double (*judge)(const record_t *record);
} CRITERIA[] = {
    {"contact", 20, contact},     {"lieu", 15, place},     {"type", 10, type},
    {"fonction", 10, function},   {"secteur", 10, sector}, {"presentation", 15, description},
    {"fraicheur", 15, freshness}, {"prix", 10, price},     {"labels", 10, labels},
    {"attendu", 15, expected},
};
#define CRITERIA_COUNT (sizeof CRITERIA / sizeof *CRITERIA)
_Static_assert(CRITERIA_COUNT <= QUALITY_CRITERIA_MAX, "each criterion may have a reason");

static int by_loss(const void *a, const void *b)
{
    const quality_reason_t *x = a, *y = b;
    return y->lost - x->lost;
}

void quality_judge(const kind_t *kind, const json_t *body, const char *changed, const char *today,
                   quality_t *quality)
{
    double parts[CRITERIA_COUNT], had = 0;
    int weight = 0;
    char texts[CRITERIA_COUNT][QUALITY_TEXT_SIZE] = {""};
    for (size_t i = 0; i < CRITERIA_COUNT; i++) {
        const record_t record = {kind, body, changed, today, texts[i]};
        parts[i] = CRITERIA[i].judge(&record);
        if (parts[i] == NOT_CONCERNED)
            continue;
        weight += CRITERIA[i].weight;
        had += parts[i] * CRITERIA[i].weight;
    }
    *quality = (quality_t){.score = weight ? (int)(100 * had / weight + 0.5) : 100};
    for (size_t i = 0; i < CRITERIA_COUNT; i++) {
        if (parts[i] == NOT_CONCERNED || parts[i] >= 1)
            continue;
        quality_reason_t *reason = &quality->reasons[quality->count++];
        reason->criterion = CRITERIA[i].name;
        reason->lost = (int)(100 * (1 - parts[i]) * CRITERIA[i].weight / weight + 0.5);
        memcpy(reason->text, texts[i], sizeof reason->text);
    }
    qsort(quality->reasons, quality->count, sizeof *quality->reasons, by_loss);
}
