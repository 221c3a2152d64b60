/* The use cases: matrix, list and record. */
#include "page_world.h"

static void put_case(page_world_t *world, const char *id, const char *function, const char *section,
                     const char *more)
{
    char json[4096];
    snprintf(json, sizeof json,
             "{\"titre\": \"Titre %s\", \"resume\": \"Bref.\", \"fonction\": \"%s\", \"section\":"
             " {\"nomenclature\": \"rev2\", \"code\": \"%s\"}%s%s}",
             id, function, section, *more ? ", " : "", more);
    put(world->store, "loire", "use_case", id, json);
}

static void the_matrix_counts_and_leads_on(void **state)
{
    page_world_t *world = *state;
    put_case(world, "a", "vente", "G", "");
    put_case(world, "b", "vente", "G", "");
    put_case(world, "c", "rh", "C", "");
    const char *page = page_of(world, "/cas-usage", 200);
    expect(page, "<a href=\"/cas-usage?fonction=vente&amp;section=rev2:G\" aria-label=\"Vente et "
                 "relation client, Commerce ; réparation d&apos;automobiles et de "
                 "motocycles : 2\">2</a>");
    expect(page, "<th scope=\"row\">Industrie manufacturière</th>");
    page = page_of(world, "/cas-usage?fonction=vente&section=rev2%3AG", 200);
    expect(page, "Titre a");
    expect(page, "Titre b");
    expect_not(page, "Titre c");
    expect_not(page, "class=\"matrix\"");
}

static void an_empty_cell_invites_to_tell_ones_story(void **state)
{
    page_world_t *world = *state;
    put_case(world, "a", "vente", "G", "");
    expect(page_of(world, "/cas-usage", 200), "racontez la vôtre\">+</a>");
    const char *page = page_of(world, "/cas-usage?fonction=rh&section=rev2%3AG", 200);
    expect(page, "Personne n'a encore raconté cela. Et vous");
    expect(page, "href=\"mailto:contact@hub.example?subject=Mon%20histoire");
}

static void a_failure_is_told_like_a_success(void **state)
{
    page_world_t *world = *state;
    put_case(world, "a", "vente", "G", "\"concluant\": \"oui\"");
    put_case(world, "b", "vente", "G", "\"concluant\": \"non\"");
    put_case(world, "c", "vente", "G", "\"concluant\": \"mitige\"");
    const char *page = page_of(world, "/cas-usage", 200);
    expect(page, "<span class=\"mark bon\">Concluant</span>");
    expect(page, "<span class=\"mark bon\">Pas concluant</span>");
    expect(page, "<span class=\"mark bon\">Mitigé</span>");
    page = page_of(world, "/cas-usage?concluant=non", 200);
    expect(page, "Titre b");
    expect_not(page, "Titre a");
    expect(page_of(world, "/cas-usage/loire/b", 200), "Le raconter évite aux autres");
}

static void a_record_tells_cost_delay_results_and_difficulties(void **state)
{
    page_world_t *world = *state;
    put_case(
        world, "a", "vente", "G",
        "\"probleme\": \"Trop long.\", \"solution\": \"Un **outil**.\", \"cout\": [1000, 5000],"
        " \"delai_mois\": [2, 4], \"difficultes\": \"Former.\", \"resultats\": [{\"indicateur\":"
        " \"Temps gagné\", \"valeur\": 350, \"unite\": \"heures\", \"mesure\": \"au"
        " chronomètre\"}], \"donnees\": [{\"nature\": \"CV\", \"personnelles\": true}]");
    const char *page = page_of(world, "/cas-usage/loire/a", 200);
    expect(page, "Trop long.");
    expect(page, "<strong>outil</strong>");
    expect(page, "entre 1\u202f000 et 5\u202f000\u00a0€");
    expect(page, "entre 2 et 4\u00a0mois");
    expect(page, "Temps gagné\u00a0: <strong>3,5\u00a0heures</strong>");
    expect(page, "(au chronomètre)");
    expect(page, "(données personnelles)");
    expect(page, "Former.");
    expect(page, "Commerce");
}

