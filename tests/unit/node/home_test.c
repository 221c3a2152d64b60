/* The home pages and the first answers. */
#include "node/portal/words/departments.h"
#include "page_world.h"

#include "files.h"

static int open_loire(void **state)
{
    page_world_t *world = hub_world(state);
    world->settings.telephone = "04 65 71 00 42";
    return open_site(world);
}

/* --- the home page of a hub --- */

static void the_home_page_asks_one_question_and_names_whom_to_call(void **state)
{
    page_world_t *world = *state;
    const char *home = page_of(world, "/", 200);
    expect(home, "<h1>Qu'est-ce qui vous prend le plus de temps\u202f?</h1>");
    expect(home, "href=\"tel:0465710042\"");
    static const char *const irritants[] = {"devis",  "factures",    "clients",
                                            "pannes", "recrutement", "paperasse"};
    for (size_t i = 0; i < sizeof irritants / sizeof *irritants; i++) {
        char href[64];
        snprintf(href, sizeof href, "href=\"/reponses?irritant=%s\"", irritants[i]);
        expect(home, href);
    }
}

static void put_story(page_world_t *world, const char *hub, const char *id, const char *outcome)
{
    char json[256];
    snprintf(json, sizeof json, "{\"titre\": \"Histoire %s\", \"concluant\": \"%s\"}", id, outcome);
    put(world->store, hub, "use_case", id, json);
}

static void a_failure_is_told_beside_what_went_well(void **state)
{
    page_world_t *world = *state;
    static const char *const good[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        put_story(world, "loire", good[i], "oui");
    put_story(world, "loire", "echec", "non");
    const char *home = page_of(world, "/", 200);
    expect(home, "Histoire echec");
    assert_int_equal(times(home, "Histoire "), 3);
}

static void stories_in_french_come_before_those_in_other_languages(void **state)
{
    page_world_t *world = *state;
    static const char *const good[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        char json[256];
        snprintf(json, sizeof json,
                 "{\"titre\": \"Story %s\", \"concluant\": \"oui\", \"langue\": \"en\"}", good[i]);
        put(world->store, "loire", "use_case", good[i], json);
    }
    put(world->store, "rhone", "use_case", "z", "{\"titre\": \"Zinguerie\"}");
    const char *home = page_of(world, "/", 200);
    const char *french = strstr(home, "Zinguerie"), *english = strstr(home, "Story ");
    assert_non_null(french);
    assert_non_null(english); /* better than nothing */
    assert_true(french < english);
}

static void what_another_hub_says_is_labelled(void **state)
{
    page_world_t *world = *state;
    put_story(world, "rhone", "voisine", "oui");
    put(world->store, "rhone", "hub", "rhone",
        "{\"code\": \"rhone\", \"nom\": \"Hub IA Rhône\", \"territoire\": \"DEP-69\"}");
    expect(page_of(world, "/", 200), "<span class=\"mark ailleurs\">Hub IA Rhône</span>");
}

static void a_cancelled_event_is_not_the_next_one(void **state)
{
    page_world_t *world = *state;
    put(world->store, "loire", "event", "a",
        "{\"uid\": \"a\", \"titre\": \"Annulé\", \"statut\": \"annule\","
        " \"horaires\": [{\"debut\": \"2026-12-01T10:00:00+01:00\"}]}");
    put(world->store, "loire", "event", "b",
        "{\"uid\": \"b\", \"titre\": \"Maintenu\", \"horaires\": [{\"debut\": "
        "\"2026-12-02T10:00:00+01:00\"}]}");
    put(world->store, "loire", "event", "c",
        "{\"uid\": \"c\", \"titre\": \"Passé\", \"horaires\": [{\"debut\": "
        "\"2026-11-02T10:00:00+01:00\"}]}");
    const char *home = page_of(world, "/", 200);
    expect(home, "décembre 2026");
    expect(home, "Maintenu");
    expect_not(home, "Annulé");
    expect_not(home, "Passé");
}

static void put_figure(page_world_t *world, const char *id, const char *period, const char *size,
                       double value)
{
    char json[512];
    snprintf(json, sizeof json,
             "{\"code\": \"ia-usage\", \"territoire\": \"DEP-42\", \"periode\": \"%s\","
             " \"dimensions\": {\"taille\": \"%s\"}, \"valeur\": %d, \"unite\": \"pct\","
             " \"producteur\": \"Epures\"}",
             period, size, (int)(value * 100));
    put(world->store, "loire", "indicator", id, json);
}

static void the_figure_is_that_of_small_companies_with_source_and_year(void **state)
{
    page_world_t *world = *state;
    put_figure(world, "old", "2024-09", "<20", 5);
    put_figure(world, "new", "2025-09", "<20", 7);
    put_figure(world, "large", "2025-09", "250+", 33);
    const char *home = page_of(world, "/", 200);
    expect(home, "<strong>7\u00a0%</strong> des entreprises de moins de 20 salariés");
    expect(home, "Epures, septembre 2025");
    expect(home, "href=\"/?taille=250%2B#chiffre\"");
    expect(page_of(world, "/?taille=250%2B", 200),
           "<strong>33\u00a0%</strong> des entreprises de 250 salariés");
    expect(page_of(world, "/?taille=n-importe-quoi", 200), "<strong>7\u00a0%</strong>");
}

/* --- the home page of the national node --- */

static void the_national_page_leads_to_each_hubs_own_address(void **state)
{
    page_world_t *world = *state;
    put(world->store, "rhone", "hub", "rhone",
        "{\"code\": \"rhone\", \"nom\": \"Hub IA Rhône\", \"territoire\": \"DEP-69\","
        " \"url\": \"https://rhone.example/\"}");
    put(world->store, "loire", "hub", "loire",
        "{\"code\": \"loire\", \"nom\": \"Hub IA Loire\", \"territoire\": \"DEP-42\","
        " \"url\": \"javascript:alert(1)\"}");
    const char *home = page_of(world, "/", 200);
    expect(home, "href=\"https://rhone.example/\"");
    expect(home, "href=\"/hubs/loire/loire\"");
    expect_not(home, "javascript:");
}

/* --- the map --- */

static departments_t *load(const char *text, err_t *err)
{
    char path[FILE_PATH_SIZE];
    departments_t *departments = departments_load(new_file(path, text), err);
    unlink(path);
    return departments;
}

static void a_department_with_a_hub_leads_to_it(void **state)
{
    (void)state;
    err_t err;
    departments_t *departments = load("maillage-departments 1\nDEP-42\tM1 1z\t\t\n"
                                      "DEP-974\tM2 2z\t62\t545\n",
                                      &err);
    assert_non_null(departments);
    json_t *hubs = json_pack("[{s:s, s:s, s:s}]", "territory_code", "DEP-42", "href", "/x", "where",
                             "Loire (42)");
    json_t *map = departments_map(departments, hubs);
    json_t *expected = json_pack("{s:[{s:s}], s:[{s:s, s:s, s:s}], s:[{s:s, s:s, s:s}]}", "land",
                                 "d", "M2 2z", "here", "d", "M1 1z", "href", "/x", "name",
                                 "Loire (42)", "labels", "x", "62", "y", "545", "number", "974");
    assert_true(json_equal(map, expected));
    json_decref(expected);
    json_decref(map);
    json_decref(hubs);
    departments_destroy(&departments);
}

static void a_damaged_map_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "maillage-departments 2\n",
                                      "maillage-departments 1\nDEP-42\tM1 1z\n",
                                      "maillage-departments 1\nREG-84\tM1 1z\t\t\n",
                                      "maillage-departments 1\nDEP-42\tM1 1z\t\t\tmore\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err_t err = {0};
        assert_null(load(bad[i], &err));
        assert_int_equal(err.action, ERR_REJECT);
    }
    json_t *none = departments_map(NULL, NULL);
    assert_true(json_is_null(none));
    json_decref(none);
}

