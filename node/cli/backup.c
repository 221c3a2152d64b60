#include "node/backup.h"

#include "node/cli/cli.h"
#include "node/cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static void on_progress(void *context, unsigned percent)
{
    progress_show(context, "copie", percent, 100, 0);
}

int command_backup(cli_t *cli)
{
    int code = cli_open(cli, CLI_SETTINGS);
    if (code)
        return code;
    const char *file = cli->arguments[0];
    err_t err = {0};
    progress_t progress = {0};
    backup_node_t node = {.role = cli->settings.role};
    struct stat made;
    snprintf(node.name, sizeof node.name, "%s", cli->settings.name);
    int rc = backup_make(cli->settings.store, &node, file, cli->options.force, on_progress,
                         &progress, &err);
    progress_clear();
    if (rc)
        return cli_fail(&err);
    long long size = stat(file, &made) ? 0 : (long long)made.st_size;
    if (cli->options.json)
        cli_print_json(json_pack("{s:s, s:s, s:I}", "file", file, "node", node.name, "size",
                                 (json_int_t)size));
    cli_say("« %s » est une sauvegarde complète et vérifiée de « %s » (%.1f Mio). La clé secrète "
            "%s n'y est pas : gardez-la à part.",
            file, node.name, (double)size / (1 << 20), cli->settings.key);
    return EXIT_DONE;
}
