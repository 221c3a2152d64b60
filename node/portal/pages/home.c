#include "node/portal/pages/home.h"

#include "node/portal/pages/figure.h"
#include "node/portal/pages/nearby.h"
#include "node/portal/words/format.h"
#include "node/portal/words/territory.h"
#include "node/portal/words/view.h"
#include "schemas/body.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* --- irritants: the vocabulary of that name, each with the picture of its code --- */

json_t *home_irritants(const site_t *site)
{
    const kind_t *kind = schema_kind(site->schema, "answer");
    const field_t *field = kind ? kind_field(kind, "irritant") : NULL;
    json_t *tiles = json_array();
    for (size_t i = 0; field && field->vocabulary && i < field->vocabulary->count; i++) {
        const term_t *term = &field->vocabulary->terms[i];
        json_array_append_new(tiles,
                              json_pack("{s:o, s:s, s:s}", "href",
                                        json_sprintf("/%s?irritant=%s", kind->path, term->code),
                                        "icon", term->code, "label", term->label));
    }
    return tiles;
}

/* --- stories --- */

#define STORIES 3
#define DAY_MS 86400000

static const struct {
    const char *outcomes[3];
    size_t until; /* this many stories in all */
} TURN_OF[] = {{{"oui"}, 2}, {{"non", "mitige"}, STORIES}, {{NULL}, STORIES}};
enum { TURNS = sizeof TURN_OF / sizeof *TURN_OF };

static bool is_taken(const entry_t *const *taken, size_t count, const entry_t *entry)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(taken[i]->hub, entry->hub) && !strcmp(taken[i]->id, entry->id))
            return true;
    return false;
}

static bool is_foreign(const kind_t *kind, const entry_t *entry)
{
    err_t unreadable;
    json_t *body = body_decode(kind, entry->body, entry->body_size, &unreadable);
    const char *language = json_string_value(json_object_get(body, "langue"));
    bool foreign = !body || (language && strcmp(language, "fr") != 0);
    json_decref(body);
    return foreign;
}

/* What is told on the home page: first what is written in French, of each kind of outcome up to so many in all. */
typedef struct stories {
    const kind_t *kind;
    nearby_t found[TURNS];
    const entry_t *taken[STORIES];
    size_t count;
} stories_t;

static int find_stories(stories_t *self, site_t *site, err_t *err)
{
    int rc = 0;
    for (size_t i = 0; i < TURNS && rc == 0; i++) {
        query_t query = {.kind = self->kind, .limit = NEARBY_MAX};
        json_t *outcomes = json_array();
        for (size_t j = 0; TURN_OF[i].outcomes[j]; j++)
            json_array_append_new(outcomes, json_string(TURN_OF[i].outcomes[j]));
        if (nearby_filter(&query, "concluant", outcomes) || !json_array_size(outcomes))
            rc = nearby_find(site, &query, &self->found[i], err);
        json_decref(outcomes);
    }
    return rc;
}

/* Of those found in one turn, beginning elsewhere each day. */
static void take(stories_t *self, size_t turn, bool foreign, int64_t now_ms)
{
    const nearby_t *found = &self->found[turn];
    size_t start = found->count ? (size_t)(now_ms / DAY_MS) % found->count : 0;
    for (size_t i = 0; i < found->count && self->count < TURN_OF[turn].until; i++) {
        const entry_t *entry = found->entries[(start + i) % found->count];
        if (!is_taken(self->taken, self->count, entry) && is_foreign(self->kind, entry) == foreign)
            self->taken[self->count++] = entry;
    }
}

int home_stories(site_t *site, json_t **rows, err_t *err)
{
    stories_t stories = {.kind = schema_kind(site->schema, "use_case")};
    *rows = json_array();
    int rc = stories.kind ? find_stories(&stories, site, err) : 0;
    for (size_t i = 0; i < 2 * TURNS; i++)
        take(&stories, i % TURNS, i >= TURNS, site->now_ms);
    for (size_t i = 0; i < stories.count && rc == 0; i++)
        json_array_append_new(*rows, view_row(site, stories.kind, stories.taken[i]));
    for (size_t i = 0; i < TURNS; i++)
        nearby_free(&stories.found[i]);
    return rc;
}

/* --- the next event --- */

#define EVENTS_READ 10 /* as many cancelled ones in a row end the search */

static bool is_cancelled(const kind_t *kind, const entry_t *entry)
{
    err_t unreadable;
    json_t *body = body_decode(kind, entry->body, entry->body_size, &unreadable);
    const char *state = json_string_value(json_object_get(body, "statut"));
    bool cancelled = !body || (state && !strcmp(state, "annule"));
    json_decref(body);
    return cancelled;
}

int home_event(site_t *site, json_t **row, err_t *err)
{
    *row = NULL;
    const kind_t *kind = schema_kind(site->schema, "event");
    if (!kind)
        return 0;
    char today[FORMAT_DAY_START_SIZE];
    format_day_start(site->now_ms, today);
    query_t query = {.kind = kind, .limit = EVENTS_READ, .from = today};
    nearby_t found;
    int rc = nearby_find(site, &query, &found, err);
    for (size_t i = 0; i < found.count && rc == 0 && !*row; i++)
        if (!is_cancelled(kind, found.entries[i]))
            *row = view_row(site, kind, found.entries[i]);
    nearby_free(&found);
    return rc;
}

