/* script - thirty transactions of a hub, with a broker and a subscriber that follow, and what was promised.
 *
 * Own changes, deletions, imports and their undoing; now and then a checkpoint, a clean-up or a restart of
 * one machine. The promise is kept where whoever judges a victim of a fault can read it. */
#ifndef TESTS_FAULTS_SCRIPT_H
#define TESTS_FAULTS_SCRIPT_H

#include "tests/faults/trio.h"

#define SCRIPTS 5
#define RECORDS 40
#define TRANSACTIONS 30

typedef struct contents {
    int value[RECORDS]; /* 0: no such record */
    int imports;        /* that stand */
} contents_t;

typedef struct promise {
    contents_t saved; /* all that was answered with "saved", and nothing else */
    contents_t asked; /* `saved` with the change that was asked for last */
    bool asking;      /* no answer to it yet: it was made as a whole, or not at all */
    contents_t before_import;
    bool undoable; /* the last saved transaction of an import was no undo: this is what it found */
    int last_value;
} promise_t;

/* Lives a script, from machines that never ran to its end or to a store that could not be trusted. *promise
 * is looked at anew each time: a forked child may have one of its own. */
void script_run(trio_t *trio, int script, promise_t *volatile *promise);

/* One change more, of record 0: 0 when it was saved. */
int script_put(trio_t *trio, promise_t *promise, err_t *err);

/* Which record an id is of, or -1; and which value its body has, or 0. */
int script_record(const char *id);
int script_value(const schema_t *schema, const item_t *item);

#endif
