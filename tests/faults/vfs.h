/* vfs - the files below SQLite, where each call may fail, and where power can be lost.
 *
 * The files are real, under relative paths, but a sync only says so: what was written and not synced
 * since is kept in a journal, and a power loss undoes all of it, or some of it, or tears a write in
 * half a sector. Before each call that can fail somebody is asked what becomes of it; the shared memory
 * of a WAL is private memory, so a process that forks gives its child all of the world but the files,
 * which vfs_follow makes the child's own. One thread, one process at a time: only the locks in that memory,
 * which its own connections have against each other, can be refused. */
#ifndef TESTS_FAULTS_VFS_H
#define TESTS_FAULTS_VFS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum vfs_call {            /* by what it does to the disk */
                        VFS_LOOKS, /* opens, reads, asks */
                        VFS_WRITES,
                        VFS_CHANGES, /* syncs, truncates, removes */
} vfs_call_t;

typedef enum vfs_fate {
    VFS_DONE,
    VFS_IO_ERROR, /* nothing is done */
    VFS_FULL,     /* of a write: nothing is done */
    VFS_SHORT,    /* of a write: half of it is done, then the disk is full */
} vfs_fate_t;

typedef enum vfs_loss { /* what a power loss leaves of the writes that were not synced */
                        VFS_ALL_LOST,
                        VFS_SOME_LOST, /* in any combination */
                        VFS_TORN,      /* likewise, and of some only the first half sectors */
                        VFS_LOSSES
} vfs_loss_t;

/* Becomes SQLite's default; SQLite runs without its mutexes, so that a child forked anywhere inside it
 * can go on. `ask` is called before each call. */
void vfs_install(vfs_fate_t (*ask)(vfs_call_t call));

/* The process is now in a folder with a copy of the files: open ones become those of the copy. */
void vfs_follow(void);
/* All connections are forgotten, as when their process died. They must not be used again. */
void vfs_abandon(void);
/* Undoes what was written and not synced, also the write that is being asked about; then all is synced. */
void vfs_lose_power(vfs_loss_t loss, uint64_t seed);

#endif
