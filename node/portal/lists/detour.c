#include "node/portal/lists/detour.h"

#include "node/portal/lists/facet.h"
#include "node/portal/lists/filters.h"
#include "node/portal/lists/listing.h"
#include "node/portal/words/format.h"
#include "node/portal/words/territory.h"
#include "node/portal/words/view.h"

#include <math.h>
#include <string.h>

#define DEPARTMENT "DEP-"
#define DEPARTMENTS_MAX 128
#define WORDS_MAX 512

typedef struct way {
    const asking_t *from;
    json_t *detours;
} way_t;

/* How many records a query means. */
static int count_of(const way_t *way, query_t query, int64_t *total, err_t *err)
{
    page_t page;
    query.limit = 1;
    query.after = NULL;
    query.narrowed = false;
    if (catalogue_list(way->from->site->catalogue, &query, &page, err))
        return -1;
    *total = page.total;
    page_free(&page);
    return 0;
}

/* {words, count, href}; takes words and href. */
static json_t *view_of(const asking_t *from, text_t *words, int64_t total, text_t *href)
{
    text_t number;
    text_init(&number, 64);
    listing_count(from->query.kind, total, &number);
    return json_pack("{s:o, s:o, s:o}", "words", view_take(words), "count", view_take(&number),
                     "href", view_take(href));
}

/* Offers an address if the query that it stands for has anything. Takes words and href. */
static int offer_address(way_t *way, const query_t *query, text_t *words, text_t *href, err_t *err)
{
    int64_t total = 0;
    int rc = count_of(way, *query, &total, err);
    if (rc == 0 && total) {
        json_array_append_new(way->detours, view_of(way->from, words, total, href));
        return 0;
    }
    text_free(words);
    text_free(href);
    return rc;
}

/* The same of the address with one parameter changed. Takes words. */
static int offer(way_t *way, const query_t *query, text_t *words, const char *name,
                 const char *value, const char *instead, err_t *err)
{
    text_t href;
    text_init(&href, REQUEST_TARGET_MAX * 4);
    listing_address(way->from->request, name, value, instead, &href);
    return offer_address(way, query, words, &href, err);
}

void detour_offer(const asking_t *asking, const char *words, const char *name, int64_t count,
                  json_t *content)
{
    text_t copy, href;
    text_init(&copy, WORDS_MAX);
    text_init(&href, REQUEST_TARGET_MAX * 4);
    text_add_string(&copy, words);
    listing_address(asking->request, name, NULL, NULL, &href);
    json_array_append_new(json_object_get(content, "detours"),
                          view_of(asking, &copy, count, &href));
    json_object_set_new(content, "has_detours", json_true());
}

/* --- a wider circle --- */

/* The next radius that reaches anything. */
static int widen(way_t *way, const query_t *query, err_t *err)
{
    const near_t *near = &way->from->near;
    size_t before = json_array_size(way->detours);
    for (const unsigned *radius = NEAR_RADII; near->found && *radius; radius++) {
        if (*radius <= near->radius_km || json_array_size(way->detours) > before)
            continue;
        around_t around = near->around;
        query_t wider = *query;
        char word[16];
        text_t words;
        text_init(&words, WORDS_MAX);
        around.radius_m = *radius * 1000.;
        wider.around = &around;
        snprintf(word, sizeof word, "%u", *radius);
        text_add_format(&words, "Chercher à moins de %u\u00a0km de %s", *radius, near->label);
        if (offer(way, &wider, &words, NEAR_RADIUS, NULL, word, err))
            return -1;
    }
    return 0;
}

/* --- one condition less --- */

static int give_up_filter(way_t *way, const query_t *query, size_t index, err_t *err)
{
    const filter_t *filter = &query->filters[index];
    query_t without = *query;
    text_t words;
    text_init(&words, WORDS_MAX);
    text_add_string(&words, "Sans ");
    for (size_t i = 0; i < filter->count; i++) {
        text_add_string(&words, i ? ", " : "«\u00a0");
        filters_choice(way->from->site, query->kind, filter->field, filter->codes[i], &words);
    }
    text_add_string(&words, "\u00a0»");
    without.filter_count--;
    memmove(&without.filters[index], &without.filters[index + 1],
            (without.filter_count - index) * sizeof *without.filters);
    return offer(way, &without, &words, filter->field, NULL, NULL, err);
}

static int give_up(way_t *way, const query_t *query, err_t *err)
{
    const near_t *near = &way->from->near;
    query_t without = *query;
    text_t words;
    for (size_t i = 0; i < query->filter_count; i++)
        if (asking_has(way->from, query->filters[i].field) && give_up_filter(way, query, i, err))
            return -1;
    if (query->search && *query->search) {
        text_init(&words, WORDS_MAX);
        text_add_format(&words, "Sans les mots «\u00a0%s\u00a0»", query->search);
        without.search = NULL;
        if (offer(way, &without, &words, "q", NULL, NULL, err))
            return -1;
    }
    if (!near->found)
        return 0;
    without = *query;
    without.around = NULL;
    text_init(&words, WORDS_MAX);
    text_add_format(&words, "Sans tenir compte de la distance à %s", near->label);
    return offer(way, &without, &words, NEAR_PLACE, NULL, NULL, err);
}

/* --- all conditions less: when no single one is to blame --- */

