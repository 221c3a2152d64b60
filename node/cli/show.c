#include "node/cli/cli.h"

static int print_entry(const cli_t *cli, const entry_t *entry)
{
    err_t err = {0};
    json_t *envelope = cli_envelope(cli, entry, &err);
    if (!envelope)
        return cli_fail(&err);
    if (cli->options.json) {
        cli_print_json(envelope);
        return EXIT_DONE;
    }
    cli_print_json(json_incref(json_object_get(envelope, "body")));
    json_decref(envelope);
    return EXIT_DONE;
}

int command_show(cli_t *cli)
{
    int code = cli_open(cli, CLI_CATALOGUE);
    if (code)
        return code;
    const kind_t *kind = cli_kind(cli, cli->arguments[0]);
    if (!kind)
        return EXIT_USAGE;
    err_t err = {0};
    entry_t entry = {0};
    int found = catalogue_find(cli->catalogue, cli->options.hub, kind->name, cli->arguments[1],
                               &entry, &err);
    if (found < 0)
        return cli_fail(&err);
    if (found == 0) {
        cli_say("aucune fiche « %s » de la sorte « %s » n'est connue ici.", cli->arguments[1],
                kind->name);
        return EXIT_FAILED;
    }
    if (entry.deleted) {
        cli_say("« %s » a été effacée par son hub, « %s ».", entry.id, entry.hub);
        code = EXIT_FAILED;
    } else {
        code = print_entry(cli, &entry);
    }
    entry_free(&entry);
    return code;
}
