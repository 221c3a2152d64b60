#include "node/portal/lists/filters.h"

#include "node/portal/lists/facet.h"
#include "node/portal/lists/listing.h"
#include "node/portal/words/directory.h"
#include "node/portal/words/format.h"
#include "node/portal/words/view.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CHOICES_MAX 24      /* of one facet: the most frequent, and the chosen ones */
#define TERRITORIES_MAX 130 /* all departments and regions: everybody looks for one's own */
#define LABEL_MAX 512
#define DEPARTMENT "DEP-"

/* --- the order and the words --- */

/* What a visitor asks, most urgent first; of territories only those of these levels, "" for all. */
static const struct {
    const char *kind, *path, *legend, *levels;
    bool where; /* over all hubs, where comes before what */
} ORDER[] = {
    {"provider", "besoins", "Ce qui vous prend du temps", "", false},
    {"provider", "offres.type", "Ce qu'il vous faut", "", false},
    {"provider", "fonctions_servies", "Pour quelle partie de l'entreprise", "", false},
    {"provider", "sections_servies", "Votre secteur", "", false},
    {"provider", "code_insee", "Département", DEPARTMENT, true},
    {"provider", "labels.code", "Label ou certification", "", false},
    {"provider", "souverainete.hebergement_pays", "Où sont vos données", "", false},
    {"provider", "souverainete.controle_ue", "Contrôlé depuis l'Union européenne", "", false},
    {"provider", "souverainete.secnumcloud", "Hébergement SecNumCloud", "", false},
    {"provider", "technologies", "Technologie", "", false},
    {"provider", "tailles_servies", "Taille de votre entreprise", "", false},
    {"provider", "zone_intervention", "Se déplace dans", "", false},
    {"provider", "categorie", "Qui répond", "", false},
    {"organisation", "type", "Type d'acteur", "", false},
    {"organisation", "roles", "Ce qu'il fait pour vous", "", false},
    {"organisation", "services", "Ce qu'on y apprend", "", false},
    {"organisation", "code_insee", "Département", DEPARTMENT, true},
    {"organisation", "frais", "Ce que cela coûte", "", false},
    {"organisation", "publics", "Public accueilli", "", false},
    {"organisation", "prise_en_charge", "Accueil adapté", "", false},
    {"organisation", "themes", "Thème", "", false},
    {"organisation", "zone_intervention", "Intervient dans", "", false},
    {"event", "fonctions", "Dans l'entreprise", "", false},
    {"event", "type", "Type de rendez-vous", "", false},
    {"event", "mode", "Sur place ou en ligne", "", false},
    {"event", "lieu.code_insee", "Département", DEPARTMENT, true},
    {"use_case", "fonction", "Dans l'entreprise", "", false},
    {"use_case", "section", "Secteur", "", false},
    {"use_case", "taille", "Taille de l'entreprise", "", false},
    {"use_case", "langue", "Langue", "", false},
    {"use_case", "concluant", "Est-ce que ça a marché ?", "", false},
    {"use_case", "maturite", "Où en est le projet", "", false},
    {"use_case", "ai_act.classe", "Règlement européen sur l'IA", "", false},
    {"use_case", "hub", "Département", "", true},
    {"programme", "types_aides", "Type d'aide", "", false},
    {"programme", "eligibilite_geographique", "Où", "PAYS- REG- DEP-", true},
    {"programme", "eligibilite_categorie_taille_entreprise", "Taille de l'entreprise", "", false},
    {"programme", "ciblage_naf", "Secteur", "", false},
    {"programme", "cibles", "Pour qui", "", false},
    {"indicator", "territoire", "Territoire", "DEP- REG- PAYS- UE-", false},
    {"indicator", "dimensions.taille", "Taille de l'entreprise", "", false},
    {"indicator", "dimensions.section", "Secteur", "", false},
};
enum { ORDER_COUNT = sizeof ORDER / sizeof *ORDER };

/* Lists with a page of their own: of these only what is above. Any other facet of any other kind follows under its own
 * label. */
static const char *const OWN_PAGES[] = {"event", "use_case", "programme", "indicator"};

static bool has_own_page(const kind_t *kind)
{
    for (size_t i = 0; i < sizeof OWN_PAGES / sizeof *OWN_PAGES; i++)
        if (!strcmp(OWN_PAGES[i], kind->name))
            return true;
    return false;
}

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
    const asking_t *asking;
    const query_t *query; /* the asking's */
    tallies_t kept;       /* of the kind, all fields, over all hubs */
    json_t *ordered[ORDER_COUNT], *others;
} filters_t;

static const field_t *entry_of(const field_t *field)
{
    return field && field->type == FIELD_LIST ? field->fields : field;
}

static bool is_territory(const field_t *field)
{
    return field && entry_of(field)->type == FIELD_COG;
}

