#include "store_world.h"

#include "node/geo/geo.h"
#include "node/store/catalogue.h"
#include "schemas/body.h"

typedef struct reading {
    world_t *world;
    catalogue_t *catalogue;
    query_t query;
    page_t page;
} reading_t;

static reading_t reading_of(world_t *world, const char *kind)
{
    reading_t reading = {.world = world};
    reading.catalogue = catalogue_open(world->folder, world->schema, &world->err);
    assert_non_null(reading.catalogue);
    reading.query = (query_t){.kind = schema_kind(world->schema, kind), .limit = QUERY_LIMIT_MAX};
    return reading;
}

static void end(reading_t *reading)
{
    page_free(&reading->page);
    catalogue_close(&reading->catalogue);
    assert_null(reading->catalogue);
}

/* The ids of the page, joined by spaces. */
static void list_is(reading_t *reading, const char *expected)
{
    world_t *world = reading->world;
    char ids[4096] = "";
    page_free(&reading->page);
    CHECK(catalogue_list(reading->catalogue, &reading->query, &reading->page, &world->err));
    for (size_t i = 0; i < reading->page.count; i++) {
        strcat(ids, i ? " " : "");
        strcat(ids, reading->page.entries[i].id);
    }
    assert_string_equal(ids, expected);
}

static void filter_by(reading_t *reading, const char *field, const char *code)
{
    filter_t *filters = reading->query.filters;
    for (size_t i = 0; i < reading->query.filter_count; i++) {
        if (strcmp(filters[i].field, field) == 0) {
            filters[i].codes[filters[i].count++] = code;
            return;
        }
    }
    filters[reading->query.filter_count++] =
        (filter_t){.field = field, .codes = {code}, .count = 1};
}

static void refused(reading_t *reading, const char *because)
{
    world_t *world = reading->world;
    world->err = (err_t){0};
    page_free(&reading->page);
    assert_int_equal(
        catalogue_list(reading->catalogue, &reading->query, &reading->page, &world->err), -1);
    assert_int_equal(world->err.action, ERR_REJECT);
    assert_non_null(strstr(world->err.text, because));
    assert_int_equal(reading->page.count, 0);
}

static void fill(world_t *world)
{
    put(world, "loire", "provider", "p1",
        "{\"nom\": \"Écho\", \"categorie\": \"startup\", \"technologies\": [\"nlp\"],"
        " \"code_insee\": \"COM-42218\", \"description\": \"Aide aux devis et à l'énergie\"}");
    put(world, "loire", "provider", "p2",
        "{\"nom\": \"alpha\", \"categorie\": \"esn\", \"technologies\": [\"nlp\", \"iot\"],"
        " \"code_insee\": \"COM-42187\", \"description\": \"Développement\"}");
    put(world, "rhone", "provider", "p3",
        "{\"nom\": \"Delta énergie\", \"categorie\": \"startup\", \"technologies\": [\"iot\"],"
        " \"code_insee\": \"COM-69123\"}");
    put(world, "rhone", "provider", "p4", "{\"nom\": \"Écho\", \"categorie\": \"editeur\"}");
    put(world, "rhone", "provider", "gone", "{\"nom\": \"Beta\"}");
    put(world, "rhone", "provider", "gone", NULL);
    put(world, "rhone", "event", "e1",
        "{\"titre\": \"Énergie : visite\", \"type\": \"atelier\","
        " \"horaires\": [{\"debut\": \"2026-11-22T18:00:00+01:00\"}]}");
}

static void a_missing_store_says_what_to_do(void **state)
{
    world_t *world = *state;
    char nowhere[128];
    snprintf(nowhere, sizeof nowhere, "%s/ailleurs", world->folder);
    assert_null(catalogue_open(nowhere, world->schema, &world->err));
    assert_int_equal(world->err.action, ERR_RETRY);
    assert_non_null(strstr(world->err.text, "lancez d'abord le nœud : maillage-node FICHIER.yaml"));
}

static void a_store_of_another_version_is_not_read(void **state)
{
    world_t *world = *state;
    execute(world, "UPDATE room SET version = 99 WHERE room = 'catalogue'");
    assert_null(catalogue_open(world->folder, world->schema, &world->err));
    assert_int_equal(world->err.action, ERR_STOP);
    execute(world, "DELETE FROM room WHERE room = 'catalogue'");
    assert_null(catalogue_open(world->folder, world->schema, &world->err));
    assert_int_equal(world->err.action, ERR_RETRY);
}

static void a_list_is_in_french_order_without_deleted_records(void **state)
{
    world_t *world = *state;
    fill(world);
    execute(world, "UPDATE stream SET verified_at = 77");
    reading_t reading = reading_of(world, "provider");
    list_is(&reading, "p2 p3 p1 p4");
    assert_int_equal(reading.page.total, 4);
    assert_null(reading.page.next);
    const entry_t *first = &reading.page.entries[0], *second = &reading.page.entries[1];
    assert_string_equal(first->hub, "loire");
    assert_string_equal(first->kind, "provider");
    assert_string_equal(first->title, "alpha");
    assert_int_equal(first->verified_at_ms, 0);
    assert_int_equal(second->verified_at_ms, 77);
    assert_true(second->seq > 0 && second->changed_ms > 0 && !second->deleted);
    json_t *json = body_decode(reading.query.kind, second->body, second->body_size, &world->err);
    assert_string_equal(json_string_value(json_object_get(json, "nom")), "Delta énergie");
    json_decref(json);
    end(&reading);
}

