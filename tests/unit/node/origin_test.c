#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "node/portal/http/origin.h"

static void a_host_has_one_form_and_nothing_else(void **state)
{
    (void)state;
    static const char *const good[] = {"hub.example", "127.0.0.1:8042", "localhost",    "[::1]",
                                       "[::1]:8042",  "HUB.example:80", "hub-ia.fr:443"};
    static const char *const bad[] = {
        "",    "a b",  "a/b",       "a\"b",    "a:",      "a:x", "a:123456",
        "-a",  ".a",   "[::1",      "[::1]x",  "[]",      "a@b", "a?b",
        "a#b", "a\nb", "h\xc3\xa9", "a:80:80", "[g::1/]", "a,b", "javascript:alert(1)"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(origin_is_host(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (origin_is_host(bad[i]))
            fail_msg("'%s' is no host", bad[i]);
    char longest[300];
    memset(longest, 'a', sizeof longest);
    longest[253] = 0;
    assert_true(origin_is_host(longest));
    longest[253] = 'a';
    longest[254] = 0;
    assert_false(origin_is_host(longest));
}

static void expect_origin(const char *url, const char *host, const char *proto, const char *origin)
{
    portal_settings_t settings = {.url = url};
    request_t request = {.host = host, .proto = proto};
    char out[REQUEST_ORIGIN_SIZE];
    origin_of(&settings, &request, out);
    assert_string_equal(out, origin);
}

static void the_setting_goes_before_what_the_visitor_says(void **state)
{
    (void)state;
    expect_origin("https://hub.example/", "evil.example", "http", "https://hub.example");
    expect_origin("https://hub.example", NULL, NULL, "https://hub.example");
    expect_origin("", "hub.example:8042", NULL, "http://hub.example:8042");
    expect_origin(NULL, "hub.example", "https", "https://hub.example");
    expect_origin(NULL, "hub.example", "gopher", "http://hub.example");
    expect_origin(NULL, "x\"><script>", "https", "");
    expect_origin(NULL, NULL, NULL, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_has_one_form_and_nothing_else),
        cmocka_unit_test(the_setting_goes_before_what_the_visitor_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
