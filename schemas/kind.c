/* A folder of YAML becomes a schema in three steps, so that every error of every file is told
 * at once:
 *
 *   kind_file.c   the files into structs that mirror them; every text is borrowed from there
 *   build_*       fields, with their types, vocabularies and limits
 *   link_*        what names a field: page, key, rules
 *
 * What is missing or misspelt is a finding, and the next step works with what there is. */
#include "schemas/kind.h"

#include "schemas/base/yaml.h"
#include "schemas/check.h"
#include "schemas/kind_file.h"

#include <assert.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"

struct schema {
    kind_files_t files;         /* owns every text */
    vocabulary_t *vocabularies; /* as many as files, in the same order; likewise kinds */
    field_t *common; /* the fields every kind has; kinds hold copies that share their parts */
    kind_t *kinds;
};

static void *zeroed(size_t count, size_t size)
{
    void *made = calloc(count + 1, size);
    assert(made);
    return made;
}

/* Types */

enum part { PART_NONE, PART_ENTRY, PART_FIELDS };

/* What a type allows its field to say. */
static const struct trait {
    const char *word;
    size_t max_size; /* when the YAML gives none; 0: the type fixes it, or it is a number */
    bool number;     /* has min and max */
    bool facet, search;
    enum part part;
} traits[] = {
    [FIELD_TEXT] = {.word = "text", .max_size = 250, .search = true},
    [FIELD_MARKDOWN] = {.word = "markdown", .max_size = 8000, .search = true},
    [FIELD_CODE] = {.word = "code", .facet = true, .search = true},
    [FIELD_SIREN] = {.word = "siren"},
    [FIELD_SIRET] = {.word = "siret"},
    [FIELD_RNA] = {.word = "rna"},
    [FIELD_COG] = {.word = "cog", .facet = true},
    [FIELD_NAF] = {.word = "naf", .facet = true},
    [FIELD_URL] = {.word = "url", .max_size = 2000},
    [FIELD_TEL] = {.word = "tel"},
    [FIELD_COURRIEL] = {.word = "courriel", .max_size = 254},
    [FIELD_DATE] = {.word = "date"},
    [FIELD_INSTANT] = {.word = "instant"},
    [FIELD_INTEGER] = {.word = "integer", .number = true},
    [FIELD_DECIMAL] = {.word = "decimal", .number = true},
    [FIELD_DEGREES] = {.word = "degrees", .number = true},
    [FIELD_BOOL] = {.word = "bool", .facet = true},
    [FIELD_LIST] =
        {.word = "list", .max_size = 100, .facet = true, .search = true, .part = PART_ENTRY},
    [FIELD_MAP] = {.word = "map", .part = PART_FIELDS},
    [FIELD_INTERVAL] = {.word = "interval", .part = PART_ENTRY},
};

#define TYPES (sizeof traits / sizeof *traits)

static const char *const needs[] = {"optional", "expected", "required", NULL};

const char *field_type_word(field_type_t type)
{
    return traits[type].word;
}

/* Names */

/* 1 to max characters, the first from `first`, all from `alphabet`? */
static bool is_made_of(const char *text, const char *first, const char *alphabet, size_t max)
{
    size_t size = strspn(text, alphabet);
    return size > 0 && size <= max && !text[size] && strchr(first, *text);
}

bool name_valid(const char *name)
{
    return is_made_of(name, LOWER DIGITS "_-", LOWER DIGITS "_-", NAME_SIZE - 1);
}

bool id_valid(const char *id)
{
    return is_made_of(id, LOWER DIGITS, LOWER DIGITS "._:-", ID_SIZE - 1);
}

static bool field_name_valid(const char *name)
{
    return is_made_of(name, LOWER, LOWER DIGITS "_", 63);
}

/* Building fields */

/* What is being built, for whom, and where complaints go. */
typedef struct builder {
    const schema_t *schema;
    findings_t *findings;
} builder_t;

__attribute__((format(printf, 5, 6))) static void complain(builder_t *builder, const char *code,
                                                           const char *where, const char *field,
                                                           const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *reason;
    int size = vasprintf(&reason, format, arguments);
    va_end(arguments);
    assert(size >= 0);
    findings_add(builder->findings, SEVERITY_ERROR, code, where, field, NULL, "%s", reason);
    free(reason);
}

