#include "node/portal/lists/filters.h"

#include "node/portal/lists/facet.h"
#include "node/portal/lists/listing.h"
#include "node/portal/words/directory.h"
#include "node/portal/words/format.h"
#include "node/portal/words/view.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CHOICES_MAX 24 /* of one facet: the most frequent, and the chosen ones */
#define LABEL_MAX 512
#define DEPARTMENT "DEP-"

/* --- the order and the words --- */

/* What a visitor asks, most urgent first. A facet of the kind that is not here follows under its own label. */
static const struct {
    const char *kind, *path, *legend;
} ORDER[] = {
    {"provider", "offres.type", "Ce qu'il vous faut"},
    {"provider", "fonctions_servies", "Pour quelle partie de l'entreprise"},
    {"provider", "sections_servies", "Votre secteur"},
    {"provider", "code_insee", "Département"},
    {"provider", "labels.code", "Label ou certification"},
    {"provider", "souverainete.hebergement_pays", "Où sont vos données"},
    {"provider", "souverainete.controle_ue", "Contrôlé depuis l'Union européenne"},
    {"provider", "souverainete.secnumcloud", "Hébergement SecNumCloud"},
    {"provider", "technologies", "Technologie"},
    {"provider", "tailles_servies", "Taille de votre entreprise"},
    {"provider", "zone_intervention", "Se déplace dans"},
    {"provider", "categorie", "Qui répond"},
    {"organisation", "type", "Type d'acteur"},
    {"organisation", "roles", "Ce qu'il fait pour vous"},
    {"organisation", "services", "Ce qu'on y apprend"},
    {"organisation", "code_insee", "Département"},
    {"organisation", "frais", "Ce que cela coûte"},
    {"organisation", "publics", "Public accueilli"},
    {"organisation", "prise_en_charge", "Accueil adapté"},
    {"organisation", "themes", "Thème"},
    {"organisation", "zone_intervention", "Intervient dans"},
};
enum { ORDER_COUNT = sizeof ORDER / sizeof *ORDER };

static size_t place_in_order(const kind_t *kind, const char *path)
{
    size_t place = 0;
    while (place < ORDER_COUNT
           && (strcmp(ORDER[place].kind, kind->name) != 0 || strcmp(ORDER[place].path, path) != 0))
        place++;
    return place;
}

static bool is_commune_field(const field_t *field)
{
    return field && field->type == FIELD_COG && !strcmp(field->name, "code_insee");
}

void filters_legend(const kind_t *kind, const char *path, const char *label, text_t *out)
{
    size_t place = place_in_order(kind, path);
    if (place < ORDER_COUNT)
        text_add_string(out, ORDER[place].legend);
    else if (!strcmp(path, "hub"))
        text_add_string(out, "Hub");
    else if (is_commune_field(facet_find(kind, path)))
        text_add_string(out, "Département");
    else
        text_add_string(out, label);
}

void filters_choice(const site_t *site, const kind_t *kind, const char *path, const char *code,
                    text_t *out)
{
    const field_t *field = facet_find(kind, path);
    if (field)
        view_code(site, field, code, out);
    else
        text_add_string(out, directory_name(site->directory, code));
}

/* --- choices --- */

/* One value of a facet with the number of records that have it. */
typedef struct choice {
    const char *code; /* borrowed from the tallies */
    int64_t count;
    size_t rank; /* its place in the vocabulary; codes without one come last */
} choice_t;

typedef struct filters {
    site_t *site;
    const query_t *query;
    const page_t *page;
    tallies_t kept; /* of the kind, all fields, over all hubs */
    json_t *ordered[ORDER_COUNT], *others;
} filters_t;

static size_t rank_of(const field_t *field, const char *code)
{
    const field_t *of = field && field->type == FIELD_LIST ? field->fields : field;
    if (!of || !of->vocabulary)
        return 0;
    for (size_t i = 0; i < of->vocabulary->count; i++)
        if (!strcmp(of->vocabulary->terms[i].code, code))
            return i;
    return of->vocabulary->count;
}

static int by_count(const void *a, const void *b)
{
    int64_t x = ((const choice_t *)a)->count, y = ((const choice_t *)b)->count;
    return (x < y) - (x > y);
}

static int by_rank(const void *a, const void *b)
{
    size_t x = ((const choice_t *)a)->rank, y = ((const choice_t *)b)->rank;
    return x == y ? by_count(a, b) : (x > y) - (x < y);
}

