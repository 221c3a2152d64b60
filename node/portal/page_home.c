#include "node/portal/pages.h"

#include "node/portal/directory.h"
#include "node/portal/format.h"
#include "node/portal/territory.h"
#include "node/portal/view.h"

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

/* The other hubs, or on an aggregator all of them. */
static json_t *hubs(const site_t *site, const tallies_t *tallies)
{
    json_t *hubs = json_array();
    for (size_t i = 0; i < directory_count(site->directory); i++) {
        const hub_name_t *hub = directory_at(site->directory, i);
        if (!strcmp(hub->hub, site->settings->name))
            continue;
        text_t territory, href;
        text_init(&territory, 256);
        text_init(&href, 256);
        territory_label(site->geo, &territory, hub->territory);
        view_address(schema_kind(site->schema, "hub"), hub->hub, hub->hub, &href);
        json_array_append_new(hubs, json_pack("{s:o, s:s, s:o, s:o}", "href", view_take(&href),
                                              "name", hub->name, "where", view_take(&territory),
                                              "count", count_text(sum(tallies, hub->hub, NULL))));
    }
    return hubs;
}

int page_home(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    (void)request;
    tallies_t tallies = {0};
    if (directory_refresh(site->directory, site->catalogue, site->schema, err)
        || catalogue_counts(site->catalogue, NULL, NULL, "", &tallies, err))
        return -1;
    const portal_settings_t *settings = site->settings;
    json_t *others = hubs(site, &tallies);
    json_t *content =
        json_pack("{s:s, s:b, s:o, s:o, s:b, s:O}", "title",
                  settings->title ? settings->title : settings->name, "home", 1, "cards",
                  cards(site->schema, &tallies), "all", count_text(sum(&tallies, NULL, NULL)),
                  "has_hubs", json_array_size(others) > 0, "hubs", others);
    json_decref(others);
    tallies_free(&tallies);
    return site_page(site, "home", content, response, err);
}
