/* tables - the tables of a store that synchronisation owns (broker/PROTOCOL.md, section 7).
 *
 * They are in public.db of a node and in broker.db of a broker. Other rooms may read them; only
 * broker/sync/stream.c writes them. */
#ifndef BROKER_SYNC_TABLES_H
#define BROKER_SYNC_TABLES_H

#include "broker/base/database.h"

extern const migration_t sync_tables;

#endif
