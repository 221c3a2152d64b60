#include "node/export/csv_line.h"

#include "node/import/cell.h"

#include <assert.h>
#include <csv.h>
#include <stdlib.h>

void csv_cell(text_t *out, const char *bytes, size_t size, bool first)
{
    size_t quoted_size = csv_write(NULL, 0, bytes, size);
    char *quoted = malloc(quoted_size);
    assert(quoted);
    csv_write(quoted, quoted_size, bytes, size);
    if (!first)
        text_add_string(out, ",");
    text_add(out, quoted, quoted_size);
    free(quoted);
}

void csv_text(text_t *out, const char *text, bool first)
{
    static const field_t FIELD = {.name = "text", .type = FIELD_TEXT};
    static const kind_t KIND = {.name = "text", .fields = &FIELD, .field_count = 1};
    json_t *row = json_pack("{s:s}", "text", text);
    text_t cell;
    text_init(&cell, CELL_MAX_SIZE);
    cell_write(&cell, &KIND, &(column_t){(char *)"text", &FIELD}, row);
    csv_cell(out, cell.data, cell.size, first);
    text_free(&cell);
    json_decref(row);
}

void csv_line_end(text_t *out)
{
    text_add_string(out, "\r\n");
}
