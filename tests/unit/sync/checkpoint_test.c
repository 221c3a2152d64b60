#include "broker/base/checkpoint.h"
#include "broker/base/database.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct world {
    char folder[64], path[80], log[88];
    sqlite3 *db;
    checkpoint_t *checkpoint;
    err_t err;
} world_t;

static void open_writer(world_t *world)
{
    world->db = database_open(world->path, DATABASE_CACHE, &world->err);
    assert_non_null(world->db);
    world->checkpoint = checkpoint_new(world->db, &world->err);
    assert_non_null(world->checkpoint);
}

static void execute(world_t *world, const char *sql)
{
    assert_int_equal(database_execute(world->db, sql, "change", &world->err), 0);
}

static int set_up(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    strcpy(world->folder, P_tmpdir "/checkpoint-test-XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    snprintf(world->path, sizeof world->path, "%s/public.db", world->folder);
    snprintf(world->log, sizeof world->log, "%s-wal", world->path);
    open_writer(world);
    execute(world, "CREATE TABLE t(x)");
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const ENDS[] = {"", "-wal", "-shm"};
    world_t *world = *state;
    checkpoint_close(&world->checkpoint, &world->db);
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
        char path[96];
        snprintf(path, sizeof path, "%s%s", world->path, ENDS[i]);
        remove(path);
    }
    int rc = rmdir(world->folder);
    free(world);
    return rc;
}

static void write_pages(world_t *world, int pages)
{
    char sql[200];
    snprintf(sql, sizeof sql,
             "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
             " INSERT INTO t SELECT zeroblob(4000) FROM n",
             pages);
    execute(world, sql);
}

static int64_t size_of(const char *path)
{
    struct stat status;
    return stat(path, &status) ? -1 : (int64_t)status.st_size;
}

