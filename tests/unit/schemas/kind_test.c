#include "schemas/check.h"
#include "schemas/kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A folder of schemas with one kind, one common field and two vocabularies, of which the kind names
 * one; tests replace a file and load again. */
#define KIND_HEAD                                                                                  \
    "version: 3\nlabel: Lieu\nplural: Lieux\n"                                                     \
    "page: {path: lieux, title: nom, sort: nom}\nkey: [[nom]]\n"
#define KIND_FIELDS                                                                                \
    "fields:\n"                                                                                    \
    "  - {name: nom, type: text, label: Nom, need: required}\n"                                    \
    "  - {name: genre, type: code, vocabulary: genre, label: Genre, facet: true}\n"                \
    "  - {name: places, type: integer, label: Places, max: 50}\n"                                  \
    "  - {name: tags, type: list, label: Mots, entry: {type: text}}\n"                             \
    "  - {name: tarif, type: interval, label: Tarif, unit: EUR, entry: {type: decimal, max: 9}}\n" \
    "  - name: salles\n    type: list\n    label: Salles\n    max: 4\n    entry:\n"                \
    "      type: map\n      fields:\n"                                                             \
    "        - {name: titre, type: text, label: Titre, max: 12, search: 2}\n"
#define COMMON "fields:\n  - {name: demo, type: bool, label: Exemple, facet: true}\n"
#define GENRE "label: Genre\nterms:\n  cafe: Café\n  lycee: Lycée\n"

static char folder[256];

static void put(const char *name, const char *content)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    assert_int_equal(fclose(file), 0);
}

static void discard(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    remove(path);
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "%s/kind_test_XXXXXX", P_tmpdir);
    if (!mkdtemp(folder))
        return -1;
    char path[512];
    snprintf(path, sizeof path, "%s/kinds", folder);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/vocabularies", folder);
    mkdir(path, 0700);
    put("common.yaml", COMMON);
    put("kinds/lieu.yaml", KIND_HEAD KIND_FIELDS);
    put("vocabularies/genre.yaml", GENRE);
    put("vocabularies/autre.yaml", "label: Autre\nterms: {x: Un}\n");
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"common.yaml",
                                        "kinds/lieu.yaml",
                                        "kinds/salon.yaml",
                                        "kinds/Majuscule.yaml",
                                        "kinds",
                                        "vocabularies/genre.yaml",
                                        "vocabularies/autre.yaml",
                                        "vocabularies/type_ressource.yaml",
                                        "vocabularies",
                                        ""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        discard(names[i]);
    return 0;
}

static schema_t *load(void)
{
    findings_t findings = {0};
    schema_t *schema = schema_load(folder, &findings);
    for (size_t i = 0; i < findings.count; i++)
        print_message("%s: %s\n", findings.list[i].where, findings.list[i].reason);
    assert_non_null(schema);
    assert_int_equal(findings.count, 0);
    return schema;
}

/* The kind with this text is refused with exactly these findings, in this order. */
static void expect_all(const char *text, size_t count, const char *const *wheres,
                       const char *const *reasons)
{
    put("kinds/lieu.yaml", text);
    findings_t findings = {0};
    assert_null(schema_load(folder, &findings));
    for (size_t i = 0; i < count && i < findings.count; i++) {
        char where[512];
        snprintf(where, sizeof where, "%s/kinds/lieu.yaml:%s", folder, wheres[i]);
        assert_string_equal(findings.list[i].reason, reasons[i]);
        assert_string_equal(findings.list[i].where, where);
    }
    assert_int_equal(findings.count, count);
    findings_free(&findings);
}

static void expect(const char *text, const char *where, const char *reason)
{
    expect_all(text, 1, &where, &reason);
}

/* A kind whose only field besides `nom` is this one, on line 8. */
static void expect_field(const char *field, const char *reason)
{
    char text[1024];
    snprintf(text, sizeof text,
             KIND_HEAD "fields:\n  - {name: nom, type: text, label: Nom}\n  - %s\n", field);
    expect(text, "8:5", reason);
}

