/* Requests in, responses out, over a real store. */
#include "node/portal/route.h"
#include "node/portal/site.h"
#include "store_world.h"

#include <sodium.h>

#define NOW_MS 1795316460000 /* 2026-11-22T03:01:00Z: 04:01 in the Loire */

typedef struct portal_world {
    world_t *store;
    portal_settings_t settings;
    site_t site;
    response_t response;
    bool answered;
} portal_world_t;

static int open_portal(void **state)
{
    portal_world_t *world = calloc(1, sizeof *world);
    assert_true(sodium_init() >= 0);
    set_up((void **)&world->store);
    world->settings = (portal_settings_t){
        .store = world->store->folder,
        .name = "loire",
        .role = MEMBER_HUB,
        .title = "Hub IA <Loire>",
        .territory = "DEP-42",
        .telephone = "04 77 43 04 00",
        .courriel = "contact@hub.example",
    };
    err_t err;
    if (site_open(&world->site, &world->settings, world->store->schema, &err))
        fail_msg("%s", err.text);
    world->site.now_ms = NOW_MS;
    *state = world;
    return 0;
}

static int close_portal(void **state)
{
    portal_world_t *world = *state;
    if (world->answered)
        response_free(&world->response);
    site_close(&world->site);
    int rc = tear_down((void **)&world->store);
    free(world);
    return rc;
}

static unsigned ask_as(portal_world_t *world, const char *method, const char *target, bool has_body,
                       const char *if_none_match)
{
    if (world->answered)
        response_free(&world->response);
    world->answered = true;
    response_init(&world->response);
    request_t *request = request_new(target);
    request->method = method;
    request->has_body = has_body;
    request->if_none_match = if_none_match;
    err_t err;
    if (site_answer(&world->site, request, &world->response, &err))
        fail_msg("%s: %s", target, err.text);
    request_destroy(&request);
    return world->response.status;
}

static unsigned ask(portal_world_t *world, const char *target)
{
    return ask_as(world, "GET", target, false, NULL);
}

static const char *body(const portal_world_t *world)
{
    return world->response.body.data;
}

/* Takes the data for programs out of a page, where quotes are only quotes; no "<" may stand in it. */
static void leave_out_data(portal_world_t *world)
{
    static const char START[] = "<script type=\"application/ld+json\">", END[] = "</script>";
    char *start = strstr(world->response.body.data, START);
    if (!start)
        return;
    char *end = strchr(start + strlen(START), '<');
    assert_int_equal(strncmp(end, END, strlen(END)), 0);
    memmove(start, end + strlen(END), strlen(end + strlen(END)) + 1);
}

static void expect_text(const portal_world_t *world, const char *text)
{
    if (!strstr(body(world), text))
        fail_msg("'%s' is not in:\n%s", text, body(world));
}

static json_t *json_of(const portal_world_t *world)
{
    json_error_t error;
    json_t *json = json_loads(body(world), 0, &error);
    if (!json)
        fail_msg("%s in %s", error.text, body(world));
    return json;
}

static void put_answer(portal_world_t *world, const char *hub, const char *id, const char *question)
{
    char json[512];
    snprintf(json, sizeof json,
             "{\"question\": \"%s\", \"reponse\": \"Oui.\", \"theme\": \"cout\"}", question);
    put(world->store, hub, "answer", id, json);
}

/* --- routes --- */

static void every_page_answers_on_an_empty_store(void **state)
{
    portal_world_t *world = *state;
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
        assert_int_equal(ask(world, pages[i]), 200);
    for (size_t i = 0; i < schema_kind_count(world->store->schema); i++) {
        const kind_t *kind = schema_kind_at(world->store->schema, i);
        char target[128];
        snprintf(target, sizeof target, "/%s", kind->path);
        assert_int_equal(ask(world, target), 200);
        expect_text(world, "Les hubs ajouteront leurs fiches");
        snprintf(target, sizeof target, "/api/v1/%s", kind->name);
        assert_int_equal(ask(world, target), 200);
    }
}

static void the_home_page_begins_with_what_there_is(void **state)
{
    portal_world_t *world = *state;
    assert_int_equal(ask(world, "/"), 200);
    assert_true(strstr(body(world), "Trouver une aide") < strstr(body(world), "Lire les chiffres"));
    put(world->store, "loire", "indicator", "a", "{\"libelle\": \"Usage\"}");
    assert_int_equal(ask(world, "/"), 200);
    assert_true(strstr(body(world), "Trouver une aide") > strstr(body(world), "Lire les chiffres"));
}

