/* catalogue - what readers may ask of a node's store: lists, records, counts, streams.
 *
 * Read-only, over a connection of its own; it works whether the node runs or not, and never waits
 * for the network. No read transaction lives longer than one call. Belongs to one thread. */
#ifndef NODE_STORE_CATALOGUE_H
#define NODE_STORE_CATALOGUE_H

#include "node/store/synonyms.h"
#include "schemas/base/text.h"
#include "schemas/head.h"
#include "schemas/kind.h"

#include <stdint.h>

typedef struct catalogue catalogue_t;

/* Opens FOLDER/public.db; borrows schema. ERR_RETRY when there is no store yet, with the command to
 * run (French text). */
catalogue_t *catalogue_open(const char *folder, const schema_t *schema, err_t *err);
void catalogue_close(catalogue_t **self_p);

/* From now on these words of a search stand for each other; NULL for none. Borrows. */
void catalogue_understand(catalogue_t *self, const synonyms_t *synonyms);

/* Changes whenever anything in the store did, and with each catalogue_open: for ETags and caches. */
uint64_t catalogue_version(catalogue_t *self);

/* From now on, until it is called again, reading fails with ERR_RETRY once timeout_ms are over: a
 * question that takes too long must not hold up a thread that has others to answer. */
void catalogue_give_up_after(catalogue_t *self, int64_t timeout_ms);
/* Was that why a call failed since? */
bool catalogue_gave_up(const catalogue_t *self);

#define CODE_SIZE 128       /* a value of a facet and its NUL */
#define FACET_NAME_SIZE 128 /* a dotted path, "lieu.code_insee", and its NUL */
#define QUERY_FILTERS_MAX 16
#define QUERY_CODES_MAX 32
#define QUERY_LIMIT_MAX 200

typedef struct filter {
    const char *field;                  /* a facet of the kind; "hub" filters by hub */
    const char *codes[QUERY_CODES_MAX]; /* any of them (or) */
    size_t count;
} filter_t;

/* A place around which is asked: what lies within the radius, the nearest first. Whose coordinates are not
 * known, or not to be told, lies where its commune does. */
typedef struct around around_t;
struct around {
    int32_t lat, lon; /* millionths of degrees */
    double radius_m;
    /* Calls visit for each commune, "COM-42218", that is known to lie within the radius, with its distance; ends when
     * visit gives anything but 0, and gives that. */
    int (*each_commune)(const around_t *self,
                        int (*visit)(void *context, const char *commune, double metres),
                        void *context);
    const void *geography; /* each_commune's own */
};

typedef struct query {
    const kind_t *kind;
    filter_t filters[QUERY_FILTERS_MAX]; /* all of them (and) */
    size_t filter_count;
    const char *search;     /* words, as typed; NULL or "" for none: then the best come first */
    const around_t *around; /* or NULL; then a search only filters */
    const char *from;  /* only what sorts at or after it: "2026-11-22" for an agenda; or NULL */
    const char *until; /* with `from`, only what sorts before it; or NULL */
    const char *after; /* `next` of the page before; NULL for the first */
    size_t limit;      /* 1..QUERY_LIMIT_MAX */
    bool narrowed;     /* the page's `narrowed` is wanted */
    bool sorted;       /* in the kind's order, whatever is asked: words and a place only filter */
    bool newest;       /* the same in the order of recency.h */
} query_t;

typedef struct entry {
    char hub[NAME_SIZE], kind[NAME_SIZE], id[ID_SIZE];
    uint64_t seq;
    int64_t changed_ms;     /* the hub's clock when it changed */
    int64_t verified_at_ms; /* when this node last proved the stream; 0: own record */
    char *title;
    uint8_t *body; /* msgpack map, as its hub made it; NULL for a deleted one */
    size_t body_size;
    bool deleted;
    bool located;            /* it has coordinates of its own that may be told */
    int32_t lat, lon;        /* millionths of degrees, when located */
    char commune[CODE_SIZE]; /* "COM-42218" when it is not; "" when nothing is known */
    double metres;           /* from the place that was asked about; -1 when none was */
} entry_t;

/* How many live records per value. */
typedef struct tally {
    char hub[NAME_SIZE], kind[NAME_SIZE], field[FACET_NAME_SIZE];
    char *code;
    int64_t count;
} tally_t;
typedef struct tallies {
    tally_t *list;
    size_t count;
} tallies_t;

/* How many of the records that a query means have each value, also of "hub"; of a field that the query filters by, how many of
 * those that all the rest of it means, for its values are alternatives. */
#define NARROWED_RECORDS_MAX                                                                       \
    2000 /* of more the values are not counted: what catalogue_counts keeps is near enough */
