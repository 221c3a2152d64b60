/* What all lists have in common: words that were mistyped, ways on from nothing, numbers beside filters. */
#include "page_world.h"

static const struct {
    const char *path, *kind, *body;
} LISTS[] = {
    {"/annuaire", "provider",
     "{\"nom\": \"Diagnostic et conseil\", \"categorie\": \"esn\", \"code_insee\": \"COM-42218\"}"},
    {"/acteurs", "organisation",
     "{\"nom\": \"Diagnostic et conseil\", \"type\": \"chambre\", \"code_insee\": \"COM-42218\"}"},
    {"/cas-usage", "use_case",
     "{\"titre\": \"Diagnostic et conseil\", \"resume\": \"R\", \"fonction\": \"vente\"}"},
    {"/agenda", "event",
     "{\"titre\": \"Diagnostic et conseil\", \"description\": \"D\", \"type\": \"atelier\","
     " \"horaires\": [{\"debut\": \"2026-12-01T09:00:00+01:00\"}], \"mode\": \"presentiel\","
     " \"statut\": \"programme\"}"},
    {"/aides", "programme",
     "{\"titre\": \"Diagnostic et conseil\", \"operateur\": \"DGE\", \"code\": \"d\","
     " \"types_aides\": [\"etude\"]}"},
    {"/reponses", "answer",
     "{\"question\": \"Diagnostic et conseil\", \"reponse\": \"R\", \"theme\": \"cout\"}"},
};
enum { LIST_COUNT = sizeof LISTS / sizeof *LISTS };

static void put_lists(page_world_t *world)
{
    for (size_t i = 0; i < LIST_COUNT; i++)
        put(world->store, "loire", LISTS[i].kind, "un", LISTS[i].body);
}

static const char *list_page(page_world_t *world, size_t list, const char *more)
{
    char target[256];
    snprintf(target, sizeof target, "%s%s", LISTS[list].path, more);
    return page_of(world, target, 200);
}

/* --- mistyped words --- */

static void every_list_says_what_was_meant_and_leads_back(void **state)
{
    page_world_t *world = *state;
    put_lists(world);
    for (size_t i = 0; i < LIST_COUNT; i++) {
        const char *page = list_page(world, i, "?q=diagnostik");
        expect(page, "Résultats pour <strong>«\u00a0diagnostic\u00a0»</strong>");
        expect(page, "Diagnostic et conseil</a>");
        expect(page, "?q=diagnostik&amp;exact=oui\">");
        page = list_page(world, i, "?q=diagnostik&exact=oui");
        expect_not(page, "Résultats pour");
        if (strcmp(LISTS[i].kind, "event") != 0) /* its page shows what comes next elsewhere */
            expect_not(page, "Diagnostic et conseil</a>");
    }
}

static void what_is_taken_away_from_a_list_is_what_was_meant(void **state)
{
    page_world_t *world = *state;
    put_lists(world);
    for (size_t i = 0; i < LIST_COUNT; i++) {
        char csv[64];
        snprintf(csv, sizeof csv, "%s.csv?q=diagnostic", LISTS[i].path);
        expect(list_page(world, i, "?q=diagnostik"), csv);
        expect(list_page(world, i, ".csv?q=diagnostik"), "Diagnostic et conseil");
        expect_not(list_page(world, i, ".csv?q=diagnostik&exact=oui"), "Diagnostic et conseil");
    }
}

static void a_program_is_told_what_was_meant(void **state)
{
    page_world_t *world = *state;
    put_lists(world);
    for (size_t i = 0; i < LIST_COUNT; i++) {
        char target[128];
        snprintf(target, sizeof target, "/api/v1/%s?q=diagnostik", LISTS[i].kind);
        const char *page = page_of(world, target, 200);
        expect(page, "\"total\": 1");
        expect(page, "\"meant\": {");
        expect(page, "\"words\": \"diagnostic\"");
        strcat(target, "&exact=oui");
        page = page_of(world, target, 200);
        expect(page, "\"total\": 0");
        expect_not(page, "meant");
    }
}

static void words_that_find_something_are_not_corrected(void **state)
{
    page_world_t *world = *state;
    put_lists(world);
    put(world->store, "loire", "provider", "deux",
        "{\"nom\": \"Diagnostik\", \"categorie\": \"esn\", \"code_insee\": \"COM-42218\"}");
    const char *page = page_of(world, "/annuaire?q=diagnostik", 200);
    expect(page, "Diagnostik</a>");
    expect_not(page, "Résultats pour");
}

