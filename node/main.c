/* maillage-node FILE.yaml: stays in the foreground, logs to standard error, prints one line when it
 * serves, ends on SIGTERM and SIGINT. Exit codes: 0 ended as told, 1 failed, 2 usage, 3 configuration.
 *
 * Three threads: this one has the signals and watches the other two, the synchronisation (node/hub.h)
 * and the portal (node/portal/http/portal.h). */
#include "broker/base/czmq.h"
#include "broker/base/moment.h"
#include "broker/base/process.h"
#include "broker/base/watchdog.h"
#include "node/hub.h"
#include "node/portal/http/portal.h"
#include "node/settings.h"

#include <argp.h>
#include <locale.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_MS 60000
#define CHECKS 8 /* looks at the actors in the time after which one counts as stuck */

enum { EXIT_CONFIGURATION = 3 };

const char *argp_program_version = "maillage-node " MAILLAGE_VERSION;

typedef struct arguments {
    const char *file;
    bool after_restore;
} arguments_t;

/* An actor, and whether its loop turns: it is asked now and then, and answers when it comes round. */
typedef struct actor {
    const char *name;
    zactor_t *zactor; /* NULL: there is none */
    int64_t asked_ms; /* steady: since when an answer is waited for; 0: none is */
    int64_t busy_ms;  /* steady: until when it said that it would not answer */
} actor_t;

/* What runs, and what main waits for. */
typedef struct node {
    int signals;
    actor_t hub, portal;
    watchdog_t *watchdog; /* of our own loop */
    int64_t stuck_ms;     /* an actor that does not answer for so long is stuck */
    int64_t checked_ms;   /* steady: the last look */
    int64_t minute_ms;    /* steady: when memory was last given back */
    bool failed;
} node_t;