static void the_real_schemas_load_without_a_finding(void **state)
{
    (void)state;
    static const char *const names[] = {"answer",       "event",     "hub",      "indicator",
                                        "organisation", "programme", "provider", "use_case"};
    findings_t findings = {0};
    schema_t *schema = schema_load(SOURCE_DIR "/schemas", &findings);
    assert_int_equal(findings.count, 0);
    assert_non_null(schema);
    for (size_t i = 0; i < 8; i++) {
        assert_string_equal(schema_kind_at(schema, i)->name, names[i]);
        assert_non_null(kind_field(schema_kind(schema, names[i]), "source"));
    }
    schema_destroy(&schema);
    assert_null(schema);
}

static void everything_a_person_reads_has_a_label(const field_t *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_true(*fields[i].name ? *fields[i].label != 0 : *fields[i].label == 0);
        if (fields[i].vocabulary)
            assert_true(fields[i].vocabulary->count > 1);
        everything_a_person_reads_has_a_label(fields[i].fields, fields[i].field_count);
    }
}

/* In every kind that has the field, its value must be one of the field's own terms; and some kind has it. */
static void expect_follow(const schema_t *schema, const follow_t *follow)
{
    size_t kinds = 0;
    for (size_t i = 0; i < schema_kind_count(schema); i++) {
        const field_t *field = kind_path(schema_kind_at(schema, i), follow->field);
        if (!field)
            continue;
        const field_t *of = field->type == FIELD_LIST ? field->fields : field;
        kinds++;
        assert_true(field->facet);
        assert_non_null(vocabulary_term(of->vocabulary, follow->value));
    }
    assert_true(kinds > 0);
}

static void a_need_follows_from_what_providers_really_say(void **state)
{
    (void)state;
    findings_t findings = {0};
    schema_t *schema = schema_load(SOURCE_DIR "/schemas", &findings);
    assert_non_null(schema);
    const vocabulary_t *needs = schema_vocabulary(schema, "irritant");
    assert_true(needs->follow_count >= needs->count);
    for (size_t i = 0; i < needs->follow_count; i++)
        expect_follow(schema, &needs->follows[i]);
    for (size_t i = 0; i < needs->count; i++) {
        size_t ways = 0;
        for (size_t j = 0; j < needs->follow_count; j++)
            ways += !strcmp(needs->follows[j].code, needs->terms[i].code);
        assert_true(ways > 0);
    }
    schema_destroy(&schema);
}

static void expect_vocabulary(const char *text, const char *reason)
{
    findings_t findings = {0};
    put("vocabularies/autre.yaml", text);
    assert_null(schema_load(folder, &findings));
    assert_int_equal(findings.count, 1);
    assert_string_equal(findings.list[0].reason, reason);
    findings_free(&findings);
}

static void what_follows_is_checked(void **state)
{
    (void)state;
    expect_vocabulary("label: Autre\nterms: {x: Un}\nfollows: {y: {genre: [cafe]}}\n",
                      "'y' is not among the terms");
    expect_vocabulary("label: Autre\nterms: {x: Un}\notherwise: y\n", "'y' is not among the terms");
    expect_vocabulary("label: Autre\nterms: {x: Un}\nfollows: {x: {genre: cafe}}\n",
                      "what a term follows from is written field: [code, ...]");
    expect_vocabulary("label: Autre\nterms: {x: Un}\nfollows: {x: {genre: [{a: b}]}}\n",
                      "what a term follows from is written field: [code, ...]");
    expect_vocabulary("label: Autre\nterms: {x: Un}\nfollows: {x: cafe}\n",
                      "what a term follows from is written code: {field: [code, ...]}");
}

static void every_real_field_has_a_label(void **state)
{
    (void)state;
    findings_t findings = {0};
    schema_t *schema = schema_load(SOURCE_DIR "/schemas", &findings);
    assert_non_null(schema);
    for (size_t i = 0; i < schema_kind_count(schema); i++) {
        const kind_t *kind = schema_kind_at(schema, i);
        everything_a_person_reads_has_a_label(kind->fields, kind->field_count);
        assert_int_equal(kind_field(kind, kind->title)->search, 3);
    }
    schema_destroy(&schema);
}

