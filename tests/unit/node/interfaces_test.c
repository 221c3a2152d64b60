/* What others plug into: validators, twins, feeds, descriptions and catalogues. */
#include "node/portal/http/answering.h"
#include "page_world.h"

#define ORIGIN "http://hub.example:8042"
#define EVENT                                                                                      \
    "{\"uid\": \"cafe\", \"titre\": \"Caf\\u00e9 & <IA>\", \"type\": \"atelier\", \"mode\": "      \
    "\"presentiel\", \"description\": \"Une **heure** pour essayer.\", \"horaires\": "             \
    "[{\"debut\": "                                                                                \
    "\"2026-12-01T18:00:00+01:00\", \"fin\": \"2026-12-01T19:00:00+01:00\"}], \"lieu\": "          \
    "{\"nom\": "                                                                                   \
    "\"Maison\", \"commune\": \"Saint-Étienne\", \"lon\": 4.4, \"lat\": 45.4}, \"statut\": "      \
    "\"programme\"}"

/* A hub without an address of its own: it has the one that a visitor says. */
static int open_loire(void **state)
{
    static const char *const EMBED[] = {"https://www.loire.example", "https://cci.example", NULL};
    page_world_t *world = hub_world(state);
    world->settings.title = "Hub IA & Loire";
    world->settings.url = NULL;
    world->settings.embed = EMBED;
    world->host = "hub.example:8042";
    return open_site(world);
}

/* --- what has not changed --- */

static void a_page_is_not_sent_again_until_the_store_or_the_day_changes(void **state)
{
    page_world_t *world = *state;
    put(world->store, "loire", "event", "cafe", EVENT);
    page_of(world, "/agenda", 200);
    char *tag = strdup(world->response.etag.data);
    assert_true(*tag == '"');
    world->if_none_match = tag;
    page_of(world, "/agenda", 304);
    assert_int_equal(world->response.body.size, 0);
    assert_string_equal(world->response.etag.data, tag);
    page_of(world, "/agenda?mode=presentiel", 200);
    world->site.now_ms += 24 * 3600 * 1000;
    page_of(world, "/agenda", 200);
    free(tag);
    tag = strdup(world->response.etag.data);
    world->if_none_match = tag;
    page_of(world, "/agenda", 304);
    put(world->store, "loire", "event", "autre", EVENT);
    page_of(world, "/agenda", 200);
    free(tag);
}

static void a_list_says_since_when_it_is_so_but_not_within_that_second(void **state)
{
    page_world_t *world = *state;
    page_of(world, "/api/v1/event", 200);
    assert_int_equal(world->response.modified.size, 0);
    world->site.now_ms += 1000;
    page_of(world, "/api/v1/event", 200);
    assert_string_equal(world->response.modified.data, "Sun, 22 Nov 2026 03:01:00 GMT");
    world->if_modified_since = "Sun, 22 Nov 2026 03:01:00 GMT";
    page_of(world, "/api/v1/event", 304);
    world->if_none_match = "\"another\"";
    page_of(world, "/api/v1/event", 200);
    world->if_none_match = NULL;
    put(world->store, "loire", "event", "cafe", EVENT);
    world->site.now_ms += 5000;
    page_of(world, "/api/v1/event", 200);
}

static void an_answer_kept_ready_is_the_same_and_never_stale(void **state)
{
    page_world_t *world = *state;
    put(world->store, "loire", "event", "cafe", EVENT);
    static const char *const targets[] = {"/agenda", "/agenda/loire/cafe", "/api/v1/event",
                                          "/agenda.atom"};
    const answering_counts_t *counts = answering_counts(world->site.answering);
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        page_of(world, targets[i], 200);
        char *first = strdup(world->response.body.data), *link = strdup(world->response.link.data);
        uint64_t before = counts->from_cache;
        page_of(world, targets[i], 200);
        assert_int_equal(counts->from_cache, before + 1);
        assert_string_equal(world->response.body.data, first);
        assert_string_equal(world->response.link.data, link);
        free(first);
        free(link);
    }
    put(world->store, "loire", "event", "cafe", NULL);
    page_of(world, "/agenda/loire/cafe", 410);
    page_of(world, "/agenda/loire/cafe", 410);
}

