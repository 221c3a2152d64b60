#include "node/import/reader/reader.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "../shared.h"
#include "files.h"

typedef struct world {
    reading_t reading;
    err_t err;
    char *rows;                /* "line:{record}" or "line:!", joined by spaces */
    char *said;                /* the problems and warnings, joined by spaces */
    char path[FILE_PATH_SIZE]; /* of a file; "" until there is one */
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
    free(world->said);
    if (*world->path)
        remove(world->path);
    free(world);
    return 0;
}

static void join(char **text, const char *more)
{
    char *all;
    assert_true(asprintf(&all, "%s%s%s", *text ? *text : "", *text ? " " : "", more) >= 0);
    free(*text);
    *text = all;
}

static void note(void *context, const row_t *row)
{
    world_t *world = context;
    char *record = row->problem ? strdup("!") : json_dumps(row->record, JSON_COMPACT), *numbered;
    assert_true(asprintf(&numbered, "%zu:%s", row->line, record) > 0);
    join(&world->rows, numbered);
    if (row->problem || row->warning)
        join(&world->said, row->problem ? row->problem : row->warning);
    free(numbered);
    free(record);
}

static int read_sized(world_t *world, const char *bytes, size_t size, const char *const *header)
{
    reading_free(&world->reading);
    free(world->rows);
    free(world->said);
    world->rows = world->said = NULL;
    return reader_each(bytes, size, header, &world->reading, note, world, &world->err);
}

static void expect(world_t *world, const char *bytes, const char *rows)
{
    assert_int_equal(read_sized(world, bytes, strlen(bytes), NULL), 0);
    assert_string_equal(world->rows ? world->rows : "", rows);
}

static void expect_refused_bytes(world_t *world, const char *bytes, size_t size, const char *words)
{
    world->err = (err_t){0};
    assert_int_equal(read_sized(world, bytes, size, NULL), -1);
    assert_int_equal(world->err.action, ERR_REJECT);
    if (!strstr(world->err.text, words))
        fail_msg("\"%s\" is not in: %s", words, world->err.text);
}

static void expect_refused(world_t *world, const char *bytes, const char *words)
{
    expect_refused_bytes(world, bytes, strlen(bytes), words);
}

static void expect_said(const world_t *world, const char *words)
{
    if (!world->said || !strstr(world->said, words))
        fail_msg("\"%s\" is not in: %s", words, world->said ? world->said : "(nothing)");
}

