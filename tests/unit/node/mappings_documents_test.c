/* The mappings of events, aids, use cases, providers and figures with the files they were written for,
 * every row of them; and the fixes and repairs that these files need. */
#include "node/import/fix/fix.h"

#include "import_world.h"

/* --- a file through its mapping --- */

static void import_text(world_t *world, const char *mapping, const char *text)
{
    use_mapping(world, mapping);
    import_bytes(world, "essai", text, strlen(text));
}

typedef struct expected {
    size_t rows, added, refused, repeated, warned;
} expected_t;

/* Imports it twice into one batch: what came first must come again as the very same record. */
static void import_shared(world_t *world, const char *mapping, const char *file,
                          const expected_t *expected)
{
    size_t size;
    use_mapping(world, mapping);
    char *bytes = load_shared(world, file, &size);
    import_bytes(world, file, bytes, size);
    assert_int_equal(world->imported.rows, expected->rows);
    assert_int_equal(world->imported.unreadable, 0);
    assert_int_equal(batch_count(world->batch), expected->added);
    assert_int_equal(batch_refused(world->batch), expected->refused);
    assert_int_equal(batch_repeated(world->batch), expected->repeated);
    assert_int_equal(world->imported.warned, expected->warned);
    findings_t first = world->findings;
    world->findings = (findings_t){0};
    import_bytes(world, file, bytes, size);
    free(bytes);
    assert_int_equal(batch_count(world->batch), expected->added);
    assert_int_equal(batch_refused(world->batch), 2 * expected->refused);
    findings_free(&world->findings);
    world->findings = first;
}

static const json_t *at(const json_t *body, const char *path)
{
    while (body && *path) {
        size_t size = strcspn(path, ".");
        body = json_is_array(body) ? json_array_get(body, strtoul(path, NULL, 10))
                                   : json_object_getn(body, path, size);
        path += size + (path[size] == '.');
    }
    return body;
}

static void expect(const json_t *body, const char *path, const char *text)
{
    const char *value = json_string_value(at(body, path));
    if (!value)
        fail_msg("no text at %s", path);
    assert_string_equal(value, text);
}

static void expect_number(const json_t *body, const char *path, double number)
{
    assert_non_null(at(body, path));
    assert_true(json_number_value(at(body, path)) > number - 1e-9
                && json_number_value(at(body, path)) < number + 1e-9);
}

/* --- events --- */

static void each_event_of_the_drome_is_one_record_a_series_has_its_two_known_dates(void **state)
{
    world_t *world = *state;
    import_shared(world, "openagenda", "evenements/openagenda-drome.json",
                  &(expected_t){555, 555, 0, 0, 26});
    assert_int_equal(found(world, "W_INCOMPLETE", "description"), 26);
    json_t *series = record(world, "53177144");
    expect(series, "titre", "Cours de Forró à Crest");
    expect(series, "horaires.0.debut", "2025-09-11T18:00:00+02:00");
    expect(series, "horaires.1.debut", "2026-06-25T18:00:00+02:00");
    assert_int_equal(json_array_size(at(series, "horaires")), 2);
    expect(series, "lieu.commune", "Crest");
    json_decref(series);
    size_t several = 0;
    for (size_t i = 0; i < batch_count(world->batch); i++) {
        json_t *event = record(world, batch_changes(world->batch)[i].id);
        several += json_array_size(at(event, "horaires")) == 2;
        json_decref(event);
    }
    assert_int_equal(several, 221);
}

static void one_event_published_under_six_uids_stays_six_records(void **state)
{
    world_t *world = *state;
    import_shared(world, "opendatasoft", "evenements/opendatasoft-openagenda-paris.json",
                  &(expected_t){20, 20, 0, 0, 0});
    size_t same = 0;
    for (size_t i = 0; i < batch_count(world->batch); i++) {
        json_t *event = record(world, batch_changes(world->batch)[i].id);
        same += strcmp(json_string_value(at(event, "titre")), "Mai à Vélo 2026") == 0;
        json_decref(event);
    }
    assert_true(same >= 6);
}

