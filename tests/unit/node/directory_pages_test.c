/* The lists and records of who helps, in a small country. */
#include "node/portal/pages/facts.h"
#include "page_world.h"

#include "files.h"

/* Saint-Étienne and what lies around it, 11 km a tenth of a degree; two communes of one name; one without coordinates. */
#define COUNTRY                                                                                    \
    "maillage-geo\t1\n"                                                                            \
    "R\t84\tAuvergne-Rhône-Alpes\n"                                                               \
    "D\t42\t84\tLoire\nD\t43\t84\tHaute-Loire\nD\t69\t84\tRhône\n"                                \
    "E\t244200770\tSaint-Étienne Métropole\n"                                                    \
    "C\t42001\t42\t244200770\t45300000\t4400000\t42150 42999\tLa Ricamarie\n"                      \
    "C\t42002\t42\t244200770\t\t\t42160\tSans-Place\n"                                             \
    "C\t42218\t42\t244200770\t45400000\t4400000\t42000 42999\tSaint-Étienne\n"                    \
    "C\t43001\t43\t\t45100000\t4000000\t43000\tSaint-Just\n"                                       \
    "C\t69001\t69\t\t45700000\t4800000\t69100\tSaint-Just\n"                                       \
    "C\t69123\t69\t\t45750000\t4850000\t69001\tLyon\n"                                             \
    "A\t69381\t69123\tLyon 1er Arrondissement\n"

static const char *country_path(const page_world_t *world, char path[FILE_PATH_SIZE])
{
    snprintf(path, FILE_PATH_SIZE, "%s/communes.tsv", world->store->folder);
    return path;
}

static int open_country(void **state)
{
    page_world_t *world = hub_world(state);
    char path[FILE_PATH_SIZE], *country = proven(COUNTRY);
    write_bytes(country_path(world, path), country, strlen(country));
    free(country);
    setenv("MAILLAGE_GEO", path, 1);
    return open_site(world);
}

static int close_country(void **state)
{
    char path[FILE_PATH_SIZE];
    remove(country_path(*state, path));
    return close_portal(state);
}

/* Non-breaking spaces become ordinary ones. */
static void loosen(char *text)
{
    static const char *const NARROW[] = {"\u202f", "\u00a0"};
    for (size_t i = 0; i < sizeof NARROW / sizeof *NARROW; i++)
        for (char *at = text; (at = strstr(at, NARROW[i]));) {
            *at = ' ';
            memmove(at + 1, at + strlen(NARROW[i]), strlen(at + strlen(NARROW[i])) + 1);
        }
}

/* The page at that address, its spaces loosened. */
static const char *page(page_world_t *world, const char *target)
{
    page_of(world, target, 200);
    loosen(world->response.body.data);
    return world->response.body.data;
}

static void fill(page_world_t *world)
{
    put(world->store, "loire", "provider", "ici",
        "{\"nom\": \"Atelier ici\", \"categorie\": \"startup\", \"code_insee\": \"COM-42218\","
        " \"offres\": [{\"titre\": \"Diagnostic\", \"type\": \"diagnostic\","
        " \"prix\": {\"mode\": \"jour\", \"min\": 600}}],"
        " \"souverainete\": {\"secnumcloud\": true}}");
    put(world->store, "loire", "provider", "pres",
        "{\"nom\": \"Bureau proche\", \"categorie\": \"esn\", \"code_insee\": \"COM-42001\","
        " \"lat\": 45310000, \"lon\": 4400000}");
    put(world->store, "loire", "provider", "loin",
        "{\"nom\": \"Cabinet de Lyon\", \"categorie\": \"startup\", \"code_insee\": "
        "\"COM-69381\"}");
    put(world->store, "loire", "provider", "nulle-part",
        "{\"nom\": \"Distance inconnue\", \"categorie\": \"startup\","
        " \"zone_intervention\": [\"DEP-42\"]}");
}

/* --- near a place --- */

