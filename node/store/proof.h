/* proof - is what a store holds what the hubs signed? Computed again from the items alone.
 *
 * Nothing that was computed before is trusted: leaves are hashed again from the bytes, buckets from the
 * leaves, the root from the buckets. What another hub signed is then compared; of an own stream, whose
 * heads are signed as they leave, it is the stored buckets that the next head will be made of. */
#ifndef NODE_STORE_PROOF_H
#define NODE_STORE_PROOF_H

#include "broker/base/database.h"
#include "broker/sync/member.h"
#include "schemas/head.h"

typedef struct proof {
    char hub[NAME_SIZE], kind[NAME_SIZE];
    bool own;
    uint64_t life, seq; /* of the state that is held; an own stream's are the last ones given */
    uint64_t count;     /* items held, markers included */
    uint8_t root[HASH_SIZE];
    const char *wrong; /* the first thing that is, French, static; NULL when all is right */
    /* Is it only the signature that nobody can vouch for any more? The records are whole. */
    bool unsigned_only;
} proof_t;

/* Calls each for every stream, by hub and kind, in one read transaction. db is migrated with sync_tables;
 * read-only will do. -1 when the tables cannot be read. */
int proof_each(sqlite3 *db, const members_t *members,
               void (*each)(void *context, const proof_t *proof), void *context, err_t *err);

#endif
