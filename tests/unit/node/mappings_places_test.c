/* The mappings of places with the files they were written for, every row of them; and the repairs that
 * these files need, each with the values that they have. */
#include "node/import/fix/fix.h"
#include "node/import/fix/repair.h"

#include <math.h>
#include <time.h>

#include "import_world.h"

#define CHARENTE                                                                                   \
    "annuaire/standard/20230711-charente-lieux-de-mediation-numeriques-nouvelle-aquitaine@"

/* --- a real file through its mapping --- */

/* Of work, whatever else the machine does. */
static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static char *load_file(world_t *world, const char *file, size_t *size)
{
    if (!world->geo) {
        print_message("skipped: no geography\n");
        skip();
    }
    return load_shared(world, file, size);
}

/* Gives the rows a second. */
static double import(world_t *world, const char *mapping, const char *file)
{
    size_t size;
    use_mapping(world, mapping);
    char *bytes = load_file(world, file, &size);
    double start = seconds();
    import_bytes(world, "f", bytes, size);
    double passed = seconds() - start;
    free(bytes);
    return (double)world->imported.rows / passed;
}

typedef struct expected {
    size_t rows, added, refused, unreadable;
    struct {
        const char *code;
        size_t count;
    } findings[6];
} expected_t;

static void expect_import(world_t *world, const char *mapping, const char *file,
                          const expected_t *expected)
{
    import(world, mapping, file);
    assert_int_equal(world->imported.rows, expected->rows);
    assert_int_equal(world->imported.unreadable, expected->unreadable);
    assert_int_equal(batch_count(world->batch), expected->added);
    assert_int_equal(batch_refused(world->batch), expected->refused);
    assert_int_equal(batch_repeated(world->batch), 0);
    for (size_t i = 0; i < 6 && expected->findings[i].code; i++)
        if (found(world, expected->findings[i].code, NULL) != expected->findings[i].count)
            fail_msg("%s: %zu %s", file, found(world, expected->findings[i].code, NULL),
                     expected->findings[i].code);
}

static const char *text(const json_t *json, const char *field)
{
    const char *value = json_string_value(json_object_get(json, field));
    return value ? value : "";
}

static void expect(const world_t *world, const char *id, const char *field, const char *value)
{
    json_t *body = record(world, id);
    if (!body)
        fail_msg("no record '%s'", id);
    assert_string_equal(text(body, field), value);
    json_decref(body);
}

static void expect_codes(const world_t *world, const char *id, const char *field, const char *json)
{
    json_t *body = record(world, id);
    assert_non_null(body);
    char *dumped = json_dumps(json_object_get(body, field), JSON_ENCODE_ANY | JSON_COMPACT);
    assert_string_equal(dumped ? dumped : "", json);
    free(dumped);
    json_decref(body);
}

/* How many records have the field. */
static size_t having(const world_t *world, const char *field)
{
    err_t err = {0};
    size_t count = 0;
    for (size_t i = 0; i < batch_count(world->batch); i++) {
        const change_t *change = &batch_changes(world->batch)[i];
        json_t *body = body_decode(world->kind, change->body, change->body_size, &err);
        count += json_object_get(body, field) != NULL;
        json_decref(body);
    }
    return count;
}

static double metres(const json_t *body, double lat, double lon)
{
    double body_lat = json_number_value(json_object_get(body, "lat"));
    double body_lon = json_number_value(json_object_get(body, "lon"));
    return geo_metres((int32_t)lround(body_lat * 1e6), (int32_t)lround(body_lon * 1e6),
                      (int32_t)lround(lat * 1e6), (int32_t)lround(lon * 1e6));
}

/* --- the files --- */