static error_t parse(int key, char *argument, struct argp_state *state)
{
    arguments_t *arguments = state->input;
    switch (key) {
    case 'r':
        arguments->after_restore = true;
        return 0;
    case ARGP_KEY_ARG:
        if (arguments->file)
            argp_usage(state);
        arguments->file = argument;
        return 0;
    case ARGP_KEY_END:
        if (!arguments->file)
            argp_usage(state);
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

/* ---- while it runs ---- */

static int on_signal(zloop_t *loop, zmq_pollitem_t *item, void *context)
{
    (void)loop;
    (void)item;
    node_t *node = context;
    int number = process_next_signal(node->signals);
    if (number == SIGHUP)
        zstr_send(node->hub.zactor, "RELOAD");
    return number == SIGTERM || number == SIGINT ? -1 : 0;
}

/* An actor answers "PONG", says for how many ms it is "BUSY", or "FAILED" and why: without it the node is no node. */
static int on_actor(zloop_t *loop, zsock_t *pipe, void *context)
{
    (void)loop;
    node_t *node = context;
    actor_t *actor = pipe == zactor_sock(node->hub.zactor) ? &node->hub : &node->portal;
    char *word = NULL, *text = NULL;
    zstr_recvx(pipe, &word, &text, NULL);
    bool busy = word && text && !strcmp(word, "BUSY"), answered = word && !strcmp(word, "PONG");
    if (busy)
        actor->busy_ms = moment_now().steady_ms + strtoll(text, NULL, 10);
    else if (answered)
        actor->asked_ms = actor->busy_ms = 0;
    else
        log_error("%s", text ? text : "an actor ended");
    zstr_free(&word);
    zstr_free(&text);
    node->failed |= !busy && !answered;
    return busy || answered ? 0 : -1;
}

/* A stuck thread cannot be ended, only the process: all state is on the disk. */
static void check_actor(const node_t *node, actor_t *actor, bool slept, int64_t now_ms)
{
    if (!actor->zactor)
        return;
    if (!actor->asked_ms)
        zstr_send(actor->zactor, "PING");
    if (!actor->asked_ms || slept || now_ms < actor->busy_ms)
        actor->asked_ms = now_ms;
    if (now_ms - actor->asked_ms < node->stuck_ms)
        return;
    log_error("the loop of the %s is stuck for %lld s: this process ends here, and its supervisor"
              " starts it again",
              actor->name, (long long)(now_ms - actor->asked_ms) / 1000);
    abort();
}

static int on_check(zloop_t *loop, int timer, void *context)
{
    (void)loop;
    (void)timer;
    node_t *node = context;
    int64_t now_ms = moment_now().steady_ms;
    /* who did not run itself cannot tell that others do not */
    bool slept = now_ms - node->checked_ms > node->stuck_ms / 2;
    node->checked_ms = now_ms;
    check_actor(node, &node->hub, slept, now_ms);
    check_actor(node, &node->portal, slept, now_ms);
    watchdog_touch(node->watchdog);
    process_tell_alive();
    if (now_ms - node->minute_ms >= MINUTE_MS) {
        node->minute_ms = now_ms;
        process_give_back();
    }
    return 0;
}

static void watch(node_t *node)
{
    zmq_pollitem_t item = {.fd = node->signals, .events = ZMQ_POLLIN};
    zloop_t *loop = zloop_new();
    zloop_set_nonstop(loop, true);
    zloop_poller(loop, &item, on_signal, node);
    zloop_reader(loop, zactor_sock(node->hub.zactor), on_actor, node);
    if (node->portal.zactor)
        zloop_reader(loop, zactor_sock(node->portal.zactor), on_actor, node);
    zloop_timer(loop, (size_t)(node->stuck_ms / CHECKS), 0, on_check, node);
    while (zloop_start(loop) == 0) /* interrupted: only a handler ends it */
        ;
    zloop_destroy(&loop);
}

/* ---- start ---- */

static portal_t *open_portal(const settings_t *settings, const schema_t *schema, err_t *err)
{
    portal_settings_t portal = {.listen = settings->listen_address,
                                .store = settings->store,
                                .name = settings->name,
                                .role = settings->role,
                                .title = settings->title,
                                .territory = settings->territory,
                                .telephone = settings->telephone,
                                .courriel = settings->courriel,
                                .porteur = settings->porteur,
                                .url = settings->url,
                                .principale = settings->principale,
                                .secondaire = settings->secondaire,
                                .logo = settings->logo,
                                .synonymes = settings->synonymes,
                                .embed = (const char *const *)settings->embed};
    return portal_new(&portal, schema, err);
}

static void say_ready(const settings_t *settings, int port)
{
    char host[64];
    uint16_t asked;
    printf("ready node %s", settings->name);
    if (port && settings_split_listen(settings->listen_address, host, &asked))
        printf(strchr(host, ':') ? " http://[%s]:%d" : " http://%s:%d", host, port);
    printf("\n");
    fflush(stdout);
}

/* Runs a hub, which it takes, and the portal of its store until told to end. */
static int run(node_t *node, hub_t *hub, const settings_t *settings, const schema_t *schema)
{
    err_t err;
    int port = 0;
    portal_t *portal = NULL;
    if (settings->listen_address) {
        portal = open_portal(settings, schema, &err);
        if (!portal) {
            log_error("%s", err.text);
            hub_destroy(&hub);
            return EXIT_FAILURE;
        }
        port = portal_port(portal);
    }
    node->watchdog = watchdog_new(settings->timers.stuck, &err);
    if (!node->watchdog) {
        log_error("%s", err.text);
        portal_destroy(&portal);
        hub_destroy(&hub);
        return EXIT_FAILURE;
    }
    node->hub.zactor = zactor_new(hub_actor, hub);
    if (portal)
        node->portal.zactor = zactor_new(portal_actor, portal);
    say_ready(settings, port);
    process_tell_ready();
    watch(node);
    process_tell_ending();
    zactor_destroy(&node->portal.zactor);
    zactor_destroy(&node->hub.zactor);
    watchdog_destroy(&node->watchdog);
    return node->failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int start(const settings_t *settings, const schema_t *schema, bool after_restore)
{
    err_t err = {0};
    findings_t findings = {0};
    node_t node = {.signals = process_signals(&err),
                   .hub.name = "synchronisation",
                   .portal.name = "portal",
                   .stuck_ms = settings->timers.stuck,
                   .checked_ms = moment_now().steady_ms};
    hub_t *hub = NULL;
    for (unsigned tries = 0; node.signals >= 0; tries++) {
        hub = hub_new(settings, schema, after_restore, &findings, &err);
        if (hub || !process_wait_for_room(node.signals, settings->timers.retry, tries, &err))
            break;
    }
    int code = findings.errors ? EXIT_CONFIGURATION : EXIT_FAILURE;
    process_log_findings(&findings);
    findings_free(&findings);
    if (hub)
        return run(&node, hub, settings, schema);
    if (code == EXIT_FAILURE)
        log_error("%s", err.text);
    return code;
}

int main(int count, char **words)
{
    static const struct argp_option OPTIONS[] = {
        {"after-restore", 'r', NULL, 0,
         "The store was restored from a backup: wait longer for what brokers still hold", 0},
        {0},
    };
    static const struct argp ARGP = {
        .options = OPTIONS,
        .parser = parse,
        .args_doc = "FILE.yaml",
        .doc = "Keeps a hub's records, publishes them and shows those of all others.",
    };
    arguments_t arguments = {0};
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C"); /* numbers in data have a point */
    argp_err_exit_status = 2;
    argp_parse(&ARGP, count, words, 0, NULL, &arguments);
    if (sodium_init() < 0)
        return EXIT_FAILURE;
    process_prepare();

    settings_t settings;
    findings_t findings = {0};
    schema_t *schema = NULL;
    if (settings_load(&settings, arguments.file, &findings) == 0)
        schema = schema_load(settings.schemas, &findings);
    process_log_findings(&findings);
    findings_free(&findings);
    int code = EXIT_CONFIGURATION;
    if (schema) {
        log_set_level(settings.log_level);
        code = start(&settings, schema, arguments.after_restore);
    }
    schema_destroy(&schema);
    settings_free(&settings);
    return code;
}
