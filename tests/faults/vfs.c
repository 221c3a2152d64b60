/* The journal has, for each write and truncation since its file was last synced, what was there before and
 * what is there after. Power loss goes back through all of it, then makes again what reached the disk: writes
 * reach it in any combination, but each in the order of its own file's other writes to that place. */
#include "tests/faults/vfs.h"

#include "tests/faults/allocator.h"

#include <aio.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PATH_SIZE 128
#define HALF_SECTOR 256
#define REGIONS_MAX 64

typedef struct file {
    sqlite3_file base;
    int descriptor;
    bool temporary; /* without a name, gone with its process */
    char path[PATH_SIZE];
    struct memory *memory;
    unsigned shared, exclusive; /* its locks in there, as bits */
    struct file *next;          /* of all that are open */
} file_t;

/* The shared memory of a WAL. */
typedef struct memory {
    char path[PATH_SIZE];
    void *regions[REGIONS_MAX];
    int users;
    struct memory *next;
} memory_t;

/* One write, or (after NULL) a truncation to `offset`. */
typedef struct entry {
    char path[PATH_SIZE];
    int64_t offset, size_before; /* of the file */
    uint8_t *before, *after;
    size_t before_size, after_size;
    struct entry *older, *newer;
} entry_t;

static sqlite3_vfs vfs;
static vfs_fate_t (*ask)(vfs_call_t call);
static file_t *open_files;
static memory_t *memories;
static entry_t *newest, *oldest;

/* ---- the journal ---- */

static int64_t size_of(int descriptor)
{
    off_t size = lseek(descriptor, 0, SEEK_END);
    assert(size >= 0);
    return size;
}

static entry_t *note(const file_t *file, int64_t offset, const void *bytes, size_t size)
{
    allocator_own(true);
    entry_t *entry = calloc(1, sizeof *entry);
    assert(entry);
    memcpy(entry->path, file->path, sizeof entry->path);
    entry->offset = offset;
    entry->size_before = size_of(file->descriptor);
    int64_t end = bytes ? offset + (int64_t)size : entry->size_before;
    if (end > entry->size_before)
        end = entry->size_before;
    entry->before_size = end > offset ? (size_t)(end - offset) : 0;
    entry->before = malloc(entry->before_size + 1);
    entry->after = bytes ? malloc(size + 1) : NULL;
    entry->after_size = size;
    assert(entry->before && (!bytes || entry->after));
    allocator_own(false);
    ssize_t read = pread(file->descriptor, entry->before, entry->before_size, offset);
    assert(read == (ssize_t)entry->before_size);
    if (bytes)
        memcpy(entry->after, bytes, size);
    entry->older = newest;
    *(newest ? &newest->newer : &oldest) = entry;
    newest = entry;
    return entry;
}

static void forget(entry_t *entry)
{
    *(entry->older ? &entry->older->newer : &oldest) = entry->newer;
    *(entry->newer ? &entry->newer->older : &newest) = entry->older;
    free(entry->before);
    free(entry->after);
    free(entry);
}

static void forget_path(const char *path)
{
    for (entry_t *entry = oldest, *next; entry; entry = next) {
        next = entry->newer;
        if (!path || !strcmp(entry->path, path))
            forget(entry);
    }
}

/* ---- power ---- */