static void half_the_conseillers_have_no_siret_and_all_are_places(void **state)
{
    world_t *world = *state;
    static const expected_t EXPECTED = {
        1354, 1354, 0, 0, {{"W_COMMUNE", 33}, {"W_SIRET", 5}, {"W_LEFT_OUT", 0}}};
    expect_import(world, "conseillers-numeriques",
                  "annuaire/conseillers-numeriques-structures-2022.json", &EXPECTED);
    assert_int_equal(having(world, "siret"),
                     1354 - 656 - 5); /* of 656 zeros, and of 5 wrong ones */
    assert_int_equal(having(world, "siren"), 4);
    assert_int_equal(having(world, "code_insee"), 1354 - 33);
    assert_int_equal(having(world, "zone_intervention"), 1354);
    finding_of(world, "f:369", "W_SIRET", "20006854200015");
    finding_of(world, "f:691", "W_SIRET", "31019600500011");
    finding_of(world, "f:1185", "W_COMMUNE", "chambon-feugerolles");
}

static size_t with_siret(const world_t *world, const char *siret)
{
    err_t err = {0};
    size_t count = 0;
    for (size_t i = 0; i < batch_count(world->batch); i++) {
        const change_t *change = &batch_changes(world->batch)[i];
        json_t *body = body_decode(world->kind, change->body, change->body_size, &err);
        count += strncmp(text(body, "siret"), siret, strlen(siret)) == 0;
        json_decref(body);
    }
    return count;
}

static void one_siret_of_twenty_seven_places_stays_twenty_seven(void **state)
{
    world_t *world = *state;
    import(world, "conseillers-numeriques", "annuaire/conseillers-numeriques-structures-2022.json");
    assert_int_equal(with_siret(world, "77639896800060"), 27);
}

static void a_siren_of_ninety_five_places_stays_ninety_five(void **state)
{
    world_t *world = *state;
    static const expected_t EXPECTED = {95, 95, 0, 0, {{"W_COMMUNE", 1}, {"W_SIRET", 0}}};
    expect_import(world, "etapes-numerique", "annuaire/hubs/etapes-numerique.json", &EXPECTED);
    assert_int_equal(with_siret(world, "356000000"), 95);
    assert_int_equal(having(world, "code_insee"), 95);
    expect(world, "etapes-numeriques-de-la-poste:1", "code_postal", "01000");
    expect(world, "etapes-numeriques-de-la-poste:1", "code_insee", "COM-01053");
}

static void the_code_of_a_merged_commune_is_replaced_and_quoted(void **state)
{
    world_t *world = *state;
    import(world, "etapes-numerique", "annuaire/hubs/etapes-numerique.json");
    expect(world, "etapes-numeriques-de-la-poste:73", "code_insee", "COM-69114");
    finding_of(world, "f:74", "W_COMMUNE", "COM-69159");
}

static void a_place_overseas_keeps_its_coordinates(void **state)
{
    world_t *world = *state;
    import(world, "etapes-numerique", "annuaire/hubs/etapes-numerique.json");
    assert_int_equal(having(world, "lat"), 95);
    assert_int_equal(found(world, "W_COORDINATES", NULL), 0);
}

static void numbers_of_associations_in_a_column_of_sirets_become_rna(void **state)
{
    world_t *world = *state;
    static const expected_t EXPECTED = {38, 38, 0, 0, {{"W_SIRET", 12}, {"W_LEFT_OUT", 0}}};
    expect_import(world, "aix-en-provence", "annuaire/hubs/aix-en-provence.json", &EXPECTED);
    assert_int_equal(having(world, "rna"), 12);
    assert_int_equal(having(world, "siret"), 24);
    expect(world, "ville-d-aix-en-provence:1", "rna", "W131004321");
    expect(world, "ville-d-aix-en-provence:1", "code_insee", "COM-13001");
    finding_of(world, "f:2", "W_SIRET", "W131004321");
}

static void the_places_of_angers_come_in_without_what_is_no_contact(void **state)
{
    world_t *world = *state;
    static const expected_t EXPECTED = {63, 63, 0, 0, {{"W_LEFT_OUT", 5}}};
    expect_import(world, "angers", "annuaire/hubs/angers.json", &EXPECTED);
    finding_of(world, "f:63", "W_LEFT_OUT", NULL);
}