/* "unknown type 'txt': did you mean 'text'?" words is NULL-ended. */
static void complain_unknown(builder_t *builder, const char *where, const char *field,
                             const char *what, const char *word, const char *const *words)
{
    const char *near = yaml_did_you_mean(word, words);
    if (near)
        complain(builder, "E_KIND_WORD", where, field, "unknown %s '%.80s': did you mean '%s'?",
                 what, word, near);
    else
        complain(builder, "E_KIND_WORD", where, field, "unknown %s '%.80s'", what, word);
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* NULL when the YAML gives no type or an unknown one, which is among the findings. */
static const struct trait *find_trait(builder_t *builder, const field_file_t *file)
{
    if (!file->type)
        return NULL;
    const char *words[TYPES + 1] = {0};
    for (size_t i = 0; i < TYPES; i++) {
        words[i] = traits[i].word;
        if (strcmp(file->type, words[i]) == 0)
            return &traits[i];
    }
    complain_unknown(builder, file->where, file->name, "type", file->type, words);
    return NULL;
}

static need_t find_need(builder_t *builder, const field_file_t *file)
{
    if (!file->need)
        return NEED_OPTIONAL;
    for (size_t i = 0; needs[i]; i++)
        if (strcmp(file->need, needs[i]) == 0)
            return (need_t)i;
    complain_unknown(builder, file->where, file->name, "need", file->need, needs);
    return NEED_OPTIONAL;
}

/* A field of a kind or map is called something; the entry of a list or interval is not. */
static void check_calling(builder_t *builder, const field_file_t *file, bool entry)
{
    const char *where = file->where;
    if (entry) {
        if (file->name || file->label || file->help || file->need || file->facet || file->search)
            complain(builder, "E_KIND_FIELD", where, file->name,
                     "an entry has no name, label, help, need, facet or search: give them to the "
                     "field it belongs to");
        return;
    }
    if (!file->name)
        complain(builder, "E_KIND_FIELD", where, NULL, "'name' is missing");
    else if (!field_name_valid(file->name))
        complain(builder, "E_KIND_FIELD", where, file->name,
                 "a field's name is a letter, then letters, digits and _, all small ASCII");
    if (!file->label || !*file->label)
        complain(builder, "E_KIND_FIELD", where, file->name, "'label' is missing");
}

/* Which keys go with which type. */
static void check_keys(builder_t *builder, const field_file_t *file, const struct trait *trait)
{
    bool interval = trait == &traits[FIELD_INTERVAL];
    bool code = trait == &traits[FIELD_CODE], sized = trait->max_size > 0;
    bool entry = trait->part == PART_ENTRY, fields = trait->part == PART_FIELDS;
    const struct {
        const char *key;
        bool given, allowed, needed;
    } keys[] = {
        {"min", file->min != 0, trait->number, false},
        {"max", file->max != 0, trait->number || sized, trait->number},
        {"unit", file->unit, trait->number || interval, false},
        {"vocabulary", file->vocabulary, code, code},
        {"facet", file->facet, trait->facet, false},
        {"search", file->search != 0, trait->search, false},
        {"entry", file->entry, entry, entry},
        {"fields", file->fields, fields, fields},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (keys[i].given && !keys[i].allowed)
            complain(builder, "E_KIND_FIELD", file->where, file->name,
                     "'%s' does not go with type %s", keys[i].key, trait->word);
        if (!keys[i].given && keys[i].needed)
            complain(builder, "E_KIND_FIELD", file->where, file->name, "type %s needs '%s'",
                     trait->word, keys[i].key);
    }
    if (trait->number && file->max && file->min >= file->max)
        complain(builder, "E_KIND_FIELD", file->where, file->name, "'min' must be less than 'max'");
}

static const vocabulary_t *find_vocabulary(builder_t *builder, const field_file_t *file)
{
    const schema_t *schema = builder->schema;
    const vocabulary_t *found =
        file->vocabulary ? schema_vocabulary(schema, file->vocabulary) : NULL;
    if (file->vocabulary && !found)
        complain_unknown(builder, file->where, file->name, "vocabulary", file->vocabulary,
                         (const char *const *)schema->files.vocabularies.names);
    return found;
}

static void build_parts(builder_t *builder, const field_file_t *file, field_t *field);

/* False when its type is not known, so that nothing more can be said of it. */
static bool build_field(builder_t *builder, const field_file_t *file, bool entry, field_t *field)
{
    const struct trait *trait = find_trait(builder, file);
    *field = (field_t){
        .name = or_empty(file->name),
        .label = or_empty(file->label),
        .help = or_empty(file->help),
        .unit = or_empty(file->unit),
        .need = find_need(builder, file),
        .facet = file->facet,
        .search = (int)file->search,
    };
    check_calling(builder, file, entry);
    if (!trait)
        return false;
    field->type = (field_type_t)(trait - traits);
    check_keys(builder, file, trait);
    field->min = trait->number ? file->min : 0;
    field->max = trait->number ? file->max : 0;
    field->max_size = trait->max_size && file->max ? (size_t)file->max : trait->max_size;
    field->vocabulary = find_vocabulary(builder, file);
    build_parts(builder, file, field);
    return true;
}

/* What may be inside a list or an interval. */
static void check_entry(builder_t *builder, const field_file_t *file, const field_t *field)
{
    const field_t *entry = &field->fields[0];
    const char *type = traits[entry->type].word;
    if (field->type == FIELD_INTERVAL && entry->type != FIELD_INTEGER
        && entry->type != FIELD_DECIMAL)
        complain(builder, "E_KIND_FIELD", file->where, field->name,
                 "an interval is of integers or decimals, not of type %s", type);
    if (field->type == FIELD_LIST && traits[entry->type].part == PART_ENTRY)
        complain(builder, "E_KIND_FIELD", file->where, field->name,
                 "a list cannot hold type %s: put a map between", type);
    if (field->facet && !traits[entry->type].facet)
        complain(builder, "E_KIND_FIELD", file->where, field->name,
                 "'facet' does not go with a list of type %s", type);
    if (field->search && !traits[entry->type].search)
        complain(builder, "E_KIND_FIELD", file->where, field->name,
                 "'search' does not go with a list of type %s", type);
}

static bool has_name(const field_t *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (*name && strcmp(fields[i].name, name) == 0)
            return true;
    return false;
}

/* `others` are fields beside these, whose names are taken too; NULL if there are none. */
static void build_fields(builder_t *builder, const field_file_t *files, size_t count,
                         const field_t *others, size_t other_count, field_t *fields)
{
    for (size_t i = 0; i < count; i++) {
        build_field(builder, &files[i], false, &fields[i]);
        if (has_name(fields, i, fields[i].name) || has_name(others, other_count, fields[i].name))
            complain(builder, "E_KIND_FIELD", files[i].where, fields[i].name,
                     "a field of this name exists already");
    }
}

/* The fields of a map, the entry of a list or interval. */
static void build_parts(builder_t *builder, const field_file_t *file, field_t *field)
{
    enum part part = traits[field->type].part;
    if (part == PART_FIELDS && file->fields) {
        field_t *fields = zeroed(file->field_count, sizeof *fields);
        build_fields(builder, file->fields, file->field_count, NULL, 0, fields);
        field->fields = fields;
        field->field_count = file->field_count;
    }
    if (part == PART_ENTRY && file->entry) {
        field_t *entry = zeroed(1, sizeof *entry);
        bool known = build_field(builder, file->entry, true, entry);
        field->fields = entry;
        field->field_count = 1;
        if (known)
            check_entry(builder, file, field);
    }
}

static void free_parts(const field_t *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free_parts(fields[i].fields, fields[i].field_count);
        free((field_t *)fields[i].fields);
    }
}

