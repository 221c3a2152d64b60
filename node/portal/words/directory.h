/* directory - what the hubs of this store are called, for the people who read.
 *
 * Made from the records of kind hub, and made again when the store has changed. */
#ifndef NODE_PORTAL_WORDS_DIRECTORY_H
#define NODE_PORTAL_WORDS_DIRECTORY_H

#include "node/portal/http/portal.h"
#include "node/store/catalogue.h"

typedef struct directory directory_t;

typedef struct hub_name {
    char hub[NAME_SIZE];
    char *name;      /* "Hub IA Loire" */
    char *territory; /* "DEP-42" or "" */
    char *url;       /* where it is read best, "" when it says none */
} hub_name_t;

/* Borrows settings: they name the own hub where no record does yet. */
directory_t *directory_new(const portal_settings_t *settings);
void directory_destroy(directory_t **self_p);

/* Reads the hubs again if the store has changed since the last time. */
int directory_refresh(directory_t *self, catalogue_t *catalogue, const schema_t *schema,
                      err_t *err);

/* The hub's name, or its id when no record names it. */
const char *directory_name(const directory_t *self, const char *hub);

/* Those that a record names, ordered by name. */
size_t directory_count(const directory_t *self);
const hub_name_t *directory_at(const directory_t *self, size_t index);

#endif
