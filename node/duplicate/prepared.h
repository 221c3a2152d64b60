/* prepared - a place made ready for comparing: its texts have become words and numbers. For this folder alone. */
#ifndef NODE_DUPLICATE_PREPARED_H
#define NODE_DUPLICATE_PREPARED_H

#include "node/duplicate/duplicate.h"
#include "schemas/base/text.h"

#define PREPARED_WORDS_MAX 12 /* of a name or a street; the rest is not looked at */

/* What two places may have in common. */
typedef enum thing {
    THING_NAME, /* all words of the name, whatever their order */
    THING_STREET,
    THING_TELEPHONE,
    THING_SIREN,
    THINGS,
} thing_t;

/* Two cache lines: where there are many places, fetching them is most of the work. 0 is unknown. */
typedef struct prepared {
    uint64_t area;  /* the hash of its commune */
    uint32_t place; /* its number among the places given */
    uint32_t text;  /* where the words begin among the texts, each with its NUL, as in `words` */
    uint32_t things[THINGS]; /* numbers and hashes */
    uint32_t number;         /* in the street */
    int32_t lat, lon;
    uint32_t words[PREPARED_WORDS_MAX]; /* hashes of those of the name, ascending, each once */
    uint8_t word_count;
    uint8_t crowds; /* which evidences it shares with a crowd, a bit each (duplicate.c) */
    bool located;
} prepared_t;

typedef struct prepared_places {
    prepared_t *list; /* in the order given, without those of no commune */
    size_t count;
    text_t texts;
} prepared_places_t;

void prepare_places(prepared_places_t *self, const duplicate_place_t *places, size_t count);
void prepared_places_free(prepared_places_t *self);

bool prepared_has_word(const prepared_t *self, uint32_t word);

#endif
