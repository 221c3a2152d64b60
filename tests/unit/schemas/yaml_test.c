#include "schemas/base/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct inner {
    char *where, *name;
} inner_t;

typedef struct outer {
    char *text, *word, *name, *path;
    int64_t integer, duration;
    bool flag;
    inner_t one;
    char **texts;
    size_t text_count;
    inner_t *many;
    size_t many_count;
    size_t pairs; /* what the custom reader saw */
} outer_t;

static void count_pair(void *context, const char *name, const yaml_place_t *value)
{
    assert_non_null(name);
    assert_int_equal(yaml_place_shape(value), YAML_SHAPE_SCALAR);
    ++*(size_t *)context;
}

static void read_pairs(void *member, const yaml_place_t *place, findings_t *findings)
{
    if (yaml_place_shape(place) == YAML_SHAPE_MAP)
        yaml_place_each(place, count_pair, member);
    else
        yaml_place_error(place, findings, "E_TEST", "pairs, not '%s'", yaml_place_text(place));
}

static const char *const words[] = {"hub", "aggregator", NULL};

static const yaml_key_t inner_keys[] = {
    {.name = "", .type = YAML_WHERE, .offset = offsetof(inner_t, where)},
    {.name = "name", .type = YAML_TEXT, .offset = offsetof(inner_t, name), .required = true},
    {0},
};

static const yaml_key_t outer_keys[] = {
    {.name = "text", .type = YAML_TEXT, .offset = offsetof(outer_t, text)},
    {.name = "word", .type = YAML_TEXT, .offset = offsetof(outer_t, word), .words = words},
    {.name = "name", .type = YAML_NAME, .offset = offsetof(outer_t, name)},
    {.name = "path", .type = YAML_PATH, .offset = offsetof(outer_t, path)},
    {.name = "integer",
     .type = YAML_INTEGER,
     .offset = offsetof(outer_t, integer),
     .min = -5,
     .max = 100},
    {.name = "duration",
     .type = YAML_DURATION,
     .offset = offsetof(outer_t, duration),
     .min = 100,
     .max = 86400000},
    {.name = "flag", .type = YAML_BOOL, .offset = offsetof(outer_t, flag)},
    {.name = "one", .type = YAML_STRUCT, .offset = offsetof(outer_t, one), .keys = inner_keys},
    {.name = "texts",
     .type = YAML_TEXTS,
     .offset = offsetof(outer_t, texts),
     .count_offset = offsetof(outer_t, text_count)},
    {.name = "many",
     .type = YAML_STRUCTS,
     .offset = offsetof(outer_t, many),
     .keys = inner_keys,
     .size = sizeof(inner_t),
     .count_offset = offsetof(outer_t, many_count)},
    {.name = "pairs", .type = YAML_CUSTOM, .offset = offsetof(outer_t, pairs), .read = read_pairs},
    {0},
};

/* A fresh struct and list per test. */
typedef struct world {
    outer_t out;
    findings_t findings;
    int rc;
} world_t;

static world_t parse_bytes(const char *text, size_t size)
{
    world_t world = {0};
    world.rc = yaml_parse(text, size, "a.yaml", outer_keys, &world.out, &world.findings);
    return world;
}

static world_t parse(const char *text)
{
    return parse_bytes(text, strlen(text));
}

static void end(world_t *world)
{
    yaml_free(outer_keys, &world->out);
    findings_free(&world->findings);
}

/* The text gives exactly this one finding. */
static void expect(const char *text, const char *code, const char *where, const char *reason)
{
    world_t world = parse(text);
    assert_int_equal(world.rc, -1);
    assert_int_equal(world.findings.count, 1);
    assert_string_equal(world.findings.list[0].code, code);
    assert_string_equal(world.findings.list[0].where, where);
    assert_string_equal(world.findings.list[0].reason, reason);
    end(&world);
}

