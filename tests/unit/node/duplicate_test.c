#include "node/duplicate/duplicate.h"

#include "node/import/commune.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../shared.h"
#include "france.h"

#define AT(latitude, longitude) .lat = (latitude), .lon = (longitude), .located = true

/* The one pair among these places, or NULL. */
static const duplicate_t *only(duplicates_t *found, const duplicate_place_t *places, size_t count)
{
    duplicates_free(found);
    duplicates_find(places, count, found);
    assert_true(found->count <= 1);
    return found->count ? found->list : NULL;
}

static int score_of(const duplicate_place_t *a, const duplicate_place_t *b)
{
    duplicates_t found = {0};
    duplicate_place_t places[] = {*a, *b};
    const duplicate_t *pair = only(&found, places, 2);
    int score = pair ? pair->score : 0;
    duplicates_free(&found);
    return score;
}

#define SCORE(one, two) score_of(&(duplicate_place_t)one, &(duplicate_place_t)two)
#define PLACE(...)                                                                                 \
    {                                                                                              \
        .area = "42218", .commune = "Saint-Étienne", __VA_ARGS__                                   \
    }

/* --- the points --- */

static void a_place_written_twice_is_found_whatever_its_spelling(void **state)
{
    (void)state;
    duplicates_t found = {0};
    duplicate_place_t places[] = {
        PLACE(.name = "Médiathèque Municipale de Tarentaize", .street = "24 rue Jo Gouttebarge",
              .siren = "214202186", .telephone = "04 77 43 09 77", AT(45430000, 4380000)),
        PLACE(.name = "MEDIATHEQUE MUNICIPALE TARENTAIZE", .street = "24, R. Jo Gouttebarge 42100",
              .siren = "21420218600014", .telephone = "+33 4 77 43 09 77", AT(45430100, 4380100)),
    };
    const duplicate_t *pair = only(&found, places, 2);
    assert_non_null(pair);
    assert_int_equal(pair->score, 100);
    assert_int_equal(pair->a, 0);
    assert_int_equal(pair->b, 1);
    assert_int_equal(pair->metres, 14);
    assert_int_equal(pair->points[DUPLICATE_NAME], 50);
    assert_int_equal(pair->points[DUPLICATE_STREET], 25);
    assert_int_equal(pair->points[DUPLICATE_DISTANCE], 20);
    assert_int_equal(pair->points[DUPLICATE_SIREN], 10);
    assert_int_equal(pair->points[DUPLICATE_TELEPHONE], 20);
    duplicates_free(&found);
}

static void the_same_name_alone_is_just_enough(void **state)
{
    (void)state;
    assert_int_equal(SCORE(PLACE(.name = "Zeronoa"), PLACE(.name = "ZÉRONOA")), 50);
    assert_int_equal(SCORE(PLACE(.name = "Zeronoa"), PLACE(.name = "Open Factory")), 0);
}

static void a_slip_of_the_pen_is_overlooked(void **state)
{
    (void)state;
    assert_int_equal(SCORE(PLACE(.name = "Zeronoa", .street = "3 rue Neuve"),
                           PLACE(.name = "Zeronova", .street = "3 rue Neuve")),
                     75);
    assert_int_equal(SCORE(PLACE(.name = "Groupe scolaire1", .street = "3 rue Neuve"),
                           PLACE(.name = "Groupe scolaire2", .street = "3 rue Neuve")),
                     0);
}

static void the_same_name_far_away_is_another_place(void **state)
{
    (void)state;
    assert_int_equal(SCORE(PLACE(.name = "Maison de quartier", AT(45430000, 4380000)),
                           PLACE(.name = "Maison de quartier", AT(45450000, 4380000))),
                     0);
    assert_int_equal(SCORE(PLACE(.name = "Maison de quartier", .street = "1 rue A"),
                           PLACE(.name = "Maison de quartier", .street = "1 rue Bossuet")),
                     0);
}

static void neighbours_of_one_address_are_not_one(void **state)
{
    (void)state;
    assert_int_equal(SCORE(PLACE(.name = "Mairie de Saint-Étienne",
                                 .street = "1 place de la Mairie", .telephone = "0477000000"),
                           PLACE(.name = "CCAS de Saint-Étienne", .street = "1 place de la Mairie",
                                 .telephone = "0477000000")),
                     0);
}

