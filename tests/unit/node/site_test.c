/* Addresses, lists and the interfaces for programs: requests in, responses out. */
#include "node/portal/route.h"
#include "page_world.h"

/* A hub without an address of its own, asked by visitors who do not say its name either. */
static int open_loire(void **state)
{
    page_world_t *world = hub_world(state);
    world->settings.title = "Hub IA <Loire>";
    world->settings.telephone = "04 77 43 04 00";
    world->settings.url = NULL;
    world->host = NULL;
    return open_site(world);
}

/* Takes the data for programs out of a page, where quotes are only quotes; no "<" may stand in it. */
static void leave_out_data(page_world_t *world)
{
    static const char START[] = "<script type=\"application/ld+json\">", END[] = "</script>";
    char *start = strstr(world->response.body.data, START);
    if (!start)
        return;
    char *end = strchr(start + strlen(START), '<');
    assert_int_equal(strncmp(end, END, strlen(END)), 0);
    memmove(start, end + strlen(END), strlen(end + strlen(END)) + 1);
}

static void put_answer(page_world_t *world, const char *hub, const char *id, const char *question)
{
    char json[512];
    snprintf(json, sizeof json,
             "{\"question\": \"%s\", \"reponse\": \"Oui.\", \"theme\": \"cout\"}", question);
    put(world->store, hub, "answer", id, json);
}

/* --- routes --- */

static void every_page_answers_on_an_empty_store(void **state)
{
    page_world_t *world = *state;
    static const char *const pages[] = {"/",
                                        "/reseau",
                                        "/recherche",
                                        "/recherche?q=x",
                                        "/healthz",
                                        "/readyz",
                                        "/static/portail.css",
                                        "/static/icone.svg",
                                        "/api/v1/streams",
                                        "/api/v1/counts",
                                        "/api/v1/kinds"};
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        page_of(world, pages[i], 200);
    for (size_t i = 0; i < schema_kind_count(world->store->schema); i++) {
        const kind_t *kind = schema_kind_at(world->store->schema, i);
        char target[128];
        snprintf(target, sizeof target, "/%s", kind->path);
        expect(page_of(world, target, 200), "Les hubs ajouteront leurs fiches");
        snprintf(target, sizeof target, "/api/v1/%s", kind->name);
        page_of(world, target, 200);
    }
}

static void the_home_page_begins_with_what_there_is(void **state)
{
    page_world_t *world = *state;
    expect_order(page_of(world, "/", 200), "Trouver une aide", "Lire les chiffres");
    put(world->store, "loire", "indicator", "a", "{\"libelle\": \"Usage\"}");
    expect_order(page_of(world, "/", 200), "Lire les chiffres", "Trouver une aide");
}

static void what_is_no_page_is_not_found(void **state)
{
    page_world_t *world = *state;
    static const char *const nowhere[] = {"/nulle-part",
                                          "//",
                                          "/annuaire//x",
                                          "/reseau/x",
                                          "/static",
                                          "/static/..%2fportail.css",
                                          "/static/../etc",
                                          "/index.html",
                                          "/annuaire/loire",
                                          "/annuaire/loire/inconnu",
                                          "/annuaire/%2e%2e/x",
                                          "/ANNUAIRE",
                                          "/templates/head.mustache"};
    for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++) {
        const char *page = page_of(world, nowhere[i], 404);
        assert_string_equal(world->response.type, "text/html; charset=utf-8");
        expect(page, "Page introuvable");
    }
}

static void a_kind_may_not_take_the_address_of_a_page(void **state)
{
    (void)state;
    assert_false(route_serves("reseau", "answer"));
    assert_false(route_serves("recherche", "answer"));
    assert_false(route_serves("healthz", "answer"));
    assert_true(route_serves("un-autre-chemin", "answer"));
    assert_true(route_serves("reponses", "answer"));
    assert_false(route_serves("reponses", "event"));
}

