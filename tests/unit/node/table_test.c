#include "node/cli/table.h"

#include <fcntl.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "texts.h"

static const char *const NAMES[] = {"id", "titre", NULL};

#define ID "hub-ia-loire:cci-lyon-metropole"
#define TITLE "CCI Lyon Métropole Saint-Étienne Roanne"

static table_t *one_row(void)
{
    table_t *table = table_new(NAMES);
    table_cut(table, "titre");
    table_add(table, ID);
    table_add(table, TITLE);
    return table;
}

/* A terminal of that many columns; gives the end that reads what is printed on it. */
static int terminal(unsigned short columns, int *screen)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(master >= 0);
    assert_int_equal(grantpt(master), 0);
    assert_int_equal(unlockpt(master), 0);
    *screen = open(ptsname(master), O_RDWR | O_NOCTTY);
    assert_true(*screen >= 0);
    struct winsize size = {.ws_row = 24, .ws_col = columns};
    assert_int_equal(ioctl(*screen, TIOCSWINSZ, &size), 0);
    return master;
}

/* Prints a row on it; text is what was seen. */
static void print_on(int screen, int master, char *text, size_t size)
{
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    dup2(screen, STDOUT_FILENO);
    table_t *table = one_row();
    table_print(table);
    table_destroy(&table);
    fflush(stdout);
    dup2(kept, STDOUT_FILENO);
    close(kept);
    ssize_t got = read(master, text, size - 1);
    assert_true(got > 0);
    text[got] = 0;
}

static void expect_seen(unsigned short columns, const char *part, const char *no_part)
{
    char text[1024];
    int screen, master = terminal(columns, &screen);
    print_on(screen, master, text, sizeof text);
    expect(text, part);
    if (no_part)
        expect_not(text, no_part);
    close(screen);
    close(master);
}

static void a_narrow_terminal_cuts_only_what_may_be_cut(void **state)
{
    (void)state;
    expect_seen(50, ID, TITLE);
    expect_seen(50, "CCI Lyon", TITLE);
}

static void a_wide_terminal_shows_all(void **state)
{
    (void)state;
    expect_seen(120, ID, NULL);
    expect_seen(120, TITLE, NULL);
}

int main(void)
{
    unsetenv("COLUMNS");
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_narrow_terminal_cuts_only_what_may_be_cut),
        cmocka_unit_test(a_wide_terminal_shows_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
