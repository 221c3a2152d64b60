/* What others plug into: validators, twins, feeds, descriptions and catalogues, over a real store. */
#include "node/portal/http/answering.h"
#include "node/portal/site.h"
#include "store_world.h"

#include <sodium.h>

#define NOW_MS 1795316460000 /* 2026-11-22T03:01:00Z: 04:01 in the Loire */
#define ORIGIN "http://hub.example:8042"
#define EVENT                                                                                      \
    "{\"uid\": \"cafe\", \"titre\": \"Caf\\u00e9 & <IA>\", \"type\": \"atelier\", \"mode\": "      \
    "\"presentiel\", \"description\": \"Une **heure** pour essayer.\", \"horaires\": "             \
    "[{\"debut\": "                                                                                \
    "\"2026-12-01T18:00:00+01:00\", \"fin\": \"2026-12-01T19:00:00+01:00\"}], \"lieu\": "          \
    "{\"nom\": "                                                                                   \
    "\"Maison\", \"commune\": \"Saint-Étienne\", \"lon\": 4.4, \"lat\": 45.4}, \"statut\": "      \
    "\"programme\"}"

typedef struct portal_world {
    world_t *store;
    portal_settings_t settings;
    site_t site;
    response_t response;
    const char *host, *if_none_match, *if_modified_since, *method;
} portal_world_t;

static int open_portal(void **state)
{
    static const char *const EMBED[] = {"https://www.loire.example", "https://cci.example", NULL};
    portal_world_t *world = calloc(1, sizeof *world);
    assert_true(sodium_init() >= 0);
    set_up((void **)&world->store);
    world->settings = (portal_settings_t){.store = world->store->folder,
                                          .name = "loire",
                                          .role = MEMBER_HUB,
                                          .title = "Hub IA & Loire",
                                          .territory = "DEP-42",
                                          .courriel = "contact@hub.example",
                                          .embed = EMBED};
    err_t err;
    if (site_open(&world->site, &world->settings, world->store->schema, &err))
        fail_msg("%s", err.text);
    world->site.now_ms = NOW_MS;
    world->host = "hub.example:8042";
    world->method = "GET";
    response_init(&world->response);
    *state = world;
    return 0;
}

static int close_portal(void **state)
{
    portal_world_t *world = *state;
    response_free(&world->response);
    site_close(&world->site);
    int rc = tear_down((void **)&world->store);
    free(world);
    return rc;
}

static unsigned ask(portal_world_t *world, const char *target)
{
    response_free(&world->response);
    response_init(&world->response);
    request_t *request = request_new(target);
    request->method = world->method;
    request->host = world->host;
    request->if_none_match = world->if_none_match;
    request->if_modified_since = world->if_modified_since;
    err_t err;
    if (site_answer(&world->site, request, &world->response, &err))
        fail_msg("%s: %s", target, err.text);
    request_destroy(&request);
    return world->response.status;
}

static void expect(const portal_world_t *world, const char *text)
{
    if (!strstr(world->response.body.data, text))
        fail_msg("'%s' is not in:\n%s", text, world->response.body.data);
}

static json_t *json_of(const portal_world_t *world)
{
    json_error_t error;
    json_t *json = json_loads(world->response.body.data, 0, &error);
    if (!json)
        fail_msg("%s in %s", error.text, world->response.body.data);
    return json;
}

static const char *string_at(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text ? text : "";
}

/* --- what has not changed --- */

static void a_page_is_not_sent_again_until_the_store_or_the_day_changes(void **state)
{
    portal_world_t *world = *state;
    put(world->store, "loire", "event", "cafe", EVENT);
    assert_int_equal(ask(world, "/agenda"), 200);
    char *tag = strdup(world->response.etag.data);
    assert_true(*tag == '"');
    world->if_none_match = tag;
    assert_int_equal(ask(world, "/agenda"), 304);
    assert_int_equal(world->response.body.size, 0);
    assert_string_equal(world->response.etag.data, tag);
    assert_int_equal(ask(world, "/agenda?mode=presentiel"), 200);
    world->site.now_ms += 24 * 3600 * 1000;
    assert_int_equal(ask(world, "/agenda"), 200);
    free(tag);
    tag = strdup(world->response.etag.data);
    world->if_none_match = tag;
    assert_int_equal(ask(world, "/agenda"), 304);
    put(world->store, "loire", "event", "autre", EVENT);
    assert_int_equal(ask(world, "/agenda"), 200);
    free(tag);
}

