/* outline - what lists, filters and search need of a record, read straight from its msgpack.
 *
 * An outliner is made for one kind and reads its bodies one after the other, own and received. What
 * does not fit its field's type is skipped, never an error (invariant I15): a record always has a
 * title (its id when there is no better) and a place in the order of lists.
 *
 * Pure: no database. Belongs to one thread. */
#ifndef NODE_STORE_OUTLINE_H
#define NODE_STORE_OUTLINE_H

#include "schemas/item.h"
#include "schemas/kind.h"

#define OUTLINE_FIELD_SIZE 128 /* bytes of a dotted path with its NUL; deeper fields are left out */
#define OUTLINE_CODES_MAX 4096 /* of one record; an item cannot hold more values */
#define OUTLINE_CODE_SIZE                                                                          \
    128 /* bytes of one code with its NUL; longer ones do not fit their type */
#define OUTLINE_SORT_SIZE 120  /* bytes of a sort key, without NUL */
#define OUTLINE_TITLE_SIZE 500 /* bytes of a title, without NUL; a longer one ends in "…" */

/* Texts of a record by the weight that its fields have in search. */
enum { OUTLINE_TITLE, OUTLINE_IMPORTANT, OUTLINE_TEXT, OUTLINE_TEXTS };

typedef struct outline_code {
    const char *field; /* dotted path; the same pointer for the life of the outliner */
    const char *code;
} outline_code_t;

/* Where a record says that it is. */
typedef struct outline_place {
    bool located;        /* it has coordinates, and they may be told */
    int32_t lat, lon;    /* millionths of degrees */
    const char *commune; /* "COM-42218" when it is not located; "" when that is not known either */
} outline_place_t;

/* Borrowed from the outliner until its next reading. */
typedef struct outline {
    const char *title;
    const char *sort; /* compared as bytes: folded text, UTC instants, numbers as padded text */
    /* Facets: codes of the vocabulary, "true" and "false", "rev2:J", territories; a commune also
     * gives its department and region, a department its region, as values of the same field. */
    const outline_code_t *codes;
    size_t code_count;
    const char *texts[OUTLINE_TEXTS]; /* values, one a line; labels for codes */
    size_t sizes[OUTLINE_TEXTS];
    /* By its fields `lat`, `lon` and `code_insee`, wherever they lie. Whose `diffusion` is "P" does not
     * tell its address: it is in its commune, no more. */
    outline_place_t place;
} outline_t;

typedef struct outliner outliner_t;
outliner_t *outliner_new(const kind_t *kind); /* borrows the kind */
void outliner_destroy(outliner_t **self_p);

/* Reads an item that is no deletion and whose shape was checked (item_decode). */
void outliner_read(outliner_t *self, const item_t *item, outline_t *outline);

#endif
