/* What somebody meant, asked of a real store: spelling, meant, matching. */
#include "node/store/meant.h"

#include "node/store/catalogue_inside.h"
#include "store_world.h"

typedef struct reading {
    world_t *world;
    catalogue_t *catalogue;
    char *first, *second;
} reading_t;

static reading_t reading_of(world_t *world)
{
    reading_t reading = {.world = world};
    reading.catalogue = catalogue_open(world->folder, world->schema, &world->err);
    assert_non_null(reading.catalogue);
    return reading;
}

static void end(reading_t *reading)
{
    free(reading->first);
    free(reading->second);
    catalogue_close(&reading->catalogue);
}

static void put_named(world_t *world, const char *id, const char *name, const char *words)
{
    char body[1024];
    snprintf(body, sizeof body, "{\"nom\": \"%s\", \"description\": \"%s\"}", name, words);
    put(world, "loire", "provider", id, body);
}

static void fill(world_t *world)
{
    put_named(world, "p1", "Écho", "Aide aux devis et à la comptabilité");
    put_named(world, "p2", "Alpha", "Devis des boulangeries, chatbot");
    put_named(world, "p3", "Delta", "Recrutement à Saint-Étienne, devis");
    put_named(world, "p4", "Gamma", "Devis et dévis");
}

/* "" for nothing better. */
static void corrects(reading_t *reading, const char *typed, const char *expected)
{
    world_t *world = reading->world;
    free(reading->first);
    CHECK(meant_correct(reading->catalogue, typed, 0, &reading->first, &world->err));
    assert_string_equal(reading->first ? reading->first : "", expected);
}

static void shortens(reading_t *reading, const char *typed, const char *kept, const char *left_out)
{
    world_t *world = reading->world;
    free(reading->first);
    free(reading->second);
    CHECK(meant_shorten(reading->catalogue, typed, &reading->first, &reading->second, &world->err));
    assert_string_equal(reading->first ? reading->first : "", kept);
    assert_string_equal(reading->second ? reading->second : "", left_out);
}

static void a_mistyped_word_finds_its_like(void **state)
{
    fill(*state);
    reading_t reading = reading_of(*state);
    corrects(&reading, "devsi", "devis");
    corrects(&reading, "un DEVSI pour les boulangreies", "un devis pour les boulangeries");
    corrects(&reading, "comtabilite", "comptabilité");
    corrects(&reading, "hatbot", "chatbot"); /* the first letter too */
    corrects(&reading, "rekrutement", "recrutement");
    end(&reading);
}

static void what_is_right_or_too_far_stays(void **state)
{
    fill(*state);
    reading_t reading = reading_of(*state);
    corrects(&reading, "devis", "");
    corrects(&reading, "boulang", ""); /* the beginning of a word is no mistake */
    corrects(&reading, "xylophone", "");
    corrects(&reading, "dvs", "");
    corrects(&reading, "!!! \" *", "");
    corrects(&reading, "", "");
    end(&reading);
}

static void a_rare_word_gives_way_to_one_that_far_more_have(void **state)
{
    world_t *world = *state;
    char id[16];
    put_named(world, "q", "Rare", "un devsi");
    for (int i = 0; i < 11; i++) {
        snprintf(id, sizeof id, "p%d", i);
        put_named(world, id, "Nom", "un devis");
    }
    reading_t reading = reading_of(world);
    corrects(&reading, "devsi", "");
    free(reading.first);
    CHECK(meant_correct(reading.catalogue, "devsi", 2, &reading.first, &world->err));
    assert_string_equal(reading.first, "devis");
    end(&reading);
}

static void words_that_no_record_has_together_are_left_out(void **state)
{
    fill(*state);
    reading_t reading = reading_of(*state);
    shortens(&reading, "chatbot pour le recrutement", "chatbot", "recrutement");
    shortens(&reading, "devis comptabilité boulangeries", "comptabilité", "devis boulangeries");
    shortens(&reading, "licorne devis", "devis", "licorne");
    shortens(&reading, "licorne", "", "");
    shortens(&reading, "", "", "");
    end(&reading);
}

static void words_of_erased_records_are_forgotten(void **state)
{
    world_t *world = *state;
    fill(world);
    put_named(world, "p9", "Zorglub", "zorglubien");
    assert_int_equal(number(world, "SELECT count(*) FROM word WHERE word LIKE 'zorglub%'"), 2);
    put(world, "loire", "provider", "p9", NULL);
    CHECK(projection_clean(world->projection, &world->err));
    assert_int_equal(number(world, "SELECT count(*) FROM word WHERE word LIKE 'zorglub%'"), 0);
    assert_int_equal(number(world, "SELECT count(*) FROM word WHERE word = 'devis'"), 1);
    put_named(world, "p9", "Zorglub", "");
    assert_int_equal(number(world, "SELECT count(*) FROM word WHERE word = 'zorglub'"), 1);
}

static void words_that_were_rolled_back_are_learned_again(void **state)
{
    world_t *world = *state;
    execute(world, "BEGIN");
    change(world, "loire", "provider", "p1", "{\"nom\": \"Zorglub\"}");
    assert_int_equal(number(world, "SELECT count(*) FROM word"), 1);
    database_rollback(world->db);
    assert_int_equal(number(world, "SELECT count(*) FROM word"), 0);
    put_named(world, "p1", "Zorglub", "");
    assert_int_equal(number(world, "SELECT count(*) FROM word"), 1);
}