static void section_letters_after_j_moved_in_2025(void **state)
{
    (void)state;
    findings_t findings = {0};
    schema_t *schema = schema_load(SOURCE_DIR "/schemas", &findings);
    const vocabulary_t *rev2 = schema_vocabulary(schema, "section_rev2");
    const vocabulary_t *new = schema_vocabulary(schema, "section_2025");
    assert_int_equal(rev2->count, 21);
    assert_int_equal(new->count, 22);
    assert_string_equal(vocabulary_label(rev2, "L"), "Activités immobilières");
    assert_string_equal(vocabulary_label(new, "M"), "Activités immobilières");
    assert_string_equal(vocabulary_label(rev2, "P"), vocabulary_label(new, "Q"));
    assert_null(vocabulary_term(rev2, "V"));
    schema_destroy(&schema);
}

static void a_kind_says_what_its_yaml_says(void **state)
{
    (void)state;
    schema_t *schema = load();
    const kind_t *kind = schema_kind(schema, "lieu");
    assert_int_equal(kind->version, 3);
    assert_string_equal(kind->label, "Lieu");
    assert_string_equal(kind->path, "lieux");
    assert_string_equal(kind->title, "nom");
    assert_string_equal(kind->summary, "");
    assert_int_equal(kind->key_count, 1);
    assert_string_equal(kind->keys[0][0], "nom");
    assert_null(kind->keys[0][1]);
    const field_t *genre = kind_field(kind, "genre");
    assert_true(genre->facet);
    assert_ptr_equal(genre->vocabulary, schema_vocabulary(schema, "genre"));
    assert_int_equal(kind_field(kind, "nom")->need, NEED_REQUIRED);
    assert_int_equal(genre->need, NEED_OPTIONAL);
    schema_destroy(&schema);
}

static void the_common_fields_come_last(void **state)
{
    (void)state;
    schema_t *schema = load();
    const kind_t *kind = schema_kind(schema, "lieu");
    assert_int_equal(kind->field_count, 7);
    assert_string_equal(kind->fields[6].name, "demo");
    assert_true(kind->fields[6].facet);
    schema_destroy(&schema);
}

static void every_size_has_a_maximum_given_or_not(void **state)
{
    (void)state;
    schema_t *schema = load();
    const kind_t *kind = schema_kind(schema, "lieu");
    assert_int_equal(kind_field(kind, "nom")->max_size, 250);
    assert_int_equal(kind_field(kind, "tags")->max_size, 100);
    assert_int_equal(kind_field(kind, "salles")->max_size, 4);
    assert_int_equal(kind_path(kind, "salles.titre")->max_size, 12);
    assert_int_equal(kind_field(kind, "places")->max_size, 0);
    assert_int_equal(kind_field(kind, "places")->min, 0);
    assert_int_equal(kind_field(kind, "places")->max, 50);
    assert_int_equal(kind_field(kind, "tarif")->fields[0].max, 9);
    schema_destroy(&schema);
}

static void a_path_steps_into_maps_and_through_lists(void **state)
{
    (void)state;
    schema_t *schema = load();
    const kind_t *kind = schema_kind(schema, "lieu");
    assert_string_equal(kind_path(kind, "salles.titre")->label, "Titre");
    assert_int_equal(kind_path(kind, "salles")->type, FIELD_LIST);
    static const char *const nowhere[] = {"salles.", "salles.x", ".nom", "nom.x", "no", "", "."};
    for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++)
        assert_null(kind_path(kind, nowhere[i]));
    schema_destroy(&schema);
}

/* The next block of YAML after *from, copied; moves *from behind it. */
static char *next_block(const char **from)
{
    const char *begin = strstr(*from, "```yaml\n");
    assert_non_null(begin);
    begin += strlen("```yaml\n");
    const char *after = strstr(begin, "```\n");
    assert_non_null(after);
    *from = after + strlen("```\n");
    return strndup(begin, (size_t)(after - begin));
}

