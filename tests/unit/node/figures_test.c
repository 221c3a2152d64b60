/* The figures: charts, tables, warnings. */
#include "node/portal/pages/figure.h"
#include "page_world.h"
#include "schemas/body.h"

static void put_figure(page_world_t *world, const char *hub, const char *id, const char *code,
                       const char *territory, const char *maker, const char *more)
{
    char json[2048];
    snprintf(json, sizeof json,
             "{\"code\": \"%s\", \"libelle\": \"Sujet %s\", \"territoire\": \"%s\", \"periode\":"
             " \"2025-09\", \"producteur\": \"%s\", \"unite\": \"pct\", %s}",
             code, code, territory, maker, more);
    put(world->store, hub, "indicator", id, json);
}

static void what_does_not_add_up_is_said_plainly(void **state)
{
    page_world_t *world = *state;
    put_figure(world, "loire", "a", "ia", "DEP-42", "Epures",
               "\"valeur\": 1020, \"numerateur\": 260, \"denominateur\": 2580, \"approx\": true");
    const char *page = page_of(world, "/chiffres", 200);
    expect(page, "260 sur 2\u202f580 font 10,08\u00a0%, la source imprime 10,2\u00a0%");
    expect(page, ">environ 10,2\u00a0%</text>");
    put_figure(world, "loire", "a", "ia", "DEP-42", "Epures",
               "\"valeur\": 1020, \"numerateur\": 263, \"denominateur\": 2580");
    expect_not(page_of(world, "/chiffres", 200), "la source imprime");
}

static void sources_that_disagree_stand_side_by_side(void **state)
{
    page_world_t *world = *state;
    put_figure(world, "loire", "a", "ia", "PAYS-99100", "France Num", "\"valeur\": 500");
    put_figure(world, "rhone", "b", "ia", "PAYS-99100", "CCI Paris", "\"valeur\": 1300");
    const char *page = page_of(world, "/chiffres", 200);
    expect(page, ">5\u00a0%</text>");
    expect(page, ">13\u00a0%</text>");
    expect_not(page, "9\u00a0%</text>");
    expect(page, "sans moyenne");
    expect(page, "Chiffres tenus par 2\u00a0hubs");
}

static void a_chart_has_a_table_with_scope_source_and_year(void **state)
{
    page_world_t *world = *state;
    put_figure(
        world, "loire", "a", "ia", "DEP-42", "Epures",
        "\"valeur\": 700, \"champ\": \"Entreprises de la Loire\", \"dimensions\": {\"taille\":"
        " \"<20\"}");
    put_figure(world, "loire", "b", "ia", "DEP-42", "Epures",
               "\"intervalle\": [4000, null], \"methode\": \"Plus de 40.\", \"dimensions\":"
               " {\"section\": \"J\"}");
    const char *page = page_of(world, "/chiffres", 200);
    expect(page, "Selon la taille");
    expect(page, "Selon le secteur");
    expect(page, "au moins 40\u00a0%");
    expect(page, "<td>Entreprises de la Loire</td>");
    expect(page, "Epures, septembre 2025");
    expect(page, "Plus de 40.");
    expect(page, "<a class=\"line\" href=\"/chiffres/loire/a\">");
    expect_order(page, "Moins de 20 salariés", "Information et communication");
}

static void a_hub_shows_what_concerns_its_companies(void **state)
{
    page_world_t *world = *state;
    static const char *const territories[] = {"DEP-42", "REG-84", "PAYS-99100", "UE-27", "DEP-69"};
    for (size_t i = 0; i < 5; i++) {
        char code[8];
        snprintf(code, sizeof code, "c%zu", i);
        put_figure(world, "loire", code, code, territories[i], "X", "\"valeur\": 100");
    }
    const char *page = page_of(world, "/chiffres", 200);
    for (size_t i = 0; i < 4; i++) {
        char subject[16];
        snprintf(subject, sizeof subject, "Sujet c%zu", i);
        expect(page, subject);
    }
    expect_not(page, "Sujet c4");
    expect(page_of(world, "/chiffres?territoire=DEP-69", 200), "Sujet c4");
}

