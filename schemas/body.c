/* On its way in a content is made normal (normal.c), checked (check.c) and packed: packing meets only
 * values that fit their types. On its way out nothing is known: bytes pass the shape check, then
 * each value is shown by its field's type where it fits, raw where it does not. */
#include "schemas/body.h"

#include "schemas/base/unicode.h"
#include "schemas/check.h"
#include "schemas/normal.h"
#include "schemas/number.h"
#include "schemas/pack.h"
#include "schemas/shape.h"
#include "schemas/value.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RECEIVED_MAX_DEPTH 16
#define RECEIVED_MAX_VALUES 4096

/* --- JSON to bytes --- */

typedef struct member {
    const field_t *field;
    const json_t *json;
} member_t;

static void pack_value(msgpack_packer *packer, const field_t *field, const json_t *json);

static void pack_text(msgpack_packer *packer, const json_t *json)
{
    msgpack_pack_str(packer, json_string_length(json));
    msgpack_pack_str_body(packer, json_string_value(json), json_string_length(json));
}

static int compare_members(const void *a, const void *b)
{
    const member_t *left = a, *right = b;
    return strcmp(left->field->name, right->field->name);
}

static void pack_members(msgpack_packer *packer, const field_t *fields, size_t count,
                         const json_t *json)
{
    member_t *members = calloc(count + 1, sizeof *members);
    assert(members);
    size_t present = 0;
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(json, fields[i].name);
        if (value)
            members[present++] = (member_t){&fields[i], value};
    }
    qsort(members, present, sizeof *members, compare_members);
    msgpack_pack_map(packer, present);
    for (size_t i = 0; i < present; i++) {
        pack_string(packer, members[i].field->name);
        pack_value(packer, members[i].field, members[i].json);
    }
    free(members);
}

static void pack_naf(msgpack_packer *packer, const json_t *json)
{
    msgpack_pack_map(packer, 2);
    pack_string(packer, "code");
    pack_text(packer, json_object_get(json, "code"));
    pack_string(packer, "nomenclature");
    pack_text(packer, json_object_get(json, "nomenclature"));
}

static void pack_number(msgpack_packer *packer, const field_t *field, const json_t *json)
{
    int64_t stored = 0;
    number_state_t state = number_read(json, field->type, &stored);
    assert(state == NUMBER_OK);
    msgpack_pack_int64(packer, stored);
}

/* The entries of a list, or the two ends of an interval, of which one may be null. */
static void pack_entries(msgpack_packer *packer, const field_t *entry, const json_t *json)
{
    size_t count = json_array_size(json);
    msgpack_pack_array(packer, count);
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_array_get(json, i);
        if (json_is_null(value))
            msgpack_pack_nil(packer);
        else
            pack_value(packer, entry, value);
    }
}

static void pack_value(msgpack_packer *packer, const field_t *field, const json_t *json)
{
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_MARKDOWN:
    case FIELD_CODE:
    case FIELD_SIREN:
    case FIELD_SIRET:
    case FIELD_RNA:
    case FIELD_COG:
    case FIELD_URL:
    case FIELD_TEL:
    case FIELD_COURRIEL:
    case FIELD_DATE:
    case FIELD_INSTANT:
        pack_text(packer, json);
        break;
    case FIELD_NAF:
        pack_naf(packer, json);
        break;
    case FIELD_INTEGER:
    case FIELD_DECIMAL:
    case FIELD_DEGREES:
        pack_number(packer, field, json);
        break;
    case FIELD_BOOL:
        if (json_is_true(json))
            msgpack_pack_true(packer);
        else
            msgpack_pack_false(packer);
        break;
    case FIELD_LIST:
    case FIELD_INTERVAL:
        pack_entries(packer, &field->fields[0], json);
        break;
    case FIELD_MAP:
        pack_members(packer, field->fields, field->field_count, json);
        break;
    }
}

/* What everybody else will accept: the size, depth and number of values of a body. */
static int pack_body(const kind_t *kind, const json_t *json, text_t *out, findings_t *findings)
{
    text_t bytes;
    text_init(&bytes, BODY_MAX_SIZE);
    msgpack_packer packer;
    pack_into_text(&packer, &bytes);
    pack_members(&packer, kind->fields, kind->field_count, json);
    bool fits = !bytes.overflow
                && !shape_check(bytes.data, bytes.size, BODY_MAX_DEPTH, BODY_MAX_VALUES, NULL)
                && !text_add(out, bytes.data, bytes.size);
    text_free(&bytes);
    if (fits)
        return 0;
    findings_add(findings, SEVERITY_ERROR, "E_SIZE", "", "", "",
                 "La fiche est trop longue (60 Ko et 4 000 valeurs au plus). Raccourcissez ses "
                 "textes et ses listes.");
    return -1;
}

json_t *body_encode_and_show(const kind_t *kind, const json_t *json, text_t *out,
                             findings_t *findings)
{
    json_t *normal = normal_body(kind, json);
    size_t errors = findings->errors;
    check_body(kind, normal, findings);
    if (findings->errors == errors && pack_body(kind, normal, out, findings) == 0)
        return normal;
    json_decref(normal);
    return NULL;
}