static void a_list_says_since_when_it_is_so_but_not_within_that_second(void **state)
{
    portal_world_t *world = *state;
    assert_int_equal(ask(world, "/api/v1/event"), 200);
    assert_int_equal(world->response.modified.size, 0);
    world->site.now_ms += 1000;
    assert_int_equal(ask(world, "/api/v1/event"), 200);
    assert_string_equal(world->response.modified.data, "Sun, 22 Nov 2026 03:01:00 GMT");
    world->if_modified_since = "Sun, 22 Nov 2026 03:01:00 GMT";
    assert_int_equal(ask(world, "/api/v1/event"), 304);
    world->if_none_match = "\"another\"";
    assert_int_equal(ask(world, "/api/v1/event"), 200);
    world->if_none_match = NULL;
    put(world->store, "loire", "event", "cafe", EVENT);
    world->site.now_ms += 5000;
    assert_int_equal(ask(world, "/api/v1/event"), 200);
}

static void an_answer_kept_ready_is_the_same_and_never_stale(void **state)
{
    portal_world_t *world = *state;
    put(world->store, "loire", "event", "cafe", EVENT);
    static const char *const targets[] = {"/agenda", "/agenda/loire/cafe", "/api/v1/event",
                                          "/agenda.atom"};
    const answering_counts_t *counts = answering_counts(world->site.answering);
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        assert_int_equal(ask(world, targets[i]), 200);
        char *first = strdup(world->response.body.data), *link = strdup(world->response.link.data);
        uint64_t before = counts->from_cache;
        assert_int_equal(ask(world, targets[i]), 200);
        assert_int_equal(counts->from_cache, before + 1);
        assert_string_equal(world->response.body.data, first);
        assert_string_equal(world->response.link.data, link);
        free(first);
        free(link);
    }
    put(world->store, "loire", "event", "cafe", NULL);
    assert_int_equal(ask(world, "/agenda/loire/cafe"), 410);
    assert_int_equal(ask(world, "/agenda/loire/cafe"), 410);
}

static void one_visitors_host_is_in_nobody_elses_page(void **state)
{
    portal_world_t *world = *state;
    put(world->store, "loire", "event", "cafe", EVENT);
    world->host = "evil.example";
    assert_int_equal(ask(world, "/agenda"), 200);
    expect(world, "evil.example");
    world->host = "hub.example:8042";
    assert_int_equal(ask(world, "/agenda"), 200);
    assert_null(strstr(world->response.body.data, "evil.example"));
    world->host = "x\"><script>";
    assert_int_equal(ask(world, "/agenda"), 200);
    assert_null(strstr(world->response.body.data, "canonical"));
}

/* --- HTTP --- */

static void a_slash_too_many_leads_to_the_page_and_nowhere_else(void **state)
{
    portal_world_t *world = *state;
    assert_int_equal(ask(world, "/agenda/?q=a%20b&mode=presentiel"), 308);
    assert_string_equal(world->response.location.data, "/agenda?q=a%20b&mode=presentiel");
    assert_int_equal(ask(world, "/%5cevil.example/"), 308);
    assert_string_equal(world->response.location.data, "/%5Cevil.example");
    assert_int_equal(ask(world, "//evil.example/"), 404);
    assert_int_equal(ask(world, "/agenda//"), 404);
    assert_int_equal(ask(world, "/a/b/c/d/"), 404);
    assert_int_equal(ask(world, "/"), 200);
}

static void any_site_may_ask_what_it_may_do(void **state)
{
    portal_world_t *world = *state;
    world->method = "OPTIONS";
    assert_int_equal(ask(world, "/api/v1/event"), 204);
    assert_string_equal(world->response.allow, "GET, HEAD, OPTIONS");
    assert_false(world->response.close);
    assert_int_equal(ask(world, "/nulle/part/du/tout"), 404);
    world->method = "POST";
    assert_int_equal(ask(world, "/api/v1/event"), 405);
    assert_true(world->response.close);
}

static void see_address(void *context, const address_t *address)
{
    (void)context, (void)address;
}