/* Linking: what names a field */

/* Where the steps of a path ended. */
typedef struct trail {
    const field_t *found; /* or NULL */
    const field_t *level; /* the fields among which the last step looked */
    size_t count;
    const char *step;  /* the last step's name, to the end of the path */
    bool through_list; /* a list was stepped through */
} trail_t;

static trail_t follow(const kind_t *kind, const char *path)
{
    trail_t trail = {.level = kind->fields, .count = kind->field_count, .step = path};
    for (;;) {
        size_t size = strcspn(trail.step, ".");
        trail.found = NULL;
        for (size_t i = 0; i < trail.count && !trail.found; i++)
            if (strncmp(trail.level[i].name, trail.step, size) == 0 && !trail.level[i].name[size])
                trail.found = &trail.level[i];
        if (!trail.found || !trail.step[size])
            return trail;
        const field_t *inside = trail.found;
        if (inside->type == FIELD_LIST && inside->field_count) {
            trail.through_list = true;
            inside = &inside->fields[0];
        }
        trail.level = inside->type == FIELD_MAP ? inside->fields : NULL;
        trail.count = inside->type == FIELD_MAP ? inside->field_count : 0;
        trail.step += size + 1;
    }
}

const field_t *kind_path(const kind_t *self, const char *path)
{
    return follow(self, path).found;
}

