/* catalogue_inside - what the source files of the catalogue share, and nobody else includes. */
#ifndef NODE_STORE_CATALOGUE_INSIDE_H
#define NODE_STORE_CATALOGUE_INSIDE_H

#include "broker/base/database.h"
#include "node/store/catalogue.h"
#include "node/store/kept.h"
#include "node/store/selection.h"
#include "node/store/spelling.h"

struct catalogue {
    sqlite3 *db;
    selector_t *selector;
    spelling_t *spelling;
    kept_t *kept;
    sqlite3_stmt *version, *entry, *stream, *item, *find;
    int64_t deadline_ms; /* on the steady clock */
    bool gave_up;        /* since the deadline was set */
    uint64_t salt;       /* of this opening: data_version starts anew with each connection */
};

/* A read transaction around one call, so that all its statements see the same state. */
int catalogue_begin(catalogue_t *self, err_t *err);
void catalogue_end(catalogue_t *self);

#endif
