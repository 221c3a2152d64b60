/* The agenda, an event's page and its poster. */
#include "page_world.h"

#define PLACE "\"lieu\": {\"nom\": \"Maison des entreprises\", \"code_insee\": \"COM-42218\"}"

static void put_event(page_world_t *world, const char *hub, const char *id, const char *dates,
                      const char *more)
{
    char json[4096];
    snprintf(json, sizeof json,
             "{\"uid\": \"%s\", \"titre\": \"Titre %s\", \"type\": \"atelier\", \"mode\":"
             " \"presentiel\", \"horaires\": [%s], %s%s" PLACE "}",
             id, id, dates, more, *more ? ", " : "");
    put(world->store, hub, "event", id, json);
}

#define AT(day) "{\"debut\": \"" day "T09:00:00+01:00\", \"fin\": \"" day "T10:30:00+01:00\"}"

static void events_stand_by_week_and_day(void **state)
{
    page_world_t *world = *state;
    put_event(world, "loire", "a", AT("2026-11-22"), "");
    put_event(world, "loire", "b", AT("2026-11-24"), "\"prix\": \"gratuit\", \"capacite\": 12");
    put_event(world, "loire", "c", AT("2027-02-04"), "\"places_restantes\": 3");
    const char *page = page_of(world, "/agenda", 200);
    expect_order(page, "Cette semaine</h2>", "La semaine prochaine</h2>");
    expect_order(page, "La semaine prochaine</h2>", "Semaine du 1er\u00a0février 2027</h2>");
    expect_order(page, "mardi 24\u00a0novembre 2026</h3>", "Titre b");
    expect(page, "gratuit · 12\u00a0places");
    expect(page, "3\u00a0places restantes");
    expect(page, "de 9\u00a0h à 10\u00a0h\u00a030");
    expect(page, "<a href=\"/agenda/loire/b.ics\" type=\"text/calendar\">Ajouter à mon agenda");
}

static void a_hubs_agenda_is_its_own_until_one_asks_for_all(void **state)
{
    page_world_t *world = *state;
    put_event(world, "loire", "a", AT("2026-11-24"), "");
    put_event(world, "rhone", "b", AT("2026-11-25"), "");
    const char *page = page_of(world, "/agenda", 200);
    expect(page, "Titre a");
    expect_not(page, "Titre b");
    expect(page, "href=\"webcal://hub.example/agenda.ics?hub=loire\"");
    page = page_of(world, "/agenda?partout=oui", 200);
    expect(page, "Titre b");
    expect(page, "<span class=\"mark ailleurs\">rhone</span>");
    expect(page, "href=\"webcal://hub.example/agenda.ics?partout=oui\"");
    page = page_of(world, "/agenda?hub=rhone", 200);
    expect_not(page, "Titre a");
}

static void any_filter_can_be_subscribed_to(void **state)
{
    page_world_t *world = *state;
    put_event(world, "loire", "a", AT("2026-11-24"), "\"fonctions\": [\"vente\"]");
    expect(page_of(world, "/agenda?fonctions=vente", 200),
           "href=\"webcal://hub.example/agenda.ics?fonctions=vente&amp;hub=loire\"");
    char target[2048] = "/agenda?fonctions=vente&x=";
    memset(target + strlen(target), 'x', 2040 - strlen(target));
    expect(page_of(world, target, 200), "Titre a");
}

static void what_is_cancelled_stays_struck_with_its_reason(void **state)
{
    page_world_t *world = *state;
    put_event(world, "loire", "a", AT("2026-11-24"),
              "\"statut\": \"annule\", \"motif\": \"La salle a brûlé.\", \"inscription\":"
              " {\"url\": \"https://hub.example/i\"}");
    const char *page = page_of(world, "/agenda", 200);
    expect(page, "<s><a href=\"/agenda/loire/a\">Titre a</a></s>");
    expect(page, "La salle a brûlé.");
    expect_not(page, "a.ics\" type=\"text/calendar\">Ajouter");
    page = page_of(world, "/agenda/loire/a", 200);
    expect(page, "class=\"alarm\"");
    expect(page, "La salle a brûlé.");
    expect_not(page, "S&apos;inscrire en ligne");
    expect_not(page, "Ajouter à mon agenda");
}