static void only_reading_is_possible(void **state)
{
    page_world_t *world = *state;
    static const char *const methods[] = {"POST", "PUT", "DELETE", "TRACE", "get"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        world->method = methods[i];
        page_of(world, "/", 405);
        assert_string_equal(world->response.allow, "GET, HEAD, OPTIONS");
        assert_true(world->response.close);
    }
    world->method = "HEAD";
    page_of(world, "/", 200);
    world->method = "GET";
    world->has_body = true;
    page_of(world, "/", 400);
    assert_true(world->response.close);
}

/* --- the API --- */

static void an_error_of_the_api_is_a_problem_in_french(void **state)
{
    page_world_t *world = *state;
    static const struct {
        const char *target;
        unsigned status;
    } cases[] = {
        {"/api/v1/anwser", 404},
        {"/api/v1/answer?nom=x", 400},
        {"/api/v1/answer?limit=0", 400},
        {"/api/v1/answer?limit=201", 400},
        {"/api/v1/answer?limit=x", 400},
        {"/api/v1/answer?limit=1&limit=2", 400},
        {"/api/v1/answer?q=a&q=b", 400},
        {"/api/v1/answer?after=%22", 400},
        {"/api/v1/streams?x", 400},
        {"/api/v1/answer/loire/rien", 404},
        {"/api/v1/answer/loire/A%20B", 404},
        {"/api/v2/answer", 404},
        {"/api/v1/%zz", 400},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *problem = json_of(world, cases[i].target, cases[i].status);
        assert_string_equal(world->response.type, "application/problem+json; charset=utf-8");
        assert_int_equal(json_integer_value(json_object_get(problem, "status")), cases[i].status);
        assert_string_equal(string_at(problem, "type"), "about:blank");
        assert_true(json_string_length(json_object_get(problem, "title")) > 0);
        assert_true(json_string_length(json_object_get(problem, "detail")) > 0);
        json_decref(problem);
    }
    expect(page_of(world, "/api/v1/anwser", 404), "Vouliez-vous dire « answer »");
}

static void a_list_is_walked_by_following_next(void **state)
{
    page_world_t *world = *state;
    for (int i = 0; i < 5; i++) {
        char id[16], question[32];
        snprintf(id, sizeof id, "q-%d", i);
        snprintf(question, sizeof question, "Question %d", i);
        put_answer(world, i % 2 ? "loire" : "rhone", id, question);
    }
    char target[256] = "/api/v1/answer?limit=2";
    size_t seen = 0, pages = 0;
    for (const char *next = ""; next; pages++) {
        json_t *list = json_of(world, target, 200);
        seen += json_array_size(json_object_get(list, "items"));
        next = json_string_value(json_object_get(list, "next"));
        if (next)
            snprintf(target, sizeof target, "/api/v1/answer?limit=2&after=%s", next);
        assert_int_equal(next != NULL, strstr(world->response.link.data, "rel=\"next\"") != NULL);
        if (next)
            expect(world->response.link.data, target);
        json_decref(list);
    }
    assert_int_equal(pages, 3);
    assert_int_equal(seen, 5);
}

static void an_item_has_its_hub_and_its_body(void **state)
{
    page_world_t *world = *state;
    put_answer(world, "rhone", "par-ou-commencer", "Par où commencer ?");
    json_t *item = json_of(world, "/api/v1/answer/rhone/par-ou-commencer", 200);
    assert_string_equal(string_at(item, "hub"), "rhone");
    assert_string_equal(string_at(item, "kind"), "answer");
    json_t *content = json_object_get(item, "body");
    assert_string_equal(string_at(content, "question"), "Par où commencer ?");
    json_decref(item);
    expect(page_of(world, "/api/v1/answer?hub=rhone&theme=cout&theme=emploi", 200),
           "par-ou-commencer");
    expect_not(page_of(world, "/api/v1/answer?hub=loire", 200), "par-ou-commencer");
}

static void an_unchanged_list_is_not_sent_again(void **state)
{
    page_world_t *world = *state;
    put_answer(world, "loire", "a", "A ?");
    page_of(world, "/api/v1/answer", 200);
    char *etag = strdup(world->response.etag.data);
    assert_true(strlen(etag) > 2);
    world->if_none_match = etag;
    page_of(world, "/api/v1/answer", 304);
    assert_int_equal(world->response.body.size, 0);
    page_of(world, "/api/v1/answer?limit=1", 200);
    put_answer(world, "loire", "b", "B ?");
    page_of(world, "/api/v1/answer", 200);
    free(etag);
}

