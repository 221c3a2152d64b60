/* A head that is accepted has one form: signing what was read signs the same array. */
#include "schemas/head.h"

#include <assert.h>
#include <string.h>

#define SIGNATURE_SIZE 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t public[SIGN_PUBLIC_SIZE] = {1}, secret[SIGN_SECRET_SIZE] = {2};
    head_t head;
    err_t err = {0};
    if (head_decode(&head, data, size, &err)) {
        assert(err.action == ERR_REJECT && *err.text);
        return 0;
    }
    assert(head.life > 0 && head.size == size && memcmp(head.bytes, data, size) == 0);
    assert(!head_verify(&head, public));
    head_t again = head;
    head_sign(&again, secret);
    assert(again.size == size && memcmp(again.bytes, data, size - SIGNATURE_SIZE) == 0);
    return 0;
}
