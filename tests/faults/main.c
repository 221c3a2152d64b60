/* faults - what a restart finds after a fault at every call of a script.
 *
 *     faults [--scripts N] [--every-loss] [--every N] [--jobs N] [--report FILE]
 *                                                                 power, I/O errors, full disks
 *     faults --allocations N [--jobs N] [--report FILE]           N allocations that fail
 *     faults --only MODE:SCRIPT:N                                 one point, told in full
 *
 * Without --every-loss the ways in which power is lost take turns with the calls; --every N leaves out
 * all calls but each N-th. Prints TAP. */
#include "tests/faults/points.h"

#include "tests/faults/script.h"

#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct options {
    int scripts, jobs;
    bool every_loss;
    unsigned long allocations, every;
    const char *report, *only;
} options_t;

typedef struct run {
    options_t options;
    schema_t *schema;
    char folder[64];
    tally_t *tally; /* of all tests */
    int number, failed;
} run_t;

static bool read_options(options_t *self, int argc, char **argv)
{
    *self = (options_t){.scripts = 1, .every = 1, .jobs = (int)sysconf(_SC_NPROCESSORS_ONLN)};
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (!strcmp(argv[i], "--every-loss")) {
            self->every_loss = true;
            continue;
        }
        if (!*value)
            return false;
        if (!strcmp(argv[i], "--scripts"))
            self->scripts = (int)strtol(value, NULL, 10);
        else if (!strcmp(argv[i], "--jobs"))
            self->jobs = (int)strtol(value, NULL, 10);
        else if (!strcmp(argv[i], "--every"))
            self->every = strtoul(value, NULL, 10);
        else if (!strcmp(argv[i], "--allocations"))
            self->allocations = strtoul(value, NULL, 10);
        else if (!strcmp(argv[i], "--report"))
            self->report = value;
        else if (!strcmp(argv[i], "--only"))
            self->only = value;
        else
            return false;
        i++;
    }
    return self->scripts >= 1 && self->scripts <= SCRIPTS && self->jobs >= 1 && self->jobs <= 16
           && self->every;
}

/* ---- a folder of our own, in memory when there is one ---- */

