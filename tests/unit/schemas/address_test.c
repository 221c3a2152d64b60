#include "schemas/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_all(bool (*is)(const char *), bool expected, const char *const *texts)
{
    for (; *texts; texts++)
        if (is(*texts) != expected)
            fail_msg("'%s' is %s", *texts, expected ? "refused" : "accepted");
}

static void a_page_has_a_scheme_and_a_host(void **state)
{
    (void)state;
    const char *const good[] = {
        "http://localhost:8042/",    "https://exemple.fr", "HTTP://a-b.exemple.fr:80/x?y=é#z",
        "https://saint-étienne.fr/", "https://10.0.0.1/",  NULL};
    const char *const bad[] = {"exemple.fr",
                               "ftp://exemple.fr",
                               "javascript:alert(1)",
                               "https://",
                               "https://exemple",
                               "https://.fr",
                               "https://exemple.fr.",
                               "https://banque.fr@exemple.fr",
                               "https://exemple.fr:/",
                               "https://exemple.fr:123456/",
                               "https://exemple.fr/\"x",
                               "https://exemple.fr/a b",
                               "https://exemple.fr/a\nb",
                               "https://-a.fr",
                               "",
                               NULL};
    assert_all(address_is_url, true, good);
    assert_all(address_is_url, false, bad);
}

static void a_telephone_is_national_international_or_short(void **state)
{
    (void)state;
    const char *const good[] = {"0477000000", "+33477000000", "+687265100", "265100",
                                "118218",     "3939",         "1013",       NULL};
    const char *const bad[] = {"",
                               "+",
                               "0077000000",
                               "477000000",
                               "04 77 00 00 00",
                               "+0477000000",
                               "+1234567890123456",
                               "9999",
                               "04770000OO",
                               "+33(0)477",
                               NULL};
    assert_all(address_is_telephone, true, good);
    assert_all(address_is_telephone, false, bad);
}

static void a_mailbox_is_safe_in_a_link(void **state)
{
    (void)state;
    const char *const good[] = {"contact@exemple.fr", "a.b+c@d-e.exemple.fr", "rené@exemple.fr",
                                NULL};
    const char *const bad[] = {"contact",
                               "@exemple.fr",
                               "contact@exemple",
                               ".a@exemple.fr",
                               "a.@exemple.fr",
                               "a@b@exemple.fr",
                               "a b@exemple.fr",
                               "a@exemple.fr ",
                               "a?subject=x@exemple.fr",
                               "a%0ab@exemple.fr",
                               "\xff@exemple.fr",
                               "",
                               NULL};
    assert_all(address_is_courriel, true, good);
    assert_all(address_is_courriel, false, bad);
    char longest[300];
    memset(longest, 'a', sizeof longest);
    memcpy(longest + 64, "@exemple.fr", sizeof "@exemple.fr");
    assert_true(address_is_courriel(longest));
    memset(longest, 'a', sizeof longest);
    memcpy(longest + 65, "@exemple.fr", sizeof "@exemple.fr");
    assert_false(address_is_courriel(longest));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_has_a_scheme_and_a_host),
        cmocka_unit_test(a_telephone_is_national_international_or_short),
        cmocka_unit_test(a_mailbox_is_safe_in_a_link),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
