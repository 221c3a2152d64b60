#include "node/store/synonyms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "files.h"
#include "texts.h"

typedef struct world {
    char path[FILE_PATH_SIZE];
    synonyms_t *synonyms;
    findings_t findings;
} world_t;

static int set_up(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    new_file(world->path, "");
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    world_t *world = *state;
    synonyms_destroy(&world->synonyms);
    synonyms_destroy(&world->synonyms);
    findings_free(&world->findings);
    int rc = unlink(world->path);
    free(world);
    return rc;
}

static bool load(world_t *world, const char *text, size_t size)
{
    write_bytes(world->path, text, size);
    synonyms_destroy(&world->synonyms);
    findings_free(&world->findings);
    world->synonyms = synonyms_load(world->path, &world->findings);
    return world->synonyms != NULL;
}

static void accepts(world_t *world, const char *text)
{
    assert_true(load(world, text, strlen(text)));
    assert_int_equal(world->findings.count, 0);
}

/* The one finding stands at that line and column, and says this. */
static void refuses(world_t *world, const char *text, const char *where, const char *reason)
{
    assert_false(load(world, text, strlen(text)));
    assert_int_equal(world->findings.errors, 1);
    expect(world->findings.list[0].where, where);
    expect(world->findings.list[0].reason, reason);
}

static const char *find(const world_t *world, const char *const *keys, size_t count, size_t *used)
{
    size_t terms = 0;
    const char *part = synonyms_find(world->synonyms, keys, count, used, &terms);
    size_t quotes = 0;
    for (const char *at = part; at && *at; at++)
        quotes += *at == '"';
    if (part)
        assert_int_equal(quotes, 2 * terms);
    return part;
}

static void any_word_of_a_line_finds_the_others(void **state)
{
    world_t *world = *state;
    size_t used;
    accepts(world,
            "\n# notre façon de parler\nSAV, après-vente # deux mots\nstock , Inventaires\n");
    const char *part = find(world, (const char *[]){"stock"}, 1, &used);
    assert_non_null(part);
    assert_int_equal(used, 1);
    expect(part, "\"inventaires\"");
    expect(part, "\"stock\"");
    assert_non_null(find(world, (const char *[]){"inventair"}, 1, &used));
    assert_null(find(world, (const char *[]){"factur"}, 1, &used));
    assert_null(synonyms_find(NULL, (const char *[]){"stock"}, 1, &used, &used));
}

static void the_longest_expression_wins(void **state)
{
    world_t *world = *state;
    size_t used;
    accepts(world, "robot, automate\nrobot conversationnel, chatbot\n");
    const char *part = find(world, (const char *[]){"robot", "conversationnel"}, 2, &used);
    assert_int_equal(used, 2);
    expect(part, "\"chatbot\"");
    part = find(world, (const char *[]){"robot", "devis"}, 2, &used);
    assert_int_equal(used, 1);
    expect(part, "\"automate\"");
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
    world_t *world = *state;
    refuses(world, "devis, chiffrage\nseul\n", ":2:1", "two words or more");
    refuses(world, "facture, factures\n", ":1:1", "tells apart");
    refuses(world, "devis, , chiffrage\n", ":1:8", "no word between");
    refuses(world, "é, b c d e f\n", ":1:4", "at most 4 words");
    refuses(world, "devis, chiffrage\n\nprix, Dévis\n", ":3:7", "another group");
    refuses(world, "a1, a2, a3, a4, a5, a6, a7, a8, a9\n", ":1:33", "at most 8");
    unlink(world->path);
    assert_null(synonyms_load(world->path, &world->findings));
    load(world, "", 0); /* for the end of the test, which removes it */
}

static void what_is_too_large_or_no_text_is_refused(void **state)
{
    world_t *world = *state;
    static char text[SYNONYMS_FILE_MAX + 1];
    memset(text, '\n', sizeof text);
    assert_false(load(world, text, sizeof text));
    assert_true(load(world, text, SYNONYMS_LINES_MAX));
    assert_false(load(world, text, SYNONYMS_LINES_MAX + 1));
    assert_false(load(world, "a, b\0c\n", 7));
}

static void the_list_that_ships_is_right(void **state)
{
    world_t *world = *state;
    world->synonyms = synonyms_load(SOURCE_DIR "/config/pilot/synonymes.txt", &world->findings);
    for (size_t i = 0; i < world->findings.count; i++)
        print_error("%s %s\n", world->findings.list[i].where, world->findings.list[i].reason);
    assert_non_null(world->synonyms);
    size_t used;
    assert_non_null(find(world, (const char *[]){"ia"}, 1, &used));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(any_word_of_a_line_finds_the_others),  TEST(the_longest_expression_wins),
        TEST(what_is_wrong_is_told_with_its_place), TEST(what_is_too_large_or_no_text_is_refused),
        TEST(the_list_that_ships_is_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
