/* load - what the bench does to real daemons.
 *
 *     bench_load json COUNT                              records as JSON, for `maillage import`
 *     bench_load write STORE COUNT REVISIONS GROUP       at a hub, GROUP changes a transaction
 *     bench_load rate STORE DATABASE HUB COUNT PER_S S   at a hub, one by one; watched elsewhere
 *     bench_load subscribe MEMBERS KEY BROKER ENDPOINT HUB KIND SUBSCRIBERS
 *
 * STORE is the folder of a running hub, DATABASE the public.db of another node. Each but `json` prints
 * one JSON object with what it measured. */
#include "broker/base/database.h"
#include "schemas/head.h"
#include "tests/bench/clock.h"
#include "tests/bench/records.h"
#include "tests/bench/subscribers.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_NS 100000          /* how often the watcher looks: what W2 cannot see */
#define LATE_NS (10 * NS_PER_S) /* after the last write, until the run counts as failed */

static void give_up(const err_t *err)
{
    fprintf(stderr, "bench_load: %s\n", err->text);
    exit(1);
}

static unsigned long number(const char *word)
{
    char *end;
    unsigned long value = strtoul(word, &end, 10);
    if (!*word || *end || !value) {
        fprintf(stderr, "bench_load: '%s' is not a count\n", word);
        exit(2);
    }
    return value;
}

static control_t *connect_to(const char *store)
{
    err_t err;
    control_t *control = control_connect(store, &err);
    if (!control)
        give_up(&err);
    return control;
}

/* ---- json, write ---- */

static void print_records(char **words)
{
    unsigned long count = number(words[0]);
    puts("[");
    for (uint32_t i = 0; i < count; i++) {
        json_t *record = record_json(i, 1);
        json_dumpf(record, stdout, JSON_COMPACT);
        puts(i + 1 < count ? "," : "");
        json_decref(record);
    }
    puts("]");
}

/* Writes one revision of all records, in groups; what making them costs is not counted. */
static double write_revision(control_t *control, const records_t *records, size_t count,
                             uint32_t revision, size_t group)
{
    change_t *changes = records_changes(records, 0, count, revision);
    char *outcomes = malloc(count);
    int64_t start = steady_ns();
    for (size_t done = 0; done < count; done += group) {
        err_t err;
        size_t some = count - done < group ? count - done : group;
        if (control_change(control, changes + done, some, false, outcomes, NULL, NULL, &err))
            give_up(&err);
    }
    double seconds = seconds_since(start);
    free(outcomes);
    changes_free(&changes, count);
    return seconds;
}

static void write_records(char **words)
{
    size_t count = number(words[1]), revisions = number(words[2]), group = number(words[3]);
    control_t *control = connect_to(words[0]);
    records_t *records = records_new();
    double seconds = 0;
    for (uint32_t revision = 1; revision <= revisions; revision++)
        seconds += write_revision(control, records, count, revision, group);
    printf("{\"changes\": %zu, \"seconds\": %.6f}\n", count * revisions, seconds);
    records_destroy(&records);
    control_destroy(&control);
}

/* ---- rate ---- */

/* One node's view of one stream, looked at until it shows a sequence number. */
typedef struct watch {
    const char *path, *hub;
    uint64_t first; /* seq before the run */
    size_t count;   /* changes expected */
    int64_t end_ns;
    int64_t *seen_ns; /* by change; 0 not seen */
} watch_t;

/* The writer's half. */
typedef struct writer {
    control_t *control;
    change_t *changes;
    size_t count;
    int64_t every_ns;
    int64_t *asked_ns, *saved_ns; /* by change */
} writer_t;

static int64_t integer(sqlite3_stmt *statement)
{
    int64_t value = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
    sqlite3_reset(statement);
    return value;
}

/* The seq that the stream shows, proven; 0 for none. */
static uint64_t shown_seq(sqlite3_stmt *statement)
{
    head_t head = {0};
    err_t err;
    if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_bytes(statement, 0)
        && head_decode(&head, sqlite3_column_blob(statement, 0),
                       (size_t)sqlite3_column_bytes(statement, 0), &err))
        give_up(&err);
    sqlite3_reset(statement);
    return head.seq;
}

static sqlite3_stmt *prepare_head(sqlite3 *db, const char *hub)
{
    err_t err;
    sqlite3_stmt *statement =
        database_prepare(db, "SELECT head FROM stream WHERE hub=? AND kind='provider'", &err);
    if (!statement)
        give_up(&err);
    sqlite3_bind_text(statement, 1, hub, -1, SQLITE_STATIC);
    return statement;
}

static sqlite3 *open_reader(const char *path)
{
    err_t err;
    sqlite3 *db = database_open_reader(path, &err);
    if (!db)
        give_up(&err);
    return db;
}

static void *watch_stream(void *argument)
{
    watch_t *self = argument;
    err_t err;
    sqlite3 *db = open_reader(self->path);
    sqlite3_stmt *head = prepare_head(db, self->hub);
    sqlite3_stmt *version = database_prepare(db, "PRAGMA data_version", &err);
    int64_t known = -1;
    for (size_t seen = 0; seen < self->count && steady_ns() < self->end_ns;) {
        int64_t now_version = integer(version);
        if (now_version == known) {
            sleep_until(steady_ns() + LOOK_NS);
            continue;
        }
        known = now_version;
        uint64_t seq = shown_seq(head);
        for (int64_t now = steady_ns(); seen < self->count && self->first + seen < seq; seen++)
            self->seen_ns[seen] = now;
    }
    sqlite3_finalize(version);
    sqlite3_finalize(head);
    database_close(db);
    return NULL;
}