static void the_law_is_told_with_article_and_date(void **state)
{
    page_world_t *world = *state;
    put_case(world, "a", "rh", "C",
             "\"ai_act\": {\"classe\": \"haut_risque_iii\", \"regle\": \"annexe III, 4(a)\","
             " \"justification\": \"Il trie des personnes.\"}");
    const char *page = page_of(world, "/cas-usage/loire/a", 200);
    expect(page, "Haut risque (annexe III)");
    expect(page, "annexe III, 4(a)");
    expect(page, "Il trie des personnes.");
    expect(page, "2 août 2026");
}

static void every_class_of_the_law_has_a_date(void **state)
{
    page_world_t *world = *state;
    const vocabulary_t *classes = schema_vocabulary(world->store->schema, "ai_act");
    const vocabulary_t *dates = schema_vocabulary(world->store->schema, "ai_act_application");
    assert_non_null(dates);
    for (size_t i = 0; i < classes->count; i++)
        assert_non_null(vocabulary_term(dates, classes->terms[i].code));
}

static void who_did_it_and_who_can_are_named(void **state)
{
    page_world_t *world = *state;
    put_case(world, "a", "vente", "G",
             "\"prestataires\": [\"732829320\", \"../x\", \"100000009\"], \"technologies\":"
             " [\"vision\"]");
    put(world->store, "loire", "provider", "732829320",
        "{\"nom\": \"Celui-là\", \"siren\": \"732829320\"}");
    put(world->store, "loire", "provider", "x",
        "{\"nom\": \"Un autre\", \"technologies\": [\"vision\"]}");
    const char *page = page_of(world, "/cas-usage/loire/a", 200);
    expect_order(page, "Celui-là", "Un autre");
}

static void a_foreign_record_says_its_language(void **state)
{
    page_world_t *world = *state;
    put_case(world, "a", "vente", "G", "\"langue\": \"en\"");
    expect(page_of(world, "/cas-usage", 200), "lang=\"en\">Titre a");
    expect(page_of(world, "/cas-usage/loire/a", 200), "<h1 lang=\"en\">");
}

static void broken_records_and_hostile_parameters_do_no_harm(void **state)
{
    page_world_t *world = *state;
    put(world->store, "rhone", "use_case", "x",
        "{\"titre\": \"<script>\", \"resume\": [], \"section\": \"C\", \"ai_act\": [1],"
        " \"resultats\": [7, {\"valeur\": \"x\"}], \"prestataires\": {}, \"donnees\": [null, 3],"
        " \"langue\": \"\\\" onload=\"}");
    expect_not(page_of(world, "/cas-usage/rhone/x", 200), "<script>");
    static const char *const parameters[] = {"fonction", "section", "concluant", "hub", "after"};
    for (size_t i = 0; i + 1 < sizeof parameters / sizeof *parameters; i++)
        expect_calm(world, "/cas-usage", parameters[i]);
    page_of(world, "/cas-usage?after=%3Cscript%3E", 400);
}

static void the_nation_has_the_same_pages_with_the_department_first(void **state)
{
    page_world_t *world = *state;
    put_case(world, "a", "vente", "G", "");
    put(world->store, "rhone", "use_case", "b", "{\"titre\": \"B\", \"fonction\": \"rh\"}");
    expect_order(page_of(world, "/cas-usage", 200), "<summary>Département</summary>",
                 "<summary>Dans l&apos;entreprise</summary>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_HUB(the_matrix_counts_and_leads_on),
        AT_HUB(an_empty_cell_invites_to_tell_ones_story),
        AT_HUB(a_failure_is_told_like_a_success),
        AT_HUB(a_record_tells_cost_delay_results_and_difficulties),
        AT_HUB(the_law_is_told_with_article_and_date),
        AT_HUB(every_class_of_the_law_has_a_date),
        AT_HUB(who_did_it_and_who_can_are_named),
        AT_HUB(a_foreign_record_says_its_language),
        AT_HUB(broken_records_and_hostile_parameters_do_no_harm),
        AT_NATION(the_nation_has_the_same_pages_with_the_department_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
