/* batch - is a BATCH what it says it is? Everything that can be checked before the root is.
 *
 * Signature and order of heads are the caller's business; a batch only has to agree with its head. */
#ifndef BROKER_SYNC_BATCH_H
#define BROKER_SYNC_BATCH_H

#include "schemas/head.h"
#include "schemas/item.h"
#include "schemas/wire.h"

typedef struct batch {
    head_t head;
    uint64_t after, upto;
    bool completes; /* upto = head.seq: with this batch the state is whole */
    size_t count;
    item_t items[BATCH_MAX_ITEMS]; /* borrow the frame */
} batch_t;

/* Reads and checks the batch of a decoded message:
 *   its head is about the batch's stream;  after <= upto <= head.seq;
 *   if upto < head.seq there are items, and the last one is upto (an `upto` that nothing bears out
 *   would let one broker stick a sink for ever);
 *   each item is of this stream, ascending, with after < seq <= upto.
 * ERR_REJECT with the check that failed. */
int batch_read(batch_t *self, const wire_t *wire, err_t *err);

#endif
