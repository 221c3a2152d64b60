#include "node/store/search_terms.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The table of the projection, for real: questions are only as good as what FTS5 makes of them. */
typedef struct world {
    search_terms_t *terms;
    sqlite3 *db;
    question_t question;
    bool beginning; /* how it is asked */
} world_t;

static int set_up(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    world->terms = search_terms_new();
    question_init(&world->question);
    *state = world;
    return sqlite3_open(":memory:", &world->db)
           || sqlite3_exec(world->db, "CREATE VIRTUAL TABLE search USING fts5(t, tokenize=ascii)",
                           NULL, NULL, NULL);
}

static int tear_down(void **state)
{
    world_t *world = *state;
    search_terms_destroy(&world->terms);
    search_terms_destroy(&world->terms);
    question_free(&world->question);
    sqlite3_close(world->db);
    free(world);
    return 0;
}

static sqlite3_stmt *prepare(world_t *world, const char *sql, const text_t *bound)
{
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_prepare_v2(world->db, sql, -1, &statement, NULL), 0);
    sqlite3_bind_text(statement, 1, bound->data, (int)bound->size, SQLITE_TRANSIENT);
    return statement;
}

/* Does the question find the text? */
static bool finds(world_t *world, const char *typed, const char *text)
{
    text_t out;
    text_init(&out, 100000);
    search_terms_add(world->terms, &out, text, strlen(text));
    sqlite3_exec(world->db, "DELETE FROM search", NULL, NULL, NULL);
    sqlite3_stmt *statement = prepare(world, "INSERT INTO search VALUES (?)", &out);
    assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
    sqlite3_finalize(statement);
    const question_t *question = &world->question;
    search_terms_query(world->terms, &world->question, typed, strlen(typed), NULL,
                       world->beginning);
    bool found = false;
    if (question->expression.size) {
        statement =
            prepare(world, "SELECT 1 FROM search WHERE search MATCH ?", &question->expression);
        int step = sqlite3_step(statement);
        assert_true(step == SQLITE_ROW || step == SQLITE_DONE);
        found = step == SQLITE_ROW;
        sqlite3_finalize(statement);
    }
    text_free(&out);
    return found;
}

static void terms_are(world_t *world, const char *text, const char *expected)
{
    text_t out;
    text_init(&out, 100000);
    search_terms_add(world->terms, &out, text, strlen(text));
    assert_string_equal(out.data, expected);
    text_free(&out);
}

static void plurals_find_singulars_and_back(void **state)
{
    assert_true(finds(*state, "entreprises", "Une entreprise de la Loire"));
    assert_true(finds(*state, "entreprise", "Les ENTREPRISES"));
    assert_true(finds(*state, "chevaux", "un cheval"));
    assert_true(finds(*state, "cheval", "des chevaux"));
    assert_true(finds(*state, "recruter", "aide au recrutement"));
}

static void articles_are_cut_with_both_apostrophes(void **state)
{
    assert_true(finds(*state, "energie", "l'énergie"));
    assert_true(finds(*state, "énergie", "l’énergie"));
    assert_true(finds(*state, "l'énergie", "Énergies renouvelables"));
    assert_true(finds(*state, "intelligence", "jusqu'à l'intelligence"));
    assert_true(finds(*state, "aujourd'hui", "aujourd’hui"));
    terms_are(*state, "l'an", "an ");
}

static void accents_and_ligatures_do_not_matter(void **state)
{
    assert_true(finds(*state, "oeuvre", "main-d'œuvre"));
    assert_true(finds(*state, "ŒUVRE", "oeuvre"));
    assert_true(finds(*state, "securite", "la cybersécurité et la sécurité"));
    assert_true(finds(*state, "sécurité", "SECURITE"));
    assert_true(finds(*state, "donnees", "vos données"));
    assert_true(finds(*state, "donnée", "donnees"));
    assert_true(finds(*state, "curriculum vitae", "curriculum vitæ"));
    assert_true(finds(*state, "e\xcc\x81nergie", "énergie"));
}

static void every_word_must_be_found(void **state)
{
    assert_true(finds(*state, "conseil numérique", "numérique : du conseil"));
    assert_false(finds(*state, "conseil agricole", "numérique : du conseil"));
}

