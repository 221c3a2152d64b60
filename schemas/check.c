/* The rules are one table, CHECKS. A rule sees a scope: the whole content, or one entry of a list
 * when its arguments lead through that list. It must bear any JSON there, because a field that its
 * type refused is looked at all the same. */
#include "schemas/check.h"

#include "schemas/base/date.h"
#include "schemas/base/text.h"
#include "schemas/number.h"
#include "schemas/value.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SIZE 128
#define ARGUMENTS_MAX 8

typedef struct scope {
    const kind_t *kind;
    const json_t *json;         /* the object that `at` starts from */
    const value_path_t *parent; /* of that object; NULL for the whole content */
    const char *const *full;    /* the arguments as the kind has them */
    size_t skip;                /* bytes of a path before the part that is within the object */
    size_t count;
    findings_t *findings;
} scope_t;

typedef enum argument {
    ARGUMENT_FIELD,  /* any field: 0, what a table leaves out */
    ARGUMENT_NUMBER, /* an integer or a decimal */
    ARGUMENT_AFTER,  /* a number, date or instant, as the argument before it */
    ARGUMENT_SIREN,
    ARGUMENT_SIRET,
    ARGUMENT_LIST,   /* of maps */
    ARGUMENT_MEMBER, /* a member of the entries of the list before it */
    ARGUMENT_WORD,   /* no path: taken as it is */
} argument_t;

struct check {
    const char *name;
    void (*run)(const scope_t *scope);
    size_t least, most; /* how many arguments */
    argument_t arguments[ARGUMENTS_MAX];
    const char *usage; /* for who writes a kind */
};

/* --- what a rule asks of its scope --- */

/* The part of a dotted path within the scope's object. */
static const char *inner(const scope_t *scope, size_t argument)
{
    return scope->full[argument] + scope->skip;
}

/* The value of an argument; NULL when it is absent. */
static const json_t *at(const scope_t *scope, size_t argument)
{
    return value_at(scope->json, inner(scope, argument));
}

static const char *label(const scope_t *scope, size_t argument)
{
    const field_t *field = kind_path(scope->kind, scope->full[argument]);
    return field && field->label && *field->label ? field->label : scope->full[argument];
}

static value_path_t path_of(const scope_t *scope, size_t argument)
{
    return (value_path_t){.parent = scope->parent, .name = inner(scope, argument)};
}

/* Hundredths of an integer or decimal argument; false when it is absent or no number. */
static bool hundredths(const scope_t *scope, size_t argument, int64_t *value)
{
    return number_read(at(scope, argument), FIELD_DECIMAL, value) == NUMBER_OK;
}

/* --- the rules --- */

/* A printed 10.2 promises a tenth: it agrees with anything that rounds to it, so half a tenth on
 * either side. An approximate figure is announced, not forgiven. */
static void ratio(const scope_t *scope)
{
    int64_t part, whole, printed;
    if (!hundredths(scope, 0, &part) || !hundredths(scope, 1, &whole)
        || !hundredths(scope, 2, &printed))
        return;
    value_path_t path = path_of(scope, 2);
    char texts[4][NUMBER_TEXT_SIZE];
    number_french(part, FIELD_DECIMAL, texts[0]);
    number_french(whole, FIELD_DECIMAL, texts[1]);
    number_french(printed, FIELD_DECIMAL, texts[3]);
    if (whole == 0) {
        value_report(&path, at(scope, 2), SEVERITY_WARNING, "W_RATIO", scope->findings,
                     "%s sur 0 ne donne pas de pourcentage, la valeur annoncée est %s %%. "
                     "Vérifiez le dénominateur.",
                     texts[0], texts[3]);
        return;
    }
    int64_t unit = printed % 100 == 0 ? 100 : printed % 10 == 0 ? 10 : 1;
    double exact = (double)part * 10000 / (double)whole;
    if (fabs((double)printed - exact) <= (double)unit / 2 + 1e-6
        || fabs(exact) > (double)NUMBER_MAX)
        return;
    number_french((int64_t)llround(exact / (double)unit) * unit, FIELD_DECIMAL, texts[2]);
    bool approximate = scope->count > 3 && json_is_true(at(scope, 3));
    value_report(&path, at(scope, 2), SEVERITY_WARNING, "W_RATIO", scope->findings,
                 "%s sur %s font %s %%, la valeur annoncée est %s %%%s. Vérifiez ces chiffres ; "
                 "ils sont gardés tels quels.",
                 texts[0], texts[1], texts[2], texts[3],
                 approximate ? " (marquée approximative)" : "");
}

