#include "node/portal/pages/surroundings.h"

#include "node/portal/lists/listing.h"
#include "node/portal/lists/near.h"
#include "node/portal/words/view.h"

#include <string.h>

#define NEIGHBOURS 4
#define EVENTS 3
#define AIDS 6
#define NEIGHBOURHOOD_M 25000.

static json_t *near_rows(const site_t *site, const kind_t *kind, const page_t *page,
                         const entry_t *but, bool about, size_t max)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < page->count && json_array_size(rows) < max; i++) {
        const entry_t *entry = &page->entries[i];
        if (!strcmp(entry->id, but->id) && !strcmp(entry->hub, but->hub))
            continue;
        text_t words;
        text_init(&words, 128);
        near_words(&words, entry->metres, about || !entry->located);
        json_t *row = view_row(site, kind, entry);
        json_object_set_new(row, "distance", view_take(&words));
        json_array_append_new(rows, row);
    }
    return rows;
}

static void add_cards(json_t *content, const char *name, const kind_t *kind, json_t *rows)
{
    if (json_array_size(rows))
        json_object_set_new(content, name,
                            json_pack("{s:s, s:O}", "list", kind->path, "cards", rows));
    json_decref(rows);
}

/* Records of a kind around this one; past events are left out. */
static int add_near(json_t *content, const char *name, const sheet_t *sheet, const char *kind_name,
                    const around_t *around, size_t max, err_t *err)
{
    site_t *site = sheet->site;
    const kind_t *kind = schema_kind(site->schema, kind_name);
    char today[FORMAT_DAY_START_SIZE];
    page_t page;
    if (!kind)
        return 0;
    query_t query = {.kind = kind, .around = around, .limit = max + 1};
    listing_skip_past(&query, site->now_ms, today);
    if (catalogue_list(site->catalogue, &query, &page, err))
        return -1;
    add_cards(content, name, kind,
              near_rows(site, kind, &page, &sheet->entry, !sheet->entry.located, max));
    page_free(&page);
    return 0;
}

/* One aid by its name, if we know it and there is room. */
static int add_aid(json_t *rows, site_t *site, const kind_t *kind, const char *id, err_t *err)
{
    entry_t entry;
    if (!id || json_array_size(rows) == AIDS)
        return 0;
    int found = catalogue_find(site->catalogue, NULL, kind->name, id, &entry, err);
    if (found <= 0)
        return found;
    if (!entry.deleted)
        json_array_append_new(rows, view_row(site, kind, &entry));
    entry_free(&entry);
    return 0;
}

static int add_aids(json_t *content, const sheet_t *sheet, err_t *err)
{
    const kind_t *kind = schema_kind(sheet->site->schema, "programme");
    const json_t *offers = json_object_get(sheet->body, "offres");
    json_t *rows = json_array();
    int rc = 0;
    for (size_t i = 0; kind && i < json_array_size(offers); i++) {
        const json_t *ids = json_object_get(json_array_get(offers, i), "financements");
        for (size_t j = 0; rc == 0 && j < json_array_size(ids); j++)
            rc = add_aid(rows, sheet->site, kind, json_string_value(json_array_get(ids, j)), err);
    }
    add_cards(content, "aids", kind, rows);
    return rc;
}

int surroundings_add(json_t *content, const sheet_t *sheet, err_t *err)
{
    const geo_t *geo = sheet->site->geo;
    around_t around = {
        .radius_m = NEIGHBOURHOOD_M, .each_commune = near_each_commune, .geography = geo};
    if (add_aids(content, sheet, err))
        return -1;
    if (!near_locate(geo, &sheet->entry, &around.lat, &around.lon))
        return 0;
    return add_near(content, "neighbours", sheet, sheet->kind->name, &around, NEIGHBOURS, err)
                   || add_near(content, "events", sheet, "event", &around, EVENTS, err)
               ? -1
               : 0;
}