/* --- ways on --- */

static void every_empty_list_says_what_to_give_up_and_what_that_gives(void **state)
{
    static const struct {
        size_t list;
        const char *choice, *without, *count;
    } EMPTY[] = {
        {0, "categorie=editeur", "Éditeur", "1\u00a0fiche"},
        {1, "type=opco", "OPCO", "1\u00a0fiche"},
        {2, "fonction=rh", "Ressources humaines", "1\u00a0histoire"},
        {3, "mode=en_ligne", "En ligne", "1\u00a0rendez-vous"},
        {4, "types_aides=pret", "Prêt", "1\u00a0aide"},
        {5, "theme=emploi", "", "1\u00a0réponse"},
    };
    page_world_t *world = *state;
    put_lists(world);
    for (size_t i = 0; i < LIST_COUNT; i++) {
        char more[128];
        snprintf(more, sizeof more, "?q=diagnostic&%s", EMPTY[i].choice);
        const char *page = list_page(world, EMPTY[i].list, more);
        expect(page, "<ul class=\"ways\">");
        expect(page, "?q=diagnostic\">Sans «\u00a0");
        expect(page, EMPTY[i].without);
        expect(page, EMPTY[i].count);
    }
}

static void when_no_single_condition_is_to_blame_all_are_given_up(void **state)
{
    page_world_t *world = *state;
    put_lists(world);
    const char *page = page_of(world, "/annuaire?categorie=editeur&technologies=vision", 200);
    expect(page, "<a href=\"/annuaire\">Sans rien de tout cela</a> <strong>1\u00a0fiche</strong>");
    page = page_of(world, "/agenda?partout=oui&type=salon&mode=en_ligne", 200);
    expect(page, "<a href=\"/agenda?partout=oui\">Sans rien de tout cela</a>");
}

static void a_condition_that_nobody_asked_for_is_not_given_up(void **state)
{
    page_world_t *world = *state;
    put(world->store, "rhone", "event", "la", LISTS[3].body);
    const char *page = page_of(world, "/agenda?mode=en_ligne", 200);
    expect_not(page, "Sans «\u00a0Hub");
    expect_not(page, "Sans «\u00a0rhone");
    expect_not(page, "class=\"ways\"");
}

/* --- numbers beside filters --- */

static void a_number_beside_a_filter_counts_what_the_page_shows(void **state)
{
    page_world_t *world = *state;
    put_lists(world);
    put(world->store, "loire", "event", "passe",
        "{\"titre\": \"Passé\", \"description\": \"D\", \"type\": \"atelier\","
        " \"horaires\": [{\"debut\": \"2026-01-01T09:00:00+01:00\"}], \"mode\": \"en_ligne\","
        " \"statut\": \"programme\"}");
    put(world->store, "rhone", "event", "la", LISTS[3].body);
    put(world->store, "loire", "event", "salon",
        "{\"titre\": \"Salon\", \"description\": \"D\", \"type\": \"salon\","
        " \"horaires\": [{\"debut\": \"2026-12-02T09:00:00+01:00\"}], \"mode\": \"presentiel\","
        " \"statut\": \"programme\"}");
    const char *page = page_of(world, "/agenda", 200);
    expect(page, "Atelier <span class=\"quiet\">(1)</span>");
    expect(page, "Le nombre dit ce qu'il restera.");
    expect_not(page, "value=\"en_ligne\"");
    page = page_of(world, "/agenda?partout=oui", 200);
    expect(page, "Atelier <span class=\"quiet\">(2)</span>");
    expect(page, "<input type=\"hidden\" name=\"partout\" value=\"oui\">");
}

static void put_many(page_world_t *world, size_t count)
{
    err_t *err = &world->store->err;
    assert_int_equal(database_begin(world->store->db, err), 0);
    for (size_t i = 0; i < count; i++) {
        char id[32], body[256];
        snprintf(id, sizeof id, "f-%zu", i);
        snprintf(body, sizeof body,
                 "{\"nom\": \"Fiche %zu\", \"categorie\": \"%s\", \"code_insee\": \"COM-42218\","
                 " \"technologies\": [\"%s\"]}",
                 i, i % 10 ? "esn" : "editeur", i % 2 ? "vision" : "nlp");
        change(world->store, "loire", "provider", id, body);
    }
    assert_int_equal(database_commit(world->store->db, err), 0);
}

