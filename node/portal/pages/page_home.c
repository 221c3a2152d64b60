#include "node/portal/pages/pages.h"

#include "node/portal/pages/home.h"
#include "node/portal/words/departments.h"
#include "node/portal/words/directory.h"
#include "node/portal/words/format.h"
#include "node/portal/words/territory.h"
#include "node/portal/words/view.h"

#include <stdlib.h>
#include <string.h>

/* What a visitor comes for, most urgent first. A kind that is not here follows under its own
 * name. */
static const struct {
    const char *kind, *call, *words;
} CARDS[] = {
    {"answer", "Trouver une réponse", "Coût, emploi, données, règles : les premières questions."},
    {"provider", "Trouver un prestataire", "Qui peut vous aider, près de chez vous."},
    {"event", "Participer à un événement", "Ateliers, rencontres, formations."},
    {"programme", "Trouver une aide", "Diagnostics, prêts, subventions, formations financées."},
    {"use_case", "Voir ce que font les autres",
     "Des usages de l'IA dans des entreprises comme la vôtre."},
    {"organisation", "Savoir à qui s'adresser", "Chambres, réseaux, financeurs, écoles."},
    {"indicator", "Lire les chiffres", "L'IA dans les entreprises, avec la source."},
    {"hub", "Voir les hubs", "Qui publie ces fiches, et comment les joindre."},
};
enum { CARD_COUNT = sizeof CARDS / sizeof *CARDS };

static int64_t sum(const tallies_t *tallies, const char *hub, const char *kind)
{
    int64_t total = 0;
    for (size_t i = 0; i < tallies->count; i++) {
        const tally_t *tally = &tallies->list[i];
        if ((!hub || !strcmp(tally->hub, hub)) && (!kind || !strcmp(tally->kind, kind)))
            total += tally->count;
    }
    return total;
}

static json_t *count_text(int64_t count)
{
    text_t text;
    text_init(&text, 128);
    if (count)
        format_count(&text, count, "fiche", "fiches");
    else
        text_add_string(&text, "Rien encore");
    return view_take(&text);
}

/* What there is comes before what is still empty: a visitor on a phone sees four of them. */
typedef struct cards {
    json_t *full, *empty;
} cards_t;

static void add_card(cards_t *cards, const kind_t *kind, const char *call, const char *words,
                     const tallies_t *tallies)
{
    int64_t count = sum(tallies, NULL, kind->name);
    json_array_append_new(count ? cards->full : cards->empty,
                          json_pack("{s:s, s:s, s:s, s:o, s:b}", "path", kind->path, "call", call,
                                    "words", words, "count", count_text(count), "none", !count));
}

static bool has_card(const char *kind)
{
    for (size_t i = 0; i < CARD_COUNT; i++)
        if (!strcmp(CARDS[i].kind, kind))
            return true;
    return false;
}

static json_t *cards(const schema_t *schema, const tallies_t *tallies)
{
    cards_t cards = {json_array(), json_array()};
    for (size_t i = 0; i < CARD_COUNT; i++) {
        const kind_t *kind = schema_kind(schema, CARDS[i].kind);
        if (kind)
            add_card(&cards, kind, CARDS[i].call, CARDS[i].words, tallies);
    }
    for (size_t i = 0; i < schema_kind_count(schema); i++) {
        const kind_t *kind = schema_kind_at(schema, i);
        if (!has_card(kind->name))
            add_card(&cards, kind, kind->plural, "", tallies);
    }
    json_array_extend(cards.full, cards.empty);
    json_decref(cards.empty);
    return cards.full;
}

/* Where a hub is read best: at its own address, else what is known of it here. */
static json_t *hub_address(const site_t *site, const hub_name_t *hub)
{
    char *own = view_url(hub->url);
    json_t *address = own ? json_string(own) : NULL;
    free(own);
    if (address)
        return address;
    text_t href;
    text_init(&href, 256);
    view_address(schema_kind(site->schema, "hub"), hub->hub, hub->hub, &href);
    return view_take(&href);
}

/* The other hubs, or on an aggregator all of them. */
static json_t *hubs(const site_t *site, const tallies_t *tallies)
{
    json_t *hubs = json_array();
    for (size_t i = 0; i < directory_count(site->directory); i++) {
        const hub_name_t *hub = directory_at(site->directory, i);
        if (!strcmp(hub->hub, site->settings->name))
            continue;
        text_t territory;
        text_init(&territory, 256);
        territory_label(site->geo, &territory, hub->territory);
        json_array_append_new(hubs,
                              json_pack("{s:o, s:s, s:s, s:o, s:o}", "href", hub_address(site, hub),
                                        "name", hub->name, "territory_code", hub->territory,
                                        "where", view_take(&territory), "count",
                                        count_text(sum(tallies, hub->hub, NULL))));
    }
    return hubs;
}

static int add_hub_parts(site_t *site, const request_t *request, json_t *content, err_t *err)
{
    json_t *stories = NULL, *event = NULL, *figure = NULL;
    int rc = home_stories(site, &stories, err) || home_event(site, &event, err)
                     || home_figure(site, request_parameter(request, "taille"), &figure, err)
                 ? -1
                 : 0;
    json_object_set_new(content, "has_stories", json_boolean(json_array_size(stories)));
    json_object_set_new(content, "stories", stories ? stories : json_array());
    json_object_set_new(content, "event", event ? event : json_null());
    json_object_set_new(content, "figure_here", figure ? figure : json_null());
    return rc;
}

int page_home(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    tallies_t tallies = {0};
    if (directory_refresh(site->directory, site->catalogue, site->schema, err)
        || catalogue_counts(site->catalogue, NULL, NULL, "", &tallies, err))
        return -1;
    const portal_settings_t *settings = site->settings;
    json_t *others = hubs(site, &tallies);
    json_t *content =
        json_pack("{s:s, s:b, s:o, s:o, s:o, s:b, s:O}", "title",
                  settings->title ? settings->title : settings->name, "home", 1, "irritants",
                  home_irritants(site), "cards", cards(site->schema, &tallies), "all",
                  count_text(sum(&tallies, NULL, NULL)), "has_hubs", json_array_size(others) > 0,
                  "hubs", others);
    tallies_free(&tallies);
    bool national = settings->role == MEMBER_AGGREGATOR;
    if (national)
        json_object_set_new(content, "map", departments_map(site->departments, others));
    json_decref(others);
    if (!national && add_hub_parts(site, request, content, err)) {
        json_decref(content);
        return -1;
    }
    return site_page(site, national ? "home_national" : "home", content, response, err);
}