static void filters_are_or_within_and_between(void **state)
{
    world_t *world = *state;
    fill(world);
    reading_t reading = reading_of(world, "provider");
    filter_by(&reading, "categorie", "startup");
    list_is(&reading, "p3 p1");
    filter_by(&reading, "categorie", "esn");
    list_is(&reading, "p2 p3 p1");
    assert_int_equal(reading.page.total, 3);
    filter_by(&reading, "technologies", "iot");
    list_is(&reading, "p2 p3");
    filter_by(&reading, "hub", "rhone");
    list_is(&reading, "p3");
    filter_by(&reading, "code_insee", "DEP-42");
    list_is(&reading, "");
    assert_int_equal(reading.page.total, 0);
    end(&reading);
}

static void a_department_finds_its_communes(void **state)
{
    world_t *world = *state;
    fill(world);
    reading_t reading = reading_of(world, "provider");
    filter_by(&reading, "code_insee", "DEP-42");
    list_is(&reading, "p2 p1");
    filter_by(&reading, "code_insee", "REG-84");
    list_is(&reading, "p2 p3 p1");
    end(&reading);
}

static void a_hub_is_a_filter(void **state)
{
    world_t *world = *state;
    fill(world);
    reading_t reading = reading_of(world, "provider");
    filter_by(&reading, "hub", "rhone");
    list_is(&reading, "p3 p4");
    filter_by(&reading, "hub", "loire");
    list_is(&reading, "p2 p3 p1 p4");
    end(&reading);
    reading = reading_of(world, "provider");
    filter_by(&reading, "hub", "unheard");
    list_is(&reading, "");
    end(&reading);
}

static void pages_follow_each_other_without_gap_or_double(void **state)
{
    world_t *world = *state;
    char *after = NULL;
    CHECK(database_begin(world->db, &world->err));
    for (int i = 0; i < 57; i++) {
        char id[16], json[128];
        snprintf(id, sizeof id, "x%02d", (i * 31) % 57);
        snprintf(json, sizeof json, "{\"nom\": \"Nom %d\", \"demo\": %s}", i / 10,
                 i % 2 ? "true" : "false");
        change(world, "loire", "provider", id, json);
    }
    CHECK(database_commit(world->db, &world->err));
    for (int filtered = 0; filtered < 3; filtered++) {
        size_t seen = 0;
        char found[57] = "";
        reading_t reading = reading_of(world, "provider");
        reading.query.limit = 5;
        if (filtered == 1)
            filter_by(&reading, "demo", "true");
        if (filtered == 2)
            reading.query.search = "nom";
        do {
            reading.query.after = after;
            CHECK(catalogue_list(reading.catalogue, &reading.query, &reading.page, &world->err));
            assert_int_equal(reading.page.total, filtered == 1 ? 28 : 57);
            for (size_t i = 0; i < reading.page.count; i++, seen++)
                found[atol(reading.page.entries[i].id + 1)]++;
            free(after);
            after = reading.page.next;
            reading.page.next = NULL;
            assert_true(!after
                        || strspn(after, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx"
                                         "yz0123456789-_")
                               == strlen(after));
            page_free(&reading.page);
        } while (after);
        assert_int_equal(seen, filtered == 1 ? 28 : 57);
        for (size_t i = 0; i < sizeof found; i++)
            assert_true(found[i] <= 1);
        end(&reading);
    }
}

static void a_record_that_goes_moves_no_other(void **state)
{
    world_t *world = *state;
    fill(world);
    reading_t reading = reading_of(world, "provider");
    reading.query.limit = 2;
    list_is(&reading, "p2 p3");
    char *after = reading.page.next;
    reading.page.next = NULL;
    put(world, "rhone", "provider", "p3", NULL);
    put(world, "rhone", "provider", "p0", "{\"nom\": \"aaa\"}");
    reading.query.after = after;
    list_is(&reading, "p1 p4");
    assert_null(reading.page.next);
    free(after);
    end(&reading);
}

static void search_is_by_relevance_and_crosses_filters(void **state)
{
    world_t *world = *state;
    fill(world);
    reading_t reading = reading_of(world, "provider");
    reading.query.search = "energies";
    list_is(&reading, "p3 p1");
    assert_int_equal(reading.page.total, 2);
    reading.query.search = "devis";
    list_is(&reading, "p1");
    reading.query.search = "devis delta";
    list_is(&reading, "");
    reading.query.search = "énergie";
    filter_by(&reading, "hub", "loire");
    list_is(&reading, "p1");
    reading.query.search = "!!";
    list_is(&reading, "");
    reading.query.search = "";
    list_is(&reading, "p2 p1");
    end(&reading);
}

