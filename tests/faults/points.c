#include "tests/faults/points.h"

#include "tests/faults/allocator.h"
#include "tests/faults/judge.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOBS_MAX 16
#define FULL_CALLS 20 /* writes that find no room, before somebody makes some */
#define PATIENCE_S 60
#define ENDED_STOPPED 10 /* exit codes of a victim */
#define ENDED_WRONG 11

const char *const mode_names[MODES] = {"power", "io", "full", "memory"};

typedef enum part { RUNNER, VICTIM, JUDGE } part_t;

/* One process lives one of these; its children begin with a copy. */
static struct {
    part_t part;
    const plan_t *plan;
    tally_t *tally;
    trio_t *trio;
    promise_t *volatile promise;
    unsigned long number; /* of the call */
    pid_t children[JOBS_MAX];
    int full_left;
} here;

void *shared_new(unsigned long size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert(memory != MAP_FAILED);
    return memory;
}

/* ---- the stores of a child ---- */

static void copy_file(const char *from, const char *to)
{
    int source = open(from, O_RDONLY | O_CLOEXEC), copy;
    struct stat status;
    if (source < 0)
        return;
    copy = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert(copy >= 0);
    fstat(source, &status);
    for (off_t left = status.st_size; left > 0;) {
        ssize_t size = sendfile(copy, source, NULL, (size_t)left);
        assert(size > 0);
        left -= size;
    }
    close(source);
    close(copy);
}

static void each_file(const char *folder, void (*visit)(const char *path, const char *name))
{
    char path[300];
    DIR *opened = opendir(folder);
    if (!opened)
        return;
    for (const struct dirent *entry; (entry = readdir(opened));) {
        snprintf(path, sizeof path, "%.40s/%.200s", folder, entry->d_name);
        if (*entry->d_name != '.')
            visit(path, entry->d_name);
    }
    closedir(opened);
}

static char slot_folder[32];

static void remove_in_slot(const char *path, const char *name)
{
    (void)name;
    unlink(path);
}

static void copy_to_slot(const char *path, const char *name)
{
    char to[400];
    (void)name;
    snprintf(to, sizeof to, "%s/%s", slot_folder, path);
    copy_file(path, to);
}

static void copy_stores(int slot)
{
    snprintf(slot_folder, sizeof slot_folder, "../%d", slot);
    mkdir(slot_folder, 0700);
    for (int i = 0; i < MACHINES; i++) {
        char folder[64];
        snprintf(folder, sizeof folder, "%s/%s", slot_folder, machine_names[i]);
        mkdir(folder, 0700);
        each_file(folder, remove_in_slot);
        each_file(machine_names[i], copy_to_slot);
    }
}

/* A lock belongs to all who inherited its descriptor: the runner must be able to give its own up. */
static void let_go_of_locks(void)
{
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int descriptor = 3; descriptor < nothing; descriptor++) {
        char link[40], path[300];
        snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
        ssize_t size = readlink(link, path, sizeof path);
        if (size > 5 && !memcmp(path + size - 5, "/lock", 5))
            dup2(nothing, descriptor);
    }
    close(nothing);
}

static void enter_slot(void)
{
    int rc = chdir(slot_folder);
    assert(rc == 0);
    let_go_of_locks();
    vfs_follow();
}

/* ---- verdicts ---- */

static void tell(fault_mode_t mode, const char *text)
{
    tally_t *tally = here.tally;
    __atomic_add_fetch(&tally->failures[mode], 1, __ATOMIC_RELAXED);
    unsigned told = __atomic_fetch_add(&tally->told, 1, __ATOMIC_RELAXED);
    if (told >= sizeof tally->first / sizeof *tally->first)
        return;
    snprintf(tally->first[told], sizeof *tally->first, "--only %s:%d:%lu %s", mode_names[mode],
             here.plan->script, here.number, text);
}

