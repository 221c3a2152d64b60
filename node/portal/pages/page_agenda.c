/* The agenda, week by week and day by day. A hub's is its own, until one asks for the others' too. */
#include "node/portal/pages/pages.h"

#include "node/portal/lists/listing.h"
#include "node/portal/lists/narrow.h"
#include "node/portal/pages/happening.h"
#include "node/portal/pages/occasion.h"
#include "node/portal/programs/signpost.h"
#include "node/portal/programs/twin.h"
#include "node/portal/words/directory.h"
#include "node/portal/words/format.h"
#include "node/portal/words/view.h"
#include "schemas/body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KIND "event"
#define ROWS 40
#define RUNNING_DAYS 92 /* what began longer ago is looked for in the months */
#define RUNNING_MAX 8
#define NEIGHBOURS 5
#define EVERYWHERE "partout" /* of a hub's agenda: the other hubs' too */
#define MONTH "mois"         /* 2026-10: that month, past or not */
#define TERRITORY "lieu.code_insee"

static const narrowing_t OF_A_HUB[] = {
    {"fonctions", "Dans l'entreprise", ""},
    {"type", "Type de rendez-vous", ""},
    {"mode", "Sur place ou en ligne", ""},
    {TERRITORY, "Département", "DEP-"},
    {NULL, NULL, NULL},
};
static const narrowing_t OF_THE_NATION[] = {
    {TERRITORY, "Département", "DEP-"},
    {"fonctions", "Dans l'entreprise", ""},
    {"type", "Type de rendez-vous", ""},
    {"mode", "Sur place ou en ligne", ""},
    {NULL, NULL, NULL},
};