/* Two communes as a geography would have them. */
static int each_commune(const around_t *around,
                        int (*visit)(void *context, const char *commune, double metres),
                        void *context)
{
    static const struct {
        const char *code;
        int32_t lat, lon;
    } COMMUNES[] = {{"COM-42218", 45430000, 4380000}, {"COM-42187", 46042000, 4075000}};
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof COMMUNES / sizeof *COMMUNES; i++) {
        double metres = geo_metres(around->lat, around->lon, COMMUNES[i].lat, COMMUNES[i].lon);
        if (metres <= around->radius_m)
            rc = visit(context, COMMUNES[i].code, metres);
    }
    return rc;
}

#define AROUND_SAINT_ETIENNE(km)                                                                   \
    &(around_t)                                                                                    \
    {                                                                                              \
        45439700, 4387200, (km)*1000.0, each_commune, NULL                                         \
    }

/* Own coordinates 55 km away in Lyon, a commune at 1 km, one at 71 km, one nobody knows, no place at all. */
static void fill_places(world_t *world)
{
    fill(world);
    put(world, "rhone", "provider", "p3",
        "{\"nom\": \"Delta énergie\", \"code_insee\": \"COM-69123\", \"lat\": 45764000,"
        " \"lon\": 4835700}");
    put(world, "rhone", "provider", "p5",
        "{\"nom\": \"Nulle part\", \"code_insee\": \"COM-01001\"}");
}

static void a_list_around_a_place_has_the_nearest_first(void **state)
{
    world_t *world = *state;
    fill_places(world);
    reading_t reading = reading_of(world, "provider");
    reading.query.around = AROUND_SAINT_ETIENNE(100);
    list_is(&reading, "p1 p3 p2");
    assert_int_equal(reading.page.total, 3);
    const entry_t *entries = reading.page.entries;
    assert_true(entries[0].metres > 1000 && entries[0].metres < 1300);
    assert_true(!entries[0].located && strcmp(entries[0].commune, "COM-42218") == 0);
    assert_true(entries[1].metres > 49000 && entries[1].metres < 51000);
    assert_true(entries[1].located && entries[1].lat == 45764000 && !*entries[1].commune);
    reading.query.around = AROUND_SAINT_ETIENNE(60);
    list_is(&reading, "p1 p3");
    reading.query.around = AROUND_SAINT_ETIENNE(1);
    list_is(&reading, "");
    end(&reading);
}

static void what_is_around_a_place_crosses_filters_and_words(void **state)
{
    world_t *world = *state;
    fill_places(world);
    reading_t reading = reading_of(world, "provider");
    reading.query.around = AROUND_SAINT_ETIENNE(100);
    reading.query.search = "énergie";
    list_is(&reading, "p1 p3");
    filter_by(&reading, "hub", "rhone");
    list_is(&reading, "p3");
    end(&reading);
}

static void pages_around_a_place_follow_each_other(void **state)
{
    world_t *world = *state;
    fill_places(world);
    reading_t reading = reading_of(world, "provider");
    reading.query.around = AROUND_SAINT_ETIENNE(100);
    reading.query.limit = 2;
    list_is(&reading, "p1 p3");
    char *after = reading.page.next;
    reading.page.next = NULL;
    reading.query.after = after;
    list_is(&reading, "p2");
    assert_null(reading.page.next);
    reading.query.around = NULL;
    refused(&reading, "reprenez la liste au début");
    free(after);
    end(&reading);
}

/* Anywhere on the globe, also at a pole and with a radius around all of it. */
static void a_place_may_be_anywhere(void **state)
{
    static const around_t PLACES[] = {
        {90000000, 180000000, 100000, each_commune, NULL},
        {-90000000, -180000000, 1e9, each_commune, NULL},
        {INT32_MAX, INT32_MIN, 1e12, each_commune, NULL},
        {0, 0, 0, each_commune, NULL},
    };
    world_t *world = *state;
    fill_places(world);
    reading_t reading = reading_of(world, "provider");
    for (size_t i = 0; i < sizeof PLACES / sizeof *PLACES; i++) {
        page_free(&reading.page);
        reading.query.around = &PLACES[i];
        CHECK(catalogue_list(reading.catalogue, &reading.query, &reading.page, &world->err));
    }
    end(&reading);
}

/* How many the page counts for a value; 0 when it has no such tally. */
static int64_t narrowed(const reading_t *reading, const char *field, const char *code)
{
    const tallies_t *tallies = &reading->page.narrowed.tallies;
    for (size_t i = 0; i < tallies->count; i++)
        if (strcmp(tallies->list[i].field, field) == 0 && strcmp(tallies->list[i].code, code) == 0)
            return tallies->list[i].count;
    return 0;
}

