/* One table of options, from which each command takes its own. argp's sentences are English wherever libc's
 * French ones are not installed: so it parses in silence, and what is wrong is said here. */
#include "node/cli/cli.h"

#include "schemas/base/yaml.h"

#include <argp.h>
#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum option_type { OPTION_TEXT, OPTION_FLAG, OPTION_NUMBER, OPTION_TEXTS } option_type_t;

static const struct option_row {
    const char *name, *argument, *help;
    option_type_t type;
    size_t offset;
} OPTIONS[] = {
    {"config", "FICHIER", "le fichier du nœud (ou MAILLAGE_CONFIG)", OPTION_TEXT,
     offsetof(options_t, config)},
    {"json", NULL, "répond en JSON", OPTION_FLAG, offsetof(options_t, json)},
    {"hub", "NOM", "seulement ce hub", OPTION_TEXT, offsetof(options_t, hub)},
    {"where", "CHAMP=VALEUR", "seulement ces fiches", OPTION_TEXTS, offsetof(options_t, where)},
    {"search", "MOTS", "seulement les fiches qui en parlent", OPTION_TEXT,
     offsetof(options_t, search)},
    {"limit", "N", "au plus N fiches (100)", OPTION_NUMBER, offsetof(options_t, limit)},
    {"format", "FORMAT", "json, csv, ics, geojson, lieux ou aides", OPTION_TEXT,
     offsetof(options_t, format)},
    {"below", "N", "seulement les fiches notées moins de N", OPTION_NUMBER,
     offsetof(options_t, below)},
    {"csv", NULL, "répond en CSV", OPTION_FLAG, offsetof(options_t, csv)},
    {"bom", NULL, "commence le CSV par la marque UTF-8", OPTION_FLAG, offsetof(options_t, bom)},
    {"mapping", "NOM", "une correspondance de config/imports, ou un fichier .yaml", OPTION_TEXT,
     offsetof(options_t, mapping)},
    {"dry-run", NULL, "dit ce qui changerait, ne change rien", OPTION_FLAG,
     offsetof(options_t, dry_run)},
    {"prune", NULL, "retire aussi ce que la source n'a plus", OPTION_FLAG,
     offsetof(options_t, prune)},
    {"only-territory", NULL, "seulement ce qui est dans le territoire du hub", OPTION_FLAG,
     offsetof(options_t, only_territory)},
    {"refused", "FICHIER.csv", "où écrire les lignes refusées", OPTION_TEXT,
     offsetof(options_t, refused)},
    {"undo", NULL, "reprend tout un import : le dernier, ou celui de ce numéro", OPTION_FLAG,
     offsetof(options_t, undo)},
    {"history", NULL, "liste les imports", OPTION_FLAG, offsetof(options_t, history)},
    {"explain", NULL, "dit ce que le fichier semble contenir, propose une correspondance",
     OPTION_FLAG, offsetof(options_t, explain)},
    {"force", NULL, "passe outre un doute, qui est dit sans elle", OPTION_FLAG,
     offsetof(options_t, force)},
    {"empty", NULL, "sans sauvegarde : recommence avec un dépôt vide", OPTION_FLAG,
     offsetof(options_t, empty)},
    {"wait", "SECONDES", "attend que tout soit vérifié", OPTION_NUMBER,
     offsetof(options_t, wait_s)},
    {"put-back", "ID", "remet cette version", OPTION_TEXT, offsetof(options_t, put_back)},
    {"purge", NULL, "jette toutes les versions écartées", OPTION_FLAG, offsetof(options_t, purge)},
    {"role", "RÔLE", "hub, aggregator ou broker", OPTION_TEXT, offsetof(options_t, role)},
    {"territory", "CODE", "par exemple DEP-38", OPTION_TEXT, offsetof(options_t, territory)},
    {"out", "CHEMIN", "où écrire : un dossier pour les clés, un fichier pour un export",
     OPTION_TEXT, offsetof(options_t, out)},
};
#define OPTION_COUNT (sizeof OPTIONS / sizeof *OPTIONS)
#define COMMON_OPTIONS 2 /* the first ones, which every command takes */
#define FIRST_KEY 256    /* beyond characters: our options have long names only */
#define HELP_KEY '?'

static bool takes(const command_t *command, size_t option)
{
    size_t size = strlen(OPTIONS[option].name);
    for (const char *word = command->options; *word; word += strspn(word, " ")) {
        size_t length = strcspn(word, " ");
        if (length == size && memcmp(word, OPTIONS[option].name, size) == 0)
            return true;
        word += length;
    }
    return option < COMMON_OPTIONS;
}

/* What argp fills, and whether something is said or printed already. */
typedef struct reading {
    cli_t *cli;
    bool said, helped;
} reading_t;