static void every_type_is_read(void **state)
{
    (void)state;
    world_t world = parse("text: Été\nword: hub\nname: loire-1\npath: /var/x\ninteger: -5\n"
                          "duration: 5min\nflag: true\none: {name: a}\ntexts: [x, y]\n"
                          "many: [{name: b}, {name: c}]\npairs: {1: a, 2: b, 3: c}\n");
    assert_int_equal(world.rc, 0);
    assert_int_equal(world.findings.count, 0);
    assert_string_equal(world.out.text, "Été");
    assert_string_equal(world.out.word, "hub");
    assert_string_equal(world.out.name, "loire-1");
    assert_string_equal(world.out.path, "/var/x");
    assert_int_equal(world.out.integer, -5);
    assert_int_equal(world.out.duration, 300000);
    assert_true(world.out.flag);
    assert_string_equal(world.out.one.name, "a");
    assert_int_equal(world.out.text_count, 2);
    assert_string_equal(world.out.texts[1], "y");
    assert_null(world.out.texts[2]);
    assert_int_equal(world.out.many_count, 2);
    assert_string_equal(world.out.many[1].name, "c");
    assert_int_equal(world.out.pairs, 3);
    end(&world);
}

static void what_is_left_out_keeps_its_default(void **state)
{
    (void)state;
    outer_t out = {.integer = 7, .flag = true};
    findings_t findings = {0};
    assert_int_equal(yaml_parse("text: a", 7, "a.yaml", outer_keys, &out, &findings), 0);
    assert_int_equal(out.integer, 7);
    assert_true(out.flag);
    yaml_free(outer_keys, &out);
}

static void a_struct_knows_where_it_stands(void **state)
{
    (void)state;
    world_t world = parse("text: a\nmany:\n  - name: b\n  - name: c\n");
    assert_string_equal(world.out.many[1].where, "a.yaml:4:5");
    end(&world);
}

static void a_single_text_counts_as_a_list_of_one(void **state)
{
    (void)state;
    world_t world = parse("texts: seul");
    assert_int_equal(world.out.text_count, 1);
    assert_string_equal(world.out.texts[0], "seul");
    end(&world);
}

static void durations_have_four_units(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int64_t ms;
    } cases[] = {{"250ms", 250}, {"10s", 10000}, {"5min", 300000}, {"24h", 86400000}};
    for (size_t i = 0; i < 4; i++) {
        char text[32];
        snprintf(text, sizeof text, "duration: %s", cases[i].text);
        world_t world = parse(text);
        assert_int_equal(world.rc, 0);
        assert_int_equal(world.out.duration, cases[i].ms);
        end(&world);
    }
}

static void a_duration_without_a_unit_or_beyond_counting_is_refused(void **state)
{
    (void)state;
    expect("duration: 10", "E_YAML_TYPE", "a.yaml:1:11",
           "must be a duration such as 250ms, 10s, 5min or 24h, not '10'");
    expect("duration: 5124095576031h", "E_YAML_TYPE", "a.yaml:1:11",
           "must be a duration such as 250ms, 10s, 5min or 24h, not '5124095576031h'");
}

static void bounds_are_included_and_said(void **state)
{
    (void)state;
    world_t world = parse("integer: 100\nduration: 100ms");
    assert_int_equal(world.rc, 0);
    end(&world);
    expect("integer: 101", "E_YAML_RANGE", "a.yaml:1:10", "must be between -5 and 100, not 101");
    expect("duration: 25h", "E_YAML_RANGE", "a.yaml:1:11",
           "must be between 100ms and 24h, not '25h'");
}

static void what_looks_like_a_number_is_not_guessed(void **state)
{
    (void)state;
    static const char *const wrong[] = {"1.5", "0x10", "1_000", "12a", "99999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char text[64];
        snprintf(text, sizeof text, "integer: %s", wrong[i]);
        world_t world = parse(text);
        assert_int_equal(world.findings.errors, 1);
        assert_string_equal(world.findings.list[0].code, "E_YAML_TYPE");
        end(&world);
    }
}

static void a_bool_is_true_or_false_and_nothing_else(void **state)
{
    (void)state;
    expect("flag: yes", "E_YAML_TYPE", "a.yaml:1:7", "must be true or false, not 'yes'");
}