static void what_is_postponed_or_full_is_marked(void **state)
{
    page_world_t *world = *state;
    put_event(world, "loire", "a", AT("2026-11-24"), "\"statut\": \"reporte\"");
    put_event(world, "loire", "b", AT("2026-11-25"), "\"places_restantes\": 0");
    const char *page = page_of(world, "/agenda", 200);
    expect_order(page, "Titre a</a> <span class=\"mark demo\">Reporté</span>", "Titre b");
    expect(page, "Titre b</a> <span class=\"mark demo\">Complet</span>");
    expect_not(page, "0\u00a0place");
    expect(page_of(world, "/agenda/loire/b", 200), "<span class=\"mark demo\">Complet</span>");
}

static void an_empty_agenda_shows_the_next_dates_of_neighbours(void **state)
{
    page_world_t *world = *state;
    put_event(world, "rhone", "b", AT("2026-12-25"), "");
    put_event(world, "rhone", "old", AT("2026-10-25"), "");
    const char *page = page_of(world, "/agenda", 200);
    expect(page, "Rien n'est annoncé");
    expect_order(page, "Les prochaines dates, ici et chez les voisins", "Titre b");
    expect(page, "<span class=\"mark ailleurs\">rhone</span>");
    expect_not(page, "Titre old");
    expect(page_of(world, "/agenda?type=salon", 200), "Aucun rendez-vous ne correspond");
}

static void what_is_past_stands_behind_a_link(void **state)
{
    page_world_t *world = *state;
    put_event(world, "loire", "old", AT("2026-10-25"), "");
    put_event(world, "loire", "new", AT("2026-11-25"), "");
    const char *page = page_of(world, "/agenda?type=atelier", 200);
    expect_not(page, "Titre old");
    expect(page, "href=\"/agenda?type=atelier&amp;mois=2026-11\"");
    page = page_of(world, "/agenda?mois=2026-10", 200);
    expect(page, "Titre old");
    expect_not(page, "Titre new");
    expect(page, "Agenda\u00a0: octobre 2026");
    expect(page, "href=\"/agenda?mois=2026-09\"");
    expect(page, "href=\"/agenda?mois=2026-11\"");
    expect(page_of(world, "/agenda?mois=2026-09", 200), "Rien ce mois-là");
}

static void a_series_that_has_begun_is_not_lost(void **state)
{
    page_world_t *world = *state;
    put_event(world, "loire", "serie", AT("2026-11-10") ", " AT("2026-11-24") ", " AT("2026-12-08"),
              "");
    put_event(world, "loire", "over", AT("2026-11-10") ", " AT("2026-11-17"), "");
    const char *page = page_of(world, "/agenda", 200);
    expect_order(page, "Déjà commencé, encore possible", "Titre serie");
    expect(page, "mardi 24\u00a0novembre 2026, de 9\u00a0h");
    expect(page, "puis 1\u00a0autre date");
    expect_not(page, "Titre over");
}

/* More than one page of the store began in the last three months, and is over. */
static void among_hundreds_that_are_over_what_goes_on_is_found(void **state)
{
    page_world_t *world = *state;
    for (int i = 0; i < 210; i++) {
        char id[16];
        snprintf(id, sizeof id, "o%03d", i);
        put_event(world, "loire", id, AT("2026-10-01"), "");
    }
    put_event(world, "loire", "serie", AT("2026-11-10") ", " AT("2026-11-24"), "");
    const char *page = page_of(world, "/agenda", 200);
    expect_order(page, "Déjà commencé, encore possible", "Titre serie");
    expect_not(page, "Titre o");
}

static void a_full_week_is_cut_into_pages_and_keeps_its_heading(void **state)
{
    page_world_t *world = *state;
    for (int i = 0; i < 60; i++) {
        char id[16];
        snprintf(id, sizeof id, "e%02d", i);
        put_event(world, "loire", id, i < 30 ? AT("2026-11-24") : AT("2026-11-26"), "");
    }
    const char *page = page_of(world, "/agenda", 200);
    assert_true(strlen(page) < 100 << 10);
    expect(page, "60\u00a0rendez-vous");
    page = follow(world, page, "/agenda?after=");
    expect(page, "La semaine prochaine</h2>");
    expect(page, "Titre e59");
}

