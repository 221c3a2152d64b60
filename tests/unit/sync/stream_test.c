#include "workbench.h"

#include "broker/sync/stream.h"

#include <unistd.h>

typedef struct world {
    bench_t *bench;
    stream_t *own;    /* loire/event: this node is the hub */
    stream_t *sunk;   /* rhone/event: pulled */
    author_t rhone;   /* what `sunk` is pulled from */
    const char *fail; /* the id at which the observer fails; NULL: none */
    slice_t *slice;
    char path[64]; /* of a file, for the tests that start again; "" */
} world_t;

/* Hears what changes, and writes it down in a table, as projections do. */
static int hear(const world_t *world, const char *what, const char *id, err_t *err)
{
    sqlite3_stmt *statement =
        database_prepare(world->bench->db, "INSERT INTO heard(what) VALUES(?1 || ' ' || ?2)", err);
    sqlite3_bind_text(statement, 1, what, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, id, -1, SQLITE_STATIC);
    int result = database_run(statement, "hear", err);
    sqlite3_finalize(statement);
    if (!result && world->fail && !strcmp(world->fail, id))
        return err_set(err, ERR_REJECT, "the observer wants no '%s'", id);
    return result;
}

static int hear_put(void *context, const stream_t *stream, const item_t *item, err_t *err)
{
    (void)stream;
    return hear(context, item->op == ITEM_PUT ? "put" : "delete", item->id, err);
}

static int hear_remove(void *context, const stream_t *stream, const char *id, err_t *err)
{
    (void)stream;
    return hear(context, "remove", id, err);
}

static void open_streams(world_t *world)
{
    bench_t *bench = world->bench;
    bench_execute(bench, "CREATE TABLE IF NOT EXISTS heard(what TEXT)");
    world->own = streams_open(bench->streams, "loire", "event", true, &bench->err);
    world->sunk = streams_open(bench->streams, "rhone", "event", false, &bench->err);
    assert_non_null(world->own);
    assert_non_null(world->sunk);
    while (streams_next_changed(bench->streams))
        ;
}

static void start_world(world_t *world, const char *path)
{
    observer_t observer = {hear_put, hear_remove, world};
    world->bench = bench_new(path, &observer);
    world->rhone = author_new("rhone", "event");
    world->slice = slice_new();
    open_streams(world);
}

static int set_up(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    start_world(world, ":memory:");
    *state = world;
    return 0;
}

static int set_up_file(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    snprintf(world->path, sizeof world->path, "%s", P_tmpdir "/stream-test-XXXXXX");
    close(mkstemp(world->path));
    start_world(world, world->path);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    world_t *world = *state;
    bench_destroy(&world->bench);
    author_free(&world->rhone);
    slice_destroy(&world->slice);
    static const char *const ENDINGS[] = {"", "-wal", "-shm"};
    for (size_t i = 0; world->path[0] && i < sizeof ENDINGS / sizeof *ENDINGS; i++) {
        char path[80];
        snprintf(path, sizeof path, "%s%s", world->path, ENDINGS[i]);
        unlink(path);
    }
    free(world);
    return 0;
}

static void start_again(world_t *world)
{
    observer_t observer = {hear_put, hear_remove, world};
    bench_reopen(world->bench, world->path, &observer);
    open_streams(world);
}

/* ---- what the tests do with streams ---- */

static void begin(world_t *world)
{
    bench_t *bench = world->bench;
    assert_ok(streams_begin(bench->streams, &bench->err));
}

static void commit(world_t *world)
{
    bench_t *bench = world->bench;
    assert_ok(streams_commit(bench->streams, &bench->err));
}

static void roll_back(world_t *world)
{
    streams_rollback(world->bench->streams);
}

/* A change of the own stream, within a transaction; text NULL: a deletion. */
static int change(world_t *world, const char *id, const char *text)
{
    size_t size = 0;
    uint8_t *body = text ? body_new(text, &size) : NULL;
    int result = stream_change(world->own, text ? ITEM_PUT : ITEM_DELETE, id, 3, body, size,
                               &world->bench->now, &world->bench->err);
    free(body);
    return result;
}

static void put(world_t *world, const char *id, const char *text)
{
    bench_t *bench = world->bench;
    begin(world);
    assert_ok(change(world, id, text));
    commit(world);
}

static char *long_text(size_t length)
{
    char *text = malloc(length + 1);
    memset(text, 'x', length);
    text[length] = 0;
    return text;
}

/* Stages what `author` has after `after`, as coming from broker "a". */
static int stage(world_t *world, stream_t *stream, const author_t *author, uint64_t after)
{
    item_t items[BATCH_MAX_ITEMS];
    assert_true(author->count <= BATCH_MAX_ITEMS);
    size_t count = author_items(author, after, UINT64_MAX, items);
    return stream_stage(stream, items, count, "a", author->seq, &world->bench->err);
}

/* Proves the author's present state: all of it is staged, applied, and its head taken. */
static void sink_all(world_t *world, stream_t *stream, const author_t *author)
{
    bench_t *bench = world->bench;
    head_t head = author_head(author);
    begin(world);
    assert_ok(stage(world, stream, author, stream->head.life ? stream->head.seq : 0));
    assert_ok(stream_apply_staged(stream, &bench->now, &bench->err));
    stream_set_known(stream, &head);
    stream_set_head(stream, &head, &bench->now);
    commit(world);
}

static void resync_to(world_t *world, stream_t *stream, const author_t *author)
{
    bench_t *bench = world->bench;
    begin(world);
    assert_ok(stream_start_resync(stream, &bench->err));
    assert_ok(stage(world, stream, author, 0));
    assert_ok(stream_apply_staged(stream, &bench->now, &bench->err));
    commit(world);
}

static void assert_root_is_authors(world_t *world, stream_t *stream, const author_t *author)
{
    bench_t *bench = world->bench;
    uint8_t root[HASH_SIZE];
    head_t head = author_head(author);
    assert_ok(stream_root(stream, root, &bench->err));
    assert_memory_equal(root, head.root, HASH_SIZE);
    assert_int_equal(stream->count, head.count);
}

/* The root over what readers see, by the formula. */
static void assert_root_is_right(world_t *world, stream_t *stream)
{
    bench_t *bench = world->bench;
    uint8_t root[HASH_SIZE], expected[HASH_SIZE];
    assert_ok(stream_read(stream, 0, world->slice, &bench->err));
    assert_false(world->slice->full);
    item_t items[BATCH_MAX_ITEMS];
    for (size_t i = 0; i < world->slice->count; i++)
        assert_ok(item_decode(&items[i], world->slice->items[i].data, world->slice->items[i].size,
                              &bench->err));
    items_root(items, world->slice->count, expected);
    assert_int_equal(stream->count, world->slice->count);
    assert_ok(stream_root(stream, root, &bench->err));
    assert_memory_equal(root, expected, HASH_SIZE);
}

/* The ids a reader finds after `after`, in their order: "a b c". */
static const char *read_ids(world_t *world, const stream_t *stream, uint64_t after, char ids[256])
{
    bench_t *bench = world->bench;
    assert_ok(stream_read(stream, after, world->slice, &bench->err));
    int at = 0;
    ids[0] = 0;
    for (size_t i = 0; i < world->slice->count; i++) {
        item_t item;
        assert_ok(item_decode(&item, world->slice->items[i].data, world->slice->items[i].size,
                              &bench->err));
        at += snprintf(ids + at, 256 - (size_t)at, "%s%s", i ? " " : "", item.id);
    }
    return ids;
}