static void numbers_and_short_words_are_not_learned(void **state)
{
    world_t *world = *state;
    put_named(world, "p1", "ISO27001", "abc 42000 anticonstitutionnellement");
    assert_int_equal(number(world, "SELECT count(*) FROM word"), 0);
}

static size_t list_of(reading_t *reading, const char *words, char ids[256])
{
    query_t query = {
        .kind = schema_kind(reading->world->schema, "provider"), .search = words, .limit = 20};
    page_t page;
    world_t *world = reading->world;
    CHECK(catalogue_list(reading->catalogue, &query, &page, &world->err));
    size_t count = (size_t)page.total;
    *ids = 0;
    for (size_t i = 0; i < page.count; i++)
        snprintf(ids + strlen(ids), 256 - strlen(ids), "%s%s", i ? " " : "", page.entries[i].id);
    page_free(&page);
    return count;
}

static void names_come_before_summaries_and_the_newest_first(void **state)
{
    world_t *world = *state;
    char ids[256];
    put_named(world, "a", "Rien", "chatbots");
    put_named(world, "b", "Chatbot", "rien");
    put_named(world, "c", "Rien", "chatbot");
    put_named(world, "d", "Rien", "chatbot");
    reading_t reading = reading_of(world);
    assert_int_equal(list_of(&reading, "chatbots", ids), 4);
    assert_string_equal(ids, "b a d c"); /* the word as typed is worth more than its stem */
    end(&reading);
}

static void a_search_sees_what_was_put_since_the_last(void **state)
{
    world_t *world = *state;
    char ids[256];
    put_named(world, "a", "Chatbot", "");
    reading_t reading = reading_of(world);
    assert_int_equal(list_of(&reading, "chatbot", ids), 1);
    put_named(world, "b", "Chatbot", "");
    assert_int_equal(list_of(&reading, "chatbot", ids), 2);
    put(world, "loire", "provider", "a", NULL);
    assert_int_equal(list_of(&reading, "chatbot", ids), 1);
    assert_string_equal(ids, "b");
    end(&reading);
}

static void a_beginning_counts_only_when_no_whole_word_fits(void **state)
{
    world_t *world = *state;
    char ids[256];
    put_named(world, "a", "Menu", "");
    put_named(world, "b", "Menuiserie", "");
    reading_t reading = reading_of(world);
    list_of(&reading, "menu", ids);
    assert_string_equal(ids, "a");
    list_of(&reading, "menuise", ids);
    assert_string_equal(ids, "b");
    end(&reading);
}

static void synonyms_find_what_the_word_does_not(void **state)
{
    world_t *world = *state;
    char ids[256], path[128];
    put_named(world, "a", "Agent conversationnel", "");
    put_named(world, "b", "Chatbot", "");
    put_named(world, "c", "Agent immobilier", "");
    snprintf(path, sizeof path, "%s/kinds", world->folder);
    FILE *file = fopen(path, "w");
    fputs("chatbot, agent conversationnel\n", file);
    fclose(file);
    findings_t findings = {0};
    synonyms_t *synonyms = synonyms_load(path, &findings);
    assert_non_null(synonyms);
    reading_t reading = reading_of(world);
    assert_int_equal(list_of(&reading, "chatbots", ids), 1);
    catalogue_understand(reading.catalogue, synonyms);
    list_of(&reading, "les chatbots", ids);
    assert_string_equal(ids, "b a"); /* what was typed comes first */
    list_of(&reading, "agents conversationnels", ids);
    assert_string_equal(ids, "a b");
    catalogue_understand(reading.catalogue, NULL);
    end(&reading);
    synonyms_destroy(&synonyms);
}

/* Many matches: the newest first, all counted, page after page. */
static void too_many_matches_come_newest_first(void **state)
{
    world_t *world = *state;
    char id[16];
    execute(world, "BEGIN");
    for (int i = 0; i < 5003; i++) {
        snprintf(id, sizeof id, "p%05d", i);
        char body[64];
        snprintf(body, sizeof body, "{\"nom\": \"%s\"}", i == 0 ? "robot robot" : "un robot");
        change(world, "loire", "provider", id, body);
    }
    execute(world, "COMMIT");
    reading_t reading = reading_of(world);
    query_t query = {.kind = schema_kind(world->schema, "provider"), .search = "robot", .limit = 2};
    page_t page;
    CHECK(catalogue_list(reading.catalogue, &query, &page, &world->err));
    assert_int_equal(page.total, 5003);
    assert_string_equal(page.entries[0].id, "p05002");
    assert_string_equal(page.entries[1].id, "p05001");
    char *after = strdup(page.next);
    page_free(&page);
    query.after = after;
    CHECK(catalogue_list(reading.catalogue, &query, &page, &world->err));
    assert_string_equal(page.entries[0].id, "p05000");
    page_free(&page);
    free(after);
    end(&reading);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_mistyped_word_finds_its_like),
        TEST(what_is_right_or_too_far_stays),
        TEST(a_rare_word_gives_way_to_one_that_far_more_have),
        TEST(words_that_no_record_has_together_are_left_out),
        TEST(words_of_erased_records_are_forgotten),
        TEST(words_that_were_rolled_back_are_learned_again),
        TEST(numbers_and_short_words_are_not_learned),
        TEST(names_come_before_summaries_and_the_newest_first),
        TEST(a_search_sees_what_was_put_since_the_last),
        TEST(a_beginning_counts_only_when_no_whole_word_fits),
        TEST(synonyms_find_what_the_word_does_not),
        TEST(too_many_matches_come_newest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
