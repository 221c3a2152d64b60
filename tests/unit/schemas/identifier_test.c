#include "schemas/identifier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../shared.h"

#define CASES_MIN 500

typedef struct example {
    const char *value;
    identifier_state_t state;
} example_t;

static void assert_states(identifier_state_t (*check)(const char *), const example_t *examples)
{
    for (; examples->value; examples++)
        if (check(examples->value) != examples->state)
            fail_msg("'%s' gives %d, not %d", examples->value, check(examples->value),
                     examples->state);
}

static void a_siren_has_nine_digits_and_a_control_digit(void **state)
{
    (void)state;
    const example_t examples[] = {
        {"732829320", IDENTIFIER_OK},
        {"732829321", IDENTIFIER_CHECKSUM},
        {"000000000", IDENTIFIER_UNKNOWN},
        {"0", IDENTIFIER_UNKNOWN},
        {"005520135", IDENTIFIER_OK},
        {"05520135", IDENTIFIER_LOST_ZERO},
        {"05520136", IDENTIFIER_LENGTH},
        {"7328293200", IDENTIFIER_LENGTH},
        {"", IDENTIFIER_LENGTH},
        {"732 829 320", IDENTIFIER_CHARACTER},
        {"73282932O", IDENTIFIER_CHARACTER},
        {"-73282932", IDENTIFIER_CHARACTER},
        {"73282932\xef\xbc\x90", IDENTIFIER_CHARACTER},
        {0},
    };
    assert_states(identifier_siren, examples);
}

static void a_siret_has_fourteen_digits_and_la_poste_its_own_sum(void **state)
{
    (void)state;
    const example_t examples[] = {
        {"73282932000074", IDENTIFIER_OK},
        {"73282932000075", IDENTIFIER_CHECKSUM},
        {"35600000000048", IDENTIFIER_OK},
        {"35600000049837", IDENTIFIER_OK},
        {"35600000049838", IDENTIFIER_CHECKSUM},
        {"00000000000000", IDENTIFIER_UNKNOWN},
        {"20006854200015", IDENTIFIER_CHECKSUM},
        {"31019600500011", IDENTIFIER_CHECKSUM},
        {"732829320", IDENTIFIER_LENGTH},
        {"W131004321", IDENTIFIER_CHARACTER},
        {"00552013500012", IDENTIFIER_OK},
        {"0552013500012", IDENTIFIER_LOST_ZERO},
        {0},
    };
    assert_states(identifier_siret, examples);
}

static void an_association_number_is_w_and_nine_digits(void **state)
{
    (void)state;
    const example_t examples[] = {
        {"W131004321", IDENTIFIER_OK},
        {"W13100432", IDENTIFIER_LENGTH},
        {"W1310043210", IDENTIFIER_LENGTH},
        {"w131004321", IDENTIFIER_CHARACTER},
        {"W13100432A", IDENTIFIER_CHARACTER},
        {"W000000000", IDENTIFIER_UNKNOWN},
        {"W", IDENTIFIER_LENGTH},
        {"", IDENTIFIER_CHARACTER},
        {"000000000", IDENTIFIER_CHARACTER},
        {0},
    };
    assert_states(identifier_rna, examples);
}

static void a_territory_says_its_type(void **state)
{
    (void)state;
    const example_t examples[] = {
        {"PAYS-99100", IDENTIFIER_OK},
        {"PAYS-9910", IDENTIFIER_LENGTH},
        {"PAYS-33100", IDENTIFIER_RANGE},
        {"PAYS-FRANC", IDENTIFIER_CHARACTER},
        {"REG-84", IDENTIFIER_OK},
        {"REG-01", IDENTIFIER_OK},
        {"REG-05", IDENTIFIER_RANGE},
        {"REG-988", IDENTIFIER_RANGE},
        {"DEP-42", IDENTIFIER_OK},
        {"DEP-2A", IDENTIFIER_OK},
        {"DEP-20", IDENTIFIER_RANGE},
        {"DEP-974", IDENTIFIER_OK},
        {"DEP-975", IDENTIFIER_RANGE},
        {"DEP-96", IDENTIFIER_RANGE},
        {"DEP-", IDENTIFIER_RANGE},
        {"DEP-4", IDENTIFIER_RANGE},
        {"DEP-42 44", IDENTIFIER_RANGE},
        {"EPCI-200000172", IDENTIFIER_OK},
        {"EPCI-200000173", IDENTIFIER_CHECKSUM},
        {"COM-42218", IDENTIFIER_OK},
        {"COM-2A004", IDENTIFIER_OK},
        {"COM-20004", IDENTIFIER_RANGE},
        {"COM-97411", IDENTIFIER_OK},
        {"COM-98818", IDENTIFIER_OK},
        {"COM-988", IDENTIFIER_OK},
        {"COM-974", IDENTIFIER_LENGTH},
        {"COM-4221", IDENTIFIER_LENGTH},
        {"COM-422l8", IDENTIFIER_CHARACTER},
        {"COM-96001", IDENTIFIER_RANGE},
        {"UE-27", IDENTIFIER_OK},
        {"UE-28", IDENTIFIER_RANGE},
        {"42218", IDENTIFIER_RANGE},
        {"dep-42", IDENTIFIER_RANGE},
        {"", IDENTIFIER_RANGE},
        {0},
    };
    assert_states(identifier_cog, examples);
}

