/* The table of commands, and the one way their arguments are read. */
#include "node/cli/cli.h"

#include "schemas/base/yaml.h"

#include <argp.h>
#include <assert.h>
#include <locale.h>
#include <sodium.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const command_t commands[] = {
    {"keygen", "NOM", "crée les clés d'un membre",
     "Écrit DOSSIER/NOM.key (secret, à ne donner à personne) et DOSSIER/NOM.pub (à copier dans le "
     "dossier "
     "« members » de tous les autres). N'écrase jamais une clé.",
     "role territory out", 1, 1, command_keygen},
    {"config check", "FICHIER...", "vérifie des fichiers de configuration",
     "Nœuds, relais, membres (.pub), sortes de fiches, vocabulaires, correspondances d'import. "
     "Toutes les "
     "erreurs d'un coup, avec fichier:ligne:colonne. Code 3 s'il y en a.",
     "", 1, -1, command_config_check},
    {"put", "SORTE [FICHIER|-]", "ajoute ou modifie des fiches",
     "Le fichier (ou l'entrée standard) contient en JSON un contenu, une enveloppe comme « show "
     "--json » "
     "en donne, ou un tableau des deux. Tout est vérifié, puis tout est enregistré d'un coup, ou "
     "rien.",
     "dry-run", 1, 2, command_put},
    {"delete", "SORTE ID", "efface une fiche",
     "Affiche d'abord la fiche en JSON : « put » la remet.", "dry-run", 2, 2, command_delete},
    {"show", "SORTE ID", "montre une fiche",
     "Son contenu en JSON ; avec --json, l'enveloppe : hub, sorte, identifiant, dates, contenu.",
     "hub", 2, 2, command_show},
    {"list", "SORTE", "liste des fiches",
     "--where peut être répété : même champ, l'un ou l'autre ; champs différents, tous.",
     "hub where search limit", 1, 1, command_list},
    {"export", "SORTE", "exporte toutes les fiches d'une sorte",
     "« import » relit le JSON et le CSV tels quels. --bom met en tête du CSV la marque qu'attend "
     "Excel.",
     "hub format bom", 1, 1, command_export},
    {"import", "SORTE FICHIER...", "importe des fichiers JSON ou CSV",
     "Dit ce qui est nouveau, changé, identique, refusé (ligne, champ, valeur, raison) et douteux. "
     "Une ligne "
     "refusée n'arrête pas les autres, mais le code est alors 3. Ce qui est bon est enregistré "
     "d'un coup.",
     "mapping dry-run", 2, -1, command_import},
    {"status", "", "dit où en est chaque flux",
     "--wait : attend que chaque hub suivi ait donné de ses nouvelles et que tout soit vérifié.",
     "wait", 0, 0, command_status},
    {"verify", "", "recalcule les preuves à partir des fiches",
     "Compare la racine et le nombre de chaque flux avec ce que son hub a signé. Code 1 s'ils "
     "diffèrent.",
     "", 0, 0, command_verify},
    {"displaced", "", "liste les versions écartées, les remet ou les jette",
     "Ce sont vos propres fiches qu'une récupération a remplacées, ou qu'un relais de retour "
     "détenait. "
     "--put-back prend le numéro de la liste, ou l'identifiant de la fiche.",
     "put-back purge", 0, 0, command_displaced},
    {"unfence", "", "remet en service un hub mis à l'écart",
     "Arrêtez d'abord l'autre copie de ce hub : deux copies se chasseraient l'une l'autre.", "", 0,
     0, command_unfence},
    {"clean", "", "efface des fichiers le contenu supprimé",
     "Le nœud le fait de lui-même chaque jour.", "", 0, 0, command_clean},
    {"help", "[COMMANDE]", "explique une commande", "", "", 0, 2, command_help},
    {0},
};