/* --- records --- */

static void a_deleted_record_is_gone_with_a_way_back(void **state)
{
    page_world_t *world = *state;
    put_answer(world, "rhone", "a", "A ?");
    page_of(world, "/reponses/rhone/a", 200);
    put(world->store, "rhone", "answer", "a", NULL);
    expect(page_of(world, "/reponses/rhone/a", 410), "href=\"/reponses\"");
    page_of(world, "/api/v1/answer/rhone/a", 410);
}

static void a_record_is_shown_in_words(void **state)
{
    page_world_t *world = *state;
    put(world->store, "rhone", "hub", "rhone",
        "{\"code\": \"rhone\", \"nom\": \"Hub IA Rhône\", \"territoire\": \"DEP-69\"}");
    put(world->store, "rhone", "indicator", "i",
        "{\"libelle\": \"Usage\", \"code\": \"ia\", \"territoire\": \"DEP-42\", \"periode\": "
        "\"2025\","
        " \"valeur\": 1020, \"unite\": \"pct\", \"intervalle\": [1000, 2000], \"approx\": true,"
        " \"champ\": \"Tous\", \"producteur\": \"Exemple\", \"demo\": true,"
        " \"nouveau\": {\"cle\": [1, \"deux\"]}}");
    execute(world->store, "UPDATE stream SET verified_at = 1795316400000 WHERE hub = 'rhone'");
    const char *page = page_of(world, "/chiffres/rhone/i", 200);
    expect(page, "environ 10,2\u00a0%");
    expect(page, "Loire (42)");
    expect(page, "Exemple</span>");
    expect(page, "Publié par Hub IA Rhône, vérifié à 04:00");
}

#define PAYLOAD "\"'><script>alert(1)</script>"

/* The same hostile text in a field, wherever its type would put it. */
static json_t *hostile(const field_t *field)
{
    json_t *text = json_string(PAYLOAD);
    json_t *value;
    switch (field->type) {
    case FIELD_LIST:
    case FIELD_INTERVAL:
        value = json_array();
        json_array_append_new(value, hostile(&field->fields[0]));
        json_array_append_new(value, json_incref(text));
        break;
    case FIELD_MAP:
        value = json_object();
        for (size_t i = 0; i < field->field_count; i++)
            json_object_set_new(value, field->fields[i].name, hostile(&field->fields[i]));
        json_object_set(value, PAYLOAD, text);
        break;
    default:
        value = json_incref(text);
    }
    json_decref(text);
    return value;
}

static void hostile_text_is_escaped_in_every_field_of_every_kind(void **state)
{
    page_world_t *world = *state;
    for (size_t i = 0; i < schema_kind_count(world->store->schema); i++) {
        const kind_t *kind = schema_kind_at(world->store->schema, i);
        json_t *record = json_object();
        for (size_t j = 0; j < kind->field_count; j++)
            json_object_set_new(record, kind->fields[j].name, hostile(&kind->fields[j]));
        json_object_set_new(record, PAYLOAD, json_string("x"));
        char *text = json_dumps(record, 0);
        put(world->store, "rhone", kind->name, "x", text);
        free(text);
        json_decref(record);
        char targets[3][128];
        snprintf(targets[0], sizeof targets[0], "/%s", kind->path);
        snprintf(targets[1], sizeof targets[1], "/%s/rhone/x", kind->path);
        snprintf(targets[2], sizeof targets[2], "/%s?q=%%22%%27%%3E%%3Cscript%%3Ealert",
                 kind->path);
        for (size_t k = 0; k < 3; k++) {
            const char *page = page_of(world, targets[k], 200);
            leave_out_data(world);
            expect_not(page, "<script");
            expect_not(page, "\"'>");
        }
    }
    static const char *const others[] = {"/", "/reseau",
                                         "/recherche?q=%22%27%3E%3Cscript%3Ealert(1)"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const char *page = page_of(world, others[i], 200);
        expect_not(page, "<script");
        expect_not(page, "<Loire>");
    }
}

