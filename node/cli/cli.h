/* cli - what all commands of `maillage` share: their arguments, what they open, how they speak.
 *
 * Data goes to standard output, words to standard error. A command returns its exit code; whatever
 * it opened is closed by whoever called it. One thread, one command, then the process ends. */
#ifndef NODE_CLI_CLI_H
#define NODE_CLI_CLI_H

#include "node/control.h"
#include "node/export/envelope.h"
#include "node/settings.h"
#include "node/store/catalogue.h"

typedef enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_REFUSED = 3,     /* configuration or input */
    EXIT_UNREACHABLE = 4, /* no node answers, no store yet */
    EXIT_NOT_ALLOWED = 5,
} exit_code_t;

#define CLI_WHERE_MAX 64

/* The options of all commands; which ones a command takes stands in its row of the table. */
typedef struct options {
    char *config;
    bool json;
    char *hub, *search, *format, *mapping, *put_back, *role, *territory, *out;
    char *where[CLI_WHERE_MAX]; /* "field=value" */
    size_t where_count;
    int64_t limit, wait_s; /* -1: not given */
    int64_t below;         /* 0: not given */
    char *refused;
    bool dry_run, purge, bom, csv, prune, only_territory, undo, history, force, explain, empty;
} options_t;

typedef struct cli cli_t;

typedef struct command {
    const char *name;      /* "put", "config check" */
    const char *arguments; /* "KIND [FILE|-]" */
    const char *summary;   /* one line, French */
    const char *help;      /* a paragraph, French; "" for none */
    const char *options; /* names of the options it takes beside config and json, spaces between */
    int least, most;     /* arguments; most -1: any number */
    int (*run)(cli_t *cli);
} command_t;

struct cli {
    const command_t *command;
    options_t options;
    char *
        *arguments; /* the words after the command's name that are no options; borrowed from argv */
    size_t argument_count;

    settings_t settings; /* after cli_open(CLI_SETTINGS), and so on */
    bool has_settings;
    schema_t *schema;
    catalogue_t *catalogue;
    control_t *control;
    err_t error; /* why the store or the node could not be opened, once that is said */
};

typedef enum cli_need {
    CLI_SETTINGS = 1,
    CLI_SCHEMA = 2,
    CLI_CATALOGUE = 4, /* and settings, and schema */
    CLI_CONTROL = 8,   /* and settings */
    CLI_OWN = 16,      /* and settings, of a node that has records of its own: a hub */
} cli_need_t;

/* Opens what is not open yet: EXIT_DONE, or the code to end with after the words are said. */
int cli_open(cli_t *self, int needs);
void cli_close(cli_t *self);

/* May records of this kind be put, deleted, imported? False after the words are said: the hub's own card
 * is written by the node. */
bool cli_may_write(const kind_t *kind);

/* The kind of that name; NULL after the words are said, with a "did you mean". */
const kind_t *cli_kind(const cli_t *self, const char *name);

/* Says a sentence, or an error, on standard error. cli_fail gives the exit code for its action. */
void cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
int cli_fail(const err_t *err);

/* Says findings on standard error, one a line; equal warnings of many rows are said once, counted. */
void cli_say_findings(const findings_t *findings);
json_t *cli_findings_json(const findings_t *findings); /* given */

/* Prints JSON on standard output, indented, with a newline. Takes it. */
void cli_print_json(json_t *json);

/* Ends a command that has no data to print: says the sentence, and with --json prints {"done": true}. */
int cli_done(const cli_t *self, const char *sentence);

/* Gives {hub, kind, id, seq, changed, verified_at, body} of a record that is not deleted. */
json_t *cli_envelope(const cli_t *self, const entry_t *entry, err_t *err);

/* Today in France, "2026-11-22". */
#define CLI_DATE_SIZE 11
void cli_today(char date[CLI_DATE_SIZE]);

/* Fills options and arguments of cli from the words of its command, which it borrows. EXIT_USAGE after
 * saying what is wrong; *helped: they asked for help, it is printed, and nothing else is to be done. */
int cli_read_arguments(cli_t *cli, int argc, char **argv, bool *helped);

/* The table of all commands, ended by a row without a name. */
extern const command_t commands[];

/* Runs the command that the arguments of main name; its exit code. */
int cli_main(int argc, char **argv);

/* The commands, one file per family. */
int command_help(cli_t *cli);
int command_keygen(cli_t *cli);
int command_config_check(cli_t *cli);
int command_put(cli_t *cli);
int command_delete(cli_t *cli);
int command_show(cli_t *cli);
int command_list(cli_t *cli);
int command_export(cli_t *cli);
int command_quality(cli_t *cli);
int command_duplicates(cli_t *cli);
int command_import(cli_t *cli);
int command_explain(cli_t *cli);
int command_status(cli_t *cli);
int command_verify(cli_t *cli);
int command_displaced(cli_t *cli);
int command_unfence(cli_t *cli);
int command_clean(cli_t *cli);
int command_backup(cli_t *cli);
int command_restore(cli_t *cli);

/* Adds --hub and every --where to the query, which has its kind; cuts each "field=value" in two and borrows both
 * halves from argv. EXIT_DONE, or EXIT_USAGE when it was said what is wrong. */
int cli_conditions(const cli_t *cli, query_t *query);

#endif
