#include "schemas/head.h"
#include "schemas/pack.h"
#include "schemas/shape.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define TAG "maillage-head-1"
#define TAG_SIZE (sizeof TAG - 1)
#define SIGNATURE_SIZE 64
#define ARRAY_MAX (HEAD_MAX_SIZE - SIGNATURE_SIZE)
#define FIELD_COUNT 7

_Static_assert(SIGNATURE_SIZE == crypto_sign_BYTES, "an Ed25519 signature");
_Static_assert(SIGN_SECRET_SIZE == crypto_sign_SECRETKEYBYTES, "an Ed25519 secret key");
_Static_assert(SIGN_PUBLIC_SIZE == crypto_sign_PUBLICKEYBYTES, "an Ed25519 public key");
_Static_assert(1 + 2 * (2 + NAME_SIZE) + 4 * 9 + 2 + HASH_SIZE <= ARRAY_MAX, "any head fits");

/* What is signed: the tag, so that a signature made for something else is never a head's, and the
 * array. Returns the size. */
static size_t signed_bytes(const uint8_t *array, size_t size, uint8_t out[TAG_SIZE + ARRAY_MAX])
{
    memcpy(out, TAG, TAG_SIZE);
    memcpy(out + TAG_SIZE, array, size);
    return TAG_SIZE + size;
}

static size_t pack_array(const head_t *head, uint8_t array[ARRAY_MAX])
{
    pack_room_t room = {.bytes = array, .capacity = ARRAY_MAX};
    msgpack_packer packer;
    pack_into_room(&packer, &room);
    msgpack_pack_array(&packer, FIELD_COUNT);
    pack_string(&packer, head->hub);
    pack_string(&packer, head->kind);
    msgpack_pack_uint64(&packer, head->life);
    msgpack_pack_uint64(&packer, head->seq);
    msgpack_pack_uint64(&packer, head->beat);
    msgpack_pack_uint64(&packer, head->count);
    pack_bin(&packer, head->root, HASH_SIZE);
    return room.size;
}

void head_sign(head_t *head, const uint8_t secret[SIGN_SECRET_SIZE])
{
    assert(head->life > 0 && name_valid(head->hub) && name_valid(head->kind));
    size_t size = pack_array(head, head->bytes);
    uint8_t message[TAG_SIZE + ARRAY_MAX];
    size_t message_size = signed_bytes(head->bytes, size, message);
    crypto_sign_detached(head->bytes + size, NULL, message, message_size, secret);
    head->size = size + SIGNATURE_SIZE;
}

/* The first field that is not what it should be, or NULL. */
static const char *read_fields(head_t *head, const msgpack_object *fields)
{
    const msgpack_object *root = &fields[6];
    if (!pack_read_name(&fields[0], head->hub))
        return "hub";
    if (!pack_read_name(&fields[1], head->kind))
        return "kind";
    if (!pack_read_u64(&fields[2], &head->life) || head->life == 0)
        return "life";
    if (!pack_read_u64(&fields[3], &head->seq))
        return "seq";
    if (!pack_read_u64(&fields[4], &head->beat))
        return "beat";
    if (!pack_read_u64(&fields[5], &head->count))
        return "count";
    if (root->type != MSGPACK_OBJECT_BIN || root->via.bin.size != HASH_SIZE)
        return "root";
    memcpy(head->root, root->via.bin.ptr, HASH_SIZE);
    return NULL;
}

/* Unpacks the array of `size` bytes, which passed the shape check, into *head. */
static int read_array(head_t *head, const void *array, size_t size, err_t *err)
{
    msgpack_unpacked unpacked;
    msgpack_unpacked_init(&unpacked);
    size_t offset = 0;
    bool read = pack_unpack(&unpacked, array, size, &offset);
    const msgpack_object *object = &unpacked.data;
    const char *wrong = "array";
    if (read && object->type == MSGPACK_OBJECT_ARRAY && object->via.array.size == FIELD_COUNT)
        wrong = read_fields(head, object->via.array.ptr);
    msgpack_unpacked_destroy(&unpacked);
    return wrong ? err_set(err, ERR_REJECT, "bad '%s' in a head", wrong) : 0;
}

int head_decode(head_t *head, const void *bytes, size_t size, err_t *err)
{
    if (size <= SIGNATURE_SIZE || size > HEAD_MAX_SIZE)
        return err_set(err, ERR_REJECT, "head of %zu bytes, not %d to %d", size, SIGNATURE_SIZE + 1,
                       HEAD_MAX_SIZE);
    size_t array_size = size - SIGNATURE_SIZE;
    if (shape_check(bytes, array_size, 1, 1 + FIELD_COUNT, err))
        return err_context(err, "malformed head: ");
    head_t read = {.size = size};
    if (read_array(&read, bytes, array_size, err))
        return -1;
    uint8_t canonical[ARRAY_MAX];
    if (pack_array(&read, canonical) != array_size || memcmp(canonical, bytes, array_size) != 0)
        return err_set(err, ERR_REJECT, "head not in its shortest encoding");
    memcpy(read.bytes, bytes, size);
    *head = read;
    return 0;
}

bool head_verify(const head_t *head, const uint8_t key[SIGN_PUBLIC_SIZE])
{
    if (head->size <= SIGNATURE_SIZE || head->size > HEAD_MAX_SIZE)
        return false;
    size_t size = head->size - SIGNATURE_SIZE;
    uint8_t message[TAG_SIZE + ARRAY_MAX];
    size_t message_size = signed_bytes(head->bytes, size, message);
    return crypto_sign_verify_detached(head->bytes + size, message, message_size, key) == 0;
}

int head_compare(const head_t *a, const head_t *b)
{
    if (a->life != b->life)
        return a->life < b->life ? -1 : 1;
    return a->seq == b->seq ? 0 : a->seq < b->seq ? -1 : 1;
}