/* The trail of a path that must lead to a field; complains when it does not. */
static trail_t require_path(builder_t *builder, const kind_t *kind, const char *where,
                            const char *key, const char *path)
{
    trail_t trail = follow(kind, path);
    if (trail.found)
        return trail;
    const char **words = zeroed(trail.count, sizeof *words);
    for (size_t i = 0; i < trail.count; i++)
        words[i] = trail.level[i].name;
    complain_unknown(builder, where, key, "field", trail.step, words);
    free(words);
    return trail;
}

static bool is_text(const field_t *field)
{
    return field->type == FIELD_TEXT || field->type == FIELD_MARKDOWN;
}

static bool is_single(const field_t *field)
{
    return traits[field->type].part == PART_NONE && field->type != FIELD_NAF
           && field->type != FIELD_MARKDOWN;
}

static void link_page(builder_t *builder, const page_file_t *file, kind_t *kind)
{
    const struct {
        const char *key, *path;
        bool (*fits)(const field_t *field);
        bool through_list;
        const char *must;
    } places[] = {
        {"page.title", file->title, is_text, false, "must be a text field of the top level"},
        {"page.summary", file->summary, is_text, false, "must be a text field of the top level"},
        {"page.sort", file->sort, is_single, true, "must be a field with a single value"},
    };
    kind->path = or_empty(file->path);
    kind->title = or_empty(file->title);
    kind->summary = or_empty(file->summary);
    kind->sort = or_empty(file->sort);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (!places[i].path)
            continue;
        trail_t trail = require_path(builder, kind, file->where, places[i].key, places[i].path);
        bool top = !strchr(places[i].path, '.');
        if (trail.found && (!places[i].fits(trail.found) || (!top && !places[i].through_list)))
            complain(builder, "E_KIND_PAGE", file->where, places[i].key, "%s", places[i].must);
    }
}

static void link_key(builder_t *builder, const key_file_t *file, kind_t *kind)
{
    kind->keys = (const char *const *const *)file->list;
    kind->key_count = file->count;
    for (size_t i = 0; i < file->count; i++)
        for (char **path = file->list[i]; *path; path++) {
            trail_t trail = require_path(builder, kind, file->where, "key", *path);
            if (trail.found && (!is_single(trail.found) || trail.through_list))
                complain(builder, "E_KIND_KEY", file->where, "key",
                         "'%s' has more than a single value: it cannot be part of a key", *path);
        }
}

/* Arguments are only looked at when the fields are right: a rule would blame them again. */
static void link_rules(builder_t *builder, const kind_file_t *file, bool fields_are_right,
                       kind_t *kind)
{
    rule_t *rules = zeroed(file->rule_count, sizeof *rules);
    kind->rules = rules;
    for (size_t i = 0; i < file->rule_count; i++) {
        const rule_file_t *rule = &file->rules[i];
        const check_t *check = rule->rule ? check_find(rule->rule) : NULL;
        if (rule->rule && !check)
            complain_unknown(builder, rule->where, "rules", "rule", rule->rule, check_names());
        if (!check || !rule->fields)
            continue;
        const char *const *fields = (const char *const *)rule->fields;
        const char *wrong =
            fields_are_right ? check_arguments(check, kind, fields, rule->field_count) : NULL;
        if (wrong)
            complain(builder, "E_KIND_RULE", rule->where, "rules", "rule '%s': %s", rule->rule,
                     wrong);
        rules[kind->rule_count++] =
            (rule_t){.check = check, .fields = fields, .field_count = rule->field_count};
    }
}