static void a_filtered_list_counts_what_each_value_would_leave(void **state)
{
    world_t *world = *state;
    fill(world);
    reading_t reading = reading_of(world, "provider");
    reading.query.narrowed = true;
    filter_by(&reading, "technologies", "nlp");
    filter_by(&reading, "hub", "loire");
    list_is(&reading, "p2 p1");
    assert_true(reading.page.narrowed.others);
    assert_int_equal(narrowed(&reading, "categorie", "startup"), 1);
    assert_int_equal(narrowed(&reading, "categorie", "editeur"), 0);
    assert_int_equal(narrowed(&reading, "code_insee", "DEP-42"), 2);
    assert_true(reading.page.narrowed.filters[0] && reading.page.narrowed.filters[1]);
    assert_int_equal(narrowed(&reading, "technologies", "nlp"), 2);
    assert_int_equal(narrowed(&reading, "technologies", "iot"), 1); /* of hub loire only */
    assert_int_equal(narrowed(&reading, "hub", "loire"), 2);
    assert_int_equal(narrowed(&reading, "hub", "rhone"), 0); /* none of them knows nlp */
    end(&reading);
}

static void a_list_without_conditions_counts_nothing_anew(void **state)
{
    world_t *world = *state;
    fill(world);
    reading_t reading = reading_of(world, "provider");
    reading.query.narrowed = true;
    list_is(&reading, "p2 p3 p1 p4");
    assert_false(reading.page.narrowed.others);
    filter_by(&reading, "technologies", "nlp");
    list_is(&reading, "p2 p1");
    assert_true(reading.page.narrowed.others);
    assert_false(reading.page.narrowed.filters[0]); /* all there is: catalogue_counts has it */
    end(&reading);
}

static void more_than_the_maximum_is_not_counted(void **state)
{
    world_t *world = *state;
    CHECK(database_begin(world->db, &world->err));
    for (int i = 0; i <= NARROWED_RECORDS_MAX; i++) {
        char id[16];
        snprintf(id, sizeof id, "x%d", i);
        change(world, "loire", "provider", id,
               i ? "{\"categorie\": \"esn\", \"demo\": true}" : "{\"demo\": true}");
    }
    CHECK(database_commit(world->db, &world->err));
    reading_t reading = reading_of(world, "provider");
    reading.query.narrowed = true;
    filter_by(&reading, "demo", "true");
    CHECK(catalogue_list(reading.catalogue, &reading.query, &reading.page, &world->err));
    assert_false(reading.page.narrowed.others);
    page_free(&reading.page);
    filter_by(&reading, "categorie", "esn");
    CHECK(catalogue_list(reading.catalogue, &reading.query, &reading.page, &world->err));
    assert_true(reading.page.narrowed.others && reading.page.narrowed.filters[0]);
    assert_int_equal(narrowed(&reading, "demo", "true"), NARROWED_RECORDS_MAX);
    assert_false(reading.page.narrowed.filters[1]);
    assert_int_equal(narrowed(&reading, "categorie", "esn"), 0);
    end(&reading);
}

static void an_agenda_can_begin_at_a_day(void **state)
{
    world_t *world = *state;
    fill(world);
    put(world, "loire", "event", "old",
        "{\"titre\": \"Avant\", \"horaires\": [{\"debut\": \"2025-01-10T18:00:00+01:00\"}]}");
    put(world, "loire", "event", "late",
        "{\"titre\": \"Après\", \"horaires\": [{\"debut\": \"2026-11-22T17:30:00Z\"}]}");
    reading_t reading = reading_of(world, "event");
    list_is(&reading, "old e1 late");
    reading.query.from = "2026-11-22";
    list_is(&reading, "e1 late");
    assert_int_equal(reading.page.total, 2);
    reading.query.from = "2027";
    list_is(&reading, "");
    end(&reading);
}

/* Turns the page by its token, from the first to the last one. */
static void pages_are(reading_t *reading, const char *const *pages, size_t count)
{
    char after[512];
    for (size_t i = 0; i < count; i++) {
        list_is(reading, pages[i]);
        assert_true(!reading->page.next == (i + 1 == count));
        snprintf(after, sizeof after, "%s", reading->page.next ? reading->page.next : "");
        reading->query.after = after;
    }
    reading->query.after = NULL;
}

static void the_newest_come_first_over_all_hubs(void **state)
{
    world_t *world = *state;
    reading_t reading = reading_of(world, "provider");
    put(world, "loire", "provider", "a", "{\"nom\": \"A\", \"categorie\": \"esn\"}");
    put(world, "rhone", "provider", "b", "{\"nom\": \"B\", \"categorie\": \"editeur\"}");
    put(world, "loire", "provider", "c", "{\"nom\": \"C\", \"categorie\": \"esn\"}");
    put(world, "loire", "provider", "a", "{\"nom\": \"Z\", \"categorie\": \"esn\"}");
    reading.query.newest = true;
    reading.query.limit = 2;
    pages_are(&reading, (const char *const[]){"a c", "b"}, 2);
    filter_by(&reading, "categorie", "esn");
    pages_are(&reading, (const char *const[]){"a c"}, 1);
    end(&reading);
}

