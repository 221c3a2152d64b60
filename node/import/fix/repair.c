#include "node/import/fix/repair_inside.h"

#include "schemas/base/yaml.h"

#include <string.h>

#define REPAIRS_MAX 64

static const repair_t *const TABLES[] = {repairs_of_places, repairs_of_documents, repairs_of_aids,
                                         repairs_of_persons};

const repair_t *repair_at(size_t index)
{
    for (size_t i = 0; i < sizeof TABLES / sizeof *TABLES; i++)
        for (const repair_t *repair = TABLES[i]; repair->name; repair++)
            if (index-- == 0)
                return repair;
    return NULL;
}

const repair_t *repair_find(const char *name)
{
    for (size_t i = 0; repair_at(i); i++)
        if (strcmp(repair_at(i)->name, name) == 0)
            return repair_at(i);
    return NULL;
}

const char *repair_did_you_mean(const char *name)
{
    const char *words[REPAIRS_MAX + 1] = {NULL};
    for (size_t i = 0; i < REPAIRS_MAX && repair_at(i); i++)
        words[i] = repair_at(i)->name;
    return yaml_did_you_mean(name, words);
}