typedef struct narrowed {
    tallies_t tallies;               /* of no hub; by field and code. Only of what is counted: */
    bool filters[QUERY_FILTERS_MAX]; /* the field of this filter */
    bool others;                     /* all fields that are no filter */
} narrowed_t;

typedef struct page {
    entry_t *entries;
    size_t count;
    char *next;    /* opaque token of [A-Za-z0-9_-]; NULL on the last page */
    int64_t total; /* matches in all */
    narrowed_t narrowed;
} page_t;

/* Ordered by the kind's sort field; a search by relevance, best first; around a place by distance. A territory as a filter also
 * finds what lies in it: a department its communes. ERR_REJECT for a field that is no facet, an
 * unreadable `after`, too many filters or codes. French text. */
int catalogue_list(catalogue_t *self, const query_t *query, page_t *page, err_t *err);
void page_free(page_t *page);

/* 1 found (also when deleted: entry->deleted), 0 never heard of, -1. hub NULL: the only or first hub
 * that has it: living before deleted, own first. */
int catalogue_find(catalogue_t *self, const char *hub, const char *kind, const char *id,
                   entry_t *entry, err_t *err);
void entry_free(entry_t *entry);

/* The addresses of all live records in parts of at most ADDRESSES_PART, each of its own numbers: a record stays
 * in its part while it lives. Calls visit for each part that has one, ascending. */
#define ADDRESSES_PART 5000
int catalogue_each_part(catalogue_t *self, void (*visit)(void *context, int64_t part),
                        void *context, err_t *err);
typedef struct address {
    const char *hub, *kind, *id; /* valid during the call */
    int64_t changed_ms;          /* as in entry_t */
} address_t;
int catalogue_each_address(catalogue_t *self, int64_t part,
                           void (*visit)(void *context, const address_t *address), void *context,
                           err_t *err);

/* How many live records per value, by hub, kind, field and code. hub, kind, field NULL: all. field "" is the number of
 * records. A record in a commune also counts for the department and region, under the same field. */
typedef struct value_count {
    const char *hub, *kind, *field, *code; /* valid during the call */
    int64_t count;
} value_count_t;
int catalogue_each_count(catalogue_t *self, const char *hub, const char *kind, const char *field,
                         void (*visit)(void *context, const value_count_t *count), void *context,
                         err_t *err);
/* The same, kept: for few. */
int catalogue_counts(catalogue_t *self, const char *hub, const char *kind, const char *field,
                     tallies_t *tallies, err_t *err);
/* The same for the query's kind, over all hubs ("" but for field "") and soon told, as the counts are remembered while nothing
 * changes: by field and code. Of communes only those that the query filters by: there are tens of thousands. */
int catalogue_kept(catalogue_t *self, const query_t *query, tallies_t *tallies, err_t *err);
/* counts[row * columns->count + column] becomes how many live records of the kind have both values, over all hubs. A value is read
 * once, however many it is crossed with. */
int catalogue_cross(catalogue_t *self, const kind_t *kind, const filter_t *rows,
                    const filter_t *columns, int64_t *counts, err_t *err);
void tallies_free(tallies_t *tallies);

/* One row per stream, by hub and kind. */
typedef struct stream_state {
    char hub[NAME_SIZE], kind[NAME_SIZE];
    bool own;
    uint64_t life, seq, count; /* of the state that is shown */
    uint8_t root[HASH_SIZE];
    uint64_t known_life, known_seq; /* of the newest head seen */
    uint64_t staged;                /* rows waiting for their proof */
    bool verified;          /* own; or nothing staged, no resync, and the known life is proven */
    int64_t verified_at_ms; /* last proof or beat; 0 never */
    int64_t heard_at_ms;    /* last head from any broker; 0 never */
    uint64_t behind;        /* changes known to exist and not yet shown */
} stream_state_t;
typedef struct stream_states {
    stream_state_t *list;
    size_t count;
} stream_states_t;
int catalogue_streams(catalogue_t *self, stream_states_t *states, err_t *err);
void stream_states_free(stream_states_t *states);
/* "own", "verified", "catching_up" or "unheard": the words of `status` and of the API. */
const char *stream_state_word(const stream_state_t *state);

/* Own versions that a recovery replaced, or that a returning broker still held. */
typedef struct displaced {
    int64_t number;
    char kind[NAME_SIZE], id[ID_SIZE];
    int64_t at_ms;
    char *reason;
    uint8_t *body; /* NULL: a deletion */
    size_t body_size;
    uint32_t sv;
} displaced_t;
typedef struct displaced_list {
    displaced_t *list;
    size_t count;
} displaced_list_t;
int catalogue_displaced(catalogue_t *self, displaced_list_t *displaced, err_t *err);
void displaced_list_free(displaced_list_t *displaced);

#endif
