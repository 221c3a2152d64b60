#include "store_world.h"

#define ACME                                                                                       \
    "{\"nom\": \"Acmé Démo\", \"categorie\": \"startup\", \"code_insee\": \"COM-42218\","        \
    " \"technologies\": [\"nlp\", \"vision\"], \"demo\": true,"                                    \
    " \"offres\": [{\"titre\": \"Diagnostic des énergies\", \"type\": \"diagnostic\"}]}"

static int64_t tally(world_t *world, const char *field, const char *code)
{
    sqlite3_stmt *asked = statement(world, "SELECT ifnull(sum(n), 0) FROM count JOIN value USING "
                                           "(value) WHERE field = ? AND code = ?");
    sqlite3_bind_text(asked, 1, field, -1, SQLITE_STATIC);
    sqlite3_bind_text(asked, 2, code, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(asked), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(asked, 0);
    sqlite3_finalize(asked);
    return n;
}

static int64_t found(world_t *world, const char *expression)
{
    sqlite3_stmt *asked = statement(world, "SELECT count(*) FROM search WHERE search MATCH ?");
    sqlite3_bind_text(asked, 1, expression, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(asked), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(asked, 0);
    sqlite3_finalize(asked);
    return n;
}

static void record_is(world_t *world, const char *id, const char *title, const char *sort)
{
    sqlite3_stmt *asked = statement(world, "SELECT title, sort FROM record WHERE id = ?");
    sqlite3_bind_text(asked, 1, id, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(asked), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(asked, 0), title);
    assert_string_equal((const char *)sqlite3_column_text(asked, 1), sort);
    sqlite3_finalize(asked);
}

static void a_record_has_title_order_facets_and_search(void **state)
{
    world_t *world = *state;
    put(world, "loire", "provider", "acme", ACME);
    record_is(world, "acme", "Acmé Démo", "acme demo");
    assert_int_equal(tally(world, "", ""), 1);
    assert_int_equal(tally(world, "categorie", "startup"), 1);
    assert_int_equal(tally(world, "technologies", "nlp"), 1);
    assert_int_equal(tally(world, "technologies", "vision"), 1);
    assert_int_equal(tally(world, "offres.type", "diagnostic"), 1);
    assert_int_equal(tally(world, "demo", "true"), 1);
    assert_int_equal(found(world, "title:acme"), 1);
    assert_int_equal(found(world, "important:energ"), 1);
    assert_int_equal(differences(world), 0);
}

static void a_commune_counts_for_its_department_and_region(void **state)
{
    world_t *world = *state;
    put(world, "loire", "provider", "acme", ACME);
    assert_int_equal(tally(world, "code_insee", "COM-42218"), 1);
    assert_int_equal(tally(world, "code_insee", "DEP-42"), 1);
    assert_int_equal(tally(world, "code_insee", "REG-84"), 1);
    put(world, "loire", "provider", "zone", "{\"zone_intervention\": [\"DEP-42\", \"COM-42218\"]}");
    assert_int_equal(tally(world, "zone_intervention", "DEP-42"), 1);
    assert_int_equal(tally(world, "zone_intervention", "REG-84"), 1);
    assert_int_equal(differences(world), 0);
}

static void what_does_not_fit_is_skipped(void **state)
{
    world_t *world = *state;
    put(world, "rhone", "provider", "odd",
        "{\"nom\": 5, \"categorie\": \"inconnue\", \"technologies\": \"nlp\", \"demo\": \"oui\","
        " \"code_insee\": \"COM-99\", \"offres\": {\"type\": \"diagnostic\"}, \"x\": [[[{}]]],"
        " \"zone_intervention\": [null, 1, {\"a\": []}, \"\", \"DEP-42\\u0000\", \"DEP-69\"]}");
    record_is(world, "odd", "odd", "~odd");
    assert_int_equal(number(world, "SELECT count(*) FROM facet"), 2);
    assert_int_equal(tally(world, "zone_intervention", "DEP-69"), 1);
    put(world, "rhone", "provider", "empty", "{}");
    record_is(world, "empty", "empty", "~empty");
    assert_int_equal(differences(world), 0);
}

static void dates_sort_by_the_moment_they_mean(void **state)
{
    world_t *world = *state;
    put(world, "loire", "event", "late",
        "{\"titre\": \"B\", \"horaires\": [{\"debut\": \"2026-11-22T18:00:00+01:00\"},"
        " {\"debut\": \"2026-01-01T00:00:00Z\"}]}");
    put(world, "loire", "event", "later",
        "{\"titre\": \"A\", \"horaires\": [{\"debut\": \"2026-11-22T17:30:00Z\"}]}");
    put(world, "loire", "event", "never", "{\"titre\": \"A\", \"horaires\": []}");
    record_is(world, "late", "B", "2026-11-22T17:00:00Z");
    record_is(world, "later", "A", "2026-11-22T17:30:00Z");
    record_is(world, "never", "A", "~a");
}

static void a_long_title_is_cut_between_characters(void **state)
{
    world_t *world = *state;
    char json[2048] = "{\"nom\": \"";
    for (int i = 0; i < 400; i++)
        strcat(json, "é");
    strcat(json, "\"}");
    put(world, "rhone", "provider", "long", json);
    assert_int_equal(number(world, "SELECT length(title) FROM record"), 249);
    assert_int_equal(number(world, "SELECT title LIKE '%é…' FROM record"), 1);
    assert_int_equal(number(world, "SELECT length(sort) FROM record"), 120);
}

static void an_update_writes_only_what_differs(void **state)
{
    world_t *world = *state;
    put(world, "loire", "provider", "acme", ACME);
    int before = sqlite3_total_changes(world->db);
    put(world, "loire", "provider", "acme", ACME);
    /* The test's own row of item and its look for the stream, and nothing else. */
    assert_true(sqlite3_total_changes(world->db) - before <= 3);
    put(world, "loire", "provider", "acme",
        "{\"nom\": \"Acmé Démo\", \"categorie\": \"esn\", \"technologies\": [\"vision\", "
        "\"iot\"]}");
    assert_int_equal(tally(world, "categorie", "startup"), 0);
    assert_int_equal(tally(world, "categorie", "esn"), 1);
    assert_int_equal(tally(world, "technologies", "iot"), 1);
    assert_int_equal(tally(world, "technologies", "nlp"), 0);
    assert_int_equal(tally(world, "", ""), 1);
    assert_int_equal(found(world, "energ"), 0);
    assert_int_equal(differences(world), 0);
}

static void counts_are_kept_by_hub(void **state)
{
    world_t *world = *state;
    put(world, "loire", "provider", "a", ACME);
    put(world, "rhone", "provider", "a", ACME);
    put(world, "rhone", "provider", "b", ACME);
    assert_int_equal(tally(world, "categorie", "startup"), 3);
    assert_int_equal(number(world, "SELECT n FROM count JOIN stream USING (stream)"
                                   " WHERE hub = 'rhone' AND value = 0"),
                     2);
    put(world, "rhone", "provider", "a", NULL);
    assert_int_equal(tally(world, "categorie", "startup"), 2);
    assert_int_equal(differences(world), 0);
}

static void a_deleted_record_leaves_nothing(void **state)
{
    world_t *world = *state;
    put(world, "loire", "provider", "acme", ACME);
    put(world, "loire", "provider", "acme", NULL);
    put(world, "loire", "provider", "acme", NULL);
    put(world, "loire", "provider", "unheard", NULL);
    assert_int_equal(number(world, "SELECT (SELECT count(*) FROM record)"
                                   " + (SELECT count(*) FROM facet) + (SELECT sum(n) FROM count)"
                                   " + (SELECT count(*) FROM search)"
                                   " + (SELECT count(*) FROM search_pending)"),
                     0);
    assert_int_equal(differences(world), 0);
}

static void a_removed_record_leaves_nothing(void **state)
{
    world_t *world = *state;
    put(world, "rhone", "provider", "acme", ACME);
    CHECK(database_begin(world->db, &world->err));
    execute(world, "DELETE FROM item");
    int64_t stream = stream_of(world, "rhone", "provider");
    CHECK(projection_remove(world->projection, stream, "rhone", "provider", "acme", &world->err));
    CHECK(projection_remove(world->projection, stream, "rhone", "provider", "acme", &world->err));
    CHECK(projection_remove(world->projection, stream, "rhone", "recipe", "acme", &world->err));
    CHECK(database_commit(world->db, &world->err));
    assert_int_equal(number(world, "SELECT (SELECT count(*) FROM record)"
                                   " + (SELECT count(*) FROM facet) + (SELECT sum(n) FROM count)"
                                   " + (SELECT count(*) FROM search)"),
                     0);
    assert_int_equal(differences(world), 0);
}

static void an_unknown_kind_has_no_projection(void **state)
{
    world_t *world = *state;
    put(world, "rhone", "recipe", "quiche", "{\"nom\": \"Quiche\"}");
    assert_int_equal(number(world, "SELECT count(*) FROM record"), 0);
    assert_int_equal(differences(world), 0);
}

static void what_was_rolled_back_is_forgotten(void **state)
{
    world_t *world = *state;
    CHECK(database_begin(world->db, &world->err));
    change(world, "loire", "provider", "acme", ACME);
    database_rollback(world->db);
    put(world, "loire", "provider", "other",
        "{\"nom\": \"Autre\", \"technologies\": [\"iot\", \"vision\"]}");
    put(world, "loire", "provider", "acme", ACME);
    assert_int_equal(tally(world, "technologies", "vision"), 2);
    assert_int_equal(tally(world, "technologies", "nlp"), 1);
    assert_int_equal(differences(world), 0);
}

static void postponed_search_catches_up(void **state)
{
    world_t *world = *state;
    char id[16];
    size_t left = 0;
    put(world, "loire", "provider", "acme", ACME);
    projection_postpone_search(world->projection, true);
    CHECK(database_begin(world->db, &world->err));
    for (int i = 0; i < 10; i++) {
        snprintf(id, sizeof id, "p%d", i);
        change(world, "loire", "provider", id, ACME);
    }
    change(world, "loire", "provider", "acme", "{\"nom\": \"Changé\"}");
    change(world, "loire", "provider", "p3", NULL);
    CHECK(database_commit(world->db, &world->err));
    assert_int_equal(found(world, "acme"), 1);
    CHECK(projection_catch_up_search(world->projection, 4, &left, &world->err));
    assert_int_equal(left, 6);
    projection_postpone_search(world->projection, false);
    put(world, "loire", "provider", "p9", "{\"nom\": \"Direct\"}");
    assert_int_equal(found(world, "direct"), 1);
    CHECK(projection_catch_up_search(world->projection, 100, &left, &world->err));
    assert_int_equal(left, 0);
    assert_int_equal(found(world, "acme"), 8);
    assert_int_equal(found(world, "chang"), 1);
    assert_int_equal(number(world, "SELECT count(*) FROM search"), 10);
}

static void indexing_in_small_parts_leaves_few_segments(void **state)
{
    world_t *world = *state;
    char id[16];
    size_t left = 0;
    projection_postpone_search(world->projection, true);
    CHECK(database_begin(world->db, &world->err));
    for (int i = 0; i < 600; i++) {
        snprintf(id, sizeof id, "p%d", i);
        change(world, "loire", "provider", id, ACME);
    }
    CHECK(database_commit(world->db, &world->err));
    do {
        CHECK(projection_catch_up_search(world->projection, 20, &left, &world->err));
    } while (left);
    assert_int_equal(found(world, "acme"), 600);
    assert_true(number(world, "SELECT count(DISTINCT segid) FROM search_idx") < 10);
}

static void note_progress(void *context, const char *kind, size_t done, size_t all)
{
    if (strcmp(kind, "provider") == 0)
        assert_int_equal(all, 2), *(size_t *)context += done;
}

static void another_yaml_makes_the_projections_again(void **state)
{
    world_t *world = *state;
    size_t done = 0, left = 0;
    put(world, "loire", "provider", "a", ACME);
    put(world, "rhone", "provider", "b", ACME);
    CHECK(projection_refresh(world->projection, NULL, NULL, &world->err));
    int before = sqlite3_total_changes(world->db);
    CHECK(projection_refresh(world->projection, note_progress, &done, &world->err));
    assert_int_equal(sqlite3_total_changes(world->db), before);
    assert_int_equal(done, 0);
    /* As a YAML of before would have left it: another title, no facet but one that went. */
    execute(world, "UPDATE projected SET hash = x'00' WHERE name = 'provider';"
                   "UPDATE record SET title = 'old', words = 7, vals = x'0a000000';"
                   "DELETE FROM facet; DELETE FROM count WHERE value <> 0;"
                   "INSERT OR IGNORE INTO value VALUES (10, 1, 'gone', 'gone');"
                   "INSERT INTO facet SELECT 10, record FROM record;"
                   "INSERT INTO count SELECT stream, 10, 1 FROM record;");
    CHECK(projection_refresh(world->projection, note_progress, &done, &world->err));
    assert_int_equal(done, 2);
    record_is(world, "a", "Acmé Démo", "acme demo");
    assert_int_equal(tally(world, "categorie", "startup"), 2);
    assert_int_equal(differences(world), 0);
    CHECK(projection_catch_up_search(world->projection, 100, &left, &world->err));
    assert_int_equal(found(world, "acme"), 2);
}

static void a_kind_is_shown_when_we_learn_it_and_hidden_when_we_forget_it(void **state)
{
    world_t *world = *state;
    put(world, "rhone", "provider", "a", ACME);
    /* Renamed back and forth: to the projection, a kind it does not know and one it learns. */
    execute(world, "UPDATE projected SET name = 'recipe' WHERE name = 'provider'");
    projection_destroy(&world->projection);
    world->projection = projection_new(world->db, world->schema, &world->err);
    CHECK(projection_refresh(world->projection, NULL, NULL, &world->err));
    assert_int_equal(number(world, "SELECT count(*) FROM projected WHERE name = 'recipe'"), 0);
    assert_int_equal(number(world, "SELECT count(*) FROM record"), 0);
    execute(world, "UPDATE projected SET hash = x'' WHERE name = 'provider'");
    CHECK(projection_refresh(world->projection, NULL, NULL, &world->err));
    assert_int_equal(tally(world, "categorie", "startup"), 1);
    assert_int_equal(differences(world), 0);
}

/* "45439700 4387200", "COM-42218" or "" for where the tables have a record. */
static void place_is(world_t *world, const char *expected)
{
    char place[64] = "";
    sqlite3_stmt *asked = statement(world, "SELECT ifnull(commune, lat || ' ' || lon) FROM place");
    if (sqlite3_step(asked) == SQLITE_ROW)
        snprintf(place, sizeof place, "%s", (const char *)sqlite3_column_text(asked, 0));
    sqlite3_finalize(asked);
    assert_string_equal(place, expected);
    assert_int_equal(differences(world), 0);
}

static void a_record_is_where_its_coordinates_are_else_in_its_commune(void **state)
{
    static const struct {
        const char *json, *place;
    } CASES[] = {
        {"{\"code_insee\": \"COM-42218\", \"lat\": 45439700, \"lon\": -4387200}",
         "45439700 -4387200"},
        {"{\"code_insee\": \"COM-42218\"}", "COM-42218"},
        {"{\"code_insee\": \"DEP-42\"}", ""},
        {"{\"code_insee\": \"COM-zzzzz\"}", ""},
        {"{\"zone_intervention\": [\"COM-42218\"]}", ""},
        {"{\"code_insee\": \"COM-42218\", \"lat\": 45439700}", "COM-42218"},
        {"{\"code_insee\": \"COM-42218\", \"lat\": 90000001, \"lon\": 1}", "COM-42218"},
        {"{\"code_insee\": \"COM-42218\", \"lat\": 1, \"lon\": -180000001}", "COM-42218"},
        {"{\"code_insee\": \"COM-42218\", \"lat\": \"45\", \"lon\": 4.5}", "COM-42218"},
        {"{\"lat\": -90000000, \"lon\": 180000000}", "-90000000 180000000"},
        {"{\"nom\": \"a\"}", ""},
    };
    world_t *world = *state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        put(world, "loire", "provider", "a", CASES[i].json);
        place_is(world, CASES[i].place);
    }
    put(world, "loire", "provider", "a", CASES[0].json);
    put(world, "loire", "provider", "a", NULL);
    place_is(world, "");
    put(world, "loire", "event", "e",
        "{\"lieu\": {\"code_insee\": \"COM-42218\", \"lat\": 45439700, \"lon\": 4387200}}");
    place_is(world, "45439700 4387200");
}

static void who_withholds_an_address_is_in_the_commune_only(void **state)
{
    world_t *world = *state;
    put(world, "loire", "provider", "a",
        "{\"lat\": 45439700, \"lon\": 4387200, \"code_insee\": \"COM-42218\", \"diffusion\": "
        "\"P\"}");
    place_is(world, "COM-42218");
    put(world, "loire", "provider", "a",
        "{\"lat\": 45439700, \"lon\": 4387200, \"code_insee\": \"COM-42218\", \"diffusion\": "
        "\"O\"}");
    place_is(world, "45439700 4387200");
}

static void verify_finds_every_kind_of_difference(void **state)
{
    static const char *const DAMAGE[] = {
        "UPDATE record SET title = 'x' WHERE id = 'a'",
        "UPDATE record SET sort = 'x' WHERE id = 'a'",
        "UPDATE record SET vals = x'' WHERE id = 'a'",
        "DELETE FROM facet WHERE record = 1 AND value = 1",
        "INSERT INTO facet VALUES (1, 99)",
        "UPDATE count SET n = n + 1 WHERE value = 0",
        "UPDATE count SET n = n - 1 WHERE value = 2",
        "DELETE FROM count WHERE value = 1",
        "UPDATE value SET code = 'x' WHERE value = 1",
        "DELETE FROM record WHERE id = 'a'",
        "INSERT INTO record VALUES (50, 1, 1, 'ghost', 't', 's', x'', 0)",
        "UPDATE place SET commune = 'COM-42187' WHERE record = 1",
        "UPDATE place SET lat = 1, lon = 1, commune = NULL WHERE record = 1",
        "DELETE FROM place WHERE record = 1",
        "INSERT INTO place VALUES (50, 1, 1, 1, NULL)",
    };
    world_t *world = *state;
    put(world, "loire", "provider", "a", ACME);
    put(world, "loire", "provider", "b", ACME);
    assert_int_equal(differences(world), 0);
    for (size_t i = 0; i < sizeof DAMAGE / sizeof *DAMAGE; i++) {
        sqlite3 *copy;
        assert_int_equal(sqlite3_open(":memory:", &copy), 0);
        sqlite3_backup *backup = sqlite3_backup_init(copy, "main", world->db, "main");
        assert_int_equal(sqlite3_backup_step(backup, -1), SQLITE_DONE);
        sqlite3_backup_finish(backup);
        assert_int_equal(sqlite3_exec(copy, DAMAGE[i], NULL, NULL, NULL), SQLITE_OK);
        size_t count = 0;
        CHECK(projection_verify(copy, world->schema, &count, &world->err));
        if (!count)
            print_error("not noticed: %s\n", DAMAGE[i]);
        assert_true(count > 0);
        sqlite3_close(copy);
    }
}

/* 10,000 changes of every sort, some rolled back: afterwards tables and items agree. */
static void no_history_makes_the_counts_drift(void **state)
{
    static const char *const BODIES[] = {
        ACME,
        "{}",
        "{\"nom\": \"Un\", \"technologies\": [\"iot\", \"rpa\", \"nlp\"]}",
        "{\"nom\": \"Deux\", \"zone_intervention\": [\"DEP-42\", \"DEP-69\", \"COM-69123\"]}",
        "{\"nom\": \"Deux\", \"demo\": false, \"categorie\": \"esn\"}",
        NULL,
        NULL,
    };
    world_t *world = *state;
    unsigned seed = 42;
    for (int round = 0; round < 200; round++) {
        CHECK(database_begin(world->db, &world->err));
        for (int i = 0; i < 50; i++) {
            char id[16];
            snprintf(id, sizeof id, "p%d", rand_r(&seed) % 40);
            projection_postpone_search(world->projection, rand_r(&seed) % 3 == 0);
            change(world, rand_r(&seed) % 2 ? "loire" : "rhone", "provider", id,
                   BODIES[(size_t)rand_r(&seed) % (sizeof BODIES / sizeof *BODIES)]);
        }
        if (rand_r(&seed) % 4 == 0)
            database_rollback(world->db);
        else
            CHECK(database_commit(world->db, &world->err));
    }
    size_t left = 1;
    CHECK(projection_catch_up_search(world->projection, 1000, &left, &world->err));
    assert_int_equal(left, 0);
    assert_int_equal(differences(world), 0);
    assert_int_equal(number(world, "SELECT count(*) FROM search WHERE rowid NOT IN"
                                   " (SELECT record * 256 + kind FROM record)"),
                     0);
}

#define CANARY "canari%026d" /* 32 bytes */
#define CANARY_SIZE 33

static void change_canary(world_t *world, int i, bool with)
{
    char canary[CANARY_SIZE], id[16], json[512];
    snprintf(canary, sizeof canary, CANARY, i);
    snprintf(id, sizeof id, "p%d", i);
    snprintf(json, sizeof json,
             "{\"nom\": \"%s\", \"description\": \"Un texte avec %s et d'autres mots.\","
             " \"telephone\": \"%s\", \"technologies\": [\"nlp\", \"iot\"]}",
             canary, canary, canary);
    change(world, "loire", "provider", id, with ? json : NULL);
}

/* How often each canary is in the bytes of a file. */
static void count_canaries(const char *path, size_t *counts, int max)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return;
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    char *bytes = calloc(1, size + CANARY_SIZE);
    rewind(file);
    assert_int_equal(fread(bytes, 1, size, file), size);
    fclose(file);
    for (char *at = bytes; (at = memmem(at, size - (size_t)(at - bytes), "canari", 6)); at += 6) {
        char digits[CANARY_SIZE] = "";
        memcpy(digits, at + 6, CANARY_SIZE - 7);
        long i = strtol(digits, NULL, 10);
        if (strspn(digits, "0123456789") == CANARY_SIZE - 7 && i < max)
            counts[i]++;
    }
    free(bytes);
}