static void add_choice(choice_t *choices, size_t *count, const choice_t *choice)
{
    for (size_t i = 0; i < *count; i++)
        if (!strcmp(choices[i].code, choice->code)) {
            choices[i].count += choice->count;
            return;
        }
    choices[(*count)++] = *choice;
}

/* A kept tally's code of the field, or of the hub itself: the hubs are the tallies of field "". */
static const char *kept_code(const tally_t *tally, const char *path)
{
    if (!strcmp(path, "hub"))
        return *tally->field ? NULL : tally->hub;
    return strcmp(tally->field, path) ? NULL : tally->code;
}

static const filter_t *filter_of(const query_t *query, const char *path)
{
    for (size_t i = 0; i < query->filter_count; i++)
        if (!strcmp(query->filters[i].field, path))
            return &query->filters[i];
    return NULL;
}

/* Are the values of this field counted in what the list means? */
static bool is_narrowed(const filters_t *self, const char *path)
{
    const filter_t *filter = filter_of(self->query, path);
    return filter ? self->page->narrowed.filters[filter - self->query->filters]
                  : self->page->narrowed.others;
}

static bool is_offered(const field_t *field, const char *code, bool chosen)
{
    return chosen || !is_commune_field(field) || !strncmp(code, DEPARTMENT, strlen(DEPARTMENT));
}

/* The choices of a facet, and those that are chosen though nothing has them. Given. */
static choice_t *gather(const filters_t *self, const field_t *field, const char *path,
                        size_t *count)
{
    bool narrowed = is_narrowed(self, path);
    const tallies_t *tallies = narrowed ? &self->page->narrowed.tallies : &self->kept;
    choice_t *choices = calloc(tallies->count + QUERY_CODES_MAX, sizeof *choices);
    assert(choices);
    *count = 0;
    for (size_t i = 0; i < tallies->count; i++) {
        const tally_t *tally = &tallies->list[i];
        const char *code =
            narrowed ? (strcmp(tally->field, path) ? NULL : tally->code) : kept_code(tally, path);
        if (code && tally->count
            && is_offered(field, code, listing_chosen(self->query, path, code)))
            add_choice(choices, count, &(choice_t){code, tally->count, rank_of(field, code)});
    }
    const filter_t *filter = filter_of(self->query, path);
    for (size_t i = 0; filter && i < filter->count; i++)
        add_choice(choices, count,
                   &(choice_t){filter->codes[i], 0, rank_of(field, filter->codes[i])});
    qsort(choices, *count, sizeof *choices, by_count);
    return choices;
}

static json_t *number(int64_t count)
{
    text_t text;
    text_init(&text, 64);
    format_number(&text, (double)count, 0, "");
    return view_take(&text);
}

static json_t *choice_view(const filters_t *self, const char *path, const choice_t *choice)
{
    text_t label;
    text_init(&label, LABEL_MAX);
    filters_choice(self->site, self->query->kind, path, choice->code, &label);
    json_t *view = json_object();
    json_object_set_new(view, "name", json_string(path));
    json_object_set_new(view, "code", json_string(choice->code));
    json_object_set_new(view, "choice", view_take(&label));
    json_object_set_new(view, "count", number(choice->count));
    json_object_set_new(view, "chosen",
                        json_boolean(listing_chosen(self->query, path, choice->code)));
    return view;
}

/* How many records there are that the counts of a facet are about. */
static int64_t base_of(const filters_t *self, const char *path)
{
    int64_t all = 0;
    if (is_narrowed(self, path))
        return self->page->total;
    for (size_t i = 0; i < self->kept.count; i++)
        if (!*self->kept.list[i].field)
            all += self->kept.list[i].count;
    return all;
}

/* How many do not say yes or no; "" where that is no such question, or all say it. */
static json_t *unknown(const filters_t *self, const field_t *field, const char *path,
                       const choice_t *choices, size_t count)
{
    text_t text;
    text_init(&text, LABEL_MAX);
    int64_t left = base_of(self, path);
    for (size_t i = 0; i < count; i++)
        left -= choices[i].count;
    bool asked = field && field->type == FIELD_BOOL && strcmp(path, "demo") != 0;
    if (asked && left > 0 && !filter_of(self->query, path)) {
        format_count(&text, left, "fiche ne le dit pas", "fiches ne le disent pas");
        text_add_string(&text, "\u00a0: cela ne veut pas dire non.");
    }
    return view_take(&text);
}

