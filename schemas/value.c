#include "schemas/value.h"

#include "schemas/address.h"
#include "schemas/base/date.h"
#include "schemas/base/text.h"
#include "schemas/base/unicode.h"
#include "schemas/identifier.h"
#include "schemas/number.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MAX_SIZE 256
#define CHOICES_MAX_SIZE 200
#define URL_MAX_SIZE 2048

/* What a check of one value works on. */
typedef struct subject {
    const field_t *field;
    const json_t *json;
    const value_path_t *path;
    findings_t *findings;
} subject_t;

#define REFUSE(subject, code, ...)                                                                 \
    value_report((subject)->path, (subject)->json, SEVERITY_ERROR, code, (subject)->findings,      \
                 __VA_ARGS__)

/* --- saying it --- */

static void write_path(const value_path_t *path, text_t *out)
{
    if (!path)
        return;
    write_path(path->parent, out);
    if (path->name)
        text_add_format(out, "%s%s", out->size ? "." : "", path->name);
    else
        text_add_format(out, "[%zu]", path->index);
}

static const char *quote_text(const char *text, char out[VALUE_QUOTE_SIZE])
{
    size_t size = strlen(text), kept = unicode_cut(text, size, VALUE_QUOTE_SIZE - 4);
    snprintf(out, VALUE_QUOTE_SIZE, "%.*s%s", (int)kept, text, kept < size ? "..." : "");
    return out;
}

const char *value_quote(const json_t *json, char out[VALUE_QUOTE_SIZE])
{
    if (json_is_string(json))
        return quote_text(json_string_value(json), out);
    char *dumped = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
    quote_text(dumped ? dumped : "", out);
    free(dumped);
    return out;
}

void value_report(const value_path_t *path, const json_t *json, severity_t severity,
                  const char *code, findings_t *findings, const char *format, ...)
{
    char quote[VALUE_QUOTE_SIZE] = "";
    if (json)
        value_quote(json, quote);
    char *reason;
    va_list arguments;
    va_start(arguments, format);
    int size = vasprintf(&reason, format, arguments);
    va_end(arguments);
    assert(size >= 0);
    text_t where;
    text_init(&where, PATH_MAX_SIZE);
    write_path(path, &where);
    findings_add(findings, severity, code, "", where.data, quote, "%s", reason);
    text_free(&where);
    free(reason);
}

static void refuse_type(const subject_t *subject)
{
    static const char *const EXPECTED[] = {
        [FIELD_TEXT] = "un texte",
        [FIELD_MARKDOWN] = "un texte",
        [FIELD_CODE] = "une valeur de sa liste",
        [FIELD_SIREN] = "un SIREN de 9 chiffres",
        [FIELD_SIRET] = "un SIRET de 14 chiffres",
        [FIELD_RNA] = "un numéro RNA (W et 9 chiffres)",
        [FIELD_COG] = "un territoire comme COM-42218 ou DEP-42",
        [FIELD_NAF] = "une nomenclature (rev2 ou 2025) et un code",
        [FIELD_URL] = "une adresse de page",
        [FIELD_TEL] = "un numéro de téléphone",
        [FIELD_COURRIEL] = "une adresse de courriel",
        [FIELD_DATE] = "une date comme 2026-11-22",
        [FIELD_INSTANT] = "une date et une heure comme 2026-11-22T18:00:00+01:00",
        [FIELD_INTEGER] = "un nombre entier",
        [FIELD_DECIMAL] = "un nombre, avec un point pour les décimales (10.2)",
        [FIELD_DEGREES] = "des degrés, avec un point pour les décimales (4.387178)",
        [FIELD_BOOL] = "oui ou non",
        [FIELD_LIST] = "une liste",
        [FIELD_MAP] = "un groupe de champs",
        [FIELD_INTERVAL] = "deux bornes, dont une peut manquer : [min, max]",
    };
    char quote[VALUE_QUOTE_SIZE];
    REFUSE(subject, "E_TYPE", "« %s » attend %s, et non « %s ».", subject->path->label,
           EXPECTED[subject->field->type], value_quote(subject->json, quote));
}

/* The text of a value, or NULL after a finding when it is none, or holds a NUL that would hide the
 * rest of it. */
static const char *text_of(const subject_t *subject)
{
    const char *text = json_string_value(subject->json);
    if (!text)
        refuse_type(subject);
    else if (strlen(text) == json_string_length(subject->json))
        return text;
    else
        REFUSE(subject, "E_TEXT", "« %s » contient un caractère nul. Retapez-le.",
               subject->path->label);
    return NULL;
}

