/* `maillage import KIND FILE --explain`: no node is needed, nothing is sent. */
#include "node/import/explain/explain.h"

#include "node/cli/cli.h"
#include "node/import/reader/reader.h"

#include <stdio.h>
#include <stdlib.h>

static void say_column(const json_t *column, json_int_t rows)
{
    const char *name, *field = NULL, *why = NULL, *example = "";
    json_int_t filled;
    json_unpack((json_t *)column, "{s:s, s:I, s?:s, s?:s}", "name", &name, "filled", &filled,
                "field", &field, "why", &why);
    const json_t *first = json_array_get(json_object_get(column, "examples"), 0);
    example = first ? json_string_value(first) : example;
    if (field)
        cli_say("  %s → %s (d'après %s), rempli %lld fois sur %lld : %s", name, field, why,
                (long long)filled, (long long)rows, example);
    else
        cli_say("  %s : aucun champ, rempli %lld fois sur %lld : %s", name, (long long)filled,
                (long long)rows, example);
}

static void say_missing(const json_t *missing)
{
    for (size_t i = 0; i < json_array_size(missing); i++) {
        const json_t *field = json_array_get(missing, i);
        cli_say("obligatoire, et aucune colonne ne le dit : « %s » (%s).",
                json_string_value(json_object_get(field, "label")),
                json_string_value(json_object_get(field, "field")));
    }
}

static void say(const json_t *report)
{
    const json_t *columns = json_object_get(report, "columns");
    json_int_t rows = json_integer_value(json_object_get(report, "rows"));
    cli_say("%s : %s", json_string_value(json_object_get(report, "file")),
            json_string_value(json_object_get(report, "reading")));
    for (size_t i = 0; i < json_array_size(columns); i++)
        say_column(json_array_get(columns, i), rows);
    say_missing(json_object_get(report, "missing"));
    cli_say("une première correspondance suit : relisez-la, enregistrez-la, essayez-la avec "
            "--dry-run.");
}

/* Says why, and with --json also as data; gives the exit code. */
static int failed(const cli_t *cli, const err_t *err)
{
    if (cli->options.json)
        cli_print_json(
            json_pack("{s:{s:s, s:s}}", "error", "text", err->text, "file", cli->arguments[1]));
    return cli_fail(err);
}

int command_explain(cli_t *cli)
{
    int code = cli_open(cli, CLI_SCHEMA);
    const kind_t *kind = code ? NULL : cli_kind(cli, cli->arguments[0]);
    if (!kind)
        return code ? code : EXIT_USAGE;
    if (cli->argument_count != 2) {
        cli_say("--explain regarde un fichier à la fois.");
        return EXIT_USAGE;
    }
    err_t err = {0};
    char *bytes;
    size_t size;
    if (reader_load(cli->arguments[1], &bytes, &size, &err))
        return failed(cli, &err);
    json_t *report = explain_file(kind, cli->arguments[1], bytes, size, &err);
    free(bytes);
    if (!report)
        return failed(cli, &err);
    if (cli->options.json) {
        cli_print_json(report);
        return EXIT_DONE;
    }
    say(report);
    fputs(json_string_value(json_object_get(report, "mapping")), stdout);
    json_decref(report);
    return EXIT_DONE;
}