/* The most frequent ones, and the chosen ones, in the order of the vocabulary. */
static size_t leave_frequent(const filters_t *self, const char *path, choice_t *choices,
                             size_t count)
{
    size_t shown = 0;
    for (size_t i = 0; i < count; i++)
        if (shown < CHOICES_MAX || listing_chosen(self->query, path, choices[i].code))
            choices[shown++] = choices[i];
    qsort(choices, shown, sizeof *choices, by_rank);
    return shown;
}

static void add_facet(void *context, const field_t *field, const char *path, const char *label)
{
    filters_t *self = context;
    size_t count, place = place_in_order(self->query->kind, path);
    choice_t *choices = gather(self, field, path, &count);
    bool chosen = filter_of(self->query, path) != NULL;
    if (count > 1 || chosen) {
        text_t legend;
        text_init(&legend, LABEL_MAX);
        filters_legend(self->query->kind, path, label, &legend);
        json_t *words = unknown(self, field, path, choices, count), *views = json_array();
        size_t shown = leave_frequent(self, path, choices, count);
        for (size_t i = 0; i < shown; i++)
            json_array_append_new(views, choice_view(self, path, &choices[i]));
        json_t *facet =
            json_pack("{s:o, s:o, s:b, s:b, s:o}", "legend", view_take(&legend), "choices", views,
                      "open", chosen, "cut", shown < count, "unknown", words);
        if (place < ORDER_COUNT)
            self->ordered[place] = facet;
        else
            json_array_append_new(self->others, facet);
    }
    free(choices);
}

/* --- what the list is narrowed by --- */

static void add_chip(json_t *chips, const request_t *request, const char *name, const char *value,
                     text_t *label)
{
    text_t href;
    text_init(&href, REQUEST_TARGET_MAX * 4);
    listing_address(request, name, value, NULL, &href);
    json_array_append_new(
        chips, json_pack("{s:o, s:o}", "label", view_take(label), "href", view_take(&href)));
}

static json_t *chips(const site_t *site, const request_t *request, const query_t *query,
                     const near_t *near)
{
    json_t *chips = json_array();
    text_t label;
    if (query->search && *query->search) {
        text_init(&label, LABEL_MAX);
        text_add_format(&label, "«\u00a0%s\u00a0»", query->search);
        add_chip(chips, request, "q", NULL, &label);
    }
    if (near->found) {
        text_init(&label, LABEL_MAX);
        text_add_format(&label, "à moins de %u\u00a0km de %s", near->radius_km, near->label);
        add_chip(chips, request, NEAR_PLACE, NULL, &label);
    }
    for (size_t i = 0; i < query->filter_count; i++)
        for (size_t j = 0; j < query->filters[i].count; j++) {
            const filter_t *filter = &query->filters[i];
            text_init(&label, LABEL_MAX);
            const field_t *field = facet_find(query->kind, filter->field);
            if (field && field->type == FIELD_BOOL) {
                filters_legend(query->kind, filter->field, field->label, &label);
                text_add_string(&label, "\u00a0: ");
            }
            filters_choice(site, query->kind, filter->field, filter->codes[j], &label);
            add_chip(chips, request, filter->field, filter->codes[j], &label);
        }
    return chips;
}

/* Over all hubs, where comes before what. */
static bool comes_first(const site_t *site, const char *path)
{
    return site->settings->role == MEMBER_AGGREGATOR && !strcmp(path, "code_insee");
}

int filters_add(site_t *site, const request_t *request, const query_t *query, const near_t *near,
                const page_t *page, json_t *content, err_t *err)
{
    filters_t self = {.site = site, .query = query, .page = page};
    if (catalogue_counts(site->catalogue, NULL, query->kind->name, NULL, &self.kept, err))
        return -1;
    json_t *facets = json_array();
    self.others = json_array();
    facet_each(query->kind, add_facet, &self);
    add_facet(&self, NULL, "hub", "Hub");
    for (size_t i = 0; i < ORDER_COUNT; i++)
        if (self.ordered[i] && comes_first(site, ORDER[i].path))
            json_array_insert_new(facets, 0, self.ordered[i]);
        else if (self.ordered[i])
            json_array_append_new(facets, self.ordered[i]);
    json_array_extend(facets, self.others);
    json_decref(self.others);
    tallies_free(&self.kept);
    json_t *narrowed_by = chips(site, request, query, near);
    json_object_set_new(content, "counted", json_boolean(page->narrowed.others));
    json_object_set_new(content, "has_facets", json_boolean(json_array_size(facets)));
    json_object_set_new(content, "facets", facets);
    json_object_set_new(content, "has_chips", json_boolean(json_array_size(narrowed_by)));
    json_object_set_new(content, "chips", narrowed_by);
    return 0;
}