static size_t rank_of(const field_t *field, const char *code)
{
    const field_t *of = entry_of(field);
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

static int by_code(const void *a, const void *b)
{
    return strcmp(((const choice_t *)a)->code, ((const choice_t *)b)->code);
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

/* Are the values of this field counted in what the list means? path NULL: of those that nothing is chosen of. */
static bool is_narrowed(const filters_t *self, const char *path)
{
    const filter_t *filter = path ? filter_of(self->query, path) : NULL;
    const narrowed_t *narrowed = &self->asking->page.narrowed;
    return filter ? narrowed->filters[filter - self->query->filters] : narrowed->others;
}

/* Do its numbers say what a choice will leave? The kept ones do when nothing else is asked. */
static bool is_exact(const filters_t *self, const char *path)
{
    const query_t *query = self->query;
    bool chosen = path && filter_of(query, path), words = query->search && *query->search;
    return is_narrowed(self, path)
           || (query->filter_count == (chosen ? 1 : 0) && !words && !query->around && !query->from);
}

static bool is_of(const char *levels, const char *code)
{
    char level[8];
    size_t size = strcspn(code, "-") + 1;
    if (!*levels)
        return true;
    if (size >= sizeof level)
        return false;
    memcpy(level, code, size);
    level[size] = 0;
    return strstr(levels, level);
}

static bool is_offered(const filters_t *self, const field_t *field, const char *path,
                       const char *code)
{
    size_t place = place_in_order(self->query->kind, path);
    const char *levels = place < ORDER_COUNT       ? ORDER[place].levels
                         : is_commune_field(field) ? DEPARTMENT
                                                   : "";
    return listing_chosen(self->query, path, code) || is_of(levels, code);
}

/* The choices of a facet, and those that are chosen though nothing has them; the most frequent first. Given. */
static choice_t *gather(const filters_t *self, const field_t *field, const char *path,
                        size_t *count)
{
    bool narrowed = is_narrowed(self, path);
    const tallies_t *tallies = narrowed ? &self->asking->page.narrowed.tallies : &self->kept;
    choice_t *choices = calloc(tallies->count + QUERY_CODES_MAX, sizeof *choices);
    assert(choices);
    *count = 0;
    for (size_t i = 0; i < tallies->count; i++) {
        const tally_t *tally = &tallies->list[i];
        const char *code =
            narrowed ? (strcmp(tally->field, path) ? NULL : tally->code) : kept_code(tally, path);
        if (!code || !tally->count || !is_offered(self, field, path, code))
            continue;
        choice_t choice = {code, tally->count, rank_of(field, code)};
        if (narrowed) /* each once already: it may be each commune of a region */
            choices[(*count)++] = choice;
        else
            add_choice(choices, count, &choice);
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
    filters_choice(self->asking->site, self->query->kind, path, choice->code, &label);
    return json_pack("{s:s, s:s, s:o, s:o, s:b}", "name", path, "code", choice->code, "choice",
                     view_take(&label), "count", number(choice->count), "chosen",
                     listing_chosen(self->query, path, choice->code));
}

/* How many records there are that the counts of a facet are about. */
static int64_t base_of(const filters_t *self, const char *path)
{
    int64_t all = 0;
    if (is_narrowed(self, path))
        return self->asking->page.total;
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

/* As many as there is room for, and the chosen ones, in the order in which people look for them. */
static json_t *choice_views(const filters_t *self, const field_t *field, const char *path,
                            choice_t *choices, size_t count)
{
    size_t shown = 0, most = is_territory(field) ? TERRITORIES_MAX : CHOICES_MAX;
    json_t *views = json_array();
    for (size_t i = 0; i < count; i++)
        if (shown < most || listing_chosen(self->query, path, choices[i].code))
            choices[shown++] = choices[i];
    qsort(choices, shown, sizeof *choices, is_territory(field) ? by_code : by_rank);
    for (size_t i = 0; i < shown; i++)
        json_array_append_new(views, choice_view(self, path, &choices[i]));
    return views;
}

static json_t *facet_view(const filters_t *self, const field_t *field, const char *path,
                          const char *label, choice_t *choices, size_t count)
{
    text_t legend;
    text_init(&legend, LABEL_MAX);
    filters_legend(self->query->kind, path, label, &legend);
    json_t *silent = unknown(self, field, path, choices, count); /* before they are cut */
    json_t *views = choice_views(self, field, path, choices, count);
    return json_pack("{s:o, s:o, s:b, s:b, s:o, s:b}", "legend", view_take(&legend), "choices",
                     views, "open", filter_of(self->query, path) != NULL, "cut",
                     json_array_size(views) < count, "unknown", silent, "whole",
                     is_exact(self, NULL) && !is_exact(self, path));
}

/* Whoever looks at one hub's records, because the page shows no others, is not asked where. */
static bool is_settled(const filters_t *self, const field_t *field)
{
    return is_commune_field(field) && filter_of(self->query, "hub")
           && !asking_has(self->asking, "hub");
}

static void add_facet(void *context, const field_t *field, const char *path, const char *label)
{
    filters_t *self = context;
    size_t count, place = place_in_order(self->query->kind, path);
    if (is_settled(self, field) || (place == ORDER_COUNT && has_own_page(self->query->kind)))
        return;
    choice_t *choices = gather(self, field, path, &count);
    if (count > 1 || filter_of(self->query, path)) {
        json_t *facet = facet_view(self, field, path, label, choices, count);
        if (place < ORDER_COUNT)
            self->ordered[place] = facet;
        else
            json_array_append_new(self->others, facet);
    }
    free(choices);
}

void filters_add_facet(json_t *content, const char *legend, const char *name, json_t *choices)
{
    json_t *choice;
    size_t i;
    bool open = false;
    json_array_foreach(choices, i, choice)
    {
        json_object_set_new(choice, "name", json_string(name));
        open |= json_is_true(json_object_get(choice, "chosen"));
    }
    json_array_insert_new(json_object_get(content, "facets"), 0,
                          json_pack("{s:s, s:o, s:b, s:b, s:s, s:b}", "legend", legend, "choices",
                                    choices, "open", open, "cut", 0, "unknown", "", "whole", 0));
    json_object_set_new(content, "has_facets", json_true());
}

/* --- what the list is narrowed by --- */

void filters_add_chip(json_t *content, const request_t *request, const char *name,
                      const char *value, text_t *label)
{
    text_t href;
    text_init(&href, REQUEST_TARGET_MAX * 4);
    listing_address(request, name, value, NULL, &href);
    json_array_append_new(
        json_object_get(content, "chips"),
        json_pack("{s:o, s:o}", "label", view_take(label), "href", view_take(&href)));
    json_object_set_new(content, "has_chips", json_true());
}

static void add_filter_chips(const asking_t *asking, const filter_t *filter, json_t *content)
{
    const kind_t *kind = asking->query.kind;
    const field_t *field = facet_find(kind, filter->field);
    for (size_t i = 0; i < filter->count && asking_has(asking, filter->field); i++) {
        text_t label;
        text_init(&label, LABEL_MAX);
        if (field && field->type == FIELD_BOOL) {
            filters_legend(kind, filter->field, field->label, &label);
            text_add_string(&label, "\u00a0: ");
        }
        filters_choice(asking->site, kind, filter->field, filter->codes[i], &label);
        filters_add_chip(content, asking->request, filter->field, filter->codes[i], &label);
    }
}

static void add_chips(const asking_t *asking, json_t *content)
{
    const query_t *query = &asking->query;
    const near_t *near = &asking->near;
    text_t label;
    if (query->search && *query->search) {
        text_init(&label, LABEL_MAX);
        text_add_format(&label, "«\u00a0%s\u00a0»", query->search);
        filters_add_chip(content, asking->request, "q", NULL, &label);
    }
    if (near->found) {
        text_init(&label, LABEL_MAX);
        text_add_format(&label, "à moins de %u\u00a0km de %s", near->radius_km, near->label);
        filters_add_chip(content, asking->request, NEAR_PLACE, NULL, &label);
    }
    for (size_t i = 0; i < query->filter_count; i++)
        add_filter_chips(asking, &query->filters[i], content);
}

/* --- both --- */

/* The facets in the order in which they are asked for. */
static json_t *in_order(filters_t *self)
{
    bool nation = self->asking->site->settings->role == MEMBER_AGGREGATOR;
    json_t *facets = json_array();
    for (size_t i = 0; i < ORDER_COUNT; i++)
        if (self->ordered[i] && nation && ORDER[i].where)
            json_array_insert_new(facets, 0, self->ordered[i]);
        else if (self->ordered[i])
            json_array_append_new(facets, self->ordered[i]);
    json_array_extend(facets, self->others);
    return facets;
}

int filters_add(const asking_t *asking, json_t *content, err_t *err)
{
    const kind_t *kind = asking->query.kind;
    filters_t self = {.asking = asking, .query = &asking->query, .others = json_array()};
    int rc = catalogue_kept(asking->site->catalogue, &asking->query, &self.kept, err);
    if (rc == 0) {
        facet_each(kind, add_facet, &self);
        add_facet(&self, NULL, "hub", "Hub");
        json_t *facets = in_order(&self);
        json_object_set_new(content, "counted", json_boolean(is_exact(&self, NULL)));
        json_object_set_new(content, "dated", json_boolean(asking->query.from != NULL));
        json_object_set_new(content, "has_facets", json_boolean(json_array_size(facets)));
        json_object_set_new(content, "facets", facets);
        json_object_set_new(content, "has_chips", json_false());
        json_object_set_new(content, "chips", json_array());
        add_chips(asking, content);
        tallies_free(&self.kept);
    }
    json_decref(self.others);
    return rc;
}
