/* A table of chains for finding, and one list from the newest to the oldest use for forgetting. The hash
 * has a key of its own: nobody who chooses addresses can choose chains. */
#include "node/portal/http/page_cache.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define CHAINS 4096 /* a power of two */

typedef struct kept kept_t;
struct kept {
    kept_t *chain;         /* the next of the same chain */
    kept_t *newer, *older; /* by last use */
    char *key;
    response_t response; /* its texts are whole copies */
    size_t size;
};

struct page_cache {
    size_t max_size, size, count;
    uint64_t state;
    unsigned char hash_key[crypto_shorthash_KEYBYTES];
    kept_t *chains[CHAINS];
    kept_t *newest, *oldest;
};

page_cache_t *page_cache_new(size_t max_size)
{
    page_cache_t *self = calloc(1, sizeof *self);
    assert(self);
    self->max_size = max_size;
    crypto_shorthash_keygen(self->hash_key);
    return self;
}

static kept_t **chain_of(page_cache_t *self, const char *key)
{
    unsigned char hash[crypto_shorthash_BYTES];
    uint64_t number;
    crypto_shorthash(hash, (const unsigned char *)key, strlen(key), self->hash_key);
    memcpy(&number, hash, sizeof number);
    return &self->chains[number & (CHAINS - 1)];
}

/* --- the list by use --- */

static void unlink_kept(page_cache_t *self, kept_t *kept)
{
    *(kept->newer ? &kept->newer->older : &self->newest) = kept->older;
    *(kept->older ? &kept->older->newer : &self->oldest) = kept->newer;
}

static void link_newest(page_cache_t *self, kept_t *kept)
{
    kept->newer = NULL;
    kept->older = self->newest;
    *(self->newest ? &self->newest->newer : &self->oldest) = kept;
    self->newest = kept;
}

/* --- keeping and dropping --- */

static void drop(page_cache_t *self, kept_t *kept)
{
    kept_t **at = chain_of(self, kept->key);
    while (*at != kept)
        at = &(*at)->chain;
    *at = kept->chain;
    unlink_kept(self, kept);
    self->size -= kept->size;
    self->count--;
    response_free(&kept->response);
    free(kept->key);
    free(kept);
}

static void drop_all(page_cache_t *self)
{
    while (self->oldest)
        drop(self, self->oldest);
}

void page_cache_destroy(page_cache_t **self_p)
{
    if (!*self_p)
        return;
    drop_all(*self_p);
    free(*self_p);
    *self_p = NULL;
}

void page_cache_state(page_cache_t *self, uint64_t state)
{
    if (self->state != state)
        drop_all(self);
    self->state = state;
}

static kept_t *find(page_cache_t *self, const char *key)
{
    kept_t *kept = *chain_of(self, key);
    while (kept && strcmp(kept->key, key))
        kept = kept->chain;
    return kept;
}

bool page_cache_find(page_cache_t *self, const char *key, response_t *response)
{
    kept_t *kept = find(self, key);
    if (!kept)
        return false;
    unlink_kept(self, kept);
    link_newest(self, kept);
    response_copy(response, &kept->response);
    return true;
}

void page_cache_keep(page_cache_t *self, const char *key, const response_t *response)
{
    size_t size = sizeof(kept_t) + strlen(key) + 1 + response_size(response);
    if (size > self->max_size / 4)
        return;
    kept_t *before = find(self, key);
    if (before)
        drop(self, before);
    while (self->size + size > self->max_size)
        drop(self, self->oldest);
    kept_t *kept = calloc(1, sizeof *kept);
    assert(kept);
    kept->key = strdup(key);
    assert(kept->key);
    kept->size = size;
    response_init(&kept->response);
    response_copy(&kept->response, response);
    kept_t **chain = chain_of(self, key);
    kept->chain = *chain;
    *chain = kept;
    link_newest(self, kept);
    self->size += size;
    self->count++;
}

size_t page_cache_size(const page_cache_t *self)
{
    return self->size;
}

size_t page_cache_count(const page_cache_t *self)
{
    return self->count;
}
