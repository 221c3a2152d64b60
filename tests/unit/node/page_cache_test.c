#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "node/portal/http/page_cache.h"

#include <sodium.h>

static void keep(page_cache_t *cache, const char *key, const char *body)
{
    response_t response;
    response_init(&response);
    text_add_string(&response.body, body);
    text_add_string(&response.etag, key);
    response.type = "text/plain";
    page_cache_keep(cache, key, &response);
    response_free(&response);
}

/* The body kept under the key, or "". */
static bool finds(page_cache_t *cache, const char *key, const char *body)
{
    response_t response;
    response_init(&response);
    bool found = page_cache_find(cache, key, &response);
    if (found) {
        assert_string_equal(response.body.data, body);
        assert_string_equal(response.etag.data, key);
        assert_string_equal(response.type, "text/plain");
        assert_int_equal(response.status, 200);
    }
    response_free(&response);
    return found;
}

static page_cache_t *cache_of(size_t size)
{
    assert_true(sodium_init() >= 0);
    page_cache_t *cache = page_cache_new(size);
    page_cache_state(cache, 1);
    return cache;
}

static void what_was_kept_is_found_under_its_key_alone(void **state)
{
    (void)state;
    page_cache_t *cache = cache_of(1 << 20);
    keep(cache, "/a", "A");
    keep(cache, "/b", "B");
    assert_true(finds(cache, "/a", "A"));
    assert_true(finds(cache, "/b", "B"));
    assert_false(finds(cache, "/c", ""));
    keep(cache, "/a", "other");
    assert_true(finds(cache, "/a", "other"));
    assert_int_equal(page_cache_count(cache), 2);
    page_cache_destroy(&cache);
    assert_null(cache);
    page_cache_destroy(&cache);
}

static void another_state_of_the_store_drops_everything(void **state)
{
    (void)state;
    page_cache_t *cache = cache_of(1 << 20);
    keep(cache, "/a", "A");
    page_cache_state(cache, 1);
    assert_true(finds(cache, "/a", "A"));
    page_cache_state(cache, 2);
    assert_false(finds(cache, "/a", ""));
    assert_int_equal(page_cache_count(cache), 0);
    assert_int_equal(page_cache_size(cache), 0);
    page_cache_destroy(&cache);
}

static void it_never_grows_beyond_its_maximum_and_keeps_what_is_used(void **state)
{
    (void)state;
    enum { MAX = 64 * 1024 };
    page_cache_t *cache = cache_of(MAX);
    char body[2048] = "", key[32];
    memset(body, 'x', sizeof body - 1);
    keep(cache, "/used", "U");
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "/%d", i);
        keep(cache, key, body);
        assert_true(page_cache_size(cache) <= MAX);
        assert_true(finds(cache, "/used", "U"));
    }
    assert_true(finds(cache, "/999", body));
    assert_false(finds(cache, "/0", body));
    assert_true(page_cache_count(cache) > 10);
    page_cache_destroy(&cache);
}

static void an_answer_too_large_is_not_kept_and_drops_nothing(void **state)
{
    (void)state;
    page_cache_t *cache = cache_of(16 * 1024);
    char body[8192] = "";
    memset(body, 'x', sizeof body - 1);
    keep(cache, "/a", "A");
    keep(cache, "/large", body);
    assert_false(finds(cache, "/large", body));
    assert_true(finds(cache, "/a", "A"));
    page_cache_destroy(&cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_kept_is_found_under_its_key_alone),
        cmocka_unit_test(another_state_of_the_store_drops_everything),
        cmocka_unit_test(it_never_grows_beyond_its_maximum_and_keeps_what_is_used),
        cmocka_unit_test(an_answer_too_large_is_not_kept_and_drops_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
