/* Does the shape check say what msgpack-c finds, exactly?
 *
 * What passes is unpacked and counted: its depth and number of values are the smallest limits that
 * let it through. What does not pass is never given to msgpack-c, which would trust it. */
#include "schemas/shape.h"

#include <assert.h>
#include <msgpack.h>
#include <stdbool.h>

#define DEPTH 16
#define VALUES 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct measure {
    size_t depth, values;
} measure_t;

static void measure(const msgpack_object *object, size_t depth, measure_t *measured)
{
    bool array = object->type == MSGPACK_OBJECT_ARRAY, map = object->type == MSGPACK_OBJECT_MAP;
    measured->values++;
    depth += array || map;
    if (depth > measured->depth)
        measured->depth = depth;
    for (uint32_t i = 0; array && i < object->via.array.size; i++)
        measure(&object->via.array.ptr[i], depth, measured);
    for (uint32_t i = 0; map && i < object->via.map.size; i++) {
        measure(&object->via.map.ptr[i].key, depth, measured);
        measure(&object->via.map.ptr[i].val, depth, measured);
    }
}

static bool passes(const uint8_t *data, size_t size, size_t depth, size_t values)
{
    err_t err = {0};
    bool pass = shape_check(data, size, depth, values, &err) == 0;
    assert(err.action == (pass ? ERR_NONE : ERR_REJECT));
    return pass;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!passes(data, size, DEPTH, VALUES))
        return 0;
    size_t offset = 0;
    measure_t measured = {0};
    msgpack_unpacked unpacked;
    msgpack_unpacked_init(&unpacked);
    assert(msgpack_unpack_next(&unpacked, (const char *)data, size, &offset)
           == MSGPACK_UNPACK_SUCCESS);
    assert(offset == size);
    measure(&unpacked.data, 0, &measured);
    msgpack_unpacked_destroy(&unpacked);
    assert(passes(data, size, measured.depth, measured.values));
    assert(!passes(data, size, measured.depth, measured.values - 1));
    assert(measured.depth == 0 || !passes(data, size, measured.depth - 1, measured.values));
    assert(!passes(data, size - 1, DEPTH, VALUES));
    return 0;
}