static void the_places_of_hub_lo_find_their_communes(void **state)
{
    world_t *world = *state;
    static const expected_t EXPECTED = {426, 426, 0, 0, {{"W_COMMUNE", 5}, {"W_LEFT_OUT", 6}}};
    expect_import(world, "hub-lo", "annuaire/hubs/hub-lo.json", &EXPECTED);
    assert_int_equal(having(world, "code_insee"), 421);
}

static void the_workshops_of_the_creuse_come_in_without_naming_people(void **state)
{
    world_t *world = *state;
    static const expected_t EXPECTED = {91, 91, 0, 0, {{"W_COMMUNE", 4}, {"W_PERSON", 117}}};
    expect_import(world, "la-creuse", "annuaire/hubs/la-creuse.json", &EXPECTED);
    assert_int_equal(having(world, "description"), 0);
    expect_codes(world, "departement-de-la-creuse:1", "accompagnement", "[\"atelier\"]");
    expect(world, "departement-de-la-creuse:1", "nom", "Chéniers");
    expect(world, "departement-de-la-creuse:2", "nom", "Dun Le Palestel - La Palette");
    expect(world, "departement-de-la-creuse:74", "nom", "Ajain - La Quincaillerie");
    expect(world, "departement-de-la-creuse:1", "date_maj", "2023-04-06");
}

static void metres_of_lambert_93_become_degrees_in_the_right_commune(void **state)
{
    world_t *world = *state;
    static const expected_t EXPECTED = {243, 222, 0, 0, {{"W_LEFT_OUT", 13}, {"W_COORDINATES", 0}}};
    expect_import(world, "maine-et-loire", "annuaire/hubs/maine-et-loire.json", &EXPECTED);
    assert_int_equal(world->imported.skipped, 21); /* 18 have closed, 3 have no name */
    json_t *msa = record(world, "departement-de-maine-et-loire:lmn212");
    assert_true(metres(msa, 47.464273, -0.615805) < 20);
    json_decref(msa);
    size_t located = 0, far = 0;
    err_t err = {0};
    for (size_t i = 0; i < batch_count(world->batch); i++) {
        const change_t *change = &batch_changes(world->batch)[i];
        json_t *body = body_decode(world->kind, change->body, change->body_size, &err);
        const geo_commune_t *commune = geo_commune(world->geo, text(body, "code_insee"));
        if (commune && commune->located && !commune->around) {
            far += metres(body, commune->lat / 1e6, commune->lon / 1e6) > 12000;
            located++;
        }
        json_decref(body);
    }
    assert_true(located > 100);
    assert_int_equal(far, 1); /* LMN193, which its source itself puts elsewhere */
}

static void a_date_with_a_zero_for_its_slash_is_understood(void **state)
{
    world_t *world = *state;
    import(world, "maine-et-loire", "annuaire/hubs/maine-et-loire.json");
    size_t mended = 0;
    err_t err = {0};
    for (size_t i = 0; i < batch_count(world->batch); i++) {
        const change_t *change = &batch_changes(world->batch)[i];
        json_t *body = body_decode(world->kind, change->body, change->body_size, &err);
        mended += strcmp(text(body, "date_maj"), "2023-01-09") == 0;
        json_decref(body);
    }
    assert_int_equal(mended, 39);
}

static void a_commune_code_in_the_column_of_postcodes_is_seen(void **state)
{
    world_t *world = *state;
    import(world, "maine-et-loire", "annuaire/hubs/maine-et-loire.json");
    finding_of(world, "f:208", "W_COMMUNE", "Bellevigne-en-Layon");
}