static void count_on_disk(world_t *world, size_t *counts, int max)
{
    static const char *const SUFFIXES[] = {"", "-wal", "-shm"};
    memset(counts, 0, (size_t)max * sizeof *counts);
    for (size_t i = 0; i < sizeof SUFFIXES / sizeof *SUFFIXES; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", world->path, SUFFIXES[i]);
        count_canaries(path, counts, max);
    }
}

static void an_erased_body_is_in_no_byte_of_the_files(void **state)
{
    enum { MAX = 3000 };
    world_t *world = *state;
    size_t *counts = calloc(MAX, sizeof *counts), kept = 0, left = 0;
    for (int round = 0; round < 10; round++) {
        CHECK(database_begin(world->db, &world->err));
        for (int i = round; i < MAX; i += 10)
            change_canary(world, i, true);
        CHECK(database_commit(world->db, &world->err));
    }
    /* Received and never proven: staged rows go the same way. */
    execute(world, "INSERT INTO staged SELECT * FROM item; DELETE FROM staged;");
    count_on_disk(world, counts, MAX);
    assert_true(counts[1] > 0);
    CHECK(database_begin(world->db, &world->err));
    for (int i = 0; i < MAX; i++)
        if (i % 3)
            change_canary(world, i, false);
    CHECK(database_commit(world->db, &world->err));
    CHECK(projection_clean(world->projection, &world->err));
    count_on_disk(world, counts, MAX);
    for (int i = 0; i < MAX; i++)
        *(i % 3 ? &left : &kept) += counts[i] > 0;
    assert_int_equal(kept, MAX / 3);
    assert_int_equal(left, 0);
    assert_int_equal(differences(world), 0);
    free(counts);
}

