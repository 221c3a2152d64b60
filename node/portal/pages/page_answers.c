/* The first answers: without a question, every theme with its first few; with words or a filter, the
 * list of what fits. */
#include "node/portal/pages/pages.h"

#include "node/portal/lists/listing.h"
#include "node/portal/pages/list.h"
#include "node/portal/pages/nearby.h"
#include "node/portal/words/format.h"
#include "node/portal/words/view.h"

#include <string.h>

#define KIND "answer"
#define OF_A_THEME 5
#define ROWS 20

/* Facets by which one line of links leads, with what stands before it. */
static const struct {
    const char *facet, *label;
} CHOICES[] = {
    {"theme", "Par sujet"},
    {"irritant", "Ce qui vous agace"},
    {"fonctions", "Dans l'entreprise"},
};
enum { CHOICE_COUNT = sizeof CHOICES / sizeof *CHOICES };

static int64_t count_of(const tallies_t *tallies, const char *facet, const char *code)
{
    int64_t count = 0;
    for (size_t i = 0; i < tallies->count; i++)
        if (!strcmp(tallies->list[i].field, facet) && !strcmp(tallies->list[i].code, code))
            count += tallies->list[i].count;
    return count;
}

static const vocabulary_t *vocabulary_of(const kind_t *kind, const char *facet)
{
    const field_t *field = kind_field(kind, facet);
    return !field                      ? NULL
           : field->type == FIELD_LIST ? field->fields[0].vocabulary
                                       : field->vocabulary;
}

static json_t *address(const kind_t *kind, const char *facet, const char *code)
{
    text_t href;
    text_init(&href, 512);
    text_add_format(&href, "/%s?%s=", kind->path, facet);
    request_encode(&href, code);
    return view_take(&href);
}

/* The codes that some answer has, in the order of the vocabulary. */
static json_t *choice_links(const query_t *query, const char *facet, const tallies_t *tallies)
{
    json_t *links = json_array();
    const vocabulary_t *vocabulary = vocabulary_of(query->kind, facet);
    for (size_t i = 0; vocabulary && i < vocabulary->count; i++) {
        const char *code = vocabulary->terms[i].code;
        if (count_of(tallies, facet, code))
            json_array_append_new(links, json_pack("{s:o, s:s, s:b}", "href",
                                                   address(query->kind, facet, code), "label",
                                                   vocabulary->terms[i].label, "chosen",
                                                   listing_chosen(query, facet, code)));
    }
    return links;
}

static json_t *choices(const query_t *query, const tallies_t *tallies)
{
    json_t *choices = json_array();
    for (size_t i = 0; i < CHOICE_COUNT; i++) {
        json_t *links = choice_links(query, CHOICES[i].facet, tallies);
        if (json_array_size(links))
            json_array_append_new(
                choices, json_pack("{s:s, s:O}", "legend", CHOICES[i].label, "links", links));
        json_decref(links);
    }
    return choices;
}

/* --- nothing asked: by theme --- */

static int add_theme(site_t *site, const kind_t *kind, const term_t *theme, int64_t count,
                     json_t *themes, err_t *err)
{
    query_t query = {.kind = kind, .limit = OF_A_THEME, .filter_count = 1};
    query.filters[0] = (filter_t){.field = "theme", .codes = {theme->code}, .count = 1};
    nearby_t found;
    int rc = nearby_find(site, &query, &found, err);
    if (rc == 0) {
        json_t *rows = json_array();
        for (size_t i = 0; i < found.count; i++)
            json_array_append_new(rows, view_row(site, kind, found.entries[i]));
        text_t total;
        text_init(&total, 64);
        format_count(&total, count, "réponse", "réponses");
        json_array_append_new(themes,
                              json_pack("{s:s, s:s, s:o, s:o, s:o, s:b}", "code", theme->code,
                                        "theme", theme->label, "rows", rows, "href",
                                        address(kind, "theme", theme->code), "count",
                                        view_take(&total), "more", count > (int64_t)found.count));
    }
    nearby_free(&found);
    return rc;
}

static int add_themes(site_t *site, const kind_t *kind, const tallies_t *tallies, json_t *content,
                      err_t *err)
{
    json_t *themes = json_array();
    json_object_set_new(content, "themes", themes);
    const vocabulary_t *vocabulary = vocabulary_of(kind, "theme");
    for (size_t i = 0; vocabulary && i < vocabulary->count; i++) {
        int64_t count = count_of(tallies, "theme", vocabulary->terms[i].code);
        if (count && add_theme(site, kind, &vocabulary->terms[i], count, themes, err))
            return -1;
    }
    return 0;
}

/* --- something asked: what fits --- */

static json_t *row_of(const asking_t *asking, const entry_t *entry)
{
    return view_row(asking->site, asking->query.kind, entry);
}

static int fill(asking_t *asking, json_t *content, err_t *err)
{
    const kind_t *kind = asking->query.kind;
    tallies_t tallies = {0};
    if (catalogue_kept(asking->site->catalogue, &asking->query, &tallies, err))
        return -1;
    json_object_set_new(content, "path", json_string(kind->path));
    json_object_set_new(content, "choices", choices(&asking->query, &tallies));
    bool asked = asking_asks(asking) || asking->query.after;
    int rc = asked ? list_find(asking, content, err)
                   : add_themes(asking->site, kind, &tallies, content, err);
    tallies_free(&tallies);
    if (rc || !asked)
        return rc;
    json_object_set_new(content, "asked", json_true());
    json_object_set_new(content, "rows", asking_rows(asking, row_of));
    return 0;
}

int page_answers(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    asking_t asking;
    json_t *content = json_pack("{s:s}", "title", "Premières réponses");
    int rc = list_open(&asking, site, request, KIND, ROWS, err);
    if (rc == 0)
        rc = fill(&asking, content, err);
    return list_answer(&asking, rc, "answers", content, response, err);
}
