/* The agenda, week by week and day by day. A hub's is its own, until one asks for the others' too. */
#include "node/portal/pages/pages.h"

#include "node/portal/lists/filters.h"
#include "node/portal/lists/listing.h"
#include "node/portal/pages/happening.h"
#include "node/portal/pages/list.h"
#include "node/portal/words/format.h"
#include "node/portal/words/occasion.h"
#include "node/portal/words/view.h"
#include "schemas/body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIND "event"
#define ROWS 40
#define RUNNING_DAYS 92 /* what began longer ago is looked for in the months */
#define RUNNING_MAX 8
#define RUNNING_PAGES 10 /* of the store, at most, that are looked through for them */
#define NEIGHBOURS 5
#define EVERYWHERE "partout" /* of a hub's agenda: the other hubs' too */
#define MONTH "mois"         /* 2026-10: that month, past or not */
#define TERRITORY "lieu.code_insee"

typedef struct agenda {
    asking_t asking;
    int64_t month; /* occasion_month; -1: what is to come */
    char from[FORMAT_DAY_START_SIZE], until[FORMAT_DAY_START_SIZE]; /* of a month */
    bool own; /* of this hub alone, because nothing else was asked */
} agenda_t;

/* --- what is asked --- */

/* "2026-10", of the years in which there are agendas; else -1. */
static int64_t read_month(const char *text)
{
    if (!text || strlen(text) != 7 || text[4] != '-')
        return -1;
    for (size_t i = 0; i < 7; i++)
        if (i != 4 && (text[i] < '0' || text[i] > '9'))
            return -1;
    long year = strtol(text, NULL, 10), month = strtol(text + 5, NULL, 10);
    return year >= 2000 && year < 2100 && month >= 1 && month <= 12 ? year * 12 + month - 1 : -1;
}

static bool asks_for_own(const asking_t *asking)
{
    return asking->site->settings->role == MEMBER_HUB && !asking_has(asking, "hub")
           && !asking_has(asking, TERRITORY) && !asking_has(asking, EVERYWHERE);
}

/* The first day of a month, in a form that sorts among dates. */
static void month_start(int64_t month, char out[FORMAT_DAY_START_SIZE])
{
    format_day_start(occasion_month_start(month) * 86400000 + 43200000, out);
}

/* What the page asks by itself: the hub's own, and what is to come or the days of a month. */
static void complete_question(agenda_t *self)
{
    asking_t *asking = &self->asking;
    asking->query.sorted = true; /* what fits best is no use after it has happened */
    self->own = asks_for_own(asking);
    if (self->own)
        asking_add(asking, "hub", asking->site->settings->name);
    self->month = read_month(request_parameter(asking->request, MONTH));
    asking_skip_past(asking);
    if (self->month < 0)
        return;
    month_start(self->month, self->from);
    month_start(self->month + 1, self->until);
    asking->query.from = self->from;
    asking->query.until = self->until;
}

/* --- rows, by week and day --- */

static json_t *row_of(const asking_t *asking, const entry_t *entry, const json_t *body,
                      const occasion_t *occasion, size_t more)
{
    const site_t *site = asking->site;
    const kind_t *kind = asking->query.kind;
    text_t hours, day, others;
    text_init(&hours, 256);
    text_init(&day, 64);
    text_init(&others, 64);
    occasion_hours(&hours, occasion);
    occasion_day(&day, occasion->day);
    if (more)
        format_count(&others, (int64_t)more, "autre date", "autres dates");
    json_t *row = view_row(site, kind, entry);
    happening_add(row, site, kind, entry, body);
    json_object_set_new(row, "hours", view_take(&hours));
    json_object_set_new(row, "day", view_take(&day));
    json_object_set_new(row, "others", view_take(&others));
    return row;
}

/* The last group of a list if it has that number, else a new one at its end. */
static json_t *group_of(json_t *groups, int64_t number, const char *rows, bool *made)
{
    json_t *last = json_array_get(groups, json_array_size(groups) - 1);
    *made = !last || json_integer_value(json_object_get(last, "number")) != number;
    if (*made) {
        last = json_pack("{s:I, s:[]}", "number", (json_int_t)number, rows);
        json_array_append_new(groups, last);
    }
    return last;
}

static void add_row(const asking_t *asking, json_t *weeks, const occasion_t *occasion, json_t *row)
{
    int64_t monday = occasion_monday(occasion->day);
    bool made;
    json_t *week = group_of(weeks, monday, "days", &made);
    if (made) {
        text_t words;
        text_init(&words, 128);
        occasion_week(&words, monday, occasion_today(asking->site->now_ms));
        json_object_set_new(week, "week", view_take(&words));
    }
    json_t *day = group_of(json_object_get(week, "days"), occasion->day, "rows", &made);
    if (made)
        json_object_set(day, "day", json_object_get(row, "day"));
    json_array_append_new(json_object_get(day, "rows"), row);
}

static json_t *body_of(const asking_t *asking, const entry_t *entry)
{
    err_t unreadable; /* one hub's broken record does not take the others' away */
    return body_decode(asking->query.kind, entry->body, entry->body_size, &unreadable);
}

static json_t *weeks_of(const asking_t *asking)
{
    json_t *weeks = json_array();
    for (size_t i = 0; i < asking->page.count; i++) {
        const entry_t *entry = &asking->page.entries[i];
        json_t *body = body_of(asking, entry);
        const json_t *dates = json_object_get(body, "horaires");
        occasion_t first;
        if (occasion_read(json_array_get(dates, 0), &first))
            add_row(asking, weeks, &first,
                    row_of(asking, entry, body, &first, json_array_size(dates) - 1));
        json_decref(body);
    }
    return weeks;
}

