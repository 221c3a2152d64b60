#include "node/portal/words/qr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The squares of a path, drawn again: rows of '#'. */
static void draw(const char *path, unsigned size, char *squares)
{
    memset(squares, ' ', (size_t)size * size);
    int x, y, run, back, used;
    while (sscanf(path, "M%d %dh%dv1h-%dz%n", &x, &y, &run, &back, &used) == 4) {
        assert_int_equal(run, back);
        for (int i = 0; i < run; i++)
            squares[(size_t)y * size + (size_t)(x + i)] = '#';
        path += used;
    }
    assert_string_equal(path, "");
}

static void a_code_has_a_quiet_border_and_three_corners(void **state)
{
    (void)state;
    text_t path;
    text_init(&path, 64 << 10);
    unsigned size = 0;
    err_t err;
    assert_int_equal(qr_path("https://hub.example/agenda/loire/cafe", &path, &size, &err), 0);
    char *squares = malloc((size_t)size * size);
    draw(path.data, size, squares);
    for (unsigned i = 0; i < size; i++)
        assert_int_equal(squares[3 * size + i], ' ');
    const unsigned corners[][2] = {{4, 4}, {size - 11, 4}, {4, size - 11}};
    for (size_t i = 0; i < 3; i++) {
        const char *corner = squares + corners[i][1] * size + corners[i][0];
        assert_memory_equal(corner, "#######", 7);
        assert_memory_equal(corner + size, "#     #", 7);
        assert_memory_equal(corner + 3 * size, "# ### #", 7);
    }
    free(squares);
    text_free(&path);
}

static void nothing_and_too_much_are_refused(void **state)
{
    (void)state;
    char longest[QR_TEXT_MAX + 2];
    memset(longest, 'a', sizeof longest);
    longest[QR_TEXT_MAX + 1] = 0;
    text_t path;
    text_init(&path, 1 << 20);
    unsigned size;
    err_t err = {0};
    assert_int_equal(qr_path("", &path, &size, &err), -1);
    assert_int_equal(err.action, ERR_REJECT);
    assert_int_equal(qr_path(longest, &path, &size, &err), -1);
    assert_int_equal(path.size, 0);
    longest[QR_TEXT_MAX] = 0;
    assert_int_equal(qr_path(longest, &path, &size, &err), 0);
    text_free(&path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_has_a_quiet_border_and_three_corners),
        cmocka_unit_test(nothing_and_too_much_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