static void a_page_tells_dates_place_and_how_to_register(void **state)
{
    page_world_t *world = *state;
    put_event(world, "loire", "a",
              AT("2026-11-24") ", " AT("2026-11-25") ", " AT("2026-11-26") ", " AT(
                  "2026-11-27") ", " AT("2026-11-30") ", " AT("2026-12-01") ", " AT("2026-12-02"),
              "\"description\": \"**Venez** <b>tous</b>\", \"accessibilite\": [\"mi\"],"
              " \"organisateurs\": [\"ENE\"], \"prix\": \"20 €\", \"inscription\": {\"url\":"
              " \"https://hub.example/i\", \"telephone\": \"0477430400\", \"courriel\":"
              " \"a@hub.example\"}");
    const char *page = page_of(world, "/agenda/loire/a", 200);
    expect_order(page, "lundi 30\u00a0novembre 2026", "<summary>2\u00a0autres dates</summary>");
    expect_order(page, "<summary>2\u00a0autres dates</summary>", "mardi 1er\u00a0décembre 2026");
    expect(page,
           "href=\"https://hub.example/i\" rel=\"noopener nofollow\">S&apos;inscrire en ligne");
    expect(page, "href=\"tel:0477430400\"");
    expect(page, "Téléphoner\u00a0: 04\u00a077\u00a043\u00a004\u00a000");
    expect(page, "href=\"mailto:a@hub.example\"");
    expect(page, "Maison des entreprises");
    expect(page, "Handicap moteur");
    expect(page, "ENE");
    expect(page, "<strong>Venez</strong>");
    expect_not(page, "<b>tous</b>");
}

static void an_address_that_is_no_link_makes_no_button(void **state)
{
    page_world_t *world = *state;
    put_event(world, "loire", "a", AT("2026-11-24"),
              "\"inscription\": {\"url\": \"javascript:alert(1)\", \"courriel\": \"x\"}");
    const char *page = page_of(world, "/agenda/loire/a", 200);
    expect_not(page, "javascript:");
    expect_not(page, "Pour s'inscrire");
}

static void an_event_that_is_over_says_so(void **state)
{
    page_world_t *world = *state;
    put_event(world, "loire", "a", AT("2026-11-10"), "\"inscription\": {\"courriel\": \"a@b.fr\"}");
    const char *page = page_of(world, "/agenda/loire/a", 200);
    expect(page, "Passé</span>");
    expect_not(page, "Ajouter à mon agenda");
    expect_not(page, "Écrire");
}

static void a_place_told_twice_is_read_once(void **state)
{
    page_world_t *world = *state;
    put(world->store, "loire", "event", "a",
        "{\"uid\": \"a\", \"titre\": \"A\", \"horaires\": [" AT(
            "2026-11-24") "], \"lieu\": {"
                          "\"nom\": \"Crest\", \"adresse\": \"26400 Crest\", \"code_postal\": "
                          "\"26400\","
                          " \"commune\": \"Crest\"}}");
    const char *page = page_of(world, "/agenda/loire/a", 200), *at = strstr(page, "<dt>Où</dt>");
    assert_non_null(at);
    const char *end = strstr(at, "</div>");
    size_t told = 0;
    for (; (at = strstr(at, "Crest")) && at < end; at++)
        told++;
    assert_int_equal(told, 1);
}

static void a_poster_has_the_way_to_its_page(void **state)
{
    page_world_t *world = *state;
    put_event(world, "loire", "a", AT("2026-11-24"), "");
    const char *page = page_of(world, "/agenda/loire/a/affiche", 200);
    expect(page, "<svg class=\"qr\"");
    expect(page, "<strong>https://hub.example/agenda/loire/a</strong>");
    expect(page, "mardi 24\u00a0novembre 2026");
    page_of(world, "/agenda/loire/none/affiche", 404);
    put(world->store, "loire", "event", "a", NULL);
    page_of(world, "/agenda/loire/a/affiche", 410);
    page_of(world, "/agenda/loire/a", 410);
}