static void expect_described(const world_t *world, const char *words)
{
    text_t text;
    text_init(&text, 200);
    reading_describe(&world->reading, &text);
    assert_string_equal(text.data, words);
    text_free(&text);
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

static void utf_8_with_a_few_bad_bytes_stays_utf_8_and_its_lines_are_said(void **state)
{
    world_t *world = *state;
    expect(world, "nom;ville\nÉcole;Saint-Étienne\nCaf\xe9;Chazelles\nMédiathèque;Feurs\n",
           "2:{\"nom\":\"École\",\"ville\":\"Saint-Étienne\"} "
           "3:{\"nom\":\"Caf\xef\xbf\xbd\",\"ville\":\"Chazelles\"} "
           "4:{\"nom\":\"Médiathèque\",\"ville\":\"Feurs\"}");
    assert_false(world->reading.windows_1252);
    assert_true(world->reading.damaged);
    assert_non_null(strstr(world->reading.lost, "abîmé (ligne 3)"));
}

static void a_few_letters_of_windows_1252_are_not_damage(void **state)
{
    world_t *world = *state;
    expect(world, "nom\nCAF\xc9\xbb et caf\xe9 th\xe9\n", "2:{\"nom\":\"CAFÉ» et café thé\"}");
    assert_true(world->reading.windows_1252);
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
    expect(world,
           "{\"success\": true, \"result\": {\"fields\": [{\"id\":\"a\"}],\n"
           "\"records\": [{\"a\":1},\n{\"a\":2}], \"total\": 2}, \"help\": {}}",
           "2:{\"a\":1} 3:{\"a\":2}");
    expect(world, "{\"nom\": \"x\", \"links\": {\"items\": [{\"a\":1}]}}",
           "1:{\"nom\":\"x\",\"links\":{\"items\":[{\"a\":1}]}}");
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

/* --- what is no file of rows --- */

static void a_file_of_another_program_is_named_with_what_to_do(void **state)
{
    world_t *world = *state;
    static const struct {
        const char *begins, *words;
    } FILES[] = {
        {"PK\3\4 xl/workbook.xml",
         "classeur Excel : ouvrez-le, enregistrez la feuille en « CSV UTF-8 »"},
        {"PK\3\4mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "classeur LibreOffice"},
        {"PK\3\4 word/document.xml", "document Word"},
        {"PK\3\4 lieux.csv", "archive zip : décompressez-la"},
        {"\xd0\xcf\x11\xe0 xls", "ancien classeur Excel"},
        {"%PDF-1.7", "PDF"},
        {"\x1f\x8b\x08", "gzip dans un gzip"},
        {"\x89PNG", "image"},
        {"SQLite format 3", "base SQLite"},
        {"<!DOCTYPE html><html>", "page web"},
        {"<?xml version=\"1.0\"?>", "XML"},
    };
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++)
        expect_refused(world, FILES[i].begins, FILES[i].words);
}

static void bytes_that_are_no_text_are_refused_with_their_line(void **state)
{
    expect_refused_bytes(*state, "nom\nA\nB\0C\n", 10, "Ligne 3 : il y a là un octet nul");
    expect_refused_bytes(*state, "n\0o\0m\0\n\0A\0", 10, "UTF-16 sans sa marque");
}

static void nothing_and_spaces_are_empty_files(void **state)
{
    expect_refused(*state, "", "Ce fichier est vide.");
    expect_refused(*state, " \n\t\r\n ", "vide : il n'a que des espaces");
    expect_refused(*state, "\xef\xbb\xbf", "vide");
}

/* --- encodings --- */

static void utf16_is_read_when_it_has_its_mark(void **state)
{
    world_t *world = *state;
    static const char little[] = "\xff\xfen\0o\0m\0\t\0v\0\n\0\xc9\0\t\0\x3d\xd8\xc5\xdc\n";
    static const char big[] = "\xfe\xff\0n\0o\0m\0\t\0v\0\n\0\xc9\0\t\xd8\x3d\xdc\xc5\0\n";
    assert_int_equal(read_sized(world, little, sizeof little, NULL), 0);
    assert_string_equal(world->rows, "2:{\"nom\":\"É\",\"v\":\"📅\"}");
    expect_described(world, "CSV, tabulation, UTF-16, 1 ligne");
    assert_int_equal(read_sized(world, big, sizeof big - 1, NULL), 0);
    assert_string_equal(world->rows, "2:{\"nom\":\"É\",\"v\":\"📅\"}");
}

static void letters_lost_before_are_left_as_they_are_and_their_rows_named(void **state)
{
    world_t *world = *state;
    expect(world, "nom\nBiblioth\ufffdque\nA\nM\ufffddia\nM\ufffddia\n",
           "2:{\"nom\":\"Biblioth\ufffdque\"} 3:{\"nom\":\"A\"} 4:{\"nom\":\"M\ufffddia\"} "
           "5:{\"nom\":\"M\ufffddia\"}");
    assert_int_equal(world->reading.lost_rows, 3);
    assert_non_null(strstr(world->reading.lost, "déjà perdus dans ce fichier (lignes 2, 4 à 5)"));
    expect(world, "[{\"nom\":\"\ufffd\"}]", "1:{\"nom\":\"\ufffd\"}");
    assert_non_null(strstr(world->reading.lost, "(ligne 1)"));
    expect(world, "nom\nA\n", "2:{\"nom\":\"A\"}");
    assert_null(world->reading.lost);
}

static void what_was_guessed_is_said_in_a_few_words(void **state)
{
    world_t *world = *state;
    expect(world, "a;b\n\xc9;1\n2;3\n", "2:{\"a\":\"É\",\"b\":\"1\"} 3:{\"a\":\"2\",\"b\":\"3\"}");
    expect_described(world, "CSV, point-virgule, Windows-1252, 2 lignes");
    expect(world, "a|b\n1|2\n", "2:{\"a\":\"1\",\"b\":\"2\"}");
    expect_described(world, "CSV, barre verticale, UTF-8, 1 ligne");
    expect(world, "[{}]", "1:{}");
    expect_described(world, "JSON, UTF-8, 1 fiche");
}

/* --- CSV --- */

static void a_line_with_an_address_is_no_header(void **state)
{
    world_t *world = *state;
    expect(world, "A,https://a.example\nB,b\n",
           "1:{\"colonne 1\":\"A\",\"colonne 2\":\"https://a.example\"} "
           "2:{\"colonne 1\":\"B\",\"colonne 2\":\"b\"}");
    assert_false(world->reading.header);
    expect_described(world, "CSV, virgule, UTF-8, sans ligne d'en-tête, 2 lignes");
}

static void columns_without_a_name_get_one_and_empty_rows_are_none(void **state)
{
    expect(*state, "a;;b\n1;2;3\n;;\n \n4;;\n",
           "2:{\"a\":\"1\",\"colonne 2\":\"2\",\"b\":\"3\"} "
           "5:{\"a\":\"4\",\"colonne 2\":\"\",\"b\":\"\"}");
    expect(*state, "a,a,a#2\n1,2,3\n", "2:{\"a\":\"1\",\"a#2\":\"2\",\"a#2#2\":\"3\"}");
}

static void a_header_that_comes_again_is_no_row(void **state)
{
    world_t *world = *state;
    static const char *const header[] = {"nom", "ville", NULL};
    expect(world, "nom,ville\nA,B\nnom,ville\nC,D\n",
           "2:{\"nom\":\"A\",\"ville\":\"B\"} 3:! 4:{\"nom\":\"C\",\"ville\":\"D\"}");
    expect_said(world, "répète l'en-tête");
    assert_int_equal(read_sized(world, "nom,ville\nA,B\n", 14, header), 0);
    assert_string_equal(world->rows, "2:{\"nom\":\"A\",\"ville\":\"B\"}");
    assert_true(world->reading.header);
}

static void a_quote_that_swallows_lines_is_told_by_where_it_opened(void **state)
{
    world_t *world = *state;
    expect(world, "a;b\n1;\"2\n3;4\n5;6\";7\n7;8\n", "2:! 5:{\"a\":\"7\",\"b\":\"8\"}");
    expect_said(world, "le guillemet ouvert ligne 2 ne se ferme que ligne 4");
    expect(world, "a;b;c\n1;\"2\n3\";\"4\n5\"\n",
           "2:{\"a\":\"1\",\"b\":\"2\\n3\",\"c\":\"4\\n5\"}");
    expect_refused(world, "a;b\n1;2\n\"3\n4\";\"5\n6;7\n", "Ligne 4 : un guillemet s'ouvre ici");
}

static void the_second_half_of_a_row_that_a_quote_cut_is_no_row(void **state)
{
    world_t *world = *state;
    expect(world, "a;b;c;d\n252;rue;;\n\"zae x\"\"\";84850;C;V\n9\"\";1;2;3\n",
           "2:{\"a\":\"252\",\"b\":\"rue\",\"c\":\"\",\"d\":\"\"} 3:! "
           "4:{\"a\":\"9\\\"\\\"\",\"b\":\"1\",\"c\":\"2\",\"d\":\"3\"}");
    expect_said(world, "la fin de la ligne 2");
}

static void lines_may_end_as_macintoshes_once_did(void **state)
{
    expect(*state, "a,b\r1,2\r\r3,4\r", "2:{\"a\":\"1\",\"b\":\"2\"} 4:{\"a\":\"3\",\"b\":\"4\"}");
}

static void a_cell_or_a_row_beyond_its_maximum_is_reported(void **state)
{
    world_t *world = *state;
    text_t text;
    text_init(&text, 2 * READER_CELL_MAX);
    text_add_string(&text, "a\n");
    for (size_t i = 0; i <= READER_CELL_MAX; i++)
        text_add_string(&text, "x");
    text_add_string(&text, "\ny\n");
    expect(world, text.data, "2:! 3:{\"a\":\"y\"}");
    expect_said(world, "trop longue (256 Kio au plus)");
    text_clear(&text);
    text_add_string(&text, "a\n1");
    for (size_t i = 0; i < READER_COLUMNS_MAX; i++)
        text_add_string(&text, ",");
    expect(world, text.data, "2:!");
    expect_said(world, "1 000 au plus");
    text_free(&text);
}

/* --- JSON --- */

static void json_may_have_one_record_a_line(void **state)
{
    world_t *world = *state;
    expect(world, "\n{\"a\":1}\n{\"a\":}\n\n {\"data\":[2]} \r\n",
           "2:{\"a\":1} 3:! 5:{\"data\":[2]}");
    expect_said(world, "ligne 3, colonne 6");
    expect_described(world, "JSON, une fiche par ligne, UTF-8, 3 fiches");
}

static void a_feature_becomes_its_properties_and_its_geometry(void **state)
{
    world_t *world = *state;
    expect(world,
           "{\"type\":\"FeatureCollection\",\"features\":[\n"
           "{\"type\":\"Feature\",\"id\":7,\"properties\":{\"nom\":\"A\"},"
           "\"geometry\":{\"type\":\"Point\"}},\n"
           "{\"type\":\"Feature\",\"id\":8,\"properties\":{\"id\":\"b\"},\"geometry\":null}]}",
           "2:{\"nom\":\"A\",\"geometry\":{\"type\":\"Point\"},\"id\":7} "
           "3:{\"id\":\"b\",\"geometry\":null}");
    expect_described(world, "GeoJSON, UTF-8, 2 fiches");
}

static void json_cut_short_is_told_by_line_and_column(void **state)
{
    expect_refused(*state, "[{\"a\":1},\n {\"a\":", "s'arrête avant sa fin, ligne 2, colonne 7");
    expect(*state, "[{\"a\":1},{\"a\":}]", "1:{\"a\":1} 1:!");
    expect_said(*state, "ligne 1, colonne 15");
    expect_refused(*state, "{\"result\":{\"records\":[{\"a\":1}]}", "il fallait là");
    expect_refused(*state, "{\"results\":[{\"a\":1}]",
                   "s'arrête avant sa fin, ligne 1, colonne 21");
    expect_refused(*state, "{\"results\":[{\"a\":1}]} x", "Ligne 1, colonne 23");
    expect_refused(*state, "\n{\"a\": 1,\n \"b\": x}", "Ligne 3, colonne");
}

static void what_is_wrong_in_a_record_is_said_in_french(void **state)
{
    static const struct {
        const char *json, *words;
    } RECORDS[] = {
        {"[{\"a\":\"\\ud83d\"}]", "moitié de caractère"},
        {"[{\"a\":\"\\u0000\"}]", "caractère nul"},
        {"[{\"a\":1,\"a\":2}]", "un même nom y est deux fois"},
        {"[{\"a\":1e999}]", "nombre est trop grand"},
        {"[{\"a\" 1}]", "une virgule, un guillemet ou un crochet"},
        {"[[1]]", "Une fiche est un objet JSON"},
    };
    for (size_t i = 0; i < sizeof RECORDS / sizeof *RECORDS; i++) {
        expect(*state, RECORDS[i].json, "1:!");
        expect_said(*state, RECORDS[i].words);
    }
}

/* --- ICS --- */

#define EVENT(lines) "BEGIN:VCALENDAR\nBEGIN:VEVENT\n" lines "END:VEVENT\nEND:VCALENDAR\n"

static void an_event_becomes_a_row_with_its_line_unfolded_and_unescaped(void **state)
{
    world_t *world = *state;
    expect(
        world,
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nLOCATION:LYON\\, 690\r\n 03\\, "
        "\xc3\r\n "
        "\xa9\r\nDESCRIPTION;X=\"a:b\":u\\nv\\;w\\\\\r\nCATEGORIES:a\\,b,c\r\nCATEGORIES:d\r\n"
        "ATTACH:x\r\nATTACH:y\r\nGEO:45.7;4.8\r\nORGANIZER;CN=\"A, B\":mailto:a@b.example\r\n"
        "BEGIN:VALARM\r\nDESCRIPTION:z\r\nEND:VALARM\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nuid:2\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n",
        "3:{\"UID\":\"1\",\"LOCATION\":\"LYON, 69003, é\",\"DESCRIPTION\":\"u\\nv;w\\\\\","
        "\"CATEGORIES\":[\"a,b\",\"c\",\"d\"],\"ATTACH\":[\"x\",\"y\"],\"GEO\":\"45.7;4.8\","
        "\"ORGANIZER\":\"mailto:a@b.example\",\"ORGANIZER_CN\":\"A, B\"} 19:{\"UID\":\"2\"}");
    expect_described(world, "agenda ICS, UTF-8, 2 événements");
}

static void times_keep_the_offset_of_their_own_zone(void **state)
{
    static const struct {
        const char *written, *row;
    } TIMES[] = {
        {EVENT("DTSTART;TZID=Europe/Paris:20260701T180000\n"),
         "\"DTSTART\":\"2026-07-01T18:00:00+02:00\""},
        {EVENT("DTSTART;TZID=/mozilla.org/1/Europe/Paris:20261122T180000\n"),
         "\"DTSTART\":\"2026-11-22T18:00:00+01:00\""},
        {EVENT("DTSTART;TZID=Pacific/Noumea:20261122T180000\n"),
         "\"DTSTART\":\"2026-11-22T18:00:00+11:00\""},
        {EVENT("DTSTART:20261122T180000Z\n"), "\"DTSTART\":\"2026-11-22T18:00:00+00:00\""},
        {EVENT("DTSTART:20261122T180000\n"), "\"DTSTART\":\"2026-11-22T18:00:00+01:00\""},
        {EVENT("DTSTART;VALUE=DATE:20261122\n"), "\"DTSTART\":\"2026-11-22\""},
        {EVENT("DTSTART:20261122T1800\n"), "\"DTSTART\":\"20261122T1800\"}"},
        {EVENT("DTSTART:20260230\n"), "\"DTSTART\":\"20260230\"}"},
        {EVENT("DURATION:PT1H30M\nDTSTART:20261122T180000Z\n"),
         "\"DTEND\":\"2026-11-22T19:30:00+00:00\""},
    };
    world_t *world = *state;
    for (size_t i = 0; i < sizeof TIMES / sizeof *TIMES; i++) {
        assert_int_equal(read_sized(world, TIMES[i].written, strlen(TIMES[i].written), NULL), 0);
        if (!strstr(world->rows, TIMES[i].row))
            fail_msg("%s is not in %s", TIMES[i].row, world->rows);
        assert_null(world->said);
    }
}

static void a_zone_the_system_does_not_know_is_the_one_of_the_file(void **state)
{
    world_t *world = *state;
    expect(world,
           "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;TZID=Bureau:20260701T100000\nEND:VEVENT\n"
           "BEGIN:VTIMEZONE\nTZID:Bureau\nBEGIN:STANDARD\nDTSTART:16010101T000000\n"
           "TZOFFSETFROM:+0300\nTZOFFSETTO:+0300\nEND:STANDARD\nEND:VTIMEZONE\nEND:VCALENDAR\n",
           "2:{\"DTSTART\":\"2026-07-01T10:00:00+03:00\","
           "\"horaires\":[{\"debut\":\"2026-07-01T10:00:00+03:00\"}]}");
    expect(world, EVENT("DTSTART;TZID=Nulle/Part:20260701T100000\n"),
           "2:{\"DTSTART\":\"2026-07-01T10:00:00+02:00\","
           "\"horaires\":[{\"debut\":\"2026-07-01T10:00:00+02:00\"}]}");
    expect_said(world, "« Nulle/Part » n'est pas connu");
}

/* Each of its changes until today would be written down: all memory there is. */
static void a_zone_that_changes_all_the_time_is_not_used(void **state)
{
    static const char *const RULES[] = {"FREQ=SECONDLY", "FREQ=DAILY",
                                        "FREQ=YEARLY;BYMINUTE=1,2,3"};
    world_t *world = *state;
    for (size_t i = 0; i < sizeof RULES / sizeof *RULES; i++) {
        char calendar[512];
        snprintf(calendar, sizeof calendar,
                 "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;TZID=Bureau:20260701T100000\nEND:VEVENT\n"
                 "BEGIN:VTIMEZONE\nTZID:Bureau\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
                 "TZOFFSETFROM:+0300\nTZOFFSETTO:+0300\nRRULE:%s\nEND:STANDARD\nEND:VTIMEZONE\n"
                 "END:VCALENDAR\n",
                 RULES[i]);
        expect(world, calendar,
               "2:{\"DTSTART\":\"2026-07-01T10:00:00+02:00\","
               "\"horaires\":[{\"debut\":\"2026-07-01T10:00:00+02:00\"}]}");
        expect_said(world, "« Bureau » n'est pas connu");
    }
}

/* What "horaires" is, of the first row. */
static void expect_dates(world_t *world, const char *calendar, const char *dates)
{
    assert_int_equal(read_sized(world, calendar, strlen(calendar), NULL), 0);
    const char *found = strstr(world->rows, "\"horaires\":");
    assert_non_null(found);
    if (strncmp(found + strlen("\"horaires\":"), dates, strlen(dates)) != 0)
        fail_msg("%s\nis not\n%s", found, dates);
}

static void a_series_has_all_its_dates(void **state)
{
    expect_dates(
        *state,
        EVENT("RRULE:FREQ=WEEKLY;COUNT=4\nDTSTART;TZID=Europe/Paris:20261015T183000\n"
              "DTEND;TZID=Europe/Paris:20261015T200000\n"
              "EXDATE;TZID=Europe/Paris:20261022T183000\n"
              "RDATE;TZID=Europe/Paris:20261201T100000,20261015T183000\n"),
        "[{\"debut\":\"2026-10-15T18:30:00+02:00\",\"fin\":\"2026-10-15T20:00:00+02:00\"},"
        "{\"debut\":\"2026-10-29T18:30:00+01:00\",\"fin\":\"2026-10-29T20:00:00+01:00\"},"
        "{\"debut\":\"2026-11-05T18:30:00+01:00\",\"fin\":\"2026-11-05T20:00:00+01:00\"},"
        "{\"debut\":\"2026-12-01T10:00:00+01:00\",\"fin\":\"2026-12-01T11:30:00+01:00\"}]}");
    expect_dates(
        *state, EVENT("DTSTART:20260701T100000\nRRULE:FREQ=DAILY;UNTIL=20260702T080000Z\n"),
        "[{\"debut\":\"2026-07-01T10:00:00+02:00\"},{\"debut\":\"2026-07-02T10:00:00+02:00\"}]}");
    expect_dates(
        *state, EVENT("DTSTART:20260701T100000\nRRULE:FREQ=DAILY;UNTIL=20260702\n"),
        "[{\"debut\":\"2026-07-01T10:00:00+02:00\"},{\"debut\":\"2026-07-02T10:00:00+02:00\"}]}");
    expect_dates(*state, EVENT("DTSTART:20261122\nDTEND:20261124\n"),
                 "[{\"debut\":\"2026-11-22\",\"fin\":\"2026-11-23\"}]}");
    expect_dates(*state, EVENT("DTSTART:20261122\nDTEND:20261123\n"),
                 "[{\"debut\":\"2026-11-22\"}]}");
}

static void a_series_without_end_is_cut_and_said(void **state)
{
    world_t *world = *state;
    static const struct {
        const char *calendar, *last;
    } SERIES[] = {
        {EVENT("DTSTART:20260101\nRRULE:FREQ=DAILY\n"), "\"2026-04-10\"}]}"},
        {EVENT("DTSTART:20260101\nRRULE:FREQ=MONTHLY\n"), "\"2028-01-01\"}]}"},
    };
    for (size_t i = 0; i < sizeof SERIES / sizeof *SERIES; i++) {
        expect_dates(world, SERIES[i].calendar, "[{\"debut\":\"2026-01-01\"}");
        assert_non_null(strstr(world->rows, SERIES[i].last));
        expect_said(world, "les 100 premières sont reprises, sur 2 ans au plus");
    }
    expect_dates(world, EVENT("DTSTART:20260101\nRRULE:FREQ=SOMETIMES\n"),
                 "[{\"debut\":\"2026-01-01\"}]}");
    expect_said(world, "(FREQ=SOMETIMES) n'est pas comprise");
}

#define SERIES                                                                                     \
    "BEGIN:VEVENT\nUID:s\nDTSTART:20260101T090000Z\nRRULE:FREQ=DAILY;COUNT=3\nSUMMARY:S\nEND:"     \
    "VEVENT\n"
#define CHANGE(of, lines) "BEGIN:VEVENT\nUID:s\nRECURRENCE-ID:" of "\n" lines "END:VEVENT\n"

static void a_changed_date_is_merged_into_its_series(void **state)
{
    world_t *world = *state;
    expect_dates(
        world,
        "BEGIN:VCALENDAR\n" CHANGE("20260102T090000Z", "DTSTART:20260105T100000Z\nSUMMARY:S\n")
            SERIES CHANGE("20260101T090000Z", "STATUS:CANCELLED\n") "END:VCALENDAR\n",
        "[{\"debut\":\"2026-01-03T09:00:00+00:00\"},{\"debut\":\"2026-01-05T10:00:00+00:00\"}]}");
    assert_int_equal(world->reading.rows, 1);
    assert_null(world->said);
}

static void what_a_changed_date_cannot_say_in_its_series_is_said(void **state)
{
    world_t *world = *state;
    expect_dates(
        world,
        "BEGIN:VCALENDAR\n" SERIES CHANGE(
            "20260102T090000Z", "DTSTART:20260102T100000Z\nSUMMARY:Autre\n") "END:VCALENDAR\n",
        "[{\"debut\":\"2026-01-01T09:00:00+00:00\"},{\"debut\":\"2026-01-02T10:00:00+00:00\"}");
    expect_said(world, "son propre titre, texte ou lieu (ligne 8)");
    expect_dates(world, "BEGIN:VCALENDAR\n" SERIES CHANGE("20270102T090000Z", "DTSTART:20270102\n"),
                 "[{\"debut\":\"2026-01-01T09:00:00+00:00\"}");
    expect_said(world, "La date modifiée ligne 8 n'est pas une date de cette série");
}

static void a_changed_date_whose_series_is_elsewhere_is_a_row(void **state)
{
    expect(*state, "BEGIN:VCALENDAR\n" CHANGE("20260102T090000Z", "DTSTART:20260105T100000Z\n"),
           "2:{\"UID\":\"s\",\"RECURRENCE-ID\":\"2026-01-02T09:00:00+00:00\","
           "\"DTSTART\":\"2026-01-05T10:00:00+00:00\","
           "\"horaires\":[{\"debut\":\"2026-01-05T10:00:00+00:00\"}]}");
}

#define DATE(record, start, more)                                                                  \
    "BEGIN:VEVENT\nUID:a@b/" start "\nX-MAILLAGE-RECORD:" record "\nDTSTART:" start "\n" more      \
    "END:VEVENT\n"

/* As our own export writes them, in whatever order a calendar program left them. */
static void the_dates_of_one_record_of_ours_are_one_row(void **state)
{
    world_t *world = *state;
    expect(world,
           "BEGIN:VCALENDAR\n" DATE("loire/a", "20260103T090000Z", "SUMMARY:A\n")
               DATE("loire/b", "20260101T090000Z", "")
                   DATE("loire/a", "20260102T090000Z", "SUMMARY:A\n") "END:VCALENDAR\n",
           "2:{\"UID\":\"a@b\",\"X-MAILLAGE-RECORD\":\"loire/a\","
           "\"DTSTART\":\"2026-01-03T09:00:00+00:00\",\"SUMMARY\":\"A\",\"horaires\":["
           "{\"debut\":\"2026-01-02T09:00:00+00:00\"},{\"debut\":\"2026-01-03T09:00:00+00:00\"}]} "
           "8:{\"UID\":\"a@b\",\"X-MAILLAGE-RECORD\":\"loire/b\","
           "\"DTSTART\":\"2026-01-01T09:00:00+00:00\","
           "\"horaires\":[{\"debut\":\"2026-01-01T09:00:00+00:00\"}]}");
    assert_int_equal(world->reading.rows, 2);
    assert_null(world->said);
}

static void a_date_of_ours_with_a_title_of_its_own_is_said(void **state)
{
    world_t *world = *state;
    expect_dates(
        world,
        "BEGIN:VCALENDAR\n" DATE("loire/a", "20260102T090000Z", "SUMMARY:A\n")
            DATE("loire/a", "20260103T090000Z", "SUMMARY:B\n"),
        "[{\"debut\":\"2026-01-02T09:00:00+00:00\"},{\"debut\":\"2026-01-03T09:00:00+00:00\"}");
    expect_said(world, "son propre titre, texte ou lieu (ligne 8)");
}

static void more_dates_than_an_event_may_have_are_cut_and_said(void **state)
{
    world_t *world = *state;
    text_t text;
    text_init(&text, 1 << 20);
    text_add_string(&text, "BEGIN:VCALENDAR\n");
    for (int i = 0; i <= READER_RECORD_DATES_MAX; i++)
        text_add_string(&text, DATE("loire/a", "20260102T090000Z", ""));
    expect_dates(world, text.data, "[{\"debut\":\"2026-01-02T09:00:00+00:00\"}");
    expect_said(world, "les 200 premières");
    text_free(&text);
}

static void an_event_cut_short_does_not_spoil_the_others(void **state)
{
    world_t *world = *state;
    expect(world,
           "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nBEGIN:VEVENT\nUID:2\nEND:VEVENT\nBEGIN:VEVENT\n",
           "2:! 4:{\"UID\":\"2\"} 7:!");
    expect_said(world, "END:VEVENT manque");
}

/* --- files --- */

static void write_file(world_t *world, const char *bytes, size_t size)
{
    if (!*world->path)
        new_file(world->path, "");
    write_bytes(world->path, bytes, size);
}

static void expect_loads(world_t *world, const char *expected)
{
    char *bytes;
    size_t size;
    assert_int_equal(reader_load(world->path, &bytes, &size, &world->err), 0);
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(bytes, expected, size);
    free(bytes);
}

static void expect_unloadable(world_t *world, const char *path, const char *words)
{
    char *bytes;
    size_t size;
    world->err = (err_t){0};
    assert_int_equal(reader_load(path, &bytes, &size, &world->err), -1);
    assert_int_equal(world->err.action, ERR_REJECT);
    if (!strstr(world->err.text, words))
        fail_msg("\"%s\" is not in: %s", words, world->err.text);
}

static void a_file_that_cannot_be_read_is_told_why(void **state)
{
    world_t *world = *state;
    expect_unloadable(world, "/nonexistent/x.csv", "il n'existe pas");
    expect_unloadable(world, "/tmp", "c'est un dossier");
    expect_unloadable(world, "/dev/null/x.csv", "n'est pas un dossier");
    write_file(world, "nom\n", 4);
    expect_loads(world, "nom\n");
    if (geteuid() == 0) /* whom no permission stops */
        assert_int_equal(seteuid(65534), 0);
    chmod(world->path, 0);
    int rc = access(world->path, R_OK);
    expect_unloadable(world, world->path, "vous n'avez pas le droit de le lire");
    if (geteuid() == 65534)
        assert_int_equal(seteuid(0), 0);
    assert_true(rc == 0 || errno);
}

static long peak_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void a_file_beyond_the_maximum_is_not_read(void **state)
{
    world_t *world = *state;
    long before = peak_kib();
    write_file(world, "nom\n", 4);
    assert_int_equal(truncate(world->path, 2LL << 30),
                     0); /* one line of 2 GB, without a disk for it */
    expect_unloadable(world, world->path, "trop long (64 Mio au plus)");
    assert_in_range(peak_kib() - before, 0, 8 * 1024);
    expect_unloadable(world, "/dev/zero", "trop long (64 Mio au plus)");
}

/* Gives a gzip of so many times a text. */
static char *gzip_of(const char *text, size_t times, size_t *size)
{
    size_t length = strlen(text);
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, 0), Z_OK);
    size_t room = deflateBound(&stream, length * times) + 64;
    char *bytes = malloc(room);
    assert_non_null(bytes);
    stream.next_out = (Bytef *)bytes;
    stream.avail_out = (uInt)room;
    for (size_t i = 0; i < times; i++) {
        stream.next_in = (Bytef *)(uintptr_t)text;
        stream.avail_in = (uInt)length;
        assert_int_equal(deflate(&stream, Z_NO_FLUSH), Z_OK);
    }
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    *size = stream.total_out;
    deflateEnd(&stream);
    return bytes;
}

