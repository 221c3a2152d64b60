/* schedule - one history as a list of events: drawn from a seed, written as a line, made shorter.
 *
 * Each event carries its own number for chance, and names machines by numbers that are taken modulo what
 * there is: any part of a schedule is a schedule. */
#ifndef TESTS_SIM_SCHEDULE_H
#define TESTS_SIM_SCHEDULE_H

#include "tests/sim/world.h"

#define EVENTS_MAX 160

typedef enum event_kind {
    EVENT_CHANGE,  /* a record at hub a */
    EVENT_IMPORT,  /* a dozen at once */
    EVENT_CONNECT, /* every node to every broker */
    EVENT_LINK,    /* node a to broker b */
    EVENT_CUT,     /* a connection */
    EVENT_CRASH,   /* machine a */
    EVENT_START,   /* machine a, if it is down */
    EVENT_BACK_UP, /* machine a */
    EVENT_RESTORE, /* machine a, from its backup */
    EVENT_WIPE,    /* machine a, if it is no hub; a hub that every broker has verified */
    EVENT_COPY,    /* hub a: a second one runs */
    EVENT_DISK,    /* machine a: fault b % 4 at one of the next writes */
    EVENT_CLOCK,   /* machine a: its wall clock steps */
    EVENT_LIE,     /* broker a */
    EVENT_HONEST,  /* broker a, again */
    EVENT_KINDS
} event_kind_t;

typedef struct event {
    event_kind_t kind;
    uint32_t a, b;
    uint32_t chance;
    uint32_t wait_ms; /* before the next one */
} event_t;

typedef struct schedule {
    setup_t setup;
    event_t events[EVENTS_MAX];
    size_t count;
} schedule_t;

void schedule_draw(schedule_t *self, uint64_t seed);

/* Lives the history: the events, then calm, in which everything must come to agree. True when nothing
 * is wrong; else `failure` (size 1024) says what. */
bool schedule_run(const schedule_t *self, counts_t *counts, bool trace, char *failure);

/* Leaves out whatever can be left out of a failing schedule so that it still fails; `failure` says how. */
void schedule_shrink(schedule_t *self, char *failure);

void schedule_print(const schedule_t *self); /* for people, on stdout */
void schedule_write(const schedule_t *self); /* as one line for seeds.txt */
bool schedule_read(schedule_t *self, const char *line);

#endif
