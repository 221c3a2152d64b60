#include "node/store/record_set.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

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

record_set_t *record_set_copy(const record_set_t *self)
{
    record_set_t *copy = record_set_new(self->max);
    memcpy(copy->words, self->words, self->count * sizeof *self->words);
    return copy;
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

int64_t record_set_next(const record_set_t *self, int64_t from)
{
    for (int64_t record = from; record <= self->max;) {
        uint64_t rest = self->words[record / 64] >> record % 64;
        if (rest)
            return record + __builtin_ctzll(rest);
        record = (record / 64 + 1) * 64;
    }
    return -1;
}