/* Once the disk has done what it was asked. */
static bool becomes_ready(const world_t *world, bool brief)
{
    for (int ms = 0; !checkpoint_is_ready(world->checkpoint, brief) && ms < 10000; ms++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    return checkpoint_is_ready(world->checkpoint, brief);
}

/* Takes the next step. */
static void rest(world_t *world, bool brief)
{
    assert_true(becomes_ready(world, brief));
    assert_int_equal(checkpoint_rest(world->checkpoint, brief, &world->err), 0);
}

/* Rests as long as something waits. */
static void rest_all(world_t *world)
{
    while (checkpoint_waits(world->checkpoint))
        rest(world, false);
}

static void a_log_that_is_not_worth_it_waits_for_nothing(void **state)
{
    world_t *world = *state;
    write_pages(world, 500);
    assert_false(checkpoint_waits(world->checkpoint));
    assert_false(checkpoint_is_ready(world->checkpoint, false));
    assert_int_equal(checkpoint_rest(world->checkpoint, false, &world->err), 0);
    assert_int_equal(checkpoint_copied(world->checkpoint), 0);
}

static void when_nobody_comes_all_is_copied_and_the_log_begins_anew(void **state)
{
    world_t *world = *state;
    write_pages(world, 1100);
    assert_true(checkpoint_waits(world->checkpoint));
    rest_all(world);
    assert_true(checkpoint_copied(world->checkpoint) > 1100);
    write_pages(world, 600);
    assert_true(checkpoint_pages(world->checkpoint) < 1000);
    assert_int_equal(checkpoint_copied(world->checkpoint), 0);
    assert_false(checkpoint_waits(world->checkpoint));
    write_pages(world, 600);
    assert_true(checkpoint_waits(world->checkpoint));
}

static void a_first_commit_larger_than_the_log_before_begins_it_anew_too(void **state)
{
    world_t *world = *state;
    write_pages(world, 1100);
    rest_all(world);
    write_pages(world, 1500);
    assert_true(size_of(world->log) < 1600 * 4120);
    assert_int_equal(checkpoint_copied(world->checkpoint), 0);
    assert_true(checkpoint_waits(world->checkpoint));
}

static void a_log_that_a_reader_still_needs_goes_on(void **state)
{
    world_t *world = *state;
    write_pages(world, 1100);
    sqlite3 *reader = database_open_reader(world->path, &world->err);
    sqlite3_stmt *row = database_prepare(reader, "SELECT x FROM t", &world->err);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    rest_all(world);
    write_pages(world, 10);
    assert_true(checkpoint_pages(world->checkpoint) > 1110);
    assert_true(checkpoint_copied(world->checkpoint) > 1100);
    sqlite3_finalize(row);
    database_close(reader);
}

static int insert_page(world_t *world)
{
    return sqlite3_exec(world->db, "INSERT INTO t SELECT zeroblob(4000)", NULL, NULL, NULL);
}

/* As on a disk that is full, the file of the log cannot grow: a commit fails, and after a short moment the
 * next one does not. */
static void fill_the_disk(world_t *world)
{
    struct rlimit before, full;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    full = (struct rlimit){(rlim_t)size_of(world->log), before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
    int rc = insert_page(world);
    bool waits = checkpoint_waits(world->checkpoint);
    bool ready = becomes_ready(world, true);
    int rested = checkpoint_rest(world->checkpoint, true, &world->err);
    int again = insert_page(world);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_not_equal(rc, SQLITE_OK);
    assert_true(waits && ready);
    assert_int_equal(rested, 0);
    assert_int_equal(again, SQLITE_OK);
    assert_false(checkpoint_waits(world->checkpoint));
}

static void after_a_commit_that_failed_the_log_begins_anew_however_short(void **state)
{
    world_t *world = *state;
    write_pages(world, 100);
    assert_false(checkpoint_waits(world->checkpoint));
    fill_the_disk(world);
}

static void a_commit_that_failed_in_the_middle_of_a_round_waits_for_no_long_moment(void **state)
{
    world_t *world = *state;
    write_pages(world, 1100);
    rest(world, true);
    fill_the_disk(world);
}

static void among_commits_a_round_copies_what_was_there_when_it_began(void **state)
{
    world_t *world = *state;
    write_pages(world, 1100);
    int there = checkpoint_pages(world->checkpoint);
    rest(world, true);
    assert_int_equal(checkpoint_copied(world->checkpoint), 0);
    write_pages(world, 10);
    rest(world, true);
    assert_int_equal(checkpoint_copied(world->checkpoint), there);
    rest(world, true);
    assert_false(checkpoint_waits(world->checkpoint));
    write_pages(world, 1);
    assert_true(checkpoint_pages(world->checkpoint) > there); /* behind the others */
}

static void a_short_moment_waits_for_a_commit_behind_the_round(void **state)
{
    world_t *world = *state;
    write_pages(world, 1100);
    rest(world, true);
    while (!checkpoint_is_ready(world->checkpoint, false))
        ;
    assert_false(
        checkpoint_is_ready(world->checkpoint, true)); /* it would have to sync the database */
    write_pages(world, 1);
    assert_true(checkpoint_is_ready(world->checkpoint, true));
}

static void a_long_log_is_begun_anew_among_commits(void **state)
{
    world_t *world = *state;
    int longest = 0;
    for (int i = 0; i < 300; i++) {
        write_pages(world, 100);
        for (int moments = 0; moments < 3; moments++)
            if (checkpoint_is_ready(world->checkpoint, true))
                assert_int_equal(checkpoint_rest(world->checkpoint, true, &world->err), 0);
        int pages = checkpoint_pages(world->checkpoint);
        longest = pages > longest ? pages : longest;
    }
    assert_in_range(longest, 12000, 16000);
    assert_true(size_of(world->log) <= 64 << 20);
}

static void a_short_moment_is_not_for_a_long_way(void **state)
{
    world_t *world = *state;
    write_pages(world, 5000);
    assert_false(checkpoint_is_ready(world->checkpoint, true));
    assert_int_equal(checkpoint_rest(world->checkpoint, true, &world->err), 0);
    assert_int_equal(checkpoint_copied(world->checkpoint), 0);
    assert_true(checkpoint_waits(world->checkpoint));
    rest_all(world);
    assert_true(checkpoint_copied(world->checkpoint) > 5000);
}

static void a_commit_copies_a_log_that_is_full(void **state)
{
    world_t *world = *state;
    write_pages(world, 15000);
    assert_int_equal(checkpoint_copied(world->checkpoint), 0);
    write_pages(world, 1500);
    assert_true(checkpoint_copied(world->checkpoint) > 16000);
}

static void a_commit_copies_a_full_log_in_the_middle_of_a_round(void **state)
{
    world_t *world = *state;
    write_pages(world, 15000);
    rest(world, false);
    write_pages(world, 1500);
    assert_true(checkpoint_copied(world->checkpoint) > 16000);
    write_pages(world, 10);
    assert_true(checkpoint_pages(world->checkpoint) < 100);
    assert_false(checkpoint_waits(world->checkpoint));
}

static void what_a_reader_stands_in_the_way_of_is_copied_when_it_has_read(void **state)
{
    world_t *world = *state;
    write_pages(world, 1);
    sqlite3 *reader = database_open_reader(world->path, &world->err);
    sqlite3_stmt *row = database_prepare(reader, "SELECT x FROM t", &world->err);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    write_pages(world, 1200);
    rest_all(world); /* which does not try for ever */
    assert_true(checkpoint_copied(world->checkpoint) < 1200);
    sqlite3_finalize(row);
    write_pages(world, 1000);
    assert_true(checkpoint_waits(world->checkpoint));
    rest_all(world);
    assert_int_equal(checkpoint_copied(world->checkpoint), checkpoint_pages(world->checkpoint));
    database_close(reader);
}

static void a_round_that_yields_is_not_in_the_way_of_a_clean_up(void **state)
{
    world_t *world = *state;
    write_pages(world, 1100);
    rest(world, true);
    assert_int_equal(checkpoint_yield(world->checkpoint, &world->err), 0);
    assert_int_equal(database_clean(world->db, &world->err), 0);
    assert_int_equal(size_of(world->log), 0);
    write_pages(world, 10);
    rest_all(world);
    assert_int_equal(checkpoint_copied(world->checkpoint), 0);
    write_pages(world, 1100);
    rest_all(world);
    assert_true(checkpoint_copied(world->checkpoint) > 1100);
}

static void a_closed_writer_leaves_no_log(void **state)
{
    world_t *world = *state;
    write_pages(world, 1100);
    rest(world, true);
    checkpoint_close(&world->checkpoint, &world->db);
    assert_null(world->checkpoint);
    assert_null(world->db);
    assert_int_equal(size_of(world->log), -1);
    checkpoint_close(&world->checkpoint, &world->db);
}

static void a_database_in_memory_needs_nothing(void **state)
{
    (void)state;
    err_t err;
    sqlite3 *db = database_open(":memory:", DATABASE_CACHE, &err);
    checkpoint_t *checkpoint = checkpoint_new(db, &err);
    assert_non_null(checkpoint);
    assert_int_equal(database_execute(db, "CREATE TABLE t(x)", "change", &err), 0);
    assert_false(checkpoint_waits(checkpoint));
    assert_int_equal(checkpoint_rest(checkpoint, false, &err), 0);
    assert_int_equal(checkpoint_yield(checkpoint, &err), 0);
    checkpoint_close(&checkpoint, &db);
}

/* The newest descriptor that this process has of the file. */
static int newest_descriptor_of(const char *path)
{
    struct stat wanted, found;
    assert_int_equal(stat(path, &wanted), 0);
    for (int file = 63; file > 2; file--)
        if (fstat(file, &found) == 0 && found.st_ino == wanted.st_ino
            && found.st_dev == wanted.st_dev)
            return file;
    return -1;
}

/* From now on whoever syncs the file beside the loop is told that it cannot be done. */
static void break_sync(const char *path)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_true(dup2(ends[0], newest_descriptor_of(path)) > 0);
    close(ends[0]);
    close(ends[1]);
}

static void a_disk_that_does_not_take_the_database_stops_and_the_log_stays(void **state)
{
    world_t *world = *state;
    write_pages(world, 1100);
    rest(world, true);
    write_pages(world, 10);
    break_sync(world->path);
    rest(world, true);
    while (!checkpoint_is_ready(world->checkpoint, true))
        ;
    assert_int_equal(checkpoint_rest(world->checkpoint, true, &world->err), -1);
    assert_int_equal(world->err.action, ERR_STOP);
    checkpoint_close(&world->checkpoint, &world->db);
    assert_true(size_of(world->log) > 1100 * 4096);
}

static void a_disk_that_did_not_take_the_database_stops_the_next_commit_that_copies(void **state)
{
    world_t *world = *state;
    write_pages(world, 1100);
    rest(world, true);
    write_pages(world, 10);
    break_sync(world->path);
    rest(world, true);
    assert_int_equal(database_begin(world->db, &world->err), 0);
    assert_int_equal(
        database_execute(world->db,
                         "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                         " WHERE i < 16000) INSERT INTO t SELECT zeroblob(4000) FROM n",
                         "write", &world->err),
        0);
    assert_int_equal(database_commit(world->db, &world->err), -1);
    assert_int_equal(world->err.action, ERR_STOP);
    checkpoint_close(&world->checkpoint, &world->db);
    assert_true(size_of(world->log) > 1100 * 4096);
}

