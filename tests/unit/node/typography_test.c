#include "node/portal/words/typography.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *html, const char *typeset)
{
    text_t out;
    text_init(&out, 1024);
    assert_int_equal(typography_french(&out, html), 0);
    assert_string_equal(out.data, typeset);
    text_free(&out);
}

static void a_sign_never_begins_a_line(void **state)
{
    (void)state;
    expect("<p>Qui ? Vous ! Oui ; non : 7 % de 3 € « ici »</p>",
           "<p>Qui\u202f? Vous\u202f! Oui\u202f; non\u00a0: 7\u00a0% de 3\u00a0€ "
           "«\u00a0ici\u00a0»</p>");
}

static void what_is_no_space_before_a_sign_stays_as_it_is(void **state)
{
    (void)state;
    expect("10:30, l'a-t-on dit? a b  c", "10:30, l'a-t-on dit? a b  c");
    expect("déjà\u00a0: là", "déjà\u00a0: là");
    expect("", "");
}

static void a_tag_and_its_attributes_stay_as_they_are(void **state)
{
    (void)state;
    expect("<a title=\"Où ?\" href=\"/?q=a ;b\">Où ?</a>",
           "<a title=\"Où ?\" href=\"/?q=a ;b\">Où\u202f?</a>");
    expect("a <b", "a <b");
}

static void code_and_data_stay_as_they_are(void **state)
{
    (void)state;
    expect("<pre>x ? y : z</pre> ? <code class=\"c\">a ;</code>",
           "<pre>x ? y : z</pre>\u202f? <code class=\"c\">a ;</code>");
    expect("<script type=\"application/ld+json\">{\"a\" : 1}</script>",
           "<script type=\"application/ld+json\">{\"a\" : 1}</script>");
    expect("<preface>a ?</preface>", "<preface>a\u202f?</preface>");
    expect("<code>never closed ?", "<code>never closed\u202f?");
}

static void a_page_that_does_not_fit_is_an_error(void **state)
{
    (void)state;
    text_t out;
    text_init(&out, 5);
    assert_int_equal(typography_french(&out, "trop ?"), -1);
    text_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sign_never_begins_a_line),
        cmocka_unit_test(what_is_no_space_before_a_sign_stays_as_it_is),
        cmocka_unit_test(a_tag_and_its_attributes_stay_as_they_are),
        cmocka_unit_test(code_and_data_stay_as_they_are),
        cmocka_unit_test(a_page_that_does_not_fit_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
