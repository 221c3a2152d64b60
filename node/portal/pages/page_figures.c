/* The figures, by subject. Those that disagree stand side by side, each with its source; none is an average. */
#include "node/portal/pages/pages.h"

#include "node/portal/lists/filters.h"
#include "node/portal/lists/listing.h"
#include "node/portal/pages/figure.h"
#include "node/portal/programs/signpost.h"
#include "node/portal/programs/twin.h"
#include "node/portal/words/directory.h"
#include "node/portal/words/format.h"
#include "node/portal/words/territory.h"
#include "node/portal/words/view.h"
#include "schemas/identifier.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define KIND "indicator"
#define TERRITORY "territoire"
#define SUBJECT "sujet" /* the code of one subject: all its figures */
#define READ_MAX 1000   /* figures of one page's question; newer ones are found by filtering */
#define SHOWN_MAX 60    /* figures of a page with several subjects; the rest is a link */
#define OF_A_PART 12    /* bars of one chart, where there are several subjects */
#define FRANCE "PAYS-99100"
#define UNION "UE-27"

typedef struct figures {
    site_t *site;
    const request_t *request;
    const kind_t *kind;
    query_t query;
    const char *near[4]; /* territories shown when none is asked for, nearest first */
    bool asked;          /* a filter or words */
    const char *subject; /* or NULL */
    figure_t *list;
    size_t count;
    bool more; /* than were read */
} figures_t;

/* --- reading --- */

static size_t rank_of(const figures_t *self, const char *territory)
{
    size_t rank = 0;
    while (rank < 4 && (!self->near[rank] || strcmp(self->near[rank], territory) != 0))
        rank++;
    return rank;
}

/* What concerns the hub's companies: its department, its region, the country, the Union. */
static void choose_near(figures_t *self)
{
    const char *own = self->site->settings->territory;
    self->near[0] = own && *own ? own : NULL;
    self->near[1] = self->near[0] ? identifier_region(own) : NULL;
    self->near[2] = FRANCE;
    self->near[3] = UNION;
}

static bool filters_territory(const query_t *query)
{
    for (size_t i = 0; i < query->filter_count; i++)
        if (!strcmp(query->filters[i].field, TERRITORY))
            return true;
    return false;
}

/* A region as a filter also finds its departments: those of others are passed over. */
static bool is_wanted(const figures_t *self, const figure_t *figure, bool near_only)
{
    return (!self->subject || !strcmp(figure->code, self->subject))
           && (!near_only || rank_of(self, figure->territory) < 4);
}

static int read_figures(figures_t *self, err_t *err)
{
    bool near_only = self->site->settings->role == MEMBER_HUB && !filters_territory(&self->query)
                     && self->query.filter_count < QUERY_FILTERS_MAX;
    query_t query = self->query;
    query.limit = QUERY_LIMIT_MAX;
    if (near_only) {
        filter_t *filter = &query.filters[query.filter_count++];
        *filter = (filter_t){.field = TERRITORY};
        for (size_t i = 0; i < 4; i++)
            if (self->near[i])
                filter->codes[filter->count++] = self->near[i];
    }
    self->list = calloc(READ_MAX, sizeof *self->list);
    assert(self->list);
    char *after = NULL;
    int rc;
    size_t read = 0;
    do {
        page_t page = {0};
        query.after = after;
        rc = catalogue_list(self->site->catalogue, &query, &page, err);
        for (size_t i = 0; i < page.count && self->count < READ_MAX; i++) {
            figure_t *figure = &self->list[self->count];
            if (figure_read(figure, self->kind, &page.entries[i])
                && is_wanted(self, figure, near_only))
                self->count++;
            else
                figure_free(figure);
        }
        read += page.count;
        free(after);
        after = page.next;
        page.next = NULL;
        page_free(&page);
    } while (rc == 0 && after && read < READ_MAX);
    self->more = after != NULL;
    free(after);
    return rc;
}

/* --- order: by subject, the whole before its parts, the nearest and newest first --- */

static int part_of(const figure_t *figure)
{
    return *figure->section ? 2 : *figure->size ? 1 : 0;
}