static void what_is_no_page_is_not_found(void **state)
{
    portal_world_t *world = *state;
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
        assert_int_equal(ask(world, nowhere[i]), 404);
        assert_string_equal(world->response.type, "text/html; charset=utf-8");
        expect_text(world, "Page introuvable");
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
    portal_world_t *world = *state;
    static const char *const methods[] = {"POST", "PUT", "DELETE", "TRACE", "get"};
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        assert_int_equal(ask_as(world, methods[i], "/", false, NULL), 405);
        assert_string_equal(world->response.allow, "GET, HEAD, OPTIONS");
        assert_true(world->response.close);
    }
    assert_int_equal(ask_as(world, "HEAD", "/", false, NULL), 200);
    assert_int_equal(ask_as(world, "GET", "/", true, NULL), 400);
    assert_true(world->response.close);
}

/* --- the API --- */

static void an_error_of_the_api_is_a_problem_in_french(void **state)
{
    portal_world_t *world = *state;
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
        assert_int_equal(ask(world, cases[i].target), cases[i].status);
        assert_string_equal(world->response.type, "application/problem+json; charset=utf-8");
        json_t *problem = json_of(world);
        assert_int_equal(json_integer_value(json_object_get(problem, "status")), cases[i].status);
        assert_string_equal(json_string_value(json_object_get(problem, "type")), "about:blank");
        assert_true(json_string_length(json_object_get(problem, "title")) > 0);
        assert_true(json_string_length(json_object_get(problem, "detail")) > 0);
        json_decref(problem);
    }
    ask(world, "/api/v1/anwser");
    expect_text(world, "Vouliez-vous dire « answer »");
}

static void a_list_is_walked_by_following_next(void **state)
{
    portal_world_t *world = *state;
    for (int i = 0; i < 5; i++) {
        char id[16], question[32];
        snprintf(id, sizeof id, "q-%d", i);
        snprintf(question, sizeof question, "Question %d", i);
        put_answer(world, i % 2 ? "loire" : "rhone", id, question);
    }
    char target[256] = "/api/v1/answer?limit=2";
    size_t seen = 0, pages = 0;
    for (const char *next = ""; next; pages++) {
        assert_int_equal(ask(world, target), 200);
        json_t *list = json_of(world);
        seen += json_array_size(json_object_get(list, "items"));
        next = json_string_value(json_object_get(list, "next"));
        if (next)
            snprintf(target, sizeof target, "/api/v1/answer?limit=2&after=%s", next);
        assert_int_equal(next != NULL, strstr(world->response.link.data, "rel=\"next\"") != NULL);
        if (next)
            assert_non_null(strstr(world->response.link.data, target));
        json_decref(list);
    }
    assert_int_equal(pages, 3);
    assert_int_equal(seen, 5);
}

static void an_item_has_its_hub_and_its_body(void **state)
{
    portal_world_t *world = *state;
    put_answer(world, "rhone", "par-ou-commencer", "Par où commencer ?");
    assert_int_equal(ask(world, "/api/v1/answer/rhone/par-ou-commencer"), 200);
    json_t *item = json_of(world);
    assert_string_equal(json_string_value(json_object_get(item, "hub")), "rhone");
    assert_string_equal(json_string_value(json_object_get(item, "kind")), "answer");
    json_t *content = json_object_get(item, "body");
    assert_string_equal(json_string_value(json_object_get(content, "question")),
                        "Par où commencer ?");
    json_decref(item);
    assert_int_equal(ask(world, "/api/v1/answer?hub=rhone&theme=cout&theme=emploi"), 200);
    expect_text(world, "par-ou-commencer");
    assert_int_equal(ask(world, "/api/v1/answer?hub=loire"), 200);
    assert_null(strstr(body(world), "par-ou-commencer"));
}

static void an_unchanged_list_is_not_sent_again(void **state)
{
    portal_world_t *world = *state;
    put_answer(world, "loire", "a", "A ?");
    assert_int_equal(ask(world, "/api/v1/answer"), 200);
    char *etag = strdup(world->response.etag.data);
    assert_true(strlen(etag) > 2);
    assert_int_equal(ask_as(world, "GET", "/api/v1/answer", false, etag), 304);
    assert_int_equal(world->response.body.size, 0);
    assert_int_equal(ask_as(world, "GET", "/api/v1/answer?limit=1", false, etag), 200);
    put_answer(world, "loire", "b", "B ?");
    assert_int_equal(ask_as(world, "GET", "/api/v1/answer", false, etag), 200);
    free(etag);
}