static void a_name_has_at_most_32_characters(void **state)
{
    (void)state;
    world_t world = parse("name: abcdefghijklmnopqrstuvwxyz_-0123");
    assert_int_equal(world.rc, 0);
    end(&world);
    expect("name: abcdefghijklmnopqrstuvwxyz_-01234", "E_YAML_TYPE", "a.yaml:1:7",
           "must be 1 to 32 characters among a-z, 0-9, _ and -");
    expect("name: Loire", "E_YAML_TYPE", "a.yaml:1:7",
           "must be 1 to 32 characters among a-z, 0-9, _ and -");
}

static void an_unknown_key_says_which_one_was_meant(void **state)
{
    (void)state;
    expect("flga: true", "E_YAML_KEY", "a.yaml:1:1", "unknown key 'flga': did you mean 'flag'?");
    expect("zzzzzz: true", "E_YAML_KEY", "a.yaml:1:1", "unknown key 'zzzzzz'");
}

static void an_unknown_word_says_which_one_was_meant(void **state)
{
    (void)state;
    expect("word: agregator", "E_YAML_WORD", "a.yaml:1:7",
           "'agregator' is not known here: did you mean 'aggregator'?");
    expect("word: broker", "E_YAML_WORD", "a.yaml:1:7", "'broker' is not one of: hub, aggregator");
}

static void a_missing_key_is_told_at_its_map(void **state)
{
    (void)state;
    expect("text: a\nmany:\n  - {}\n", "E_YAML_MISSING", "a.yaml:3:5", "'name' is missing");
}

static void a_key_given_twice_is_refused_and_the_first_is_named(void **state)
{
    (void)state;
    expect("text: a\nflag: true\ntext: b\n", "E_YAML_TWICE", "a.yaml:3:1",
           "'text' is given twice, before on line 1");
    expect("pairs:\n  a: 1\n  a: 2\n", "E_YAML_TWICE", "a.yaml:3:3",
           "'a' is given twice, before on line 2");
}

static void a_key_without_a_value_is_refused(void **state)
{
    (void)state;
    const char *reason = "no value is given: write one, or leave the key out";
    expect("text:\nflag: true\n", "E_YAML_TYPE", "a.yaml:1:6", reason);
    expect("text: ~", "E_YAML_TYPE", "a.yaml:1:7", reason);
    expect("text: null", "E_YAML_TYPE", "a.yaml:1:7", reason);
    world_t world = parse("text: \"\"");
    assert_int_equal(world.rc, 0);
    assert_string_equal(world.out.text, "");
    end(&world);
}

static void a_wrong_shape_is_refused(void **state)
{
    (void)state;
    expect("text: [a]", "E_YAML_TYPE", "a.yaml:1:7", "must be a single value");
    expect("many: {name: a}", "E_YAML_TYPE", "a.yaml:1:7", "must be a list");
    expect("one: a", "E_YAML_TYPE", "a.yaml:1:6", "must be a map");
    expect("[a, b]", "E_YAML_TYPE", "a.yaml:1:1", "must be a map");
    expect("? [a]\n: b\n", "E_YAML_KEY", "a.yaml:1:3", "a key must be a single text");
}

static void every_error_is_told_at_once_with_its_path(void **state)
{
    (void)state;
    world_t world = parse("flag: non\nmany:\n  - name: [x]\n  - nane: y\ninteger: 500\n");
    assert_int_equal(world.findings.errors, 5);
    const finding_t *list = world.findings.list;
    assert_string_equal(list[0].field, "flag");
    assert_string_equal(list[0].value, "non");
    assert_string_equal(list[1].field, "many[0].name");
    assert_string_equal(list[1].where, "a.yaml:3:11");
    assert_string_equal(list[2].reason, "unknown key 'nane': did you mean 'name'?");
    assert_string_equal(list[3].field, "many[1]");
    assert_string_equal(list[4].field, "integer");
    end(&world);
}

static void a_custom_reader_complains_at_its_place(void **state)
{
    (void)state;
    expect("pairs: seul", "E_TEST", "a.yaml:1:8", "pairs, not 'seul'");
}

