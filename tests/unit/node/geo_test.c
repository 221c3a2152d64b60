#include "node/geo/geo.h"

#include <malloc.h>
#include <math.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "files.h"
#include "france.h"
#include "texts.h"

/* A small country: two departments, three communes in one EPCI, one of them without coordinates of its own, and one
 * commune beside them that nothing is known of. */
#define HEAD "maillage-geo\t1\n"
#define REGION "R\t84\tAuvergne-Rhône-Alpes\n"
#define DEPARTMENTS "D\t42\t84\tLoire\nD\t69\t84\tRhône\n"
#define GROUP "E\t244200770\tCC des Monts\n"
#define COMMUNES                                                                                   \
    "C\t42001\t42\t244200770\t45000000\t4000000\t42100\tAboën\n"                                  \
    "C\t42002\t42\t244200770\t45100000\t4200000\t42100 42110\tSaint-Just-d'Œuvre\n"               \
    "C\t42003\t42\t244200770\t\t\t42120\tLa Côte\n"                                               \
    "C\t69001\t69\t\t\t\t\tLa Côte\n"
#define PARTS                                                                                      \
    "A\t69381\t69001\tLa Côte 1er Arrondissement\n"                                               \
    "O\t42002\t42002\tŒuvre\n"                                                                    \
    "O\t42003\t42003\tLa Côte\n"                                                                  \
    "O\t42009\t42003\tVieux-Bourg\n"                                                               \
    "O\t42009\t42003\tÉglise\n"                                                                   \
    "O\t42010\t42003\t\n"
#define COUNTRY HEAD REGION DEPARTMENTS GROUP COMMUNES PARTS

typedef struct world {
    char path[FILE_PATH_SIZE];
    geo_t *geo;
    err_t err;
} world_t;

static int setup(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    new_file(world->path, "");
    *state = world;
    return sodium_init() < 0;
}

static int teardown(void **state)
{
    world_t *world = *state;
    geo_destroy(&world->geo);
    remove(world->path);
    free(world);
    return 0;
}

static geo_t *load(world_t *world, const char *lines)
{
    char *text = proven(lines);
    write_bytes(world->path, text, strlen(text));
    free(text);
    geo_destroy(&world->geo);
    world->err = (err_t){0};
    world->geo = geo_load(world->path, &world->err);
    return world->geo;
}

static const geo_t *country(world_t *world)
{
    if (!load(world, COUNTRY))
        fail_msg("%s", world->err.text);
    return world->geo;
}

static void refuse(world_t *world, const char *lines, const char *words)
{
    assert_null(load(world, lines));
    assert_int_equal(world->err.action, ERR_REJECT);
    expect(world->err.text, words);
}

static void expect_named(const geo_t *geo, const char *name, const char *codes)
{
    const geo_commune_t *found[8];
    char all[128] = "";
    size_t count = geo_named(geo, name, found, 8);
    for (size_t i = 0; i < count && i < 8; i++)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? " " : "", found[i]->code);
    if (strcmp(all, codes) != 0)
        fail_msg("%s is [%s], not [%s]", name, all, codes);
}

static void expect_key(const char *name, const char *key)
{
    text_t out;
    text_init(&out, 256);
    assert_int_equal(geo_key(&out, name), 0);
    assert_string_equal(out.data, key);
    text_free(&out);
}

/* --- the small country --- */

static void a_commune_is_found_by_its_code_with_or_without_its_type(void **state)
{
    const geo_t *geo = country(*state);
    const geo_commune_t *commune = geo_commune(geo, "42002");
    assert_ptr_equal(commune, geo_commune(geo, "COM-42002"));
    assert_string_equal(commune->name, "Saint-Just-d'Œuvre");
    assert_string_equal(commune->postcodes, "42100 42110");
    assert_string_equal(commune->department->name, "Loire");
    assert_string_equal(commune->department->region->name, "Auvergne-Rhône-Alpes");
    assert_string_equal(commune->epci->name, "CC des Monts");
    assert_null(geo_commune(geo, "42009"));
    assert_null(geo_commune(geo, "DEP-42"));
    assert_int_equal(geo_commune_count(geo), 4);
    assert_string_equal(geo_commune_at(geo, 3)->code, "69001");
}

