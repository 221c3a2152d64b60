/* The golden vectors of schemas/golden/vectors.json, recomputed by our code.
 *
 * The file holds what goes in (contents, sequence numbers, a seed) and what must come out. The root
 * is computed here from the formula of PROTOCOL.md alone. A difference means that nodes of before
 * and after no longer agree: `golden_test --write` makes the file anew, and that is a new protocol. */
#include "schemas/base/text.h"
#include "schemas/body.h"
#include "schemas/head.h"
#include "schemas/item.h"
#include "schemas/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#define FOLDER SOURCE_DIR "/schemas"
#define PATH FOLDER "/golden/vectors.json"
#define BUCKETS 256
#define ITEMS_MAX 64

typedef struct world {
    schema_t *schema;
    json_t *given;
} world_t;

/* ---- JSON and bytes ---- */

static const char *string_at(const json_t *object, const char *key)
{
    const char *string = json_string_value(json_object_get(object, key));
    if (!string)
        fail_msg("'%s' is missing", key);
    return string;
}

static uint64_t number_at(const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);
    assert_true(json_is_integer(number));
    return (uint64_t)json_integer_value(number);
}

static json_t *hex(const void *bytes, size_t size)
{
    char *text = malloc(2 * size + 1);
    assert_non_null(text);
    sodium_bin2hex(text, 2 * size + 1, bytes, size);
    json_t *string = json_string(text);
    free(text);
    return string;
}

static void add_unhex(text_t *out, const char *digits)
{
    size_t size = strlen(digits) / 2;
    uint8_t *bytes = malloc(size + 1);
    assert_non_null(bytes);
    assert_int_equal(sodium_hex2bin(bytes, size, digits, 2 * size, NULL, NULL, NULL), 0);
    assert_int_equal(text_add(out, bytes, size), 0);
    free(bytes);
}

static void copy_name(char out[NAME_SIZE], const char *name)
{
    assert_true(name_valid(name));
    memcpy(out, name, strlen(name) + 1);
}

static char *dump(const json_t *json)
{
    return json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(BODY_DIGITS));
}

static void assert_same(const json_t *computed, const json_t *given)
{
    if (json_equal(computed, given))
        return;
    char *ours = dump(computed), *theirs = dump(given);
    print_error("we compute\n%s\nand the vectors say\n%s\n", ours, theirs);
    free(ours);
    free(theirs);
    fail();
}

/* ---- bodies ---- */

static const kind_t *kind_of(const world_t *world, const json_t *vector)
{
    const kind_t *kind = schema_kind(world->schema, string_at(vector, "kind"));
    assert_non_null(kind);
    return kind;
}

static void encode_body(const kind_t *kind, const json_t *content, text_t *out)
{
    findings_t findings = {0};
    if (body_encode(kind, content, out, &findings) != 0)
        fail_msg("%s: %s: %s", kind->name, findings.list[0].field, findings.list[0].reason);
    findings_free(&findings);
}

static json_t *compute_body(const world_t *world, const json_t *vector)
{
    const kind_t *kind = kind_of(world, vector);
    json_t *content = json_object_get(vector, "json");
    char id[ID_SIZE];
    text_t body;
    text_init(&body, BODY_MAX_SIZE);
    encode_body(kind, content, &body);
    assert_true(body_is_canonical(kind, body.data, body.size));
    assert_int_equal(body_id(kind, content, id, NULL), 0);
    json_t *normal = body_decode(kind, body.data, body.size, NULL);
    json_t *computed = json_pack("{s:s, s:I, s:s, s:O, s:o, s:o}", "kind", kind->name, "version",
                                 (json_int_t)kind->version, "id", id, "json", content, "normal",
                                 normal, "body", hex(body.data, body.size));
    text_free(&body);
    return computed;
}

static json_t *compute_bodies(const world_t *world)
{
    json_t *computed = json_array();
    size_t i;
    json_t *vector;
    json_array_foreach(json_object_get(world->given, "bodies"), i, vector)
        json_array_append_new(computed, compute_body(world, vector));
    return computed;
}

/* ---- items ---- */

/* The body of a version: none of a deletion; as given when its "json" is from the future, with
 * fields our kinds do not have; else encoded. */
static void make_body(const world_t *world, const json_t *stream, const json_t *vector, text_t *out)
{
    if (number_at(vector, "op") == ITEM_DELETE)
        return;
    const kind_t *kind = kind_of(world, stream);
    if (number_at(vector, "sv") > kind->version)
        add_unhex(out, string_at(vector, "body"));
    else
        encode_body(kind, json_object_get(vector, "json"), out);
}