static void a_question_that_takes_too_long_is_given_up(void **state)
{
    portal_world_t *world = *state;
    assert_int_equal(database_begin(world->store->db, &world->store->err), 0);
    for (int i = 0; i < 800; i++) {
        char id[16];
        snprintf(id, sizeof id, "q-%d", i);
        change(world->store, "loire", "answer", id, "{\"question\": \"Q ?\", \"reponse\": \"R\"}");
    }
    assert_int_equal(database_commit(world->store->db, &world->store->err), 0);
    tallies_t tallies;
    err_t err = {0};
    catalogue_give_up_after(world->site.catalogue, -1);
    assert_int_equal(catalogue_each_address(world->site.catalogue, 0, see_address, NULL, &err), -1);
    assert_int_equal(err.action, ERR_RETRY);
    assert_true(catalogue_gave_up(world->site.catalogue));
    catalogue_give_up_after(world->site.catalogue, 60000);
    assert_false(catalogue_gave_up(world->site.catalogue));
    assert_int_equal(catalogue_counts(world->site.catalogue, NULL, NULL, "", &tallies, &err), 0);
    tallies_free(&tallies);
    assert_int_equal(ask(world, "/api/v1/answer?limit=200"), 200);
}

/* --- twins --- */

static void a_record_has_twins_of_its_own(void **state)
{
    portal_world_t *world = *state;
    put(world->store, "loire", "event", "cafe", EVENT);
    assert_int_equal(ask(world, "/agenda/loire/cafe.json"), 200);
    json_t *item = json_of(world);
    assert_string_equal(string_at(item, "id"), "cafe");
    json_decref(item);
    assert_int_equal(ask(world, "/agenda/loire/cafe.ics"), 200);
    assert_string_equal(world->response.type, "text/calendar; charset=utf-8");
    expect(world, "UID:cafe");
    assert_int_equal(ask(world, "/agenda/loire/cafe.csv"), 200);
    expect(world, "\xef\xbb\xbf\"hub\",\"id\"");
    assert_int_equal(ask(world, "/agenda/loire/cafe.geojson"), 200);
    expect(world, "\"coordinates\":[4.4,45.4]");
    assert_int_equal(ask(world, "/agenda/loire/cafe.lieux"), 404);
    assert_int_equal(ask(world, "/agenda/loire/rien.ics"), 404);
    assert_int_equal(ask(world, "/nulle-part/loire/cafe.ics"), 404);
    put(world->store, "loire", "event", "cafe", NULL);
    assert_int_equal(ask(world, "/agenda/loire/cafe.ics"), 410);
}

static void an_id_with_a_dot_is_no_twin(void **state)
{
    portal_world_t *world = *state;
    put(world->store, "loire", "event", "x.json", EVENT);
    put(world->store, "loire", "event", "www.hub.fr", EVENT);
    assert_int_equal(ask(world, "/agenda/loire/x.json"), 200);
    assert_string_equal(world->response.type, "text/html; charset=utf-8");
    assert_int_equal(ask(world, "/agenda/loire/www.hub.fr"), 200);
    assert_string_equal(world->response.type, "text/html; charset=utf-8");
    assert_int_equal(ask(world, "/agenda/loire/x.json.json"), 200);
    assert_string_equal(world->response.type, "application/json; charset=utf-8");
}

static void a_feed_names_records_for_ever_and_leads_to_their_pages(void **state)
{
    portal_world_t *world = *state;
    put(world->store, "rhone", "event", "cafe", EVENT);
    assert_int_equal(ask(world, "/agenda.atom?mode=presentiel"), 200);
    assert_string_equal(world->response.type, "application/atom+xml; charset=utf-8");
    expect(world, "<id>" ORIGIN "/agenda.atom?mode=presentiel</id>");
    expect(world, "<title>Événements – Hub IA &amp; Loire</title>");
    expect(world, "<link rel=\"alternate\" type=\"text/html\" href=\"" ORIGIN
                  "/agenda?mode=presentiel\"/>");
    expect(world, "<id>tag:maillage,2026:rhone/event/cafe</id>");
    expect(world, "<title>Café &amp; &lt;IA&gt;</title>");
    expect(world, "href=\"" ORIGIN "/agenda/rhone/cafe\"/>");
    expect(world, "<summary>1er décembre 2026 à 18:00. Une heure pour essayer.</summary>");
    expect(world, "<updated>2026-11-22T03:00:00.001Z</updated>\n</feed>");
    assert_null(strstr(world->response.body.data, "rel=\"next\""));
}

