#include "schemas/base/unicode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *folded(const char *input)
{
    text_t out;
    text_init(&out, 4096);
    assert_int_equal(unicode_fold(&out, input, strlen(input)), 0);
    char *data = text_take(&out);
    text_free(&out);
    return data;
}

static void assert_folds(const char *input, const char *expected)
{
    char *data = folded(input);
    assert_string_equal(data, expected);
    free(data);
}

static int slug(text_t *out, const char *input, size_t max)
{
    return unicode_slug(out, input, strlen(input), max);
}

static void assert_slug(const char *input, const char *expected)
{
    text_t out;
    text_init(&out, 4096);
    assert_int_equal(slug(&out, input, 128), 0);
    assert_string_equal(out.data, expected);
    text_free(&out);
}

static void malformed_utf8_is_recognised(void **state)
{
    (void)state;
    assert_true(unicode_valid("", 0));
    assert_true(unicode_valid("œuvre 🎉", strlen("œuvre 🎉")));
    assert_false(unicode_valid("a\0b", 3));
    const char *const bad[] = {"\xff", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                               "a\x80"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(unicode_valid(bad[i], strlen(bad[i])));
}

static void accents_typed_in_two_parts_become_one(void **state)
{
    (void)state;
    text_t out;
    text_init(&out, 100);
    assert_int_equal(unicode_nfc(&out, "e\xcc\x81t\xc3\xa9", 6), 0);
    assert_string_equal(out.data, "été");
    assert_int_equal(unicode_nfc(&out, " l’an « 1 » 5 €", strlen(" l’an « 1 » 5 €")), 0);
    assert_string_equal(out.data, "été l’an « 1 » 5 €");
    text_free(&out);
}

static void a_glance_never_calls_plain_what_nfc_would_change(void **state)
{
    (void)state;
    for (uint32_t c = 1; c < 0x30000; c++) {
        if (c >= 0xd800 && c < 0xe000)
            continue;
        char bytes[8];
        size_t size = 0;
        if (c < 0x80)
            bytes[size++] = (char)c;
        else if (c < 0x800)
            bytes[size++] = (char)(0xc0 | c >> 6);
        else if (c < 0x10000)
            bytes[size++] = (char)(0xe0 | c >> 12);
        else
            bytes[size++] = (char)(0xf0 | c >> 18);
        if (c >= 0x10000)
            bytes[size++] = (char)(0x80 | (c >> 12 & 0x3f));
        if (c >= 0x800)
            bytes[size++] = (char)(0x80 | (c >> 6 & 0x3f));
        if (c >= 0x80)
            bytes[size++] = (char)(0x80 | (c & 0x3f));
        if (!unicode_is_plain(bytes, size))
            continue;
        /* After a letter it must not combine either; the final mark forces the slow way. */
        char whole[16] = "e";
        memcpy(whole + 1, bytes, size);
        memcpy(whole + 1 + size, "x\xcc\x81", 4);
        text_t out;
        text_init(&out, 100);
        assert_int_equal(unicode_nfc(&out, whole, size + 4), 0);
        assert_memory_equal(out.data, whole, size + 1);
        text_free(&out);
    }
}

static void a_text_that_does_not_fit_leaves_nothing_behind(void **state)
{
    (void)state;
    text_t out;
    text_init(&out, 5);
    assert_int_equal(text_add_string(&out, "ab"), 0);
    assert_int_equal(unicode_fold(&out, "cdef", 4), -1);
    assert_int_equal(unicode_nfc(&out, "cdef", 4), -1);
    assert_int_equal(unicode_slug(&out, "cdef", 4, 128), -1);
    assert_int_equal(unicode_fold(&out, "\xff", 1), -1);
    assert_string_equal(out.data, "ab");
    assert_int_equal(unicode_fold(&out, "cde", 3), 0);
    assert_string_equal(out.data, "abcde");
    text_free(&out);
}

static void case_accents_and_ligatures_do_not_count_when_comparing(void **state)
{
    (void)state;
    assert_folds("Éléonore ŒUVRE à l'Hôtel-Dieu, Ægir", "eleonore oeuvre a l'hotel-dieu, aegir");
    assert_folds("e\xcc\x81te\xcc\x81", "ete");
    assert_folds("ﬁn Straße", "fin strasse");
    assert_folds("a\xc2\xadz", "az");
}

static void one_space_remains_between_words(void **state)
{
    (void)state;
    assert_folds("  Saint \t\r\n Étienne\xc2\xa0!  ", "saint etienne !");
    assert_folds("a \xcc\x81 b", "a b");
    assert_folds("", "");
    assert_folds(" \xc2\xa0 ", "");
}

static void folding_twice_changes_nothing_more(void **state)
{
    (void)state;
    const char *const inputs[] = {"Ǆ ﷺ ¨ Ⅷ ½ İ", "ΑΪ́ ß ſ", "  x\xe2\x80\x8by "};
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        char *once = folded(inputs[i]);
        assert_folds(once, once);
        free(once);
    }
}