static json_t *compute_item(const world_t *world, const json_t *stream, const json_t *vector)
{
    text_t body, bytes;
    text_init(&body, BODY_MAX_SIZE);
    text_init(&bytes, ITEM_MAX_SIZE);
    make_body(world, stream, vector, &body);
    bool put = number_at(vector, "op") == ITEM_PUT;
    item_t item = {.seq = number_at(vector, "seq"),
                   .op = put ? ITEM_PUT : ITEM_DELETE,
                   .sv = (uint32_t)number_at(vector, "sv"),
                   .ts_ms = (int64_t)number_at(vector, "ts"),
                   .body = put ? (const uint8_t *)body.data : NULL,
                   .body_size = body.size};
    copy_name(item.hub, string_at(stream, "hub"));
    copy_name(item.kind, string_at(stream, "kind"));
    assert_true(id_valid(string_at(vector, "id")));
    memcpy(item.id, string_at(vector, "id"), strlen(string_at(vector, "id")) + 1);
    assert_int_equal(item_encode(&item, &bytes, NULL), 0);

    item_t read;
    assert_int_equal(item_decode(&read, bytes.data, bytes.size, NULL), 0);
    json_t *content =
        put ? body_decode(kind_of(world, stream), read.body, read.body_size, NULL) : json_null();
    assert_non_null(content);
    uint8_t leaf[HASH_SIZE];
    item_leaf(bytes.data, bytes.size, leaf);
    json_t *computed = json_pack(
        "{s:I, s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:I}", "seq", (json_int_t)read.seq, "id",
        read.id, "op", (json_int_t)read.op, "sv", (json_int_t)read.sv, "ts", (json_int_t)read.ts_ms,
        "json", content, "body", put ? hex(read.body, read.body_size) : hex("\xc0", 1), "item",
        hex(bytes.data, bytes.size), "leaf", hex(leaf, HASH_SIZE), "bucket",
        (json_int_t)item_bucket(read.id));
    text_free(&body);
    text_free(&bytes);
    return computed;
}

/* ---- the root, by the formula alone ---- */

static int by_id(const void *a, const void *b)
{
    return strcmp(string_at(*(json_t *const *)a, "id"), string_at(*(json_t *const *)b, "id"));
}

static void hash(const text_t *bytes, uint8_t out[HASH_SIZE])
{
    crypto_generichash(out, HASH_SIZE, (const uint8_t *)bytes->data, bytes->size, NULL, 0);
}

/* bucket hash = hash(id1 leaf1 id2 leaf2 ...) sorted by id */
static size_t hash_bucket(const json_t *items, uint64_t number, uint8_t out[HASH_SIZE])
{
    const json_t *inside[ITEMS_MAX];
    size_t count = 0, i;
    json_t *item;
    json_array_foreach(items, i, item) if (number_at(item, "bucket") == number) inside[count++] =
        item;
    qsort(inside, count, sizeof *inside, by_id);
    text_t bytes;
    text_init(&bytes, ITEMS_MAX * (ID_SIZE + HASH_SIZE));
    for (i = 0; i < count; i++) {
        text_add_string(&bytes, string_at(inside[i], "id"));
        add_unhex(&bytes, string_at(inside[i], "leaf"));
    }
    hash(&bytes, out);
    text_free(&bytes);
    return count;
}

/* root = hash(bucket hash 0 ... bucket hash 255) */
static json_t *compute_root(const json_t *items, json_t *buckets)
{
    uint8_t bucket[HASH_SIZE], root[HASH_SIZE];
    text_t bytes;
    text_init(&bytes, BUCKETS * HASH_SIZE);
    for (unsigned number = 0; number < BUCKETS; number++) {
        char name[8];
        snprintf(name, sizeof name, "%u", number);
        if (hash_bucket(items, number, bucket) > 0)
            json_object_set_new(buckets, name, hex(bucket, HASH_SIZE));
        text_add(&bytes, bucket, HASH_SIZE);
    }
    hash(&bytes, root);
    text_free(&bytes);
    return hex(root, HASH_SIZE);
}

/* ---- a stream, its head, the messages about it ---- */

static json_t *compute_stream(const world_t *world)
{
    const json_t *stream = json_object_get(world->given, "stream");
    json_t *items = json_array(), *buckets = json_object(), *vector;
    size_t i;
    json_array_foreach(json_object_get(stream, "items"), i, vector)
        json_array_append_new(items, compute_item(world, stream, vector));
    assert_true(json_array_size(items) <= ITEMS_MAX);
    json_t *root = compute_root(items, buckets);
    uint8_t empty[HASH_SIZE];
    crypto_generichash(empty, HASH_SIZE, NULL, 0, NULL, 0);
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "hub", string_at(stream, "hub"), "kind",
                     string_at(stream, "kind"), "items", items, "buckets", buckets, "empty_bucket",
                     hex(empty, HASH_SIZE), "root", root);
}

