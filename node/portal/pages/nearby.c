#include "node/portal/pages/nearby.h"

#include "node/portal/lists/facet.h"

#include <string.h>

static void gather(nearby_t *self, const page_t *page, const char *but, size_t max)
{
    for (size_t i = 0; i < page->count && self->count < max; i++)
        if (!but || strcmp(page->entries[i].hub, but) != 0)
            self->entries[self->count++] = &page->entries[i];
}

int nearby_find(site_t *site, const query_t *query, nearby_t *found, err_t *err)
{
    *found = (nearby_t){0};
    const char *self = site->settings->role == MEMBER_HUB ? site->settings->name : NULL;
    query_t own = *query;
    if (self && own.filter_count < QUERY_FILTERS_MAX) {
        own.filters[own.filter_count++] = (filter_t){.field = "hub", .codes = {self}, .count = 1};
        if (catalogue_list(site->catalogue, &own, &found->own, err))
            return -1;
        gather(found, &found->own, NULL, query->limit);
    }
    if (found->count == query->limit)
        return 0;
    query_t all = *query;
    all.limit = query->limit + found->count; /* those of ours come again among them */
    if (catalogue_list(site->catalogue, &all, &found->others, err))
        return -1;
    gather(found, &found->others, self, query->limit);
    return 0;
}

void nearby_free(nearby_t *self)
{
    page_free(&self->own);
    page_free(&self->others);
}

bool nearby_filter(query_t *query, const char *facet, const json_t *codes)
{
    if (!facet_find(query->kind, facet) || query->filter_count == QUERY_FILTERS_MAX)
        return false;
    filter_t filter = {.field = facet};
    if (json_is_string(codes))
        filter.codes[filter.count++] = json_string_value(codes);
    for (size_t i = 0; i < json_array_size(codes) && filter.count < QUERY_CODES_MAX; i++)
        if (json_is_string(json_array_get(codes, i)))
            filter.codes[filter.count++] = json_string_value(json_array_get(codes, i));
    if (filter.count)
        query->filters[query->filter_count++] = filter;
    return filter.count > 0;
}