static void one_visitors_host_is_in_nobody_elses_page(void **state)
{
    page_world_t *world = *state;
    put(world->store, "loire", "event", "cafe", EVENT);
    world->host = "evil.example";
    expect(page_of(world, "/agenda", 200), "evil.example");
    world->host = "hub.example:8042";
    expect_not(page_of(world, "/agenda", 200), "evil.example");
    world->host = "x\"><script>";
    expect_not(page_of(world, "/agenda", 200), "canonical");
}

/* --- HTTP --- */

static void a_slash_too_many_leads_to_the_page_and_nowhere_else(void **state)
{
    page_world_t *world = *state;
    page_of(world, "/agenda/?q=a%20b&mode=presentiel", 308);
    assert_string_equal(world->response.location.data, "/agenda?q=a%20b&mode=presentiel");
    page_of(world, "/%5cevil.example/", 308);
    assert_string_equal(world->response.location.data, "/%5Cevil.example");
    page_of(world, "//evil.example/", 404);
    page_of(world, "/agenda//", 404);
    page_of(world, "/a/b/c/d/", 404);
    page_of(world, "/", 200);
}

static void any_site_may_ask_what_it_may_do(void **state)
{
    page_world_t *world = *state;
    world->method = "OPTIONS";
    page_of(world, "/api/v1/event", 204);
    assert_string_equal(world->response.allow, "GET, HEAD, OPTIONS");
    assert_false(world->response.close);
    page_of(world, "/nulle/part/du/tout", 404);
    world->method = "POST";
    page_of(world, "/api/v1/event", 405);
    assert_true(world->response.close);
}

static void see_address(void *context, const address_t *address)
{
    (void)context, (void)address;
}

static void a_question_that_takes_too_long_is_given_up(void **state)
{
    page_world_t *world = *state;
    put_answers(world->store, 800);
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
    page_of(world, "/api/v1/answer?limit=200", 200);
}

/* --- twins --- */

static void a_record_has_twins_of_its_own(void **state)
{
    page_world_t *world = *state;
    put(world->store, "loire", "event", "cafe", EVENT);
    json_t *item = json_of(world, "/agenda/loire/cafe.json", 200);
    assert_string_equal(string_at(item, "id"), "cafe");
    json_decref(item);
    const char *page = page_of(world, "/agenda/loire/cafe.ics", 200);
    assert_string_equal(world->response.type, "text/calendar; charset=utf-8");
    expect(page, "UID:cafe");
    expect(page_of(world, "/agenda/loire/cafe.csv", 200), "\xef\xbb\xbf\"hub\",\"id\"");
    expect(page_of(world, "/agenda/loire/cafe.geojson", 200), "\"coordinates\":[4.4,45.4]");
    page_of(world, "/agenda/loire/cafe.lieux", 404);
    page_of(world, "/agenda/loire/rien.ics", 404);
    page_of(world, "/nulle-part/loire/cafe.ics", 404);
    put(world->store, "loire", "event", "cafe", NULL);
    page_of(world, "/agenda/loire/cafe.ics", 410);
}

static void an_id_with_a_dot_is_no_twin(void **state)
{
    page_world_t *world = *state;
    put(world->store, "loire", "event", "x.json", EVENT);
    put(world->store, "loire", "event", "www.hub.fr", EVENT);
    page_of(world, "/agenda/loire/x.json", 200);
    assert_string_equal(world->response.type, "text/html; charset=utf-8");
    page_of(world, "/agenda/loire/www.hub.fr", 200);
    assert_string_equal(world->response.type, "text/html; charset=utf-8");
    page_of(world, "/agenda/loire/x.json.json", 200);
    assert_string_equal(world->response.type, "application/json; charset=utf-8");
}

static void a_feed_names_records_for_ever_and_leads_to_their_pages(void **state)
{
    page_world_t *world = *state;
    put(world->store, "rhone", "event", "cafe", EVENT);
    const char *page = page_of(world, "/agenda.atom?mode=presentiel", 200);
    assert_string_equal(world->response.type, "application/atom+xml; charset=utf-8");
    expect(page, "<id>" ORIGIN "/agenda.atom?mode=presentiel</id>");
    expect(page, "<title>Événements – Hub IA &amp; Loire</title>");
    expect(page, "<link rel=\"alternate\" type=\"text/html\" href=\"" ORIGIN
                 "/agenda?mode=presentiel\"/>");
    expect(page, "<id>tag:maillage,2026:rhone/event/cafe</id>");
    expect(page, "<title>Café &amp; &lt;IA&gt;</title>");
    expect(page, "href=\"" ORIGIN "/agenda/rhone/cafe\"/>");
    expect(page, "<summary>1er décembre 2026 à 18:00. Une heure pour essayer.</summary>");
    expect(page, "<updated>2026-11-22T03:00:00.001Z</updated>\n</feed>");
    expect_not(page, "rel=\"next\"");
}

