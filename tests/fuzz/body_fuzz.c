/* A body from anywhere never crashes us, and what is canonical comes back byte for byte.
 *
 * The first byte chooses the kind (or none); the rest is taken once as msgpack, once as JSON text. */
#include "schemas/body.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const schema_t *schema;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    findings_t findings = {0};
    schema = schema_load(SOURCE_DIR "/schemas", &findings);
    assert(schema);
    findings_free(&findings);
    return 0;
}

/* Encodes; when it is good, what encode made is canonical. True with the bytes in out when good. */
static bool encode(const kind_t *kind, const json_t *json, text_t *out)
{
    findings_t findings = {0};
    bool good = !body_encode(kind, json, out, &findings);
    assert(good == (findings.errors == 0));
    assert(good || out->size == 0);
    if (good) {
        assert(body_is_canonical(kind, out->data, out->size));
        assert(body_same(out->data, out->size, out->data, out->size));
    }
    findings_free(&findings);
    char id[ID_SIZE];
    assert(body_id(kind, json, id, NULL) || id_valid(id));
    return good;
}

static void try_bytes(const kind_t *kind, const uint8_t *data, size_t size)
{
    json_t *json = body_decode(kind, data, size, NULL);
    if (!json)
        return;
    text_t again;
    text_init(&again, BODY_MAX_SIZE);
    if (kind && encode(kind, json, &again) && body_is_canonical(kind, data, size))
        assert(again.size == size && !memcmp(again.data, data, size));
    text_free(&again);
    json_decref(json);
}

static void try_json(const kind_t *kind, const uint8_t *data, size_t size)
{
    json_t *json = json_loadb((const char *)data, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (!json)
        return;
    text_t bytes;
    text_init(&bytes, BODY_MAX_SIZE);
    if (kind && encode(kind, json, &bytes))
        try_bytes(kind, (const uint8_t *)bytes.data, bytes.size);
    text_free(&bytes);
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    size_t choice = data[0] % (schema_kind_count(schema) + 1);
    const kind_t *kind = choice ? schema_kind_at(schema, choice - 1) : NULL;
    try_bytes(kind, data + 1, size - 1);
    try_json(kind, data + 1, size - 1);
    return 0;
}