static void a_list_near_a_place_begins_with_the_nearest_and_says_how_far(void **state)
{
    static const char *const ROWS[] = {"<ul class=\"rows\">", "Atelier ici",
                                       "Saint-Étienne, dans la même commune", "Bureau proche",
                                       "La Ricamarie, à 10 km"};
    page_world_t *world = *state;
    fill(world);
    const char *list = page(world, "/annuaire?pres=saint+etienne&rayon=25");
    expect_in_turn(list, ROWS, sizeof ROWS / sizeof *ROWS);
    expect_not(list, "Cabinet de Lyon");
    expect_not(list, "Distance inconnue");
    expect(list, "à moins de 25 km de Saint-Étienne (42)");
    expect(page(world, "/annuaire?pres=42000&rayon=100"), "Lyon, à environ 5");
}

static void a_place_is_a_name_a_postcode_or_a_code(void **state)
{
    static const char *const PLACES[] = {
        "Saint-%C3%89tienne",      "ST%20ETIENNE", "42000", "42218", "COM-42218",
        "saint-etienne%20%2842%29"};
    page_world_t *world = *state;
    fill(world);
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++) {
        char target[128];
        snprintf(target, sizeof target, "/annuaire?pres=%s", PLACES[i]);
        expect(page(world, target), "à moins de 25 km de Saint-Étienne (42)");
    }
    expect(page(world, "/annuaire?pres=lyon+1er"), "km de Lyon (69)");
    const char *list = page(world, "/annuaire?pres=42999");
    expect(list, "La Ricamarie et environs (42)");
    expect(list, "name=\"pres\" value=\"42999\""); /* as typed: it is understood again */
    expect(page(world, "/annuaire?pres=42160"), "km de Sans-Place (42)"); /* its EPCI's middle */
}

static void other_communes_of_the_name_are_offered(void **state)
{
    page_world_t *world = *state;
    fill(world);
    world->settings.territory = "DEP-69";
    const char *list = page(world, "/annuaire?pres=saint-just");
    expect(list, "km de Saint-Just (69)");
    expect(list, "<a href=\"/annuaire?pres=Saint-Just%20%2843%29\">Saint-Just (43)</a>");
    list = page(world, "/annuaire?pres=Saint-Just%20%2843%29");
    expect(list, "km de Saint-Just (43)");
    expect_not(list, "D'autres communes");
}

static void a_place_nobody_knows_is_said_and_leaves_the_list_whole(void **state)
{
    static const char *const PLACES[] = {"atlantide", "99999",       "%3Cscript%3E",
                                         "%28%29",    "%29",         "lyon%20%2801%29",
                                         "0",         "%F0%9F%92%A9"};
    page_world_t *world = *state;
    fill(world);
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++) {
        char target[128];
        snprintf(target, sizeof target, "/annuaire?pres=%s", PLACES[i]);
        const char *list = page(world, target);
        expect(list, "Nous ne connaissons pas");
        expect(list, "<strong>4 fiches</strong>");
        expect_not(list, "<script>");
    }
    expect_not(page(world, "/annuaire?pres=%20%20"), "Nous ne connaissons pas");
}

static void a_radius_that_is_none_is_the_usual_one(void **state)
{
    static const char *const RADII[] = {"0", "-1",  "26", "1e9", "99999999999999999999",
                                        "x", "10km"};
    page_world_t *world = *state;
    fill(world);
    for (size_t i = 0; i < sizeof RADII / sizeof *RADII; i++) {
        char target[128];
        snprintf(target, sizeof target, "/annuaire?pres=42000&rayon=%s", RADII[i]);
        expect(page(world, target), "à moins de 25 km");
    }
    expect(page(world, "/annuaire?pres=42000&rayon=100"), "à moins de 100 km");
    char longest[REQUEST_TARGET_MAX];
    int size = snprintf(longest, sizeof longest, "/annuaire?pres=");
    memset(longest + size, 'a', sizeof longest - (size_t)size);
    longest[sizeof longest - 8] = 0;
    page_of(world, longest, 200);
    page_of(world, "/annuaire?pres=lyon&pres=lyon", 400);
}

static void programs_get_what_is_near_or_an_error(void **state)
{
    page_world_t *world = *state;
    fill(world);
    const char *near = page_of(world, "/api/v1/provider?pres=42000&rayon=10", 200);
    expect(near, "Atelier ici");
    expect_not(near, "Cabinet de Lyon");
    page_of(world, "/api/v1/provider?pres=atlantide", 400);
    page_of(world, "/api/v1/provider?pres=42000&rayon=11", 400);
    page_of(world, "/api/v1/provider.csv?pres=atlantide", 400);
    near = page_of(world, "/annuaire.csv?pres=42000&rayon=25", 200);
    expect(near, "Bureau proche");
    expect_not(near, "Cabinet de Lyon");
}