static void an_activity_code_belongs_to_its_nomenclature(void **state)
{
    (void)state;
    assert_int_equal(identifier_naf("rev2", "U"), IDENTIFIER_OK);
    assert_int_equal(identifier_naf("rev2", "V"), IDENTIFIER_RANGE);
    assert_int_equal(identifier_naf("2025", "V"), IDENTIFIER_OK);
    assert_int_equal(identifier_naf("2025", "W"), IDENTIFIER_RANGE);
    assert_int_equal(identifier_naf("rev1", "A"), IDENTIFIER_RANGE);
    const char *const good[] = {"62", "62.0", "62.01", "62.01Z"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(identifier_naf("rev2", good[i]), IDENTIFIER_OK);
    assert_int_equal(identifier_naf("rev2", "6201Z"), IDENTIFIER_LENGTH);
    assert_int_equal(identifier_naf("rev2", "6"), IDENTIFIER_LENGTH);
    assert_int_equal(identifier_naf("rev2", ""), IDENTIFIER_LENGTH);
    assert_int_equal(identifier_naf("rev2", "62.01z"), IDENTIFIER_CHARACTER);
}

static void the_department_follows_from_the_commune(void **state)
{
    (void)state;
    const char *const pairs[][2] = {
        {"COM-42218", "DEP-42"},  {"COM-2B033", "DEP-2B"},  {"COM-97411", "DEP-974"},
        {"COM-97701", "COM-977"}, {"COM-98818", "COM-988"},
    };
    char department[8];
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        assert_true(identifier_department(pairs[i][0], department));
        assert_string_equal(department, pairs[i][1]);
    }
    const char *const bad[] = {"DEP-42",   "COM-96001",  "42218", "COM-988",
                               "COM-4221", "COM-422180", ""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(identifier_department(bad[i], department));
}

static void every_department_has_its_region(void **state)
{
    (void)state;
    const char *const ara[] = {"01", "03", "07", "15", "26", "38",
                               "42", "43", "63", "69", "73", "74"};
    char code[16];
    for (size_t i = 0; i < sizeof ara / sizeof *ara; i++) {
        snprintf(code, sizeof code, "DEP-%s", ara[i]);
        assert_string_equal(identifier_region(code), "REG-84");
    }
    int count = 0;
    for (int i = 0; i < 1000; i++) {
        snprintf(code, sizeof code, i < 100 ? "DEP-%02d" : "DEP-%d", i);
        const char *region = identifier_region(code);
        count += region != NULL;
        if (region)
            assert_int_equal(identifier_cog(region), IDENTIFIER_OK);
    }
    assert_int_equal(count, 95 - 1 + 5); /* 01-95 without 20, and five overseas */
    assert_string_equal(identifier_region("DEP-2A"), "REG-94");
    assert_string_equal(identifier_region("DEP-976"), "REG-06");
}

static void an_overseas_collectivity_is_no_region(void **state)
{
    (void)state;
    assert_null(identifier_region("DEP-988"));
    assert_null(identifier_region("COM-988"));
    assert_null(identifier_region("REG-84"));
    assert_null(identifier_region("DEP-"));
}

static void assert_real_case(const char *siret, const char *class)
{
    identifier_state_t found = identifier_siret(siret);
    bool good = !strcmp(class, "ok") || !strncmp(class, "laposte_", 8);
    if (good != (found == IDENTIFIER_OK))
        fail_msg("'%s' (%s) gives %d", siret, class, found);
    if (!strcmp(class, "placeholder_zeros"))
        assert_int_equal(found, IDENTIFIER_UNKNOWN);
    if (!strcmp(class, "rna_association_number"))
        assert_int_equal(identifier_rna(siret), IDENTIFIER_OK);
}

static void real_sirets_are_told_good_from_bad(void **state)
{
    (void)state;
    char path[SHARED_PATH_SIZE];
    FILE *file = fopen(shared_path(path, "sirene/siret_cases.csv"), "r");
    assert_non_null(file);
    char *line = NULL;
    size_t capacity = 0, count = 0;
    while (getline(&line, &capacity, file) > 0) {
        char *rest = line, *siret = strsep(&rest, ","), *class = strsep(&rest, ",");
        if (count++ > 0) {
            assert_non_null(class);
            assert_real_case(siret, class);
        }
    }
    free(line);
    fclose(file);
    assert_true(count > CASES_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_siren_has_nine_digits_and_a_control_digit),
        cmocka_unit_test(a_siret_has_fourteen_digits_and_la_poste_its_own_sum),
        cmocka_unit_test(an_association_number_is_w_and_nine_digits),
        cmocka_unit_test(a_territory_says_its_type),
        cmocka_unit_test(an_activity_code_belongs_to_its_nomenclature),
        cmocka_unit_test(the_department_follows_from_the_commune),
        cmocka_unit_test(every_department_has_its_region),
        cmocka_unit_test(an_overseas_collectivity_is_no_region),
        cmocka_unit_test(real_sirets_are_told_good_from_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
