/* One published figure: large, with what it counts, and beside those of the same measure. */
#include "node/portal/pages/pages.h"

#include "node/portal/pages/figure.h"
#include "node/portal/pages/sheet.h"
#include "node/portal/words/format.h"
#include "node/portal/words/territory.h"
#include "node/portal/words/view.h"

#include <string.h>

#define KIND "indicator"
#define TERRITORY "territoire"
#define BESIDE_MAX 8 /* bars */

/* The bars of a chart and the words they borrow. */
typedef struct bars {
    bar_t list[BESIDE_MAX];
    text_t labels[BESIDE_MAX], values[BESIDE_MAX];
    size_t count;
} bars_t;

static void open_bar(bars_t *bars)
{
    text_init(&bars->labels[bars->count], 2048);
    text_init(&bars->values[bars->count], 256);
    bars->count++;
}

static void add_bar(bars_t *bars, const figure_t *figure, bool itself)
{
    size_t i = bars->count;
    open_bar(bars);
    if (itself)
        text_add_string(&bars->labels[i], "Ce chiffre · ");
    if (figure_part(figure, &bars->labels[i]))
        text_add_string(&bars->labels[i], " · ");
    figure_source(figure, &bars->labels[i]);
    figure_value(figure, &bars->values[i]);
    bars->list[i] = figure_bar(figure, bars->labels[i].data, bars->values[i].data);
}

static void free_bars(bars_t *bars)
{
    for (size_t i = 0; i < bars->count; i++) {
        text_free(&bars->labels[i]);
        text_free(&bars->values[i]);
    }
}

/* Of the same measure in the same territory and unit. A region as a filter also finds its departments. */
static bool stands_beside(const figure_t *other, const figure_t *figure)
{
    return !strcmp(other->code, figure->code) && !strcmp(other->territory, figure->territory)
           && !strcmp(other->unit, figure->unit)
           && (strcmp(other->id, figure->id) != 0 || strcmp(other->hub, figure->hub) != 0);
}

static int add_others(bars_t *bars, site_t *site, const figure_t *figure, err_t *err)
{
    query_t query = {.kind = figure->kind, .limit = QUERY_LIMIT_MAX, .filter_count = 1};
    query.filters[0] = (filter_t){.field = TERRITORY, .codes = {figure->territory}, .count = 1};
    page_t page = {0};
    int rc = catalogue_list(site->catalogue, &query, &page, err);
    for (size_t i = 0; i < page.count && bars->count < BESIDE_MAX; i++) {
        figure_t other;
        if (figure_read(&other, figure->kind, &page.entries[i]) && stands_beside(&other, figure))
            add_bar(bars, &other, false);
        figure_free(&other);
    }
    page_free(&page);
    return rc;
}

/* A percentage without others stands beside the whole. */
static void add_whole(bars_t *bars, const figure_t *figure)
{
    if (bars->count > 1 || strcmp(figure->unit, "pct") != 0)
        return;
    open_bar(bars);
    text_add_string(&bars->labels[1], "Tous ceux qui sont comptés");
    format_number(&bars->values[1], 100, 0, "pct");
    bars->list[1] = (bar_t){bars->labels[1].data, bars->values[1].data, 100, 100, true, true};
}

static int add_chart(json_t *content, site_t *site, const figure_t *figure, err_t *err)
{
    bars_t bars = {.count = 0};
    add_bar(&bars, figure, true);
    int rc = add_others(&bars, site, figure, err);
    add_whole(&bars, figure);
    if (rc == 0 && bars.count > 1) {
        json_t *chart = chart_view(bars.list, bars.count);
        json_object_set_new(
            chart, "aria",
            json_sprintf("%s. Le tableau de la page Chiffres dit la même chose.", figure->label));
        json_object_set_new(chart, "caption", json_object_get(content, "where"));
        json_object_set_new(content, "chart", chart);
    }
    free_bars(&bars);
    return rc;
}

typedef void words_t(const figure_t *figure, text_t *out);

static void add_words(json_t *content, const char *name, words_t *words, const figure_t *figure)
{
    text_t text;
    text_init(&text, 2048);
    words(figure, &text);
    json_object_set_new(content, name, view_take(&text));
}

/* "260 sur 2 580", when the source tells. */
static void ratio(const figure_t *figure, text_t *out)
{
    const json_t *part = json_object_get(figure->body, "numerateur"),
                 *whole = json_object_get(figure->body, "denominateur");
    if (!json_is_integer(part) || !json_is_integer(whole))
        return;
    format_number(out, json_number_value(part), 0, "");
    text_add_string(out, " sur ");
    format_number(out, json_number_value(whole), 0, "");
}

static void part(const figure_t *figure, text_t *out)
{
    figure_part(figure, out);
}

static void subject(const figure_t *figure, text_t *out)
{
    text_add_format(out, "/%s?sujet=", figure->kind->path);
    request_encode(out, figure->code);
}

static int add_figure(json_t *content, site_t *site, const figure_t *figure, err_t *err)
{
    static const struct {
        const char *name;
        words_t *words;
    } WORDS[] = {{"value", figure_value},     {"by", figure_source}, {"part", part},
                 {"warning", figure_warning}, {"ratio", ratio},      {"subject", subject}};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        add_words(content, WORDS[i].name, WORDS[i].words, figure);
    text_t where;
    text_init(&where, 256);
    territory_label(site->geo, &where, figure->territory);
    json_object_set_new(content, "where", view_take(&where));
    return add_chart(content, site, figure, err);
}

int page_figure(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    static const char *const fields[] = {"champ", "methode", "unite_statistique", "source_url",
                                         NULL};
    sheet_t sheet;
    int rc = sheet_open_captured(&sheet, site, request, KIND, response, err);
    json_t *content = sheet_content(&sheet);
    figure_t figure = {0};
    if (content) {
        sheet_add(content, &sheet, fields);
        if (figure_read(&figure, sheet.kind, &sheet.entry))
            rc = add_figure(content, site, &figure, err);
        figure_free(&figure);
    }
    return sheet_answer(&sheet, rc, "figure", content, response, err);
}