static void a_former_code_leads_to_the_commune_of_today(void **state)
{
    const geo_t *geo = country(*state);
    assert_string_equal(geo_part(geo, "COM-42009")->commune->code, "42003");
    assert_string_equal(geo_part(geo, "42009")->name, "Vieux-Bourg");
    assert_true(geo_part(geo, "42010")->former);
    assert_string_equal(geo_part(geo, "42010")->name, "");
    assert_false(geo_part(geo, "69381")->former);
    assert_string_equal(geo_part(geo, "69381")->commune->code, "69001");
    assert_null(geo_part(geo, "42001"));
}

static void a_name_finds_all_that_have_it_however_it_is_written(void **state)
{
    const geo_t *geo = country(*state);
    expect_named(geo, "La Côte", "42003 69001");
    expect_named(geo, "LA COTE CEDEX 9", "42003 69001");
    expect_named(geo, "St Just d’Oeuvre", "42002");
    expect_named(geo, "vieux bourg", "42003");
    expect_named(geo, "LA COTE 01", "69001");
    expect_named(geo, "La Côte 1er arrondissement", "69001");
    expect_named(geo, "La", "");
    expect_named(geo, "", "");
    expect_named(geo, "\xff", "");
}

static void names_are_counted_beyond_the_room_for_them(void **state)
{
    const geo_commune_t *found[1];
    assert_int_equal(geo_named(country(*state), "La Côte", found, 1), 2);
    assert_string_equal(found[0]->code, "42003");
}

static void a_postcode_finds_the_communes_it_serves(void **state)
{
    const geo_t *geo = country(*state);
    const geo_commune_t *found[4];
    assert_int_equal(geo_served(geo, "42100", found, 4), 2);
    assert_string_equal(found[1]->code, "42002");
    assert_int_equal(geo_served(geo, "42110", found, 4), 1);
    assert_int_equal(geo_served(geo, "42009", found, 4), 0);
    assert_int_equal(geo_served(geo, "4211", found, 4), 0);
    assert_true(geo_serves(found[0], "42110"));
    assert_false(geo_serves(found[0], "42120"));
}

static void a_postcode_tells_its_department(void **state)
{
    const geo_t *geo = country(*state);
    assert_string_equal(geo_postcode_department(geo, "42007")->code, "42");
    assert_null(geo_postcode_department(geo, "99999"));
    assert_null(geo_postcode_department(geo, "4200"));
    assert_null(geo_postcode_department(geo, "4200a"));
}

static void every_territory_has_its_name(void **state)
{
    const geo_t *geo = country(*state);
    assert_string_equal(geo_name(geo, "COM-42001"), "Aboën");
    assert_string_equal(geo_name(geo, "COM-42009"), "Vieux-Bourg");
    assert_null(geo_name(geo, "COM-42010"));
    assert_string_equal(geo_name(geo, "DEP-42"), "Loire");
    assert_string_equal(geo_name(geo, "REG-84"), "Auvergne-Rhône-Alpes");
    assert_string_equal(geo_name(geo, "EPCI-244200770"), "CC des Monts");
    assert_null(geo_name(geo, "PAYS-99100"));
}

static void a_commune_without_coordinates_lies_around_the_middle_of_its_epci(void **state)
{
    const geo_t *geo = country(*state);
    const geo_commune_t *without = geo_commune(geo, "42003");
    assert_true(without->located && without->around);
    assert_int_equal(without->lat, 45050000);
    assert_int_equal(without->lon, 4100000);
    assert_true(geo_commune(geo, "42001")->located && !geo_commune(geo, "42001")->around);
    assert_false(geo_commune(geo, "69001")->located);
}