typedef const char *name_at_t(const void *list, size_t index);

/* The nearest of `count` names, when it is near enough to be what was meant. */
static const char *nearest(const char *word, const void *list, size_t count, name_at_t *name_at)
{
    size_t allowed = 1 + strlen(word) / 4, best_distance = (allowed < 3 ? allowed : 3) + 1;
    const char *best = NULL;
    for (size_t i = 0; i < count; i++) {
        const char *name = name_at(list, i);
        size_t distance = unicode_distance(word, name, best_distance);
        if (distance < best_distance) {
            best = name;
            best_distance = distance;
        }
    }
    return best;
}

/* --- texts --- */

/* Controls, and the marks that turn the direction of text around, with which a name can be made to
 * read as another. */
static bool is_forbidden(const uint8_t *at, bool several_lines)
{
    if (at[0] < 0x20)
        return !(several_lines && (at[0] == '\n' || at[0] == '\t'));
    if (at[0] == 0xc2)
        return at[1] < 0xa0;
    if (at[0] == 0xe2 && at[1] == 0x80)
        return at[2] >= 0xaa && at[2] <= 0xae;
    if (at[0] == 0xe2 && at[1] == 0x81)
        return at[2] >= 0xa6 && at[2] <= 0xa9;
    return at[0] == 0x7f;
}

static bool is_plain_ascii(char character)
{
    return character >= ' ' && character < 0x7f;
}

static void check_text(const subject_t *subject)
{
    const char *text = text_of(subject);
    if (!text)
        return;
    size_t size = json_string_length(subject->json), max = subject->field->max_size;
    if (!unicode_valid(text, size)) {
        REFUSE(subject, "E_TEXT",
               "« %s » n'est pas un texte lisible (UTF-8). Vérifiez l'encodage du fichier.",
               subject->path->label);
        return;
    }
    bool several_lines = subject->field->type == FIELD_MARKDOWN;
    for (const char *at = text; *at; at++)
        if (!is_plain_ascii(*at) && is_forbidden((const uint8_t *)at, several_lines)) {
            REFUSE(subject, "E_TEXT",
                   "« %s » contient un caractère invisible au rang %zu. Retapez ce passage.",
                   subject->path->label, unicode_length(text, (size_t)(at - text)) + 1);
            return;
        }
    if (max && size > max && unicode_length(text, size) > max)
        REFUSE(subject, "E_SIZE", "« %s » a %zu caractères, le maximum est %zu. Raccourcissez-le.",
               subject->path->label, unicode_length(text, size), max);
    if (strstr(text, "\xef\xbf\xbd"))
        value_report(
            subject->path, subject->json, SEVERITY_WARNING, "W_ENCODING", subject->findings,
            "« %s » a perdu des accents (signe \xef\xbf\xbd). Reprenez le texte d'origine.",
            subject->path->label);
}

static const char *term_at(const void *list, size_t index)
{
    return ((const term_t *)list)[index].code;
}

/* The code whose label was given instead, whatever its accents and capitals; or NULL. */
static const char *code_of_label(const vocabulary_t *vocabulary, const char *label)
{
    text_t wanted, found;
    text_init(&wanted, 1024);
    text_init(&found, 1024);
    const char *code = NULL;
    if (!unicode_fold(&wanted, label, strlen(label)))
        for (size_t i = 0; i < vocabulary->count && !code; i++) {
            const char *known = vocabulary->terms[i].label;
            text_clear(&found);
            if (!unicode_fold(&found, known, strlen(known)) && !strcmp(wanted.data, found.data))
                code = vocabulary->terms[i].code;
        }
    text_free(&wanted);
    text_free(&found);
    return code;
}