static void a_disk_that_does_not_take_the_log_stops_before_anything_is_copied(void **state)
{
    world_t *world = *state;
    write_pages(world, 1100);
    break_sync(world->log);
    rest(world, true);
    write_pages(world, 10);
    while (!checkpoint_is_ready(world->checkpoint, true))
        ;
    assert_int_equal(checkpoint_rest(world->checkpoint, true, &world->err), -1);
    assert_int_equal(world->err.action, ERR_STOP);
    assert_int_equal(checkpoint_copied(world->checkpoint), 0);
}

static void a_disk_that_did_not_take_the_database_stops_a_clean_up(void **state)
{
    world_t *world = *state;
    write_pages(world, 1100);
    rest(world, true);
    write_pages(world, 10);
    break_sync(world->path);
    rest(world, true);
    assert_int_equal(checkpoint_yield(world->checkpoint, &world->err), -1);
    assert_int_equal(world->err.action, ERR_STOP);
}

/* The disk takes the log, and of the database nothing of what was copied. */
static void lose_what_is_copied(world_t *world)
{
    rest(world, true);
    write_pages(world, 10);
    break_sync(world->path);
    rest(world, true);
    assert_true(checkpoint_copied(world->checkpoint) > 1100);
    while (!checkpoint_is_ready(world->checkpoint, true))
        ;
    assert_int_equal(checkpoint_rest(world->checkpoint, true, &world->err), -1);
    assert_int_equal(checkpoint_copied(world->checkpoint), 0);
}

