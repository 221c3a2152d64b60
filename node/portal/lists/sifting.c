#include "node/portal/lists/sifting.h"

#include "node/portal/lists/aid_state.h"
#include "schemas/body.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool sifting_asked(const asking_t *asking)
{
    return aid_state_fits(asking->query.kind) && aid_state_asked(asking->request);
}

static bool is_wanted(const asking_t *asking, const entry_t *entry)
{
    err_t unreadable; /* such a body says no date */
    json_t *body = body_decode(asking->query.kind, entry->body, entry->body_size, &unreadable);
    aid_state_t state = aid_state(body, asking->site->now_ms);
    json_decref(body);
    return aid_state_wanted(asking->request, state);
}

/* Moves wanted entries of the page in hand to kept, until there are `limit`. Gives the place of the first one for which
 * there is no room; the page's count when all are done. */
static size_t keep(asking_t *asking, page_t *kept, size_t limit)
{
    for (size_t i = 0; i < asking->page.count; i++) {
        entry_t *entry = &asking->page.entries[i];
        if (!is_wanted(asking, entry))
            continue;
        if (kept->count == limit)
            return i;
        kept->entries[kept->count++] = *entry;
        *entry = (entry_t){0};
    }
    return asking->page.count;
}

/* The next page begins `place` records after the one in hand does: a page that long says how to go on. */
static int cut(asking_t *asking, size_t place, page_t *kept, err_t *err)
{
    asking->query.limit = place;
    if (place && asking_find(asking, err))
        return -1;
    const char *next = place ? asking->page.next : asking->query.after;
    kept->next = next ? strdup(next) : NULL;
    return 0;
}

static int fill(asking_t *asking, page_t *kept, size_t limit, err_t *err)
{
    do {
        if (asking_find(asking, err))
            return -1;
        kept->total = asking->page.total;
        size_t place = keep(asking, kept, limit);
        if (place < asking->page.count)
            return cut(asking, place, kept, err);
    } while (asking_turn(asking));
    return 0;
}

int sifting_find(asking_t *asking, err_t *err)
{
    size_t limit = asking->query.limit;
    page_t kept = {.entries = calloc(limit, sizeof *kept.entries)};
    assert(kept.entries);
    asking->query.limit = QUERY_LIMIT_MAX;
    int rc = fill(asking, &kept, limit, err);
    asking->query.limit = limit;
    page_free(&asking->page);
    asking->page = kept;
    return rc;
}

int sifting_count(asking_t *asking, int64_t *total, err_t *err)
{
    query_t query = asking->query;
    int rc;
    asking->query.after = NULL;
    asking->query.limit = QUERY_LIMIT_MAX;
    *total = 0;
    do {
        rc = asking_find(asking, err);
        for (size_t i = 0; i < asking->page.count; i++)
            *total += is_wanted(asking, &asking->page.entries[i]);
    } while (rc == 0 && asking_turn(asking));
    asking->query.after = query.after;
    asking->query.limit = query.limit;
    page_free(&asking->page);
    return rc;
}