static uint64_t draw(uint64_t *seed)
{
    uint64_t z = (*seed += 0x9e3779b97f4a7c15u); /* splitmix64 */
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static void put(int descriptor, const void *bytes, size_t size, int64_t offset)
{
    ssize_t written = pwrite(descriptor, bytes, size, offset);
    assert(written == (ssize_t)size);
}

static void cut(int descriptor, int64_t size)
{
    int rc = ftruncate(descriptor, size);
    assert(rc == 0);
}

static void undo(const entry_t *entry)
{
    int descriptor = open(entry->path, O_RDWR | O_CLOEXEC);
    if (descriptor < 0)
        return; /* removed since */
    put(descriptor, entry->before, entry->before_size, entry->offset);
    cut(descriptor, entry->size_before);
    close(descriptor);
}

static void redo(const entry_t *entry, bool torn, uint64_t *seed)
{
    int descriptor = open(entry->path, O_RDWR | O_CLOEXEC);
    if (descriptor < 0)
        return;
    size_t size = entry->after_size;
    if (torn && size > HALF_SECTOR && draw(seed) % 2)
        size = (1 + draw(seed) % (size / HALF_SECTOR)) * HALF_SECTOR;
    if (entry->after)
        put(descriptor, entry->after, size < entry->after_size ? size : entry->after_size,
            entry->offset);
    else
        cut(descriptor, entry->offset);
    close(descriptor);
}

/* Linux drops the pages that it could not write, and says so once. */
static void undo_path(const char *path)
{
    for (const entry_t *entry = newest; entry; entry = entry->older)
        if (!strcmp(entry->path, path))
            undo(entry);
}

void vfs_lose_power(vfs_loss_t loss, uint64_t seed)
{
    for (const entry_t *entry = newest; entry; entry = entry->older)
        undo(entry);
    unsigned percent = loss == VFS_ALL_LOST ? 0 : 10 + draw(&seed) % 90;
    for (const entry_t *entry = oldest; entry; entry = entry->newer)
        if (draw(&seed) % 100 < percent)
            redo(entry, loss == VFS_TORN, &seed);
    forget_path(NULL);
}

/* ---- other processes ---- */

static void copy_temporary(const file_t *file)
{
    static char block[65536];
    int copy = memfd_create("temporary", MFD_CLOEXEC);
    assert(copy >= 0);
    ssize_t size;
    for (int64_t at = 0; (size = pread(file->descriptor, block, sizeof block, at)) > 0; at += size)
        put(copy, block, (size_t)size, at);
    dup2(copy, file->descriptor);
    close(copy);
}

void vfs_follow(void)
{
    for (const file_t *file = open_files; file; file = file->next) {
        if (file->temporary) {
            copy_temporary(file);
            continue;
        }
        int copy = open(file->path, O_RDWR | O_CLOEXEC);
        assert(copy >= 0);
        dup2(copy, file->descriptor);
        close(copy);
    }
}

void vfs_abandon(void)
{
    for (file_t *file = open_files; file; file = file->next)
        close(file->descriptor);
    open_files = NULL;
    memories = NULL;
}

/* ---- files ---- */

static int of_fate(vfs_fate_t fate, int error)
{
    return fate == VFS_DONE ? SQLITE_OK : fate == VFS_IO_ERROR ? error : SQLITE_FULL;
}

static int file_close(sqlite3_file *base)
{
    file_t *file = (file_t *)base;
    for (file_t **at = &open_files; *at; at = &(*at)->next) {
        if (*at == file) {
            *at = file->next;
            break;
        }
    }
    close(file->descriptor);
    return SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *bytes, int size, sqlite3_int64 offset)
{
    file_t *file = (file_t *)base;
    if (ask(VFS_LOOKS) != VFS_DONE)
        return SQLITE_IOERR_READ;
    ssize_t read = pread(file->descriptor, bytes, (size_t)size, offset);
    if (read == size)
        return SQLITE_OK;
    assert(read >= 0);
    memset((char *)bytes + read, 0, (size_t)(size - read));
    return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *base, const void *bytes, int size, sqlite3_int64 offset)
{
    file_t *file = (file_t *)base;
    entry_t *entry = file->temporary ? NULL : note(file, offset, bytes, (size_t)size);
    vfs_fate_t fate = ask(VFS_WRITES);
    size_t done = fate == VFS_DONE ? (size_t)size : fate == VFS_SHORT ? (size_t)size / 2 : 0;
    if (entry && done)
        entry->after_size = done;
    else if (entry)
        forget(entry);
    put(file->descriptor, bytes, done, offset);
    return of_fate(fate, SQLITE_IOERR_WRITE);
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    file_t *file = (file_t *)base;
    if (ask(VFS_CHANGES) != VFS_DONE)
        return SQLITE_IOERR_TRUNCATE;
    if (!file->temporary)
        note(file, size, NULL, 0);
    cut(file->descriptor, size);
    return SQLITE_OK;
}

static int file_sync(sqlite3_file *base, int flags)
{
    (void)flags;
    const char *path = ((file_t *)base)->path;
    bool done = ask(VFS_CHANGES) == VFS_DONE;
    if (!done)
        undo_path(path);
    forget_path(path);
    return done ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size)
{
    if (ask(VFS_LOOKS) != VFS_DONE)
        return SQLITE_IOERR_FSTAT;
    *size = size_of(((file_t *)base)->descriptor);
    return SQLITE_OK;
}

static int file_lock(sqlite3_file *base, int lock)
{
    (void)base;
    (void)lock;
    return SQLITE_OK;
}

static int file_is_locked(sqlite3_file *base, int *locked)
{
    (void)base;
    *locked = 0;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int what, void *argument)
{
    (void)base;
    (void)what;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector(sqlite3_file *base)
{
    (void)base;
    return 4096;
}

/* As on Linux: a torn write harms no byte outside of it. */
static int file_device(sqlite3_file *base)
{
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

/* ---- shared memory ---- */

static memory_t *memory_of(file_t *file)
{
    if (file->memory)
        return file->memory;
    memory_t *memory = memories;
    while (memory && strcmp(memory->path, file->path) != 0)
        memory = memory->next;
    if (!memory) {
        memory = calloc(1, sizeof *memory);
        if (!memory)
            return NULL;
        memcpy(memory->path, file->path, sizeof memory->path);
        memory->next = memories;
        memories = memory;
    }
    memory->users++;
    return file->memory = memory;
}

static int file_map(sqlite3_file *base, int region, int size, int extend, void volatile **mapped)
{
    assert(region < REGIONS_MAX);
    *mapped = NULL;
    if (ask(VFS_LOOKS) != VFS_DONE)
        return SQLITE_IOERR_SHMMAP;
    memory_t *memory = memory_of((file_t *)base);
    if (!memory)
        return SQLITE_IOERR_NOMEM;
    if (!memory->regions[region] && extend && !(memory->regions[region] = calloc(1, (size_t)size)))
        return SQLITE_IOERR_NOMEM;
    *mapped = memory->regions[region];
    return SQLITE_OK;
}

/* The locks that others have in the same memory. */
static unsigned locked_by_others(const file_t *file, bool shared_too)
{
    unsigned locks = 0;
    for (const file_t *other = open_files; other; other = other->next)
        if (other != file && other->memory == file->memory)
            locks |= other->exclusive | (shared_too ? other->shared : 0);
    return locks;
}

static int file_memory_lock(sqlite3_file *base, int offset, int count, int flags)
{
    file_t *file = (file_t *)base;
    unsigned locks = ((1u << count) - 1) << offset;
    bool exclusive = flags & SQLITE_SHM_EXCLUSIVE;
    unsigned *held = exclusive ? &file->exclusive : &file->shared;
    if (flags & SQLITE_SHM_UNLOCK) {
        *held &= ~locks;
        return SQLITE_OK;
    }
    if (locked_by_others(file, exclusive) & locks)
        return SQLITE_BUSY;
    *held |= locks;
    return SQLITE_OK;
}

static void file_barrier(sqlite3_file *base)
{
    (void)base;
}

static int file_unmap(sqlite3_file *base, int remove)
{
    (void)remove;
    file_t *file = (file_t *)base;
    memory_t *memory = file->memory;
    file->memory = NULL;
    file->shared = file->exclusive = 0;
    if (!memory || --memory->users)
        return SQLITE_OK;
    for (memory_t **at = &memories; *at; at = &(*at)->next) {
        if (*at == memory) {
            *at = memory->next;
            break;
        }
    }
    for (int i = 0; i < REGIONS_MAX; i++)
        free(memory->regions[i]);
    free(memory);
    return SQLITE_OK;
}

/* ---- what the system is asked to write out beside the loop ---- */

/* By its name below our folder: after vfs_follow the descriptor is still of the file elsewhere, which may have
 * been removed there. */
static const file_t *file_of(int descriptor)
{
    static const char REMOVED[] = " (deleted)";
    char link[40], path[300];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t size = readlink(link, path, sizeof path - 1);
    path[size > 0 ? size : 0] = 0;
    for (const file_t *file = open_files; file; file = file->next) {
        const char *at = file->temporary ? NULL : strstr(path, file->path);
        const char *rest = at ? at + strlen(file->path) : "?";
        if (!*rest || !strcmp(rest, REMOVED))
            return file;
    }
    assert(!"a file that nobody has open");
}

int __wrap_aio_fsync(int what, struct aiocb *order);
int __wrap_aio_error(const struct aiocb *order);
ssize_t __wrap_aio_return(struct aiocb *order);

/* Done at once. Nothing may count on it, so nothing is synced by it; but when it fails, what was written is
 * lost, as with any sync. */
int __wrap_aio_fsync(int what, struct aiocb *order)
{
    assert(what == O_DSYNC);
    const file_t *file = file_of(order->aio_fildes);
    order->aio_lio_opcode = ask(VFS_CHANGES) == VFS_DONE ? 0 : EIO;
    if (order->aio_lio_opcode) {
        undo_path(file->path);
        forget_path(file->path);
    }
    return 0;
}

int __wrap_aio_error(const struct aiocb *order)
{
    return order->aio_lio_opcode;
}

ssize_t __wrap_aio_return(struct aiocb *order)
{
    return order->aio_lio_opcode ? -1 : 0;
}

/* ---- the file system ---- */

static const sqlite3_io_methods METHODS = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_lock,
    .xCheckReservedLock = file_is_locked,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_device,
    .xShmMap = file_map,
    .xShmLock = file_memory_lock,
    .xShmBarrier = file_barrier,
    .xShmUnmap = file_unmap,
};

static int vfs_open(sqlite3_vfs *self, sqlite3_filename path, sqlite3_file *base, int flags,
                    int *given)
{
    (void)self;
    file_t *file = (file_t *)base;
    *file = (file_t){.temporary = !path};
    if (ask(VFS_LOOKS) != VFS_DONE)
        return SQLITE_CANTOPEN;
    if (path) {
        int size = snprintf(file->path, sizeof file->path, "%s", path);
        assert(size < PATH_SIZE);
        int create = flags & SQLITE_OPEN_CREATE ? O_CREAT : 0;
        file->descriptor = open(path, O_RDWR | O_CLOEXEC | create, 0600);
    } else {
        file->descriptor = memfd_create("temporary", MFD_CLOEXEC);
    }
    if (file->descriptor < 0)
        return SQLITE_CANTOPEN;
    file->base.pMethods = &METHODS;
    file->next = open_files;
    open_files = file;
    if (given)
        *given = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *self, const char *path, int sync)
{
    (void)self;
    (void)sync;
    if (ask(VFS_CHANGES) != VFS_DONE)
        return SQLITE_IOERR_DELETE;
    if (unlink(path))
        return SQLITE_IOERR_DELETE_NOENT;
    forget_path(path);
    return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *self, const char *path, int flags, int *answer)
{
    (void)self;
    if (ask(VFS_LOOKS) != VFS_DONE)
        return SQLITE_IOERR_ACCESS;
    *answer = access(path, flags == SQLITE_ACCESS_EXISTS ? F_OK : R_OK | W_OK) == 0;
    return SQLITE_OK;
}

/* Paths stay relative, so that a child in a copy of the folder has files of its own. */
static int vfs_full_path(sqlite3_vfs *self, const char *path, int size, char *full)
{
    (void)self;
    return snprintf(full, (size_t)size, "%s", path) < size ? SQLITE_OK : SQLITE_CANTOPEN;
}

void vfs_install(vfs_fate_t (*asked)(vfs_call_t call))
{
    ask = asked;
    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    vfs = *sqlite3_vfs_find(NULL);
    vfs.pNext = NULL;
    vfs.zName = "faults";
    vfs.szOsFile = sizeof(file_t);
    vfs.mxPathname = PATH_SIZE - 1;
    vfs.xOpen = vfs_open;
    vfs.xDelete = vfs_delete;
    vfs.xAccess = vfs_access;
    vfs.xFullPathname = vfs_full_path;
    sqlite3_vfs_register(&vfs, 1);
}
