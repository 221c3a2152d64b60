/* Repairs of events, programmes, use cases and figures. */
#include "node/import/repair_inside.h"

const repair_t repairs_of_documents[] = {
    {0},
};
