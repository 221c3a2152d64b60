/* points - every place of a script where something can go wrong, each tried in a process of its own.
 *
 * The script is lived once, without a fault. Before each call that can fail the stores are copied and a child
 * is forked that lives on with the fault, in the copy; when it has ended (a crash, an abort and a store
 * given up are ends, too), or at once when it was the power that failed, everything is restarted and judged. */
#ifndef TESTS_FAULTS_POINTS_H
#define TESTS_FAULTS_POINTS_H

#include "schemas/kind.h"
#include "tests/faults/vfs.h"

typedef enum mode { MODE_POWER, MODE_IO_ERROR, MODE_FULL, MODE_MEMORY, MODES } fault_mode_t;

extern const char *const mode_names[MODES];

typedef struct plan {
    const schema_t *schema;
    const char *folder; /* an empty one, of our own */
    int script;
    bool modes[MODES];           /* MODE_MEMORY alone: its points are others */
    bool every_loss;             /* else they take turns */
    unsigned long first, stride; /* of the points */
    int jobs;
    bool tell; /* what victims print is shown */
} plan_t;

typedef struct tally {
    unsigned long calls, points[MODES], failures[MODES];
    unsigned lost, duplicated, divergent, wrong_verified;
    unsigned aborts, stops; /* ends of victims that are no failures */
    unsigned told;
    char first[8][480]; /* failures, to be told */
} tally_t;

/* Adds to *tally, which is in memory shared between processes. */
void points_try(const plan_t *plan, tally_t *tally);

/* Memory that forked children share with us, zeroed. */
void *shared_new(unsigned long size);

#endif
