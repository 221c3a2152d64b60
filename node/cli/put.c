#include "node/cli/cli.h"

#include "node/import/batch.h"
#include "node/import/import.h"
#include "node/import/reader/reader.h"
#include "schemas/body.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct outcome_word {
    outcome_t outcome;
    const char *word, *french;
} WORDS[] = {
    {OUTCOME_NEW, "new", "nouvelle"},          {OUTCOME_CHANGED, "changed", "modifiée"},
    {OUTCOME_SAME, "same", "identique"},       {OUTCOME_DELETED, "deleted", "effacée"},
    {OUTCOME_ABSENT, "absent", "introuvable"},
};

static const struct outcome_word *word_of(char outcome)
{
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (WORDS[i].outcome == (outcome_t)outcome)
            return &WORDS[i];
    return &WORDS[2];
}

/* An envelope of another hub is a question of right, not of form. */
static int code_of(const findings_t *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        if (strcmp(findings->list[i].code, "E_HUB") == 0)
            return EXIT_NOT_ALLOWED;
    return EXIT_REFUSED;
}

static void print_outcomes(const cli_t *cli, const change_t *changes, const char *outcomes,
                           size_t count, const findings_t *findings)
{
    if (!cli->options.json) {
        for (size_t i = 0; i < count; i++)
            printf("%s\t%s\n", changes[i].id, word_of(outcomes[i])->french);
        return;
    }
    json_t *records = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(records, json_pack("{s:s, s:s}", "id", changes[i].id, "outcome",
                                                 word_of(outcomes[i])->word));
    cli_print_json(json_pack("{s:b, s:o, s:o}", "dry_run", cli->options.dry_run, "records", records,
                             "findings", cli_findings_json(findings)));
}

static int send(cli_t *cli, const batch_t *batch, const findings_t *findings)
{
    int code = cli_open(cli, CLI_CONTROL);
    if (code)
        return code;
    err_t err = {0};
    size_t count = batch_count(batch);
    char *outcomes = calloc(count + 1, 1);
    assert(outcomes);
    if (control_change(cli->control, batch_changes(batch), count, cli->options.dry_run, outcomes,
                       NULL, NULL, &err))
        code = cli_fail(&err);
    else
        print_outcomes(cli, batch_changes(batch), outcomes, count, findings);
    free(outcomes);
    return code;
}

static int refuse(const cli_t *cli, const findings_t *findings)
{
    if (cli->options.json)
        cli_print_json(
            json_pack("{s:[], s:o}", "records", "findings", cli_findings_json(findings)));
    cli_say("rien n'a été enregistré.");
    return code_of(findings);
}

static int put_file(cli_t *cli, const kind_t *kind, const char *path, batch_t *batch,
                    findings_t *findings)
{
    err_t err = {0};
    char *bytes;
    size_t size;
    imported_t imported = {0};
    if (reader_load(path, &bytes, &size, &err))
        return cli_fail(&err);
    const char *name = strcmp(path, "-") ? path : "entrée standard";
    int rc = import_rows(name, bytes, size, kind, NULL, NULL, batch, &imported, findings, &err);
    free(bytes);
    cli_say_findings(findings);
    if (rc)
        return cli_fail(&err);
    if (findings->errors)
        return refuse(cli, findings);
    if (imported.rows == 0) {
        cli_say("« %s » ne contient aucune fiche.", name);
        return EXIT_REFUSED;
    }
    return send(cli, batch, findings);
}

int command_put(cli_t *cli)
{
    int code = cli_open(cli, CLI_OWN | CLI_SCHEMA);
    if (code)
        return code;
    const kind_t *kind = cli_kind(cli, cli->arguments[0]);
    if (!kind)
        return EXIT_USAGE;
    if (!cli_may_write(kind))
        return EXIT_REFUSED;
    char today[CLI_DATE_SIZE];
    cli_today(today);
    findings_t findings = {0};
    batch_t *batch = batch_new(kind, cli->settings.name, today);
    const char *path = cli->argument_count > 1 ? cli->arguments[1] : "-";
    code = put_file(cli, kind, path, batch, &findings);
    batch_destroy(&batch);
    findings_free(&findings);
    return code;
}

/* --- delete --- */

/* What imports kept of a record that is gone goes too: whoever asks wants it erased. */
static int absent(const cli_t *cli, const kind_t *kind, const char *id)
{
    err_t err = {0};
    char outcome;
    change_t change = {.op = ITEM_DELETE, .sv = kind->version};
    snprintf(change.kind, sizeof change.kind, "%s", kind->name);
    snprintf(change.id, sizeof change.id, "%s", id);
    if (id_valid(id)
        && control_change(cli->control, &change, 1, cli->options.dry_run, &outcome, NULL, NULL,
                          &err))
        return cli_fail(&err);
    cli_say("« %s » n'a pas de fiche « %s » de la sorte « %s ».", cli->settings.name, id,
            kind->name);
    return EXIT_FAILED;
}

static int delete_entry(cli_t *cli, const kind_t *kind, const entry_t *entry)
{
    err_t err = {0};
    char outcome = OUTCOME_ABSENT;
    change_t change = {.op = ITEM_DELETE, .sv = kind->version};
    memcpy(change.kind, entry->kind, sizeof change.kind);
    memcpy(change.id, entry->id, sizeof change.id);
    json_t *envelope = cli_envelope(cli, entry, &err);
    if (!envelope)
        return cli_fail(&err);
    cli_print_json(envelope);
    fflush(stdout); /* what is about to go is in safe hands first */
    if (control_change(cli->control, &change, 1, cli->options.dry_run, &outcome, NULL, NULL, &err))
        return cli_fail(&err);
    cli_say(cli->options.dry_run ? "« %s » serait effacée."
                                 : "« %s » est effacée ; « put » la remet.",
            entry->id);
    return EXIT_DONE;
}

int command_delete(cli_t *cli)
{
    int code = cli_open(cli, CLI_OWN | CLI_CATALOGUE);
    if (code)
        return code;
    const kind_t *kind = cli_kind(cli, cli->arguments[0]);
    if (!kind)
        return EXIT_USAGE;
    if (!cli_may_write(kind))
        return EXIT_REFUSED;
    code = cli_open(cli, CLI_CONTROL);
    if (code)
        return code;
    err_t err = {0};
    entry_t entry = {0};
    int found = catalogue_find(cli->catalogue, cli->settings.name, kind->name, cli->arguments[1],
                               &entry, &err);
    if (found < 0)
        return cli_fail(&err);
    code = found == 1 && !entry.deleted ? delete_entry(cli, kind, &entry)
                                        : absent(cli, kind, cli->arguments[1]);
    if (found == 1)
        entry_free(&entry);
    return code;
}
