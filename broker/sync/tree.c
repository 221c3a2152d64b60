#include "broker/sync/tree.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct tree_hasher {
    crypto_generichash_state state;
};

void tree_init(tree_t *self)
{
    uint8_t empty[HASH_SIZE];
    crypto_generichash(empty, sizeof empty, NULL, 0, NULL, 0);
    for (size_t n = 0; n < TREE_BUCKETS; n++)
        memcpy(self->bucket[n], empty, HASH_SIZE);
}

void tree_root(const tree_t *self, uint8_t root[HASH_SIZE])
{
    crypto_generichash(root, HASH_SIZE, self->bucket[0], sizeof self->bucket, NULL, 0);
}

static void start(tree_hasher_t *self)
{
    crypto_generichash_init(&self->state, NULL, 0, HASH_SIZE);
}

tree_hasher_t *tree_hasher_new(void)
{
    /* libsodium aligns its state beyond what malloc promises */
    tree_hasher_t *self = aligned_alloc(64, (sizeof *self + 63) / 64 * 64);
    assert(self);
    start(self);
    return self;
}

void tree_hasher_destroy(tree_hasher_t **self_p)
{
    free(*self_p);
    *self_p = NULL;
}

void tree_hasher_add(tree_hasher_t *self, const char *id, const uint8_t leaf[HASH_SIZE])
{
    crypto_generichash_update(&self->state, (const uint8_t *)id, strlen(id));
    crypto_generichash_update(&self->state, leaf, HASH_SIZE);
}

void tree_hasher_end(tree_hasher_t *self, uint8_t hash[HASH_SIZE])
{
    crypto_generichash_final(&self->state, hash, HASH_SIZE);
    start(self);
}