static void one_siren_at_several_places_says_little(void **state)
{
    (void)state;
    assert_int_equal(
        SCORE(PLACE(.name = "Bureau Bellevue", .siren = "35600000000048", .telephone = "3631"),
              PLACE(.name = "Bureau Carnot", .siren = "35600000049837", .telephone = "3631")),
        0);
}

static void zeros_and_short_numbers_are_unknown(void **state)
{
    (void)state;
    duplicates_t found = {0};
    duplicate_place_t places[] = {
        PLACE(.name = "Zeronoa", .siren = "00000000000000", .telephone = "3631"),
        PLACE(.name = "Zeronoa", .siren = "00000000000000", .telephone = "3631"),
    };
    const duplicate_t *pair = only(&found, places, 2);
    assert_int_equal(pair->points[DUPLICATE_SIREN], 0);
    assert_int_equal(pair->points[DUPLICATE_TELEPHONE], 0);
    assert_int_equal(pair->metres, -1);
    duplicates_free(&found);
}

static void another_siren_speaks_against(void **state)
{
    (void)state;
    assert_int_equal(SCORE(PLACE(.name = "Zeronoa", .siren = "732829320"),
                           PLACE(.name = "Zeronoa", .siren = "214202186")),
                     0);
}

static void the_name_of_the_commune_tells_no_place_from_another(void **state)
{
    (void)state;
    assert_int_equal(SCORE(PLACE(.name = "Mairie de Saint-Étienne"), PLACE(.name = "Mairie")), 50);
    assert_int_equal(SCORE(PLACE(.name = "Saint-Étienne"), PLACE(.name = "Saint Etienne")), 50);
}

static void places_of_two_communes_are_never_compared(void **state)
{
    (void)state;
    duplicates_t found = {0};
    duplicate_place_t places[] = {{.area = "42218", .name = "Zeronoa", .telephone = "0477000000"},
                                  {.area = "42187", .name = "Zeronoa", .telephone = "0477000000"},
                                  {.area = NULL, .name = "Zeronoa", .telephone = "0477000000"},
                                  {.area = NULL, .name = "Zeronoa", .telephone = "0477000000"}};
    assert_null(only(&found, places, 4));
    duplicates_free(&found);
}

static void nothing_is_made_of_nothing(void **state)
{
    (void)state;
    duplicates_t found = {0};
    duplicate_place_t places[] = {{.area = "1"},
                                  {.area = "1"},
                                  {.area = "1", .name = "\xff"},
                                  {.area = "1", .name = "", .street = "-"}};
    assert_null(only(&found, places, 4));
    assert_null(only(&found, NULL, 0));
    duplicates_free(&found);
}

static void the_most_probable_come_first(void **state)
{
    (void)state;
    duplicates_t found = {0};
    duplicate_place_t places[] = {PLACE(.name = "Alpha"), PLACE(.name = "Alpha"),
                                  PLACE(.name = "Beta", .street = "1 rue Neuve"),
                                  PLACE(.name = "Beta", .street = "1 rue Neuve")};
    duplicates_find(places, 4, &found);
    assert_int_equal(found.count, 2);
    assert_int_equal(found.list[0].a, 2);
    assert_int_equal(found.list[0].score, 75);
    assert_int_equal(found.list[1].a, 0);
    duplicates_free(&found);
}

static void on_one_spot_another_way_to_write_the_address_says_nothing(void **state)
{
    (void)state;
    assert_int_equal(SCORE(PLACE(.name = "Coco Velten", .street = "16 rue Bernard Dubois",
                                 AT(45430000, 4380000)),
                           PLACE(.name = "Coco Velten", .street = "16 rue Bernard du Bois",
                                 AT(45430000, 4380000))),
                     70);
    assert_int_equal(
        SCORE(
            PLACE(.name = "Coco Velten", .street = "16 rue Bernard Dubois", AT(45430000, 4380000)),
            PLACE(.name = "Coco Velten", .street = "3 rue Neuve", AT(45431500, 4380000))),
        0);
}

static void kilometres_outweigh_all_that_is_the_same(void **state)
{
    (void)state;
    assert_int_equal(SCORE(PLACE(.name = "Atelier", .street = "6 rue de la Mairie",
                                 .telephone = "0477000000", AT(45430000, 4380000)),
                           PLACE(.name = "Atelier", .street = "6 rue de la Mairie",
                                 .telephone = "0477000000", AT(45530000, 4380000))),
                     55);
    assert_int_equal(SCORE(PLACE(.name = "Atelier numérique", .street = "6 rue de la Mairie",
                                 .telephone = "0477000000", AT(45430000, 4380000)),
                           PLACE(.name = "Atelier couture", .street = "6 rue de la Mairie",
                                 .telephone = "0477000000", AT(45530000, 4380000))),
                     0);
}

