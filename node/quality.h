/* quality - how useful a record is to who reads it: a score from 0 to 100, and what is missing.
 *
 * The criteria are a table; which of them a kind has follows from its fields (a telephone makes
 * `contact`, degrees make `lieu`, the rule `evidence` makes `labels`…), so that a new kind is judged
 * without a word of C. What does not apply to a kind, or to a record (the place of an event online,
 * the proof of labels nobody claims), counts neither for nor against.
 *
 * Pure: today is an argument. Belongs to one thread. */
#ifndef NODE_QUALITY_H
#define NODE_QUALITY_H

#include "schemas/kind.h"

#include <jansson.h>

#define QUALITY_CRITERIA_MAX 10
#define QUALITY_TEXT_SIZE 400

typedef struct quality_reason {
    const char *criterion;        /* "contact": a word for programs; static text */
    int lost;                     /* points of 100 */
    char text[QUALITY_TEXT_SIZE]; /* French sentence, for the animateur */
} quality_reason_t;

typedef struct quality {
    int score;                                      /* 100: nothing is missing */
    quality_reason_t reasons[QUALITY_CRITERIA_MAX]; /* what costs most comes first */
    size_t count;
} quality_t;

/* Judges a body as body_decode gives it, also a received one that does not fit its kind. changed is
 * the day its hub last changed it, for a record that bears no date of its own, or NULL; both days
 * are "2026-11-22". */
void quality_judge(const kind_t *kind, const json_t *body, const char *changed, const char *today,
                   quality_t *quality);

#endif