/* -1: it cannot be read. */
static int64_t count_rows(sqlite3 *db)
{
    err_t err;
    sqlite3_stmt *count = database_prepare(db, "SELECT count(x), sum(length(x)) FROM t", &err);
    int64_t rows = count && sqlite3_step(count) == SQLITE_ROW ? sqlite3_column_int64(count, 0) : -1;
    sqlite3_finalize(count);
    return rows;
}

static void a_reader_goes_on_when_the_disk_did_not_take_the_database(void **state)
{
    world_t *world = *state;
    checkpoint_close(&world->checkpoint, &world->db);
    sqlite3 *reader = database_open_reader(world->path, &world->err);
    open_writer(world); /* so that the newest descriptor is not the reader's */
    write_pages(world, 1100);
    assert_int_equal(database_execute(reader, "BEGIN", "read", &world->err), 0);
    assert_int_equal(count_rows(reader), 1100);
    lose_what_is_copied(world);
    assert_int_equal(count_rows(reader), 1100);
    assert_int_equal(database_execute(reader, "COMMIT", "read", &world->err), 0);
    assert_int_equal(count_rows(reader), 1110);
    database_close(reader);
}

/* Another process that reads, and says what it found. */
typedef struct other {
    pid_t pid;
    int orders, answers;
} other_t;

typedef enum order { GO_ON, BEGIN, END } order_t;

static _Noreturn void read_as_asked(const char *path, int orders, int answers)
{
    static const char *const FIRST[] = {[GO_ON] = "", [BEGIN] = "BEGIN", [END] = "COMMIT"};
    err_t err;
    sqlite3 *reader = NULL;
    order_t order;
    while (read(orders, &order, sizeof order) == sizeof order) {
        if (!reader)
            reader = database_open_reader(path, &err);
        int64_t rows = -1;
        if (reader && database_execute(reader, FIRST[order], "read", &err) == 0)
            rows = count_rows(reader);
        if (write(answers, &rows, sizeof rows) != sizeof rows)
            break;
    }
    _exit(0);
}

/* While this process has no database open: its locks would not be the other's. */
static other_t start_other(const world_t *world)
{
    int orders[2], answers[2];
    assert_int_equal(pipe(orders) | pipe(answers), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(orders[1]);
        read_as_asked(world->path, orders[0], answers[1]);
    }
    close(orders[0]);
    close(answers[1]);
    return (other_t){pid, orders[1], answers[0]};
}

static int64_t ask_other(other_t other, order_t order)
{
    int64_t rows = -1;
    assert_int_equal(write(other.orders, &order, sizeof order), sizeof order);
    assert_int_equal(read(other.answers, &rows, sizeof rows), sizeof rows);
    return rows;
}

static void stop_other(other_t other)
{
    close(other.orders);
    close(other.answers);
    assert_int_equal(waitpid(other.pid, NULL, 0), other.pid);
}

typedef struct content {
    size_t size;
    uint8_t *bytes;
} content_t;

static content_t content_of(const char *path, size_t size)
{
    content_t content = {size, malloc(size)};
    int file = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(read(file, content.bytes, size), size);
    close(file);
    return content;
}

