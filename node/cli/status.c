/* What the catalogue knows works whether the node runs or not; what only the running node knows (its
 * brokers, its alarms) is asked over the control socket, and missing without it. */
#include "node/cli/cli.h"

#include "node/cli/table.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define POLL_MS 100

/* --- waiting --- */

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void pause_ms(long ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static bool matches(const char *pattern, const char *name)
{
    return strcmp(pattern, "*") == 0 || strcmp(pattern, name) == 0;
}

static bool heard_of(const stream_states_t *states, const char *hub, const char *kind)
{
    for (size_t i = 0; i < states->count; i++)
        if (strcmp(states->list[i].hub, hub) == 0 && matches(kind, states->list[i].kind)
            && states->list[i].known_life > 0)
            return true;
    return false;
}

/* Adds what an interest still waits for at one hub. */
static void add_missing(const interest_t *interest, const char *hub, const stream_states_t *states,
                        text_t *missing)
{
    if (!heard_of(states, hub, interest->kind))
        text_add_format(missing, "  %s : aucune nouvelle (%s)\n", hub, interest->kind);
    for (size_t i = 0; i < states->count; i++) {
        const stream_state_t *state = &states->list[i];
        if (strcmp(state->hub, hub) == 0 && matches(interest->kind, state->kind) && !state->own
            && (!state->verified || state->behind > 0))
            text_add_format(missing, "  %s, %s : %llu changements à recevoir\n", hub, state->kind,
                            (unsigned long long)state->behind);
    }
}

/* Lists what is missing until every member hub that is subscribed to was heard of and verified. */
static void look_for_missing(const cli_t *cli, const members_t *members,
                             const stream_states_t *states, text_t *missing)
{
    const settings_t *settings = &cli->settings;
    for (size_t i = 0; i < settings->subscribe_count; i++)
        for (size_t j = 0; j < members_count(members); j++) {
            const member_t *member = members_at(members, j);
            if (member->role == MEMBER_HUB && strcmp(member->name, settings->name) != 0
                && matches(settings->subscribe[i].hub, member->name))
                add_missing(&settings->subscribe[i], member->name, states, missing);
        }
}

/* One look at the store: the catalogue is opened when there is one. */
static void look(cli_t *cli, const members_t *members, text_t *missing)
{
    err_t err = {0};
    stream_states_t states = {0};
    if (!cli->catalogue)
        cli->catalogue = catalogue_open(cli->settings.store, cli->schema, &err);
    if (!cli->catalogue || catalogue_streams(cli->catalogue, &states, &err))
        text_add_format(missing, "  %s\n", err.text);
    else
        look_for_missing(cli, members, &states, missing);
    stream_states_free(&states);
}

/* Nothing must be missing twice in a row: a hub announces its streams one after the other, and between
 * two of them all that is known may be verified. */
static int wait_for_all(cli_t *cli, const members_t *members)
{
    text_t missing;
    text_init(&missing, 64 * 1024);
    int64_t end = now_ms() + cli->options.wait_s * 1000;
    for (int quiet = 0;;) {
        text_clear(&missing);
        look(cli, members, &missing);
        quiet = missing.size || missing.overflow ? 0 : quiet + 1;
        if (quiet == 2 || now_ms() >= end)
            break;
        pause_ms(POLL_MS);
    }
    int code = missing.size ? EXIT_FAILED : EXIT_DONE;
    if (code)
        cli_say("après %lld s, il manque :\n%s", (long long)cli->options.wait_s, missing.data);
    text_free(&missing);
    return code;
}

static int wait(cli_t *cli)
{
    findings_t findings = {0};
    members_t *members = members_load(cli->settings.members, &findings);
    cli_say_findings(&findings);
    findings_free(&findings);
    if (!members)
        return EXIT_REFUSED;
    int code = wait_for_all(cli, members);
    members_destroy(&members);
    return code;
}

/* --- showing --- */

/* Gives what the running node says of itself, or NULL. */
static json_t *ask_node(cli_t *cli)
{
    err_t err = {0};
    json_t *status = NULL;
    cli->control = control_connect(cli->settings.store, &err);
    if (!cli->control || control_command(cli->control, "status", &status, &err))
        cli_say("%s Voici ce que contient son dépôt.", err.text);
    return status;
}

static bool is_fenced(const json_t *node)
{
    const char *state = json_string_value(json_object_get(node, "state"));
    return state && strcmp(state, "fenced") == 0;
}

/* Takes node, which may be NULL. */
static void print_json(json_t *node, const stream_states_t *states)
{
    json_t *streams = json_array();
    for (size_t i = 0; i < states->count; i++)
        json_array_append_new(streams, envelope_stream(&states->list[i]));
    cli_print_json(json_pack("{s:o, s:o, s:o}", "fenced",
                             node ? json_boolean(is_fenced(node)) : json_null(), "node",
                             node ? node : json_null(), "streams", streams));
}

static void print_table(const stream_states_t *states)
{
    static const char *const NAMES[] = {"hub",  "kind",  "life",        "seq",    "count",
                                        "root", "state", "verified_at", "behind", NULL};
    table_t *table = table_new(NAMES);
    table_cut(table, "life");
    table_cut(table, "root");
    table_cut(table, "verified_at");
    for (size_t i = 0; i < states->count; i++) {
        const stream_state_t *state = &states->list[i];
        char root[2 * 4 + 1];
        sodium_bin2hex(root, sizeof root, state->root, 4);
        json_t *verified_at = envelope_instant(state->verified_at_ms);
        table_add(table, state->hub);
        table_add(table, state->kind);
        table_add_number(table, state->life);
        table_add_number(table, state->seq);
        table_add_number(table, state->count);
        table_add(table, root);
        table_add(table, stream_state_word(state));
        table_add(table, json_string_value(verified_at));
        table_add_number(table, state->behind);
        json_decref(verified_at);
    }
    table_print(table);
    table_destroy(&table);
}

static const char *text_in(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

typedef struct state_word {
    const char *state, *french;
} state_word_t;

static const state_word_t NODE_STATES[] = {
    {"start", "démarre"},
    {"reconcile", "compare ses fiches avec celles des relais"},
    {"ready", "est prêt"},
    {"fenced", "est mis à l'écart : une autre copie de ce hub publie. Arrêtez-la, puis lancez "
               "« maillage unfence »"},
    {0},
};

static const state_word_t BROKER_STATES[] = {
    {"waiting", "attend avant de réessayer"},
    {"connecting", "se connecte"},
    {"greeting", "se présente"},
    {"up", "connecté"},
    {0},
};

/* A state that a newer node may have is shown as it is. */
static const char *french_state(const state_word_t *words, const json_t *object)
{
    const char *state = text_in(object, "state");
    for (; words->state; words++)
        if (strcmp(words->state, state) == 0)
            return words->french;
    return state;
}

static void say_with_reason(const char *sentence, const char *reason)
{
    fprintf(stderr, "%s%s%s\n", sentence, *reason ? " : " : "", reason);
}

static void say_node(const json_t *node)
{
    fprintf(stderr, "%s (%s) ", text_in(node, "node"), text_in(node, "version"));
    say_with_reason(french_state(NODE_STATES, node), text_in(node, "reason"));
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(node, "brokers"), index, entry)
    {
        fprintf(stderr, "  relais %s, %s, ", text_in(entry, "name"), text_in(entry, "endpoint"));
        say_with_reason(french_state(BROKER_STATES, entry), text_in(entry, "error"));
    }
    json_array_foreach(json_object_get(node, "alarms"), index, entry)
        say_with_reason("  alerte", json_is_string(entry) ? json_string_value(entry) : "");
}

static int show(cli_t *cli)
{
    int code = cli_open(cli, CLI_CATALOGUE);
    if (code)
        return code;
    err_t err = {0};
    stream_states_t states = {0};
    if (catalogue_streams(cli->catalogue, &states, &err))
        return cli_fail(&err);
    json_t *node = ask_node(cli);
    bool answered = node != NULL;
    if (cli->options.json) {
        print_json(node, &states);
    } else {
        print_table(&states);
        if (node)
            say_node(node);
        json_decref(node);
    }
    stream_states_free(&states);
    /* what a node that does not run has is not what is verified now */
    return cli->options.wait_s >= 0 && !answered ? EXIT_UNREACHABLE : EXIT_DONE;
}

int command_status(cli_t *cli)
{
    int code = cli_open(cli, CLI_SETTINGS | CLI_SCHEMA);
    if (code)
        return code;
    int waited = cli->options.wait_s >= 0 ? wait(cli) : EXIT_DONE;
    if (waited == EXIT_REFUSED)
        return waited;
    code = show(cli);
    return code ? code : waited;
}