/* Names alike are not enough here, and each of these alone is. */
static void each_thing_in_common_brings_two_together(void **state)
{
    (void)state;
#define LONGER .name = "Fabrique des projets Roche"
#define SHORTER .name = "Fabrique projets Roche locale"
    assert_int_equal(SCORE(PLACE(LONGER), PLACE(SHORTER)), 0);
    assert_int_equal(
        SCORE(PLACE(LONGER, .siren = "732829320"), PLACE(SHORTER, .siren = "73282932000074")), 50);
    assert_int_equal(SCORE(PLACE(LONGER, .telephone = "0477000000"),
                           PLACE(SHORTER, .telephone = "+33477000000")),
                     60);
    assert_int_equal(
        SCORE(PLACE(LONGER, .street = "rue Neuve"), PLACE(SHORTER, .street = "R. Neuve")), 50);
    for (int step = 0; step < 5800; step += 100) /* wherever the squares of the map end */
        assert_int_equal(SCORE(PLACE(LONGER, AT(45430000 + step, 4380000 + step)),
                               PLACE(SHORTER, AT(45431700 + step, 4380400 + step))),
                         50);
}

/* --- crowds --- */

#define CROWD (4 * DUPLICATE_CROWD)

/* So many places that share a street and a telephone and nothing else. */
static void gather_crowd(duplicate_place_t places[CROWD], char names[CROWD][64])
{
    for (size_t i = 0; i < CROWD; i++) {
        snprintf(names[i], 64, "local%zu bureau%zu", i, i);
        places[i] = (duplicate_place_t)PLACE(.name = names[i], .street = "rue de la République",
                                             .telephone = "0477000000");
    }
}

static void in_a_crowd_those_who_share_a_word_are_found(void **state)
{
    (void)state;
    duplicates_t found = {0};
    duplicate_place_t places[CROWD];
    char names[CROWD][64];
    gather_crowd(places, names);
    places[3].name = "Maison des projets";
    places[CROWD - 2].name = "Maison du projet";
    const duplicate_t *pair = only(&found, places, CROWD);
    assert_non_null(pair);
    assert_int_equal(pair->a, 3);
    assert_int_equal(pair->b, CROWD - 2);
    duplicates_free(&found);
}

/* What nobody could read through is cut, and what is told is enough to see what happened. */
static void a_crowd_of_one_name_is_compared_with_its_neighbours(void **state)
{
    (void)state;
    duplicates_t found;
    duplicate_place_t places[CROWD];
    for (size_t i = 0; i < CROWD; i++)
        places[i] = (duplicate_place_t)PLACE(.name = "Mairie annexe", .telephone = "0477000000");
    duplicates_find(places, CROWD, &found);
    assert_true(found.count >= CROWD - 1 && found.count <= CROWD * DUPLICATE_NEIGHBOURS);
    bool seen[CROWD] = {false};
    for (size_t i = 0; i < found.count; i++)
        seen[found.list[i].a] = seen[found.list[i].b] = true;
    for (size_t i = 0; i < CROWD; i++)
        assert_true(seen[i]);
    duplicates_free(&found);
}

static void a_pair_that_shares_everything_is_told_once(void **state)
{
    (void)state;
    duplicates_t found = {0};
    duplicate_place_t place =
        PLACE(.name = "Zeronoa Saint Roch", .street = "1 rue Neuve", .siren = "732829320",
              .telephone = "0477000000", AT(45430000, 4380000));
    duplicate_place_t places[] = {place, place};
    assert_non_null(only(&found, places, 2));
    duplicates_free(&found);
}

/* --- how long it takes --- */

typedef struct town {
    duplicate_place_t *places;
    char (*texts)[64];
    size_t count;
} town_t;

static uint32_t drawn(uint32_t *random, uint32_t among)
{
    *random = *random * 1664525 + 1013904223;
    return (*random >> 8) % among;
}

/* Places with names of three words out of 500, in `areas` communes of 300 streets each, every tenth written
 * twice. */