/* --- the first answers --- */

static void put_answer(page_world_t *world, const char *hub, const char *id, const char *more)
{
    char json[512];
    snprintf(json, sizeof json,
             "{\"question\": \"Question %s\", \"reponse\": \"Oui.\", \"theme\": \"cout\"%s}", id,
             more);
    put(world->store, hub, "answer", id, json);
}

static void an_answer_of_the_own_hub_has_a_short_address(void **state)
{
    page_world_t *world = *state;
    put_answer(world, "loire", "a", "");
    put_answer(world, "rhone", "b", "");
    world->settings.url = "https://loire.example";
    const char *answers = page_of(world, "/reponses", 200);
    expect(answers, "href=\"/reponses/a\"");
    expect(answers, "href=\"/reponses/rhone/b\"");
    expect(page_of(world, "/reponses/a", 200),
           "<link rel=\"canonical\" href=\"https://loire.example/reponses/a\">");
    expect(page_of(world, "/reponses/loire/a", 200),
           "<link rel=\"canonical\" href=\"https://loire.example/reponses/a\">");
    expect(page_of(world, "/reponses/rhone/b", 200),
           "<link rel=\"canonical\" href=\"https://loire.example/reponses/rhone/b\">");
    page_of(world, "/reponses/b", 404);
}

static void a_debated_or_outdated_answer_says_so(void **state)
{
    page_world_t *world = *state;
    put_answer(world, "loire", "a", ", \"statut\": \"debattu\"");
    put_answer(world, "loire", "b", ", \"statut\": \"perime\"");
    put_answer(world, "loire", "c", ", \"statut\": \"valide\"");
    expect(page_of(world, "/reponses/a", 200), "En débat");
    expect(page_of(world, "/reponses/b", 200), "Périmée");
    expect_not(page_of(world, "/reponses/c", 200), "class=\"mark");
}