static void assert_ids(world_t *world, const stream_t *stream, const char *expected)
{
    char ids[256];
    assert_string_equal(read_ids(world, stream, 0, ids), expected);
}

/* One row of one column, all rows joined. */
static void assert_rows(const world_t *world, const char *sql, const char *expected)
{
    sqlite3_stmt *statement = NULL;
    assert_int_equal(sqlite3_prepare_v2(world->bench->db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    const char *found = (const char *)sqlite3_column_text(statement, 0);
    assert_string_equal(found ? found : "", expected);
    sqlite3_finalize(statement);
}

static void assert_heard(const world_t *world, const char *expected)
{
    assert_rows(world,
                "SELECT group_concat(what, ', ') FROM (SELECT what FROM heard ORDER BY rowid)",
                expected);
}

/* No file grows any more, from here on. */
static void fill_disk(const world_t *world)
{
    char sql[64];
    snprintf(sql, sizeof sql, "PRAGMA max_page_count=%lld",
             (long long)bench_number(world->bench, "PRAGMA page_count"));
    bench_number(world->bench, sql);
}

static void free_disk(const world_t *world)
{
    bench_number(world->bench, "PRAGMA max_page_count=1000000");
}

/* ---- opening ---- */

static void a_stream_is_found_again_by_hub_and_kind(void **state)
{
    world_t *world = *state;
    streams_t *streams = world->bench->streams;
    assert_int_equal(streams_count(streams), 2);
    assert_ptr_equal(streams_find(streams, "loire", "event"), world->own);
    assert_ptr_equal(streams_open(streams, "loire", "event", true, NULL), world->own);
    assert_ptr_equal(streams_at(streams, 1), world->sunk);
    assert_int_equal(world->sunk->index, 1);
    assert_null(streams_find(streams, "loire", "use_case"));
    assert_null(streams_find(streams, "savoie", "event"));
}

static void a_store_that_is_opened_again_knows_all_its_streams(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    author_put(&world->rhone, "a", "one");
    author_delete(&world->rhone, "b");
    sink_all(world, world->sunk, &world->rhone);
    author_put(&world->rhone, "c", "three");
    head_t head = author_head(&world->rhone);
    begin(world);
    stream_set_known(world->sunk, &head);
    assert_ok(stage(world, world->sunk, &world->rhone, 2));
    commit(world);
    start_again(world);
    const stream_t *sunk = world->sunk;
    assert_false(sunk->own);
    assert_int_equal(sunk->count, 2);
    assert_int_equal(sunk->head.seq, 2);
    assert_int_equal(sunk->known.seq, 3);
    assert_memory_equal(sunk->known.bytes, head.bytes, head.size);
    assert_int_equal(sunk->cursor, 3);
    assert_int_equal(sunk->staged, 1);
    assert_string_equal(sunk->source, "a");
    assert_int_equal(sunk->verified_at_ms, bench->now.unix_ms);
    assert_ids(world, sunk, "a b");
    assert_root_is_right(world, world->sunk);
}

static void a_stream_can_become_ones_own(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    assert_ptr_equal(streams_open(bench->streams, "rhone", "event", true, &bench->err),
                     world->sunk);
    assert_true(world->sunk->own);
    assert_int_equal(bench_number(bench, "SELECT own FROM stream WHERE hub = 'rhone'"), 1);
}

/* A hub that starts with the store of a node that only pulled its records. */
static void a_pulled_stream_that_becomes_ones_own_goes_on_from_its_number(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    author_put(&world->rhone, "a", "one");
    author_put(&world->rhone, "b", "two");
    sink_all(world, world->sunk, &world->rhone);
    stream_t *own = streams_open(bench->streams, "rhone", "event", true, &bench->err);
    assert_non_null(own);
    assert_int_equal(own->life, FIRST_LIFE);
    assert_int_equal(own->seq, 2);
    assert_int_equal(own->cursor, 2);
}

static void a_stream_created_in_a_transaction_that_fails_is_gone(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    fill_disk(world);
    size_t made = 0;
    char kind[NAME_SIZE];
    do
        snprintf(kind, sizeof kind, "kind%zu", made++);
    while (streams_open(bench->streams, "loire", kind, true, &bench->err));
    assert_int_equal(bench->err.action, ERR_RETRY);
    assert_int_equal(streams_count(bench->streams), 2 + made - 1);
    assert_null(streams_find(bench->streams, "loire", kind));
    free_disk(world);
    stream_t *stream = streams_open(bench->streams, "loire", kind, true, &bench->err);
    assert_non_null(stream);
    assert_int_equal(stream->index, 2 + made - 1);
    assert_int_equal(bench_number(bench, "SELECT count(*) FROM stream"), 2 + (int64_t)made);
}

static void a_created_stream_whose_transaction_cannot_commit_is_gone_too(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    bench_execute(bench, "CREATE TRIGGER guard BEFORE UPDATE ON stream BEGIN"
                         " SELECT raise(ABORT, 'not now'); END");
    assert_null(streams_open(bench->streams, "loire", "use_case", true, &bench->err));
    assert_int_equal(streams_count(bench->streams), 2);
    assert_null(streams_find(bench->streams, "loire", "use_case"));
    bench_execute(bench, "DROP TRIGGER guard");
    const stream_t *stream = streams_open(bench->streams, "loire", "use_case", true, &bench->err);
    assert_non_null(stream);
    assert_int_equal(stream->index, 2);
}

static void a_damaged_stored_head_stops(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    bench_execute(bench, "UPDATE stream SET head = x'00'");
    assert_null(streams_new(bench->db, NULL, &bench->err));
    assert_int_equal(bench->err.action, ERR_STOP);
}

/* ---- an own stream ---- */

static void each_change_gets_the_next_number_also_that_of_a_known_record(void **state)
{
    world_t *world = *state;
    put(world, "a", "one");
    assert_int_equal(world->own->seq, 1);
    put(world, "b", "two");
    put(world, "a", "three");
    assert_int_equal(world->own->seq, 3);
    assert_int_equal(world->own->cursor, 3);
    assert_int_equal(world->own->count, 2);
    assert_ids(world, world->own, "b a");
}

static void several_changes_of_one_transaction_get_one_number_each(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    begin(world);
    assert_ok(change(world, "a", "one"));
    assert_ok(change(world, "a", "two"));
    assert_ok(change(world, "b", "three"));
    commit(world);
    assert_int_equal(world->own->seq, 3);
    assert_ids(world, world->own, "a b");
}

static void a_version_says_who_what_and_when(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    put(world, "a", "one");
    text_t bytes;
    text_init(&bytes, ITEM_MAX_SIZE);
    assert_int_equal(stream_find(world->own, "a", &bytes, &bench->err), 1);
    item_t item;
    assert_ok(item_decode(&item, bytes.data, bytes.size, &bench->err));
    assert_string_equal(item.hub, "loire");
    assert_string_equal(item.kind, "event");
    assert_int_equal(item.seq, 1);
    assert_int_equal(item.sv, 3);
    assert_int_equal(item.ts_ms, bench->now.unix_ms);
    text_free(&bytes);
}

static void a_deletion_leaves_a_marker_that_counts(void **state)
{
    world_t *world = *state;
    put(world, "a", "one");
    put(world, "a", NULL);
    assert_int_equal(world->own->seq, 2);
    assert_int_equal(world->own->count, 1);
    assert_ids(world, world->own, "a");
    assert_heard(world, "put a, delete a");
    assert_root_is_right(world, world->own);
}

static void a_record_that_is_too_long_is_refused_in_french_and_costs_no_number(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    char *text = long_text(ITEM_MAX_SIZE - 10);
    begin(world);
    assert_rejected(change(world, "a", text));
    assert_non_null(strstr(bench->err.text, "fiche"));
    assert_ok(change(world, "b", "short"));
    commit(world);
    assert_int_equal(world->own->seq, 1);
    free(text);
}

static void numbers_go_on_in_a_new_life_and_after_a_restart(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    put(world, "a", "one");
    begin(world);
    assert_ok(stream_start_life(world->own, FIRST_LIFE, &bench->err));
    commit(world);
    put(world, "b", "two");
    start_again(world);
    assert_int_equal(world->own->seq, 2);
    assert_int_equal(world->own->life, FIRST_LIFE);
    begin(world);
    assert_ok(stream_start_life(world->own, FIRST_LIFE + 1, &bench->err));
    commit(world);
    put(world, "c", "three");
    assert_int_equal(world->own->seq, 3);
}

/* Fills a stream up to its limit with rows that cost nothing to make. */
static void fill_stream(world_t *world)
{
    put(world, "known", "one");
    bench_execute(world->bench,
                  "WITH RECURSIVE n(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < 100000)"
                  " INSERT INTO item(stream, id, seq, op, bucket, leaf, bytes)"
                  " SELECT 1, 'r' || n, n, 1, n % 256, zeroblob(32), x'c0' FROM n;"
                  "UPDATE stream SET seq = 100000, cursor = 100000 WHERE stream = 1");
    start_again(world);
    assert_int_equal(world->own->count, STREAM_MAX_ITEMS);
}

static void a_full_stream_takes_changes_of_known_records_alone(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    fill_stream(world);
    begin(world);
    assert_rejected(change(world, "new", "one"));
    assert_non_null(strstr(bench->err.text, "100000"));
    assert_non_null(strstr(bench->err.text, "fiches"));
    assert_ok(change(world, "known", "two"));
    assert_ok(change(world, "known", NULL));
    assert_rejected(change(world, "new", "one"));
    commit(world);
    assert_int_equal(world->own->count, STREAM_MAX_ITEMS);
    assert_int_equal(world->own->seq, STREAM_MAX_ITEMS + 2);
}

/* ---- lives ---- */

static void the_first_life_starts_from_nothing(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    put(world, "a", "one");
    begin(world);
    assert_ok(stream_start_life(world->own, FIRST_LIFE, &bench->err));
    commit(world);
    assert_int_equal(bench_number(bench, "SELECT count(*) FROM past"), 0);
    uint64_t covered = 9;
    assert_ok(stream_past(world->own, FIRST_LIFE, &covered, &bench->err));
    assert_int_equal(covered, 0);
}

static void a_new_life_remembers_where_the_former_one_ended(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    for (uint64_t life = FIRST_LIFE; life < FIRST_LIFE + 3; life++) {
        begin(world);
        assert_ok(stream_start_life(world->own, life, &bench->err));
        assert_ok(change(world, "a", "one"));
        assert_ok(change(world, "a", "two"));
        commit(world);
    }
    uint64_t covered;
    assert_ok(stream_past(world->own, FIRST_LIFE, &covered, &bench->err));
    assert_int_equal(covered, 2);
    assert_ok(stream_past(world->own, FIRST_LIFE + 1, &covered, &bench->err));
    assert_int_equal(covered, 4);
    assert_ok(stream_past(world->own, FIRST_LIFE + 2, &covered, &bench->err));
    assert_int_equal(covered, 0);
    assert_ok(stream_past(world->sunk, FIRST_LIFE, &covered, &bench->err));
    assert_int_equal(covered, 0);
}

static void a_new_life_ends_a_recovery(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    put(world, "a", "one");
    author_t past = author_new("loire", "event");
    author_put(&past, "b", "two");
    author_put(&past, "b", "three");
    head_t head = author_head(&past);
    begin(world);
    stream_set_known(world->own, &head);
    assert_ok(stream_start_resync(world->own, &bench->err));
    assert_ok(stage(world, world->own, &past, 0));
    commit(world);
    begin(world);
    assert_ok(stream_start_life(world->own, FIRST_LIFE + 1, &bench->err));
    commit(world);
    assert_int_equal(world->own->known.life, 0);
    assert_int_equal(world->own->staged, 0);
    assert_int_equal(world->own->cursor, 1);
    assert_false(world->own->resync);
    assert_ids(world, world->own, "a");
    author_free(&past);
}

/* ---- transactions ---- */

static void a_rollback_restores_memory_and_disk(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    put(world, "a", "one");
    author_put(&world->rhone, "x", "one");
    sink_all(world, world->sunk, &world->rhone);
    uint8_t root[2][HASH_SIZE], again[HASH_SIZE];
    assert_ok(stream_root(world->own, root[0], &bench->err));
    assert_ok(stream_root(world->sunk, root[1], &bench->err));
    author_put(&world->rhone, "y", "two");
    head_t head = author_head(&world->rhone);

    begin(world);
    assert_ok(stream_start_life(world->own, FIRST_LIFE, &bench->err));
    assert_ok(change(world, "a", NULL));
    assert_ok(change(world, "b", "two"));
    stream_set_known(world->sunk, &head);
    assert_ok(stage(world, world->sunk, &world->rhone, 1));
    assert_ok(stream_start_resync(world->sunk, &bench->err));
    assert_ok(streams_set_fence(bench->streams, 77, true, &bench->err));
    assert_ok(stream_root(world->own, again, &bench->err));
    assert_memory_not_equal(again, root[0], HASH_SIZE);
    roll_back(world);

    assert_int_equal(world->own->seq, 1);
    assert_int_equal(world->own->life, 0);
    assert_int_equal(world->own->count, 1);
    assert_int_equal(world->sunk->known.seq, 1);
    assert_int_equal(world->sunk->cursor, 1);
    assert_int_equal(world->sunk->staged, 0);
    assert_string_equal(world->sunk->source, "");
    assert_false(world->sunk->resync);
    assert_false(streams_fenced(bench->streams));
    assert_int_equal(streams_fence_life(bench->streams), 0);
    assert_ids(world, world->own, "a");
    assert_heard(world, "put a, put x");
    assert_ok(stream_root(world->own, again, &bench->err));
    assert_memory_equal(again, root[0], HASH_SIZE);
    assert_ok(stream_root(world->sunk, again, &bench->err));
    assert_memory_equal(again, root[1], HASH_SIZE);
    assert_int_equal(bench_number(bench, "SELECT count(*) FROM staged"), 0);
    put(world, "c", "two");
    assert_int_equal(world->own->seq, 2);
}

static void an_end_commits_what_went_well_and_undoes_what_did_not(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    begin(world);
    assert_ok(streams_end(bench->streams, change(world, "a", "one"), &bench->err));
    begin(world);
    assert_ok(change(world, "b", "one"));
    assert_int_equal(streams_end(bench->streams, -1, &bench->err), -1);
    assert_ids(world, world->own, "a");
    assert_int_equal(world->own->seq, 1);
}

static void an_observer_that_fails_undoes_the_whole_transaction(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    world->fail = "b";
    begin(world);
    assert_ok(change(world, "a", "one"));
    int result = change(world, "b", "two");
    assert_rejected(streams_end(bench->streams, result, &bench->err));
    assert_non_null(strstr(bench->err.text, "wants no 'b'"));
    assert_int_equal(world->own->seq, 0);
    assert_int_equal(world->own->count, 0);
    assert_ids(world, world->own, "");
    assert_heard(world, "");
    assert_root_is_right(world, world->own);
}

static void an_observer_that_fails_at_a_removal_undoes_the_resync(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    author_put(&world->rhone, "a", "one");
    author_put(&world->rhone, "b", "two");
    sink_all(world, world->sunk, &world->rhone);
    author_t other = author_new("rhone", "event");
    author_put(&other, "a", "other");
    world->fail = "b";
    begin(world);
    assert_ok(stream_start_resync(world->sunk, &bench->err));
    assert_ok(stage(world, world->sunk, &other, 0));
    int result = stream_apply_staged(world->sunk, &bench->now, &bench->err);
    assert_rejected(streams_end(bench->streams, result, &bench->err));
    assert_root_is_authors(world, world->sunk, &world->rhone);
    assert_false(world->sunk->resync);
    author_free(&other);
}

static void an_observer_hears_of_puts_deletions_and_removals_in_their_order(void **state)
{
    world_t *world = *state;
    author_put(&world->rhone, "a", "one");
    author_put(&world->rhone, "b", "two");
    sink_all(world, world->sunk, &world->rhone);
    bench_execute(world->bench, "DELETE FROM heard");
    author_t other = author_new("rhone", "event");
    author_delete(&other, "b");
    resync_to(world, world->sunk, &other);
    assert_heard(world, "remove a, delete b");
    author_free(&other);
}

static void a_store_needs_no_observer(void **state)
{
    world_t *world = *state;
    bench_t *bench = bench_new(":memory:", NULL);
    bench_t *former = world->bench;
    stream_t *own = world->own, *sunk = world->sunk;
    world->bench = bench;
    world->own = streams_open(bench->streams, "loire", "event", true, &bench->err);
    world->sunk = streams_open(bench->streams, "rhone", "event", false, &bench->err);
    put(world, "a", "one");
    author_put(&world->rhone, "a", "one");
    sink_all(world, world->sunk, &world->rhone);
    author_t other = author_new("rhone", "event");
    resync_to(world, world->sunk, &other);
    assert_ids(world, world->own, "a");
    assert_ids(world, world->sunk, "");
    author_free(&other);
    bench_destroy(&bench);
    world->bench = former;
    world->own = own;
    world->sunk = sunk;
}

static void a_stream_that_changed_is_told_once(void **state)
{
    world_t *world = *state;
    streams_t *streams = world->bench->streams;
    assert_null(streams_next_changed(streams));
    put(world, "a", "one");
    put(world, "b", "two");
    author_put(&world->rhone, "a", "one");
    sink_all(world, world->sunk, &world->rhone);
    assert_ptr_equal(streams_next_changed(streams), world->own);
    assert_ptr_equal(streams_next_changed(streams), world->sunk);
    assert_null(streams_next_changed(streams));
    put(world, "c", "three");
    assert_ptr_equal(streams_next_changed(streams), world->own);
    assert_null(streams_next_changed(streams));
}

static void a_stream_that_only_stages_is_told_of_too(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    author_put(&world->rhone, "a", "one");
    begin(world);
    assert_ok(stage(world, world->sunk, &world->rhone, 0));
    commit(world);
    assert_ptr_equal(streams_next_changed(bench->streams), world->sunk);
    assert_null(streams_next_changed(bench->streams));
}

static void what_was_rolled_back_is_told_to_nobody(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    begin(world);
    assert_ok(change(world, "a", "one"));
    roll_back(world);
    assert_null(streams_next_changed(bench->streams));
}

/* ---- a disk that cannot be read ---- */

static int stop_reading(void *left)
{
    return --*(int *)left < 0;
}

/* Lets the database do that many steps more. */
static void spoil_disk(const world_t *world, int *steps)
{
    sqlite3_progress_handler(world->bench->db, 1, stop_reading, steps);
}

static void mend_disk(const world_t *world)
{
    sqlite3_progress_handler(world->bench->db, 0, NULL, NULL);
}

static void hashes_that_were_read_in_part_are_not_used(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    for (int i = 0; i < 20; i++) {
        char id[ID_SIZE];
        snprintf(id, sizeof id, "r%d", i);
        put(world, id, "text");
    }
    start_again(world);
    uint8_t root[HASH_SIZE];
    int steps = 30;
    spoil_disk(world, &steps);
    assert_int_equal(stream_root(world->own, root, &bench->err), -1);
    mend_disk(world);
    assert_root_is_right(world, world->own);
}

static void a_rollback_asks_nothing_of_the_disk(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    uint8_t root[HASH_SIZE], again[HASH_SIZE];
    put(world, "a", "one");
    assert_ok(stream_root(world->own, root, &bench->err));
    begin(world);
    assert_ok(change(world, "b", "two"));
    assert_ok(streams_set_fence(bench->streams, 7, true, &bench->err));
    int steps = 4; /* of the ROLLBACK itself */
    spoil_disk(world, &steps);
    roll_back(world);
    assert_int_equal(stream_root(world->own, again, &bench->err), -1);
    mend_disk(world);
    assert_int_equal(world->own->seq, 1);
    assert_int_equal(world->own->count, 1);
    assert_false(streams_fenced(bench->streams));
    assert_ok(stream_root(world->own, again, &bench->err)); /* a hub would sign this */
    assert_memory_equal(again, root, HASH_SIZE);
    begin(world);
    commit(world);
    assert_int_equal(bench_number(bench, "SELECT seq FROM stream WHERE hub = 'loire'"), 1);
}

static void a_created_stream_is_gone_also_when_the_disk_cannot_be_read(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    bench_execute(bench, "CREATE TRIGGER guard BEFORE UPDATE ON stream BEGIN"
                         " SELECT raise(ABORT, 'not now'); END");
    for (int steps = 0; steps < 200; steps++) {
        int left = steps;
        spoil_disk(world, &left);
        assert_null(streams_open(bench->streams, "loire", "use_case", true, &bench->err));
        mend_disk(world);
        database_rollback(bench->db); /* which could not be done either */
        assert_int_equal(streams_count(bench->streams), 2);
        assert_null(streams_find(bench->streams, "loire", "use_case"));
    }
}

static void a_fence_stays_when_a_transaction_is_undone(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    begin(world);
    assert_ok(streams_set_fence(bench->streams, 7, true, &bench->err));
    commit(world);
    begin(world);
    assert_ok(streams_set_fence(bench->streams, 9, false, &bench->err));
    roll_back(world);
    assert_true(streams_fenced(bench->streams));
    assert_int_equal(streams_fence_life(bench->streams), 7);
}

/* ---- a full disk ---- */

static void a_full_disk_is_worth_another_try_and_leaves_nothing(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    put(world, "a", "one");
    char *text = long_text(20000);
    fill_disk(world);
    begin(world);
    int result = 0;
    for (int i = 0; i < 9 && !result; i++) {
        char id[ID_SIZE];
        snprintf(id, sizeof id, "r%d", i);
        result = change(world, id, text);
    }
    assert_int_equal(streams_end(bench->streams, result, &bench->err), -1);
    assert_int_equal(bench->err.action, ERR_RETRY);
    assert_int_equal(world->own->seq, 1);
    assert_int_equal(world->own->count, 1);
    assert_ids(world, world->own, "a");
    assert_heard(world, "put a");
    assert_root_is_right(world, world->own);
    free_disk(world);
    put(world, "b", text);
    assert_int_equal(world->own->seq, 2);
    assert_root_is_right(world, world->own);
    free(text);
}

static void a_disk_that_fills_up_while_staging_leaves_nothing_staged(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    char *text = long_text(20000);
    author_put(&world->rhone, "a", "short");
    for (int i = 0; i < 9; i++) {
        char id[ID_SIZE];
        snprintf(id, sizeof id, "r%d", i);
        author_put(&world->rhone, id, text);
    }
    fill_disk(world);
    begin(world);
    int result = stage(world, world->sunk, &world->rhone, 0);
    assert_int_equal(streams_end(bench->streams, result, &bench->err), -1);
    assert_int_equal(bench->err.action, ERR_RETRY);
    assert_int_equal(world->sunk->staged, 0);
    assert_int_equal(world->sunk->cursor, 0);
    assert_int_equal(bench_number(bench, "SELECT count(*) FROM staged"), 0);
    free_disk(world);
    begin(world);
    assert_ok(stage(world, world->sunk, &world->rhone, 0));
    commit(world);
    assert_int_equal(world->sunk->staged, 10);
    free(text);
}

/* ---- reading ---- */

static void a_slice_holds_what_follows_by_number(void **state)
{
    world_t *world = *state;
    char ids[256];
    put(world, "c", "one");
    put(world, "b", "two");
    put(world, "a", "three");
    put(world, "c", "four");
    assert_string_equal(read_ids(world, world->own, 0, ids), "b a c");
    assert_string_equal(read_ids(world, world->own, 2, ids), "a c");
    assert_int_equal(world->slice->last, 4);
    assert_false(world->slice->full);
}

static void a_slice_of_nothing_ends_where_it_began(void **state)
{
    world_t *world = *state;
    char ids[256];
    put(world, "a", "one");
    assert_string_equal(read_ids(world, world->own, 1, ids), "");
    assert_int_equal(world->slice->last, 1);
    assert_false(world->slice->full);
    assert_string_equal(read_ids(world, world->own, 7, ids), "");
    assert_int_equal(world->slice->last, 7);
}

static void a_slice_holds_nothing_of_another_stream(void **state)
{
    world_t *world = *state;
    put(world, "mine", "one");
    author_put(&world->rhone, "theirs", "one");
    sink_all(world, world->sunk, &world->rhone);
    assert_ids(world, world->own, "mine");
    assert_ids(world, world->sunk, "theirs");
}

static void a_slice_is_full_when_there_is_one_item_more_than_it_holds(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    begin(world);
    for (int i = 1; i <= BATCH_MAX_ITEMS + 1; i++) {
        char id[ID_SIZE];
        snprintf(id, sizeof id, "r%d", i);
        assert_ok(change(world, id, "text"));
    }
    commit(world);
    assert_ok(stream_read(world->own, 0, world->slice, &bench->err));
    assert_int_equal(world->slice->count, BATCH_MAX_ITEMS);
    assert_int_equal(world->slice->last, BATCH_MAX_ITEMS);
    assert_true(world->slice->full);
    assert_ok(stream_read(world->own, 1, world->slice, &bench->err));
    assert_int_equal(world->slice->count, BATCH_MAX_ITEMS);
    assert_int_equal(world->slice->last, BATCH_MAX_ITEMS + 1);
    assert_false(world->slice->full);
}

static void a_slice_ends_before_the_bytes_of_a_batch_are_too_many(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    char *text = long_text(60000);
    for (int i = 0; i < 6; i++) {
        char id[ID_SIZE];
        snprintf(id, sizeof id, "r%d", i);
        put(world, id, text);
    }
    assert_ok(stream_read(world->own, 0, world->slice, &bench->err));
    assert_int_equal(world->slice->count, 4);
    assert_int_equal(world->slice->last, 4);
    assert_true(world->slice->full);
    assert_true(world->slice->bytes.size <= BATCH_MAX_SIZE);
    assert_ok(stream_read(world->own, 4, world->slice, &bench->err));
    assert_int_equal(world->slice->count, 2);
    assert_false(world->slice->full);
    free(text);
}

static void a_record_is_found_by_its_id_and_its_bytes_are_appended(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    put(world, "a", "one");
    put(world, "b", NULL);
    text_t bytes;
    text_init(&bytes, ITEM_MAX_SIZE);
    text_add_string(&bytes, "before");
    assert_int_equal(stream_find(world->own, "c", &bytes, &bench->err), 0);
    assert_int_equal(stream_find(world->sunk, "a", &bytes, &bench->err), 0);
    assert_int_equal(bytes.size, 6);
    assert_int_equal(stream_find(world->own, "a", &bytes, &bench->err), 1);
    item_t item;
    assert_ok(item_decode(&item, bytes.data + 6, bytes.size - 6, &bench->err));
    assert_string_equal(item.id, "a");
    text_clear(&bytes);
    assert_int_equal(stream_find(world->own, "b", &bytes, &bench->err), 1);
    assert_ok(item_decode(&item, bytes.data, bytes.size, &bench->err));
    assert_int_equal(item.op, ITEM_DELETE);
    text_free(&bytes);
}

/* ---- roots ---- */

static void the_root_of_an_empty_stream_is_that_of_no_records(void **state)
{
    world_t *world = *state;
    assert_root_is_right(world, world->own);
    assert_root_is_authors(world, world->sunk, &world->rhone);
}

static void the_root_is_the_recomputed_one_after_any_changes(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    unsigned dice = 20261122;
    for (int round = 0; round < 120; round++) {
        bool keep = rand_r(&dice) % 4;
        begin(world);
        for (int i = rand_r(&dice) % 12; i >= 0; i--) {
            char id[ID_SIZE], text[16];
            snprintf(id, sizeof id, "r%d", rand_r(&dice) % 150);
            snprintf(text, sizeof text, "%d", rand_r(&dice));
            assert_ok(change(world, id, rand_r(&dice) % 5 ? text : NULL));
            if (rand_r(&dice) % 10 == 0)
                assert_root_is_right(world, world->own);
        }
        if (keep)
            commit(world);
        else
            roll_back(world);
        assert_root_is_right(world, world->own);
    }
    start_again(world);
    assert_root_is_right(world, world->own);
}

static void the_root_of_a_pulled_stream_is_its_authors_whatever_way_it_came(void **state)
{
    world_t *world = *state;
    unsigned dice = 42;
    author_t former = author_new("rhone", "event");
    author_t *authors[] = {&world->rhone, &former};
    for (int round = 0; round < 60; round++) {
        author_t *author = authors[rand_r(&dice) % 2];
        for (int i = rand_r(&dice) % 5; i >= 0; i--) {
            char id[ID_SIZE];
            snprintf(id, sizeof id, "r%d", rand_r(&dice) % 40);
            author_put(author, id, rand_r(&dice) % 4 ? "text" : NULL);
        }
        resync_to(world, world->sunk, author);
        assert_root_is_authors(world, world->sunk, author);
    }
    author_free(&former);
}

static void the_root_of_the_staged_rows_is_that_of_a_whole_stream(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    for (int i = 0; i < 300; i++) {
        char id[ID_SIZE];
        snprintf(id, sizeof id, "r%d", i % 250);
        author_put(&world->rhone, id, i % 9 ? "text" : NULL);
    }
    begin(world);
    assert_ok(stage(world, world->sunk, &world->rhone, 0));
    uint8_t root[HASH_SIZE];
    uint64_t count;
    assert_ok(stream_staged_root(world->sunk, root, &count, &bench->err));
    head_t head = author_head(&world->rhone);
    assert_memory_equal(root, head.root, HASH_SIZE);
    assert_int_equal(count, 250);
    assert_ok(stream_staged_root(world->own, root, &count, &bench->err));
    items_root(NULL, 0, head.root);
    assert_memory_equal(root, head.root, HASH_SIZE);
    assert_int_equal(count, 0);
    roll_back(world);
}

/* ---- staging ---- */

static void staged_rows_are_seen_by_no_reader(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    author_put(&world->rhone, "a", "one");
    sink_all(world, world->sunk, &world->rhone);
    author_put(&world->rhone, "a", "two");
    author_put(&world->rhone, "b", "three");
    begin(world);
    assert_ok(stage(world, world->sunk, &world->rhone, 1));
    commit(world);
    assert_ids(world, world->sunk, "a");
    assert_int_equal(world->slice->last, 1);
    text_t bytes;
    text_init(&bytes, ITEM_MAX_SIZE);
    assert_int_equal(stream_find(world->sunk, "b", &bytes, &bench->err), 0);
    text_free(&bytes);
    assert_heard(world, "put a");
    assert_int_equal(world->sunk->count, 1);
    assert_root_is_right(world, world->sunk);
}

static void staging_moves_the_cursor_and_remembers_the_source(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    item_t items[] = {author_put(&world->rhone, "a", "one"), author_put(&world->rhone, "b", "two"),
                      author_put(&world->rhone, "a", "three")};
    begin(world);
    assert_ok(stream_stage(world->sunk, items, 2, "a", 2, &bench->err));
    commit(world);
    assert_int_equal(world->sunk->cursor, 2);
    assert_int_equal(world->sunk->staged, 2);
    assert_string_equal(world->sunk->source, "a");
    begin(world);
    assert_ok(stream_stage(world->sunk, items + 2, 1, "a", 3, &bench->err));
    commit(world);
    assert_int_equal(world->sunk->cursor, 3);
    assert_int_equal(world->sunk->staged, 2);
    assert_int_equal(bench_number(bench, "SELECT seq FROM staged WHERE id = 'a'"), 3);
}

static void dropping_what_is_staged_goes_back_to_what_is_verified(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    author_put(&world->rhone, "a", "one");
    sink_all(world, world->sunk, &world->rhone);
    author_put(&world->rhone, "b", "two");
    begin(world);
    assert_ok(stage(world, world->sunk, &world->rhone, 1));
    assert_ok(stream_drop_staged(world->sunk, &bench->err));
    commit(world);
    assert_int_equal(world->sunk->cursor, 1);
    assert_int_equal(world->sunk->staged, 0);
    assert_string_equal(world->sunk->source, "");
    assert_int_equal(bench_number(bench, "SELECT count(*) FROM staged"), 0);
}

static void dropping_what_is_staged_in_a_resync_goes_back_to_zero(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    author_put(&world->rhone, "a", "one");
    sink_all(world, world->sunk, &world->rhone);
    begin(world);
    assert_ok(stream_start_resync(world->sunk, &bench->err));
    assert_ok(stage(world, world->sunk, &world->rhone, 0));
    assert_ok(stream_drop_staged(world->sunk, &bench->err));
    commit(world);
    assert_int_equal(world->sunk->cursor, 0);
    assert_true(world->sunk->resync);
}

static void dropping_what_an_own_stream_staged_goes_back_to_its_own_number(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    put(world, "a", "one");
    author_t past = author_new("loire", "event");
    author_put(&past, "a", "one");
    author_put(&past, "b", "two");
    begin(world);
    assert_ok(stage(world, world->own, &past, 1));
    assert_int_equal(world->own->cursor, 2);
    assert_ok(stream_drop_staged(world->own, &bench->err));
    commit(world);
    assert_int_equal(world->own->cursor, 1);
    author_free(&past);
}

static void dropping_one_streams_rows_leaves_anothers(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    author_put(&world->rhone, "a", "one");
    author_t past = author_new("loire", "event");
    author_put(&past, "a", "one");
    begin(world);
    assert_ok(stage(world, world->sunk, &world->rhone, 0));
    assert_ok(stage(world, world->own, &past, 0));
    assert_ok(stream_drop_staged(world->own, &bench->err));
    commit(world);
    assert_int_equal(world->sunk->staged, 1);
    assert_int_equal(bench_number(bench, "SELECT count(*) FROM staged"), 1);
    author_free(&past);
}

static void a_resync_begins_at_zero_with_nothing_staged_and_the_old_state_shown(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    author_put(&world->rhone, "a", "one");
    sink_all(world, world->sunk, &world->rhone);
    author_put(&world->rhone, "b", "two");
    begin(world);
    assert_ok(stage(world, world->sunk, &world->rhone, 1));
    assert_ok(stream_start_resync(world->sunk, &bench->err));
    commit(world);
    assert_true(world->sunk->resync);
    assert_int_equal(world->sunk->cursor, 0);
    assert_int_equal(world->sunk->staged, 0);
    assert_int_equal(world->sunk->head.seq, 1);
    assert_ids(world, world->sunk, "a");
}

static void giving_up_a_resync_keeps_what_is_shown(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    author_put(&world->rhone, "a", "one");
    sink_all(world, world->sunk, &world->rhone);
    begin(world);
    assert_ok(stream_start_resync(world->sunk, &bench->err));
    assert_ok(stage(world, world->sunk, &world->rhone, 0));
    assert_ok(stream_give_up(world->sunk, &bench->err));
    commit(world);
    assert_false(world->sunk->resync);
    assert_int_equal(world->sunk->cursor, 1);
    assert_int_equal(world->sunk->staged, 0);
    assert_ids(world, world->sunk, "a");
}

/* ---- applying ---- */

static void staged_rows_are_added_to_the_stream(void **state)
{
    world_t *world = *state;
    author_put(&world->rhone, "a", "one");
    author_put(&world->rhone, "b", "two");
    sink_all(world, world->sunk, &world->rhone);
    author_put(&world->rhone, "c", "three");
    author_put(&world->rhone, "a", "four");
    sink_all(world, world->sunk, &world->rhone);
    assert_ids(world, world->sunk, "b c a");
    assert_root_is_authors(world, world->sunk, &world->rhone);
    assert_int_equal(bench_number(world->bench, "SELECT count(*) FROM staged"), 0);
}

static void staged_rows_replace_the_stream_in_a_resync(void **state)
{
    world_t *world = *state;
    author_put(&world->rhone, "a", "one");
    author_put(&world->rhone, "b", "two");
    sink_all(world, world->sunk, &world->rhone);
    author_t other = author_new("rhone", "event");
    author_put(&other, "c", "other");
    author_put(&other, "b", "other");
    resync_to(world, world->sunk, &other);
    assert_ids(world, world->sunk, "c b");
    assert_root_is_authors(world, world->sunk, &other);
    author_free(&other);
}

static void a_version_that_is_already_held_is_not_written_again(void **state)
{
    world_t *world = *state;
    author_put(&world->rhone, "a", "one");
    author_put(&world->rhone, "b", "two");
    sink_all(world, world->sunk, &world->rhone);
    bench_execute(world->bench, "DELETE FROM heard");
    author_put(&world->rhone, "c", "three");
    bench_execute(world->bench, "CREATE TRIGGER guard BEFORE UPDATE ON item BEGIN"
                                " SELECT raise(ABORT, 'written again'); END");
    resync_to(world, world->sunk, &world->rhone);
    assert_heard(world, "put c");
    assert_root_is_authors(world, world->sunk, &world->rhone);
}

static void items_are_applied_without_being_staged(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    item_t items[] = {author_put(&world->rhone, "a", "one"), author_delete(&world->rhone, "b")};
    begin(world);
    assert_ok(stream_apply(world->sunk, items, 2, &bench->err));
    commit(world);
    assert_int_equal(world->sunk->staged, 0);
    assert_heard(world, "put a, delete b");
    assert_root_is_authors(world, world->sunk, &world->rhone);
}

static void a_proven_head_makes_the_stream_verified_and_ends_a_resync(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    assert_false(stream_verified(world->sunk));
    author_put(&world->rhone, "a", "one");
    head_t head = author_head(&world->rhone);
    resync_to(world, world->sunk, &world->rhone);
    begin(world);
    stream_set_known(world->sunk, &head);
    assert_false(stream_verified(world->sunk));
    stream_set_head(world->sunk, &head, &bench->now);
    commit(world);
    assert_true(stream_verified(world->sunk));
    assert_false(world->sunk->resync);
    assert_int_equal(world->sunk->cursor, 1);
    assert_int_equal(world->sunk->verified_at_ms, bench->now.unix_ms);
    assert_string_equal(world->sunk->source, "");
    assert_int_equal(world->sunk->life, 0);
    assert_int_equal(world->sunk->seq, 0);
}

static void a_stream_is_not_verified_while_it_stages_resyncs_or_knows_a_newer_life(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    author_put(&world->rhone, "a", "one");
    sink_all(world, world->sunk, &world->rhone);
    assert_true(stream_verified(world->sunk));
    author_put(&world->rhone, "b", "two");
    begin(world);
    assert_ok(stage(world, world->sunk, &world->rhone, 1));
    assert_false(stream_verified(world->sunk));
    roll_back(world);
    begin(world);
    assert_ok(stream_start_resync(world->sunk, &bench->err));
    assert_false(stream_verified(world->sunk));
    roll_back(world);
    head_t head = author_head(&world->rhone);
    begin(world);
    stream_set_known(world->sunk, &head);
    assert_true(stream_verified(world->sunk));
    world->rhone.life++;
    head = author_head(&world->rhone);
    stream_set_known(world->sunk, &head);
    assert_false(stream_verified(world->sunk));
    roll_back(world);
    assert_true(stream_verified(world->sunk));
}

static void a_recovered_own_stream_takes_life_and_number_from_the_head(void **state)
{
    world_t *world = *state;
    author_t past = author_new("loire", "event");
    author_put(&past, "a", "one");
    author_put(&past, "a", "two");
    sink_all(world, world->own, &past);
    assert_int_equal(world->own->life, FIRST_LIFE);
    assert_int_equal(world->own->seq, 2);
    put(world, "b", "three");
    assert_int_equal(world->own->seq, 3);
    author_free(&past);
}

static void what_a_source_last_showed_is_kept_once_per_source(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    author_put(&world->rhone, "a", "one");
    head_t head = author_head(&world->rhone);
    begin(world);
    assert_ok(stream_set_seen(world->sunk, "b", &head, &bench->now, &bench->err));
    assert_ok(stream_set_seen(world->sunk, "a", &head, &bench->now, &bench->err));
    head.beat = 7;
    assert_ok(stream_set_seen(world->sunk, "a", &head, &bench->now, &bench->err));
    commit(world);
    assert_rows(world,
                "SELECT group_concat(source || seq || ':' || beat, ' ') FROM"
                " (SELECT * FROM seen ORDER BY source)",
                "a1:7 b1:0");
}

/* ---- displaced versions ---- */

static const char DISPLACED[] = "SELECT group_concat(id, ' ') FROM"
                                " (SELECT id FROM displaced ORDER BY id)";

/* Own: a, b, c, and a marker of d. The past: the same a, another b, and e. */
static author_t differ(world_t *world)
{
    author_t past = author_new("loire", "event");
    item_t same = author_put(&past, "a", "same");
    bench_t *bench = world->bench;
    begin(world);
    assert_ok(stream_apply(world->own, &same, 1, &bench->err));
    world->own->seq = 1;
    assert_ok(change(world, "b", "own"));
    assert_ok(change(world, "c", "own"));
    assert_ok(change(world, "d", NULL));
    commit(world);
    author_put(&past, "b", "past");
    author_put(&past, "e", "past");
    return past;
}

static void a_recovery_displaces_exactly_the_own_versions_that_it_does_not_hold(void **state)
{
    world_t *world = *state;
    author_t past = differ(world);
    resync_to(world, world->own, &past);
    assert_rows(world, DISPLACED, "b c d");
    assert_rows(world, "SELECT DISTINCT reason || ' ' || kind FROM displaced", "recovered event");
    assert_ids(world, world->own, "a b e");
    assert_root_is_authors(world, world->own, &past);
    author_free(&past);
}

static void a_returning_broker_displaces_exactly_what_it_alone_holds(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    author_t past = differ(world);
    begin(world);
    assert_ok(stage(world, world->own, &past, 0));
    assert_ok(stream_displace_staged(world->own, 0, &bench->now, &bench->err));
    assert_ok(stream_drop_staged(world->own, &bench->err));
    commit(world);
    assert_rows(world, DISPLACED, "b e");
    assert_rows(world, "SELECT DISTINCT reason || ' ' || kind FROM displaced",
                "returning-broker event");
    assert_ids(world, world->own, "a b c d");
    author_free(&past);
}

static void what_the_own_past_covers_is_not_displaced(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    author_t past = differ(world);
    begin(world);
    assert_ok(stage(world, world->own, &past, 0));
    assert_ok(stream_displace_staged(world->own, 2, &bench->now, &bench->err));
    commit(world);
    assert_rows(world, DISPLACED, "e");
    author_free(&past);
}

static void a_displaced_version_is_kept_byte_by_byte(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    author_t past = differ(world);
    begin(world);
    assert_ok(stage(world, world->own, &past, 0));
    assert_ok(stream_displace_staged(world->own, 2, &bench->now, &bench->err));
    commit(world);
    assert_int_equal(bench_number(bench, "SELECT count(*) FROM displaced JOIN staged"
                                         " USING (id, bytes)"),
                     1);
    author_free(&past);
}

/* Both hold b: everything older was replaced on the way from one to the other. */
static void what_both_states_came_from_is_not_displaced(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    author_t past = author_new("loire", "event");
    put(world, "a", "first");
    item_t shared = author_put(&past, "a", "first");
    begin(world);
    shared = author_put(&past, "b", "shared");
    assert_ok(stream_apply(world->own, &shared, 1, &bench->err));
    world->own->seq = shared.seq;
    assert_ok(change(world, "c", "own"));
    commit(world);
    author_put(&past, "a", "second");
    author_put(&past, "c", "past");
    resync_to(world, world->own, &past);
    assert_rows(world, DISPLACED, "c");
    author_free(&past);
}

static void a_record_deleted_later_is_erased_and_not_displaced(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    author_t past = author_new("loire", "event");
    put(world, "a", "own");
    put(world, "b", "own");
    author_put(&past, "b", "past");
    author_put(&past, "c", "past");
    author_delete(&past, "a");
    begin(world);
    assert_ok(stage(world, world->own, &past, 0));
    assert_ok(stream_displace_staged(world->own, 0, &bench->now, &bench->err));
    assert_ok(stream_drop_staged(world->own, &bench->err));
    commit(world);
    assert_rows(world, DISPLACED, "a b c");
    bench_execute(bench, "DELETE FROM displaced");
    resync_to(world, world->own, &past);
    assert_rows(world, DISPLACED, "b");
    author_free(&past);
}

static void a_pulled_stream_that_is_replaced_displaces_nothing(void **state)
{
    world_t *world = *state;
    author_put(&world->rhone, "a", "one");
    sink_all(world, world->sunk, &world->rhone);
    author_t other = author_new("rhone", "event");
    resync_to(world, world->sunk, &other);
    assert_rows(world, DISPLACED, "");
    author_free(&other);
}

static void displaced_versions_are_forgotten_after_their_time(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    author_t past = differ(world);
    resync_to(world, world->own, &past);
    begin(world);
    assert_ok(streams_forget_displaced(bench->streams, bench->now.unix_ms, &bench->err));
    commit(world);
    assert_rows(world, DISPLACED, "b c d");
    begin(world);
    assert_ok(streams_forget_displaced(bench->streams, bench->now.unix_ms + 1, &bench->err));
    commit(world);
    assert_rows(world, DISPLACED, "");
    author_free(&past);
}

/* ---- the fence ---- */

static void a_fence_outlives_a_restart(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    assert_false(streams_fenced(bench->streams));
    begin(world);
    assert_ok(streams_set_fence(bench->streams, 77, true, &bench->err));
    commit(world);
    start_again(world);
    assert_true(streams_fenced(bench->streams));
    assert_int_equal(streams_fence_life(bench->streams), 77);
}

static void a_lifted_fence_is_remembered_by_its_life(void **state)
{
    world_t *world = *state;
    bench_t *bench = world->bench;
    begin(world);
    assert_ok(streams_set_fence(bench->streams, 77, true, &bench->err));
    assert_ok(streams_set_fence(bench->streams, 77, false, &bench->err));
    commit(world);
    start_again(world);
    assert_false(streams_fenced(bench->streams));
    assert_int_equal(streams_fence_life(bench->streams), 77);
    assert_int_equal(bench_number(bench, "SELECT count(*) FROM fence"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define TEST_FILE(name) cmocka_unit_test_setup_teardown(name, set_up_file, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_stream_is_found_again_by_hub_and_kind),
        TEST_FILE(a_store_that_is_opened_again_knows_all_its_streams),
        TEST(a_stream_can_become_ones_own),
        TEST(a_pulled_stream_that_becomes_ones_own_goes_on_from_its_number),
        TEST(a_stream_created_in_a_transaction_that_fails_is_gone),
        TEST(a_created_stream_whose_transaction_cannot_commit_is_gone_too),
        TEST(a_damaged_stored_head_stops),
        TEST(each_change_gets_the_next_number_also_that_of_a_known_record),
        TEST(several_changes_of_one_transaction_get_one_number_each),
        TEST(a_version_says_who_what_and_when),
        TEST(a_deletion_leaves_a_marker_that_counts),
        TEST(a_record_that_is_too_long_is_refused_in_french_and_costs_no_number),
        TEST_FILE(numbers_go_on_in_a_new_life_and_after_a_restart),
        TEST_FILE(a_full_stream_takes_changes_of_known_records_alone),
        TEST(the_first_life_starts_from_nothing),
        TEST(a_new_life_remembers_where_the_former_one_ended),
        TEST(a_new_life_ends_a_recovery),
        TEST(a_rollback_restores_memory_and_disk),
        TEST(an_end_commits_what_went_well_and_undoes_what_did_not),
        TEST(an_observer_that_fails_undoes_the_whole_transaction),
        TEST(an_observer_that_fails_at_a_removal_undoes_the_resync),
        TEST(an_observer_hears_of_puts_deletions_and_removals_in_their_order),
        TEST(a_store_needs_no_observer),
        TEST(a_stream_that_changed_is_told_once),
        TEST(a_stream_that_only_stages_is_told_of_too),
        TEST(what_was_rolled_back_is_told_to_nobody),
        TEST_FILE(hashes_that_were_read_in_part_are_not_used),
        TEST(a_rollback_asks_nothing_of_the_disk),
        TEST(a_created_stream_is_gone_also_when_the_disk_cannot_be_read),
        TEST(a_fence_stays_when_a_transaction_is_undone),
        TEST(a_full_disk_is_worth_another_try_and_leaves_nothing),
        TEST(a_disk_that_fills_up_while_staging_leaves_nothing_staged),
        TEST(a_slice_holds_what_follows_by_number),
        TEST(a_slice_of_nothing_ends_where_it_began),
        TEST(a_slice_holds_nothing_of_another_stream),
        TEST(a_slice_is_full_when_there_is_one_item_more_than_it_holds),
        TEST(a_slice_ends_before_the_bytes_of_a_batch_are_too_many),
        TEST(a_record_is_found_by_its_id_and_its_bytes_are_appended),
        TEST(the_root_of_an_empty_stream_is_that_of_no_records),
        TEST_FILE(the_root_is_the_recomputed_one_after_any_changes),
        TEST(the_root_of_a_pulled_stream_is_its_authors_whatever_way_it_came),
        TEST(the_root_of_the_staged_rows_is_that_of_a_whole_stream),
        TEST(staged_rows_are_seen_by_no_reader),
        TEST(staging_moves_the_cursor_and_remembers_the_source),
        TEST(dropping_what_is_staged_goes_back_to_what_is_verified),
        TEST(dropping_what_is_staged_in_a_resync_goes_back_to_zero),
        TEST(dropping_what_an_own_stream_staged_goes_back_to_its_own_number),
        TEST(dropping_one_streams_rows_leaves_anothers),
        TEST(a_resync_begins_at_zero_with_nothing_staged_and_the_old_state_shown),
        TEST(giving_up_a_resync_keeps_what_is_shown),
        TEST(staged_rows_are_added_to_the_stream),
        TEST(staged_rows_replace_the_stream_in_a_resync),
        TEST(a_version_that_is_already_held_is_not_written_again),
        TEST(items_are_applied_without_being_staged),
        TEST(a_proven_head_makes_the_stream_verified_and_ends_a_resync),
        TEST(a_stream_is_not_verified_while_it_stages_resyncs_or_knows_a_newer_life),
        TEST(a_recovered_own_stream_takes_life_and_number_from_the_head),
        TEST(what_a_source_last_showed_is_kept_once_per_source),
        TEST(a_recovery_displaces_exactly_the_own_versions_that_it_does_not_hold),
        TEST(a_returning_broker_displaces_exactly_what_it_alone_holds),
        TEST(what_the_own_past_covers_is_not_displaced),
        TEST(a_displaced_version_is_kept_byte_by_byte),
        TEST(what_both_states_came_from_is_not_displaced),
        TEST(a_record_deleted_later_is_erased_and_not_displaced),
        TEST(a_pulled_stream_that_is_replaced_displaces_nothing),
        TEST(displaced_versions_are_forgotten_after_their_time),
        TEST_FILE(a_fence_outlives_a_restart),
        TEST_FILE(a_lifted_fence_is_remembered_by_its_life),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
