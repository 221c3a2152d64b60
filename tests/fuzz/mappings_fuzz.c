/* A file from anywhere never crashes an import, and whatever gets into a batch is what a hub may publish;
 * written as cells and read again it is the same. The first byte chooses among the mappings we ship, in the
 * order of their names, and after them the kinds without a mapping; the rest is the file, and says
 * itself whether it is CSV, JSON or ICS. */
#include "node/import/import.h"

#include "node/import/cell.h"
#include "schemas/body.h"

#include <assert.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAPPINGS_MAX 128

static const schema_t *schema;
static mapping_t *mappings[MAPPINGS_MAX];
static size_t mapping_count;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    glob_t paths;
    findings_t findings = {0};
    schema = schema_load(SOURCE_DIR "/schemas", &findings);
    assert(schema);
    int rc = glob(SOURCE_DIR "/config/imports/*.yaml", 0, NULL, &paths);
    assert(rc == 0 && paths.gl_pathc <= MAPPINGS_MAX);
    for (; mapping_count < paths.gl_pathc; mapping_count++) {
        mappings[mapping_count] = mapping_load(schema, paths.gl_pathv[mapping_count], &findings);
        assert(mappings[mapping_count]);
    }
    globfree(&paths);
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
    size_t choice = data[0] % (mapping_count + schema_kind_count(schema));
    const mapping_t *mapping = choice < mapping_count ? mappings[choice] : NULL;
    const kind_t *kind =
        mapping ? mapping_kind(mapping) : schema_kind_at(schema, choice - mapping_count);
    batch_t *batch = batch_new(kind, "loire", "2026-11-22");
    imported_t imported = {0};
    findings_t findings = {0};
    err_t err = {0};
    int rc = import_rows("x", (const char *)data + 1, size - 1, kind, mapping, NULL, batch,
                         &imported, &findings, &err);
    assert(rc == 0 || err.action == ERR_REJECT);
    assert(rc != 0
           || batch_count(batch) + batch_refused(batch) + batch_repeated(batch)
                      + imported.unreadable + imported.skipped
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