/* --- the figure --- */

#define FIGURE "ia-usage" /* the code of the indicator */
#define SIZE_DEFAULT "<20"
#define FIGURES_READ 60

/* How "entreprises" goes on, where "de" and the label of the size would be no French. */
static const struct {
    const char *size, *words;
} WORDS_OF[] = {
    {"", "de toutes tailles"},
    {"0", "sans salarié"},
    {"0-9", "de 0 à 9 salariés"},
};

static const char *size_of(const json_t *body)
{
    const char *size =
        json_string_value(json_object_get(json_object_get(body, "dimensions"), "taille"));
    return size ? size : "";
}

/* "de moins de 20 salariés" */
static json_t *size_words(const kind_t *kind, const char *size)
{
    for (size_t i = 0; i < sizeof WORDS_OF / sizeof *WORDS_OF; i++)
        if (!strcmp(WORDS_OF[i].size, size))
            return json_string(WORDS_OF[i].words);
    const field_t *field = kind_path(kind, "dimensions.taille");
    const char *label = field ? vocabulary_label(field->vocabulary, size) : size;
    return json_sprintf("de %c%s", tolower((unsigned char)*label), label + 1);
}

static json_t *period_words(const char *period)
{
    text_t words;
    text_init(&words, 64);
    figure_period(&words, period);
    return view_take(&words);
}

static bool is_figure(const json_t *body, const char *territory)
{
    const char *code = json_string_value(json_object_get(body, "code"));
    const char *of = json_string_value(json_object_get(body, "territoire"));
    return code && of && !strcmp(code, FIGURE) && !strcmp(of, territory)
           && json_is_number(json_object_get(body, "valeur"))
           && !json_object_get(json_object_get(body, "dimensions"), "section");
}

static bool is_newer(const json_t *body, const json_t *than)
{
    const char *period = json_string_value(json_object_get(body, "periode"));
    const char *other = json_string_value(json_object_get(than, "periode"));
    return !than || (period && other && strcmp(period, other) > 0);
}

/* The newest figure of each size: {"<20": body}. */
static json_t *by_size(const site_t *site, const kind_t *kind, const page_t *page)
{
    json_t *figures = json_object();
    for (size_t i = 0; i < page->count; i++) {
        err_t unreadable;
        const entry_t *entry = &page->entries[i];
        json_t *body = body_decode(kind, entry->body, entry->body_size, &unreadable);
        if (body && is_figure(body, site->settings->territory)
            && is_newer(body, json_object_get(figures, size_of(body))))
            json_object_set(figures, size_of(body), body);
        json_decref(body);
    }
    return figures;
}

static json_t *size_links(const kind_t *kind, const json_t *figures, const char *chosen)
{
    json_t *links = json_array();
    const char *size;
    json_t *body;
    json_object_foreach((json_t *)figures, size, body)
    {
        text_t href;
        text_init(&href, 256);
        text_add_string(&href, "/?taille=");
        request_encode(&href, *size ? size : "toutes");
        text_add_string(&href, "#chiffre");
        json_array_append_new(links,
                              json_pack("{s:o, s:o, s:b}", "href", view_take(&href), "label",
                                        size_words(kind, size), "chosen", !strcmp(size, chosen)));
    }
    return links;
}

static json_t *figure_view(const site_t *site, const kind_t *kind, const json_t *figures,
                           const char *size)
{
    const json_t *body = json_object_get(figures, size);
    const char *period = json_string_value(json_object_get(body, "periode"));
    const char *maker = json_string_value(json_object_get(body, "producteur"));
    text_t value, where;
    text_init(&value, 64);
    text_init(&where, 256);
    format_number(&value, json_number_value(json_object_get(body, "valeur")), 2, "pct");
    territory_label(site->geo, &where, site->settings->territory);
    return json_pack("{s:o, s:o, s:o, s:s, s:o, s:b, s:o}", "value", view_take(&value), "who",
                     size_words(kind, size), "where", view_take(&where), "source",
                     maker ? maker : "", "when", period_words(period ? period : ""), "about",
                     json_is_true(json_object_get(body, "approx")), "sizes",
                     size_links(kind, figures, size));
}

/* The size that is asked for where there is a figure of it, else the small ones, else any. */
static const char *choose_size(json_t *figures, const char *asked)
{
    const char *wanted = !asked ? SIZE_DEFAULT : !strcmp(asked, "toutes") ? "" : asked;
    if (json_object_get(figures, wanted))
        return wanted;
    if (json_object_get(figures, SIZE_DEFAULT))
        return SIZE_DEFAULT;
    return json_object_iter_key(json_object_iter(figures));
}

int home_figure(site_t *site, const char *size, json_t **figure, err_t *err)
{
    *figure = NULL;
    const kind_t *kind = schema_kind(site->schema, "indicator");
    if (!kind || !site->settings->territory)
        return 0;
    query_t query = {.kind = kind, .limit = FIGURES_READ, .filter_count = 1};
    query.filters[0] =
        (filter_t){.field = "territoire", .codes = {site->settings->territory}, .count = 1};
    page_t page = {0};
    if (catalogue_list(site->catalogue, &query, &page, err))
        return -1;
    json_t *figures = by_size(site, kind, &page);
    if (json_object_size(figures))
        *figure = figure_view(site, kind, figures, choose_size(figures, size));
    json_decref(figures);
    page_free(&page);
    return 0;
}