static int size_rank(const kind_t *kind, const char *size)
{
    const field_t *field = kind_path(kind, "dimensions.taille");
    size_t i = 0;
    while (field && i < field->vocabulary->count && strcmp(field->vocabulary->terms[i].code, size))
        i++;
    return (int)i;
}

static int compare(const void *a, const void *b, void *context)
{
    const figures_t *self = context;
    const figure_t *one = a, *two = b;
    int order = strcmp(one->code, two->code);
    if (!order)
        order = part_of(one) - part_of(two);
    if (!order)
        order = (int)rank_of(self, one->territory) - (int)rank_of(self, two->territory);
    if (!order)
        order = strcmp(one->territory, two->territory);
    if (!order)
        order = size_rank(self->kind, one->size) - size_rank(self->kind, two->size);
    if (!order)
        order = strcmp(one->section, two->section);
    return order ? order : strcmp(two->period, one->period);
}

/* --- words --- */

static json_t *territory_words(const site_t *site, const char *code)
{
    text_t words;
    text_init(&words, 256);
    territory_label(site->geo, &words, code);
    return view_take(&words);
}

/* What all figures of a chart have in common: told once, below it. */
typedef struct shared {
    bool part, territory, source;
} shared_t;

static shared_t shared_by(const figure_t *figures, size_t count)
{
    shared_t shared = {count > 1, count > 1, count > 1};
    for (size_t i = 1; i < count; i++) {
        const figure_t *one = &figures[i], *first = &figures[0];
        shared.part &= !strcmp(one->size, first->size) && !strcmp(one->section, first->section);
        shared.territory &= !strcmp(one->territory, first->territory);
        shared.source &= !strcmp(one->maker, first->maker) && !strcmp(one->period, first->period);
    }
    return shared;
}

static void add_separator(text_t *out, const char *separator)
{
    if (out->size)
        text_add_string(out, separator);
}

/* What tells this figure from its neighbours; all of it where nothing does. */
static void add_label(const figures_t *self, const figure_t *figure, shared_t shared, text_t *out)
{
    if (shared.part && shared.territory && shared.source)
        shared = (shared_t){0};
    if (!shared.part)
        figure_part(figure, out);
    if (!shared.territory) {
        add_separator(out, " · ");
        territory_label(self->site->geo, out, figure->territory);
    }
    if (!shared.source) {
        add_separator(out, " · ");
        figure_source(figure, out);
    }
}

/* --- one chart and its table --- */

static json_t *table_row(const figures_t *self, const figure_t *figure, const char *label,
                         const char *value)
{
    text_t href, source, warning;
    text_init(&href, 1024);
    text_init(&source, 512);
    text_init(&warning, 512);
    view_address(self->kind, figure->hub, figure->id, &href);
    figure_source(figure, &source);
    figure_warning(figure, &warning);
    return json_pack("{s:o, s:s, s:s, s:s, s:o, s:s, s:o, s:o}", "href", view_take(&href), "label",
                     label, "value", value, "scope", figure->scope, "source", view_take(&source),
                     "method", figure->method, "warning", view_take(&warning), "where",
                     territory_words(self->site, figure->territory));
}

static size_t hubs_of(const figure_t *figures, size_t count)
{
    size_t hubs = 0;
    for (size_t i = 0; i < count; i++) {
        size_t before = 0;
        while (before < i && strcmp(figures[before].hub, figures[i].hub) != 0)
            before++;
        hubs += before == i;
    }
    return hubs;
}

/* "Loire (42). Source : Epures, septembre 2025. Chiffres tenus par 1 hub." */
static json_t *caption_of(const figures_t *self, const figure_t *figures, size_t count,
                          shared_t shared)
{
    text_t caption;
    text_init(&caption, 1024);
    if (shared.part && figure_part(figures, &caption))
        text_add_string(&caption, ". ");
    if (shared.territory) {
        territory_label(self->site->geo, &caption, figures->territory);
        text_add_string(&caption, ". ");
    }
    if (shared.source) {
        text_add_string(&caption, "Source : ");
        figure_source(figures, &caption);
        text_add_string(&caption, ". ");
    }
    text_add_string(&caption, count > 1 ? "Chiffres tenus par " : "Chiffre tenu par ");
    format_count(&caption, (int64_t)hubs_of(figures, count), "hub", "hubs");
    text_add_string(&caption, ".");
    return view_take(&caption);
}