static bool make_folder(run_t *self)
{
    static const char *const PLACES[] = {"/dev/shm", P_tmpdir};
    for (size_t i = 0; i < 2; i++) {
        snprintf(self->folder, sizeof self->folder, "%s/faults-XXXXXX", PLACES[i]);
        if (mkdtemp(self->folder))
            return true;
    }
    return false;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

/* ---- tests ---- */

static void judge_test(run_t *self, const plan_t *plan, const tally_t *tally, fault_mode_t mode,
                       const char *sentence)
{
    bool good = !tally->failures[mode] && tally->points[mode];
    self->failed += !good;
    printf("%s %d - %s (script %d, %lu points)\n", good ? "ok" : "not ok", ++self->number, sentence,
           plan->script, tally->points[mode]);
    if (!good)
        for (unsigned i = 0; i < tally->told && i < sizeof tally->first / sizeof *tally->first; i++)
            printf("    %s\n", tally->first[i]);
}

static void add(run_t *self, const tally_t *tally)
{
    tally_t *all = self->tally;
    for (int mode = 0; mode < MODES; mode++)
        all->points[mode] += tally->points[mode];
    all->lost += tally->lost;
    all->duplicated += tally->duplicated;
    all->divergent += tally->divergent;
    all->wrong_verified += tally->wrong_verified;
    printf(
        "    %lu calls; victims: %u gave up a store, %u aborted; records: %u lost, %u duplicated,"
        " %u divergent, %u wrongly verified\n",
        tally->calls, tally->stops, tally->aborts, tally->lost, tally->duplicated, tally->divergent,
        tally->wrong_verified);
}

static plan_t plan_of(const run_t *self, int script)
{
    return (plan_t){.schema = self->schema,
                    .folder = self->folder,
                    .script = script,
                    .first = 1,
                    .stride = self->options.every,
                    .jobs = self->options.jobs};
}

static void test_disk(run_t *self, int script)
{
    static const char *const SENTENCES[] = {
        [MODE_POWER] = "power lost at any write: what was saved is there, and nothing else",
        [MODE_IO_ERROR] = "an I/O error at any call: what was saved is there, and nothing else",
        [MODE_FULL] = "a full disk at any write: what was saved is there, and nothing else",
    };
    tally_t *tally = shared_new(sizeof *tally);
    plan_t plan = plan_of(self, script);
    plan.modes[MODE_POWER] = plan.modes[MODE_IO_ERROR] = plan.modes[MODE_FULL] = true;
    plan.every_loss = self->options.every_loss;
    points_try(&plan, tally);
    for (int mode = MODE_POWER; mode <= MODE_FULL; mode++)
        judge_test(self, &plan, tally, (fault_mode_t)mode, SENTENCES[mode]);
    add(self, tally);
}

/* A first life counts the allocations; the second has the points, spread over all of them. */
static void test_memory(run_t *self, int script, unsigned long wanted)
{
    tally_t *count = shared_new(sizeof *count), *tally = shared_new(sizeof *tally);
    plan_t plan = plan_of(self, script);
    plan.modes[MODE_MEMORY] = true;
    plan.first = (unsigned long)-1;
    points_try(&plan, count);
    plan.stride = count->calls / wanted ? count->calls / wanted : 1;
    plan.first = 1 + count->calls % plan.stride;
    points_try(&plan, tally);
    judge_test(self, &plan, tally, MODE_MEMORY,
               "an allocation that fails ends its process at worst: what was saved is there");
    add(self, tally);
}

static bool test_one(run_t *self)
{
    char mode[16];
    plan_t plan = plan_of(self, 0);
    if (sscanf(self->options.only, "%15[a-z]:%d:%lu", mode, &plan.script, &plan.first) != 3
        || plan.script < 0 || plan.script >= SCRIPTS)
        return false;
    plan.stride = (unsigned long)-1;
    plan.tell = plan.every_loss = true;
    for (int i = 0; i < MODES; i++) {
        if (strcmp(mode, mode_names[i]) != 0)
            continue;
        tally_t *tally = shared_new(sizeof *tally);
        plan.modes[i] = true;
        points_try(&plan, tally);
        judge_test(self, &plan, tally, (fault_mode_t)i, mode);
        add(self, tally);
        return true;
    }
    return false;
}

static int write_report(const run_t *self)
{
    const tally_t *tally = self->tally;
    FILE *file = fopen(self->options.report, "w");
    if (!file)
        return -1;
    if (self->options.allocations)
        fprintf(file, "{\"alloc_fault_points\":%lu", tally->points[MODE_MEMORY]);
    else
        fprintf(file, "{\"fault_points\":%lu",
                tally->points[MODE_POWER] + tally->points[MODE_IO_ERROR]
                    + tally->points[MODE_FULL]);
    fprintf(file, ",\"lost\":%u,\"duplicated\":%u,\"divergent\":%u,\"wrong_verified\":%u}\n",
            tally->lost, tally->duplicated, tally->divergent, tally->wrong_verified);
    return fclose(file);
}

static bool run_tests(run_t *self)
{
    const options_t *options = &self->options;
    if (options->only)
        return test_one(self);
    for (int script = 0; script < options->scripts; script++) {
        if (options->allocations)
            test_memory(self, script, options->allocations / (unsigned long)options->scripts);
        else
            test_disk(self, script);
    }
    return !options->report || write_report(self) == 0;
}

int main(int argc, char **argv)
{
    run_t run = {.tally = shared_new(sizeof *run.tally)};
    findings_t findings = {0};
    if (!read_options(&run.options, argc, argv) || sodium_init() < 0) {
        fprintf(
            stderr,
            "usage: faults [--scripts N] [--every-loss] [--every N] [--allocations N] [--jobs N]"
            " [--report FILE] [--only MODE:SCRIPT:N]\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    run.schema = schema_load(SOURCE_DIR "/schemas", &findings);
    findings_free(&findings);
    if (!run.schema || !make_folder(&run)) {
        fprintf(stderr, "faults: no schemas, or no folder to work in\n");
        return 2;
    }
    bool ran = run_tests(&run);
    nftw(run.folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return ran ? run.failed > 0 : 2;
}
