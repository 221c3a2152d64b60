/* The public aids: list and record. */
#include "node/portal/pages/aid.h"
#include "page_world.h"

static void put_aid(page_world_t *world, const char *id, const char *more)
{
    char json[4096];
    snprintf(json, sizeof json,
             "{\"titre\": \"Titre %s\", \"operateur\": \"Bpifrance\", \"code\": \"%s\"%s%s}", id,
             id, *more ? ", " : "", more);
    put(world->store, "loire", "programme", id, json);
}

static void an_aid_tells_for_whom_how_much_until_when_and_who_says_so(void **state)
{
    page_world_t *world = *state;
    put_aid(
        world, "a",
        "\"promesse\": \"Faites-vous conseiller.\", \"eligibilite\": \"De 10 à 2 000 salariés.\","
        " \"enveloppe_eur\": 25000000, \"taux_max\": 8000, \"date_ouverture\": \"2023-06-16\","
        " \"source\": {\"nom\": \"DGE\", \"date\": \"2026-11-02\"}");
    const char *page = page_of(world, "/aides", 200);
    expect(page, "De 10 à 2 000 salariés.");
    expect(page,
           "Jusqu&apos;à 80\u00a0% de la dépense, enveloppe de 25\u00a0millions d&apos;euros");
    expect(page, "Ouverte depuis le 16\u00a0juin 2023");
    expect(page, "Source\u00a0: DGE, vérifiée le 2\u00a0novembre 2026");
}

static void what_is_over_stays_marked_and_comes_last(void **state)
{
    page_world_t *world = *state;
    put_aid(world, "a", "\"date_cloture\": \"2026-11-21\"");
    put_aid(world, "b", "\"suspendu\": true");
    put_aid(world, "c", "\"date_cloture\": \"2026-11-22\"");
    put_aid(world, "d", "\"date_ouverture\": \"2027-01-01\"");
    const char *page = page_of(world, "/aides", 200);
    expect_order(page, "Titre c", "Titre d");
    expect_order(page, "Titre d", "Titre b");
    expect_order(page, "Titre b", "Titre a");
    expect(page, "<span class=\"mark perime\">Terminé</span>");
    expect(page, "Suspendu en ce moment");
    expect(page, "Pas encore ouvert");
    expect(page, "Terminée depuis le 21\u00a0novembre 2026");
    expect(page_of(world, "/aides/loire/a", 200), "class=\"alarm\"");
    expect(page_of(world, "/aides/loire/b", 200), "ne prend plus de dossiers");
}

static void a_state_can_be_asked_for_and_taken_away(void **state)
{
    page_world_t *world = *state;
    put_aid(world, "a", "\"date_cloture\": \"2026-11-21\"");
    put_aid(world, "b", "\"suspendu\": true");
    put_aid(world, "c", "\"date_cloture\": \"2026-11-22\"");
    put_aid(world, "d", "\"date_ouverture\": \"2027-01-01\"");
    put_aid(world, "e", "");
    expect(page_of(world, "/aides", 200), "Ouverte <span class=\"quiet\">(2)</span>");
    const char *page = page_of(world, "/aides?etat=terminee&etat=bientot", 200);
    expect(page, "<strong>2\u00a0aides</strong>");
    expect_order(page, "Titre d", "Titre a");
    expect_not(page, "Titre c");
    expect(page, "Ouverte <span class=\"quiet\">(2)</span>"); /* what another choice would give */
    expect(page, "<a href=\"/aides?etat=bientot\"><span class=\"away\">Retirer </span>Terminée");
    page = page_of(world, "/aides.csv?etat=terminee&etat=bientot", 200);
    expect(page, "Titre a");
    expect_not(page, "Titre c");
    expect(page_of(world, "/aides?etat=quoi", 200), "<strong>5\u00a0aides</strong>");
}

static void a_state_in_which_there_is_none_leads_to_the_others(void **state)
{
    page_world_t *world = *state;
    put_aid(world, "a", "\"types_aides\": [\"pret\"]");
    const char *page = page_of(world, "/aides?types_aides=pret&etat=terminee", 200);
    expect(page, "<strong>0\u00a0aide</strong>");
    expect(page, "<a href=\"/aides?types_aides=pret\">Qu&apos;elles soient ouvertes ou non</a>"
                 " <strong>1\u00a0aide</strong>");
}

static void what_is_for_elsewhere_comes_after_what_is_for_here(void **state)
{
    page_world_t *world = *state;
    put_aid(world, "a", "\"eligibilite_geographique\": [\"REG-32\"]");
    put_aid(world, "b", "\"eligibilite_geographique\": [\"REG-84\"]");
    put_aid(world, "c", "\"eligibilite_geographique\": [\"PAYS-99100\"]");
    const char *page = page_of(world, "/aides", 200);
    expect_order(page, "Titre b", "Titre c");
    expect_order(page, "Titre c", "Titre a");
    expect(page, "Hauts-de-France");
}