static void write_at_rate(writer_t *self)
{
    int64_t start = steady_ns();
    for (size_t i = 0; i < self->count; i++) {
        err_t err;
        char outcome;
        sleep_until(start + (int64_t)i * self->every_ns);
        self->asked_ns[i] = steady_ns();
        if (control_change(self->control, &self->changes[i], 1, false, &outcome, NULL, NULL, &err))
            give_up(&err);
        self->saved_ns[i] = steady_ns();
    }
}

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

/* Prints "name_p50_ms" and "name_p99_ms" of to[i] - from[i]. */
static void print_percentiles(const char *name, const int64_t *from, const int64_t *to,
                              size_t count)
{
    double *ms = calloc(count, sizeof *ms);
    for (size_t i = 0; i < count; i++)
        ms[i] = (double)(to[i] - from[i]) / 1e6;
    qsort(ms, count, sizeof *ms, compare_doubles);
    printf("\"%s_p50_ms\": %.3f, \"%s_p99_ms\": %.3f, ", name, ms[count / 2], name,
           ms[count * 99 / 100]);
    free(ms);
}

static uint64_t seq_now(const char *path, const char *hub)
{
    sqlite3 *db = open_reader(path);
    sqlite3_stmt *statement = prepare_head(db, hub);
    uint64_t seq = shown_seq(statement);
    sqlite3_finalize(statement);
    database_close(db);
    return seq;
}

static void print_rate(const writer_t *writer, const watch_t *watch)
{
    size_t lost = 0;
    for (size_t i = 0; i < watch->count; i++)
        lost += !watch->seen_ns[i];
    if (lost) {
        fprintf(stderr, "bench_load: %zu of %zu changes were not seen\n", lost, watch->count);
        exit(1);
    }
    printf("{");
    print_percentiles("visible", writer->saved_ns, watch->seen_ns, watch->count);
    print_percentiles("save", writer->asked_ns, writer->saved_ns, watch->count);
    print_percentiles("whole", writer->asked_ns, watch->seen_ns, watch->count);
    printf("\"changes\": %zu}\n", watch->count);
}

static void write_rate(char **words)
{
    size_t records_count = number(words[3]), per_s = number(words[4]),
           count = per_s * number(words[5]);
    uint64_t first = seq_now(words[1], words[2]);
    records_t *records = records_new();
    change_t *changes = calloc(count, sizeof *changes);
    for (size_t i = 0; i < count; i++) { /* far apart, as edits are */
        uint32_t which = (uint32_t)(i * 7919 % records_count);
        change_t *one = records_changes(records, which, 1, (uint32_t)(first + i));
        changes[i] = *one;
        free(one); /* its body is ours now */
    }
    writer_t writer = {.control = connect_to(words[0]),
                       .changes = changes,
                       .count = count,
                       .every_ns = NS_PER_S / (int64_t)per_s,
                       .asked_ns = calloc(count, sizeof(int64_t)),
                       .saved_ns = calloc(count, sizeof(int64_t))};
    watch_t watch = {.path = words[1],
                     .hub = words[2],
                     .first = first,
                     .count = count,
                     .seen_ns = calloc(count, sizeof(int64_t))};
    watch.end_ns = steady_ns() + (int64_t)count * writer.every_ns + LATE_NS;
    pthread_t thread;
    if (pthread_create(&thread, NULL, watch_stream, &watch))
        exit(1);
    write_at_rate(&writer);
    pthread_join(thread, NULL);
    print_rate(&writer, &watch);
    control_destroy(&writer.control);
    changes_free(&changes, count);
    records_destroy(&records);
    free(writer.asked_ns);
    free(writer.saved_ns);
    free(watch.seen_ns);
}

/* ---- subscribe ---- */

static void subscribe(char **words)
{
    subscribers_setup_t setup = {.members = words[0],
                                 .key = words[1],
                                 .broker = words[2],
                                 .endpoint = words[3],
                                 .hub = words[4],
                                 .kind = words[5],
                                 .count = number(words[6])};
    subscribers_result_t result;
    err_t err;
    if (subscribers_run(&setup, &result, &err))
        give_up(&err);
    printf("{\"deliveries\": %zu, \"bytes\": %zu, \"connect_s\": %.6f, \"seconds\": %.6f}\n",
           result.deliveries, result.bytes, result.connect_s, result.seconds);
}

static const struct {
    const char *name;
    int arguments;
    void (*act)(char **words);
} ACTIONS[] = {
    {"json", 1, print_records},
    {"write", 4, write_records},
    {"rate", 6, write_rate},
    {"subscribe", 7, subscribe},
};

int main(int count, char **words)
{
    for (size_t i = 0; count > 1 && i < sizeof ACTIONS / sizeof *ACTIONS; i++) {
        if (strcmp(words[1], ACTIONS[i].name) != 0 || count != 2 + ACTIONS[i].arguments)
            continue;
        if (sodium_init() < 0)
            return 1;
        ACTIONS[i].act(words + 2);
        return 0;
    }
    fputs("bench_load: no such action, or wrong number of arguments\n", stderr);
    return 2;
}
