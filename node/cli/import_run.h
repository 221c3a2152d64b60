/* import_run - one run of `maillage import`: what came in, and what became of it. For the files
 * node/cli/import*.c alone. */
#ifndef NODE_CLI_IMPORT_RUN_H
#define NODE_CLI_IMPORT_RUN_H

#include "node/cli/cli.h"
#include "node/cli/progress.h"
#include "node/import/import.h"
#include "node/import/refused.h"
#include "node/store/ledger.h"

#define IMPORT_NAMED_MAX 5 /* records in a sentence */

/* How the quality of what this source brings changed, scores from 0 to 100 (node/quality.h). */
typedef struct comparison {
    double before; /* average at the last import of the same source; negative: there was none */
    double after;  /* of the records of this one; negative: it has none */
    json_t *lost; /* records of which this import made worse ones: [{id, before, after, reasons}] */
} comparison_t;

typedef struct import_run {
    cli_t *cli;
    const kind_t *kind;
    mapping_t *mapping;   /* NULL: the columns of an export */
    geo_t *geo;           /* NULL: no commune is looked for */
    mapping_t *home;      /* NULL; or reads exports of ours, when there is no other mapping */
    returned_t *returned; /* of the file being read */
    ledger_t *ledger;
    batch_t *batch;
    refused_t *refused;
    imported_t imported;
    findings_t findings;
    char today[CLI_DATE_SIZE];
    provenance_t provenance;
    char *note;         /* of the provenance */
    json_t *files;      /* [{name, read}] */
    json_t *skipped;    /* {"STATUT = INACTIF": rows}: left aside by the mapping */
    json_t *gone;       /* ids of this source that its files no longer have */
    json_t *gone_names; /* of the first IMPORT_NAMED_MAX of them: "« Mairie » (creuse:12)" */
    bool prunes;        /* they are among the changes */
    char *outcomes;     /* one for each change of the batch */
    int64_t last;       /* number of the import of the same source before this one; 0: none */
    int64_t number;     /* of this import in the history; 0: it changed nothing */
    char *refused_path; /* the file that was written, or NULL */
    comparison_t comparison;
    int64_t scores; /* the sum of those of the records of the batch, */
    int64_t judged; /* and how many they are */
    progress_t progress;
    size_t lines; /* of the file being read */
    size_t size;  /* its bytes */
    const char *file;
    char error[ERR_TEXT_SIZE]; /* why it ended, for a program */
} import_run_t;

size_t import_count(const import_run_t *run, outcome_t outcome);
size_t import_refused(const import_run_t *run);
/* Says why the import ends; gives its exit code. */
int import_failed(import_run_t *run, const err_t *err);
/* The same for a sentence. Exit code EXIT_REFUSED. */
int import_refuses(import_run_t *run, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* How far an import is: what Ctrl-C may say of it. */
typedef enum import_stage {
    IMPORT_READING, /* or sending: the node has not been told to record anything */
    IMPORT_SAVING,  /* it has been told, and did not answer yet */
    IMPORT_SAVED,
} import_stage_t;

/* import_interrupt.c: from now on Ctrl-C says so in a sentence, and ends the tool with 130. */
void import_enter(import_stage_t stage);

/* import_mapping.c: loads the mapping of that name, or path, which is to be destroyed also after a failure; its
 * exit code. What stands in the way is said. */
int import_open_mapping(import_run_t *run, const char *name, mapping_t **mapping);

/* import_returned.c: gets ready for rows of our own exports, in this file that is to be read. */
int import_open_returned(import_run_t *run, const char *bytes, size_t size);
void import_close_returned(import_run_t *run);

/* import_gone.c: finds what is gone, and adds its deletion where that is wanted and safe. Asks the node
 * first: who answers has brought the ledger's tables up to date. */
int import_find_gone(import_run_t *run);

/* import_quality.c: judges each record as it is added to the batch; before they are sent, compares with
 * the last import of the source; once that is done or tried, finds those that the import made worse. */
void import_watch_quality(import_run_t *run);
int import_judge(import_run_t *run);
int import_compare(import_run_t *run);

/* import_report.c */
int import_write_refused(import_run_t *run);
void import_report(const import_run_t *run);
void import_print_error(const import_run_t *run);

/* import_undo.c: `import --undo` and `import --history`. */
int import_undo(cli_t *cli);
int import_history(cli_t *cli);

#endif
