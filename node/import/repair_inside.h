/* repair_inside - the tables of repairs, one for each file repair_*.c; each ends with a row without a name. */
#ifndef NODE_IMPORT_REPAIR_INSIDE_H
#define NODE_IMPORT_REPAIR_INSIDE_H

#include "node/import/repair.h"

extern const repair_t repairs_of_places[], repairs_of_documents[];

#endif
