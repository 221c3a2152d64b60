#include "node/import/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct world {
    reading_t reading;
    err_t err;
    char *rows; /* "line:{record}" or "line:!", joined by spaces */
} world_t;

static int setup(void **state)
{
    *state = calloc(1, sizeof(world_t));
    return 0;
}

static int teardown(void **state)
{
    world_t *world = *state;
    reading_free(&world->reading);
    free(world->rows);
    free(world);
    return 0;
}

static void note(void *context, const row_t *row)
{
    world_t *world = context;
    char *record = row->problem ? strdup("!") : json_dumps(row->record, JSON_COMPACT), *all;
    assert_true(asprintf(&all, "%s%s%zu:%s", world->rows ? world->rows : "", world->rows ? " " : "",
                         row->line, record)
                > 0);
    free(record);
    free(world->rows);
    world->rows = all;
}

static int read_sized(world_t *world, const char *bytes, size_t size, const char *const *header)
{
    reading_free(&world->reading);
    free(world->rows);
    world->rows = NULL;
    return reader_each(bytes, size, header, &world->reading, note, world, &world->err);
}

static void expect(world_t *world, const char *bytes, const char *rows)
{
    assert_int_equal(read_sized(world, bytes, strlen(bytes), NULL), 0);
    assert_string_equal(world->rows ? world->rows : "", rows);
}

static void expect_refused(world_t *world, const char *bytes, const char *words)
{
    world->err = (err_t){0};
    assert_int_equal(read_sized(world, bytes, strlen(bytes), NULL), -1);
    assert_int_equal(world->err.action, ERR_REJECT);
    assert_non_null(strstr(world->err.text, words));
}

static void a_csv_row_knows_its_line(void **state)
{
    expect(*state, "nom,ville\nA,\"x\ny\"\n\nB,z\n",
           "2:{\"nom\":\"A\",\"ville\":\"x\\ny\"} 5:{\"nom\":\"B\",\"ville\":\"z\"}");
}

static void the_last_line_needs_no_end(void **state)
{
    expect(*state, "nom\nA", "2:{\"nom\":\"A\"}");
}

static void the_delimiter_is_what_the_first_line_has_most_of(void **state)
{
    world_t *world = *state;
    expect(world, "nom;ville;a,b\nX;Y;1,5\n", "2:{\"nom\":\"X\",\"ville\":\"Y\",\"a,b\":\"1,5\"}");
    assert_int_equal(world->reading.delimiter, ';');
    expect(world, "nom\tville\nX\tY\n", "2:{\"nom\":\"X\",\"ville\":\"Y\"}");
    assert_int_equal(world->reading.delimiter, '\t');
    expect(world, "\"a,b,c\";d\n1;2\n", "2:{\"a,b,c\":\"1\",\"d\":\"2\"}");
}

static void the_mark_of_utf8_is_no_part_of_the_first_name(void **state)
{
    expect(*state, "\xef\xbb\xbfnom\nA\n", "2:{\"nom\":\"A\"}");
}

static void windows_1252_is_recognised_and_said(void **state)
{
    world_t *world = *state;
    expect(world, "nom\n\xc9tude \x80\x92\n", "2:{\"nom\":\"Étude €’\"}");
    assert_true(world->reading.windows_1252);
    expect(world, "nom\nÉtude\n", "2:{\"nom\":\"Étude\"}");
    assert_false(world->reading.windows_1252);
}

static void names_that_come_twice_are_told_apart(void **state)
{
    expect(*state, "a,a,a\n1,2,3\n", "2:{\"a\":\"1\",\"a#2\":\"2\",\"a#3\":\"3\"}");
}

static void a_file_without_header_gets_one(void **state)
{
    world_t *world = *state;
    static const char *const header[] = {"nom", "site", NULL};
    assert_int_equal(read_sized(world, "A,b\n", 4, header), 0);
    assert_string_equal(world->rows, "1:{\"nom\":\"A\",\"site\":\"b\"}");
}

static void a_shifted_row_is_reported_and_the_others_go_on(void **state)
{
    expect(*state, "a,b\n1,2,3\n4,5\n6\n", "2:! 3:{\"a\":\"4\",\"b\":\"5\"} 4:{\"a\":\"6\"}");
}

static void a_quote_that_never_ends_is_an_error_with_its_line(void **state)
{
    expect_refused(*state, "a,b\n1,2\n\"x,y\nz\n", "Ligne 3");
}

static void json_comes_as_an_array_or_inside_an_object(void **state)
{
    world_t *world = *state;
    expect(world, "[\n{\"a\":1},\n{\"a\":\"]},\"}\n]", "2:{\"a\":1} 3:{\"a\":\"]},\"}");
    assert_false(world->reading.csv);
    expect(world, "{\"total\": [2], \"results\": [{\"a\":1}, {\"a\":2}], \"next\": null}",
           "1:{\"a\":1} 1:{\"a\":2}");
    expect(world, "{\"records\": []}", "");
    expect(world, "{\"a\": {\"records\": [1]}}", "1:{\"a\":{\"records\":[1]}}");
    expect(world, "[]", "");
}

static void a_wrong_record_of_json_does_not_spoil_the_others(void **state)
{
    expect(*state, "[{\"a\":1},\n{\"a\":},\n3,\n{\"a\":2}]", "1:{\"a\":1} 2:! 3:! 4:{\"a\":2}");
}

static void json_that_ends_too_soon_is_refused(void **state)
{
    static const char *const texts[] = {"[",       "[{\"a\":1}",  "[{\"a\":1},",  "{",
                                        "{\"a\":", "[{\"a\":\"x", "[{\"a\":1}] x"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect_refused(*state, texts[i], "JSON");
}

static void a_workbook_or_nothing_at_all_is_refused_with_what_to_do(void **state)
{
    world_t *world = *state;
    assert_int_equal(read_sized(world, "PK\3\4\0\0", 6, NULL), -1);
    assert_non_null(strstr(world->err.text, "CSV UTF-8"));
    expect_refused(world, " \n", "vide");
}

static void a_file_that_is_not_there_is_said_so(void **state)
{
    (void)state;
    char *bytes;
    size_t size;
    err_t err = {0};
    assert_int_equal(reader_load("/nonexistent/x.csv", &bytes, &size, &err), -1);
    assert_int_equal(err.action, ERR_REJECT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_csv_row_knows_its_line, setup, teardown),
        cmocka_unit_test_setup_teardown(the_last_line_needs_no_end, setup, teardown),
        cmocka_unit_test_setup_teardown(the_delimiter_is_what_the_first_line_has_most_of, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_mark_of_utf8_is_no_part_of_the_first_name, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(windows_1252_is_recognised_and_said, setup, teardown),
        cmocka_unit_test_setup_teardown(names_that_come_twice_are_told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_without_header_gets_one, setup, teardown),
        cmocka_unit_test_setup_teardown(a_shifted_row_is_reported_and_the_others_go_on, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_quote_that_never_ends_is_an_error_with_its_line, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(json_comes_as_an_array_or_inside_an_object, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_wrong_record_of_json_does_not_spoil_the_others, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(json_that_ends_too_soon_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_workbook_or_nothing_at_all_is_refused_with_what_to_do,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_is_not_there_is_said_so, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