/* --- records --- */

static void a_deleted_record_is_gone_with_a_way_back(void **state)
{
    portal_world_t *world = *state;
    put_answer(world, "rhone", "a", "A ?");
    assert_int_equal(ask(world, "/reponses/rhone/a"), 200);
    put(world->store, "rhone", "answer", "a", NULL);
    assert_int_equal(ask(world, "/reponses/rhone/a"), 410);
    expect_text(world, "href=\"/reponses\"");
    assert_int_equal(ask(world, "/api/v1/answer/rhone/a"), 410);
}

static void a_record_is_shown_in_words(void **state)
{
    portal_world_t *world = *state;
    put(world->store, "rhone", "hub", "rhone",
        "{\"code\": \"rhone\", \"nom\": \"Hub IA Rhône\", \"territoire\": \"DEP-69\"}");
    put(world->store, "rhone", "indicator", "i",
        "{\"libelle\": \"Usage\", \"code\": \"ia\", \"territoire\": \"DEP-42\", \"periode\": "
        "\"2025\","
        " \"valeur\": 1020, \"unite\": \"pct\", \"intervalle\": [1000, 2000], \"approx\": true,"
        " \"champ\": \"Tous\", \"producteur\": \"Exemple\", \"demo\": true,"
        " \"nouveau\": {\"cle\": [1, \"deux\"]}}");
    execute(world->store, "UPDATE stream SET verified_at = 1795316400000 WHERE hub = 'rhone'");
    assert_int_equal(ask(world, "/chiffres/rhone/i"), 200);
    expect_text(world, "environ 10,2\u00a0%");
    expect_text(world, "Loire (42)");
    expect_text(world, "Exemple</span>");
    expect_text(world, "Publié par Hub IA Rhône, vérifié à 04:00");
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
    portal_world_t *world = *state;
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
            assert_int_equal(ask(world, targets[k]), 200);
            leave_out_data(world);
            assert_null(strstr(body(world), "<script"));
            assert_null(strstr(body(world), "\"'>"));
        }
    }
    static const char *const others[] = {"/", "/reseau",
                                         "/recherche?q=%22%27%3E%3Cscript%3Ealert(1)"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(ask(world, others[i]), 200);
        assert_null(strstr(body(world), "<script"));
        assert_null(strstr(body(world), "<Loire>"));
    }
}

static void a_link_is_made_of_harmless_schemes_only(void **state)
{
    portal_world_t *world = *state;
    put(world->store, "rhone", "provider", "x",
        "{\"nom\": \"X\", \"site\": \"javascript:alert(1)\", \"telephone\": \"javascript:1\","
        " \"courriel\": \"a@b.example?bcc=c@d.example\","
        " \"source\": {\"nom\": \"s\", \"url\": \"data:text/html,x\"}}");
    assert_int_equal(ask(world, "/annuaire/rhone/x"), 200);
    leave_out_data(world);
    assert_null(strstr(body(world), "href=\"javascript"));
    assert_null(strstr(body(world), "href=\"data"));
    assert_null(strstr(body(world), "bcc=c@d.example\""));
    put(world->store, "rhone", "provider", "y",
        "{\"nom\": \"Y\", \"site\": \"https://y.example/\", \"telephone\": \"0477000000\","
        " \"courriel\": \"a@y.example\"}");
    assert_int_equal(ask(world, "/annuaire/rhone/y"), 200);
    expect_text(world, "href=\"https://y.example/\"");
    expect_text(world, "href=\"tel:0477000000\"");
    expect_text(world, "04\u00a077\u00a000\u00a000\u00a000");
    expect_text(world, "href=\"mailto:a@y.example\"");
}

/* --- lists --- */

