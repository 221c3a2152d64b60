#include "node/export/forms.h"
#include "node/export/writer.h"

#include <string.h>

static void add_word(text_t *out, const char *word, bool first)
{
    csv_cell(out, word, strlen(word), first);
}

void csv_begin(export_t *self, text_t *out)
{
    if (self->bom)
        text_add_string(out, "\xef\xbb\xbf");
    add_word(out, "hub", true);
    add_word(out, "id", false);
    for (size_t i = 0; i < self->columns.count; i++)
        add_word(out, self->columns.list[i].path, false);
    csv_line_end(out);
}

int csv_record(export_t *self, const entry_t *entry, const json_t *body, text_t *out)
{
    text_t cell;
    text_init(&cell, CELL_MAX_SIZE);
    add_word(out, entry->hub, true);
    add_word(out, entry->id, false);
    for (size_t i = 0; i < self->columns.count; i++) {
        text_clear(&cell);
        cell_write(&cell, self->kind, &self->columns.list[i], body);
        csv_cell(out, cell.data, cell.size, false);
    }
    csv_line_end(out);
    text_free(&cell);
    return 0;
}

void csv_end(export_t *self, text_t *out)
{
    (void)self, (void)out;
}
