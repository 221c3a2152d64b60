/* A hub's real store, copied while it is written, put back, and offered copies that are none. `fsync` and
 * `rename` are those of this file: they note what passes, fail when they are told to, and are the kernel's
 * otherwise. */
#include "node/backup.h"

#include "broker/base/aside.h"
#include "broker/sync/stream.h"
#include "broker/sync/tables.h"
#include "node/store/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "files.h"
#include "texts.h"

#define RECORDS 300
#define MORE 12000 /* enough for a copy to be looked at while it is made */
#define BODY_SIZE 600
#define PATH_SIZE 128

static const backup_node_t LOIRE = {"loire", MEMBER_HUB}, RHONE = {"rhone", MEMBER_HUB};

/* ---- the disk, as this program calls it ---- */

static struct {
    char log
        [4096]; /* "fsync NAME\n", "rename NAME\n": what was called, by the last part of the path */
    const char *broken; /* a call that begins so fails; NULL: none */
} disk;

static bool note(const char *call, const char *path)
{
    char line[PATH_SIZE * 2];
    const char *slash = strrchr(path, '/');
    snprintf(line, sizeof line, "%s %s\n", call, slash ? slash + 1 : path);
    if (strlen(disk.log) + strlen(line) < sizeof disk.log)
        strncat(disk.log, line, sizeof disk.log - strlen(disk.log) - 1);
    bool broken = disk.broken && !strncmp(line, disk.broken, strlen(disk.broken));
    if (broken)
        errno = EIO;
    return !broken;
}

int fsync(int file)
{
    char link[32], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t size = readlink(link, path, sizeof path - 1);
    path[size < 0 ? 0 : size] = 0;
    return note("fsync", path) ? (int)syscall(SYS_fsync, file) : -1;
}

int rename(const char *from, const char *to)
{
    return note("rename", to) ? (int)syscall(SYS_rename, from, to) : -1;
}

/* ---- a world ---- */

typedef struct world {
    char folder[FOLDER_PATH_SIZE], store[PATH_SIZE], file[PATH_SIZE];
    sqlite3 *db;
    streams_t *streams;
    stream_t *stream;
    members_t *members;
    backup_prepared_t prepared;
    err_t err;
    unsigned looks; /* how often a copy was looked at while it was made */
} world_t;

