/* writer - somebody who changes a hub's records without a pause, and writes down what he was told.
 *
 *     writer SCHEMAS STORE PREFIX PER_S
 *
 * One change at a time: "try ID VALUE" before it is asked for, then "saved ID VALUE", or "unknown ID VALUE"
 * when the hub refused, ended, or did not answer: then it was made as a whole or not at all. VALUE is in
 * the text of the record; 0 is a deletion. Ends when its input does. */
#include "node/control.h"
#include "schemas/body.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RECORDS 300
#define NS_PER_S 1000000000LL
#define LATE_NS (NS_PER_S / 5)

typedef struct writer {
    const char *store, *prefix;
    const kind_t *kind;
    control_t *control; /* NULL: the hub is away */
    unsigned long value;
    long long due_ns;
} writer_t;

static long long now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Waits until then; true when the input has ended. */
static bool wait_until(long long then_ns)
{
    struct pollfd input = {.fd = 0, .events = POLLIN};
    long long left_ms = (then_ns - now_ns()) / 1000000;
    return poll(&input, 1, left_ms > 0 ? (int)left_ms : 0) > 0;
}

static void encode(const writer_t *self, const char *id, text_t *body)
{
    char text[64];
    findings_t findings = {0};
    snprintf(text, sizeof text, "valeur %lu", self->value);
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:b}", "question", id, "reponse", text, "theme",
                             self->value % 2 ? "demarrer" : "donnees", "langue", "fr", "demo", 1);
    if (!json || body_encode(self->kind, json, body, &findings)) {
        fprintf(stderr, "writer: the schemas have changed\n");
        exit(2);
    }
    findings_free(&findings);
    json_decref(json);
}

static void change(writer_t *self)
{
    err_t err;
    char outcome;
    bool put = ++self->value % 10 != 0;
    change_t change = {
        .op = put ? ITEM_PUT : ITEM_DELETE, .kind = "answer", .sv = self->kind->version};
    text_t body;
    snprintf(change.id, sizeof change.id, "%s-%03lu", self->prefix, self->value * 7 / 3 % RECORDS);
    text_init(&body, BODY_MAX_SIZE);
    if (put) {
        encode(self, change.id, &body);
        change.body = (const uint8_t *)body.data;
        change.body_size = body.size;
    }
    printf("try %s %lu\n", change.id, put ? self->value : 0);
    bool saved = control_change(self->control, &change, 1, false, &outcome, NULL, NULL, &err) == 0;
    printf("%s %s %lu\n", saved ? "saved" : "unknown", change.id, put ? self->value : 0);
    if (!saved)
        control_destroy(&self->control);
    text_free(&body);
}

/* What was late is not made up for: a hub that comes back is not to be flooded. */
static void live(writer_t *self, long long every_ns)
{
    err_t err;
    self->due_ns = now_ns();
    while (!wait_until(self->due_ns)) {
        if (!self->control)
            self->control = control_connect(self->store, &err);
        if (self->control)
            change(self);
        self->due_ns += self->control ? every_ns : LATE_NS;
        if (self->due_ns < now_ns() - LATE_NS)
            self->due_ns = now_ns();
    }
    control_destroy(&self->control);
}

int main(int argc, char **argv)
{
    long per_s = argc == 5 ? strtol(argv[4], NULL, 10) : 0;
    if (per_s < 1) {
        fprintf(stderr, "usage: writer SCHEMAS STORE PREFIX PER_S\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    findings_t findings = {0};
    schema_t *schema = schema_load(argv[1], &findings);
    findings_free(&findings);
    if (!schema)
        return 2;
    writer_t writer = {.store = argv[2], .prefix = argv[3], .kind = schema_kind(schema, "answer")};
    live(&writer, NS_PER_S / per_s);
    schema_destroy(&schema);
    return 0;
}
