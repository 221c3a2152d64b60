#include "broker/sync/batch.h"

#include <inttypes.h>
#include <string.h>

static int read_head(batch_t *self, const wire_t *wire, err_t *err)
{
    if (head_decode(&self->head, wire->head.data, wire->head.size, err))
        return err_context(err, "head of a batch: ");
    if (strcmp(self->head.hub, wire->hub) || strcmp(self->head.kind, wire->kind))
        return err_set(err, ERR_REJECT, "a batch of %s/%s with the head of %s/%s", wire->hub,
                       wire->kind, self->head.hub, self->head.kind);
    return 0;
}

static int check_bounds(const batch_t *self, const wire_t *wire, err_t *err)
{
    if (wire->after > wire->upto || wire->upto > self->head.seq)
        return err_set(err, ERR_REJECT,
                       "a batch after %" PRIu64 " up to %" PRIu64 " with a head at %" PRIu64,
                       wire->after, wire->upto, self->head.seq);
    if (!self->completes && (!self->count || self->items[self->count - 1].seq != wire->upto))
        return err_set(err, ERR_REJECT, "a batch claims to reach %" PRIu64 ", its items do not",
                       wire->upto);
    return 0;
}

int batch_read(batch_t *self, const wire_t *wire, err_t *err)
{
    if (read_head(self, wire, err))
        return -1;
    self->after = wire->after;
    self->upto = wire->upto;
    self->completes = wire->upto == self->head.seq;
    self->count = wire->item_count;
    uint64_t previous = wire->after;
    for (size_t i = 0; i < wire->item_count; i++) {
        item_t *item = &self->items[i];
        if (item_decode(item, wire->items[i].data, wire->items[i].size, err))
            return err_context(err, "item %zu of a batch: ", i + 1);
        if (strcmp(item->hub, wire->hub) || strcmp(item->kind, wire->kind))
            return err_set(err, ERR_REJECT, "item %zu of a batch of %s/%s is of %s/%s", i + 1,
                           wire->hub, wire->kind, item->hub, item->kind);
        if (item->seq <= previous || item->seq > wire->upto)
            return err_set(err, ERR_REJECT, "item %zu of a batch has seq %" PRIu64 " out of order",
                           i + 1, item->seq);
        previous = item->seq;
    }
    return check_bounds(self, wire, err);
}