static void a_link_is_made_of_harmless_schemes_only(void **state)
{
    page_world_t *world = *state;
    put(world->store, "rhone", "provider", "x",
        "{\"nom\": \"X\", \"site\": \"javascript:alert(1)\", \"telephone\": \"javascript:1\","
        " \"courriel\": \"a@b.example?bcc=c@d.example\","
        " \"source\": {\"nom\": \"s\", \"url\": \"data:text/html,x\"}}");
    const char *page = page_of(world, "/annuaire/rhone/x", 200);
    leave_out_data(world);
    expect_not(page, "href=\"javascript");
    expect_not(page, "href=\"data");
    expect_not(page, "bcc=c@d.example\"");
    put(world->store, "rhone", "provider", "y",
        "{\"nom\": \"Y\", \"site\": \"https://y.example/\", \"telephone\": \"0477000000\","
        " \"courriel\": \"a@y.example\"}");
    page = page_of(world, "/annuaire/rhone/y", 200);
    expect(page, "href=\"https://y.example/\"");
    expect(page, "href=\"tel:0477000000\"");
    expect(page, "04\u00a077\u00a000\u00a000\u00a000");
    expect(page, "href=\"mailto:a@y.example\"");
}

/* --- lists --- */

static void a_list_is_filtered_by_its_form(void **state)
{
    page_world_t *world = *state;
    put(world->store, "loire", "organisation", "a",
        "{\"nom\": \"A\", \"type\": \"chambre\", \"themes\": [\"cout\"]}");
    put(world->store, "rhone", "organisation", "b",
        "{\"nom\": \"B\", \"type\": \"chambre\", \"themes\": [\"emploi\"]}");
    const char *page = page_of(world, "/acteurs", 200);
    expect(page, "2\u00a0fiches");
    expect(page, "name=\"themes\" value=\"cout\"");
    expect(page, "name=\"hub\" value=\"rhone\"");
    page = page_of(world, "/acteurs?q=&themes=cout&utm_source=lettre", 200);
    expect(page, "1\u00a0fiche<");
    expect(page, "name=\"themes\" value=\"cout\" checked");
    expect(page, "href=\"/acteurs/loire/a\"");
    expect_not(page, "href=\"/acteurs/rhone/b\"");
}

static void the_agenda_begins_today_and_leads_to_what_is_over(void **state)
{
    page_world_t *world = *state;
    put(world->store, "loire", "event", "old",
        "{\"uid\": \"old\", \"titre\": \"Hier\","
        " \"horaires\": [{\"debut\": \"2026-11-21T18:00:00+01:00\"}]}");
    put(world->store, "loire", "event", "new",
        "{\"uid\": \"new\", \"titre\": \"Ce matin\","
        " \"horaires\": [{\"debut\": \"2026-11-22T00:30:00+01:00\"}]}");
    const char *page = page_of(world, "/agenda", 200);
    expect(page, "Ce matin");
    expect_not(page, "Hier");
    expect(page, "href=\"/agenda?mois=2026-11\"");
    page = page_of(world, "/agenda?mois=2026-11", 200);
    expect(page, "Hier");
    expect(page, "dimanche 22\u00a0novembre 2026");
}

static void a_person_with_too_many_filters_gets_a_page_that_says_so(void **state)
{
    page_world_t *world = *state;
    text_t target;
    text_init(&target, REQUEST_TARGET_MAX);
    text_add_string(&target, "/reponses?");
    for (int i = 0; i <= QUERY_CODES_MAX; i++)
        text_add_format(&target, "theme=t%d&", i);
    expect(page_of(world, target.data, 400), "Pas plus de 32 valeurs");
    text_free(&target);
}

static void a_search_leads_on_where_it_shows_not_all(void **state)
{
    page_world_t *world = *state;
    const char *const ids[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < 4; i++) {
        put_answer(world, "loire", ids[i], "Quel devis ?");
        const char *page = page_of(world, "/recherche?q=devis", 200);
        expect(page, "Quel <mark>devis</mark>");
        assert_int_equal(strstr(page, "Voir les 4") != NULL, i == 3);
    }
}