static void a_distance_says_when_it_is_only_around(void **state)
{
    const geo_t *geo = country(*state);
    const geo_commune_t *a = geo_commune(geo, "42001"), *b = geo_commune(geo, "42002");
    bool around = true;
    double metres = geo_distance_m(a, b, &around);
    assert_true(metres > 19000 && metres < 19400);
    assert_false(around);
    assert_true(geo_distance_m(a, geo_commune(geo, "42003"), &around) > 0);
    assert_true(around);
    assert_true(geo_distance_m(a, geo_commune(geo, "69001"), &around) < 0);
    assert_false(around);
    assert_true(geo_distance_m(a, a, NULL) == 0);
}

/* One degree of a great circle, and half of one: both ends of the globe. */
static void metres_are_those_of_the_sphere(void **state)
{
    (void)state;
    assert_true(fabs(geo_metres(0, 0, 1000000, 0) - 111195.08) < 0.1);
    assert_true(fabs(geo_metres(0, 179500000, 0, -179500000) - 111195.08) < 0.1);
    assert_true(fabs(geo_metres(90000000, 0, -90000000, 0) - M_PI * 6371008.8) < 1);
    assert_true(geo_metres(45000000, 4000000, 45000000, 4000000) == 0);
}

/* The codes that were told, each with its kilometres. */
static int note_code(void *text, const char *code, double metres)
{
    char *end = (char *)text + strlen(text);
    sprintf(end, "%s%s %.0f", *(char *)text ? ", " : "", code, metres / 1000);
    return strcmp(code, "42010") ? 0 : 7;
}

/* 42003, which has no coordinates, lies at the middle of its EPCI with what became part of it; 69001 nowhere. */
static void what_lies_within_a_circle_comes_once_under_each_code_it_has_or_had(void **state)
{
    world_t *world = *state;
    char told[256] = "";
    const geo_t *geo = country(world);
    assert_int_equal(geo_each_within(geo, 45000000, 4000000, 15000, note_code, told), 7);
    assert_string_equal(told, "42001 0, 42003 10, 42009 10, 42010 10");
    told[0] = 0;
    assert_int_equal(geo_each_within(geo, 45100000, 4200000, 9000, note_code, told), 0);
    assert_string_equal(told, "42002 0");
    told[0] = 0;
    assert_int_equal(geo_each_within(geo, -90000000, 0, 1000, note_code, told), 0);
    assert_int_equal(geo_each_within(NULL, 0, 0, 1e9, note_code, told), 0);
    assert_string_equal(told, "");
}

static void a_name_has_one_form_in_all_its_spellings(void **state)
{
    (void)state;
    expect_key("Saint-Étienne", "saint etienne");
    expect_key("ST ETIENNE CEDEX 1", "saint etienne");
    expect_key("L'Abergement-Clémenciat", "l abergement clemenciat");
    expect_key("  Marseille  13ème ", "marseille 13");
    expect_key("Marseille 13e Arrondissement", "marseille 13");
    expect_key("PARIS 05", "paris 5");
    expect_key("Ste-Foy-lès-Lyon", "sainte foy les lyon");
    expect_key("Cedex", "");
}

static void no_geography_knows_nothing(void **state)
{
    (void)state;
    const geo_commune_t *found[1];
    assert_int_equal(geo_commune_count(NULL), 0);
    assert_null(geo_commune(NULL, "42218"));
    assert_null(geo_part(NULL, "49069"));
    assert_null(geo_name(NULL, "DEP-42"));
    assert_null(geo_postcode_department(NULL, "42000"));
    assert_int_equal(geo_named(NULL, "Roanne", found, 1), 0);
    assert_int_equal(geo_served(NULL, "42300", found, 1), 0);
}

/* --- files that are refused --- */

static void a_missing_file_names_what_makes_it(void **state)
{
    world_t *world = *state;
    remove(world->path);
    assert_null(geo_load(world->path, &world->err));
    assert_int_equal(world->err.action, ERR_REJECT);
    expect(world->err.text, "config/geo/build");
}

