#include "node/cli/import_run.h"
#include "node/cli/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NAMED_MAX 10
#define HISTORY_MAX 100

/* --- --undo --- */

static json_int_t number_in(const json_t *answer, const char *name)
{
    return json_integer_value(json_object_get(answer, name));
}

static void say_left(const json_t *answer)
{
    const json_t *ids = json_object_get(answer, "left_ids");
    json_int_t count = number_in(answer, "left");
    text_t names;
    text_init(&names, 4096);
    for (size_t i = 0; i < json_array_size(ids) && i < NAMED_MAX; i++)
        text_add_format(&names, "%s%s", i ? ", " : "", json_string_value(json_array_get(ids, i)));
    cli_say("%" PRId64 " fiche%s depuis cet import : %s%s.", (int64_t)count,
            count < 2 ? " a changé" : "s ont changé", names.data, count > NAMED_MAX ? "…" : "");
    text_free(&names);
}

static const struct effect {
    const char *name, *one, *many, *to_do; /* in JSON; done, of records; not done */
} EFFECTS[] = {
    {"added", "nouvelle retirée", "nouvelles retirées", "à retirer"},
    {"changed", "rendue à son contenu d'avant", "rendues à leur contenu d'avant", "à rendre"},
    {"removed", "remise", "remises", "à remettre"},
};

/* "Import 12 (organisation, angers) : 3 nouvelles retirées, 1 remise." */
static void print_effects(const json_t *answer, bool done)
{
    const char *between = " : ";
    printf("Import %" PRId64 " (%s, %s)", (int64_t)number_in(answer, "number"),
           json_string_value(json_object_get(answer, "kind")),
           json_string_value(json_object_get(answer, "source")));
    for (size_t i = 0; i < sizeof EFFECTS / sizeof *EFFECTS; i++) {
        const struct effect *effect = &EFFECTS[i];
        int64_t count = number_in(answer, effect->name);
        if (!count)
            continue;
        printf("%s%" PRId64 " %s", between, count,
               !done       ? effect->to_do
               : count < 2 ? effect->one
                           : effect->many);
        between = ", ";
    }
    puts(".");
    fflush(stdout);
}

static int say_undone(const cli_t *cli, const json_t *answer)
{
    bool done = json_is_true(json_object_get(answer, "done"));
    json_int_t left = number_in(answer, "left");
    if (!cli->options.json)
        print_effects(answer, done);
    if (left)
        say_left(answer);
    if (done) {
        cli_say(left ? "le reste de l'import est repris." : "l'import est repris.");
        return EXIT_DONE;
    }
    if (left && !cli->options.force)
        cli_say(
            "rien n'est repris : --force laisse ces fiches telles quelles et reprend le reste.");
    else
        cli_say("rien n'est repris : c'était un essai.");
    return left && !cli->options.force ? EXIT_REFUSED : EXIT_DONE;
}

int import_undo(cli_t *cli)
{
    err_t err = {0};
    json_t *answer = NULL;
    int64_t number = 0;
    char *end = NULL;
    if (cli->argument_count)
        number = strtoll(cli->arguments[0], &end, 10);
    if (cli->argument_count > 1 || (end && (*end || number < 1))) {
        cli_say(
            "--undo prend le numéro d'un import, que « maillage import --history » donne, ou rien "
            "pour le dernier.");
        return EXIT_USAGE;
    }
    int code = cli_open(cli, CLI_OWN | CLI_CONTROL);
    if (code)
        return code;
    if (control_undo(cli->control, number, cli->options.force, cli->options.dry_run, &answer, &err))
        return cli_fail(&err);
    code = say_undone(cli, answer);
    if (cli->options.json)
        cli_print_json(answer);
    else
        json_decref(answer);
    return code;
}

/* --- --history --- */

typedef struct history {
    table_t *table;
    json_t *list;
} history_t;

static void format_time(int64_t unix_ms, char text[32])
{
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm moment;
    localtime_r(&seconds, &moment);
    if (!strftime(text, 32, "%Y-%m-%d %H:%M", &moment))
        *text = 0;
}

static char *names_of(const json_t *files)
{
    text_t names;
    text_init(&names, CONTROL_NOTE_MAX);
    for (size_t i = 0; i < json_array_size(files); i++)
        text_add_format(&names, "%s%s", i ? ", " : "", json_string_value(json_array_get(files, i)));
    char *taken = text_take(&names);
    text_free(&names);
    return taken;
}

static void add_row(history_t *self, const ledger_import_t *import, const json_t *note)
{
    char when[32];
    format_time(import->at_ms, when);
    char *files = names_of(json_object_get(note, "files"));
    table_add_number(self->table, (unsigned long long)import->number);
    table_add(self->table, when);
    table_add(self->table, import->kind);
    table_add(self->table, import->source);
    table_add(self->table, files);
    const int64_t counts[] = {import->added, import->changed, import->same, import->removed};
    for (size_t i = 0; i < 4; i++)
        table_add_number(self->table, (unsigned long long)counts[i]);
    table_add_number(self->table,
                     (unsigned long long)json_integer_value(json_object_get(note, "refused")));
    table_add(self->table, import->undone_at_ms ? "repris"
                           : import->kept       ? "peut être repris"
                                                : "");
    free(files);
}

static void visit(void *context, const ledger_import_t *import)
{
    history_t *self = context;
    json_t *note = json_loads(import->note, 0, NULL);
    add_row(self, import, note);
    json_array_append_new(
        self->list,
        json_pack("{s:I, s:I, s:s, s:s, s:o, s:I, s:I, s:I, s:I, s:b, s:b}", "number",
                  (json_int_t)import->number, "at_ms", (json_int_t)import->at_ms, "kind",
                  import->kind, "source", import->source, "note", note ? note : json_null(), "new",
                  (json_int_t)import->added, "changed", (json_int_t)import->changed, "same",
                  (json_int_t)import->same, "removed", (json_int_t)import->removed, "undone",
                  import->undone_at_ms != 0, "kept", import->kept));
}

int import_history(cli_t *cli)
{
    static const char *const NAMES[] = {"numéro",   "date",      "sorte",     "source",
                                        "fichiers", "nouvelles", "modifiées", "identiques",
                                        "retirées", "refusées",  "état",      NULL};
    int code = cli_open(cli, CLI_OWN | CLI_CATALOGUE); /* it says when there is no store yet */
    if (code)
        return code;
    err_t err = {0};
    ledger_t *ledger = ledger_open(cli->settings.store, &err);
    if (!ledger)
        return cli_fail(&err);
    history_t history = {.table = table_new(NAMES), .list = json_array()};
    table_cut(history.table, "fichiers");
    int rc = ledger_history(ledger, HISTORY_MAX, visit, &history, &err);
    if (rc)
        code = cli_fail(&err);
    else if (cli->options.json)
        cli_print_json(json_incref(history.list));
    else if (json_array_size(history.list))
        table_print(history.table);
    else
        cli_say("aucun import n'a encore été fait.");
    json_decref(history.list);
    table_destroy(&history.table);
    ledger_destroy(&ledger);
    return code;
}