static town_t build(size_t count, size_t areas)
{
    town_t town = {calloc(count, sizeof *town.places), calloc(4 * count, sizeof *town.texts),
                   count};
    assert_true(town.places && town.texts);
    uint32_t random = 1;
    for (size_t i = 0; i < count; i++) {
        char(*texts)[64] = &town.texts[4 * i];
        if (i % 10 == 9) {
            town.places[i] = town.places[i - 1];
            continue;
        }
        snprintf(texts[0], 64, "%zu", i % areas);
        snprintf(texts[1], 64, "mot%u mot%u mot%u", drawn(&random, 500), drawn(&random, 500),
                 drawn(&random, 500));
        snprintf(texts[2], 64, "%u rue numero%u", drawn(&random, 90), drawn(&random, 300));
        snprintf(texts[3], 64, "04%08u", drawn(&random, 100000000));
        town.places[i] = (duplicate_place_t){.area = texts[0],
                                             .name = texts[1],
                                             .street = texts[2],
                                             .telephone = texts[3],
                                             AT((int32_t)(45000000 + drawn(&random, 100000)),
                                                (int32_t)(4000000 + drawn(&random, 100000)))};
    }
    return town;
}

static void raze(town_t *town)
{
    free(town->places);
    free(town->texts);
}

static double seconds_of(size_t count, size_t areas)
{
    double best = 1e9;
    town_t town = build(count, areas);
    for (int i = 0; i < 3; i++) {
        duplicates_t found;
        struct timespec start, end;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
        duplicates_find(town.places, count, &found);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
        assert_true(found.count >= count / 10);
        duplicates_free(&found);
        double seconds =
            (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
        best = seconds < best ? seconds : best;
    }
    raze(&town);
    return best;
}

/* The figures of a build with sanitizers say little: only a step that is quadratic would fail here. */
static void ten_times_the_rows_take_about_ten_times_as_long(void **state)
{
    (void)state;
    double few = seconds_of(4000, 40), many = seconds_of(40000, 400);
    print_message("duplicates: 4,000 places %.0f ms, 40,000 %.0f ms\n", few * 1e3, many * 1e3);
    assert_true(many < 20 * few);
    double crowd = seconds_of(4000, 1), larger = seconds_of(40000, 1);
    print_message("duplicates in one commune: 4,000 places %.0f ms, 40,000 %.0f ms\n", crowd * 1e3,
                  larger * 1e3);
    assert_true(larger < 20 * crowd);
}

/* --- the real files --- */

typedef struct source {
    const char *file, *name, *street, *code, *commune, *postcode, *siren, *telephone, *lat, *lon;
} source_t;

static const source_t HUB_LO = {.file = "annuaire/hubs/hub-lo.json",
                                .name = "c_nom",
                                .street = "c_adresse",
                                .commune = "c_city",
                                .postcode = "c_postcode",
                                .siren = "c_siren_site",
                                .telephone = "c_telephone",
                                .lat = "c_lat_coor1",
                                .lon = "c_long_coor1"};
static const source_t LA_POSTE = {.file = "annuaire/hubs/etapes-numerique.json",
                                  .name = "Nom",
                                  .street = "Adresse",
                                  .code = "Code INSEE",
                                  .commune = "Commune",
                                  .postcode = "Code postal",
                                  .siren = "SIRET",
                                  .lat = "latitude",
                                  .lon = "longitude"};
static const source_t CONSEILLERS = {.file = "annuaire/conseillers-numeriques-structures-2022.json",
                                     .name = "nom",
                                     .street = "adresse",
                                     .commune = "commune",
                                     .postcode = "code_postal",
                                     .siren = "pivot",
                                     .lat = "latitude",
                                     .lon = "longitude"};

static json_t *rows_of(const source_t *source)
{
    char path[SHARED_PATH_SIZE];
    json_t *rows = json_load_file(shared_path(path, source->file), 0, NULL);
    assert_non_null(rows);
    for (size_t i = 0; i < json_array_size(rows); i++) { /* numbers as texts */
        const char *key;
        json_t *value;
        void *next;
        json_object_foreach_safe(json_array_get(rows, i), next, key, value)
        {
            char number[32];
            snprintf(number, sizeof number, "%.15g", json_number_value(value));
            if (json_is_number(value))
                json_object_set_new(json_array_get(rows, i), key, json_string(number));
        }
    }
    return rows;
}

static const char *text_at(const json_t *row, const char *column)
{
    return column ? json_string_value(json_object_get(row, column)) : NULL;
}

static duplicate_place_t place_of(const geo_t *geo, const json_t *row, const source_t *source)
{
    commune_match_t match;
    commune_find(geo,
                 &(commune_words_t){text_at(row, source->code), text_at(row, source->commune),
                                    text_at(row, source->postcode)},
                 &match);
    const char *lat = text_at(row, source->lat), *lon = text_at(row, source->lon);
    duplicate_place_t place = {.area = match.commune ? match.commune->code : NULL,
                               .commune = match.commune ? match.commune->name : NULL,
                               .name = text_at(row, source->name),
                               .street = text_at(row, source->street),
                               .siren = text_at(row, source->siren),
                               .telephone = text_at(row, source->telephone)};
    if (lat && lon && *lat && *lon) {
        place.lat = (int32_t)(strtod(lat, NULL) * 1e6);
        place.lon = (int32_t)(strtod(lon, NULL) * 1e6);
        place.located = true;
    }
    return place;
}

/* Says the pairs with TELL in the environment. */
static void tell(const duplicate_place_t *places, const duplicates_t *found)
{
    for (size_t i = 0; i < found->count && getenv("TELL"); i++) {
        const duplicate_t *pair = &found->list[i];
        const duplicate_place_t *a = &places[pair->a], *b = &places[pair->b];
        print_message("%d %d/%d/%d/%d/%d %s | %s (%s) | %s (%s)\n", pair->score, pair->points[0],
                      pair->points[1], pair->points[2], pair->points[3], pair->points[4],
                      a->commune, a->name, a->street, b->name, b->street);
    }
}

/* The places of two files; or of one, when other is NULL. */
typedef struct crowd {
    geo_t *geo;
    json_t *rows, *others;
    duplicate_place_t *places;
    size_t first, count; /* of the first file, and of both */
    duplicates_t found;
} crowd_t;

static crowd_t gather(const source_t *source, const source_t *other)
{
    crowd_t crowd = {.geo = load_france(), .rows = rows_of(source)};
    crowd.others = other ? rows_of(other) : json_array();
    crowd.first = json_array_size(crowd.rows);
    crowd.count = crowd.first + json_array_size(crowd.others);
    crowd.places = calloc(crowd.count, sizeof *crowd.places);
    assert_non_null(crowd.places);
    for (size_t i = 0; i < crowd.count; i++) {
        bool own = i < crowd.first;
        const json_t *row =
            own ? json_array_get(crowd.rows, i) : json_array_get(crowd.others, i - crowd.first);
        crowd.places[i] = place_of(crowd.geo, row, own ? source : other);
    }
    duplicates_find(crowd.places, crowd.count, &crowd.found);
    tell(crowd.places, &crowd.found);
    return crowd;
}

static void scatter(crowd_t *crowd)
{
    duplicates_free(&crowd->found);
    free(crowd->places);
    json_decref(crowd->rows);
    json_decref(crowd->others);
    geo_destroy(&crowd->geo);
}

static bool is_told(const duplicates_t *found, size_t a, size_t b, const duplicate_t *wanted)
{
    for (size_t i = 0; i < found->count; i++)
        if (found->list[i].a == a && found->list[i].b == b)
            return found->list[i].score == wanted->score;
    return false;
}

/* Two by two, as if there were no others. */
static size_t found_two_by_two(const crowd_t *crowd, bool *all_told)
{
    size_t count = 0;
    duplicates_t found;
    for (size_t a = 0; a < crowd->count; a++)
        for (size_t b = a + 1; b < crowd->count && crowd->places[a].area; b++) {
            if (!crowd->places[b].area || strcmp(crowd->places[a].area, crowd->places[b].area) != 0)
                continue;
            duplicate_place_t two[] = {crowd->places[a], crowd->places[b]};
            duplicates_find(two, 2, &found);
            for (size_t i = 0; i < found.count; i++, count++)
                *all_told &= is_told(&crowd->found, a, b, &found.list[i]);
            duplicates_free(&found);
        }
    return count;
}

/* The pairs of a department with a place of each file. */
static size_t across(const crowd_t *crowd, const char *department)
{
    size_t pairs = 0;
    for (size_t i = 0; i < crowd->found.count; i++) {
        const duplicate_t *pair = &crowd->found.list[i];
        pairs += pair->a < crowd->first && pair->b >= crowd->first
                 && strncmp(crowd->places[pair->a].area, department, strlen(department)) == 0;
    }
    return pairs;
}

static size_t duplicates_in(const source_t *source, size_t count)
{
    crowd_t crowd = gather(source, NULL);
    assert_int_equal(crowd.count, count);
    size_t pairs = crowd.found.count;
    scatter(&crowd);
    return pairs;
}

/* "LA POSTE SAINT ETIENNE MONTREYNAUD" and "Saint Etienne Montreynaud BP", 56 metres apart. */
static void a_place_of_the_loire_in_two_sources_is_found(void **state)
{
    (void)state;
    crowd_t crowd = gather(&CONSEILLERS, &LA_POSTE);
    size_t pairs = across(&crowd, "42");
    scatter(&crowd);
    assert_int_equal(pairs, 1);
}

static void ninety_five_places_of_la_poste_stay_ninety_five(void **state)
{
    (void)state;
    assert_int_equal(duplicates_in(&LA_POSTE, 95), 0);
}

static void a_directory_with_half_its_sirets_unknown_is_not_one_place(void **state)
{
    (void)state;
    size_t pairs = duplicates_in(&CONSEILLERS, 1354);
    print_message("conseillers: %zu pairs\n", pairs);
    assert_true(pairs > 0 && pairs < 1354 / 10);
}

static void real_near_duplicates_are_found(void **state)
{
    (void)state;
    size_t pairs = duplicates_in(&HUB_LO, 426);
    print_message("hub-lo: %zu pairs\n", pairs);
    assert_true(pairs > 0 && pairs < 426 / 4);
}

static void no_real_pair_is_missed(void **state)
{
    (void)state;
    static const source_t *const PAIRS[][2] = {{&CONSEILLERS, &LA_POSTE}, {&HUB_LO, &CONSEILLERS}};
    for (size_t i = 0; i < sizeof PAIRS / sizeof *PAIRS; i++) {
        crowd_t crowd = gather(PAIRS[i][0], PAIRS[i][1]);
        bool all_told = true;
        size_t count = found_two_by_two(&crowd, &all_told);
        print_message("%s: %zu pairs\n", PAIRS[i][0]->file, count);
        assert_true(all_told && count > 0);
        assert_int_equal(crowd.found.count, count);
        scatter(&crowd);
    }
}

/* A town of seven streets: streets and squares are crowds. */
static void of_a_large_town_no_pair_is_missed(void **state)
{
    (void)state;
    town_t town = build(700, 1);
    crowd_t crowd = {.places = town.places, .count = town.count};
    for (size_t i = 0; i < town.count; i++) /* seven streets */
        town.places[i].street = town.places[i % 7].street;
    duplicates_find(town.places, town.count, &crowd.found);
    bool all_told = true;
    size_t count = found_two_by_two(&crowd, &all_told);
    print_message("one town: %zu of %zu pairs\n", crowd.found.count, count);
    assert_true(all_told && count >= town.count / 10);
    assert_int_equal(crowd.found.count, count);
    duplicates_free(&crowd.found);
    raze(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_place_written_twice_is_found_whatever_its_spelling),
        cmocka_unit_test(the_same_name_alone_is_just_enough),
        cmocka_unit_test(a_slip_of_the_pen_is_overlooked),
        cmocka_unit_test(the_same_name_far_away_is_another_place),
        cmocka_unit_test(neighbours_of_one_address_are_not_one),
        cmocka_unit_test(one_siren_at_several_places_says_little),
        cmocka_unit_test(zeros_and_short_numbers_are_unknown),
        cmocka_unit_test(another_siren_speaks_against),
        cmocka_unit_test(the_name_of_the_commune_tells_no_place_from_another),
        cmocka_unit_test(places_of_two_communes_are_never_compared),
        cmocka_unit_test(nothing_is_made_of_nothing),
        cmocka_unit_test(the_most_probable_come_first),
        cmocka_unit_test(on_one_spot_another_way_to_write_the_address_says_nothing),
        cmocka_unit_test(kilometres_outweigh_all_that_is_the_same),
        cmocka_unit_test(each_thing_in_common_brings_two_together),
        cmocka_unit_test(in_a_crowd_those_who_share_a_word_are_found),
        cmocka_unit_test(a_crowd_of_one_name_is_compared_with_its_neighbours),
        cmocka_unit_test(a_pair_that_shares_everything_is_told_once),
        cmocka_unit_test(no_real_pair_is_missed),
        cmocka_unit_test(of_a_large_town_no_pair_is_missed),
        cmocka_unit_test(ten_times_the_rows_take_about_ten_times_as_long),
        cmocka_unit_test(ninety_five_places_of_la_poste_stay_ninety_five),
        cmocka_unit_test(a_directory_with_half_its_sirets_unknown_is_not_one_place),
        cmocka_unit_test(real_near_duplicates_are_found),
        cmocka_unit_test(a_place_of_the_loire_in_two_sources_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
