/* Repairs of where something is. */
#include "node/import/repair_inside.h"

const repair_t repairs_of_places[] = {
    {0},
};