static void a_feed_in_parts_says_where_it_goes_on(void **state)
{
    portal_world_t *world = *state;
    for (int i = 0; i < 4; i++) {
        char id[16];
        snprintf(id, sizeof id, "q-%d", i);
        put(world->store, "loire", "answer", id, "{\"question\": \"Q ?\", \"reponse\": \"R\"}");
    }
    assert_int_equal(ask(world, "/api/v1/answer.atom?limit=3"), 200);
    expect(world, "<link rel=\"next\" type=\"application/atom+xml\" href=\"" ORIGIN
                  "/api/v1/answer.atom?limit=3&amp;after=");
    assert_non_null(strstr(world->response.link.data, "rel=\"next\""));
}

/* Changes come later and later; the third is of another hub, the last one changes the first record again. */
static void a_feed_begins_with_what_changed_last(void **state)
{
    static const struct {
        const char *hub, *id;
    } CHANGES[] = {{"loire", "a"}, {"loire", "b"}, {"rhone", "c"}, {"loire", "d"}, {"loire", "a"}};
    portal_world_t *world = *state;
    for (size_t i = 0; i < sizeof CHANGES / sizeof *CHANGES; i++) {
        char body[128];
        snprintf(body, sizeof body, "{\"question\": \"Question %s-%zu\", \"reponse\": \"R\"}",
                 CHANGES[i].id, i);
        put(world->store, CHANGES[i].hub, "answer", CHANGES[i].id, body);
    }
    static const char *const ORDER[] = {"Question a-4", "Question d-3", "Question c-2",
                                        "Question b-1"};
    assert_int_equal(ask(world, "/reponses.atom"), 200);
    const char *at = world->response.body.data;
    for (size_t i = 0; i < sizeof ORDER / sizeof *ORDER; i++)
        assert_non_null(at = strstr(at, ORDER[i]));
    assert_int_equal(ask(world, "/api/v1/answer.atom?limit=3"), 200);
    expect(world, "Question c-2");
    assert_null(strstr(world->response.body.data, "Question b-1"));
    char next[1024];
    const char *link = strstr(world->response.link.data, "</api/v1/answer.atom");
    assert_non_null(link);
    snprintf(next, sizeof next, "%.*s", (int)strcspn(link + 1, ">"), link + 1);
    assert_int_equal(ask(world, next), 200);
    expect(world, "Question b-1");
    assert_null(strstr(world->response.body.data, "Question c-2"));
}

static void a_calendar_may_follow_any_filter(void **state)
{
    portal_world_t *world = *state;
    put(world->store, "loire", "event", "cafe", EVENT);
    assert_int_equal(ask(world, "/agenda?mode=presentiel&type=atelier"), 200);
    expect(world, "href=\"webcal://hub.example:8042/"
                  "agenda.ics?mode=presentiel&amp;type=atelier&amp;hub=loire\"");
}

/* --- what a page says of itself --- */

static json_t *data_of(const portal_world_t *world)
{
    static const char START[] = "<script type=\"application/ld+json\">";
    const char *start = strstr(world->response.body.data, START);
    assert_non_null(start);
    start += strlen(START);
    json_error_t error;
    json_t *data = json_loadb(start, strcspn(start, "<"), 0, &error);
    if (!data)
        fail_msg("%s in %s", error.text, start);
    return data;
}