static void a_word_may_be_typed_in_part(void **state)
{
    world_t *world = *state;
    assert_false(finds(*state, "energetiq", "transition énergétique"));
    world->beginning = true;
    assert_true(finds(*state, "energetiq", "transition énergétique"));
    assert_true(finds(*state, "cyber", "cybersécurité"));
    assert_false(finds(*state, "ia", "iambe"));
    assert_true(finds(*state, "ia", "l'IA pour tous"));
}

static void a_short_stem_does_not_find_other_words(void **state)
{
    /* The stem of "devis" is "dev". */
    assert_false(finds(*state, "devis", "développement"));
    assert_true(finds(*state, "devis", "faire ses devis"));
}

static void common_words_do_not_hide_a_record(void **state)
{
    assert_true(finds(*state, "aide pour la formation", "formation : aides"));
    assert_true(finds(*state, "la", "la Loire"));
    assert_false(finds(*state, "la", "Loire"));
}

static void numbers_and_codes_are_words(void **state)
{
    assert_true(finds(*state, "iso 27001", "certifié ISO-27001"));
    assert_true(finds(*state, "5g", "réseau 5G"));
    assert_true(finds(*state, "42218", "COM-42218"));
}

static void whatever_is_typed_is_a_question(void **state)
{
    static const char *const TYPED[] = {
        "\"",
        "\"\"\"",
        "*",
        "a*",
        "AND",
        "OR NOT",
        "NEAR(a b, 2)",
        "t:devis",
        "-devis",
        "^devis",
        "(",
        ")",
        "a OR",
        "{t} : x",
        "'; DROP TABLE search; --",
        "\\",
        "%",
        "a\"b",
        "+",
        "l'",
        "\xff\xfe",
        "⑴",
        "½",
        "﷽",
        "👩‍💻",
        "a\tb\nc",
        "x\x01y",
        "日本語",
        "Ω",
        "ǆ",
    };
    for (size_t i = 0; i < sizeof TYPED / sizeof *TYPED; i++)
        finds(*state, TYPED[i], "rien");
    assert_false(finds(*state, "!!!", "rien"));
    assert_false(finds(*state, "", "rien"));
    assert_true(finds(*state, "RIEN \"", "rien"));
}

static void every_byte_pair_is_a_question(void **state)
{
    for (int a = 1; a < 256; a++)
        for (int b = 1; b < 256; b += 7)
            finds(*state, (char[]){(char)a, (char)b, 0}, "rien");
}

static void a_long_question_is_cut(void **state)
{
    char typed[20 * 70 + 1] = "";
    for (int i = 0; i < 20; i++)
        for (int j = 0; j < 70; j++)
            typed[i * 70 + j] = j < 69 ? (char)('a' + i) : ' ';
    finds(*state, typed, "rien");
    assert_false(finds(*state, "a b c d e f g h i j k l m n o p q", "a b c d e f g h i j k l m n"));
    assert_true(finds(*state, "b c d e f g h i j k l m n o p q r absent",
                      "b c d e f g h i j k l "
                      "m n o p q r"));
}

static void a_text_that_does_not_fit_is_indexed_in_part(void **state)
{
    world_t *world = *state;
    text_t out;
    text_init(&out, 20);
    search_terms_add(world->terms, &out, "Loire Loire Loire Loire Loire", 29);
    assert_string_equal(out.data, "loire loir loire ");
    text_free(&out);
}

static void bytes_that_are_no_text_have_no_terms(void **state)
{
    terms_are(*state, "bon\xffjour", "");
    terms_are(*state, "", "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(plurals_find_singulars_and_back),
        TEST(articles_are_cut_with_both_apostrophes),
        TEST(accents_and_ligatures_do_not_matter),
        TEST(every_word_must_be_found),
        TEST(a_word_may_be_typed_in_part),
        TEST(a_short_stem_does_not_find_other_words),
        TEST(common_words_do_not_hide_a_record),
        TEST(numbers_and_codes_are_words),
        TEST(whatever_is_typed_is_a_question),
        TEST(every_byte_pair_is_a_question),
        TEST(a_long_question_is_cut),
        TEST(a_text_that_does_not_fit_is_indexed_in_part),
        TEST(bytes_that_are_no_text_have_no_terms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
