#include "node/import/import.h"

#include "node/import/cell.h"
#include "node/import/commune.h"
#include "node/import/reader/reader.h"
#include "node/import/refused.h"
#include "node/import/within.h"
#include "schemas/body.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct import {
    const import_task_t *task;
    const char *name;
    columns_t columns;
    reading_t reading;
    imported_t *imported;
    findings_t *findings;
    err_t *err;
    bool checked;      /* the columns of the file, at its first row */
    bool refused;      /* the file as a whole */
    bool mended, json; /* it is of refused rows; that were of JSON */
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
        if (*name == '_' || in_envelope(name) || has_column(&self->columns, name))
            continue;
        const char *near = columns_did_you_mean(&self->columns, name);
        return err_set(
            self->err, ERR_REJECT,
            "%s : « %s » n'est pas un champ de la sorte « %s »%s%s%s. Renommez ou retirez "
            "cette colonne, ou donnez une correspondance (--mapping).",
            self->name, name, self->task->kind->name, near ? " ; vouliez-vous dire « " : "",
            near ? near : "", near ? " » ?" : "");
    }
    return 0;
}

static int check_columns(import_t *self)
{
    if (!self->reading.csv)
        return 0;
    self->mended = refused_is(self->reading.columns, &self->json);
    self->imported->mended |= self->mended;
    if (self->json || (self->mended && self->task->mapping))
        return 0; /* a field that no refused row had has no column */
    if (self->task->returned && returned_is_all(self->task->returned))
        return 0;
    if (!self->task->mapping)
        return check_own_columns(self);
    const char *missing = mapping_missing_column(self->task->mapping, self->reading.columns);
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
            path_set(self->task->kind, body, column->path, value);
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
static json_t *mapped(const import_t *self, const json_t *row, findings_t *found)
{
    const import_task_t *task = self->task;
    json_t *content = mapping_apply(task->mapping, row, found);
    commune_complete(task->geo, task->kind, content, found);
    return content;
}

/* Gives what the batch is to check. */
static json_t *record_of(const import_t *self, json_t *row, findings_t *found)
{
    if (self->task->mapping)
        return mapped(self, row, found);
    return self->reading.csv && !self->json ? envelope_of_cells(self, row) : json_incref(row);
}

static void count_skipped(const import_t *self, const char *why)
{
    const import_watch_t *watch = &self->task->watch;
    self->imported->skipped++;
    if (watch->skipped)
        watch->skipped(watch->context, why);
}

/* Does the mapping leave this row aside? */
static bool is_skipped(const import_t *self, const json_t *row)
{
    const char *why = self->task->mapping ? mapping_skips(self->task->mapping, row) : NULL;
    if (why)
        count_skipped(self, why);
    return why != NULL;
}

/* Is the record wanted? One that is not is still the source's. */
static bool is_wanted(const import_t *self, const json_t *record)
{
    const import_task_t *task = self->task;
    if (!task->territory)
        return true;
    const json_t *content = batch_is_envelope(record) ? json_object_get(record, "body") : record;
    within_t place = within(task->geo, task->territory, content);
    if (place == WITHIN_INSIDE)
        return true;
    self->imported->outside += place == WITHIN_OUTSIDE;
    self->imported->unplaced += place == WITHIN_UNKNOWN;
    char id[ID_SIZE];
    const char *given = json_string_value(json_object_get(record, "id"));
    if (given && content != record)
        batch_mention(task->batch, given);
    else if (body_id(task->kind, content, id, NULL) == 0)
        batch_mention(task->batch, id);
    return false;
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

/* Takes the record. */
static bool add_wanted(const import_t *self, json_t *record, const char *where, findings_t *found)
{
    batch_result_t result = BATCH_ADDED;
    if (is_wanted(self, record))
        result = batch_add(self->task->batch, record, where, found);
    else
        findings_free(found);
    json_decref(record);
    return result != BATCH_REFUSED;
}

/* A row that may be of an export of ours, perhaps edited. */
static bool read_wanted(const import_t *self, json_t *row, const char *where, findings_t *found)
{
    json_t *record = NULL;
    returned_t *returned = self->task->returned;
    switch (returned ? returned_read(returned, row, &record, found) : RETURNED_NOT) {
    case RETURNED_NOT:
        return add_wanted(self, record_of(self, row, found), where, found);
    case RETURNED_OWN:
        return add_wanted(self, record, where, found);
    case RETURNED_OTHER:
        count_skipped(self, "fiche d'un autre hub");
        return true;
    case RETURNED_REFUSED:
        break;
    }
    self->imported->unreadable++;
    return false;
}

/* Reads a row; false when it is refused. What was found belongs to no place yet. */
static bool read_row(const import_t *self, const row_t *row, const char *where, findings_t *found)
{
    if (row->problem) {
        self->imported->unreadable++;
        findings_add(found, SEVERITY_ERROR, "E_ROW", NULL, NULL, NULL, "%s", row->problem);
        return false;
    }
    json_t *read = self->mended ? refused_restore(row->record) : json_incref((json_t *)row->record);
    bool good = is_skipped(self, read) || read_wanted(self, read, where, found);
    json_decref(read);
    return good;
}

static void add_row(void *context, const row_t *row)
{
    import_t *self = context;
    const import_watch_t *watch = &self->task->watch;
    if (!self->checked) {
        self->refused = check_columns(self) != 0;
        self->checked = true;
    }
    if (self->refused)
        return;
    if (watch->row)
        watch->row(watch->context, row);
    char *where = where_of(self, row);
    findings_t found = {0};
    if (row->warning)
        findings_add(&found, SEVERITY_WARNING, "W_ROW", NULL, NULL, NULL, "%s", row->warning);
    self->imported->rows++;
    if (!read_row(self, row, where, &found) && watch->refused)
        watch->refused(watch->context, self->name, &self->reading, row, &found);
    self->imported->warned += found.warnings > 0;
    findings_move(self->findings, &found, where);
    free(where);
}

/* What was guessed about the file and may be wrong is said, once. */
static void report_reading(const import_t *self)
{
    if (self->reading.windows_1252)
        findings_add(
            self->findings, SEVERITY_WARNING, "W_WINDOWS_1252", self->name, NULL, NULL,
            "Ce fichier n'est pas en UTF-8 : il est lu comme du Windows-1252. Vérifiez les "
            "accents.");
    if (self->reading.lost)
        findings_add(self->findings, SEVERITY_WARNING, "W_LOST", self->name, NULL, NULL, "%s",
                     self->reading.lost);
    if (self->task->watch.read)
        self->task->watch.read(self->task->watch.context, self->name, &self->reading);
}

int import_file(const import_task_t *task, const char *name, const char *bytes, size_t size,
                imported_t *imported, findings_t *findings, err_t *err)
{
    import_t self = {
        .task = task, .name = name, .imported = imported, .findings = findings, .err = err};
    columns_of(task->kind, &self.columns);
    bool named = !task->mapping || refused_begins(bytes, size);
    const char *const *header = named ? NULL : mapping_header(task->mapping);
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

int import_rows(const char *name, const char *bytes, size_t size, const kind_t *kind,
                const mapping_t *mapping, const geo_t *geo, batch_t *batch, imported_t *imported,
                findings_t *findings, err_t *err)
{
    import_task_t task = {.kind = kind, .mapping = mapping, .geo = geo, .batch = batch};
    return import_file(&task, name, bytes, size, imported, findings, err);
}