static void a_record_is_told_in_the_words_of_schema_org(void **state)
{
    static const struct {
        const char *kind, *json, *target, *type, *property;
    } cases[] = {
        {"event", EVENT, "/agenda/loire/x", "Event", "startDate"},
        {"answer", "{\"question\": \"Q ?\", \"reponse\": \"R\", \"theme\": \"cout\"}",
         "/reponses/loire/x", "Article", "headline"},
        {"answer", "{\"question\": \"Q ?\", \"reponse\": \"R\", \"demain_matin\": \"Essayez.\"}",
         "/reponses/loire/x", "HowTo", "step"},
        {"provider",
         "{\"nom\": \"X\", \"telephone\": \"0477000000\", \"adresse\": \"1 rue\", \"lat\": 45.4, "
         "\"lon\": 4.4}",
         "/annuaire/loire/x", "LocalBusiness", "location"},
        {"organisation", "{\"nom\": \"X\", \"siren\": \"732829320\"}", "/acteurs/loire/x",
         "Organization", "taxID"},
        {"programme", "{\"titre\": \"X\", \"operateur\": \"Bpifrance\"}", "/aides/loire/x",
         "GovernmentService", "provider"},
        {"use_case", "{\"titre\": \"X\", \"solution\": \"S\"}", "/cas-usage/loire/x", "Article",
         "articleBody"},
        {"indicator",
         "{\"libelle\": \"X\", \"territoire\": \"DEP-42\", \"valeur\": 10.2, \"unite\": \"pct\"}",
         "/chiffres/loire/x", "Dataset", "variableMeasured"},
        {"hub", "{\"code\": \"x\", \"nom\": \"X\", \"territoire\": \"DEP-42\"}", "/hubs/loire/x",
         "Organization", "areaServed"},
    };
    portal_world_t *world = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put(world->store, "loire", cases[i].kind, "x", cases[i].json);
        if (ask(world, cases[i].target) != 200)
            fail_msg("%s answers %u", cases[i].target, world->response.status);
        json_t *data = data_of(world);
        assert_string_equal(string_at(data, "@context"), "https://schema.org");
        assert_string_equal(string_at(data, "@type"), cases[i].type);
        assert_non_null(json_object_get(data, "name"));
        if (!json_object_get(data, cases[i].property))
            fail_msg("%s has no %s", cases[i].kind, cases[i].property);
        char url[256];
        bool own = !strcmp(cases[i].kind, "answer"); /* its pages are /reponses/SLUG */
        snprintf(url, sizeof url, ORIGIN "%s", own ? "/reponses/x" : cases[i].target);
        assert_string_equal(string_at(data, "url"), url);
        json_decref(data);
        char canonical[512];
        snprintf(canonical, sizeof canonical, "<link rel=\"canonical\" href=\"%s\">", url);
        expect(world, canonical);
        expect(world, "<meta property=\"og:title\"");
    }
}

static void a_page_says_its_other_forms_in_its_head_and_headers(void **state)
{
    portal_world_t *world = *state;
    put(world->store, "loire", "event", "cafe", EVENT);
    assert_int_equal(ask(world, "/agenda/loire/cafe"), 200);
    expect(world, "<link rel=\"alternate\" href=\"/agenda/loire/cafe.ics\" type=\"text/calendar; "
                  "charset=utf-8\"");
    assert_non_null(
        strstr(world->response.link.data, "</agenda/loire/cafe.json>; rel=\"alternate\""));
    assert_int_equal(ask(world, "/agenda"), 200);
    expect(world, "href=\"/agenda.atom?hub=loire\"");
    assert_non_null(
        strstr(world->response.link.data, "</agenda.atom?hub=loire>; rel=\"alternate\""));
}

/* --- what is asked of a site --- */