static void a_clock_that_was_set_back_hides_nothing_from_the_newest(void **state)
{
    world_t *world = *state;
    reading_t reading = reading_of(world, "provider");
    world->clock_ms = 3000;
    put(world, "loire", "provider", "a", "{\"nom\": \"A\"}");
    world->clock_ms = 1000;
    put(world, "loire", "provider", "b", "{\"nom\": \"B\"}");
    world->clock_ms = 2000;
    put(world, "loire", "provider", "c", "{\"nom\": \"C\"}");
    reading.query.newest = true;
    reading.query.limit = 1;
    pages_are(&reading, (const char *const[]){"c", "b", "a"}, 3);
    end(&reading);
}

static void a_list_may_stay_in_its_order_and_end_before_a_day(void **state)
{
    world_t *world = *state;
    reading_t reading = reading_of(world, "provider");
    put(world, "loire", "provider", "b", "{\"nom\": \"Bar du port\"}");
    put(world, "loire", "provider", "a", "{\"nom\": \"Atelier du bar\"}");
    put(world, "loire", "provider", "c", "{\"nom\": \"Café du bar\"}");
    reading.query.search = "bar";
    reading.query.sorted = true;
    list_is(&reading, "a b c");
    reading.query.from = "atelier";
    reading.query.until = "cafe";
    list_is(&reading, "a b");
    end(&reading);
}

static void a_bad_query_is_refused_in_french(void **state)
{
    static const char *const TOKENS[] = {
        "x",
        "!!!!",
        "cw",
        "cgAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAA",
        "",
        "cwAAAAAAAAABAAAAAAAAAABhAGI", /* a NUL in its sort key */
    };
    world_t *world = *state;
    fill(world);
    reading_t reading = reading_of(world, "provider");
    filter_by(&reading, "nom", "alpha");
    refused(&reading, "« nom » n'est pas un filtre");
    reading.query.filters[0].field = "inconnu";
    refused(&reading, "n'est pas un filtre de la liste « Prestataires »");
    reading.query.filters[0] = (filter_t){.field = "categorie"};
    refused(&reading, "de 1 à 32 valeurs");
    reading.query.filters[0].count = QUERY_CODES_MAX + 1;
    refused(&reading, "de 1 à 32 valeurs");
    reading.query.filter_count = QUERY_FILTERS_MAX + 1;
    refused(&reading, "au plus 16 filtres");
    reading.query.filter_count = 0;
    reading.query.limit = 0;
    refused(&reading, "de 1 à 200 fiches");
    reading.query.limit = QUERY_LIMIT_MAX + 1;
    refused(&reading, "de 1 à 200 fiches");
    reading.query.limit = 10;
    for (size_t i = 0; i < sizeof TOKENS / sizeof *TOKENS; i++) {
        reading.query.after = TOKENS[i];
        refused(&reading, "reprenez la liste au début");
    }
    char longest[4096];
    memset(longest, 'A', sizeof longest);
    longest[sizeof longest - 1] = 0;
    reading.query.after = longest;
    refused(&reading, "reprenez la liste au début");
    end(&reading);
}

static void a_record_is_found_own_first_and_even_when_deleted(void **state)
{
    world_t *world = *state;
    entry_t entry;
    fill(world);
    put(world, "ain", "provider", "p1", "{\"nom\": \"Copie\"}");
    put(world, "rhone", "recipe", "quiche", "{\"nom\": \"Quiche\"}");
    reading_t reading = reading_of(world, "provider");
    catalogue_t *catalogue = reading.catalogue;
    assert_int_equal(catalogue_find(catalogue, NULL, "provider", "p1", &entry, &world->err), 1);
    assert_string_equal(entry.hub, "loire");
    assert_string_equal(entry.title, "Écho");
    entry_free(&entry);
    assert_int_equal(catalogue_find(catalogue, "ain", "provider", "p1", &entry, &world->err), 1);
    assert_string_equal(entry.title, "Copie");
    entry_free(&entry);
    assert_int_equal(catalogue_find(catalogue, NULL, "provider", "gone", &entry, &world->err), 1);
    assert_true(entry.deleted);
    assert_null(entry.body);
    assert_string_equal(entry.title, "gone");
    entry_free(&entry);
    put(world, "loire", "provider", "p1", NULL);
    assert_int_equal(catalogue_find(catalogue, NULL, "provider", "p1", &entry, &world->err), 1);
    assert_string_equal(entry.hub, "ain");
    entry_free(&entry);
    assert_int_equal(catalogue_find(catalogue, NULL, "recipe", "quiche", &entry, &world->err), 1);
    assert_string_equal(entry.title, "quiche");
    assert_non_null(entry.body);
    entry_free(&entry);
    assert_int_equal(catalogue_find(catalogue, "ain", "provider", "p3", &entry, &world->err), 0);
    assert_int_equal(catalogue_find(catalogue, NULL, "event", "p3", &entry, &world->err), 0);
    assert_int_equal(catalogue_find(catalogue, NULL, "event", "É'\"", &entry, &world->err), 0);
    end(&reading);
}

static void rotten_bytes_show_as_an_empty_record(void **state)
{
    world_t *world = *state;
    fill(world);
    execute(world, "UPDATE item SET bytes = x'98ff' WHERE id = 'p3'");
    reading_t reading = reading_of(world, "provider");
    list_is(&reading, "p2 p3 p1 p4");
    assert_int_equal(reading.page.entries[1].body_size, 1);
    assert_string_equal(reading.page.entries[1].title, "Delta énergie");
    end(&reading);
}