/* A number, day or instant as something to compare; false when it is none of them. */
static bool rank(const json_t *json, field_type_t type, int64_t *value)
{
    const char *text = json_string_value(json);
    if (type == FIELD_DATE)
        return text && date_read(text, value);
    if (type == FIELD_INSTANT)
        return text && instant_read(text, value);
    return number_read(json, type, value) == NUMBER_OK;
}

static void ordered(const scope_t *scope)
{
    field_type_t type = kind_path(scope->kind, scope->full[0])->type;
    int64_t first, second;
    const json_t *before = at(scope, 0), *after = at(scope, 1);
    if (!rank(before, type, &first) || !rank(after, type, &second) || first <= second)
        return;
    value_path_t path = path_of(scope, 1);
    char quotes[2][VALUE_QUOTE_SIZE];
    value_report(&path, after, SEVERITY_ERROR, "E_ORDER", scope->findings,
                 "« %s » (%s) est %s « %s » (%s). Corrigez l'un des deux.", label(scope, 1),
                 value_quote(after, quotes[1]), number_scale(type) ? "inférieur à" : "avant",
                 label(scope, 0), value_quote(before, quotes[0]));
}

static void one_of(const scope_t *scope)
{
    text_t labels;
    text_init(&labels, 1024);
    bool present = false;
    for (size_t i = 0; i < scope->count && !present; i++) {
        const char *joint = i == 0 ? "" : i + 1 < scope->count ? ", " : " ou ";
        text_add_format(&labels, "%s« %s »", joint, label(scope, i));
        present = at(scope, i) != NULL;
    }
    value_path_t path = path_of(scope, 0);
    if (!present)
        value_report(&path, NULL, SEVERITY_ERROR, "E_ONE_OF", scope->findings,
                     "Remplissez au moins un de ces champs : %s.", labels.data);
    text_free(&labels);
}

static bool equals_word(const json_t *json, const char *word)
{
    char number[24];
    if (json_is_integer(json)) {
        snprintf(number, sizeof number, "%" PRId64, (int64_t)json_integer_value(json));
        return !strcmp(number, word);
    }
    if (json_is_boolean(json))
        return !strcmp(json_is_true(json) ? "true" : "false", word);
    return json_is_string(json) && !strcmp(json_string_value(json), word);
}

static void required_unless(const scope_t *scope)
{
    const char *word = scope->full[2];
    if (at(scope, 0) || equals_word(at(scope, 1), word))
        return;
    const field_t *other = kind_path(scope->kind, scope->full[1]);
    if (other->vocabulary)
        word = vocabulary_label(other->vocabulary, word);
    value_path_t path = path_of(scope, 0);
    value_report(&path, NULL, SEVERITY_ERROR, "E_REQUIRED", scope->findings,
                 "« %s » est obligatoire, sauf si « %s » est « %s ». Remplissez-le.",
                 label(scope, 0), label(scope, 1), word);
}

/* What is not to be published is not written down here at all: a record travels whole. */
static void absent_when(const scope_t *scope)
{
    const char *word = scope->full[2];
    if (!at(scope, 0) || !equals_word(at(scope, 1), word))
        return;
    const field_t *other = kind_path(scope->kind, scope->full[1]);
    if (other->vocabulary)
        word = vocabulary_label(other->vocabulary, word);
    value_path_t path = path_of(scope, 0);
    value_report(&path, at(scope, 0), SEVERITY_ERROR, "E_WITHHELD", scope->findings,
                 "« %s » serait publié, alors que « %s » est « %s ». Retirez-le.", label(scope, 0),
                 label(scope, 1), word);
}