static void length_counts_characters(void **state)
{
    (void)state;
    assert_int_equal(unicode_length("", 0), 0);
    assert_int_equal(unicode_length("œuf 🎉", strlen("œuf 🎉")), 5);
}

static void a_cut_falls_between_characters(void **state)
{
    (void)state;
    assert_int_equal(unicode_cut("été", 5, 5), 5);
    assert_int_equal(unicode_cut("été", 5, 4), 3);
    assert_int_equal(unicode_cut("été", 5, 1), 0);
}

static void a_slug_has_the_alphabet_of_ids(void **state)
{
    (void)state;
    assert_slug("L'Œuvre d'Éric & Cie (42)", "l-oeuvre-d-eric-cie-42");
    assert_slug("732829320", "732829320");
    assert_slug("haut_risque_iii:DEP-2A", "haut_risque_iii:dep-2a");
    assert_slug("...Fin -- !!", "fin");
    assert_slug("uid@openagenda.com", "uid-openagenda.com");
}

static void an_input_without_letter_or_digit_has_no_slug(void **state)
{
    (void)state;
    text_t out;
    text_init(&out, 200);
    assert_int_equal(slug(&out, "", 128), -1);
    assert_int_equal(slug(&out, " — !? ", 128), -1);
    assert_int_equal(slug(&out, "._:", 128), -1);
    assert_int_equal(slug(&out, "\xff", 128), -1);
    assert_int_equal(out.size, 0);
    text_free(&out);
}

static void a_long_slug_ends_in_a_hash_of_the_whole(void **state)
{
    (void)state;
    char a[300], b[300];
    memset(a, 'x', sizeof a);
    memcpy(b, a, sizeof a);
    b[299] = 'y';
    text_t one, two, again;
    text_init(&one, 200);
    text_init(&two, 200);
    text_init(&again, 200);
    assert_int_equal(unicode_slug(&one, a, 128, 128), 0);
    assert_memory_equal(one.data, a, 128);
    text_clear(&one);
    assert_int_equal(unicode_slug(&one, a, 300, 128), 0);
    assert_int_equal(unicode_slug(&two, b, 300, 128), 0);
    assert_int_equal(one.size, 128);
    assert_memory_equal(one.data, a, 111);
    assert_int_equal(one.data[111], '-');
    assert_string_not_equal(one.data, two.data);
    assert_int_equal(unicode_slug(&again, one.data, one.size, 128), 0);
    assert_string_equal(again.data, one.data);
    memset(a, 'X', sizeof a);
    text_clear(&again);
    assert_int_equal(unicode_slug(&again, a, 300, 128), 0);
    assert_string_equal(again.data, one.data);
    text_clear(&again);
    assert_int_equal(unicode_slug(&again, a, 300, 5), 0);
    assert_int_equal(again.size, 5);
    text_free(&one);
    text_free(&two);
    text_free(&again);
}

static void distance_counts_edits_and_swaps(void **state)
{
    (void)state;
    assert_int_equal(unicode_distance("titre", "titre", 2), 0);
    assert_int_equal(unicode_distance("titer", "titre", 2), 1);
    assert_int_equal(unicode_distance("", "ab", 2), 2);
    assert_int_equal(unicode_distance("été", "ete", 2), 2);
    assert_int_equal(unicode_distance("kitten", "sitting", 5), 3);
    assert_int_equal(unicode_distance("kitten", "sitting", 2), 3);
    assert_int_equal(unicode_distance("ca", "abc", 5), 3);
}

static void long_texts_are_far_from_everything(void **state)
{
    (void)state;
    char word[UNICODE_WORD_MAX + 2];
    memset(word, 'a', sizeof word);
    word[UNICODE_WORD_MAX] = 0;
    assert_int_equal(unicode_distance(word, word, 3), 0);
    word[UNICODE_WORD_MAX] = 'a';
    word[UNICODE_WORD_MAX + 1] = 0;
    assert_int_equal(unicode_distance(word, word, 3), 4);
    assert_int_equal(unicode_distance("\xff", "a", 3), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_utf8_is_recognised),
        cmocka_unit_test(accents_typed_in_two_parts_become_one),
        cmocka_unit_test(a_glance_never_calls_plain_what_nfc_would_change),
        cmocka_unit_test(a_text_that_does_not_fit_leaves_nothing_behind),
        cmocka_unit_test(case_accents_and_ligatures_do_not_count_when_comparing),
        cmocka_unit_test(one_space_remains_between_words),
        cmocka_unit_test(folding_twice_changes_nothing_more),
        cmocka_unit_test(length_counts_characters),
        cmocka_unit_test(a_cut_falls_between_characters),
        cmocka_unit_test(a_slug_has_the_alphabet_of_ids),
        cmocka_unit_test(an_input_without_letter_or_digit_has_no_slug),
        cmocka_unit_test(a_long_slug_ends_in_a_hash_of_the_whole),
        cmocka_unit_test(distance_counts_edits_and_swaps),
        cmocka_unit_test(long_texts_are_far_from_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