static json_t *last_item(const json_t *stream)
{
    const json_t *items = json_object_get(stream, "items");
    return json_array_get(items, json_array_size(items) - 1);
}

static json_t *compute_head(const world_t *world, const json_t *stream, head_t *head)
{
    const json_t *given = json_object_get(world->given, "head");
    uint8_t public[SIGN_PUBLIC_SIZE], secret[SIGN_SECRET_SIZE];
    text_t seed, root;
    text_init(&seed, SIGN_SEED_SIZE);
    text_init(&root, HASH_SIZE);
    add_unhex(&seed, string_at(given, "seed"));
    add_unhex(&root, string_at(stream, "root"));
    assert_int_equal(seed.size, SIGN_SEED_SIZE);
    crypto_sign_seed_keypair(public, secret, (const uint8_t *)seed.data);
    *head = (head_t){.life = number_at(given, "life"),
                     .beat = number_at(given, "beat"),
                     .seq = number_at(last_item(stream), "seq"),
                     .count = json_array_size(json_object_get(stream, "items"))};
    copy_name(head->hub, string_at(stream, "hub"));
    copy_name(head->kind, string_at(stream, "kind"));
    memcpy(head->root, root.data, HASH_SIZE);
    head_sign(head, secret);
    head_t read;
    assert_int_equal(head_decode(&read, head->bytes, head->size, NULL), 0);
    assert_true(head_verify(&read, public));
    json_t *computed = json_pack(
        "{s:O, s:o, s:I, s:I, s:I, s:I, s:s, s:o}", "seed", json_object_get(given, "seed"),
        "public", hex(public, sizeof public), "life", (json_int_t)read.life, "seq",
        (json_int_t)read.seq, "beat", (json_int_t)read.beat, "count", (json_int_t)read.count, "tag",
        "maillage-head-1", "bytes", hex(head->bytes, head->size));
    text_free(&seed);
    text_free(&root);
    return computed;
}

/* One message of each type about the stream, with the arguments that the README tells. */
static void encode_message(wire_type_t type, const head_t *head, const span_t *items, size_t count,
                           text_t *out)
{
    static const interest_t interests[] = {{"loire", "answer"}, {"*", "*"}};
    switch (type) {
    case WIRE_HELLO:
        wire_hello(out, "example 1.0", interests, 2);
        return;
    case WIRE_WELCOME:
        wire_welcome(out, 1, "a");
        return;
    case WIRE_HEAD:
        wire_head(out, head->bytes, head->size);
        return;
    case WIRE_PULL:
        wire_pull(out, head->hub, head->kind, head->life, 0, true);
        return;
    case WIRE_BATCH:
        wire_batch(out, head->hub, head->kind, 0, head->seq, items, count, head->bytes, head->size);
        return;
    case WIRE_PING:
        wire_ping(out, 42);
        return;
    case WIRE_PONG:
        wire_pong(out, 42);
        return;
    case WIRE_ERR:
        wire_err(out, WIRE_STALE_LIFE, head->hub, head->kind, head->bytes, head->size,
                 "stale life");
        return;
    case WIRE_UNKNOWN:
        return;
    }
}

static json_t *compute_messages(const json_t *stream, const head_t *head)
{
    static const char *const NAMES[] = {"",      "HELLO", "WELCOME", "HEAD", "PULL",
                                        "BATCH", "PING",  "PONG",    "ERR"};
    span_t spans[ITEMS_MAX];
    text_t all, frame;
    text_init(&all, ITEMS_MAX * ITEM_MAX_SIZE);
    text_init(&frame, WIRE_MAX_SIZE);
    size_t i, count = json_array_size(json_object_get(stream, "items"));
    json_t *item, *messages = json_object();
    json_array_foreach(json_object_get(stream, "items"), i, item)
    {
        add_unhex(&all, string_at(item, "item"));
        spans[i].size = strlen(string_at(item, "item")) / 2;
    }
    const uint8_t *at = (const uint8_t *)all.data;
    for (i = 0; i < count; at += spans[i++].size)
        spans[i].data = at;
    for (wire_type_t type = WIRE_HELLO; type < WIRE_UNKNOWN; type++) {
        text_clear(&frame);
        encode_message(type, head, spans, count, &frame);
        json_object_set_new(messages, NAMES[type], hex(frame.data, frame.size));
    }
    text_free(&all);
    text_free(&frame);
    return messages;
}

/* ---- tests ---- */

static int set_up(void **state)
{
    world_t *world = calloc(1, sizeof *world);
    findings_t findings = {0};
    json_error_t error;
    world->schema = schema_load(FOLDER, &findings);
    world->given = json_load_file(PATH, JSON_REJECT_DUPLICATES, &error);
    if (!world->schema || !world->given)
        print_error("%s\n", world->schema ? error.text : findings.list[0].reason);
    findings_free(&findings);
    *state = world;
    return world->schema && world->given ? 0 : -1;
}

