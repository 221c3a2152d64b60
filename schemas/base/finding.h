/* finding - what a check has to say about one value: an error (refused) or a warning (kept, and said).
 *
 * The same list serves kinds, configuration, forms, imports and the command line, so that a
 * person reads the same sentence everywhere: where, which field, which value, why, what to do.
 * Texts a hub's animateur may see are French; findings on YAML written by engineers are English. */
#ifndef SCHEMAS_BASE_FINDING_H
#define SCHEMAS_BASE_FINDING_H

#include <stdbool.h>
#include <stddef.h>

typedef enum severity { SEVERITY_WARNING, SEVERITY_ERROR } severity_t;

typedef struct finding {
    severity_t severity;
    const char *code; /* "W_RATIO", "E_REQUIRED"...: static text, borrowed for ever */
    char *where;      /* "loire.yaml:12:3", "lieux.csv:45"; "" when the value came alone */
    char *field;      /* "offres[2].prix"; "" when the whole is meant */
    char *value;      /* as it was given, cut to 80 bytes; "" when absent */
    char *reason;     /* a whole sentence: what is wrong and, where known, what to do */
} finding_t;

typedef struct findings {
    finding_t *list;
    size_t count;
    size_t errors;   /* of them, with SEVERITY_ERROR; counted also beyond the maximum */
    size_t warnings; /* likewise */
} findings_t;

/* At most this many are kept in a list; the rest is only counted. */
#define FINDINGS_MAX 10000

/* A zeroed findings_t is an empty list. */
void findings_free(findings_t *self);

/* Copies everything but code. NULL texts count as "". The format makes the reason. */
void findings_add(findings_t *self, severity_t severity, const char *code, const char *where,
                  const char *field, const char *value, const char *format, ...)
    __attribute__((format(printf, 7, 8)));

/* Moves all of `other` to the end of self and leaves it empty. A NULL where keeps their own. */
void findings_move(findings_t *self, findings_t *other, const char *where);

#endif