/* The whole */

/* A vocabulary counts each time it is used: the order is that of the fields, so it is the same
 * for the same files. */
static void hash_vocabularies(crypto_generichash_state *state, const schema_t *schema,
                              const field_t *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fields[i].vocabulary) {
            size_t number = (size_t)(fields[i].vocabulary - schema->vocabularies);
            const hash_t *hash = &schema->files.vocabularies.hashes[number];
            crypto_generichash_update(state, hash->bytes, sizeof hash->bytes);
        }
        hash_vocabularies(state, schema, fields[i].fields, fields[i].field_count);
    }
}

static void hash_kind(const schema_t *schema, const hash_t *own, kind_t *kind)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof kind->hash);
    crypto_generichash_update(&state, own->bytes, sizeof own->bytes);
    crypto_generichash_update(&state, schema->files.common_hash.bytes,
                              sizeof schema->files.common_hash.bytes);
    hash_vocabularies(&state, schema, kind->fields, kind->field_count);
    crypto_generichash_final(&state, kind->hash, sizeof kind->hash);
}

/* Common fields that are facets of this kind only. */
static void mark_facets(builder_t *builder, const kind_file_t *file, field_t *common, size_t count)
{
    for (size_t i = 0; i < file->facet_count; i++) {
        size_t at = 0;
        while (at < count && strcmp(common[at].name, file->facets[i]) != 0)
            at++;
        if (at < count && traits[common[at].type].facet)
            common[at].facet = true;
        else
            complain(builder, "E_KIND_FIELD", file->where, "facets",
                     "'%.80s' is no common field that can be a facet", file->facets[i]);
    }
}

static void build_kind(builder_t *builder, size_t number, kind_t *kind)
{
    const schema_t *schema = builder->schema;
    const kind_file_t *file = (const kind_file_t *)schema->files.kinds.files + number;
    size_t before = builder->findings->errors;
    size_t own = file->field_count, common = schema->files.common.field_count;
    field_t *fields = zeroed(own + common, sizeof *fields);
    *kind = (kind_t){.name = schema->files.kinds.names[number],
                     .version = (uint32_t)file->version,
                     .label = or_empty(file->label),
                     .plural = or_empty(file->plural),
                     .fields = fields,
                     .field_count = own + common};
    build_fields(builder, file->fields, own, schema->common, common, fields);
    if (common)
        memcpy(fields + own, schema->common, common * sizeof *fields);
    mark_facets(builder, file, fields + own, common);
    if (file->fields) {
        bool fields_are_right = builder->findings->errors == before;
        link_page(builder, &file->page, kind);
        link_key(builder, &file->key, kind);
        link_rules(builder, file, fields_are_right, kind);
    }
    hash_kind(schema, &schema->files.kinds.hashes[number], kind);
}

static void check_paths(builder_t *builder)
{
    const schema_t *schema = builder->schema;
    const kind_file_t *files = schema->files.kinds.files;
    for (size_t i = 0; i < schema->files.kinds.count; i++)
        for (size_t j = 0; j < i; j++) {
            const char *path = files[i].page.path, *other = files[j].page.path;
            if (path && other && strcmp(path, other) == 0)
                complain(builder, "E_KIND_PAGE", files[i].page.where, "page.path",
                         "'%s' is the path of kind '%s' already", path,
                         schema->files.kinds.names[j]);
        }
}

static void build_vocabularies(schema_t *self)
{
    const vocabulary_file_t *files = self->files.vocabularies.files;
    self->vocabularies = zeroed(self->files.vocabularies.count, sizeof *self->vocabularies);
    for (size_t i = 0; i < self->files.vocabularies.count; i++)
        self->vocabularies[i] = (vocabulary_t){.name = self->files.vocabularies.names[i],
                                               .label = or_empty(files[i].label),
                                               .terms = files[i].terms.list,
                                               .count = files[i].terms.count,
                                               .follows = files[i].follows.list,
                                               .follow_count = files[i].follows.count,
                                               .otherwise = or_empty(files[i].otherwise)};
}