static void without_a_geography_a_place_is_unknown_and_the_list_whole(void **state)
{
    page_world_t *world = *state;
    fill(world);
    setenv("MAILLAGE_GEO", P_tmpdir "/there is no such file", 1);
    const char *list = page(world, "/annuaire?pres=42000");
    expect(list, "Nous ne connaissons pas");
    expect(list, "<strong>4 fiches</strong>");
    expect_not(list, "<svg");
}

/* --- filters --- */

static void a_filter_says_what_it_will_leave(void **state)
{
    page_world_t *world = *state;
    fill(world);
    expect(page(world, "/annuaire"),
           "value=\"startup\"> <span>Jeune entreprise (startup) <span class=\"quiet\">(3)");
    const char *list = page(world, "/annuaire?code_insee=DEP-42");
    expect(list, "Le nombre dit ce qu'il restera");
    expect(list, "value=\"startup\"> <span>Jeune entreprise (startup) <span class=\"quiet\">(1)");
    expect(list,
           "value=\"DEP-69\"> <span>Rhône (69) <span class=\"quiet\">(1)"); /* an alternative */
    expect_not(list, "value=\"COM-");
}

static void what_a_list_is_narrowed_by_can_be_taken_away_one_by_one(void **state)
{
    page_world_t *world = *state;
    fill(world);
    const char *list =
        page(world, "/annuaire?q=atelier&categorie=startup&categorie=esn&pres=42000&after=");
    expect(list, "<a href=\"/annuaire?categorie=startup&amp;categorie=esn&amp;pres=42000\">"
                 "<span class=\"away\">Retirer </span>« atelier »");
    expect(list, "<a href=\"/annuaire?q=atelier&amp;categorie=esn&amp;pres=42000\">"
                 "<span class=\"away\">Retirer </span>Jeune entreprise");
    expect(list, "<a href=\"/annuaire?q=atelier&amp;categorie=startup&amp;categorie=esn\">"
                 "<span class=\"away\">Retirer </span>à moins de 25 km");
}

static void not_saying_is_not_a_no(void **state)
{
    page_world_t *world = *state;
    fill(world);
    put(world->store, "loire", "provider", "ici2",
        "{\"nom\": \"Non\", \"souverainete\": {\"secnumcloud\": false}}");
    const char *list = page(world, "/annuaire");
    expect(list, "3 fiches ne le disent pas : cela ne veut pas dire non.");
    list = page(world, "/annuaire?souverainete.secnumcloud=false");
    expect(list, "<strong>1 fiche</strong>");
    expect(list, "Hébergement SecNumCloud : non");
}

static void every_filter_of_hostile_words_is_only_words(void **state)
{
    static const char *const TARGETS[] = {
        "/annuaire?categorie=%3Cscript%3Ealert(1)%3C/script%3E",
        "/annuaire?code_insee=COM-%3Cb%3E&pres=42000",
        "/annuaire?code_insee=DEP-zz&code_insee=REG-%22&code_insee=EPCI-&code_insee=",
        "/annuaire?hub=%3Cscript%3E&q=%22%27%3E%3Cscript%3E",
        "/annuaire?souverainete.secnumcloud=peut-%C3%AAtre",
        "/annuaire?q=%22%22&pres=%22%3E%3Cscript%3E&rayon=%3Cscript%3E",
    };
    page_world_t *world = *state;
    fill(world);
    for (size_t i = 0; i < sizeof TARGETS / sizeof *TARGETS; i++)
        expect_not(page(world, TARGETS[i]), "<script>");
}

/* --- nothing found --- */