static void pass_sentence(fault_mode_t mode, bool may_be_aside)
{
    tally_t *tally = here.tally;
    verdict_t verdict;
    here.part = JUDGE;
    allocator_ask(NULL);
    judge(here.plan->schema, here.promise, may_be_aside, &verdict);
    __atomic_add_fetch(&tally->lost, verdict.lost, __ATOMIC_RELAXED);
    __atomic_add_fetch(&tally->duplicated, verdict.duplicated, __ATOMIC_RELAXED);
    __atomic_add_fetch(&tally->divergent, verdict.divergent, __ATOMIC_RELAXED);
    __atomic_add_fetch(&tally->wrong_verified, verdict.wrong_verified, __ATOMIC_RELAXED);
    if (*verdict.text)
        tell(mode, verdict.text);
}

/* A victim has ended: was that one of the ways it may? */
static bool check_end(fault_mode_t mode, int status)
{
    char text[80];
    if (WIFEXITED(status) && WEXITSTATUS(status) == ENDED_STOPPED) {
        __atomic_add_fetch(&here.tally->stops, 1, __ATOMIC_RELAXED);
        return true;
    }
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT && mode == MODE_MEMORY) {
        __atomic_add_fetch(&here.tally->aborts, 1, __ATOMIC_RELAXED);
        return false;
    }
    if (WIFSIGNALED(status)) {
        snprintf(text, sizeof text, "the process broke: signal %d", WTERMSIG(status));
        tell(mode, text);
    } else if (WEXITSTATUS(status) == ENDED_WRONG) {
        tell(mode, "an honest message was taken for a bad one");
    }
    return false;
}

/* ---- victims ---- */

static void be_quiet(void)
{
    int nothing = open("/dev/null", O_WRONLY);
    if (!here.plan->tell)
        dup2(nothing, STDERR_FILENO);
    close(nothing);
}

/* What was promised up to here; from now on it is between a victim and its judge. */
static void own_promise(void)
{
    promise_t *promise = shared_new(sizeof *promise);
    *promise = *here.promise;
    here.promise = promise;
}

/* Gives to the victim alone; its parent waits for its end and judges. */
static void become_victim(fault_mode_t mode)
{
    pid_t victim = fork();
    assert(victim >= 0);
    if (!victim) {
        here.part = VICTIM;
        alarm(PATIENCE_S);
        allocator_ask(NULL);
        here.full_left = mode == MODE_FULL ? FULL_CALLS : 0;
        return;
    }
    int status;
    while (waitpid(victim, &status, 0) < 0)
        assert(errno == EINTR);
    vfs_abandon();
    bool given_up = check_end(mode, status);
    pass_sentence(mode, given_up || mode != MODE_POWER);
    _exit(0);
}

static int free_slot(void)
{
    for (int i = 0; i < here.plan->jobs; i++)
        if (!here.children[i])
            return i;
    int status;
    pid_t ended = wait(&status);
    for (int i = 0; i < here.plan->jobs; i++) {
        if (here.children[i] != ended)
            continue;
        here.children[i] = 0;
        if (!WIFEXITED(status) || WEXITSTATUS(status))
            tell(MODE_POWER, "the judge broke");
        return i;
    }
    assert(!"a child that is none of ours");
}

static void wait_for_all(void)
{
    for (int i = 0; i < here.plan->jobs; i++) {
        int status = 0;
        if (here.children[i] && waitpid(here.children[i], &status, 0) > 0
            && (!WIFEXITED(status) || WEXITSTATUS(status)))
            tell(MODE_POWER, "the judge broke");
        here.children[i] = 0;
    }
}

static void wait_until_closed(int ready)
{
    char byte;
    while (read(ready, &byte, 1) < 0 && errno == EINTR)
        ;
    close(ready);
}