static void a_gzip_is_read_as_what_it_holds(void **state)
{
    world_t *world = *state;
    size_t size;
    char *gzip = gzip_of("nom\nA\n", 1, &size), *twice = malloc(2 * size + 10);
    write_file(world, gzip, size);
    expect_loads(world, "nom\nA\n");
    memcpy(twice, gzip, size);
    memcpy(twice + size, gzip, size);
    memset(twice + 2 * size, 0, 10);
    write_file(world, twice, 2 * size + 10);
    expect_loads(world, "nom\nA\nnom\nA\n");
    free(twice);
    free(gzip);
}

static void a_gzip_cut_or_damaged_or_too_large_gets_one_sentence(void **state)
{
    world_t *world = *state;
    size_t size;
    char *gzip = gzip_of("nom\nA\n", 1000, &size);
    for (size_t kept = 2; kept < size; kept++) {
        write_file(world, gzip, kept);
        expect_unloadable(world, world->path, "gzip coupé avant sa fin");
    }
    gzip[size - 6] ^= 1;
    write_file(world, gzip, size);
    expect_unloadable(world, world->path, "gzip abîmé");
    free(gzip);
    gzip = gzip_of("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                   READER_FILE_MAX / 64 + 1, &size);
    assert_in_range(size, 1, 1 << 20);
    write_file(world, gzip, size);
    expect_unloadable(world, world->path, "contient plus de 64 Mio");
    free(gzip);
}

/* --- real files --- */

static const struct {
    const char *path;
    size_t rows, problems;
    const char *description;
} REAL[] = {
    {"annuaire/conseillers-numeriques-structures-2022.json", 1354, 0, "JSON, UTF-8, 1354 fiches"},
    {"annuaire/hubs/aix-en-provence.json", 38, 0, NULL},
    {"annuaire/hubs/angers.json", 63, 0, NULL},
    {"annuaire/hubs/etapes-numerique.json", 95, 0, NULL},
    {"annuaire/hubs/hub-lo.json", 426, 0, NULL},
    {"annuaire/hubs/la-creuse.json", 91, 0, NULL},
    {"annuaire/hubs/maine-et-loire.json", 243, 0, NULL},
    {"annuaire/hubs/nouvelle-caledonie.json", 92, 0, NULL},
    {"annuaire/hubs/paca-2022_v2.csv", 1245, 1, "CSV, point-virgule, UTF-8, 1245 lignes"},
    {"annuaire/hubs/paca.json", 1245, 0, NULL},
    {"annuaire/standard/"
     "20230711-charente-lieux-de-mediation-numeriques-nouvelle-aquitaine@926d8162.json",
     188, 0, NULL},
    {"annuaire/standard/"
     "20230711-charente-lieux-de-mediation-numeriques-nouvelle-aquitaine@cf77ffe5.json",
     188, 0, NULL},
    {"cas-usage/ai-watch-jrc120399.json", 143, 0, NULL},
    {"cas-usage/us-federal-2024_consolidated_ai_inventory_raw_v2.csv", 2133, 0,
     "CSV, virgule, Windows-1252, 2133 lignes"},
    {"evenements/lyon-sample-wordpress.ics", 4, 0, "agenda ICS, UTF-8, 4 événements"},
    {"evenements/openagenda-drome.json", 555, 0, NULL},
    {"evenements/opendatasoft-openagenda-paris.json", 20, 0, NULL},
    {"fournisseurs/french-tech-40-120-2023.csv", 122, 0,
     "CSV, virgule, UTF-8, sans ligne d'en-tête, 122 lignes"},
    {"fournisseurs/lyon-tech-hub-communautes.json", 27, 0, NULL},
    {"geo/arrondissements.json", 333, 0, NULL},
    {"geo/communes.csv", 35014, 0, NULL},
    {"geo/communes_deleguees_associees.csv", 2576, 0, NULL},
    {"geo/departements.json", 109, 0, NULL},
    {"geo/epci.csv", 1255, 0, NULL},
    {"geo/regions.json", 26, 0, NULL},
    {"naf/codes-naf.json", 1707, 0, NULL},
    {"naf/libelles_ape.csv", 2109, 0, NULL},
    {"naf/nafMapping.json", 732, 0, NULL},
    {"programmes/aides-territoires-periurbain.csv", 274, 0, NULL},
    {"programmes/aides-territoires-source-departement_drome_data.json", 3, 0, NULL},
    {"programmes/tee-data_gouv_export-2026-06.csv", 190, 0, NULL},
    {"programmes/tee-programs-2026-06.json", 260, 0, NULL},
    {"programmes/tee-projects-2026-06.json", 91, 0, NULL},
    {"schemas/dispositif-aide-professionnels.exemple.csv", 1, 0, NULL},
    {"schemas/dispositif-aide-professionnels.schema.json", 1, 0, NULL},
    {"schemas/standard-mediation-num.exemple-valide.csv", 1, 0, NULL},
    {"schemas/standard-mediation-num.schema.json", 1, 0, NULL},
    {"schemas/data-inclusion-v1/service.json", 1, 0, NULL},
    {"schemas/data-inclusion-v1/structure.json", 1, 0, NULL},
    {"schemas/data-inclusion-v1/extra/frais.json", 2, 0, NULL},
    {"schemas/data-inclusion-v1/extra/modes-accueil.json", 2, 0, NULL},
    {"schemas/data-inclusion-v1/extra/modes-mobilisation.json", 4, 0, NULL},
    {"schemas/data-inclusion-v1/extra/personnes-mobilisatrices.json", 2, 0, NULL},
    {"schemas/data-inclusion-v1/extra/publics.json", 14, 0, NULL},
    {"schemas/data-inclusion-v1/extra/reseaux-porteurs.json", 108, 0, NULL},
    {"schemas/data-inclusion-v1/extra/thematiques.json", 69, 0, NULL},
    {"schemas/data-inclusion-v1/extra/types-de-services.json", 6, 0, NULL},
    {"schemas/data-inclusion-v1/extra/typologies-de-services.json", 11, 0, NULL},
    {"sirene/api_insee_siret.json", 1, 0, NULL},
    {"sirene/siret_cases.csv", 528, 0, NULL},
    {"statistiques/eurostat-isoc_e_dii.csv", 170, 0, NULL},
    {"statistiques/eurostat-isoc_eb_ai-2025.csv", 81, 0, NULL},
};

typedef struct tally {
    size_t rows, problems;
    size_t line; /* the row to keep, */
    json_t *row; /* here */
    char problem[512];
} tally_t;

static void count_row(void *context, const row_t *row)
{
    tally_t *tally = context;
    tally->rows++;
    tally->problems += row->problem != NULL;
    if (row->line == tally->line && row->record)
        tally->row = json_incref((json_t *)row->record);
    if (row->problem)
        snprintf(tally->problem, sizeof tally->problem, "%s", row->problem);
}

static void read_real(world_t *world, const char *name, tally_t *tally)
{
    char path[SHARED_PATH_SIZE], *bytes;
    size_t size;
    reading_free(&world->reading);
    assert_int_equal(reader_load(shared_path(path, name), &bytes, &size, &world->err), 0);
    int rc = reader_each(bytes, size, NULL, &world->reading, count_row, tally, &world->err);
    if (rc)
        fail_msg("%s: %s", name, world->err.text);
    free(bytes);
}

static void every_real_file_has_its_rows(void **state)
{
    world_t *world = *state;
    for (size_t i = 0; i < sizeof REAL / sizeof *REAL; i++) {
        tally_t tally = {0};
        read_real(world, REAL[i].path, &tally);
        if (tally.rows != REAL[i].rows || tally.problems != REAL[i].problems)
            fail_msg("%s: %zu rows, %zu problems", REAL[i].path, tally.rows, tally.problems);
        if (REAL[i].description)
            expect_described(world, REAL[i].description);
    }
}

static const char *cell_of(const tally_t *tally, const char *name)
{
    const char *cell = json_string_value(json_object_get(tally->row, name));
    assert_non_null(cell);
    return cell;
}

static void the_cut_row_and_the_lost_accents_of_a_real_file_are_told(void **state)
{
    world_t *world = *state;
    tally_t tally = {.line = 2};
    read_real(world, "annuaire/hubs/paca-2022_v2.csv", &tally);
    assert_non_null(strstr(tally.problem, "la fin de la ligne 1240"));
    assert_string_equal(cell_of(&tally, "nom"), "Biblioth\ufffdque");
    assert_int_equal(world->reading.lost_rows, 1245);
    assert_non_null(strstr(world->reading.lost, "(lignes 2 à 1246)"));
    json_decref(tally.row);
}

static void a_real_windows_1252_file_keeps_its_accents_and_its_lines(void **state)
{
    tally_t tally = {.line = 302};
    read_real(*state, "cas-usage/us-federal-2024_consolidated_ai_inventory_raw_v2.csv", &tally);
    assert_non_null(
        strstr(cell_of(&tally, "Is there available documentation for the model training and "
                               "evaluation data that demonstrates the degree to which it is "
                               "appropriate to be used in analysis or for making predictions?"),
               "his use case’s devel"));
    json_decref(tally.row);
}

static void a_postcode_folded_in_a_real_calendar_is_whole(void **state)
{
    tally_t tally = {.line = 20};
    read_real(*state, "evenements/lyon-sample-wordpress.ics", &tally);
    assert_non_null(strstr(cell_of(&tally, "LOCATION"), "LYON, 69003, Auvergne-Rhône-Alpes"));
    assert_string_equal(cell_of(&tally, "DTSTART"), "2025-03-20T19:00:00+01:00");
    json_decref(tally.row);
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
        cmocka_unit_test_setup_teardown(
            utf_8_with_a_few_bad_bytes_stays_utf_8_and_its_lines_are_said, setup, teardown),
        cmocka_unit_test_setup_teardown(a_few_letters_of_windows_1252_are_not_damage, setup,
                                        teardown),
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
        cmocka_unit_test_setup_teardown(a_file_of_another_program_is_named_with_what_to_do, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(bytes_that_are_no_text_are_refused_with_their_line, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(nothing_and_spaces_are_empty_files, setup, teardown),
        cmocka_unit_test_setup_teardown(utf16_is_read_when_it_has_its_mark, setup, teardown),
        cmocka_unit_test_setup_teardown(
            letters_lost_before_are_left_as_they_are_and_their_rows_named, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_guessed_is_said_in_a_few_words, setup, teardown),
        cmocka_unit_test_setup_teardown(a_line_with_an_address_is_no_header, setup, teardown),
        cmocka_unit_test_setup_teardown(columns_without_a_name_get_one_and_empty_rows_are_none,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_header_that_comes_again_is_no_row, setup, teardown),
        cmocka_unit_test_setup_teardown(a_quote_that_swallows_lines_is_told_by_where_it_opened,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(the_second_half_of_a_row_that_a_quote_cut_is_no_row, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(lines_may_end_as_macintoshes_once_did, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cell_or_a_row_beyond_its_maximum_is_reported, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(json_may_have_one_record_a_line, setup, teardown),
        cmocka_unit_test_setup_teardown(a_feature_becomes_its_properties_and_its_geometry, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(json_cut_short_is_told_by_line_and_column, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_wrong_in_a_record_is_said_in_french, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_event_becomes_a_row_with_its_line_unfolded_and_unescaped,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(times_keep_the_offset_of_their_own_zone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_zone_that_changes_all_the_time_is_not_used, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_zone_the_system_does_not_know_is_the_one_of_the_file,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_series_has_all_its_dates, setup, teardown),
        cmocka_unit_test_setup_teardown(a_series_without_end_is_cut_and_said, setup, teardown),
        cmocka_unit_test_setup_teardown(a_changed_date_is_merged_into_its_series, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_changed_date_cannot_say_in_its_series_is_said, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_changed_date_whose_series_is_elsewhere_is_a_row, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_dates_of_one_record_of_ours_are_one_row, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_date_of_ours_with_a_title_of_its_own_is_said, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(more_dates_than_an_event_may_have_are_cut_and_said, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_event_cut_short_does_not_spoil_the_others, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_file_that_cannot_be_read_is_told_why, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_beyond_the_maximum_is_not_read, setup, teardown),
        cmocka_unit_test_setup_teardown(a_gzip_is_read_as_what_it_holds, setup, teardown),
        cmocka_unit_test_setup_teardown(a_gzip_cut_or_damaged_or_too_large_gets_one_sentence, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(every_real_file_has_its_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(the_cut_row_and_the_lost_accents_of_a_real_file_are_told,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_real_windows_1252_file_keeps_its_accents_and_its_lines,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_postcode_folded_in_a_real_calendar_is_whole, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