static void the_answer_of_opendatasoft_gives_dates_codes_place_and_plain_text(void **state)
{
    world_t *world = *state;
    import_shared(world, "opendatasoft", "evenements/opendatasoft-openagenda-paris.json",
                  &(expected_t){20, 20, 0, 0, 0});
    json_t *event = record(world, "59694103");
    expect(event, "horaires.0.debut", "2026-02-13T10:00:00+01:00");
    expect(event, "mode", "presentiel");
    expect(event, "statut", "programme");
    expect(event, "inscription.url", "https://www.artcapital.fr/billetterie");
    assert_int_equal(json_array_size(at(event, "horaires")), 3);
    assert_null(strpbrk(json_string_value(at(event, "description")), "<>"));
    json_decref(event);
    event = record(world, "70343731");
    expect(event, "lieu.code_postal", "75015");
    expect(event, "horaires.0.fin", "2026-04-12T17:00:00+02:00");
    json_decref(event);
    event = record(world, "78584901");
    assert_int_equal(json_array_size(at(event, "horaires")), 32);
    json_decref(event);
}

static void a_calendar_gives_its_meetings_with_a_postcode_that_was_folded(void **state)
{
    world_t *world = *state;
    import_shared(world, "ics", "evenements/lyon-sample-wordpress.ics",
                  &(expected_t){4, 4, 0, 0, 0});
    json_t *event = record(world, "592-aldil.org");
    expect(event, "lieu.code_postal", "69003");
    expect(event, "lieu.commune", "LYON");
    expect(event, "lieu.nom", "Maison pour tous / Salle des Rancy");
    expect(event, "lieu.adresse", "249 rue Vendôme");
    expect(event, "mode", "presentiel");
    expect(event, "horaires.0.debut", "2025-03-20T19:00:00+01:00");
    json_decref(event);
    event = record(world, "630-aldil.org");
    expect(event, "mode", "en_ligne");
    assert_null(at(event, "lieu"));
    json_decref(event);
}

static void a_day_of_a_calendar_lasts_until_its_last_minute(void **state)
{
    world_t *world = *state;
    import_text(world, "ics",
                "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:jour\r\n"
                "DTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:20260713\r\n"
                "DTEND;VALUE=DATE:20260715\r\nSUMMARY:Salon\r\nLOCATION:Gymnase\r\n"
                "DESCRIPTION:Deux jours.\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n");
    json_t *event = record(world, "jour");
    expect(event, "horaires.0.debut", "2026-07-13T00:00:00+02:00");
    expect(event, "horaires.0.fin", "2026-07-14T23:59:00+02:00");
    json_decref(event);
}

/* --- aids --- */

static void the_aids_of_the_ecological_transition_come_in_with_their_structured_rules(void **state)
{
    world_t *world = *state;
    import_shared(world, "tee", "programmes/tee-programs-2026-06.json",
                  &(expected_t){260, 260, 0, 0, 44});
    json_t *aid =
        record(world, "banque-publique-d-investissement-france:accelerateur-decarbonation");
    expect_number(aid, "eligibilite_effectif_minimal", 50); /* the source writes "50" */
    expect_number(aid, "eligibilite_annees_existence_minimal", 3);
    expect(aid, "date_ouverture", "2023-02-06");
    expect(aid, "date_cloture", "2025-12-31");
    expect(aid, "eligibilite_geographique.0", "PAYS-99100");
    expect(aid, "types_aides.0", "etude");
    expect(aid, "eligibilite_forme_juridique_exclusions.0", "Microentrepreneur");
    expect(aid, "etapes.0.description",
           "Complétez le formulaire de candidature en ligne sur le site de Bpifrance.");
    assert_true(json_is_true(at(aid, "suspendu")));
    json_decref(aid);
}

static void all_twenty_one_sections_are_no_restriction_twenty_are(void **state)
{
    world_t *world = *state;
    import_shared(world, "tee", "programmes/tee-programs-2026-06.json",
                  &(expected_t){260, 260, 0, 0, 44});
    size_t restricted = 0, past = 0;
    for (size_t i = 0; i < batch_count(world->batch); i++) {
        json_t *aid = record(world, batch_changes(world->batch)[i].id);
        const char *end = json_string_value(at(aid, "date_cloture"));
        restricted += at(aid, "ciblage_naf") != NULL;
        past += end && strcmp(end, "2026-06-15") < 0;
        json_decref(aid);
    }
    assert_int_equal(restricted, 260 - 76);
    assert_int_equal(past, 62); /* kept: the closing date tells */
    json_t *aid = record(world, "ademe:act-pas-a-pas");
    assert_int_equal(json_array_size(at(aid, "ciblage_naf")), 19);
    expect(aid, "ciblage_naf.0.nomenclature", "rev2");
    json_decref(aid);
}

