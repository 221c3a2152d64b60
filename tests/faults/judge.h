/* judge - what a restart finds after a fault: one check for all faults.
 *
 * Every store opens and is whole. What the hub holds is all that was answered with "saved" and nothing else. What
 * broker and subscriber show is what the hub signed, before and after they speak again; when they have, all
 * streams are verified, their tables are the same record by record, roots and lists agree with a
 * recomputation; and the next change works. */
#ifndef TESTS_FAULTS_JUDGE_H
#define TESTS_FAULTS_JUDGE_H

#include "tests/faults/script.h"

typedef struct verdict {
    unsigned lost, duplicated, divergent, wrong_verified;
    char text[320]; /* the first thing that is wrong; "" */
} verdict_t;

/* In the folder of the stores, where nobody runs. may_be_aside: a machine may have given its store up. */
void judge(const schema_t *schema, promise_t *promise, bool may_be_aside, verdict_t *verdict);

#endif
