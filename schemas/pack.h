/* pack - the msgpack gestures that items, heads and messages share: where packed bytes go, and
 * reading a name, an id or a number out of an unpacked object. */
#ifndef SCHEMAS_PACK_H
#define SCHEMAS_PACK_H

#include "schemas/base/text.h"
#include "schemas/kind.h"

#include <msgpack.h>

/* A place of fixed size for bytes whose maximum is known; packing more is a mistake of ours. */
typedef struct pack_room {
    uint8_t *bytes;
    size_t capacity;
    size_t size;
} pack_room_t;

/* Where the packer appends. Both borrow; a text that is full keeps its `overflow`. */
void pack_into_room(msgpack_packer *packer, pack_room_t *room);
void pack_into_text(msgpack_packer *packer, text_t *out);

void pack_string(msgpack_packer *packer, const char *string);
void pack_bin(msgpack_packer *packer, const void *bytes, size_t size);

/* Unpacks the value at *offset (NULL: at the start), as msgpack_unpack_next does. False when the bytes are no
 * msgpack; without memory it aborts, because a peer must not be blamed for what is ours. */
bool pack_unpack(msgpack_unpacked *unpacked, const void *bytes, size_t size, size_t *offset);

/* Each is false, and leaves its result alone, when the object is not what it should be. */
bool pack_read_name(const msgpack_object *object, char name[NAME_SIZE]);
bool pack_read_id(const msgpack_object *object, char id[ID_SIZE]);
bool pack_read_u64(const msgpack_object *object, uint64_t *number);

#endif