static void text_and_numbers_that_disagree_are_both_kept_and_said(void **state)
{
    world_t *world = *state;
    import_shared(world, "tee", "programmes/tee-programs-2026-06.json",
                  &(expected_t){260, 260, 0, 0, 44});
    assert_int_equal(found(world, "W_ELIGIBILITY", "eligibilite"), 16);
    const finding_t *finding = finding_of(world, NULL, "W_ELIGIBILITY", "Toutes tailles");
    assert_non_null(strstr(finding->reason, "maximum : 499"));
    assert_int_equal(found(world, "W_LINK", "etapes.lien"), 27);
}

static void dates_of_the_evening_before_are_those_of_paris_and_swapped_ones_are_said(void **state)
{
    world_t *world = *state;
    import_shared(world, "aides", "programmes/tee-data_gouv_export-2026-06.csv",
                  &(expected_t){190, 190, 0, 0, 27});
    assert_int_equal(found(world, "W_DATE_DOUBTFUL", "date_ouverture"), 18);
    assert_int_equal(found(world, "W_DATE_DOUBTFUL", "date_cloture"), 11);
    assert_int_equal(found(world, "W_DATE_SWAPPED", NULL), 0); /* nothing here proves one */
    const finding_t *finding = finding_of(world, NULL, "W_DATE_DOUBTFUL", "2023-06-02");
    assert_non_null(strstr(finding->reason, "2023-02-06"));
    json_t *aid = record(world, "bpifrance:e08d1f36-3fae-4ced-8236-c262752bccd5");
    expect(aid, "date_ouverture", "2023-06-02");
    expect(aid, "porteurs.0.siren", "483790069");
    expect(aid, "porteurs.0.roles.0", "diffuseur");
    expect(aid, "types_aides.0", "etude");
    json_decref(aid);
    size_t new_year = 0;
    for (size_t i = 0; i < batch_count(world->batch); i++) {
        aid = record(world, batch_changes(world->batch)[i].id);
        const char *day = json_string_value(at(aid, "date_ouverture"));
        new_year += day && strcmp(day, "2023-01-01") == 0;
        json_decref(aid);
    }
    assert_int_equal(new_year, 49); /* 2022-12-31T23:00Z */
}

static void a_scope_mixes_countries_regions_and_collectivities(void **state)
{
    world_t *world = *state;
    import_shared(world, "aides", "programmes/tee-data_gouv_export-2026-06.csv",
                  &(expected_t){190, 190, 0, 0, 27});
    assert_int_equal(found(world, "W_OVERSEAS", NULL), 2);
    size_t everywhere = 0, polynesia = 0, saint_martin = 0;
    for (size_t i = 0; i < batch_count(world->batch); i++) {
        json_t *aid = record(world, batch_changes(world->batch)[i].id);
        const json_t *where = at(aid, "eligibilite_geographique");
        for (size_t j = 0; j < json_array_size(where); j++) {
            const char *code = json_string_value(json_array_get(where, j));
            everywhere += strcmp(code, "PAYS-99100") == 0;
            polynesia += strcmp(code, "COM-987") == 0;
            saint_martin += strcmp(code, "COM-978") == 0;
        }
        json_decref(aid);
    }
    assert_int_equal(everywhere, 109);
    assert_int_equal(polynesia, 12);
    assert_int_equal(saint_martin, 2);
}

#define AID                                                                                        \
    "id,titre,promesse,description,eligibilite,types_aides,porteurs,programmes_parents,url_"       \
    "source,"                                                                                      \
    "cibles,eligibilite_geographique,eligibilite_geographique_exclusions,date_ouverture,"          \
    "date_cloture,date_mise_a_jour\n"

static void a_swapped_date_is_mended_only_when_the_other_date_proves_it(void **state)
{
    world_t *world = *state;
    import_text(world, "aides",
                AID "a,T,,,,,\"[{\"\"nom\"\":\"\"X\"\"}]\",,,,,,2024-08-31T22:00:00Z,"
                    "2024-03-14T23:00:00Z,2024-01-01T00:00:00Z\n"
                    "b,T,,,,,\"[{\"\"nom\"\":\"\"X\"\"}]\",,,,,,2024-08-31T22:00:00Z,"
                    "2024-12-14T23:00:00Z,2024-01-01T00:00:00Z\n");
    json_t *aid = record(world, "x:a"); /* 2024-09-01 is after 2024-03-15: it was 2024-01-09 */
    expect(aid, "date_ouverture", "2024-01-09");
    expect(aid, "date_cloture", "2024-03-15");
    json_decref(aid);
    aid = record(world, "x:b");
    expect(aid, "date_ouverture", "2024-09-01");
    json_decref(aid);
    assert_int_equal(found(world, "W_DATE_SWAPPED", "date_ouverture"), 1);
    assert_int_equal(found(world, "W_DATE_DOUBTFUL", "date_ouverture"), 1);
}

