/* The public aids: for whom, how much, until when. What is over stays, marked. */
#include "node/portal/pages/pages.h"

#include "node/portal/lists/aid_state.h"
#include "node/portal/lists/detour.h"
#include "node/portal/lists/filters.h"
#include "node/portal/lists/listing.h"
#include "node/portal/pages/aid.h"
#include "node/portal/pages/list.h"
#include "node/portal/words/format.h"
#include "node/portal/words/view.h"
#include "schemas/body.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIND "programme"
#define ROWS 20
#define READ_MAX 1000    /* aids of one question; more are found by filtering */
#define FOR_WHOM_MAX 120 /* bytes: two lines */
#define PAGE "page"      /* from 1: what is over comes last, which no place to go on knows */

/* --- all that fit, what can be asked for first --- */

typedef struct aid {
    const entry_t *entry; /* of the pages */
    aid_state_t state;
    bool here; /* companies of this hub's department can have it */
} aid_t;

typedef struct found {
    page_t more[READ_MAX / QUERY_LIMIT_MAX - 1]; /* the pages after the asking's own */
    size_t page_count;
    aid_t list[READ_MAX];
    size_t count;
    size_t of_state[AID_STATES]; /* how many were read, also of states that are not asked for */
    bool cut;                    /* there are more than could be read */
} found_t;

static aid_t aid_of(const asking_t *asking, const entry_t *entry)
{
    err_t unreadable; /* the row still leads to the page, which says so */
    const site_t *site = asking->site;
    const char *own = site->settings->role == MEMBER_HUB ? site->settings->territory : NULL;
    json_t *body = body_decode(asking->query.kind, entry->body, entry->body_size, &unreadable);
    aid_t aid = {entry, aid_state(body, site->now_ms), aid_is_here(body, own ? own : "")};
    json_decref(body);
    return aid;
}

static void add_aids(const asking_t *asking, const page_t *page, found_t *found)
{
    for (size_t i = 0; i < page->count; i++) {
        aid_t aid = aid_of(asking, &page->entries[i]);
        found->of_state[aid.state]++;
        if (aid_state_wanted(asking->request, aid.state))
            found->list[found->count++] = aid;
    }
}

/* What is for here comes before what is for elsewhere, each by its state; the order of the list stays among equals. */
static void put_in_order(found_t *found)
{
    aid_t sorted[READ_MAX];
    size_t count = 0;
    for (int place = 0; place < 2 * AID_STATES; place++)
        for (size_t i = 0; i < found->count; i++)
            if ((int)found->list[i].state + (found->list[i].here ? 0 : AID_STATES) == place)
                sorted[count++] = found->list[i];
    memcpy(found->list, sorted, count * sizeof *sorted);
}

static int find_all(asking_t *asking, found_t *found, err_t *err)
{
    asking->query.limit = QUERY_LIMIT_MAX;
    asking->query.after = NULL;
    if (asking_find(asking, err))
        return -1;
    add_aids(asking, &asking->page, found);
    query_t query = asking->query;
    query.narrowed = false;
    const char *next = asking->page.next;
    for (; next && found->page_count < READ_MAX / QUERY_LIMIT_MAX - 1; found->page_count++) {
        page_t *page = &found->more[found->page_count];
        query.after = next;
        if (catalogue_list(asking->site->catalogue, &query, page, err))
            return -1;
        add_aids(asking, page, found);
        next = page->next;
    }
    found->cut = next != NULL;
    free(asking->page.next); /* pages of this list have numbers */
    asking->page.next = NULL;
    put_in_order(found);
    return 0;
}

static void free_all(found_t *found)
{
    for (size_t i = 0; i < found->page_count; i++)
        page_free(&found->more[i]);
    free(found);
}

/* --- one page of them --- */

static json_t *row_of(const asking_t *asking, const entry_t *entry)
{
    err_t unreadable; /* the row still leads to the page, which says so */
    const site_t *site = asking->site;
    const kind_t *kind = asking->query.kind;
    json_t *row = view_row(site, kind, entry);
    json_t *body = body_decode(kind, entry->body, entry->body_size, &unreadable);
    text_t whom, where;
    text_init(&whom, BODY_MAX_SIZE);
    text_init(&where, 1024);
    aid_where(&where, site->geo, body);
    json_object_set_new(row, "where", view_take(&where));
    view_words(body, "eligibilite", FOR_WHOM_MAX, &whom);
    json_object_set_new(row, "whom", view_take(&whom));
    aid_add(row, body, site->now_ms);
    json_decref(body);
    return row;
}

