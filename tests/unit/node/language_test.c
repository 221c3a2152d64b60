/* The language of a record as a filter of the use cases: who says none writes French. */
#include "page_world.h"

static void put_case(page_world_t *world, const char *id, const char *language)
{
    char body[512];
    snprintf(body, sizeof body,
             "{\"titre\": \"Titre %s\", \"resume\": \"R\", \"fonction\": \"vente\"%s}", id,
             language);
    put(world->store, "loire", "use_case", id, body);
}

static void fill(page_world_t *world)
{
    put_case(world, "silent", "");
    put_case(world, "french", ", \"langue\": \"fr\"");
    put_case(world, "english", ", \"langue\": \"en\"");
    put_case(world, "newer",
             ", \"langue\": \"nl\""); /* a language that this node does not know yet */
}

static void a_list_may_be_had_in_french_only(void **state)
{
    page_world_t *world = *state;
    fill(world);
    const char *page = page_of(world, "/cas-usage?langue=fr", 200);
    expect(page, "2\u00a0histoires");
    expect(page, "Titre silent");
    expect(page, "Titre french");
    expect_not(page, "Titre english");
    expect_not(page, "Titre newer");
    expect(page, "<span class=\"away\">Retirer </span>Français");
    page = page_of(world, "/cas-usage?langue=en", 200);
    expect(page, "1\u00a0histoire");
    expect(page, "Titre english");
}

static void the_filter_says_how_many_there_are_in_each_language(void **state)
{
    page_world_t *world = *state;
    fill(world);
    const char *page = page_of(world, "/cas-usage", 200);
    expect(page, "Langue");
    expect(page, "Français <span class=\"quiet\">(2)</span>");
    expect(page, "Anglais <span class=\"quiet\">(1)</span>");
    put_case(world, "english", "");
    expect_not(page_of(world, "/cas-usage", 200), "Anglais"); /* one language is no choice */
    assert_int_equal(differences(world->store), 0);
}

static void programs_filter_and_count_by_language_too(void **state)
{
    page_world_t *world = *state;
    fill(world);
    const char *list = page_of(world, "/api/v1/use_case?langue=fr", 200);
    expect(list, "\"total\": 2");
    expect(list, "\"id\": \"silent\"");
    assert_int_equal(times(page_of(world, "/cas-usage.csv?langue=en", 200), "Titre "), 1);
    expect(page_of(world, "/api/v1/counts?field=langue", 200),
           "\"value\": \"fr\",\n   \"count\": 2");
    expect(page_of(world, "/api/v1/openapi.json", 200), "\"name\": \"langue\"");
}

static void a_body_stays_as_it_was_written(void **state)
{
    page_world_t *world = *state;
    fill(world);
    expect_not(page_of(world, "/api/v1/use_case/loire/silent", 200), "langue");
}

static void other_kinds_do_not_count_languages(void **state)
{
    page_world_t *world = *state;
    put_answers(world->store, 1);
    expect(page_of(world, "/api/v1/counts?field=langue", 200), "\"counts\": []");
    page_of(world, "/api/v1/answer?langue=fr", 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_HUB(a_list_may_be_had_in_french_only),
        AT_HUB(the_filter_says_how_many_there_are_in_each_language),
        AT_HUB(programs_filter_and_count_by_language_too),
        AT_HUB(a_body_stays_as_it_was_written),
        AT_HUB(other_kinds_do_not_count_languages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