static void check_terms(builder_t *builder)
{
    const schema_t *schema = builder->schema;
    for (size_t i = 0; i < schema->files.vocabularies.count; i++) {
        const vocabulary_t *vocabulary = &schema->vocabularies[i];
        if (*vocabulary->otherwise && !vocabulary_term(vocabulary, vocabulary->otherwise))
            complain(builder, "E_KIND_TERM", vocabulary->name, "otherwise",
                     "'%.80s' is not among the terms", vocabulary->otherwise);
        for (size_t j = 0; j < vocabulary->follow_count; j++)
            if (!vocabulary_term(vocabulary, vocabulary->follows[j].code))
                complain(builder, "E_KIND_TERM", vocabulary->name, "follows",
                         "'%.80s' is not among the terms", vocabulary->follows[j].code);
    }
}

schema_t *schema_load(const char *folder, findings_t *findings)
{
    size_t before = findings->errors;
    if (!folder)
        folder = getenv("MAILLAGE_SCHEMAS");
    if (!folder)
        folder = MAILLAGE_SCHEMAS;
    schema_t *self = zeroed(1, sizeof *self);
    kind_files_load(&self->files, folder, findings);
    build_vocabularies(self);
    builder_t builder = {self, findings};
    check_terms(&builder);
    self->common = zeroed(self->files.common.field_count, sizeof *self->common);
    build_fields(&builder, self->files.common.fields, self->files.common.field_count, NULL, 0,
                 self->common);
    self->kinds = zeroed(self->files.kinds.count, sizeof *self->kinds);
    for (size_t i = 0; i < self->files.kinds.count; i++)
        build_kind(&builder, i, &self->kinds[i]);
    check_paths(&builder);
    if (findings->errors > before)
        schema_destroy(&self);
    return self;
}

void schema_destroy(schema_t **self_p)
{
    schema_t *self = *self_p;
    if (!self)
        return;
    size_t common = self->files.common.field_count;
    for (size_t i = 0; i < self->files.kinds.count; i++) {
        kind_t *kind = &self->kinds[i];
        free_parts(kind->fields, kind->field_count - common);
        free((field_t *)kind->fields);
        free((rule_t *)kind->rules);
    }
    free_parts(self->common, common);
    free(self->common);
    free(self->kinds);
    free(self->vocabularies);
    kind_files_free(&self->files);
    free(self);
    *self_p = NULL;
}

/* Looking things up */

size_t schema_kind_count(const schema_t *self)
{
    return self->files.kinds.count;
}

const kind_t *schema_kind_at(const schema_t *self, size_t index)
{
    assert(index < self->files.kinds.count);
    return &self->kinds[index];
}

const kind_t *schema_kind(const schema_t *self, const char *name)
{
    size_t number = shelf_find(&self->files.kinds, name);
    return number < self->files.kinds.count ? &self->kinds[number] : NULL;
}

const vocabulary_t *schema_vocabulary(const schema_t *self, const char *name)
{
    size_t number = shelf_find(&self->files.vocabularies, name);
    return number < self->files.vocabularies.count ? &self->vocabularies[number] : NULL;
}

const char *schema_did_you_mean(const schema_t *self, const char *kind)
{
    return yaml_did_you_mean(kind, (const char *const *)self->files.kinds.names);
}

const field_t *kind_field(const kind_t *self, const char *name)
{
    for (size_t i = 0; i < self->field_count; i++)
        if (strcmp(self->fields[i].name, name) == 0)
            return &self->fields[i];
    return NULL;
}

const term_t *vocabulary_term(const vocabulary_t *self, const char *code)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->terms[i].code, code) == 0)
            return &self->terms[i];
    return NULL;
}

const char *vocabulary_label(const vocabulary_t *self, const char *code)
{
    const term_t *term = vocabulary_term(self, code);
    return term ? term->label : code;
}