static void a_list_is_filtered_by_its_form(void **state)
{
    portal_world_t *world = *state;
    put(world->store, "loire", "organisation", "a",
        "{\"nom\": \"A\", \"type\": \"chambre\", \"themes\": [\"cout\"]}");
    put(world->store, "rhone", "organisation", "b",
        "{\"nom\": \"B\", \"type\": \"chambre\", \"themes\": [\"emploi\"]}");
    assert_int_equal(ask(world, "/acteurs"), 200);
    expect_text(world, "2\u00a0fiches");
    expect_text(world, "name=\"themes\" value=\"cout\"");
    expect_text(world, "name=\"hub\" value=\"rhone\"");
    assert_int_equal(ask(world, "/acteurs?q=&themes=cout&utm_source=lettre"), 200);
    expect_text(world, "1\u00a0fiche<");
    expect_text(world, "name=\"themes\" value=\"cout\" checked");
    expect_text(world, "href=\"/acteurs/loire/a\"");
    assert_null(strstr(body(world), "href=\"/acteurs/rhone/b\""));
}

static void the_agenda_begins_today_and_leads_to_what_is_over(void **state)
{
    portal_world_t *world = *state;
    put(world->store, "loire", "event", "old",
        "{\"uid\": \"old\", \"titre\": \"Hier\","
        " \"horaires\": [{\"debut\": \"2026-11-21T18:00:00+01:00\"}]}");
    put(world->store, "loire", "event", "new",
        "{\"uid\": \"new\", \"titre\": \"Ce matin\","
        " \"horaires\": [{\"debut\": \"2026-11-22T00:30:00+01:00\"}]}");
    assert_int_equal(ask(world, "/agenda"), 200);
    expect_text(world, "Ce matin");
    assert_null(strstr(body(world), "Hier"));
    expect_text(world, "href=\"/agenda?mois=2026-11\"");
    assert_int_equal(ask(world, "/agenda?mois=2026-11"), 200);
    expect_text(world, "Hier");
    expect_text(world, "dimanche 22\u00a0novembre 2026");
}

static void a_person_with_too_many_filters_gets_a_page_that_says_so(void **state)
{
    portal_world_t *world = *state;
    text_t target;
    text_init(&target, REQUEST_TARGET_MAX);
    text_add_string(&target, "/reponses?");
    for (int i = 0; i <= QUERY_CODES_MAX; i++)
        text_add_format(&target, "theme=t%d&", i);
    assert_int_equal(ask(world, target.data), 400);
    expect_text(world, "Pas plus de 32 valeurs");
    text_free(&target);
}

static void a_search_leads_on_where_it_shows_not_all(void **state)
{
    portal_world_t *world = *state;
    const char *const ids[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < 4; i++) {
        put_answer(world, "loire", ids[i], "Quel devis ?");
        assert_int_equal(ask(world, "/recherche?q=devis"), 200);
        expect_text(world, "Quel <mark>devis</mark>");
        assert_int_equal(strstr(body(world), "Voir les 4") != NULL, i == 3);
    }
}

static void a_mistyped_search_shows_what_was_meant_and_leads_back(void **state)
{
    portal_world_t *world = *state;
    put_answer(world, "loire", "a", "Quel devis ?");
    assert_int_equal(ask(world, "/recherche?q=devsi"), 200);
    expect_text(world, "Quel <mark>devis</mark>");
    expect_text(world, "href=\"/recherche?q=devsi&amp;exact=oui\"");
    assert_int_equal(ask(world, "/recherche?q=devsi&exact=oui"), 200);
    expect_text(world, "Rien ne correspond");
    assert_int_equal(ask(world, "/reponses?q=devsi"), 200);
    expect_text(world, "Quel devis");
    expect_text(world, "href=\"/reponses?q=devsi&amp;exact=oui\"");
}

static void a_search_with_too_many_words_says_which_it_left_out(void **state)
{
    portal_world_t *world = *state;
    put_answer(world, "loire", "a", "Quel devis ?");
    assert_int_equal(ask(world, "/recherche?q=devis+licorne"), 200);
    expect_text(world, "Aucune fiche n'a tous ces mots");
    expect_text(world, "Quel <mark>devis</mark>");
}