static void new_caledonia_has_no_siret_and_its_own_communes(void **state)
{
    world_t *world = *state;
    static const expected_t EXPECTED = {92, 92, 0, 0, {{"W_COMMUNE", 2}, {"W_COORDINATES", 0}}};
    expect_import(world, "nouvelle-caledonie", "annuaire/hubs/nouvelle-caledonie.json", &EXPECTED);
    assert_int_equal(having(world, "siret") + having(world, "siren"), 0);
    assert_int_equal(having(world, "code_insee"), 90);
    assert_int_equal(having(world, "lat"), 92);
}

static void lost_zeros_and_a_shifted_row_of_paca_are_mended_or_told(void **state)
{
    world_t *world = *state;
    static const expected_t EXPECTED = {
        1245, 1241, 4, 0, {{"E_ONE_OF", 4}, {"W_SIRET", 1}, {"W_COMMUNE", 77}, {"W_ENCODING", 0}}};
    expect_import(world, "paca", "annuaire/hubs/paca.json", &EXPECTED);
    finding_of(world, "f:1241", "W_SIRET", "CAMARET-SUR-AIGUES");
    finding_of(world, "f:1241", "E_ONE_OF", NULL);
    size_t zeros = 0;
    err_t err = {0};
    for (size_t i = 0; i < batch_count(world->batch); i++) {
        const change_t *change = &batch_changes(world->batch)[i];
        json_t *body = body_decode(world->kind, change->body, change->body_size, &err);
        zeros += *text(body, "code_postal") == '0';
        json_decref(body);
    }
    assert_int_equal(zeros, 545);
}

static void a_csv_that_lost_its_accents_is_the_same_places(void **state)
{
    world_t *world = *state;
    static const expected_t EXPECTED = {1245, 1241, 3, 1, {{"E_ONE_OF", 3}, {"E_ROW", 1}}};
    import(world, "paca", "annuaire/hubs/paca.json");
    json_t *ids = json_object();
    for (size_t i = 0; i < batch_count(world->batch); i++)
        json_object_set_new(ids, batch_changes(world->batch)[i].id, json_true());
    expect_import(world, "paca", "annuaire/hubs/paca-2022_v2.csv", &EXPECTED);
    size_t same = 0;
    for (size_t i = 0; i < batch_count(world->batch); i++)
        same += json_object_get(ids, batch_changes(world->batch)[i].id) != NULL;
    json_decref(ids);
    assert_int_equal(same, 1241);
    assert_true(found(world, "W_ENCODING", NULL) > 800);
    finding_of(world, "f:1241", "E_ROW", NULL);
}

static void import_charente(world_t *world, const char *version)
{
    static const expected_t EXPECTED = {
        188, 188, 0, 0, {{"W_COMMUNE", 3}, {"W_SIRET", 1}, {"W_LEFT_OUT", 0}}};
    char file[512];
    snprintf(file, sizeof file, "%s%s.json", CHARENTE, version);
    expect_import(world, "lieux-standard", file, &EXPECTED);
    assert_int_equal(having(world, "siret") + 67 + 1, 188);
}

/* All bodies by id. */
static json_t *bodies(const world_t *world)
{
    err_t err = {0};
    json_t *all = json_object();
    for (size_t i = 0; i < batch_count(world->batch); i++) {
        const change_t *change = &batch_changes(world->batch)[i];
        json_object_set_new(all, change->id,
                            body_decode(world->kind, change->body, change->body_size, &err));
    }
    return all;
}

/* Does this list differ in the two? It is taken out of both. */
static bool differs(json_t *body, json_t *other, const char *field)
{
    bool is_other = !json_equal(json_object_get(body, field), json_object_get(other, field));
    json_object_del(body, field);
    json_object_del(other, field);
    return is_other;
}

/* What really differs: one place helps to set up a company in one file only, and three have somebody
 * who helps each visitor in one file only. All the rest is the same, word for word. */