static void siret_siren(const scope_t *scope)
{
    const char *siret = json_string_value(at(scope, 0)), *siren = json_string_value(at(scope, 1));
    if (!siret || !siren || strlen(siret) != 14 || strlen(siren) != 9 || !strncmp(siret, siren, 9))
        return;
    value_path_t path = path_of(scope, 0);
    value_report(&path, at(scope, 0), SEVERITY_ERROR, "E_SIRET", scope->findings,
                 "Le SIRET « %s » n'est pas un établissement du SIREN « %s » : ses neuf premiers "
                 "chiffres diffèrent. Corrigez l'un des deux.",
                 siret, siren);
}

static void evidence(const scope_t *scope)
{
    const json_t *list = at(scope, 0);
    value_path_t path = path_of(scope, 0);
    char full[PATH_SIZE];
    snprintf(full, sizeof full, "%s.%s", scope->full[0], scope->full[1]);
    const field_t *member = kind_path(scope->kind, full);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        if (!json_is_object(entry) || value_at(entry, scope->full[1]))
            continue;
        value_path_t place = {.parent = &path, .index = i};
        value_report(&place, entry, SEVERITY_WARNING, "W_EVIDENCE", scope->findings,
                     "« %s » n° %zu est sans « %s ». Ajoutez de quoi le vérifier.", label(scope, 0),
                     i + 1, member->label);
    }
}

/* Name and function, fewest and most arguments, usage, types (those left out are any field). */
#define CHECKS(X)                                                                                  \
    X(absent_when, 3, 3, "absent_when takes [field, other, value]: two fields and a word",         \
      ARGUMENT_FIELD, ARGUMENT_FIELD, ARGUMENT_WORD)                                               \
    X(evidence, 2, 2, "evidence takes [list, member]: a list of maps and a member of each",        \
      ARGUMENT_LIST, ARGUMENT_MEMBER)                                                              \
    X(one_of, 2, ARGUMENTS_MAX, "one_of takes [a, b, ...]: two to eight fields", ARGUMENT_FIELD)   \
    X(ordered, 2, 2, "ordered takes [a, b]: two numbers, dates or instants of the same type",      \
      ARGUMENT_FIELD, ARGUMENT_AFTER)                                                              \
    X(ratio, 3, 4,                                                                                 \
      "ratio takes [numerateur, denominateur, valeur, approx]: three numbers, then any field or "  \
      "nothing",                                                                                   \
      ARGUMENT_NUMBER, ARGUMENT_NUMBER, ARGUMENT_NUMBER, ARGUMENT_FIELD)                           \
    X(required_unless, 3, 3, "required_unless takes [field, other, value]: two fields and a word", \
      ARGUMENT_FIELD, ARGUMENT_FIELD, ARGUMENT_WORD)                                               \
    X(siret_siren, 2, 2, "siret_siren takes [siret, siren]", ARGUMENT_SIRET, ARGUMENT_SIREN)

#define ROW(function, few, many, help, ...)                                                        \
    {.name = #function,                                                                            \
     .run = function,                                                                              \
     .least = few,                                                                                 \
     .most = many,                                                                                 \
     .usage = help,                                                                                \
     .arguments = {__VA_ARGS__}},
#define NAME(function, ...) #function,

static const check_t TABLE[] = {CHECKS(ROW)};
static const char *const NAMES[] = {CHECKS(NAME) NULL};

const check_t *check_find(const char *name)
{
    for (size_t i = 0; i < sizeof TABLE / sizeof *TABLE; i++)
        if (!strcmp(TABLE[i].name, name))
            return &TABLE[i];
    return NULL;
}

const char *const *check_names(void)
{
    return NAMES;
}

/* --- arguments --- */

/* The bytes of a path up to and with the last list it leads through and the dot after it; 0 when it
 * leads through none. *lists counts them. */
static size_t list_prefix(const kind_t *kind, const char *path, size_t *lists)
{
    char part[PATH_SIZE];
    size_t prefix = 0;
    *lists = 0;
    for (const char *dot = strchr(path, '.'); dot; dot = strchr(dot + 1, '.')) {
        snprintf(part, sizeof part, "%.*s", (int)(dot - path), path);
        const field_t *field = kind_path(kind, part);
        if (field && field->type == FIELD_LIST) {
            prefix = (size_t)(dot - path) + 1;
            ++*lists;
        }
    }
    return prefix;
}

