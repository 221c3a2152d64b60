#include "node/store/record_set.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

struct record_set {
    int64_t max;
    size_t count; /* of words */
    uint64_t words[];
};

record_set_t *record_set_new(int64_t max)
{
    assert(max >= 0);
    size_t count = (size_t)(max / 64) + 1;
    record_set_t *self = calloc(1, sizeof *self + count * sizeof *self->words);
    assert(self);
    self->max = max;
    self->count = count;
    return self;
}

void record_set_destroy(record_set_t **self_p)
{
    free(*self_p);
    *self_p = NULL;
}

void record_set_add(record_set_t *self, int64_t record)
{
    if (record >= 0 && record <= self->max)
        self->words[record / 64] |= UINT64_C(1) << record % 64;
}

bool record_set_has(const record_set_t *self, int64_t record)
{
    return record >= 0 && record <= self->max && (self->words[record / 64] >> record % 64 & 1);
}

void record_set_keep(record_set_t *self, const record_set_t *other)
{
    assert(self->max == other->max);
    for (size_t i = 0; i < self->count; i++)
        self->words[i] &= other->words[i];
}

int64_t record_set_count(const record_set_t *self)
{
    int64_t count = 0;
    for (size_t i = 0; i < self->count; i++)
        count += __builtin_popcountll(self->words[i]);
    return count;
}