static int tear_down(void **state)
{
    world_t *world = *state;
    schema_destroy(&world->schema);
    json_decref(world->given);
    free(world);
    return 0;
}

static void contents_have_the_same_canonical_bytes_as_ever(void **state)
{
    world_t *world = *state;
    size_t i;
    json_t *vector;
    json_array_foreach(json_object_get(world->given, "bodies"), i, vector)
    {
        json_t *computed = compute_body(world, vector);
        assert_same(computed, vector);
        json_decref(computed);
    }
}

static void every_kind_has_a_vector(void **state)
{
    world_t *world = *state;
    for (size_t k = 0; k < schema_kind_count(world->schema); k++) {
        const char *name = schema_kind_at(world->schema, k)->name;
        size_t i, count = 0;
        json_t *vector;
        json_array_foreach(json_object_get(world->given, "bodies"), i, vector) count +=
            strcmp(string_at(vector, "kind"), name) == 0;
        if (count == 0)
            fail_msg("kind '%s' has none", name);
    }
}

static void a_normal_content_encodes_to_the_same_bytes(void **state)
{
    world_t *world = *state;
    size_t i;
    json_t *vector;
    json_array_foreach(json_object_get(world->given, "bodies"), i, vector)
    {
        text_t body;
        text_init(&body, BODY_MAX_SIZE);
        encode_body(kind_of(world, vector), json_object_get(vector, "normal"), &body);
        json_t *bytes = hex(body.data, body.size);
        assert_string_equal(json_string_value(bytes), string_at(vector, "body"));
        json_decref(bytes);
        text_free(&body);
    }
}

static void a_stream_has_the_same_items_buckets_and_root_as_ever(void **state)
{
    world_t *world = *state;
    json_t *stream = compute_stream(world);
    assert_same(stream, json_object_get(world->given, "stream"));
    json_decref(stream);
}

static void its_head_and_messages_are_the_same_as_ever(void **state)
{
    world_t *world = *state;
    head_t head;
    json_t *stream = json_object_get(world->given, "stream");
    json_t *computed = compute_head(world, stream, &head);
    assert_same(computed, json_object_get(world->given, "head"));
    json_decref(computed);
    computed = compute_messages(stream, &head);
    assert_same(computed, json_object_get(world->given, "messages"));
    json_decref(computed);
}

/* The stream holds what an implementation gets wrong first. */
static void the_stream_is_worth_checking(void **state)
{
    world_t *world = *state;
    const json_t *stream = json_object_get(world->given, "stream"),
                 *items = json_object_get(stream, "items");
    size_t deletions = 0, future = 0, i;
    json_t *item;
    json_array_foreach(items, i, item)
    {
        deletions += number_at(item, "op") == ITEM_DELETE;
        future += number_at(item, "sv") > kind_of(world, stream)->version;
        assert_true(i == 0
                    || number_at(item, "seq") > number_at(json_array_get(items, i - 1), "seq"));
    }
    assert_true(i >= 5 && deletions >= 1 && future >= 1);
    assert_true(number_at(last_item(stream), "seq") > i);
    assert_true(json_object_size(json_object_get(stream, "buckets")) < i);
}

static int write_vectors(void)
{
    void *state;
    if (set_up(&state) != 0)
        return 1;
    world_t *world = state;
    head_t head;
    json_t *stream = compute_stream(world), *signed_head = compute_head(world, stream, &head);
    json_t *computed =
        json_pack("{s:o, s:o, s:o, s:o}", "bodies", compute_bodies(world), "stream", stream, "head",
                  signed_head, "messages", compute_messages(stream, &head));
    FILE *file = fopen(PATH, "w");
    int rc =
        file ? json_dumpf(computed, file, JSON_INDENT(2) | JSON_REAL_PRECISION(BODY_DIGITS)) : -1;
    if (file && (fputc('\n', file) == EOF || fclose(file) != 0))
        rc = -1;
    json_decref(computed);
    tear_down(&state);
    return rc != 0;
}

int main(int count, char **arguments)
{
    if (sodium_init() < 0)
        return 1;
    if (count > 1 && strcmp(arguments[1], "--write") == 0)
        return write_vectors();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contents_have_the_same_canonical_bytes_as_ever),
        cmocka_unit_test(every_kind_has_a_vector),
        cmocka_unit_test(a_normal_content_encodes_to_the_same_bytes),
        cmocka_unit_test(a_stream_has_the_same_items_buckets_and_root_as_ever),
        cmocka_unit_test(its_head_and_messages_are_the_same_as_ever),
        cmocka_unit_test(the_stream_is_worth_checking),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