static void a_mistyped_search_shows_what_was_meant_and_leads_back(void **state)
{
    page_world_t *world = *state;
    put_answer(world, "loire", "a", "Quel devis ?");
    const char *page = page_of(world, "/recherche?q=devsi", 200);
    expect(page, "Quel <mark>devis</mark>");
    expect(page, "href=\"/recherche?q=devsi&amp;exact=oui\"");
    expect(page_of(world, "/recherche?q=devsi&exact=oui", 200), "Rien ne correspond");
    page = page_of(world, "/reponses?q=devsi", 200);
    expect(page, "Quel devis");
    expect(page, "href=\"/reponses?q=devsi&amp;exact=oui\"");
}

static void a_search_with_too_many_words_says_which_it_left_out(void **state)
{
    page_world_t *world = *state;
    put_answer(world, "loire", "a", "Quel devis ?");
    const char *page = page_of(world, "/recherche?q=devis+licorne", 200);
    expect(page, "Aucune fiche n'a tous ces mots");
    expect(page, "Quel <mark>devis</mark>");
}

static void a_search_for_nothing_offers_ways_in(void **state)
{
    page_world_t *world = *state;
    put_answer(world, "loire", "a", "Quel devis ?");
    const char *page = page_of(world, "/recherche?q=++", 200);
    expect(page, "Qu'est-ce qui vous prend le plus de temps");
    expect(page, "/reponses?irritant=devis");
}

/* --- the network --- */

/* As if a hub's head had come, and what it says were here. */
static void prove(world_t *store, const char *hub, const char *kind)
{
    uint8_t secret[SIGN_SECRET_SIZE] = {1};
    head_t head = {.life = 5, .seq = 1, .count = 1};
    snprintf(head.hub, sizeof head.hub, "%s", hub);
    snprintf(head.kind, sizeof head.kind, "%s", kind);
    head_sign(&head, secret);
    sqlite3_stmt *set =
        statement(store, "UPDATE stream SET head = ?1, known_head = ?1, resync = 0 WHERE hub = ?2");
    sqlite3_bind_blob(set, 1, head.bytes, (int)head.size, SQLITE_STATIC);
    sqlite3_bind_text(set, 2, hub, -1, SQLITE_STATIC);
    if (database_run(set, "set a head", &store->err))
        fail_msg("%s", store->err.text);
    sqlite3_finalize(set);
}

static void the_network_page_says_how_fresh_each_hub_is(void **state)
{
    page_world_t *world = *state;
    put_answer(world, "loire", "a", "A ?");
    put_answer(world, "rhone", "b", "B ?");
    put_answer(world, "isere", "c", "C ?");
    execute(world->store,
            "UPDATE stream SET verified_at = 1795315800000 - 60000 WHERE hub = 'rhone'");
    prove(world->store, "rhone", "answer");
    const char *page = page_of(world, "/reseau", 200);
    expect(page, "tenu ici même");
    expect(page, "jamais entendu");
    expect(page, "Sans nouvelles depuis plus de 10 minutes");
    expect(page, "<strong>était à jour</strong>");
    world->site.now_ms = NOW_MS - 10 * 60 * 1000LL;
    page = page_of(world, "/reseau", 200);
    expect(page, "<strong>à jour</strong>");
    expect_not(page, "Sans nouvelles");
    world->site.now_ms = NOW_MS + 25 * 3600 * 1000LL;
    expect(page_of(world, "/reseau", 200), "plus de 24 heures");
}

/* --- twins --- */

#define EVENT(title, when)                                                                         \
    "{\"uid\": \"u\", \"titre\": \"" title "\", \"type\": \"atelier\", \"mode\": \"en_ligne\", "   \
    "\"demo\": true, \"horaires\": [{\"debut\": \"" when "\"}]}"