static void the_example_of_the_manual_loads(void **state)
{
    (void)state;
    char manual[32 * 1024];
    FILE *file = fopen(SOURCE_DIR "/schemas/ADD-A-KIND.md", "r");
    assert_non_null(file);
    manual[fread(manual, 1, sizeof manual - 1, file)] = 0;
    fclose(file);
    const char *from = manual;
    char *kind = next_block(&from), *vocabulary = next_block(&from);
    put("kinds/lieu.yaml", kind);
    put("vocabularies/type_ressource.yaml", vocabulary);
    put("common.yaml", "fields:\n  - {name: source, type: map, label: Source, fields: [{name: nom, "
                       "type: text, label: Nom}, {name: identifiant, type: text, label: I}]}\n");
    schema_t *schema = load();
    assert_string_equal(schema_kind(schema, "lieu")->path, "ressources");
    schema_destroy(&schema);
    free(kind);
    free(vocabulary);
}

static void what_does_not_exist_is_null_and_may_be_suggested(void **state)
{
    (void)state;
    schema_t *schema = load();
    assert_null(schema_kind(schema, "lieux"));
    assert_string_equal(schema_did_you_mean(schema, "lieux"), "lieu");
    assert_null(schema_did_you_mean(schema, "provider"));
    assert_null(schema_vocabulary(schema, "none"));
    assert_null(kind_field(schema_kind(schema, "lieu"), "none"));
    schema_destroy(&schema);
}

static void an_unknown_code_is_its_own_label(void **state)
{
    (void)state;
    schema_t *schema = load();
    const vocabulary_t *genre = schema_vocabulary(schema, "genre");
    assert_string_equal(vocabulary_label(genre, "cafe"), "Café");
    assert_string_equal(vocabulary_label(genre, "bar"), "bar");
    assert_null(vocabulary_term(genre, "bar"));
    assert_string_equal(genre->terms[1].code, "lycee");
    schema_destroy(&schema);
}

static void a_common_field_may_be_a_facet_of_one_kind_only(void **state)
{
    (void)state;
    put("common.yaml", "fields:\n  - {name: demo, type: bool, label: Exemple}\n");
    put("kinds/salon.yaml",
        "version: 1\nlabel: Salon\nplural: Salons\npage: {path: salons, title: "
        "nom, sort: nom}\nkey: [[nom]]\nfacets: [demo]\nfields:\n  - {name: nom, "
        "type: text, label: Nom}\n");
    schema_t *schema = load();
    assert_true(kind_field(schema_kind(schema, "salon"), "demo")->facet);
    assert_false(kind_field(schema_kind(schema, "lieu"), "demo")->facet);
    schema_destroy(&schema);
    expect(KIND_HEAD "facets: [nom]\n" KIND_FIELDS, "1:1",
           "'nom' is no common field that can be a facet");
}

static void hash_of_lieu(uint8_t out[32])
{
    schema_t *schema = load();
    memcpy(out, schema_kind(schema, "lieu")->hash, 32);
    schema_destroy(&schema);
}

static void the_hash_follows_the_files_the_kind_depends_on_and_no_other(void **state)
{
    (void)state;
    uint8_t first[32], again[32];
    hash_of_lieu(first);
    hash_of_lieu(again);
    assert_memory_equal(first, again, 32);
    put("vocabularies/autre.yaml", "label: Autre\nterms: {x: Deux}\n");
    hash_of_lieu(again);
    assert_memory_equal(first, again, 32);
    const struct {
        const char *name, *before, *after;
    } files[] = {{"vocabularies/genre.yaml", GENRE, GENRE "  bar: Bar\n"},
                 {"common.yaml", COMMON, COMMON "# changed\n"},
                 {"kinds/lieu.yaml", KIND_HEAD KIND_FIELDS, KIND_HEAD KIND_FIELDS "# changed\n"}};
    for (size_t i = 0; i < 3; i++) {
        put(files[i].name, files[i].after);
        hash_of_lieu(again);
        assert_memory_not_equal(first, again, 32);
        put(files[i].name, files[i].before);
    }
}

static void every_error_of_every_file_is_told_at_once(void **state)
{
    (void)state;
    put("common.yaml", "fields: [{name: demo, type: boo, label: Exemple}]\n");
    put("vocabularies/autre.yaml", "label: Autre\nterms: {x y: Un}\n");
    put("kinds/lieu.yaml", KIND_HEAD KIND_FIELDS "colour: red\n");
    put("kinds/salon.yaml", "label: Salon\n");
    findings_t findings = {0};
    assert_null(schema_load(folder, &findings));
    assert_int_equal(findings.errors, 1 + 1 + 1 + 5);
    findings_free(&findings);
}