static void put_back(const char *path, content_t content)
{
    int file = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    assert_int_equal(write(file, content.bytes, content.size), content.size);
    close(file);
    free(content.bytes);
}

/* How much of the log the index in shared memory says is copied; -1 when it says nothing that counts. */
static int64_t index_says(const world_t *world)
{
    char path[96];
    snprintf(path, sizeof path, "%s-shm", world->path);
    content_t index = content_of(path, 100);
    uint32_t copied;
    memcpy(&copied, index.bytes + 96, sizeof copied);
    bool counts = index.bytes[12] && memcmp(index.bytes, index.bytes + 48, 48) == 0;
    free(index.bytes);
    return counts ? (int64_t)copied : -1;
}

static void what_the_disk_did_not_take_is_copied_again_though_another_process_reads(void **state)
{
    world_t *world = *state;
    checkpoint_close(&world->checkpoint, &world->db);
    content_t before = content_of(world->path, (size_t)size_of(world->path));
    other_t other = start_other(world);
    open_writer(world);
    write_pages(world, 1100);
    assert_int_equal(ask_other(other, BEGIN), 1100);
    lose_what_is_copied(world);
    checkpoint_close(&world->checkpoint, &world->db);
    assert_int_equal(index_says(world), -1);
    put_back(world->path, before);
    assert_int_equal(ask_other(other, GO_ON), 1100);
    assert_int_equal(ask_other(other, END), 1110);
    assert_int_equal(index_says(world), 0);
    open_writer(world);
    write_pages(world, 1100);
    rest_all(world);
    assert_int_equal(checkpoint_copied(world->checkpoint), checkpoint_pages(world->checkpoint));
    write_pages(world, 10);
    assert_int_equal(checkpoint_copied(world->checkpoint), 0); /* the log has begun anew */
    assert_int_equal(database_examine(world->db, &world->err), 0);
    assert_int_equal(count_rows(world->db), 2220);
    assert_int_equal(ask_other(other, GO_ON), 2220);
    stop_other(other);
}

/* Does this process hold a lock of SQLite's on the file, as another one sees it? */
static bool is_locked(const char *path)
{
    int status = 2;
    pid_t child = fork();
    if (child == 0) {
        struct flock lock = {.l_type = F_WRLCK, .l_start = 0x40000000, .l_len = 512};
        int file = open(path, O_RDWR | O_CLOEXEC);
        _exit(fcntl(file, F_GETLK, &lock) ? 2 : lock.l_type != F_UNLCK);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
    return WEXITSTATUS(status);
}

static void the_writer_keeps_its_lock_on_the_file(void **state)
{
    world_t *world = *state;
    for (int round = 0; round < 3; round++) {
        write_pages(world, 1100);
        rest(world, true);
        write_pages(world, 10);
        rest_all(world);
        assert_true(is_locked(world->path));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_log_that_is_not_worth_it_waits_for_nothing),
        TEST(when_nobody_comes_all_is_copied_and_the_log_begins_anew),
        TEST(a_first_commit_larger_than_the_log_before_begins_it_anew_too),
        TEST(a_log_that_a_reader_still_needs_goes_on),
        TEST(after_a_commit_that_failed_the_log_begins_anew_however_short),
        TEST(a_commit_that_failed_in_the_middle_of_a_round_waits_for_no_long_moment),
        TEST(among_commits_a_round_copies_what_was_there_when_it_began),
        TEST(a_short_moment_waits_for_a_commit_behind_the_round),
        TEST(a_long_log_is_begun_anew_among_commits),
        TEST(a_short_moment_is_not_for_a_long_way),
        TEST(a_commit_copies_a_log_that_is_full),
        TEST(a_commit_copies_a_full_log_in_the_middle_of_a_round),
        TEST(what_a_reader_stands_in_the_way_of_is_copied_when_it_has_read),
        TEST(a_round_that_yields_is_not_in_the_way_of_a_clean_up),
        TEST(a_closed_writer_leaves_no_log),
        TEST(a_database_in_memory_needs_nothing),
        TEST(a_disk_that_does_not_take_the_database_stops_and_the_log_stays),
        TEST(a_disk_that_did_not_take_the_database_stops_the_next_commit_that_copies),
        TEST(a_disk_that_does_not_take_the_log_stops_before_anything_is_copied),
        TEST(a_disk_that_did_not_take_the_database_stops_a_clean_up),
        TEST(a_reader_goes_on_when_the_disk_did_not_take_the_database),
        TEST(what_the_disk_did_not_take_is_copied_again_though_another_process_reads),
        TEST(the_writer_keeps_its_lock_on_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