static void an_empty_list_says_what_to_give_up_and_what_that_gives(void **state)
{
    page_world_t *world = *state;
    fill(world);
    const char *list = page(world, "/annuaire?q=bureau&categorie=startup");
    expect(list, "<a href=\"/annuaire?q=bureau\">Sans « Jeune entreprise (startup) »</a> <strong>1 "
                 "fiche</strong>");
    expect(list, "<a href=\"/annuaire?categorie=startup\">Sans les mots « bureau »</a> <strong>3 "
                 "fiches</strong>");
    list = page(world, "/annuaire?q=motinconnu&categorie=laboratoire");
    expect(list, "<a href=\"/annuaire\">Sans rien de tout cela</a>");
    expect_not(list, "Sans les mots");            /* that alone leads nowhere */
    list = page(world, "/reponses?q=motinconnu"); /* there is none at all */
    expect_not(list, "class=\"ways\"");
}

static void an_empty_circle_offers_the_next_one_that_has_something(void **state)
{
    page_world_t *world = *state;
    fill(world);
    const char *list = page(world, "/annuaire?pres=43000&rayon=10");
    expect(list, "<a href=\"/annuaire?pres=43000&amp;rayon=50\">Chercher à moins de 50 km de "
                 "Saint-Just (43)</a> "
                 "<strong>2 fiches</strong>");
    expect_not(list, "Chercher à moins de 25 km");
    expect_not(list, "Chercher à moins de 100 km");
    expect(list, "Sans tenir compte de la distance");
}

static void an_empty_department_offers_those_beside_it(void **state)
{
    page_world_t *world = *state;
    fill(world);
    const char *list = page(world, "/annuaire?code_insee=DEP-43");
    expect(list,
           "<a href=\"/annuaire?code_insee=DEP-42\">Dans un département voisin : Loire (42)</a> "
           "<strong>2 fiches</strong>");
    expect(list, "Dans un département voisin : Rhône (69)");
}

/* --- the map --- */

static void the_map_has_the_numbers_of_the_rows(void **state)
{
    page_world_t *world = *state;
    fill(world);
    const char *list = page(world, "/annuaire");
    expect(list, "id=\"f1\"");
    expect(
        list,
        "<a href=\"#f1\" tabindex=\"-1\"><title>Atelier ici</title><circle class=\"spot about\"");
    expect(list,
           "<a href=\"#f2\" tabindex=\"-1\"><title>Bureau proche</title><circle class=\"spot\"");
    expect_not(list, "href=\"#f3\""); /* in Lyon, outside the hub's own department */
    expect(list, "2 fiches de cette page ne sont pas sur la carte");
    expect_not(list, "class=\"reach\"");
    expect(page(world, "/annuaire?pres=42000"), "<circle class=\"reach\"");
}

static void a_list_of_nowhere_has_no_map(void **state)
{
    page_world_t *world = *state;
    put(world->store, "loire", "provider", "a", "{\"nom\": \"Sans lieu\"}");
    const char *list = page(world, "/annuaire");
    expect_not(list, "<svg viewBox");
    expect_not(list, "id=\"f1\"");
    expect_not(list, "Voir la carte");
}

static void records_at_one_spot_stand_side_by_side(void **state)
{
    page_world_t *world = *state;
    for (int i = 0; i < 20; i++) {
        char id[16];
        snprintf(id, sizeof id, "x%d", i);
        put(world->store, "loire", "provider", id,
            "{\"nom\": \"Même lieu\", \"code_insee\": \"COM-42218\"}");
    }
    const char *list = page(world, "/annuaire?pres=42000&rayon=10");
    double x[20], y[20];
    const char *at = list;
    for (int i = 0; i < 20; i++) {
        at = strstr(at, "<circle class=\"spot about\" cx=\"");
        assert_non_null(at);
        assert_int_equal(
            sscanf(at, "<circle class=\"spot about\" cx=\"%lf\" cy=\"%lf\"", &x[i], &y[i]), 2);
        at++;
        for (int j = 0; j < i; j++)
            assert_true((x[i] - x[j]) * (x[i] - x[j]) + (y[i] - y[j]) * (y[i] - y[j]) > 20 * 20);
    }
}

/* --- the page of one --- */