static void a_feed_in_parts_says_where_it_goes_on(void **state)
{
    page_world_t *world = *state;
    put_answers(world->store, 4);
    expect(page_of(world, "/api/v1/answer.atom?limit=3", 200),
           "<link rel=\"next\" type=\"application/atom+xml\" href=\"" ORIGIN
           "/api/v1/answer.atom?limit=3&amp;after=");
    expect(world->response.link.data, "rel=\"next\"");
}

/* Changes come later and later; the third is of another hub, the last one changes the first record again. */
static void a_feed_begins_with_what_changed_last(void **state)
{
    static const struct {
        const char *hub, *id;
    } CHANGES[] = {{"loire", "a"}, {"loire", "b"}, {"rhone", "c"}, {"loire", "d"}, {"loire", "a"}};
    page_world_t *world = *state;
    for (size_t i = 0; i < sizeof CHANGES / sizeof *CHANGES; i++) {
        char body[128];
        snprintf(body, sizeof body, "{\"question\": \"Question %s-%zu\", \"reponse\": \"R\"}",
                 CHANGES[i].id, i);
        put(world->store, CHANGES[i].hub, "answer", CHANGES[i].id, body);
    }
    static const char *const ORDER[] = {"Question a-4", "Question d-3", "Question c-2",
                                        "Question b-1"};
    expect_in_turn(page_of(world, "/reponses.atom", 200), ORDER, sizeof ORDER / sizeof *ORDER);
    const char *page = page_of(world, "/api/v1/answer.atom?limit=3", 200);
    expect(page, "Question c-2");
    expect_not(page, "Question b-1");
    char next[1024];
    const char *link = strstr(world->response.link.data, "</api/v1/answer.atom");
    assert_non_null(link);
    snprintf(next, sizeof next, "%.*s", (int)strcspn(link + 1, ">"), link + 1);
    page = page_of(world, next, 200);
    expect(page, "Question b-1");
    expect_not(page, "Question c-2");
}

static void a_calendar_may_follow_any_filter(void **state)
{
    page_world_t *world = *state;
    put(world->store, "loire", "event", "cafe", EVENT);
    expect(page_of(world, "/agenda?mode=presentiel&type=atelier", 200),
           "href=\"webcal://hub.example:8042/"
           "agenda.ics?mode=presentiel&amp;type=atelier&amp;hub=loire\"");
}

/* --- what a page says of itself --- */

static json_t *data_of(const char *page)
{
    static const char START[] = "<script type=\"application/ld+json\">";
    const char *start = strstr(page, START);
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
    page_world_t *world = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put(world->store, "loire", cases[i].kind, "x", cases[i].json);
        const char *page = page_of(world, cases[i].target, 200);
        json_t *data = data_of(page);
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
        expect(page, canonical);
        expect(page, "<meta property=\"og:title\"");
    }
}

static void a_page_says_its_other_forms_in_its_head_and_headers(void **state)
{
    page_world_t *world = *state;
    put(world->store, "loire", "event", "cafe", EVENT);
    expect(page_of(world, "/agenda/loire/cafe", 200),
           "<link rel=\"alternate\" href=\"/agenda/loire/cafe.ics\" type=\"text/calendar; "
           "charset=utf-8\"");
    expect(world->response.link.data, "</agenda/loire/cafe.json>; rel=\"alternate\"");
    expect(page_of(world, "/agenda", 200), "href=\"/agenda.atom?hub=loire\"");
    expect(world->response.link.data, "</agenda.atom?hub=loire>; rel=\"alternate\"");
}

/* --- what is asked of a site --- */