static void a_record_leads_to_who_gives_the_aid(void **state)
{
    page_world_t *world = *state;
    put_aid(
        world, "a",
        "\"url_source\": \"https://hub.example/aide\", \"eligibilite_effectif_minimal\": 10,"
        " \"eligibilite_effectif_maximal\": 2000, \"etapes\": [{\"description\": \"Appelez.\"},"
        " {\"description\": \"Écrivez.\", \"lien\": \"javascript:x\"}], \"porteurs\": [{\"nom\":"
        " \"Bpifrance\"}], \"ciblage_naf\": [{\"nomenclature\": \"rev2\", \"code\": \"C\"}]");
    const char *page = page_of(world, "/aides/loire/a", 200);
    expect(page,
           "<a class=\"button\" href=\"https://hub.example/aide\" rel=\"noopener nofollow\">");
    expect(page, "De 10 à 2\u202f000\u00a0salariés");
    expect_order(page, "Appelez.", "Écrivez.");
    expect(page, "Industrie manufacturière");
    expect_not(page, "javascript:");
}

static void the_list_goes_on_by_pages(void **state)
{
    page_world_t *world = *state;
    for (int i = 0; i < 45; i++) {
        char id[16];
        snprintf(id, sizeof id, "a%02d", i);
        put_aid(world, id, "\"types_aides\": [\"pret\"]");
    }
    const char *page = page_of(world, "/aides?types_aides=pret", 200);
    expect(page, "45\u00a0aides");
    expect(page, "href=\"/aides?types_aides=pret&amp;page=2\"");
    page = page_of(world, "/aides?page=3&types_aides=pret", 200);
    expect(page,
           "<li><a href=\"/aides\"><span class=\"away\">Retirer "); /* another list begins anew */
    expect(page, "Titre a44");
    expect_not(page, "Page suivante");
    expect(page_of(world, "/aides?page=4", 200), "Titre a00");
}

static void money_is_told_in_plain_units(void **state)
{
    (void)state;
    static const struct {
        int64_t euros;
        const char *words;
    } amounts[] = {{40000, "40\u202f000\u00a0€"},
                   {1000000, "1\u00a0million d'euros"},
                   {1500000, "1,5\u00a0million d'euros"},
                   {25000000, "25\u00a0millions d'euros"},
                   {2000000000, "2\u00a0milliards d'euros"}};
    for (size_t i = 0; i < sizeof amounts / sizeof *amounts; i++) {
        text_t words;
        text_init(&words, 128);
        aid_money(&words, amounts[i].euros);
        assert_string_equal(words.data, amounts[i].words);
        text_free(&words);
    }
}

static void an_aid_is_here_unless_it_says_elsewhere(void **state)
{
    (void)state;
    static const struct {
        const char *body, *department;
        bool here;
    } aids[] = {{"{}", "DEP-42", true},
                {"{\"eligibilite_geographique\": [\"REG-32\", \"DEP-42\"]}", "DEP-42", true},
                {"{\"eligibilite_geographique\": [\"REG-84\"]}", "DEP-42", true},
                {"{\"eligibilite_geographique\": [\"UE-27\"]}", "DEP-42", true},
                {"{\"eligibilite_geographique\": [\"DEP-69\"]}", "DEP-42", false},
                {"{\"eligibilite_geographique\": [\"DEP-69\"]}", "", true},
                {"{\"eligibilite_geographique\": [7]}", "DEP-42", false}};
    for (size_t i = 0; i < sizeof aids / sizeof *aids; i++) {
        json_t *body = json_loads(aids[i].body, 0, NULL);
        assert_int_equal(aid_is_here(body, aids[i].department), aids[i].here);
        json_decref(body);
    }
}

static void broken_records_and_hostile_parameters_do_no_harm(void **state)
{
    page_world_t *world = *state;
    put(world->store, "rhone", "programme", "x",
        "{\"titre\": \"<script>\", \"etapes\": [1, {}], \"ciblage_naf\": [\"C\", {}], \"porteurs\":"
        " [7, {\"roles\": [7]}], \"taux_max\": \"80\", \"date_cloture\": \"jamais\","
        " \"enveloppe_eur\": -5, \"eligibilite_geographique\": [7], \"source\": 3}");
    expect_not(page_of(world, "/aides/rhone/x", 200), "<script>");
    static const char *const parameters[] = {"page", "types_aides", "eligibilite_geographique",
                                             "ciblage_naf", "suspendu"};
    for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++)
        expect_calm(world, "/aides", parameters[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_HUB(an_aid_tells_for_whom_how_much_until_when_and_who_says_so),
        AT_HUB(what_is_over_stays_marked_and_comes_last),
        AT_HUB(what_is_for_elsewhere_comes_after_what_is_for_here),
        AT_HUB(a_record_leads_to_who_gives_the_aid),
        AT_HUB(the_list_goes_on_by_pages),
        AT_HUB(a_state_can_be_asked_for_and_taken_away),
        AT_HUB(a_state_in_which_there_is_none_leads_to_the_others),
        cmocka_unit_test(money_is_told_in_plain_units),
        cmocka_unit_test(an_aid_is_here_unless_it_says_elsewhere),
        AT_HUB(broken_records_and_hostile_parameters_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