static void a_subject_can_be_asked_for_alone(void **state)
{
    page_world_t *world = *state;
    put_figure(world, "loire", "a", "ia", "DEP-42", "Epures", "\"valeur\": 700");
    put_figure(world, "loire", "b", "autre", "DEP-42", "Epures", "\"valeur\": 900");
    const char *page = page_of(world, "/chiffres?sujet=ia", 200);
    expect(page, "Sujet ia");
    expect_not(page, "Sujet autre");
    expect(page_of(world, "/chiffres?sujet=rien", 200), "Aucun chiffre ne correspond");
}

static void many_figures_make_a_light_page(void **state)
{
    page_world_t *world = *state;
    for (int i = 0; i < 300; i++) {
        char id[16], code[16], maker[16];
        snprintf(id, sizeof id, "f%d", i);
        snprintf(code, sizeof code, "c%02d", i % 30);
        snprintf(maker, sizeof maker, "P%d", i);
        put_figure(world, "loire", id, code, "DEP-42", maker, "\"valeur\": 700");
    }
    const char *page = page_of(world, "/chiffres", 200);
    assert_true(strlen(page) < 100 << 10);
    expect(page, "300\u00a0chiffres");
    expect(page, "href=\"/chiffres?sujet=c29\"");
}

static void periods_are_told_in_words(void **state)
{
    (void)state;
    static const char *const periods[][2] = {
        {"2025-09", "septembre 2025"},
        {"2025-T3", "3e trimestre 2025"},
        {"2025-T1", "1er trimestre 2025"},
        {"2025", "2025"},
        {"non précisée", "année non précisée"},
        {"", "année non précisée"},
        {"2025-13", "2025-13"},
    };
    for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
        text_t words;
        text_init(&words, 64);
        figure_period(&words, periods[i][0]);
        assert_string_equal(words.data, periods[i][1]);
        text_free(&words);
    }
}

/* What the hub of the Loire begins with, written as its animateur would. */
static void the_pilots_figures_are_all_found(void **state)
{
    page_world_t *world = *state;
    json_error_t error;
    json_t *all = json_load_file(SOURCE_DIR "/config/pilot/seed/indicators.json", 0, &error);
    assert_non_null(all);
    const kind_t *kind = schema_kind(world->store->schema, "indicator");
    for (size_t i = 0; i < json_array_size(all); i++) {
        text_t bytes;
        char id[ID_SIZE];
        findings_t findings = {0};
        text_init(&bytes, BODY_MAX_SIZE);
        assert_int_equal(body_encode(kind, json_array_get(all, i), &bytes, &findings), 0);
        assert_int_equal(body_id(kind, json_array_get(all, i), id, &world->store->err), 0);
        json_t *raw = body_decode(NULL, bytes.data, bytes.size, &world->store->err);
        char *json = json_dumps(raw, 0);
        put(world->store, "loire", "indicator", id, json);
        free(json);
        json_decref(raw);
        text_free(&bytes);
        findings_free(&findings);
    }
    json_decref(all);
    static const char *const told[] = {
        "environ 10,2\u00a0%",
        ">9,9\u00a0%",
        ">33\u00a0%",
        ">7\u00a0%",
        "au moins 40\u00a0%",
        "entre 10 et 20\u00a0%",
        "au plus 10\u00a0%",
        "46\u00a0%",
        "environ 25\u00a0%",
        "66,67\u00a0%",
        "51\u00a0%",
        ">5\u00a0%",
        ">13\u00a0%",
        "12\u00a0%",
        "450",
        "122",
        "20\u202f000",
        "100\u202f000\u00a0€",
        "30\u202f000\u00a0€",
        "260 sur 2\u202f580",
        "France Num, septembre 2023",
        "Acteurs de la région, pas de la seule Loire",
    };
    const char *page = page_of(world, "/chiffres", 200);
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        expect(page, told[i]);
}