int body_encode(const kind_t *kind, const json_t *json, text_t *out, findings_t *findings)
{
    json_t *shown = body_encode_and_show(kind, json, out, findings);
    json_decref(shown);
    return shown ? 0 : -1;
}

/* --- bytes to JSON --- */

static json_t *show(const field_t *field, const msgpack_object *object);

static json_t *show_hex(const char *bytes, size_t size)
{
    char *hex = malloc(size * 2 + 1);
    assert(hex);
    sodium_bin2hex(hex, size * 2 + 1, (const uint8_t *)bytes, size);
    json_t *json = json_string_nocheck(hex);
    free(hex);
    return json;
}

/* The bytes of a string; msgpack-c has none, not even a place, for an empty one. */
static const char *string_bytes(const msgpack_object *object)
{
    return object->via.str.size ? object->via.str.ptr : "";
}

static json_t *show_text(const msgpack_object *object)
{
    const char *bytes = string_bytes(object);
    size_t size = object->via.str.size;
    return unicode_valid(bytes, size) ? json_stringn_nocheck(bytes, size) : show_hex(bytes, size);
}

static json_t *show_large(uint64_t value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRIu64, value);
    return json_string_nocheck(digits);
}

static json_t *show_entries(const field_t *entry, const msgpack_object_array *array)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < array->size; i++)
        json_array_append_new(list, show(entry, &array->ptr[i]));
    return list;
}

static const field_t *find(const field_t *fields, size_t count, const char *name, size_t size)
{
    for (size_t i = 0; i < count; i++)
        if (!strncmp(fields[i].name, name, size) && !fields[i].name[size])
            return &fields[i];
    return NULL;
}

static json_t *show_members(const field_t *fields, size_t count, const msgpack_object_map *map)
{
    json_t *object = json_object();
    for (uint32_t i = 0; i < map->size; i++) {
        const msgpack_object *key = &map->ptr[i].key, *value = &map->ptr[i].val;
        if (key->type == MSGPACK_OBJECT_STR
            && unicode_valid(string_bytes(key), key->via.str.size)) {
            const char *name = string_bytes(key);
            size_t size = key->via.str.size;
            json_object_setn_new_nocheck(object, name, size,
                                         show(find(fields, count, name, size), value));
            continue;
        }
        json_t *name = show(NULL, key); /* no text: nothing of ours, its JSON will do for a name */
        char *dumped = json_dumps(name, JSON_ENCODE_ANY | JSON_COMPACT);
        json_object_set_new_nocheck(object, dumped ? dumped : "", show(NULL, value));
        free(dumped);
        json_decref(name);
    }
    return object;
}

static json_t *show_raw(const msgpack_object *object)
{
    switch (object->type) {
    case MSGPACK_OBJECT_NIL:
        return json_null();
    case MSGPACK_OBJECT_BOOLEAN:
        return json_boolean(object->via.boolean);
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        return object->via.u64 <= INT64_MAX ? json_integer((int64_t)object->via.u64)
                                            : show_large(object->via.u64);
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        return json_integer(object->via.i64);
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        return isfinite(object->via.f64) ? json_real(object->via.f64) : json_null();
    case MSGPACK_OBJECT_STR:
        return show_text(object);
    case MSGPACK_OBJECT_BIN:
        return show_hex(object->via.bin.ptr, object->via.bin.size);
    case MSGPACK_OBJECT_EXT:
        return show_hex(object->via.ext.ptr, object->via.ext.size);
    case MSGPACK_OBJECT_ARRAY:
        return show_entries(NULL, &object->via.array);
    case MSGPACK_OBJECT_MAP:
        return show_members(NULL, 0, &object->via.map);
    }
    return json_null();
}

static bool is_integer(const msgpack_object *object)
{
    return object->type == MSGPACK_OBJECT_NEGATIVE_INTEGER
           || (object->type == MSGPACK_OBJECT_POSITIVE_INTEGER && object->via.u64 <= INT64_MAX);
}

/* field is NULL for what no field describes. */
static json_t *show(const field_t *field, const msgpack_object *object)
{
    if (!field)
        return show_raw(object);
    if (number_scale(field->type) && is_integer(object))
        return number_json(object->via.i64, field->type);
    bool entries = field->type == FIELD_LIST || field->type == FIELD_INTERVAL;
    if (entries && object->type == MSGPACK_OBJECT_ARRAY)
        return show_entries(&field->fields[0], &object->via.array);
    if (field->type == FIELD_MAP && object->type == MSGPACK_OBJECT_MAP)
        return show_members(field->fields, field->field_count, &object->via.map);
    return show_raw(object);
}

/* Unpacks bytes from anywhere. On success the caller destroys *unpacked, which borrows the bytes. */
static int open_map(const void *bytes, size_t size, msgpack_unpacked *unpacked, err_t *err)
{
    if (shape_check(bytes, size, RECEIVED_MAX_DEPTH, RECEIVED_MAX_VALUES, err))
        return -1;
    msgpack_unpacked_init(unpacked);
    size_t end = 0;
    if (pack_unpack(unpacked, bytes, size, &end) && unpacked->data.type == MSGPACK_OBJECT_MAP)
        return 0;
    msgpack_unpacked_destroy(unpacked);
    return err_set(err, ERR_REJECT, "the body is not a map");
}