static void the_aids_for_towns_come_in_without_a_place_that_nobody_said(void **state)
{
    world_t *world = *state;
    import_shared(world, "aides-territoires", "programmes/aides-territoires-periurbain.csv",
                  &(expected_t){274, 274, 0, 0, 274});
    assert_int_equal(found(world, "W_INCOMPLETE", "eligibilite_geographique"), 274);
    json_t *aid = record(world, "conseil-departemental-du-morbihan:"
                                "e342-copie-14h23-favoriser-laccessibilite-des-bati");
    expect(aid, "cibles.0", "secteur_public");
    expect(aid, "types_aides.1", "financement");
    expect(aid, "porteurs.0.nom", "Conseil départemental du Morbihan");
    expect(aid, "eligibilite", "Communes, Intercommunalités / Pays");
    json_decref(aid);
    aid = record(world, "conseil-departemental-du-gers-caue-du-gers:a21c-accompagner-les-"
                        "collectivites-en-ingenierie");
    expect(aid, "operateur", "Conseil départemental du Gers, CAUE du Gers");
    expect(aid, "porteurs.1.nom", "CAUE du Gers");
    json_decref(aid);
}

/* --- use cases, providers, figures --- */

static void the_use_cases_of_ai_watch_stay_in_english_and_unknown_is_no_value(void **state)
{
    world_t *world = *state;
    import_shared(world, "ai-watch", "cas-usage/ai-watch-jrc120399.json",
                  &(expected_t){143, 143, 0, 0, 143});
    assert_int_equal(found(world, "W_INCOMPLETE", "fonction"), 143);
    json_t *use = record(world, "acpaas-technical-procurement-documents-comparison");
    expect(use, "langue", "en");
    expect(use, "technologies.0", "nlp");
    expect(use, "section.code", "O");
    assert_null(at(use, "maturite"));
    json_decref(use);
}

static void the_federal_inventory_is_windows_1252_with_sentences_as_columns(void **state)
{
    world_t *world = *state;
    import_shared(world, "us-inventory",
                  "cas-usage/us-federal-2024_consolidated_ai_inventory_raw_v2.csv",
                  &(expected_t){2133, 2082, 45, 6, 2063});
    assert_int_equal(found(world, "E_TWICE", NULL), 45); /* 2.1 %: see the mapping */
    assert_int_equal(found(world, "W_WINDOWS_1252", NULL), 1);
    json_t *use = record(world, "non-intrusive-inspection-nii-3d-imaging-tool-dhs-cbp");
    expect(use, "titre", "Non-Intrusive Inspection (NII) 3D Imaging Tool (DHS, CBP)");
    expect(use, "maturite", "pilote");
    expect(use, "langue", "en");
    json_decref(use);
    for (size_t i = 0; i < batch_count(world->batch); i++) {
        use = record(world, batch_changes(world->batch)[i].id);
        assert_null(strstr(json_string_value(at(use, "resume")), "\xef\xbf\xbd"));
        json_decref(use);
    }
}

static void the_french_tech_list_and_the_communities_of_lyon_come_in(void **state)
{
    world_t *world = *state;
    import_shared(world, "french-tech", "fournisseurs/french-tech-40-120-2023.csv",
                  &(expected_t){122, 122, 0, 0, 0});
    import_shared(world, "lyon-tech-hub", "fournisseurs/lyon-tech-hub-communautes.json",
                  &(expected_t){27, 27, 0, 0, 0});
    json_t *community = record(world, "lyon-tech-hub:afpy.json");
    expect(community, "site", "http://www.afpy.org"); /* the first of its links */
    json_decref(community);
}

static void eurostat_gives_france_18_16_percent_in_2025(void **state)
{
    world_t *world = *state;
    import_shared(world, "eurostat", "statistiques/eurostat-isoc_eb_ai-2025.csv",
                  &(expected_t){81, 80, 0, 0, 0});
    json_t *figure = record(world, "e_ai_tany:pays-99100:2025:eurostat:10");
    expect_number(figure, "valeur", 18.16);
    expect(figure, "unite", "pct");
    expect(figure, "dimensions.taille", "10+");
    expect(figure, "producteur", "Eurostat");
    json_decref(figure);
}

