/* The table of commands, and which of them the words mean. */
#include "node/cli/cli.h"

#include "schemas/base/yaml.h"

#include <assert.h>
#include <locale.h>
#include <sodium.h>
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
     "Affiche d'abord la fiche en JSON : « put » la remet. Ce que des imports en gardaient est "
     "effacé "
     "aussi.",
     "dry-run", 2, 2, command_delete},
    {"show", "SORTE ID", "montre une fiche",
     "Son contenu en JSON ; avec --json, l'enveloppe : hub, sorte, identifiant, dates, contenu.",
     "hub", 2, 2, command_show},
    {"list", "SORTE", "liste des fiches",
     "--where peut être répété : même champ, l'un ou l'autre ; champs différents, tous.",
     "hub where search limit", 1, 1, command_list},
    {"export", "SORTE", "exporte toutes les fiches d'une sorte",
     "« import » relit le JSON et le CSV tels quels. Les autres formats : ics (événements), "
     "geojson "
     "(ce qui a un lieu), lieux (standard national des lieux d'accompagnement), aides (schéma "
     "national des aides). --bom met en tête du CSV la marque qu'attend Excel. Le fichier de --out "
     "n'apparaît qu'entier.",
     "hub where format bom out", 1, 1, command_export},
    {"quality", "[SORTE]", "note chaque fiche de 0 à 100 et dit ce qui lui manque",
     "Les moins bonnes d'abord : à vous joindre, à vous trouver, à savoir ce que vous faites, si "
     "c'est "
     "encore vrai. Ce qui ne concerne pas une fiche ne compte pas ; les événements passés non "
     "plus.",
     "hub where below csv bom", 0, 1, command_quality},
    {"duplicates", "[SORTE]", "cherche les doublons probables dans chaque commune",
     "Deux fiches d'une même commune qui se ressemblent, avec un score de 50 à 100 et ses raisons "
     ": "
     "nom, rue, distance, SIREN, téléphone. Rien n'est fusionné. Sans SORTE : organisation.",
     "hub", 0, 1, command_duplicates},
    {"import", "SORTE FICHIER... | --undo [NUMÉRO] | --history",
     "importe des fichiers JSON, CSV ou ICS",
     "Dit comment chaque fichier a été lu, puis ce qui est nouveau, changé, identique, refusé "
     "(ligne, "
     "champ, valeur, raison) et douteux. Une ligne refusée n'arrête pas les autres, mais le code "
     "est "
     "alors 3 ; elle est écrite dans FICHIER.refused.csv, à corriger et à importer de nouveau de "
     "la même "
     "façon. Ce qui est bon est enregistré d'un coup ; un import interrompu ne laisse rien. Sans "
     "--mapping, les colonnes d'un CSV sont celles que donne « maillage export SORTE --format csv "
     "».\n\n"
     "Ce que la source (le nom de la correspondance, ou celui du fichier) avait apporté et n'a "
     "plus est "
     "dit ; --prune le retire, sauf si une ligne refusée laisse un doute (--force). Une fiche "
     "faite ou "
     "changée à la main n'est jamais retirée.\n\n"
     "--undo rend aux fiches leur contenu d'avant ; une fiche changée depuis l'arrête (--force la "
     "laisse "
     "et reprend le reste). C'est possible pour les 5 derniers imports d'une sorte, pendant 90 "
     "jours.\n\n"
     "--explain SORTE FICHIER ne demande aucun nœud et n'enregistre rien : le format, les colonnes "
     "et leurs valeurs, puis, sur la sortie standard, une première correspondance à relire.",
     "mapping dry-run prune only-territory refused undo history force explain", 0, -1,
     command_import},
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
     "Le nœud le fait de lui-même chaque jour. Ce qu'une restauration a remplacé est gardé 30 "
     "jours ; "
     "--force le retire aussi.",
     "force", 0, 0, command_clean},
    {"backup", "FICHIER", "sauvegarde ce nœud dans un fichier",
     "Le nœud peut tourner ou non : la copie est celle d'un instant, vérifiée, et n'apparaît "
     "qu'entière. "
     "Elle n'écrase rien sans --force. La clé secrète n'y est pas.\n\n"
     "Une sauvegarde contient ce qui a été effacé depuis : gardez-la aussi bien que le dépôt, et "
     "jetez "
     "les anciennes.",
     "force", 1, 1, command_backup},
    {"restore", "FICHIER | --empty", "remet une sauvegarde à la place du dépôt",
     "Le nœud doit être arrêté. La sauvegarde est vérifiée (son nœud, sa version, chaque preuve), "
     "puis "
     "ce qui manquerait est dit, flux par flux ; s'il y a de quoi perdre, il faut --force. Le "
     "dépôt "
     "actuel est mis de côté, pas effacé. Au démarrage suivant, le nœud rattrape de lui-même ce "
     "que les "
     "relais ont de plus récent.\n\n"
     "Ce qui a été effacé depuis la sauvegarde revient un instant, jusqu'à ce que le nœud ait "
     "rattrapé "
     "son retard.\n\n"
     "--empty, sans fichier : quand il n'y a pas de sauvegarde, recommence avec un dépôt vide ; ce "
     "qui était publié revient des relais. --dry-run dit tout et ne change rien.",
     "force dry-run empty", 0, 1, command_restore},
    {"help", "[COMMANDE]", "explique une commande", "", "", 0, 2, command_help},
    {0},
};

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

static const char *continuation_of(const char *word)
{
    size_t size = strlen(word);
    for (const command_t *command = commands; command->name; command++)
        if (strncmp(command->name, word, size) == 0 && command->name[size] == ' ')
            return command->name;
    return NULL;
}

static int unknown_command(const char *word)
{
    const char *whole = continuation_of(word);
    if (whole) {
        cli_say("« %s » ne suffit pas : écrivez « maillage %s ».", word, whole);
        return EXIT_USAGE;
    }
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
    bool helped;
    cli->command = command;
    return cli_read_arguments(cli, 2, words, &helped);
}

/* Where the command's name stands: behind the options that may come before it. */
static int first_word(int argc, char **argv)
{
    int at = 1;
    while (at < argc && argv[at][0] == '-' && argv[at][1])
        at += strcmp(argv[at], "--config") == 0 ? 2 : 1;
    return at;
}

/* Is the first word this option, by its long name or its letter? */
static bool asks(int argc, char **argv, const char *name, const char *letter)
{
    return argc > 1 && (strcmp(argv[1], name) == 0 || strcmp(argv[1], letter) == 0);
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
    bool helped;
    int code = cli_read_arguments(cli, argc - used, words, &helped);
    if (!code && !helped)
        code = cli->command->run(cli);
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
    if (asks(argc, argv, "--version", "-V")) {
        puts("maillage " MAILLAGE_VERSION);
        return EXIT_DONE;
    }
    if (asks(argc, argv, "--help", "-?")) {
        print_commands(stdout);
        return EXIT_DONE;
    }
    cli_t cli = {.options = {.limit = -1, .wait_s = -1}};
    return run(&cli, argc, argv);
}