static void what_is_misspelt_is_suggested(void **state)
{
    (void)state;
    expect_field("{name: a, type: txet, label: A}", "unknown type 'txet': did you mean 'text'?");
    expect_field("{name: a, type: text, label: A, need: requird}",
                 "unknown need 'requird': did you mean 'required'?");
    expect_field("{name: a, type: code, vocabulary: genres, label: A}",
                 "unknown vocabulary 'genres': did you mean 'genre'?");
}

static void keys_that_do_not_go_with_a_type_are_refused(void **state)
{
    (void)state;
    expect_field("{name: a, type: markdown, label: A, facet: true}",
                 "'facet' does not go with type markdown");
    expect_field("{name: a, type: siren, label: A, max: 9}", "'max' does not go with type siren");
    expect_field("{name: a, type: text, label: A, min: 1}", "'min' does not go with type text");
    expect_field("{name: a, type: date, label: A, search: 1}",
                 "'search' does not go with type date");
    expect_field("{name: a, type: list, label: A, facet: true, entry: {type: text}}",
                 "'facet' does not go with a list of type text");
    expect_field("{name: a, type: list, label: A, search: 1, entry: {type: date}}",
                 "'search' does not go with a list of type date");
}

static void what_a_type_needs_must_be_given(void **state)
{
    (void)state;
    expect_field("{name: a, type: integer, label: A}", "type integer needs 'max'");
    expect_field("{name: a, type: code, label: A}", "type code needs 'vocabulary'");
    expect_field("{name: a, type: list, label: A}", "type list needs 'entry'");
    expect_field("{name: a, type: map, label: A}", "type map needs 'fields'");
    expect_field("{name: a, type: decimal, label: A, min: 5, max: 5}",
                 "'min' must be less than 'max'");
    expect_field("{name: a, type: text}", "'label' is missing");
    expect_field("{type: text, label: A}", "'name' is missing");
}

static void lists_and_intervals_hold_what_they_can(void **state)
{
    (void)state;
    expect_field("{name: a, type: interval, label: A, entry: {type: date}}",
                 "an interval is of integers or decimals, not of type date");
    expect_field(
        "{name: a, type: list, label: A, entry: {type: interval, entry: {type: integer, max: 2}}}",
        "a list cannot hold type interval: put a map between");
}

static void a_field_name_is_ascii_and_comes_once(void **state)
{
    (void)state;
    const char *form = "a field's name is a letter, then letters, digits and _, all small ASCII";
    expect_field("{name: été, type: text, label: A}", form);
    expect_field("{name: 2a, type: text, label: A}", form);
    expect_field("{name: nom, type: text, label: A}", "a field of this name exists already");
    expect_field("{name: demo, type: text, label: A}", "a field of this name exists already");
}

static void page_and_key_lead_to_fields_that_fit(void **state)
{
    (void)state;
    static const char *const wheres[] = {"4:7", "4:7", "4:7", "5:6", "5:6"};
    static const char *const reasons[] = {
        "unknown field 'nmo': did you mean 'nom'?",
        "must be a text field of the top level",
        "must be a field with a single value",
        "'salles.titre' has more than a single value: it cannot be part of a key",
        "unknown field 'titer': did you mean 'titre'?",
    };
    expect_all("version: 1\nlabel: L\nplural: L\n"
               "page: {path: lieux, title: nmo, summary: salles.titre, sort: tags}\n"
               "key: [[salles.titre], [nom, salles.titer]]\n" KIND_FIELDS,
               5, wheres, reasons);
}

static void a_key_has_alternatives_and_each_names_a_field(void **state)
{
    (void)state;
    expect("version: 1\nlabel: L\nplural: L\npage: {path: p, title: nom, sort: nom}\nkey: "
           "[]\n" KIND_FIELDS,
           "5:6", "must list at least one alternative, such as [[siren], [code]]");
    expect("version: 1\nlabel: L\nplural: L\npage: {path: p, title: nom, sort: nom}\nkey: "
           "[[]]\n" KIND_FIELDS,
           "5:7", "names no field");
}

