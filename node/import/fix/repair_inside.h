/* repair_inside - what the files of repairs share: their tables, each ended by a row without a name. */
#ifndef NODE_IMPORT_FIX_REPAIR_INSIDE_H
#define NODE_IMPORT_FIX_REPAIR_INSIDE_H

#include "node/import/fix/repair.h"

extern const repair_t repairs_of_places[], repairs_of_documents[], repairs_of_aids[],
    repairs_of_persons[];

#endif