static void a_file_is_refused_when_any_of_its_bytes_changed(void **state)
{
    world_t *world = *state;
    char *text = proven(COUNTRY);
    size_t size = strlen(text);
    for (size_t i = 0; i < size; i++) {
        text[i] ^= 1;
        write_bytes(world->path, text, size);
        assert_null(geo_load(world->path, &world->err));
        assert_int_equal(world->err.action, ERR_REJECT);
        text[i] ^= 1;
    }
    free(text);
}

static void a_file_is_refused_when_it_is_cut_anywhere(void **state)
{
    world_t *world = *state;
    char *text = proven(COUNTRY);
    for (size_t size = 0; size < strlen(text); size++) {
        write_bytes(world->path, text, size);
        assert_null(geo_load(world->path, &world->err));
    }
    free(text);
}

static void a_proven_file_is_still_read_with_care(void **state)
{
    refuse(*state, HEAD, "aucune commune");
    refuse(*state, "maillage-geo\t2\n" REGION, "abîmée");
    refuse(*state, HEAD REGION "\n", "ligne 3");
    refuse(*state, HEAD "X\t1\t2\n", "ligne de géographie");
    refuse(*state, HEAD "R\t84\n", "ligne de géographie");
    refuse(*state, HEAD "R\t1\t2\t3\t4\t5\t6\t7\t8\t9\n", "ligne de géographie");
    refuse(*state, HEAD "R\t\tNulle part\n", "ce code");
    refuse(*state, HEAD "R\t8484848484\tTrop long\n", "ce code");
    refuse(*state, HEAD REGION REGION, "à sa place");
    refuse(*state, HEAD REGION "R\t83\tAvant\n", "à sa place");
    refuse(*state, HEAD REGION DEPARTMENTS REGION, "à sa place");
    refuse(*state, HEAD REGION "D\t42\t83\tLoire\n", "région");
    refuse(*state, HEAD REGION DEPARTMENTS "C\t42001\t43\t\t\t\t\tAboën\n", "département");
    refuse(*state, HEAD REGION DEPARTMENTS "C\t42001\t42\t2\t\t\t\tAboën\n", "EPCI");
    refuse(*state, HEAD REGION DEPARTMENTS "C\t42001\t42\t\t91000000\t0\t\tAboën\n", "coordonnées");
    refuse(*state, HEAD REGION DEPARTMENTS "C\t42001\t42\t\t45000000\t\t\tAboën\n", "coordonnées");
    refuse(*state, HEAD REGION DEPARTMENTS "C\t42001\t42\t\t4 5\t4\t\tAboën\n", "coordonnées");
    refuse(*state, HEAD REGION DEPARTMENTS "C\t42001\t42\t\t\t\t4200\tAboën\n", "codes postaux");
    refuse(*state, HEAD REGION DEPARTMENTS "C\t42001\t42\t\t\t\t42000 \tAboën\n", "codes postaux");
    refuse(*state, COUNTRY "O\t42011\t42999\tPerdue\n", "commune");
    refuse(*state, HEAD REGION DEPARTMENTS "C\t42001\t42\t\t\t\t\tAbo\xff\n", "texte");
}

static void a_file_that_is_too_long_is_refused_before_it_is_looked_at(void **state)
{
    world_t *world = *state;
    assert_int_equal(truncate(world->path, GEO_FILE_MAX + 1), 0);
    assert_null(geo_load(world->path, &world->err));
    expect(world->err.text, "trop longue");
}

static void a_file_with_too_many_lines_is_refused(void **state)
{
    text_t lines;
    text_init(&lines, GEO_FILE_MAX);
    text_add_string(&lines, COUNTRY);
    for (size_t i = 0; i < GEO_LINES_MAX; i++)
        text_add_format(&lines, "O\t43%06zu\t42001\t\n", i);
    refuse(*state, lines.data, "trop de lignes");
    text_free(&lines);
}