static void the_digital_intensity_has_one_record_for_each_size_and_year(void **state)
{
    world_t *world = *state;
    import_shared(world, "eurostat", "statistiques/eurostat-isoc_e_dii.csv",
                  &(expected_t){170, 168, 0, 0, 0});
    json_t *figure = record(world, "e_di3_gelo:ue-27:2021:eurostat:10-249");
    expect_number(figure, "valeur", 54.82);
    expect(figure, "territoire", "UE-27");
    json_decref(figure);
}

/* --- fixes --- */

static void expect_fix(const char *name, const char *given, const char *wanted)
{
    text_t value;
    text_init(&value, 4096);
    text_add_string(&value, given);
    assert_non_null(fix_find(name));
    fix_find(name)->apply(&value);
    assert_string_equal(value.data, wanted);
    text_free(&value);
}

static void html_becomes_plain_text_with_its_paragraphs_and_points(void **state)
{
    (void)state;
    expect_fix("strip_html", "<p>Un&nbsp;&eacute;t&eacute;</p><p>A &amp; B</p>", "Un été\n\nA & B");
    expect_fix("strip_html", "<ul><li>un</li><li>deux</li></ul>", "- un\n- deux");
    expect_fix("strip_html", "l&#8217;aide &#x2013; 5 &lt; 6", "l’aide – 5 < 6");
    expect_fix("strip_html", "moins de <5 salariés & plus", "moins de <5 salariés & plus");
    expect_fix("strip_html", "&bogus; &#0; &#xd800; <", "&bogus; &#0; &#xd800; <");
    expect_fix("strip_html", "<!-- rien --><br/>x", "x");
}

/* A file of some kilobytes may unpack to this; each beginning was looked at to the end of the text once. */
static void a_text_of_nothing_but_beginnings_of_html_takes_no_time(void **state)
{
    (void)state;
    static const char *const BEGINNINGS[] = {"&", "<a", "&aaaaaaa"};
    const size_t most = 1 << 20;
    for (size_t i = 0; i < sizeof BEGINNINGS / sizeof *BEGINNINGS; i++) {
        text_t given;
        text_init(&given, most);
        while (text_add_string(&given, BEGINNINGS[i]) == 0)
            ;
        given.overflow = false;
        size_t size = given.size;
        fix_find("strip_html")->apply(&given); /* else this test is over at its limit */
        assert_int_equal(given.size, size);
        text_free(&given);
    }
}

static void spaces_sentences_and_lengths_are_cut_between_words(void **state)
{
    (void)state;
    expect_fix("squeeze", "  a \t b\r\n\n\n\nc  ", "a b\n\nc");
    expect_fix("first_sentence", "M. le maire a parlé longtemps. Puis il est parti.",
               "M. le maire a parlé longtemps.");
    expect_fix("first_word", " https://a.fr & https://b.fr", "https://a.fr");
    expect_fix("url_tail", "https://x.fr/aides/e342-titre/?a=1", "e342-titre");
    expect_fix("comma_for_semicolon", "Communes;Pays ; ;Associations;",
               "Communes, Pays, Associations");
    expect_fix("comma_for_semicolon", ";", "");
    expect_fix("comma_for_semicolon", "Communes", "Communes");
    text_t value;
    text_init(&value, 100);
    text_add_string(&value, "été comme hiver");
    fix_cut(&value, 15); /* exactly */
    assert_string_equal(value.data, "été comme hiver");
    fix_cut(&value, 14);
    assert_string_equal(value.data, "été comme…");
    text_clear(&value);
    text_add_string(&value, "éééééééééé");
    fix_cut(&value, 5);
    assert_string_equal(value.data, "éééé…");
    text_free(&value);
}