typedef struct agenda {
    site_t *site;
    const kind_t *kind;
    const request_t *request; /* as it was asked for */
    request_t *asked;         /* the same with the filters it means: for the twins */
    query_t query;
    int64_t month; /* occasion_month; -1: what is to come */
    char from[FORMAT_DAY_START_SIZE];
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

static bool asks_for_own(const site_t *site, const request_t *request)
{
    return site->settings->role == MEMBER_HUB && !request_parameter(request, "hub")
           && !request_parameter(request, TERRITORY) && !request_parameter(request, EVERYWHERE);
}

/* The address with its filters written out: a calendar that follows it shows what the page shows. */
static request_t *written_out(const agenda_t *self)
{
    text_t target;
    text_init(&target, REQUEST_TARGET_MAX * 4);
    request_again(self->request, request_parameter(self->request, "after"), &target);
    if (self->own)
        text_add_format(&target, "%chub=%s", strchr(target.data, '?') ? '&' : '?',
                        self->site->settings->name);
    request_t *asked = request_new(target.data);
    if (asked->refused) { /* one of nearly the greatest length has no room for more */
        request_destroy(&asked);
        asked = request_new(self->request->target);
    }
    memcpy(asked->origin, self->request->origin, sizeof asked->origin);
    text_free(&target);
    return asked;
}

/* The first day of a month, in a form that sorts among dates. */
static void month_start(int64_t month, char out[FORMAT_DAY_START_SIZE])
{
    format_day_start(occasion_month_start(month) * 86400000 + 43200000, out);
}

static int read_question(agenda_t *self, err_t *err)
{
    const size_t rows = ROWS;
    self->own = asks_for_own(self->site, self->request);
    self->asked = written_out(self);
    if (listing_read(self->asked, self->kind, &rows, &self->query, err))
        return -1;
    self->month = read_month(request_parameter(self->request, MONTH));
    if (self->month < 0) {
        listing_skip_past(&self->query, self->site->now_ms, self->from);
        return 0;
    }
    month_start(self->month, self->from);
    self->query.from = self->from;
    return 0;
}

/* --- rows, by week and day --- */

static json_t *row_of(const agenda_t *self, const entry_t *entry, const json_t *body,
                      const occasion_t *occasion, size_t more)
{
    text_t hours, day, others;
    text_init(&hours, 256);
    text_init(&day, 64);
    text_init(&others, 64);
    occasion_hours(&hours, occasion);
    occasion_day(&day, occasion->day);
    if (more)
        format_count(&others, (int64_t)more, "autre date", "autres dates");
    json_t *row = view_row(self->site, self->kind, entry);
    happening_add(row, self->site, self->kind, entry, body);
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

/* What was searched for comes best first, under one heading. */
static void add_row(const agenda_t *self, json_t *weeks, const occasion_t *occasion, json_t *row)
{
    bool searched = self->query.search && *self->query.search, made;
    int64_t monday = occasion_monday(occasion->day);
    json_t *week = group_of(weeks, searched ? 0 : monday, "days", &made);
    if (made) {
        text_t words;
        text_init(&words, 128);
        if (searched)
            text_add_string(&words, "Ce qui répond le mieux");
        else
            occasion_week(&words, monday, occasion_today(self->site->now_ms));
        json_object_set_new(week, "week", view_take(&words));
    }
    json_t *day = group_of(json_object_get(week, "days"), occasion->day, "rows", &made);
    if (made)
        json_object_set(day, "day", json_object_get(row, "day"));
    json_array_append_new(json_object_get(day, "rows"), row);
}

/* What happens on this page; false when the entry lies beyond it. */
static bool add_entry(const agenda_t *self, const entry_t *entry, json_t *weeks)
{
    err_t unreadable; /* one hub's broken record does not take the others' away */
    json_t *body = body_decode(self->kind, entry->body, entry->body_size, &unreadable);
    const json_t *dates = json_object_get(body, "horaires");
    occasion_t first;
    bool within = true;
    if (occasion_read(json_array_get(dates, 0), &first)) {
        within = self->month < 0 || occasion_month(first.day) <= self->month;
        if (within)
            add_row(self, weeks, &first,
                    row_of(self, entry, body, &first, json_array_size(dates) - 1));
    }
    json_decref(body);
    return within;
}

static void add_address(json_t *content, const char *name, const request_t *request,
                        const char *after)
{
    text_t again;
    text_init(&again, REQUEST_TARGET_MAX * 4);
    request_again(request, after, &again);
    json_object_set_new(content, name, view_take(&again));
}

static void add_list(const agenda_t *self, const page_t *page, json_t *content)
{
    json_t *weeks = json_array();
    bool within = true;
    for (size_t i = 0; i < page->count && within; i++)
        within = add_entry(self, &page->entries[i], weeks);
    text_t total;
    text_init(&total, 64);
    format_count(&total, page->total, "rendez-vous", "rendez-vous");
    json_object_set_new(content, "total", view_take(&total));
    json_object_set_new(content, "empty", json_boolean(!json_array_size(weeks)));
    json_object_set_new(content, "weeks", weeks);
    if (page->next && within)
        add_address(content, "next", self->request, page->next);
    if (self->query.after)
        add_address(content, "first", self->request, NULL);
}

/* --- what began before today and goes on --- */

static void add_running(const agenda_t *self, const page_t *page, json_t *rows)
{
    for (size_t i = 0; i < page->count && json_array_size(rows) < RUNNING_MAX; i++) {
        const entry_t *entry = &page->entries[i];
        err_t unreadable;
        json_t *body = body_decode(self->kind, entry->body, entry->body_size, &unreadable);
        occasion_t next, first;
        size_t more;
        const json_t *dates = json_object_get(body, "horaires");
        if (occasion_read(json_array_get(dates, 0), &first)
            && first.day < occasion_today(self->site->now_ms)
            && occasion_next(dates, self->site->now_ms, &next, &more)
            && next.end_second >= self->site->now_ms / 1000)
            json_array_append_new(rows, row_of(self, entry, body, &next, more));
        json_decref(body);
    }
}

static int find_running(const agenda_t *self, json_t *content, err_t *err)
{
    json_t *rows = json_array();
    json_object_set_new(content, "running", rows);
    if (self->month >= 0 || self->query.after || (self->query.search && *self->query.search))
        return 0;
    char since[FORMAT_DAY_START_SIZE];
    format_day_start(self->site->now_ms - (int64_t)RUNNING_DAYS * 86400000, since);
    query_t query = self->query;
    query.from = since;
    query.limit = QUERY_LIMIT_MAX;
    page_t page = {0};
    int rc = catalogue_list(self->site->catalogue, &query, &page, err);
    if (rc == 0)
        add_running(self, &page, rows);
    page_free(&page);
    json_object_set_new(content, "has_running", json_boolean(json_array_size(rows)));
    return rc;
}

/* --- nothing: the next dates of all hubs --- */

static int find_neighbours(const agenda_t *self, json_t *content, err_t *err)
{
    query_t query = {.kind = self->kind, .limit = NEIGHBOURS};
    char today[FORMAT_DAY_START_SIZE];
    listing_skip_past(&query, self->site->now_ms, today);
    page_t page = {0};
    if (catalogue_list(self->site->catalogue, &query, &page, err))
        return -1;
    json_t *rows = json_array();
    for (size_t i = 0; i < page.count; i++)
        json_array_append_new(rows, view_row(self->site, self->kind, &page.entries[i]));
    json_object_set_new(content, "has_neighbours", json_boolean(page.count));
    json_object_set_new(content, "neighbours", rows);
    page_free(&page);
    return 0;
}

/* --- the ways on --- */

/* The same question of another month; month < 0: of what is to come. */
static json_t *month_link(const agenda_t *self, int64_t month)
{
    text_t href, words;
    text_init(&href, REQUEST_TARGET_MAX * 4);
    text_init(&words, 64);
    text_add_format(&href, "/%s?" MONTH "=%d-%02d", self->kind->path, (int)(month / 12),
                    (int)(month % 12) + 1);
    for (size_t i = 0; i < self->request->parameter_count; i++) {
        const parameter_t *parameter = &self->request->parameters[i];
        if (!strcmp(parameter->name, MONTH) || !strcmp(parameter->name, "after"))
            continue;
        text_add_string(&href, "&");
        request_encode(&href, parameter->name);
        text_add_string(&href, "=");
        request_encode(&href, parameter->value);
    }
    occasion_month_words(&words, month);
    return json_pack("{s:o, s:o}", "href", view_take(&href), "words", view_take(&words));
}

static void add_months(const agenda_t *self, json_t *content)
{
    int64_t now = occasion_month(occasion_today(self->site->now_ms));
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

/* The calendar to follow apart from the files to take away. */
static void add_twins(const agenda_t *self, json_t *content)
{
    json_t *twins = twin_views(self->asked, self->kind), *kept = json_array();
    for (size_t i = 0; i < json_array_size(twins); i++) {
        json_t *twin = json_array_get(twins, i);
        const char *href = json_string_value(json_object_get(twin, "href"));
        if (strncmp(href, "webcal:", strlen("webcal:")) != 0)
            json_array_append(kept, twin);
        else
            json_object_set(content, "subscribe", json_object_get(twin, "href"));
    }
    json_object_set_new(content, "twins", kept);
    json_decref(twins);
}

static json_t *content_of(const agenda_t *self)
{
    const portal_settings_t *settings = self->site->settings;
    json_t *content = json_pack("{s:s, s:s, s:b, s:b}", "title", "Agenda", "path", self->kind->path,
                                "own", self->own, "everywhere",
                                settings->role == MEMBER_HUB
                                    && request_parameter(self->request, EVERYWHERE) != NULL);
    add_months(self, content);
    add_twins(self, content);
    return content;
}

static int fill(agenda_t *self, json_t *content, response_t *response, err_t *err)
{
    bool nation = self->site->settings->role == MEMBER_AGGREGATOR;
    page_t page = {0};
    if (catalogue_list(self->site->catalogue, &self->query, &page, err))
        return -1;
    add_list(self, &page, content);
    signpost_list(self->site, self->request, self->kind, page.next, content, response);
    page_free(&page);
    query_t shown = self->query;
    if (self->own)
        shown.filter_count--; /* the hub itself is no choice of the visitor's */
    if (narrow_add(self->site, &shown, nation ? OF_THE_NATION : OF_A_HUB, content, err)
        || find_running(self, content, err))
        return -1;
    bool searched = shown.filter_count || (shown.search && *shown.search);
    json_object_set_new(content, "searched", json_boolean(searched));
    if (json_is_true(json_object_get(content, "has_running")))
        json_object_set_new(content, "empty", json_false());
    return json_is_true(json_object_get(content, "empty")) ? find_neighbours(self, content, err)
                                                           : 0;
}

int page_agenda(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    agenda_t self = {.site = site, .kind = schema_kind(site->schema, KIND), .request = request};
    if (!self.kind) {
        response_fail(response, 404, NULL);
        return 0;
    }
    int rc = read_question(&self, err);
    if (rc == 0)
        rc = directory_refresh(site->directory, site->catalogue, site->schema, err);
    if (rc == 0) {
        json_t *content = content_of(&self);
        rc = fill(&self, content, response, err);
        if (rc)
            json_decref(content);
        else
            rc = site_page(site, "agenda", content, response, err);
    }
    request_destroy(&self.asked);
    return rc;
}
