/* A store made small for tests: real file, real schema, items written as synchronisation writes them.
 * Bodies are packed as given, right or wrong: received ones are kept whatever they hold. */
#ifndef STORE_WORLD_H
#define STORE_WORLD_H

#include "broker/sync/tables.h"
#include "node/store/projection.h"
#include "schemas/pack.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../shared.h"
#include "files.h"

typedef struct world {
    char folder[FOLDER_PATH_SIZE], path[80];
    schema_t *schema;
    sqlite3 *db;
    projection_t *projection;
    uint64_t seq;
    int64_t clock_ms; /* by which the hubs' clock is ahead */
    err_t err;
} world_t;

#define CHECK(call) check((call), #call, &world->err)

static inline void check(int rc, const char *call, const err_t *err)
{
    if (rc)
        fail_msg("%s: %s", call, err->text);
}

static inline void open_store(world_t *world)
{
    world->db = database_open(world->path, DATABASE_CACHE, &world->err);
    assert_non_null(world->db);
    CHECK(database_migrate(world->db, &sync_tables, &world->err));
    CHECK(database_migrate(world->db, &catalogue_tables, &world->err));
    world->projection = projection_new(world->db, world->schema, &world->err);
    assert_non_null(world->projection);
}

static inline void close_store(world_t *world)
{
    projection_destroy(&world->projection);
    database_close(world->db);
    world->db = NULL;
}

static inline int set_up(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    snprintf(world->path, sizeof world->path, "%s/public.db", new_folder(world->folder));
    world->schema = real_schema();
    open_store(world);
    *state = world;
    return 0;
}

static inline int tear_down(void **state)
{
    world_t *world = *state;
    close_store(world);
    schema_destroy(&world->schema);
    remove_folder(world->folder);
    free(world);
    return 0;
}

static inline sqlite3_stmt *statement(world_t *world, const char *sql)
{
    sqlite3_stmt *prepared = database_prepare(world->db, sql, &world->err);
    if (!prepared)
        fail_msg("%s: %s", sql, world->err.text);
    return prepared;
}

static inline int64_t number(world_t *world, const char *sql)
{
    sqlite3_stmt *asked = statement(world, sql);
    assert_int_equal(sqlite3_step(asked), SQLITE_ROW);
    int64_t value = sqlite3_column_int64(asked, 0);
    sqlite3_finalize(asked);
    return value;
}

static inline void execute(world_t *world, const char *sql)
{
    CHECK(database_execute(world->db, sql, "set up a test", &world->err));
}

/* Finds or makes the stream; hub "loire" is the node's own. */
static inline int64_t stream_of(world_t *world, const char *hub, const char *kind)
{
    sqlite3_stmt *made = statement(
        world, "INSERT INTO stream(hub, kind, own, life, seq, cursor, source, resync, verified_at)"
               " VALUES (?1, ?2, ?1 = 'loire', 0, 0, 0, '', 0, 0)"
               " ON CONFLICT DO UPDATE SET hub = hub RETURNING stream");
    sqlite3_bind_text(made, 1, hub, -1, SQLITE_STATIC);
    sqlite3_bind_text(made, 2, kind, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(made), SQLITE_ROW);
    int64_t stream = sqlite3_column_int64(made, 0);
    sqlite3_finalize(made);
    return stream;
}

static inline void pack_json(msgpack_packer *packer, const json_t *json)
{
    const char *key;
    json_t *value;
    size_t i;
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        msgpack_pack_map(packer, json_object_size(json));
        json_object_foreach((json_t *)json, key, value)
        {
            pack_string(packer, key);
            pack_json(packer, value);
        }
        break;
    case JSON_ARRAY:
        msgpack_pack_array(packer, json_array_size(json));
        json_array_foreach(json, i, value) pack_json(packer, value);
        break;
    case JSON_STRING:
        msgpack_pack_str(packer, json_string_length(json));
        msgpack_pack_str_body(packer, json_string_value(json), json_string_length(json));
        break;
    case JSON_INTEGER:
        msgpack_pack_int64(packer, json_integer_value(json));
        break;
    case JSON_REAL:
        msgpack_pack_double(packer, json_real_value(json));
        break;
    case JSON_TRUE:
        msgpack_pack_true(packer);
        break;
    case JSON_FALSE:
        msgpack_pack_false(packer);
        break;
    case JSON_NULL:
        msgpack_pack_nil(packer);
        break;
    }
}

static inline void store_item(world_t *world, int64_t stream, const item_t *item)
{
    uint8_t leaf[HASH_SIZE];
    item_leaf(item->bytes, item->size, leaf);
    sqlite3_stmt *put = statement(world, "INSERT OR REPLACE INTO item VALUES (?,?,?,?,?,?,?)");
    sqlite3_bind_int64(put, 1, stream);
    sqlite3_bind_text(put, 2, item->id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(put, 3, (int64_t)item->seq);
    sqlite3_bind_int(put, 4, (int)item->op);
    sqlite3_bind_int(put, 5, item_bucket(item->id));
    sqlite3_bind_blob(put, 6, leaf, HASH_SIZE, SQLITE_STATIC);
    sqlite3_bind_blob(put, 7, item->bytes, (int)item->size, SQLITE_STATIC);
    CHECK(database_run(put, "store an item", &world->err));
    sqlite3_finalize(put);
}

/* In the open transaction. json NULL deletes. */
static inline void change(world_t *world, const char *hub, const char *kind, const char *id,
                          const char *json)
{
    text_t body, bytes;
    text_init(&body, ITEM_MAX_SIZE);
    text_init(&bytes, ITEM_MAX_SIZE);
    item_t item = {.seq = ++world->seq, .op = json ? ITEM_PUT : ITEM_DELETE, .sv = 1};
    item.ts_ms = 1795316400000 + (int64_t)item.seq + world->clock_ms;
    snprintf(item.hub, sizeof item.hub, "%s", hub);
    snprintf(item.kind, sizeof item.kind, "%s", kind);
    snprintf(item.id, sizeof item.id, "%s", id);
    if (json) {
        msgpack_packer packer;
        json_error_t error;
        json_t *parsed = json_loads(json, JSON_ALLOW_NUL, &error);
        if (!parsed)
            fail_msg("%s in %s", error.text, json);
        pack_into_text(&packer, &body);
        pack_json(&packer, parsed);
        json_decref(parsed);
        item.body = (const uint8_t *)body.data;
        item.body_size = body.size;
    }
    CHECK(item_encode(&item, &bytes, &world->err));
    CHECK(item_decode(&item, bytes.data, bytes.size, &world->err));
    int64_t stream = stream_of(world, hub, kind);
    store_item(world, stream, &item);
    CHECK(projection_put(world->projection, stream, &item, &world->err));
    text_free(&body);
    text_free(&bytes);
}

static inline void put(world_t *world, const char *hub, const char *kind, const char *id,
                       const char *json)
{
    CHECK(database_begin(world->db, &world->err));
    change(world, hub, kind, id, json);
    CHECK(database_commit(world->db, &world->err));
}

static inline size_t differences(world_t *world)
{
    size_t found = SIZE_MAX;
    CHECK(projection_verify(world->db, world->schema, &found, &world->err));
    return found;
}

#endif