/* --- the real country, where config/geo/build has run --- */

static const geo_t *france(world_t *world)
{
    world->geo = load_france();
    return world->geo;
}

static void france_has_its_communes(void **state)
{
    const geo_t *geo = france(*state);
    assert_true(geo_commune_count(geo) >= 34900 && geo_commune_count(geo) < 36000);
    const geo_commune_t *commune = geo_commune(geo, "COM-42218");
    assert_string_equal(commune->name, "Saint-Étienne");
    assert_true(geo_serves(commune, "42100"));
    expect(commune->epci->name, "Saint-Étienne Métropole");
    expect_named(geo, "ST ETIENNE", "42218");
    expect_named(geo, "Champtoceaux", "49126");
    expect_named(geo, "MARSEILLE 13EME", "13055");
    assert_string_equal(geo_part(geo, "49069")->commune->code, "49126");
    assert_string_equal(geo_postcode_department(geo, "20090")->code, "2A");
    assert_string_equal(geo_postcode_department(geo, "20200")->code, "2B");
    assert_string_equal(geo_postcode_department(geo, "97410")->code, "974");
}

static void france_has_its_distances(void **state)
{
    const geo_t *geo = france(*state);
    bool around;
    double metres = geo_distance_m(geo_commune(geo, "42218"), geo_commune(geo, "69123"), &around);
    assert_true(metres > 49000 && metres < 53000 && !around); /* Saint-Étienne, Lyon */
    size_t own = 0, mean = 0;
    for (size_t i = 0; i < geo_commune_count(geo); i++) {
        own += geo_commune_at(geo, i)->located && !geo_commune_at(geo, i)->around;
        mean += geo_commune_at(geo, i)->around;
    }
    assert_true(own > 8000);
    assert_true(own + mean > geo_commune_count(geo) * 97 / 100);
}

/* As glibc's allocator counts it, which under AddressSanitizer counts nothing. */
static void france_takes_less_than_12_mb(void **state)
{
    struct mallinfo2 before = mallinfo2();
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    france(*state);
    clock_gettime(CLOCK_MONOTONIC, &end);
    struct mallinfo2 after = mallinfo2();
    size_t bytes = after.uordblks + after.hblkhd - before.uordblks - before.hblkhd;
    print_message("geography: %.1f MB, loaded in %.0f ms\n", (double)bytes / 1e6,
                  (double)(end.tv_sec - start.tv_sec) * 1e3
                      + (double)(end.tv_nsec - start.tv_nsec) / 1e6);
    assert_true(bytes <= 12000000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_commune_is_found_by_its_code_with_or_without_its_type),
        TEST(a_former_code_leads_to_the_commune_of_today),
        TEST(a_name_finds_all_that_have_it_however_it_is_written),
        TEST(names_are_counted_beyond_the_room_for_them),
        TEST(a_postcode_finds_the_communes_it_serves),
        TEST(a_postcode_tells_its_department),
        TEST(every_territory_has_its_name),
        TEST(a_commune_without_coordinates_lies_around_the_middle_of_its_epci),
        TEST(a_distance_says_when_it_is_only_around),
        TEST(metres_are_those_of_the_sphere),
        TEST(what_lies_within_a_circle_comes_once_under_each_code_it_has_or_had),
        TEST(a_name_has_one_form_in_all_its_spellings),
        TEST(no_geography_knows_nothing),
        TEST(a_missing_file_names_what_makes_it),
        TEST(a_file_is_refused_when_any_of_its_bytes_changed),
        TEST(a_file_is_refused_when_it_is_cut_anywhere),
        TEST(a_proven_file_is_still_read_with_care),
        TEST(a_file_that_is_too_long_is_refused_before_it_is_looked_at),
        TEST(a_file_with_too_many_lines_is_refused),
        TEST(france_has_its_communes),
        TEST(france_has_its_distances),
        TEST(france_takes_less_than_12_mb),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