static void moments_are_told_in_the_time_of_paris(void **state)
{
    (void)state;
    expect_fix("paris_time", "2022-12-31T23:00:00.000Z", "2023-01-01T00:00:00+01:00");
    expect_fix("paris_time", "2023-06-01T22:00:00.602Z", "2023-06-02T00:00:00+02:00");
    expect_fix("paris_time", "2025-09-11T16:00:00+00:00", "2025-09-11T18:00:00+02:00");
    expect_fix("paris_time", "2025-07-01 09:30", "2025-07-01T09:30:00+02:00"); /* local */
    expect_fix("paris_time", "2025-01-01T09:30:00", "2025-01-01T09:30:00+01:00");
    expect_fix("paris_time", "2025-03-30T00:59:59Z", "2025-03-30T01:59:59+01:00");
    expect_fix("paris_time", "2025-03-30T01:00:00Z", "2025-03-30T03:00:00+02:00");
    expect_fix("paris_time", "2025-10-26T00:59:59Z", "2025-10-26T02:59:59+02:00");
    expect_fix("paris_time", "2025-10-26T01:00:00Z", "2025-10-26T02:00:00+01:00");
    expect_fix("paris_time", "bientôt", "bientôt");
    expect_fix("epoch_ms", "1577836800000", "2020-01-01T01:00:00+01:00");
    expect_fix("epoch_ms", "20200101", "20200101");
    expect_fix("american_date", "7/1/2023", "2023-07-01");
    expect_fix("american_date", "juillet", "juillet");
}

/* --- what a mapping may say of lists --- */

static void a_list_of_groups_takes_objects_json_in_a_cell_and_bare_texts(void **state)
{
    world_t *world = *state;
    mapping_of(world, "kind: programme\nsource: {nom: S, licence: L}\n"
                      "columns: {titre: t, porteurs: p, ciblage_naf: n, url_source: links.1.url}\n"
                      "fixes: {ciblage_naf: [split_pipe], titre: [cut]}\n");
    assert_non_null(world->mapping);
    json_t *row = json_pack("{s:s, s:[{s:s, s:s}, s], s:s, s:[{s:s}, {s:s}]}", "t", "Titre", "p",
                            "nom", "A", "inconnu", "x", "B", "n", "A|62.01Z", "links", "url",
                            "https://a.fr", "url", "https://b.fr");
    json_t *content = mapping_apply(world->mapping, row, &world->findings);
    expect(content, "porteurs.0.nom", "A");
    assert_null(at(content, "porteurs.0.inconnu"));
    expect(content, "porteurs.1.nom", "B");
    expect(content, "ciblage_naf.1.code", "62.01Z");
    expect(content, "url_source", "https://b.fr");
    json_decref(content);
    json_object_set_new(row, "p", json_string("[{\"nom\": \"C\"}]"));
    content = mapping_apply(world->mapping, row, &world->findings);
    expect(content, "porteurs.0.nom", "C");
    json_decref(content);
    json_object_set_new(row, "p", json_string("[{nom: 'D'}]")); /* no JSON: kept, as a name */
    content = mapping_apply(world->mapping, row, &world->findings);
    expect(content, "porteurs.0.nom", "[{nom: 'D'}]");
    json_decref(content);
    json_decref(row);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_event_of_the_drome_is_one_record_a_series_has_its_two_known_dates),
        TEST(one_event_published_under_six_uids_stays_six_records),
        TEST(the_answer_of_opendatasoft_gives_dates_codes_place_and_plain_text),
        TEST(a_calendar_gives_its_meetings_with_a_postcode_that_was_folded),
        TEST(a_day_of_a_calendar_lasts_until_its_last_minute),
        TEST(the_aids_of_the_ecological_transition_come_in_with_their_structured_rules),
        TEST(all_twenty_one_sections_are_no_restriction_twenty_are),
        TEST(text_and_numbers_that_disagree_are_both_kept_and_said),
        TEST(dates_of_the_evening_before_are_those_of_paris_and_swapped_ones_are_said),
        TEST(a_scope_mixes_countries_regions_and_collectivities),
        TEST(a_swapped_date_is_mended_only_when_the_other_date_proves_it),
        TEST(the_aids_for_towns_come_in_without_a_place_that_nobody_said),
        TEST(the_use_cases_of_ai_watch_stay_in_english_and_unknown_is_no_value),
        TEST(the_federal_inventory_is_windows_1252_with_sentences_as_columns),
        TEST(the_french_tech_list_and_the_communities_of_lyon_come_in),
        TEST(eurostat_gives_france_18_16_percent_in_2025),
        TEST(the_digital_intensity_has_one_record_for_each_size_and_year),
        TEST(html_becomes_plain_text_with_its_paragraphs_and_points),
        TEST(a_text_of_nothing_but_beginnings_of_html_takes_no_time),
        TEST(spaces_sentences_and_lengths_are_cut_between_words),
        TEST(moments_are_told_in_the_time_of_paris),
        TEST(a_list_of_groups_takes_objects_json_in_a_cell_and_bare_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
