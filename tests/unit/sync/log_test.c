#include "broker/base/fault.h"
#include "broker/base/log.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* What one call writes to standard error. */
static void heard(char *line, size_t size, log_level_t level, const char *text)
{
    int ends[2], kept = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    log_line(level, "%s", text);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(ends[1]);
    ssize_t got = read(ends[0], line, size - 1);
    line[got > 0 ? got : 0] = 0;
    close(ends[0]);
}

static void a_line_has_its_time_and_level(void **state)
{
    (void)state;
    char line[4096];
    heard(line, sizeof line, LOG_WARNING, "broker: loire : connexion refusée");
    assert_int_equal(line[4], '-');
    assert_int_equal(line[10], 'T');
    assert_string_equal(line + 23, "Z warning broker: loire : connexion refusée\n");
}

static void nobody_forges_a_line(void **state)
{
    (void)state;
    char line[4096];
    heard(line, sizeof line, LOG_ERROR, "a\n2026 info: b\r\x1b[31m\x7f\xc2\x85");
    assert_string_equal(strstr(line, "error "), "error a?2026 info: b??[31m???\n");
}

static void a_long_line_is_cut_and_says_so(void **state)
{
    (void)state;
    char line[4096], text[3000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    heard(line, sizeof line, LOG_ERROR, text);
    assert_true(strlen(line) <= 2048);
    assert_string_equal(line + strlen(line) - 4, "...\n");
}

static void what_is_below_the_level_is_left_out(void **state)
{
    (void)state;
    char line[4096];
    heard(line, sizeof line, LOG_DEBUG, "détail");
    assert_string_equal(line, "");
    log_set_level(LOG_DEBUG);
    heard(line, sizeof line, LOG_DEBUG, "détail");
    assert_non_null(strstr(line, "debug détail\n"));
    log_set_level(LOG_INFO);
}

#ifdef MAILLAGE_FAULTS
/* How many times a child passed the point before it died; -1 if it lived. */
static int passes_until_death(const char *setting)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        setenv("MAILLAGE_FAULT", setting, 1);
        for (int i = 0; i < 5; i++) {
            FAULT("sink.commit");
            if (write(ends[1], "x", 1) != 1)
                _exit(1);
        }
        _exit(0);
    }
    close(ends[1]);
    int count = 0, status = 0;
    for (char byte; read(ends[0], &byte, 1) == 1;)
        count++;
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? count : -1;
}

static void a_named_fault_kills_at_its_pass(void **state)
{
    (void)state;
    assert_int_equal(passes_until_death("sink.commit"), 0);
    assert_int_equal(passes_until_death("sink.commit:3"), 2);
    assert_int_equal(passes_until_death("sink.commitment"), -1);
    assert_int_equal(passes_until_death("sink"), -1);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_its_time_and_level),
        cmocka_unit_test(nobody_forges_a_line),
        cmocka_unit_test(a_long_line_is_cut_and_says_so),
        cmocka_unit_test(what_is_below_the_level_is_left_out),
#ifdef MAILLAGE_FAULTS
        cmocka_unit_test(a_named_fault_kills_at_its_pass),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
