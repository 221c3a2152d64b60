/* A file from anywhere, CSV or JSON, never crashes an import, and whatever gets into a batch is what a hub
 * may publish; written as cells and read again it is the same. The first byte chooses the mapping. */
#include "node/import/import.h"

#include "node/import/cell.h"
#include "schemas/body.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const FILES[] = {"angers", "hub-lo", "french-tech"};
#define FILE_COUNT (sizeof FILES / sizeof *FILES)

static const schema_t *schema;
static mapping_t *mappings[FILE_COUNT];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    findings_t findings = {0};
    schema = schema_load(SOURCE_DIR "/schemas", &findings);
    assert(schema);
    for (size_t i = 0; i < FILE_COUNT; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/config/imports/%s.yaml", SOURCE_DIR, FILES[i]);
        mappings[i] = mapping_load(schema, path, &findings);
        assert(mappings[i]);
    }
    findings_free(&findings);
    return 0;
}

static void expect_round_trip(const kind_t *kind, const columns_t *columns, const change_t *change)
{
    text_t cell;
    text_init(&cell, CELL_MAX_SIZE);
    json_t *body = body_decode(kind, change->body, change->body_size, NULL), *again = json_object();
    assert(body);
    for (size_t i = 0; i < columns->count; i++) {
        text_clear(&cell);
        cell_write(&cell, kind, &columns->list[i], body);
        assert(!cell.overflow);
        json_t *value = cell_read(columns->list[i].field, cell.data);
        if (value)
            path_set(kind, again, columns->list[i].path, value);
    }
    findings_t findings = {0};
    text_clear(&cell);
    int rc = body_encode(kind, again, &cell, &findings);
    assert(rc == 0 && cell.size == change->body_size
           && memcmp(cell.data, change->body, cell.size) == 0);
    findings_free(&findings);
    text_free(&cell);
    json_decref(again);
    json_decref(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t choice = data[0] % (FILE_COUNT + schema_kind_count(schema));
    const mapping_t *mapping = choice < FILE_COUNT ? mappings[choice] : NULL;
    const kind_t *kind =
        mapping ? mapping_kind(mapping) : schema_kind_at(schema, choice - FILE_COUNT);
    batch_t *batch = batch_new(kind, "loire", "2026-11-22");
    imported_t imported = {0};
    findings_t findings = {0};
    err_t err = {0};
    int rc = import_rows("x", (const char *)data + 1, size - 1, kind, mapping, NULL, batch,
                         &imported, &findings, &err);
    assert(rc == 0 || err.action == ERR_REJECT);
    assert(rc != 0
           || batch_count(batch) + batch_refused(batch) + batch_repeated(batch)
                      + imported.unreadable
                  == imported.rows);
    columns_t columns;
    columns_of(kind, &columns);
    for (size_t i = 0; i < batch_count(batch); i++) {
        const change_t *change = &batch_changes(batch)[i];
        assert(id_valid(change->id));
        assert(body_is_canonical(kind, change->body, change->body_size));
        expect_round_trip(kind, &columns, change);
    }
    columns_free(&columns);
    findings_free(&findings);
    batch_destroy(&batch);
    return 0;
}
