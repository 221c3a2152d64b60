#include "node/portal/words/template.h"

#include "node/portal/words/markdown.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static asset_t file(const char *name, const char *source)
{
    return (asset_t){name, (const unsigned char *)source, strlen(source)};
}

/* Fills a single template, and gives what it prints; NULL and *err when it is refused. */
static char *fill(const char *source, json_t *data, err_t *err)
{
    asset_t one = file("templates/one.mustache", source);
    templates_t *templates = templates_new(&one, 1, err);
    char *text = templates ? templates_render(templates, "one", data, err) : NULL;
    if (templates)
        templates_destroy(&templates);
    json_decref(data);
    return text;
}

static void expect(const char *source, json_t *data, const char *expected)
{
    err_t err;
    char *text = fill(source, data, &err);
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

static void every_value_is_escaped_in_text_and_in_attributes(void **state)
{
    (void)state;
    expect("<a title=\"{{x}}\">{{x}}</a>", json_pack("{s:s}", "x", "\"><script>'&"),
           "<a title=\"&quot;&gt;&lt;script&gt;&apos;&amp;\">"
           "&quot;&gt;&lt;script&gt;&apos;&amp;</a>");
}

static void a_value_is_never_read_as_a_template(void **state)
{
    (void)state;
    expect("{{x}}", json_pack("{s:s, s:s}", "x", "{{{y}}}", "y", "no"), "{{{y}}}");
}

static void nothing_is_null_false_or_empty(void **state)
{
    (void)state;
    expect("{{#a}}a{{/a}}{{#b}}b{{/b}}{{#c}}c{{/c}}{{#d}}d{{/d}}{{^a}}none{{/a}}",
           json_pack("{s:n, s:b, s:s, s:[]}", "a", "b", 0, "c", "", "d"), "none");
    expect("{{#a}}{{.}},{{/a}}", json_pack("{s:[s,s]}", "a", "x", "y"), "x,y,");
    expect("{{i}} {{r}}", json_pack("{s:i, s:f}", "i", 42, "r", 0.5), "42 0.5");
}

static void a_tag_that_would_not_escape_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{{{x}}}",
        "{{&x}}",
        "{{ &x}}",
        "{{=<% %>=}}",
        "{{{already_safe_rendered_markdown_htm}}}",
        "{{{already_safe_rendered_markdown_html}}}{{{x}}}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err_t err = {0};
        assert_null(fill(bad[i], json_object(), &err));
        assert_int_equal(err.action, ERR_STOP);
        assert_non_null(strstr(err.text, "one"));
    }
    expect("{{{already_safe_rendered_markdown_html}}}",
           json_pack("{s:s}", "already_safe_rendered_markdown_html", "<p>x</p>"), "<p>x</p>");
}

static void a_template_that_is_not_well_formed_is_refused_by_name(void **state)
{
    (void)state;
    static const char *const bad[] = {"{{#a}}", "{{/a}}", "{{x", "{{>absent}}", "{{>open"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err_t err = {0};
        assert_null(fill(bad[i], json_object(), &err));
        assert_int_equal(err.action, ERR_STOP);
    }
}

static void parts_are_put_in_place_and_may_contain_themselves(void **state)
{
    (void)state;
    const asset_t files[] = {
        file("templates/page.mustache", "<{{>tree}}>"),
        file("templates/tree.mustache", "{{name}}{{#in}}({{>tree}}){{/in}}"),
        file("static/portail.css", "{{#not a template"),
    };
    err_t err;
    templates_t *templates = templates_new(files, 3, &err);
    assert_non_null(templates);
    json_t *data = json_pack("{s:s, s:{s:s, s:{s:s, s:b}}}", "name", "a", "in", "name", "b", "in",
                             "name", "c", "in", 0);
    char *text = templates_render(templates, "page", data, &err);
    assert_string_equal(text, "<a(b(c))>");
    free(text);
    assert_null(templates_render(templates, "absent", data, &err));
    json_decref(data);
    templates_destroy(&templates);
    assert_null(templates);
}

static void every_template_of_the_portal_is_well_formed(void **state)
{
    (void)state;
    err_t err = {0};
    templates_t *templates = templates_new(assets, asset_count, &err);
    assert_non_null(templates);
    templates_destroy(&templates);
}

static void markdown_lets_no_html_and_no_dangerous_link_through(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "<script>alert(1)</script>",       "a <img src=x onerror=alert(1)> b",
        "[x](javascript:alert(1))",        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,AAAA)", "![x](javascript:alert(1))",
        "<javascript:alert(1)>",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *html = markdown_html(bad[i]);
        assert_null(strcasestr(html, "<script"));
        assert_null(strcasestr(html, "<img"));
        assert_null(strcasestr(html, "\"javascript:"));
        assert_null(strcasestr(html, "\"data:"));
        free(html);
    }
}

static void markdown_headings_stay_below_the_page_and_pictures_become_links(void **state)
{
    (void)state;
    char *html = markdown_html("# Un\n\n##### Cinq\n\n![plan](https://ailleurs.example/plan.png)");
    assert_string_equal(html, "<h3>Un</h3>\n<h6>Cinq</h6>\n"
                              "<p><a href=\"https://ailleurs.example/plan.png\">plan</a></p>\n");
    free(html);
}

static void markdown_words_are_one_line_without_marks(void **state)
{
    (void)state;
    text_t out;
    text_init(&out, 1024);
    markdown_words(&out, "# Oui\n\nC'est **vrai**, `ici`\net [là](https://x.example).\n\n<b>x</b>");
    assert_string_equal(out.data, "Oui C'est vrai, ici et là. x");
    text_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_is_escaped_in_text_and_in_attributes),
        cmocka_unit_test(a_value_is_never_read_as_a_template),
        cmocka_unit_test(nothing_is_null_false_or_empty),
        cmocka_unit_test(a_tag_that_would_not_escape_is_refused),
        cmocka_unit_test(a_template_that_is_not_well_formed_is_refused_by_name),
        cmocka_unit_test(parts_are_put_in_place_and_may_contain_themselves),
        cmocka_unit_test(every_template_of_the_portal_is_well_formed),
        cmocka_unit_test(markdown_lets_no_html_and_no_dangerous_link_through),
        cmocka_unit_test(markdown_headings_stay_below_the_page_and_pictures_become_links),
        cmocka_unit_test(markdown_words_are_one_line_without_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
