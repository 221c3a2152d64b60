/* Records written as JSON, exported in one go. */
#ifndef EXPORT_WORLD_H
#define EXPORT_WORLD_H

#include "node/export/export.h"
#include "schemas/body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../shared.h"
#include "texts.h"

#define CHANGED_MS 1795316400000 /* 2026-11-22T03:00:00Z */

typedef struct world {
    schema_t *schema;
    const kind_t *kind;
    export_t *export;
    text_t out;
    err_t err;
} world_t;

static inline int set_up(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    world->schema = real_schema();
    text_init(&world->out, 1 << 20);
    *state = world;
    return 0;
}

static inline int tear_down(void **state)
{
    world_t *world = *state;
    export_destroy(&world->export);
    text_free(&world->out);
    schema_destroy(&world->schema);
    free(world);
    return 0;
}

static inline void begin(world_t *world, const char *kind, const char *format)
{
    export_destroy(&world->export);
    text_clear(&world->out);
    world->kind = schema_kind(world->schema, kind);
    const export_format_t *found = export_find(format, world->kind);
    assert_non_null(found);
    world->export = export_new(found, world->kind, false);
    assert_int_equal(export_begin(world->export, &world->out, &world->err), 0);
}

static inline void add(world_t *world, const char *id, const char *json)
{
    json_error_t error;
    json_t *content = json_loads(json, 0, &error);
    if (!content)
        fail_msg("%s in %s", error.text, json);
    text_t body;
    text_init(&body, BODY_MAX_SIZE);
    findings_t findings = {0};
    int rc = body_encode(world->kind, content, &body, &findings);
    for (size_t i = 0; rc && i < findings.count; i++)
        print_error("%s: %s\n", findings.list[i].field, findings.list[i].reason);
    assert_int_equal(rc, 0);
    entry_t entry = {.hub = "loire", .seq = 7, .changed_ms = CHANGED_MS};
    memcpy(entry.kind, world->kind->name, strlen(world->kind->name) + 1);
    memcpy(entry.id, id, strlen(id) + 1);
    entry.body = (uint8_t *)body.data;
    entry.body_size = body.size;
    if (export_record(world->export, &entry, &world->out, &world->err))
        fail_msg("%s", world->err.text);
    findings_free(&findings);
    text_free(&body);
    json_decref(content);
}

/* Ends the export; what was written, valid until the next one begins. */
static inline const char *end(world_t *world)
{
    assert_int_equal(export_end(world->export, &world->out, &world->err), 0);
    return world->out.data;
}

static inline void expect_warning(const world_t *world, const char *code, const char *field)
{
    const findings_t *findings = export_findings(world->export);
    for (size_t i = 0; i < findings->count; i++)
        if (strcmp(findings->list[i].code, code) == 0
            && strcmp(findings->list[i].field, field) == 0)
            return;
    fail_msg("no %s of %s among %zu findings", code, field, findings->count);
}

#endif