/* Says what is wrong with the words; gives what makes argp stop. */
__attribute__((format(printf, 2, 3))) static error_t misused(reading_t *self, const char *format,
                                                             ...)
{
    char *sentence;
    va_list arguments;
    va_start(arguments, format);
    int size = vasprintf(&sentence, format, arguments);
    va_end(arguments);
    assert(size >= 0);
    cli_say("%s « maillage help %s » explique cette commande.", sentence, self->cli->command->name);
    free(sentence);
    self->said = true;
    return EINVAL;
}

static error_t set_option(reading_t *self, size_t option, char *value)
{
    const struct option_row *row = &OPTIONS[option];
    options_t *options = &self->cli->options;
    void *member = (char *)options + row->offset;
    char *end;
    switch (row->type) {
    case OPTION_TEXT:
        *(char **)member = value;
        return 0;
    case OPTION_FLAG:
        *(bool *)member = true;
        return 0;
    case OPTION_NUMBER:
        *(int64_t *)member = strtoll(value, &end, 10);
        if (end == value || *end || *(int64_t *)member < 0 || *(int64_t *)member > 1000000)
            return misused(self, "--%s : un nombre est attendu, pas « %s ».", row->name, value);
        return 0;
    case OPTION_TEXTS:
        if (options->where_count == CLI_WHERE_MAX)
            return misused(self, "--%s : %d fois au plus.", row->name, CLI_WHERE_MAX);
        options->where[options->where_count++] = value;
    }
    return 0;
}

/* The word that getopt did not accept: no option of this command, or one without its value. */
static void say_refused(reading_t *self, const char *word)
{
    const char *names[OPTION_COUNT + 1] = {0};
    size_t count = 0, size = strcspn(word, "=");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (!takes(self->cli->command, i))
            continue;
        const struct option_row *row = &OPTIONS[i];
        names[count++] = row->name;
        if (size < 3 || strlen(row->name) != size - 2 || memcmp(row->name, word + 2, size - 2) != 0)
            continue;
        if (row->argument)
            misused(self, "il manque une valeur : --%s %s.", row->name, row->argument);
        else
            misused(self, "--%s ne prend pas de valeur.", row->name);
        return;
    }
    const char *near = strncmp(word, "--", 2) == 0 ? yaml_did_you_mean(word + 2, names) : NULL;
    misused(self, "« %s » n'est pas une option de « %s »%s%s%s", word, self->cli->command->name,
            near ? " ; vouliez-vous dire « --" : "", near ? near : ".", near ? " » ?" : "");
}

static void print_help(reading_t *self, const struct argp_state *state)
{
    const command_t *command = self->cli->command;
    printf("Usage : maillage %s [OPTIONS]%s%s\n", command->name, *command->arguments ? " " : "",
           command->arguments);
    argp_help(state->root_argp, stdout, ARGP_HELP_DOC | ARGP_HELP_LONG, state->name);
    self->helped = true;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    reading_t *self = state->input;
    cli_t *cli = self->cli;
    const command_t *command = cli->command;
    if (key >= FIRST_KEY && key < FIRST_KEY + (int)OPTION_COUNT)
        return set_option(self, (size_t)(key - FIRST_KEY), value);
    switch (key) {
    case HELP_KEY:
        print_help(self, state);
        return ECANCELED;
    case ARGP_KEY_ARG:
        if (command->most >= 0 && (int)cli->argument_count == command->most)
            return misused(self, "« %s » est de trop.", value);
        cli->arguments[cli->argument_count++] = value;
        return 0;
    case ARGP_KEY_END:
        if ((int)cli->argument_count < command->least)
            return misused(self, "il manque un argument : %s.", command->arguments);
        return 0;
    case ARGP_KEY_ERROR:
        if (!self->said && !self->helped)
            say_refused(self, state->argv[state->next - 1]);
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

int cli_read_arguments(cli_t *cli, int argc, char **argv, bool *helped)
{
    struct argp_option options[OPTION_COUNT + 2] = {0};
    size_t count = 0;
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (takes(cli->command, i))
            options[count++] = (struct argp_option){.name = OPTIONS[i].name,
                                                    .key = FIRST_KEY + (int)i,
                                                    .arg = OPTIONS[i].argument,
                                                    .doc = OPTIONS[i].help};
    options[count] = (struct argp_option){
        .name = "help", .key = HELP_KEY, .doc = "affiche cette aide", .group = -1};
    char *doc;
    int size = asprintf(&doc, "maillage %s : %s.\v%s", cli->command->name, cli->command->summary,
                        cli->command->help);
    assert(size > 0);
    struct argp argp = {options, parse, NULL, doc, NULL, NULL, NULL};
    reading_t reading = {.cli = cli};
    error_t wrong = argp_parse(&argp, argc, argv, ARGP_NO_HELP | ARGP_NO_ERRS, NULL, &reading);
    free(doc);
    *helped = reading.helped;
    return wrong && !reading.helped ? EXIT_USAGE : EXIT_DONE;
}