static int64_t counted(const tallies_t *tallies, const char *hub, const char *field,
                       const char *code)
{
    for (size_t i = 0; i < tallies->count; i++)
        if (strcmp(tallies->list[i].hub, hub) == 0 && strcmp(tallies->list[i].field, field) == 0
            && strcmp(tallies->list[i].code, code) == 0)
            return tallies->list[i].count;
    return 0;
}

static void counts_are_by_hub_kind_and_field(void **state)
{
    world_t *world = *state;
    tallies_t tallies;
    fill(world);
    reading_t reading = reading_of(world, "provider");
    CHECK(catalogue_counts(reading.catalogue, NULL, "provider", NULL, &tallies, &world->err));
    assert_int_equal(counted(&tallies, "loire", "", ""), 2);
    assert_int_equal(counted(&tallies, "rhone", "", ""), 2);
    assert_int_equal(counted(&tallies, "loire", "technologies", "nlp"), 2);
    assert_int_equal(counted(&tallies, "loire", "code_insee", "DEP-42"), 2);
    tallies_free(&tallies);
    CHECK(catalogue_counts(reading.catalogue, "rhone", NULL, "", &tallies, &world->err));
    assert_int_equal(tallies.count, 2);
    assert_string_equal(tallies.list[0].kind, "event");
    assert_int_equal(tallies.list[0].count, 1);
    tallies_free(&tallies);
    CHECK(catalogue_counts(reading.catalogue, "nobody", NULL, NULL, &tallies, &world->err));
    assert_int_equal(tallies.count, 0);
    tallies_free(&tallies);
    end(&reading);
}

static void the_version_tells_of_every_change(void **state)
{
    world_t *world = *state;
    reading_t reading = reading_of(world, "provider");
    uint64_t before = catalogue_version(reading.catalogue);
    assert_true(catalogue_version(reading.catalogue) == before);
    fill(world);
    assert_true(catalogue_version(reading.catalogue) != before);
    before = catalogue_version(reading.catalogue);
    end(&reading);
    reading = reading_of(world, "provider");
    assert_true(catalogue_version(reading.catalogue) != before);
    end(&reading);
}

static void call_list(reading_t *reading)
{
    reading->query.search = "energie";
    list_is(reading, "p3 p1"); /* both in their names: the newest first */
}

static void call_bad_list(reading_t *reading)
{
    reading->query.limit = 0;
    refused(reading, "de 1 à 200");
}

static void call_find(reading_t *reading)
{
    entry_t entry;
    assert_int_equal(catalogue_find(reading->catalogue, NULL, "provider", "p1", &entry, NULL), 1);
    entry_free(&entry);
}

/* How many records the kept counts of the reading's query give a value; -1 when they do not tell of it. */
static int64_t kept(reading_t *reading, const char *hub, const char *field, const char *code)
{
    world_t *world = reading->world;
    tallies_t tallies;
    int64_t count = -1;
    CHECK(catalogue_kept(reading->catalogue, &reading->query, &tallies, &world->err));
    for (size_t i = 0; i < tallies.count; i++) {
        const tally_t *tally = &tallies.list[i];
        if (!strcmp(tally->hub, hub) && !strcmp(tally->field, field) && !strcmp(tally->code, code))
            count = tally->count;
    }
    tallies_free(&tallies);
    return count;
}

static void kept_counts_are_added_up_over_all_hubs(void **state)
{
    world_t *world = *state;
    fill(world);
    reading_t reading = reading_of(world, "provider");
    assert_int_equal(kept(&reading, "", "technologies", "iot"), 2);
    assert_int_equal(kept(&reading, "", "categorie", "startup"), 2);
    assert_int_equal(kept(&reading, "rhone", "", ""), 2);
    assert_int_equal(kept(&reading, "", "code_insee", "DEP-42"), 2);
    assert_int_equal(kept(&reading, "", "type", "atelier"), -1); /* of another kind */
    end(&reading);
}

static void of_communes_only_those_asked_for_are_told(void **state)
{
    world_t *world = *state;
    fill(world);
    reading_t reading = reading_of(world, "provider");
    assert_int_equal(kept(&reading, "", "code_insee", "COM-42218"), -1);
    filter_by(&reading, "code_insee", "COM-42218");
    filter_by(&reading, "code_insee", "COM-99999");
    assert_int_equal(kept(&reading, "", "code_insee", "COM-42218"), 1);
    assert_int_equal(kept(&reading, "", "code_insee", "COM-42187"), -1);
    assert_int_equal(kept(&reading, "", "code_insee", "COM-99999"), -1);
    end(&reading);
}

