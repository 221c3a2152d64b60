/* Whatever is typed is a question that FTS5 takes, and marking a text loses none of it. */
#include "node/store/search_terms.h"
#include "schemas/base/unicode.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct world {
    sqlite3 *db;
    sqlite3_stmt *ask;
    search_terms_t *terms;
    question_t question;
} world_t;

static void open_world(world_t *world)
{
    int rc = sqlite3_open(":memory:", &world->db);
    assert(rc == SQLITE_OK);
    rc = sqlite3_exec(world->db,
                      "CREATE VIRTUAL TABLE search USING fts5(t, detail=column, tokenize=ascii);"
                      "INSERT INTO search VALUES ('rien devis ia 42')",
                      NULL, NULL, NULL);
    assert(rc == SQLITE_OK);
    rc = sqlite3_prepare_v2(world->db, "SELECT rowid FROM search WHERE search MATCH ?", -1,
                            &world->ask, NULL);
    assert(rc == SQLITE_OK);
    world->terms = search_terms_new();
    question_init(&world->question);
}

static void close_world(world_t *world)
{
    question_free(&world->question);
    search_terms_destroy(&world->terms);
    sqlite3_finalize(world->ask);
    sqlite3_close(world->db);
}

static void ask(world_t *world, const char *typed, size_t size, bool beginning)
{
    const text_t *expression = &world->question.expression;
    search_terms_query(world->terms, &world->question, typed, size, NULL, beginning);
    if (!expression->size)
        return;
    size_t quotes = 0;
    for (size_t i = 0; i < expression->size; i++)
        quotes += expression->data[i] == '"';
    assert(quotes == 2 * world->question.weights.size);
    sqlite3_bind_text(world->ask, 1, expression->data, (int)expression->size, SQLITE_STATIC);
    int step = sqlite3_step(world->ask);
    assert(step == SQLITE_ROW || step == SQLITE_DONE);
    sqlite3_reset(world->ask);
}

static bool every_other(void *context, const search_word_t *word)
{
    (void)context;
    return strlen(word->word) % 2;
}

static void gather(void *context, const char *bytes, size_t size, bool marked)
{
    (void)marked;
    assert(size > 0);
    text_add(context, bytes, size);
}

static void mark(world_t *world, const char *bytes, size_t size)
{
    text_t parts, whole;
    text_init(&parts, 1 << 20);
    text_init(&whole, 1 << 20);
    search_terms_mark(world->terms, bytes, size, every_other, gather, &parts);
    if (unicode_valid(bytes, size) && unicode_nfc(&whole, bytes, size) == 0
        && whole.size < 200000) {
        assert(parts.size == whole.size);
        assert(memcmp(parts.data, whole.data, whole.size) == 0);
    }
    text_free(&whole);
    text_free(&parts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    world_t world;
    open_world(&world);
    char *typed = malloc(size + 1);
    assert(typed);
    memcpy(typed, data, size);
    typed[size] = 0;
    ask(&world, typed, size, false);
    ask(&world, typed, size, true);
    mark(&world, typed, size);
    free(typed);
    close_world(&world);
    return 0;
}
