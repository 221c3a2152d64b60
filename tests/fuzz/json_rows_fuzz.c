/* JSON from anywhere never crashes the reader, and its records written as one array are the same again. */
#include "rows.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Properties that look like a feature themselves would be opened once more. */
static bool has_feature(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_object_get(json_array_get(list, i), "properties"))
            return true;
    return false;
}

static void expect_same(const rows_t *rows)
{
    rows_t again;
    char *text = json_dumps(rows->list, JSON_COMPACT);
    assert(text);
    rows_read(&again, text, strlen(text));
    assert(again.rc == 0 && again.problems == 0 && json_equal(again.list, rows->list));
    free(text);
    rows_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rows_t rows;
    rows_read(&rows, (const char *)data, size);
    if (rows.rc == 0 && !rows.reading.csv && rows.reading.format != READING_ICS
        && !has_feature(rows.list))
        expect_same(&rows);
    rows_free(&rows);
    return 0;
}