static void two_vocabularies_of_one_standard_give_the_same_places(void **state)
{
    world_t *world = *state;
    import_charente(world, "926d8162");
    json_t *newer = bodies(world), *body;
    import_charente(world, "cf77ffe5");
    json_t *older = bodies(world);
    const char *id;
    size_t services = 0, accompagnement = 0, others = 0;
    json_object_foreach(newer, id, body)
    {
        json_t *other = json_object_get(older, id);
        assert_non_null(other);
        services += differs(body, other, "services");
        accompagnement += differs(body, other, "accompagnement");
        others += !json_equal(body, other);
    }
    json_decref(newer);
    json_decref(older);
    assert_int_equal(services, 1);
    assert_int_equal(accompagnement, 3);
    assert_int_equal(others, 0);
}

static void the_example_of_the_standard_is_read_as_csv(void **state)
{
    world_t *world = *state;
    static const expected_t EXPECTED = {1, 1, 0, 0, {{"W_LEFT_OUT", 0}, {"W_SIRET", 0}}};
    expect_import(world, "lieux-standard", "schemas/standard-mediation-num.exemple-valide.csv",
                  &EXPECTED);
    static const char ID[] = "cartographie-nationale-des-lieux-d-inclusion-numerique:structure-1";
    expect(world, ID, "siret", "43493312300029");
    expect(world, ID, "code_insee", "COM-51454");
    expect(world, ID, "courriel", "contact@laquincaillerie.tl");
    expect(world, ID, "horaires", "Mo-Fr 09:00-12:00,14:00-18:30; Sa 08:30-12:00");
    expect_codes(world, ID, "frais", "[\"gratuit_sous_condition\",\"payant\"]");
    expect_codes(world, ID, "publics", "[\"femmes\",\"jeunes\"]");
    expect_codes(world, ID, "prise_en_charge", "[\"anglais\",\"illettrisme\",\"surdite\"]");
}

static const char *pattern_of(const json_t *schema, const char *column)
{
    const json_t *fields = json_object_get(schema, "fields");
    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json_t *field = json_array_get(fields, i);
        if (strcmp(text(field, "name"), column) == 0)
            return text(json_object_get(field, "constraints"), "pattern");
    }
    return "";
}

/* The pattern as people read it: "\\(anglais\\)" is "(anglais)". */
static bool allows(const char *pattern, const char *label)
{
    char plain[4096];
    size_t size = 0;
    for (; *pattern && size < sizeof plain - 1; pattern++)
        if (*pattern != '\\')
            plain[size++] = *pattern;
    plain[size] = 0;
    const char *at = strstr(plain, label);
    return at && (at[-1] == '|' || at[-1] == '(') && strchr("|)", at[strlen(label)]);
}

static void the_labels_of_our_words_are_those_of_the_standard(void **state)
{
    static const struct {
        const char *vocabulary, *column;
    } LISTS[] = {
        {"service_mediation", "services"},
        {"public_accueilli", "publics_specifiquement_adresses"},
        {"prise_en_charge", "prise_en_charge_specifique"},
        {"frais", "frais_a_charge"},
        {"accompagnement", "modalites_accompagnement"},
        {"programme_national", "dispositif_programmes_nationaux"},
    };
    world_t *world = *state;
    size_t size;
    char *bytes = load_file(world, "schemas/standard-mediation-num.schema.json", &size);
    json_t *schema = json_loadb(bytes, size, 0, NULL);
    free(bytes);
    for (size_t i = 0; i < sizeof LISTS / sizeof *LISTS; i++) {
        const vocabulary_t *words = schema_vocabulary(world->schema, LISTS[i].vocabulary);
        for (size_t j = 0; j < words->count; j++)
            if (!allows(pattern_of(schema, LISTS[i].column), words->terms[j].label))
                fail_msg("%s: '%s'", LISTS[i].column, words->terms[j].label);
    }
    json_decref(schema);
}

static void a_directory_is_read_fast(void **state)
{
    double best = 0;
    for (int i = 0; i < 3; i++) {
        double rate = import(*state, "conseillers-numeriques",
                             "annuaire/conseillers-numeriques-structures-2022.json");
        best = rate > best ? rate : best;
    }
    print_message("%.0f rows a second\n", best);
    assert_true(best > 1000); /* with sanitizers; tests/bench has the figure */
}

