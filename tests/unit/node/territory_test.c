#include "node/portal/words/territory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "france.h"

static void expect(const geo_t *geo, const char *code, const char *label)
{
    text_t out;
    text_init(&out, 256);
    territory_label(geo, &out, code);
    assert_string_equal(out.data, label);
    text_free(&out);
}

static void departments_regions_and_countries_always_have_their_names(void **state)
{
    (void)state;
    expect(NULL, "DEP-42", "Loire (42)");
    expect(NULL, "DEP-2A", "Corse-du-Sud (2A)");
    expect(NULL, "REG-84", "Auvergne-Rhône-Alpes");
    expect(NULL, "PAYS-99100", "France");
    expect(NULL, "PAYS-99135", "Pays-Bas");
}

static void without_a_geography_a_commune_is_its_code_and_its_department(void **state)
{
    (void)state;
    expect(NULL, "COM-42218", "commune 42218, Loire (42)");
    expect(NULL, "COM-98818", "commune 98818, COM-988");
    expect(NULL, "EPCI-244200770", "EPCI-244200770");
    expect(NULL, "COM-988", "COM-988");
    expect(NULL, "", "");
    expect(NULL, "COM-", "COM-");
}

static void with_a_geography_communes_and_their_groups_have_names(void **state)
{
    (void)state;
    geo_t *geo = load_france();
    expect(geo, "COM-42218", "Saint-Étienne (42)");
    expect(geo, "COM-2A004", "Ajaccio (2A)");
    expect(geo, "COM-49069", "Champtoceaux (49)");
    expect(geo, "COM-13211", "Marseille 11e Arrondissement (13)");
    expect(geo, "COM-98818", "Nouméa (988)");
    expect(geo, "COM-988", "Nouvelle-Calédonie");
    expect(geo, "EPCI-244200770", "Saint-Étienne Métropole");
    expect(geo, "COM-42999", "commune 42999, Loire (42)");
    expect(geo, "DEP-42", "Loire (42)");
    geo_destroy(&geo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(departments_regions_and_countries_always_have_their_names),
        cmocka_unit_test(without_a_geography_a_commune_is_its_code_and_its_department),
        cmocka_unit_test(with_a_geography_communes_and_their_groups_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
