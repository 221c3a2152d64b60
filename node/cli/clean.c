/* What a restore replaced may be the only copy of something: the node keeps it 30 days, and removes it
 * only when told so. */
#include "broker/base/aside.h"
#include "node/cli/cli.h"

#include <limits.h>
#include <stdio.h>

static void say_file(void *context, const char *file, long long unix_s)
{
    (void)unix_s;
    ++*(size_t *)context;
    cli_say("%s est gardé et peut contenir ce qui a été effacé.", file);
}

/* Gives how many files of former stores stay. */
static int look_aside(const cli_t *cli, size_t *kept)
{
    char path[PATH_MAX];
    err_t err = {0};
    *kept = 0;
    if (snprintf(path, sizeof path, "%s/public.db", cli->settings.store) >= (int)sizeof path)
        return EXIT_FAILED;
    if (cli->options.force && aside_forget(path, ASIDE_REPLACED, 0, 0, &err))
        return cli_fail(&err);
    aside_each(path, ASIDE_REPLACED, say_file, kept);
    return EXIT_DONE;
}

int command_clean(cli_t *cli)
{
    size_t kept;
    int code = cli_open(cli, CLI_CONTROL);
    if (code)
        return code;
    err_t err = {0};
    if (control_command(cli->control, "clean", NULL, &err))
        return cli_fail(&err);
    code = look_aside(cli, &kept);
    if (code)
        return code;
    return cli_done(
        cli, kept ? "le contenu supprimé n'est plus dans les fichiers en service ; « maillage "
                    "clean --force » retire aussi ceux qu'une restauration a remplacés."
                  : "le contenu supprimé n'est plus dans aucun fichier de ce nœud.");
}
