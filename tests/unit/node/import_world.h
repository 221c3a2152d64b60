/* import_world - the real kinds, and a batch of the hub of the Loire that files come into on 22 November 2026.
 *
 * A test takes one of the mappings we ship, or writes one; gives it rows; and reads the batch, what was counted and
 * what was found. No store is behind it. Whatever a function wants and does not get fails the test. */
#ifndef IMPORT_WORLD_H
#define IMPORT_WORLD_H

#include "node/import/import.h"
#include "node/import/reader/reader.h"
#include "schemas/body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../shared.h"
#include "files.h"

#define TODAY "2026-11-22"

typedef struct world {
    schema_t *schema;
    const kind_t *kind; /* of the records that come in */
    geo_t *geo;         /* NULL unless a test wants it, and where it was not built */
    mapping_t *mapping; /* NULL: rows have the fields of the kind */
    batch_t *batch;
    imported_t imported;
    findings_t findings;
    err_t err;
} world_t;

/* --- opening --- */

static inline int setup(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->schema = real_schema();
    *state = world;
    return 0;
}

/* The same, where rows are places. */
static inline int setup_places(void **state)
{
    int rc = setup(state);
    world_t *world = *state;
    world->kind = schema_kind(world->schema, "organisation");
    world->geo = geo_load(NULL, &world->err);
    return rc;
}

/* The mapping, what came in and what was found. */
static inline void forget(world_t *world)
{
    mapping_destroy(&world->mapping);
    batch_destroy(&world->batch);
    findings_free(&world->findings);
    world->imported = (imported_t){0};
}

static inline int teardown(void **state)
{
    world_t *world = *state;
    forget(world);
    geo_destroy(&world->geo);
    schema_destroy(&world->schema);
    free(world);
    return 0;
}

/* --- what comes in --- */

/* An empty batch of records of a kind. */
static inline void begin(world_t *world, const kind_t *kind)
{
    batch_destroy(&world->batch);
    world->kind = kind;
    world->batch = batch_new(kind, "loire", TODAY);
}

/* A mapping that a test writes; NULL when it is refused. */
static inline mapping_t *mapping_of(world_t *world, const char *text)
{
    char path[FILE_PATH_SIZE];
    mapping_destroy(&world->mapping);
    world->mapping = mapping_load(world->schema, new_file(path, text), &world->findings);
    unlink(path);
    return world->mapping;
}

/* Forgets what was, and takes a mapping that we ship. */
static inline void use_mapping(world_t *world, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/config/imports/%s.yaml", SOURCE_DIR, name);
    forget(world);
    world->mapping = mapping_load(world->schema, path, &world->findings);
    for (size_t i = 0; i < world->findings.count; i++)
        print_message("%s: %s\n", world->findings.list[i].where, world->findings.list[i].reason);
    assert_non_null(world->mapping);
    begin(world, mapping_kind(world->mapping));
}

/* The bytes of one of the real files (shared.h); given. */
static inline char *load_shared(world_t *world, const char *file, size_t *size)
{
    char path[SHARED_PATH_SIZE], *bytes;
    assert_int_equal(reader_load(shared_path(path, file), &bytes, size, &world->err), 0);
    return bytes;
}

/* As import_rows: 0; or -1 and world->err. */
static inline int try_import(world_t *world, const char *file, const char *bytes, size_t size)
{
    return import_rows(file, bytes, size, world->kind, world->mapping, world->geo, world->batch,
                       &world->imported, &world->findings, &world->err);
}

static inline void import_bytes(world_t *world, const char *file, const char *bytes, size_t size)
{
    if (try_import(world, file, bytes, size))
        fail_msg("%s: %s", file, world->err.text);
}

/* --- what came of it --- */

/* Gives the body of the record of this id. */
static inline json_t *record(const world_t *world, const char *id)
{
    err_t err = {0};
    for (size_t i = 0; i < batch_count(world->batch); i++) {
        const change_t *change = &batch_changes(world->batch)[i];
        if (strcmp(change->id, id) == 0)
            return body_decode(world->kind, change->body, change->body_size, &err);
    }
    fail_msg("no record '%s'", id);
    return NULL;
}

/* How many findings there are of a code, and of a field unless it is NULL. */
static inline size_t found(const world_t *world, const char *code, const char *field)
{
    size_t count = 0;
    for (size_t i = 0; i < world->findings.count; i++) {
        const finding_t *finding = &world->findings.list[i];
        count += strcmp(finding->code, code) == 0 && (!field || strcmp(finding->field, field) == 0);
    }
    return count;
}

/* The first finding of a code, at a line and of a value unless they are NULL. */
static inline const finding_t *finding_of(const world_t *world, const char *where, const char *code,
                                          const char *value)
{
    for (size_t i = 0; i < world->findings.count; i++) {
        const finding_t *finding = &world->findings.list[i];
        if (strcmp(finding->code, code) == 0 && (!where || strcmp(finding->where, where) == 0)
            && (!value || strcmp(finding->value, value) == 0))
            return finding;
    }
    fail_msg("no %s of '%s' at %s", code, value ? value : "anything", where ? where : "any line");
    return NULL;
}

#endif
