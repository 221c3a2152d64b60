/* asking - one list as somebody asks for it: the question in its address, what was found, and what every list's page says
 * of both.
 *
 * Words that find nothing are taken for what they may have meant, on pages, twins and in the API alike; whoever asked is
 * told, and with `exact=oui` in the address the words are taken as they were typed. */
#ifndef NODE_PORTAL_LISTS_ASKING_H
#define NODE_PORTAL_LISTS_ASKING_H

#include "node/portal/lists/near.h"
#include "node/portal/site.h"
#include "node/portal/words/format.h"

#define ASKING_EXACT "exact"

typedef struct asking {
    site_t *site;
    const request_t *request;
    query_t query; /* borrows from the request and from this struct, which stays where it is */
    near_t near;   /* the place it is about, if any */
    char *meant;   /* the words that are searched instead of those of the address; NULL: those */
    page_t page;   /* what was found */
    char today[FORMAT_DAY_START_SIZE];
    char *turned; /* `after` of a page that was turned to */
} asking_t;

/* Reads the question of an address, as listing_read; for a page also the names of hubs. Call asking_close either way. */
int asking_read(asking_t *self, site_t *site, const request_t *request, const kind_t *kind,
                const size_t *limit, err_t *err);
void asking_close(asking_t *self);

/* Leaves out what is over, where records are ordered by when they happen. */
void asking_skip_past(asking_t *self);

/* One more condition, which the page adds by itself; borrows. Without effect when there is no room for it. */
void asking_add(asking_t *self, const char *field, const char *code);

/* Does the address itself have such a condition? Others are the page's own, and no visitor can take them back. */
bool asking_has(const asking_t *self, const char *field);

/* Does it ask for less than the whole list: words, a filter, a place? */
bool asking_asks(const asking_t *self);

/* Finds the page that is asked for. May be called again, after asking_turn or another change of the query. */
int asking_find(asking_t *self, err_t *err);

/* From now on the next page is asked for; false when the last one was found. */
bool asking_turn(asking_t *self);

/* Gives the address with all that was searched for written out, the page's own conditions and the words that were meant:
 * a calendar that follows it shows what the page shows. */
request_t *asking_written_out(const asking_t *self);

/* Adds to content what templates of lists show: title, path, q, asked, meant, total, empty, next and first. */
void asking_show(const asking_t *self, json_t *content);

/* The page's form goes on asking for this parameter of the address, if it has it: adds to `kept`. */
void asking_keep(const asking_t *self, const char *name, json_t *content);

/* Gives a row of each entry that was found. */
json_t *asking_rows(const asking_t *self,
                    json_t *(*row_of)(const asking_t *self, const entry_t *entry));

/* Adds `meant`, {typed, words, literal}, of templates/meant.mustache: these words were searched instead of the address's.
 * NULL: the address's own, and `meant` is null. */
void asking_say_meant(const request_t *request, const char *words, json_t *content);

#endif