static void a_list_may_be_ordered_by_the_first_entry_of_a_list(void **state)
{
    (void)state;
    put("kinds/lieu.yaml",
        "version: 1\nlabel: L\nplural: L\npage: {path: p, title: nom, sort: salles.titre}\n"
        "key: [[nom]]\n" KIND_FIELDS);
    schema_t *schema = load();
    assert_string_equal(schema_kind(schema, "lieu")->sort, "salles.titre");
    schema_destroy(&schema);
}

static void two_kinds_cannot_share_a_path(void **state)
{
    (void)state;
    put("kinds/salon.yaml", KIND_HEAD KIND_FIELDS);
    findings_t findings = {0};
    assert_null(schema_load(folder, &findings));
    assert_int_equal(findings.count, 1);
    assert_string_equal(findings.list[0].reason, "'lieux' is the path of kind 'lieu' already");
    findings_free(&findings);
}

static void rules_are_found_by_name_and_keep_their_arguments(void **state)
{
    (void)state;
    put("kinds/lieu.yaml",
        KIND_HEAD KIND_FIELDS "rules:\n  - {rule: one_of, fields: [nom, places]}\n");
    schema_t *schema = load();
    const kind_t *kind = schema_kind(schema, "lieu");
    assert_int_equal(kind->rule_count, 1);
    assert_ptr_equal(kind->rules[0].check, check_find("one_of"));
    assert_int_equal(kind->rules[0].field_count, 2);
    assert_string_equal(kind->rules[0].fields[1], "places");
    schema_destroy(&schema);
}

static void a_rule_that_does_not_exist_or_fit_is_refused(void **state)
{
    (void)state;
    put("kinds/lieu.yaml", KIND_HEAD KIND_FIELDS "rules:\n"
                                                 "  - {rule: one_off, fields: [nom, places]}\n"
                                                 "  - {rule: one_of, fields: [nom, place]}\n");
    findings_t findings = {0};
    assert_null(schema_load(folder, &findings));
    assert_int_equal(findings.count, 2);
    assert_string_equal(findings.list[0].reason, "unknown rule 'one_off': did you mean 'one_of'?");
    assert_string_equal(findings.list[1].code, "E_KIND_RULE");
    findings_free(&findings);
}