/* --- repairs, value by value --- */

static json_t *repaired(world_t *world, const char *repair, json_t *content)
{
    findings_free(&world->findings);
    assert_non_null(repair_find(repair));
    repair_find(repair)->apply(world->kind, content, content, &world->findings);
    return content;
}

static void expect_pivot(world_t *world, const char *written, const char *field, const char *value,
                         size_t warnings)
{
    json_t *content = repaired(world, "pivot", json_pack("{s:s}", "siret", written));
    assert_int_equal(json_object_size(content), *field ? 1 : 0);
    assert_string_equal(text(content, field), value);
    assert_int_equal(world->findings.warnings, warnings);
    if (warnings)
        assert_string_equal(world->findings.list[0].value, written);
    json_decref(content);
}

static void what_stands_as_siret_goes_where_it_belongs(void **state)
{
    world_t *world = *state;
    expect_pivot(world, "35600000000048", "siret", "35600000000048", 0);
    expect_pivot(world, "434 933 123 00029", "siret", "43493312300029", 0);
    expect_pivot(world, "434.933.123-00029", "siret", "43493312300029", 0);
    expect_pivot(world, "W131004321", "rna", "W131004321", 1);
    expect_pivot(world, "434933123", "siren", "434933123", 1);
    expect_pivot(world, "20006854200015", "siren", "200068542", 1);
    expect_pivot(world, "31019600500011", "", "", 1);
    expect_pivot(world, "5720075000014", "", "", 1); /* 13 digits, right by no zero */
    expect_pivot(world, "1234567.001", "", "", 1);   /* a RIDET */
    expect_pivot(world, "CAMARET-SUR-AIGUES", "", "", 1);
}

static void zeros_are_unknown_and_nothing_is_said(void **state)
{
    world_t *world = *state;
    expect_pivot(world, "00000000000000", "", "", 0);
    expect_pivot(world, "000 000 000", "", "", 0);
    expect_pivot(world, "", "", "", 0);
}

/* Every value that stands as a SIRET in the directories, by the class that was computed apart. */
static void every_siret_of_the_directories_is_classed_alike(void **state)
{
    world_t *world = *state;
    size_t size, sirets = 0, rows = 0;
    char *bytes = load_file(world, "sirene/siret_cases.csv", &size);
    for (char *rest = bytes, *line = strsep(&rest, "\n"); (line = strsep(&rest, "\n")) && *line;) {
        const char *written = strsep(&line, ","), *class = strsep(&line, ",");
        json_t *content = repaired(world, "pivot", json_pack("{s:s}", "siret", written));
        bool is_siret = *text(content, "siret") != 0;
        bool good = strcmp(class, "ok") == 0 || strncmp(class, "laposte", 7) == 0;
        if (is_siret != good)
            fail_msg("%s is %s", written, class);
        if (strcmp(class, "rna_association_number") == 0)
            assert_string_equal(text(content, "rna"), written);
        sirets += is_siret;
        rows++;
        json_decref(content);
    }
    free(bytes);
    assert_int_equal(rows, 528);
    assert_int_equal(sirets, 400 + 108 + 1);
}

static void expect_point(world_t *world, const char *repair, const char *lat, const char *lon,
                         const char *new_lat, const char *new_lon, size_t warnings)
{
    json_t *content = repaired(world, repair, json_pack("{s:s, s:s}", "lat", lat, "lon", lon));
    assert_string_equal(text(content, "lat"), new_lat);
    assert_string_equal(text(content, "lon"), new_lon);
    assert_int_equal(world->findings.warnings, warnings);
    json_decref(content);
}

