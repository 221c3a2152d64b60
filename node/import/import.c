#include "node/import/import.h"

#include "node/import/cell.h"
#include "node/import/commune.h"
#include "node/import/reader.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct import {
    const char *name;
    const kind_t *kind;
    const mapping_t *mapping;
    const geo_t *geo;
    columns_t columns;
    reading_t reading;
    batch_t *batch;
    imported_t *imported;
    findings_t *findings;
    err_t *err;
    bool checked; /* the columns of the file, at its first row */
    bool refused; /* the file as a whole */
} import_t;

static const char *const ENVELOPE[] = {"hub", "kind", "id"};
#define ENVELOPE_COUNT (sizeof ENVELOPE / sizeof *ENVELOPE)

static bool in_envelope(const char *name)
{
    for (size_t i = 0; i < ENVELOPE_COUNT; i++)
        if (strcmp(ENVELOPE[i], name) == 0)
            return true;
    return false;
}

static bool has_column(const columns_t *columns, const char *path)
{
    for (size_t i = 0; i < columns->count; i++)
        if (strcmp(columns->list[i].path, path) == 0)
            return true;
    return false;
}

static int check_own_columns(const import_t *self)
{
    for (size_t i = 0; i < json_array_size(self->reading.columns); i++) {
        const char *name = json_string_value(json_array_get(self->reading.columns, i));
        if (in_envelope(name) || has_column(&self->columns, name))
            continue;
        const char *near = columns_did_you_mean(&self->columns, name);
        return err_set(
            self->err, ERR_REJECT,
            "%s : « %s » n'est pas un champ de la sorte « %s »%s%s%s. Renommez ou retirez "
            "cette colonne, ou donnez une correspondance (--mapping).",
            self->name, name, self->kind->name, near ? " ; vouliez-vous dire « " : "",
            near ? near : "", near ? " » ?" : "");
    }
    return 0;
}

static int check_columns(const import_t *self)
{
    if (!self->reading.csv)
        return 0;
    if (!self->mapping)
        return check_own_columns(self);
    const char *missing = mapping_missing_column(self->mapping, self->reading.columns);
    if (!missing)
        return 0;
    return err_set(self->err, ERR_REJECT,
                   "%s : la colonne « %s », que la correspondance lit, n'est pas dans ce fichier.",
                   self->name, missing);
}

static json_t *body_of_cells(const import_t *self, const json_t *cells)
{
    json_t *body = json_object();
    for (size_t i = 0; i < self->columns.count; i++) {
        const column_t *column = &self->columns.list[i];
        const char *cell = json_string_value(json_object_get(cells, column->path));
        json_t *value = cell ? cell_read(column->field, cell) : NULL;
        if (value)
            path_set(self->kind, body, column->path, value);
    }
    return body;
}

static json_t *envelope_of_cells(const import_t *self, const json_t *cells)
{
    json_t *envelope = json_pack("{s: o}", "body", body_of_cells(self, cells));
    assert(envelope);
    for (size_t i = 0; i < ENVELOPE_COUNT; i++) {
        json_t *value = json_object_get(cells, ENVELOPE[i]);
        if (json_string_length(value))
            json_object_set(envelope, ENVELOPE[i], value);
    }
    return envelope;
}

/* A mapping reads what others wrote: its repairs and the search for the commune are guesses, and said. */
static json_t *mapped(const import_t *self, const json_t *row, const char *where)
{
    findings_t found = {0};
    json_t *content = mapping_apply(self->mapping, row, &found);
    commune_complete(self->geo, self->kind, content, &found);
    findings_move(self->findings, &found, where);
    return content;
}

/* Gives what the batch is to check. */
static json_t *record_of(const import_t *self, const json_t *row, const char *where)
{
    if (self->mapping)
        return mapped(self, row, where);
    return self->reading.csv ? envelope_of_cells(self, row) : json_incref((json_t *)row);
}

/* "lieux.csv:45"; with the column where several records may share a line. */
static char *where_of(const import_t *self, const row_t *row)
{
    char *where;
    int size = row->column > 1 ? asprintf(&where, "%s:%zu:%zu", self->name, row->line, row->column)
                               : asprintf(&where, "%s:%zu", self->name, row->line);
    assert(size > 0);
    return where;
}

static void add_row(void *context, const row_t *row)
{
    import_t *self = context;
    if (!self->checked) {
        self->refused = check_columns(self) != 0;
        self->checked = true;
    }
    if (self->refused)
        return;
    char *where = where_of(self, row);
    size_t warnings = self->findings->warnings;
    self->imported->rows++;
    if (row->problem) {
        self->imported->unreadable++;
        findings_add(self->findings, SEVERITY_ERROR, "E_ROW", where, NULL, NULL, "%s",
                     row->problem);
    } else {
        json_t *record = record_of(self, row->record, where);
        batch_add(self->batch, record, where, self->findings);
        json_decref(record);
    }
    self->imported->warned += self->findings->warnings > warnings;
    free(where);
}

/* What was guessed about the file is said, once. */
static void report_reading(const import_t *self)
{
    if (self->reading.windows_1252)
        findings_add(
            self->findings, SEVERITY_WARNING, "W_WINDOWS_1252", self->name, NULL, NULL,
            "Ce fichier n'est pas en UTF-8 : il est lu comme du Windows-1252. Vérifiez les "
            "accents.");
}

int import_rows(const char *name, const char *bytes, size_t size, const kind_t *kind,
                const mapping_t *mapping, const geo_t *geo, batch_t *batch, imported_t *imported,
                findings_t *findings, err_t *err)
{
    import_t self = {.name = name,
                     .kind = kind,
                     .mapping = mapping,
                     .geo = geo,
                     .batch = batch,
                     .imported = imported,
                     .findings = findings,
                     .err = err};
    columns_of(kind, &self.columns);
    const char *const *header = mapping ? mapping_header(mapping) : NULL;
    int rc = reader_each(bytes, size, header, &self.reading, add_row, &self, err);
    if (rc == 0 && !self.checked) /* a header and no row */
        self.refused = check_columns(&self) != 0;
    if (rc)
        err_context(err, "%s : ", name);
    else if (!self.refused)
        report_reading(&self);
    reading_free(&self.reading);
    columns_free(&self.columns);
    return rc || self.refused ? -1 : 0;
}