/* --- what began before today and goes on --- */

static void add_running(const asking_t *asking, const page_t *page, json_t *rows)
{
    int64_t now_ms = asking->site->now_ms;
    for (size_t i = 0; i < page->count && json_array_size(rows) < RUNNING_MAX; i++) {
        const entry_t *entry = &page->entries[i];
        json_t *body = body_of(asking, entry);
        occasion_t next, first;
        size_t more;
        const json_t *dates = json_object_get(body, "horaires");
        if (occasion_read(json_array_get(dates, 0), &first) && first.day < occasion_today(now_ms)
            && occasion_next(dates, now_ms, &next, &more) && next.end_second >= now_ms / 1000)
            json_array_append_new(rows, row_of(asking, entry, body, &next, more));
        json_decref(body);
    }
}

static int find_running(const agenda_t *self, json_t *content, err_t *err)
{
    const asking_t *asking = &self->asking;
    json_t *rows = json_array();
    json_object_set_new(content, "running", rows);
    if (self->month >= 0 || asking->query.after)
        return 0;
    char since[FORMAT_DAY_START_SIZE], today[FORMAT_DAY_START_SIZE];
    format_day_start(asking->site->now_ms - (int64_t)RUNNING_DAYS * 86400000, since);
    format_day_start(asking->site->now_ms, today);
    query_t query = asking->query;
    query.from = since;
    query.until = today;
    query.limit = QUERY_LIMIT_MAX;
    query.narrowed = false;
    page_t page = {0};
    int rc = catalogue_list(asking->site->catalogue, &query, &page, err);
    for (int pages = 1; rc == 0; pages++) {
        add_running(asking, &page, rows);
        if (!page.next || pages == RUNNING_PAGES || json_array_size(rows) == RUNNING_MAX)
            break;
        page_t next = {0};
        query.after = page.next;
        rc = catalogue_list(asking->site->catalogue, &query, &next, err);
        page_free(&page);
        page = next;
    }
    page_free(&page);
    json_object_set_new(content, "has_running", json_boolean(json_array_size(rows)));
    return rc;
}

/* --- nothing: the next dates of all hubs --- */

static int find_neighbours(const asking_t *asking, json_t *content, err_t *err)
{
    site_t *site = asking->site;
    query_t query = {.kind = asking->query.kind, .limit = NEIGHBOURS};
    char today[FORMAT_DAY_START_SIZE];
    listing_skip_past(&query, site->now_ms, today);
    page_t page = {0};
    if (catalogue_list(site->catalogue, &query, &page, err))
        return -1;
    json_t *rows = json_array();
    for (size_t i = 0; i < page.count; i++)
        json_array_append_new(rows, view_row(site, query.kind, &page.entries[i]));
    json_object_set_new(content, "has_neighbours", json_boolean(page.count));
    json_object_set_new(content, "neighbours", rows);
    page_free(&page);
    return 0;
}

/* --- the ways on --- */

/* The same question of another month. */
static json_t *month_link(const agenda_t *self, int64_t month)
{
    char word[16];
    text_t href, words;
    text_init(&href, REQUEST_TARGET_MAX * 4);
    text_init(&words, 64);
    snprintf(word, sizeof word, "%d-%02d", (int)(month / 12), (int)(month % 12) + 1);
    listing_address(self->asking.request, MONTH, NULL, word, &href);
    occasion_month_words(&words, month);
    return json_pack("{s:o, s:o}", "href", view_take(&href), "words", view_take(&words));
}

static void add_months(const agenda_t *self, json_t *content)
{
    int64_t now = occasion_month(occasion_today(self->asking.site->now_ms));
    int64_t month = self->month < 0 ? now : self->month;
    json_object_set_new(content, "before", month_link(self, self->month < 0 ? now : month - 1));
    if (self->month < 0)
        return;
    text_t words;
    text_init(&words, 64);
    occasion_month_words(&words, month);
    json_object_set_new(content, "month", view_take(&words));
    json_object_set_new(content, "later", month_link(self, month + 1));
}

/* --- the page --- */

static int fill(agenda_t *self, json_t *content, err_t *err)
{
    asking_t *asking = &self->asking;
    bool hub = asking->site->settings->role == MEMBER_HUB;
    if (list_find(asking, content, err) || filters_add(asking, content, err)
        || find_running(self, content, err))
        return -1;
    bool running = json_is_true(json_object_get(content, "has_running"));
    bool empty = !asking->page.count && !running;
    json_object_set_new(content, "empty", json_boolean(empty));
    json_object_set_new(content, "weeks", weeks_of(asking));
    json_object_set_new(content, "own", json_boolean(self->own));
    json_object_set_new(content, "everywhere", json_boolean(hub && asking_has(asking, EVERYWHERE)));
    asking_keep(asking, EVERYWHERE, content);
    asking_keep(asking, MONTH, content);
    add_months(self, content);
    return empty ? find_neighbours(asking, content, err) : 0;
}

int page_agenda(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    agenda_t self;
    json_t *content = json_pack("{s:s}", "title", "Agenda");
    int rc = list_open(&self.asking, site, request, KIND, ROWS, err);
    if (rc == 0) {
        complete_question(&self);
        rc = fill(&self, content, err);
    }
    return list_answer(&self.asking, rc, "agenda", content, response, err);
}