static void a_poster_of_a_site_without_a_name_has_no_code(void **state)
{
    page_world_t *world = *state;
    put_event(world, "loire", "a", AT("2026-11-24"), "");
    world->settings.url = NULL;
    world->host = NULL;
    expect_not(page_of(world, "/agenda/loire/a/affiche", 200), "class=\"qr\"");
}

static void broken_events_do_not_take_the_others_away(void **state)
{
    page_world_t *world = *state;
    put(world->store, "rhone", "event", "x",
        "{\"titre\": \"X\", \"horaires\": \"demain\", \"lieu\": [1], \"statut\": 7}");
    put(world->store, "rhone", "event", "y",
        "{\"titre\": 7, \"horaires\": [{\"debut\": \"2026-11-25T09:00:00Z\", \"fin\": 3}],"
        " \"places_restantes\": -9223372036854775807, \"lieu\": {\"lat\": 99999999999,"
        " \"lon\": 1}}");
    put_event(world, "loire", "a", AT("2026-11-24"), "");
    expect(page_of(world, "/agenda?partout=oui", 200), "Titre a");
    page_of(world, "/agenda/rhone/x", 200);
    page_of(world, "/agenda/rhone/x/affiche", 200);
    page_of(world, "/agenda/rhone/y", 200);
}

static void hostile_parameters_change_nothing(void **state)
{
    page_world_t *world = *state;
    put_event(world, "loire", "a", AT("2026-11-24"), "");
    static const char *const parameters[] = {
        "mois", "partout", "hub", "type", "lieu.code_insee", "fonctions", "q"};
    for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++)
        expect_calm(world, "/agenda", parameters[i]);
    expect(page_of(world, "/agenda?mois=2026-13", 200), "Titre a");
}

static void the_nation_asks_for_the_department_first(void **state)
{
    page_world_t *world = *state;
    put_event(world, "loire", "a", AT("2026-11-24"), "\"fonctions\": [\"vente\", \"rh\"]");
    put(world->store, "rhone", "event", "b",
        "{\"titre\": \"B\", \"type\": \"salon\", \"mode\": \"mixte\", \"horaires\": [" AT(
            "2026-11-25") "], \"lieu\": {\"nom\": \"x\", \"code_insee\": \"COM-69123\"}}");
    const char *page = page_of(world, "/agenda", 200);
    expect(page, "Titre a");
    expect(page, "/agenda/rhone/b");
    expect_order(page, "<summary>Département</summary>",
                 "<summary>Dans l&apos;entreprise</summary>");
    expect(page, "value=\"DEP-42\"");
    expect_not(page, "value=\"COM-42218\"");
    expect_not(page_of(world, "/agenda?lieu.code_insee=DEP-69", 200), "Titre a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_HUB(events_stand_by_week_and_day),
        AT_HUB(a_hubs_agenda_is_its_own_until_one_asks_for_all),
        AT_HUB(any_filter_can_be_subscribed_to),
        AT_HUB(what_is_cancelled_stays_struck_with_its_reason),
        AT_HUB(what_is_postponed_or_full_is_marked),
        AT_HUB(an_empty_agenda_shows_the_next_dates_of_neighbours),
        AT_HUB(what_is_past_stands_behind_a_link),
        AT_HUB(a_series_that_has_begun_is_not_lost),
        AT_HUB(among_hundreds_that_are_over_what_goes_on_is_found),
        AT_HUB(a_full_week_is_cut_into_pages_and_keeps_its_heading),
        AT_HUB(a_page_tells_dates_place_and_how_to_register),
        AT_HUB(an_address_that_is_no_link_makes_no_button),
        AT_HUB(an_event_that_is_over_says_so),
        AT_HUB(a_place_told_twice_is_read_once),
        AT_HUB(a_poster_has_the_way_to_its_page),
        AT_HUB(a_poster_of_a_site_without_a_name_has_no_code),
        AT_HUB(broken_events_do_not_take_the_others_away),
        AT_HUB(hostile_parameters_change_nothing),
        AT_NATION(the_nation_asks_for_the_department_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