static void kept_counts_follow_every_change(void **state)
{
    world_t *world = *state;
    reading_t reading = reading_of(world, "provider");
    assert_int_equal(kept(&reading, "", "categorie", "startup"), -1);
    fill(world);
    assert_int_equal(kept(&reading, "", "categorie", "startup"), 2);
    put(world, "rhone", "provider", "p9",
        "{\"nom\": \"Neuf\", \"categorie\": \"laboratoire\", \"code_insee\": \"COM-42207\"}");
    put(world, "loire", "provider", "p1", NULL);
    assert_int_equal(kept(&reading, "", "categorie", "laboratoire"), 1);
    assert_int_equal(kept(&reading, "", "categorie", "startup"), 1);
    assert_int_equal(kept(&reading, "", "code_insee", "DEP-42"), 2);
    filter_by(&reading, "code_insee", "COM-42207");
    assert_int_equal(kept(&reading, "", "code_insee", "COM-42207"), 1);
    end(&reading);
}

static void facets_are_crossed_over_all_hubs(void **state)
{
    world_t *world = *state;
    fill(world);
    reading_t reading = reading_of(world, "provider");
    const filter_t rows = {"technologies", {"nlp", "iot"}, 2};
    const filter_t columns = {"categorie", {"esn", "nobody", "startup"}, 3},
                   none = {"categorie", {NULL}, 0};
    int64_t counts[6] = {9, 9, 9, 9, 9, 9};
    CHECK(catalogue_cross(reading.catalogue, reading.query.kind, &rows, &columns, counts,
                          &world->err));
    const int64_t expected[6] = {1, 0, 1, 1, 0, 1}; /* p2 knows both, p1 nlp, p3 iot */
    assert_memory_equal(counts, expected, sizeof counts);
    CHECK(
        catalogue_cross(reading.catalogue, reading.query.kind, &rows, &none, counts, &world->err));
    end(&reading);
}

static void call_kept(reading_t *reading)
{
    tallies_t tallies;
    assert_int_equal(catalogue_kept(reading->catalogue, &reading->query, &tallies, NULL), 0);
    tallies_free(&tallies);
}

static void call_counts(reading_t *reading)
{
    tallies_t tallies;
    assert_int_equal(catalogue_counts(reading->catalogue, NULL, NULL, NULL, &tallies, NULL), 0);
    tallies_free(&tallies);
}

static void call_streams(reading_t *reading)
{
    stream_states_t states;
    assert_int_equal(catalogue_streams(reading->catalogue, &states, NULL), 0);
    stream_states_free(&states);
}

static void call_displaced(reading_t *reading)
{
    displaced_list_t displaced;
    assert_int_equal(catalogue_displaced(reading->catalogue, &displaced, NULL), 0);
    displaced_list_free(&displaced);
}

static void call_version(reading_t *reading)
{
    catalogue_version(reading->catalogue);
}

/* A reader that held a snapshot would keep the WAL from being emptied. */
static void no_call_leaves_a_transaction_open(void **state)
{
    static void (*const CALLS[])(reading_t *) = {
        call_list,    call_find,      call_counts,  call_kept,
        call_streams, call_displaced, call_version, call_bad_list,
    };
    world_t *world = *state;
    fill(world);
    sqlite3_busy_timeout(world->db, 1);
    reading_t reading = reading_of(world, "provider");
    for (size_t i = 0; i < sizeof CALLS / sizeof *CALLS; i++) {
        put(world, "loire", "provider", "p1", i % 2 ? "{}" : "{\"nom\": \"Énergie\"}");
        CALLS[i](&reading);
        CHECK(projection_clean(world->projection, &world->err));
    }
    end(&reading);
}

static void set_head(world_t *world, int64_t stream, const char *column, uint64_t life,
                     uint64_t seq)
{
    uint8_t secret[SIGN_SECRET_SIZE] = {1};
    head_t head = {.hub = "rhone", .kind = "event", .life = life, .seq = seq, .count = 9};
    memset(head.root, 7, sizeof head.root);
    head_sign(&head, secret);
    sqlite3_stmt *set = statement(world, strcmp(column, "head") == 0
                                             ? "UPDATE stream SET head=? WHERE stream=?"
                                             : "UPDATE stream SET known_head=? WHERE stream=?");
    sqlite3_bind_blob(set, 1, head.bytes, (int)head.size, SQLITE_STATIC);
    sqlite3_bind_int64(set, 2, stream);
    CHECK(database_run(set, "set a head", &world->err));
    sqlite3_finalize(set);
}

static void state_is(reading_t *reading, const char *word, uint64_t seq, uint64_t behind)
{
    world_t *world = reading->world;
    stream_states_t states;
    CHECK(catalogue_streams(reading->catalogue, &states, &world->err));
    assert_int_equal(states.count, 1);
    assert_string_equal(stream_state_word(&states.list[0]), word);
    assert_int_equal(states.list[0].seq, seq);
    assert_int_equal(states.list[0].behind, behind);
    stream_states_free(&states);
}

