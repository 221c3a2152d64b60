/* csv_line - a line of CSV, cell by cell: every cell quoted, lines ended by CR LF (RFC 4180). */
#ifndef NODE_EXPORT_CSV_LINE_H
#define NODE_EXPORT_CSV_LINE_H

#include "schemas/base/text.h"

/* Appends a cell as it is. */
void csv_cell(text_t *out, const char *bytes, size_t size, bool first);

/* Appends a text that people wrote; one that a spreadsheet would run is kept from it (cell.h). */
void csv_text(text_t *out, const char *text, bool first);

void csv_line_end(text_t *out);

#endif