json_t *body_decode(const kind_t *kind, const void *bytes, size_t size, err_t *err)
{
    msgpack_unpacked unpacked;
    if (open_map(bytes, size, &unpacked, err))
        return NULL;
    json_t *json = show_members(kind ? kind->fields : NULL, kind ? kind->field_count : 0,
                                &unpacked.data.via.map);
    msgpack_unpacked_destroy(&unpacked);
    return json;
}

/* --- comparing --- */

bool body_is_canonical(const kind_t *kind, const void *bytes, size_t size)
{
    json_t *json = body_decode(kind, bytes, size, NULL);
    if (!json)
        return false;
    text_t again;
    text_init(&again, BODY_MAX_SIZE);
    findings_t findings = {0};
    bool same = !body_encode(kind, json, &again, &findings) && again.size == size
                && !memcmp(again.data, bytes, size);
    findings_free(&findings);
    text_free(&again);
    json_decref(json);
    return same;
}

/* The next pair from *at on that is not date_maj, or NULL. */
static const msgpack_object_kv *next_pair(const msgpack_object_map *map, uint32_t *at)
{
    static const char IGNORED[] = "date_maj";
    while (*at < map->size) {
        const msgpack_object_kv *pair = &map->ptr[(*at)++];
        const msgpack_object_str *name = &pair->key.via.str;
        bool ignored = pair->key.type == MSGPACK_OBJECT_STR && name->size == strlen(IGNORED)
                       && !memcmp(name->ptr, IGNORED, name->size);
        if (!ignored)
            return pair;
    }
    return NULL;
}

static bool same_pairs(const msgpack_object_map *a, const msgpack_object_map *b)
{
    uint32_t a_at = 0, b_at = 0;
    for (;;) {
        const msgpack_object_kv *left = next_pair(a, &a_at), *right = next_pair(b, &b_at);
        if (!left || !right)
            return left == right;
        if (!msgpack_object_equal(left->key, right->key)
            || !msgpack_object_equal(left->val, right->val))
            return false;
    }
}

bool body_same(const void *a, size_t a_size, const void *b, size_t b_size)
{
    if (a_size == b_size && !memcmp(a, b, a_size))
        return true;
    msgpack_unpacked left, right;
    if (open_map(a, a_size, &left, NULL))
        return false;
    bool same = false;
    if (!open_map(b, b_size, &right, NULL)) {
        same = same_pairs(&left.data.via.map, &right.data.via.map);
        msgpack_unpacked_destroy(&right);
    }
    msgpack_unpacked_destroy(&left);
    return same;
}

/* --- the id --- */

/* Appends the slug of one value of the key; -1 when the value is absent or gives none. */
static int add_part(const kind_t *kind, const json_t *json, const char *path, text_t *out)
{
    const field_t *field = kind_path(kind, path);
    json_t *value = field ? normal_value(field, value_at(json, path)) : NULL;
    if (!value)
        return -1;
    char *dumped = NULL;
    if (!json_is_string(value))
        dumped = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS
                                       | JSON_REAL_PRECISION(BODY_DIGITS));
    const char *text = dumped ? dumped : json_string_value(value);
    int rc = text ? unicode_slug(out, text, strlen(text), ID_SIZE - 1) : -1;
    free(dumped);
    json_decref(value);
    return rc;
}

static int add_parts(const kind_t *kind, const json_t *json, const char *const *paths, text_t *out)
{
    text_clear(out);
    for (; *paths; paths++) {
        if (out->size > 0)
            text_add(out, ":", 1);
        if (add_part(kind, json, *paths, out))
            return -1;
    }
    return out->overflow ? -1 : 0;
}

static void name_key(const kind_t *kind, text_t *out)
{
    for (size_t i = 0; i < kind->key_count; i++)
        for (const char *const *path = kind->keys[i]; *path; path++) {
            const field_t *field = kind_path(kind, *path);
            const char *joint = path > kind->keys[i] ? " et " : i > 0 ? ", ou " : "";
            text_add_format(out, "%s« %s » (%s)", joint, field ? field->label : *path, *path);
        }
}

int body_id(const kind_t *kind, const json_t *json, char id[ID_SIZE], err_t *err)
{
    text_t joined, slug;
    text_init(&joined, 16 * ID_SIZE);
    text_init(&slug, ID_SIZE - 1);
    int rc = -1;
    for (size_t i = 0; i < kind->key_count && rc; i++)
        rc = add_parts(kind, json, kind->keys[i], &joined);
    if (!rc)
        rc = unicode_slug(&slug, joined.data, joined.size, ID_SIZE - 1);
    if (!rc) {
        memcpy(id, slug.data, slug.size + 1);
    } else {
        text_clear(&joined);
        name_key(kind, &joined);
        err_set(err, ERR_REJECT, "Il manque de quoi reconnaître la fiche. Remplissez %s.",
                joined.data);
    }
    text_free(&joined);
    text_free(&slug);
    return rc;
}