static void axes_are_exchanged_only_where_that_leads_to_france(void **state)
{
    world_t *world = *state;
    expect_point(world, "swapped_axes", "4.387178", "45.439695", "45.439695", "4.387178", 1);
    assert_string_equal(world->findings.list[0].value, "4.387178, 45.439695");
    expect_point(world, "swapped_axes", "45.439695", "4.387178", "45.439695", "4.387178", 0);
    expect_point(world, "swapped_axes", "166.468099", "-22.233939", "-22.233939", "166.468099", 1);
    expect_point(world, "swapped_axes", "-22.233939", "166.468099", "-22.233939", "166.468099", 0);
    expect_point(world, "swapped_axes", "55.478703", "-21.329184", "-21.329184", "55.478703", 1);
    expect_point(world, "swapped_axes", "52.52", "13.40", "52.52", "13.40", 0);
    expect_point(world, "swapped_axes", "", "45.4", "", "45.4", 0);
}

static void zero_and_zero_is_no_place(void **state)
{
    world_t *world = *state;
    expect_point(world, "zero_coordinates", "0", "0.0", "", "", 1);
    expect_point(world, "zero_coordinates", "45.4", "0", "45.4", "0", 0);
}

static void a_lost_decimal_point_is_put_back_where_only_one_place_fits(void **state)
{
    world_t *world = *state;
    expect_point(world, "lost_decimal_point", "43555117", "7019831", "43.555117", "7.019831", 1);
    expect_point(world, "lost_decimal_point", "43.5", "7", "43.5", "7", 0);
    expect_point(world, "lost_decimal_point", "43555117", "70198", "43.555117", "0.070198", 1);
    expect_point(world, "lost_decimal_point", "99555117", "7019831", "99555117", "7019831", 0);
}

static void metres_outside_of_france_are_left_out_and_said(void **state)
{
    world_t *world = *state;
    expect_point(world, "lambert_93", "6600000", "700000", "46.500000", "3.000000", 0);
    expect_point(world, "lambert_93", "700000", "6600000", "", "", 1);
    expect_point(world, "lambert_93", "", "", "", "", 0);
    expect_point(world, "lambert_93", "mairie", "12", "", "", 1);
}

static void expect_zone(world_t *world, const char *postcode, const char *zone)
{
    json_t *content =
        repaired(world, "zone_of_postcode", json_pack("{s:s}", "code_postal", postcode));
    const json_t *zones = json_object_get(content, "zone_intervention");
    const char *code = json_string_value(json_array_get(zones, 0));
    assert_string_equal(code ? code : "", zone);
    json_decref(content);
}

static void a_postcode_tells_the_department_it_is_handed_out_in(void **state)
{
    world_t *world = *state;
    expect_zone(world, "42000", "DEP-42");
    expect_zone(world, "20137", "DEP-2A");
    expect_zone(world, "20200", "DEP-2B");
    expect_zone(world, "97410", "DEP-974");
    expect_zone(world, "98800", "COM-988");
    expect_zone(world, "00100", "");
    expect_zone(world, "4200", "");
}

static void hours_of_each_day_become_one_text(void **state)
{
    world_t *world = *state;
    json_t *week = repaired(world, "daily_hours",
                            json_pack("{s:s, s:s, s:s}", "horaires_lundi",
                                      "7:30 - 11:30, 12:15-16:00", "horaires_mardi",
                                      "08:00-12:00 / 13:00-17:00", "horaires_dimanche", "Fermé"));
    assert_string_equal(text(week, "horaires"),
                        "Mo 07:30-11:30,12:15-16:00; Tu 08:00-12:00,13:00-17:00");
    json_decref(week);
    week = repaired(
        world, "daily_hours",
        json_pack("{s:s, s:s}", "horaires_lundi", "08:00-12:00", "horaires_samedi", "8h30 à 12h"));
    assert_string_equal(text(week, "horaires"), "lundi : 08:00-12:00; samedi : 8h30 à 12h");
    json_decref(week);
}