static void a_search_for_nothing_offers_ways_in(void **state)
{
    portal_world_t *world = *state;
    put_answer(world, "loire", "a", "Quel devis ?");
    assert_int_equal(ask(world, "/recherche?q=++"), 200);
    expect_text(world, "Qu'est-ce qui vous prend le plus de temps");
    expect_text(world, "/reponses?irritant=devis");
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
    portal_world_t *world = *state;
    put_answer(world, "loire", "a", "A ?");
    put_answer(world, "rhone", "b", "B ?");
    put_answer(world, "isere", "c", "C ?");
    execute(world->store,
            "UPDATE stream SET verified_at = 1795315800000 - 60000 WHERE hub = 'rhone'");
    prove(world->store, "rhone", "answer");
    assert_int_equal(ask(world, "/reseau"), 200);
    expect_text(world, "tenu ici même");
    expect_text(world, "jamais entendu");
    expect_text(world, "Sans nouvelles depuis plus de 10 minutes");
    expect_text(world, "<strong>était à jour</strong>");
    world->site.now_ms = NOW_MS - 10 * 60 * 1000LL;
    assert_int_equal(ask(world, "/reseau"), 200);
    expect_text(world, "<strong>à jour</strong>");
    assert_null(strstr(body(world), "Sans nouvelles"));
    world->site.now_ms = NOW_MS + 25 * 3600 * 1000LL;
    assert_int_equal(ask(world, "/reseau"), 200);
    expect_text(world, "plus de 24 heures");
}

/* --- twins --- */

#define EVENT(title, when)                                                                         \
    "{\"uid\": \"u\", \"titre\": \"" title "\", \"type\": \"atelier\", \"mode\": \"en_ligne\", "   \
    "\"demo\": true, \"horaires\": [{\"debut\": \"" when "\"}]}"

static void a_list_has_twins_and_says_where(void **state)
{
    portal_world_t *world = *state;
    put(world->store, "loire", "event", "a", EVENT("Passé", "2020-01-01T10:00:00Z"));
    put(world->store, "rhone", "event", "b", EVENT("À venir", "2027-01-01T10:00:00Z"));
    assert_int_equal(ask(world, "/agenda?hub=rhone"), 200);
    assert_non_null(strstr(world->response.link.data,
                           "</agenda.ics?hub=rhone>; rel=\"alternate\"; type=\"text/calendar"));
    assert_null(strstr(world->response.link.data, "aides"));
    expect_text(world, "href=\"/agenda.ics?hub=rhone\"");
    assert_int_equal(ask(world, "/api/v1/event"), 200);
    assert_non_null(strstr(world->response.link.data, "</api/v1/event.geojson>"));
    assert_int_equal(ask(world, "/agenda.ics"), 200);
    assert_string_equal(world->response.type, "text/calendar; charset=utf-8");
    expect_text(world, "SUMMARY:[Démonstration] Passé");
    expect_text(world, "SUMMARY:[Démonstration] À venir");
    assert_int_equal(ask(world, "/api/v1/event.csv?hub=rhone"), 200);
    expect_text(world, "\"rhone\",\"b\"");
    assert_null(strstr(body(world), "loire"));
    assert_true(world->response.etag.size > 0);
}

static void a_twin_that_makes_no_sense_is_not_found(void **state)
{
    portal_world_t *world = *state;
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
        assert_int_equal(ask(world, nowhere[i]), 404);
    assert_int_equal(ask(world, "/api/v1/event.csv?couleur=rouge"), 400);
    assert_int_equal(ask(world, "/agenda.csv?couleur=rouge"), 200);
}

static size_t lines(const portal_world_t *world)
{
    size_t count = 0;
    for (const char *at = body(world); (at = strstr(at, "\r\n")); at++)
        count++;
    return count;
}

static void a_twin_goes_on_where_a_page_of_the_store_ends(void **state)
{
    portal_world_t *world = *state;
    assert_int_equal(database_begin(world->store->db, &world->store->err), 0);
    for (int i = 0; i < QUERY_LIMIT_MAX + 5; i++) {
        char id[16];
        snprintf(id, sizeof id, "q-%d", i);
        change(world->store, "loire", "answer", id, "{\"question\": \"Q ?\", \"reponse\": \"R\"}");
    }
    assert_int_equal(database_commit(world->store->db, &world->store->err), 0);
    assert_int_equal(ask(world, "/api/v1/answer.csv"), 200);
    assert_int_equal(lines(world), QUERY_LIMIT_MAX + 5 + 1);
    assert_null(strstr(world->response.link.data, "rel=\"next\""));
    assert_int_equal(ask(world, "/api/v1/answer.csv?limit=3"), 200);
    assert_int_equal(lines(world), 3 + 1);
    assert_non_null(strstr(world->response.link.data, "</api/v1/answer.csv?limit=3&after="));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_portal, close_portal)
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
