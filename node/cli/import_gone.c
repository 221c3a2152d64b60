/* What a source brought and no longer has. A row that was refused may be any of these records, unless its
 * id says which one it is: so nothing is removed beside such a row without a word from the animateur. */
#include "node/cli/import_run.h"

#include <assert.h>

typedef struct search {
    import_run_t *run;
    json_t *brought; /* ids, as keys */
    size_t known;    /* refused rows of which we know the record */
} search_t;

static void visit_origin(void *context, const char *id)
{
    search_t *self = context;
    json_object_set_new(self->brought, id, json_null());
    if (!batch_knows(self->run->batch, id))
        json_array_append_new(self->run->gone, json_string(id));
}

static void visit_refused(void *context, const char *id)
{
    search_t *self = context;
    self->known += json_object_get(self->brought, id) || batch_find(self->run->batch, id);
}

/* Names what is gone, while it is still there. What nobody finds any more has only its id. */
static int name_gone(import_run_t *run)
{
    size_t index;
    json_t *id;
    err_t err = {0};
    if (json_array_size(run->gone) && cli_open(run->cli, CLI_CATALOGUE))
        return EXIT_UNREACHABLE;
    json_array_foreach(run->gone, index, id)
    {
        entry_t entry = {0};
        if (index == IMPORT_NAMED_MAX)
            break;
        int found = catalogue_find(run->cli->catalogue, run->cli->settings.name, run->kind->name,
                                   json_string_value(id), &entry, &err);
        if (found < 0)
            return import_failed(run, &err);
        bool named = found && !entry.deleted && entry.title;
        json_array_append_new(
            run->gone_names, named ? json_sprintf("« %s » (%s)", entry.title, json_string_value(id))
                                   : json_incref(id));
        if (found)
            entry_free(&entry);
    }
    return EXIT_DONE;
}

/* May what is gone be removed? What stands in the way is said. */
static int check_prune(import_run_t *run, size_t doubtful)
{
    if (run->cli->options.force)
        return EXIT_DONE;
    if (run->imported.rows == run->imported.skipped)
        return import_refuses(run,
                              "--prune retirerait tout : ce fichier n'a aucune fiche. Rien n'a "
                              "été enregistré ; --force le fait quand même.");
    if (doubtful)
        return import_refuses(
            run,
            "--prune : %zu ligne%s refusée%s, et rien ne dit si ce sont des fiches qui semblent "
            "parties. Rien n'a été enregistré : corrigez-les, ou ajoutez --force pour retirer "
            "quand "
            "même ce qui n'est plus dans la source.",
            doubtful, doubtful < 2 ? "" : "s", doubtful < 2 ? "" : "s");
    return EXIT_DONE;
}

static int prune(import_run_t *run, size_t doubtful)
{
    size_t index;
    json_t *id;
    int code = check_prune(run, doubtful);
    if (code) {
        cli_say_findings(&run->findings);
        return code;
    }
    json_array_foreach(run->gone, index, id) batch_remove(run->batch, json_string_value(id));
    run->prunes = true;
    return EXIT_DONE;
}

int import_find_gone(import_run_t *run)
{
    err_t err = {0};
    bool wanted = run->cli->options.prune;
    int code = cli_open(run->cli, CLI_CONTROL);
    if (code)
        return code;
    run->ledger = ledger_open(run->cli->settings.store, &err);
    if (!run->ledger)
        return import_failed(run, &err);
    if (run->imported.mended)
        return wanted
                   ? import_refuses(run, "--prune ne va pas avec un fichier de lignes refusées : "
                                         "ce n'est pas toute la source.")
                   : EXIT_DONE;
    search_t search = {.run = run, .brought = json_object()};
    assert(search.brought);
    int rc = ledger_origins(run->ledger, run->kind->name, run->provenance.source, visit_origin,
                            &search, &err);
    batch_each_refused(run->batch, visit_refused, &search);
    json_decref(search.brought);
    if (rc)
        return import_failed(run, &err);
    code = name_gone(run);
    if (code)
        return code;
    size_t refused = import_refused(run);
    return wanted && json_array_size(run->gone)
               ? prune(run, refused > search.known ? refused - search.known : 0)
               : EXIT_DONE;
}