static void aliases_anchors_and_tags_are_refused(void **state)
{
    (void)state;
    world_t world = parse("text: &a x\nword: *a\nname: !t y\n");
    assert_int_equal(world.findings.errors, 3);
    assert_string_equal(world.findings.list[0].where, "a.yaml:1:7");
    assert_string_equal(world.findings.list[1].where, "a.yaml:2:7");
    assert_string_equal(world.findings.list[2].where, "a.yaml:3:7");
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(world.findings.list[i].code, "E_YAML_ALIAS");
    end(&world);
}

static void sixteen_levels_are_read_and_one_more_is_refused(void **state)
{
    (void)state;
    char text[64] = "pairs: ";
    memset(text + 7, '[', YAML_MAX_DEPTH - 1);
    memset(text + 7 + YAML_MAX_DEPTH - 1, ']', YAML_MAX_DEPTH - 1);
    world_t world = {0};
    static const yaml_key_t no_keys[] = {{0}};
    yaml_parse(text, strlen(text), "a.yaml", no_keys, NULL, &world.findings);
    assert_int_equal(world.findings.count, 1); /* only that the key is unknown */
    findings_free(&world.findings);
    memset(text + 7, '[', YAML_MAX_DEPTH);
    memset(text + 7 + YAML_MAX_DEPTH, ']', YAML_MAX_DEPTH);
    expect(text, "E_YAML_DEPTH", "a.yaml:1:23", "deeper than 16 maps and lists");
}

static void a_bomb_of_brackets_ends_quickly(void **state)
{
    (void)state;
    char *text = malloc(YAML_MAX_SIZE);
    assert_non_null(text);
    memset(text, '[', YAML_MAX_SIZE);
    world_t world = parse_bytes(text, YAML_MAX_SIZE);
    assert_int_equal(world.rc, -1);
    end(&world);
    free(text);
}

static void a_file_has_at_most_one_mebibyte(void **state)
{
    (void)state;
    char *text = malloc(YAML_MAX_SIZE + 1);
    assert_non_null(text);
    memset(text, '#', YAML_MAX_SIZE + 1);
    memcpy(text, "text: a\n", 8);
    world_t world = parse_bytes(text, YAML_MAX_SIZE);
    assert_int_equal(world.rc, 0);
    end(&world);
    world = parse_bytes(text, YAML_MAX_SIZE + 1);
    assert_int_equal(world.rc, -1);
    assert_string_equal(world.findings.list[0].code, "E_YAML_FILE");
    end(&world);
    free(text);
}

static void what_is_not_yaml_is_told_with_its_place(void **state)
{
    (void)state;
    world_t world = parse("text: a\n  flag: [true\n");
    assert_int_equal(world.rc, -1);
    assert_int_equal(world.findings.count, 1);
    assert_string_equal(world.findings.list[0].code, "E_YAML_SYNTAX");
    assert_string_equal(world.findings.list[0].where, "a.yaml:2:7");
    end(&world);
    expect("", "E_YAML_SYNTAX", "a.yaml:1:1", "the file is empty");
    expect("# rien\n", "E_YAML_SYNTAX", "a.yaml:1:1", "the file is empty");
    expect("text: a\n---\ntext: b\n", "E_YAML_SYNTAX", "a.yaml:2:1",
           "a second document begins here: a file has one");
    expect("text: \"a\\0b\"", "E_YAML_SYNTAX", "a.yaml:1:7",
           "a text cannot contain a NUL character");
}

static void bytes_that_are_not_utf8_are_told_with_their_line(void **state)
{
    (void)state;
    world_t world = parse("text: a\nword: \xff\n");
    assert_string_equal(world.findings.list[0].code, "E_YAML_SYNTAX");
    assert_string_equal(world.findings.list[0].where, "a.yaml:2:7");
    end(&world);
}