static void one_figure_stands_beside_those_of_its_measure(void **state)
{
    page_world_t *world = *state;
    put_figure(world, "loire", "a", "ia", "DEP-42", "Epures",
               "\"valeur\": 1020, \"numerateur\": 260, \"denominateur\": 2580, \"approx\": true,"
               " \"champ\": \"Entreprises de la Loire\"");
    put_figure(world, "rhone", "b", "ia", "DEP-42", "CCI", "\"valeur\": 1300");
    put_figure(world, "rhone", "c", "ia", "DEP-69", "CCI", "\"valeur\": 4100");
    put_figure(world, "rhone", "d", "autre", "DEP-42", "CCI", "\"valeur\": 4200");
    const char *page = page_of(world, "/chiffres/loire/a", 200);
    expect(page, "<strong>environ 10,2\u00a0%</strong> Loire (42)");
    expect(page, "Epures, septembre 2025");
    expect(page, "Ce chiffre · Epures");
    expect(page, ">13\u00a0%</text>");
    expect_not(page, "41\u00a0%");
    expect_not(page, "42\u00a0%");
    expect(page, "260 sur 2\u202f580");
    expect(page, "la source imprime");
    expect(page, "Entreprises de la Loire");
    expect(page, "href=\"/chiffres?sujet=ia\"");
}

static void a_percentage_alone_stands_beside_the_whole(void **state)
{
    page_world_t *world = *state;
    put_figure(world, "loire", "a", "ia", "DEP-42", "Epures",
               "\"intervalle\": [1000, 2000], \"dimensions\": {\"taille\": \"<20\"}");
    put(world->store, "loire", "indicator", "n",
        "{\"code\": \"n\", \"territoire\": \"DEP-42\", \"periode\": \"2025\", \"producteur\": "
        "\"X\","
        " \"unite\": \"nb\", \"valeur\": 500}");
    const char *page = page_of(world, "/chiffres/loire/a", 200);
    expect(page, "entre 10 et 20\u00a0%");
    expect(page, "Moins de 20 salariés, Loire (42)");
    expect(page, "Tous ceux qui sont comptés");
    expect_not(page_of(world, "/chiffres/loire/n", 200), "class=\"chart\"");
}

static void broken_records_and_hostile_parameters_do_no_harm(void **state)
{
    page_world_t *world = *state;
    put(world->store, "rhone", "indicator", "x",
        "{\"code\": \"<script>\", \"territoire\": \"DEP-42\", \"valeur\": \"x\", \"dimensions\": "
        "[1],"
        " \"intervalle\": [1, 2, 3], \"numerateur\": 1, \"denominateur\": 0}");
    put(world->store, "rhone", "indicator", "y", "{\"territoire\": \"DEP-42\", \"valeur\": 5}");
    put(world->store, "rhone", "indicator", "z",
        "{\"code\": \"z\", \"territoire\": \"DEP-42\", \"valeur\": 9223372036854775807,"
        " \"unite\": \"\\\"><script>\"}");
    expect_not(page_of(world, "/chiffres", 200), "<script>");
    static const char *const parameters[] = {"sujet", "territoire", "dimensions.taille",
                                             "dimensions.section", "q"};
    for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++)
        expect_calm(world, "/chiffres", parameters[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_HUB(what_does_not_add_up_is_said_plainly),
        AT_HUB(sources_that_disagree_stand_side_by_side),
        AT_HUB(a_chart_has_a_table_with_scope_source_and_year),
        AT_HUB(a_hub_shows_what_concerns_its_companies),
        AT_HUB(a_subject_can_be_asked_for_alone),
        AT_HUB(many_figures_make_a_light_page),
        AT_HUB(one_figure_stands_beside_those_of_its_measure),
        AT_HUB(a_percentage_alone_stands_beside_the_whole),
        cmocka_unit_test(periods_are_told_in_words),
        AT_HUB(the_pilots_figures_are_all_found),
        AT_HUB(broken_records_and_hostile_parameters_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
