/* Imports through the editor, with a real file, real streams and real kinds: what the ledger keeps, what an
 * import may remove, and what is there again once it was taken back. */
#include "node/editor.h"

#include "broker/sync/tables.h"
#include "node/store/ledger.h"
#include "schemas/body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../shared.h"
#include "files.h"
#include "texts.h"

#define DAY_MS (24LL * 3600 * 1000)

typedef struct world {
    char folder[FOLDER_PATH_SIZE], path[80];
    schema_t *schema;
    sqlite3 *db;
    streams_t *streams;
    stream_t *stream;
    ledger_t *ledger;
    editor_t *editor;
    moment_t now;
    err_t err;
} world_t;

#define CHECK(call)                                                                                \
    do {                                                                                           \
        if (call)                                                                                  \
            fail_msg("%s: %s", #call, world->err.text);                                            \
    } while (0)

static void open_world(world_t *world)
{
    world->db = database_open(world->path, DATABASE_CACHE, &world->err);
    assert_non_null(world->db);
    CHECK(database_migrate(world->db, &sync_tables, &world->err));
    CHECK(database_migrate(world->db, &ledger_tables, &world->err));
    world->streams = streams_new(world->db, NULL, &world->err);
    world->stream = streams_open(world->streams, "loire", "answer", true, &world->err);
    assert_non_null(world->stream);
    CHECK(streams_begin(world->streams, &world->err));
    CHECK(stream_start_life(world->stream, world->stream->life + 1, &world->err));
    CHECK(streams_commit(world->streams, &world->err));
    world->ledger = ledger_new(world->db, &world->err);
    assert_non_null(world->ledger);
    world->editor = editor_new(world->streams, world->ledger, world->schema, "loire");
}

static void close_world(world_t *world)
{
    editor_destroy(&world->editor);
    ledger_destroy(&world->ledger);
    streams_destroy(&world->streams);
    database_close(world->db);
}

static int setup(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    world->schema = real_schema();
    new_folder(world->folder);
    snprintf(world->path, sizeof world->path, "%s/public.db", world->folder);
    world->now = (moment_t){1000, 1795000000000};
    open_world(world);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    world_t *world = *state;
    close_world(world);
    schema_destroy(&world->schema);
    remove_folder(world->folder);
    free(world);
    return 0;
}

/* "a=un" puts an answer, "a" deletes it; the question is its id. */
static change_t change_of(const world_t *world, const char *word, text_t *body)
{
    const kind_t *kind = schema_kind(world->schema, "answer");
    const char *equal = strchr(word, '=');
    change_t change = {.op = equal ? ITEM_PUT : ITEM_DELETE, .sv = kind->version};
    snprintf(change.kind, sizeof change.kind, "answer");
    snprintf(change.id, sizeof change.id, "%.*s", (int)strcspn(word, "="), word);
    text_init(body, BODY_MAX_SIZE);
    if (!equal)
        return change;
    findings_t findings = {0};
    json_t *json = json_pack("{s:s, s:s}", "question", change.id, "reponse", equal + 1);
    assert_int_equal(body_encode(kind, json, body, &findings), 0);
    json_decref(json);
    findings_free(&findings);
    change.body = (const uint8_t *)body->data;
    change.body_size = body->size;
    return change;
}

#define WORDS_MAX 8

/* Applies changes, words separated by spaces; from a source, or by hand (NULL). Compares the letters. */
static void apply(world_t *world, const char *source, const char *words, const char *expected)
{
    char all[256], outcomes[WORDS_MAX + 1] = {0}, *rest = all;
    change_t changes[WORDS_MAX];
    text_t bodies[WORDS_MAX];
    provenance_t provenance = {.note = "{}", .note_size = 2};
    size_t count = 0;
    snprintf(all, sizeof all, "%s", words);
    for (char *word; (word = strsep(&rest, " ")); count++)
        changes[count] = change_of(world, word, &bodies[count]);
    if (source)
        snprintf(provenance.source, sizeof provenance.source, "%s", source);
    world->now.unix_ms += 1000;
    CHECK(editor_apply(world->editor, source ? &provenance : NULL, changes, count, false, outcomes,
                       &world->now, &world->err));
    assert_string_equal(outcomes, expected);
    for (size_t i = 0; i < count; i++)
        text_free(&bodies[i]);
}

/* The answer that is there, or "" */
static const char *answer_of(world_t *world, const char *id, char text[64])
{
    text_t bytes;
    item_t item;
    text_init(&bytes, ITEM_MAX_SIZE);
    *text = 0;
    if (stream_find(world->stream, id, &bytes, &world->err) == 1
        && item_decode(&item, bytes.data, bytes.size, &world->err) == 0 && item.op == ITEM_PUT) {
        json_t *json = body_decode(schema_kind(world->schema, "answer"), item.body, item.body_size,
                                   &world->err);
        snprintf(text, 64, "%s", json_string_value(json_object_get(json, "reponse")));
        json_decref(json);
    }
    text_free(&bytes);
    return text;
}

static void expect_answer(world_t *world, const char *id, const char *expected)
{
    char text[64];
    assert_string_equal(answer_of(world, id, text), expected);
}

static int64_t rows(world_t *world, const char *sql)
{
    sqlite3_stmt *statement = database_prepare(world->db, sql, &world->err);
    assert_non_null(statement);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t count = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return count;
}

/* Gives how many records were left alone; done tells whether anything was written. */
static int64_t undo(world_t *world, int64_t number, bool force, bool done)
{
    char *text = NULL;
    CHECK(editor_undo(world->editor, number, force, false, &world->now, &text, &world->err));
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    assert_int_equal(json_is_true(json_object_get(json, "done")), done);
    int64_t left = json_integer_value(json_object_get(json, "left"));
    assert_int_equal(json_array_size(json_object_get(json, "left_ids")), left);
    json_decref(json);
    free(text);
    return left;
}

static void expect_refused_undo(world_t *world, int64_t number, const char *part)
{
    char *text = NULL;
    assert_int_equal(
        editor_undo(world->editor, number, false, false, &world->now, &text, &world->err), -1);
    assert_int_equal(world->err.action, ERR_REJECT);
    expect(world->err.text, part);
}

static void join_id(void *context, const char *id)
{
    char *ids = context;
    strcat(strcat(ids, id), " ");
}

static void expect_origins(world_t *world, const char *source, const char *expected)
{
    char ids[256] = "";
    CHECK(ledger_origins(world->ledger, "answer", source, join_id, ids, &world->err));
    assert_string_equal(ids, expected);
}

/* --- tests --- */

static void a_source_is_known_by_what_it_brought(void **state)
{
    world_t *world = *state;
    apply(world, NULL, "main=un", "n");
    apply(world, "angers", "a=un b=un main=un", "nns");
    apply(world, "aix", "c=un", "n");
    expect_origins(world, "angers", "a b ");
    expect_origins(world, "aix", "c ");
    apply(world, NULL, "a=deux b=un", "cs");
    expect_origins(world, "angers", "b ");
}

static void an_import_that_changes_nothing_leaves_no_trace(void **state)
{
    world_t *world = *state;
    apply(world, "angers", "a=un b=un", "nn");
    apply(world, "angers", "a=un b=un", "ss");
    assert_int_equal(rows(world, "SELECT count(*) FROM import"), 1);
    apply(world, "angers", "a=un b=deux", "sc");
    ledger_import_t import;
    assert_int_equal(ledger_last(world->ledger, "answer", "angers", &import, &world->err), 1);
    assert_int_equal(import.number, 2);
    assert_int_equal(import.changed, 1);
    assert_int_equal(import.same, 1);
    assert_string_equal(import.note, "{}");
    ledger_import_free(&import);
}

static void an_import_removes_only_what_its_source_brought(void **state)
{
    world_t *world = *state;
    apply(world, NULL, "main=un", "n");
    apply(world, "angers", "a=un b=un", "nn");
    apply(world, NULL, "b=deux", "c");
    apply(world, "angers", "main b a jamais", "kkda");
    expect_answer(world, "a", "");
    expect_answer(world, "b", "deux");
    expect_answer(world, "main", "un");
}

static void a_whole_import_is_taken_back(void **state)
{
    world_t *world = *state;
    apply(world, "angers", "a=un b=un c=un", "nnn");
    apply(world, "angers", "a=deux b=un c d=un", "csdn");
    assert_int_equal(undo(world, 0, false, true), 0);
    expect_answer(world, "a", "un");
    expect_answer(world, "b", "un");
    expect_answer(world, "c", "un");
    expect_answer(world, "d", "");
    expect_origins(world, "angers", "a b c ");
    expect_refused_undo(world, 2, "déjà");
    expect_refused_undo(world, 3, "--history");
    assert_int_equal(undo(world, 0, false, true), 0); /* the first one, now the last that stands */
    expect_answer(world, "a", "");
    expect_origins(world, "angers", "");
    assert_int_equal(rows(world, "SELECT count(*) FROM import_before"), 0);
    expect_refused_undo(world, 0, "aucun import");
}

static void what_was_changed_since_stops_the_undo_unless_forced(void **state)
{
    world_t *world = *state;
    apply(world, "angers", "a=un b=un", "nn");
    apply(world, "angers", "a=deux b=deux c=un", "ccn");
    apply(world, NULL, "b=main", "c");
    assert_int_equal(undo(world, 0, false, false), 1);
    expect_answer(world, "a", "deux");
    assert_int_equal(undo(world, 0, true, true), 1);
    expect_answer(world, "a", "un");
    expect_answer(world, "b", "main");
    expect_answer(world, "c", "");
    expect_origins(world, "angers", "a ");
}

static void a_trial_of_an_undo_changes_nothing(void **state)
{
    world_t *world = *state;
    char *text = NULL;
    apply(world, "angers", "a=un", "n");
    CHECK(editor_undo(world->editor, 1, false, true, &world->now, &text, &world->err));
    expect(text, "\"added\":1");
    free(text);
    expect_answer(world, "a", "un");
    assert_int_equal(undo(world, 1, false, true), 0);
}

static void deleting_by_hand_erases_what_was_kept(void **state)
{
    world_t *world = *state;
    apply(world, "angers", "a=secret b=un", "nn");
    apply(world, "angers", "a=deux b=deux", "cc");
    apply(world, NULL, "a", "d");
    assert_int_equal(rows(world, "SELECT count(*) FROM import_before WHERE id='a'"), 0);
    assert_int_equal(rows(world, "SELECT count(*) FROM origin WHERE id='a'"), 0);
    assert_int_equal(rows(world, "SELECT count(*) FROM import_before WHERE id='b'"), 2);
    apply(world, "angers", "b", "d");
    apply(world, NULL, "b", "a"); /* gone already, but asked for by a person */
    assert_int_equal(rows(world, "SELECT count(*) FROM import_before"), 0);
}

static void forget_erased(world_t *world)
{
    CHECK(streams_begin(world->streams, &world->err));
    CHECK(streams_end(world->streams, ledger_forget_erased(world->ledger, "loire", &world->err),
                      &world->err));
}

/* As a recovery does: the deletion comes from a broker, and no editor hears of it. */
static void recover_deletion(world_t *world, const char *id)
{
    world->now.unix_ms += 1000;
    CHECK(streams_begin(world->streams, &world->err));
    CHECK(stream_change(world->stream, ITEM_DELETE, id, 1, NULL, 0, &world->now, &world->err));
    CHECK(streams_commit(world->streams, &world->err));
}

static void an_erasure_that_a_restored_store_did_not_know_erases_what_imports_kept(void **state)
{
    world_t *world = *state;
    apply(world, "angers", "a=un b=un", "nn");
    apply(world, "angers", "a=deux b=deux", "cc");
    forget_erased(world);
    assert_int_equal(rows(world, "SELECT count(*) FROM import_before WHERE body NOT NULL"), 2);
    recover_deletion(world, "a");
    forget_erased(world);
    assert_int_equal(rows(world, "SELECT count(*) FROM import_before WHERE body NOT NULL"), 1);
    assert_int_equal(rows(world, "SELECT count(*) FROM import_before WHERE id='b'"), 2);
}

static void what_an_import_removed_is_no_erasure(void **state)
{
    world_t *world = *state;
    apply(world, "angers", "a=un b=un", "nn");
    apply(world, "angers", "a", "d");
    forget_erased(world);
    assert_int_equal(rows(world, "SELECT count(*) FROM import_before WHERE body NOT NULL"), 1);
}

/* The backup is from between the two: it knows the import, and keeps what that replaced. */
static void
an_erasure_after_an_import_had_removed_the_record_is_told_to_a_restored_store(void **state)
{
    world_t *world = *state;
    apply(world, "angers", "a=un b=un", "nn");
    apply(world, "angers", "a b", "dd");
    CHECK(database_execute(world->db, "CREATE TABLE backup AS SELECT * FROM import_before",
                           "back up", &world->err));
    uint64_t seq = world->stream->seq;
    world->now.unix_ms += DAY_MS;
    apply(world, NULL, "a", "a");
    assert_int_equal(world->stream->seq, seq + 1);
    apply(world, NULL, "a", "a"); /* nothing is left to tell */
    assert_int_equal(world->stream->seq, seq + 1);
    CHECK(database_execute(
        world->db, "DELETE FROM import_before; INSERT INTO import_before SELECT * FROM backup",
        "restore", &world->err));
    forget_erased(world);
    assert_int_equal(rows(world, "SELECT count(*) FROM import_before WHERE body NOT NULL"), 1);
    assert_int_equal(
        rows(world, "SELECT count(*) FROM import_before WHERE id='b' AND body NOT NULL"), 1);
}

static void what_taking_an_import_back_removed_is_no_erasure(void **state)
{
    world_t *world = *state;
    apply(world, "angers", "a=un", "n");
    apply(world, "angers", "a", "d");
    world->now.unix_ms += DAY_MS;
    apply(world, "angers", "a=deux", "n");
    world->now.unix_ms += DAY_MS;
    undo(world, 3, false, true);
    forget_erased(world);
    assert_int_equal(rows(world, "SELECT count(*) FROM import_before WHERE body NOT NULL"), 1);
}

static void only_the_last_imports_of_a_kind_can_be_taken_back(void **state)
{
    world_t *world = *state;
    char word[16];
    for (int i = 0; i <= LEDGER_KEPT_IMPORTS; i++) {
        snprintf(word, sizeof word, "a=%d", i);
        apply(world, "angers", word, i ? "c" : "n");
    }
    assert_int_equal(rows(world, "SELECT count(*) FROM import_before"), LEDGER_KEPT_IMPORTS);
    expect_refused_undo(world, 1, "ne peut plus");
    world->now.unix_ms += LEDGER_KEPT_MS + DAY_MS;
    CHECK(editor_expire(world->editor, &world->now, &world->err));
    assert_int_equal(rows(world, "SELECT count(*) FROM import_before"), 0);
    expect_refused_undo(world, 0, "90 jours");
}

static void a_full_disk_is_one_sentence_and_nothing_is_saved(void **state)
{
    world_t *world = *state;
    enum { COUNT = 500 };
    text_t *bodies = calloc(COUNT, sizeof *bodies);
    change_t *changes = calloc(COUNT, sizeof *changes);
    char outcomes[COUNT], word[600];
    provenance_t provenance = {.source = "angers"};
    apply(world, "angers", "a=un", "n");
    for (int i = 0; i < COUNT; i++) {
        snprintf(word, sizeof word, "q-%d=%0500d", i, i);
        changes[i] = change_of(world, word, &bodies[i]);
    }
    CHECK(database_execute(world->db, "PRAGMA max_page_count = 60", "limit", &world->err));
    assert_int_equal(editor_apply(world->editor, &provenance, changes, COUNT, false, outcomes,
                                  &world->now, &world->err),
                     -1);
    assert_int_equal(world->err.action, ERR_RETRY);
    expect(world->err.text, "disque");
    expect_not(world->err.text, "cannot");
    assert_int_equal(rows(world, "SELECT count(*) FROM item"), 1);
    assert_int_equal(rows(world, "SELECT count(*) FROM import"), 1);
    CHECK(database_execute(world->db, "PRAGMA max_page_count = 100000", "limit", &world->err));
    CHECK(editor_apply(world->editor, &provenance, changes, COUNT, false, outcomes, &world->now,
                       &world->err));
    for (int i = 0; i < COUNT; i++)
        text_free(&bodies[i]);
    free(bodies);
    free(changes);
}

static void a_ledger_that_cannot_be_written_saves_nothing(void **state)
{
    world_t *world = *state;
    char outcomes[2];
    text_t bodies[2];
    apply(world, "angers", "a=un", "n");
    change_t changes[] = {change_of(world, "a=deux", &bodies[0]),
                          change_of(world, "b=deux", &bodies[1])};
    CHECK(database_execute(world->db,
                           "CREATE TEMP TRIGGER no BEFORE DELETE ON origin"
                           " BEGIN SELECT RAISE(ROLLBACK, 'no'); END",
                           "break the ledger", &world->err));
    assert_int_equal(
        editor_apply(world->editor, NULL, changes, 2, false, outcomes, &world->now, &world->err),
        -1);
    expect_answer(world, "a", "un");
    expect_answer(world, "b", "");
    for (int i = 0; i < 2; i++)
        text_free(&bodies[i]);
}

static void the_hubs_card_is_not_for_people_to_change(void **state)
{
    world_t *world = *state;
    change_t change = {.op = ITEM_DELETE, .kind = "hub", .id = "loire", .sv = 1};
    assert_int_equal(editor_check(world->editor, &change, 1, &world->err), -1);
    assert_int_equal(world->err.action, ERR_REJECT);
    expect(world->err.text, "YAML");
}

static void the_ledger_is_read_beside_the_node(void **state)
{
    world_t *world = *state;
    char ids[64] = "";
    apply(world, "angers", "a=un", "n");
    ledger_t *reader = ledger_open(world->folder, &world->err);
    assert_non_null(reader);
    CHECK(ledger_origins(reader, "answer", "angers", join_id, ids, &world->err));
    assert_string_equal(ids, "a ");
    ledger_destroy(&reader);
    assert_null(reader);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_source_is_known_by_what_it_brought),
        TEST(an_import_that_changes_nothing_leaves_no_trace),
        TEST(an_import_removes_only_what_its_source_brought),
        TEST(a_whole_import_is_taken_back),
        TEST(what_was_changed_since_stops_the_undo_unless_forced),
        TEST(a_trial_of_an_undo_changes_nothing),
        TEST(deleting_by_hand_erases_what_was_kept),
        TEST(an_erasure_that_a_restored_store_did_not_know_erases_what_imports_kept),
        TEST(what_an_import_removed_is_no_erasure),
        TEST(an_erasure_after_an_import_had_removed_the_record_is_told_to_a_restored_store),
        TEST(what_taking_an_import_back_removed_is_no_erasure),
        TEST(only_the_last_imports_of_a_kind_can_be_taken_back),
        TEST(a_full_disk_is_one_sentence_and_nothing_is_saved),
        TEST(a_ledger_that_cannot_be_written_saves_nothing),
        TEST(the_hubs_card_is_not_for_people_to_change),
        TEST(the_ledger_is_read_beside_the_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