/* 2,100 records: 1,890 of one category, 210 of the other; half of each technology, all of the second even. */
static void numbers_that_were_not_counted_are_not_promised(void **state)
{
    page_world_t *world = *state;
    put_many(world, 2100);
    const char *page = page_of(world, "/annuaire", 200);
    expect(page, "Le nombre dit ce qu'il restera."); /* nothing asked: the kept ones do */
    expect(page, "(1\u202f890)");
    page = page_of(world, "/annuaire?categorie=editeur&technologies=nlp", 200);
    expect(page, "<strong>210\u00a0fiches</strong>");
    expect(page, "Le nombre dit ce qu'il restera.");
    expect(page, "Entreprise de services numériques (ESN) <span class=\"quiet\">(840)</span>");
    page = page_of(world, "/annuaire?q=fiche&technologies=nlp&technologies=vision", 200);
    expect(page, "<strong>2\u202f100\u00a0fiches</strong>");
    expect(page, "Le nombre est celui de toute la liste.");
    page = page_of(world, "/annuaire?q=fiche&categorie=editeur", 200);
    expect(page, "Le nombre dit ce qu'il restera.");
    expect(page, "Ici, le nombre est celui de toute la liste.");
}

/* --- what is asked --- */

static void a_list_of_what_lies_nowhere_passes_over_a_place(void **state)
{
    page_world_t *world = *state;
    put_lists(world);
    static const size_t NOWHERE[] = {2, 4};
    for (size_t i = 0; i < 2; i++)
        expect(list_page(world, NOWHERE[i], "?pres=42000&rayon=10"), "Diagnostic et conseil</a>");
}

static void a_page_further_on_is_no_search(void **state)
{
    page_world_t *world = *state;
    put_many(world, 30);
    const char *page = follow(world, page_of(world, "/annuaire", 200), "/annuaire?after=");
    expect(page, "Revenir au début");
    expect_not(page, "pour cette recherche");
}

/* --- an agenda --- */

static void a_searched_agenda_is_read_by_date(void **state)
{
    page_world_t *world = *state;
    static const char *const DATES[] = {"2026-12-20", "2026-12-05", "2026-12-10"};
    for (size_t i = 0; i < 3; i++) {
        char body[512];
        snprintf(body, sizeof body,
                 "{\"titre\": \"Café %zu\", \"description\": \"D\", \"type\": \"atelier\","
                 " \"horaires\": [{\"debut\": \"%sT09:00:00+01:00\"}], \"mode\": \"presentiel\","
                 " \"statut\": \"programme\"}",
                 i, DATES[i]);
        put(world->store, "loire", "event", DATES[i], body);
    }
    const char *page = page_of(world, "/agenda?q=cafe", 200);
    expect_order(page, "Café 1", "Café 2");
    expect_order(page, "Café 2", "Café 0");
    expect_order(page, "Semaine du", "Café 1");
}

static void a_month_counts_its_own_days(void **state)
{
    page_world_t *world = *state;
    put_lists(world); /* on 1 December */
    const char *page = page_of(world, "/agenda?mois=2026-11", 200);
    expect(page, "Rien ce mois-là");
    page = page_of(world, "/agenda?mois=2026-12&type=salon", 200);
    expect(page, "Sans «\u00a0");
    expect(page, "1\u00a0rendez-vous");
    expect(page, "<input type=\"hidden\" name=\"mois\" value=\"2026-12\">");
    expect_not(page_of(world, "/agenda?mois=2026-11&type=salon", 200), "Sans «\u00a0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_HUB(every_list_says_what_was_meant_and_leads_back),
        AT_HUB(what_is_taken_away_from_a_list_is_what_was_meant),
        AT_HUB(a_program_is_told_what_was_meant),
        AT_HUB(words_that_find_something_are_not_corrected),
        AT_HUB(every_empty_list_says_what_to_give_up_and_what_that_gives),
        AT_HUB(when_no_single_condition_is_to_blame_all_are_given_up),
        AT_HUB(a_condition_that_nobody_asked_for_is_not_given_up),
        AT_HUB(a_number_beside_a_filter_counts_what_the_page_shows),
        AT_HUB(numbers_that_were_not_counted_are_not_promised),
        AT_HUB(a_list_of_what_lies_nowhere_passes_over_a_place),
        AT_HUB(a_page_further_on_is_no_search),
        AT_HUB(a_month_counts_its_own_days),
        AT_HUB(a_searched_agenda_is_read_by_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