static void check_code(const subject_t *subject)
{
    const vocabulary_t *vocabulary = subject->field->vocabulary;
    const char *code = text_of(subject);
    if (!code || vocabulary_term(vocabulary, code))
        return;
    char quote[VALUE_QUOTE_SIZE];
    value_quote(subject->json, quote);
    const char *meant = code_of_label(vocabulary, code);
    if (!meant)
        meant = nearest(code, vocabulary->terms, vocabulary->count, term_at);
    if (meant) {
        REFUSE(subject, "E_CODE",
               "« %s » n'est pas dans la liste « %s ». Vouliez-vous dire « %s » ?", quote,
               vocabulary->label, meant);
        return;
    }
    text_t choices;
    text_init(&choices, CHOICES_MAX_SIZE);
    for (size_t i = 0; i < vocabulary->count; i++)
        text_add_format(&choices, "%s%s", i ? ", " : "", vocabulary->terms[i].code);
    REFUSE(subject, "E_CODE", "« %s » n'est pas dans la liste « %s ». %s%s.", quote,
           vocabulary->label, choices.overflow ? "Choisissez une de ses valeurs" : "Choisissez : ",
           choices.overflow ? "" : choices.data);
    text_free(&choices);
}

/* --- numbers of administration --- */

typedef struct identity {
    const char *code;   /* of the finding */
    const char *name;   /* with its article, heading the sentence */
    const char *form;   /* what it should look like */
    const char *advice; /* where to look it up */
    identifier_state_t (*check)(const char *value);
} identity_t;

static const identity_t *identity_of(field_type_t type)
{
    static const char SIRENE[] = "Vérifiez-le sur l'avis de situation Sirene.";
    static const identity_t SIREN = {"E_SIREN", "Le SIREN", "9 chiffres", SIRENE, identifier_siren};
    static const identity_t SIRET = {"E_SIRET", "Le SIRET", "14 chiffres", SIRENE,
                                     identifier_siret};
    static const identity_t RNA = {"E_RNA", "Le numéro RNA", "W suivi de 9 chiffres",
                                   "Vérifiez-le sur le récépissé de l'association.",
                                   identifier_rna};
    static const identity_t COG = {
        "E_COG", "Le territoire", "COM-42218, DEP-42, REG-84 ou EPCI-200000172",
        "Cherchez-le dans le code officiel géographique.", identifier_cog};
    return type == FIELD_SIREN   ? &SIREN
           : type == FIELD_SIRET ? &SIRET
           : type == FIELD_RNA   ? &RNA
                                 : &COG;
}

/* What another field would have taken: people often have the right number in the wrong column. */
static const char *other_number(const char *value)
{
    return identifier_siren(value) == IDENTIFIER_OK   ? "un SIREN"
           : identifier_siret(value) == IDENTIFIER_OK ? "un SIRET"
           : identifier_rna(value) == IDENTIFIER_OK   ? "un numéro RNA (association)"
                                                      : NULL;
}

/* "42218" is COM-42218 and "42" is DEP-42: a bare code that only lacks its type. */
static bool lacks_type(const char *value, char out[16])
{
    static const char *const TYPES[] = {"COM-", "DEP-", "EPCI-"};
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        int size = snprintf(out, 16, "%s%s", TYPES[i], value);
        if (size < 16 && identifier_cog(out) == IDENTIFIER_OK)
            return true;
    }
    return false;
}

static void refuse_form(const subject_t *subject, const identity_t *identity, const char *quote)
{
    const char *value = json_string_value(subject->json), *other = other_number(value);
    char typed[16];
    if (subject->field->type == FIELD_COG && lacks_type(value, typed))
        REFUSE(subject, identity->code, "%s « %s » n'a pas de type. Écrivez « %s ».",
               identity->name, quote, typed);
    else if (other)
        REFUSE(subject, identity->code, "« %s » est %s : mettez-le dans son champ.", quote, other);
    else
        REFUSE(subject, identity->code, "%s « %s » n'a pas la bonne forme (%s). %s", identity->name,
               quote, identity->form, identity->advice);
}

static void check_identity(const subject_t *subject)
{
    const identity_t *identity = identity_of(subject->field->type);
    const char *value = text_of(subject);
    if (!value)
        return;
    char quote[VALUE_QUOTE_SIZE];
    identifier_state_t state = identity->check(value);
    if (state != IDENTIFIER_OK)
        value_quote(subject->json, quote);
    switch (state) {
    case IDENTIFIER_OK:
        break;
    case IDENTIFIER_UNKNOWN:
        REFUSE(subject, "E_UNKNOWN", "%s « %s » n'a que des zéros : laissez le champ vide.",
               identity->name, quote);
        break;
    case IDENTIFIER_LOST_ZERO:
        REFUSE(subject, identity->code, "%s « %s » a perdu un zéro : est-ce « 0%s » ? Corrigez-le.",
               identity->name, quote, value);
        break;
    case IDENTIFIER_CHECKSUM:
        REFUSE(subject, identity->code,
               "%s « %s » est faux : sa clé de contrôle ne correspond pas. %s", identity->name,
               quote, identity->advice);
        break;
    case IDENTIFIER_LENGTH:
    case IDENTIFIER_CHARACTER:
    case IDENTIFIER_RANGE:
        refuse_form(subject, identity, quote);
        break;
    }
}

