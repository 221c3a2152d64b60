/* The state of an aid as a condition of lists for programs: the API and the twins. */
#include "node/portal/lists/aid_state.h"
#include "page_world.h"

#define DAY_MS (24 * 3600 * 1000LL)

static void put_aid(world_t *world, const char *id, const char *more)
{
    char json[512];
    snprintf(json, sizeof json,
             "{\"titre\": \"Titre %s\", \"operateur\": \"O\", \"code\": \"%s\"%s%s}", id, id,
             *more ? ", " : "", more);
    change(world, "loire", "programme", id, json);
}

/* One aid in each state, and a second that is open. */
static void fill(world_t *world)
{
    CHECK(database_begin(world->db, &world->err));
    put_aid(world, "a", "\"date_cloture\": \"2026-11-21\"");
    put_aid(world, "b", "\"suspendu\": true");
    put_aid(world, "c", "\"date_cloture\": \"2026-11-22\"");
    put_aid(world, "d", "\"date_ouverture\": \"2026-11-23\"");
    put_aid(world, "e", "\"types_aides\": [\"pret\"]");
    CHECK(database_commit(world->db, &world->err));
}

/* So many aids, 0000 and so on, of which every third is over. */
static void fill_with(world_t *world, int count)
{
    CHECK(database_begin(world->db, &world->err));
    for (int i = 0; i < count; i++) {
        char id[16];
        snprintf(id, sizeof id, "%04d", i);
        put_aid(world, id, i % 3 ? "" : "\"date_cloture\": \"2026-01-01\"");
    }
    CHECK(database_commit(world->db, &world->err));
}

/* The ids of a list, each followed by a space, then its total. */
static void expect_list(page_world_t *world, const char *target, const char *ids, int total)
{
    char found[256] = "";
    json_t *list = json_of(world, target, 200), *item;
    size_t i;
    json_array_foreach(json_object_get(list, "items"), i, item)
    {
        size_t size = strlen(found);
        snprintf(found + size, sizeof found - size, "%s ", string_at(item, "id"));
    }
    assert_string_equal(found, ids);
    assert_int_equal(json_integer_value(json_object_get(list, "total")), total);
    assert_true(json_is_null(json_object_get(list, "next")));
    json_decref(list);
}

static void the_api_lists_the_aids_of_the_states_that_are_asked_for(void **state)
{
    page_world_t *world = *state;
    fill(world->store);
    expect_list(world, "/api/v1/programme", "a b c d e ", 5);
    expect_list(world, "/api/v1/programme?etat=ouverte", "c e ", 2);
    expect_list(world, "/api/v1/programme?etat=bientot", "d ", 1);
    expect_list(world, "/api/v1/programme?etat=terminee&etat=suspendue", "a b ", 2);
    expect_list(world, "/api/v1/programme?etat=ouverte&types_aides=pret", "e ", 1);
    expect_list(world, "/api/v1/programme?etat=terminee&types_aides=pret", "", 0);
    expect_list(world, "/api/v1/programme?etat=ouverte&limit=2", "c e ", 2);
}

static void what_is_no_state_is_refused_in_words(void **state)
{
    page_world_t *world = *state;
    expect(page_of(world, "/api/v1/programme?etat=fermee", 400),
           "« etat » veut un de ces mots : ouverte, bientot, suspendue, terminee.");
    page_of(world, "/api/v1/programme?etat=", 400);
    page_of(world, "/api/v1/programme.csv?etat=fermee", 400);
    expect(page_of(world, "/api/v1/event?etat=ouverte", 400), "n'existe pas pour « event »");
}

/* Follows `next` from page to page; each but the last is full, and no record comes twice or is left out. */
static int walk(page_world_t *world, const char *question, size_t limit)
{
    char target[512], id[16];
    int met = 0;
    bool more = true;
    snprintf(target, sizeof target, "/api/v1/programme?%s&limit=%zu", question, limit);
    while (more) {
        json_t *list = json_of(world, target, 200), *item;
        const char *next = string_at(list, "next");
        size_t i, count = json_array_size(json_object_get(list, "items"));
        more = *next;
        assert_true(more ? count == limit : count && count <= limit);
        json_array_foreach(json_object_get(list, "items"), i, item)
        {
            snprintf(id, sizeof id, "%04d", 3 * met++);
            assert_string_equal(string_at(item, "id"), id);
        }
        snprintf(target, sizeof target, "/api/v1/programme?%s&limit=%zu&after=%s", question, limit,
                 next);
        json_decref(list);
    }
    return met;
}

