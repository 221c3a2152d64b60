/* Pages asked of a portal over a real store, on 22 November 2026, a Sunday, 04:01 in the Loire. */
#ifndef PAGE_WORLD_H
#define PAGE_WORLD_H

#include "node/portal/site.h"
#include "store_world.h"

#include <sodium.h>

#define NOW_MS 1795316460000

typedef struct page_world {
    world_t *store;
    portal_settings_t settings;
    site_t site;
    response_t response;
    bool answered;
} page_world_t;

static inline int open_as(void **state, member_role_t role)
{
    page_world_t *world = calloc(1, sizeof *world);
    assert_true(sodium_init() >= 0);
    set_up((void **)&world->store);
    world->settings = (portal_settings_t){
        .store = world->store->folder,
        .name = "loire",
        .role = role,
        .title = "Hub IA Loire",
        .territory = role == MEMBER_HUB ? "DEP-42" : NULL,
        .courriel = "contact@hub.example",
        .url = "https://hub.example",
    };
    err_t err;
    if (site_open(&world->site, &world->settings, world->store->schema, &err))
        fail_msg("%s", err.text);
    world->site.now_ms = NOW_MS;
    *state = world;
    return 0;
}

static inline int open_hub(void **state)
{
    return open_as(state, MEMBER_HUB);
}

static inline int close_portal(void **state)
{
    page_world_t *world = *state;
    if (world->answered)
        response_free(&world->response);
    site_close(&world->site);
    int rc = tear_down((void **)&world->store);
    free(world);
    return rc;
}

/* The body of the page, which must be answered with that status. */
static inline const char *page_of(page_world_t *world, const char *target, unsigned status)
{
    if (world->answered)
        response_free(&world->response);
    world->answered = true;
    response_init(&world->response);
    request_t *request = request_new(target);
    request->method = "GET";
    request->host = "hub.example";
    err_t err;
    if (site_answer(&world->site, request, &world->response, &err))
        fail_msg("%s: %s", target, err.text);
    request_destroy(&request);
    if (world->response.status != status)
        fail_msg("%u at %s", world->response.status, target);
    return world->response.body.data;
}

static inline void expect(const char *page, const char *text)
{
    if (!strstr(page, text))
        fail_msg("'%s' is not in:\n%s", text, page);
}

static inline void expect_not(const char *page, const char *text)
{
    if (strstr(page, text))
        fail_msg("'%s' is in:\n%s", text, page);
}

/* The first stands before the second. */
static inline void expect_order(const char *page, const char *first, const char *second)
{
    expect(page, first);
    expect(page, second);
    if (strstr(page, first) > strstr(page, second))
        fail_msg("'%s' comes after '%s' in:\n%s", first, second, page);
}

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
