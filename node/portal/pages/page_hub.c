/* One hub: whom it is for, how to reach it, what it publishes. */
#include "node/portal/pages/pages.h"

#include "node/portal/pages/sheet.h"
#include "node/portal/words/format.h"
#include "node/portal/words/territory.h"
#include "node/portal/words/view.h"

#include <string.h>

#define KIND "hub"

static json_t *territory_of(const sheet_t *sheet)
{
    text_t words;
    text_init(&words, 256);
    territory_label(sheet->site->geo, &words, view_text(sheet->body, "territoire"));
    return view_take(&words);
}

/* The name of the kind and how many records of it the hub has. */
static json_t *holding_of(const kind_t *kind, int64_t count)
{
    text_t words;
    text_init(&words, 64);
    format_count(&words, count, "fiche", "fiches");
    return json_pack("{s:s, s:o}", "kind", kind->plural, "count", view_take(&words));
}

static int add_holdings(json_t *content, const sheet_t *sheet, err_t *err)
{
    site_t *site = sheet->site;
    tallies_t tallies = {0};
    int rc = catalogue_counts(site->catalogue, sheet->entry.hub, NULL, "", &tallies, err);
    json_t *holdings = json_array();
    for (size_t i = 0; i < tallies.count; i++) {
        const kind_t *kind = schema_kind(site->schema, tallies.list[i].kind);
        if (kind && strcmp(kind->name, KIND) != 0)
            json_array_append_new(holdings, holding_of(kind, tallies.list[i].count));
    }
    json_object_set_new(content, "has_holdings", json_boolean(json_array_size(holdings)));
    json_object_set_new(content, "holdings", holdings);
    tallies_free(&tallies);
    return rc;
}

int page_hub(site_t *site, const request_t *request, response_t *response, err_t *err)
{
    static const char *const fields[] = {"porteur", "url", "telephone", "courriel", NULL};
    sheet_t sheet;
    int rc = sheet_open_captured(&sheet, site, request, KIND, response, err);
    json_t *content = sheet_content(&sheet);
    if (content) {
        sheet_add(content, &sheet, fields);
        json_object_set_new(content, "where", territory_of(&sheet));
        rc = add_holdings(content, &sheet, err);
    }
    return sheet_answer(&sheet, rc, "hub", content, response, err);
}