static bool is_rankable(field_type_t type)
{
    return number_scale(type) > 0 || type == FIELD_DATE || type == FIELD_INSTANT;
}

/* Does this field suit the argument, given the one before it? */
static bool suits(argument_t argument, const field_t *field, const field_t *before)
{
    switch (argument) {
    case ARGUMENT_FIELD:
    case ARGUMENT_WORD:
        return true;
    case ARGUMENT_NUMBER:
        return field->type == FIELD_INTEGER || field->type == FIELD_DECIMAL;
    case ARGUMENT_AFTER:
        return is_rankable(field->type) && field->type == before->type;
    case ARGUMENT_SIREN:
        return field->type == FIELD_SIREN;
    case ARGUMENT_SIRET:
        return field->type == FIELD_SIRET;
    case ARGUMENT_LIST:
        return field->type == FIELD_LIST && field->fields[0].type == FIELD_MAP;
    case ARGUMENT_MEMBER:
        return true;
    }
    return false;
}

/* The dotted path of an argument from the top of the kind; false when it is too long. */
static bool whole_path(argument_t argument, const char *const *fields, size_t i,
                       char path[PATH_SIZE])
{
    int size = argument == ARGUMENT_MEMBER
                   ? snprintf(path, PATH_SIZE, "%s.%s", fields[i - 1], fields[i])
                   : snprintf(path, PATH_SIZE, "%s", fields[i]);
    return size < PATH_SIZE;
}

const char *check_arguments(const check_t *check, const kind_t *kind, const char *const *fields,
                            size_t count)
{
    if (count < check->least || count > check->most)
        return check->usage;
    const field_t *before = NULL;
    size_t lists, shared = list_prefix(kind, fields[0], &lists);
    if (lists > 1)
        return "an argument leads through a list within a list";
    for (size_t i = 0; i < count; i++) {
        argument_t argument = check->arguments[i];
        if (argument == ARGUMENT_WORD)
            continue;
        char path[PATH_SIZE];
        const field_t *field = whole_path(argument, fields, i, path) ? kind_path(kind, path) : NULL;
        if (!field)
            return "an argument names no field of this kind";
        if (!suits(argument, field, before))
            return check->usage;
        size_t prefix = list_prefix(kind, fields[i], &lists);
        bool together = prefix == shared && !strncmp(fields[i], fields[0], prefix);
        if (argument != ARGUMENT_MEMBER && !together)
            return "the arguments lead through different lists";
        before = field;
    }
    return NULL;
}

/* --- the whole --- */

static void run_rule(const rule_t *rule, const kind_t *kind, const json_t *json,
                     findings_t *findings)
{
    size_t lists, prefix = list_prefix(kind, rule->fields[0], &lists);
    scope_t scope = {.kind = kind,
                     .json = json,
                     .full = rule->fields,
                     .skip = prefix,
                     .count = rule->field_count,
                     .findings = findings};
    if (!prefix) {
        rule->check->run(&scope);
        return;
    }
    char name[PATH_SIZE];
    snprintf(name, sizeof name, "%.*s", (int)prefix - 1, rule->fields[0]);
    const json_t *list = value_at(json, name);
    value_path_t place = {.name = name};
    for (size_t i = 0; i < json_array_size(list); i++) {
        value_path_t entry = {.parent = &place, .index = i};
        scope.json = json_array_get(list, i);
        scope.parent = &entry;
        rule->check->run(&scope);
    }
}

void check_body(const kind_t *kind, const json_t *json, findings_t *findings)
{
    if (!json_is_object(json)) {
        findings_add(findings, SEVERITY_ERROR, "E_TYPE", "", "", "",
                     "Une fiche est un groupe de champs : { \"nom\": \"...\" }.");
        return;
    }
    value_check_members(kind->fields, kind->field_count, json, NULL, findings);
    for (size_t i = 0; i < kind->rule_count; i++)
        run_rule(&kind->rules[i], kind, json, findings);
}
