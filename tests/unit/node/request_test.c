#include "node/portal/http/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static unsigned refusal(const char *target)
{
    request_t *request = request_new(target);
    unsigned refused = request->refused;
    assert_true(!refused == !request->reason);
    request_destroy(&request);
    return refused;
}

static void a_target_is_cut_into_pieces_and_parameters(void **state)
{
    (void)state;
    request_t *request = request_new("/annuaire/loire/732829320?q=devis+et%20factures&hub=&x");
    assert_int_equal(request->refused, 0);
    assert_int_equal(request->piece_count, 3);
    assert_string_equal(request->pieces[0], "annuaire");
    assert_string_equal(request->pieces[2], "732829320");
    assert_int_equal(request->parameter_count, 3);
    assert_string_equal(request_parameter(request, "q"), "devis et factures");
    assert_string_equal(request_parameter(request, "hub"), "");
    assert_string_equal(request_parameter(request, "x"), "");
    assert_null(request_parameter(request, "absent"));
    request_destroy(&request);
    assert_null(request);
    request_destroy(&request);
}

static void lame_percent_signs_and_odd_bytes_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "/%",       "/%4",           "/%zz",     "/?q=%",   "/?q=%0",     "/?q=%00", "/%00",
        "/?q=%0a",  "/?q=%7f",       "/?q=%ff",  "/?q=%c3", "/?q=%c0%af", "/?%=1",   "/\x01",
        "/?q=\xff", "/?q=%ed%a0%80", "annuaire", "*",       "",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(refusal(bad[i]), 400);
    assert_int_equal(refusal("/?q=%C3%A9t%c3%a9"), 0);
}

/* What a request with this one header is answered with: 0 is a request that may have an answer. */
static unsigned header_refusal(const char *name, const char *value)
{
    request_t *request = request_new("/");
    request_header(request, "Host", "hub.example");
    request_header(request, name, value);
    unsigned refused = request->has_body ? 400 : request->refused;
    request_destroy(&request);
    return refused;
}

static void what_may_hide_a_second_request_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
    } bad[] = {
        {"Transfer-Encoding", "chunked"},
        {"transfer-encoding", ""},
        {"Transfer-Encodingchunked", ""}, /* a folded line, as libmicrohttpd tells it */
        {"Transfer-Encoding, identity", "chunked"},
        {"Content-Length", "5"},
        {"Content-Length", "00"},
        {"Content-Length", NULL},
        {"Content-Length44", ""},
        {" Transfer-Encoding", "chunked"},
        {"X Y", "z"},
        {"XTransfer-Encoding: chunked", "y"},
        {"", "x"},
        {"A", "b\rTransfer-Encoding: chunked"},
        {"A", "b\x01"},
        {"\xc3\xa9", "x"},
        {"Host", "another.example"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(header_refusal(bad[i].name, bad[i].value), 400);
    assert_int_equal(header_refusal("Content-Length", "0"), 0);
    assert_int_equal(header_refusal("User-Agent", "Été/1.0 (x;\ty)"), 0);
    assert_int_equal(header_refusal("X-Request-Id", NULL), 0);
}

static void headers_that_answers_depend_on_are_kept(void **state)
{
    (void)state;
    request_t *request = request_new("/");
    request_header(request, "hOST", "hub.example");
    request_header(request, "If-None-Match", "\"a\"");
    request_header(request, "X-Forwarded-Proto", "https");
    assert_string_equal(request->host, "hub.example");
    assert_string_equal(request->if_none_match, "\"a\"");
    assert_string_equal(request->proto, "https");
    assert_null(request->if_modified_since);
    request_destroy(&request);
}

static void an_encoded_slash_makes_no_piece(void **state)
{
    (void)state;
    request_t *request = request_new("/annuaire%2Floire");
    assert_int_equal(request->piece_count, 1);
    assert_string_equal(request->pieces[0], "annuaire/loire");
    request_destroy(&request);
}

static void empty_and_too_many_pieces_lead_nowhere(void **state)
{
    (void)state;
    static const char *const odd[] = {"//", "/annuaire//", "/annuaire//x", "/a/b/c/d/e/f/g/h/i"};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        request_t *request = request_new(odd[i]);
        assert_true(request->odd);
        request_destroy(&request);
    }
}

static void a_slash_at_the_end_makes_no_piece(void **state)
{
    (void)state;
    request_t *request = request_new("/annuaire/");
    assert_true(request->slash);
    assert_false(request->odd);
    assert_int_equal(request->piece_count, 1);
    request_destroy(&request);
}

static void a_target_may_be_as_long_as_the_limit_and_no_longer(void **state)
{
    (void)state;
    char target[REQUEST_TARGET_MAX + 2];
    memset(target, 'a', sizeof target - 1);
    target[0] = '/';
    target[REQUEST_TARGET_MAX + 1] = 0;
    assert_int_equal(refusal(target), 414);
    target[REQUEST_TARGET_MAX] = 0;
    assert_int_equal(refusal(target), 0);
}

static void too_many_parameters_are_refused(void **state)
{
    (void)state;
    text_t target;
    text_init(&target, REQUEST_TARGET_MAX);
    text_add_string(&target, "/?");
    for (int i = 0; i < REQUEST_PARAMETERS_MAX; i++)
        text_add_string(&target, "a=1&");
    assert_int_equal(refusal(target.data), 0);
    text_add_string(&target, "a=1");
    assert_int_equal(refusal(target.data), 400);
    text_free(&target);
}

static void an_address_is_written_again_with_another_place_to_go_on(void **state)
{
    (void)state;
    request_t *request = request_new("/cas-usage?q=%C3%A9t%26&after=old&hub=loire&vide=&hub=rhone");
    text_t out;
    text_init(&out, 1024);
    request_again(request, "new", &out);
    assert_string_equal(out.data, "/cas-usage?q=%C3%A9t%26&hub=loire&hub=rhone&after=new");
    text_clear(&out);
    request_again(request, NULL, &out);
    assert_string_equal(out.data, "/cas-usage?q=%C3%A9t%26&hub=loire&hub=rhone");
    request_destroy(&request);
    request = request_new("/");
    text_clear(&out);
    request_again(request, NULL, &out);
    assert_string_equal(out.data, "/");
    request_destroy(&request);
    text_free(&out);
}

static void what_is_encoded_comes_back_as_it_was(void **state)
{
    (void)state;
    const char *const words = "l'été & <l'hiver> \"100 %\" a+b=c/d?#:";
    text_t target;
    text_init(&target, 1024);
    text_add_string(&target, "/?q=");
    request_encode(&target, words);
    for (const char *at = target.data + 4; *at; at++)
        assert_null(strchr("'\"<>&+#? ", *at));
    request_t *request = request_new(target.data);
    assert_string_equal(request_parameter(request, "q"), words);
    request_destroy(&request);
    text_free(&target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_is_cut_into_pieces_and_parameters),
        cmocka_unit_test(lame_percent_signs_and_odd_bytes_are_refused),
        cmocka_unit_test(what_may_hide_a_second_request_is_refused),
        cmocka_unit_test(headers_that_answers_depend_on_are_kept),
        cmocka_unit_test(an_encoded_slash_makes_no_piece),
        cmocka_unit_test(empty_and_too_many_pieces_lead_nowhere),
        cmocka_unit_test(a_slash_at_the_end_makes_no_piece),
        cmocka_unit_test(a_target_may_be_as_long_as_the_limit_and_no_longer),
        cmocka_unit_test(too_many_parameters_are_refused),
        cmocka_unit_test(an_address_is_written_again_with_another_place_to_go_on),
        cmocka_unit_test(what_is_encoded_comes_back_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