static void check_naf(const subject_t *subject)
{
    static const field_t MEMBERS[] = {
        {.name = "nomenclature",
         .label = "Nomenclature",
         .type = FIELD_TEXT,
         .need = NEED_REQUIRED},
        {.name = "code", .label = "Code", .type = FIELD_TEXT, .need = NEED_REQUIRED},
    };
    if (!json_is_object(subject->json)) {
        refuse_type(subject);
        return;
    }
    value_check_members(MEMBERS, 2, subject->json, subject->path, subject->findings);
    const char *nomenclature = json_string_value(json_object_get(subject->json, "nomenclature"));
    const char *code = json_string_value(json_object_get(subject->json, "code"));
    if (!nomenclature || !code || identifier_naf(nomenclature, code) == IDENTIFIER_OK)
        return;
    char quote[VALUE_QUOTE_SIZE];
    if (strcmp(nomenclature, "rev2") != 0 && strcmp(nomenclature, "2025") != 0)
        REFUSE(subject, "E_NAF", "La nomenclature est « rev2 » ou « 2025 », et non « %s ».",
               quote_text(nomenclature, quote));
    else
        REFUSE(subject, "E_NAF",
               "Le code « %s » n'existe pas dans la nomenclature %s. "
               "Donnez une section (J) ou un code comme 62.01Z.",
               quote_text(code, quote), nomenclature);
}

/* --- ways to reach people --- */

static void check_url(const subject_t *subject)
{
    const char *url = text_of(subject);
    if (!url)
        return;
    size_t errors = subject->findings->errors;
    check_text(subject);
    if (subject->findings->errors != errors)
        return;
    char quote[VALUE_QUOTE_SIZE];
    value_quote(subject->json, quote);
    if (json_string_length(subject->json) > URL_MAX_SIZE)
        REFUSE(subject, "E_SIZE", "L'adresse dépasse %d caractères. Raccourcissez-la.",
               URL_MAX_SIZE);
    else if (address_is_host(url, strcspn(url, "/?#")))
        REFUSE(subject, "E_URL", "L'adresse « %s » est incomplète. Mettez « https:// » devant.",
               quote);
    else if (!address_is_url(url))
        REFUSE(subject, "E_URL",
               "« %s » n'est pas une adresse de page. Écrivez-la comme https://exemple.fr/page.",
               quote);
}

static void check_telephone(const subject_t *subject)
{
    char quote[VALUE_QUOTE_SIZE];
    const char *text = text_of(subject);
    if (text && !address_is_telephone(text))
        REFUSE(subject, "E_TEL",
               "« %s » n'est pas un numéro de téléphone. Écrivez dix chiffres, ou + et l'indicatif "
               "du pays.",
               value_quote(subject->json, quote));
}

static void check_courriel(const subject_t *subject)
{
    char quote[VALUE_QUOTE_SIZE];
    const char *text = text_of(subject);
    if (text && !address_is_courriel(text))
        REFUSE(subject, "E_COURRIEL",
               "« %s » n'est pas une adresse de courriel. Écrivez-la comme contact@exemple.fr.",
               value_quote(subject->json, quote));
}

/* --- days and instants --- */

/* Has the text the form of a day at its beginning, so that only the day itself can be wrong? */
static bool begins_with_day(const char *text)
{
    return strspn(text, "0123456789-") >= 10 && text[4] == '-' && text[7] == '-';
}

static void check_date(const subject_t *subject)
{
    int64_t day;
    char quote[VALUE_QUOTE_SIZE];
    const char *text = text_of(subject);
    if (!text || date_read(text, &day))
        return;
    value_quote(subject->json, quote);
    if (begins_with_day(text) && !text[10])
        REFUSE(subject, "E_DATE", "Le jour « %s » n'existe pas. Corrigez la date.", quote);
    else
        REFUSE(subject, "E_DATE", "« %s » n'est pas une date. Écrivez-la comme 2026-11-22.", quote);
}