static void a_vocabulary_has_terms_with_codes_and_labels(void **state)
{
    (void)state;
    const struct {
        const char *text, *reason;
    } cases[] = {
        {"label: Genre\nterms: {}\n", "a vocabulary has at least one term"},
        {"label: Genre\nterms: {a: [b]}\n", "a term is written code: label"},
        {"label: Genre\nterms: {a: ''}\n", "a term is written code: label"},
        {"label: Genre\nterms: {é: E}\n",
         "'é' is not a code: at most 64 of A-Z, a-z, 0-9, _, -, +, ., <"},
        {"terms: {a: A}\n", "'label' is missing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put("vocabularies/genre.yaml", cases[i].text);
        findings_t findings = {0};
        assert_null(schema_load(folder, &findings));
        assert_int_equal(findings.count, 1);
        assert_string_equal(findings.list[0].reason, cases[i].reason);
        findings_free(&findings);
    }
}

static void the_name_of_a_file_is_a_name(void **state)
{
    (void)state;
    put("kinds/Majuscule.yaml", "version: 1\nlabel: L\nplural: L\nkey: [[nom]]\n"
                                "page: {path: p, title: nom, sort: nom}\n" KIND_FIELDS);
    findings_t findings = {0};
    assert_null(schema_load(folder, &findings));
    assert_int_equal(findings.count, 1);
    assert_string_equal(findings.list[0].value, "Majuscule");
    findings_free(&findings);
}

static void a_folder_that_is_not_there_is_a_finding(void **state)
{
    (void)state;
    findings_t findings = {0};
    assert_null(schema_load(SOURCE_DIR "/none", &findings));
    assert_int_equal(findings.errors, 3);
    findings_free(&findings);
}

static void without_a_folder_the_environment_then_the_build_says_which(void **state)
{
    (void)state;
    findings_t findings = {0};
    setenv("MAILLAGE_SCHEMAS", folder, 1);
    schema_t *schema = schema_load(NULL, &findings);
    assert_non_null(schema_kind(schema, "lieu"));
    schema_destroy(&schema);
    unsetenv("MAILLAGE_SCHEMAS");
    schema = schema_load(NULL, &findings);
    assert_non_null(schema_kind(schema, "provider"));
    schema_destroy(&schema);
}

static void names_have_1_to_32_characters(void **state)
{
    (void)state;
    assert_true(name_valid("a"));
    assert_true(name_valid("0123456789abcdefghijklmnopqrst_-"));
    assert_false(name_valid("0123456789abcdefghijklmnopqrst_-x"));
    assert_false(name_valid(""));
    assert_false(name_valid("Loire"));
    assert_false(name_valid("a b"));
}

static void ids_begin_with_a_letter_or_digit_and_have_1_to_128_bytes(void **state)
{
    (void)state;
    char id[ID_SIZE + 1];
    memset(id, 'a', sizeof id);
    id[128] = 0;
    assert_true(id_valid(id));
    id[128] = 'a';
    id[129] = 0;
    assert_false(id_valid(id));
    assert_true(id_valid("732829320"));
    assert_true(id_valid("a:b.c_d-e"));
    assert_false(id_valid(""));
    assert_false(id_valid("-a"));
    assert_false(id_valid("A"));
    assert_false(id_valid("a/b"));
}

static void a_type_is_called_as_in_the_yaml(void **state)
{
    (void)state;
    assert_string_equal(field_type_word(FIELD_TEXT), "text");
    assert_string_equal(field_type_word(FIELD_INTERVAL), "interval");
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_real_schemas_load_without_a_finding),
        cmocka_unit_test(every_real_field_has_a_label),
        cmocka_unit_test(a_need_follows_from_what_providers_really_say),
        IN_FOLDER(what_follows_is_checked),
        cmocka_unit_test(section_letters_after_j_moved_in_2025),
        IN_FOLDER(a_kind_says_what_its_yaml_says),
        IN_FOLDER(the_common_fields_come_last),
        IN_FOLDER(every_size_has_a_maximum_given_or_not),
        IN_FOLDER(a_path_steps_into_maps_and_through_lists),
        IN_FOLDER(the_example_of_the_manual_loads),
        IN_FOLDER(what_does_not_exist_is_null_and_may_be_suggested),
        IN_FOLDER(an_unknown_code_is_its_own_label),
        IN_FOLDER(a_common_field_may_be_a_facet_of_one_kind_only),
        IN_FOLDER(the_hash_follows_the_files_the_kind_depends_on_and_no_other),
        IN_FOLDER(every_error_of_every_file_is_told_at_once),
        IN_FOLDER(what_is_misspelt_is_suggested),
        IN_FOLDER(keys_that_do_not_go_with_a_type_are_refused),
        IN_FOLDER(what_a_type_needs_must_be_given),
        IN_FOLDER(lists_and_intervals_hold_what_they_can),
        IN_FOLDER(a_field_name_is_ascii_and_comes_once),
        IN_FOLDER(page_and_key_lead_to_fields_that_fit),
        IN_FOLDER(a_key_has_alternatives_and_each_names_a_field),
        IN_FOLDER(a_list_may_be_ordered_by_the_first_entry_of_a_list),
        IN_FOLDER(two_kinds_cannot_share_a_path),
        IN_FOLDER(rules_are_found_by_name_and_keep_their_arguments),
        IN_FOLDER(a_rule_that_does_not_exist_or_fit_is_refused),
        IN_FOLDER(a_vocabulary_has_terms_with_codes_and_labels),
        IN_FOLDER(the_name_of_a_file_is_a_name),
        IN_FOLDER(a_folder_that_is_not_there_is_a_finding),
        IN_FOLDER(without_a_folder_the_environment_then_the_build_says_which),
        cmocka_unit_test(names_have_1_to_32_characters),
        cmocka_unit_test(ids_begin_with_a_letter_or_digit_and_have_1_to_128_bytes),
        cmocka_unit_test(a_type_is_called_as_in_the_yaml),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
