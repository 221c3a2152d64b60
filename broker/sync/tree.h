/* tree - the hash of a whole stream, in 256 buckets.
 *
 *     leaf   = hash(item bytes)                      bucket = first byte of hash(id)
 *     bucket hash = hash(id1 leaf1 id2 leaf2 ...)    sorted by id, bytewise
 *     root   = hash(bucket hash 0 ... bucket hash 255)
 *
 * A change costs the rehash of its bucket and of 8 KiB, not of the stream. A plain sum of hashes
 * would cost less and prove nothing: whoever holds old versions could search for a wrong mixture
 * with the right sum. An empty bucket's hash is the hash of no bytes. */
#ifndef BROKER_SYNC_TREE_H
#define BROKER_SYNC_TREE_H

#include "schemas/item.h"

#define TREE_BUCKETS 256

typedef struct tree {
    uint8_t bucket[TREE_BUCKETS][HASH_SIZE];
} tree_t;

/* The tree of an empty stream. */
void tree_init(tree_t *self);

void tree_root(const tree_t *self, uint8_t root[HASH_SIZE]);

/* The hash of one bucket, from its ids and leaves in the order of the ids. */
typedef struct tree_hasher tree_hasher_t;
tree_hasher_t *tree_hasher_new(void);
void tree_hasher_destroy(tree_hasher_t **self_p);
void tree_hasher_add(tree_hasher_t *self, const char *id, const uint8_t leaf[HASH_SIZE]);
/* Gives the hash and starts anew. */
void tree_hasher_end(tree_hasher_t *self, uint8_t hash[HASH_SIZE]);

#endif