#define FULL                                                                                       \
    "{\"nom\": \"Atelier <b>complet</b>\", \"categorie\": \"startup\", \"demo\": true,"            \
    " \"description\": \"Nous <script>alert(1)</script> **aidons**.\","                            \
    " \"adresse\": \"12 rue des Lilas\", \"code_postal\": \"42000\", \"commune\": "                \
    "\"Saint-Étienne\","                                                                          \
    " \"code_insee\": \"COM-42218\", \"lat\": 45410000, \"lon\": 4400000,"                         \
    " \"telephone\": \"0465710042\", \"courriel\": \"contact@atelier.example\","                   \
    " \"site\": \"https://atelier.example/\","                                                     \
    " \"offres\": [{\"titre\": \"Diagnostic\", \"type\": \"diagnostic\","                          \
    " \"prix\": {\"mode\": \"jour\", \"min\": 600}, \"duree_jours\": [50, 200],"                   \
    " \"financements\": [\"aide-1\", \"inconnue\"]}],"                                             \
    " \"labels\": [{\"code\": \"qualiopi\", \"du\": \"2023-01-01\", \"au\": \"2026-11-21\","       \
    " \"preuve_url\": \"https://atelier.example/preuve\"},"                                        \
    " {\"code\": \"expertcyber\", \"au\": \"2026-11-22\", \"preuve_url\": "                        \
    "\"javascript:alert(1)\"}],"                                                                   \
    " \"souverainete\": {\"hebergement_pays\": \"PAYS-99100\", \"controle_ue\": true,"             \
    " \"statut\": \"declare\"},"                                                                   \
    " \"source\": {\"nom\": \"Registre\", \"url\": \"https://registre.example/\","                 \
    " \"licence\": \"Licence Ouverte 2.0\"}%s}"

static void put_full(page_world_t *world, const char *more)
{
    char json[4096];
    snprintf(json, sizeof json, FULL, more);
    put(world->store, "loire", "provider", "complet", json);
    put(world->store, "loire", "programme", "aide-1",
        "{\"nom\": \"Aide au diagnostic\", \"titre\": \"Aide au diagnostic\"}");
}

static void a_record_says_whom_to_call_what_it_costs_and_who_says_so(void **state)
{
    page_world_t *world = *state;
    put_full(world, "");
    const char *record = page(world, "/annuaire/loire/complet");
    static const char *const SAID[] = {
        "Atelier &lt;b&gt;complet&lt;/b&gt;",
        "<a class=\"button\" href=\"tel:0465710042\">",
        "<a class=\"contact\" href=\"mailto:contact@atelier.example\">",
        "à partir de 600 € par jour",
        "entre 0,5 et 2 jours",
        "12 rue des Lilas<br>42000 Saint-Étienne",
        "Qualiopi</strong>, depuis le 1er janvier 2023, jusqu'au 21 novembre 2026 <span "
        "class=\"mark perime\">Expiré",
        "<a href=\"https://atelier.example/preuve\"",
        "Données hébergées : France",
        "entreprise est contrôlée depuis",
        "Déclaré, non vérifié",
        "Cela ne veut pas dire non.",
        "Source : <a href=\"https://registre.example/\"",
        "Licence Ouverte 2.0",
        "Publié par <strong>Hub IA Loire</strong>",
        "mailto:contact@hub.example?subject=Une%20erreur",
        "<span class=\"mark demo\">Exemple</span>",
        "Aide au diagnostic",
    };
    for (size_t i = 0; i < sizeof SAID / sizeof *SAID; i++)
        expect(record, SAID[i]);
    expect_not(record, "<script>");
    expect_not(record, "javascript:");
    expect_not(strstr(record, "ExpertCyber"), "Expiré"); /* its last day is today */
}

static void who_withholds_an_address_shows_the_commune_only(void **state)
{
    page_world_t *world = *state;
    put_full(world, ", \"diffusion\": \"P\"");
    const char *record = page(world, "/annuaire/loire/complet?pres=42001");
    const char *main_part = strstr(record, "<main");
    expect(main_part, "L'adresse exacte n'est pas publique");
    expect_not(main_part, "rue des Lilas");
    expect_not(main_part, "45,41");
    expect(main_part, "Saint-Étienne");
    expect(main_part, "à environ 11 km de La Ricamarie (42)"); /* from commune to commune */
}

