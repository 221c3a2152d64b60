#include "schemas/pack.h"

#include <assert.h>
#include <string.h>

static int write_room(void *data, const char *bytes, size_t size)
{
    pack_room_t *room = data;
    assert(size <= room->capacity - room->size);
    memcpy(room->bytes + room->size, bytes, size);
    room->size += size;
    return 0;
}

static int write_text(void *data, const char *bytes, size_t size)
{
    return text_add(data, bytes, size);
}

void pack_into_room(msgpack_packer *packer, pack_room_t *room)
{
    msgpack_packer_init(packer, room, write_room);
}

void pack_into_text(msgpack_packer *packer, text_t *out)
{
    msgpack_packer_init(packer, out, write_text);
}

bool pack_unpack(msgpack_unpacked *unpacked, const void *bytes, size_t size, size_t *offset)
{
    msgpack_unpack_return rc = msgpack_unpack_next(unpacked, bytes, size, offset);
    assert(rc != MSGPACK_UNPACK_NOMEM_ERROR);
    return rc == MSGPACK_UNPACK_SUCCESS;
}

void pack_string(msgpack_packer *packer, const char *string)
{
    size_t size = strlen(string);
    msgpack_pack_str(packer, size);
    msgpack_pack_str_body(packer, string, size);
}

void pack_bin(msgpack_packer *packer, const void *bytes, size_t size)
{
    msgpack_pack_bin(packer, size);
    msgpack_pack_bin_body(packer, bytes, size);
}

/* Copies a string of 1 to `capacity` - 1 bytes without NUL, if `valid` accepts it. (msgpack-c gives
 * an empty string a NULL pointer.) */
static bool read_string(const msgpack_object *object, bool (*valid)(const char *), char *out,
                        size_t capacity)
{
    char copy[ID_SIZE];
    size_t size = object->type == MSGPACK_OBJECT_STR ? object->via.str.size : 0;
    if (size == 0 || size >= capacity)
        return false;
    memcpy(copy, object->via.str.ptr, size);
    copy[size] = 0;
    if (memchr(copy, 0, size) || !valid(copy))
        return false;
    memcpy(out, copy, size + 1);
    return true;
}

bool pack_read_name(const msgpack_object *object, char name[NAME_SIZE])
{
    return read_string(object, name_valid, name, NAME_SIZE);
}

bool pack_read_id(const msgpack_object *object, char id[ID_SIZE])
{
    return read_string(object, id_valid, id, ID_SIZE);
}

bool pack_read_u64(const msgpack_object *object, uint64_t *number)
{
    if (object->type != MSGPACK_OBJECT_POSITIVE_INTEGER)
        return false;
    *number = object->via.u64;
    return true;
}