static void a_sitemap_has_every_record_in_parts(void **state)
{
    portal_world_t *world = *state;
    put(world->store, "loire", "event", "cafe", EVENT);
    put(world->store, "rhone", "answer", "q", "{\"question\": \"Q ?\", \"reponse\": \"R\"}");
    assert_int_equal(ask(world, "/sitemap.xml"), 200);
    expect(world, "<loc>" ORIGIN "/sitemap/pages.xml</loc>");
    expect(world, "<loc>" ORIGIN "/sitemap/0.xml</loc>");
    assert_int_equal(ask(world, "/sitemap/pages.xml"), 200);
    expect(world, "<loc>" ORIGIN "/annuaire</loc>");
    assert_int_equal(ask(world, "/sitemap/0.xml"), 200);
    expect(world,
           "<loc>" ORIGIN "/agenda/loire/cafe</loc><lastmod>2026-11-22T03:00:00.001Z</lastmod>");
    expect(world, "<loc>" ORIGIN "/reponses/rhone/q</loc>");
    static const char *const none[] = {"/sitemap/1.xml", "/sitemap/-1.xml",
                                       "/sitemap/x.xml", "/sitemap/9999999999.xml",
                                       "/sitemap/0",     "/sitemap/.xml"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(ask(world, none[i]), 404);
    assert_int_equal(ask(world, "/robots.txt"), 200);
    expect(world, "Sitemap: " ORIGIN "/sitemap.xml\n");
    assert_int_equal(ask(world, "/opensearch.xml"), 200);
    expect(world, "template=\"" ORIGIN "/recherche?q={searchTerms}\"");
    expect(world, "<ShortName>Hub IA &amp; Loire</ShortName>");
}

static void a_harvester_finds_a_dataset_for_each_kind_that_has_records(void **state)
{
    portal_world_t *world = *state;
    put(world->store, "loire", "event", "cafe", EVENT);
    assert_int_equal(ask(world, "/catalog.jsonld"), 200);
    assert_string_equal(world->response.type, "application/ld+json; charset=utf-8");
    json_t *catalogue = json_of(world), *datasets = json_object_get(catalogue, "dcat:dataset");
    assert_string_equal(string_at(catalogue, "@type"), "dcat:Catalog");
    assert_non_null(json_object_get(catalogue, "dct:publisher"));
    assert_int_equal(json_array_size(datasets), 1);
    json_t *dataset = json_array_get(datasets, 0);
    static const char *const required[] = {"dct:title",     "dct:description",   "dct:publisher",
                                           "dct:license",   "dcat:contactPoint", "dcat:keyword",
                                           "dct:identifier"};
    for (size_t i = 0; i < sizeof required / sizeof *required; i++)
        if (!json_object_get(dataset, required[i]))
            fail_msg("a dataset has no %s", required[i]);
    assert_string_equal(string_at(dataset, "@id"), ORIGIN "/agenda");
    json_t *distributions = json_object_get(dataset, "dcat:distribution"), *distribution;
    assert_true(json_array_size(distributions) >= 5);
    size_t i;
    json_array_foreach(distributions, i, distribution)
    {
        const char *url = string_at(json_object_get(distribution, "dcat:downloadURL"), "@id");
        assert_int_equal(strncmp(url, ORIGIN "/agenda.", strlen(ORIGIN "/agenda.")), 0);
        assert_int_equal(ask(world, url + strlen(ORIGIN)), 200);
        const char *type = string_at(json_object_get(distribution, "dcat:mediaType"), "@id");
        const char *media = type + strlen("http://www.iana.org/assignments/media-types/");
        assert_int_equal(strncmp(world->response.type, media, strlen(media)), 0);
    }
    json_decref(catalogue);
}

static void the_api_is_described_from_the_kinds(void **state)
{
    portal_world_t *world = *state;
    assert_int_equal(ask(world, "/api/v1/openapi.json"), 200);
    json_t *document = json_of(world), *paths = json_object_get(document, "paths");
    assert_string_equal(string_at(document, "openapi"), "3.1.0");
    for (size_t i = 0; i < schema_kind_count(world->store->schema); i++) {
        const kind_t *kind = schema_kind_at(world->store->schema, i);
        char path[128];
        snprintf(path, sizeof path, "/api/v1/%s/{hub}/{id}", kind->name);
        assert_non_null(json_object_get(paths, path));
        json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");
        json_t *properties = json_object_get(json_object_get(schemas, kind->name), "properties");
        assert_int_equal(json_object_size(properties), kind->field_count);
    }
    json_decref(document);
}

static void a_monitor_reads_what_the_store_and_the_portal_know(void **state)
{
    portal_world_t *world = *state;
    put(world->store, "loire", "event", "cafe", EVENT);
    assert_int_equal(ask(world, "/nulle-part"), 404);
    assert_int_equal(ask(world, "/metrics"), 200);
    assert_string_equal(world->response.type, "text/plain; version=0.0.4; charset=utf-8");
    expect(world, "maillage_records{hub=\"loire\",kind=\"event\"} 1\n");
    expect(world, "maillage_stream_verified{hub=\"loire\",kind=\"event\"} 1\n");
    expect(world, "maillage_http_answers_total{status=\"404\"} 1\n");
    expect(world, "maillage_store_bytes{file=\"public.db\"} ");
    expect(world, "maillage_build_info{version=\"");
}

static void only_named_sites_may_show_a_list_in_theirs(void **state)
{
    portal_world_t *world = *state;
    put(world->store, "loire", "event", "cafe", EVENT);
    assert_int_equal(ask(world, "/embed/agenda?mode=presentiel"), 200);
    assert_string_equal(world->response.ancestors.data,
                        "https://www.loire.example https://cci.example");
    expect(world, "<base target=\"_top\">");
    expect(world, "href=\"/agenda/loire/cafe\"");
    expect(world, "href=\"/agenda?mode=presentiel\"");
    assert_null(strstr(world->response.body.data, "<header"));
    assert_int_equal(ask(world, "/embed/nulle-part"), 404);
    assert_int_equal(world->response.ancestors.size, 0);
    assert_int_equal(ask(world, "/agenda"), 200);
    assert_int_equal(world->response.ancestors.size, 0);
}

/* --- hostile words --- */

static void hostile_words_in_every_parameter_change_nothing(void **state)
{
    static const char *const words[] = {"'%20OR%20'1'='1",
                                        "%27;DROP%20TABLE%20record;--",
                                        "1%29%20UNION%20SELECT%20*%20FROM%20item--",
                                        "%22%20OR%20%22%22%3D%22",
                                        "NEAR(a%20b)",
                                        "a*%20AND%20NOT%20%22",
                                        "..%2f..%2f..%2fetc%2fpasswd",
                                        "%EF%BF%BF",
                                        "%F0%9F%92%A9",
                                        "{{{x}}}"};
    static const char *const names[] = {"q",    "after",  "limit", "hub",
                                        "mode", "passes", "x'y",   "taille"};
    static const char *const lists[] = {"/agenda",    "/api/v1/event", "/agenda.atom",
                                        "/recherche", "/embed/agenda", "/api/v1/counts"};
    portal_world_t *world = *state;
    put(world->store, "loire", "event", "cafe", EVENT);
    int64_t before = number(world->store, "SELECT count(*) FROM record");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (size_t j = 0; j < sizeof names / sizeof *names; j++)
            for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) {
                char target[256];
                snprintf(target, sizeof target, "%s?%s=%s", lists[k], names[j], words[i]);
                unsigned status = ask(world, target);
                if (status != 200 && status != 400)
                    fail_msg("%s answers %u", target, status);
                assert_null(strstr(world->response.body.data, "SQL"));
                assert_null(strstr(world->response.body.data, "syntax error"));
            }
    assert_int_equal(number(world->store, "SELECT count(*) FROM record"), before);
}

