#include "node/cli/cli.h"

#include "node/cli/table.h"
#include "schemas/body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *displaced_json(const cli_t *cli, const displaced_t *displaced)
{
    err_t unreadable = {0}; /* then the body is null: its bytes cannot be put back either */
    const kind_t *kind = schema_kind(cli->schema, displaced->kind);
    json_t *body = displaced->body
                       ? body_decode(kind, displaced->body, displaced->body_size, &unreadable)
                       : NULL;
    return json_pack("{s:I, s:s, s:s, s:o, s:s, s:b, s:o}", "number", (json_int_t)displaced->number,
                     "kind", displaced->kind, "id", displaced->id, "at",
                     envelope_instant(displaced->at_ms), "reason", displaced->reason, "deleted",
                     displaced->body == NULL, "body", body ? body : json_null());
}

static void print_all(const cli_t *cli, const displaced_list_t *all)
{
    static const char *const NAMES[] = {"numéro", "sorte", "id", "écartée", "raison", NULL};
    if (cli->options.json) {
        json_t *list = json_array();
        for (size_t i = 0; i < all->count; i++)
            json_array_append_new(list, displaced_json(cli, &all->list[i]));
        cli_print_json(list);
        return;
    }
    table_t *table = table_new(NAMES);
    for (size_t i = 0; i < all->count; i++) {
        const displaced_t *displaced = &all->list[i];
        json_t *at = envelope_instant(displaced->at_ms);
        table_add_number(table, (unsigned long long)displaced->number);
        table_add(table, displaced->kind);
        table_add(table, displaced->id);
        table_add(table, json_string_value(at));
        table_add(table, displaced->reason);
        json_decref(at);
    }
    table_print(table);
    table_destroy(&table);
    if (all->count == 0)
        cli_say("aucune version n'a été écartée.");
    else
        cli_say("« --put-back NUMÉRO » remet une version, « --purge » les jette toutes.");
}

/* The one of that number, or the only one of that id; NULL after the words are said. */
static const displaced_t *choose(const displaced_list_t *all, const char *word)
{
    const displaced_t *found = NULL;
    size_t count = 0;
    for (size_t i = 0; i < all->count; i++) {
        char number[24];
        snprintf(number, sizeof number, "%lld", (long long)all->list[i].number);
        if (strcmp(number, word) == 0)
            return &all->list[i];
        if (strcmp(all->list[i].id, word) == 0) {
            found = &all->list[i];
            count++;
        }
    }
    if (count == 1)
        return found;
    if (count)
        cli_say("%zu versions écartées s'appellent « %s » : donnez le numéro de l'une d'elles.",
                count, word);
    else
        cli_say("aucune version écartée ne s'appelle « %s ».", word);
    return NULL;
}

static int put_back(cli_t *cli, const displaced_list_t *all)
{
    const displaced_t *displaced = choose(all, cli->options.put_back);
    if (!displaced)
        return EXIT_FAILED;
    int code = cli_open(cli, CLI_CONTROL);
    if (code)
        return code;
    change_t change = {.op = displaced->body ? ITEM_PUT : ITEM_DELETE,
                       .sv = displaced->sv,
                       .body = displaced->body,
                       .body_size = displaced->body_size};
    memcpy(change.kind, displaced->kind, sizeof change.kind);
    memcpy(change.id, displaced->id, sizeof change.id);
    err_t err = {0};
    char outcome;
    if (control_change(cli->control, &change, 1, false, &outcome, NULL, NULL, &err))
        return cli_fail(&err);
    return cli_done(cli, outcome == OUTCOME_SAME
                             ? "cette version est déjà en place : rien n'a changé."
                             : "cette version est remise.");
}

static int send(cli_t *cli, const char *command, const char *done)
{
    int code = cli_open(cli, CLI_OWN | CLI_CONTROL);
    if (code)
        return code;
    err_t err = {0};
    if (control_command(cli->control, command, NULL, &err))
        return cli_fail(&err);
    return cli_done(cli, done);
}

int command_displaced(cli_t *cli)
{
    if (cli->options.purge)
        return send(cli, "purge-displaced", "les versions écartées sont jetées.");
    int code = cli_open(cli, CLI_OWN | CLI_CATALOGUE);
    if (code)
        return code;
    err_t err = {0};
    displaced_list_t all = {0};
    if (catalogue_displaced(cli->catalogue, &all, &err))
        return cli_fail(&err);
    if (cli->options.put_back)
        code = put_back(cli, &all);
    else
        print_all(cli, &all);
    displaced_list_free(&all);
    return code;
}

int command_unfence(cli_t *cli)
{
    return send(cli, "unfence", "ce hub publie de nouveau.");
}