/* The number of the page that is asked for, from 0; anything else means the first. */
static size_t number_of(const request_t *request, size_t count)
{
    const char *text = request_parameter(request, PAGE);
    size_t size = text ? strlen(text) : 0;
    if (!size || size > 3 || strspn(text, "0123456789") != size)
        return 0;
    size_t number = strtoul(text, NULL, 10);
    return number && (number - 1) * ROWS < count ? number - 1 : 0;
}

/* The same question, another page of the answer. */
static json_t *address_of(const request_t *request, size_t number)
{
    char word[24];
    text_t href;
    text_init(&href, REQUEST_TARGET_MAX * 4);
    snprintf(word, sizeof word, "%zu", number + 1);
    listing_address(request, PAGE, NULL, word, &href);
    return view_take(&href);
}

static void add_rows(const asking_t *asking, const found_t *found, json_t *content)
{
    size_t number = number_of(asking->request, found->count), end = (number + 1) * ROWS;
    json_t *rows = json_array();
    for (size_t i = number * ROWS; i < found->count && i < end; i++)
        json_array_append_new(rows, row_of(asking, found->list[i].entry));
    json_object_set_new(content, "rows", rows);
    json_object_set_new(content, "more", json_boolean(found->cut));
    if (end < found->count)
        json_object_set_new(content, "next", address_of(asking->request, number + 1));
    if (number)
        json_object_set_new(content, "before", address_of(asking->request, number - 1));
}

/* --- the states, as one more filter --- */

static json_t *state_choices(const asking_t *asking, const found_t *found)
{
    json_t *choices = json_array();
    for (int state = 0; state < AID_STATES; state++) {
        bool chosen = aid_state_chosen(asking->request, (aid_state_t)state);
        text_t number;
        text_init(&number, 64);
        format_number(&number, (double)found->of_state[state], 0, "");
        json_t *choice =
            json_pack("{s:s, s:s, s:o, s:b}", "code", aid_states[state].code, "choice",
                      aid_states[state].label, "count", view_take(&number), "chosen", chosen);
        if (chosen || found->of_state[state])
            json_array_append(choices, choice);
        json_decref(choice);
    }
    return choices;
}

static void add_state_chips(const asking_t *asking, json_t *content)
{
    for (int state = 0; state < AID_STATES; state++) {
        if (!aid_state_chosen(asking->request, (aid_state_t)state))
            continue;
        text_t label;
        text_init(&label, 64);
        text_add_string(&label, aid_states[state].label);
        filters_add_chip(content, asking->request, AID_STATE, aid_states[state].code, &label);
        json_object_set_new(content, "asked", json_true());
        json_object_set_new(content, "sorted", json_false()); /* not by what is asked for */
    }
}

/* How many there are in the states that are asked for; when none is, all of them are the way on. */
static void add_total(const asking_t *asking, const found_t *found, json_t *content)
{
    size_t left_out = 0;
    text_t total;
    text_init(&total, 64);
    for (int state = 0; state < AID_STATES; state++)
        if (!aid_state_wanted(asking->request, (aid_state_t)state))
            left_out += found->of_state[state];
    listing_count(asking->query.kind, left_out ? (int64_t)found->count : asking->page.total,
                  &total);
    json_object_set_new(content, "total", view_take(&total));
    json_object_set_new(content, "empty", json_boolean(!found->count));
    if (!found->count && left_out)
        detour_offer(asking, "Qu'elles soient ouvertes ou non", AID_STATE, (int64_t)left_out,
                     content);
}

static void add_states(const asking_t *asking, const found_t *found, json_t *content)
{
    json_t *choices = state_choices(asking, found);
    if (json_array_size(choices) > 1 && !found->cut) /* of those not read nobody knows the state */
        filters_add_facet(content, "En ce moment", AID_STATE, json_incref(choices));
    json_decref(choices);
    add_state_chips(asking, content);
    add_total(asking, found, content);
}

/* --- the page --- */

static int fill(asking_t *asking, json_t *content, err_t *err)
{
    found_t *found = calloc(1, sizeof *found);
    assert(found);
    int rc = find_all(asking, found, err);
    if (rc == 0) {
        asking_show(asking, content);
        rc = filters_add(asking, content, err) || detour_add(asking, content, err) ? -1 : 0;
    }
    if (rc == 0) {
        add_states(asking, found, content);
        add_rows(asking, found, content);
    }
    free_all(found);
    return rc;
}

int page_aids(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    asking_t asking;
    bool nation = site->settings->role == MEMBER_AGGREGATOR;
    json_t *content = json_pack("{s:s, s:b}", "title", "Aides publiques", "sorted", !nation);
    int rc = list_open(&asking, site, request, KIND, ROWS, err);
    if (rc == 0)
        rc = fill(&asking, content, err);
    return list_answer(&asking, rc, "aids", content, response, err);
}
