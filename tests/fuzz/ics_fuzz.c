/* A calendar from anywhere never crashes the reader, and its dates are what the header promises. Input that
 * does not begin as a calendar is put inside one. */
#include "rows.h"

#include "schemas/base/date.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_date(const json_t *value)
{
    int64_t number;
    const char *text = json_string_value(value);
    return text && (date_read(text, &number) || instant_read(text, &number));
}

static void expect_dates(const json_t *row)
{
    const json_t *dates = json_object_get(row, "horaires");
    assert(json_array_size(dates) <= READER_RECORD_DATES_MAX);
    for (size_t i = 0; i < json_array_size(dates); i++) {
        const json_t *date = json_array_get(dates, i), *end = json_object_get(date, "fin");
        assert(is_date(json_object_get(date, "debut")));
        assert(!end || is_date(end));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char BEGIN[] = "BEGIN:VCALENDAR\r\n";
    text_t text;
    rows_t rows;
    text_init(&text, size + sizeof BEGIN);
    if (size < 5 || memcmp(data, BEGIN, 5) != 0)
        text_add_string(&text, BEGIN);
    text_add(&text, data, size);
    rows_read(&rows, text.data, text.size);
    if (rows.reading.format == READING_ICS)
        for (size_t i = 0; i < json_array_size(rows.list); i++)
            expect_dates(json_array_get(rows.list, i));
    rows_free(&rows);
    text_free(&text);
    return 0;
}
