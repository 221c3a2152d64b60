/* page_world - a portal over a real store, asked as its visitors ask it, but without a socket.
 *
 * Every test of pages lives in this world. It is 22 November 2026, a Sunday, 04:01 in the Loire. The store is a real
 * file of this test alone, empty at first; what is put into it (store_world.h) the next answer shows. The portal is
 * that of the hub of the Loire, or the national one; a file that wants it otherwise sets it up in three lines:
 *
 *     page_world_t *world = hub_world(state);
 *     world->settings.telephone = "04 65 71 00 42";
 *     return open_site(world);
 *
 * Every function that asks or expects fails the test when it does not get what it wants, and says what it got. A page
 * is borrowed until the next question. */
#ifndef PAGE_WORLD_H
#define PAGE_WORLD_H

#include "node/portal/site.h"
#include "store_world.h"
#include "texts.h"

#include <sodium.h>

#define NOW_MS 1795316460000 /* 2026-11-22T03:01:00Z */

typedef struct page_world {
    world_t *store;
    portal_settings_t settings; /* a change may need open_site to be seen */
    site_t site;
    response_t response; /* to the last question */

    /* What every question says of itself, until the test says otherwise. */
    const char *method, *host, *if_none_match, *if_modified_since;
    bool has_body;
} page_world_t;

/* A test in the world of the hub, and one in that of the national portal. */
#define AT_HUB(test) cmocka_unit_test_setup_teardown(test, open_hub, close_portal)
#define AT_NATION(test) cmocka_unit_test_setup_teardown(test, open_nation, close_portal)

/* --- opening --- */

/* The world of the hub, whose site is not open yet. */
static inline page_world_t *hub_world(void **state)
{
    page_world_t *world = calloc(1, sizeof *world);
    assert_non_null(world);
    assert_true(sodium_init() >= 0);
    set_up((void **)&world->store);
    world->settings = (portal_settings_t){
        .store = world->store->folder,
        .name = "loire",
        .role = MEMBER_HUB,
        .title = "Hub IA Loire",
        .territory = "DEP-42",
        .courriel = "contact@hub.example",
        .url = "https://hub.example",
    };
    world->method = "GET";
    world->host = "hub.example";
    response_init(&world->response);
    *state = world;
    return world;
}

/* Opens the site; again, when a test has changed settings that were read then. */
static inline int open_site(page_world_t *world)
{
    err_t err;
    site_close(&world->site);
    if (site_open(&world->site, &world->settings, world->store->schema, &err))
        fail_msg("%s", err.text);
    world->site.now_ms = NOW_MS;
    return 0;
}

static inline int open_hub(void **state)
{
    return open_site(hub_world(state));
}

static inline int open_nation(void **state)
{
    page_world_t *world = hub_world(state);
    world->settings.name = "national";
    world->settings.role = MEMBER_AGGREGATOR;
    world->settings.territory = NULL;
    return open_site(world);
}

static inline int close_portal(void **state)
{
    page_world_t *world = *state;
    response_free(&world->response);
    site_close(&world->site);
    int rc = tear_down((void **)&world->store);
    free(world);
    return rc;
}

/* --- what there is --- */

/* So many answers of the hub, q-0, q-1 and so on, which all say the same. */
static inline void put_answers(world_t *world, size_t count)
{
    CHECK(database_begin(world->db, &world->err));
    for (size_t i = 0; i < count; i++) {
        char id[32];
        snprintf(id, sizeof id, "q-%zu", i);
        change(world, "loire", "answer", id, "{\"question\": \"Q ?\", \"reponse\": \"R\"}");
    }
    CHECK(database_commit(world->db, &world->err));
}

/* --- asking --- */

/* The status of the answer, which world->response holds. */
static inline unsigned ask(page_world_t *world, const char *target)
{
    response_free(&world->response);
    response_init(&world->response);
    request_t *request = request_new(target);
    request->method = world->method;
    request->host = world->host;
    request->if_none_match = world->if_none_match;
    request->if_modified_since = world->if_modified_since;
    request->has_body = world->has_body;
    err_t err;
    if (site_answer(&world->site, request, &world->response, &err))
        fail_msg("%s: %s", target, err.text);
    request_destroy(&request);
    return world->response.status;
}

/* The body of the page, which must be answered with that status. */
static inline const char *page_of(page_world_t *world, const char *target, unsigned status)
{
    if (ask(world, target) != status)
        fail_msg("%u at %s", world->response.status, target);
    return world->response.body.data;
}

/* The same, read as JSON, and given. */
static inline json_t *json_of(page_world_t *world, const char *target, unsigned status)
{
    json_error_t error;
    json_t *json = json_loads(page_of(world, target, status), 0, &error);
    if (!json)
        fail_msg("%s in %s", error.text, world->response.body.data);
    return json;
}

/* The text of that name, "" when there is none. */
static inline const char *string_at(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text ? text : "";
}

/* The page that the first link of a page leads to whose address begins so. It is one without "&". */
static inline const char *follow(page_world_t *world, const char *page, const char *address)
{
    char start[128], target[REQUEST_TARGET_MAX];
    snprintf(start, sizeof start, "href=\"%s", address);
    const char *link = strstr(page, start);
    if (!link)
        fail_msg("no link to %s in:\n%s", address, page);
    link += strlen("href=\"");
    snprintf(target, sizeof target, "%.*s", (int)strcspn(link, "\""), link);
    return page_of(world, target, 200);
}

/* --- expecting --- */

/* What a visitor or an attacker may write into a parameter: the page answers, and holds none of it unescaped. */
static inline void expect_calm(page_world_t *world, const char *path, const char *parameter)
{
    static const char *const values[] = {
        "",
        "%3Cscript%3E",
        "'%20OR%201=1--",
        "-1",
        "99999999999999999999",
        "2026-13",
        "2026-00",
        "9999-99",
        "%E2%80%AE",
        "DEP-42%00",
        "rev2:",
        ":",
        "COM-",
        "*",
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char target[256];
        snprintf(target, sizeof target, "%s?%s=%s", path, parameter, values[i]);
        request_t *readable = request_new(target);
        const char *page = page_of(world, target, readable->refused ? readable->refused : 200);
        request_destroy(&readable);
        expect_not(page, "<script>");
    }
}

#endif