static void a_file_that_cannot_be_read_is_a_finding(void **state)
{
    (void)state;
    outer_t out = {0};
    findings_t findings = {0};
    assert_int_equal(yaml_load(SOURCE_DIR "/none.yaml", outer_keys, &out, &findings), -1);
    assert_int_equal(yaml_load(SOURCE_DIR, outer_keys, &out, &findings), -1);
    assert_int_equal(findings.errors, 2);
    assert_string_equal(findings.list[0].where, SOURCE_DIR "/none.yaml");
    assert_string_equal(findings.list[0].code, "E_YAML_FILE");
    findings_free(&findings);
}

static void a_path_is_relative_to_the_folder_of_the_file(void **state)
{
    (void)state;
    findings_t findings = {0};
    outer_t out = {0};
    yaml_parse("path: var/x", 11, "/etc/maillage/a.yaml", outer_keys, &out, &findings);
    assert_string_equal(out.path, "/etc/maillage/var/x");
    yaml_free(outer_keys, &out);
    yaml_parse("path: var/x", 11, "config/a.yaml", outer_keys, &out, &findings);
    char *working = getcwd(NULL, 0), expected[4200];
    snprintf(expected, sizeof expected, "%s/config/var/x", working);
    assert_string_equal(out.path, expected);
    free(working);
    yaml_free(outer_keys, &out);
}

static void freeing_sets_all_to_zero_and_can_be_repeated(void **state)
{
    (void)state;
    world_t world = parse("text: a\ninteger: 3\nflag: true\none: {name: b}\ntexts: [c]\n"
                          "many: [{name: d}]\nduration: 1s\n");
    yaml_free(outer_keys, &world.out);
    outer_t zero = {0};
    assert_memory_equal(&world.out, &zero, sizeof zero);
    end(&world);
}

static void the_nearest_word_is_suggested_and_a_far_one_is_not(void **state)
{
    (void)state;
    static const char *const list[] = {"label", "labels", "plural", NULL};
    assert_string_equal(yaml_did_you_mean("lable", list), "label");
    assert_string_equal(yaml_did_you_mean("labels", list), "labels");
    assert_null(yaml_did_you_mean("source", list));
    assert_null(yaml_did_you_mean("x", list));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_read),
        cmocka_unit_test(what_is_left_out_keeps_its_default),
        cmocka_unit_test(a_struct_knows_where_it_stands),
        cmocka_unit_test(a_single_text_counts_as_a_list_of_one),
        cmocka_unit_test(durations_have_four_units),
        cmocka_unit_test(a_duration_without_a_unit_or_beyond_counting_is_refused),
        cmocka_unit_test(bounds_are_included_and_said),
        cmocka_unit_test(what_looks_like_a_number_is_not_guessed),
        cmocka_unit_test(a_bool_is_true_or_false_and_nothing_else),
        cmocka_unit_test(a_name_has_at_most_32_characters),
        cmocka_unit_test(an_unknown_key_says_which_one_was_meant),
        cmocka_unit_test(an_unknown_word_says_which_one_was_meant),
        cmocka_unit_test(a_missing_key_is_told_at_its_map),
        cmocka_unit_test(a_key_given_twice_is_refused_and_the_first_is_named),
        cmocka_unit_test(a_key_without_a_value_is_refused),
        cmocka_unit_test(a_wrong_shape_is_refused),
        cmocka_unit_test(every_error_is_told_at_once_with_its_path),
        cmocka_unit_test(a_custom_reader_complains_at_its_place),
        cmocka_unit_test(aliases_anchors_and_tags_are_refused),
        cmocka_unit_test(sixteen_levels_are_read_and_one_more_is_refused),
        cmocka_unit_test(a_bomb_of_brackets_ends_quickly),
        cmocka_unit_test(a_file_has_at_most_one_mebibyte),
        cmocka_unit_test(what_is_not_yaml_is_told_with_its_place),
        cmocka_unit_test(bytes_that_are_not_utf8_are_told_with_their_line),
        cmocka_unit_test(a_file_that_cannot_be_read_is_a_finding),
        cmocka_unit_test(a_path_is_relative_to_the_folder_of_the_file),
        cmocka_unit_test(freeing_sets_all_to_zero_and_can_be_repeated),
        cmocka_unit_test(the_nearest_word_is_suggested_and_a_far_one_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