static void no_path_leads_out_of_the_portal(void **state)
{
    static const char *const paths[] = {"/static/..%2f..%2fportal.c",
                                        "/static/%2e%2e%2fx",
                                        "/../../etc/passwd",
                                        "/static/....//x",
                                        "/sitemap/..%2f0.xml",
                                        "/embed/..%2fagenda",
                                        "/agenda/..%2f..%2fetc/passwd.json",
                                        "/api/v1/..%2fevent.json",
                                        "/agenda.ics%00.html",
                                        "/%c0%ae%c0%ae/x"};
    portal_world_t *world = *state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        unsigned status = ask(world, paths[i]);
        if (status != 404 && status != 400)
            fail_msg("%s answers %u", paths[i], status);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_portal, close_portal)
    const struct CMUnitTest tests[] = {
        TEST(a_page_is_not_sent_again_until_the_store_or_the_day_changes),
        TEST(a_list_says_since_when_it_is_so_but_not_within_that_second),
        TEST(an_answer_kept_ready_is_the_same_and_never_stale),
        TEST(one_visitors_host_is_in_nobody_elses_page),
        TEST(a_slash_too_many_leads_to_the_page_and_nowhere_else),
        TEST(any_site_may_ask_what_it_may_do),
        TEST(a_question_that_takes_too_long_is_given_up),
        TEST(a_record_has_twins_of_its_own),
        TEST(an_id_with_a_dot_is_no_twin),
        TEST(a_feed_names_records_for_ever_and_leads_to_their_pages),
        TEST(a_feed_in_parts_says_where_it_goes_on),
        TEST(a_feed_begins_with_what_changed_last),
        TEST(a_calendar_may_follow_any_filter),
        TEST(a_record_is_told_in_the_words_of_schema_org),
        TEST(a_page_says_its_other_forms_in_its_head_and_headers),
        TEST(a_sitemap_has_every_record_in_parts),
        TEST(a_harvester_finds_a_dataset_for_each_kind_that_has_records),
        TEST(the_api_is_described_from_the_kinds),
        TEST(a_monitor_reads_what_the_store_and_the_portal_know),
        TEST(only_named_sites_may_show_a_list_in_theirs),
        TEST(hostile_words_in_every_parameter_change_nothing),
        TEST(no_path_leads_out_of_the_portal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