static const char *const PART_WORDS[] = {"Selon les sources", "Selon la taille",
                                         "Selon le secteur"};

/* Figures of one unit alone have one scale. */
static json_t *part_view(const figures_t *self, const figure_t *figures, size_t count, size_t shown)
{
    shared_t shared = shared_by(figures, count);
    json_t *rows = json_array(), *warnings = json_array();
    bar_t bars[CHART_BARS_MAX];
    shown = shown < CHART_BARS_MAX ? shown : CHART_BARS_MAX;
    shown = count < shown ? count : shown;
    for (size_t i = 0; i < shown; i++) {
        text_t label, value;
        text_init(&label, 2048);
        text_init(&value, 256);
        add_label(self, &figures[i], shared, &label);
        figure_value(&figures[i], &value);
        json_t *row = table_row(self, &figures[i], label.data, value.data);
        json_array_append_new(rows, row);
        if (json_string_length(json_object_get(row, "warning")))
            json_array_append(warnings, json_object_get(row, "warning"));
        bars[i] = figure_bar(&figures[i], json_string_value(json_object_get(row, "label")),
                             json_string_value(json_object_get(row, "value")));
        text_free(&label);
        text_free(&value);
    }
    json_t *part = chart_view(bars, shown);
    json_object_set_new(part, "heading", json_string(PART_WORDS[part_of(figures)]));
    json_object_set_new(part, "aria",
                        json_sprintf("%s. %s. Le tableau dit la même chose.", figures->label,
                                     PART_WORDS[part_of(figures)]));
    json_object_set_new(part, "caption", caption_of(self, figures, shown, shared));
    json_object_set_new(part, "rows", rows);
    json_object_set_new(part, "warnings", warnings);
    json_object_set_new(part, "cut", json_boolean(shown < count));
    return part;
}

/* Several sources for the same companies: no one of them is the truth. */
static bool disagree(const figure_t *figures, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++)
            if (!part_of(&figures[i]) && !part_of(&figures[j])
                && !strcmp(figures[i].territory, figures[j].territory)
                && strcmp(figures[i].maker, figures[j].maker) != 0)
                return true;
    return false;
}

static json_t *subject_address(const figures_t *self, const char *code)
{
    text_t href;
    text_init(&href, REQUEST_TARGET_MAX);
    text_add_format(&href, "/%s?" SUBJECT "=", self->kind->path);
    request_encode(&href, code);
    for (size_t i = 0; i < self->request->parameter_count; i++) {
        const parameter_t *parameter = &self->request->parameters[i];
        if (strcmp(parameter->name, TERRITORY) != 0)
            continue;
        text_add_string(&href, "&" TERRITORY "=");
        request_encode(&href, parameter->value);
    }
    return view_take(&href);
}

static json_t *subject_view(const figures_t *self, const figure_t *figures, size_t count)
{
    json_t *parts = json_array();
    bool cut = false;
    for (size_t start = 0, end; start < count; start = end) {
        end = start + 1;
        while (end < count && part_of(&figures[end]) == part_of(&figures[start])
               && !strcmp(figures[end].unit, figures[start].unit))
            end++;
        json_t *part = part_view(self, figures + start, end - start,
                                 self->subject ? CHART_BARS_MAX : OF_A_PART);
        cut |= json_is_true(json_object_get(part, "cut"));
        json_array_append_new(parts, part);
    }
    return json_pack("{s:s, s:o, s:b, s:b, s:b, s:o}", "subject", figures->label, "parts", parts,
                     "several", json_array_size(parts) > 1, "disagree", disagree(figures, count),
                     "cut", cut && !self->subject, "href", subject_address(self, figures->code));
}

/* --- a figure alone needs no chart --- */

static bool is_alone(const figures_t *self, const figure_t *figures, size_t count)
{
    if (count > 1 || self->subject)
        return false;
    text_t warning;
    text_init(&warning, 512);
    figure_warning(figures, &warning);
    bool alone = !warning.size;
    text_free(&warning);
    return alone;
}

