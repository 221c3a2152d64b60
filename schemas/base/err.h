/* err - what went wrong, told twice: what a caller should do, and a sentence for a person.
 *
 * Functions that can fail take an err_t last and return 0 or -1 (or an object or NULL). They
 * leave *err untouched on success. There are three actions because a caller can do three things. */
#ifndef SCHEMAS_BASE_ERR_H
#define SCHEMAS_BASE_ERR_H

#define ERR_TEXT_SIZE 1024

typedef enum err_action {
    ERR_NONE,   /* nothing went wrong */
    ERR_RETRY,  /* the world is not ready (disk full, file locked): a timer tries again */
    ERR_REJECT, /* the input is bad: refuse it, say what and where, go on */
    ERR_STOP,   /* this process can no longer be trusted: log once and exit; restart is safe */
} err_action_t;

typedef struct err {
    err_action_t action;
    char text[ERR_TEXT_SIZE]; /* UTF-8, no final newline; cut text ends in "..." */
} err_t;

/* Sets *err (which may be NULL) and returns -1, so that a failing function can say
 * `return err_set(err, ERR_REJECT, "...")`. */
int err_set(err_t *err, err_action_t action, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts context before the text of an error on its way up: "cannot load 'x.yaml': " + text.
 * Keeps the action, returns -1. */
int err_context(err_t *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