static void a_list_has_twins_and_says_where(void **state)
{
    page_world_t *world = *state;
    put(world->store, "loire", "event", "a", EVENT("Passé", "2020-01-01T10:00:00Z"));
    put(world->store, "rhone", "event", "b", EVENT("À venir", "2027-01-01T10:00:00Z"));
    const char *page = page_of(world, "/agenda?hub=rhone", 200);
    expect(world->response.link.data,
           "</agenda.ics?hub=rhone>; rel=\"alternate\"; type=\"text/calendar");
    expect_not(world->response.link.data, "aides");
    expect(page, "href=\"/agenda.ics?hub=rhone\"");
    page_of(world, "/api/v1/event", 200);
    expect(world->response.link.data, "</api/v1/event.geojson>");
    page = page_of(world, "/agenda.ics", 200);
    assert_string_equal(world->response.type, "text/calendar; charset=utf-8");
    expect(page, "SUMMARY:[Démonstration] Passé");
    expect(page, "SUMMARY:[Démonstration] À venir");
    page = page_of(world, "/api/v1/event.csv?hub=rhone", 200);
    expect(page, "\"rhone\",\"b\"");
    expect_not(page, "loire");
    assert_true(world->response.etag.size > 0);
}

static void a_twin_that_makes_no_sense_is_not_found(void **state)
{
    page_world_t *world = *state;
    static const char *const nowhere[] = {"/questions.ics",
                                          "/annuaire.aides",
                                          "/annuaire.",
                                          "/annuaire.CSV",
                                          "/.csv",
                                          "/event.csv",
                                          "/api/v1/agenda.ics",
                                          "/api/v1/event.exe",
                                          "/api/v1/answer.ics",
                                          "/agenda.ics/x",
                                          "/api/v1/streams.csv",
                                          "/agenda.ics.ics"};
    for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++)
        page_of(world, nowhere[i], 404);
    page_of(world, "/api/v1/event.csv?couleur=rouge", 400);
    page_of(world, "/agenda.csv?couleur=rouge", 200);
}

static void a_twin_goes_on_where_a_page_of_the_store_ends(void **state)
{
    page_world_t *world = *state;
    put_answers(world->store, QUERY_LIMIT_MAX + 5);
    const char *page = page_of(world, "/api/v1/answer.csv", 200);
    assert_int_equal(times(page, "\r\n"), QUERY_LIMIT_MAX + 5 + 1);
    expect_not(world->response.link.data, "rel=\"next\"");
    page = page_of(world, "/api/v1/answer.csv?limit=3", 200);
    assert_int_equal(times(page, "\r\n"), 3 + 1);
    expect(world->response.link.data, "</api/v1/answer.csv?limit=3&after=");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_loire, close_portal)
    const struct CMUnitTest tests[] = {
        TEST(every_page_answers_on_an_empty_store),
        TEST(the_home_page_begins_with_what_there_is),
        TEST(what_is_no_page_is_not_found),
        cmocka_unit_test(a_kind_may_not_take_the_address_of_a_page),
        TEST(only_reading_is_possible),
        TEST(an_error_of_the_api_is_a_problem_in_french),
        TEST(a_list_is_walked_by_following_next),
        TEST(an_item_has_its_hub_and_its_body),
        TEST(an_unchanged_list_is_not_sent_again),
        TEST(a_deleted_record_is_gone_with_a_way_back),
        TEST(a_record_is_shown_in_words),
        TEST(hostile_text_is_escaped_in_every_field_of_every_kind),
        TEST(a_link_is_made_of_harmless_schemes_only),
        TEST(a_list_is_filtered_by_its_form),
        TEST(the_agenda_begins_today_and_leads_to_what_is_over),
        TEST(a_person_with_too_many_filters_gets_a_page_that_says_so),
        TEST(a_search_leads_on_where_it_shows_not_all),
        TEST(a_mistyped_search_shows_what_was_meant_and_leads_back),
        TEST(a_search_with_too_many_words_says_which_it_left_out),
        TEST(a_search_for_nothing_offers_ways_in),
        TEST(the_network_page_says_how_fresh_each_hub_is),
        TEST(a_list_has_twins_and_says_where),
        TEST(a_twin_that_makes_no_sense_is_not_found),
        TEST(a_twin_goes_on_where_a_page_of_the_store_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