static bool is_condition(const asking_t *from, const char *name)
{
    static const char *const WORDS[] = {"q", "hub", "after", NEAR_PLACE, NEAR_RADIUS};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (!strcmp(WORDS[i], name))
            return true;
    return facet_find(from->query.kind, name) != NULL;
}

/* What only the page knows, the month of an agenda, stays. */
static void whole_address(const asking_t *from, text_t *href)
{
    const request_t *request = from->request;
    text_add_format(href, "/%s", from->query.kind->path);
    for (size_t i = 0, kept = 0; i < request->parameter_count; i++) {
        const parameter_t *parameter = &request->parameters[i];
        if (is_condition(from, parameter->name))
            continue;
        text_add_string(href, kept++ ? "&" : "?");
        request_encode(href, parameter->name);
        text_add_string(href, "=");
        request_encode(href, parameter->value);
    }
}

static int give_up_all(way_t *way, const query_t *query, err_t *err)
{
    query_t whole = *query;
    text_t words, href;
    whole.search = NULL;
    whole.around = NULL;
    whole.filter_count = 0;
    for (size_t i = 0; i < query->filter_count; i++)
        if (!asking_has(way->from, query->filters[i].field))
            whole.filters[whole.filter_count++] = query->filters[i];
    text_init(&words, WORDS_MAX);
    text_init(&href, REQUEST_TARGET_MAX * 4);
    text_add_string(&words, "Sans rien de tout cela");
    whole_address(way->from, &href);
    return offer_address(way, &whole, &words, &href, err);
}

/* --- the departments beside --- */

/* The middle of a department's communes. */
typedef struct middle {
    const geo_department_t *department;
    double lat, lon;
    size_t count;
} middle_t;

static size_t middles(const geo_t *geo, middle_t *list)
{
    size_t count = 0;
    for (size_t i = 0; i < geo_commune_count(geo); i++) {
        const geo_commune_t *commune = geo_commune_at(geo, i);
        if (!commune->located || !commune->department)
            continue;
        size_t at = count; /* communes lie in the order of their codes: nearly always the last */
        while (at && list[at - 1].department != commune->department)
            at--;
        if (!at && count == DEPARTMENTS_MAX)
            continue;
        middle_t *middle = at ? &list[at - 1] : &list[count++];
        if (!at)
            *middle = (middle_t){.department = commune->department};
        middle->lat += commune->lat;
        middle->lon += commune->lon;
        middle->count++;
    }
    for (size_t i = 0; i < count; i++) {
        list[i].lat /= (double)list[i].count;
        list[i].lon /= (double)list[i].count;
    }
    return count;
}

static const middle_t *find_middle(const middle_t *list, size_t count, const char *code)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(list[i].department->code, code))
            return &list[i];
    return NULL;
}

/* The nearest one that is farther than `beyond`; its distance becomes `beyond`. */
static const middle_t *next_nearest(const middle_t *list, size_t count, const middle_t *from,
                                    double *beyond)
{
    const middle_t *found = NULL;
    double least = INFINITY;
    for (size_t i = 0; i < count; i++) {
        double metres = geo_metres((int32_t)from->lat, (int32_t)from->lon, (int32_t)list[i].lat,
                                   (int32_t)list[i].lon);
        if (&list[i] != from && metres > *beyond && metres < least) {
            least = metres;
            found = &list[i];
        }
    }
    *beyond = least;
    return found;
}

static int offer_department(way_t *way, const query_t *query, size_t index,
                            const middle_t *neighbour, err_t *err)
{
    char code[16];
    query_t beside = *query;
    text_t words;
    snprintf(code, sizeof code, DEPARTMENT "%s", neighbour->department->code);
    beside.filters[index].codes[0] = code;
    text_init(&words, WORDS_MAX);
    text_add_string(&words, "Dans un département voisin\u00a0: ");
    territory_label(way->from->site->geo, &words, code);
    return offer(way, &beside, &words, query->filters[index].field, NULL, code, err);
}

static int look_beside(way_t *way, const query_t *query, err_t *err)
{
    middle_t list[DEPARTMENTS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < query->filter_count; i++) {
        const filter_t *filter = &query->filters[i];
        const field_t *field = facet_find(query->kind, filter->field);
        if (filter->count != 1 || !field || field->type != FIELD_COG
            || strncmp(filter->codes[0], DEPARTMENT, strlen(DEPARTMENT)) != 0)
            continue;
        count = count ? count : middles(way->from->site->geo, list);
        const middle_t *from = find_middle(list, count, filter->codes[0] + strlen(DEPARTMENT));
        const middle_t *neighbour = NULL;
        double beyond = 0;
        for (int n = 0; from && n < DETOUR_NEIGHBOURS_MAX; n++)
            if ((neighbour = next_nearest(list, count, from, &beyond))
                && offer_department(way, query, i, neighbour, err))
                return -1;
    }
    return 0;
}

int detour_add(const asking_t *asking, json_t *content, err_t *err)
{
    const query_t *query = &asking->query;
    way_t way = {asking, json_array()};
    int rc = 0;
    if (!asking->page.total && !query->after)
        rc = widen(&way, query, err) || give_up(&way, query, err) || look_beside(&way, query, err)
                 ? -1
                 : 0;
    if (rc == 0 && asking_asks(asking) && !asking->page.total && !json_array_size(way.detours))
        rc = give_up_all(&way, query, err);
    json_object_set_new(content, "has_detours", json_boolean(json_array_size(way.detours)));
    json_object_set_new(content, "detours", way.detours);
    return rc;
}
