/* duplicate - records that probably tell of the same place: found, scored, explained, never merged.
 *
 * Only places of one commune are compared. What they share gives points, what differs takes some:
 * name, street, distance, SIREN, telephone. One SIREN may have many places: alone it says little. On one
 * spot an address that is written otherwise says nothing, and other names make neighbours, not one place.
 *
 * Not every pair of a commune is compared, which would take a hundred times as long for ten times the
 * rows. By its points a pair can only be one that has all words of the name in common, or the street, the
 * telephone, the SIREN or 200 m of the map: so these are the pairs that are looked at, and where at most
 * DUPLICATE_CROWD places share such a thing, none is missed. Of a larger crowd only those are compared
 * that also share a word of the name; and where a crowd shares even the word, or all of the name, each
 * with the DUPLICATE_NEIGHBOURS next ones. So in a crowd a pair may be missed when each word of its name is
 * misspelt in one of the two, when neither has a name, or when nothing but what the crowd shares speaks for it. */
#ifndef NODE_DUPLICATE_DUPLICATE_H
#define NODE_DUPLICATE_DUPLICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DUPLICATE_CROWD 32
#define DUPLICATE_NEIGHBOURS 10
#define DUPLICATE_PLACES_MAX (1 << 22)
#define DUPLICATE_LEAST 50 /* points from which two records are probably one */

/* What is known of a record; all texts are borrowed, "" or NULL where nothing is known. */
typedef struct duplicate_place {
    const char *area;    /* its commune, by any name that is the same for the same: "42218"; NULL:
                            never compared */
    const char *commune; /* its commune's name, whose words tell no place from another */
    const char *name, *street;
    const char *siren;     /* or a SIRET, of which the first nine digits count; zeros are unknown */
    const char *telephone; /* in any writing */
    int32_t lat, lon;      /* millionths of degrees, its own; when located */
    bool located;
} duplicate_place_t;

typedef enum duplicate_reason {
    DUPLICATE_NAME,
    DUPLICATE_STREET,
    DUPLICATE_DISTANCE,
    DUPLICATE_SIREN,
    DUPLICATE_TELEPHONE,
    DUPLICATE_REASONS,
} duplicate_reason_t;

typedef struct duplicate {
    size_t a, b; /* which two of the places, a < b */
    int score;   /* DUPLICATE_LEAST..100 */
    int points
        [DUPLICATE_REASONS]; /* below 0: speaks against; 0: says nothing, or nothing is known */
    int metres;              /* between them; -1: not known */
} duplicate_t;

typedef struct duplicates {
    duplicate_t *list; /* the most probable first; each pair once */
    size_t count;
} duplicates_t;

/* Takes time in proportion to the number of places: each is compared with a bounded number of others, which
 * is reached where they lie densest. *found must be freed with duplicates_free. */
void duplicates_find(const duplicate_place_t *places, size_t count, duplicates_t *found);
void duplicates_free(duplicates_t *self);

#endif