static void an_answer_leads_to_who_can_help(void **state)
{
    page_world_t *world = *state;
    put_answer(world, "loire", "a", ", \"fonctions\": [\"vente\"]");
    put(world->store, "loire", "use_case", "u", "{\"titre\": \"Cas\", \"fonction\": \"vente\"}");
    put(world->store, "loire", "use_case", "v", "{\"titre\": \"Autre\", \"fonction\": \"rh\"}");
    put(world->store, "rhone", "provider", "p",
        "{\"nom\": \"Prestataire\", \"fonctions_servies\": [\"vente\"]}");
    put(world->store, "loire", "organisation", "o",
        "{\"nom\": \"Conseil\", \"themes\": [\"cout\"]}");
    put(world->store, "loire", "programme", "g",
        "{\"titre\": \"Aide\", \"types_aides\": [\"pret\"]}");
    const char *answer = page_of(world, "/reponses/a", 200);
    expect(answer, "href=\"/cas-usage/loire/u\"");
    expect(answer, "href=\"/annuaire/rhone/p\"");
    expect(answer, "href=\"/acteurs/loire/o\"");
    expect(answer, "href=\"/aides/loire/g\"");
    expect_not(answer, "href=\"/cas-usage/loire/v\"");
}

static void a_question_without_an_answer_can_be_asked(void **state)
{
    page_world_t *world = *state;
    put_answer(world, "loire", "a", "");
    const char *none = page_of(world, "/reponses?q=mot-que-personne-n-ecrit", 200);
    expect(none, "Pas encore de réponse à cela");
    expect(none, "href=\"tel:0465710042\"");
    expect(none, "href=\"/reponses?theme=cout\"");
}

/* --- the hub's own look --- */

static void the_hubs_colours_and_logo_are_served_beside_the_stylesheet(void **state)
{
    page_world_t *world = *state;
    static const char LOGO[] = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
    char path[FILE_PATH_SIZE];
    snprintf(path, sizeof path, "%s/logo.svg", world->store->folder);
    write_bytes(path, LOGO, strlen(LOGO));
    world->settings.principale = "#0b5563";
    world->settings.secondaire = "#e3b04b";
    world->settings.logo = path;
    open_site(world);
    const char *home = page_of(world, "/", 200);
    expect(home, "href=\"/static/hub.css?v=");
    expect(home, "src=\"/static/logo?v=");
    expect(page_of(world, "/static/hub.css", 200), "--accent:#0b5563");
    assert_string_equal(page_of(world, "/static/logo", 200), LOGO);
    assert_string_equal(world->response.type, "image/svg+xml");
    unlink(path);
}

static void a_hub_without_a_look_has_the_portals(void **state)
{
    page_world_t *world = *state;
    world->settings.logo = "/nowhere/logo.svg"; /* said in the log, and left out */
    open_site(world);
    const char *home = page_of(world, "/", 200);
    expect_not(home, "hub.css");
    expect_not(home, "/static/logo");
    page_of(world, "/static/hub.css", 404);
}

static void the_fixed_pages_of_the_footer_answer(void **state)
{
    page_world_t *world = *state;
    static const char *const paths[] = {"/vos-donnees", "/accessibilite", "/mentions",
                                        "/partenaires", "/plan"};
    const char *home = page_of(world, "/", 200);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char link[64];
        snprintf(link, sizeof link, "href=\"%s\"", paths[i]);
        expect(home, link);
    }
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        page_of(world, paths[i], 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_loire, close_portal)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_home_page_asks_one_question_and_names_whom_to_call),
        TEST(a_failure_is_told_beside_what_went_well),
        TEST(stories_in_french_come_before_those_in_other_languages),
        TEST(what_another_hub_says_is_labelled),
        TEST(a_cancelled_event_is_not_the_next_one),
        TEST(the_figure_is_that_of_small_companies_with_source_and_year),
        AT_NATION(the_national_page_leads_to_each_hubs_own_address),
        cmocka_unit_test(a_department_with_a_hub_leads_to_it),
        cmocka_unit_test(a_damaged_map_is_refused),
        TEST(an_answer_of_the_own_hub_has_a_short_address),
        TEST(a_debated_or_outdated_answer_says_so),
        TEST(an_answer_leads_to_who_can_help),
        TEST(a_question_without_an_answer_can_be_asked),
        TEST(the_hubs_colours_and_logo_are_served_beside_the_stylesheet),
        TEST(a_hub_without_a_look_has_the_portals),
        TEST(the_fixed_pages_of_the_footer_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