static void a_list_of_one_state_is_walked_by_full_pages(void **state)
{
    page_world_t *world = *state;
    fill_with(world->store, 603); /* 201 are over */
    assert_int_equal(walk(world, "etat=terminee", 1), 201);
    assert_int_equal(walk(world, "etat=terminee", 7), 201);
    assert_int_equal(walk(world, "etat=terminee", 67), 201); /* the last page is full too */
    assert_int_equal(walk(world, "etat=terminee", 200), 201);
    page_of(world, "/api/v1/programme?etat=terminee&limit=3", 200);
    expect(world->response.body.data, "\"total\": 201");
    expect(world->response.link.data, "/api/v1/programme?etat=terminee&limit=3&after=");
}

static void a_twin_has_as_many_of_a_state_as_were_asked_for(void **state)
{
    page_world_t *world = *state;
    fill_with(world->store, 30);
    const char *lines = page_of(world, "/api/v1/programme.csv?etat=terminee&limit=4", 200);
    assert_int_equal(times(lines, "Titre "), 4);
    expect(world->response.link.data, "rel=\"next\"");
    lines = page_of(world, "/api/v1/programme.csv?etat=terminee&limit=10", 200);
    assert_int_equal(times(lines, "Titre "), 10);
    expect_not(world->response.link.data, "rel=\"next\"");
    assert_int_equal(times(page_of(world, "/aides.csv?etat=terminee", 200), "Titre "), 10);
}

static void at_midnight_another_list_has_another_tag(void **state)
{
    static const char *const targets[] = {"/api/v1/programme?etat=ouverte",
                                          "/api/v1/programme.csv?etat=ouverte",
                                          "/aides.csv?etat=ouverte"};
    page_world_t *world = *state;
    fill(world->store);
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        world->site.now_ms = NOW_MS;
        world->if_none_match = NULL;
        expect(page_of(world, targets[i], 200), "Titre c");
        char *tag = strdup(world->response.etag.data);
        world->if_none_match = tag;
        assert_int_equal(ask(world, targets[i]), 304);
        world->site.now_ms = NOW_MS + DAY_MS;
        const char *list = page_of(world, targets[i], 200);
        expect_not(list, "Titre c");
        expect(list, "Titre d");
        free(tag);
    }
}

static void the_description_of_the_api_names_the_states(void **state)
{
    page_world_t *world = *state;
    json_t *api = json_of(world, "/api/v1/openapi.json", 200), *parameter, *found = NULL;
    json_t *get =
        json_object_get(json_object_get(json_object_get(api, "paths"), "/api/v1/programme"), "get");
    size_t i;
    json_array_foreach(json_object_get(get, "parameters"), i, parameter)
    {
        if (!strcmp(string_at(parameter, "name"), AID_STATE))
            found = parameter;
    }
    json_t *items = json_object_get(json_object_get(found, "schema"), "items");
    json_t *codes = json_object_get(items, "enum");
    assert_int_equal(json_array_size(codes), AID_STATES);
    for (int at = 0; at < AID_STATES; at++) {
        assert_string_equal(json_string_value(json_array_get(codes, (size_t)at)),
                            aid_states[at].code);
        expect(string_at(found, "description"), aid_states[at].label);
    }
    json_decref(api);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_HUB(the_api_lists_the_aids_of_the_states_that_are_asked_for),
        AT_HUB(what_is_no_state_is_refused_in_words),
        AT_HUB(a_list_of_one_state_is_walked_by_full_pages),
        AT_HUB(a_twin_has_as_many_of_a_state_as_were_asked_for),
        AT_HUB(at_midnight_another_list_has_another_tag),
        AT_HUB(the_description_of_the_api_names_the_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