static void a_stream_says_where_it_stands(void **state)
{
    world_t *world = *state;
    int64_t stream = stream_of(world, "rhone", "event");
    reading_t reading = reading_of(world, "event");
    state_is(&reading, "unheard", 0, 0);
    set_head(world, stream, "known_head", 5, 12);
    state_is(&reading, "catching_up", 0, 12);
    set_head(world, stream, "head", 5, 12);
    state_is(&reading, "verified", 12, 0);
    set_head(world, stream, "known_head", 5, 20);
    state_is(&reading, "catching_up", 12, 8);
    set_head(world, stream, "known_head", 6, 12);
    state_is(&reading, "catching_up", 12, 0);
    set_head(world, stream, "head", 6, 12);
    state_is(&reading, "verified", 12, 0);
    execute(world, "UPDATE stream SET resync = 1");
    state_is(&reading, "catching_up", 12, 0);
    execute(world, "UPDATE stream SET resync = 0, verified_at = 50;"
                   "INSERT INTO seen VALUES (1, 'a', 6, 12, 3, 40), (1, 'b', 6, 12, 3, 60);"
                   "INSERT INTO staged VALUES (1, 'x', 1, 1, 0, x'', x'')");
    state_is(&reading, "catching_up", 12, 0);
    stream_states_t states;
    CHECK(catalogue_streams(reading.catalogue, &states, &world->err));
    const stream_state_t *only = &states.list[0];
    assert_false(only->own);
    assert_int_equal(only->count, 9);
    assert_int_equal(only->root[3], 7);
    assert_int_equal(only->staged, 1);
    assert_int_equal(only->verified_at_ms, 50);
    assert_int_equal(only->heard_at_ms, 60);
    stream_states_free(&states);
    end(&reading);
}

static void an_own_stream_is_its_own_proof(void **state)
{
    world_t *world = *state;
    put(world, "loire", "provider", "p1", "{}");
    put(world, "loire", "provider", "p1", NULL);
    execute(world, "UPDATE stream SET life = 9, seq = 2");
    reading_t reading = reading_of(world, "provider");
    state_is(&reading, "own", 2, 0);
    stream_states_t states;
    CHECK(catalogue_streams(reading.catalogue, &states, &world->err));
    assert_int_equal(states.list[0].count, 1);
    assert_int_equal(states.list[0].known_life, 9);
    assert_true(states.list[0].verified);
    stream_states_free(&states);
    end(&reading);
}

static void displaced_versions_are_listed(void **state)
{
    world_t *world = *state;
    displaced_list_t displaced;
    put(world, "loire", "provider", "p1", "{\"nom\": \"Ancien\"}");
    put(world, "loire", "provider", "p2", NULL);
    execute(world, "INSERT INTO displaced(kind, id, at, reason, bytes)"
                   " SELECT 'provider', id, 1000, 'recovered', bytes FROM item ORDER BY id");
    reading_t reading = reading_of(world, "provider");
    CHECK(catalogue_displaced(reading.catalogue, &displaced, &world->err));
    assert_int_equal(displaced.count, 2);
    assert_string_equal(displaced.list[0].id, "p1");
    assert_string_equal(displaced.list[0].reason, "recovered");
    assert_int_equal(displaced.list[0].at_ms, 1000);
    assert_int_equal(displaced.list[0].sv, 1);
    json_t *json =
        body_decode(NULL, displaced.list[0].body, displaced.list[0].body_size, &world->err);
    assert_string_equal(json_string_value(json_object_get(json, "nom")), "Ancien");
    json_decref(json);
    assert_null(displaced.list[1].body);
    displaced_list_free(&displaced);
    end(&reading);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_missing_store_says_what_to_do),
        TEST(a_store_of_another_version_is_not_read),
        TEST(a_list_is_in_french_order_without_deleted_records),
        TEST(filters_are_or_within_and_between),
        TEST(a_department_finds_its_communes),
        TEST(a_hub_is_a_filter),
        TEST(pages_follow_each_other_without_gap_or_double),
        TEST(a_record_that_goes_moves_no_other),
        TEST(search_is_by_relevance_and_crosses_filters),
        TEST(a_list_around_a_place_has_the_nearest_first),
        TEST(what_is_around_a_place_crosses_filters_and_words),
        TEST(pages_around_a_place_follow_each_other),
        TEST(a_place_may_be_anywhere),
        TEST(a_filtered_list_counts_what_each_value_would_leave),
        TEST(a_list_without_conditions_counts_nothing_anew),
        TEST(more_than_the_maximum_is_not_counted),
        TEST(an_agenda_can_begin_at_a_day),
        TEST(the_newest_come_first_over_all_hubs),
        TEST(a_clock_that_was_set_back_hides_nothing_from_the_newest),
        TEST(a_list_may_stay_in_its_order_and_end_before_a_day),
        TEST(a_bad_query_is_refused_in_french),
        TEST(a_record_is_found_own_first_and_even_when_deleted),
        TEST(rotten_bytes_show_as_an_empty_record),
        TEST(counts_are_by_hub_kind_and_field),
        TEST(kept_counts_are_added_up_over_all_hubs),
        TEST(of_communes_only_those_asked_for_are_told),
        TEST(kept_counts_follow_every_change),
        TEST(facets_are_crossed_over_all_hubs),
        TEST(the_version_tells_of_every_change),
        TEST(no_call_leaves_a_transaction_open),
        TEST(a_stream_says_where_it_stands),
        TEST(an_own_stream_is_its_own_proof),
        TEST(displaced_versions_are_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