static void a_record_knows_its_neighbours_and_what_happens_near(void **state)
{
    page_world_t *world = *state;
    fill(world);
    put_full(world, "");
    put(world->store, "rhone", "event", "demain",
        "{\"titre\": \"Atelier demain\", \"horaires\": [{\"debut\": "
        "\"2026-11-23T18:00:00+01:00\"}],"
        " \"lieu\": {\"code_insee\": \"COM-42001\"}}");
    put(world->store, "rhone", "event", "hier",
        "{\"titre\": \"Atelier hier\", \"horaires\": [{\"debut\": \"2026-11-20T18:00:00+01:00\"}],"
        " \"lieu\": {\"code_insee\": \"COM-42001\"}}");
    const char *record = page(world, "/annuaire/loire/complet");
    expect(record, "<strong>Atelier ici</strong>");
    expect(record, "<strong>Bureau proche</strong>");
    expect_not(record, "Cabinet de Lyon");
    expect(record, "<strong>Atelier demain</strong>");
    expect_not(record, "Atelier hier");
}

static void an_actor_shows_its_hours(void **state)
{
    page_world_t *world = *state;
    put(world->store, "loire", "organisation", "lieu",
        "{\"nom\": \"Lieu\", \"type\": \"lieu_accompagnement\", \"horaires\": \"Mo-Fr "
        "09:00-12:00\"}");
    put(world->store, "loire", "organisation", "autre",
        "{\"nom\": \"Autre\", \"horaires\": \"<b>sur</b> rendez-vous\"}");
    const char *record = page(world, "/acteurs/loire/lieu");
    expect(record, "<th scope=\"row\">lundi à vendredi</th><td>9 h à 12 h</td>");
    record = page(world, "/acteurs/loire/autre");
    expect(record, "&lt;b&gt;sur&lt;/b&gt; rendez-vous");
    expect(record, "Pas de téléphone ni de site connu.");
    expect_not(record, "Adresse</h2>"); /* no heading without words below it */
}

static void a_withdrawn_record_leads_to_the_list_and_the_search(void **state)
{
    page_world_t *world = *state;
    put(world->store, "loire", "provider", "parti", "{\"nom\": \"Parti\"}");
    put(world->store, "loire", "provider", "parti", NULL);
    const char *gone = page_of(world, "/annuaire/loire/parti", 410);
    expect(gone, "href=\"/annuaire\"");
    expect(gone, "action=\"/recherche\"");
    expect_not(gone, "Parti<");
    page_of(world, "/annuaire/loire/jamais", 404);
    page_of(world, "/acteurs/%3Cb%3E/%00", 400);
}

static void what_does_not_fit_is_left_out_of_a_record(void **state)
{
    page_world_t *world = *state;
    put(world->store, "rhone", "provider", "bizarre",
        "{\"nom\": 7, \"offres\": {\"titre\": 1}, \"labels\": [1, {\"code\": [2]}, {\"code\": "
        "\"zz\"}],"
        " \"souverainete\": \"oui\", \"source\": [], \"horaires\": 5, \"telephone\": {},"
        " \"lat\": \"nord\", \"adresse\": [1], \"diffusion\": 3}");
    put(world->store, "rhone", "provider", "bizarre2",
        "{\"offres\": [1, {\"titre\": \"Offre\", \"prix\": \"cher\", \"duree_jours\": [null]},"
        " {\"titre\": \"Deux\", \"prix\": {\"mode\": 4, \"min\": \"x\", \"max\": 9}, "
        "\"financements\": [1, \"../..\"]}],"
        " \"souverainete\": {\"secnumcloud\": \"oui\", \"siege_pays\": 4, \"hebergement_pays\": "
        "\"<b>\"}}");
    page_of(world, "/annuaire/rhone/bizarre", 200);
    expect_not(page(world, "/annuaire/rhone/bizarre2"), "<b>");
    page_of(world, "/annuaire", 200);
}

/* --- prices --- */