static void a_sitemap_has_every_record_in_parts(void **state)
{
    page_world_t *world = *state;
    put(world->store, "loire", "event", "cafe", EVENT);
    put(world->store, "rhone", "answer", "q", "{\"question\": \"Q ?\", \"reponse\": \"R\"}");
    const char *page = page_of(world, "/sitemap.xml", 200);
    expect(page, "<loc>" ORIGIN "/sitemap/pages.xml</loc>");
    expect(page, "<loc>" ORIGIN "/sitemap/0.xml</loc>");
    expect(page_of(world, "/sitemap/pages.xml", 200), "<loc>" ORIGIN "/annuaire</loc>");
    page = page_of(world, "/sitemap/0.xml", 200);
    expect(page,
           "<loc>" ORIGIN "/agenda/loire/cafe</loc><lastmod>2026-11-22T03:00:00.001Z</lastmod>");
    expect(page, "<loc>" ORIGIN "/reponses/rhone/q</loc>");
    static const char *const none[] = {"/sitemap/1.xml", "/sitemap/-1.xml",
                                       "/sitemap/x.xml", "/sitemap/9999999999.xml",
                                       "/sitemap/0",     "/sitemap/.xml"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        page_of(world, none[i], 404);
    expect(page_of(world, "/robots.txt", 200), "Sitemap: " ORIGIN "/sitemap.xml\n");
    page = page_of(world, "/opensearch.xml", 200);
    expect(page, "template=\"" ORIGIN "/recherche?q={searchTerms}\"");
    expect(page, "<ShortName>Hub IA &amp; Loire</ShortName>");
}

static void a_harvester_finds_a_dataset_for_each_kind_that_has_records(void **state)
{
    page_world_t *world = *state;
    put(world->store, "loire", "event", "cafe", EVENT);
    json_t *catalogue = json_of(world, "/catalog.jsonld", 200);
    assert_string_equal(world->response.type, "application/ld+json; charset=utf-8");
    json_t *datasets = json_object_get(catalogue, "dcat:dataset");
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
        page_of(world, url + strlen(ORIGIN), 200);
        const char *type = string_at(json_object_get(distribution, "dcat:mediaType"), "@id");
        const char *media = strstr(type, "/media-types/");
        assert_non_null(media);
        media += strlen("/media-types/");
        assert_int_equal(strncmp(world->response.type, media, strlen(media)), 0);
    }
    json_decref(catalogue);
}

static void the_api_is_described_from_the_kinds(void **state)
{
    page_world_t *world = *state;
    json_t *document = json_of(world, "/api/v1/openapi.json", 200);
    json_t *paths = json_object_get(document, "paths");
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
    page_world_t *world = *state;
    put(world->store, "loire", "event", "cafe", EVENT);
    page_of(world, "/nulle-part", 404);
    const char *page = page_of(world, "/metrics", 200);
    assert_string_equal(world->response.type, "text/plain; version=0.0.4; charset=utf-8");
    expect(page, "maillage_records{hub=\"loire\",kind=\"event\"} 1\n");
    expect(page, "maillage_stream_verified{hub=\"loire\",kind=\"event\"} 1\n");
    expect(page, "maillage_http_answers_total{status=\"404\"} 1\n");
    expect(page, "maillage_store_bytes{file=\"public.db\"} ");
    expect(page, "maillage_build_info{version=\"");
}

static void only_named_sites_may_show_a_list_in_theirs(void **state)
{
    page_world_t *world = *state;
    put(world->store, "loire", "event", "cafe", EVENT);
    const char *page = page_of(world, "/embed/agenda?mode=presentiel", 200);
    assert_string_equal(world->response.ancestors.data,
                        "https://www.loire.example https://cci.example");
    expect(page, "<base target=\"_top\">");
    expect(page, "href=\"/agenda/loire/cafe\"");
    expect(page, "href=\"/agenda?mode=presentiel\"");
    expect_not(page, "<header");
    page_of(world, "/embed/nulle-part", 404);
    assert_int_equal(world->response.ancestors.size, 0);
    page_of(world, "/agenda", 200);
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
    page_world_t *world = *state;
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
                expect_not(world->response.body.data, "SQL");
                expect_not(world->response.body.data, "syntax error");
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
    page_world_t *world = *state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        unsigned status = ask(world, paths[i]);
        if (status != 404 && status != 400)
            fail_msg("%s answers %u", paths[i], status);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_loire, close_portal)
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