static void check_instant(const subject_t *subject)
{
    int64_t ignored;
    char quote[VALUE_QUOTE_SIZE], day[11];
    const char *text = text_of(subject);
    if (!text || instant_read(text, &ignored))
        return;
    value_quote(subject->json, quote);
    snprintf(day, sizeof day, "%.10s", text);
    if (begins_with_day(text) && !date_read(day, &ignored))
        REFUSE(subject, "E_DATE", "Le jour « %s » n'existe pas. Corrigez la date.", day);
    else
        REFUSE(subject, "E_DATE",
               "« %s » n'est pas une date et une heure. Écrivez-les avec le fuseau, comme "
               "2026-11-22T18:00:00+01:00.",
               quote);
}

/* --- numbers --- */

static void refuse_number(const subject_t *subject, number_state_t state)
{
    char quote[VALUE_QUOTE_SIZE];
    value_quote(subject->json, quote);
    switch (state) {
    case NUMBER_OK:
        break;
    case NUMBER_NOT:
        refuse_type(subject);
        break;
    case NUMBER_PRECISION:
        if (subject->field->type == FIELD_INTEGER)
            REFUSE(subject, "E_TYPE",
                   "« %s » attend un nombre entier, et non « %s ». Arrondissez-le.",
                   subject->path->label, quote);
        else
            REFUSE(subject, "E_TYPE",
                   "« %s » garde deux décimales, et « %s » en a plus. Arrondissez-le.",
                   subject->path->label, quote);
        break;
    case NUMBER_RANGE:
        REFUSE(subject, "E_RANGE", "Le nombre « %s » est trop grand (quinze chiffres au plus).",
               quote);
        break;
    }
}

/* Reads the number of a value and holds it against its bounds; false after a finding. */
static bool check_number_value(const subject_t *subject, int64_t *stored)
{
    const field_t *field = subject->field;
    number_state_t state = number_read(subject->json, field->type, stored);
    if (state != NUMBER_OK) {
        refuse_number(subject, state);
        return false;
    }
    int64_t scale = number_scale(field->type);
    bool bounded = field->min != 0 || field->max != 0;
    if (!bounded)
        return true;
    bool below =
        *stored / scale < field->min || (*stored / scale == field->min && *stored % scale < 0);
    bool above =
        *stored / scale > field->max || (*stored / scale == field->max && *stored % scale > 0);
    if (!below && !above)
        return true;
    char number[NUMBER_TEXT_SIZE];
    REFUSE(subject, "E_RANGE", "« %s » va de %" PRId64 " à %" PRId64 " : %s est en dehors.",
           subject->path->label, field->min, field->max,
           number_french(*stored, field->type, number));
    return false;
}

static void check_number(const subject_t *subject)
{
    int64_t stored;
    check_number_value(subject, &stored);
}

static void check_bool(const subject_t *subject)
{
    if (!json_is_boolean(subject->json))
        refuse_type(subject);
}

/* --- values made of values --- */

static void check_list(const subject_t *subject)
{
    const field_t *entry = &subject->field->fields[0];
    if (!json_is_array(subject->json)) {
        refuse_type(subject);
        return;
    }
    size_t count = json_array_size(subject->json), max = subject->field->max_size;
    if (max && count > max) {
        value_report(subject->path, NULL, SEVERITY_ERROR, "E_SIZE", subject->findings,
                     "« %s » a %zu éléments, le maximum est %zu. Gardez les principaux.",
                     subject->path->label, count, max);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        value_path_t path = {.parent = subject->path, .index = i, .label = subject->path->label};
        value_check(entry, json_array_get(subject->json, i), &path, subject->findings);
    }
}

static void check_interval(const subject_t *subject)
{
    if (!json_is_array(subject->json) || json_array_size(subject->json) != 2) {
        refuse_type(subject);
        return;
    }
    int64_t ends[2];
    bool known[2];
    for (size_t i = 0; i < 2; i++) {
        const json_t *json = json_array_get(subject->json, i);
        value_path_t path = {.parent = subject->path, .index = i, .label = subject->path->label};
        subject_t end = {&subject->field->fields[0], json, &path, subject->findings};
        known[i] = !json_is_null(json) && check_number_value(&end, &ends[i]);
    }
    char least[NUMBER_TEXT_SIZE], most[NUMBER_TEXT_SIZE];
    field_type_t type = subject->field->fields[0].type;
    if (known[0] && known[1] && ends[0] > ends[1])
        REFUSE(subject, "E_ORDER", "« %s » : le minimum %s dépasse le maximum %s. Échangez-les.",
               subject->path->label, number_french(ends[0], type, least),
               number_french(ends[1], type, most));
}

