#include "broker/base/database.h"
#include "broker/sync/tables.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct world {
    char folder[64], path[80], lockable[80];
    err_t err;
} world_t;

static int set_up(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    strcpy(world->folder, P_tmpdir "/database-test-XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    snprintf(world->path, sizeof world->path, "%s/public.db", world->folder);
    snprintf(world->lockable, sizeof world->lockable, "%s/var/loire", world->folder);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    static const char *const NAMES[] = {
        "public.db",
        "public.db-wal",
        "public.db-shm",
        "public.db.damaged-7",
        "public.db.damaged-7-wal",
        "public.db.damaged-7-shm",
        "var/loire/lock",
        "var/loire",
        "var",
    };
    world_t *world = *state;
    char path[128];
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        snprintf(path, sizeof path, "%s/%s", world->folder, NAMES[i]);
        remove(path);
    }
    int rc = rmdir(world->folder);
    free(world);
    return rc;
}

static int64_t number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = database_prepare(db, sql, NULL);
    assert_non_null(statement);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

static sqlite3 *writer(world_t *world)
{
    sqlite3 *db = database_open(world->path, DATABASE_FULL, &world->err);
    assert_non_null(db);
    return db;
}

static void a_writer_is_safe_and_in_wal_mode(void **state)
{
    world_t *world = *state;
    sqlite3 *db = writer(world);
    assert_int_equal(number(db, "PRAGMA synchronous"), 2);
    assert_int_equal(number(db, "PRAGMA secure_delete"), 1);
    assert_int_equal(number(db, "PRAGMA foreign_keys"), 1);
    assert_int_equal(number(db, "PRAGMA trusted_schema"), 0);
    assert_int_equal(number(db, "PRAGMA journal_size_limit"), 64 << 20);
    assert_int_equal(number(db, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
    database_close(db);
    db = database_open(world->path, DATABASE_CACHE, &world->err);
    assert_int_equal(number(db, "PRAGMA synchronous"), 1);
    database_close(db);
}

static void a_database_in_memory_is_allowed(void **state)
{
    (void)state;
    sqlite3 *db = database_open(":memory:", DATABASE_FULL, NULL);
    assert_non_null(db);
    assert_int_equal(database_migrate(db, &sync_tables, NULL), 0);
    database_close(db);
}

static void a_file_that_is_not_ours_is_left_alone(void **state)
{
    world_t *world = *state;
    sqlite3 *other;
    assert_int_equal(sqlite3_open(world->path, &other), 0);
    assert_int_equal(sqlite3_exec(other, "CREATE TABLE t(a)", NULL, NULL, NULL), 0);
    sqlite3_close(other);
    assert_null(database_open(world->path, DATABASE_FULL, &world->err));
    assert_int_equal(world->err.action, ERR_STOP);
    assert_non_null(strstr(world->err.text, "not one of our databases"));
    assert_null(database_open_reader(world->path, &world->err));
}

static void a_file_that_is_no_database_stops(void **state)
{
    world_t *world = *state;
    FILE *file = fopen(world->path, "w");
    for (int i = 0; i < 1000; i++)
        fputs("bonjour ", file);
    fclose(file);
    assert_null(database_open(world->path, DATABASE_FULL, &world->err));
    assert_int_equal(world->err.action, ERR_STOP);
}

static void a_reader_sees_commits_and_cannot_write(void **state)
{
    world_t *world = *state;
    sqlite3 *db = writer(world);
    assert_int_equal(database_execute(db, "CREATE TABLE t(a)", "test", NULL), 0);
    sqlite3 *reader = database_open_reader(world->path, &world->err);
    assert_non_null(reader);
    assert_int_equal(database_begin(db, NULL), 0);
    assert_int_equal(database_execute(db, "INSERT INTO t VALUES (1)", "test", NULL), 0);
    assert_int_equal(number(reader, "SELECT count(*) FROM t"), 0);
    assert_int_equal(database_commit(db, NULL), 0);
    assert_int_equal(number(reader, "SELECT count(*) FROM t"), 1);
    assert_int_equal(database_execute(reader, "DELETE FROM t", "delete", &world->err), -1);
    assert_int_equal(world->err.action, ERR_RETRY); /* what may not be written is not damaged */
    database_close(reader);
    database_close(db);
}

static void a_reader_needs_an_existing_file(void **state)
{
    world_t *world = *state;
    assert_null(database_open_reader(world->path, &world->err));
    assert_int_equal(world->err.action, ERR_RETRY);
    assert_int_not_equal(access(world->path, F_OK), 0);
}

static void a_reader_works_without_a_writer(void **state)
{
    world_t *world = *state;
    sqlite3 *db = writer(world);
    assert_int_equal(database_execute(db, "CREATE TABLE t(a)", "test", NULL), 0);
    database_close(db);
    sqlite3 *reader = database_open_reader(world->path, &world->err);
    assert_non_null(reader);
    assert_int_equal(number(reader, "SELECT count(*) FROM t"), 0);
    database_close(reader);
}

static const char *const TWO_STEPS[] = {"CREATE TABLE t(a)", "ALTER TABLE t ADD COLUMN b"};
static const char *const BAD_STEPS[] = {"CREATE TABLE t(a)", "CREATE TABLE u(a); nonsense"};

static void a_migration_runs_each_step_once(void **state)
{
    world_t *world = *state;
    migration_t first = {"room", TWO_STEPS, 1}, both = {"room", TWO_STEPS, 2};
    sqlite3 *db = writer(world);
    assert_int_equal(database_migrate(db, &first, NULL), 0);
    assert_int_equal(database_migrate(db, &both, NULL), 0);
    assert_int_equal(database_migrate(db, &both, NULL), 0);
    assert_int_equal(number(db, "SELECT count(*) FROM pragma_table_info('t')"), 2);
    assert_int_equal(database_migrate(db, &first, &world->err), -1);
    assert_int_equal(world->err.action, ERR_STOP);
    assert_non_null(strstr(world->err.text, "newer program"));
    database_close(db);
}

static void a_migration_step_is_all_or_nothing(void **state)
{
    world_t *world = *state;
    migration_t bad = {"room", BAD_STEPS, 2};
    sqlite3 *db = writer(world);
    assert_int_equal(database_migrate(db, &bad, &world->err), -1);
    assert_non_null(strstr(world->err.text, "step 2"));
    assert_int_equal(number(db, "SELECT count(*) FROM sqlite_schema WHERE name IN ('t', 'u')"), 1);
    assert_int_equal(number(db, "SELECT version FROM room"), 1);
    database_close(db);
}

static void a_full_disk_is_worth_another_try(void **state)
{
    world_t *world = *state;
    sqlite3 *db = writer(world);
    assert_int_equal(database_execute(db, "CREATE TABLE t(a); PRAGMA max_page_count=8", "", NULL),
                     0);
    assert_int_equal(database_begin(db, NULL), 0);
    assert_int_equal(database_execute(db, "INSERT INTO t VALUES (zeroblob(100000))",
                                      "save a record", &world->err),
                     -1);
    assert_int_equal(world->err.action, ERR_RETRY);
    assert_non_null(strstr(world->err.text, "cannot save a record"));
    assert_true(database_is_full(&world->err));
    err_context(&world->err, "answer: ");
    assert_true(database_is_full(&world->err));
    err_set(&world->err, ERR_RETRY, "the file is locked");
    assert_false(database_is_full(&world->err));
    database_rollback(db);
    database_rollback(db);
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 0);
    database_close(db);
}

static void a_second_writer_waits_its_turn(void **state)
{
    world_t *world = *state;
    sqlite3 *db = writer(world), *other = writer(world);
    sqlite3_busy_timeout(other, 0);
    assert_int_equal(database_begin(db, NULL), 0);
    assert_int_equal(database_begin(other, &world->err), -1);
    assert_int_equal(world->err.action, ERR_RETRY);
    database_rollback(db);
    database_close(other);
    database_close(db);
}

static void a_statement_is_ready_again_and_unbound(void **state)
{
    world_t *world = *state;
    sqlite3 *db = writer(world);
    assert_int_equal(database_execute(db, "CREATE TABLE t(a UNIQUE)", "test", NULL), 0);
    sqlite3_stmt *insert = database_prepare(db, "INSERT INTO t VALUES (?)", NULL);
    sqlite3_bind_int(insert, 1, 5);
    assert_int_equal(database_run(insert, "insert", NULL), 0);
    assert_int_equal(database_run(insert, "insert", NULL), 0);
    assert_int_equal(number(db, "SELECT count(*) FROM t WHERE a IS NULL"), 1);
    sqlite3_bind_int(insert, 1, 5);
    assert_int_equal(database_run(insert, "insert", &world->err), -1);
    assert_int_equal(world->err.action, ERR_STOP);
    sqlite3_finalize(insert);
    database_close(db);
}

static void a_damaged_file_is_told(void **state)
{
    world_t *world = *state;
    sqlite3 *db = writer(world);
    assert_int_equal(database_execute(db,
                                      "CREATE TABLE t(a UNIQUE); WITH RECURSIVE n(i) AS (SELECT 1 "
                                      "UNION ALL SELECT i+1 FROM n WHERE i < 5000) "
                                      "INSERT INTO t SELECT i * 7919 FROM n;",
                                      "fill", NULL),
                     0);
    assert_int_equal(database_check(db, NULL), 0);
    database_close(db);
    FILE *file = fopen(world->path, "r+");
    for (long page = 4; page < 20; page++) {
        fseek(file, page * 4096, SEEK_SET);
        fwrite("damage, damage, damage", 1, 22, file);
    }
    fclose(file);
    db = database_open(world->path, DATABASE_CACHE, &world->err);
    assert_non_null(db);
    assert_int_equal(database_check(db, &world->err), -1);
    assert_int_equal(world->err.action, ERR_STOP);
    database_close(db);
}

static void a_set_aside_file_opens_beside_a_new_one(void **state)
{
    world_t *world = *state;
    sqlite3 *db = writer(world);
    assert_int_equal(database_execute(db, "CREATE TABLE t(a)", "test", NULL), 0);
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    database_close(db);
    assert_int_equal(database_set_aside(world->path, 7, NULL), 0);
    assert_int_not_equal(access(world->path, F_OK), 0);
    db = writer(world);
    assert_int_equal(number(db, "SELECT count(*) FROM sqlite_schema WHERE name = 't'"), 0);
    database_close(db);
    char aside[128];
    snprintf(aside, sizeof aside, "%s.damaged-7", world->path);
    db = database_open(aside, DATABASE_CACHE, NULL);
    assert_int_equal(number(db, "SELECT count(*) FROM sqlite_schema WHERE name = 't'"), 1);
    database_close(db);
}

static size_t file_size(const char *path)
{
    struct stat file;
    return stat(path, &file) == 0 ? (size_t)file.st_size : 0;
}

static void a_cleaned_file_holds_nothing_but_what_is_there(void **state)
{
    world_t *world = *state;
    char wal[96];
    snprintf(wal, sizeof wal, "%s-wal", world->path);
    sqlite3 *db = writer(world);
    assert_int_equal(database_execute(db,
                                      "CREATE TABLE t(a); WITH RECURSIVE n(i) AS (SELECT 1 "
                                      "UNION ALL SELECT i+1 FROM n WHERE i < 5000) "
                                      "INSERT INTO t SELECT zeroblob(400) FROM n;",
                                      "fill", NULL),
                     0);
    assert_int_equal(database_execute(db, "DELETE FROM t", "erase", NULL), 0);
    assert_true(file_size(wal) > 100000);
    assert_int_equal(database_clean(db, &world->err), 0);
    assert_int_equal(file_size(wal), 0);
    assert_true(file_size(world->path) < 50000);
    assert_int_equal(database_begin(db, NULL), 0);
    assert_int_equal(database_clean(db, &world->err), -1);
    database_rollback(db);
    database_close(db);
}

static void a_lock_has_one_holder_and_names_it(void **state)
{
    world_t *world = *state;
    database_lock_t *lock = database_lock(world->lockable, &world->err);
    assert_non_null(lock);
    assert_null(database_lock(world->lockable, &world->err));
    char pid[24];
    snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    assert_non_null(strstr(world->err.text, pid));
    database_unlock(&lock);
    assert_null(lock);
    database_unlock(&lock);
    lock = database_lock(world->lockable, &world->err);
    assert_non_null(lock);
    database_unlock(&lock);
}

static void a_lock_goes_with_its_process(void **state)
{
    world_t *world = *state;
    pid_t child = fork();
    if (child == 0)
        _exit(database_lock(world->lockable, NULL) ? 0 : 1);
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    database_lock_t *lock = database_lock(world->lockable, &world->err);
    assert_non_null(lock);
    database_unlock(&lock);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_writer_is_safe_and_in_wal_mode),
        TEST(a_database_in_memory_is_allowed),
        TEST(a_file_that_is_not_ours_is_left_alone),
        TEST(a_file_that_is_no_database_stops),
        TEST(a_reader_sees_commits_and_cannot_write),
        TEST(a_reader_needs_an_existing_file),
        TEST(a_reader_works_without_a_writer),
        TEST(a_migration_runs_each_step_once),
        TEST(a_migration_step_is_all_or_nothing),
        TEST(a_full_disk_is_worth_another_try),
        TEST(a_second_writer_waits_its_turn),
        TEST(a_statement_is_ready_again_and_unbound),
        TEST(a_damaged_file_is_told),
        TEST(a_set_aside_file_opens_beside_a_new_one),
        TEST(a_cleaned_file_holds_nothing_but_what_is_there),
        TEST(a_lock_has_one_holder_and_names_it),
        TEST(a_lock_goes_with_its_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