/* --- options: one table, from which each command takes its own --- */

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
    {"format", "FORMAT", "json ou csv", OPTION_TEXT, offsetof(options_t, format)},
    {"bom", NULL, "commence le CSV par la marque UTF-8", OPTION_FLAG, offsetof(options_t, bom)},
    {"mapping", "NOM", "une correspondance de config/imports, ou un fichier .yaml", OPTION_TEXT,
     offsetof(options_t, mapping)},
    {"dry-run", NULL, "dit ce qui changerait, ne change rien", OPTION_FLAG,
     offsetof(options_t, dry_run)},
    {"wait", "SECONDES", "attend que tout soit vérifié", OPTION_NUMBER,
     offsetof(options_t, wait_s)},
    {"put-back", "ID", "remet cette version", OPTION_TEXT, offsetof(options_t, put_back)},
    {"purge", NULL, "jette toutes les versions écartées", OPTION_FLAG, offsetof(options_t, purge)},
    {"role", "RÔLE", "hub, aggregator ou broker", OPTION_TEXT, offsetof(options_t, role)},
    {"territory", "CODE", "par exemple DEP-38", OPTION_TEXT, offsetof(options_t, territory)},
    {"out", "DOSSIER", "où écrire les clés", OPTION_TEXT, offsetof(options_t, out)},
};
#define OPTION_COUNT (sizeof OPTIONS / sizeof *OPTIONS)
#define COMMON_OPTIONS 2 /* the first ones, which every command takes */
#define FIRST_KEY 256    /* beyond characters: options have long names only */

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

static void set_option(struct argp_state *state, cli_t *cli, size_t option, char *value)
{
    const struct option_row *row = &OPTIONS[option];
    void *member = (char *)&cli->options + row->offset;
    char *end;
    switch (row->type) {
    case OPTION_TEXT:
        *(char **)member = value;
        return;
    case OPTION_FLAG:
        *(bool *)member = true;
        return;
    case OPTION_NUMBER:
        *(int64_t *)member = strtoll(value, &end, 10);
        if (end == value || *end || *(int64_t *)member < 0 || *(int64_t *)member > 1000000)
            argp_error(state, "--%s : un nombre est attendu, pas « %s »", row->name, value);
        return;
    case OPTION_TEXTS:
        if (cli->options.where_count == CLI_WHERE_MAX)
            argp_error(state, "--%s : %d fois au plus", row->name, CLI_WHERE_MAX);
        else
            cli->options.where[cli->options.where_count++] = value;
    }
}

