/* commune - which commune a source means, from the code, the name and the postcode it wrote.
 *
 * A code is derived only when exactly one commune fits; else there are candidates, for a person to
 * choose. What a source wrote is never changed without a word: a code that is no commune of today is
 * replaced with a warning that quotes it, a code that its own name contradicts is kept, with a warning.
 *
 * An arrondissement's code (13211) is good as it is; the name "Marseille 11" leads to Marseille. */
#ifndef NODE_IMPORT_COMMUNE_H
#define NODE_IMPORT_COMMUNE_H

#include "node/geo/geo.h"
#include "schemas/base/finding.h"
#include "schemas/kind.h"

#include <jansson.h>

/* As a source has them; "" or NULL for what it has not. A lost leading zero does not matter. */
typedef struct commune_words {
    const char *code; /* "42218", "COM-42218" */
    const char *name, *postcode;
} commune_words_t;

typedef enum commune_how {
    COMMUNE_NOT_SAID, /* there is no word of it */
    COMMUNE_GIVEN,    /* the code is right */
    COMMUNE_FORMER,   /* the code is that of a commune which is part of another now */
    COMMUNE_POSTCODE, /* a postcode stood where the code should, and one commune fits it */
    COMMUNE_SWAPPED,  /* a commune's code stood where the postcode should */
    COMMUNE_NAMED, /* one commune of this name has this postcode, or lies in its department (CEDEX) */
    COMMUNE_DOUBTFUL, /* the code is one of a commune, which is not called like that */
    COMMUNE_SEVERAL,  /* several fit: candidates */
    COMMUNE_NONE,     /* none fits; candidates have the postcode, or the name, and not the other */
} commune_how_t;

#define COMMUNE_CANDIDATES_MAX 5

typedef struct commune_match {
    commune_how_t how;
    const geo_commune_t *commune;                            /* NULL: not said, several, none */
    const geo_commune_t *candidates[COMMUNE_CANDIDATES_MAX]; /* borrowed from geo */
    size_t candidate_count; /* of all that there are, also beyond the maximum */
} commune_match_t;

/* geo may be NULL: then nothing fits. */
void commune_find(const geo_t *geo, const commune_words_t *words, commune_match_t *match);

/* Completes a content before it is checked: code_insee beside commune and code_postal, at its top or in
 * its lieu, where the kind has them; and from a code the commune's name, and its postcode when it has only
 * one. Findings with W_COMMUNE, a French sentence, say what was doubtful.
 * Without a geography, or for a kind without these fields, nothing happens. */
void commune_complete(const geo_t *geo, const kind_t *kind, json_t *content, findings_t *findings);

/* Has the kind these fields? Only then is a geography worth loading for it. */
bool commune_completes(const kind_t *kind);

#endif