static void prices_are_said_in_plain_words(void **state)
{
    static const struct {
        const char *price, *words;
    } CASES[] = {
        {"{\"mode\": \"gratuit\"}", "gratuit"},
        {"{\"mode\": \"devis\"}", "sur devis"},
        {"{\"mode\": \"devis\", \"min\": 500}", "sur devis, à partir de 500 €"},
        {"{\"mode\": \"jour\", \"min\": 600}", "à partir de 600 € par jour"},
        {"{\"mode\": \"jour\", \"min\": 450, \"max\": 800}", "de 450 € à 800 € par jour"},
        {"{\"mode\": \"jour\", \"min\": 600, \"max\": 600}", "600 € par jour"},
        {"{\"mode\": \"forfait\", \"max\": 3000}", "jusqu'à 3 000 €, tout compris"},
        {"{\"mode\": \"jour\"}", ""},
        {"{\"mode\": \"inconnu\", \"min\": 5}", "à partir de 5 €"},
        {"[]", ""},
        {"7", ""},
        {"null", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        text_t words;
        text_init(&words, 256);
        json_t *price = json_loads(CASES[i].price, JSON_DECODE_ANY, NULL);
        facts_price(&words, price);
        loosen(words.data);
        assert_string_equal(words.data, CASES[i].words);
        json_decref(price);
        text_free(&words);
    }
}

/* --- needs --- */

static void a_need_finds_who_says_so_and_who_serves_where_it_is(void **state)
{
    page_world_t *world = *state;
    put(world->store, "loire", "provider", "dit",
        "{\"nom\": \"Qui le dit\", \"categorie\": \"esn\", \"besoins\": [\"pannes\"],"
        " \"fonctions_servies\": [\"rh\"]}");
    put(world->store, "loire", "provider", "sert",
        "{\"nom\": \"Qui sert\", \"categorie\": \"esn\", \"fonctions_servies\": [\"production\"]}");
    put(world->store, "loire", "provider", "sait",
        "{\"nom\": \"Qui sait\", \"categorie\": \"esn\","
        " \"technologies\": [\"maintenance_predictive\"]}");
    put(world->store, "loire", "provider", "autre",
        "{\"nom\": \"Qui fait autre chose\", \"categorie\": \"esn\","
        " \"fonctions_servies\": [\"rh\"]}");
    const char *answer = page(world, "/annuaire");
    expect(answer, "<summary>Ce qui vous prend du temps</summary>");
    expect(answer, "Les pannes et les arrêts <span class=\"quiet\">(3)</span>");
    expect(
        answer,
        "Le recrutement <span class=\"quiet\">(1)</span>"); /* what it says itself counts alone */
    answer = page(world, "/annuaire?besoins=pannes");
    expect(answer, "3 fiches");
    expect_not(answer, "Qui fait autre chose");
    expect(page(world, "/annuaire.csv?besoins=recrutement"), "Qui fait autre chose");
    expect(page(world, "/api/v1/provider?besoins=recrutement"), "\"total\": 1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_country, close_country)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_need_finds_who_says_so_and_who_serves_where_it_is),
        TEST(a_list_near_a_place_begins_with_the_nearest_and_says_how_far),
        TEST(a_place_is_a_name_a_postcode_or_a_code),
        TEST(other_communes_of_the_name_are_offered),
        TEST(a_place_nobody_knows_is_said_and_leaves_the_list_whole),
        TEST(a_radius_that_is_none_is_the_usual_one),
        TEST(programs_get_what_is_near_or_an_error),
        TEST(without_a_geography_a_place_is_unknown_and_the_list_whole),
        TEST(a_filter_says_what_it_will_leave),
        TEST(what_a_list_is_narrowed_by_can_be_taken_away_one_by_one),
        TEST(not_saying_is_not_a_no),
        TEST(every_filter_of_hostile_words_is_only_words),
        TEST(an_empty_list_says_what_to_give_up_and_what_that_gives),
        TEST(an_empty_circle_offers_the_next_one_that_has_something),
        TEST(an_empty_department_offers_those_beside_it),
        TEST(the_map_has_the_numbers_of_the_rows),
        TEST(a_list_of_nowhere_has_no_map),
        TEST(records_at_one_spot_stand_side_by_side),
        TEST(a_record_says_whom_to_call_what_it_costs_and_who_says_so),
        TEST(who_withholds_an_address_shows_the_commune_only),
        TEST(a_record_knows_its_neighbours_and_what_happens_near),
        TEST(an_actor_shows_its_hours),
        TEST(a_withdrawn_record_leads_to_the_list_and_the_search),
        TEST(what_does_not_fit_is_left_out_of_a_record),
        cmocka_unit_test(prices_are_said_in_plain_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