#define CHECK(call)                                                                                \
    do {                                                                                           \
        if (call)                                                                                  \
            fail_msg("%s: %s", #call, world->err.text);                                            \
    } while (0)

#define REFUSED(call, expected, words)                                                             \
    do {                                                                                           \
        assert_int_equal((call), -1);                                                              \
        assert_int_equal(world->err.action, (expected));                                           \
        if (!strstr(world->err.text, (words)))                                                     \
            fail_msg("%s: %s", #call, world->err.text);                                            \
    } while (0)

static void open_store(world_t *world)
{
    world->db = database_open(world->store, DATABASE_CACHE, &world->err);
    assert_non_null(world->db);
    CHECK(database_migrate(world->db, &sync_tables, &world->err));
    world->streams = streams_new(world->db, NULL, &world->err);
    assert_non_null(world->streams);
    world->stream = streams_open(world->streams, "loire", "answer", true, &world->err);
    assert_non_null(world->stream);
}

static void close_store(world_t *world)
{
    streams_destroy(&world->streams);
    database_close(world->db);
    world->db = NULL;
}

static void change_one(world_t *world, item_op_t op, const char *id, char letter)
{
    static const moment_t now = {1000, 1795000000000};
    uint8_t body[BODY_SIZE] = {0x81, 0xa1, 'q', 0xda, (BODY_SIZE - 6) >> 8, (BODY_SIZE - 6) & 0xff};
    memset(body + 6, letter, sizeof body - 6);
    CHECK(stream_change(world->stream, op, id, 1, op == ITEM_PUT ? body : NULL,
                        op == ITEM_PUT ? sizeof body : 0, &now, &world->err));
}

/* Two records in one transaction, so that a copy with one of them alone is none of a moment. */
static void change_both(world_t *world, char letter)
{
    CHECK(streams_begin(world->streams, &world->err));
    change_one(world, ITEM_PUT, "a", letter);
    change_one(world, ITEM_PUT, "z", letter);
    CHECK(streams_commit(world->streams, &world->err));
}

static void delete_record(world_t *world, const char *id)
{
    CHECK(streams_begin(world->streams, &world->err));
    change_one(world, ITEM_DELETE, id, 0);
    CHECK(streams_commit(world->streams, &world->err));
}

static void add_records(world_t *world, int first, int count)
{
    CHECK(streams_begin(world->streams, &world->err));
    for (int i = first; i < first + count; i++) {
        char id[16];
        snprintf(id, sizeof id, "r%d", i);
        change_one(world, ITEM_PUT, id, 'r');
    }
    CHECK(streams_commit(world->streams, &world->err));
}

static void fill(world_t *world)
{
    CHECK(streams_begin(world->streams, &world->err));
    CHECK(stream_start_life(world->stream, 7, &world->err));
    CHECK(streams_commit(world->streams, &world->err));
    add_records(world, 0, RECORDS);
    change_both(world, 'k');
}

static int set_up(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    new_folder(world->folder);
    snprintf(world->store, sizeof world->store, "%s/public.db", world->folder);
    snprintf(world->file, sizeof world->file, "%s/copie.db", world->folder);
    world->members = members_new();
    open_store(world);
    fill(world);
    memset(&disk, 0, sizeof disk);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    world_t *world = *state;
    disk.broken = NULL;
    if (world->db)
        close_store(world);
    members_destroy(&world->members);
    remove_folder(world->folder);
    free(world);
    return 0;
}

/* ---- what is seen ---- */

static int64_t number_in(world_t *world, const char *file, const char *sql)
{
    sqlite3 *db = database_open_reader(file, &world->err);
    if (!db)
        fail_msg("%s", world->err.text);
    sqlite3_stmt *statement = database_prepare(db, sql, &world->err);
    if (!statement)
        fail_msg("%s", world->err.text);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    database_close(db);
    return value;
}

/* The letter of a record in a file. */
static char letter_in(world_t *world, const char *file, const char *id)
{
    char sql[128];
    snprintf(sql, sizeof sql,
             "SELECT unicode(CAST(substr(bytes, -1) AS TEXT)) FROM item WHERE id = '%s'", id);
    return (char)number_in(world, file, sql);
}

static uint8_t *read_whole(const char *path, size_t *size)
{
    struct stat about;
    int file = open(path, O_RDONLY);
    assert_true(file >= 0 && fstat(file, &about) == 0);
    *size = (size_t)about.st_size;
    uint8_t *bytes = malloc(*size + 1);
    assert_non_null(bytes);
    assert_int_equal(read(file, bytes, *size), *size);
    close(file);
    return bytes;
}

static void make(world_t *world)
{
    CHECK(backup_make(world->folder, &LOIRE, world->file, false, NULL, NULL, &world->err));
}

static int prepare(world_t *world, const char *file)
{
    return backup_prepare(world->folder, &LOIRE, file, &world->prepared, &world->err);
}

/* Nothing of a restore that was refused or given up is left, and the store is what it was. */
static void assert_untouched(world_t *world)
{
    assert_int_equal(files_in(world->folder, "restore."), 0);
    assert_int_equal(files_in(world->folder, "public.db."), 0);
    assert_int_equal(letter_in(world, world->store, "a"), 'k');
}

/* ---- making one ---- */

static void write_meanwhile(void *context, unsigned percent)
{
    world_t *world = context;
    assert_in_range(percent, 0, 100);
    if (!world->looks++)
        change_both(world, 'n');
}

static void a_copy_is_of_one_moment_while_the_store_is_written(void **state)
{
    world_t *world = *state;
    add_records(world, RECORDS, MORE);
    CHECK(backup_make(world->folder, &LOIRE, world->file, false, write_meanwhile, world,
                      &world->err));
    assert_true(world->looks > 0);
    assert_int_equal(letter_in(world, world->file, "a"), 'k');
    assert_int_equal(letter_in(world, world->file, "z"), 'k');
    assert_int_equal(letter_in(world, world->store, "a"), 'n');
    assert_int_equal(number_in(world, world->file, "SELECT count(*) FROM item"),
                     RECORDS + MORE + 2);
    assert_int_equal(number_in(world, world->file, "SELECT max(seq) FROM item"),
                     number_in(world, world->file, "SELECT seq FROM stream"));
}

static void a_copy_is_one_file_for_its_owner_alone(void **state)
{
    world_t *world = *state;
    struct stat about;
    make(world);
    assert_int_equal(stat(world->file, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(files_in(world->folder, "copie.db"), 1);
    size_t size;
    uint8_t *bytes = read_whole(world->file, &size);
    assert_int_equal(bytes[18], 1); /* of SQLite's header: whoever reads it needs no WAL */
    free(bytes);
}

static void a_file_that_is_there_is_replaced_only_when_told(void **state)
{
    world_t *world = *state;
    write_bytes(world->file, "mine", 4);
    REFUSED(backup_make(world->folder, &LOIRE, world->file, false, NULL, NULL, &world->err),
            ERR_REJECT, "--force");
    size_t size;
    uint8_t *bytes = read_whole(world->file, &size);
    assert_int_equal(size, 4);
    free(bytes);
    CHECK(backup_make(world->folder, &LOIRE, world->file, true, NULL, NULL, &world->err));
    assert_int_equal(number_in(world, world->file, "SELECT count(*) FROM item"), RECORDS + 2);
}

static void a_copy_is_on_the_disk_before_it_has_its_name(void **state)
{
    world_t *world = *state;
    make(world);
    const char *renamed = strstr(disk.log, "rename copie.db\n");
    const char *copied = strstr(disk.log, "fsync copie.db."); /* its temporary name */
    const char *folder = strrchr(world->folder, '/') + 1, *kept = renamed;
    assert_non_null(renamed);
    assert_true(copied && copied < renamed);
    for (const char *later = copied; (later = strstr(later + 1, "fsync copie.db."));)
        assert_true(later < renamed);
    char line[PATH_SIZE];
    snprintf(line, sizeof line, "fsync %s\n", folder);
    expect(kept, line);
}

static void a_copy_that_does_not_reach_the_disk_leaves_nothing(void **state)
{
    static const char *const BROKEN[] = {"fsync copie.db.", "rename copie.db\n"};
    world_t *world = *state;
    for (size_t i = 0; i < sizeof BROKEN / sizeof *BROKEN; i++) {
        disk.broken = BROKEN[i];
        assert_int_equal(
            backup_make(world->folder, &LOIRE, world->file, false, NULL, NULL, &world->err), -1);
        assert_int_equal(files_in(world->folder, "copie.db"), 0);
    }
}

static void what_was_deleted_before_is_not_in_a_copy(void **state)
{
    world_t *world = *state;
    char canary[64];
    size_t size;
    memset(canary, 'k', sizeof canary);
    delete_record(world, "a");
    delete_record(world, "z");
    make(world);
    uint8_t *bytes = read_whole(world->file, &size);
    assert_null(memmem(bytes, size, canary, sizeof canary));
    free(bytes);
}

static void a_folder_without_a_store_is_worth_another_try(void **state)
{
    world_t *world = *state;
    close_store(world);
    unlink(world->store);
    REFUSED(backup_make(world->folder, &LOIRE, world->file, false, NULL, NULL, &world->err),
            ERR_RETRY, "pas encore");
    assert_int_equal(files_in(world->folder, "copie.db"), 0);
}

/* Overwrites a part in the middle of a file. */
static void damage(const char *path)
{
    size_t size;
    uint8_t *bytes = read_whole(path, &size);
    memset(bytes + size / 2, 0x5a, 4096);
    write_bytes(path, bytes, size);
    free(bytes);
}

static void a_damaged_store_gives_no_copy(void **state)
{
    world_t *world = *state;
    close_store(world);
    damage(world->store);
    REFUSED(backup_make(world->folder, &LOIRE, world->file, false, NULL, NULL, &world->err),
            ERR_STOP, "");
    assert_int_equal(files_in(world->folder, "copie.db"), 0);
}

/* ---- restoring one ---- */

static void a_file_that_is_no_backup_of_this_node_is_refused(void **state)
{
    world_t *world = *state;
    char other[PATH_SIZE];
    snprintf(other, sizeof other, "%s/autre.db", world->folder);
    REFUSED(prepare(world, other), ERR_REJECT, "pas de tel fichier");
    write_bytes(other, "bonjour, je ne suis pas une base de données", 44);
    REFUSED(prepare(world, other), ERR_REJECT, "ne peut pas être restauré");
    write_bytes(other, "", 0);
    REFUSED(prepare(world, other), ERR_REJECT, "n'est pas une sauvegarde");
    REFUSED(prepare(world, world->store), ERR_REJECT, "");
    CHECK(backup_make(world->folder, &RHONE, other, true, NULL, NULL, &world->err));
    REFUSED(prepare(world, other), ERR_REJECT, "hub rhone");
    assert_untouched(world);
}

static void a_torn_backup_is_refused_wherever_it_ends(void **state)
{
    world_t *world = *state;
    size_t size;
    make(world);
    uint8_t *bytes = read_whole(world->file, &size);
    for (size_t end = 4096; end < size; end += size / 9) {
        write_bytes(world->file, bytes, end / 4096 * 4096);
        assert_int_equal(prepare(world, world->file), -1);
        assert_int_equal(world->err.action, ERR_REJECT);
    }
    write_bytes(world->file, bytes, size - 1);
    assert_int_equal(prepare(world, world->file), -1);
    free(bytes);
    assert_untouched(world);
}

static void a_backup_with_a_spoiled_page_is_refused(void **state)
{
    world_t *world = *state;
    make(world);
    damage(world->file);
    assert_int_equal(prepare(world, world->file), -1);
    assert_int_equal(world->err.action, ERR_REJECT);
    assert_untouched(world);
}

/* A letter of a record that became another one: SQLite sees nothing. */
static void a_backup_with_a_changed_record_is_told_before_it_is_used(void **state)
{
    world_t *world = *state;
    backup_comparison_t comparison;
    size_t size;
    char before[BODY_SIZE / 2];
    memset(before, 'r', sizeof before);
    make(world);
    uint8_t *bytes = read_whole(world->file, &size);
    uint8_t *found = memmem(bytes, size, before, sizeof before);
    assert_non_null(found);
    *found = 'x';
    write_bytes(world->file, bytes, size);
    free(bytes);
    CHECK(prepare(world, world->file));
    CHECK(
        backup_compare(world->folder, &world->prepared, world->members, &comparison, &world->err));
    assert_int_equal(comparison.wrong, 1);
    backup_comparison_free(&comparison);
    backup_discard(&world->prepared);
}

static void what_a_restore_would_lose_is_counted(void **state)
{
    world_t *world = *state;
    backup_comparison_t comparison;
    make(world);
    change_both(world, 'n');
    CHECK(prepare(world, world->file));
    CHECK(
        backup_compare(world->folder, &world->prepared, world->members, &comparison, &world->err));
    assert_true(comparison.present && !comparison.damaged);
    assert_int_equal(comparison.count, 1);
    assert_int_equal(comparison.own_behind, 2);
    assert_int_equal(comparison.wrong, 0);
    backup_comparison_free(&comparison);
    CHECK(prepare(world, NULL));
    CHECK(
        backup_compare(world->folder, &world->prepared, world->members, &comparison, &world->err));
    assert_int_equal(comparison.own_behind, RECORDS + 4);
    backup_comparison_free(&comparison);
    backup_discard(&world->prepared);
}

static void restore(world_t *world, const char *file)
{
    close_store(world);
    CHECK(prepare(world, file));
    CHECK(backup_commit(world->folder, &world->prepared, &world->err));
    CHECK(backup_finish(world->folder, &world->err));
    open_store(world);
}

/* One backup, work, another backup; then the first one is restored, by mistake, and work goes on from there. The
 * second one has higher numbers, and not these changes. */
static void after_a_restore_the_same_numbers_are_other_changes(void **state)
{
    world_t *world = *state;
    char second[PATH_SIZE];
    backup_comparison_t comparison;
    snprintf(second, sizeof second, "%s/copie-2.db", world->folder);
    make(world);
    add_records(world, RECORDS, 10);
    CHECK(backup_make(world->folder, &LOIRE, second, false, NULL, NULL, &world->err));
    restore(world, world->file);
    CHECK(streams_begin(world->streams, &world->err));
    CHECK(stream_start_life(world->stream, 8, &world->err));
    CHECK(streams_commit(world->streams, &world->err));
    change_both(world, 'n');
    CHECK(prepare(world, second));
    CHECK(
        backup_compare(world->folder, &world->prepared, world->members, &comparison, &world->err));
    assert_int_equal(comparison.own_behind, 2);
    backup_comparison_free(&comparison);
    backup_discard(&world->prepared);
}

/* A store that cannot be read at the moment may be whole: it is not called damaged, which would need no --force. */
static void a_store_that_cannot_be_opened_is_not_called_damaged(void **state)
{
    world_t *world = *state;
    backup_comparison_t comparison;
    make(world);
    close_store(world);
    remove(world->store);
    assert_int_equal(mkdir(world->store, 0700), 0);
    CHECK(prepare(world, world->file));
    CHECK(
        backup_compare(world->folder, &world->prepared, world->members, &comparison, &world->err));
    assert_true(comparison.present && comparison.unreadable && !comparison.damaged);
    assert_string_not_equal(comparison.unread.text, "");
    backup_comparison_free(&comparison);
    backup_discard(&world->prepared);
}

static void a_restore_that_is_given_up_changes_nothing(void **state)
{
    world_t *world = *state;
    make(world);
    CHECK(prepare(world, world->file));
    assert_true(world->prepared.made_ms > 0);
    backup_discard(&world->prepared);
    CHECK(backup_finish(world->folder, &world->err));
    assert_untouched(world);
}

/* A copy of the store with 'k', and a store with 'n', closed as for a restore. */
static void make_then_change(world_t *world)
{
    make(world);
    change_both(world, 'n');
    close_store(world);
}

static void assert_restored(world_t *world)
{
    assert_int_equal(files_in(world->folder, "restore."), 0);
    assert_int_equal(letter_in(world, world->store, "a"), 'k');
    assert_int_equal(number_in(world, world->store, "SELECT count(*) FROM item"), RECORDS + 2);
    assert_int_equal(number_in(world, world->store,
                               "SELECT count(*) FROM mark WHERE name = '" MARK_RESTORED
                               "' AND word = '" MARK_PENDING "'"),
                     1);
    assert_int_equal(number_in(world, world->store,
                               "SELECT count(*) FROM mark WHERE name = '" MARK_BACKUP
                               "' AND word <> ''"),
                     0);
    assert_true(aside_newest(world->store, ASIDE_REPLACED) > 0);
}

static void a_restored_store_takes_the_place_and_the_former_one_stays(void **state)
{
    world_t *world = *state;
    char former[PATH_SIZE * 2];
    make_then_change(world);
    CHECK(prepare(world, world->file));
    CHECK(backup_commit(world->folder, &world->prepared, &world->err));
    CHECK(backup_finish(world->folder, &world->err));
    assert_restored(world);
    snprintf(former, sizeof former, "%s.%s-%lld", world->store, ASIDE_REPLACED,
             aside_newest(world->store, ASIDE_REPLACED));
    assert_int_equal(letter_in(world, former, "a"), 'n');
}

/* The process dies between any two names: what is begun is ended by whoever starts next. */
static void a_restore_that_is_cut_short_is_ended_by_the_next_start(void **state)
{
    static const char *const BROKEN[] = {"rename public.db.replaced-", "fsync " NEW_NAME,
                                         "rename public.db\n"};
    for (size_t i = 0; i < sizeof BROKEN / sizeof *BROKEN; i++) {
        world_t *world = *state;
        make_then_change(world);
        CHECK(prepare(world, world->file));
        CHECK(backup_commit(world->folder, &world->prepared, &world->err));
        disk.broken = BROKEN[i];
        assert_int_equal(backup_finish(world->folder, &world->err), -1);
        disk.broken = NULL;
        assert_true(backup_committed(world->folder));
        assert_int_equal(files_in(world->folder, "restore.db"), 1);
        CHECK(backup_finish(world->folder, &world->err));
        assert_restored(world);
        CHECK(backup_finish(world->folder, &world->err)); /* again: nothing is left to do */
        assert_restored(world);
        tear_down(state);
        set_up(state);
    }
}

static void what_a_killed_restore_left_is_begun_anew(void **state)
{
    world_t *world = *state;
    char stale[PATH_SIZE];
    snprintf(stale, sizeof stale, "%s/restore.tmp", world->folder);
    write_bytes(stale, "half", 4);
    make(world);
    CHECK(prepare(world, world->file));
    assert_int_equal(letter_in(world, world->prepared.path, "a"), 'k');
    backup_discard(&world->prepared);
    assert_untouched(world);
}

/* What was erased since that backup would be in it. */
static void what_a_killed_restore_left_is_gone_at_the_next_start(void **state)
{
    static const char *const LEFT[] = {"restore.tmp", "restore.tmp-wal", "restore.tmp-journal"};
    world_t *world = *state;
    for (size_t i = 0; i < sizeof LEFT / sizeof *LEFT; i++) {
        char stale[PATH_SIZE];
        snprintf(stale, sizeof stale, "%s/%s", world->folder, LEFT[i]);
        write_bytes(stale, "half", 4);
    }
    CHECK(backup_finish(world->folder, &world->err));
    assert_false(backup_committed(world->folder));
    assert_untouched(world);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_copy_is_of_one_moment_while_the_store_is_written),
        TEST(a_copy_is_one_file_for_its_owner_alone),
        TEST(a_file_that_is_there_is_replaced_only_when_told),
        TEST(a_copy_is_on_the_disk_before_it_has_its_name),
        TEST(a_copy_that_does_not_reach_the_disk_leaves_nothing),
        TEST(what_was_deleted_before_is_not_in_a_copy),
        TEST(a_folder_without_a_store_is_worth_another_try),
        TEST(a_damaged_store_gives_no_copy),
        TEST(a_file_that_is_no_backup_of_this_node_is_refused),
        TEST(a_torn_backup_is_refused_wherever_it_ends),
        TEST(a_backup_with_a_spoiled_page_is_refused),
        TEST(a_backup_with_a_changed_record_is_told_before_it_is_used),
        TEST(what_a_restore_would_lose_is_counted),
        TEST(after_a_restore_the_same_numbers_are_other_changes),
        TEST(a_store_that_cannot_be_opened_is_not_called_damaged),
        TEST(a_restore_that_is_given_up_changes_nothing),
        TEST(a_restored_store_takes_the_place_and_the_former_one_stays),
        TEST(a_restore_that_is_cut_short_is_ended_by_the_next_start),
        TEST(what_a_killed_restore_left_is_begun_anew),
        TEST(what_a_killed_restore_left_is_gone_at_the_next_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