static json_t *card_of(const figures_t *self, const figure_t *figure)
{
    text_t value;
    text_init(&value, 256);
    figure_value(figure, &value);
    json_t *card = table_row(self, figure, figure->label, value.data);
    text_free(&value);
    return card;
}

/* --- the page --- */

static size_t run_of(const figures_t *self, size_t start)
{
    size_t end = start + 1;
    while (end < self->count && !strcmp(self->list[end].code, self->list[start].code))
        end++;
    return end - start;
}

static void add_subject(const figures_t *self, size_t start, size_t count, size_t *shown,
                        json_t *content)
{
    const figure_t *first = &self->list[start];
    if (is_alone(self, first, count)) {
        if (*shown < SHOWN_MAX)
            json_array_append_new(json_object_get(content, "cards"), card_of(self, first));
        ++*shown;
        return;
    }
    if (*shown < SHOWN_MAX) {
        json_t *subjects = json_object_get(content, "subjects");
        json_t *subject = subject_view(self, first, count);
        json_object_set_new(subject, "number", json_integer((json_int_t)json_array_size(subjects)));
        json_array_append_new(subjects, subject);
    } else
        json_array_append_new(json_object_get(content, "others"),
                              json_pack("{s:s, s:o}", "subject", first->label, "href",
                                        subject_address(self, first->code)));
    *shown += count;
}

/* Subjects with the most figures first: they say the most. */
static void add_subjects(figures_t *self, json_t *content)
{
    size_t shown = 0, largest = 0;
    qsort_r(self->list, self->count, sizeof *self->list, compare, self);
    for (size_t i = 0; i < self->count; i += run_of(self, i))
        largest = run_of(self, i) > largest ? run_of(self, i) : largest;
    for (size_t size = largest, next; size; size = next) {
        next = 0;
        for (size_t i = 0; i < self->count; i += run_of(self, i)) {
            size_t count = run_of(self, i);
            if (count == size)
                add_subject(self, i, count, &shown, content);
            else if (count < size && count > next)
                next = count;
        }
    }
}

static int fill(figures_t *self, json_t *content, response_t *response, err_t *err)
{
    if (read_figures(self, err))
        return -1;
    add_subjects(self, content);
    text_t total;
    text_init(&total, 64);
    format_count(&total, (int64_t)self->count, "chiffre", "chiffres");
    json_object_set_new(content, "total", view_take(&total));
    json_object_set_new(content, "empty", json_boolean(!self->count));
    json_object_set_new(content, "more", json_boolean(self->more));
    json_object_set_new(content, "has_cards",
                        json_boolean(json_array_size(json_object_get(content, "cards"))));
    json_object_set_new(content, "has_others",
                        json_boolean(json_array_size(json_object_get(content, "others"))));
    asking_t asking = {.site = self->site, .request = self->request, .query = self->query};
    signpost_list(&asking, content, response);
    asking_keep(&asking, SUBJECT, content);
    return filters_add(&asking, content, err);
}

int page_figures(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    figures_t self = {.site = site, .request = request, .kind = schema_kind(site->schema, KIND)};
    if (!self.kind) {
        response_fail(response, 404, NULL);
        return 0;
    }
    const size_t limit = QUERY_LIMIT_MAX;
    if (listing_read(request, self.kind, &limit, &self.query, err)
        || directory_refresh(site->directory, site->catalogue, site->schema, err))
        return -1;
    const char *subject = request_parameter(request, SUBJECT);
    self.subject = subject && *subject ? subject : NULL;
    self.asked = self.query.filter_count || (self.query.search && *self.query.search);
    self.query.after = NULL;
    choose_near(&self);
    json_t *content =
        json_pack("{s:s, s:s, s:b, s:b, s:[], s:[], s:[], s:o}", "title", "Chiffres", "path",
                  self.kind->path, "searched", self.asked || self.subject, "near",
                  site->settings->role == MEMBER_HUB && !filters_territory(&self.query), "subjects",
                  "cards", "others", "twins", twin_views(request, self.kind));
    int rc = fill(&self, content, response, err);
    for (size_t i = 0; i < self.count; i++)
        figure_free(&self.list[i]);
    free(self.list);
    if (rc) {
        json_decref(content);
        return -1;
    }
    return site_page(site, "figures", content, response, err);
}
