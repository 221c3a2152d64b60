/* backup - a node's store as one file, and the way back.
 *
 * A backup is written beside its name, checked, brought to the disk and renamed: who finds the name
 * finds a whole backup. The store may be in use meanwhile; the copy is of one moment.
 *
 * A restore is prepared beside the store and made by one rename, after which only backup_finish is left;
 * a node that starts does that too, so a crash leaves the old store or the new one, never half of each.
 * The old one is moved aside (broker/base/aside.h), not deleted.
 *
 * What was erased after a backup is still in it: the deletion markers of the others win when the restored
 * node has caught up, and it serves those records until then. */
#ifndef NODE_BACKUP_H
#define NODE_BACKUP_H

#include "broker/sync/member.h"
#include "node/store/proof.h"

#include <limits.h>

typedef struct backup_node {
    char name[NAME_SIZE];
    member_role_t role;
} backup_node_t;

/* How far a copy is, 0 to 100. */
typedef void backup_progress_fn(void *context, unsigned percent);

/* Copies FOLDER/public.db to file, mode 0600. Errors are French: ERR_REJECT when the file is there and not
 * to be replaced, or cannot be made; ERR_RETRY when there is no store yet, or the disk is full; ERR_STOP
 * when the store or the copy is damaged. progress may be NULL. */
int backup_make(const char *folder, const backup_node_t *node, const char *file, bool replace,
                backup_progress_fn *progress, void *context, err_t *err);

/* A store that is ready to take the place of the present one. */
typedef struct backup_prepared {
    char path[PATH_MAX]; /* the file beside the store; "" when there is none */
    int64_t made_ms;     /* of the backup; 0 for an empty store */
} backup_prepared_t;

/* Copies a backup into the folder, checks that it is a whole one of this node and brings its tables up to
 * date. file NULL: an empty store instead. Hold the folder's lock from here to backup_finish. ERR_REJECT, in
 * French, when it is none that may be used. */
int backup_prepare(const char *folder, const backup_node_t *node, const char *file,
                   backup_prepared_t *prepared, err_t *err);
void backup_discard(backup_prepared_t *prepared);

/* From here on the restore is done, whatever happens. */
int backup_commit(const char *folder, backup_prepared_t *prepared, err_t *err);

/* Is there one that is not in place yet? */
bool backup_committed(const char *folder);

/* Puts a committed restore in place, if there is one: the former store is moved aside. What a killed
 * backup_prepare left is removed. Hold the folder's lock. */
int backup_finish(const char *folder, err_t *err);

/* A stream as a store has it; compared by what it would lose. */
typedef struct backup_stream {
    proof_t now;     /* present store: life 0 and count 0 when it has no such stream */
    proof_t then;    /* the one prepared, likewise */
    uint64_t behind; /* changes that only the present one has; own streams and others */
} backup_stream_t;

typedef struct backup_comparison {
    backup_stream_t *list;
    size_t count;
    bool present;       /* there is a store now */
    bool damaged;       /* it is none any more */
    bool unreadable;    /* nobody can tell at the moment: */
    err_t unread;       /* why it is damaged or unreadable */
    int64_t own_behind; /* changes of own streams that only the present one has */
    int64_t displaced;  /* displaced versions that only it has */
    size_t wrong;       /* streams of the prepared one that are not whole */
} backup_comparison_t;

/* What the restore would change, from both stores. */
int backup_compare(const char *folder, const backup_prepared_t *prepared, const members_t *members,
                   backup_comparison_t *comparison, err_t *err);
void backup_comparison_free(backup_comparison_t *comparison);

#endif