static void a_wrong_detail_is_left_out_and_the_place_stays(void **state)
{
    world_t *world = *state;
    json_t *place =
        repaired(world, "wrong_details",
                 json_pack("{s:s, s:s, s:s, s:[s, s]}", "nom", "Mairie", "telephone", "+687",
                           "site", "https://exemple.fr/", "services", "acces", "café"));
    assert_int_equal(json_object_size(place), 3);
    assert_string_equal(text(place, "site"), "https://exemple.fr/");
    assert_int_equal(json_array_size(json_object_get(place, "services")), 1);
    assert_int_equal(world->findings.warnings, 2);
    assert_string_equal(world->findings.list[0].value, "+687");
    assert_string_equal(world->findings.list[1].value, "café");
    json_decref(place);
}

static void fixes_of_places_change_what_they_understand(void **state)
{
    (void)state;
    static const struct {
        const char *fix, *from, *to;
    } CASES[] = {
        {"first_of_several", "a@x.fr|b@x.fr", "a@x.fr"},
        {"first_of_several", "https://a.fr ; https://b.fr", "https://a.fr"},
        {"first_of_several", "https://a.fr", "https://a.fr"},
        {"zero_for_slash", "09/0102023", "09/01/2023"},
        {"zero_for_slash", "09/01/2023", "09/01/2023"},
        {"zero_for_slash", "2023-01-09", "2023-01-09"},
        {"decimal_comma", "394035,185458573", "394035.185458573"},
        {"postcode_zero", "4000", "04000"},
        {"commune", "4070", "COM-04070"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        text_t value;
        text_init(&value, 100);
        text_add_string(&value, CASES[i].from);
        fix_find(CASES[i].fix)->apply(&value);
        assert_string_equal(value.data, CASES[i].to);
        text_free(&value);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_places, teardown)
    const struct CMUnitTest tests[] = {
        TEST(half_the_conseillers_have_no_siret_and_all_are_places),
        TEST(one_siret_of_twenty_seven_places_stays_twenty_seven),
        TEST(a_siren_of_ninety_five_places_stays_ninety_five),
        TEST(the_code_of_a_merged_commune_is_replaced_and_quoted),
        TEST(a_place_overseas_keeps_its_coordinates),
        TEST(numbers_of_associations_in_a_column_of_sirets_become_rna),
        TEST(the_places_of_angers_come_in_without_what_is_no_contact),
        TEST(the_places_of_hub_lo_find_their_communes),
        TEST(the_workshops_of_the_creuse_come_in_without_naming_people),
        TEST(metres_of_lambert_93_become_degrees_in_the_right_commune),
        TEST(a_date_with_a_zero_for_its_slash_is_understood),
        TEST(a_commune_code_in_the_column_of_postcodes_is_seen),
        TEST(new_caledonia_has_no_siret_and_its_own_communes),
        TEST(lost_zeros_and_a_shifted_row_of_paca_are_mended_or_told),
        TEST(a_csv_that_lost_its_accents_is_the_same_places),
        TEST(two_vocabularies_of_one_standard_give_the_same_places),
        TEST(the_example_of_the_standard_is_read_as_csv),
        TEST(the_labels_of_our_words_are_those_of_the_standard),
        TEST(a_directory_is_read_fast),
        TEST(what_stands_as_siret_goes_where_it_belongs),
        TEST(zeros_are_unknown_and_nothing_is_said),
        TEST(every_siret_of_the_directories_is_classed_alike),
        TEST(axes_are_exchanged_only_where_that_leads_to_france),
        TEST(zero_and_zero_is_no_place),
        TEST(a_lost_decimal_point_is_put_back_where_only_one_place_fits),
        TEST(metres_outside_of_france_are_left_out_and_said),
        TEST(a_postcode_tells_the_department_it_is_handed_out_in),
        TEST(hours_of_each_day_become_one_text),
        TEST(a_wrong_detail_is_left_out_and_the_place_stays),
        TEST(fixes_of_places_change_what_they_understand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