static void check_map(const subject_t *subject)
{
    const field_t *field = subject->field;
    if (json_is_object(subject->json))
        value_check_members(field->fields, field->field_count, subject->json, subject->path,
                            subject->findings);
    else
        refuse_type(subject);
}

void value_check(const field_t *field, const json_t *json, const value_path_t *path,
                 findings_t *findings)
{
    static void (*const BY_TYPE[])(const subject_t *) = {
        [FIELD_TEXT] = check_text,         [FIELD_MARKDOWN] = check_text,
        [FIELD_CODE] = check_code,         [FIELD_SIREN] = check_identity,
        [FIELD_SIRET] = check_identity,    [FIELD_RNA] = check_identity,
        [FIELD_COG] = check_identity,      [FIELD_NAF] = check_naf,
        [FIELD_URL] = check_url,           [FIELD_TEL] = check_telephone,
        [FIELD_COURRIEL] = check_courriel, [FIELD_DATE] = check_date,
        [FIELD_INSTANT] = check_instant,   [FIELD_INTEGER] = check_number,
        [FIELD_DECIMAL] = check_number,    [FIELD_DEGREES] = check_number,
        [FIELD_BOOL] = check_bool,         [FIELD_LIST] = check_list,
        [FIELD_MAP] = check_map,           [FIELD_INTERVAL] = check_interval,
    };
    BY_TYPE[field->type](&(subject_t){field, json, path, findings});
}

static const char *field_at(const void *list, size_t index)
{
    return ((const field_t *)list)[index].name;
}

static bool has_field(const field_t *fields, size_t count, const char *name, size_t size)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(fields[i].name) == size && !memcmp(fields[i].name, name, size))
            return true;
    return false;
}

static void refuse_unknown(const field_t *fields, size_t count, const json_t *json,
                           const value_path_t *parent, findings_t *findings)
{
    const char *name;
    size_t size;
    json_t *value;
    json_object_keylen_foreach((json_t *)json, name, size, value)
    {
        if (has_field(fields, count, name, size))
            continue;
        char quote[VALUE_QUOTE_SIZE];
        quote_text(name, quote);
        value_path_t path = {.parent = parent, .name = quote, .label = quote};
        const char *meant = nearest(name, fields, count, field_at);
        if (meant)
            value_report(&path, value, SEVERITY_ERROR, "E_UNKNOWN_FIELD", findings,
                         "Le champ « %s » n'existe pas. Vouliez-vous dire « %s » ?", quote, meant);
        else
            value_report(&path, value, SEVERITY_ERROR, "E_UNKNOWN_FIELD", findings,
                         "Le champ « %s » n'existe pas. Retirez-le.", quote);
    }
}

static void report_absent(const field_t *field, const value_path_t *path, findings_t *findings)
{
    if (field->need == NEED_REQUIRED)
        value_report(path, NULL, SEVERITY_ERROR, "E_REQUIRED", findings,
                     "« %s » est obligatoire. Remplissez-le.", path->label);
    else if (field->need == NEED_EXPECTED)
        value_report(path, NULL, SEVERITY_WARNING, "W_INCOMPLETE", findings,
                     "« %s » est attendu. Complétez-le quand vous pourrez.", path->label);
}

void value_check_members(const field_t *fields, size_t count, const json_t *json,
                         const value_path_t *parent, findings_t *findings)
{
    size_t known = 0;
    for (size_t i = 0; i < count; i++) {
        const field_t *field = &fields[i];
        const json_t *value = json_object_get(json, field->name);
        const char *label = field->label && *field->label ? field->label : field->name;
        value_path_t path = {.parent = parent, .name = field->name, .label = label};
        known += value != NULL;
        if (!value || json_is_null(value))
            report_absent(field, &path, findings);
        else
            value_check(field, value, &path, findings);
    }
    if (known < json_object_size(json))
        refuse_unknown(fields, count, json, parent, findings);
}

const json_t *value_at(const json_t *json, const char *path)
{
    while (json) {
        size_t size = strcspn(path, ".");
        json = json_object_getn(json, path, size);
        if (!path[size])
            return json_is_null(json) ? NULL : json;
        path += size + 1;
    }
    return NULL;
}
