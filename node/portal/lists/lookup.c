#include "node/portal/lists/lookup.h"

#include <string.h>

const kind_t *lookup_path(const schema_t *schema, const char *path)
{
    for (size_t i = 0; i < schema_kind_count(schema); i++)
        if (!strcmp(schema_kind_at(schema, i)->path, path))
            return schema_kind_at(schema, i);
    return NULL;
}

int lookup_record(catalogue_t *catalogue, const kind_t *kind, const char *hub, const char *id,
                  entry_t *entry, err_t *err)
{
    if (!name_valid(hub) || !id_valid(id))
        return 0;
    return catalogue_find(catalogue, hub, kind->name, id, entry, err);
}
