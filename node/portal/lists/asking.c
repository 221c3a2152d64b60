#include "node/portal/lists/asking.h"

#include "node/portal/lists/listing.h"
#include "node/portal/words/view.h"
#include "node/store/meant.h"

#include <stdlib.h>

static int list_corrected(site_t *site, const query_t *query, page_t *page, asking_t *self,
                          err_t *err)
{
    query_t corrected = *query;
    page_t found = {0};
    if (meant_correct(site->catalogue, query->search, 0, &self->instead, err))
        return -1;
    if (!self->instead)
        return 0;
    corrected.search = self->instead;
    if (catalogue_list(site->catalogue, &corrected, &found, err))
        return -1;
    if (!found.total) {
        page_free(&found);
        asking_free(self);
        return 0;
    }
    page_free(page);
    *page = found;
    return 0;
}

int asking_list(site_t *site, const request_t *request, const query_t *query, page_t *page,
                asking_t *self, err_t *err)
{
    *self = (asking_t){.instead = NULL};
    if (catalogue_list(site->catalogue, query, page, err))
        return -1;
    if (page->total || !query->search || !*query->search
        || request_parameter(request, ASKING_EXACT))
        return 0;
    if (list_corrected(site, query, page, self, err) == 0)
        return 0;
    page_free(page);
    return -1;
}

void asking_free(asking_t *self)
{
    free(self->instead);
    self->instead = NULL;
}

void asking_literal(const request_t *request, text_t *href)
{
    listing_address(request, ASKING_EXACT, NULL, "oui", href);
}

void asking_add(const asking_t *self, const request_t *request, const char *typed, json_t *content)
{
    if (!self->instead) {
        json_object_set_new(content, "meant", json_null());
        return;
    }
    text_t literal;
    text_init(&literal, REQUEST_TARGET_MAX * 4);
    asking_literal(request, &literal);
    json_object_set_new(content, "meant",
                        json_pack("{s:s, s:s, s:o}", "typed", typed, "words", self->instead,
                                  "literal", view_take(&literal)));
}