/* True in a child that lives on with this fault. */
static bool try_here(fault_mode_t mode, vfs_loss_t loss)
{
    int slot = free_slot();
    copy_stores(slot);
    __atomic_add_fetch(&here.tally->points[mode], 1, __ATOMIC_RELAXED);
    int ready[2], rc = pipe2(ready, O_CLOEXEC);
    assert(rc == 0);
    pid_t child = fork();
    assert(child >= 0);
    if (child) {
        here.children[slot] = child;
        close(ready[1]);
        wait_until_closed(ready[0]);
        return false;
    }
    alarm(2 * PATIENCE_S);
    be_quiet();
    enter_slot();
    own_promise();
    close(ready[0]);
    close(ready[1]);
    if (mode == MODE_POWER) {
        vfs_lose_power(loss, here.number * 31 + (unsigned)here.plan->script);
        vfs_abandon();
        pass_sentence(mode, false);
        _exit(0);
    }
    become_victim(mode);
    return true;
}

static bool is_chosen(void)
{
    const plan_t *plan = here.plan;
    here.number++;
    return here.number >= plan->first && (here.number - plan->first) % plan->stride == 0;
}

/* ---- what is asked ---- */

static vfs_fate_t fate_of_victim(vfs_call_t call)
{
    if (!here.full_left || call != VFS_WRITES)
        return VFS_DONE;
    here.full_left--;
    return VFS_FULL;
}

static vfs_fate_t on_call(vfs_call_t call)
{
    const plan_t *plan = here.plan;
    if (here.part == VICTIM)
        return fate_of_victim(call);
    if (here.part == JUDGE || plan->modes[MODE_MEMORY] || !is_chosen())
        return VFS_DONE;
    for (int loss = 0; loss < VFS_LOSSES && call != VFS_LOOKS; loss++)
        if (plan->modes[MODE_POWER]
            && (plan->every_loss || here.number % VFS_LOSSES == (unsigned long)loss))
            try_here(MODE_POWER, (vfs_loss_t)loss);
    if (plan->modes[MODE_IO_ERROR] && try_here(MODE_IO_ERROR, 0))
        return VFS_IO_ERROR;
    if (plan->modes[MODE_FULL] && call == VFS_WRITES && try_here(MODE_FULL, 0))
        return here.number % 2 ? VFS_SHORT : VFS_FULL;
    return VFS_DONE;
}

static bool on_allocation(void)
{
    return here.part == RUNNER && is_chosen() && try_here(MODE_MEMORY, 0);
}

/* ---- the runner ---- */

static void make_folder(const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", here.plan->folder, name);
    mkdir(path, 0700);
    int rc = chdir(path);
    assert(rc == 0);
    for (int i = 0; i < MACHINES; i++) {
        mkdir(machine_names[i], 0700);
        each_file(machine_names[i], remove_in_slot);
    }
}

static void live(void)
{
    make_folder("script");
    vfs_install(on_call);
    here.promise = shared_new(sizeof *here.promise);
    here.trio = trio_new(here.plan->schema, 1 + (uint64_t)here.plan->script);
    if (here.plan->modes[MODE_MEMORY])
        allocator_ask(on_allocation);
    script_run(here.trio, here.plan->script, &here.promise);
    allocator_ask(NULL);
    if (here.part == VICTIM) {
        int code = *here.trio->wrong ? ENDED_WRONG : here.trio->stopped.action ? ENDED_STOPPED : 0;
        if (code == ENDED_STOPPED)
            trio_give_up(here.trio);
        _exit(code);
    }
    wait_for_all();
    here.tally->calls = here.number;
    copy_stores(0); /* the machines still have theirs */
    enter_slot();
    vfs_abandon();
    pass_sentence(MODE_POWER, false); /* and without any fault */
}

void points_try(const plan_t *plan, tally_t *tally)
{
    pid_t runner = fork();
    assert(runner >= 0);
    if (!runner) {
        here.plan = plan;
        here.tally = tally;
        live();
        _exit(0);
    }
    int status;
    waitpid(runner, &status, 0);
    here.plan = plan;
    here.tally = tally;
    if (!WIFEXITED(status) || WEXITSTATUS(status))
        tell(MODE_POWER, "the script does not come to its end without a fault");
}
