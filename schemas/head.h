/* head - the signed state of a whole stream at one (life, seq).
 *
 *     HEAD  [hub, kind, life, seq, beat, count, root]  and an Ed25519 signature of 64 bytes
 *
 * The signature is over the tag "maillage-head-1" followed by the array's bytes, which are in their
 * shortest encoding. What a node shows of a stream is always exactly a state that its hub signed
 * this way. A core verifies 7,500 to 30,000 heads a second: once per head, never per record. */
#ifndef SCHEMAS_HEAD_H
#define SCHEMAS_HEAD_H

#include "schemas/base/err.h"
#include "schemas/item.h"
#include "schemas/kind.h"

#include <stdbool.h>
#include <stdint.h>

#define HEAD_MAX_SIZE 256
#define SIGN_SEED_SIZE 32
#define SIGN_SECRET_SIZE 64
#define SIGN_PUBLIC_SIZE 32

typedef struct head {
    char hub[NAME_SIZE];
    char kind[NAME_SIZE];
    uint64_t life; /* 0: no head at all */
    uint64_t seq;
    uint64_t beat;  /* re-issues of the same state; silence becomes visible */
    uint64_t count; /* items, deletion markers included */
    uint8_t root[HASH_SIZE];
    uint8_t bytes[HEAD_MAX_SIZE]; /* as signed: array and signature */
    size_t size;
} head_t;

/* Fills head->bytes and size from the other members, which are ours: names valid, life not 0. */
void head_sign(head_t *head, const uint8_t secret[SIGN_SECRET_SIZE]);

/* Reads bytes from anywhere, copying them; the signature is not checked. ERR_REJECT with what is
 * wrong (size, shape, names, a life of 0, an encoding that is not the shortest), *head untouched. */
int head_decode(head_t *head, const void *bytes, size_t size, err_t *err);

/* Is the signature over head->bytes this key's? A head by head_decode; its members were read from them. */
bool head_verify(const head_t *head, const uint8_t key[SIGN_PUBLIC_SIZE]);

/* <0, 0, >0 as a is older than, as new as, newer than b: by life, then by seq. */
int head_compare(const head_t *a, const head_t *b);

#endif
