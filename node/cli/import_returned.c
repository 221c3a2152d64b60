#include "node/cli/import_run.h"
#include "node/import/commune.h"

/* The mapping that an export of ours is read with when the animateur named none; *mapping NULL: it is no such
 * file, or one that needs none. */
static int find_home(import_run_t *run, const char *bytes, size_t size, const mapping_t **mapping)
{
    err_t unknown = {0}; /* then communes are not looked for */
    const char *name = returned_mapping(bytes, size, run->kind, run->cli->settings.name);
    *mapping = NULL;
    if (!name)
        return EXIT_DONE;
    if (!run->home) {
        int code = import_open_mapping(run, name, &run->home);
        if (code)
            return code;
    }
    if (!run->geo && commune_completes(run->kind))
        run->geo = geo_load(NULL, &unknown);
    *mapping = run->home;
    return EXIT_DONE;
}

int import_open_returned(import_run_t *run, const char *bytes, size_t size)
{
    const mapping_t *home = NULL;
    int code = cli_open(run->cli, CLI_CATALOGUE);
    if (!code && !run->mapping)
        code = find_home(run, bytes, size, &home);
    if (code)
        return code;
    returned_destroy(&run->returned);
    run->returned = returned_new(&(returned_means_t){.catalogue = run->cli->catalogue,
                                                     .kind = run->kind,
                                                     .hub = run->cli->settings.name,
                                                     .mapping = home ? home : run->mapping,
                                                     .geo = run->geo,
                                                     .only = home != NULL});
    return EXIT_DONE;
}

void import_close_returned(import_run_t *run)
{
    returned_destroy(&run->returned);
    mapping_destroy(&run->home);
}
