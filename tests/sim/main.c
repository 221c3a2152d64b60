/* sim - many seeded histories of a federation in trouble, each ending in agreement.
 *
 *     sim [--histories N] [--seed FIRST] [--seeds FILE] [--report FILE] [--no-shrink]
 *         [--first-failure]       and no more; not made short
 *     sim --seed N --replay           one history, told in full; a failing one is made as short as it can be
 *     sim --history 'history ...'     the same, of a line of the seeds file
 *
 * The seeds file is replayed first: a line is `seed N`, or a whole history as a failing run prints it, which
 * stays what it is when the way of drawing changes. */
#include "tests/sim/schedule.h"

#include <errno.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SHRUNK_MAX 3 /* failures of one run that are made short: it takes a while */
#define PROGRESS_S 60

typedef struct options {
    uint64_t histories, seed;
    const char *seeds, *report, *history;
    bool replay, shrink, first_failure;
} options_t;

typedef struct run {
    const options_t *options;
    counts_t counts;
    uint64_t passed, failed;
    time_t told;
} run_t;

/* A failing history is told with how to see it again, and as short as it can be. */
static void tell_failure(run_t *self, schedule_t *schedule, const char *name, char *failure)
{
    printf("%s failed %s\n", name, failure);
    if (!self->options->shrink || self->failed > SHRUNK_MAX)
        return;
    schedule_shrink(schedule, failure);
    printf("as short as it gets, it fails %s\n", failure);
    schedule_print(schedule);
    schedule_write(schedule);
}

static void live(run_t *self, schedule_t *schedule, const char *name)
{
    char failure[1024];
    if (schedule_run(schedule, &self->counts, false, failure)) {
        self->passed++;
        return;
    }
    self->failed++;
    tell_failure(self, schedule, name, failure);
}

static void tell_progress(run_t *self, uint64_t of)
{
    time_t now = time(NULL);
    if (now - self->told < PROGRESS_S)
        return;
    self->told = now;
    printf("%lu of %lu, %lu failed\n", self->passed + self->failed, of, self->failed);
}

static bool live_kept(run_t *self, const char *path)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t size = 0;
    bool good = file;
    while (good && getline(&line, &size, file) >= 0) {
        schedule_t schedule;
        line[strcspn(line, "\n")] = 0;
        if (!*line || *line == '#')
            continue;
        if (!strncmp(line, "seed ", 5))
            schedule_draw(&schedule, strtoull(line + 5, NULL, 10));
        else
            good = schedule_read(&schedule, line);
        if (good)
            live(self, &schedule, line);
    }
    if (!good)
        fprintf(stderr, "sim: cannot read %s: %s\n", path,
                file ? "a line that is no history" : strerror(errno));
    free(line);
    if (file)
        fclose(file);
    return good;
}

static void live_all(run_t *self)
{
    const options_t *options = self->options;
    for (uint64_t i = 0; i < options->histories; i++) {
        if (self->failed && options->first_failure)
            return;
        schedule_t schedule;
        char name[32];
        snprintf(name, sizeof name, "seed %lu", options->seed + i);
        schedule_draw(&schedule, options->seed + i);
        live(self, &schedule, name);
        tell_progress(self, options->histories);
    }
}

static int replay(const options_t *options)
{
    schedule_t schedule;
    counts_t counts = {0};
    char failure[1024];
    if (!options->history)
        schedule_draw(&schedule, options->seed);
    else if (!schedule_read(&schedule, options->history))
        return 2;
    if (schedule_run(&schedule, &counts, true, failure)) {
        puts("passed");
        return 0;
    }
    if (options->shrink) {
        schedule_shrink(&schedule, failure);
        puts("---- as short as it gets ----");
        schedule_run(&schedule, &counts, true, failure);
        schedule_print(&schedule);
        schedule_write(&schedule);
    }
    printf("failed %s\n", failure);
    return 1;
}

static int write_report(const run_t *self)
{
    FILE *file = fopen(self->options->report, "w");
    if (!file)
        return -1;
    fprintf(file, "{\"sim_histories\":%lu,\"sim_failures\":%lu}\n", self->passed + self->failed,
            self->failed);
    return fclose(file);
}

static bool read_options(options_t *self, int argc, char **argv)
{
    *self = (options_t){.histories = 200, .seed = 1, .shrink = true};
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (!strcmp(argv[i], "--replay"))
            self->replay = true;
        else if (!strcmp(argv[i], "--no-shrink"))
            self->shrink = false;
        else if (!strcmp(argv[i], "--first-failure"))
            self->first_failure = !(self->shrink = false);
        else if (!*value)
            return false;
        else if (!strcmp(argv[i], "--histories"))
            self->histories = strtoull(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--seed"))
            self->seed = strtoull(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--seeds"))
            self->seeds = argv[++i];
        else if (!strcmp(argv[i], "--report"))
            self->report = argv[++i];
        else if (!strcmp(argv[i], "--history"))
            self->history = argv[++i];
        else
            return false;
    }
    return true;
}

static void tell_all(const run_t *self)
{
    const counts_t *counts = &self->counts;
    printf("%lu messages, %lu changes, %lu crashes, %lu power cuts, %lu full disks, %lu restored or"
           " wiped stores, %lu second copies, %lu fences, %lu displaced versions, %lu lies\n",
           counts->messages, counts->changes, counts->crashes, counts->power_cuts,
           counts->full_disks, counts->restores, counts->copies, counts->fences, counts->displaced,
           counts->lies);
    printf("%lu histories: %lu passed, %lu failed\n", self->passed + self->failed, self->passed,
           self->failed);
}

int main(int argc, char **argv)
{
    options_t options;
    if (!read_options(&options, argc, argv)) {
        fprintf(stderr, "usage: sim [--histories N] [--seed N] [--seeds FILE] [--report FILE]"
                        " [--replay] [--history LINE] [--no-shrink] [--first-failure]\n");
        return 2;
    }
    if (sodium_init() < 0)
        return 1;
    sqlite3_config(SQLITE_CONFIG_SINGLETHREAD); /* no locks for a thread alone */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (options.replay || options.history)
        return replay(&options);
    run_t run = {.options = &options, .told = time(NULL)};
    if (options.seeds && !live_kept(&run, options.seeds))
        return 2;
    live_all(&run);
    tell_all(&run);
    disk_close_all();
    return (options.report && write_report(&run)) || run.failed ? 1 : 0;
}