static error_t parse(int key, char *value, struct argp_state *state)
{
    cli_t *cli = state->input;
    const command_t *command = cli->command;
    if (key >= FIRST_KEY && key < FIRST_KEY + (int)OPTION_COUNT) {
        set_option(state, cli, (size_t)(key - FIRST_KEY), value);
        return 0;
    }
    switch (key) {
    case ARGP_KEY_ARG:
        if (command->most >= 0 && (int)cli->argument_count == command->most)
            argp_error(state, "« %s » est de trop", value);
        cli->arguments[cli->argument_count++] = value;
        return 0;
    case ARGP_KEY_END:
        if ((int)cli->argument_count < command->least)
            argp_error(state, "il manque un argument : %s", command->arguments);
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

/* Has argp read the words of a command. Ends the process for --help and for a wrong use (code 2). */
static void read_arguments(cli_t *cli, int argc, char **argv)
{
    struct argp_option options[OPTION_COUNT + 1] = {0};
    size_t count = 0;
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (takes(cli->command, i))
            options[count++] = (struct argp_option){.name = OPTIONS[i].name,
                                                    .key = FIRST_KEY + (int)i,
                                                    .arg = OPTIONS[i].argument,
                                                    .doc = OPTIONS[i].help};
    char *doc, *name;
    int size = asprintf(&doc, "maillage %s : %s.\v%s", cli->command->name, cli->command->summary,
                        cli->command->help);
    assert(size > 0);
    size = asprintf(&name, "maillage %s", cli->command->name);
    assert(size > 0);
    char *program = argv[0];
    argv[0] = name;
    struct argp argp = {options, parse, cli->command->arguments, doc, NULL, NULL, NULL};
    argp_parse(&argp, argc, argv, 0, NULL, cli);
    argv[0] = program;
    free(name);
    free(doc);
}

/* --- which command --- */

static void print_commands(FILE *out)
{
    fputs("Usage : maillage [--config FICHIER.yaml] COMMANDE [ARGUMENTS]\n\n", out);
    for (const command_t *command = commands; command->name; command++)
        fprintf(out, "  %-14s %s\n", command->name, command->summary);
    fputs("\n« maillage help COMMANDE » explique une commande.\n", out);
}

/* The row of the command whose name these words begin with; *used of them. */
static const command_t *find_command(char **words, int count, int *used)
{
    for (const command_t *command = commands; command->name; command++) {
        const char *second = strchr(command->name, ' ');
        size_t size = second ? (size_t)(second - command->name) : strlen(command->name);
        if (count < 1 || strlen(words[0]) != size || memcmp(words[0], command->name, size) != 0)
            continue;
        if (second && (count < 2 || strcmp(words[1], second + 1) != 0))
            continue;
        *used = second ? 2 : 1;
        return command;
    }
    return NULL;
}

static int unknown_command(const char *word)
{
    const char *words[sizeof commands / sizeof *commands];
    size_t count = 0;
    for (const command_t *command = commands; command->name; command++)
        words[count++] = command->name;
    words[count] = NULL;
    const char *near = yaml_did_you_mean(word, words);
    if (near)
        cli_say("« %s » n'est pas une commande : vouliez-vous dire « %s » ?", word, near);
    else
        cli_say("« %s » n'est pas une commande. « maillage help » les liste toutes.", word);
    return EXIT_USAGE;
}

int command_help(cli_t *cli)
{
    if (cli->argument_count == 0) {
        print_commands(stdout);
        return EXIT_DONE;
    }
    int used;
    const command_t *command = find_command(cli->arguments, (int)cli->argument_count, &used);
    if (!command)
        return unknown_command(cli->arguments[0]);
    char help[] = "--help", program[] = "maillage";
    char *words[] = {program, help, NULL};
    cli->command = command;
    read_arguments(cli, 2, words);
    return EXIT_DONE;
}

/* Where the command's name stands: behind the options that may come before it. */
static int first_word(int argc, char **argv)
{
    int at = 1;
    while (at < argc && argv[at][0] == '-' && argv[at][1])
        at += strcmp(argv[at], "--config") == 0 ? 2 : 1;
    return at;
}

static bool wants_general_help(int argc, char **argv)
{
    return argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0);
}

/* argv without the command's own words. */
static char **words_without(int argc, char **argv, int at, int used)
{
    char **words = calloc((size_t)argc + 1, sizeof *words);
    assert(words);
    memcpy(words, argv, (size_t)at * sizeof *words);
    memcpy(words + at, argv + at + used, (size_t)(argc - at - used) * sizeof *words);
    return words;
}

static int run(cli_t *cli, int argc, char **argv)
{
    int at = first_word(argc, argv), used = 0;
    if (at >= argc) {
        print_commands(stderr);
        return EXIT_USAGE;
    }
    cli->command = find_command(argv + at, argc - at, &used);
    if (!cli->command)
        return unknown_command(argv[at]);
    char **words = words_without(argc, argv, at, used);
    cli->arguments = calloc((size_t)argc, sizeof *cli->arguments);
    assert(cli->arguments);
    read_arguments(cli, argc - used, words);
    int code = cli->command->run(cli);
    if (fflush(stdout) && code == EXIT_DONE) {
        cli_say("la sortie n'a pas pu être écrite en entier.");
        code = EXIT_FAILED;
    }
    cli_close(cli);
    free(cli->arguments);
    free(words);
    return code;
}

int cli_main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C"); /* numbers in data have a point, whoever reads them */
    /* The legal time of metropolitan France, also where no time zones are installed. */
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    if (sodium_init() < 0) {
        cli_say("la bibliothèque de chiffrement ne démarre pas.");
        return EXIT_FAILED;
    }
    argp_program_version = "maillage " MAILLAGE_VERSION;
    argp_err_exit_status = EXIT_USAGE;
    if (wants_general_help(argc, argv)) {
        print_commands(stdout);
        return EXIT_DONE;
    }
    cli_t cli = {.options = {.limit = -1, .wait_s = -1}};
    return run(&cli, argc, argv);
}