static void what_came_and_went_in_one_transaction_is_erased_too(void **state)
{
    world_t *world = *state;
    size_t counts[2];
    CHECK(database_begin(world->db, &world->err));
    change_canary(world, 1, true);
    change_canary(world, 1, false);
    CHECK(database_commit(world->db, &world->err));
    CHECK(projection_clean(world->projection, &world->err));
    count_on_disk(world, counts, 2);
    assert_int_equal(counts[1], 0);
}

static void a_reader_in_the_way_is_worth_another_try(void **state)
{
    world_t *world = *state;
    put(world, "loire", "provider", "acme", ACME);
    sqlite3 *reader = database_open_reader(world->path, &world->err);
    CHECK(database_execute(reader, "BEGIN; SELECT count(*) FROM record", "read", &world->err));
    put(world, "loire", "provider", "acme", NULL);
    sqlite3_busy_timeout(world->db, 1);
    assert_int_equal(projection_clean(world->projection, &world->err), -1);
    assert_int_equal(world->err.action, ERR_RETRY);
    database_rollback(reader);
    CHECK(projection_clean(world->projection, &world->err));
    database_close(reader);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_record_has_title_order_facets_and_search),
        TEST(a_commune_counts_for_its_department_and_region),
        TEST(what_does_not_fit_is_skipped),
        TEST(dates_sort_by_the_moment_they_mean),
        TEST(a_long_title_is_cut_between_characters),
        TEST(an_update_writes_only_what_differs),
        TEST(counts_are_kept_by_hub),
        TEST(a_deleted_record_leaves_nothing),
        TEST(a_removed_record_leaves_nothing),
        TEST(an_unknown_kind_has_no_projection),
        TEST(what_was_rolled_back_is_forgotten),
        TEST(postponed_search_catches_up),
        TEST(indexing_in_small_parts_leaves_few_segments),
        TEST(another_yaml_makes_the_projections_again),
        TEST(a_kind_is_shown_when_we_learn_it_and_hidden_when_we_forget_it),
        TEST(a_record_is_where_its_coordinates_are_else_in_its_commune),
        TEST(who_withholds_an_address_is_in_the_commune_only),
        TEST(verify_finds_every_kind_of_difference),
        TEST(no_history_makes_the_counts_drift),
        TEST(an_erased_body_is_in_no_byte_of_the_files),
        TEST(what_came_and_went_in_one_transaction_is_erased_too),
        TEST(a_reader_in_the_way_is_worth_another_try),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
